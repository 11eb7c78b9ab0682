import { citing } from '../../engines/llm/citing/citing.ts';
import type { ChatEvent, ChatRequest, LanguageModel, Part, Usage } from '../../engines/llm/types.ts';
import { LlmError } from '../../engines/llm/types.ts';
import { breather } from '../../kernel/breath.ts';
import type { Call } from '../../kernel/call.ts';
import type { FoundationModel } from '../../kernel/foundation-models/model.ts';
import { admit } from './admission.ts';
import { collectAnswer, eventsOf, type Answer } from './answer.ts';
import { backendOf } from './backend.ts';
import { asServiceError, asStreamError, invalid, tooLong } from './errors.ts';
import type { Guard } from './guardrails/guard.ts';
import { meterTokens, type Tier } from './metering.ts';
import { openReasoning, signReasoning } from './reasoning.ts';
import { openCache } from './prompt-cache.ts';
import type { Target } from './target.ts';

/** Tokens that frame a message or a tool, above every backend's. */
const FRAME_TOKENS = 64;

/** What is asked, of what, and on what terms: the one way of an invocation, whichever operation it came by. */
export type Asked = { target: Target; chat: ChatRequest; guard?: Guard | undefined; tier?: Tier | undefined };

/**
 * Asks the backend of a target for a whole answer. The model's own window holds: a prompt over it is refused, an answer ends at it. A
 * guardrail sees what goes in before the model does, and what comes out before the caller does. Meters tokens, and tells how the answer was
 * made. Throws the service's errors.
 */
export async function answerChat(call: Call, asked: Asked): Promise<Answer> {
  const { guard, chat } = asked;
  const entered = guard ? await guard.input(chat) : { chat };
  if ('blocked' in entered) return blockedAnswer(entered.blocked);
  try {
    const answer = await collectAnswer(await openChat(call, { ...asked, chat: entered.chat }));
    if (!guard) return answer;
    unmasked.set(call, answer);
    return await guard.output(answer, chat);
  } catch (error) {
    throw asServiceError(error, asked.target.model.id);
  }
}

/**
 * The same, as a stream: events are passed on as the backend makes them. The promise resolves with the first event, so that what fails before
 * it is an error of the call, not of a stream.
 */
export async function streamChat(call: Call, asked: Asked): Promise<AsyncGenerator<ChatEvent, void>> {
  const { guard, chat, target } = asked;
  const entered = guard ? await guard.input(chat) : { chat };
  if ('blocked' in entered) return eventsOf(blockedAnswer(entered.blocked));
  try {
    const events = streamed(await openChat(call, { ...asked, chat: entered.chat }), target.model);
    return guard ? guard.stream(noted(call, events), chat) : events;
  } catch (error) {
    throw asServiceError(error, target.model.id);
  }
}

/** What a model said before a guardrail saw to it. */
const unmasked = new WeakMap<Call, Answer>();
export const unmaskedOf = (call: Call): Answer | undefined => unmasked.get(call);

async function* noted(call: Call, events: AsyncIterable<ChatEvent>): AsyncGenerator<ChatEvent, void> {
  const seen: ChatEvent[] = [];
  for await (const event of events) {
    seen.push(event);
    if (event.type === 'end') unmasked.set(call, await collectAnswer(seen));
    yield event;
  }
}

/** What a guardrail says in the model's place; the model was not asked. */
function blockedAnswer(text: string): Answer {
  return {
    blocks: [{ type: 'text', text }],
    stopReason: 'guardrail',
    usage: { inputTokens: 0, outputTokens: 0 },
  };
}

async function* streamed(events: AsyncIterable<ChatEvent>, model: FoundationModel): AsyncGenerator<ChatEvent, void> {
  try {
    yield* events;
  } catch (error) {
    throw asStreamError(error, model.id);
  }
}

async function openChat(call: Call, asked: Asked): Promise<AsyncGenerator<ChatEvent, void>> {
  const { target } = asked;
  const { model } = target;
  const backend = await backendOf(call, target);
  checkCapabilities(backend, asked.chat);
  const chat = model.reasoning?.signed ? await openReasoning(call, asked.chat) : asked.chat;
  call.answered(backend.provenance);
  const room = await roomFor(backend, model, chat);
  if (room === 0) return metered(call, asked, fullWindow(await backend.countTokens(chat)));
  const cache = await openCache(call, model, backend, chat);
  const admission = await admit(call, target, { chat, backend, cache });
  let used: Usage | undefined;
  try {
    const request = {
      ...chat,
      ...(room === undefined ? {} : { maxTokens: room }),
      ...(cache ? { cacheKey: cache.cacheKey } : {}),
    };
    const spoken = backend.chat(request, call.signal);
    // A script says what it says; a model may have been told and call more nevertheless.
    const answer = chat.oneToolCall && backend.provenance.kind !== 'declared' ? firstToolCall(spoken) : spoken;
    const signed = model.reasoning?.signed ? signReasoning(call, model, chat, answer) : answer;
    const events = citing(chat, signed, breather(call.signal))[Symbol.asyncIterator]();
    const first = await events.next();
    await cache?.keep();
    const passed = passOn(events, first, room !== undefined, {
      usage: (usage) => (used = cache ? cache.split(usage) : usage),
      done: () => admission.settle(used),
    });
    return metered(call, asked, passed, () => call.answered(backend.provenance));
  } catch (error) {
    await admission.settle(undefined);
    throw error;
  }
}

