import { describe, expect, it } from 'vitest';
import { compilePattern, UnsupportedPattern } from './pattern.ts';

describe('a pattern', () => {
  it.each([
    ['matches the whole value, anchored or not', '[a-z]+', ['a', 'abc'], ['', 'a1', '1a', 'a\n']],
    ['may be anchored', '^[a-z]+$', ['abc'], ['abc\n', ' abc']],
    ['has alternatives', 'a|bc', ['a', 'bc'], ['abc', 'ac']],
    ['knows escapes by code unit', '[\\u0009\\u000A\\u0020-\\u00FF]+', ['a\té', '\n'], ['Ā', '\0']],
    [
      'takes a pair of surrogates in either order as all that lies beyond',
      '[\\u0020-\\uD7FF\\uD800\\uDBFF-\\uDC00\\uDFFF]*',
      ['a\u{1f600}'],
      ['\t'],
    ],
    ['lets . match anything but Java’s line terminators', '.*', ['a b'], ['a\nb', 'a\rb', 'a\u0085b', 'a\u2028b']],
    ['lets . match those too after (?s)', '(?s)a.[.]', ['a\n.', 'ab.'], ['a\nb']],
    ['counts the vertical tab as space', 'a\\sb', ['a\u000bb', 'a b'], ['a\u00a0b']],
    ['knows what is no space inside a class', '[\\s\\S]{2}', ['a\n', '  '], ['a', '\u{1f600}']],
    ['has ASCII digits and word characters only', '\\d\\w', ['1a'], ['١a', '1é']],
    ['knows Unicode categories', '[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*', ['Größe 1', '日本'], ['a!', '\t']],
    ['knows Java’s own classes', '[\\p{Upper}\\p{Digit}]+\\p{Punct}', ['A1!'], ['a!', 'A1\u00a1', 'Ä!']],
    ['knows the complement of Java’s classes', '\\P{ASCII}', ['é'], ['e']],
    ['may look ahead at its start', '^(?!aws:).+$', ['mine:x', 'xaws:'], ['aws:x', '']],
    ['may look ahead more than once', '(?=.{3,5})(?!.*--)[a-z-]+', ['a-bc'], ['ab', 'a--b']],
    ['may look ahead in one alternative, within a group', '(^$|(?!x)[a-z]+)', ['', 'ax'], ['x', 'xa']],
    ['may look behind at its end', '[a-z-]{0,5}(?<!-)', ['a-b', ''], ['a-', 'abcdef']],
    ['may have possessive repeats', '[a-z]{2}+\\d?+', ['ab', 'ab1'], ['a', 'abc']],
    [
      'knows escapes by the two code units of a character',
      '\\uD83D\\uDE00[\\uD83D\\uDE00-\\uD83D\\uDE02]',
      ['\u{1f600}\u{1f602}'],
      ['\u{1f600}\u{1f603}'],
    ],
    ['may repeat an escaped parenthesis possessively', '\\(?+a', ['a', '(a'], ['((a']],
    ['takes a ] that comes first as itself', '[]a]+', [']a'], ['b']],
  ])('%s', (_, pattern, matching, failing) => {
    const compiled = compilePattern(pattern);
    for (const value of matching) expect([value, compiled.matches(value)]).toEqual([value, true]);
    for (const value of failing) expect([value, compiled.matches(value)]).toEqual([value, false]);
  });

  it('says up to which length it is exact, when a repeat goes beyond what RE2 counts to', () => {
    const compiled = compilePattern('s3://[a-z]{1,3}/.{1,2000}');
    expect(compiled.exactLengthMax).toBe(2000);
    expect(compiled.matches(`s3://a/${'k'.repeat(2001)}`)).toBe(true);
    expect(compilePattern('a{1,1000}').exactLengthMax).toBeUndefined();
  });

  it.each([
    ['a look-ahead within a repeat', '((?!-)[a-z-]+\\.)+'],
    ['a backreference', '(.)\\1'],
    ['an intersection of classes', '[\\p{Print}&&[^|]]'],
    ['a class within a class', '[a[b]]'],
    ['a repeat that starts beyond what RE2 counts to', 'a{1001,}'],
    ['a property that RE2 does not know', '\\p{IsAlphabetic}'],
    ['a class that does not end', '[a'],
    ['a group that does not end', '(?!a'],
  ])('is refused for %s, rather than guessed at', (_, pattern) => {
    expect(() => compilePattern(pattern)).toThrow(UnsupportedPattern);
  });
});
