import type { Call } from '../../../kernel/call.ts';
import type { Family, FoundationModel } from '../../../kernel/foundation-models/model.ts';
import type { JsonObject } from '../families/family.ts';
import type { Target } from '../target.ts';
import { invokeCohereEmbed } from './cohere.ts';
import { invokeNovaEmbed } from './nova.ts';
import { invokeRerank } from './rerank.ts';
import { invokeTitanEmbed, invokeTitanEmbedImage, type Embedded } from './titan.ts';

const families: { [name in Family]?: (call: Call, target: Target, body: JsonObject) => Promise<Embedded> } = {
  'titan-embed-text-v1': invokeTitanEmbed,
  'titan-embed-text-v2': invokeTitanEmbed,
  'cohere-embed': invokeCohereEmbed,
  'titan-embed-image': invokeTitanEmbedImage,
  'nova-embed': invokeNovaEmbed,
  'amazon-rerank': invokeRerank,
  'cohere-rerank': invokeRerank,
};

/** What answers a native body of the model's family that embeds or ranks; undefined where it is not built, or does neither. */
export function embeddingOf(model: FoundationModel) {
  return families[model.family];
}
