import { LlmError, type ChatEvent, type StopReason, type Usage } from '../types.ts';
import { errorOfEvent, isRecord } from './failures.ts';

/** Events of later blocks that wait for an earlier, unfinished tool call, in characters. */
const HELD_CHARS_MAX = 8 * 1024 * 1024;
/** The longest answer that is taken, in characters. */
const ANSWER_CHARS_MAX = 64 * 1024 * 1024;

type Block = {
  kind: 'text' | 'reasoning' | 'tool';
  index: number;
  held: ChatEvent[];
  heldChars: number;
  closed: boolean;
  /** Of a tool call. */
  json: JsonScanner;
  upstreamIndex?: number;
  id?: string;
  name?: string;
};

/** What an answer needs besides its chunks. */
export type CompletionOptions = { where: string; stopSequences: string[]; makeToolCallId: () => string };

/**
 * Turns chat-completion chunks into content blocks: one ChatEvent per delta, its text untouched.
 *
 * Blocks come out one after the other, as their readers expect them, also where a server interleaves the fragments of
 * parallel tool calls: what belongs to a later block waits until the JSON of the earlier call is complete. Calls that come
 * one after the other, as nearly all servers send them, never wait.
 */
export class Completion {
  usage: Usage | undefined;
  /** All text that was generated, for a server that does not count its tokens. */
  generated = '';
  readonly #options: CompletionOptions;
  readonly #blocks: Block[] = [];
  #open = 0;
  #heldChars = 0;
  #finishReason: string | undefined;
  #stopSequence: string | undefined;
  #refused = false;

  constructor(options: CompletionOptions) {
    this.#options = options;
  }

  /** Whether the server has said why it stopped; an answer without that has been cut off. */
  get finished(): boolean {
    return this.#finishReason !== undefined;
  }

  /**
   * Takes one parsed chunk (or a whole completion, whose `message` counts as one delta) and returns its events.
   * @throws LlmError when the chunk carries an error or makes no sense.
   */
  accept(chunk: unknown): ChatEvent[] {
    const { where } = this.#options;
    if (!isRecord(chunk)) throw new LlmError('stream', `${where} sent a chunk that is not an object.`);
    if (chunk['error'] !== undefined && chunk['error'] !== null) throw errorOfEvent(chunk['error'], where);
    if (isRecord(chunk['usage'])) this.usage = usageOf(chunk['usage']) ?? this.usage;
    const choice: unknown = Array.isArray(chunk['choices']) ? chunk['choices'][0] : undefined;
    if (!isRecord(choice)) return [];
    const events: ChatEvent[] = [];
    const delta = choice['delta'] ?? choice['message'];
    if (isRecord(delta)) this.#acceptDelta(delta, events);
    if (typeof choice['finish_reason'] === 'string' && choice['finish_reason'] !== '') {
      this.#finishReason = choice['finish_reason'];
      // vLLM names the stop string that ended the text.
      const stop = choice['stop_reason'];
      if (typeof stop === 'string' && this.#options.stopSequences.includes(stop)) this.#stopSequence = stop;
    }
    return events;
  }

  /** Closes what is open and says why the answer ended; the caller adds the usage. */
  finish(): { events: ChatEvent[]; stopReason: StopReason; stopSequence?: string } {
    const events: ChatEvent[] = [];
    while (this.#open < this.#blocks.length) this.#closeOpen(events);
    const stopReason = this.#stopReason();
    return { events, stopReason, ...(stopReason === 'stop_sequence' ? { stopSequence: this.#stopSequence } : {}) };
  }

  #stopReason(): StopReason {
    switch (this.#finishReason) {
      case 'length':
      case 'max_tokens':
        return 'max_tokens';
      case 'content_filter':
        return 'content_filtered';
      case 'stop':
      case 'tool_calls':
      case 'function_call':
      case 'eos':
      case 'eos_token':
      case 'end_turn':
        // Some servers finish with "stop" after tool calls too.
        if (this.#blocks.some((block) => block.kind === 'tool')) return 'tool_use';
        if (this.#refused) return 'content_filtered';
        return this.#stopSequence === undefined ? 'end_turn' : 'stop_sequence';
      default:
        throw new LlmError(
          'model',
          `${this.#options.where} ended its answer with finish_reason "${this.#finishReason}".`,
        );
    }
  }

  #acceptDelta(delta: Record<string, unknown>, events: ChatEvent[]): void {
    // vLLM has sent both names with the same text while it renamed the field; Ollama and OpenRouter say `reasoning`.
    const reasoning = nonEmpty(delta['reasoning_content']) ?? nonEmpty(delta['reasoning']);
    if (reasoning !== undefined) this.#push(this.#block('reasoning'), reasoning, events);
    const text = nonEmpty(delta['content']);
    if (text !== undefined) this.#push(this.#block('text'), text, events);
    const refusal = nonEmpty(delta['refusal']);
    if (refusal !== undefined) {
      this.#refused = true;
      this.#push(this.#block('text'), refusal, events);
    }
    const calls: unknown[] = Array.isArray(delta['tool_calls']) ? delta['tool_calls'] : [];
    for (const call of calls) if (isRecord(call)) this.#acceptToolCall(call, events);
    if (isRecord(delta['function_call'])) this.#acceptToolCall({ index: 0, function: delta['function_call'] }, events);
  }

  #acceptToolCall(fragment: Record<string, unknown>, events: ChatEvent[]): void {
    const fn = isRecord(fragment['function']) ? fragment['function'] : {};
    const id = nonEmpty(fragment['id']);
    const name = nonEmpty(fn['name']);
    const upstreamIndex = typeof fragment['index'] === 'number' ? fragment['index'] : undefined;
    let block = this.#toolBlock(upstreamIndex, id);
    if (!block) {
      block = this.#newBlock('tool');
      block.upstreamIndex = upstreamIndex;
    }
    block.id ??= id;
    if (name !== undefined) {
      if (block.name === undefined) {
        block.name = name;
        block.id ??= this.#options.makeToolCallId();
        this.#emit(block, { type: 'toolStart', index: block.index, id: block.id, name }, name.length, events);
      } else if (block.name !== name) {
        throw new LlmError(
          'stream',
          `${this.#options.where} changed the tool of a call from "${block.name}" to "${name}".`,
        );
      }
    }
    const args = fn['arguments'];
    const json = typeof args === 'string' ? args : isRecord(args) ? JSON.stringify(args) : '';
    if (json === '') return;
    if (block.name === undefined) {
      throw new LlmError('stream', `${this.#options.where} sent arguments of a tool call before the tool's name.`);
    }
    if (block.closed) {
      if (json.trim() === '') return;
      throw new LlmError('stream', `${this.#options.where} went on with a tool call whose arguments were complete.`);
    }
    this.#push(block, json, events);
  }

  /** The call that a fragment belongs to; undefined = a new one. */
  #toolBlock(upstreamIndex: number | undefined, id: string | undefined): Block | undefined {
    const tools = this.#blocks.filter((block) => block.kind === 'tool');
    if (upstreamIndex === undefined) {
      return id === undefined ? tools.at(-1) : tools.find((block) => block.id === id);
    }
    const block = tools.findLast((block) => block.upstreamIndex === upstreamIndex);
    // Some servers number all parallel calls 0 and tell them apart by id alone.
    return block && id !== undefined && block.id !== undefined && block.id !== id ? undefined : block;
  }

  /** The block that text of a kind goes on in: the last one, or a new one. */
  #block(kind: 'text' | 'reasoning'): Block {
    const last = this.#blocks.at(-1);
    return last?.kind === kind ? last : this.#newBlock(kind);
  }

  #newBlock(kind: Block['kind']): Block {
    const block: Block = {
      kind,
      index: this.#blocks.length,
      held: [],
      heldChars: 0,
      closed: false,
      json: new JsonScanner(),
    };
    this.#blocks.push(block);
    return block;
  }

  #push(block: Block, text: string, events: ChatEvent[]): void {
    this.generated += text;
    if (this.generated.length > ANSWER_CHARS_MAX) {
      throw new LlmError(
        'stream',
        `${this.#options.where} sent an answer of more than ${ANSWER_CHARS_MAX} characters.`,
      );
    }
    const { index } = block;
    if (block.kind === 'tool') {
      block.json.feed(text);
      this.#emit(block, { type: 'toolInput', index, json: text }, text.length, events);
    } else this.#emit(block, { type: block.kind, index, text }, text.length, events);
  }

