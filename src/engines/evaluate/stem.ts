/**
 * The Porter stemmer with the extensions of NLTK's, which Google's ROUGE and METEOR's stem module use. English.
 * Source: M. F. Porter, "An algorithm for suffix stripping", Program 14(3), 1980; NLTK `PorterStemmer`, mode NLTK_EXTENSIONS.
 */
const IRREGULAR: Readonly<Record<string, string>> = {
  sky: 'sky',
  skies: 'sky',
  dying: 'die',
  lying: 'lie',
  tying: 'tie',
  news: 'news',
  innings: 'inning',
  inning: 'inning',
  outings: 'outing',
  outing: 'outing',
  cannings: 'canning',
  canning: 'canning',
  howe: 'howe',
  proceed: 'proceed',
  exceed: 'exceed',
  succeed: 'succeed',
};

function isConsonant(word: string, at: number): boolean {
  const letter = word[at]!;
  if ('aeiou'.includes(letter)) return false;
  return letter !== 'y' || at === 0 || !isConsonant(word, at - 1);
}

/** Runs of vowels that a consonant follows: m in `[C](VC){m}[V]`. */
function measure(stem: string): number {
  let kinds = '';
  for (let at = 0; at < stem.length; at++) kinds += isConsonant(stem, at) ? 'c' : 'v';
  return (kinds.match(/vc/g) ?? []).length;
}

const hasVowel = (stem: string): boolean => Array.from(stem).some((_, at) => !isConsonant(stem, at));

const endsDouble = (word: string): boolean =>
  word.length >= 2 && word.at(-1) === word.at(-2) && isConsonant(word, word.length - 1);

function endsCvc(word: string): boolean {
  const last = word.length - 1;
  if (word.length === 2) return !isConsonant(word, 0) && isConsonant(word, 1);
  return (
    word.length >= 3 &&
    isConsonant(word, last - 2) &&
    !isConsonant(word, last - 1) &&
    isConsonant(word, last) &&
    !'wxy'.includes(word[last]!)
  );
}

type Rule = readonly [suffix: string, replacement: string, when?: (stem: string) => boolean];

/** The first rule whose suffix fits decides, whether or not its condition holds. */
function apply(word: string, rules: readonly Rule[], when: (stem: string) => boolean): string {
  for (const [suffix, replacement, own = when] of rules) {
    if (!word.endsWith(suffix)) continue;
    const stem = word.slice(0, word.length - suffix.length);
    return own(stem) ? stem + replacement : word;
  }
  return word;
}

const some = (stem: string) => measure(stem) > 0;
const many = (stem: string) => measure(stem) > 1;

function plurals(word: string): string {
  if (word.endsWith('ies') && word.length === 4) return word.slice(0, -1);
  return apply(
    word,
    [
      ['sses', 'ss'],
      ['ies', 'i'],
      ['ss', 'ss'],
      ['s', ''],
    ],
    () => true,
  );
}

function pasts(word: string): string {
  if (word.endsWith('ied')) return word.length === 4 ? word.slice(0, -1) : word.slice(0, -2);
  if (word.endsWith('eed')) return some(word.slice(0, -3)) ? word.slice(0, -1) : word;
  const suffix = ['ed', 'ing'].find((each) => word.endsWith(each) && hasVowel(word.slice(0, -each.length)));
  if (suffix === undefined) return word;
  const stem = word.slice(0, -suffix.length);
  if (/(?:at|bl|iz)$/.test(stem)) return `${stem}e`;
  if (endsDouble(stem)) return 'lsz'.includes(stem.at(-1)!) ? stem : stem.slice(0, -1);
  return measure(stem) === 1 && endsCvc(stem) ? `${stem}e` : stem;
}

const SECOND: readonly Rule[] = [
  ['ational', 'ate'],
  ['tional', 'tion'],
  ['enci', 'ence'],
  ['anci', 'ance'],
  ['izer', 'ize'],
  ['bli', 'ble'],
  ['alli', 'al'],
  ['entli', 'ent'],
  ['eli', 'e'],
  ['ousli', 'ous'],
  ['ization', 'ize'],
  ['ation', 'ate'],
  ['ator', 'ate'],
  ['alism', 'al'],
  ['iveness', 'ive'],
  ['fulness', 'ful'],
  ['ousness', 'ous'],
  ['aliti', 'al'],
  ['iviti', 'ive'],
  ['biliti', 'ble'],
  ['fulli', 'ful'],
  ['logi', 'log', (stem) => some(`${stem}l`)],
];

function second(word: string): string {
  if (word.endsWith('alli') && some(word.slice(0, -4))) return second(word.slice(0, -2));
  return apply(word, SECOND, some);
}

const THIRD: readonly Rule[] = [
  ['icate', 'ic'],
  ['ative', ''],
  ['alize', 'al'],
  ['iciti', 'ic'],
  ['ical', 'ic'],
  ['ful', ''],
  ['ness', ''],
];

const FOURTH: readonly Rule[] = [
  ...['al', 'ance', 'ence', 'er', 'ic', 'able', 'ible', 'ant', 'ement', 'ment', 'ent'].map(
    (each) => [each, ''] as const,
  ),
  ['ion', '', (stem) => many(stem) && /[st]$/.test(stem)],
  ...['ou', 'ism', 'ate', 'iti', 'ous', 'ive', 'ize'].map((each) => [each, ''] as const),
];

function finalE(word: string): string {
  if (!word.endsWith('e')) return word;
  const stem = word.slice(0, -1);
  return many(stem) || (measure(stem) === 1 && !endsCvc(stem)) ? stem : word;
}

/** The stem of one English word; lower-cases it. */
export function stem(given: string): string {
  const word = given.toLowerCase();
  const irregular = Object.hasOwn(IRREGULAR, word) ? IRREGULAR[word] : undefined;
  if (irregular !== undefined) return irregular;
  if (word.length <= 2) return word;
  let at = pasts(plurals(word));
  at = apply(at, [['y', 'i']], (rest) => rest.length > 1 && isConsonant(rest, rest.length - 1));
  at = apply(apply(second(at), THIRD, some), FOURTH, many);
  at = finalE(at);
  return at.endsWith('ll') && many(at.slice(0, -1)) ? at.slice(0, -1) : at;
}
