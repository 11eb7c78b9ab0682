import type { ChatEvent, StopReason } from '../types.ts';
import type { ParamsChunk, ResponseChunk } from './llama.ts';

/** What an answer is read with. `forcedTool`: the text is the JSON of one tool call, `{"name": …, "arguments": …}`. */
export type AnswerOptions = {
  stopSequences: string[];
  forcedTool: boolean;
  makeToolCallId(call: number): string;
  emit(event: ChatEvent): void;
};

/**
 * Turns what node-llama-cpp generates into content blocks, and ends the text before the first stop sequence. Its own stop
 * triggers are not used for that: when the token limit falls into what may be the beginning of one, they drop the text they hold back.
 */
export class Answer {
  /** The stop sequence that was met: the caller ends the generation. */
  stopSequence: string | undefined;
  readonly #options: AnswerOptions;
  #index = -1;
  #open: 'text' | 'reasoning' | 'tool' | undefined;
  #held = '';
  #callIndex = -1;
  #calls = 0;
  #forced = '';
  #forcedState: 'name' | 'arguments' | 'done' = 'name';
  #depth = 0;
  #inString = false;
  #escaped = false;

  constructor(options: AnswerOptions) {
    this.#options = options;
  }

  acceptChunk({ segmentType, text }: ResponseChunk): void {
    if (text === '' || this.stopSequence !== undefined) return;
    if (segmentType !== undefined) {
      this.#flush();
      this.#begin('reasoning');
      this.#options.emit({ type: 'reasoning', index: this.#index, text });
    } else if (this.#options.forcedTool) this.#acceptForced(text);
    else this.#acceptText(text);
  }

  acceptParams({ callIndex, functionName, paramsChunk }: ParamsChunk): void {
    if (this.stopSequence !== undefined) return;
    this.#flush();
    if (callIndex !== this.#callIndex) {
      this.#callIndex = callIndex;
      this.#startTool(functionName);
    }
    if (paramsChunk !== '') this.#options.emit({ type: 'toolInput', index: this.#index, json: paramsChunk });
  }

  /** Emits what is held back, closes the open block, and says why the answer ended. */
  finish(reason: string, limit: 'max_tokens' | 'context_window'): { stopReason: StopReason; stopSequence?: string } {
    if (this.stopSequence === undefined) this.#flush();
    this.#close();
    if (this.stopSequence !== undefined) return { stopReason: 'stop_sequence', stopSequence: this.stopSequence };
    if (reason === 'maxTokens') return { stopReason: limit };
    return { stopReason: this.#calls > 0 ? 'tool_use' : 'end_turn' };
  }

  #acceptText(text: string): void {
    this.#held += text;
    const stop = this.#firstStop();
    if (stop) {
      this.#held = this.#held.slice(0, stop.at);
      this.#flush();
      this.stopSequence = stop.sequence;
      return;
    }
    const free = this.#held.length - this.#possibleStopLength();
    if (free <= 0) return;
    const kept = this.#held.slice(free);
    this.#held = this.#held.slice(0, free);
    this.#flush();
    this.#held = kept;
  }

  #firstStop(): { at: number; sequence: string } | undefined {
    let first: { at: number; sequence: string } | undefined;
    for (const sequence of this.#options.stopSequences) {
      const at = this.#held.indexOf(sequence);
      if (at >= 0 && (!first || at < first.at)) first = { at, sequence };
    }
    return first;
  }

  /** How much of the end of the held text may be the beginning of a stop sequence. */
  #possibleStopLength(): number {
    let longest = 0;
    for (const sequence of this.#options.stopSequences) {
      for (let length = Math.min(sequence.length - 1, this.#held.length); length > longest; length--) {
        if (this.#held.endsWith(sequence.slice(0, length))) longest = length;
      }
    }
    return longest;
  }

  #acceptForced(text: string): void {
    let rest = text;
    if (this.#forcedState === 'name') {
      this.#forced += text;
      const head = /^\s*\{\s*"name"\s*:\s*("(?:[^"\\]|\\.)*")\s*,\s*"arguments"\s*:\s*/.exec(this.#forced);
      // The white space behind the colon may go on in the next token.
      if (!head || head[0].length === this.#forced.length) return;
      this.#startTool(JSON.parse(head[1]!) as string);
      this.#forcedState = 'arguments';
      rest = this.#forced.slice(head[0].length);
    }
    if (this.#forcedState !== 'arguments') return;
    const end = this.#endOfArguments(rest);
    const json = rest.slice(0, end);
    if (json !== '') this.#options.emit({ type: 'toolInput', index: this.#index, json });
    if (this.#forcedState !== 'arguments') this.#close();
  }

  /** Arguments are an object: they end where its last brace closes; what follows closes the call around them. */
  #endOfArguments(text: string): number {
    for (let at = 0; at < text.length; at++) {
      const char = text[at];
      if (this.#escaped) this.#escaped = false;
      else if (this.#inString) {
        if (char === '\\') this.#escaped = true;
        else if (char === '"') this.#inString = false;
      } else if (char === '"') this.#inString = true;
      else if (char === '{' || char === '[') this.#depth++;
      else if ((char === '}' || char === ']') && --this.#depth === 0) {
        this.#forcedState = 'done';
        return at + 1;
      }
    }
    return text.length;
  }

  #startTool(name: string): void {
    this.#close();
    this.#index++;
    this.#open = 'tool';
    this.#options.emit({
      type: 'toolStart',
      index: this.#index,
      id: this.#options.makeToolCallId(this.#calls++),
      name,
    });
  }

  #begin(kind: 'text' | 'reasoning'): void {
    if (this.#open === kind) return;
    this.#close();
    this.#open = kind;
    this.#index++;
  }

  #flush(): void {
    if (this.#held === '') return;
    this.#begin('text');
    this.#options.emit({ type: 'text', index: this.#index, text: this.#held });
    this.#held = '';
  }

  #close(): void {
    if (this.#open !== undefined) this.#options.emit({ type: 'blockStop', index: this.#index });
    this.#open = undefined;
  }
}
