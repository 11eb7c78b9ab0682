import { backward, SIDE } from './fourier.ts';

/**
 * The mark: one tile of noise that is repeated over the picture. Its power lies in a ring of middle frequencies, evenly: below it a picture
 * has most of its own power, above it JPEG and scaling leave nothing.
 */

/** Bounds of the ring, in waves a tile: waves of 5 to 16 pixels. */
export const RING = { from: 8, to: 26 };

/** What the phases are drawn from. Whoever changes it no longer finds the marks that were made before. */
const KEY = 0x6f757463;

/** A line of the tile's spectrum: its place, and its phase. */
export type Line = { at: number; mirror: number; cos: number; sin: number };

export type Tile = {
  /** SIDE × SIDE values of mean 0 and standard deviation 1. */
  values: Float32Array;
  /** One of each pair of opposite frequencies in the ring. */
  lines: Line[];
};

let made: Tile | undefined;

/** The tile of the mark; made once. */
export function tile(): Tile {
  return (made ??= makeTile());
}

function makeTile(): Tile {
  const random = numbers(KEY);
  const re = new Float64Array(SIDE * SIDE);
  const im = new Float64Array(SIDE * SIDE);
  const lines: Line[] = [];
  for (let v = 0; v <= RING.to; v++) {
    for (let u = -RING.to; u <= RING.to; u++) {
      const radius = Math.hypot(u, v);
      if (radius < RING.from || radius > RING.to || (v === 0 && u < 0)) continue;
      const phase = 2 * Math.PI * random();
      const at = v * SIDE + ((u + SIDE) % SIDE);
      const mirror = ((SIDE - v) % SIDE) * SIDE + ((SIDE - u) % SIDE);
      const [cos, sin] = [Math.cos(phase), Math.sin(phase)];
      re[at] = cos;
      im[at] = sin;
      // The opposite frequency is the conjugate: the tile is real.
      re[mirror] = cos;
      im[mirror] = -sin;
      lines.push({ at, mirror, cos, sin });
    }
  }
  backward(re, im, RING.to);
  const deviation = Math.sqrt(re.reduce((sum, value) => sum + value * value, 0) / re.length);
  return { values: Float32Array.from(re, (value) => value / deviation), lines };
}

/** Numbers in [0, 1) from a key, the same on every machine: a 32-bit mixer over a counter. */
function numbers(key: number): () => number {
  let state = key;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
