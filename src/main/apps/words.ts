/** Words that tell what a sentence about an app asks for. */
const setOf = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

/** What words can be made into. */
export const TEXT_NOUNS = setOf(`
  story tale fairytale fable poem haiku limerick sonnet song lyric rap essay article post blog tweet thread caption email letter message
  reply response answer summary outline plan itinerary schedule agenda list checklist quiz question test exam worksheet flashcard lesson
  exercise recipe menu description biography bio pitch slogan tagline motto headline script dialogue monologue scene plot joke riddle pun
  advice tip feedback critique review report proposal analysis comparison explanation translation definition argument debate speech toast
  ad advert advertisement campaign newsletter strategy idea suggestion recommendation item hint step instruction guide tutorial workout
  routine budget forecast horoscope prediction table timeline glossary keyword hashtag greeting invitation eulogy roast compliment
  meditation name abstract rubric rating score verdict diagnosis legend myth adventure backstory monolog overview paragraph text
  brief memo faq syllabus curriculum playlist bedtime testimonial policy objection counterargument`);
export const PICTURE_NOUNS = setOf(`
  picture image photo photograph illustration drawing painting logo poster cover artwork art sketch portrait icon cartoon comic wallpaper
  mascot avatar banner infographic visual thumbnail sticker postcard`);
export const CHAT_NOUNS = setOf(
  'chatbot bot chat conversation tutor coach companion interviewer counselor counsellor mentor therapist',
);
/** What is handed over as a file. */
export const FILE_NOUNS = setOf(
  'document file pdf spreadsheet csv cv resume résumé contract paper transcript invoice upload lease',
);
/** What users are asked for, even where the sentence does not say whose it is. */
export const ASKED_NOUNS = setOf(`
  topic theme subject name genre style tone mood language ingredient hobby interest city destination country place occasion age level
  audience title keyword sentence word question problem goal budget colour color character hero animal season feeling symptom skill
  event date duration format industry product company brand job position preference diet allergy`);
/** They are nothing by themselves: what the sentence says of them counts. */
export const APP_NOUNS = setOf(
  'app application tool website site page something thing assistant helper widget playground one machine service',
);
/** A "… generator" makes what stands before it; others by themselves. */
export const MAKERS: Record<string, string | undefined> = {
  generator: '',
  maker: '',
  writer: '',
  creator: '',
  builder: '',
  composer: '',
  designer: '',
  finder: '',
  starter: '',
  inventor: '',
  planner: 'plan',
  recommender: 'recommendations',
  advisor: 'advice',
  adviser: 'advice',
  namer: 'names',
};
/** What they do to the thing that is named before them. */
export const CHANGERS: Record<string, string | undefined> = {
  summarizer: 'summarize',
  summariser: 'summarise',
  translator: 'translate',
  explainer: 'explain',
  checker: 'check',
  proofreader: 'proofread',
  corrector: 'correct',
  analyzer: 'analyze',
  analyser: 'analyse',
  rewriter: 'rewrite',
  simplifier: 'simplify',
  reviewer: 'review',
};
export const MAKE_VERBS = setOf(`
  write create make generate compose draft produce design draw paint sketch illustrate invent suggest recommend plan build give tell show
  propose brainstorm prepare craft develop return output list render imagine outline formulate offer present deliver display add
  extract find get receive`);
