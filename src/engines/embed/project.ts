/** Turns a vector of `from` numbers into one of `to`. */
export type Projection = (vector: Float64Array) => Float64Array;

const made = new Map<number, Projection>();
const MADE_MAX = 8;

/**
 * A fixed linear map between dimensions, the same on every machine and in every version.
 *
 * To more dimensions, the map has orthonormal columns: all lengths, distances and cosines are kept exactly (to rounding). To fewer, it has
 * orthonormal rows, scaled by √(from/to): a Johnson–Lindenstrauss projection, which keeps cosines with an error of about 1/√to. The rows
 * for 256 dimensions are the first of those for 384.
 *
 * The matrix comes from seeded signs (±1) made orthogonal by modified Gram–Schmidt: additions, products, quotients and square roots
 * only, which IEEE 754 defines to the last bit, where logarithms and cosines (Gaussian entries) may differ between engines.
 */
export function projection(from: number, to: number): Projection {
  if (from === to) return (vector) => vector;
  const key = from * 65_536 + to;
  const known = made.get(key);
  if (known !== undefined) return known;
  const project = to < from ? shrink(from, to) : grow(from, to);
  if (made.size >= MADE_MAX) made.delete(made.keys().next().value!);
  made.set(key, project);
  return project;
}

function shrink(from: number, to: number): Projection {
  const rows = orthonormal(to, from);
  const scale = Math.sqrt(from / to);
  return (vector) => Float64Array.from(rows, (row) => scale * dot(row, vector));
}

function grow(from: number, to: number): Projection {
  const columns = orthonormal(from, to);
  return (vector) => {
    const result = new Float64Array(to);
    for (const [index, column] of columns.entries()) {
      const factor = vector[index]!;
      for (let row = 0; row < to; row++) result[row]! += factor * column[row]!;
    }
    return result;
  };
}

/** `count` orthonormal vectors of `length` numbers; `count` ≤ `length`. */
function orthonormal(count: number, length: number): Float64Array[] {
  const sign = signs();
  const vectors: Float64Array[] = [];
  while (vectors.length < count) {
    const vector = Float64Array.from({ length }, sign);
    for (const other of vectors) {
      const along = dot(other, vector);
      for (let index = 0; index < length; index++) vector[index]! -= along * other[index]!;
    }
    const left = Math.sqrt(dot(vector, vector));
    // What is left of a vector that nearly lies in the span of the others is rounding noise: draw another.
    if (left < 0.1) continue;
    for (let index = 0; index < length; index++) vector[index]! /= left;
    vectors.push(vector);
  }
  return vectors;
}

/** A fixed stream of ±1 (xorshift32). */
function signs(): () => number {
  let state = 0x9e3779b9;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state & 0x10000 ? 1 : -1;
  };
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let index = 0; index < a.length; index++) sum += a[index]! * b[index]!;
  return sum;
}

/** The vector scaled to length 1. */
export function unit(vector: Float64Array): Float64Array {
  const length = Math.sqrt(dot(vector, vector));
  return length === 0 ? vector : vector.map((value) => value / length);
}
