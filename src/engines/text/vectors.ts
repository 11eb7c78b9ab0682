import { createHash } from 'node:crypto';

/** Turns each text into a vector of unit length, of which near ones mean alike. */
export type Embed = (texts: string[]) => Promise<Float32Array[]>;

/** Length of a text's vector. */
export const DIMENSIONS = 512;

/** Vectors kept, 2 KB each, and characters of a text whose vector is. */
const KEPT_MAX = 8_192;
const KEPT_LENGTH_MAX = 500;
/** Texts handed to the encoder at once. */
const BATCH = 64;

/**
 * `embed` that remembers: conversations come again with every turn, and several policies read the same sentence. The vectors least
 * lately used go first. Texts that are asked for again while they are made are not made twice. Of the texts only digests are kept.
 */
export function remembering(embed: Embed): Embed {
  const kept = new Map<string, Promise<Float32Array>>();

  const keep = (key: string, vector: Promise<Float32Array>): void => {
    kept.delete(key);
    if (kept.size >= KEPT_MAX) kept.delete(kept.keys().next().value!);
    kept.set(key, vector);
  };

  return async (texts) => {
    const found = new Map<string, Promise<Float32Array>>();
    const missing: { text: string; key: string }[] = [];
    for (const text of new Set(texts)) {
      const key = createHash('sha256').update(text).digest('base64');
      const known = kept.get(key);
      if (!known) missing.push({ text, key });
      else {
        keep(key, known);
        found.set(text, known);
      }
    }
    for (let at = 0; at < missing.length; at += BATCH) {
      const part = missing.slice(at, at + BATCH);
      const made = embed(part.map(({ text }) => text));
      for (const [index, { text, key }] of part.entries()) {
        const vector = made.then((vectors) => vectors[index]!);
        found.set(text, vector);
        if (text.length > KEPT_LENGTH_MAX) continue;
        keep(key, vector);
        // What failed is tried again by the next call; this one hears of it below.
        vector.catch(() => kept.delete(key));
      }
    }
    return Promise.all(texts.map((text) => found.get(text)!));
  };
}

/** The direction that vectors have in common, of unit length: what texts that stand together mean. */
export function meanOf(vectors: readonly Float32Array[]): Float32Array {
  if (vectors.length === 1) return vectors[0]!;
  const sum = new Float32Array(vectors[0]!.length);
  for (const vector of vectors) for (let at = 0; at < sum.length; at++) sum[at]! += vector[at]!;
  const length = Math.sqrt(sum.reduce((all, value) => all + value * value, 0)) || 1;
  return sum.map((value) => value / length);
}
