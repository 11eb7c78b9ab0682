import { parseDocument, stringify } from 'yaml';
import type { Rule } from './types.ts';

/** Rules as a list in YAML, as they stand in a file. */
export const ruleText = (rules: readonly Rule[]): string =>
  stringify(rules, { lineWidth: 100, aliasDuplicateObjects: false });

/** The rules that a text has: a list, or a mapping with one. Throws what YAML says is wrong with it. */
export function rulesOf(text: string): Rule[] {
  const document = parseDocument(text);
  if (document.errors[0]) throw new Error(document.errors[0].message);
  const value = document.toJS({ maxAliasCount: 100 }) as Rule[] | { rules?: Rule[] } | null;
  return Array.isArray(value) ? value : (value?.rules ?? []);
}
