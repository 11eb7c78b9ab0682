import { describe, expect, it } from 'vitest';
import { testSeed } from '../../../tests/start.ts';
import { generator } from '../../kernel/ids.ts';
import { statementPositions, type Place } from './statement-positions.ts';

const random = generator(testSeed('statement positions'));
const integer = (min: number, max: number) => min + Math.floor(random() * (max - min + 1));
const pick = <T>(list: readonly T[]): T => list[integer(0, list.length - 1)]!;

/** JSON of a value with white space wherever it may be. */
function write(value: unknown): string {
  const gap = () => pick(['', '', ' ', '\n', '\n\t', '  \r\n']);
  if (Array.isArray(value)) return `[${gap()}${value.map(write).join(`${gap()},${gap()}`)}${gap()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).map(([name, one]) => `${JSON.stringify(name)}${gap()}:${gap()}${write(one)}`);
  return `{${gap()}${members.join(`${gap()},${gap()}`)}${gap()}}`;
}

/** What stands in a text from one place up to another. */
function between(text: string, start: Place, end: Place): string {
  const lines = text.split('\n');
  const offset = ({ Line, Column }: Place) =>
    lines.slice(0, Line - 1).reduce((sum, line) => sum + line.length + 1, 0) + Column - 1;
  return text.slice(offset(start), offset(end));
}

const drawText = () => pick(['{', '}', '[]', '"', '\\', '\\"}', 'Statement', 'ü', '\n']) + integer(0, 99);
const drawStatement = () => ({
  Sid: drawText(),
  [drawText()]: [drawText(), { Statement: [{ a: drawText() }] }],
  Condition: { StringEquals: { [drawText()]: [drawText(), drawText()] } },
});

describe('A statement of a policy', () => {
  it('is found where it stands, however the document is written', () => {
    for (let i = 0; i < 300; i++) {
      const statements = Array.from({ length: integer(0, 4) }, drawStatement);
      const one = random() < 0.3;
      const members: [string, unknown][] = [
        ['Version', '2012-10-17'],
        ['Id', drawText()],
        ['Statement', one ? (statements[0] ??= drawStatement()) : statements],
      ];
      if (random() < 0.5) members.reverse();
      const document = write(Object.fromEntries(members));
      const found = statementPositions(document).map(({ start, end }) => JSON.parse(between(document, start, end)));
      expect(found).toEqual(one ? statements.slice(0, 1) : statements);
    }
  });
});
