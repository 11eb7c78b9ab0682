import type { Question, Term } from './question.ts';
import { askedColumn, asksCell } from './columns.ts';
import { entities } from './entities.ts';
import { isMeasureWord, LIGHT_VERBS, NOWHERE, unheldThings } from './things.ts';
import { CONTACTS, ownersOf } from './contacts.ts';
import { costsAnother, isFree, isMoneyWord } from './prices.ts';
import { isTyped, typedEntities } from './typed.ts';
import type { Unit } from './units.ts';
import { stemSet as stemsOf } from './units.ts';
import { COLOURS } from './lexicons/names.ts';
import { opposite, similarity, stem } from './words.ts';

/** How well a unit answers a question. `places` are the indices of the unit's words that matched. */
export type Match = {
  unit: Unit;
  score: number;
  coverage: number;
  own: Map<Term, number[]>;
  missing: Term[];
  typed: boolean;
};

/** Nearness of what stands around a unit: the nearest context counts most. */
const CONTEXT_WEIGHT = 0.8;
/** Share of the question's common words that a unit and its surroundings must hold. */
const WORD_COVERAGE_MIN = 0.55;

/** What asked-for nouns are satisfied by the kind of the thing alone: "what year" by a year, no need for the word "year". */
const GENERIC_FOCUS = new Set(
  'year date day month time city country town place location state company organization organisation firm person colour color email e-mail phone telephone url website address percentage percent temperature language unit hour address venue kind type port harbour harbor island airport station street district'
    .split(' ')
    .map((word) => word),
);

/** That something takes place is said by its date and place alone. */
const HAPPENING = new Set([
  ...'hold happen occur take schedule plan locate situate find'.split(' ').map(stem),
  `${stem('take')}_${stem('place')}`,
]);

/** Head nouns that texts leave out: the "warranty period" is found under "Warranty". */
const GENERIC_NOUNS = new Set([
  'period',
  'number',
  'level',
  'value',
  'name',
  'amount',
  'rate',
  'code',
  'address',
  'policy',
  'time',
  'date',
  'size',
  'type',
  'details',
  'status',
  'day',
  'days',
  'duration',
  'range',
  'requirement',
  'requirements',
  'limit',
]);

/** Which stems answer for a term, remembered over a whole search. */
class Matcher {
  private readonly seen = new Map<string, number>();
  readonly term: Term;
  private readonly opposites: boolean;
  constructor(term: Term, opposites: boolean) {
    this.term = term;
    this.opposites = opposites;
  }
  of(stem: string): number {
    let known = this.seen.get(stem);
    if (known === undefined) {
      known = similarity(this.term.stem, stem);
      // "Is it open?" is answered by "It is closed".
      if (known === 0 && this.opposites && opposite(this.term.stem, stem)) known = 0.8;
      // Names answer only for themselves: "Anderson" is not "Anders".
      if (this.term.type === 'name' && known < 1) known = 0;
      this.seen.set(stem, known);
    }
    return known;
  }
  best(stems: Iterable<string>): { score: number; stem?: string } {
    let score = 0;
    let best: string | undefined;
    for (const stem of stems) {
      const value = this.of(stem);
      if (value > score) {
        score = value;
        best = stem;
        if (value === 1) break;
      }
    }
    return best === undefined ? { score } : { score, stem: best };
  }
}

/** How much `strict` asks: 'answer' rejects units that leave the question's names or half its words unexplained, 'rank' keeps all. */
export type Strictness = 'answer' | 'rank';

