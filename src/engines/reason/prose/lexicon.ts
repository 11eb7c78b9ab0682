/** What the reader knows of English words. */

const set = (words: string): ReadonlySet<string> => new Set(words.split(/\s+/).filter((word) => word !== ''));

export const BE = set('is are was were be been being am');
export const HAVE = set('has have had having');
export const DO = set('do does did');
/** Modal verbs, by what they say. */
export const MODALS: Readonly<Record<string, 'allow' | 'require' | 'future' | 'hedge'>> = {
  may: 'allow',
  can: 'allow',
  could: 'hedge',
  might: 'hedge',
  must: 'require',
  shall: 'require',
  should: 'hedge',
  will: 'future',
  would: 'future',
};
/** Words by which a statement is not made outright; it is not read then. */
export const HEDGES = set(
  'usually typically generally normally probably perhaps maybe possibly likely sometimes often ideally preferably roughly approximately about around most many some several few reasonable appropriate',
);
/** Words before or within a predicate that do not change it. */
export const FILLERS = set(
  'also always ever still already currently therefore thus hence then please indeed automatically just simply actually both either so as well too however moreover furthermore additionally finally first yet once again only-for',
);
export const DETERMINERS = set('a an the this that these those any every each all such your my our their his her its');
export const PRONOUNS = set(
  'i you he she it we they them him us me one anyone everyone someone anybody everybody somebody who whoever there that this these those',
);
/** Nouns for whom or what a policy is about: they make no condition by themselves. */
export const PERSONS = set(
  'employee staff worker person people individual customer client user applicant candidate student learner guest visitor patient passenger traveler traveller resident participant attendee buyer purchaser shopper consumer borrower tenant subscriber policyholder cardholder holder owner driver claimant child adult anyone everyone colleague associate team player',
);
/** Things that a policy may be about: what is said of them is said without them too. */
export const THINGS = set(
  'item product good article order request application case thing record account purchase package expense transaction ticket booking reservation shipment',
);
/** Nouns that a number is of in any case. */
export const AMOUNTS = set(
  'amount total value sum number quantity level figure count price cost length duration period time size',
);

export const PREPOSITIONS = set(
  'of for to in on at with without within by from into under over above below after before during since until through throughout about against between among per via upon across towards toward beyond except following prior as than like despite regarding including excluding outside inside near',
);
const STOP_WORDS = set(
  'a an the this that these those and or but if then so as of for to in on at by from into with than per is are was were be been being am has have had having do does did will would shall i you he she it we they them him her us me my your his its our their who which whose whom there here also always only any every each all some such not no yes whether when while where',
);

const IRREGULAR: Readonly<Record<string, string>> = Object.fromEntries(
  [
    'bought buy,gave give,given give,got get,gotten get,went go,gone go,made make,paid pay,sent send,took take,taken take',
    'kept keep,left leave,lost lose,sold sell,told tell,wrote write,written write,wore wear,worn wear,held hold,met meet',
    'brought bring,came come,did do,done do,driven drive,drove drive,ate eat,eaten eat,flew fly,flown fly,found find,shown show',
    'broke break,broken break,chose choose,chosen choose,spent spend,spoken speak,spoke speak,taught teach,thought think',
    'children child,people person,men man,women woman,feet foot,criteria criterion,leaves leave,staff employee,data data',
    'approval approve,removal remove,renewal renew,arrival arrive,refusal refuse,proposal propose,withdrawal withdraw',
    'purchase buy,purchased buy,purchases buy,purchasing buy,eligibility eligible,employment employ,enrolment enroll,enrollment enroll',
    'cancellation cancel,cancelled cancel,canceled cancel,registration register,application apply,applied apply,completion complete',
    'submission submit,reimbursement reimburse,payment pay,delivery deliver,shipment ship,verification verify,confirmation confirm',
    'membership member,authorization authorize,authorisation authorize,authorised authorize,notification notify,inspection inspect',
    'attendance attend,residency reside,residence reside,resident reside,travelling travel,traveling travel,travelled travel',
    'yearly year,monthly month,weekly week,daily day,annual year,annually year,bonuses bonus,buses bus,status status,address address,class class,access access',
    'business business,process process,pass pass,expenses expense,expense expense,licence license,licensed license,insured insure,insurance insure',
    'training training,trainings training,housing housing,clothing clothing,parking parking,shipping shipping,packaging packaging,rating rating,ratings rating,earnings earnings,holding holding,during during,building building,meeting meeting,meetings meeting,savings savings,wedding wedding,booking book,bookings book',
  ]
    .join(',')
    .split(',')
    .map((pair) => pair.split(' ') as [string, string]),
);

