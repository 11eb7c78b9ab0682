import type { Expression, PathStep, Value } from './ast.ts';
import { SelectError } from './error.ts';
import {
  arithmetic,
  callFunction,
  cast,
  compare,
  divideSum,
  likeMatcher,
  negate,
  toNumeric,
  toText,
  trim,
} from './functions.ts';
import { dateAdd, dateDiff, extract, Timestamp } from './timestamp.ts';

/** A compiled expression: the value for one row. */
export type Evaluate<Row> = (row: Row) => Value;

/** What an expression is compiled against. */
export type Scope<Row> = {
  /** Turns a path into a reader of rows, or throws when it cannot lead anywhere. */
  path(steps: PathStep[]): Evaluate<Row>;
  /** The time of the query, for UTCNOW. */
  now(): Date;
  /** Where aggregates are collected, and what their operands are compiled against; absent where they are not allowed. */
  aggregates?: { accumulators: Accumulator<Row>[]; scope: Scope<Row> };
};

/** An aggregate in progress: `add` each row, then `value`. */
export type Accumulator<Row> = { add(row: Row): void; value(): Value };

/** Compiles an expression once to a closure, so that a row costs calls and no tree walk. Logic has three values: NULL is unknown. */
export function compile<Row>(expression: Expression, scope: Scope<Row>): Evaluate<Row> {
  const sub = (inner: Expression): Evaluate<Row> => compile(inner, scope);
  switch (expression.type) {
    case 'literal': {
      const { value } = expression;
      return () => value;
    }
    case 'path':
      return scope.path(expression.steps);
    case 'binary':
      return binary(expression, sub);
    case 'not': {
      const operand = sub(expression.operand);
      return (row) => not(operand(row));
    }
    case 'negate': {
      const operand = sub(expression.operand);
      return (row) => negate(operand(row));
    }
    case 'is': {
      const operand = sub(expression.operand);
      const { what, negated } = expression;
      const holds = (value: Value): boolean =>
        what === 'null'
          ? value === null || value === undefined
          : what === 'missing'
            ? value === undefined
            : value === (what === 'true');
      return (row) => holds(operand(row)) !== negated;
    }
    case 'in': {
      const operand = sub(expression.operand);
      const list = expression.list.map(sub);
      return (row) => {
        const value = operand(row);
        let result: Value = value === null || value === undefined ? null : false;
        if (result === false) {
          for (const item of list) {
            const candidate = item(row);
            if (compare(value, candidate) === 0) return !expression.negated;
            if (candidate === null || candidate === undefined) result = null;
          }
        }
        return expression.negated ? not(result) : result;
      };
    }
    case 'between': {
      const [operand, low, high] = [sub(expression.operand), sub(expression.low), sub(expression.high)];
      return (row) => {
        const value = operand(row);
        // value >= low AND value <= high: one of them false decides, whatever the other.
        const [above, below] = [ordered(value, low(row), COMPARE['>=']), ordered(value, high(row), COMPARE['<='])];
        if (above === false || below === false) return expression.negated;
        return above === null || below === null ? null : !expression.negated;
      };
    }
    case 'like':
      return like(expression, sub);
    case 'case':
      return caseOf(expression, sub);
    case 'cast': {
      const operand = sub(expression.operand);
      return (row) => cast(operand(row), expression.to);
    }
    case 'call': {
      const parameters = expression.parameters.map(sub);
      const now = (): Date => scope.now();
      if (expression.name === 'COALESCE') {
        return (row) => {
          for (const parameter of parameters) {
            const value = parameter(row);
            if (value !== null && value !== undefined) return value;
          }
          return null;
        };
      }
      return (row) =>
        callFunction(
          expression.name,
          parameters.map((parameter) => parameter(row)),
          now,
        );
    }
    case 'trim': {
      const operand = sub(expression.operand);
      const characters = expression.characters && sub(expression.characters);
      return (row) => trim(operand(row), expression.side, characters ? (characters(row) ?? null) : ' ');
    }
    case 'extract': {
      const operand = sub(expression.operand);
      return (row) => {
        const timestamp = asTimestamp(operand(row), 'EXTRACT');
        return timestamp === null ? null : extract(expression.part, timestamp);
      };
    }
    case 'date': {
      const [first, second] = [sub(expression.first), sub(expression.second)];
      const { name, part } = expression;
      return (row) => {
        const to = asTimestamp(second(row), name);
        if (name === 'DATE_DIFF') {
          const from = asTimestamp(first(row), name);
          return from === null || to === null ? null : dateDiff(part, from, to);
        }
        const quantity = cast(first(row), 'int');
        return quantity === null || to === null ? null : dateAdd(part, quantity as bigint, to);
      };
    }
    case 'aggregate':
      return aggregate(expression, scope);
    default:
      return expression satisfies never;
  }
}

/** True only for TRUE: unknown does not select a row. */
export function isTrue(value: Value): boolean {
  if (value === true) return true;
  if (value === false || value === null || value === undefined) return false;
  const truth = compare(value, true);
  if (truth === undefined)
    throw new SelectError('IncorrectSqlFunctionArgumentType', `'${toText(value).slice(0, 50)}' is not a condition.`);
  return truth === 0;
}

function not(value: Value): Value {
  return value === null || value === undefined ? null : !isTrue(value);
}

