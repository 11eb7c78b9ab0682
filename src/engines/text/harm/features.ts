import type { Reading } from './normalize.ts';
import { idOf, senseNames, sensesOf } from './senses.ts';
import type { Sense } from './senses.ts';
import { stem } from './words.ts';
import type { Bend } from './words.ts';

// Three regions, so that the many n-grams of letters do not fall on the few features of sense.
const SENSE_BITS = 15;
const WORD_BITS = 16;
const LETTER_BITS = 15;
const WORD_BASE = 1 << SENSE_BITS;
const LETTER_BASE = WORD_BASE + (1 << WORD_BITS);

/** How many features there are. */
export const FEATURES = LETTER_BASE + (1 << LETTER_BITS);

/** How far apart two words may stand, in words, and their senses still be one feature. */
const PAIR_REACH = 9;
const NEGATION_REACH = 4;

// What each region may add to a score: senses count each by itself, n-grams share a fixed length.
const PAIR_WEIGHT = 0.7;
const BEND_WEIGHT = 0.7;
const WORDS_LENGTH = 2.2;
const LETTERS_LENGTH = 0.8;

const BENDS: Bend[] = ['base', 's', 'ed', 'ing', 'er', 'ly'];
const NOT = idOf('NOT');
const IDIOM = idOf('IDIOM');

/** FNV-1a with a finish that spreads short keys. */
function hash(text: string, seed = 0): number {
  let value = (0x811c9dc5 ^ seed) | 0;
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  return mix(value);
}

