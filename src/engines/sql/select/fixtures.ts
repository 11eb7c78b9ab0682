import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { seeded } from '../random.ts';
import { closeSelect, SelectError, selectObject } from './object.ts';
import type { InputSerialization, OutputSerialization, SelectProgress, SelectRequest } from './object.ts';

/** What the tests of whole queries share: a folder, generated people, and ways to run a query and collect its answer. */

const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
console.log(`s3 select: SEED=${seed}`);
export const random = seeded(seed);

export let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'select-test-'));
});
afterAll(async () => {
  await closeSelect();
  await rm(folder, { recursive: true });
});

export const USE: InputSerialization = { csv: { fileHeaderInfo: 'USE' } };
export const LINES: InputSerialization = { json: { type: 'LINES' } };
export const DOCUMENT: InputSerialization = { json: { type: 'DOCUMENT' } };
export const JSON_OUT: OutputSerialization = { json: {} };
export const CSV_OUT: OutputSerialization = { csv: {} };

type Options = Partial<Omit<SelectRequest, 'expression'>>;
export type Answer = { text: string; stats: SelectProgress; progress: SelectProgress[]; batches: number };

let files = 0;
export async function run(
  expression: string,
  data: string | Buffer,
  input: InputSerialization,
  output: OutputSerialization,
  options: Options = {},
): Promise<Answer> {
  const path = join(folder, `object-${(files += 1)}`);
  await writeFile(path, data);
  const answer: Answer = {
    text: '',
    stats: { bytesScanned: -1, bytesProcessed: -1, bytesReturned: -1 },
    progress: [],
    batches: 0,
  };
  const parts: Uint8Array[] = [];
  for await (const event of selectObject({ object: { path }, expression, input, output, ...options })) {
    if ('records' in event) parts.push(event.records);
    else if ('progress' in event) answer.progress.push(event.progress);
    else answer.stats = event.stats;
  }
  await rm(path);
  return { ...answer, text: Buffer.concat(parts).toString(), batches: parts.length };
}

export const text = async (...parameters: Parameters<typeof run>): Promise<string> => (await run(...parameters)).text;
export const rows = async (...parameters: Parameters<typeof run>): Promise<unknown[]> =>
  (await text(...parameters))
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as unknown);

export async function failure(...parameters: Parameters<typeof run>): Promise<SelectError> {
  const error = await run(...parameters).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(SelectError);
  return error as SelectError;
}

type Person = { name: string; age: number; city: string; height: string };
export const people: Person[] = Array.from({ length: random.integer(200, 400) }, () => ({
  name: random.word(),
  age: random.integer(1, 99),
  city: random.pick(['Oslo', 'Lima', 'Quito, old', 'The "Hague"', '']),
  height: (random.integer(100, 220) / 100).toFixed(2),
}));
export const quote = (value: string): string => (/[",\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
export const csv = [
  'name,age,city,height',
  ...people.map((p) => [p.name, String(p.age), p.city, p.height].map(quote).join(',')),
].join('\n');
export const ndjson = people.map((p) => JSON.stringify({ ...p, height: Number(p.height) })).join('\n');
