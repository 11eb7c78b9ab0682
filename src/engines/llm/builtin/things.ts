import { isMoneyWord } from './prices.ts';
import type { Question, Term } from './question.ts';
import type { Unit } from './units.ts';
import { stem } from './words.ts';

/** Verbs that tables and lists leave out: "who works in Legal?" of a row with the department. */
export const LIGHT_VERBS = new Set(
  'work live locate belong come go stay stand sit use hold take employ run leave depart earn sell study play assign base cost responsible charge handle deal lead cover teach do exist score get collect win receive reach make'
    .split(' ')
    .map(stem),
);

/** The weight of a term that no unit holds. */
export const NOWHERE = 1.4;

/** Whether a word only says what kind of size is asked for. */
export const isMeasureWord = (text: string): boolean =>
  /^(?:cost|costs|weigh|long|tall|high|wide|deep|heavy|far|fast|old|big|large|take|last|money|expensive)$/i.test(text);

/** Kinds of values that belong to one thing, so that the sentence has to name it. */
const MEASURES = new Set(['money', 'quantity']);

/** Kinds of values that mean nothing without the noun that they measure. */
const NUMERIC = new Set(['money', 'percent', 'quantity', 'number']);

/**
 * The things that the question asks of and that `unit` does not speak of, so that its value is another thing's. `scores` tell how well the
 * unit and its surroundings hold each of `terms`, `weights` how rare each is.
 */
export function unheldThings(
  question: Question,
  terms: Term[],
  scores: number[],
  weights: number[],
  unit: Unit,
): Term[] {
  const missing: Term[] = [];
  // "The salary of the finance director" is not in a sentence that has the director alone; what is asked for by a noun that no source has is not there at all.
  if (question.form === 'what' && question.wanted !== undefined && unit.type !== 'field')
    missing.push(
      ...terms.filter(
        (term, index) =>
          term.type === 'word' &&
          question.focus.includes(term.stem) &&
          (scores[index] ?? 0) === 0 &&
          ((weights[index] ?? 0) >= NOWHERE ||
            (term.stem === question.focus.at(-1) && NUMERIC.has(question.wanted?.kinds[0] ?? ''))),
      ),
    );
  // What the station weighs is not what its motor weighs: a thing that only the neighbours name is not what is measured.
  if (MEASURES.has(question.wanted?.kinds[0] ?? '') && unit.type === 'sentence') {
    const things = terms.filter(
      (term) =>
        term.type === 'word' &&
        !question.focus.includes(term.stem) &&
        !LIGHT_VERBS.has(term.stem) &&
        !isMoneyWord(term.text) &&
        !isMeasureWord(term.text) &&
        !term.stem.startsWith('how_'),
    );
    if (things.length > 0 && things.every((term) => (scores[terms.indexOf(term)] ?? 0) <= 0.5)) missing.push(...things);
  }
  // A row of the pressure vessel says nothing of the pressure sensor, which the sources name elsewhere.
  if (unit.row && question.wanted?.kinds[0] === 'money')
    missing.push(
      ...terms.filter(
        (term, index) =>
          term.type === 'word' &&
          (scores[index] ?? 0) === 0 &&
          (weights[index] ?? NOWHERE) < NOWHERE &&
          !LIGHT_VERBS.has(term.stem) &&
          !isMoneyWord(term.text),
      ),
    );
  return missing;
}
