import { expressionOf } from './phrases.ts';

/** The value of an arithmetic expression in figures with + - * / % ** and parentheses; undefined when it is none. Usual precedence. */
export function evaluate(expression: string): number | undefined {
  const tokens = expression.match(/\d+(?:\.\d+)?|\*\*|[-+*/%()]/g) ?? [];
  if (tokens.join('') !== expression.replace(/\s+/g, '') || tokens.length > 1000) return undefined;
  let at = 0;
  const factor = (): number => {
    const token = tokens[at++];
    if (token === '-') return -factor();
    if (token === '+') return factor();
    let value: number;
    if (token === '(') {
      value = sum();
      if (tokens[at++] !== ')') throw new SyntaxError('a parenthesis is not closed');
    } else {
      value = Number(token);
      if (Number.isNaN(value)) throw new SyntaxError('a number is missing');
    }
    if (tokens[at] === '**') {
      at++;
      value **= factor();
    }
    return value;
  };
  const product = (): number => {
    let value = factor();
    for (let token = tokens[at]; token === '*' || token === '/' || token === '%'; token = tokens[at]) {
      at++;
      const right = factor();
      value = token === '*' ? value * right : token === '/' ? value / right : value % right;
    }
    return value;
  };
  const sum = (): number => {
    let value = product();
    for (let token = tokens[at]; token === '+' || token === '-'; token = tokens[at]) {
      at++;
      const right = product();
      value = token === '+' ? value + right : value - right;
    }
    return value;
  };
  try {
    const value = sum();
    return at === tokens.length && Number.isFinite(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Without the dust of binary fractions: 0.1 + 0.2 is written 0.3. */
export const written = (value: number): string => String(Number(value.toPrecision(12)));

/** The sum that a question sets ("what is 17*23?", "15% of 80") and its result; undefined when it sets none. */
export function arithmetic(ask: string): { expression: string; result: string } | undefined {
  const expression = expressionOf(ask);
  if (expression === undefined) return undefined;
  const value = evaluate(expression);
  return value === undefined ? undefined : { expression, result: written(value) };
}
