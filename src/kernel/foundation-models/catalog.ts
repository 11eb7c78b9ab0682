import { amazonModels } from './amazon.ts';
import { anthropic } from './anthropic.ts';
import { meta } from './meta.ts';
import { mistral } from './mistral.ts';
import type { FoundationModel } from './model.ts';
import { others } from './others.ts';

/** Every foundation model that is known here, by provider. */
export const foundationModels: readonly FoundationModel[] = [
  ...amazonModels,
  ...anthropic,
  ...meta,
  ...mistral,
  ...others,
];

const byId = new Map(foundationModels.map((model) => [model.id, model]));

/** The model with this id; no profile ids, no ARNs. */
export function foundationModel(id: string): FoundationModel | undefined {
  return byId.get(id);
}
