/**
 * Small changes that leave a prompt's meaning: what semantic robustness is measured with. The kinds are those that Bedrock names (Bedrock
 * User Guide, "Review metrics for an automated model evaluation job"); how often each strikes is fmeval's (`ButterFinger`,
 * `RandomUpperCase`, `WhitespaceAddRemove`: 0.1, 0.1, 0.05 and 0.1).
 */
export type Perturbation = 'lower-case' | 'typos' | 'numbers-to-words' | 'upper-case' | 'white-space';

/** Numbers in [0, 1). */
type Random = () => number;

const TYPO_RATE = 0.1;
const UPPER_RATE = 0.1;
const SPACE_ADDED_RATE = 0.05;
const SPACE_REMOVED_RATE = 0.1;

/** Keys next to each letter's on a QWERTY keyboard. */
const NEIGHBOURS: Readonly<Record<string, string>> = {
  q: 'was',
  w: 'qesad',
  e: 'wsdfr',
  r: 'edfgt',
  t: 'rfghy',
  y: 'tghju',
  u: 'yhjki',
  i: 'ujklo',
  o: 'iklp',
  p: 'ol',
  a: 'qwsxz',
  s: 'qweadzx',
  d: 'wersfxc',
  f: 'ertdgcv',
  g: 'rtyfhvb',
  h: 'tyugjbn',
  j: 'yuihknm',
  k: 'uiojlm',
  l: 'opk',
  z: 'asx',
  x: 'sdzc',
  c: 'dfxv',
  v: 'fgcb',
  b: 'ghvn',
  n: 'hjbm',
  m: 'jkn',
};

/** Letters exchanged for one of a neighbouring key, with the case kept. */
function typos(text: string, random: Random): string {
  return text.replace(/[a-z]/gi, (letter) => {
    if (random() >= TYPO_RATE) return letter;
    const keys = NEIGHBOURS[letter.toLowerCase()]!;
    const key = keys[Math.floor(random() * keys.length)]!;
    return letter === letter.toLowerCase() ? key : key.toUpperCase();
  });
}

const upperCase = (text: string, random: Random): string =>
  text.replace(/\p{Ll}/gu, (letter) => (random() < UPPER_RATE ? letter.toUpperCase() : letter));

/** White space taken away, or a space put before another character. */
const whiteSpace = (text: string, random: Random): string =>
  text.replace(/[\s\S]/gu, (character) =>
    /\s/.test(character)
      ? random() < SPACE_REMOVED_RATE
        ? ''
        : character
      : random() < SPACE_ADDED_RATE
        ? ` ${character}`
        : character,
  );

const ONES =
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'.split(
    ' ',
  );
const TENS = ['', '', ...'twenty thirty forty fifty sixty seventy eighty ninety'.split(' ')];
const SCALES = ['', ' thousand', ' million', ' billion', ' trillion'];

function belowThousand(value: number): string {
  if (value < 20) return ONES[value]!;
  if (value < 100) return `${TENS[Math.floor(value / 10)]}${value % 10 === 0 ? '' : `-${ONES[value % 10]}`}`;
  const rest = value % 100;
  return `${ONES[Math.floor(value / 100)]} hundred${rest === 0 ? '' : ` ${belowThousand(rest)}`}`;
}

/** English words of a whole number below 10^15. */
function inWords(value: number): string {
  if (value === 0) return ONES[0]!;
  const groups: string[] = [];
  for (let scale = 0, rest = value; rest > 0; scale++, rest = Math.floor(rest / 1000))
    if (rest % 1000 !== 0) groups.unshift(`${belowThousand(rest % 1000)}${SCALES[scale]}`);
  return groups.join(' ');
}

/** Numbers that stand by themselves, with commas between thousands or not, with decimals or not. Others (`B2B`, versions) are left. */
const numbersToWords = (text: string): string =>
  text.replace(
    /(?<![\w.,])(\d{1,3}(?:,\d{3})+|\d{1,15})(?:\.(\d{1,15}))?(?![\w]|[.,]\d)/g,
    (_, whole: string, decimals?: string) => {
      const words = inWords(Number(whole.replaceAll(',', '')));
      return decimals === undefined
        ? words
        : `${words} point ${Array.from(decimals)
            .map((digit) => ONES[Number(digit)])
            .join(' ')}`;
    },
  );

const KINDS: Readonly<Record<Perturbation, (text: string, random: Random) => string>> = {
  'lower-case': (text) => text.toLowerCase(),
  typos,
  'numbers-to-words': numbersToWords,
  'upper-case': upperCase,
  'white-space': whiteSpace,
};

/** The prompt, changed in each of the five ways; the same numbers make the same changes. */
export function perturb(prompt: string, random: Random): { kind: Perturbation; prompt: string }[] {
  return (Object.keys(KINDS) as Perturbation[]).map((kind) => ({ kind, prompt: KINDS[kind](prompt, random) }));
}