/** The units that answer `question`, best first. `topic` are terms of earlier turns that a pronoun stands for. */
export function findMatches(
  question: Question,
  units: Unit[],
  topic: Term[] = [],
  strictness: Strictness = 'answer',
): Match[] {
  const terms = [...question.terms, ...topic];
  if (
    terms.length === 0 ||
    (question.terms.length === 0 && question.form !== 'yesno' && (question.wanted?.kinds.length ?? 0) === 0)
  )
    return [];
  const matchers = terms.map((term) => new Matcher(term, question.form === 'yesno'));
  const counts = matchers.map(() => 0);
  const namesOnly = terms.every((term) => term.type === 'name');
  const rows: { unit: Unit; own: { score: number; stem?: string }[] }[] = [];
  for (const unit of units) {
    if (unit.heading || (unit.type === 'sentence' && unit.text.endsWith('?'))) continue;
    let any = false;
    const own = matchers.map((matcher, index) => {
      const best = matcher.best(unit.stems.keys());
      let score = best.score;
      // The line after a question is its answer (FAQ): the question's words are as good as its own.
      if (unit.before?.text.endsWith('?')) score = Math.max(score, 0.95 * matcher.best(unit.before.stems.keys()).score);
      if (unit.row) {
        const header = matcher.best(headerStems(unit.row.table));
        if (header.score > score) return { score: header.score };
      }
      if (score > 0) {
        any = true;
        counts[index] = (counts[index] ?? 0) + 1;
      }
      return best.stem === undefined ? { score } : { score, stem: best.stem };
    });
    if (any || namesOnly || own.some((entry) => entry.score > 0)) rows.push({ unit, own });
  }
  const weights = terms.map((_, index) => rarity(counts[index] ?? 0, units.length));
  const wide = new Map<Unit['source'], Set<string>>();
  const matches: Match[] = [];
  for (const { unit, own } of rows) {
    const match = judge(question, terms, topic, matchers, weights, unit, own, wide, units);
    if (match && (strictness === 'rank' || match.missing.length === 0)) matches.push(match);
  }
  // What has the kind of thing that was asked for is preferred to what merely has the words.
  if (strictness === 'answer' && (question.wanted?.kinds.length ?? 0) > 0 && matches.some((match) => match.typed))
    return matches.filter((match) => match.typed).sort((a, b) => b.score - a.score || a.unit.order - b.unit.order);
  matches.sort((a, b) => b.score - a.score || a.unit.order - b.unit.order);
  return matches;
}

const headers = new WeakMap<object, Set<string>>();
function headerStems(table: { headers: string[]; caption: string }): Set<string> {
  let known = headers.get(table);
  if (!known) {
    known = new Set([...table.headers, table.caption].flatMap((header) => [...stemsOf(header)]));
    headers.set(table, known);
  }
  return known;
}

/** A term in every unit tells little, one in few tells much: between 0.6 and 1.4. */
const rarity = (count: number, total: number): number =>
  count === 0 ? NOWHERE : 0.6 + (0.8 * Math.log((total + 1) / count)) / Math.log(total + 2);