/** Words that mean the same to the reader, by the first of each list. */
const SYNONYMS: Readonly<Record<string, string>> = Object.fromEntries(
  [
    'vacation holiday leave pto',
    'employ work job service',
    'seniority tenure',
    'money cash',
    'laptop notebook',
    'worker employee staff',
    'client customer',
    'remote remotely telework',
    'car vehicle automobile',
    'manager supervisor',
    'doctor physician',
    'begin start commence',
    'end finish conclude',
    'help assist',
    'license permit',
    'child minor kid',
    'fault defect',
  ].flatMap((line) => line.split(' ').map((word, _index, all) => [word, all[0]!] as [string, string])),
);

const stems = new Map<string, string>();
const STEMS_MAX = 20_000;

/** One form for all forms of a word: `approvals`, `approved` and `approving` are `approv`. Not itself a word. */
export function stem(word: string): string {
  const lower = word.toLowerCase();
  let found = stems.get(lower);
  if (found === undefined) {
    found = work(lower);
    if (stems.size >= STEMS_MAX) stems.clear();
    stems.set(lower, found);
  }
  return found;
}

function work(word: string): string {
  if (word.includes('-')) return word.split('-').map(work).join('-');
  let form = IRREGULAR[word] ?? word;
  if (form === word && form.length > 3) {
    if (form.endsWith('ies') && form.length > 4) form = `${form.slice(0, -3)}y`;
    else if (/(?:ss|x|ch|sh|z)es$/.test(form)) form = form.slice(0, -2);
    else if (form.endsWith('s') && !/(?:ss|us|is)$/.test(form)) form = form.slice(0, -1);
    form = IRREGULAR[form] ?? form;
  }
  // Adverbs say what their adjectives do.
  if (form === word && form.length > 5 && form.endsWith('ly') && !/(?:p|mi|ar|n|ai)ly$/.test(form))
    form = form.endsWith('ically') ? form.slice(0, -4) : form.slice(0, -2);
  if (form === word || form + 's' === word) {
    if (form.endsWith('ied') && form.length > 4) form = `${form.slice(0, -3)}y`;
    else if (form.endsWith('ed') && form.length > 4 && /[aeiouy]/.test(form.slice(0, -2)))
      form = undouble(form.slice(0, -2));
    else if (form.endsWith('ing') && form.length > 5 && /[aeiouy]/.test(form.slice(0, -3)))
      form = undouble(form.slice(0, -3));
  }
  form = SYNONYMS[form] ?? SYNONYMS[`${form}e`] ?? form;
  return form.length > 3 ? form.replace(/e$/, '') : form;
}

const undouble = (form: string) => (/([bdgmnprt])\1$/.test(form) ? form.slice(0, -1) : form);

const VERB_FORMS =
  `accept accrue acquire activate add adjust agree allow amend appeal apply approve arrange arrive ask assign attach attend audit authorize avoid award bear become begin belong bill block book borrow break bring buy call cancel carry cause certify change charge check choose claim clean clear close collect come commit communicate complete comply conduct confirm connect consent consume contact contain contribute convert cost count cover create credit deduct defer delete deliver demonstrate deny depart deposit describe destroy disclose discuss display donate download drink drive earn eat elect email employ enable end enroll ensure enter establish exceed exchange exclude exercise expire extend fail file finish fit fly follow forfeit form fund get give go grant handle have hire hold identify include incur inform inspect install insure invest invite issue join keep last lease leave lend license live log lose maintain make manage mark meet modify move need notify observe obtain occur offer open operate opt order originate own pack park participate pass pay perform pick place pledge possess prepare present process provide publish qualify reach receive record recover redeem reduce refer refund register reimburse reject release remain remove renew rent repair repay replace report request require reschedule reserve reside resign resolve respond return review rotate run satisfy schedule score secure select sell send serve settle share ship show sign sit smoke speak spend start state stay store submit supply supervise surrender suspend take teach terminate test total train transfer travel undergo update upgrade upload use vary verify violate visit vote wait waive wear weigh withdraw work worked write yield equal start hire print wash damage store encrypt approve escalate charge`.split(
    /\s+/,
  );
const NOUN_VERB_FORMS =
  'order request purchase return work travel leave plan use claim charge report record review refund credit cost book deposit bill audit permit exercise contact test visit change share transfer lease email file form rent park bear total store process start end award grant fund repair release appeal discount move stay check display call access training score mark vote update upgrade'.split(
    ' ',
  );

