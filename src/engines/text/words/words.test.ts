import { describe, expect, it } from 'vitest';
import { TextError } from './error.ts';
import { seededDraws } from './random.fixture.ts';
import { findWords } from './words.ts';

const { pick, whole } = seededDraws('words');
const LETTERS = 'abcdefghijklmnopqrstuvwxyzäöñжщ';
const word = (): string => Array.from({ length: whole(3, 9) }, () => pick(Array.from(LETTERS))).join('');
const found = (text: string, ...phrases: string[]): string[] => findWords(text, phrases).map(({ match }) => match);

describe('findWords', () => {
  it('finds each of thousands of phrases where it stands, in any case and with any white space between the words', () => {
    const phrases = Array.from({ length: 3000 }, () =>
      Array.from({ length: whole(1, 3) }, () => `${word()}q`).join(' '),
    );
    for (let round = 0; round < 50; round++) {
      const phrase = pick(phrases);
      const written = Array.from(phrase, (letter) => (whole(0, 1) ? letter.toUpperCase() : letter)).join('');
      const spaced = written.replaceAll(' ', () => pick([' ', '  ', '\n', '\t ', ' ']));
      const text = `${word()} ${spaced}, ${word()}`;
      const matches = findWords(text, phrases);
      expect(matches).toContainEqual(expect.objectContaining({ match: spaced, phrase }));
      for (const { match, start, end } of matches) expect(text.slice(start, end)).toBe(match);
    }
  });

  it('never finds a phrase inside a longer word', () => {
    const phrases = Array.from({ length: 40 }, word);
    for (const phrase of phrases) {
      expect(findWords(`x${phrase} ${phrase}x ${phrase}1 _${phrase} ${phrase}${phrase}`, [phrase])).toEqual([]);
      expect(findWords(`(${phrase}) "${phrase}".`, [phrase])).toHaveLength(2);
    }
    expect(found('the class passed the assessment', 'ass')).toEqual([]);
    expect(found("You can't, we won't", 'can', 'won')).toEqual([]);
  });

  it('finds names with their possessive, signs and hyphens', () => {
    expect(found("Acme's lawyers", 'acme')).toEqual(['Acme']);
    expect(found('I write C++ and C#, at AT&T.', 'c++', 'C#', 'at&t')).toEqual(['C++', 'C#', 'AT&T']);
    expect(found('a state-of-the-art device', 'state', 'state of the art')).toEqual(['state']);
    expect(found("Don’t do it, don't", "don't")).toEqual(['Don’t', "don't"]);
  });

  it('sees through full-width letters, invisible characters and accents written in two characters', () => {
    expect(found('buy ＡＣＭＥ now', 'acme')).toEqual(['ＡＣＭＥ']);
    expect(found('buy ac\u200bme or ac\u00adme', 'acme')).toEqual(['ac\u200bme', 'ac\u00adme']);
    expect(found('cafe\u0301 and STRASSE', 'café', 'straße')).toEqual(['cafe\u0301', 'STRASSE']);
  });

  it('finds words in scripts that write no spaces', () => {
    expect(found('私は東京都に住む', '東京')).toEqual(['東京']);
    expect(found('我的密码是什么', '密码')).toEqual(['密码']);
  });

  it('finds phrases that lie in each other, by start and the longer first, and one phrase without overlaps', () => {
    expect(findWords('the Bank Account here', ['account', 'bank account', 'bank'])).toEqual([
      { match: 'Bank Account', start: 4, end: 16, phrase: 'bank account' },
      { match: 'Bank', start: 4, end: 8, phrase: 'bank' },
      { match: 'Account', start: 9, end: 16, phrase: 'account' },
    ]);
    expect(found('no no no no no', 'no no')).toEqual(['no no', 'no no']);
    expect(found('a a a b', 'a a b')).toEqual(['a a b']);
  });

  it('answers at once for phrases and texts made to be slow', () => {
    const phrases = Array.from({ length: 100 }, (_, index) =>
      'a '
        .repeat(index + 100)
        .trim()
        .concat(' b'),
    );
    expect(findWords('a '.repeat(49_990), phrases)).toEqual([]);
  });

  it('refuses an empty phrase, and what is over the bounds', () => {
    const cases: [string, string[], string][] = [
      ['x', ['  '], 'invalid'],
      ['x', ['y'.repeat(501)], 'too_large'],
      ['x', Array.from({ length: 10_001 }, (_, index) => `w${index}`), 'too_large'],
      ['x'.repeat(100_001), ['y'], 'too_large'],
    ];
    for (const [text, phrases, code] of cases) {
      expect(() => findWords(text, phrases)).toThrow(expect.objectContaining({ name: 'TextError', code }));
    }
    expect(new TextError('invalid', 'x')).toBeInstanceOf(Error);
  });
});
