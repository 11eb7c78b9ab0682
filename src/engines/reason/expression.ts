import { ReasonError } from './error.ts';
import { EXPRESSION_CHARACTERS_MAX, EXPRESSION_DEPTH_MAX } from './limits.ts';

/**
 * The language of rules: a part of SMT-LIB 2, as Automated Reasoning policies are exported in.
 *
 *     (=> (and is_full_time (> tenure_years 5)) (= leave_days 20))
 *
 * Names with blanks are put between bars: `|daily allowance|`. Values of custom types are written by their names.
 */
export type Expression =
  | { kind: 'name'; name: string }
  | { kind: 'value'; type: string; value: string }
  | { kind: 'boolean'; value: boolean }
  /** As written, so that no digit is lost. */
  | { kind: 'number'; text: string }
  | { kind: 'call'; operator: Operator; operands: Expression[] };

const OPERATORS = [
  'and',
  'or',
  'not',
  '=>',
  'xor',
  'ite',
  '=',
  'distinct',
  '<',
  '<=',
  '>',
  '>=',
  '+',
  '-',
  '*',
  '/',
  'div',
  'mod',
] as const;
export type Operator = (typeof OPERATORS)[number];

/** The type of an expression; a custom type by its name. */
export type Sort = { kind: 'bool' | 'int' | 'real' } | { kind: 'enum'; name: string };

/** What names may stand in an expression. */
export type Scope = {
  /** The type of a variable; undefined: there is none of that name. */
  sortOf(name: string): Sort | undefined;
  /** The custom types that have a value of that name. */
  typesWith(value: string): string[];
};

export const name = (text: string): Expression => ({ kind: 'name', name: text });
export const call = (operator: Operator, ...operands: Expression[]): Expression => ({
  kind: 'call',
  operator,
  operands,
});
export const number = (text: string): Expression =>
  text.startsWith('-') ? call('-', { kind: 'number', text: text.slice(1) }) : { kind: 'number', text };

/** The negation of an expression, without a double one. */
export function not(expression: Expression): Expression {
  if (expression.kind === 'call' && expression.operator === 'not') return expression.operands[0]!;
  return call('not', expression);
}

/** All of them; an empty list is true. */
export function all(expressions: readonly Expression[]): Expression {
  if (expressions.length === 0) return { kind: 'boolean', value: true };
  return expressions.length === 1 ? expressions[0]! : call('and', ...expressions);
}

/** One of them at least; an empty list is false. */
export function any(expressions: readonly Expression[]): Expression {
  if (expressions.length === 0) return { kind: 'boolean', value: false };
  return expressions.length === 1 ? expressions[0]! : call('or', ...expressions);
}

type Token = { text: string; at: number; quoted?: boolean };

