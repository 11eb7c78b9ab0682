import { backward, forward, SIDE } from './fourier.ts';
import { luminance, meanAround, type Pixels } from './pixels.ts';
import { RING, tile } from './tile.ts';

/**
 * An invisible mark: a spread-spectrum signal in the brightness of a picture. A keyed tile of noise (tile.ts) is added all over, a little more
 * where the picture is busy. To find it, the picture's own structure is flattened, all tiles are laid on one another, and the sum is compared with
 * the tile at every offset at once: in a picture without the mark all offsets agree with it equally little.
 *
 * The key is public. The mark tells what made a picture to whoever asks in good faith; it proves nothing against one who would forge or
 * remove it.
 */

/** Grey levels (standard deviation) that are added: where nothing goes on, at most, and more by each level that the surroundings vary. */
const STRENGTH = { least: 1.3, most: 2.2, perLevel: 0.07 };
/** Pixels to each side whose variation hides the mark. */
const HIDING_RADIUS = 4;

/**
 * Adds the mark, in place.
 *
 * @param changed one byte a pixel: 0 where the picture must stay as it is to the last bit; absent: all may change
 */
export function mark(picture: Pixels, changed?: Uint8Array): void {
  const { width, height, data } = picture;
  const { values } = tile();
  const light = luminance(picture);
  const mean = meanAround(light, width, height, HIDING_RADIUS);
  const away = light.map((value, i) => Math.abs(value - mean[i]!));
  const busy = meanAround(away, width, height, HIDING_RADIUS);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const i = y * width + x;
      if (changed?.[i] === 0) continue;
      const strength = Math.min(STRENGTH.most, STRENGTH.least + STRENGTH.perLevel * busy[i]!);
      const added = strength * values[(y % SIDE) * SIDE + (x % SIDE)]!;
      // A clamped array would round alike; the three move together, so that only the brightness changes.
      for (let at = i * 4; at < i * 4 + 3; at++) data[at] = Math.max(0, Math.min(255, Math.round(data[at]! + added)));
    }
  }
}

/** What a look for the mark came to. */
export type Detection = {
  found: boolean;
  /** How far the best agreement stands out, in standard deviations of all that was compared. */
  score: number;
  /** What a score must reach. */
  threshold: number;
  /** Size of the picture by the size it was marked at: 0.5 where it has been halved. Where it is found. */
  scale?: number;
  /** The best of the areas that were looked at, in pixels: an edited picture may carry the mark in a part only. Where it is found. */
  area?: { x: number; y: number; width: number; height: number };
};

/**
 * Scores of unmarked pictures stay far below it. Some ten million comparisons are made of one; the greatest of as many normal deviates is
 * about 5.5, and one in 50,000 pictures would come to 7.
 */
const THRESHOLD = 7;

/** Places around a pixel whose mean is taken off: evenly over a disc wider than the longest waves of the mark. */
const REACH = 12;
const AROUND = Array.from({ length: 24 }, (_, i) => {
  const radius = REACH * Math.sqrt((i + 0.5) / 24);
  const turn = i * Math.PI * (3 - Math.sqrt(5));
  return [Math.round(radius * Math.cos(turn)), Math.round(radius * Math.sin(turn))] as const;
});
/** Grey levels within which a place belongs to the same thing: beyond an edge it tells nothing of the mark. */
const ALIKE = 20;
/** Grey levels beyond which more counts little: edges would drown the mark. */
const LIMIT = 4;
/** Sides of the areas that are looked at by themselves, in tiles. */
const AREAS = [2, 3, 5];
/** Scales that are tried, by steps so small that the tiles still lie on one another at the edges of what is compared. */
const SCALES = { from: 0.5, to: 2, step: 1.005 };
/** Pixels (of the marked size) of the middle that are compared at other scales. */
const SCALED_SIDE = 640;

/** Looks for the mark: in the whole, in parts, and then at other scales. Takes a second or so for a large picture: not for the event loop. */
export function detect(picture: Pixels): Detection {
  const { width, height } = picture;
  const flat = flattened(picture);
  const cells = spectra(flat, width, height);
  let best = { score: 0, x: 0, y: 0, width, height, scale: 1 };
  const columns = Math.ceil(width / SIDE);
  const rows = Math.ceil(height / SIDE);
  const look = (column: number, row: number, wide: number, high: number) => {
    const score = agreement(summed(cells, columns, column, row, wide, high));
    if (score <= best.score) return;
    const x = column * SIDE;
    const y = row * SIDE;
    best = {
      score,
      scale: 1,
      x,
      y,
      width: Math.min(width - x, wide * SIDE),
      height: Math.min(height - y, high * SIDE),
    };
  };
  look(0, 0, columns, rows);
  for (const side of AREAS) {
    if (best.score >= THRESHOLD) break;
    for (let row = 0; row <= Math.max(0, rows - side); row++)
      for (let column = 0; column <= Math.max(0, columns - side); column++)
        look(column, row, Math.min(side, columns), Math.min(side, rows));
  }
  if (best.score < THRESHOLD) {
    for (let scale = SCALES.from; scale <= SCALES.to; scale *= SCALES.step) {
      const score = agreement(bandOf(scaledSum(flat, width, height, scale)));
      if (score > best.score) best = { score, scale, x: 0, y: 0, width, height };
    }
  }
  const { score, scale, ...area } = best;
  const rounded = (value: number) => Math.round(value * 100) / 100;
  if (score < THRESHOLD) return { found: false, score: rounded(score), threshold: THRESHOLD };
  return { found: true, score: rounded(score), threshold: THRESHOLD, scale: rounded(scale), area };
}

