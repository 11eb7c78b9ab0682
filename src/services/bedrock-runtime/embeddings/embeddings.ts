import type { Call } from '../../../kernel/call.ts';
import type { Family, FoundationModel } from '../../../kernel/foundation-models/model.ts';
import type { JsonObject } from '../families/family.ts';
import type { Target } from '../target.ts';
import { invokeCohereEmbed } from './cohere.ts';
import { invokeTitanEmbed, type Embedded } from './titan.ts';

const families: { [name in Family]?: (call: Call, target: Target, body: JsonObject) => Promise<Embedded> } = {
  'titan-embed-text-v1': invokeTitanEmbed,
  'titan-embed-text-v2': invokeTitanEmbed,
  'cohere-embed': invokeCohereEmbed,
};

/** What answers a native embedding body of the model's family; undefined where it is not built, or does not embed. */
export function embeddingOf(model: FoundationModel) {
  return families[model.family];
}
