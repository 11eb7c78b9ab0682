import { isKnown, knownForms, matchMasked, unscramble } from './senses.ts';

/** The longest text that is assessed, in UTF-16 units. */
export const TEXT_LENGTH_MAX = 100_000;

/** A text as the classifiers read it: words in order, and where sentences end. */
export type Reading = {
  /** Lower-case words without disguise; `?`, `!`, `"` and `:` stand as words of their own. */
  words: string[];
  /** 1 where the word stands inside quotation marks. */
  quoted: Uint8Array;
  /** Index after the last word of each sentence, ascending. */
  ends: number[];
};

// Letters of other scripts that are drawn like Latin ones. NFKD has already undone full-width, mathematical and accented forms.
const LOOKALIKES = new Map<string, string>();
for (const [latin, others] of Object.entries({
  a: 'аαɑ',
  b: 'ьβвƅ',
  c: 'сϲᴄ',
  d: 'ԁɗ',
  e: 'еεєɛ',
  f: 'ƒ',
  g: 'ɡց',
  h: 'һн',
  i: 'іιıɪ',
  j: 'ј',
  k: 'кκ',
  l: 'ӏⅼ',
  m: 'мм',
  n: 'ոпη',
  o: 'оοօσ',
  p: 'рρ',
  q: 'ԛ',
  r: 'гʀ',
  s: 'ѕꜱ',
  t: 'тτ',
  u: 'υսʋ',
  v: 'νѵ',
  w: 'ԝωѡ',
  x: 'хχ',
  y: 'уүγ',
  z: 'ᴢ',
})) {
  for (const other of others) LOOKALIKES.set(other, latin);
}
const LOOKALIKE = new RegExp(`[${[...LOOKALIKES.keys()].join('')}]`, 'g');

const LEET: Record<string, string> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '8': 'b',
  '9': 'g',
  '@': 'a',
  $: 's',
  '!': 'i',
  '|': 'l',
  '+': 't',
  '€': 'e',
  '£': 'l',
  '(': 'c',
};

const CONTRACTIONS: Record<string, string> = {
  "won't": 'will not',
  "can't": 'can not',
  cannot: 'can not',
  cant: 'can not',
  wont: 'will not',
  dont: 'do not',
  doesnt: 'does not',
  didnt: 'did not',
  isnt: 'is not',
  arent: 'are not',
  wasnt: 'was not',
  shouldnt: 'should not',
  wouldnt: 'would not',
  aint: 'is not',
  "ain't": 'is not',
  im: 'i am',
  ive: 'i have',
  youre: 'you are',
  youve: 'you have',
  theyre: 'they are',
  u: 'you',
  ur: 'your',
  ya: 'you',
  yall: 'you',
  "y'all": 'you',
  r: 'are',
  gonna: 'going to',
  wanna: 'want to',
  gotta: 'have to',
  gimme: 'give me',
  lemme: 'let me',
  "let's": 'let us',
  lets: 'let us',
  plz: 'please',
  pls: 'please',
  ppl: 'people',
  thx: 'thanks',
  'w/o': 'without',
};

const ENDINGS: Record<string, string> = { ll: 'will', re: 'are', m: 'am', ve: 'have', d: 'would', s: '', em: 'them' };

const ABBREVIATIONS = new Set([
  'mr',
  'mrs',
  'ms',
  'dr',
  'prof',
  'st',
  'vs',
  'etc',
  'e.g',
  'i.e',
  'no',
  'inc',
  'jr',
  'sr',
]);

/** A quotation that goes on after a full stop and this many words is a text of its own, or its closing mark was lost. */
const QUOTATION_WORDS_MAX = 10;
/** A colon after this many words ends a sentence: what follows is read by itself. */
const COLON_WORDS_MIN = 3;

