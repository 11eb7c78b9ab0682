import { afterAll } from 'vitest';
import { startStack, type Outcrop, type OutcropOptions } from '../src/main.ts';

type Inside = Parameters<typeof startStack>[1];

/** A stack of its own for a test file: in memory as far as can be, on a free port, stopped at the end. */
export async function startForTests(options: OutcropOptions = {}, inside: Inside = {}): Promise<Outcrop> {
  const outcrop = await startStack({ ephemeral: true, port: 0, log: 'error', ...options }, inside);
  afterAll(() => outcrop.stop());
  return outcrop;
}

/** The seed of a test file's generated inputs: printed, and taken from OUTCROP_TEST_SEED to repeat a run. */
export function testSeed(name: string): number {
  const seed = Number(process.env['OUTCROP_TEST_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
  console.log(`${name}: OUTCROP_TEST_SEED=${seed}`);
  return seed;
}
