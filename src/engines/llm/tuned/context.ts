import { hashOf, isWord, mix, shapeOf, tokenize } from './tokens.ts';
import { PROMPT_TOKENS_MAX } from './types.ts';

/** Words of a prompt that choices are conditioned on. */
const BAG_MAX = 64;
/** A word's places in a prompt that are told apart. */
const PLACES_MAX = 8;
const COPIED = hashOf('\u0000copied');
const START = hashOf('\u0000start');

/** A prompt as completions are written from it. All hashes of tokens are of their lower case. */
export class PromptReading {
  readonly tokens: string[];
  readonly lower: string[];
  readonly hashes: Int32Array;
  /** The nearest word before and after each token. */
  readonly before: Int32Array;
  readonly after: Int32Array;
  readonly shapes: Int32Array;
  /** Where each word stands. */
  readonly places = new Map<string, number[]>();
  /** Hashes of its distinct words. */
  readonly bag: Int32Array;

  constructor(text: string) {
    this.tokens = tokenize(text, PROMPT_TOKENS_MAX);
    this.lower = this.tokens.map((token) => token.toLowerCase());
    const count = this.tokens.length;
    this.hashes = Int32Array.from(this.lower, hashOf);
    this.shapes = Int32Array.from(this.tokens, (token) => hashOf(shapeOf(token)));
    this.before = new Int32Array(count);
    this.after = new Int32Array(count);
    const bag = new Set<number>();
    let last = START;
    for (let at = 0; at < count; at++) {
      this.before[at] = last;
      if (!isWord(this.tokens[at]!)) {
        // A mark tells as much of what follows it as a word does; white space tells nothing.
        if (this.tokens[at]!.trim() !== '') last = this.hashes[at]!;
        continue;
      }
      last = this.hashes[at]!;
      if (bag.size < BAG_MAX) bag.add(this.hashes[at]!);
      const places = this.places.get(this.lower[at]!) ?? [];
      if (places.length < PLACES_MAX) places.push(at);
      this.places.set(this.lower[at]!, places);
    }
    last = START;
    for (let at = count - 1; at >= 0; at--) {
      this.after[at] = last;
      if (this.tokens[at]!.trim() !== '') last = this.hashes[at]!;
    }
    this.bag = Int32Array.from(bag);
  }
}

/** How many tokens back a context looks: as they are, and with what comes from the prompt left open. */
const RAW_MAX = 4;
const OPEN_MAX = 6;

/**
 * What has been written so far. Beside the tokens themselves it keeps an open form, in which each run that comes from the prompt is one
 * mark: `Product: ¤ |` is the same whatever the product.
 */
export class History {
  readonly tokens: string[] = [];
  readonly #prompt: PromptReading;
  readonly #constants: ReadonlySet<string>;
  readonly #raw: number[] = [START];
  readonly #open: number[] = [START];
  #run = -1;
  /** Places in the prompt of the last token, while a run from it goes on. */
  pointers: number[] = [];

  /** @param constants tokens that are the completions' own, even where a prompt has them too */
  constructor(prompt: PromptReading, constants: ReadonlySet<string>) {
    this.#prompt = prompt;
    this.#constants = constants;
  }

  push(token: string): void {
    const lower = token.toLowerCase();
    this.tokens.push(token);
    this.#raw.push(hashOf(token));
    const prompt = this.#prompt;
    const isOpen = isWord(token) && !this.#constants.has(token) && prompt.places.has(lower);
    const onward = this.pointers.map((at) => at + 1).filter((at) => prompt.lower[at] === lower);
    if (onward.length > 0) {
      this.pointers = onward;
      if (isOpen && this.#run >= 0) this.#open.length = this.#run + 1;
      else if (isOpen) this.#begin();
      else this.#open.push(hashOf(token));
      return;
    }
    this.#run = -1;
    this.pointers = isOpen ? prompt.places.get(lower)! : [];
    if (isOpen) this.#begin();
    else this.#open.push(hashOf(token));
  }

  #begin(): void {
    this.#open.push(COPIED);
    this.#run = this.#open.length - 1;
  }

  /** Contexts from the most telling to the least. */
  contexts(): Int32Array {
    const raw = backwards(this.#raw, RAW_MAX, 1);
    const open = backwards(this.#open, OPEN_MAX, 2);
    return Int32Array.of(
      open[5]!,
      raw[3]!,
      open[4]!,
      open[3]!,
      raw[2]!,
      open[2]!,
      open[1]!,
      raw[1]!,
      open[0]!,
      raw[0]!,
    );
  }
}

/** Places of some contexts in what `contexts` gives. */
export const OPEN_3 = 5;
export const OPEN_2 = 6;
export const OPEN_1 = 8;

/** Hashes of the last 1, 2, … tokens. */
function backwards(hashes: number[], max: number, salt: number): number[] {
  const result: number[] = [];
  let value = salt;
  for (let back = 1; back <= max; back++) {
    value = mix(value, hashes[hashes.length - back] ?? START);
    result.push(mix(value, back));
  }
  return result;
}
