import type { ContentBlock, ConverseStreamOutput, TokenUsage } from '@aws-sdk/client-bedrock-runtime';
import type { ChatRequest, Json, Reasoning, Usage } from '../../../engines/llm/types.ts';
import type { Call } from '../../../kernel/call.ts';
import type { FoundationModel } from '../../../kernel/foundation-models/model.ts';
import { readConverse, type ConverseInput } from '../converse/request.ts';
import { contentOf, stopReasonOf, streamOf } from '../converse/response.ts';
import { definedOf } from '../defined.ts';
import { invalid } from '../errors.ts';
import { anything, checkBody, either, list, object, text, type Shape } from './body.ts';
import type { JsonObject, TextFamily } from './family.ts';

/** Source: Amazon Nova User Guide, complete request schema. */
const TOP_K_MAX = 128;

const source = object({ bytes: text, s3Location: object({ uri: text, bucketOwner: text }, ['uri']) });
const media = object({ format: text, source }, ['format', 'source']);
const document = object({ format: text, name: text, source }, ['format', 'name', 'source']);
const toolResult = object(
  { toolUseId: text, status: text, content: list(object({ text, json: anything, image: media })) },
  ['toolUseId', 'content'],
);
const block = object({
  text,
  image: media,
  document,
  video: media,
  cachePoint: object({ type: text }, ['type']),
  toolUse: object({ toolUseId: text, name: text, input: anything }, ['toolUseId', 'name', 'input']),
  toolResult,
});
const reasoningShape = object(
  {
    type: { type: 'string', values: ['enabled', 'disabled'] },
    maxReasoningEffort: { type: 'string', values: ['low', 'medium', 'high'] },
  },
  ['type'],
);
const tool = object({
  toolSpec: object({ name: text, description: text, inputSchema: object({ json: anything }, ['json']) }, [
    'name',
    'inputSchema',
  ]),
  systemTool: anything,
  cachePoint: object({ type: text }, ['type']),
});

const shapeFor = (model: FoundationModel): Shape => {
  const maxTokens = { type: 'integer', min: 1, max: model.outputTokensMax! } as const;
  const inferenceConfig = object({
    maxTokens,
    max_new_tokens: maxTokens,
    temperature: { type: 'number', min: 0, max: 1 },
    topP: { type: 'number', min: 0, max: 1 },
    top_p: { type: 'number', min: 0, max: 1 },
    topK: { type: 'integer', min: 0, max: TOP_K_MAX },
    top_k: { type: 'integer', min: 0, max: TOP_K_MAX },
    stopSequences: list(text),
    reasoningConfig: anything,
  });
  return object(
    {
      schemaVersion: { type: 'string', values: ['messages-v1'] },
      system: list(object({ text, cachePoint: anything })),
      messages: list(
        object({ role: { type: 'string', values: ['user', 'assistant'] }, content: list(block, { min: 1 }) }, [
          'role',
          'content',
        ]),
        { min: 1 },
      ),
      inferenceConfig,
      toolConfig: object(
        {
          tools: list(tool, { min: 1 }),
          toolChoice: either(
            object({ auto: anything }),
            object({ any: anything }),
            object({ tool: object({ name: text }, ['name']) }),
          ),
        },
        ['tools'],
      ),
    },
    ['messages'],
  );
};

/** Nova's body is Converse's, with bytes in base64: it is read as Converse reads. */
async function read(body: JsonObject, model: FoundationModel, call: Call): Promise<ChatRequest> {
  checkBody(body, shapeFor(model));
  const inference = (body['inferenceConfig'] ?? {}) as { [name: string]: Json };
  const input = {
    messages: withBytes(body['messages']!),
    ...definedOf({ system: body['system'], toolConfig: body['toolConfig'] }),
    inferenceConfig: definedOf({
      maxTokens: inference['maxTokens'] ?? inference['max_new_tokens'],
      temperature: inference['temperature'],
      topP: inference['topP'] ?? inference['top_p'],
      stopSequences: inference['stopSequences'],
    }),
  };
  const chat = await readConverse(call, model, input as ConverseInput, { streaming: false, family: undefined });
  const topK = inference['topK'] ?? inference['top_k'];
  const reasoning = readReasoningConfig(inference['reasoningConfig'], model);
  return { ...chat, ...(topK ? { topK: topK as number } : {}), ...(reasoning ? { reasoning } : {}) };
}

/** Base64 of `source.bytes` as bytes, wherever it stands. */
function withBytes(value: Json): unknown {
  if (Array.isArray(value)) return value.map(withBytes);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => {
      const holdsBytes =
        name === 'source' &&
        member !== null &&
        typeof member === 'object' &&
        !Array.isArray(member) &&
        typeof member['bytes'] === 'string';
      return [
        name,
        holdsBytes ? { ...member, bytes: Buffer.from(member['bytes'] as string, 'base64') } : withBytes(member),
      ];
    }),
  );
}

/** Source: Amazon Nova User Guide, "Extended thinking". */
function readReasoningConfig(config: Json | undefined, model: FoundationModel): Reasoning | undefined {
  if (config === undefined) return undefined;
  checkBody({ reasoningConfig: config }, object({ reasoningConfig: reasoningShape }));
  const { type, maxReasoningEffort: effort } = config as { type: string; maxReasoningEffort?: Reasoning['effort'] };
  if (type !== 'enabled') return undefined;
  if (!model.reasoning)
    throw invalid("This model doesn't support the reasoningConfig field. Remove reasoningConfig and try again.");
  return { effort: effort ?? 'medium' };
}

const engineUsage = (usage: TokenUsage): Usage => ({
  inputTokens: usage.inputTokens!,
  outputTokens: usage.outputTokens!,
  cacheReadTokens: usage.cacheReadInputTokens ?? 0,
  cacheWriteTokens: usage.cacheWriteInputTokens ?? 0,
});

const usageOf = ({ inputTokens, outputTokens, cacheReadTokens = 0, cacheWriteTokens = 0 }: Usage) => ({
  inputTokens,
  outputTokens,
  totalTokens: inputTokens + cacheReadTokens + cacheWriteTokens + outputTokens,
  cacheReadInputTokenCount: cacheReadTokens,
  cacheWriteInputTokenCount: cacheWriteTokens,
});

/** Amazon Nova: Converse's own forms, as JSON. */
export const nova: TextFamily = {
  read,
  write(answer, { ids }) {
    const content = contentOf(answer, ids).content.map((each: ContentBlock) => each as unknown as Json);
    return {
      output: { message: { role: 'assistant', content } },
      stopReason: stopReasonOf(answer.stopReason),
      usage: usageOf(answer.usage),
    };
  },
  async *stream(events, { ids }) {
    for await (const event of streamOf(events, ids, async () => ({ latencyMs: 0 }))) {
      const { metadata } = event as Extract<ConverseStreamOutput, { metadata: unknown }>;
      if (metadata) yield { metadata: { usage: usageOf(engineUsage(metadata.usage!)), metrics: {}, trace: {} } };
      else yield event as unknown as JsonObject;
    }
  },
  additional(fields, model) {
    checkBody(
      fields,
      object({
        inferenceConfig: object({ topK: { type: 'integer', min: 0, max: TOP_K_MAX } }),
        reasoningConfig: anything,
      }),
    );
    const topK = (fields['inferenceConfig'] as { topK?: number } | undefined)?.topK;
    const reasoning = readReasoningConfig(fields['reasoningConfig'], model);
    return { ...(topK ? { topK } : {}), ...(reasoning ? { reasoning } : {}) };
  },
};
