/** The side of a tile of the mark, in pixels: a power of two. */
export const SIDE = 128;

const BITS = Math.log2(SIDE);
const cosines = Float64Array.from({ length: SIDE / 2 }, (_, k) => Math.cos((2 * Math.PI * k) / SIDE));
const sines = Float64Array.from({ length: SIDE / 2 }, (_, k) => Math.sin((2 * Math.PI * k) / SIDE));
const reversed = Uint16Array.from({ length: SIDE }, (_, k) =>
  Number.parseInt(k.toString(2).padStart(BITS, '0').split('').reverse().join(''), 2),
);

/** One row or column of SIDE complex numbers, in place; `stride` apart from `start` on. Radix 2. */
function transformLine(re: Float64Array, im: Float64Array, start: number, stride: number, sign: number): void {
  for (let k = 0; k < SIDE; k++) {
    const other = reversed[k]!;
    if (other <= k) continue;
    const a = start + k * stride;
    const b = start + other * stride;
    const [x, y] = [re[a]!, im[a]!];
    re[a] = re[b]!;
    im[a] = im[b]!;
    re[b] = x;
    im[b] = y;
  }
  for (let size = 2; size <= SIDE; size *= 2) {
    const half = size / 2;
    const step = SIDE / size;
    for (let base = 0; base < SIDE; base += size) {
      for (let k = 0; k < half; k++) {
        const c = cosines[k * step]!;
        const s = sign * sines[k * step]!;
        const a = start + (base + k) * stride;
        const b = a + half * stride;
        const x = re[b]! * c - im[b]! * s;
        const y = re[b]! * s + im[b]! * c;
        re[b] = re[a]! - x;
        im[b] = im[a]! - y;
        re[a] = re[a]! + x;
        im[a] = im[a]! + y;
      }
    }
  }
}

/** The discrete Fourier transform of SIDE × SIDE complex numbers, in place, unscaled. `sign` −1: forward; 1: back. */
export function transform(re: Float64Array, im: Float64Array, sign: -1 | 1): void {
  for (let row = 0; row < SIDE; row++) transformLine(re, im, row * SIDE, 1, sign);
  for (let column = 0; column < SIDE; column++) transformLine(re, im, column, SIDE, sign);
}
