import type { GuardrailTraceAssessment, ResponseStream } from '@aws-sdk/client-bedrock-runtime';
import type { ChatEvent, ChatRequest, Json, Usage } from '../../engines/llm/types.ts';
import type { Call } from '../../kernel/call.ts';
import type { FoundationModel } from '../../kernel/foundation-models/model.ts';
import type { Handlers } from '../../kernel/service.ts';
import { admit } from './admission.ts';
import type { Answer } from './answer.ts';
import { answerChat, countTokens, streamChat, unmaskedOf } from './chat.ts';
import { embeddingOf } from './embeddings/embeddings.ts';
import { invalid, unbuilt } from './errors.ts';
import { parseBody } from './families/body.ts';
import { familyOf } from './families/families.ts';
import type { JsonObject, TextFamily, Writing } from './families/family.ts';
import { guardOf, splitGuardrailConfig, taggedChat } from './guardrails/apply.ts';
import type { Guard } from './guardrails/guard.ts';
import { checkLatency, servedLatency } from './latency.ts';
import { tierOf } from './metering.ts';
import { readRouted } from './routing.ts';
import { imagesOf } from './images/images.ts';
import { logInstead } from './logging/record.ts';
import { resolveTarget, type Target } from './target.ts';

type Runtime = Handlers<typeof import('@aws-sdk/client-bedrock-runtime')>;
type Input = Parameters<Runtime['InvokeModel']>[1];

const JSON_TYPE = 'application/json';

/** One answer of a model in its family's own format. */
export const InvokeModel: Runtime['InvokeModel'] = async (call, input) => {
  const startedMs = performance.now();
  const named = await resolveTarget(input.modelId!, call);
  checkParameters(input);
  const embed = embeddingOf(named.model);
  if (embed || imagesOf(named.model)) checkLatency(call, named, input.performanceConfigLatency);
  if (embed) {
    if (input.guardrailIdentifier) throw unbuilt('guardrailIdentifier with a model that embeds');
    const admission = await admit(call, named);
    let used: Usage | undefined;
    try {
      const { body, ...usage } = await embed(call, named, parseBody(bytesOf(input)));
      used = usage;
      return answered(call, body, usage, startedMs);
    } finally {
      await admission.settle(used);
    }
  }
  const images = imagesOf(named.model);
  if (images) {
    if (input.guardrailIdentifier) throw unbuilt('guardrailIdentifier with a model that makes pictures');
    const admission = await admit(call, named);
    try {
      const usage = { inputTokens: 0, outputTokens: 0 };
      const guard = await guardOf(call, named, undefined);
      return answered(call, await images(call, named, parseBody(bytesOf(input)), guard), usage, startedMs);
    } finally {
      await admission.settle(undefined);
    }
  }
  const { target, family, chat, body, guard, latency, tier } = await readGuarded(call, named, input);
  const { model } = target;
  const answer = await answerChat(call, { target, chat, guard, tier });
  const write = (given: Answer) => family.write(given, { model, ids: call.kernel.ids, body });
  const written = write(answer);
  const unmasked = unmaskedOf(call);
  if (unmasked) logInstead(call, { ...write(unmasked), ...guardrailMembers(guard) });
  const made = answered(call, { ...written, ...guardrailMembers(guard) }, answer.usage, startedMs);
  return { ...made, ...(latency ? { performanceConfigLatency: latency } : {}) };
};

/** The same as a stream of the family's own chunks. */
export const InvokeModelWithResponseStream: Runtime['InvokeModelWithResponseStream'] = async (call, input) => {
  const startedMs = performance.now();
  const named = await resolveTarget(input.modelId!, call);
  checkParameters(input);
  if (!named.model.streaming) throw invalid('The model is unsupported for streaming.');
  const { target, family, chat, body, guard, latency, tier } = await readGuarded(call, named, input);
  const { model } = target;
  const writing: Writing = { model, ids: call.kernel.ids, body };
  if (family.countsFirst) {
    const inputTokens = await countOrNothing(call, target, chat);
    if (inputTokens !== undefined) writing.inputTokens = inputTokens;
  }
  const events = await streamChat(call, { target, chat, guard, tier });
  return {
    body: chunks(family, events, writing, guard, startedMs),
    contentType: JSON_TYPE,
    ...(latency ? { performanceConfigLatency: latency } : {}),
  };
};

/** A native body as the canonical state has it. Throws ValidationException; NotImplemented for families that are not built. */
export async function readNative(
  call: Call,
  model: FoundationModel,
  body: JsonObject,
): Promise<{ family: TextFamily; chat: ChatRequest }> {
  const family = familyOf(model);
  if (!family) throw unbuilt(`The native body of the ${model.family} family (${model.id})`);
  return { family, chat: await family.read(body, model, call) };
}

