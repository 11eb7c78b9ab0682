import { deserialize, serialize } from 'node:v8';
import { OPEN_1, OPEN_2, OPEN_3, type History, type PromptReading } from './context.ts';
import { hashOf, isWord, mix } from './tokens.ts';

/** Weights live in one table, by hash of what they weigh; 2^20 of them. */
const TABLE_BITS = 20;
const MASK = 2 ** TABLE_BITS - 1;
/** Continuations that are considered at a place. */
const CANDIDATES_MAX = 48;
/** Characters that a word that was never seen may be spelled with: the printable ones of ASCII. */
const SPELLING = 96;
/** What is given to each word, seen or not, before counting. */
const UNIGRAM_PRIOR = 0.1;
const FORMAT = 1;
/** Weights below this are as good as none. */
const WEIGHT_MIN = 1e-3;

/** Ends a completion. */
export const END = '\u0000end';

/** What is fixed before the weights are trained: counted over the training pairs. */
export type Lexicon = {
  /** How often each token stands in the completions. */
  counts: Map<string, number>;
  total: number;
  /** Tokens that most completions have. */
  constants: Set<string>;
  /** By context: what followed it, most frequent first. */
  candidates: Map<number, string[]>;
  /** In lower case. */
  promptWords: Set<string>;
  /** Of the longest completion. */
  tokensMax: number;
};

/** A network as it is kept. */
type Stored = {
  /** Format, total and tokensMax. */
  numbers: Float64Array;
  tokens: string[];
  counts: Uint32Array;
  constants: string[];
  promptWords: string[];
  /** What followed a context: ids of tokens from its offset to the next. */
  contexts: Int32Array;
  offsets: Uint32Array;
  followers: Uint32Array;
  /** Of the weights that are not nought. */
  indices: Uint32Array;
  values: Float32Array;
  /** Texts to look things up in. */
  knowledge: string[];
};

/** A log-linear model of the next token: continuations seen in the same context, words copied from the prompt, and any word at all. */
export class Network {
  readonly lexicon: Lexicon;
  readonly weights: Float32Array;
  readonly #tokenHashes = new Map<string, number>();

  constructor(lexicon: Lexicon, weights = new Float32Array(MASK + 1)) {
    this.lexicon = lexicon;
    this.weights = weights;
  }

  static read(bytes: Uint8Array): { network: Network; knowledge: string[] } {
    const stored = deserialize(Buffer.from(bytes)) as Stored;
    const [format, total, tokensMax] = stored.numbers as unknown as [number, number, number];
    if (format !== FORMAT) throw new Error(`the adapter has the format ${format}; this version reads ${FORMAT}`);
    const { tokens, offsets, followers } = stored;
    const candidates = new Map<number, string[]>();
    for (const [at, context] of stored.contexts.entries()) {
      const ids = followers.subarray(offsets[at], offsets[at + 1]);
      candidates.set(
        context,
        Array.from(ids, (id) => tokens[id]!),
      );
    }
    const network = new Network({
      counts: new Map(tokens.map((token, id) => [token, stored.counts[id]!])),
      total,
      constants: new Set(stored.constants),
      candidates,
      promptWords: new Set(stored.promptWords),
      tokensMax,
    });
    for (const [at, index] of stored.indices.entries()) network.weights[index] = stored.values[at]!;
    return { network, knowledge: stored.knowledge };
  }

  /** The same network gives the same bytes: all numbers are in arrays of their type. */
  write(knowledge: string[]): Uint8Array {
    const { counts, total, constants, candidates, promptWords, tokensMax } = this.lexicon;
    const kept = [...this.weights.keys()].filter((index) => Math.abs(this.weights[index]!) >= WEIGHT_MIN);
    const ids = new Map([...counts.keys()].map((token, id) => [token, id]));
    const offsets = [0];
    for (const list of candidates.values()) offsets.push(offsets.at(-1)! + list.length);
    const stored: Stored = {
      numbers: Float64Array.of(FORMAT, total, tokensMax),
      tokens: [...counts.keys()],
      counts: Uint32Array.from(counts.values()),
      constants: [...constants],
      promptWords: [...promptWords],
      contexts: Int32Array.from(candidates.keys()),
      offsets: Uint32Array.from(offsets),
      followers: Uint32Array.from([...candidates.values()].flatMap((list) => list.map((token) => ids.get(token)!))),
      indices: Uint32Array.from(kept),
      values: Float32Array.from(kept, (index) => this.weights[index]!),
      knowledge,
    };
    return serialize(stored);
  }

  hash(token: string): number {
    let value = this.#tokenHashes.get(token);
    if (value === undefined) this.#tokenHashes.set(token, (value = hashOf(token)));
    return value;
  }

  /** How likely a token is wherever it stands. */
  unigram(token: string): number {
    const { counts, total } = this.lexicon;
    const mass = total + UNIGRAM_PRIOR * (counts.size + 1);
    const count = counts.get(token);
    if (count !== undefined) return (count + UNIGRAM_PRIOR) / mass;
    return (UNIGRAM_PRIOR / mass) * SPELLING ** -token.length;
  }
}

/** Ways in which a word of the prompt is taken over. */
const CASES = [
  (word: string) => word,
  (word: string) => word.toLowerCase(),
  (word: string) => word.toUpperCase(),
  (word: string) => word[0]!.toUpperCase() + word.slice(1).toLowerCase(),
];
const CASE_HASHES = ['is', 'lower', 'upper', 'capital'].map((name) => hashOf(`\u0000case ${name}`));
const [COPY, ONWARD, ANY, POINTER] = ['copy', 'onward', 'any', 'pointer'].map((name) => hashOf(`\u0000${name}`)) as [
  number,
  number,
  number,
  number,
];

