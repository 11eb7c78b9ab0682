import type { ResponseStream } from '@aws-sdk/client-bedrock-runtime';
import type { ChatEvent, ChatRequest, Usage } from '../../engines/llm/types.ts';
import type { Call } from '../../kernel/call.ts';
import type { FoundationModel } from '../../kernel/foundation-models/model.ts';
import type { Handlers } from '../../kernel/service.ts';
import { answerChat, countTokens, streamChat } from './chat.ts';
import { embeddingOf } from './embeddings/embeddings.ts';
import { invalid, unbuilt } from './errors.ts';
import { parseBody } from './families/body.ts';
import { familyOf } from './families/families.ts';
import type { JsonObject, TextFamily, Writing } from './families/family.ts';
import { resolveModel } from './models.ts';

type Runtime = Handlers<typeof import('@aws-sdk/client-bedrock-runtime')>;
type Input = Parameters<Runtime['InvokeModel']>[1];

const JSON_TYPE = 'application/json';

/** One answer of a model in its family's own format. */
export const InvokeModel: Runtime['InvokeModel'] = async (call, input) => {
  const startedMs = performance.now();
  const model = resolveModel(input.modelId!, call);
  checkParameters(input);
  const embed = embeddingOf(model);
  if (embed) return answered(call, await embed(call, model, parseBody(bytesOf(input))), startedMs);
  const { family, chat, body } = await readNative(call, model, bytesOf(input));
  const answer = await answerChat(call, model, chat);
  const written = family.write(answer, { model, ids: call.kernel.ids, body });
  return answered(
    call,
    { body: written, inputTokens: answer.usage.inputTokens, outputTokens: answer.usage.outputTokens },
    startedMs,
  );
};

/** The same as a stream of the family's own chunks. */
export const InvokeModelWithResponseStream: Runtime['InvokeModelWithResponseStream'] = async (call, input) => {
  const startedMs = performance.now();
  const model = resolveModel(input.modelId!, call);
  checkParameters(input);
  if (!model.streaming) throw invalid('The model is unsupported for streaming.');
  const { family, chat, body } = await readNative(call, model, bytesOf(input));
  const writing: Writing = { model, ids: call.kernel.ids, body };
  if (family.countsFirst) {
    const inputTokens = await countOrNothing(call, model, chat);
    if (inputTokens !== undefined) writing.inputTokens = inputTokens;
  }
  const events = await streamChat(call, model, chat);
  return { body: chunks(family, events, writing, startedMs), contentType: JSON_TYPE };
};

/** A native body as the canonical state has it. Throws ValidationException; NotImplemented for families that are not built. */
export async function readNative(
  call: Call,
  model: FoundationModel,
  bytes: Uint8Array | undefined,
): Promise<{ family: TextFamily; chat: ChatRequest; body: JsonObject }> {
  const family = familyOf(model);
  if (!family) throw unbuilt(`The native body of the ${model.family} family (${model.id})`);
  const body = parseBody(bytes);
  return { family, body, chat: await family.read(body, model, call) };
}

/** These bodies are no streams: the gateway has read them whole. */
const bytesOf = ({ body }: Input) => body as Uint8Array | undefined;

function checkParameters({
  accept,
  contentType,
  guardrailIdentifier,
  guardrailVersion,
  trace,
  performanceConfigLatency,
  serviceTier,
}: Input): void {
  if (guardrailIdentifier || guardrailVersion) throw unbuilt('guardrailIdentifier');
  if (trace !== undefined && trace !== 'DISABLED') throw unbuilt(`trace ${trace}`);
  if (performanceConfigLatency === 'optimized') throw unbuilt('performanceConfigLatency optimized');
  if (serviceTier !== undefined && serviceTier !== 'default') throw unbuilt(`serviceTier ${serviceTier}`);
  if (!acceptsJson(accept)) throw invalid(`The accept type ${accept} is not supported; use ${JSON_TYPE}.`);
  // SDKs that are given no content type send their own default for bytes.
  if (contentType !== undefined && !/^(?:application\/json|application\/octet-stream)\b/i.test(contentType))
    throw invalid(`The content type ${contentType} is not supported; use ${JSON_TYPE}.`);
}

const acceptsJson = (accept: string | undefined) =>
  accept === undefined ||
  accept === '' ||
  /(?:^|,)\s*(?:\*\/\*|application\/(?:\*|json|vnd\.amazon\.eventstream))/i.test(accept);

function answered(
  call: Call,
  { body, inputTokens, outputTokens }: { body: JsonObject; inputTokens: number; outputTokens: number },
  startedMs: number,
) {
  call.header('x-amzn-bedrock-input-token-count', String(inputTokens));
  call.header('x-amzn-bedrock-output-token-count', String(outputTokens));
  call.header('x-amzn-bedrock-cache-read-input-token-count', '0');
  call.header('x-amzn-bedrock-cache-write-input-token-count', '0');
  call.header('x-amzn-bedrock-invocation-latency', String(Math.round(performance.now() - startedMs)));
  return { body: Buffer.from(JSON.stringify(body)), contentType: JSON_TYPE };
}

async function countOrNothing(call: Call, model: FoundationModel, chat: ChatRequest): Promise<number | undefined> {
  try {
    return await countTokens(call, model, chat);
  } catch (error) {
    // A backend that cannot count tells the tokens at the end; whatever else is wrong, the answer itself will say.
    if (error instanceof Error && error.name === 'ValidationException') return undefined;
    throw error;
  }
}

/** The family's chunks, one behind, so that the last can carry what the invocation took. */
async function* chunks(
  family: TextFamily,
  events: AsyncIterable<ChatEvent>,
  writing: Writing,
  startedMs: number,
): AsyncGenerator<ResponseStream> {
  let usage: Usage | undefined;
  let firstByteLatency: number | undefined;
  const watched = (async function* () {
    for await (const event of events) {
      firstByteLatency ??= Math.round(performance.now() - startedMs);
      if (event.type === 'end') usage = event.usage;
      yield event;
    }
  })();
  // Only the chunk made from the end is held back: all before it leave as they are made.
  let ending: JsonObject | undefined;
  for await (const chunk of family.stream(watched, writing)) {
    if (ending) yield chunkOf(ending);
    ending = undefined;
    if (!usage) yield chunkOf(chunk);
    else ending = chunk;
  }
  const metrics = {
    inputTokenCount: usage?.inputTokens ?? 0,
    outputTokenCount: usage?.outputTokens ?? 0,
    cacheReadInputTokenCount: 0,
    cacheWriteInputTokenCount: 0,
    invocationLatency: Math.round(performance.now() - startedMs),
    firstByteLatency: firstByteLatency ?? 0,
  };
  yield chunkOf({ ...ending, 'amazon-bedrock-invocationMetrics': metrics });
}

const chunkOf = (chunk: JsonObject): ResponseStream => ({ chunk: { bytes: Buffer.from(JSON.stringify(chunk)) } });
