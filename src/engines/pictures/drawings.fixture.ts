import type { Pixels } from './pixels.ts';

type Random = () => number;
/** Brightness and colour of one place, 0 to 255 each; what is beyond is cut. */
type Paint = (x: number, y: number) => [red: number, green: number, blue: number];
type Kind = (width: number, height: number, random: Random) => Paint;

const between = (random: Random, low: number, high: number) => low + random() * (high - low);
const colourOf = (random: Random): [number, number, number] => [random() * 255, random() * 255, random() * 255];
const mixed = (a: readonly number[], b: readonly number[], share: number) =>
  a.map((value, i) => value + (b[i]! - value) * share) as [number, number, number];

/** Pictures of many kinds, each of them another at every call. */
export const DRAWINGS = {
  plain: (_width, _height, random) => {
    const colour = colourOf(random);
    return () => colour;
  },
  gradient: (width, height, random) => {
    const [from, to] = [colourOf(random), colourOf(random)];
    const turn = random() * 2 * Math.PI;
    const [dx, dy] = [Math.cos(turn) / width, Math.sin(turn) / height];
    return (x, y) => mixed(from, to, 0.5 + (x - width / 2) * dx + (y - height / 2) * dy);
  },
  glow: (width, height, random) => {
    const [from, to] = [colourOf(random), colourOf(random)];
    const [cx, cy] = [random() * width, random() * height];
    const reach = Math.max(width, height);
    return (x, y) => mixed(from, to, Math.hypot(x - cx, y - cy) / reach);
  },
  noise: (_width, _height, random) => {
    const deviation = between(random, 4, 40);
    const colour = colourOf(random).map((value) => 64 + value / 2);
    return () => {
      const added = (random() + random() + random() - 1.5) * 2 * deviation;
      return colour.map((value) => value + added) as [number, number, number];
    };
  },
  clouds: (width, height, random) => {
    const [from, to] = [colourOf(random), colourOf(random)];
    const field = cloudsOf(width, height, random);
    return (x, y) => mixed(from, to, field(x, y));
  },
  shapes: (width, height, random) => {
    const ground = colourOf(random);
    const shapes = Array.from({ length: 12 + Math.floor(random() * 30) }, () => ({
      round: random() < 0.5,
      x: random() * width,
      y: random() * height,
      wide: between(random, 8, width / 4),
      high: between(random, 8, height / 4),
      colour: colourOf(random),
    }));
    return (x, y) =>
      shapes.findLast(({ round, x: cx, y: cy, wide, high }) => {
        const [dx, dy] = [Math.abs(x - cx) / wide, Math.abs(y - cy) / high];
        return round ? dx * dx + dy * dy <= 1 : dx <= 1 && dy <= 1;
      })?.colour ?? ground;
  },
  stripes: (_width, _height, random) => {
    const [one, other] = [colourOf(random), colourOf(random)];
    const turn = random() * Math.PI;
    const wave = between(random, 4, 40);
    const [dx, dy] = [(2 * Math.PI * Math.cos(turn)) / wave, (2 * Math.PI * Math.sin(turn)) / wave];
    return (x, y) => mixed(one, other, 0.5 + 0.5 * Math.sin(x * dx + y * dy));
  },
  /** Regular at the mark's own distance: what would look most like its tiles. */
  bricks: (_width, _height, random) => {
    const [stone, mortar] = [colourOf(random), colourOf(random)];
    const [wide, high] = [2 ** Math.floor(between(random, 3, 8)), 2 ** Math.floor(between(random, 2, 7))];
    return (x, y) => {
      const row = Math.floor(y / high);
      return y % high < 2 || (x + (row % 2) * (wide / 2)) % wide < 2 ? mortar : stone;
    };
  },
  writing: (width, height, random) => {
    const size = Math.floor(between(random, 6, 20));
    const columns = Math.ceil(width / size);
    const strokes = Array.from({ length: columns * Math.ceil(height / size) }, () =>
      random() < 0.2 ? 0 : Math.floor(random() * 2 ** 15),
    );
    return (x, y) => {
      const [column, row] = [Math.floor(x / size), Math.floor(y / size)];
      const [u, v] = [Math.floor(((x % size) / size) * 4), Math.floor(((y % size) / size) * 7)];
      const ink = u < 3 && v < 5 && (strokes[row * columns + column]! >> (v * 3 + u)) & 1;
      return ink ? [20, 20, 30] : [250, 250, 246];
    };
  },
  /** A ground, a sky, things before them, and the grain of a sensor. */
  scene: (width, height, random) => {
    const sky = DRAWINGS.gradient(width, height, random);
    const land = DRAWINGS.clouds(width, height, random);
    const things = DRAWINGS.shapes(width, height, random);
    const [ridge, relief] = [cloudsOf(width, height, random), cloudsOf(width, height, random)];
    const grain = between(random, 1, 6);
    return (x, y) => {
      const above = y / height < 0.3 + 0.4 * ridge(x, height / 2);
      const cover = above ? 0 : Math.max(0, relief(x, y) - 0.5) * 2;
      const colour = mixed(above ? sky(x, y) : land(x, y), things(x, y), cover);
      return colour.map((value) => value + (random() + random() + random() - 1.5) * 2 * grain) as [
        number,
        number,
        number,
      ];
    };
  },
} satisfies Record<string, Kind>;

