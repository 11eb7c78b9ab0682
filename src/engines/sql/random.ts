/** A small seeded generator (mulberry32) for tests, so that a failure can be repeated from the seed it prints. */
export function seeded(seed: number) {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
  const integer = (low: number, high: number): number => low + Math.floor(next() * (high - low + 1));
  const pick = <T>(list: readonly T[]): T => list[integer(0, list.length - 1)]!;
  const word = (): string =>
    Array.from({ length: integer(1, 3) }, () => pick(['ba', 'ke', 'lo', 'mi', 'nu', 'ré', 'se', 'ti', 'vo'])).join('');
  return { next, integer, pick, word };
}
