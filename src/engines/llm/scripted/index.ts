import { setTimeout as sleep } from 'node:timers/promises';
import {
  LlmError,
  type ChatEvent,
  type ChatRequest,
  type Json,
  type LanguageModel,
  type Message,
  type Part,
  type StopReason,
} from '../types.ts';

/**
 * A model that says what a script has it say, whatever it is asked. It computes nothing and says so: its answers are `declared`.
 * Tokens are counted as the pieces that it streams: words with the space before them.
 */
export type Script = {
  /** Where the script is from, for messages. */
  rule: string;
  turns: ScriptedTurn[];
  /** One answer for each turn of the conversation; otherwise the first for all. */
  perTurn: boolean;
};

export type ScriptedTurn = {
  text?: string;
  /** A tool's input as JSON, or as the very text that is streamed for it. */
  toolUse?: { name: string; input?: unknown }[];
  reasoning?: string;
  stopReason?: string;
  usage?: { inputTokens?: number; outputTokens?: number };
  tokensPerSecond?: number;
  expect?: {
    prompt?: (text: string | undefined) => boolean;
    promptText?: string;
    toolResults?: string[];
  };
};

/** Characters of a fragment of a tool's input. */
const FRAGMENT = 12;

/** @param id makes the id of a tool call */
export function scriptedModel(script: Script, { id }: { id: () => string }): LanguageModel {
  return {
    provenance: { kind: 'declared', engine: 'scripted', version: '1' },
    capabilities: {
      tools: true,
      images: true,
      streaming: true,
      embeddings: false,
      responseSchema: true,
      reasoning: true,
    },
    countTokens: async (request) => turnOf(script, request).usage?.inputTokens ?? countRequest(request),
    chat: (request, signal) => speak(script, request, signal, id),
  };
}

async function* speak(
  script: Script,
  request: ChatRequest,
  signal: AbortSignal,
  id: () => string,
): AsyncGenerator<ChatEvent> {
  const turn = turnOf(script, request);
  const pace = paced(turn.tokensPerSecond, signal);
  let index = 0;
  let outputTokens = 0;
  const pieces = async function* (text: string) {
    for (const piece of piecesOf(text)) {
      await pace();
      outputTokens++;
      yield piece;
    }
  };
  if (turn.reasoning !== undefined) {
    for await (const text of pieces(turn.reasoning)) yield { type: 'reasoning', index, text };
    yield { type: 'blockStop', index };
    index++;
  }
  if (turn.text !== undefined && turn.text !== '') {
    for await (const text of pieces(turn.text)) yield { type: 'text', index, text };
    yield { type: 'blockStop', index };
    index++;
  }
  for (const { name, input } of turn.toolUse ?? []) {
    yield { type: 'toolStart', index, id: id(), name };
    for (const json of fragmentsOf(input)) {
      await pace();
      outputTokens++;
      yield { type: 'toolInput', index, json };
    }
    yield { type: 'blockStop', index };
    index++;
  }
  const { inputTokens = countRequest(request), outputTokens: declared = outputTokens } = turn.usage ?? {};
  const stopReason = (turn.stopReason ?? (turn.toolUse?.length ? 'tool_use' : 'end_turn')) as StopReason;
  yield { type: 'end', stopReason, usage: { inputTokens, outputTokens: declared } };
}

/** The turn that the conversation has come to. Throws LlmError ('invalid') where the script has none for it, or expects another. */
function turnOf({ rule, turns, perTurn }: Script, { messages }: ChatRequest): ScriptedTurn {
  const place = perTurn ? messages.filter(({ role }) => role === 'assistant').length : 0;
  const turn = turns[place];
  const name = `turn ${place + 1} of the script of rule ${rule}`;
  if (!turn)
    throw new LlmError(
      'invalid',
      `The conversation is at turn ${place + 1}; the script of rule ${rule} has ${turns.length}.`,
    );
  const last = messages.at(-1);
  const answered = toolResultsOf(messages);
  const asked = perTurn ? (turns[place - 1]?.toolUse ?? []).map((use) => use.name) : [];
  const missing = asked.filter((tool) => !answered.includes(tool));
  if (missing.length > 0)
    throw new LlmError(
      'invalid',
      `At ${name}: the turn before it used ${missing.join(', ')}, and no result of that has come.`,
    );
  const { expect } = turn;
  const absent = (expect?.toolResults ?? []).filter((tool) => !answered.includes(tool));
  if (absent.length > 0)
    throw new LlmError(
      'invalid',
      `${name} expects results of ${absent.join(', ')}; ${answered.length > 0 ? `there are those of ${answered.join(', ')}` : 'there are none'}.`,
    );
  const said = last?.role === 'user' ? textOf(last.content) : undefined;
  if (expect?.prompt && !expect.prompt(said))
    throw new LlmError(
      'invalid',
      `${name} expects the user to say ${expect.promptText}; they said ${JSON.stringify(said?.slice(0, 200) ?? null)}.`,
    );
  return turn;
}

/** Names of the tools whose results are in the last message. */
function toolResultsOf(messages: Message[]): string[] {
  const names = new Map<string, string>();
  for (const { content } of messages)
    for (const part of content) if (part.type === 'toolCall') names.set(part.id, part.name);
  const last = messages.at(-1);
  if (last?.role !== 'user') return [];
  return last.content
    .filter((part) => part.type === 'toolResult')
    .map(({ toolCallId }) => names.get(toolCallId) ?? toolCallId);
}

const textOf = (content: Part[]) =>
  content
    .filter((part) => part.type === 'text')
    .map(({ text }) => text)
    .join('\n');

/** Words, each with the space before it; together they are the text. */
const piecesOf = (text: string) => text.match(/\s*\S+|\s+$/g) ?? [];

function fragmentsOf(input: unknown): string[] {
  const json = typeof input === 'string' ? input : JSON.stringify(input ?? {});
  const fragments: string[] = [];
  for (let at = 0; at < json.length; at += FRAGMENT) fragments.push(json.slice(at, at + FRAGMENT));
  return fragments;
}

function countRequest({ system, messages, tools = [] }: ChatRequest): number {
  const count = (text: string) => piecesOf(text).length;
  const ofPart = (part: Part | { type: 'json'; json: Json }): number => {
    if (part.type === 'text' || part.type === 'reasoning' || part.type === 'document') return count(part.text);
    if (part.type === 'toolCall') return 1 + count(JSON.stringify(part.input));
    if (part.type === 'json') return count(JSON.stringify(part.json));
    return part.type === 'toolResult' ? part.content.reduce((sum, each) => sum + ofPart(each), 0) : 0;
  };
  return (
    system.reduce((sum, text) => sum + count(text), 0) +
    messages.reduce((sum, { content }) => sum + content.reduce((inner, part) => inner + ofPart(part), 0), 0) +
    tools.reduce(
      (sum, { name, description = '', inputSchema }) =>
        sum + count(`${name} ${description} ${JSON.stringify(inputSchema)}`),
      0,
    )
  );
}

/** Waits so that no more than so many pieces leave in a second. Real time: a client measures it. */
function paced(tokensPerSecond: number | undefined, signal: AbortSignal): () => Promise<void> | void {
  if (tokensPerSecond === undefined) return () => signal.throwIfAborted();
  const startedMs = performance.now();
  let sent = 0;
  return async () => {
    sent++;
    const waitMs = startedMs + (sent * 1000) / tokensPerSecond - performance.now();
    if (waitMs > 1) await sleep(waitMs, undefined, { signal });
    else signal.throwIfAborted();
  };
}
