import type { Decimal } from './decimal.ts';
import type { DatePart, Timestamp } from './timestamp.ts';

/**
 * A value while a query runs: text, an INT (bigint, 64 bits), a FLOAT (number), a DECIMAL, a TIMESTAMP, a BOOL, a JSON array or object,
 * NULL, or MISSING (undefined: a path that leads nowhere).
 */
export type Value = string | bigint | number | boolean | null | undefined | Decimal | Timestamp | Value[] | JsonObject;
export type JsonObject = { [name: string]: Value };

/** One step of a path. Unquoted names match in any case. */
export type PathStep = { name: string; quoted: boolean } | { index: number } | { wildcard: true };

export type CastType = 'int' | 'string' | 'float' | 'decimal' | 'timestamp' | 'bool';
export type Aggregate = 'COUNT' | 'SUM' | 'AVG' | 'MIN' | 'MAX';
export type BinaryOperator = '+' | '-' | '*' | '/' | '%' | '||' | '=' | '<>' | '<' | '<=' | '>' | '>=' | 'AND' | 'OR';

export type Expression =
  | { type: 'literal'; value: Value }
  | { type: 'path'; steps: PathStep[] }
  | { type: 'binary'; operator: BinaryOperator; left: Expression; right: Expression }
  | { type: 'not'; operand: Expression }
  | { type: 'negate'; operand: Expression }
  | { type: 'is'; operand: Expression; what: 'null' | 'missing' | 'true' | 'false'; negated: boolean }
  | { type: 'in'; operand: Expression; list: Expression[]; negated: boolean }
  | { type: 'between'; operand: Expression; low: Expression; high: Expression; negated: boolean }
  | { type: 'like'; operand: Expression; pattern: Expression; escape?: Expression; negated: boolean }
  | { type: 'case'; operand?: Expression; branches: { when: Expression; result: Expression }[]; otherwise?: Expression }
  | { type: 'cast'; operand: Expression; to: CastType }
  | { type: 'call'; name: string; parameters: Expression[] }
  | { type: 'trim'; side: 'both' | 'leading' | 'trailing'; characters?: Expression; operand: Expression }
  | { type: 'extract'; part: DatePart; operand: Expression }
  | { type: 'date'; name: 'DATE_ADD' | 'DATE_DIFF'; part: DatePart; first: Expression; second: Expression }
  /** `operand` is absent for COUNT(*). */
  | { type: 'aggregate'; name: Aggregate; operand?: Expression };

export type Projection = { expression: Expression; alias?: string };

export type Query = {
  /** Absent for `SELECT *`. */
  projections?: Projection[];
  from: { steps: PathStep[]; alias?: string };
  where?: Expression;
  limit?: number;
};