/** Undoes what changes how a text is written but not what it says: case, width, accents, look-alikes, invisible characters, white space. */
export function fold(text: string): string {
  return (
    text
      // Tag characters spell ASCII invisibly.
      .replace(/[\u{E0020}-\u{E007E}]/gu, (tag) => String.fromCharCode(tag.codePointAt(0)! - 0xe0000))
      .normalize('NFKD')
      .toLowerCase()
      .replace(/[\p{M}\p{Cf}\u115f\u1160\u3164\uffa0]/gu, '')
      .replace(LOOKALIKE, (letter) => LOOKALIKES.get(letter)!)
      .replace(/[‘’‚‛`´ʼ]/g, "'")
      .replace(/[“”„‟«»]/g, '"')
      .replace(/[‐‑‒–—―−]/g, '-')
      .replace(/\s+/g, ' ')
      .trim()
  );
}

/**
 * Reads a text into words and sentences and takes disguises off: leetspeak (`1d10t`), masks (`f**k`), spacing (`k i l l`), separators
 * (`k.i.l.l`), stretched letters (`stuuupid`). A disguise is taken off only where a word of the lexicon comes out.
 *
 * @throws RangeError for a text over `TEXT_LENGTH_MAX`.
 */
export function read(text: string): Reading {
  if (text.length > TEXT_LENGTH_MAX) {
    throw new RangeError(`The text has ${text.length} characters; at most ${TEXT_LENGTH_MAX} can be assessed.`);
  }
  const words: string[] = [];
  const quoted: number[] = [];
  const ends: number[] = [];
  let pendingColon = -1;
  let open = false;
  let quoteStart = 0;
  let brief = false;
  const put = (word: string): void => {
    words.push(word);
    quoted.push(brief ? 1 : 0);
  };
  const end = (): void => {
    if (words.length > (ends.at(-1) ?? 0)) ends.push(words.length);
  };
  const quote = (opens: boolean): void => {
    if (opens) quoteStart = words.length;
    open = opens;
    brief = opens;
  };
  for (const chunk of joinSpaced(fold(text).split(' '))) {
    let from = 0;
    let to = chunk.length;
    while (from < to && OPENING.has(chunk[from]!)) {
      if (chunk[from] === '"') {
        put('"');
        quote(!open);
      } else if (chunk[from] === "'") quote(true);
      from++;
    }
    while (to > from && CLOSING.has(chunk[to - 1]!)) to--;
    const core = chunk.slice(from, to);
    const tail = chunk.slice(to);
    if (core) for (const word of undisguise(core, tail)) put(word);
    let stops = false;
    let colon = false;
    for (const mark of tail) {
      if (mark === '"') {
        put('"');
        quote(!open);
      } else if (mark === "'") quote(false);
      else if (mark === '?' || mark === '!' || mark === ':') put(mark);
      if (mark === '.' || mark === '?' || mark === '!') stops = true;
      if (mark === ':') colon = true;
    }
    if (stops && !(tail === '.' && ABBREVIATIONS.has(core))) {
      if (brief && words.length - quoteStart > QUOTATION_WORDS_MAX) {
        brief = false;
        quoted.fill(0, quoteStart);
      }
      if (!brief) end();
    } else if (colon && !open && words.length - (ends.at(-1) ?? 0) > COLON_WORDS_MIN) {
      // `he said: "..."` stays one sentence: who says it matters.
      pendingColon = words.length;
    }
    if (pendingColon >= 0 && words.length > pendingColon) {
      if (words[pendingColon] !== '"' && !brief) ends.push(pendingColon);
      pendingColon = -1;
    }
  }
  end();
  return { words, quoted: Uint8Array.from(quoted), ends };
}

const OPENING = new Set(['"', "'", '(', '[', '{', '<', '*', '_', '#', '-', '>', '~', '•']);
const CLOSING = new Set(['"', "'", ')', ']', '}', '>', '*', '_', '.', ',', '!', '?', ';', ':', '-', '~', '…']);

const SINGLE = /^[a-z0-9@$!*]$/;
const SPACED_LETTERS_MIN = 3;
const SPACED_LETTERS_MAX = 80;

/** Joins runs of single letters: `k i l l` is one chunk. */
function joinSpaced(chunks: string[]): string[] {
  const joined: string[] = [];
  for (let at = 0; at < chunks.length; at++) {
    if (!SINGLE.test(chunks[at]!)) {
      joined.push(chunks[at]!);
      continue;
    }
    let stop = at;
    while (stop < chunks.length && stop - at < SPACED_LETTERS_MAX && /^[a-z0-9@$!*][.,!?]?$/.test(chunks[stop]!))
      stop++;
    const run = chunks.slice(at, stop);
    const parts = run.length >= SPACED_LETTERS_MIN ? segment(run.join('')) : undefined;
    if (parts) joined.push(...parts);
    else joined.push(...run);
    at = stop - 1;
  }
  return joined;
}

/** Cuts letters without spaces into known words, fewest first; undefined where that does not come out or finds only the everyday. */
function segment(letters: string): string[] | undefined {
  const plain = letters.replace(/[.,!?]$/, '').replace(/[0-9@$!|+€£(]/g, (sign) => LEET[sign] ?? sign);
  if (!/^[a-z]+$/.test(plain)) return undefined;
  const best: (string[] | undefined)[] = [[]];
  for (let end = 1; end <= plain.length; end++) {
    for (let start = Math.max(0, end - 18); start < end; start++) {
      const before = best[start];
      const word = plain.slice(start, end);
      if (!before || (word.length === 1 && word !== 'i' && word !== 'a' && word !== 'u')) continue;
      const fewest = best[end]?.length ?? Infinity;
      if (before.length + 1 < fewest && isKnown(word)) best[end] = [...before, word];
    }
  }
  const parts = best[plain.length];
  return parts && parts.length * 3 <= plain.length + 2 ? parts : undefined;
}

/** The words of one chunk between white space. */
function undisguise(core: string, tail: string): string[] {
  if (/^[a-z]+$/.test(core)) return tail.startsWith('*') ? (masked(core + tail) ?? plain(core)) : plain(core);
  if (/^[a-z]+'[a-z]*$/.test(core)) return contraction(core);
  if (/^(https?:|www\.)/.test(core)) return ['<url>'];
  if (/^[^@\s]+@[^@\s]+\.[a-z]+$/.test(core)) return ['<email>'];
  if (/^[-+$€£]?\d[\d.,:%]*$/.test(core)) return ['<number>'];
  if (core in CONTRACTIONS) return CONTRACTIONS[core]!.split(' ');
  if (/^[a-z0-9+/]{24,}={0,2}$/.test(core) && /\d/.test(core)) return ['<encoded>'];
  const whole = masked(core) ?? leet(core) ?? separated(core);
  if (whole) return whole;
  const parts = core.split(/[^a-z0-9']+/).filter(Boolean);
  if (parts.length === 1 && parts[0] === core) return [core];
  return parts.flatMap((part) => (part.length < core.length ? undisguise(part, '') : [part]));
}

function plain(word: string): string[] {
  if (Object.hasOwn(CONTRACTIONS, word)) return CONTRACTIONS[word]!.split(' ');
  if (isKnown(word)) return [word];
  if (!/(.)\1\1/.test(word)) return [unscramble(word) ?? word];
  const twice = word.replace(/(.)\1{2,}/g, '$1$1');
  const once = word.replace(/(.)\1{2,}/g, '$1');
  const all = word.replace(/(.)\1+/g, '$1');
  return [[twice, once, all].find(isKnown) ?? once];
}

function contraction(core: string): string[] {
  if (Object.hasOwn(CONTRACTIONS, core)) return CONTRACTIONS[core]!.split(' ');
  const [head, ending] = core.split("'") as [string, string];
  if (ending === 't' && head.endsWith('n')) return [head.slice(0, -1), 'not'];
  if (ending === '') return [head.endsWith('in') && isKnown(`${head}g`) ? `${head}g` : head];
  const word = ENDINGS[ending];
  if (word === undefined) return [head + ending];
  return word ? [...plain(head), word] : plain(head);
}

function masked(core: string): string[] | undefined {
  if (!/[a-z]/.test(core) || !/[*#%_.\-?]/.test(core) || /[^a-z*#%_.\-@$!0-9?]/.test(core)) return undefined;
  const found = matchMasked(core.replace(/[.,!?]+$/, ''));
  return found ? [found] : undefined;
}

function leet(core: string): string[] | undefined {
  if (!/[a-z]/.test(core) && !/^[0-9]{4,}$/.test(core)) return undefined;
  if (!/[0-9@$!|+€£(]/.test(core)) return undefined;
  for (const one of ['i', 'l']) {
    const word = core.replace(/[0-9@$!|+€£(]/g, (sign) => (sign === '1' ? one : (LEET[sign] ?? sign)));
    if (!/^[a-z]+$/.test(word)) continue;
    const [known] = plain(word);
    if (known && isKnown(known)) return [known];
  }
  return undefined;
}

function separated(core: string): string[] | undefined {
  if (/^[a-z0-9@$]([^a-z0-9\s][a-z0-9@$]){2,}$/.test(core)) return segment(core.replace(/[^a-z0-9@$]/g, ''));
  const joined = core.replace(/[.\-_*'|\\/,~^+=:]/g, '');
  // A word with a sign inside is a disguise only where both halves mean nothing.
  if (/^[a-z]{3,}$/.test(joined) && knownForms(joined) && !core.split(/[^a-z]+/).every((part) => part.length > 2)) {
    return [joined];
  }
  return undefined;
}
