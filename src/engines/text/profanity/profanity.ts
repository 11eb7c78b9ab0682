import { createRequire } from 'node:module';
import type * as Obscenity from 'obscenity';

/** A profane word as it stands in the text: `start` and `end` (exclusive) are UTF-16 offsets, `match` the text between them. */
export type Profanity = { match: string; start: number; end: number };

/** The profanity engine could not work: `missing_package`, with the command that adds it in the message. */
export class ProfanityError extends Error {
  override readonly name = 'ProfanityError';
  readonly code = 'missing_package';
}

/** The longest text that is searched, in UTF-16 units. */
export const PROFANITY_TEXT_LENGTH_MAX = 100_000;

const INSTALL = 'npm install obscenity@0.4.6';

// Words of anatomy, medicine and law that the dataset has besides swear words, and short forms that are names of other things (a foreign key is `fk_`).
const CLINICAL = new Set(
  'anus|sex|penis|vagina|semen|orgasm|incest|rape|ejaculate|masturbate|scat|abo|negro|spastic|boonga|fellatio|double penetration|anal|hooker|bestiality'.split(
    '|',
  ),
);

// Whole words that hold a profane one and are none. The dataset has some of these exceptions itself; these were found by running it over English texts.
const HONEST = new Set(
  `arsenal arsenic arson assai assam assault assassin assassins assay assayed aston bass basso brass class classic compass compassion embassy glass grass
  lass mass massive pass passage passenger passion passive sass sassy wassail benedick dickens dickensian dickinson dickson dickie dicker dickered
  medick riddick moby-dick chinkapin chinks chink cockade cockatoo cockatiel cockerel cockfight cockle cockles cockney cockpit cockroach cocksure cocktail
  cocky cockburn hancock hitchcock peacock shuttlecock weathercock woodcock stopcock babcock alcock cocker cockers cuckoo cumbersome cumin cumulative
  cumulus cummerbund cumulate cumbria circumstance document scunthorpe dyke dykes dyked dykstra vandyke fagus fagin fagot fagots faggot-stitch kung-fu fugue
  fukuoka fukushima fukuyama fku fick ficking fickle kiken niger nigeria nigerian nigerien night nightingale niggle niggled niggles niggling niggard
  niggardly snigger sniggered sniggering pissarro pissaladiere prickle prickly pricked pricking pussycat pussyfoot pussyfooting pussy-willow retardant retardants retardation retarded-flame
  shitake shiitake shittah mishit mishits saltpeter slutsk titan titanic titanium titbit titbits tithe title titillate titter tittered tittering tittle titular titus
  titchy blue-tit turducken turdus saturday twattle wankel swank swanky whore-horehound horehound pornic bichon bichir jizzakh bollard boobook booby-trap booby boobies bastardised bastardized bastardise bastardize
  bitchin hentaigana masterbatch asscher assize assizes assort assorted assortment astute prn orgytes porgy kikersk kiker dickcissel`.split(
    /\s+/,
  ),
);

