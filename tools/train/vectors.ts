import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createEmbedder } from '../../src/engines/embed/embedder.ts';
import { DIMENSIONS } from '../../src/engines/text/vectors.ts';

const FOLDER = '.cache/train';
const BATCH = 512;

/** The encoder's vectors of sentences, by sentence. They take minutes to make, so what was made before is kept in a file. */
export async function vectorsOf(sentences: Iterable<string>): Promise<Map<string, Float32Array>> {
  const vectors = new Map<string, Float32Array>();
  if (existsSync(`${FOLDER}/sentences.json`)) {
    const known = JSON.parse(readFileSync(`${FOLDER}/sentences.json`, 'utf8')) as string[];
    const bytes = readFileSync(`${FOLDER}/vectors.f32`);
    const numbers = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
    known.forEach((sentence, at) => vectors.set(sentence, numbers.subarray(at * DIMENSIONS, (at + 1) * DIMENSIONS)));
  }
  const missing = [...new Set(sentences)].filter((sentence) => !vectors.has(sentence));
  if (missing.length === 0) return vectors;
  console.log(`${missing.length} sentences to encode`);
  const embedder = createEmbedder({ threads: 2 });
  for (let at = 0; at < missing.length; at += BATCH) {
    const part = missing.slice(at, at + BATCH);
    const made = await embedder.embed(part);
    part.forEach((sentence, index) => vectors.set(sentence, made.vectors[index]!));
  }
  await embedder.close();
  mkdirSync(FOLDER, { recursive: true });
  const all = new Float32Array(vectors.size * DIMENSIONS);
  [...vectors.values()].forEach((vector, at) => all.set(vector, at * DIMENSIONS));
  writeFileSync(`${FOLDER}/sentences.json`, JSON.stringify([...vectors.keys()]));
  writeFileSync(`${FOLDER}/vectors.f32`, Buffer.from(all.buffer));
  return vectors;
}
