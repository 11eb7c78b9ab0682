/** One example: features, the side it is on, and how much it counts. */
export type Example = { indexes: Int32Array; values: Float32Array; positive: boolean; weight: number };

const MEMORY = 8;

/**
 * Logistic regression with an L2 penalty, by L-BFGS: no step size and no order of examples, so the same examples give the same weights.
 *
 * @param penalty strength of the penalty on weights, not on the bias.
 * @param start weights to begin with, of an earlier fit.
 * @returns the weights, the bias last.
 */
export function fit(
  examples: Example[],
  features: number,
  penalty: number,
  { start, iterations }: { start: Float64Array | undefined; iterations: number },
): Float64Array {
  let point = start ?? new Float64Array(features + 1);
  let { loss, gradient } = evaluate(examples, point, penalty);
  const steps: Float64Array[] = [];
  const turns: Float64Array[] = [];
  for (let iteration = 0; iteration < iterations; iteration++) {
    const direction = twoLoop(gradient, steps, turns);
    let slope = dot(direction, gradient);
    if (slope >= 0) break;
    let length = iteration === 0 ? Math.min(1, 1 / Math.sqrt(dot(gradient, gradient))) : 1;
    let next = point;
    let after = { loss, gradient };
    for (let tries = 0; tries < 20; tries++, length /= 2) {
      next = point.map((value, at) => value + length * direction[at]!);
      after = evaluate(examples, next, penalty);
      if (after.loss <= loss + 1e-4 * length * slope) break;
    }
    const step = next.map((value, at) => value - point[at]!);
    const turn = after.gradient.map((value, at) => value - gradient[at]!);
    slope = dot(step, turn);
    if (slope > 1e-10) {
      steps.push(step);
      turns.push(turn);
      if (steps.length > MEMORY) {
        steps.shift();
        turns.shift();
      }
    }
    const gained = loss - after.loss;
    point = next;
    ({ loss, gradient } = after);
    if (gained < 1e-5 * Math.abs(loss)) break;
  }
  return point;
}

function evaluate(examples: Example[], point: Float64Array, penalty: number) {
  const bias = point.length - 1;
  const gradient = new Float64Array(point.length);
  let loss = 0;
  for (const { indexes, values, positive, weight } of examples) {
    let score = point[bias]!;
    for (let at = 0; at < indexes.length; at++) score += point[indexes[at]!]! * values[at]!;
    const margin = positive ? score : -score;
    loss += weight * (margin > 0 ? Math.log1p(Math.exp(-margin)) : Math.log1p(Math.exp(margin)) - margin);
    const pull = (positive ? -weight : weight) / (1 + Math.exp(margin));
    for (let at = 0; at < indexes.length; at++) gradient[indexes[at]!]! += pull * values[at]!;
    gradient[bias]! += pull;
  }
  for (let at = 0; at < bias; at++) {
    const value = point[at]!;
    if (value === 0) continue;
    loss += (penalty / 2) * value * value;
    gradient[at]! += penalty * value;
  }
  return { loss, gradient };
}

function twoLoop(gradient: Float64Array, steps: Float64Array[], turns: Float64Array[]): Float64Array {
  const direction = gradient.map((value) => -value);
  const alphas: number[] = [];
  for (let at = steps.length - 1; at >= 0; at--) {
    const alpha = dot(steps[at]!, direction) / dot(steps[at]!, turns[at]!);
    alphas[at] = alpha;
    add(direction, turns[at]!, -alpha);
  }
  const last = steps.length - 1;
  if (last >= 0) {
    const scale = dot(steps[last]!, turns[last]!) / dot(turns[last]!, turns[last]!);
    for (let at = 0; at < direction.length; at++) direction[at]! *= scale;
  }
  for (let at = 0; at < steps.length; at++) {
    const beta = dot(turns[at]!, direction) / dot(steps[at]!, turns[at]!);
    add(direction, steps[at]!, alphas[at]! - beta);
  }
  return direction;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let at = 0; at < a.length; at++) sum += a[at]! * b[at]!;
  return sum;
}

function add(to: Float64Array, what: Float64Array, times: number): void {
  for (let at = 0; at < to.length; at++) to[at]! += times * what[at]!;
}
