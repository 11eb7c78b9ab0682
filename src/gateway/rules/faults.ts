import type { z } from 'zod';
import { nearest } from './nearest.ts';

/** One thing that is wrong with a rule. Lines and columns count from 1. */
export type RuleFault = {
  file?: string;
  line?: number;
  column?: number;
  /** Rule id, or its place in the list. */ rule?: string;
  path?: string;
  message: string;
};

/** Rules that cannot be taken as they are; none of them was. */
export class RuleError extends Error {
  override readonly name = 'RuleError';
  readonly faults: RuleFault[];
  constructor(faults: RuleFault[]) {
    super(faults.map(faultText).join('\n'));
    this.faults = faults;
  }
}

export function faultText({ file, line, column, path, message }: RuleFault): string {
  const place = [file, line, column].filter((part) => part !== undefined).join(':');
  return [place, path, message].filter((part) => part !== undefined && part !== '').join(': ');
}

export type Finding = {
  path: PropertyKey[];
  message: string;
  /** The key itself is meant, not its value. */ atKey?: boolean;
};

/** What zod has found, one line a fault: misspelt keys with a suggestion, unions by the branch that was meant. */
export function findingsOf(
  issues: readonly z.core.$ZodIssue[],
  keysAt: (path: PropertyKey[]) => string[],
  base: PropertyKey[] = [],
): Finding[] {
  return issues.flatMap((issue): Finding[] => {
    const path = [...base, ...issue.path];
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => {
        const meant = nearest(key, keysAt(path));
        return {
          path: [...path, key],
          message: `unknown key ${key}${meant ? `; did you mean ${meant}?` : ''}`,
          atKey: true,
        };
      });
    if (issue.code === 'invalid_union' && issue.errors.length > 0) {
      // The branch that got furthest into the value is the one that was meant.
      const depth = (branch: readonly z.core.$ZodIssue[]) =>
        branch.every(({ code, path: at }) => code === 'invalid_type' && at.length === 0) ? 0 : 1;
      const best = issue.errors.toSorted((a, b) => depth(b) - depth(a) || a.length - b.length)[0]!;
      if (depth(best) > 0) return findingsOf(best, keysAt, path);
      const wanted = issue.errors.flatMap((branch) =>
        branch.map((each) => ('expected' in each ? String(each.expected) : each.message)),
      );
      return [{ path, message: `expected ${[...new Set(wanted)].join(' or ')}` }];
    }
    return [{ path, message: issue.message }];
  });
}

/** `rules[2].fault.error` */
export function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, part) =>
      typeof part === 'number' ? `${text}[${part}]` : text === '' ? String(part) : `${text}.${String(part)}`,
    '',
  );
}
