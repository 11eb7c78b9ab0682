import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultObject } from './schema.ts';

/** Faults within a stream of events: cut, slowed, with the JSON of a tool's input broken. Events are in the SDK's shape. */
type Event = Record<string, any>;

/** Ends a stream before its time. */
export type Cut = {
  frames?: number;
  characters?: number;
  beforeStop?: boolean;
  /** Thrown there; absent: the stream just stops. */
  error?: () => Error;
  /** Told when it stopped without an error. */
  stopped: () => void;
};

export function cutOf(cut: NonNullable<FaultObject['cut']>): Pick<Cut, 'frames' | 'characters' | 'beforeStop'> {
  if (cut === true || (cut.frames === undefined && cut.characters === undefined)) return { beforeStop: true };
  const { frames, characters, beforeStop } = cut;
  return {
    ...(frames === undefined ? {} : { frames }),
    ...(characters === undefined ? {} : { characters }),
    ...(beforeStop ? { beforeStop } : {}),
  };
}

export async function* cutStream(events: AsyncIterable<Event>, cut: Cut): AsyncGenerator<Event> {
  let frames = 0;
  let characters = 0;
  for await (const event of events) {
    if (frames === cut.frames || (cut.beforeStop && isStop(event))) break;
    frames++;
    const text = textOf(event);
    const left = cut.characters === undefined ? Infinity : cut.characters - characters;
    if (text.length >= left && cut.characters !== undefined) {
      if (left > 0) yield shortened(event, left);
      break;
    }
    characters += text.length;
    yield event;
  }
  if (cut.error) throw cut.error();
  cut.stopped();
}

/** Waits before each event. Real time. */
export async function* slowStream(
  events: AsyncIterable<Event>,
  waitMs: number,
  signal: AbortSignal,
): AsyncGenerator<Event> {
  for await (const event of events) {
    await sleep(waitMs, undefined, { signal });
    yield event;
  }
}

/** Leaves out the last character of each tool's input, so that the fragments together are no JSON. */
export async function* breakToolJson(events: AsyncIterable<Event>): AsyncGenerator<Event> {
  let held: Event | undefined;
  for await (const event of events) {
    const isPart = toolInputOf(event) !== undefined;
    // Only the last fragment is broken: each is held until it is known whether another comes.
    if (held) yield isPart ? held : broken(held);
    held = isPart ? event : undefined;
    if (!isPart) yield event;
  }
  if (held) yield broken(held);
}

const broken = (event: Event) => withToolInput(event, (json) => (json.length === 0 ? '{' : json.slice(0, -1)));

/** What a chunk of a native stream says; chunks are JSON. */
function chunkOf(event: Event): any {
  const bytes: unknown = event['chunk']?.bytes;
  if (!(bytes instanceof Uint8Array)) return undefined;
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'));
  } catch {
    return undefined;
  }
}

/** Whether an event tells that the message has ended: Converse's, and the native ones of the families. */
function isStop(event: Event): boolean {
  if (event['messageStop']) return true;
  const chunk = chunkOf(event);
  if (!chunk) return false;
  return Boolean(
    chunk.type === 'message_stop' ||
    chunk.delta?.stop_reason ||
    chunk.stop_reason ||
    chunk.stopReason ||
    chunk.messageStop ||
    chunk.completionReason ||
    chunk.finish_reason ||
    chunk.is_finished ||
    chunk.choices?.[0]?.finish_reason ||
    chunk.outputs?.[0]?.stop_reason ||
    chunk['amazon-bedrock-invocationMetrics'],
  );
}

function textOf(event: Event): string {
  const chunk = chunkOf(event);
  const found: unknown = chunk
    ? (chunk.delta?.text ??
      chunk.contentBlockDelta?.delta?.text ??
      chunk.generation ??
      chunk.outputText ??
      chunk.completion ??
      chunk.choices?.[0]?.delta?.content ??
      chunk.choices?.[0]?.text ??
      chunk.outputs?.[0]?.text ??
      chunk.text)
    : event['contentBlockDelta']?.delta?.text;
  return typeof found === 'string' ? found : '';
}

/** The first characters of a text event; a native chunk is whole or not at all. */
function shortened(event: Event, characters: number): Event {
  const delta = event['contentBlockDelta']?.delta;
  if (typeof delta?.text !== 'string') return event;
  return { contentBlockDelta: { ...event['contentBlockDelta'], delta: { text: delta.text.slice(0, characters) } } };
}

function toolInputOf(event: Event): string | undefined {
  const chunk = chunkOf(event);
  const found: unknown = chunk
    ? (chunk.delta?.partial_json ??
      chunk.contentBlockDelta?.delta?.toolUse?.input ??
      chunk.choices?.[0]?.delta?.tool_calls?.[0]?.function?.arguments)
    : event['contentBlockDelta']?.delta?.toolUse?.input;
  return typeof found === 'string' ? found : undefined;
}

function withToolInput(event: Event, change: (json: string) => string): Event {
  const chunk = chunkOf(event);
  if (!chunk) {
    const { contentBlockDelta } = event;
    const toolUse = { input: change(contentBlockDelta.delta.toolUse.input) };
    return { contentBlockDelta: { ...contentBlockDelta, delta: { toolUse } } };
  }
  if (typeof chunk.delta?.partial_json === 'string') chunk.delta.partial_json = change(chunk.delta.partial_json);
  else if (chunk.contentBlockDelta)
    chunk.contentBlockDelta.delta.toolUse.input = change(chunk.contentBlockDelta.delta.toolUse.input);
  else {
    const called = chunk.choices[0].delta.tool_calls[0].function;
    called.arguments = change(called.arguments);
  }
  return { chunk: { ...event['chunk'], bytes: Buffer.from(JSON.stringify(chunk)) } };
}

/**
 * The same for an answer that is not streamed: where a model's tool input is text, its end is missing; where it is JSON already, Bedrock says
 * that the model wrote it wrong. Undefined: no tool is used in it.
 */
export function breakWholeToolJson(output: Record<string, any>): Record<string, unknown> | undefined {
  const content: any[] | undefined = output['output']?.message?.content;
  if (content?.some((block) => block.toolUse)) {
    return {
      ...output,
      output: {
        message: {
          ...output['output'].message,
          content: content.map((block) => (block.toolUse ? { toolUse: { ...block.toolUse, input: {} } } : block)),
        },
      },
      stopReason: 'malformed_tool_use',
    };
  }
  if (!(output['body'] instanceof Uint8Array)) return undefined;
  let body: any;
  try {
    body = JSON.parse(Buffer.from(output['body']).toString('utf8'));
  } catch {
    return undefined;
  }
  const calls = body.choices?.[0]?.message?.tool_calls;
  if (!Array.isArray(calls) || calls.length === 0) return undefined;
  for (const { function: called } of calls) called.arguments = String(called.arguments).slice(0, -1);
  return { ...output, body: Buffer.from(JSON.stringify(body)) };
}
