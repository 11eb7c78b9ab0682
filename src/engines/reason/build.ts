import { createHash } from 'node:crypto';
import { readNames } from './definition.ts';
import { ReasonError } from './error.ts';
import { print } from './expression.ts';
import { DOCUMENT_CHARACTERS_MAX, EXPRESSION_CHARACTERS_MAX } from './limits.ts';
import { namesOf } from './names.ts';
import { readDocument } from './prose/document.ts';
import { Unread } from './prose/meaning.ts';
import { readSentence, type Stated } from './prose/sentence.ts';
import { tokenize } from './prose/tokens.ts';
import type { PolicyDefinition, PolicyRule } from './types.ts';
import { Vocabulary } from './vocabulary.ts';

/** A statement of a text, and what has become of it. */
export type BuiltStatement = {
  text: string;
  /** Its lines in the text, from 1. */
  lines: number[];
  /** Ids of the rules that say it. */
  rules: string[];
  /** The variables and types that it made or used. */
  variables: string[];
  types: string[];
  /** Why it was not read; nothing of it is in the policy then. */
  unread?: string;
};

export type BuiltPolicy = { definition: PolicyDefinition; statements: BuiltStatement[] };

/**
 * Reads a policy out of a text: rules, the variables they speak of, and types. What cannot be read is told, never guessed at. The same
 * text makes the same policy, ids included. With `base`, what is read is added to that policy. Throws ReasonError: `too_complex` for a
 * text of more than DOCUMENT_CHARACTERS_MAX characters, `invalid_policy` for a base that is not valid.
 */
export function buildPolicy(text: string, { base = {} }: { base?: PolicyDefinition } = {}): BuiltPolicy {
  if (text.length > DOCUMENT_CHARACTERS_MAX)
    throw new ReasonError('too_complex', `The text has ${text.length} characters; ${DOCUMENT_CHARACTERS_MAX} at most.`);
  const document = readDocument(text);
  const vocabulary = new Vocabulary(base);
  const statements: BuiltStatement[] = [];
  for (const listing of document.listings) {
    const { variable, type } = vocabulary.list(listing);
    statements.push({ text: listing.text, lines: [listing.line], rules: [], variables: [variable], types: [type] });
  }
  for (const { text } of document.sentences) vocabulary.listNamed(text);
  const names = namesOf(readNames(vocabulary.definition([])));
  const read: { statement: BuiltStatement; stated: Stated[] }[] = [];
  for (const { text, lines } of document.sentences) {
    const statement: BuiltStatement = { text, lines, rules: [], variables: [], types: [] };
    statements.push(statement);
    try {
      const stated = readSentence(tokenize(text), names);
      vocabulary.learn(stated, text);
      read.push({ statement, stated });
    } catch (error) {
      if (!(error instanceof Unread)) throw error;
      statement.unread = error.message;
    }
  }
  // Which unit a number is kept in shows only when all sentences are read.
  const rules: PolicyRule[] = [];
  const taken = new Set((base.rules ?? []).map(({ id }) => id));
  const said = new Map((base.rules ?? []).map(({ id, expression }) => [expression, id]));
  for (const { statement, stated } of read) {
    try {
      for (const each of stated) {
        const { expression, variables, types } = vocabulary.express(each);
        const logic = print(expression);
        if (logic.length > EXPRESSION_CHARACTERS_MAX) throw new Unread('it is too long for a rule');
        const known = said.get(logic);
        const id = known ?? ruleId(logic, taken);
        if (known === undefined) {
          rules.push({ id, expression: logic, alternateExpression: statement.text });
          said.set(logic, id);
        }
        statement.rules.push(id);
        statement.variables.push(...variables.filter((name) => !statement.variables.includes(name)));
        statement.types.push(...types.filter((name) => !statement.types.includes(name)));
      }
    } catch (error) {
      if (!(error instanceof Unread)) throw error;
      // Half of a sentence would be another one.
      const ids = new Set(statement.rules);
      for (let at = rules.length - 1; at >= 0; at--)
        if (ids.has(rules[at]!.id) && rules[at]!.alternateExpression === statement.text) {
          said.delete(rules[at]!.expression);
          rules.splice(at, 1);
        }
      Object.assign(statement, { rules: [], variables: [], types: [], unread: error.message });
    }
  }
  return {
    definition: vocabulary.definition(rules),
    statements: statements.toSorted((a, b) => a.lines[0]! - b.lines[0]!),
  };
}

const ID_LENGTH = 12;
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const ID_CHARACTERS = `${LETTERS}0123456789`;

/** The id of a rule: 12 letters and digits that come of what it says, so that the same text has the same ids. */
export function ruleId(logic: string, taken: Set<string>): string {
  for (let attempt = 0; ; attempt++) {
    const digest = createHash('sha256').update(`${attempt}\n${logic}`).digest();
    const id = Array.from({ length: ID_LENGTH }, (_, at) =>
      at === 0 ? LETTERS[digest[0]! % LETTERS.length] : ID_CHARACTERS[digest[at]! % ID_CHARACTERS.length],
    ).join('');
    if (taken.has(id)) continue;
    taken.add(id);
    return id;
  }
}
