import { readPrompt } from './prompt.ts';
import type { Source, PastCall, Conversation, Prompt } from './shapes.ts';
import type { ChatRequest, Json, Message } from '../types.ts';

/** Reads a request's system text, messages, documents and tool results. */
export function readConversation(request: ChatRequest): Conversation {
  const sources: Source[] = [];
  const rules: string[] = [];
  for (const text of request.system) {
    const prompt = readPrompt(withoutGaps(text));
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
        sources.push({
          name: part.name,
          text: withoutGaps(part.text),
          kind: 'document',
          turn,
          current: turn === lastTurn,
        });
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
          text: body === '' && json !== undefined ? JSON.stringify(json) : withoutGaps(body),
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
  withoutGaps(message.content.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n'));

/** Blanks in a row, line ends included, that say no more than fewer do. */
const GAP = /\s{65,}/g;

/** `text` with what is blank for long made short: documents have pages of it, and patterns take their time for each blank. */
function withoutGaps(text: string): string {
  return text.replace(GAP, (gap) => (gap.includes('\n') ? '\n\n\n' : ' '.repeat(8)));
}

/** `text` as JSON when it is an object or array in JSON, else undefined. */
export function parsed(text: string): Json | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}
