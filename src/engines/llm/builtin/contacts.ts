import type { Question, Term } from './question.ts';
import { stemSet as stemsOf } from './units.ts';

/** Kinds of values that belong to somebody: those of one office are not another's. */
export const CONTACTS = new Set(['phone', 'email', 'url']);

const CONTACT_WORDS =
  /^(?:phone|telephone|number|e-?mail|address|contact|call|dial|ring|reach|mobile|fax|website|url|link|site|web|mail)$/i;

/** The terms that say whose number or address a question asks for. */
export const ownersOf = (question: Question): Term[] =>
  question.terms.filter((term) => term.type === 'word' && !CONTACT_WORDS.test(term.text));

/** Characters on either side of an address in which its owner is named. */
const REACH = 300;

/** Whether the texts speak of the owner that the question names, but nowhere near `value`: then it is another's. */
export function ofOther(question: Question, texts: string[], value: string): boolean {
  const owners = ownersOf(question);
  if (owners.length === 0) return false;
  const held = (text: string): boolean => {
    const stems = stemsOf(text);
    return owners.every((term) => stems.has(term.stem));
  };
  const near = texts.flatMap((text) => {
    const at = text.indexOf(value);
    return at < 0 ? [] : [text.slice(Math.max(0, at - REACH), at + value.length + REACH)];
  });
  const all = new Set(texts.flatMap((text) => [...stemsOf(text)]));
  return near.length > 0 && owners.every((term) => all.has(term.stem)) && !near.some(held);
}