function judge(
  question: Question,
  terms: Term[],
  topic: Term[],
  matchers: Matcher[],
  weights: number[],
  unit: Unit,
  own: { score: number; stem?: string }[],
  wide: Map<Unit['source'], Set<string>>,
  units: Unit[],
): Match | undefined {
  const places = new Map<Term, number[]>();
  const scores: number[] = [];
  let ownWords = 0;
  let held = 0;
  let total = 0;
  let wordHeld = 0;
  let wordTotal = 0;
  const typed = isTyped(question, unit);
  for (const [index, term] of terms.entries()) {
    const weight = weights[index] ?? 1;
    let score = own[index]?.score ?? 0;
    const found = own[index]?.stem;
    if (found !== undefined) places.set(term, unit.stems.get(found) ?? []);
    if (score > 0) ownWords += term.type === 'name' ? 0.5 : 1;
    const inFocus = term.type === 'word' && question.focus.includes(term.stem);
    // "Which subject did she study?": the noun only names what the verb takes.
    const takes =
      score === 0 &&
      inFocus &&
      question.form === 'what' &&
      question.focus.length === 1 &&
      !/^what (?:is|are|was|were)\b/i.test(question.text) &&
      unit.type === 'sentence' &&
      terms.some((other) => other !== term && other.type === 'word') &&
      terms.every((other, at) => other === term || other.type !== 'word' || (own[at]?.score ?? 0) >= 0.7);
    if (takes) score = 0.6;
    // A sentence that holds none of the question's common words itself is not about them because its neighbours are.
    const company =
      term.type !== 'word' ||
      unit.type !== 'sentence' ||
      terms.some((other, at) => other !== term && other.type === 'word' && (own[at]?.score ?? 0) >= 0.7);
    if (score === 0 && company)
      score = around(matchers[index], unit, term, wide, units) * (inFocus && unit.type === 'sentence' ? 0.3 : 1);
    if (score === 0 && company && term.type === 'word' && !inFocus) score = nearby(matchers[index], unit, units);
    if (score === 0 && !company) score = 0.8 * (matchers[index]?.best(unit.context.at(-2) ?? []).score ?? 0);
    if (
      score === 0 &&
      typed &&
      term.type === 'word' &&
      question.focus.includes(term.stem) &&
      GENERIC_FOCUS.has(term.text.toLowerCase()) &&
      (question.wanted?.kinds[0] !== 'colour' ||
        typedEntities(question, unit).some((entity) => entity.kind === 'colour'))
    )
      score = 0.8;
    if (
      score === 0 &&
      question.form === 'measure' &&
      typed &&
      (term.stem.startsWith('how_') || isMeasureWord(term.text))
    )
      score = 0.7;
    if (score === 0 && typed && unit.type !== 'sentence' && isMoneyWord(term.text) && /[$€£¥]/.test(unit.text))
      score = 0.7;
    if (
      score === 0 &&
      GENERIC_NOUNS.has(term.text.toLowerCase()) &&
      question.focus.some(
        (stem) => stem !== term.stem && [...unit.stems.keys()].some((other) => similarity(stem, other) > 0),
      )
    )
      score = 0.75;
    scores.push(score);
    const pull = (own[index]?.score ?? 0) > 0 ? 1 : term.type === 'name' ? 0.92 : 0.75;
    held += weight * score * pull;
    total += weight;
    const light =
      score === 0 &&
      ((unit.type !== 'sentence' && LIGHT_VERBS.has(term.stem)) ||
        (question.form === 'count' && LIGHT_VERBS.has(term.stem)) ||
        ((question.form === 'when' || question.form === 'where') && HAPPENING.has(term.stem)));
    if (term.type === 'word' && !topic.includes(term) && !light) {
      wordHeld += weight * score;
      wordTotal += weight;
    }
  }
  // "How much is the K9?" of "It costs $249.": the pronoun stands for the name.
  const referring =
    typed && terms.every((term) => term.type === 'name') && /^(?:it|they|he|she|its|their|his|her)\b/i.test(unit.text);
  if (ownWords === 0 && !referring) return undefined;
  const missing = unexplained(terms, topic, scores, question.form);
  const coverage = total === 0 ? 0 : held / total;
  if (wordTotal > 0 && wordHeld / wordTotal < WORD_COVERAGE_MIN)
    missing.push(...terms.filter((term, index) => term.type === 'word' && (scores[index] ?? 0) === 0));
  // Nothing of what is asked about stands in the unit itself: its neighbours are meant.
  const ownTerms = terms.filter((term, index) => !topic.includes(term) && (own[index]?.score ?? 0) > 0);
  const asksWords = question.terms.some((term) => term.type === 'word');
  const onlyNames = ownTerms.every((term) => term.type === 'name');
  if (asksWords && onlyNames && !typed)
    missing.push(...question.terms.filter((term) => term.type === 'word').slice(0, 1));
  // "Subject: the new office" is about the office and says nothing of it.
  if (
    unit.type === 'field' &&
    /^(?:subject|title|re|topic|headline)$/i.test(unit.key ?? '') &&
    !/\b(?:subject|title|about|topic|headline|called|name)\b/i.test(question.text)
  )
    missing.push(...question.terms.slice(0, 1));
  if (
    question.counted !== undefined &&
    !terms.some(
      (term, index) => term.stem === question.counted && ((own[index]?.score ?? 0) > 0 || (scores[index] ?? 0) >= 0.7),
    )
  )
    missing.push(...question.terms.slice(0, 1));
  // What the question itself gives is not its answer: "word: quorl" to "What does quorl mean?".
  if (unit.type === 'field' && question.form !== 'yesno' && question.form !== 'choice') {
    const value = [...stemsOf(unit.value ?? '')];
    const key = [...stemsOf(unit.key ?? '')];
    if (
      value.length > 0 &&
      value.every((stem) => question.terms.some((term) => term.stem === stem)) &&
      !key.some((stem) => question.terms.some((term) => similarity(term.stem, stem) > 0))
    )
      missing.push(...question.terms.slice(0, 1));
  }
  // "Opening hours" are times: a sentence that says "opened" and no time says nothing of them.
  if (
    question.form === 'what' &&
    (question.wanted?.kinds.length ?? 0) > 0 &&
    !typed &&
    unit.type === 'sentence' &&
    question.terms.every((term) => term.stem.includes('_'))
  )
    missing.push(...question.terms.slice(0, 1));
  // A colour without its name ("in Midnight") is given only beside the word.
  if (
    question.wanted?.kinds[0] === 'colour' &&
    question.form === 'what' &&
    !typedEntities(question, unit).some((entity) => entity.kind === 'colour') &&
    !terms.some((term, index) => question.focus.includes(term.stem) && (own[index]?.score ?? 0) > 0)
  )
    missing.push(...question.terms.slice(0, 1));
  // A green light says nothing of a blue one.
  const colour = terms.find((term, index) => COLOURS.has(term.text.toLowerCase()) && (own[index]?.score ?? 0) === 0);
  if (colour && question.form !== 'yesno' && unit.words.some((word) => COLOURS.has(word.lower))) missing.push(colour);
  // A price is no cell that holds a time.
  if (unit.row && question.form === 'measure' && question.wanted?.kinds[0] === 'money') {
    const cell = unit.row.cells[askedColumn(question, unit.row.table.headers, unit.row.cells) ?? -1];
    if (entities(cell ?? '')[0]?.measure === 'duration') missing.push(...question.terms.slice(0, 1));
  }
  // A number of things is in a cell that holds a number.
  if (unit.row && question.form === 'count') {
    const cell = unit.row.cells[askedColumn(question, unit.row.table.headers, unit.row.cells) ?? -1];
    if (cell !== undefined && !/^[^\p{L}\d]{0,3}\d/u.test(cell)) missing.push(...question.terms.slice(0, 1));
  }
  missing.push(...unheldThings(question, terms, scores, weights, unit));
  if (question.wanted?.kinds[0] === 'money' && costsAnother(question, unit))
    missing.push(...question.terms.slice(0, 1));
  // The press office has no telephone number where the sources speak of that office and give only another's number.
  if (CONTACTS.has(question.wanted?.kinds[0] ?? '')) {
    const owners = ownersOf(question);
    const at = (term: Term): number => terms.indexOf(term);
    if (
      owners.some((term) => (scores[at(term)] ?? 0) <= 0.5) &&
      owners.every((term) => (weights[at(term)] ?? NOWHERE) < NOWHERE)
    )
      missing.push(...owners);
  }
  if (strictlyTyped(question) && !typed && !(question.wanted?.kinds[0] === 'money' && isFree(question, unit)))
    missing.push(...question.terms.slice(0, 1));
  if (unit.row && asksCell(question) && askedColumn(question, unit.row.table.headers, unit.row.cells) === undefined)
    missing.push(...question.terms.slice(0, 1));
  const aside = /\b(?:next|previous|another|other|former|last|future|second|upcoming)\b/i;
  const remote = aside.test(unit.text) && !aside.test(question.text) ? 0.12 : 0;
  const compact = 0.05 / (1 + unit.words.length / 12);
  const keyed =
    unit.type === 'field' &&
    unit.key !== undefined &&
    question.focus.length > 0 &&
    question.focus.every((stem) => stemsOf(unit.key ?? '').has(stem))
      ? 0.25
      : 0;
  // "On Fridays there are no core hours" does not say when they begin.
  const nothing =
    question.form !== 'yesno' && question.form !== 'why' && DENIED.test(unit.text) && !DENIED.test(question.text)
      ? 0.15
      : 0;
  const score = coverage + (typed ? 0.15 : 0) - nothing - remote + compact + keyed - 0.3 * missing.length;
  return { unit, score, coverage, own: places, missing, typed };
}

