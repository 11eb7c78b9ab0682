/** A picture as pixels: four bytes each, red, green, blue and opacity, row by row from the top. */
export type Pixels = { width: number; height: number; data: Uint8Array };

/** Brightness of each pixel, 0 to 255 (ITU-R BT.601, as in JPEG). */
export function luminance({ width, height, data }: Pixels): Float32Array {
  const out = new Float32Array(width * height);
  for (let i = 0, at = 0; i < out.length; i++, at += 4)
    out[i] = 0.299 * data[at]! + 0.587 * data[at + 1]! + 0.114 * data[at + 2]!;
  return out;
}

/** The mean of each pixel's surroundings: a square of `2 × radius + 1`, cut at the edges. */
export function meanAround(values: Float32Array, width: number, height: number, radius: number): Float32Array {
  const along = new Float32Array(values.length);
  for (let y = 0; y < height; y++) {
    const row = y * width;
    let sum = 0;
    for (let x = 0; x < Math.min(radius, width); x++) sum += values[row + x]!;
    for (let x = 0; x < width; x++) {
      if (x + radius < width) sum += values[row + x + radius]!;
      if (x - radius > 0) sum -= values[row + x - radius - 1]!;
      along[row + x] = sum / (Math.min(x + radius, width - 1) - Math.max(x - radius, 0) + 1);
    }
  }
  const out = new Float32Array(values.length);
  const sums = new Float64Array(width);
  for (let y = 0; y < Math.min(radius, height); y++)
    for (let x = 0; x < width; x++) sums[x] = sums[x]! + along[y * width + x]!;
  for (let y = 0; y < height; y++) {
    const entering = y + radius < height ? (y + radius) * width : -1;
    const leaving = y - radius > 0 ? (y - radius - 1) * width : -1;
    const count = Math.min(y + radius, height - 1) - Math.max(y - radius, 0) + 1;
    for (let x = 0; x < width; x++) {
      let sum = sums[x]!;
      if (entering >= 0) sum += along[entering + x]!;
      if (leaving >= 0) sum -= along[leaving + x]!;
      sums[x] = sum;
      out[y * width + x] = sum / count;
    }
  }
  return out;
}
