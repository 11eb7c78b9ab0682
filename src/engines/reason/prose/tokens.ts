/** A word, a number or a mark of a text. */
export type Token = {
  /** As written, but for contractions, which are written out. */
  text: string;
  lower: string;
  kind: 'word' | 'number' | 'mark';
  /** Of a number: its digits without separators, e.g. `1000.5`. */
  value?: string;
  /** Of a number: `$`, `€`, `£`, `¥` or `%`, when written with it. */
  sign?: string;
  /** Of a number: a `+` behind it, as in `5+`. */
  plus?: boolean;
  /** Where it is in the text: characters from 0. */
  at: number;
  end: number;
};

const PATTERN =
  /(?<sign>[$€£¥])?\s?(?<number>\d[\d,]*(?:\.\d+)?)(?<percent>\s?%)?(?<plus>\+)?(?![\p{L}\d])|(?<word>\p{L}[\p{L}\p{M}\p{N}_]*(?:[-’'][\p{L}\p{M}\p{N}_]+)*)|(?<mark>[^\s\p{L}])/gu;

const CONTRACTIONS: Readonly<Record<string, string>> = {
  cannot: 'can not',
  "can't": 'can not',
  "won't": 'will not',
  "shan't": 'shall not',
  "let's": 'let us',
};
const ENDINGS: readonly [RegExp, string][] = [
  [/n't$/, ' not'],
  [/'re$/, ' are'],
  [/'ve$/, ' have'],
  [/'ll$/, ' will'],
  [/'m$/, ' am'],
  [/'d$/, ' would'],
];
/** Words whose `'s` is a verb; of others it is the possessive, and is left out. */
const IS_SHORT = new Set(['it', 'he', 'she', 'that', 'there', 'what', 'who', 'here']);

/** Splits a text into tokens. Number words are numbers: `twenty-five` is 25. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  for (const match of text.matchAll(PATTERN)) {
    const { sign, number, percent, plus, word, mark } = match.groups!;
    const at = match.index;
    const end = at + match[0].length;
    if (number !== undefined) {
      const value = number.replaceAll(',', '');
      const shown = percent === undefined ? sign : '%';
      tokens.push({
        text: match[0].trim(),
        lower: match[0].trim(),
        kind: 'number',
        value,
        ...(shown === undefined ? {} : { sign: shown }),
        ...(plus === undefined ? {} : { plus: true }),
        at,
        end,
      });
      // "30," is a number before a comma.
      if (number.endsWith(',')) tokens.push({ text: ',', lower: ',', kind: 'mark', at: end - 1, end });
    } else if (word !== undefined) {
      for (const part of expand(word)) tokens.push({ text: part, lower: part.toLowerCase(), kind: 'word', at, end });
    } else if (mark !== undefined) tokens.push({ text: mark, lower: mark, kind: 'mark', at, end });
  }
  return numerals(tokens);
}

function expand(word: string): string[] {
  const plain = word.replaceAll('’', "'");
  const lower = plain.toLowerCase();
  const known = CONTRACTIONS[lower];
  if (known !== undefined) return known.split(' ');
  for (const [ending, full] of ENDINGS) if (ending.test(lower)) return [plain.replace(ending, ''), full.trim()];
  if (lower.endsWith("'s")) {
    const stem = plain.slice(0, -2);
    return IS_SHORT.has(stem.toLowerCase()) ? [stem, 'is'] : [stem];
  }
  return [plain.replace(/'$/, '')];
}

const ONES: Readonly<Record<string, number>> = Object.fromEntries(
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'
    .split(' ')
    .map((word, value) => [word, value]),
);
const TENS: Readonly<Record<string, number>> = Object.fromEntries(
  'twenty thirty forty fifty sixty seventy eighty ninety'.split(' ').map((word, index) => [word, 20 + index * 10]),
);
const SCALES: Readonly<Record<string, number>> = { hundred: 100, thousand: 1_000, million: 1_000_000 };

/** Puts numbers in the place of number words. "One" before "of" or at the end of a sentence is no number, nor is it in "no one". */
function numerals(tokens: Token[]): Token[] {
  const out: Token[] = [];
  for (let index = 0; index < tokens.length;) {
    const found = numeralAt(tokens, index);
    if (!found) {
      out.push(tokens[index++]!);
      continue;
    }
    const last = tokens[index + found.length - 1]!;
    out.push({ ...tokens[index]!, kind: 'number', value: String(found.value), end: last.end });
    index += found.length;
    // "fifteen (15) days" says it twice.
    if (
      tokens[index]?.lower === '(' &&
      tokens[index + 1]?.value === String(found.value) &&
      tokens[index + 2]?.lower === ')'
    )
      index += 3;
  }
  return out;
}

function numeralAt(tokens: Token[], start: number): { value: number; length: number } | undefined {
  let total = 0;
  let current: number | undefined;
  let index = start;
  for (; index < tokens.length; index++) {
    const { lower, kind } = tokens[index]!;
    if (kind !== 'word') break;
    const [tens, ones] = lower.split('-');
    if (TENS[lower] !== undefined) {
      if (current !== undefined && current % 100 !== 0) break;
      current = (current ?? 0) + TENS[lower];
    } else if (TENS[tens!] !== undefined && ones !== undefined && ONES[ones] !== undefined) {
      current = (current ?? 0) + TENS[tens!]! + ONES[ones];
    } else if (ONES[lower] !== undefined) {
      if (current !== undefined && current % 10 !== 0) break;
      current = (current ?? 0) + ONES[lower];
    } else if (SCALES[lower] !== undefined && current !== undefined) {
      if (lower === 'hundred') current *= 100;
      else {
        total += current * SCALES[lower];
        current = 0;
      }
    } else if (
      lower !== 'and' ||
      SCALES[tokens[index - 1]?.lower ?? ''] === undefined ||
      ONES[tokens[index + 1]?.lower ?? ''] === undefined
    )
      break;
  }
  if (current === undefined) return undefined;
  const length = index - start;
  if (length === 1 && tokens[start]!.lower === 'one') {
    const next = tokens[start + 1];
    if (tokens[start - 1]?.lower === 'no' || !next || next.kind !== 'word' || next.lower === 'of') return undefined;
  }
  return { value: total + current, length };
}

/** A sentence of a text, and the line it begins on (from 1). */
export type Sentence = { text: string; line: number };

const ABBREVIATIONS = /(?:\b(?:e\.g|i\.e|etc|vs|approx|no|inc|ltd|co|corp|mr|mrs|ms|dr|st|dept|max|min)|\b\p{Lu})\.$/iu;

/** Splits running text at the ends of sentences. */
export function sentencesOf(text: string, line = 1): Sentence[] {
  const out: Sentence[] = [];
  let start = 0;
  const push = (end: number) => {
    const raw = text.slice(start, end);
    const sentence = raw.trim();
    if (sentence !== '') {
      const before = text.slice(0, start + (raw.length - raw.trimStart().length));
      out.push({ text: sentence, line: line + (before.match(/\n/g)?.length ?? 0) });
    }
    start = end;
  };
  for (const match of text.matchAll(/[.!?]+(?=["')\]]*(?:\s|$))/g)) {
    const end = match.index + match[0].length;
    if (
      match[0] === '.' &&
      ABBREVIATIONS.test(text.slice(Math.max(start, end - 12), end)) &&
      end < text.trimEnd().length
    )
      continue;
    push(end);
  }
  push(text.length);
  return out;
}