/** Reads an expression and checks that its parts fit together. Throws ReasonError `invalid_expression`; `at` in messages counts characters from 1. */
export function parseExpression(text: string, scope: Scope): Expression {
  if (text.length > EXPRESSION_CHARACTERS_MAX)
    throw invalid(`it has ${text.length} characters; ${EXPRESSION_CHARACTERS_MAX} at most`);
  const tokens = tokenize(text);
  let index = 0;
  const read = (depth: number): Expression => {
    if (depth > EXPRESSION_DEPTH_MAX) throw invalid(`it nests deeper than ${EXPRESSION_DEPTH_MAX}`);
    const token = tokens[index++];
    if (!token) throw invalid('it ends too early');
    if (token.text === ')' && !token.quoted) throw invalid(`')' at ${token.at} closes nothing`);
    if (token.text !== '(' || token.quoted) return atom(token, scope);
    const head = tokens[index++];
    if (!head) throw invalid('it ends too early');
    const operator = OPERATORS.find((known) => known === head.text);
    if (!operator || head.quoted)
      throw invalid(`'${head.text}' at ${head.at} is no operator; there are ${OPERATORS.join(' ')}`);
    const operands: Expression[] = [];
    for (;;) {
      const next = tokens[index];
      if (!next) throw invalid(`'(' at ${token.at} is not closed`);
      if (next.text === ')' && !next.quoted) break;
      operands.push(read(depth + 1));
    }
    index++;
    return { kind: 'call', operator, operands };
  };
  if (tokens.length === 0) throw invalid('it is empty');
  const raw = read(0);
  const extra = tokens[index];
  if (extra) throw invalid(`'${extra.text}' at ${extra.at} comes after its end`);
  const { expression, sort } = typed(raw, scope);
  if (sort.kind !== 'bool') throw invalid(`it is ${spell(sort)}, but a statement is BOOL`);
  return expression;
}

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  const pattern = /\s+|;[^\n]*|([()])|\|([^|]*)\||([^\s()|;]+)|(\|)/gy;
  for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
    const at = match.index + 1;
    if (match[1] !== undefined) tokens.push({ text: match[1], at });
    else if (match[2] !== undefined) tokens.push({ text: match[2], at, quoted: true });
    else if (match[3] !== undefined) tokens.push({ text: match[3], at });
    else if (match[4] !== undefined) throw invalid(`'|' at ${at} is not closed`);
  }
  return tokens;
}

function atom({ text, at, quoted }: Token, scope: Scope): Expression {
  if (!quoted) {
    if (text === 'true' || text === 'false') return { kind: 'boolean', value: text === 'true' };
    if (/^\d+(\.\d+)?$/.test(text)) return { kind: 'number', text };
    if (/^-\d+(\.\d+)?$/.test(text)) return number(text);
  }
  if (scope.sortOf(text)) return { kind: 'name', name: text };
  // Which type a value belongs to shows beside what it is compared with.
  if (scope.typesWith(text).length > 0) return { kind: 'value', type: '', value: text };
  throw invalid(`'${text}' at ${at} is neither a variable nor a value of a type`);
}

type Typed = { expression: Expression; sort: Sort };

function typed(expression: Expression, scope: Scope, wanted?: Sort): Typed {
  switch (expression.kind) {
    case 'boolean':
      return { expression, sort: { kind: 'bool' } };
    case 'number':
      return { expression, sort: { kind: expression.text.includes('.') ? 'real' : 'int' } };
    case 'name':
      return { expression, sort: scope.sortOf(expression.name)! };
    case 'value': {
      const types = scope.typesWith(expression.value);
      const type =
        wanted?.kind === 'enum'
          ? types.find((each) => each === wanted.name)
          : types.length === 1
            ? types[0]
            : undefined;
      if (type !== undefined) return { expression: { ...expression, type }, sort: { kind: 'enum', name: type } };
      throw invalid(
        wanted?.kind === 'enum'
          ? `'${expression.value}' is no value of ${wanted.name}`
          : `'${expression.value}' is a value of ${types.join(' and of ')}: it must be compared with a variable`,
      );
    }
    default:
      return typedCall(expression.operator, expression.operands, scope);
  }
}