const DENIED = /\b(?:there (?:is|are|was|were) no|does not|do not|did not)\b/i;

/** Names and numbers of the question that neither the unit nor its surroundings hold. */
function unexplained(terms: Term[], topic: Term[], scores: number[], form: Question['form']): Term[] {
  const missing: Term[] = [];
  const groups = new Map<number, { best: number; sum: number; terms: Term[] }>();
  for (const [index, term] of terms.entries()) {
    const score = scores[index] ?? 0;
    if (term.type === 'name') {
      const key = (term.group ?? 0) + (topic.includes(term) ? 1000 : 0);
      const group = groups.get(key) ?? { best: 0, sum: 0, terms: [] };
      group.best = Math.max(group.best, score);
      group.sum += score > 0 ? 1 : 0;
      group.terms.push(term);
      groups.set(key, group);
    } else if (term.type === 'number' && score === 0 && form !== 'yesno') missing.push(term);
  }
  for (const group of groups.values()) {
    const numbered = group.terms.length === 2 && group.terms.some((term) => /\d/.test(term.text));
    if (group.sum / group.terms.length < (numbered && form !== 'yesno' ? 1 : 0.5)) missing.push(...group.terms);
  }
  // The number in a name tells it from its like: "Station 150" is not "Station 300".
  if (form !== 'yesno')
    for (const [index, term] of terms.entries())
      if (term.type === 'name' && /\d/.test(term.text) && (scores[index] ?? 0) === 0 && !missing.includes(term))
        missing.push(term);
  return missing;
}