/**
 * All ways to go on from a place, with the weights that each rests on. The parts are flat arrays, which are used again for the next place:
 * training makes millions.
 */
export class Choices {
  /** What each way writes; the last one is any word at all, `undefined`. */
  readonly tokens: (string | undefined)[] = [];
  /** Share of each way; they sum to 1. */
  probabilities = new Float64Array(256);
  /** Where the weights of each way begin in `features`; one more than there are ways. */
  readonly starts: number[] = [];
  features = new Int32Array(16_384);
  #used = 0;
  #network!: Network;

  get count(): number {
    return this.tokens.length;
  }

  /** Looks at the place after `history`. */
  look(network: Network, prompt: PromptReading, history: History): void {
    this.#network = network;
    this.tokens.length = 0;
    this.starts.length = 0;
    this.#used = 0;
    const contexts = history.contexts();
    this.#continuations(prompt, history, contexts);
    this.#copies(prompt, history, contexts);
    this.#begin(undefined);
    this.#add(mix(ANY, contexts[OPEN_2]!));
    this.#add(mix(ANY, contexts[OPEN_1]!));
    this.starts.push(this.#used);
    this.#normalise();
  }

  #begin(token: string | undefined): void {
    this.tokens.push(token);
    this.starts.push(this.#used);
  }

  #add(hash: number): void {
    if (this.#used === this.features.length) {
      const larger = new Int32Array(this.features.length * 2);
      larger.set(this.features);
      this.features = larger;
    }
    this.features[this.#used++] = hash & MASK;
  }

  #continuations(prompt: PromptReading, history: History, contexts: Int32Array): void {
    const network = this.#network;
    const found = new Set<string>();
    for (const context of contexts) {
      for (const token of network.lexicon.candidates.get(context) ?? []) {
        if (found.size === CANDIDATES_MAX) break;
        found.add(token);
      }
    }
    const pointer = history.pointers[0];
    const following = pointer === undefined ? POINTER : mix(POINTER, prompt.after[pointer]!);
    const open = contexts[OPEN_3]!;
    for (const token of found) {
      this.#begin(token);
      const hash = network.hash(token);
      for (const context of contexts) this.#add(mix(context, hash));
      this.#add(mix(mix(contexts[OPEN_2]!, following), hash));
      // Where there is nothing to choose, the prompt's words say nothing.
      if (found.size > 1) for (const word of prompt.bag) this.#add(mix(mix(open, word), hash));
    }
  }

  #copies(prompt: PromptReading, history: History, contexts: Int32Array): void {
    const open = mix(COPY, contexts[OPEN_3]!);
    const open2 = mix(COPY, contexts[OPEN_2]!);
    const open1 = mix(ONWARD, contexts[OPEN_1]!);
    const onward = new Set(history.pointers.map((at) => at + 1));
    for (let at = 0; at < prompt.tokens.length; at++) {
      const token = prompt.tokens[at]!;
      const goesOn = onward.has(at);
      const word = isWord(token);
      if (!word && !goesOn) continue;
      const before = prompt.before[at]!;
      const after = prompt.after[at]!;
      const written: string[] = [];
      for (const [index, form] of CASES.entries()) {
        if (!word && index > 0) break;
        const text = form(token);
        if (written.includes(text)) continue;
        written.push(text);
        this.#begin(text);
        this.#add(mix(open2, CASE_HASHES[index]!));
        this.#add(mix(mix(open, 1), before));
        this.#add(mix(mix(open, 2), after));
        this.#add(mix(mix(open, 3), prompt.shapes[at]!));
        this.#add(mix(mix(open, 4), prompt.hashes[at]!));
        this.#add(mix(mix(mix(open2, 5), before), prompt.shapes[at]!));
        this.#add(mix(mix(mix(open, 6), before), after));
        if (!goesOn) continue;
        this.#add(mix(open1, 1));
        this.#add(mix(mix(open1, 2), prompt.hashes[at]!));
        this.#add(mix(mix(open1, 3), after));
        this.#add(mix(mix(open1, 4), prompt.shapes[at]!));
      }
    }
  }

  #normalise(): void {
    const { weights } = this.#network;
    if (this.probabilities.length < this.count) this.probabilities = new Float64Array(this.count * 2);
    const scores = this.probabilities;
    let best = -Infinity;
    for (let way = 0; way < this.count; way++) {
      let score = 0;
      const end = this.starts[way + 1]!;
      for (let at = this.starts[way]!; at < end; at++) score += weights[this.features[at]!]!;
      scores[way] = score;
      if (score > best) best = score;
    }
    let total = 0;
    for (let way = 0; way < this.count; way++) total += scores[way] = Math.exp(scores[way]! - best);
    for (let way = 0; way < this.count; way++) scores[way]! /= total;
  }

  /** How likely a token is, all ways to it together. */
  likelihood(token: string): number {
    let sum = 0;
    for (let way = 0; way < this.count; way++) {
      if (this.tokens[way] === token) sum += this.probabilities[way]!;
      else if (this.tokens[way] === undefined) sum += this.probabilities[way]! * this.#network.unigram(token);
    }
    return sum;
  }

  /** The share of a way in the likelihood of a token: what it wrote of it. */
  shareOf(way: number, token: string): number {
    const own = this.tokens[way];
    if (own === undefined) return this.probabilities[way]! * this.#network.unigram(token);
    return own === token ? this.probabilities[way]! : 0;
  }
}
