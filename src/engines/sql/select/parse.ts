import type { Aggregate, BinaryOperator, CastType, Expression, PathStep, Projection, Query } from './ast.ts';
import { SelectError } from './error.ts';
import type { SelectErrorCode } from './error.ts';
import { toText } from './functions.ts';
import type { DatePart } from './timestamp.ts';
import { tokenize } from './tokens.ts';
import type { Token } from './tokens.ts';

/** AWS: "the maximum length of a SQL expression is 256 KB". */
const EXPRESSION_BYTES_MAX = 256 * 1024;
const DEPTH_MAX = 100;
/** Operators in a row, as in `a + b + c`, which nest to the left. AND and OR may be as many as the expression holds. */
const CHAIN_MAX = 500;

const CAST_TYPES: Record<string, CastType> = {
  INT: 'int',
  INTEGER: 'int',
  BIGINT: 'int',
  SMALLINT: 'int',
  STRING: 'string',
  VARCHAR: 'string',
  CHAR: 'string',
  CHARACTER: 'string',
  FLOAT: 'float',
  REAL: 'float',
  DOUBLE: 'float',
  DECIMAL: 'decimal',
  NUMERIC: 'decimal',
  TIMESTAMP: 'timestamp',
  BOOL: 'bool',
  BOOLEAN: 'bool',
};
const DATE_PARTS = ['year', 'month', 'day', 'hour', 'minute', 'second', 'timezone_hour', 'timezone_minute'];
const AGGREGATES = ['COUNT', 'SUM', 'AVG', 'MIN', 'MAX'];
/** Functions of plain arguments, with how many they take. */
const FUNCTIONS: Record<string, [least: number, most: number]> = {
  COALESCE: [1, 1000],
  NULLIF: [2, 2],
  CHAR_LENGTH: [1, 1],
  CHARACTER_LENGTH: [1, 1],
  LOWER: [1, 1],
  UPPER: [1, 1],
  TO_STRING: [2, 2],
  TO_TIMESTAMP: [1, 1],
  UTCNOW: [0, 0],
};
/** Words that cannot name a column or an alias without quotes. */
const RESERVED = new Set(
  (
    'SELECT FROM WHERE LIMIT AND OR NOT IS IN LIKE ESCAPE BETWEEN CASE WHEN THEN ELSE END CAST AS NULL MISSING TRUE FALSE GROUP ORDER BY ' +
    'HAVING JOIN INNER LEFT RIGHT CROSS OUTER ON UNION INTERSECT EXCEPT DISTINCT ALL INSERT UPDATE DELETE CREATE DROP OFFSET'
  ).split(' '),
);

/**
 * Parses one S3 Select expression: `SELECT list FROM S3Object[path] [alias] [WHERE condition] [LIMIT number]`.
 *
 * @throws {SelectError} with the Lexer…, Parse… and Unsupported… codes of S3 Select, and the place in the expression.
 */
export function parse(expression: string): Query {
  if (Buffer.byteLength(expression) > EXPRESSION_BYTES_MAX) throw new SelectError('ExpressionTooLong');
  return new Parser(tokenize(expression)).query();
}

const BINARY: Record<string, number> = { '||': 5, '+': 6, '-': 6, '*': 7, '/': 7, '%': 7 };
const COMPARISONS: Record<string, BinaryOperator> = {
  '=': '=',
  '<>': '<>',
  '!=': '<>',
  '<': '<',
  '<=': '<=',
  '>': '>',
  '>=': '>=',
};

/** AND and OR may be taken in any order, so that a thousand of them nest ten deep. */
function balanced(operator: 'AND' | 'OR', operands: Expression[]): Expression {
  if (operands.length === 1) return operands[0]!;
  const middle = Math.ceil(operands.length / 2);
  const [left, right] = [balanced(operator, operands.slice(0, middle)), balanced(operator, operands.slice(middle))];
  return { type: 'binary', operator, left, right };
}

class Parser {
  private readonly tokens: Token[];
  private at = 0;
  private depth = 0;

  constructor(tokens: Token[]) {
    this.tokens = tokens;
  }

