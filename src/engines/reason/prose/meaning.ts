import type { Expression } from '../expression.ts';
import { isContent, stem } from './lexicon.ts';
import type { Comparator } from './quantity.ts';
import type { Token } from './tokens.ts';
import type { Unit } from './units.ts';

/** A content word of a phrase. `soft`: the phrase means the same without it. */
export type Word = {
  stem: string;
  text: string;
  soft?: boolean;
  /** Where it stands in its sentence, from 0. */
  at?: number;
  end?: number;
};

/** What a statement is about, before it is known which variable stands for it. */
export type Phrase = {
  words: Word[];
  /** Whether something is allowed (or had by right), required, or just so. */
  about: 'plain' | 'allow' | 'require';
  /** How it is said: it is so, it has it, it does it; the noun itself; a time since or until it. */
  shape: 'is' | 'has' | 'does' | 'noun' | 'since' | 'until';
};

/** What a text says. */
export type Meaning =
  | { kind: 'and' | 'or' | 'xor'; parts: Meaning[] }
  | { kind: 'not'; part: Meaning }
  | { kind: 'implies' | 'iff'; condition: Meaning; consequence: Meaning }
  | { kind: 'fact'; phrase: Phrase }
  | {
      kind: 'measure';
      phrase: Phrase;
      comparator: Comparator;
      value: string;
      unit?: Unit;
      per?: string;
      /** So much is allowed: "may carry over up to 5 days". */
      allowed?: boolean;
    }
  | { kind: 'choice'; type: string; value: string; phrase: Phrase }
  /** Said of a variable by its own name. */
  | { kind: 'exact'; expression: Expression };

/** A sentence, or a part of one, that the reader cannot read; it is never guessed at. */
export class Unread extends Error {
  override readonly name = 'Unread';
}

/** The names a text may use for what a policy has. */
export type Names = {
  /** The value of a custom type that begins at a token. */
  valueAt(tokens: readonly Token[], at: number): { length: number; type: string; value: string } | undefined;
  /** A whole clause about a variable called by its own name. */
  exact(tokens: readonly Token[]): Expression | undefined;
};

export const and = (parts: Meaning[]): Meaning => (parts.length === 1 ? parts[0]! : { kind: 'and', parts });
export const or = (parts: Meaning[]): Meaning => (parts.length === 1 ? parts[0]! : { kind: 'or', parts });
export const negated = (part: Meaning): Meaning => (part.kind === 'not' ? part.part : { kind: 'not', part });

/** The content words of tokens. */
export function contentOf(tokens: readonly Token[], soft?: (token: Token) => boolean): Word[] {
  const words: Word[] = [];
  for (const token of tokens) {
    if (token.kind === 'mark' || !isContent(token.lower)) continue;
    const { at, end } = token;
    const word: Word = {
      stem: stem(token.lower),
      text: token.lower,
      at,
      end,
      ...(soft?.(token) ? { soft: true } : {}),
    };
    if (!words.some((known) => known.stem === word.stem)) words.push(word);
  }
  return words;
}

/** Words of two lists, each once. */
export function joined(...lists: readonly Word[][]): Word[] {
  const out: Word[] = [];
  for (const word of lists.flat()) if (!out.some((known) => known.stem === word.stem)) out.push(word);
  return out;
}