  #emit(block: Block, event: ChatEvent, chars: number, events: ChatEvent[]): void {
    if (block.index !== this.#open) this.#advance(events);
    if (block.index === this.#open) {
      events.push(event);
      this.#advance(events);
      return;
    }
    block.held.push(event);
    block.heldChars += chars;
    this.#heldChars += chars;
    if (this.#heldChars > HELD_CHARS_MAX) {
      throw new LlmError(
        'stream',
        `${this.#options.where} left a tool call unfinished while it sent over ${HELD_CHARS_MAX} characters of others.`,
      );
    }
  }

  /** Closes the open block for as long as it is complete and another has begun. */
  #advance(events: ChatEvent[]): void {
    while (this.#open < this.#blocks.length - 1) {
      const block = this.#blocks[this.#open]!;
      if (block.kind === 'tool' && !block.json.complete) return;
      this.#closeOpen(events);
    }
  }

  #closeOpen(events: ChatEvent[]): void {
    const block = this.#blocks[this.#open]!;
    block.closed = true;
    if (block.kind !== 'tool' || block.name !== undefined) events.push({ type: 'blockStop', index: block.index });
    this.#open++;
    const next = this.#blocks[this.#open];
    if (!next) return;
    events.push(...next.held);
    this.#heldChars -= next.heldChars;
    next.held = [];
    next.heldChars = 0;
  }
}

/** Says when a text that arrives in fragments has become one whole JSON object or array. */
class JsonScanner {
  complete = false;
  #depth = 0;
  #inString = false;
  #escaped = false;

  feed(fragment: string): void {
    for (let at = 0; at < fragment.length; at++) {
      const char = fragment.charCodeAt(at);
      if (this.#escaped) this.#escaped = false;
      else if (this.#inString) {
        if (char === 0x5c) this.#escaped = true;
        else if (char === 0x22) this.#inString = false;
      } else if (char === 0x22) this.#inString = true;
      else if (char === 0x7b || char === 0x5b) this.#depth++;
      else if ((char === 0x7d || char === 0x5d) && --this.#depth === 0) this.complete = true;
    }
  }
}

/**
 * The server's own counts. Prompt tokens are taken whole: what a server found in its prefix cache by itself is not a cache
 * that the caller asked for, and the same request must count the same twice.
 */
export function usageOf(usage: Record<string, unknown>): Usage | undefined {
  const inputTokens = usage['prompt_tokens'];
  const outputTokens = usage['completion_tokens'] ?? 0;
  if (!isCount(inputTokens) || !isCount(outputTokens)) return undefined;
  return { inputTokens, outputTokens };
}

export const isCount = (value: unknown): value is number => Number.isInteger(value) && (value as number) >= 0;

const nonEmpty = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;