function mix(value: number): number {
  let mixed = value ^ (value >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}

const join = (a: number, b: number): number => mix(Math.imul(a, 31) + b);

type Parts = { stem: number; letters: Int32Array };

// As with the lexicon: words met before, emptied when full.
const PARTS_CACHED_MAX = 20_000;
const parts = new Map<string, Parts>();

function partsOf(word: string): Parts {
  const cached = parts.get(word);
  if (cached) return cached;
  const letters: number[] = [];
  const bounded = `^${word.slice(0, 30)}$`;
  for (const size of [3, 4, 5]) {
    for (let at = 0; at + size <= bounded.length; at++) letters.push(hash(bounded.slice(at, at + size), size));
  }
  const found = { stem: hash(stem(word), 1), letters: Int32Array.from(letters) };
  if (parts.size >= PARTS_CACHED_MAX) parts.clear();
  if (word.length <= 40) parts.set(word, found);
  return found;
}

/** A reading with all that is worked out once a word. */
export type Prepared = Reading & { senses: Sense[][]; parts: Parts[]; idioms: Uint8Array };

export function prepare(reading: Reading): Prepared {
  const senses = sensesOf(reading.words);
  return {
    ...reading,
    senses,
    parts: reading.words.map(partsOf),
    idioms: Uint8Array.from(senses, (of) => (of.some(({ id }) => id === IDIOM) ? 1 : 0)),
  };
}

/** Feature numbers and values of one window of words. */
export type Vector = { indexes: Int32Array; values: Float32Array };

const stamps = new Int32Array(FEATURES);
let stamp = 0;
let buffer = new Int32Array(8192);
let filled = 0;

/** Whether the feature is new to the current window. */
function mark(region: number): boolean {
  if (stamps[region] === stamp) return false;
  stamps[region] = stamp;
  if (filled === buffer.length) {
    const larger = new Int32Array(buffer.length * 2);
    larger.set(buffer);
    buffer = larger;
  }
  buffer[filled++] = region;
  return true;
}

const senseFeature = (key: number): number => (key >>> 0) % WORD_BASE;
const wordFeature = (key: number): number => WORD_BASE + ((key >>> 0) & ((1 << WORD_BITS) - 1));
const letterFeature = (key: number): number => LETTER_BASE + ((key >>> 0) & ((1 << LETTER_BITS) - 1));

// The case of a sense's name is nothing that weights depend on.
const seeds = senseNames.map((name) => hash(name.toUpperCase(), 7));
const START = hash('start', 7);
const QUOTED = hash('quoted', 7);
const NEGATED = hash('negated', 7);
const CLOSE = hash('close', 7);
const ASKED = hash('asked', 7);
const CALLED = hash('called', 7);
const bendSeeds = new Map(BENDS.map((bend) => [bend, hash(bend, 8)]));

/** The features of the words `from` to `to` (exclusive). */
export function featuresOf(text: Prepared, from: number, to: number): Vector {
  stamp = stamp >= 0x7ffffff0 ? (stamps.fill(0), 1) : stamp + 1;
  filled = 0;
  const { senses, words, parts, quoted } = text;
  for (let at = from; at < to; at++) {
    if (words[at] === '?') mark(senseFeature(ASKED));
    if (words[at] === '!') mark(senseFeature(CALLED));
    for (const { id } of senses[at]!) {
      const seed = seeds[id]!;
      mark(senseFeature(seed));
      if (at - from < 2) mark(senseFeature(join(seed, START)));
      if (quoted[at]) mark(senseFeature(join(seed, QUOTED)));
      for (let before = Math.max(from, at - NEGATION_REACH); before < at; before++) {
        if (senses[before]!.some((sense) => sense.id === NOT)) {
          mark(senseFeature(join(seed, NEGATED)));
          break;
        }
      }
    }
  }
  const singles = filled;
  for (let at = from; at < to; at++) {
    for (const { id, bend } of senses[at]!) {
      mark(senseFeature(join(seeds[id]!, bendSeeds.get(bend)!)));
      for (let next = at + 1; next < to && next <= at + PAIR_REACH; next++) {
        for (const other of senses[next]!) {
          const pair = join(seeds[id]!, seeds[other.id]!);
          mark(senseFeature(pair));
          if (next - at <= 2) mark(senseFeature(join(pair, CLOSE)));
        }
      }
    }
  }
  const pairs = filled;
  for (let at = from; at < to; at++) {
    const one = parts[at]!.stem;
    mark(wordFeature(one));
    if (at === from) mark(wordFeature(join(one, START)));
    if (at + 1 < to) {
      const two = parts[at + 1]!.stem;
      mark(wordFeature(join(one, two)));
      for (const { id } of senses[at + 1]!) mark(wordFeature(join(one, seeds[id]!)));
      for (const { id } of senses[at]!) mark(wordFeature(join(seeds[id]!, two)));
      if (at + 2 < to) {
        const three = parts[at + 2]!.stem;
        mark(wordFeature(join(join(one, two), three)));
        mark(wordFeature(join(join(one, 3), three)));
        for (const { id } of senses[at + 2]!) mark(wordFeature(join(join(one, 5), seeds[id]!)));
      }
    }
  }
  const grams = filled;
  for (let at = from; at < to; at++) for (const letters of parts[at]!.letters) mark(letterFeature(letters));
  const indexes = buffer.slice(0, filled);
  const values = new Float32Array(filled);
  values.fill(1, 0, singles);
  values.fill(BEND_WEIGHT * PAIR_WEIGHT, singles, pairs);
  // A floor of words: else a text of two words would weigh each of them tenfold.
  values.fill(WORDS_LENGTH / Math.sqrt(Math.max(grams - pairs, 24)), pairs, grams);
  values.fill(LETTERS_LENGTH / Math.sqrt(Math.max(filled - grams, 60)), grams, filled);
  return { indexes, values };
}

const SENTENCE_WORDS_MAX = 36;
const SENTENCE_STEP = 18;
const PAIR_WORDS_MAX = 48;

/** Words `from` to `to` (exclusive), and the sentences, or parts of long ones, that stand in them. */
export type Window = { from: number; to: number; parts: [number, number][] };

/**
 * The windows that a text is read through: each sentence, each two sentences that stand together, and long sentences in overlapping parts.
 * What is said in one sentence is not thinned out by a thousand others.
 */
export function windowsOf(text: Reading): Window[] {
  const windows: Window[] = [];
  let start = 0;
  let before: Window['parts'] = [];
  for (const end of text.ends) {
    const parts: Window['parts'] = [];
    if (end - start <= SENTENCE_WORDS_MAX) parts.push([start, end]);
    else {
      for (let at = start; ; at += SENTENCE_STEP) {
        const stop = Math.min(end, at + SENTENCE_WORDS_MAX);
        parts.push([at, stop]);
        if (stop === end) break;
      }
    }
    for (const [from, to] of parts) windows.push({ from, to, parts: [[from, to]] });
    const first = before[0]?.[0];
    if (first !== undefined && end - first <= PAIR_WORDS_MAX)
      windows.push({ from: first, to: end, parts: [...before, ...parts] });
    before = parts;
    start = end;
  }
  return windows;
}