/** Of their object they make something of this name. */
export const CHANGE_VERBS: Record<string, string> = {
  summarize: 'Summary',
  summarise: 'Summary',
  translate: 'Translation',
  explain: 'Explanation',
  rewrite: 'Rewritten text',
  rephrase: 'Rephrased text',
  proofread: 'Corrected text',
  correct: 'Corrected text',
  fix: 'Fixed text',
  improve: 'Improved text',
  edit: 'Edited text',
  polish: 'Polished text',
  simplify: 'Simple version',
  shorten: 'Short version',
  analyze: 'Analysis',
  analyse: 'Analysis',
  compare: 'Comparison',
  review: 'Review',
  rate: 'Rating',
  grade: 'Grade',
  score: 'Score',
  classify: 'Classification',
  critique: 'Critique',
  answer: 'Answer',
  describe: 'Description',
  check: 'Findings',
  debug: 'Findings',
  evaluate: 'Evaluation',
  identify: 'Findings',
  solve: 'Solution',
  roast: 'Roast',
  interpret: 'Interpretation',
  predict: 'Prediction',
};
/** What they make is a picture, whatever it is of. */
export const PAINT_VERBS = setOf('draw paint sketch illustrate');
export const TURN_VERBS = setOf('turn convert transform change');
/** What users do to tell something. */
export const TELL_VERBS = setOf(`
  enter type give provide upload paste choose pick select describe tell name input submit specify write add attach set say share
  take ask accept read`);
/** Users do that, whoever else is spoken of. */
export const HANDING_VERBS = setOf('paste upload enter type submit attach');
/** Whoever is meant by "you" does that as a user; all else that "you" do is done by the app. */
export const CHOOSING_VERBS = setOf('choose pick select specify');
/** Of an app as well: what it takes is told by its user. */
export const TAKE_VERBS = setOf('take ask accept read');
/** Somebody is named after them, and then what is done. */
export const LIGHT_VERBS = setOf('help let allow enable want need like would can will should could start');
/** Nouns as well as verbs: verbs only where something is done to a thing. */
export const VERB_NOUNS = setOf(
  'plan design list name sketch outline review answer show test draft score grade rate roast check type share script critique find sketch set add post present offer change edit polish input',
);
export const DETERMINERS = setOf(
  'a an the my your our their his her its any some each every this that these those given two three four five several few all many more',
);
export const OWN = setOf(
  "my your our any some each every given two three four five several user's users' student's person's",
);
export const POINTING = setOf('the that this its their those these');
export const PREPOSITIONS = setOf(
  'about on for from of with in into to by using given based between as without like at around regarding during after before per',
);
/** What follows is told by users, however it is put. */
export const SOURCES = setOf('from using given based between');
export const JOINERS = setOf('and or plus then & + also well');
export const PEOPLE = setOf(
  'student kid child friend team class customer mom dad boss family colleague teacher parent beginner adult people user reader learner old visitor member',
);
export const USERS = setOf('i you we user users somebody someone people');
export const FILLERS = setOf(
  'me us up please just really very also automatically then randomly simply e.g i.e so when where if they who it them which along based there be is are was am do does not own',
);

/** A word of which there is one: `stories` → `story`. */
export function singular(word: string): string {
  const lower = word.toLowerCase();
  if (/(?:ss|us|is|news|lens)$/.test(lower)) return lower;
  if (lower.endsWith('quizzes')) return 'quiz';
  if (lower.endsWith('ies') && lower.length > 4) return `${lower.slice(0, -3)}y`;
  if (/(?:ches|shes|xes|zes|sses)$/.test(lower)) return lower.slice(0, -2);
  return lower.endsWith('s') ? lower.slice(0, -1) : lower;
}

/** A verb's plain form, out of the forms that a list has: `writes`, `writing`, `write`. */
export function plainVerb(word: string, known: (verb: string) => boolean): string | undefined {
  const lower = word.toLowerCase();
  const forms = [lower];
  if (lower.endsWith('s')) forms.push(lower.slice(0, -1));
  if (lower.endsWith('es')) forms.push(lower.slice(0, -2));
  if (lower.endsWith('ies')) forms.push(`${lower.slice(0, -3)}y`);
  if (lower.endsWith('ing')) {
    const stem = lower.slice(0, -3);
    forms.push(stem, `${stem}e`);
    if (stem.at(-1) === stem.at(-2)) forms.push(stem.slice(0, -1));
  }
  return forms.find(known);
}
