import type { Prompt } from './prompt.ts';
import { readPrompt } from './prompt.ts';
import type { ChatRequest, Json, Message } from '../types.ts';

/** Where facts come from. `turn` counts messages; system text is turn -1. `current` marks the last turn of the user. */
export type Source = {
  name: string;
  text: string;
  kind: 'document' | 'prompt' | 'tool' | 'system' | 'earlier';
  turn: number;
  current: boolean;
  json?: Json;
};

/** A tool call of the conversation with its result, once there is one. */
export type PastCall = {
  id: string;
  name: string;
  input: Json;
  turn: number;
  result?: { status: 'success' | 'error'; text: string; json?: Json };
};

/** A conversation as the skills see it. */
export type Conversation = {
  /** The last thing that the user asked, without the texts that it is about; after tool results, what was asked before them. */
  ask: string;
  /** All words of the turn that `ask` is from. */
  asked: string;
  /** The message that `ask` is from. */
  askTurn: number;
  prompt: Prompt;
  /** Rules from the system text. */
  rules: string;
  sources: Source[];
  /** Earlier questions, with what was answered. */
  past: { ask: string; answer: string }[];
  calls: PastCall[];
  /** The last message holds tool results. */
  answeringTools: boolean;
  /** Text that the assistant's turn was begun with, when the last message is the assistant's. */
  prefill: string;
};

/** Reads a request's system text, messages, documents and tool results. */
export function readConversation(request: ChatRequest): Conversation {
  const sources: Source[] = [];
  const rules: string[] = [];
  for (const text of request.system) {
    const prompt = readPrompt(text);
    // Statements in the system text are both facts ("The shop opens at 9") and manner ("You are Ada."): they serve as both.
    rules.push(
      [prompt.ask, ...prompt.material.filter((item) => item.name === 'the text').map((item) => item.text)].join('\n'),
    );
    for (const item of prompt.material)
      sources.push({
        ...item,
        name: item.name === 'the text' ? 'the instructions' : item.name,
        kind: 'system',
        turn: -1,
        current: false,
      });
  }
  const messages = [...request.messages];
  let prefill = '';
  const last = messages.at(-1);
  if (last?.role === 'assistant') {
    prefill = textOf(last).trimEnd();
    messages.pop();
  }
  const lastTurn = messages.length - 1;
  const calls = new Map<string, PastCall>();
  const past: { ask: string; answer: string }[] = [];
  let prompt: Prompt = { ask: '', material: [], sections: [] };
  let asked = '';
  let askTurn = -1;
  for (const [turn, message] of messages.entries()) {
    const text = textOf(message);
    if (message.role === 'assistant') {
      if (askTurn >= 0 && text !== '') past.push({ ask: prompt.ask, answer: text });
      for (const part of message.content)
        if (part.type === 'toolCall') calls.set(part.id, { id: part.id, name: part.name, input: part.input, turn });
      continue;
    }
    for (const part of message.content) {
      if (part.type === 'document')
        sources.push({ name: part.name, text: part.text, kind: 'document', turn, current: turn === lastTurn });
      if (part.type === 'toolResult') {
        const call = calls.get(part.toolCallId);
        const texts: string[] = [];
        let json: Json | undefined;
        for (const item of part.content) {
          if (item.type === 'json') json = item.json;
          else if (item.type === 'text' || item.type === 'document') texts.push(item.text);
        }
        const body = texts.join('\n');
        json ??= parsed(body);
        const result = {
          status: part.status,
          text: body === '' && json !== undefined ? JSON.stringify(json) : body,
          ...(json === undefined ? {} : { json }),
        };
        if (call) call.result = result;
        if (part.status === 'success')
          sources.push({
            name: call?.name ?? 'the tool',
            text: result.text,
            kind: 'tool',
            turn,
            current: turn === lastTurn,
            ...(json === undefined ? {} : { json }),
          });
      }
    }
    if (text.trim() === '') continue;
    const read = readPrompt(text);
    const answeringResults = message.content.some((part) => part.type === 'toolResult');
    for (const item of read.material)
      sources.push({
        ...item,
        kind: turn === lastTurn || !answeringResults ? 'prompt' : 'earlier',
        turn,
        current: turn === lastTurn,
      });
    prompt = read;
    asked = text;
    askTurn = turn;
  }
  // A turn of documents or texts alone: the request is in an earlier turn, or there is none.
  const lastMessage = messages.at(-1);
  const answeringTools = lastMessage?.content.some((part) => part.type === 'toolResult') ?? false;
  if (answeringTools) for (const source of sources) if (source.turn >= askTurn) source.current = true;
  return {
    ask: prompt.ask,
    asked,
    askTurn,
    prompt,
    rules: rules.join('\n').trim(),
    sources,
    past,
    calls: [...calls.values()],
    answeringTools,
    prefill,
  };
}

const textOf = (message: Message): string =>
  message.content.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n');

/** `text` as JSON when it is an object or array in JSON, else undefined. */
export function parsed(text: string): Json | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}
