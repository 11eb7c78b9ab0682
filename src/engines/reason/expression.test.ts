import { describe, expect, it } from 'vitest';
import { readNames } from './definition.ts';
import { parseExpression, print } from './expression.ts';
import { inWords } from './words.ts';

const { scope } = readNames({
  types: [
    { name: 'Size', values: [{ value: 'SMALL' }, { value: 'LARGE' }] },
    { name: 'Fit', values: [{ value: 'SMALL' }, { value: 'WIDE' }] },
  ],
  variables: [
    { name: 'ok', type: 'bool', description: '' },
    { name: 'late days', type: 'INT', description: '' },
    { name: 'price', type: 'Number', description: '' },
    { name: 'size', type: 'Size', description: '' },
    { name: 'fit', type: 'Fit', description: '' },
  ],
});
const read = (text: string) => parseExpression(text, scope);

describe('an expression', () => {
  it.each([
    ['(=> ok (> |late days| 7))', 'if ok is true, then late days is greater than 7'],
    ['(and ok (not (= size SMALL)))', 'ok is true and it is not so that size is equal to SMALL'],
    ['(<= (+ price 2.5) (* 2 price))', '(price plus 2.5) is at most (2 times price)'],
    ['(= fit SMALL)', 'fit is equal to SMALL'],
    ['(= ok (< price -3))', 'ok is true exactly if price is less than -3'],
    [
      '(ite ok (>= price 1) (distinct size LARGE))',
      'if ok is true, then price is at least 1, otherwise size is not equal to LARGE',
    ],
  ])('%s is read, printed again, and said in words', (text, words) => {
    const expression = read(text);
    expect(print(expression)).toBe(text.replace('-3', '(- 3)'));
    expect(inWords(expression)).toBe(words);
  });

  it.each([
    ['', 'it is empty'],
    ['(and ok', "'(' at 1 is not closed"],
    ['ok)', "')' at 3 comes after its end"],
    ['(implies ok ok)', "'implies' at 2 is no operator"],
    ['(> ok 3)', "'>' takes numbers, but 'ok' is BOOL"],
    ['(= size WIDE)', "'WIDE' is no value of Size"],
    ['(= price size)', "'=' compares 'price', which is REAL, with 'size', which is Size"],
    ['(not ok ok)', "'not' takes 1 operands, not 2"],
    ['(+ price 1)', 'it is REAL, but a statement is BOOL'],
    ['(> unknown 3)', "'unknown' at 4 is neither a variable nor a value of a type"],
    ['(distinct SMALL SMALL)', "'SMALL' is a value of Size and of Fit: it must be compared with a variable"],
    ['(> |late days 3)', "'|' at 4 is not closed"],
    ['(not '.repeat(70) + 'ok' + ')'.repeat(70), 'it nests deeper than 64'],
  ])('%s is refused: %s', (text, message) => {
    expect(() => read(text)).toThrow(`The expression is not valid: ${message}`);
  });
});