/** The same, with what it says of a guardrail taken out of it: the tags around what is to be looked at, and the way a stream is. */
async function readGuarded(call: Call, named: Target, input: Input) {
  const { guardrailIdentifier, guardrailVersion, trace } = input;
  const { body, config } = splitGuardrailConfig(parseBody(bytesOf(input)));
  const { target, family, chat } = await readRouted(call, named, (choice) => {
    checkLatency(call, choice, input.performanceConfigLatency);
    return readNative(call, choice.model, body);
  });
  const guard = await guardOf(call, target, {
    guardrailIdentifier,
    guardrailVersion,
    trace: trace === undefined ? 'disabled' : (trace.toLowerCase() as 'enabled'),
    ...(config?.streamProcessingMode ? { streamProcessingMode: config.streamProcessingMode } : {}),
  });
  const latency = await servedLatency(call, target, chat, input.performanceConfigLatency);
  return {
    target,
    family,
    body,
    guard,
    latency,
    tier: tierOf(input.serviceTier, latency),
    chat: guard ? taggedChat(chat, config?.tagSuffix) : chat,
  };
}

/** What a body gains by a guardrail. Source: Bedrock User Guide, "Use a guardrail with InvokeModel". */
function guardrailMembers(guard: Guard | undefined): JsonObject {
  if (!guard) return {};
  const trace = guard.trace();
  return {
    'amazon-bedrock-guardrailAction': guard.intervened ? 'INTERVENED' : 'NONE',
    ...(trace ? { 'amazon-bedrock-trace': { guardrail: nativeTrace(trace) } } : {}),
  };
}

/** The trace of a native body: as Converse's, with the first assessment of a side under `input` and `outputs`. */
function nativeTrace({ inputAssessment, outputAssessments, modelOutput }: GuardrailTraceAssessment): JsonObject {
  return {
    ...(modelOutput ? { modelOutput } : {}),
    ...(inputAssessment ? { input: inputAssessment as unknown as Json } : {}),
    ...(outputAssessments
      ? {
          outputs: Object.entries(outputAssessments).flatMap(([id, assessments]) =>
            assessments.map((assessment) => ({ [id]: assessment as unknown as Json })),
          ),
        }
      : {}),
  };
}

/** These bodies are no streams: the gateway has read them whole. */
const bytesOf = ({ body }: Input) => body as Uint8Array | undefined;

function checkParameters({ accept, contentType, guardrailIdentifier, guardrailVersion }: Input): void {
  if ((guardrailIdentifier === undefined) !== (guardrailVersion === undefined))
    throw invalid('guardrailIdentifier and guardrailVersion must be given together.');
  if (!acceptsJson(accept)) throw invalid(`The accept type ${accept} is not supported; use ${JSON_TYPE}.`);
  // SDKs that are given no content type send their own default for bytes.
  if (contentType !== undefined && !/^(?:application\/json|application\/octet-stream)\b/i.test(contentType))
    throw invalid(`The content type ${contentType} is not supported; use ${JSON_TYPE}.`);
}

const acceptsJson = (accept: string | undefined) =>
  accept === undefined ||
  accept === '' ||
  /(?:^|,)\s*(?:\*\/\*|application\/(?:\*|json|vnd\.amazon\.eventstream))/i.test(accept);

function answered(call: Call, body: JsonObject, usage: Usage, startedMs: number) {
  const tell = (name: string, value: number) => call.header(`x-amzn-bedrock-${name}`, String(value));
  tell('input-token-count', usage.inputTokens);
  tell('output-token-count', usage.outputTokens);
  tell('cache-read-input-token-count', usage.cacheReadTokens ?? 0);
  tell('cache-write-input-token-count', usage.cacheWriteTokens ?? 0);
  tell('invocation-latency', Math.round(performance.now() - startedMs));
  return { body: Buffer.from(JSON.stringify(body)), contentType: JSON_TYPE };
}

async function countOrNothing(call: Call, target: Target, chat: ChatRequest): Promise<number | undefined> {
  try {
    return await countTokens(call, target, chat);
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
  guard: Guard | undefined,
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
    cacheReadInputTokenCount: usage?.cacheReadTokens ?? 0,
    cacheWriteInputTokenCount: usage?.cacheWriteTokens ?? 0,
    invocationLatency: Math.round(performance.now() - startedMs),
    firstByteLatency: firstByteLatency ?? 0,
  };
  yield chunkOf({ ...ending, ...guardrailMembers(guard), 'amazon-bedrock-invocationMetrics': metrics });
}

const chunkOf = (chunk: JsonObject): ResponseStream => ({ chunk: { bytes: Buffer.from(JSON.stringify(chunk)) } });
