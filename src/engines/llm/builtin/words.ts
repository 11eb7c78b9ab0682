import { remembered } from './memo.ts';
import { FUNCTION_WORDS } from './lexicons/function-words.ts';
import { BASE_FORMS } from './lexicons/irregular.ts';
import { ANTONYMS, SYNONYM_GROUPS } from './lexicons/synonyms.ts';

/** A word of a text: `start` and `end` are UTF-16 offsets; `stem` is what forms of one word have in common. */
export type Word = { text: string; lower: string; stem: string; start: number; end: number };

const WORD = /[\p{L}\p{N}]+(?:['’][\p{L}]+|[.,](?=\p{N})[\p{N}]+|[-/&](?=[\p{L}\p{N}])[\p{L}\p{N}]+)*/gu;

/** The words of `text`, in order. Numbers keep their separators ("1,200.50"), hyphenated words stay one. */
export const words = (text: string): Word[] => remembered('words', text, findWords);

function findWords(text: string): Word[] {
  const found: Word[] = [];
  for (const match of text.matchAll(WORD)) {
    const lower = fold(match[0]);
    found.push({ text: match[0], lower, stem: stem(lower), start: match.index, end: match.index + match[0].length });
  }
  return found;
}

/** Lower case, without accents and without a possessive ending. */
export function fold(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
    .replace(/’/g, "'")
    .replace(/'s$|s'$/, (ending) => (ending === "s'" ? 's' : ''))
    .replace(/'/g, '');
}

const stems = new Map<string, string>();
/** Stems kept; the memory is emptied when full, so a flood of new words cannot fill it. */
const STEMS_MAX = 200_000;

/** No word is longer: what is has no ending to take off, and patterns take their time for it. */
const WORD_MAX = 100;

/** The stem of a folded word: a base form where the lexicon has one, else suffixes stripped in the manner of Porter (1980). */
export function stem(word: string): string {
  const known = stems.get(word);
  if (known !== undefined) return known;
  const made = strip(BASE_FORMS.get(word) ?? word);
  if (stems.size >= STEMS_MAX) stems.clear();
  stems.set(word, made);
  return made;
}

function strip(word: string): string {
  if (word.length <= 3 || word.length > WORD_MAX || /\d/.test(word)) return word;
  let stem = word;
  if (!/(ss|us|is)$/.test(stem) && stem.endsWith('s')) {
    if (stem.endsWith('ies') && stem.length > 4) stem = `${stem.slice(0, -3)}y`;
    else if (/(sses|shes|ches|xes|zes)$/.test(stem)) stem = stem.slice(0, -2);
    else stem = stem.slice(0, -1);
    const base = BASE_FORMS.get(stem);
    if (base !== undefined) stem = base;
  }
  const undone = /^(.*[aeiouy].*?)(ed|ing)$/.exec(stem);
  if (undone && (undone[1] ?? '').length >= 3) {
    stem = undone[1] ?? stem;
    if (/(at|bl|iz)$/.test(stem)) stem += 'e';
    else if (/([^aeioulsz])\1$/.test(stem)) stem = stem.slice(0, -1);
  }
  stem = stem
    .replace(/(ational|ation|ator)$/, 'ate')
    .replace(/(fulness|ousness|iveness)$/, (suffix) => suffix.slice(0, -4))
    .replace(/(ization|isation|iser|izer|ise)$/, 'ize')
    .replace(/(ement|ment|ness|ful|ously|ly)$/, (suffix, _all, at: number) => (at >= 3 ? '' : suffix));
  if (stem.length > 4) stem = stem.replace(/e$/, '');
  if (stem.length > 3) stem = stem.replace(/y$/, 'i');
  return stem;
}

/** The stems of several words joined by "_", as phrases of the thesaurus are kept. */
const phraseKey = (phrase: string): string =>
  phrase
    .split('_')
    .map((word) => stem(fold(word)))
    .join('_');

const groupsOf = new Map<string, number[]>();
const phrasesByFirst = new Map<string, string[][]>();
for (const [group, members] of SYNONYM_GROUPS.entries()) {
  for (const member of members) {
    const key = phraseKey(member);
    const groups = groupsOf.get(key) ?? [];
    groups.push(group);
    groupsOf.set(key, groups);
    const parts = key.split('_');
    if (parts.length > 1) {
      const first = parts[0] ?? '';
      const phrases = phrasesByFirst.get(first) ?? [];
      phrases.push(parts);
      phrasesByFirst.set(first, phrases);
    }
  }
}

/** Whether the thesaurus puts the two stems in one group. */
export function synonymous(one: string, other: string): boolean {
  const groups = groupsOf.get(one);
  const others = groups && groupsOf.get(other);
  return others ? groups.some((group) => others.includes(group)) : false;
}

const ANTONYM_STEMS = ANTONYMS.map(([one, other]) => [stem(one), stem(other)] as const);

/** Whether the two stems are opposites (open and closed, able and unable). */
export function opposite(one: string, other: string): boolean {
  return (
    ANTONYM_STEMS.some(([a, b]) => (a === one && b === other) || (b === one && a === other)) ||
    one === `un${other}` ||
    other === `un${one}` ||
    one === `in${other}` ||
    other === `in${one}`
  );
}

/** How far the stem `found` answers for the stem `asked`: 1 the same, 0.85 a synonym, 0.7 likely the same root, 0 not. */
export function similarity(asked: string, found: string): number {
  if (asked === found) return 1;
  if (synonymous(asked, found)) return 0.85;
  if (/\d/.test(asked) || /\d/.test(found)) return sameNumber(asked, found) ? 1 : 0;
  const shorter = Math.min(asked.length, found.length);
  if (shorter >= 5 && Math.abs(asked.length - found.length) <= 4) {
    const shared = Math.max(5, shorter - 1);
    if (asked.slice(0, shared) === found.slice(0, shared)) return 0.7;
  }
  return 0;
}

const sameNumber = (one: string, other: string): boolean =>
  one.replaceAll(',', '').replace(/\.0+$/, '') === other.replaceAll(',', '').replace(/\.0+$/, '');

/** The phrases of the thesaurus ("set up", "chief executive officer") in a list of words, as joined stems. */
export function phraseStems(list: Word[]): { key: string; from: number; to: number }[] {
  const found: { key: string; from: number; to: number }[] = [];
  for (const [at, word] of list.entries()) {
    let best: string[] | undefined;
    for (const phrase of phrasesByFirst.get(word.stem) ?? []) {
      if (phrase.length <= (best?.length ?? 0)) continue;
      if (phrase.every((part, offset) => list[at + offset]?.stem === part)) best = phrase;
    }
    if (best) found.push({ key: best.join('_'), from: at, to: at + best.length });
  }
  return found;
}

/** Whether a word carries content rather than grammar. */
export const isContent = (word: Word): boolean => !FUNCTION_WORDS.has(word.lower);

/** The stems of the content words of `text`. */
export const contentStems = (text: string): string[] =>
  words(text)
    .filter(isContent)
    .map((word) => word.stem);

const ABBREVIATIONS = new Set(
  'mr mrs ms dr prof st no nos vs etc inc ltd co corp jr sr dept est approx fig vol e.g i.e eg ie a.m p.m u.s u.k u.n ph.d jan feb mar apr jun jul aug sep sept oct nov dec gen col lt sgt rev hon ave blvd'.split(
    ' ',
  ),
);

/** Characters of a line that was broken because it was full. */
const WRAPPED_LINE_MIN = 70;

/** A stretch of a text by UTF-16 offsets. */
export type Span = { start: number; end: number };

/**
 * The sentences of `text` as spans without surrounding white space. Line ends that end a paragraph or a list item end a sentence; a single
 * line end inside running text does not. Abbreviations, initials and decimals do not end one.
 */
export function sentences(text: string): Span[] {
  const spans: Span[] = [];
  let start = 0;
  const push = (end: number): void => {
    let from = start;
    let to = end;
    while (from < to && /\s/.test(text[from] ?? '')) from++;
    while (to > from && /\s/.test(text[to - 1] ?? '')) to--;
    if (to > from) spans.push({ start: from, end: to });
    start = end;
  };
  const boundary = /[.!?…]+["'”’)\]]*(?=\s|$)|\n/g;
  for (let match = boundary.exec(text); match; match = boundary.exec(text)) {
    const end = match.index + match[0].length;
    if (match[0] === '\n') {
      const rest = text.slice(end, end + 80);
      const before = text.slice(Math.max(start, match.index - 200), match.index).trimEnd();
      // A line that goes on in lower case, after a line long enough to have been wrapped, is the same sentence. So is one that goes on
      // with a name or a figure after a full line of running text, as PDFs break it.
      const line = text.slice(Math.max(0, text.lastIndexOf('\n', match.index - 1) + 1), match.index).trimEnd();
      const wrapped =
        (/^[ \t]*[a-z(]/.test(rest) && Math.max(line.length, match.index - start) > 40 && !/[:;]$/.test(before)) ||
        (line.length >= WRAPPED_LINE_MIN &&
          /[\p{L}\p{N},]$/u.test(line) &&
          !/^\s*(?:[-*•#|>]|\d+[.)]\s)/.test(line) &&
          /^[ \t]*(?:\p{Lu}|\d(?!\d?[.)]\s))/u.test(rest) &&
          !/\t|[|;]|: /.test(line));
      if (!wrapped) push(match.index);
      continue;
    }
    if (match[0] === '.') {
      const last = /(\S+)$/.exec(text.slice(Math.max(start, match.index - 20), match.index))?.[1] ?? '';
      const bare = last.replace(/^["'“‘([]+/, '');
      const next = /^\s+(\S)/.exec(text.slice(end, end + 20))?.[1] ?? '';
      const abbreviated = ABBREVIATIONS.has(bare.toLowerCase()) || /^\p{Lu}$/u.test(bare);
      if (abbreviated && next !== '' && !/^(?:a\.m|p\.m|etc|inc|ltd|co|corp)$/i.test(bare)) continue;
      if (abbreviated && /[\p{Ll}\p{N},;]/u.test(next)) continue;
    }
    push(end);
  }
  push(text.length);
  return spans;
}
