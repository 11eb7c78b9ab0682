import type { Policy } from './definition.ts';
import { call, not, number, name as named, type Expression } from './expression.ts';
import { stem } from './prose/lexicon.ts';
import type { Names } from './prose/meaning.ts';
import { quantitiesIn } from './prose/quantity.ts';
import { tokenize, type Token } from './prose/tokens.ts';

/** Values that are no words of a text: they stand for what is not named. */
const UNNAMED = new Set(['other', 'none', 'unknown', 'any', 'not_applicable', 'yes', 'no']);

/** The words of a name: `isFullTime`, `is_full_time` and `is full time` are all three. */
export function wordsOf(name: string): string[] {
  return name
    .replace(/(\p{Ll}|\d)(\p{Lu})/gu, '$1 $2')
    .replace(/(\p{Lu}+)(\p{Lu}\p{Ll})/gu, '$1 $2')
    .split(/[\s_-]+/)
    .filter((word) => word !== '')
    .map((word) => word.toLowerCase());
}

/** The names of a policy, as a text may use them. */
export function namesOf(policy: Pick<Policy, 'types' | 'variables' | 'scope'>): Names {
  const values = new Map<string, { words: string[]; type: string; value: string }[]>();
  for (const { name: type, values: list } of policy.types.values()) {
    for (const { value } of list) {
      if (UNNAMED.has(value.toLowerCase())) continue;
      const words = wordsOf(value).map(stem);
      // A hyphenated word of a text is one token.
      for (const form of new Set([words.join(' '), words.join('-')])) {
        const list = form.split(' ');
        const entries = values.get(list[0]!) ?? [];
        entries.push({ words: list, type, value });
        values.set(
          list[0]!,
          entries.toSorted((a, b) => b.words.length - a.words.length),
        );
      }
    }
  }
  const variables = [...policy.variables.keys()]
    .map((variable) => ({ variable, tokens: tokenize(variable).map(({ text }) => text) }))
    .toSorted((a, b) => b.tokens.length - a.tokens.length);
  const valueAt: Names['valueAt'] = (tokens, at) => {
    const token = tokens[at]!;
    if (token.kind !== 'word') return undefined;
    const found = values
      .get(stem(token.lower))
      ?.find(({ words }) =>
        words.every((word, offset) => tokens[at + offset] && stem(tokens[at + offset]!.lower) === word),
      );
    return found && { length: found.words.length, type: found.type, value: found.value };
  };
  return {
    valueAt,
    exact(tokens) {
      const match = variables.find(({ tokens: words }) => words.every((word, at) => tokens[at]?.text === word));
      if (!match) return undefined;
      return aboutVariable(match.variable, tokens.slice(match.tokens.length), policy, valueAt);
    },
  };
}

/** "<variable> is at least 5", "<variable> is true". */
function aboutVariable(
  variable: string,
  given: readonly Token[],
  policy: Pick<Policy, 'scope' | 'types'>,
  valueAt: Names['valueAt'],
): Expression | undefined {
  let tokens = given;
  if (!['is', 'are', 'was', '=', 'equals', 'equal', 'exceeds'].includes(tokens[0]?.lower ?? '')) return undefined;
  if (tokens[0]!.lower !== 'exceeds') tokens = tokens.slice(1);
  let negative = false;
  const [first, second] = tokens;
  if (
    first?.lower === 'not' &&
    !['more', 'less', 'fewer', 'over', 'above', 'exceeding'].includes(second?.lower ?? '')
  ) {
    negative = true;
    tokens = tokens.slice(1);
  }
  if (tokens[0]?.lower === 'equal' && tokens[1]?.lower === 'to') tokens = tokens.slice(2);
  const sort = policy.scope.sortOf(variable)!;
  const subject = named(variable);
  const sign = (expression: Expression) => (negative ? not(expression) : expression);
  if (sort.kind === 'bool') {
    if (tokens.length !== 1 || !/^(?:true|false)$/.test(tokens[0]!.lower)) return undefined;
    return sign(tokens[0]!.lower === 'true' ? subject : not(subject));
  }
  if (sort.kind === 'enum') {
    const text = tokens.map((token) => token.text).join(' ');
    const type = policy.types.get(sort.name)!;
    const exact = type.values.find(({ value }) => value === text)?.value;
    const found = valueAt(tokens, 0);
    const value = exact ?? (found?.length === tokens.length && found.type === sort.name ? found.value : undefined);
    return value === undefined ? undefined : sign(call('=', subject, { kind: 'value', type: sort.name, value }));
  }
  // A minus sign is a mark of its own.
  const minus = tokens.findIndex(({ lower }) => lower === '-');
  const positive = minus >= 0 && tokens[minus + 1]?.kind === 'number' ? tokens.toSpliced(minus, 1) : tokens;
  const [quantity] = quantitiesIn(positive);
  if (!quantity || quantity.unit || quantity.start !== 0 || quantity.end !== positive.length) return undefined;
  const { comparator, upTo } = quantity;
  const value = number(positive === tokens ? quantity.value : `-${quantity.value}`);
  if (upTo !== undefined) return sign(call('and', call('>=', subject, value), call('<=', subject, number(upTo))));
  return sign(call(comparator, subject, value));
}
