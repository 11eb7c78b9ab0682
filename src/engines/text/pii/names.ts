import { createThreadPool } from '../../threads/pool.ts';
import { TextError } from '../words/error.ts';
import {
  AMBIGUOUS,
  FIRMS,
  FAMILY_MORE,
  GIVEN_MORE,
  NOT_NAMES,
  NOT_PERSON_AFTER,
  NOT_PERSON_BEFORE,
  PLACE_NAMES,
  PLAIN_FAMILY,
  PRODUCTS,
  ROLES,
  TITLES,
} from './name-lists.ts';
import type { Gazetteer } from './names.worker.ts';
import type { PiiSpan } from './types.ts';

const INSTALL = 'npm install compromise@14.17.0';
const IDLE_TIMEOUT_MS = 1_000;

type Lists = {
  given: Set<string>;
  family: Set<string>;
  places: Set<string>;
  common: Set<string>;
  organizations: Set<string>;
};
type Word = {
  text: string;
  lower: string;
  start: number;
  end: number;
  /** Begins with a capital. */
  cap: boolean;
  /** Begins a sentence, a line or a quotation, where every word has a capital. */
  first: boolean;
  /** What stands between the word before and this one. */
  gap: string;
};

const WORD = /(?<![\p{N}_])\p{L}[\p{L}\p{M}]*(?:['’‑-]\p{L}[\p{L}\p{M}]*)*(?![\p{L}\p{N}_])/gu;
const PARTICLES = new Set('de da del della der den di dos du el la le van von bin ibn al ter ten st y e zu'.split(' '));
const SUFFIX = /^(?:jr|sr|ii|iii|iv|phd|md|esq)$/;
/** What people do, after their name; told apart from what places and months do. */
const DOES = new Set(
  `said says say told tells asked asks replied replies wrote writes called calls emailed texted messaged lives lived works worked wants wanted
thinks thought met meets went signed agreed paid pays bought sold ordered received joined left likes loves hates knows knew complained requested
confirmed explained added noted claimed argued resigned retired died married moved visited invited thanked promised believes feels felt needs
forgot lost found booked reported submitted applied attended studied graduated teaches taught owns owned earned hired fired suffers smiled laughed
nodded answered apologized apologised admitted denied insisted suggested thinks remembers reminded referred cooked drove flew walked ran sings`.split(
    /\s+/,
  ),
);
const DOES_OR_IS = new Set([...DOES, ...'is was has had will would can could did does and who'.split(' ')]);
/** Words that are followed by a person more often than by anything else. */
const TO_PERSON = new Set(
  'with told tell asked ask met meet called call emailed email contact reach phone text saw thank thanks hi hello hey dear cc attn invite invited between named by introduce married divorced'.split(
    ' ',
  ),
);
const AT_PLACE = new Set(
  'in at near from to via through around across visit visited visiting toward towards of outside inside since until during early late mid'.split(
    ' ',
  ),
);

/** Endings of nouns and adjectives, not of names. */
const WORDLIKE =
  /(?:ance|ence|tion|sion|ment|ity|ness|ship|ism|ing|ics|ful|less|able|ible|ous|ive|ial|ional|ary|ology|ware)$/;

const INTRODUCED =
  /(?<![\p{L}\p{N}])(?<what>(?:my|his|her|their|your|whose|the\s+\p{L}+['’]s|\p{L}+['’]s)\s+(?:full\s+|legal\s+|real\s+|first\s+|last\s+|given\s+|maiden\s+|middle\s+|birth\s+)?(?:sur)?name\s*(?:is|was|:|=)|(?:(?:full|first|last|given|family|maiden|middle|legal|patient|customer|client|employee|contact|cardholder|account\s+holder|applicant|student|guest|billing|shipping|beneficiary|insured|sender|recipient|passenger)(?:['’]s)?[\s_-]?name|name|attn|attention|signed|patient|customer|client|employee|applicant|tenant|cardholder|account\s+holder|holder|author|guest|passenger|from|to|cc|bcc|contact|prepared\s+(?:by|for)|submitted\s+by|approved\s+by|reviewed\s+by|assigned\s+to|reported\s+by)\s*[:=]|(?:call\s+me|people\s+call\s+me|goes\s+by|a\s+(?:man|woman|boy|girl|person|patient|friend|colleague|guy)\s+(?:named|called)|named|i\s+am|i['’]m|this\s+is|speaking\s+with|spoke\s+(?:with|to)|it['’]s)|(?:sincerely|regards|best\s+wishes|cheers|yours\s+(?:truly|faithfully|sincerely)|respectfully|many\s+thanks|thanks|love|best|warmly)\s*,\s*|(?:dear|hi|hello|hey|good\s+(?:morning|afternoon|evening)))(?<space>[\s"“*]{0,4})/giu;

const pool = createThreadPool({
  name: 'names.worker',
  from: import.meta.url,
  threads: 1,
  waitingMax: 8,
  busy: () => new TextError('too_large', 'The lists of names are being loaded.'),
  idleTimeoutMs: IDLE_TIMEOUT_MS,
});
let loading: Promise<Lists> | undefined;

/**
 * The names of people, without titles: by lists of given and family names, by what introduces them ("my name is", "Dr.", "Dear"), and by
 * what surrounds them; not names that are part of a place, a firm or a work ("Victoria Station", "Jordan River").
 *
 * @throws {TextError} `missing_package`
 */
export async function findNames(text: string): Promise<PiiSpan[]> {
  loading ??= load();
  const lists = await loading.catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  const words = wordsOf(text);
  const found: PiiSpan[] = introduced(text, words, lists);
  for (let at = 0; at < words.length;) {
    const end = runEnd(words, at);
    if (end === at) {
      at++;
      continue;
    }
    for (const span of namesIn(words, at, end, lists, text)) found.push(span);
    at = end;
  }
  return found;
}

const isGiven = (word: string, lists: Lists): boolean => lists.given.has(word) || AMBIGUOUS.has(word);

async function load(): Promise<Lists> {
  const raw = await pool.run<Gazetteer>(undefined, { signal: new AbortController().signal });
  if (raw.missing)
    throw new TextError('missing_package', `Names need a package that is not installed. Add it with: ${INSTALL}`);
  return {
    given: new Set([...raw.given, ...GIVEN_MORE]),
    family: new Set([...raw.family, ...FAMILY_MORE]),
    places: new Set(raw.places),
    common: new Set(raw.common.filter((word) => !word.includes(' '))),
    organizations: new Set([...raw.organizations, ...FIRMS]),
  };
}

function wordsOf(text: string): Word[] {
  const words: Word[] = [];
  let last = 0;
  for (const { 0: found, index } of text.matchAll(WORD)) {
    const stem = found.replace(/['’]s$|['’]$/iu, '');
    const gap = text.slice(last, index);
    // An initial's full stop ends no sentence: "J. Smith".
    const initial = words.length > 0 && words.at(-1)!.text.length === 1 && words.at(-1)!.cap && /^\.\s?$/.test(gap);
    const titled = words.length > 0 && TITLES.has(words.at(-1)!.lower) && /^\.\s?$/.test(gap);
    words.push({
      text: stem,
      lower: stem.toLowerCase().replaceAll('’', "'"),
      start: index,
      end: index + stem.length,
      cap: /^\p{Lu}/u.test(stem),
      first: words.length === 0 || (!initial && !titled && /[.!?:\n"“”•|>]|[-–—]\s|\(/.test(gap)),
      gap,
    });
    last = index + found.length;
  }
  return words;
}

/** Where the run of capitalised words that begins at `at` ends; lower-case particles may stand inside ("Ludwig van Beethoven"). */
function runEnd(words: Word[], at: number): number {
  if (!words[at]!.cap) return at;
  let end = at + 1;
  while (end < words.length) {
    const word = words[end]!;
    // A possessive ends the run: what comes after it is what the person has.
    const joined = /^(?: |\u00a0|\. ?|-)$/.test(word.gap) && !(word.gap.startsWith('.') && word.first);
    if (!joined || hadPossessive(words, end)) break;
    if (word.cap) end++;
    else if (PARTICLES.has(word.lower) && words[end + 1]?.cap && /^ $/.test(words[end + 1]!.gap)) end += 2;
    else if (PARTICLES.has(word.lower) && PARTICLES.has(words[end + 1]?.lower ?? '') && words[end + 2]?.cap) end += 3;
    else break;
  }
  return end;
}

const hadPossessive = (words: Word[], index: number): boolean =>
  words[index]!.start - words[index]!.gap.length - words[index - 1]!.end > 0;

function namesIn(words: Word[], from: number, to: number, lists: Lists, text: string): PiiSpan[] {
  const joinedRun = words.slice(from, to).map((word) => word.lower);
  if (joinedRun.length > 1 && lists.organizations.has(joinedRun.join(' '))) return [];
  // "Smith & Wesson": a firm.
  if (
    /^\s?&\s?\p{Lu}/u.test(text.slice(words[to - 1]!.end)) ||
    /\p{L}\s?&\s?$/u.test(text.slice(0, words[from]!.start).slice(-8))
  )
    return [];
  const found: PiiSpan[] = [];
  for (let at = from; at < to; at++) {
    const result = nameAt(words, at, from, to, lists, text);
    if (result === undefined) continue;
    if (result.span) found.push(result.span);
    at = result.next - 1;
  }
  return found;
}

type Found = { span: PiiSpan | undefined; next: number };

/** The name that begins at a word of a run of capitalised words. */
function nameAt(words: Word[], at: number, from: number, to: number, lists: Lists, text: string): Found | undefined {
  const word = words[at]!;
  const previous = words[at - 1];
  const spaced = previous !== undefined && /^(?:\s|\.\s?)$/.test(word.gap);
  const titled =
    spaced && TITLES.has(previous.lower) && (previous.cap || ROLES.has(previous.lower)) && !NOT_NAMES.has(word.lower);
  if (!titled && (NOT_NAMES.has(word.lower) || TITLES.has(word.lower)) && !AMBIGUOUS.has(word.lower)) return undefined;
  const initial = word.text.length === 1;
  const given = isGiven(word.lower, lists) || word.lower.split('-').every((part) => lists.given.has(part));
  const last = lastOfName(words, at, to, lists);
  const next = words[last + 1];
  const following = next !== undefined && last + 1 < to ? next : undefined;
  const shouted = word.text.length > 1 && word.text === word.text.toUpperCase();
  if (following !== undefined && NOT_PERSON_AFTER.has(following.lower)) return { span: undefined, next: to };
  if (last > at && NOT_PERSON_AFTER.has(words[last]!.lower) && !lists.family.has(words[last]!.lower))
    return { span: undefined, next: to };
  if (spaced && NOT_PERSON_BEFORE.has(previous.lower) && (previous.cap || previous.lower !== 'via') && !titled) {
    return { span: undefined, next: last + 1 };
  }
  const span = (score: number): Found => ({
    span: { type: 'NAME', start: word.start, end: words[last]!.end, score },
    next: last + 1,
  });
  if (titled && !lists.common.has(word.lower)) return span(0.96);
  if (titled && (given || lists.family.has(word.lower) || last > at)) return span(0.9);
  const family =
    lists.family.has(words[last]!.lower) || words[last]!.lower.split('-').some((part) => lists.family.has(part));
  if (shouted && !(given && last > at && family)) return undefined;
  // "Payee Ines Nakamura": what begins a sentence and is no name, before one, is not part of it.
  const nextWord = words[at + 1];
  const skips = last > at + 1 && !given && isGiven(nextWord!.lower, lists) && (word.first || ROLES.has(word.lower));
  if (skips || (!titled && ROLES.has(word.lower) && !given)) return undefined;
  if (last > at) {
    const second = words[last]!;
    const plainSecond = !lists.common.has(second.lower) && !lists.places.has(second.lower);
    // At the head of a sentence "Will Smith" and "Will Paris …" both have capitals: the second must be a name by itself.
    if (given && !AMBIGUOUS.has(word.lower)) return span(family || plainSecond ? 0.94 : 0.7);
    if (given && (family || (plainSecond && !word.first))) return span(family ? 0.88 : 0.75);
    if (initial && (family || plainSecond) && /^\.?\s/.test(words[at + 1]!.gap)) return span(family ? 0.85 : 0.6);
    const known = lists.common.has(word.lower) || lists.places.has(word.lower) || lists.organizations.has(word.lower);
    if (family && !known && !lists.places.has(second.lower))
      return span(lists.common.has(second.lower) || PLAIN_FAMILY.has(second.lower) ? 0.6 : 0.85);
    const plainWords = words.slice(at, last + 1).every(({ lower }) => !WORDLIKE.test(lower));
    const evident =
      (next !== undefined && last + 1 >= to && DOES.has(next.lower)) ||
      (spaced && (TO_PERSON.has(previous.lower) || ROLES.has(previous.lower)));
    if (!known && plainSecond && plainWords && evident && at === from && last - at <= 2) return span(0.65);
    return undefined;
  }
  return single(words, at, { given, family, last, to, spaced }, lists, text)
    ? span(given && !AMBIGUOUS.has(word.lower) ? 0.8 : 0.62)
    : undefined;
}

/** Whether a name of one word is a person. */
function single(
  words: Word[],
  at: number,
  { given, family, last, to, spaced }: { given: boolean; family: boolean; last: number; to: number; spaced: boolean },
  lists: Lists,
  text: string,
): boolean {
  const word = words[at]!;
  const previous = words[at - 1];
  if (word.text.length < 2 || (!given && !family) || lists.organizations.has(word.lower)) return false;
  const alone =
    last + 1 >= to &&
    (at === 0 ||
      !words[at - 1]!.cap ||
      words[at - 1]!.gap === undefined ||
      !spaced ||
      word.first ||
      NOT_NAMES.has(previous!.lower));
  const next = words[last + 1];
  const nextNear = next !== undefined && /^(?:\s|['’]s\s)$/.test(next.gap) ? next : undefined;
  const does = nextNear !== undefined && DOES.has(nextNear.lower);
  const toPerson =
    previous !== undefined && /^\s$/.test(word.gap) && (TO_PERSON.has(previous.lower) || ROLES.has(previous.lower));
  const possessive = /^['’]s\s(?:\p{Ll})/u.test(text.slice(word.end, word.end + 4));
  if (!given) {
    // A family name by itself: "Gonzalez replied".
    return (
      alone &&
      !lists.common.has(word.lower) &&
      !lists.places.has(word.lower) &&
      !PLAIN_FAMILY.has(word.lower) &&
      (does || toPerson || (possessive && !word.first))
    );
  }
  if (previous !== undefined && /^\s$/.test(word.gap) && previous.lower === 'the') return false;
  const place = lists.places.has(word.lower) || PLACE_NAMES.has(word.lower);
  if (AMBIGUOUS.has(word.lower) || place) {
    if (does || toPerson) return alone || does;
    if (place) return false;
    // Inside a sentence the capital tells the name from the word.
    return (
      !word.first &&
      alone &&
      !lists.places.has(word.lower) &&
      !(previous !== undefined && AT_PLACE.has(previous.lower)) &&
      !PRODUCTS.has(word.lower) &&
      /\p{Ll}/u.test(words[at - 1]?.text ?? 'x')
    );
  }
  return alone || does || toPerson || (nextNear !== undefined && DOES_OR_IS.has(nextNear.lower));
}

/** The index of the last word of the name that begins at `at`: up to four words, no words that are none of a name's. */
function lastOfName(words: Word[], at: number, to: number, lists: Lists): number {
  let last = at;
  for (let next = at + 1; next < to && next - at < 5; next++) {
    const word = words[next]!;
    if (SUFFIX.test(word.lower)) {
      last = next;
      break;
    }
    const isName = lists.family.has(word.lower) || lists.given.has(word.lower);
    if (PARTICLES.has(word.lower) && !word.cap) continue;
    if (NOT_NAMES.has(word.lower) && !isName) break;
    if (NOT_PERSON_AFTER.has(word.lower) && !lists.family.has(word.lower)) break;
    if (lists.places.has(word.lower) && !isName && next - at > 1) break;
    last = next;
  }
  return last;
}

/** Names after what introduces one: they may be unknown to every list, and after "my name is" in lower case. */
function introduced(text: string, words: Word[], lists: Lists): PiiSpan[] {
  const found: PiiSpan[] = [];
  for (const match of text.matchAll(INTRODUCED)) {
    const at = match.index + match[0].length;
    const what = match.groups!['what']!.toLowerCase();
    let first = 0;
    let high = words.length;
    while (first < high) {
      const middle = (first + high) >> 1;
      if (words[middle]!.start < at) first = middle + 1;
      else high = middle;
    }
    while (words[first] !== undefined && TITLES.has(words[first]!.lower) && words[first]!.start - at < 3) first++;
    const begin = words[first];
    if (begin === undefined || begin.start - at > (first > 0 && TITLES.has(words[first - 1]!.lower) ? 8 : 1)) continue;
    const says = /name/.test(what) && /(?:is|was)$/.test(what);
    const field = /[:=]$/.test(what);
    let last = first - 1;
    for (let index = first; index < words.length && index - first < 4; index++) {
      const word = words[index]!;
      if (index > first && !/^(?: |\u00a0|\. |-)$/.test(word.gap)) break;
      const known = isGiven(word.lower, lists) || lists.family.has(word.lower);
      const plain = !known && (NOT_NAMES.has(word.lower) || lists.common.has(word.lower) || DOES_OR_IS.has(word.lower));
      if (plain && !(PARTICLES.has(word.lower) && words[index + 1]?.cap)) break;
      if (!word.cap && !PARTICLES.has(word.lower) && !(says && (index === first || known || !words[first]!.cap))) break;
      if (index > first && (NOT_NAMES.has(word.lower) || DOES_OR_IS.has(word.lower)) && !word.cap) break;
      last = index;
    }
    if (last < first) continue;
    // "Okonkwo, Chiamaka" in a form.
    const given = words[last + 1];
    if (field && first === last && given?.gap === ', ' && given.cap && isGiven(given.lower, lists)) last++;
    const following = words[last + 1];
    if (following?.cap && following.gap === ' ' && NOT_PERSON_AFTER.has(following.lower)) continue;
    if (NOT_PERSON_AFTER.has(words[last]!.lower) && !lists.family.has(words[last]!.lower)) continue;
    if (lists.places.has(begin.lower) && !isGiven(begin.lower, lists)) continue;
    const listed = words.slice(first, last + 1).some(({ lower }) => isGiven(lower, lists) || lists.family.has(lower));
    const ambiguous = AMBIGUOUS.has(begin.lower) && first === last;
    const strong = says || /call\s+me|named|called|goes\s+by/.test(what) || /name/.test(what);
    const closes =
      /sincerely|regards|wishes|cheers|yours|respectfully|thanks|love|best|warmly|dear|^hi$|^hello$|^hey$|good/.test(
        what,
      );
    if (field && !strong && !listed && last === first) continue;
    if (!strong && !closes && !field && !listed && last === first) continue;
    if (/^(?:it['’]s|this is)$/.test(what) && (ambiguous || !listed)) continue;
    if (!strong && ambiguous && !closes && !field && lists.places.has(begin.lower)) continue;
    if (begin.text.length > 3 && begin.text === begin.text.toUpperCase() && !listed && !strong) continue;
    found.push({ type: 'NAME', start: begin.start, end: words[last]!.end, score: strong || listed ? 0.93 : 0.72 });
  }
  return found;
}