/** Brightness less that of what is alike around, large differences limited: nothing is left of edges, of writing least of all. */
function flattened(picture: Pixels): Float32Array {
  const { width, height } = picture;
  const light = luminance(picture);
  // The edges are continued outwards, so that no place around a pixel needs to be asked whether it is one.
  const wide = width + 2 * REACH;
  const padded = new Float32Array(wide * (height + 2 * REACH));
  for (let y = -REACH; y < height + REACH; y++) {
    const row = Math.min(height - 1, Math.max(0, y)) * width;
    const start = (y + REACH) * wide + REACH;
    padded.set(light.subarray(row, row + width), start);
    padded.fill(light[row]!, start - REACH, start);
    padded.fill(light[row + width - 1]!, start + width, start + width + REACH);
  }
  const around = Int32Array.from(AROUND, ([dx, dy]) => dy * wide + dx);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = (y + REACH) * wide + REACH + x;
      const value = padded[at]!;
      let sum = 0;
      let count = 0;
      for (let i = 0; i < around.length; i++) {
        const away = value - padded[at + around[i]!]!;
        if (away >= ALIKE || away <= -ALIKE) continue;
        sum += away;
        count += 1;
      }
      const away = count === 0 ? 0 : sum / count;
      light[y * width + x] = away / (1 + Math.abs(away) / LIMIT);
    }
  }
  return light;
}

/** Spectrum lines of one area: real and imaginary parts, in the order of the tile's lines. */
type Band = { re: Float64Array; im: Float64Array };

/** Each tile-sized cell of a picture by itself; cells at the right and bottom edge are filled up with nothing. */
function spectra(flat: Float32Array, width: number, height: number): Band[] {
  const out: Band[] = [];
  for (let top = 0; top < height; top += SIDE) {
    for (let left = 0; left < width; left += SIDE) {
      const cell = new Float64Array(SIDE * SIDE);
      for (let y = 0; y < Math.min(SIDE, height - top); y++)
        for (let x = 0; x < Math.min(SIDE, width - left); x++) cell[y * SIDE + x] = flat[(top + y) * width + left + x]!;
      out.push(bandOf(cell));
    }
  }
  return out;
}

function bandOf(values: Float64Array): Band {
  const { lines } = tile();
  const im = new Float64Array(SIDE * SIDE);
  forward(values, im, RING.to);
  const band: Band = { re: new Float64Array(lines.length), im: new Float64Array(lines.length) };
  for (let i = 0; i < lines.length; i++) {
    band.re[i] = values[lines[i]!.at]!;
    band.im[i] = im[lines[i]!.at]!;
  }
  return band;
}

/** Cells laid on one another. */
function summed(cells: Band[], columns: number, column: number, row: number, wide: number, high: number): Band {
  const count = tile().lines.length;
  const sum: Band = { re: new Float64Array(count), im: new Float64Array(count) };
  for (let y = row; y < row + high; y++) {
    for (let x = column; x < column + wide; x++) {
      const { re, im } = cells[y * columns + x]!;
      for (let i = 0; i < count; i++) {
        sum.re[i] = sum.re[i]! + re[i]!;
        sum.im[i] = sum.im[i]! + im[i]!;
      }
    }
  }
  return sum;
}

/** The middle of a picture as it would be at the marked size, its tiles laid on one another. */
function scaledSum(flat: Float32Array, width: number, height: number, scale: number): Float64Array {
  const sum = new Float64Array(SIDE * SIDE);
  const wide = Math.min(width, Math.floor(SCALED_SIDE * scale));
  const high = Math.min(height, Math.floor(SCALED_SIDE * scale));
  const left = (width - wide) >> 1;
  const top = (height - high) >> 1;
  const column = Int32Array.from({ length: wide }, (_, x) => Math.round((x + 0.5) / scale - 0.5) & (SIDE - 1));
  for (let y = 0; y < high; y++) {
    const row = (Math.round((y + 0.5) / scale - 0.5) & (SIDE - 1)) * SIDE;
    const from = (top + y) * width + left;
    for (let x = 0; x < wide; x++) {
      const at = row + column[x]!;
      sum[at] = sum[at]! + flat[from + x]!;
    }
  }
  return sum;
}

/**
 * How far the best of all offsets stands out. Every line of the spectrum has one vote whatever its power, so that neither stripes nor any
 * other regular structure of a picture can outvote the rest.
 */
function agreement({ re, im }: Band): number {
  const { lines } = tile();
  const real = new Float64Array(SIDE * SIDE);
  const imaginary = new Float64Array(SIDE * SIDE);
  for (let i = 0; i < lines.length; i++) {
    const { at, mirror, cos, sin } = lines[i]!;
    const size = Math.hypot(re[i]!, im[i]!);
    if (size < 1e-9) continue;
    const x = (re[i]! * cos + im[i]! * sin) / size;
    const y = (im[i]! * cos - re[i]! * sin) / size;
    real[at] = x;
    real[mirror] = x;
    imaginary[at] = y;
    imaginary[mirror] = -y;
  }
  backward(real, imaginary, RING.to);
  let [most, squares] = [0, 0];
  for (const value of real) {
    if (value > most) most = value;
    squares += value * value;
  }
  return squares === 0 ? 0 : most / Math.sqrt(squares / real.length);
}
