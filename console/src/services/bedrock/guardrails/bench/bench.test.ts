import { describe, expect, it } from 'vitest';
import { spansOf, stops, type Finding } from '../explain.ts';
import { csvLine, parseCsv } from './csv.ts';
import { csvOf, parseRows, type BenchRow } from './rows.ts';
import { byFilter, overall, verdictOf, type Judged } from './sums.ts';
import { changesOf, sweep } from './sweep.ts';

const defaults = { expected: 'block', source: 'INPUT' } as const;
const finding = (given: Partial<Finding>): Finding => ({
  family: 'pii',
  category: 'EMAIL',
  detected: true,
  action: 'BLOCKED',
  why: '',
  ...given,
});

describe('labelled texts', () => {
  it('come from CSV with quotes, delimiters and line breaks in fields, and go back to it', () => {
    const fields = ['a "quoted" word', 'one, two', 'first\r\nsecond', '', ' spaced '];
    expect(parseCsv(`${csvLine(fields)}\r\n${csvLine(['x', '', '', '', ''])}`)).toEqual([
      fields,
      ['x', '', '', '', ''],
    ]);
    const { rows, problems } = parseRows(
      'Text;Expected;Source;Grounding Source\n"a; b";ALLOW;output;"what\nit says"\nc;;;',
      defaults,
    );
    expect(problems).toEqual([]);
    expect(rows).toMatchObject([
      { text: 'a; b', expected: 'allow', source: 'OUTPUT', groundingSource: 'what\nit says' },
      { text: 'c', expected: 'block', source: 'INPUT' },
    ]);
    const again = parseRows(
      csvOf(rows, () => undefined),
      { expected: 'mask', source: 'INPUT' },
    );
    expect(again.rows.map(({ id: _id, ...row }) => row)).toEqual(rows.map(({ id: _id, ...row }) => row));
  });

  it('come from JSON, JSONL and lines; what cannot be read is told by its place', () => {
    expect(parseRows('[{"text":"a","expected":true},{"text":"b","expected":false}]', defaults).rows).toMatchObject([
      { text: 'a', expected: 'block' },
      { text: 'b', expected: 'allow' },
    ]);
    const lines = parseRows('{"text":"a"}\n{"text":\n{"text":"c","source":"up"}', defaults);
    expect(lines.rows).toMatchObject([{ text: 'a' }]);
    expect(lines.problems[0]).toMatch(/^Line 2: /);
    expect(lines.problems[1]).toBe('Row 2: source is "up", not INPUT or OUTPUT.');
    expect(parseRows('one, with a comma\n\ntwo', defaults).rows.map(({ text }) => text)).toEqual([
      'one, with a comma',
      'two',
    ]);
    expect(parseRows('text\n"open', defaults).problems).toEqual(['A quote is opened and never closed, in line 2.']);
  });
});

const row = (id: string, expected: BenchRow['expected'], policy?: string): BenchRow => ({
  id,
  text: id,
  expected,
  source: 'INPUT',
  ...(policy === undefined ? {} : { policy }),
});

describe('the sums of a run', () => {
  const judged: Judged[] = [
    { row: row('a', 'block', 'EMAIL'), findings: [finding({})], decision: 'block' },
    { row: row('b', 'block', 'EMAIL'), findings: [], decision: 'allow' },
    { row: row('c', 'allow'), findings: [finding({})], decision: 'block' },
    { row: row('d', 'allow'), findings: [], decision: 'allow' },
    { row: row('e', 'mask'), findings: [finding({})], decision: 'block' },
    { row: row('f', 'block', 'topic'), findings: [finding({})], decision: 'block' },
  ];

  it('count what is stopped and what should be', () => {
    expect(overall(judged)).toMatchObject({
      tp: 3,
      fp: 1,
      fn: 1,
      tn: 1,
      precision: 0.75,
      recall: 0.75,
      falseBlockRate: 0.5,
    });
    expect(judged.map(verdictOf)).toEqual(['right', 'missed', 'false-block', 'right', 'other-kind', 'right']);
    expect(overall([])).toMatchObject({ precision: undefined, recall: undefined });
  });

  it('count by filter only what a label is about', () => {
    expect(byFilter(judged)).toMatchObject([
      { label: 'Sensitive information: Email', fired: 4, tp: 2, fp: 1, fn: 1, tn: 1, precision: 2 / 3, recall: 0.5 },
    ]);
  });
});

describe('a sweep', () => {
  it('stops at a strength what was found with enough confidence', () => {
    const table = (['NONE', 'LOW', 'MEDIUM', 'HIGH'] as const).map((strength) =>
      (['NONE', 'LOW', 'MEDIUM', 'HIGH'] as const).filter((confidence) => stops(strength, confidence)),
    );
    expect(table).toEqual([[], ['HIGH'], ['MEDIUM', 'HIGH'], ['LOW', 'MEDIUM', 'HIGH']]);
  });

  it('tells of which texts nothing is known, and leaves out those that are about other filters', () => {
    const insult = (confidence: string) =>
      finding({ family: 'content', category: 'INSULTS', confidence, action: 'NONE' });
    const judged: Judged[] = [
      { row: row('a', 'block', 'INSULTS'), findings: [insult('MEDIUM')], decision: 'allow' },
      { row: row('b', 'block', 'EMAIL'), findings: [insult('NONE'), finding({})], decision: 'block' },
      { row: row('c', 'allow'), findings: [], decision: 'allow' },
    ];
    const of = { family: 'content', types: ['INSULTS'] } as const;
    const whole = sweep(judged, { of, direction: 'BOTH', alone: false });
    expect(whole).toMatchObject({ rows: 3, unknown: 1 });
    expect(whole.points.map(({ at, tp }) => [at, tp])).toEqual([
      ['NONE', 1],
      ['LOW', 1],
      ['MEDIUM', 2],
      ['HIGH', 2],
    ]);
    const alone = sweep(judged, { of, direction: 'INPUT', alone: true });
    expect(alone.rows).toBe(1);
    expect(alone.points.map(({ tp, fn }) => [tp, fn])).toEqual([
      [0, 1],
      [0, 1],
      [1, 0],
      [1, 0],
    ]);
  });

  it('over thresholds shows where something changes', () => {
    const score = (value: number) => [
      finding({ family: 'grounding', category: 'GROUNDING', score: value, action: 'NONE' }),
    ];
    const judged: Judged[] = [
      { row: row('a', 'block'), findings: score(0.2), decision: 'allow' },
      { row: row('b', 'allow'), findings: score(0.6), decision: 'allow' },
    ];
    const { points } = sweep(judged, {
      of: { family: 'grounding', types: ['GROUNDING'] },
      direction: 'BOTH',
      alone: false,
    });
    expect(points).toHaveLength(100);
    expect(changesOf(points).map(({ at, tp, fp }) => [at, tp, fp])).toEqual([
      [0, 0, 0],
      [0.21, 1, 0],
      [0.61, 1, 1],
    ]);
  });
});

describe('spans', () => {
  it('are every place of a match, words as a whole only, and never overlap', () => {
    const text = 'pine apple pineapple ada@example.org';
    const spans = spansOf(text, [
      finding({ family: 'word', category: 'CUSTOM', match: 'apple' }),
      finding({ match: 'ada@example.org', action: 'ANONYMIZED' }),
      finding({ family: 'regex', category: 'at', match: '@example', action: 'BLOCKED' }),
    ]);
    expect(spans.map(({ start, end }) => text.slice(start, end))).toEqual(['apple', 'ada@example.org']);
    expect(spans[0]!.start).toBe(5);
  });
});
