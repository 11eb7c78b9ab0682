/** Lower-case words by what they can be; a word may be in several lists. */
export type Gazetteer = {
  given: string[];
  family: string[];
  places: string[];
  common: string[];
  organizations: string[];
  missing?: true;
};

const TAGS: Readonly<Record<keyof Omit<Gazetteer, 'missing'>, RegExp>> = {
  given: /^(?:FirstName|MaleName|FemaleName)$/,
  family: /^LastName$/,
  places: /^(?:City|Country|Place|Region|Demonym)/,
  organizations: /^(?:Organization|SportsTeam)$/,
  common:
    /^(?:Adjective|Adverb|Gerund|PastTense|Plural|PresentTense|Infinitive|Singular|Actor|Comparative|Superlative|Uncountable|Unit|Expression|Noun|Preposition|Conjunction|Determiner|WeekDay|Month|Modal|Pronoun|Possessive|QuestionWord|Verb|Copula|Currency|Duration|Honorific|Negative|Demonym|Date|Abbreviation)/,
};

/**
 * The worker's one function: the word lists of the part-of-speech tagger. Loading it takes 0.3 s of computing, which must not stand in the
 * event loop; the lists are all that is needed of it.
 */
export default async function gazetteer(): Promise<Gazetteer> {
  const lists: Gazetteer = { given: [], family: [], places: [], common: [], organizations: [] };
  let lexicon: Record<string, string | string[]>;
  try {
    const { default: nlp } = await import('compromise/two');
    lexicon = (nlp.model() as { one: { lexicon: Record<string, string | string[]> } }).one.lexicon;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ERR_MODULE_NOT_FOUND' && code !== 'MODULE_NOT_FOUND') throw error;
    return { ...lists, missing: true };
  }
  for (const [word, tags] of Object.entries(lexicon)) {
    for (const tag of [tags].flat()) {
      for (const [list, pattern] of Object.entries(TAGS)) {
        if (pattern.test(tag)) lists[list as keyof typeof TAGS].push(word);
      }
    }
  }
  return lists;
}