// Words that are profane only without what stands after or before them: birds, first names, tools.
const CONTEXTS: [RegExp, RegExp, RegExp][] = [
  [/^tits?$/i, /\b(?:blue|great|coal|willow|marsh|bearded|crested|long-tailed)[ -]$/i, /^ for tat\b/i],
  [
    /^dicks?$/i,
    /\b(?:moby|uncle|mr\.?|philip k\.?|spotted)[ -]$/i,
    /^(?: van| cheney| tracy| grayson| clark| turpin| wolf| francis|'s (?:sporting|drive)|,? (?:and|&) (?:jane|harry))\b/i,
  ],
  [
    /^cocks?$/i,
    /\b(?:ball|stop|weather|turkey|game)[ -]$/i,
    /^(?:-a-doodle| crow| a (?:gun|pistol|snook|rifle)| of the (?:walk|rock)|-and-bull)/i,
  ],
  [/^ass(?:es)?$/i, /\b(?:wild|jenny|ox and|the ox or) $/i, /^(?:'s milk| and (?:an? |the )?ox| brayed)\b/i],
  [/^bitch(?:es)?$/i, /\b(?:pregnant|whelping|brood|breeding) $/i, /^ (?:and her (?:pups|puppies|litter)|whelped)\b/i],
  [
    /^pricks?$/i,
    /\b(?:finger|pin|needle|skin|heel|the|a) $/i,
    /^(?: test| of (?:a|the|his|her) (?:needle|conscience|pin)| (?:the|your|his|her|a|each|with) (?:\w+ )?(?:finger|thumb|potato|dough|pastry|ears?|skin|fork|balloon|heel|bottom))/i,
  ],
  [/^chinks?$/i, /$^/, /^ in (?:the|his|her|their|its|my|your) (?:armou?r|wall|curtain|fence)/i],
  [/^cum$/i, /\b(?:magna|summa) $/i, /^(?: laude| on| sto)\b/i],
  [/^fu$/i, /\b(?:kung|tai|du) $/i, /^ (?:manchu|xi|yang|jen|wei|ying)\b/i],
  [/^pussy$/i, /$^/, /^ (?:riot|willow|galore)\b/i],
];

type Engine = { matcher: Obscenity.RegExpMatcher; spaced: Obscenity.RegExpMatcher };
let engine: Engine | undefined;

/** Loads the package on first use: an installation without optional packages must still start. */
function load(): Engine {
  let obscenity: typeof Obscenity;
  try {
    obscenity = createRequire(import.meta.url)('obscenity') as typeof Obscenity;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error;
    throw new ProfanityError(`The list of profane words is not installed. Add it with: ${INSTALL}`, { cause: error });
  }
  const { DataSet, englishDataset, englishRecommendedTransformers, RegExpMatcher } = obscenity;
  const terms = new DataSet<{ originalWord: string }>()
    .addAll(englishDataset)
    .removePhrasesIf((phrase) => CLINICAL.has(phrase.metadata!.originalWord))
    .build();
  const matcher = new RegExpMatcher({ ...terms, ...englishRecommendedTransformers });
  // For runs of single letters, joined: no spaces are left in them that the dataset's exceptions could look for.
  const spaced = new RegExpMatcher({
    blacklistedTerms: terms.blacklistedTerms,
    blacklistMatcherTransformers: englishRecommendedTransformers.blacklistMatcherTransformers,
  });
  return { matcher, spaced };
}

const WORD = /[\p{L}\p{N}\p{M}@$!*'’_-]/u;

/**
 * Finds English swear words, also in leetspeak (`sh1t`), with look-alike letters, stretched (`fuuuck`) or spaced (`f u c k`); not words that
 * only contain one, as Scunthorpe does. A match is the whole word as it stands. Built on the `obscenity` package's English dataset, less its words of anatomy,
 * medicine and law. In order of appearance, without overlaps; the same text always gets the same answer.
 *
 * @throws RangeError for a text over `PROFANITY_TEXT_LENGTH_MAX`; ProfanityError where the optional package is not installed.
 */
export function findProfanity(text: string): Profanity[] {
  if (text.length > PROFANITY_TEXT_LENGTH_MAX) {
    throw new RangeError(
      `The text has ${text.length} characters; at most ${PROFANITY_TEXT_LENGTH_MAX} can be searched.`,
    );
  }
  engine ??= load();
  const found: Profanity[] = [];
  for (const { startIndex, endIndex } of engine.matcher.getAllMatches(withoutMarks(text), true)) {
    const word = wordAround(text, startIndex, endIndex + 1);
    if (word && !isHonest(text, word)) found.push(word);
  }
  for (const run of text.matchAll(SPACED)) {
    const letters = run[0].replace(/[\s.\-_*]/g, '');
    if (!engine.spaced.hasMatch(letters)) continue;
    found.push({ match: run[0], start: run.index, end: run.index + run[0].length });
  }
  for (const mask of text.matchAll(MASKED)) {
    if (MASKS.test(mask[0])) found.push({ match: mask[0], start: mask.index, end: mask.index + mask[0].length });
  }
  return withoutOverlaps(found);
}

/** Brackets and exclamation marks around a word are no letters of it, as they would be in leetspeak. The length stays. */
function withoutMarks(text: string): string {
  return text.replace(/!+(?![\p{L}\p{N}])|(?<![\p{L}\p{N}])[(|+]+/gu, (marks) => ' '.repeat(marks.length));
}

/** Three to twelve single letters with the same kind of gap between them. */
const SPACED = /(?<![\p{L}\p{N}'’])[\p{L}@$](?:([ .\-_*])[\p{L}@$!0-9])(?:\1[\p{L}@$!0-9]){1,10}(?![\p{L}\p{N}])/gu;
/** A word with stars or like signs in the place of letters. */
const MASKED = /(?<![\p{L}\p{N}*#%])[a-z]{1,4}[*#%]{1,5}[a-z]{0,6}(?![\p{L}\p{N}*#%])/giu;
const MASKS =
  /^(?:mother)?(?:f[*#%u][*#%c][*#%k](?:s|er|ers|ed|ing|in)?|sh[*#%]t(?:s|ty)?|s[*#%]{2}t|b[*#%]tch(?:es)?|b[*#%]{3}h|c[*#%]nt|c[*#%]{2}t|a[*#%]{2}|a[*#%]{2}hole|d[*#%]ck|p[*#%]ss|c[*#%]ck|b[*#%]stard|w[*#%]nker|t[*#%]ts)$/i;

/** The whole word that a match stands in; undefined where the match only crosses from one word into the next. */
function wordAround(text: string, from: number, to: number): Profanity | undefined {
  let start = from;
  let end = to;
  while (start > 0 && WORD.test(text[start - 1]!)) start--;
  while (end < text.length && WORD.test(text[end]!)) end++;
  while (end > to && /[!'’_*-]/.test(text[end - 1]!)) end--;
  while (start < from && /['’_*-]/.test(text[start]!)) start++;
  const match = text.slice(start, end);
  return /\s/.test(match) && !/^\S+\s\S+$/.test(match) ? undefined : { match, start, end };
}

function isHonest(text: string, { match, start, end }: Profanity): boolean {
  const plain = match.toLowerCase().replace(/['’]s?$/, '');
  if (HONEST.has(plain) || (plain.endsWith('s') && HONEST.has(plain.slice(0, -1)))) return true;
  // Signs alone, amounts and versions: `(45$)`, `2!`. A disguise has letters.
  if (!/\p{L}/u.test(match) && !/^[0-9]{4,}$/.test(match)) return true;
  // Foreign keys and football clubs.
  if (/^fks?(?:[_-].*)?$/.test(plain)) return true;
  const before = text.slice(Math.max(0, start - 24), start);
  const after = text.slice(end, end + 32);
  return CONTEXTS.some(([word, left, right]) => word.test(plain) && (left.test(before) || right.test(after)));
}

function withoutOverlaps(found: Profanity[]): Profanity[] {
  found.sort((a, b) => a.start - b.start || b.end - a.end);
  const kept: Profanity[] = [];
  for (const one of found) if (one.start >= (kept.at(-1)?.end ?? 0)) kept.push(one);
  return kept;
}