  query(): Query {
    if (!this.isWord('SELECT')) {
      if (this.peek().type === 'end') throw this.error('ParseEmptySelect');
      throw this.error('ParseUnexpectedToken', 'SELECT is expected first;');
    }
    this.next();
    if (this.isWord('DISTINCT'))
      throw this.error('UnsupportedSqlStructure', 'SELECT DISTINCT is not part of S3 Select;');
    this.takeWord('ALL');
    const projections = this.selectList();
    if (!this.takeWord('FROM')) {
      if (this.peek().type === 'end') throw this.error('ParseSelectMissingFrom');
      throw this.error('ParseUnexpectedToken', 'FROM is expected;');
    }
    const from = this.from();
    const where = this.takeWord('WHERE') ? this.expression() : undefined;
    for (const clause of [
      'GROUP',
      'ORDER',
      'HAVING',
      'JOIN',
      'INNER',
      'LEFT',
      'RIGHT',
      'CROSS',
      'UNION',
      'INTERSECT',
      'EXCEPT',
      'OFFSET',
    ]) {
      if (this.isWord(clause)) throw this.error('UnsupportedSqlStructure', `${clause} is not part of S3 Select;`);
    }
    const limit = this.takeWord('LIMIT') ? this.limit() : undefined;
    this.takeSymbol(';');
    if (this.peek().type !== 'end') throw this.error('ParseUnexpectedToken');
    return {
      ...(projections && { projections }),
      from,
      ...(where && { where }),
      ...(limit !== undefined && { limit }),
    };
  }

  private selectList(): Projection[] | undefined {
    if (this.isWord('FROM') || this.peek().type === 'end') throw this.error('ParseEmptySelect');
    if (this.takeSymbol('*')) {
      if (this.isSymbol(',') || this.isWord('AS')) throw this.error('ParseAsteriskIsNotAloneInSelectList');
      return undefined;
    }
    // `alias.*` is `*`: there is one table.
    if (this.peek().type !== 'symbol' && this.isSymbol('.', 1) && this.isSymbol('*', 2)) {
      this.at += 3;
      if (this.isSymbol(',')) throw this.error('ParseAsteriskIsNotAloneInSelectList');
      return undefined;
    }
    const projections: Projection[] = [];
    do {
      if (this.isSymbol('*')) throw this.error('ParseAsteriskIsNotAloneInSelectList');
      const expression = this.expression();
      projections.push({ expression, ...this.alias() });
    } while (this.takeSymbol(','));
    return projections;
  }

  private alias(): { alias?: string } {
    const explicit = this.takeWord('AS');
    const token = this.peek();
    if (token.type === 'quoted' || (token.type === 'word' && !RESERVED.has(token.upper))) {
      this.next();
      return { alias: token.text };
    }
    if (explicit) throw this.error('ParseExpectedIdentForAlias');
    return {};
  }

  private from(): Query['from'] {
    if (this.isSymbol('(')) throw this.error('UnsupportedSqlStructure', 'Subqueries are not part of S3 Select;');
    const token = this.next();
    if ((token.type !== 'word' && token.type !== 'quoted') || token.text.toUpperCase() !== 'S3OBJECT') {
      throw new SelectError('InvalidDataSource', `FROM takes S3Object; found ${describe(token)}.`);
    }
    const steps = this.pathSteps(true);
    const from = { steps, ...this.alias() };
    if (this.isSymbol(',')) throw this.error('UnsupportedSqlStructure', 'Joins are not part of S3 Select;');
    return from;
  }

  private limit(): number {
    const negative = this.takeSymbol('-');
    const token = this.next();
    if (token.type !== 'literal' || typeof token.value !== 'bigint')
      throw this.error('ParseExpectedNumber', undefined, token);
    if (negative) throw new SelectError('EvaluatorNegativeLimit');
    return Number(token.value);
  }

  private pathSteps(wildcards: boolean): PathStep[] {
    const steps: PathStep[] = [];
    for (;;) {
      if (this.takeSymbol('.')) {
        const token = this.next();
        if (token.type === 'quoted') steps.push({ name: token.text, quoted: true });
        else if (token.type === 'word') steps.push({ name: token.text, quoted: false });
        else throw this.error('ParseInvalidPathComponent', undefined, token);
      } else if (this.takeSymbol('[')) {
        const token = this.next();
        if (token.type === 'symbol' && token.text === '*') {
          if (!wildcards) throw this.error('ParseInvalidContextForWildcardInSelectList', undefined, token);
          steps.push({ wildcard: true });
        } else if (token.type === 'literal' && typeof token.value === 'bigint')
          steps.push({ index: Number(token.value) });
        else if (token.type === 'literal' && typeof token.value === 'string')
          steps.push({ name: token.value, quoted: true });
        else throw this.error('ParseInvalidPathComponent', undefined, token);
        this.expectSymbol(']', 'ParseExpectedTokenType');
      } else return steps;
    }
  }