function asTimestamp(value: Value, name: string): Timestamp | null {
  if (value === null || value === undefined) return null;
  if (value instanceof Timestamp) return value;
  throw new SelectError(
    'IncorrectSqlFunctionArgumentType',
    `${name} takes a time stamp; CAST('${toText(value).slice(0, 50)}' AS TIMESTAMP).`,
  );
}

type Sub<Row> = (inner: Expression) => Evaluate<Row>;

function binary<Row>(expression: Expression & { type: 'binary' }, sub: Sub<Row>): Evaluate<Row> {
  const [left, right] = [sub(expression.left), sub(expression.right)];
  const { operator } = expression;
  switch (operator) {
    case 'AND':
      return (row) => {
        const first = left(row);
        const unknown = first === null || first === undefined;
        if (!unknown && !isTrue(first)) return false;
        const second = right(row);
        if (second === null || second === undefined) return null;
        return isTrue(second) ? (unknown ? null : true) : false;
      };
    case 'OR':
      return (row) => {
        const first = left(row);
        const unknown = first === null || first === undefined;
        if (!unknown && isTrue(first)) return true;
        const second = right(row);
        if (second === null || second === undefined) return null;
        return isTrue(second) ? true : unknown ? null : false;
      };
    case '||':
      return (row) => {
        const [first, second] = [left(row), right(row)];
        return first === null || first === undefined || second === null || second === undefined
          ? null
          : toText(first) + toText(second);
      };
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
      return (row) => arithmetic(operator, left(row), right(row));
    default: {
      const test = COMPARE[operator];
      return (row) => ordered(left(row), right(row), test);
    }
  }
}

/** A comparison: NULL with NULL. Values of kinds that have no common order are unequal, and neither is the greater. */
function ordered(a: Value, b: Value, test: (order: number) => boolean): boolean | null {
  if (a === null || a === undefined || b === null || b === undefined) return null;
  const order = compare(a, b);
  return order === undefined ? test === COMPARE['<>'] : test(order);
}

const COMPARE = {
  '=': (order: number): boolean => order === 0,
  '<>': (order: number): boolean => order !== 0,
  '<': (order: number): boolean => order < 0,
  '<=': (order: number): boolean => order <= 0,
  '>': (order: number): boolean => order > 0,
  '>=': (order: number): boolean => order >= 0,
};

function like<Row>(expression: Expression & { type: 'like' }, sub: Sub<Row>): Evaluate<Row> {
  const operand = sub(expression.operand);
  const pattern = sub(expression.pattern);
  const escape = expression.escape && sub(expression.escape);
  // The pattern is nearly always a literal: its matcher is made once.
  let known: { pattern: string; escape: string | undefined; matches: (value: string) => boolean } | undefined;
  return (row) => {
    const [value, wanted, mark] = [operand(row), pattern(row), escape?.(row)];
    if (value === null || value === undefined || wanted === null || wanted === undefined || mark === null) return null;
    if (typeof value !== 'string' || typeof wanted !== 'string' || (mark !== undefined && typeof mark !== 'string')) {
      throw new SelectError('LikeInvalidInputs', 'LIKE takes strings.');
    }
    if (known === undefined || known.pattern !== wanted || known.escape !== mark) {
      known = { pattern: wanted, escape: mark, matches: likeMatcher(wanted, mark) };
    }
    return known.matches(value) !== expression.negated;
  };
}

function caseOf<Row>(expression: Expression & { type: 'case' }, sub: Sub<Row>): Evaluate<Row> {
  const operand = expression.operand && sub(expression.operand);
  const branches = expression.branches.map(({ when, result }) => ({ when: sub(when), result: sub(result) }));
  const otherwise = expression.otherwise && sub(expression.otherwise);
  return (row) => {
    const value = operand?.(row);
    for (const { when, result } of branches) {
      const condition = when(row);
      if (operand ? compare(value, condition) === 0 : isTrue(condition)) return result(row);
    }
    return otherwise ? otherwise(row) : null;
  };
}

function aggregate<Row>(expression: Expression & { type: 'aggregate' }, scope: Scope<Row>): Evaluate<Row> {
  const { aggregates } = scope;
  if (aggregates === undefined)
    throw new SelectError('UnsupportedSqlStructure', `${expression.name} is not allowed here.`);
  const operand: Evaluate<Row> = expression.operand ? compile(expression.operand, aggregates.scope) : () => true;
  const accumulator = accumulate(expression.name, operand);
  aggregates.accumulators.push(accumulator);
  return () => accumulator.value();
}

function accumulate<Row>(name: string, operand: Evaluate<Row>): Accumulator<Row> {
  let count = 0n;
  let total: Value = null;
  const number = (value: Value): Value => {
    const numeric = toNumeric(value);
    if (numeric === undefined) {
      throw new SelectError(
        'IncorrectSqlFunctionArgumentType',
        `${name} takes numbers; got '${toText(value).slice(0, 50)}'.`,
      );
    }
    return numeric;
  };
  const better = name === 'MIN' ? -1 : 1;
  return {
    add(row) {
      const value = operand(row);
      if (value === null || value === undefined) return;
      count += 1n;
      if (name === 'COUNT') return;
      if (name === 'SUM' || name === 'AVG')
        total = total === null ? number(value) : arithmetic('+', total, number(value));
      else {
        const candidate = value instanceof Timestamp ? value : number(value);
        if (total === null || Math.sign(compare(candidate, total) ?? 0) === better) total = candidate;
      }
    },
    value() {
      if (name === 'COUNT') return count;
      return name === 'AVG' && count > 0n ? divideSum(total, count) : total;
    },
  };
}
