import { attackSenses } from './lexicon/attack.ts';
import { contextSenses } from './lexicon/context.ts';
import { crimeSenses } from './lexicon/crime.ts';
import { everydayWords } from './lexicon/everyday.ts';
import { hostileSenses } from './lexicon/hostile.ts';
import { peopleSenses } from './lexicon/people.ts';
import { sexualSenses } from './lexicon/sexual.ts';
import { bases } from './words.ts';
import type { Bend } from './words.ts';

/** A sense that a word or phrase has, with how the word is bent. `id` indexes `senseNames`. */
export type Sense = { id: number; bend: Bend };

const lexicon: Record<string, string> = {
  ...peopleSenses,
  ...hostileSenses,
  ...crimeSenses,
  ...sexualSenses,
  ...contextSenses,
  ...attackSenses,
};

export const senseNames = Object.keys(lexicon);
const senseIds = new Map(senseNames.map((name, id) => [name, id]));
export const idOf = (name: string): number => senseIds.get(name)!;

const single = new Map<string, number[]>();
const everyday = new Set(everydayWords.split(/\s+/));

type Phrase = { words: string[]; id: number };
const phrases = new Map<string, Phrase[]>();

for (const [name, entries] of Object.entries(lexicon)) {
  const id = idOf(name);
  for (const entry of entries.split(',')) {
    const words = entry.trim().split(/\s+/).filter(Boolean);
    const [first] = words;
    if (!first) continue;
    if (words.length === 1) {
      const ids = single.get(first) ?? [];
      if (!ids.includes(id)) ids.push(id);
      single.set(first, ids);
    } else {
      const list = phrases.get(first) ?? [];
      list.push({ words, id });
      phrases.set(first, list);
    }
  }
}
for (const list of phrases.values()) list.sort((a, b) => b.words.length - a.words.length);

// Words met before need no second look; emptied when full, so that no text can make it grow without bound.
const FORMS_CACHED_MAX = 20_000;
type Forms = { bases: string[]; senses: Sense[] };
const forms = new Map<string, Forms>();

function formsOf(word: string): Forms {
  const cached = forms.get(word);
  if (cached) return cached;
  const candidates = bases(word);
  let senses: Sense[] = [];
  for (const [base, bend] of candidates) {
    const ids = single.get(base);
    if (!ids) continue;
    senses = ids.map((id) => ({ id, bend }));
    break;
  }
  const found = { bases: candidates.map(([base]) => base), senses };
  if (forms.size >= FORMS_CACHED_MAX) forms.clear();
  if (word.length <= 40) forms.set(word, found);
  return found;
}

/** Whether the lexicon or the everyday words have the word in some form. */
export function isKnown(word: string): boolean {
  return everyday.has(word) || formsOf(word).senses.length > 0;
}

/** Whether the lexicon has a sense for the word in some form. */
export function knownForms(word: string): boolean {
  return formsOf(word).senses.length > 0;
}

// What people mask with stars: the words that filters look for.
const maskable = ['SLUR', 'PROFANE', 'DEROGATORY', 'KILL', 'SEX_ACT', 'SEX_BODY', 'SEX_MEDIA', 'INSULT'].flatMap(
  (name) =>
    (lexicon[name] ?? '')
      .split(',')
      .map((entry) => entry.trim())
      .filter((entry) => entry.length > 2 && !entry.includes(' ')),
);
const maskableByFirst = new Map<string, string[]>();
for (const word of maskable) {
  for (const form of [word, `${word}s`, `${word}ing`, `${word}ed`, `${word}er`]) {
    const list = maskableByFirst.get(form[0]!) ?? [];
    list.push(form);
    maskableByFirst.set(form[0]!, list);
  }
}