  private expression(): Expression {
    this.depth += 1;
    if (this.depth > DEPTH_MAX) throw new SelectError('ParseUnsupportedSyntax', `Nested deeper than ${DEPTH_MAX}.`);
    const result = this.or();
    this.depth -= 1;
    return result;
  }

  private or(): Expression {
    const operands = [this.and()];
    while (this.takeWord('OR')) operands.push(this.and());
    return balanced('OR', operands);
  }

  private and(): Expression {
    const operands = [this.not()];
    while (this.takeWord('AND')) operands.push(this.not());
    return balanced('AND', operands);
  }

  private not(): Expression {
    let negated: boolean | undefined;
    while (this.takeWord('NOT')) negated = !negated;
    const operand = this.predicate();
    if (negated === undefined) return operand;
    const once: Expression = { type: 'not', operand };
    return negated ? once : { type: 'not', operand: once };
  }

  private predicate(): Expression {
    let left = this.arithmetic(5);
    for (let length = 1; ; length++) {
      if (length > CHAIN_MAX)
        throw new SelectError('ParseUnsupportedSyntax', `A chain of over ${CHAIN_MAX} operators.`);
      const token = this.peek();
      const comparison = token.type === 'symbol' ? COMPARISONS[token.text] : undefined;
      if (comparison !== undefined) {
        this.next();
        left = { type: 'binary', operator: comparison, left, right: this.arithmetic(5) };
        continue;
      }
      if (this.takeWord('IS')) {
        const negated = this.takeWord('NOT');
        const what = (['NULL', 'MISSING', 'TRUE', 'FALSE'] as const).find((word) => this.takeWord(word));
        if (what === undefined) throw this.error('ParseExpectedKeyword', 'NULL, MISSING, TRUE or FALSE is expected;');
        left = { type: 'is', operand: left, what: what.toLowerCase() as 'null', negated };
        continue;
      }
      const negated =
        this.isWord('NOT') && (this.isWord('IN', 1) || this.isWord('LIKE', 1) || this.isWord('BETWEEN', 1));
      if (negated) this.next();
      if (this.takeWord('IN')) left = { type: 'in', operand: left, list: this.list(), negated };
      else if (this.takeWord('BETWEEN')) {
        const low = this.arithmetic(5);
        if (!this.takeWord('AND')) throw this.error('ParseExpectedKeyword', 'AND is expected;');
        left = { type: 'between', operand: left, low, high: this.arithmetic(5), negated };
      } else if (this.takeWord('LIKE')) {
        const pattern = this.arithmetic(5);
        const escape = this.takeWord('ESCAPE') ? this.arithmetic(5) : undefined;
        left = { type: 'like', operand: left, pattern, ...(escape && { escape }), negated };
      } else return left;
    }
  }

  private list(): Expression[] {
    const bracket = this.takeSymbol('[');
    if (!bracket) this.expectSymbol('(', 'ParseExpectedTokenType');
    if (this.isWord('SELECT')) throw this.error('UnsupportedSqlStructure', 'Subqueries are not part of S3 Select;');
    const list: Expression[] = [];
    do list.push(this.expression());
    while (this.takeSymbol(','));
    this.expectSymbol(bracket ? ']' : ')', 'ParseExpectedTokenType');
    return list;
  }

  private arithmetic(least: number): Expression {
    let left = this.unary();
    for (let length = 1; ; length++) {
      if (length > CHAIN_MAX)
        throw new SelectError('ParseUnsupportedSyntax', `A chain of over ${CHAIN_MAX} operators.`);
      const token = this.peek();
      const binding = token.type === 'symbol' ? BINARY[token.text] : undefined;
      if (token.type !== 'symbol' || binding === undefined || binding < least) return left;
      this.next();
      left = { type: 'binary', operator: token.text as BinaryOperator, left, right: this.arithmetic(binding + 1) };
    }
  }

  private unary(): Expression {
    let negative = false;
    while (this.isSymbol('-') || this.isSymbol('+'))
      negative = (this.next() as { text: string }).text === '-' ? !negative : negative;
    const operand = this.primary();
    return negative ? { type: 'negate', operand } : operand;
  }

