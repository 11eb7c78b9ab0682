/** Entry of the worker thread behind `estimateTokens`. */
import { encode } from 'gpt-tokenizer/encoding/o200k_base';

/** Text that looks like a special token ("<|endoftext|>") is counted as ordinary text. */
const plain = { disallowedSpecial: new Set<string>() };

export default function count(texts: string[]): number[] {
  return texts.map((text) => encode(text, plain).length);
}
