import { generator } from '../src/kernel/ids.ts';
import { testSeed } from './start.ts';

/** What tests draw, of numbers in [0, 1). */
export function drawsFrom(random: () => number) {
  const between = (least: number, most: number): number => least + Math.floor(random() * (most - least + 1));
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const chance = (share: number): boolean => random() < share;
  const shuffled = <T>(list: readonly T[]): T[] =>
    list
      .map((each) => [random(), each] as const)
      .toSorted(([a], [b]) => a - b)
      .map(([, each]) => each);
  return { random, between, pick, chance, shuffled };
}

/** What tests draw, from a seed that is printed: `OUTCROP_TEST_SEED=<n>` repeats a run. */
export const draws = (name: string) => drawsFrom(generator(testSeed(name)));
