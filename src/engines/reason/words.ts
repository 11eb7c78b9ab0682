import type { Expression } from './expression.ts';
import type { Statement } from './types.ts';
import { print } from './expression.ts';

const COMPARISONS: Partial<Record<string, string>> = {
  '=': 'is equal to',
  distinct: 'is not equal to',
  '<': 'is less than',
  '<=': 'is at most',
  '>': 'is greater than',
  '>=': 'is at least',
};
const ARITHMETIC: Partial<Record<string, string>> = {
  '+': ' plus ',
  '*': ' times ',
  '/': ' divided by ',
  '-': ' minus ',
  div: ' divided in whole numbers by ',
  mod: ' modulo ',
};

/** An expression in English, with names as the policy has them: "if is_full_time is true, then leave_days is equal to 20". */
export function inWords(expression: Expression): string {
  switch (expression.kind) {
    case 'boolean':
      return expression.value ? 'always' : 'never';
    case 'name':
      return `${expression.name} is true`;
    case 'number':
    case 'value':
      return term(expression);
    default:
      return callInWords(expression.operator, expression.operands);
  }
}

function callInWords(operator: string, operands: Expression[]): string {
  const [first, second] = operands;
  switch (operator) {
    case 'not':
      return first!.kind === 'name' ? `${first!.name} is false` : `it is not so that ${inWords(first!)}`;
    case 'and':
      return operands.map(inWords).join(' and ');
    case 'or':
      return operands.map(inWords).join(' or ');
    case 'xor':
      return `either ${operands.map(inWords).join(' or ')}, but not both`;
    case '=>':
      return `if ${operands.slice(0, -1).map(inWords).join(' and if ')}, then ${inWords(operands.at(-1)!)}`;
    case 'ite':
      return `if ${inWords(first!)}, then ${inWords(second!)}, otherwise ${inWords(operands[2]!)}`;
    case '=':
      // A statement that equals a statement is an equivalence.
      if (second!.kind === 'boolean') return `${term(first!)} is ${second!.value}`;
      if (isStatement(first!) || isStatement(second!)) return `${inWords(first!)} exactly if ${inWords(second!)}`;
      break;
  }
  const compared = COMPARISONS[operator];
  if (compared !== undefined)
    return operands
      .slice(1)
      .map((operand, at) => `${term(operands[at]!)} ${compared} ${term(operand)}`)
      .join(' and ');
  return operands.map(term).join(ARITHMETIC[operator] ?? ` ${operator} `);
}

const isStatement = (expression: Expression) =>
  expression.kind === 'boolean' ||
  (expression.kind === 'call' &&
    (expression.operator in COMPARISONS || ['and', 'or', 'not', '=>', 'xor'].includes(expression.operator)));

function term(expression: Expression): string {
  switch (expression.kind) {
    case 'name':
      return expression.name;
    case 'number':
      return expression.text;
    case 'value':
      return expression.value;
    case 'boolean':
      return String(expression.value);
    default:
      if (expression.operator === '-' && expression.operands.length === 1) return `-${term(expression.operands[0]!)}`;
      return `(${inWords(expression)})`;
  }
}

export const statement = (expression: Expression): Statement => ({
  logic: print(expression),
  naturalLanguage: inWords(expression),
});