/** The word that `f**k` or `sh#t` stands for, or undefined: each sign hides one letter, at least as many letters show as 1 in 3. */
export function matchMasked(chunk: string): string | undefined {
  const shown = chunk.replace(/[^a-z]/g, '').length;
  if (!/[*#%@$]/.test(chunk) || shown === 0 || chunk.length > 20 || shown * 3 < chunk.length) return undefined;
  return maskableByFirst
    .get(chunk[0]!)
    ?.find(
      (word) =>
        word.length === chunk.length && chunk.split('').every((sign, at) => !/[a-z]/.test(sign) || sign === word[at]),
    );
}

// Words that people write wrongly on purpose: those that say something hostile, criminal, sexual or meant for a model.
const hidden = new Set(
  [hostileSenses, crimeSenses, sexualSenses, attackSenses].flatMap((senses) => Object.keys(senses).map(idOf)),
);
const isHidden = (word: string): boolean =>
  formsOf(word).senses.some(({ id, bend }) => hidden.has(id) && bend !== 'ly' && bend !== 'er');

// English words that two swapped letters make out of a word of the lexicon.
const honest = new Set(
  `brian dairy trial trail silt form from angel angle bared bread beard causal sacred scared untied united nuclear unclear marital martial diary
  pervert dotes does goal gaol who how was saw reign reins calm clam claim gulp tires tries bits grab garb carve crave caver paint salt
  slat last expel bear bare barn bran cruel stale steal slate least tale teal girls grils brake baker dairies diaries stain satin file life
  flies clod cold lots slot lost sole lose sever serve verse severe revere reverse conserve converse preserve perverse snag sang
  crab carb warp wrap trap tarp prat part strip stirp spilt split united quite quiet bolt blot crud curd curt burnt brunt hoist host
  skim scar fried fired friend weird wired crate carte crater carter doom mood moods dooms hose shoe there three thorn throne
  diet edit tide tied board broad bored robed board wars raws chian chain china lair liar lira rail patrol portal petal pleat plate
  cartel claret rectal scalpel sword words word lord dorm minor manor prime gird grid trail rain iran tips spit pits this hits
  fast entries compiled compiling compiles compile opts delay reply waits busy buys west bars gist lisp opted opting trading taming topping
  rising trades tops elan hist ides entre todas ints inst rouge gnus strat limb custom customs inside trust curve curves doing strange boring clever finer boxes compete liking cares silence
  stone relay assign bring ares bart metal shine aide chats clothe surfing thirty steam insure synthesis demos scream depot setting contact sheet
  ant tan nat tea eat ate ramp pram arms mars mast`.split(/\s+/),
);
// Written without vowels; only those that are no short form of anything else.
const skeletons = new Map(
  Object.entries({
    fck: 'fuck',
    sht: 'shit',
    btch: 'bitch',
    btchs: 'bitches',
    kll: 'kill',
    mrdr: 'murder',
    bstrd: 'bastard',
    wnkr: 'wanker',
    fggt: 'faggot',
    nggr: 'nigger',
    pssy: 'pussy',
    slt: 'slut',
    dmb: 'dumb',
    stpd: 'stupid',
    lsr: 'loser',
    mrn: 'moron',
    hrny: 'horny',
    bmb: 'bomb',
    hck: 'hack',
    drgs: 'drugs',
    dck: 'dick',
  }),
);
// Words of six letters and more with one letter left out, neither the first nor the last.
const strong = new Set(
  'INSULT DEROGATORY KILL HURT SLUR PROFANE SEX_ACT SEX_BODY SEX_LUST SEX_MEDIA FRAUD Hack DRUG POISON STEAL EXPLOSIVE WEAPON'
    .split(' ')
    .map(idOf),
);
const shortened = new Map<string, string>();
for (const [word, ids] of single) {
  if (word.length < 6 || !/^[a-z]+$/.test(word) || !ids.some((id) => strong.has(id))) continue;
  for (let at = 1; at < word.length - 1; at++) {
    const short = word.slice(0, at) + word.slice(at + 1);
    if (!shortened.has(short) && !isKnown(short) && !honest.has(short)) shortened.set(short, word);
  }
}
const UNSCRAMBLED_MAX = 20_000;
const unscrambled = new Map<string, string | undefined>();

/** The word that a misspelt one stands for: two neighbours swapped, a letter or all vowels left out, or letters doubled. Only words that people hide are found. */
export function unscramble(word: string): string | undefined {
  if (word.length < 3 || word.length > 16 || honest.has(word)) return undefined;
  if (unscrambled.has(word)) return unscrambled.get(word);
  const found = unscrambleNew(word);
  if (unscrambled.size >= UNSCRAMBLED_MAX) unscrambled.clear();
  unscrambled.set(word, found);
  return found;
}

function unscrambleNew(word: string): string | undefined {
  if (!/[aeiouy]/.test(word)) return skeletons.get(word);
  if (/^(.)\1/.test(word)) {
    const single = /^((.)\2)+$/.test(word) ? word.replace(/(.)\1/g, '$1') : word.slice(1);
    if (single.length > 2 && isHidden(single)) return single;
  }
  for (let at = 0; word.length > 3 && at + 1 < word.length; at++) {
    const swapped = word.slice(0, at) + word[at + 1]! + word[at]! + word.slice(at + 2);
    if (swapped !== word && isHidden(swapped)) return swapped;
  }
  return shortened.get(word);
}

/**
 * The senses of each word of a text, phrases included: a phrase's sense stands on its first word. Inside an idiom the words have no sense
 * of their own: nobody dies of "to die for".
 */
export function sensesOf(words: string[]): Sense[][] {
  const idiom = idOf('IDIOM');
  const all = words.map((word) => formsOf(word));
  const found: Sense[][] = all.map(({ senses }) => senses);
  let idiomEnd = 0;
  for (let at = 0; at < words.length; at++) {
    if (at < idiomEnd) continue;
    const seen = new Set<number>();
    for (const base of all[at]!.bases) {
      const list = phrases.get(base);
      if (!list) continue;
      for (const phrase of list) {
        if (seen.has(phrase.id) || at + phrase.words.length > words.length) continue;
        let fits = true;
        for (let next = 1; fits && next < phrase.words.length; next++) {
          const wanted = phrase.words[next]!;
          fits = wanted === '*' || words[at + next] === wanted || all[at + next]!.bases.includes(wanted);
        }
        if (!fits) continue;
        seen.add(phrase.id);
        if (phrase.id === idiom) {
          idiomEnd = at + phrase.words.length;
          for (let next = at; next < idiomEnd; next++) found[next] = [];
          found[at] = [{ id: idiom, bend: 'base' }];
          break;
        }
        if (at >= idiomEnd) found[at] = [...found[at]!, { id: phrase.id, bend: 'base' }];
      }
    }
  }
  return found;
}
