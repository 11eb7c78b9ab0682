import { checkLength, TextError } from './error.ts';

/** An occurrence of a phrase: `match` is the text as it stands there, `start` and `end` are UTF-16 offsets. */
export type WordMatch = { match: string; start: number; end: number; phrase: string };

const PHRASES_MAX = 10_000;
const PHRASE_LENGTH_MAX = 500;
/** More than one match per character of the longest text: reached only by phrases nested in each other many times over. */
const MATCHES_MAX = 200_000;
/** Lists of phrases whose automaton is kept. */
const AUTOMATA_MAX = 16;

/** What stands between two words: any white space at all. */
const GAP = ' ';
/** Format characters (soft hyphen, zero-width space and joiners) are invisible: a word is the same with them inside. */
const FORMAT = /\p{Cf}+/gu;

/**
 * A token is a run of letters and digits; a character of a script that writes no spaces between words, which is then found wherever it
 * stands; white space; or a single other character. "can't" and "we'll" are one word, "Acme's" is the word "Acme".
 */
const TOKEN =
  /\s+|[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}][\p{M}\p{Cf}]*|(?:(?![\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}])[\p{L}\p{N}_][\p{M}\p{Cf}]*)+(?:['’](?:t|re|ve|ll|d|m)(?![\p{L}\p{N}_]))?|[^\s]/giu;

type Token = { symbol: string; start: number; end: number };

/** One state of the automaton: where each next symbol leads, where to go on when none fits, and the phrases that end here. */
type State = { next: Map<string, State>; fail: State | undefined; phrases: number[]; shorter: State | undefined };

const automata = new Map<string, { root: State; tokens: number[] }>();

/**
 * Every occurrence of every phrase, by start, the longer first.
 *
 * Whole words only, in any case and width (NFKC); any white space may stand between the words of a phrase. Phrases that lie in each other
 * are all found; occurrences of one phrase do not overlap. One pass (Aho–Corasick over words), whatever the number of phrases.
 *
 * @throws {TextError} `too_large` beyond 10,000 phrases, 500 characters in one, or 100,000 in the text; `invalid` for an empty phrase.
 */
export function findWords(text: string, phrases: readonly string[]): WordMatch[] {
  checkLength(text);
  if (phrases.length === 0) return [];
  const { root, tokens: lengths } = automatonOf(phrases);
  const found: WordMatch[] = [];
  const tokens = tokensOf(text);
  const lastEnd = new Map<number, number>();
  let state = root;
  for (const [at, token] of tokens.entries()) {
    let from: State | undefined = state;
    while (from !== undefined && !from.next.has(token.symbol)) from = from.fail;
    state = from?.next.get(token.symbol) ?? root;
    for (let end: State | undefined = state; end !== undefined; end = end.shorter) {
      for (const index of end.phrases) {
        const first = at - lengths[index]! + 1;
        if (first < (lastEnd.get(index) ?? 0)) continue;
        lastEnd.set(index, at + 1);
        const { start } = tokens[first]!;
        found.push({ match: text.slice(start, token.end), start, end: token.end, phrase: phrases[index]! });
        if (found.length > MATCHES_MAX) {
          throw new TextError('too_large', `The text holds over ${MATCHES_MAX} occurrences of the phrases.`);
        }
      }
    }
  }
  return found.sort((a, b) => a.start - b.start || b.end - a.end);
}

function automatonOf(phrases: readonly string[]): { root: State; tokens: number[] } {
  if (phrases.length > PHRASES_MAX) {
    throw new TextError('too_large', `${phrases.length} phrases; at most ${PHRASES_MAX} are searched for at once.`);
  }
  const key = JSON.stringify(phrases);
  const known = automata.get(key);
  if (known !== undefined) {
    automata.delete(key);
    automata.set(key, known);
    return known;
  }
  const root: State = { next: new Map(), fail: undefined, phrases: [], shorter: undefined };
  const lengths: number[] = [];
  for (const [index, phrase] of phrases.entries()) {
    if (phrase.length > PHRASE_LENGTH_MAX) {
      throw new TextError(
        'too_large',
        `Phrase ${index} has ${phrase.length} characters; at most ${PHRASE_LENGTH_MAX}.`,
      );
    }
    const tokens = tokensOf(phrase.trim());
    if (tokens.length === 0) throw new TextError('invalid', `Phrase ${index} is empty.`);
    let state = root;
    for (const { symbol } of tokens) {
      let next = state.next.get(symbol);
      if (next === undefined) {
        next = { next: new Map(), fail: root, phrases: [], shorter: undefined };
        state.next.set(symbol, next);
      }
      state = next;
    }
    state.phrases.push(index);
    lengths.push(tokens.length);
  }
  link(root);
  const made = { root, tokens: lengths };
  if (automata.size >= AUTOMATA_MAX) automata.delete(automata.keys().next().value!);
  automata.set(key, made);
  return made;
}

/** Sets the fail links, breadth first: the state of the longest suffix of what led here that is also the beginning of a phrase. */
function link(root: State): void {
  const queue: State[] = [...root.next.values()];
  for (let at = 0; at < queue.length; at++) {
    const state = queue[at]!;
    state.shorter = state.fail!.phrases.length > 0 ? state.fail : state.fail!.shorter;
    for (const [symbol, next] of state.next) {
      let fail = state.fail;
      while (fail !== undefined && !fail.next.has(symbol)) fail = fail.fail;
      next.fail = fail?.next.get(symbol) ?? root;
      queue.push(next);
    }
  }
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    tokens.push({ symbol: /^\s/.test(token) ? GAP : fold(token), start: index, end: index + token.length });
  }
  return tokens;
}

function fold(token: string): string {
  // Upper case first: it takes "ß" and "SS", "ς" and "Σ" together.
  return token.replace(FORMAT, '').normalize('NFKC').toUpperCase().toLowerCase().replaceAll('’', "'");
}
