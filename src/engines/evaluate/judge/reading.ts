import { stem } from '../stem.ts';

/** Words that say nothing of what a sentence is about. */
const EMPTY = new Set(
  "a an the and or but if then than so as of at by for with about into to from in on off over under again once here there when where why how what which who whom whose this that these those it its they them their he him his she her we us our you your i me my mine is are was were be been being am do does did doing have has had having will would shall should can could may might must not no nor only own same too very just also much more most many some any all each both few other there's it's please".split(
    ' ',
  ),
);

/** What is said to the reader rather than on the matter: it claims nothing, so it neither earns nor costs anything. */
const ASIDE =
  /^(?:great question|good question|thank(?:s| you)|hello|hi\b|dear|please|i hope|hope this|we hope|i(?:'m| am) (?:\w+ )?happy to|happy to|feel free|let me (?:know|explain|answer)|if you (?:have|need|would like|want)|do(?:n't| not) hesitate|as an ai|this is an? (?:good|great|interesting|important|broad|common) (?:question|topic|subject)|i would be|i'd be)\b/i;

/** What leads in to something, which may be a claim or nothing. */
const LEAD =
  /^(?:it (?:is|'s) (?:important|worth|good) to (?:note|mention|remember|keep in mind|bear in mind)(?: that)?|it should be noted that|note that|overall|in (?:summary|conclusion|short)|to (?:summarize|sum up|conclude)|as (?:mentioned|noted|stated)[^,]{0,30}|of course|certainly|sure|absolutely|all in all|with that (?:said|in mind))\b[,:!.]?\s*/i;

/** Content words that a remark without a claim has at most after its lead. */
const REMARK_STEMS_MAX = 2;

const NEGATION = /\b(?:not|no|never|none|nobody|nothing|neither|cannot|without)\b|n't\b/i;

const NUMBER_WORDS: Readonly<Record<string, string>> = Object.fromEntries(
  'zero one two three four five six seven eight nine ten eleven twelve'
    .split(' ')
    .map((word, at) => [word, String(at)]),
);

/** One sentence, as far as it can be measured. */
export type Sentence = {
  text: string;
  /** Stems of what it is about: no function words, no numbers. */
  stems: Set<string>;
  numbers: Set<string>;
  /** Stems of words with a capital inside a sentence. */
  names: Set<string>;
  negated: boolean;
  /** Said to the reader; see ASIDE. */
  aside: boolean;
};

const segmenter = new Intl.Segmenter('en', { granularity: 'sentence' });

/** The sentences and list items of a text. */
export function readSentences(text: string): Sentence[] {
  const sentences: Sentence[] = [];
  for (const line of text.split(/\n+/)) {
    for (const { segment } of segmenter.segment(line)) {
      const sentence = segment.trim().replace(/^(?:[-*•]|\d+[.)])\s+/, '');
      if (/[\p{L}\p{N}]/u.test(sentence)) sentences.push(readSentence(sentence));
    }
  }
  return sentences;
}

function readSentence(text: string): Sentence {
  const stems = new Set<string>();
  const numbers = new Set<string>();
  const names = new Set<string>();
  const tokens = text.match(/\d[\d,]*(?:\.\d+)?|[\p{L}][\p{L}'’-]*/gu) ?? [];
  for (const [at, token] of tokens.entries()) {
    const lower = token.toLowerCase().replaceAll('’', "'");
    const number = /^\d/.test(token) ? token.replaceAll(',', '').replace(/\.0+$/, '') : NUMBER_WORDS[lower];
    if (number !== undefined) numbers.add(number);
    // `one` is a pronoun more often than a number.
    if (number !== undefined && lower !== 'one') continue;
    if (EMPTY.has(lower)) continue;
    const root = stem(lower.replace(/'s?$/, ''));
    stems.add(root);
    if (at > 0 && /^\p{Lu}/u.test(token)) names.add(root);
  }
  if (numbers.size === 1 && numbers.has('1') && !/\b1\b/.test(text)) numbers.clear();
  const bare = numbers.size === 0 && [...names].every((name) => name === 'ai');
  const isRemark = LEAD.test(text) && stems.size - leadStems(text) <= REMARK_STEMS_MAX;
  return { text, stems, numbers, names, negated: NEGATION.test(text), aside: bare && (ASIDE.test(text) || isRemark) };
}

/** How many content words the lead of a sentence has. */
const leadStems = (text: string): number =>
  ((LEAD.exec(text)?.[0] ?? '').toLowerCase().match(/[\p{L}']+/gu) ?? []).filter((word) => !EMPTY.has(word)).length;

type Matters = { stems: Set<string>; numbers: Set<string> };

const gathered = new WeakMap<readonly Sentence[], Matters>();

/** All that sentences are about, together. */
export function together(sentences: readonly Sentence[]): Matters {
  const known = gathered.get(sentences);
  if (known) return known;
  const all: Matters = { stems: new Set(), numbers: new Set() };
  for (const { stems, numbers } of sentences) {
    for (const root of stems) all.stems.add(root);
    for (const number of numbers) all.numbers.add(number);
  }
  gathered.set(sentences, all);
  return all;
}

const shareIn = (part: ReadonlySet<string>, whole: ReadonlySet<string>): number =>
  part.size === 0 ? 0 : [...part].filter((each) => whole.has(each)).length / part.size;

/** A number or a name is worth more than another word: an answer turns on them. */
const NUMBER_WEIGHT = 3;
const NAME_WEIGHT = 2;

/** How much of what `wanted` says stands in `found`, 0 to 1; what stands in `known` already (the question) is not counted, if more is said. */
export function coverage(
  wanted: Sentence,
  found: { stems: Set<string>; numbers: Set<string> },
  known?: Set<string>,
): number {
  const weigh = (skip: Set<string>) => {
    let [total, covered] = [0, 0];
    for (const root of wanted.stems) {
      if (skip.has(root)) continue;
      const weight = wanted.names.has(root) ? NAME_WEIGHT : 1;
      total += weight;
      if (found.stems.has(root)) covered += weight;
    }
    for (const number of wanted.numbers) {
      if (skip.has(number)) continue;
      total += NUMBER_WEIGHT;
      if (found.numbers.has(number)) covered += NUMBER_WEIGHT;
    }
    return { total, covered };
  };
  const counted = weigh(known ?? new Set());
  const { total, covered } = counted.total > 0 ? counted : weigh(new Set());
  return total === 0 ? 0 : covered / total;
}

/** How alike the matter of two sentences is, so that one can contradict the other. */
const SAME_MATTER = 0.5;
/** … and so that one is the opposite of the other. */
const OPPOSITE_MATTER = 0.75;

/** Whether a sentence says something else of the same matter: other numbers, or the opposite. */
export function contradicts(said: Sentence, truth: Sentence): boolean {
  const plain = new Set([...truth.stems].filter((root) => !truth.names.has(root)));
  const alike = plain.size === 0 ? 0 : shareIn(plain, said.stems);
  if (alike < SAME_MATTER) return false;
  const numbersDiffer =
    said.numbers.size > 0 && truth.numbers.size > 0 && ![...said.numbers].some((number) => truth.numbers.has(number));
  if (numbersDiffer) return true;
  // Of sentences that say more than each other the negation may be of something else.
  const both = Math.min(shareIn(truth.stems, said.stems), shareIn(said.stems, truth.stems));
  return said.negated !== truth.negated && both >= OPPOSITE_MATTER;
}

/** How well the sources bear a sentence out: the best of them, or all together for what is put together from several. 0 to 1. */
export function support(
  said: Sentence,
  sources: readonly Sentence[],
): { share: number; by?: Sentence; against?: Sentence } {
  let best: { share: number; by?: Sentence } = { share: 0 };
  for (const source of sources) {
    const share = coverage(said, source);
    if (share > best.share) best = { share, by: source };
  }
  const whole = together(sources);
  const joined = coverage(said, whole);
  // Words picked from everywhere bear less out than one sentence does.
  if (joined > 0.8 && joined * 0.8 > best.share) best = { ...best, share: joined * 0.8 };
  const against = best.by && contradicts(said, best.by) ? best.by : undefined;
  const unknownNumber = [...said.numbers].some((number) => !whole.numbers.has(number));
  return {
    ...best,
    share: against || unknownNumber ? Math.min(best.share, 0.25) : best.share,
    ...(against ? { against } : {}),
  };
}

/** A part of a text, in quotation marks. */
export function quote(text: string, lengthMax = 120): string {
  const plain = text.replace(/\s+/g, ' ').trim();
  return `"${plain.length <= lengthMax ? plain : `${plain.slice(0, lengthMax - 1).replace(/[\uD800-\uDBFF]$/, '')}…`}"`;
}