/** Verbs that the reader knows; others are taken for nouns. By stem. */
export const VERBS: ReadonlySet<string> = new Set([...VERB_FORMS, ...NOUN_VERB_FORMS].map((verb) => stem(verb)));

/** Verbs that are as often nouns; they are the verb of a clause only where there is no other. By stem. */
export const NOUN_VERBS: ReadonlySet<string> = new Set(NOUN_VERB_FORMS.map((verb) => stem(verb)));

const BASE_FORMS: ReadonlyMap<string, string> = new Map(
  [...VERB_FORMS, ...NOUN_VERB_FORMS].map((verb) => [stem(verb), verb]),
);

/** A verb as it stands after "to"; other words as they are. */
export const baseForm = (word: string): string => BASE_FORMS.get(stem(word)) ?? word;

/** Verbs by which somebody gets something: getting it is being allowed it. By stem. */
export const GETTING: ReadonlySet<string> = new Set('receive get obtain earn enjoy accrue'.split(' ').map(stem));
/** Verbs of handing over, which say the same turned round. By stem. */
export const GIVING: ReadonlySet<string> = new Set(
  'give grant offer provide issue award allow make supply'.split(' ').map(stem),
);

/** Adjectives and participles after "is" that allow what comes after them. */
export const ALLOWED = set(
  'allowed permitted eligible entitled able authorized authorised qualified available granted given offered provided issued awarded welcome possible acceptable',
);
export const REQUIRED = set('required needed mandatory necessary obligatory compulsory obliged obligated');
export const FORBIDDEN = set(
  'prohibited forbidden banned barred ineligible disallowed unavailable disqualified impossible',
);

/** Adjectives that say the opposite of another. */
const OPPOSITES: Readonly<Record<string, string>> = {
  ineligible: 'eligible',
  invalid: 'valid',
  inactive: 'active',
  incomplete: 'complete',
  incorrect: 'correct',
  insufficient: 'sufficient',
  nonrefundable: 'refundable',
  nontransferable: 'transferable',
  irrevocable: 'revocable',
  illegal: 'legal',
  noncompliant: 'compliant',
};
const UN_BASES =
  /^un(?=(?:open|us|damag|authori|paid|worn|seal|wash|assembl|licens|marri|employ|insur|certifi|verifi|approv|sign|train|complet|regist|supervis|encrypt|read|altered|modified|restrict|limit|avail|abl|need|necessary|accompani|attend|prescri|report|resolv|us|activat|enroll|vaccinat|secur))/;

/** The adjective that another is the opposite of: `unopened` is `opened`; undefined when it is none's. */
export function oppositeOf(word: string): string | undefined {
  const lower = word.toLowerCase();
  const known = OPPOSITES[lower.replace('-', '')];
  if (known !== undefined) return known;
  if (/^non-?\p{L}{4,}/u.test(lower) && lower !== 'none') return lower.replace(/^non-?/, '');
  return UN_BASES.test(lower) ? lower.slice(2) : undefined;
}

/** `refundable` allows the refund: the verb of such an adjective; undefined when it is none. */
export function ableOf(word: string): string | undefined {
  const match = /^(.{3,})(?:able|ible)$/.exec(word.toLowerCase());
  if (
    !match ||
    [
      'avail',
      'valu',
      'reason',
      'account',
      'elig',
      'suit',
      'liab',
      'appli',
      'cap',
      'vis',
      'respons',
      'accept',
      'poss',
      'compat',
      'flex',
      'en',
      'dis',
      'cap',
    ].includes(match[1]!)
  )
    return undefined;
  return match[1];
}

/** Whether a word bears on what a phrase is of. */
export const isContent = (lower: string): boolean => !STOP_WORDS.has(lower) && /[\p{L}\p{N}]/u.test(lower);

/** Whether a word is a form of a verb that the reader knows. */
export const isVerb = (lower: string): boolean =>
  VERBS.has(stem(lower)) && !lower.includes('-') && (!NOMINAL.test(lower) || BASE_WORDS.has(lower));

/** Endings of nouns that are made of verbs: "approval", "payment". */
const NOMINAL = /(?:als?|ments?|[ts]ions?|ity|ances?|ences?|ency|ship|ery|ery|ies)$/;
const BASE_WORDS: ReadonlySet<string> = new Set(
  [...VERB_FORMS, ...NOUN_VERB_FORMS].flatMap((verb) => [verb, `${verb}s`]),
);
