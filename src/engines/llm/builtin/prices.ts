import type { Question } from './question.ts';
import type { Unit } from './units.ts';
import { stemSet as stemsOf } from './units.ts';
import { similarity } from './words.ts';

/** Whether a word only says that a sum is meant. */
export const isMoneyWord = (text: string): boolean => /^(?:cost|costs|price|fee|charge|pay|rate)$/i.test(text);

/** "The contract costs 12 euros for the Pump 300" says what the contract costs, not the pump: the question names it, the sentence's subject is another. */
export function costsAnother(question: Question, unit: Unit): boolean {
  const things = question.terms.filter((term) => !isMoneyWord(term.text));
  if (things.length === 0 || things.some((term) => term.type !== 'name')) return false;
  const subject = /^(?:the|an?|each|every)\s+((?:[a-z-]+\s+){1,3}?)(?:costs?|is priced|sells)\b/i.exec(unit.text)?.[1];
  return subject !== undefined && ![...stemsOf(subject)].some((stem) => things.some((term) => term.stem === stem));
}

/** Whether a clause of the unit says that what the question asks the price of is free. */
export function isFree(question: Question, unit: Unit): boolean {
  const at = /\b(?:free|no charge|nothing)\b/i.exec(unit.text)?.index;
  if (at === undefined) return false;
  const clause = unit.text.slice(0, at).split(/[,;:]|\b(?:and|but|while)\b/);
  const own = stemsOf(unit.type === 'sentence' ? (clause.at(-1) ?? '') : unit.text);
  const things = question.terms.filter((term) => !isMoneyWord(term.text));
  return (
    things.some((term) => [...own].some((stem) => similarity(term.stem, stem) > 0)) ||
    /^\s*(?:it|they|this|that)\b/i.test(clause.at(-1) ?? '')
  );
}
