import { describe, expect, it } from 'vitest';
import { seededDraws } from '../words/random.fixture.ts';
import { compilePattern } from './patterns.ts';

const { pick, whole, digits } = seededDraws('patterns');

describe('compilePattern', () => {
  it('finds every match by UTF-16 offsets, as the built-in engine does', async () => {
    const sources = ['[A-Z]{2}-\\d{4}', '\\b\\d+\\b', '(?:foo|bar)+', 'a.*?z', '\\p{Lu}\\w*', '^\\w+', '[^a-z\\s]+'];
    for (let round = 0; round < 40; round++) {
      const text = Array.from({ length: whole(1, 60) }, () =>
        pick([`AB-${digits(4)}`, digits(whole(1, 5)), 'foobar', 'a to z', '😀', 'Ünder', ' ', '\n', 'x']),
      ).join(pick(['', ' ']));
      const source = pick(sources.slice(0, 4));
      const expected = [...text.matchAll(new RegExp(source, 'gu'))].map(({ 0: match, index }) => ({
        start: index,
        end: index + match.length,
      }));
      expect(await compilePattern(source).find(text), `${source} in ${JSON.stringify(text)}`).toEqual(expected);
    }
  });

  it('takes the flags that patterns carry inside, and leaves empty matches out', async () => {
    expect(await compilePattern('(?i)secret-\\d+').find('SECRET-12 secret-3')).toEqual([
      { start: 0, end: 9 },
      { start: 10, end: 18 },
    ]);
    expect(await compilePattern('x*').find('a😀xx')).toEqual([{ start: 3, end: 5 }]);
  });

  it.each([
    ['foo(?=bar)', 'unsupported', 'The pattern has a lookahead "(?=…)" at position 3, which is not supported'],
    ['(?<!a)b', 'unsupported', 'negative lookbehind "(?<!…)" at position 0'],
    ['(a)\\1', 'unsupported', 'backreference at position 3'],
    ['(?<n>a)\\k<n>', 'unsupported', 'named backreference at position 7'],
    ['a++', 'unsupported', 'possessive quantifier "++" at position 1'],
    ['(?>a)', 'unsupported', 'atomic group'],
    ['(unclosed', 'invalid', 'missing closing )'],
    ['[z-a]', 'invalid', 'invalid character class range: `z-a`'],
    ['', 'invalid', 'The pattern is empty.'],
    ['a{2000}', 'too_large', 'invalid repeat count'],
    ['x'.repeat(2001), 'too_large', 'The pattern has 2001 characters; at most 2000.'],
    ['(\\w{900}|\\d{900}|[a-f]{900}){1,9}', 'too_large', 'repeat count'],
    ['\\pL{900}'.repeat(12), 'too_large', 'instructions; at most 10000.'],
  ])('refuses %j as %s', (source, code, message) => {
    expect(() => compilePattern(source)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(message) }),
    );
  });

  it('does not take a class, an escape or a quotation for lookaround', async () => {
    expect(await compilePattern('[(?=]+').find('a(?=')).toEqual([{ start: 1, end: 4 }]);
    expect(await compilePattern('\\(\\?=').find('a(?=')).toEqual([{ start: 1, end: 4 }]);
    expect(await compilePattern('\\Q(?=\\E').find('a(?=')).toEqual([{ start: 1, end: 4 }]);
  });

  it('goes on in a thread with a long search, and finds the same there', async () => {
    const unit = `no. ${digits(6)} x `;
    const text = unit.repeat(Math.floor(99_000 / unit.length));
    const spans = await compilePattern('\\d{2}(?:\\d{4}|[a-z]{5,40})').find(text);
    expect(spans).toHaveLength(Math.floor(99_000 / unit.length));
    expect(spans.at(-1)).toEqual({ start: text.length - 9, end: text.length - 3 });
  });

  it('ends a search that takes quadratic time with an error that says so', async () => {
    const catastrophic = compilePattern('(?:a[^#]*#)?a');
    await expect(catastrophic.find('a'.repeat(100_000))).rejects.toThrow(
      'The pattern takes over 5 seconds to search a text of 100000 characters.',
    );
  }, 30_000);

  it('refuses a text over the bound', async () => {
    await expect(compilePattern('a').find('b'.repeat(100_001))).rejects.toMatchObject({ code: 'too_large' });
  });
});
