import type { ResponseChunk } from './llama.ts';

/**
 * The tokens that are sampled for an answer, and how many of them have come out as text. node-llama-cpp holds back what may be the
 * beginning of a mark of its chat format ("<" of "<|im_end|>"), and drops it when the token limit comes first.
 */
export class TokenRecord {
  readonly #sampled: number[] = [];
  #reported = 0;

  sample(token: number): void {
    this.#sampled.push(token);
  }

  /** Takes note of a chunk that has come out; one of a segment without tokens opens or closes it, by the marks sampled before. */
  report({ type, tokens }: ResponseChunk): void {
    if (type === 'segment' && tokens.length === 0) this.#reported = this.#sampled.length;
    for (const token of tokens) {
      const at = this.#sampled.indexOf(token, this.#reported);
      if (at >= 0) this.#reported = at + 1;
    }
  }

  /** What is held back, and all before it. */
  held(): { tokens: number[]; before: number[] } {
    return { tokens: this.#sampled.slice(this.#reported), before: this.#sampled.slice(0, this.#reported) };
  }
}
