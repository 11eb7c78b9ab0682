/** How a choice is drawn. `temperature` 0 takes the best; `random` yields numbers in [0, 1). */
export type Sampling = { temperature: number; topP: number; topK: number; random: () => number };

/** A thing that may be said, with the logarithm of how likely it is (any constant may be added to all). */
export type Candidate<T> = { value: T; score: number };

/** A seeded generator of numbers in [0, 1): mulberry32, 32 bits of state. Not for secrets. */
export function seeded(seed: number): () => number {
  let state = (seed ^ Math.floor(seed / 2 ** 32)) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The probabilities after temperature, then top-k, then top-p, best first, as samplers of language models apply them. */
export function distribution<T>(
  candidates: Candidate<T>[],
  sampling: Omit<Sampling, 'random'>,
): { value: T; probability: number }[] {
  const ranked = candidates.map((candidate, order) => ({ ...candidate, order }));
  ranked.sort((a, b) => b.score - a.score || a.order - b.order);
  const best = ranked[0];
  if (!best) return [];
  if (sampling.temperature <= 0) return [{ value: best.value, probability: 1 }];
  const kept = ranked.slice(0, sampling.topK > 0 ? sampling.topK : ranked.length);
  const weights = kept.map((candidate) => Math.exp((candidate.score - best.score) / sampling.temperature));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const nucleus: { value: T; probability: number }[] = [];
  let mass = 0;
  for (const [index, candidate] of kept.entries()) {
    const probability = (weights[index] ?? 0) / total;
    nucleus.push({ value: candidate.value, probability });
    mass += probability;
    if (mass >= sampling.topP) break;
  }
  return nucleus.map((entry) => ({ value: entry.value, probability: entry.probability / mass }));
}

/** Draws one of `candidates` (at least one): the best at temperature 0, else by softmax within top-k and top-p. */
export function draw<T>(candidates: Candidate<T>[], sampling: Sampling): T {
  const entries = distribution(candidates, sampling);
  const last = entries.at(-1);
  if (!last) throw new Error('draw: no candidates');
  let left = entries.length === 1 ? 0 : sampling.random();
  for (const entry of entries) {
    left -= entry.probability;
    if (left < 0) return entry.value;
  }
  return last.value;
}
