import type { Entity } from './entities.ts';
import { entities } from './entities.ts';
import { COLOURS } from './lexicons/names.ts';
import type { Question } from './question.ts';
import { placePhrases, unnamedPeople } from './unnamed.ts';
import type { Unit } from './units.ts';
import { stemSet as stemsOf } from './units.ts';
import { isContent, similarity, words } from './words.ts';

/** Whether the unit has a thing of the kind that the question wants, beyond those that the question names itself. */
export function isTyped(question: Question, unit: Unit): boolean {
  const wanted = question.wanted;
  if (!wanted || wanted.kinds.length === 0) return false;
  const asked = new Set(question.terms.map((term) => term.stem));
  if (unit.type === 'row') return true;
  if (unit.type === 'field' && question.form === 'where') {
    const key = [...stemsOf(unit.key ?? '')];
    if (question.terms.some((term) => key.some((stem) => similarity(term.stem, stem) > 0))) return true;
  }
  return typedEntities(question, unit).some(
    (entity) =>
      !unit.words
        .filter((word) => word.start >= entity.start && word.end <= entity.end)
        .every((word) => asked.has(word.stem)),
  );
}

const LABELLED = /\b(?:section|chapter|page|paragraph|article|figure|table|step|appendix|clause|part)\s+$/i;

/** "The emergency number is 4400" counts nothing. */
const IDENTIFYING = /\bnumber\s+(?!of\b)(?:[\p{L}-]+\s+){0,6}(?:is|was)\s+$/iu;

const entityCache = new WeakMap<Unit, ReturnType<typeof entities>>();
/** The entities of a unit's text. */
export function unitEntities(unit: Unit): ReturnType<typeof entities> {
  let known = entityCache.get(unit);
  if (!known) {
    known = entities(unit.text);
    entityCache.set(unit, known);
  }
  return known;
}

/** The entities of `unit` of the kinds that the question wants. */
export function typedEntities(question: Question, unit: Unit): Entity[] {
  const wanted = question.wanted;
  if (!wanted) return [];
  const named = unitEntities(unit).filter((entity) => {
    if (!wanted.kinds.includes(entity.kind)) return false;
    // The number of a section names it and counts nothing.
    if (entity.kind === 'number' && LABELLED.test(unit.text.slice(0, entity.start))) return false;
    // What something costs is not how long it lasts, and a telephone number has more than two digits.
    if (
      entity.kind === 'quantity' &&
      wanted.kinds[0] === 'money' &&
      /\b(?:costs?|price|pay|paid|charged?)\b/i.test(question.text)
    )
      return entity.measure === undefined;
    if (entity.kind === 'number' && question.form === 'count' && IDENTIFYING.test(unit.text.slice(0, entity.start)))
      return false;
    // "Two attempts" counts attempts, not customers.
    if (entity.kind === 'number' && question.form === 'count' && question.counted !== undefined) {
      const next = /^\s(\p{Ll}+s)\b/u.exec(unit.text.slice(entity.end))?.[1];
      const noun = next === undefined ? undefined : words(next)[0];
      if (noun && isContent(noun) && similarity(question.counted, noun.stem) === 0) return false;
    }
    if (entity.kind === 'quantity' && /\bhow many people\b/i.test(question.text)) return false;
    // A sum is written with figures or with several words: the "one" of "a new one" is none.
    if (entity.kind === 'number' && wanted.kinds[0] === 'money') return /\d|\s/.test(entity.text);
    if (entity.kind === 'number' && wanted.kinds[0] === 'phone') return /\d{3}/.test(entity.text);
    if (entity.kind === 'quantity' && wanted.measure !== undefined) return entity.measure === wanted.measure;
    // "How many employees?" is not answered by "three working days".
    if (entity.kind === 'quantity' && question.form === 'count' && question.counted !== undefined) {
      const last = unit.words.findLast((word) => word.start >= entity.start && word.end <= entity.end);
      return last !== undefined && similarity(question.counted, last.stem) > 0 && !ofAnother(question, unit, entity);
    }
    if (entity.kind === 'number' && question.form === 'count' && ofAnother(question, unit, entity)) return false;
    // "A green light" does not give the colour of the station.
    if (entity.kind === 'colour') {
      const next = /^\s([\p{L}-]+)/u.exec(unit.text.slice(entity.end))?.[1];
      const owner = next === undefined ? undefined : words(next)[0];
      return (
        owner === undefined ||
        !isContent(owner) ||
        question.terms.some((term) => similarity(term.stem, owner.stem) > 0) ||
        COLOURS.has(owner.lower)
      );
    }
    // "How long" is asked of time and of space, never of weight.
    if (entity.kind === 'quantity' && /^how (?:long|soon|quickly)\b/i.test(question.text))
      return entity.measure === 'duration' || entity.measure === 'length';
    return true;
  });
  if (question.form === 'where') return [...named, ...placePhrases(unit.text)];
  if (question.form !== 'who') return named;
  const asked = new Set(question.terms.map((term) => term.stem));
  // A lone capitalised word that opens a sentence may be any word: it is a name where nobody else is there.
  const surely = named.filter(
    (entity) => entity.kind !== 'proper' || entity.start > 0 || !/^\p{Lu}\p{Ll}+$/u.test(entity.text),
  );
  const others = surely.filter(
    (entity) =>
      !unit.words
        .filter((word) => word.start >= entity.start && word.end <= entity.end)
        .every((word) => asked.has(word.stem)),
  );
  if (others.length > 0) return surely;
  const unnamed = unnamedPeople(question, unit.text);
  return unnamed.length > 0 ? [...surely, ...unnamed] : named;
}

/** "… the council, in which two employees sit": such a clause counts what its own noun has, so that noun must be in the question. */
function ofAnother(question: Question, unit: Unit, entity: Entity): boolean {
  const owner = /([\p{L}-]+),?\s+(?:(?:in|on|at|of|to|for) which|whose|where)\b[^,;]*$/u.exec(
    unit.text.slice(0, entity.start),
  )?.[1];
  const word = owner === undefined ? undefined : words(owner)[0];
  return word !== undefined && !question.terms.some((term) => similarity(term.stem, word.stem) > 0);
}
