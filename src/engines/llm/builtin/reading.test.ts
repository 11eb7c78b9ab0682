import { describe, expect, it } from 'vitest';
import { evaluate } from './arithmetic.ts';
import { readLabels } from './labelling.ts';
import { isoDate, isoTime } from './dates.ts';
import { entities, numberOf } from './entities.ts';
import { readPrompt } from './prompt.ts';
import { violation } from './schema.ts';
import { sentences, similarity, stem } from './words.ts';

const kinds = (text: string): string[] => entities(text).map((entity) => `${entity.kind}: ${entity.text}`);

describe('entities', () => {
  it('tells people, firms, places, sums, dates and measures apart', () => {
    expect(kinds('Maria Lopez of Ember Foods paid $1,240.50 in Lisbon on 3 May 2024 for 12 kg of tea.')).toEqual([
      'person: Maria Lopez',
      'organisation: Ember Foods',
      'money: $1,240.50',
      'place: Lisbon',
      'date: 3 May 2024',
      'quantity: 12 kg',
    ]);
  });

  it('finds addresses of mail, phone and web, and identifiers', () => {
    expect(kinds('Order INV-2041: write to a.b@c.org, call +44 20 7946 0958 or see https://x.dev/a.')).toEqual([
      'id: INV-2041',
      'email: a.b@c.org',
      'phone: +44 20 7946 0958',
      'url: https://x.dev/a',
    ]);
  });

  it('reads an office and its firm as two things', () => {
    expect(kinds('She is CEO of Delta Motors.')).toContain('organisation: Delta Motors');
  });

  it('reads figures and number words', () => {
    expect(['$1,200.50', '3.2 million', 'twenty-one', 'two hundred', '$40k'].map(numberOf)).toEqual([
      1200.5, 3_200_000, 21, 200, 40_000,
    ]);
  });
});

describe('dates', () => {
  it('writes dates in ISO form, relative ones only with a day to count from', () => {
    expect(isoDate('March 5, 2024')).toBe('2024-03-05');
    expect(isoDate('5 March 2024')).toBe('2024-03-05');
    expect(isoDate('31/12/2024')).toBe('2024-12-31');
    expect(isoDate('tomorrow')).toBeUndefined();
    expect(isoDate('tomorrow', '2024-02-28')).toBe('2024-02-29');
    expect(isoDate('next Friday', '2024-05-01')).toBe('2024-05-03');
    expect(isoDate('30 February 2024')).toBeUndefined();
    expect(isoTime('3:05 pm')).toBe('15:05');
  });
});

describe('words', () => {
  it('gives forms of a word one stem', () => {
    for (const [one, other] of [
      ['cities', 'city'],
      ['wrote', 'writing'],
      ['established', 'establish'],
      ['deliveries', 'delivered'],
    ] as const)
      expect(stem(one)).toBe(stem(other));
  });

  it('takes synonyms for each other and strangers not', () => {
    expect(similarity(stem('founded'), stem('established'))).toBeGreaterThan(0.8);
    expect(similarity(stem('founded'), stem('painted'))).toBe(0);
  });

  it('ends sentences at full stops, not at abbreviations, initials or decimals', () => {
    const text = 'Dr. A. Smith paid 3.5 dollars. He left at 5 p.m. yesterday! Why?';
    expect(sentences(text).map((span) => text.slice(span.start, span.end))).toEqual([
      'Dr. A. Smith paid 3.5 dollars.',
      'He left at 5 p.m. yesterday!',
      'Why?',
    ]);
  });
});

describe('readPrompt', () => {
  it.each([
    [
      'labels',
      'Context: The lamp is red.\n\nQuestion: What colour is the lamp?',
      'What colour is the lamp?',
      'The lamp is red.',
    ],
    ['tags', '<context>The lamp is red.</context>\nWhat colour is it?', 'What colour is it?', 'The lamp is red.'],
    [
      'a colon',
      'Summarize the following text in one sentence:\n\nThe lamp is red. It is old.',
      'Summarize the following text in one sentence',
      'The lamp is red. It is old.',
    ],
    ['sentence forms', 'The lamp is red. What colour is the lamp?', 'What colour is the lamp?', 'The lamp is red.'],
    ['a fence', 'Count the words:\n"""\nred lamp\n"""', 'Count the words:', 'red lamp'],
  ])('tells request and text apart by %s', (_by, prompt, ask, material) => {
    const read = readPrompt(prompt);
    expect(read.ask).toBe(ask);
    expect(read.material.map((item) => item.text)).toEqual([material]);
  });

  it('leaves the lines of a record together', () => {
    expect(readPrompt('Extract the data.\n\nName: Ann\nEmail: a@b.co\nCategory: gold').material).toHaveLength(1);
  });

  it('reads labels in bullets, lists and with explanations', () => {
    expect(readLabels('Categories:\n- billing: money\n- other')).toEqual([
      { name: 'billing', about: 'money' },
      { name: 'other' },
    ]);
    expect(readLabels('Classify as spam or ham.').map((label) => label.name)).toEqual(['spam', 'ham']);
    expect(readLabels('One of: red, dark blue, green.').map((label) => label.name)).toEqual([
      'red',
      'dark blue',
      'green',
    ]);
  });
});

describe('violation', () => {
  it('says what is wrong with a value and where', () => {
    const schema = {
      type: 'object',
      properties: { age: { type: 'integer', minimum: 0 }, tags: { type: 'array', items: { enum: ['a', 'b'] } } },
      required: ['age'],
      additionalProperties: false,
    };
    expect(violation({ age: 3, tags: ['a'] }, schema)).toBeUndefined();
    expect(violation({ age: -1 }, schema)).toBe('$.age: is below 0');
    expect(violation({}, schema)).toBe('$.age: is required');
    expect(violation({ age: 1, tags: ['c'] }, schema)).toContain('$.tags[0]');
    expect(violation({ age: 1, more: 1 }, schema)).toBe('$.more: is not allowed');
  });
});

describe('evaluate', () => {
  it('computes with the usual precedence and refuses what is no sum', () => {
    expect(evaluate('2 + 3 * (4 - 1) ** 2')).toBe(29);
    expect(evaluate('10 / 4')).toBe(2.5);
    expect(evaluate('2 +')).toBeUndefined();
    expect(evaluate('1 / 0')).toBeUndefined();
    expect(evaluate('alert(1)')).toBeUndefined();
  });
});
