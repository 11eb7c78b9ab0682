import { inferenceProfileArn } from '../foundation-models/model.ts';
import { collection, type Reader } from '../store/store.ts';

/** Two models of one family and how much worse than the better one an answer may be: each prompt goes to the cheaper that is good enough. */
export type PromptRouter = {
  account: string;
  region: string;
  /** 12 lower-case letters and digits; of a default router, `anthropic.claude:1`. */
  id: string;
  name: string;
  description?: string;
  /** ARNs of foundation models or inference profiles. */
  modelArns: string[];
  fallbackModelArn: string;
  /** Percent, 0 to 100. */
  responseQualityDifference: number;
  createdAtMs: number;
  updatedAtMs: number;
};

/** Keyed by account, region and id. */
export const promptRouters = collection<PromptRouter>('kernel/inference/prompt-router');

type Where = { account: string; region: string; partition: string };

/** Routers that AWS defines: models by profile id, the fallback last. Source: Bedrock User Guide, "Default and configured prompt routers"; API examples. */
const DEFAULTS: Readonly<
  Record<string, { name: string; family: string; models: [string, string]; difference: number }>
> = {
  'anthropic.claude:1': {
    name: 'Anthropic Prompt Router',
    family: 'Claude',
    models: ['anthropic.claude-3-haiku-20240307-v1:0', 'anthropic.claude-3-5-sonnet-20240620-v1:0'],
    difference: 0.26,
  },
  'meta.llama:1': {
    name: 'Meta Prompt Router',
    family: 'LLaMA',
    models: ['meta.llama3-1-8b-instruct-v1:0', 'meta.llama3-1-70b-instruct-v1:0'],
    difference: 0,
  },
  'amazon.nova:1': {
    name: 'Amazon Nova Prompt Router',
    family: 'Nova',
    models: ['amazon.nova-lite-v1:0', 'amazon.nova-pro-v1:0'],
    difference: 0,
  },
};

/** Regions whose profiles the default routers are made of. */
const GEOGRAPHY = 'us';
const REGIONS = new Set(['us-east-1', 'us-west-2']);
const DEFINED_AT_MS = Date.UTC(2024, 10, 20);

/** The default routers of a region. */
export function defaultRouters(where: Where): PromptRouter[] {
  if (!REGIONS.has(where.region)) return [];
  return Object.entries(DEFAULTS).map(([id, { name, family, models, difference }]) => {
    const modelArns = models.map((model) => inferenceProfileArn(`${GEOGRAPHY}.${model}`, where));
    return {
      account: where.account,
      region: where.region,
      id,
      name,
      description: `Routes requests among models in the ${family} family`,
      modelArns,
      fallbackModelArn: modelArns.at(-1)!,
      responseQualityDifference: difference,
      createdAtMs: DEFINED_AT_MS,
      updatedAtMs: DEFINED_AT_MS,
    };
  });
}

/** A router by the kind and id in its ARN. */
export async function findRouter(
  reader: Reader,
  kind: 'prompt-router' | 'default-prompt-router',
  id: string,
  where: Where,
): Promise<PromptRouter | undefined> {
  if (kind === 'default-prompt-router') return defaultRouters(where).find((router) => router.id === id);
  return reader.get(promptRouters, [where.account, where.region, id]);
}