function typedCall(operator: Operator, operands: Expression[], scope: Scope): Typed {
  const count = (least: number, most = Infinity) => {
    if (operands.length < least || operands.length > most) {
      const wanted = least === most ? `${least}` : most === Infinity ? `${least} or more` : `${least} to ${most}`;
      throw invalid(`'${operator}' takes ${wanted} operands, not ${operands.length}`);
    }
  };
  const each = (sort: 'bool' | 'number' | 'int') =>
    operands.map((operand) => {
      const found = typed(operand, scope);
      const fits =
        sort === 'number' ? found.sort.kind === 'int' || found.sort.kind === 'real' : found.sort.kind === sort;
      if (!fits)
        throw invalid(
          `'${operator}' takes ${sort === 'bool' ? 'BOOL' : sort === 'int' ? 'INT' : 'numbers'}, but '${print(operand)}' is ${spell(found.sort)}`,
        );
      return found;
    });
  const made = (parts: Typed[], sort: Sort): Typed => ({
    expression: { kind: 'call', operator, operands: parts.map((part) => part.expression) },
    sort,
  });
  switch (operator) {
    case 'and':
    case 'or':
      count(1);
      return made(each('bool'), { kind: 'bool' });
    case '=>':
    case 'xor':
      count(2);
      return made(each('bool'), { kind: 'bool' });
    case 'not':
      count(1, 1);
      return made(each('bool'), { kind: 'bool' });
    case '<':
    case '<=':
    case '>':
    case '>=':
      count(2);
      return made(each('number'), { kind: 'bool' });
    case '=':
    case 'distinct':
      count(2);
      return made(alike(operator, operands, scope), { kind: 'bool' });
    case 'ite': {
      count(3, 3);
      const [condition] = operands;
      const test = typed(condition!, scope);
      if (test.sort.kind !== 'bool')
        throw invalid(`'ite' asks '${print(condition!)}', which is ${spell(test.sort)}, not BOOL`);
      const branches = alike(operator, operands.slice(1), scope);
      const real = branches.find((branch) => branch.sort.kind === 'real');
      return made([test, ...branches], (real ?? branches[0]!).sort);
    }
    case '+':
    case '*':
    case '-': {
      count(operator === '-' ? 1 : 2);
      const parts = each('number');
      return made(parts, { kind: parts.some((part) => part.sort.kind === 'real') ? 'real' : 'int' });
    }
    case '/':
      count(2);
      return made(each('number'), { kind: 'real' });
    default:
      count(2, 2);
      return made(each('int'), { kind: 'int' });
  }
}

/** Operands that are of one type, or numbers. */
function alike(operator: Operator, operands: Expression[], scope: Scope): Typed[] {
  const known = operands.find((operand) => operand.kind !== 'value');
  const wanted = known && typed(known, scope).sort;
  const parts = operands.map((operand) => typed(operand, scope, wanted));
  const first = parts[0]!.sort;
  for (const [index, { sort }] of parts.entries()) {
    const numbers = (sort.kind === 'int' || sort.kind === 'real') && (first.kind === 'int' || first.kind === 'real');
    if (!numbers && spell(sort) !== spell(first))
      throw invalid(
        `'${operator}' compares '${print(operands[0]!)}', which is ${spell(first)}, with '${print(operands[index]!)}', which is ${spell(sort)}`,
      );
  }
  return parts;
}

function spell(sort: Sort): string {
  return sort.kind === 'enum' ? sort.name : sort.kind.toUpperCase();
}

function invalid(what: string): ReasonError {
  return new ReasonError('invalid_expression', `The expression is not valid: ${what}.`);
}

/** The expression as text; `symbol` may put other names in the place of variables and values. */
export function print(
  expression: Expression,
  symbol: (part: Extract<Expression, { kind: 'name' | 'value' }>) => string = (part) =>
    quoted(part.kind === 'name' ? part.name : part.value),
): string {
  switch (expression.kind) {
    case 'boolean':
      return String(expression.value);
    case 'number':
      return expression.text;
    case 'name':
    case 'value':
      return symbol(expression);
    default:
      return `(${expression.operator} ${expression.operands.map((operand) => print(operand, symbol)).join(' ')})`;
  }
}

const quoted = (text: string) => (/[\s()|;]/.test(text) ? `|${text}|` : text);

/** Every part of an expression, itself first. */
export function* parts(expression: Expression): Generator<Expression> {
  yield expression;
  if (expression.kind === 'call') for (const operand of expression.operands) yield* parts(operand);
}

/** The variables in an expression. */
export function variablesOf(expression: Expression): Set<string> {
  const found = new Set<string>();
  for (const part of parts(expression)) if (part.kind === 'name') found.add(part.name);
  return found;
}