const strictlyTyped = (question: Question): boolean =>
  (question.form === 'who' ||
    question.form === 'when' ||
    question.form === 'where' ||
    question.form === 'count' ||
    question.form === 'measure' ||
    ['phone', 'email', 'url', 'money'].includes(question.wanted?.kinds[0] ?? '') ||
    MEASURED_FOCUS.has(question.wanted?.measure ?? '')) &&
  (question.wanted?.kinds.length ?? 0) > 0;

/** Measures that texts write with a unit, so that a text without one does not give them. */
const MEASURED_FOCUS = new Set(['length', 'weight', 'speed']);

/** What the surroundings of a unit hold of a term; names also count from anywhere in a short source that has no rival for them. */
function around(
  matcher: Matcher | undefined,
  unit: Unit,
  term: Term,
  wide: Map<Unit['source'], Set<string>>,
  units: Unit[],
): number {
  if (!matcher) return 0;
  let weight = CONTEXT_WEIGHT;
  for (const context of unit.context) {
    const { score } = matcher.best(context);
    if (score > 0) return score * weight;
    weight *= 0.92;
  }
  if (term.type !== 'name') return 0;
  let all = wide.get(unit.source);
  if (!all) {
    all = new Set();
    const own = units.filter((other) => other.source === unit.source);
    // Only what a short text opens with speaks for all of it.
    for (const other of own.slice(0, own.length <= 40 ? 2 : 1)) for (const stem of other.stems.keys()) all.add(stem);
    wide.set(unit.source, all);
  }
  if (unit.type === 'row') return 0;
  return matcher.best(all).score * 0.5 * (hasOwnSubject(unit) ? 0 : 1);
}

/** Units on either side whose words say what a passage is about. */
const NEARBY_UNITS = 3;

/** What the units next to this one, of the same source, hold of a term. */
function nearby(matcher: Matcher | undefined, unit: Unit, units: Unit[]): number {
  if (!matcher || unit.type !== 'sentence') return 0;
  const first = units[0]?.order ?? 0;
  for (let order = unit.order - NEARBY_UNITS; order <= unit.order + NEARBY_UNITS; order++) {
    const other = units[order - first];
    if (!other || other === unit || other.source !== unit.source) continue;
    const { score } = matcher.best(other.stems.keys());
    // Synonyms drift: what only a neighbour says counts by the word itself.
    if (score > 0 && (score === 1 || score === 0.7)) return 0.5 * score;
  }
  return 0;
}

/** Whether a sentence opens with a name of its own, and so is about that rather than about what was named before. */
function hasOwnSubject(unit: Unit): boolean {
  const first = entities(unit.text.slice(0, 80)).find((entity) => entity.start < 8);
  return first !== undefined && (first.kind === 'person' || first.kind === 'organisation' || first.kind === 'place');
}
