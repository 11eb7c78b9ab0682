/** Draws for tests: `OUTCROP_TEST_SEED=<n>` repeats a run. */
export function seededDraws(suite: string) {
  const seed = Number(process.env['OUTCROP_TEST_SEED'] ?? Date.now() % 1_000_000);
  console.log(`${suite}: OUTCROP_TEST_SEED=${seed}`);
  let state = seed >>> 0;
  const next = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 4_294_967_296;
  };
  return {
    next,
    int: (below: number): number => Math.floor(next() * below),
    pick: <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)]!,
    chance: (share: number): boolean => next() < share,
  };
}
