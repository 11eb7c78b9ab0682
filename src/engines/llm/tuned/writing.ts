import { FUNCTION_WORDS } from '../builtin/lexicons/function-words.ts';
import { distribution, seeded, type Candidate } from '../builtin/sampling.ts';
import { History, PromptReading } from './context.ts';
import { Choices, END, type Network } from './network.ts';

export type WritingOptions = { temperature: number; topP: number; topK: number; seed: number };

/** Completions may be so many times as long as the longest that was learned from. */
const LENGTH_FACTOR = 1.5;
/** Share of a prompt's words, those apart that every text has, that training must have seen in prompts. */
const KNOWN_SHARE = 0.25;

/** Whether a prompt is of the kind that was trained on. */
export function isKnown({ lexicon }: Network, text: string): boolean {
  const words = [...new PromptReading(text).places.keys()].filter((word) => /^\p{L}/u.test(word));
  const telling = words.filter((word) => !FUNCTION_WORDS.has(word));
  const asked = telling.length > 0 ? telling : words;
  const known = asked.filter((word) => lexicon.promptWords.has(word));
  return known.length > 0 && known.length >= asked.length * KNOWN_SHARE;
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
