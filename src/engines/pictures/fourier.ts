/** The side of a tile of the mark, in pixels: a power of two. */
export const SIDE = 128;

const BITS = Math.log2(SIDE);
const cosines = Float64Array.from({ length: SIDE / 2 }, (_, k) => Math.cos((2 * Math.PI * k) / SIDE));
const sines = Float64Array.from({ length: SIDE / 2 }, (_, k) => Math.sin((2 * Math.PI * k) / SIDE));
const reversed = Uint16Array.from({ length: SIDE }, (_, k) =>
  Number.parseInt(k.toString(2).padStart(BITS, '0').split('').reverse().join(''), 2),
);

/** Every row, or those within `reach` of frequency 0, each in place. Radix 2. */
function transformRows(re: Float64Array, im: Float64Array, sign: number, reach: number): void {
  for (let row = 0; row < SIDE; row++) {
    if (row > reach && row < SIDE - reach) continue;
    const start = row * SIDE;
    for (let k = 0; k < SIDE; k++) {
      const other = reversed[k]!;
      if (other > k) swap(re, im, start + k, start + other);
    }
    for (let half = 1; half < SIDE; half *= 2) {
      const step = SIDE / half / 2;
      for (let k = 0; k < half; k++) {
        const c = cosines[k * step]!;
        const s = sign * sines[k * step]!;
        for (let a = start + k; a < start + SIDE; a += 2 * half) butterfly(re, im, a, a + half, c, s);
      }
    }
  }
}

/** The same of the columns: row by row, since what lies in memory side by side is worked on much faster. */
function transformColumns(re: Float64Array, im: Float64Array, sign: number, reach: number): void {
  const spans = reach * 2 + 1 < SIDE ? [0, reach + 1, SIDE - reach, SIDE] : [0, SIDE];
  for (let span = 0; span < spans.length; span += 2) {
    const [from, to] = [spans[span]!, spans[span + 1]!];
    for (let row = 0; row < SIDE; row++) {
      const other = reversed[row]!;
      if (other > row) for (let x = from; x < to; x++) swap(re, im, row * SIDE + x, other * SIDE + x);
    }
    for (let half = 1; half < SIDE; half *= 2) {
      const step = SIDE / half / 2;
      for (let k = 0; k < half; k++) {
        const c = cosines[k * step]!;
        const s = sign * sines[k * step]!;
        for (let row = k; row < SIDE; row += 2 * half)
          for (let a = row * SIDE + from; a < row * SIDE + to; a++) butterfly(re, im, a, a + half * SIDE, c, s);
      }
    }
  }
}

function swap(re: Float64Array, im: Float64Array, a: number, b: number): void {
  const [x, y] = [re[a]!, im[a]!];
  re[a] = re[b]!;
  im[a] = im[b]!;
  re[b] = x;
  im[b] = y;
}

function butterfly(re: Float64Array, im: Float64Array, a: number, b: number, c: number, s: number): void {
  const x = re[b]! * c - im[b]! * s;
  const y = re[b]! * s + im[b]! * c;
  re[b] = re[a]! - x;
  im[b] = im[a]! - y;
  re[a] = re[a]! + x;
  im[a] = im[a]! + y;
}

/** The spectrum of SIDE × SIDE complex numbers, in place, unscaled: right within `reach` waves of 0 on both axes, and not to be used beyond. */
export function forward(re: Float64Array, im: Float64Array, reach: number): void {
  transformRows(re, im, -1, SIDE);
  transformColumns(re, im, -1, reach);
}

/** What has a spectrum that is 0 beyond `reach` waves on both axes, in place, unscaled. */
export function backward(re: Float64Array, im: Float64Array, reach: number): void {
  transformRows(re, im, 1, reach);
  transformColumns(re, im, 1, SIDE);
}