  private primary(): Expression {
    const token = this.next();
    if (token.type === 'literal') return { type: 'literal', value: token.value };
    if (token.type === 'quoted')
      return { type: 'path', steps: [{ name: token.text, quoted: true }, ...this.pathSteps(false)] };
    if (token.type === 'symbol' && token.text === '(') {
      if (this.isWord('SELECT')) throw this.error('UnsupportedSqlStructure', 'Subqueries are not part of S3 Select;');
      const inner = this.expression();
      this.expectSymbol(')', 'ParseExpectedTokenType');
      return inner;
    }
    if (token.type !== 'word')
      throw this.error(token.type === 'end' ? 'ParseExpectedExpression' : 'ParseUnexpectedToken', undefined, token);
    switch (token.upper) {
      case 'NULL':
        return { type: 'literal', value: null };
      case 'MISSING':
        return { type: 'literal', value: undefined };
      case 'TRUE':
      case 'FALSE':
        return { type: 'literal', value: token.upper === 'TRUE' };
      case 'CASE':
        return this.caseExpression();
      case 'CAST':
        return this.cast();
      default:
    }
    if (this.isSymbol('(')) return this.call(token.upper, token);
    if (RESERVED.has(token.upper)) throw this.error('ParseUnexpectedKeyword', undefined, token);
    return { type: 'path', steps: [{ name: token.text, quoted: false }, ...this.pathSteps(false)] };
  }

  private caseExpression(): Expression {
    const operand = this.isWord('WHEN') ? undefined : this.expression();
    const branches: { when: Expression; result: Expression }[] = [];
    while (this.takeWord('WHEN')) {
      const when = this.expression();
      if (!this.takeWord('THEN')) throw this.error('ParseExpectedKeyword', 'THEN is expected;');
      branches.push({ when, result: this.expression() });
    }
    if (branches.length === 0) throw this.error('ParseExpectedWhenClause');
    const otherwise = this.takeWord('ELSE') ? this.expression() : undefined;
    if (!this.takeWord('END')) throw this.error('ParseExpectedKeyword', 'END is expected;');
    return { type: 'case', ...(operand && { operand }), branches, ...(otherwise && { otherwise }) };
  }

  private cast(): Expression {
    this.expectSymbol('(', 'ParseExpectedLeftParenAfterCast');
    const operand = this.expression();
    if (!this.takeWord('AS')) throw this.error('ParseCastArity', 'AS is expected;');
    const token = this.next();
    const to = token.type === 'word' && Object.hasOwn(CAST_TYPES, token.upper) ? CAST_TYPES[token.upper] : undefined;
    if (to === undefined) throw this.error('ParseExpectedTypeName', undefined, token);
    // "Amazon S3 Select ignores scale and precision": they are read and have no effect.
    if (this.takeSymbol('(')) {
      do {
        const size = this.next();
        if (size.type !== 'literal' || typeof size.value !== 'bigint')
          throw this.error('ParseInvalidTypeParam', undefined, size);
      } while (this.takeSymbol(','));
      this.expectSymbol(')', 'ParseExpectedRightParenBuiltinFunctionCall');
    }
    this.expectSymbol(')', 'ParseExpectedRightParenBuiltinFunctionCall');
    return { type: 'cast', operand, to };
  }

  private call(name: string, token: Token): Expression {
    this.next();
    if (AGGREGATES.includes(name)) return this.aggregate(name as Aggregate);
    if (name === 'SUBSTRING') return this.substring();
    if (name === 'TRIM') return this.trim();
    if (name === 'EXTRACT') {
      const part = this.datePart();
      if (!this.takeWord('FROM')) throw this.error('ParseExpectedKeyword', 'FROM is expected;');
      return { type: 'extract', part, operand: this.lastArgument() };
    }
    if (name === 'DATE_ADD' || name === 'DATE_DIFF') {
      const part = this.datePart();
      this.expectSymbol(',', 'ParseExpectedTokenType');
      const first = this.expression();
      this.expectSymbol(',', 'ParseExpectedTokenType');
      return { type: 'date', name, part, first, second: this.lastArgument() };
    }
    if (!Object.hasOwn(FUNCTIONS, name)) throw this.error('UnsupportedFunction', undefined, token);
    const parameters = this.parameters();
    const [least, most] = FUNCTIONS[name]!;
    if (parameters.length < least || parameters.length > most) {
      throw new SelectError('EvaluatorInvalidArguments', `${name} got ${parameters.length}.`);
    }
    return { type: 'call', name, parameters };
  }

