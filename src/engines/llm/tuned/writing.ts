import { distribution, seeded, type Candidate } from '../builtin/sampling.ts';
import { History, PromptReading } from './context.ts';
import { Choices, END, type Network } from './network.ts';

export type WritingOptions = { temperature: number; topP: number; topK: number; seed: number };

/** Completions may be so many times as long as the longest that was learned from. */
const LENGTH_FACTOR = 1.5;
/** How much of a prompt's words, weighed by how rare they are, training must have seen in prompts. */
const KNOWN_SHARE = 0.3;

/** Whether a prompt is of the kind that was trained on. */
export function isKnown(network: Network, text: string): boolean {
  const { promptWords, prompts } = network.lexicon;
  let known = 0;
  let all = 0;
  for (const word of new PromptReading(text).places.keys()) {
    const held = promptWords.get(word) ?? 0;
    // A word of nearly every prompt still counts a little.
    const weight = Math.log((prompts + 1) / (held + 1)) + 0.5;
    all += weight;
    if (held > 0) known += weight;
  }
  return all > 0 && known / all >= KNOWN_SHARE;
}

/** Writes the completion of a prompt, the likeliest token after token, or as drawn at a temperature. */
export function write(network: Network, text: string, options: WritingOptions): string {
  const prompt = new PromptReading(text);
  const history = new History(prompt, network.lexicon.constants);
  const choices = new Choices();
  const random = seeded(options.seed);
  const lengthMax = Math.ceil(network.lexicon.tokensMax * LENGTH_FACTOR) + 1;
  while (history.tokens.length < lengthMax) {
    choices.look(network, prompt, history);
    const likelihoods = new Map<string, number>();
    for (let way = 0; way < choices.count; way++) {
      const token = choices.tokens[way];
      // Any word at all is no word to write.
      if (token !== undefined) likelihoods.set(token, (likelihoods.get(token) ?? 0) + choices.probabilities[way]!);
    }
    const candidates: Candidate<string>[] = [...likelihoods].map(([value, share]) => ({
      value,
      score: Math.log(share),
    }));
    if (candidates.length === 0) break;
    const drawn = drawFrom(candidates, options, random);
    if (drawn === END) break;
    history.push(drawn);
  }
  return history.tokens.join('');
}

function drawFrom(candidates: Candidate<string>[], options: WritingOptions, random: () => number): string {
  const shares = distribution(candidates, options);
  let left = shares.length === 1 ? 0 : random();
  for (const { value, probability } of shares) {
    left -= probability;
    if (left < 0) return value;
  }
  return shares.at(-1)!.value;
}
