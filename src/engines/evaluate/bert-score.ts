import { setImmediate } from 'node:timers/promises';
import { EvaluateError } from './error.ts';
import { mean, splitWords, type Score } from './words.ts';

/** Turns each text into a vector; all of one length. Called with distinct texts that hold a word each. */
export type EmbedTexts = (texts: string[]) => Promise<Float32Array[]>;

/** Words on either side that a word is read with. */
const CONTEXT_WORDS = 2;
/** Words of a text that are looked at; BERTScore cuts at its encoder's 512 word pieces likewise. */
const WORDS_READ_MAX = 320;
/** Comparing lets the event loop go after this long. */
const WORK_MS_MAX = 5;
/** Windows in one call of the encoder. */
const BATCH = 512;

/**
 * BERTScore's measure with an encoder that is handed in: each word is turned into a vector together with the two words on either side, each
 * word of one text is paired with the most alike of the other (greedy matching by cosine), and the means of these are precision (over the
 * candidate), recall (over the reference) and their harmonic mean. No weighting by frequency, no rescaling. Only with a BERT encoder would
 * the numbers be those of the `bert_score` package: they compare answers with each other, not with published scores. Cosines below 0 count
 * as 0. Case is set aside.
 * Source: Zhang et al., "BERTScore: Evaluating Text Generation with BERT", ICLR 2020.
 *
 * @returns each measure 0 to 1; 0 where one text has no words, 1 where neither has
 */
export async function bertScore(reference: string, candidate: string, embed: EmbedTexts): Promise<Score> {
  const [wanted, found] = [windows(reference), windows(candidate)];
  if (wanted.length === 0 && found.length === 0) return { precision: 1, recall: 1, f1: 1 };
  if (wanted.length === 0 || found.length === 0) return { precision: 0, recall: 0, f1: 0 };
  const vectors = await vectorsOf([...new Set([...wanted, ...found])], embed);
  const best = { wanted: new Float64Array(wanted.length), found: new Float64Array(found.length) };
  let since = performance.now();
  for (const [i, text] of wanted.entries()) {
    for (const [j, other] of found.entries()) {
      const alike = Math.min(dot(vectors.get(text)!, vectors.get(other)!), 1);
      if (alike > best.wanted[i]!) best.wanted[i] = alike;
      if (alike > best.found[j]!) best.found[j] = alike;
    }
    if (performance.now() - since < WORK_MS_MAX) continue;
    await setImmediate();
    since = performance.now();
  }
  const [precision, recall] = [mean([...best.found]), mean([...best.wanted])];
  return { precision, recall, f1: precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall) };
}

function windows(text: string): string[] {
  const words = splitWords(text.toLowerCase())
    .filter((word) => /[\p{L}\p{N}]/u.test(word))
    .slice(0, WORDS_READ_MAX);
  return words.map((_, at) => words.slice(Math.max(0, at - CONTEXT_WORDS), at + CONTEXT_WORDS + 1).join(' '));
}

async function vectorsOf(texts: string[], embed: EmbedTexts): Promise<Map<string, Float32Array>> {
  const vectors = new Map<string, Float32Array>();
  for (let at = 0; at < texts.length; at += BATCH) {
    const batch = texts.slice(at, at + BATCH);
    const made = await embed(batch);
    if (made.length !== batch.length)
      throw new EvaluateError('invalid', `The encoder gave ${made.length} vectors for ${batch.length} texts.`);
    for (const [index, text] of batch.entries()) vectors.set(text, unit(made[index]!));
  }
  return vectors;
}

function unit(vector: Float32Array): Float32Array {
  const length = Math.hypot(...vector);
  return length === 0 ? vector : vector.map((value) => value / length);
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let at = 0; at < a.length; at++) sum += a[at]! * b[at]!;
  return sum;
}
