import type { Call } from '../../../kernel/call.ts';
import { modelRefused, tooLong, unbuilt } from '../errors.ts';
import { anything, checkBody, object, text, type Shape } from '../families/body.ts';
import type { JsonObject } from '../families/family.ts';
import { meterTokens } from '../metering.ts';
import type { Target } from '../target.ts';
import type { Embedded } from './titan.ts';
import { embedTexts } from './vectors.ts';

/** Source: Amazon Nova User Guide, "Nova Multimodal Embeddings", request schema. */
const DIMENSIONS = [256, 384, 1_024, 3_072];
const DIMENSIONS_DEFAULT = 3_072;
const CHARACTERS_MAX = 50_000;
const PURPOSES = [
  'GENERIC_INDEX',
  'GENERIC_RETRIEVAL',
  'TEXT_RETRIEVAL',
  'IMAGE_RETRIEVAL',
  'VIDEO_RETRIEVAL',
  'DOCUMENT_RETRIEVAL',
  'AUDIO_RETRIEVAL',
  'CLASSIFICATION',
  'CLUSTERING',
];

const SHAPE: Shape = object(
  {
    schemaVersion: { type: 'string', values: ['nova-multimodal-embed-v1'] },
    taskType: { type: 'string', values: ['SINGLE_EMBEDDING', 'SEGMENTED_EMBEDDING'] },
    singleEmbeddingParams: object(
      {
        embeddingPurpose: { type: 'string', values: PURPOSES },
        embeddingDimension: { type: 'integer' },
        text: object(
          { truncationMode: { type: 'string', values: ['NONE', 'START', 'END'] }, value: text, source: anything },
          ['truncationMode'],
        ),
        image: anything,
        video: anything,
        audio: anything,
      },
      ['embeddingPurpose'],
    ),
    segmentedEmbeddingParams: anything,
  },
  ['taskType'],
);

/** Nova Multimodal Embeddings, of text: pictures, films and sound need an encoder that is not here. Throws ValidationException. */
export async function invokeNovaEmbed(call: Call, target: Target, body: JsonObject): Promise<Embedded> {
  checkBody(body, SHAPE);
  if (body['taskType'] === 'SEGMENTED_EMBEDDING')
    throw modelRefused('The SEGMENTED_EMBEDDING task is for asynchronous invocation only.');
  const params = body['singleEmbeddingParams'] as JsonObject | undefined;
  if (!params) throw modelRefused('singleEmbeddingParams is required for the SINGLE_EMBEDDING task.');
  for (const name of ['image', 'video', 'audio'])
    if (params[name] !== undefined) throw unbuilt(`singleEmbeddingParams.${name} of ${target.model.id}`);
  const dimensions = (params['embeddingDimension'] ?? DIMENSIONS_DEFAULT) as number;
  if (!DIMENSIONS.includes(dimensions))
    throw modelRefused(`embeddingDimension: ${dimensions} is none of ${DIMENSIONS.join(', ')}`);
  const { value, truncationMode, source } = (params['text'] ?? {}) as {
    value?: string;
    truncationMode?: string;
    source?: unknown;
  };
  if (source !== undefined) throw unbuilt(`singleEmbeddingParams.text.source of ${target.model.id}`);
  if (value === undefined || value.trim() === '')
    throw modelRefused('singleEmbeddingParams.text.value must not be empty.');
  let said = value;
  let truncatedCharLength: number | undefined;
  if (value.length > CHARACTERS_MAX) {
    if (truncationMode === 'NONE') throw tooLong();
    said = truncationMode === 'START' ? value.slice(-CHARACTERS_MAX) : value.slice(0, CHARACTERS_MAX);
    truncatedCharLength = CHARACTERS_MAX;
  }
  const { vectors, inputTokens } = await embedTexts(call, target.model, [said], { dimensions, normalize: true });
  const tokens = inputTokens[0]!;
  if (tokens > target.model.contextTokens! && truncationMode === 'NONE') throw tooLong();
  meterTokens(call, target, { inputTokens: tokens, outputTokens: 0 });
  const embedding: JsonObject = { embeddingType: 'TEXT', embedding: [...vectors[0]!] };
  if (truncatedCharLength !== undefined) embedding['truncatedCharLength'] = truncatedCharLength;
  return { body: { embeddings: [embedding], inputTokenCount: tokens }, inputTokens: tokens, outputTokens: 0 };
}