/** The tokens that a request's input counts as: the later `usage.inputTokens`. Throws ValidationException where the backend cannot tell. */
export async function countTokens(call: Call, target: Target, chat: ChatRequest): Promise<number> {
  try {
    const backend = await backendOf(call, target);
    checkCapabilities(backend, chat);
    call.answered(backend.provenance);
    return await backend.countTokens(target.model.reasoning?.signed ? await openReasoning(call, chat) : chat);
  } catch (error) {
    if (error instanceof LlmError && error.kind === 'unsupported')
      throw invalid("The provided model doesn't support counting tokens.");
    throw asServiceError(error, target.model.id);
  }
}

function checkCapabilities({ capabilities }: LanguageModel, chat: ChatRequest): void {
  if (!capabilities.images && chat.messages.some(({ content }) => content.some(holdsImage))) {
    throw invalid(
      "This model doesn't support the image field for user messages. (The backend that is bound to it cannot see; bind one that can.)",
    );
  }
  if (!capabilities.tools && chat.tools?.length)
    throw invalid("This model doesn't support tool use. (The backend that is bound to it cannot.)");
  if (!capabilities.reasoning && chat.reasoning)
    throw invalid("This model doesn't support reasoning. (The backend that is bound to it cannot be asked to.)");
  if (!capabilities.responseSchema && chat.responseSchema !== undefined) {
    throw invalid(
      "This model doesn't support the outputConfig.textFormat field. (The backend that is bound to it cannot hold to a schema.)",
    );
  }
}

function holdsImage(part: Part): boolean {
  return part.type === 'image' || (part.type === 'toolResult' && part.content.some(({ type }) => type === 'image'));
}

/** Tokens that the model's window leaves for the answer, where they are fewer than it may have; else undefined. Throws over the window. */
async function roomFor(backend: LanguageModel, model: FoundationModel, chat: ChatRequest): Promise<number | undefined> {
  const window = model.contextTokens;
  const outputMax = chat.maxTokens ?? model.outputTokensMax ?? 0;
  // Counting is work: a token is at least one byte, so a request of few bytes is within the window uncounted.
  if (window === undefined || inputTokensAtMost(chat) + outputMax <= window) return undefined;
  let inputTokens: number;
  try {
    inputTokens = await backend.countTokens(chat);
  } catch (error) {
    // A backend that cannot count holds its own window, and says so.
    if (error instanceof LlmError && error.kind === 'unsupported') return undefined;
    throw error;
  }
  if (inputTokens > window) throw tooLong();
  const room = window - inputTokens;
  return room < outputMax ? room : undefined;
}

function inputTokensAtMost(chat: ChatRequest): number {
  let total = FRAME_TOKENS;
  const add = (text: string) => {
    total += Buffer.byteLength(text) + FRAME_TOKENS;
  };
  const addPart = (part: Part | { type: 'json'; json: unknown }): void => {
    if (part.type === 'text' || part.type === 'reasoning') add(part.text);
    else if (part.type === 'document') add(part.name + part.text);
    else if (part.type === 'toolCall') add(part.name + JSON.stringify(part.input));
    else if (part.type === 'json') add(JSON.stringify(part.json));
    else if (part.type === 'toolResult') part.content.forEach(addPart);
    // What a picture counts as depends on the backend: let it count.
    else total = Infinity;
  };
  chat.system.forEach(add);
  for (const { content } of chat.messages) content.forEach(addPart);
  for (const tool of chat.tools ?? []) add(tool.name + (tool.description ?? '') + JSON.stringify(tool.inputSchema));
  if (chat.responseSchema !== undefined) add(JSON.stringify(chat.responseSchema));
  return total;
}

/** An answer without the calls of tools after its first. */
async function* firstToolCall(events: AsyncIterable<ChatEvent>): AsyncGenerator<ChatEvent, void> {
  const dropped = new Set<number>();
  let called = false;
  for await (const event of events) {
    if (event.type === 'toolStart') {
      if (called) dropped.add(event.index);
      called = true;
    }
    if (event.type === 'end') yield event;
    else if (!dropped.has(event.index))
      yield { ...event, index: event.index - [...dropped].filter((index) => index < event.index).length };
  }
}

/** A prompt that fills the window leaves nothing to answer with. */
async function* fullWindow(inputTokens: number): AsyncGenerator<ChatEvent, void> {
  yield { type: 'end', stopReason: 'context_window', usage: { inputTokens, outputTokens: 0 } };
}

async function* passOn(
  events: AsyncIterator<ChatEvent>,
  first: IteratorResult<ChatEvent>,
  cut: boolean,
  { usage, done }: { usage: (usage: Usage) => Usage; done: () => Promise<void> | void },
): AsyncGenerator<ChatEvent, void> {
  let ended = false;
  try {
    for (let next = first; !next.done; next = await events.next()) {
      const event = next.value;
      if (event.type !== 'end') {
        yield event;
        continue;
      }
      // `cut`: the window, not the caller, bounded the answer.
      const stopReason = cut && event.stopReason === 'max_tokens' ? 'context_window' : event.stopReason;
      yield { ...event, stopReason, usage: usage(event.usage) };
    }
    ended = true;
  } finally {
    // A client that leaves early frees the backend at once.
    if (!ended) await events.return?.();
    await done();
  }
}

async function* metered(
  call: Call,
  { target, tier }: Asked,
  events: AsyncIterable<ChatEvent>,
  ended = () => {},
): AsyncGenerator<ChatEvent, void> {
  for await (const event of events) {
    if (event.type === 'end') {
      ended();
      meterTokens(call, target, event.usage, tier);
    }
    yield event;
  }
}
