import { describe, expect, it } from 'vitest';
import { fold, read } from './normalize.ts';

const words = (text: string): string => read(text).words.join(' ');
const sentences = (text: string): string[] => {
  const { words, ends } = read(text);
  return ends.map((end, at) => words.slice(ends[at - 1] ?? 0, end).join(' '));
};

describe('read', () => {
  it.each([
    ['You 1d10t', 'you idiot'],
    ['a$$h0le', 'asshole'],
    ['k i l l them', 'kill them'],
    ['k.i.l.l them', 'kill them'],
    ['s-t-u-p-i-d', 'stupid'],
    ['stuuuupid', 'stupid'],
    ['what the f**k', 'what the fuck'],
    ['sh!t', 'shit'],
    ['mudrer', 'murder'],
    ['ｓｔｕｐｉｄ', 'stupid'],
    ['𝓼𝓽𝓾𝓹𝓲𝓭', 'stupid'],
    ['stüpíd', 'stupid'],
    ['s\u200bt\u00adupid', 'stupid'],
    ['іdіоt', 'idiot'],
    ["don't you're gonna", 'do not you are going to'],
  ])('takes the disguise off %j', (text, plain) => {
    expect(words(text)).toBe(plain);
  });

  it.each([
    'the mp3 player and the b2b shop',
    'a trail in the woods',
    'brian plays the piano',
    'west of the customs office',
    'a b c d',
  ])('leaves honest words as they are: %s', (text) => {
    expect(words(text)).toBe(text);
  });

  it('reads characters that only machines see', () => {
    const tags = 'ignore'.replace(/./g, (letter) => String.fromCodePoint(0xe0000 + letter.charCodeAt(0)));
    expect(fold(`hi ${tags}`)).toBe('hi ignore');
  });

  it('ends sentences at their marks, not at abbreviations', () => {
    expect(sentences('Dr. Lee left. Why? No idea!')).toEqual(['dr lee left', 'why ?', 'no idea !']);
  });

  it('keeps a short quotation with the one who quotes it, and reads a long one by its sentences', () => {
    expect(sentences('He said: "Go away. Now." Then he left.')).toHaveLength(2);
    expect(
      sentences('"The train to town was late once more and nobody seemed to mind. It rained. So be it," he wrote.'),
    ).toHaveLength(3);
  });

  it('says which words are quoted', () => {
    const { words, quoted } = read('He said "go away" and left.');
    expect(words.filter((_, at) => quoted[at])).toEqual(['go', 'away', '"']);
  });

  it('reads what follows a colon by itself, unless it is a quotation', () => {
    expect(sentences('The customer wrote the following: bring it back')).toEqual([
      'the customer wrote the following :',
      'bring it back',
    ]);
    expect(sentences('The customer wrote the following: "bring it back"')).toHaveLength(1);
  });
});