  private parameters(): Expression[] {
    const parameters: Expression[] = [];
    if (this.takeSymbol(')')) return parameters;
    do parameters.push(this.expression());
    while (this.takeSymbol(','));
    this.expectSymbol(')', 'ParseExpectedRightParenBuiltinFunctionCall');
    return parameters;
  }

  private lastArgument(): Expression {
    const argument = this.expression();
    this.expectSymbol(')', 'ParseExpectedRightParenBuiltinFunctionCall');
    return argument;
  }

  private aggregate(name: Aggregate): Expression {
    if (this.isSymbol('*')) {
      if (name !== 'COUNT') throw this.error('ParseUnsupportedCallWithStar');
      this.next();
      this.expectSymbol(')', 'ParseExpectedRightParenBuiltinFunctionCall');
      return { type: 'aggregate', name };
    }
    if (this.isWord('DISTINCT'))
      throw this.error('UnsupportedSqlStructure', `${name}(DISTINCT …) is not part of S3 Select;`);
    this.takeWord('ALL');
    const parameters = this.parameters();
    if (parameters.length !== 1) throw new SelectError('ParseNonUnaryAgregateFunctionCall');
    return { type: 'aggregate', name, operand: parameters[0]! };
  }

  private substring(): Expression {
    const parameters = [this.expression()];
    if (this.takeWord('FROM')) {
      parameters.push(this.expression());
      if (this.takeWord('FOR')) parameters.push(this.expression());
    } else while (this.takeSymbol(',')) parameters.push(this.expression());
    this.expectSymbol(')', 'ParseExpectedRightParenBuiltinFunctionCall');
    if (parameters.length < 2 || parameters.length > 3) {
      throw new SelectError('EvaluatorInvalidArguments', `SUBSTRING got ${parameters.length}.`);
    }
    return { type: 'call', name: 'SUBSTRING', parameters };
  }

  private trim(): Expression {
    const side = (['BOTH', 'LEADING', 'TRAILING'] as const).find((word) => this.takeWord(word));
    const where = (side ?? 'BOTH').toLowerCase() as 'both';
    if (side !== undefined && this.takeWord('FROM')) return { type: 'trim', side: where, operand: this.lastArgument() };
    const first = this.expression();
    if (this.takeWord('FROM')) return { type: 'trim', side: where, characters: first, operand: this.lastArgument() };
    this.expectSymbol(')', 'ParseExpectedRightParenBuiltinFunctionCall');
    return { type: 'trim', side: where, operand: first };
  }

  private datePart(): DatePart {
    const token = this.next();
    const part = token.type === 'word' ? token.text.toLowerCase() : '';
    if (!DATE_PARTS.includes(part)) throw this.error('ParseExpectedDatePart', undefined, token);
    return part as DatePart;
  }

  private peek(ahead = 0): Token {
    return this.tokens[Math.min(this.at + ahead, this.tokens.length - 1)]!;
  }

  private next(): Token {
    const token = this.peek();
    this.at += 1;
    return token;
  }

  private isWord(word: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.type === 'word' && token.upper === word;
  }

  private takeWord(word: string): boolean {
    const found = this.isWord(word);
    if (found) this.at += 1;
    return found;
  }

  private isSymbol(text: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.type === 'symbol' && token.text === text;
  }

  private takeSymbol(text: string): boolean {
    const found = this.isSymbol(text);
    if (found) this.at += 1;
    return found;
  }

  private expectSymbol(text: string, code: SelectErrorCode): void {
    if (!this.takeSymbol(text)) throw this.error(code, `'${text}' is expected;`);
  }

  private error(code: SelectErrorCode, expected?: string, token = this.peek()): SelectError {
    const found = `found ${describe(token)} at character ${token.at + 1}.`;
    return new SelectError(
      code,
      expected === undefined ? found[0]!.toUpperCase() + found.slice(1) : `${expected} ${found}`,
    );
  }
}

function describe(token: Token): string {
  if (token.type === 'end') return 'the end of the expression';
  if (token.type === 'literal')
    return typeof token.value === 'string'
      ? `the literal '${token.value.slice(0, 50)}'`
      : `the literal ${toText(token.value)}`;
  return `'${token.text.slice(0, 50)}'`;
}