export type DrawingKind = keyof typeof DRAWINGS;
export const DRAWING_KINDS = Object.keys(DRAWINGS) as DrawingKind[];

/** A picture of a kind. */
export function drawing(kind: DrawingKind, width: number, height: number, random: Random): Pixels {
  const paint = DRAWINGS[kind](width, height, random);
  const data = new Uint8ClampedArray(width * height * 4);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at += 4) {
      const [red, green, blue] = paint(x, y);
      data[at] = red;
      data[at + 1] = green;
      data[at + 2] = blue;
      data[at + 3] = 255;
    }
  }
  return { width, height, data: new Uint8Array(data.buffer) };
}

/** Noise of five sizes, each half as strong as the one above: 0 to 1. */
function cloudsOf(width: number, height: number, random: Random): (x: number, y: number) => number {
  const octaves = Array.from({ length: 5 }, (_, octave) => {
    const cell = Math.max(4, Math.max(width, height) / 3 / 2 ** octave);
    const columns = Math.ceil(width / cell) + 2;
    const values = Float32Array.from({ length: columns * (Math.ceil(height / cell) + 2) }, () => random());
    return { cell, columns, values, weight: 0.5 ** (octave + 1) };
  });
  return (x, y) => {
    let sum = 0;
    for (const { cell, columns, values, weight } of octaves) {
      const [u, v] = [x / cell, y / cell];
      const [column, row] = [Math.floor(u), Math.floor(v)];
      const [a, b] = [u - column, v - row];
      const at = row * columns + column;
      const upper = values[at]! * (1 - a) + values[at + 1]! * a;
      const lower = values[at + columns]! * (1 - a) + values[at + columns + 1]! * a;
      sum += weight * (upper * (1 - b) + lower * b);
    }
    return sum;
  };
}

/** A part of a picture. */
export function cropped({ width, data }: Pixels, x: number, y: number, wide: number, high: number): Pixels {
  const out = new Uint8Array(wide * high * 4);
  for (let row = 0; row < high; row++)
    out.set(data.subarray(((y + row) * width + x) * 4, ((y + row) * width + x + wide) * 4), row * wide * 4);
  return { width: wide, height: high, data: out };
}

/** A picture at another size: the mean of what each new pixel covers, or what lies between the old ones where it grows. */
export function scaled(picture: Pixels, scale: number): Pixels {
  const [width, height] = [Math.round(picture.width * scale), Math.round(picture.height * scale)];
  const along = resampled(picture.data, picture.width, width, picture.height, 4, picture.width * 4);
  const both = resampled(along, picture.height, height, width, width * 4, 4);
  return { width, height, data: Uint8Array.from(both, (value) => Math.round(value)) };
}

/** One axis of `lines` lines, by a triangle as wide as the larger of the two pixels. */
function resampled(
  values: Uint8Array | Float32Array,
  from: number,
  to: number,
  lines: number,
  step: number,
  line: number,
): Float32Array {
  const ratio = from / to;
  const reach = Math.max(1, ratio);
  const out = new Float32Array(to * lines * 4);
  const horizontal = step === 4;
  for (let k = 0; k < to; k++) {
    const middle = (k + 0.5) * ratio - 0.5;
    const [first, last] = [Math.max(0, Math.ceil(middle - reach)), Math.min(from - 1, Math.floor(middle + reach))];
    const weights = Float64Array.from({ length: last - first + 1 }, (_, i) =>
      Math.max(1e-6, 1 - Math.abs(first + i - middle) / reach),
    );
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    for (let other = 0; other < lines; other++) {
      const target = horizontal ? (other * to + k) * 4 : (k * lines + other) * 4;
      for (let channel = 0; channel < 4; channel++) {
        let sum = 0;
        for (let i = first; i <= last; i++) sum += weights[i - first]! * values[other * line + i * step + channel]!;
        out[target + channel] = sum / total;
      }
    }
  }
  return out;
}
