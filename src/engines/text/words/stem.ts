/** A word of a text: `lower` without accents, `stem` what its forms have in common, and UTF-16 offsets. */
export type Word = { text: string; lower: string; stem: string; start: number; end: number };

const WORD = /[\p{L}\p{N}]+(?:['’][\p{L}]+|[.,](?=\p{N})\p{N}+)*/gu;

/** Irregular forms, "base form form …". */
const IRREGULAR = new Map(
  `be is are was were been being am|have has had having|do does did done|go went gone goes|write wrote written|build built|make made|take took taken|
give gave given|get got gotten|come came|see saw seen|know knew known|find found|think thought|tell told|become became|show shown|leave left|feel felt|
bring brought|begin began begun|keep kept|hold held|stand stood|hear heard|mean meant|meet met|run ran|pay paid|sit sat|speak spoke spoken|lead led|
grow grew grown|lose lost|fall fell fallen|send sent|win won|teach taught|buy bought|sell sold|spend spent|eat ate eaten|drink drank drunk|
drive drove driven|fly flew flown flight|draw drew drawn|break broke broken|choose chose chosen choice|rise rose risen|throw threw thrown|wear wore worn|
sing sang sung|swim swam swum|ride rode ridden|sleep slept|fight fought|catch caught|lie lay lain|die died dead death|steal stole stolen|hide hid hidden|
understand understood|say said|child children|person people persons|man men|woman women|foot feet|tooth teeth|mouse mice|analysis analyses|life lives|
wife wives|knife knives|leaf leaves|half halves|high height|long length|wide width|deep depth|strong strength|weigh weight weighed|arrive arrival|
depart departure|decide decision|lend lent loan|borrow borrowed|seek sought|bet betting|good better best|bad worse worst|prescribe prescription|
diagnose diagnosis diagnoses|invest investment investor|lawyer law|choose choice|receive receipt|deceive deception|grow growth|live life|belong belief believe|
lay laid|shoot shot|swear swore sworn|freeze froze frozen|shut|hurt|cut|put|set|let|cost|spread|forget forgot forgotten|forbid forbade forbidden`
    .split('|')
    .flatMap((entry) => {
      const [base, ...forms] = entry.trim().split(/\s+/);
      return forms.map((form) => [form, base!] as const);
    }),
);

const stems = new Map<string, string>();
/** Stems kept; emptied when full, so that a flood of new words cannot fill the memory. */
const STEMS_MAX = 100_000;

/** The words of a text, in order. Numbers keep their separators ("1,200.50"); "don't" is one word, a possessive ending is left out. */
export function wordsOf(text: string): Word[] {
  const found: Word[] = [];
  for (const { 0: raw, index } of text.matchAll(WORD)) {
    const kept = raw.replace(/['’]s$/iu, '');
    const lower = fold(kept);
    found.push({ text: kept, lower, stem: stem(lower), start: index, end: index + kept.length });
  }
  return found;
}

/** Lower case, without accents, with plain apostrophes. */
export const fold = (text: string): string =>
  text
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
    .replaceAll('’', "'");

/** The stem of a folded word: its base form where it is irregular, else without its endings (after Porter, 1980). */
export function stem(word: string): string {
  const known = stems.get(word);
  if (known !== undefined) return known;
  const made = strip(IRREGULAR.get(word) ?? word);
  if (stems.size >= STEMS_MAX) stems.clear();
  stems.set(word, made);
  return made;
}

function strip(word: string): string {
  if (word.length <= 3 || /\d/.test(word)) return word;
  let stem = word;
  if (stem.endsWith('s') && !/(?:ss|us|is)$/.test(stem)) {
    if (stem.endsWith('ies') && stem.length > 4) stem = `${stem.slice(0, -3)}y`;
    else if (/(?:sses|shes|ches|xes|zes)$/.test(stem)) stem = stem.slice(0, -2);
    else stem = stem.slice(0, -1);
    stem = IRREGULAR.get(stem) ?? stem;
  }
  const undone = /^(.*[aeiouy].*?)(?:ed|ing)$/.exec(stem);
  if (undone && undone[1]!.length >= 3) {
    stem = undone[1]!;
    if (/(?:at|bl|iz)$/.test(stem)) stem += 'e';
    else if (/([^aeioulsz])\1$/.test(stem)) stem = stem.slice(0, -1);
  }
  stem = stem
    .replace(/(?:ational|ation|ator)$/, 'ate')
    .replace(/(?:fulness|ousness|iveness)$/, (suffix) => suffix.slice(0, -4))
    .replace(/(?:ization|isation|iser|izer|ise)$/, 'ize')
    .replace(/(?:ement|ment|ness|ful|ously|ally|ly)$/, (suffix, at: number) => (at >= 3 ? '' : suffix));
  if (stem.length > 4) stem = stem.replace(/e$/, '');
  if (stem.length > 3) stem = stem.replace(/y$/, 'i');
  return stem;
}

/** Words of grammar, which carry no content. */
const FUNCTION_WORDS = new Set(
  `a an the this that these those it its he she they we you i me him her them us my your his their our mine yours hers theirs ours myself yourself
himself herself itself themselves ourselves who whom whose which what when where why how be is are was were been being am do does did done doing have has
had having will would shall should can could may might must ought of in on at by for from to into onto with without within about above below over under
between among through during before after since until till against across along around near off out up down upon toward towards via per and or but nor so
yet if then than as because while although though unless whether either neither both not no yes also too very just only even still already again ever here
there now some any each every all most more much many few such own same other another one ones let please there's it's i'm don't doesn't didn't isn't
aren't wasn't weren't won't wouldn't can't couldn't shouldn't i've i'd i'll you're you've you'd you'll he's she's they're they've we're we've that's
what's who's how's where's get got gets like really quite rather etc am pm`.split(/\s+/),
);

/** Whether a word carries content rather than grammar. */
export const isContent = (word: Word): boolean => !FUNCTION_WORDS.has(word.lower);
