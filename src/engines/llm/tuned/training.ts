import { History, PromptReading } from './context.ts';
import { Choices, END, Network, type Lexicon } from './network.ts';
import { seeded } from '../builtin/sampling.ts';
import { isWord, tokenize } from './tokens.ts';
import {
  COMPLETION_TOKENS_MAX,
  type Pair,
  type StepMetric,
  type TrainingOptions,
  type TrainingResult,
} from './types.ts';

/** The engine's own learning rate, for AdaGrad. */
const RATE = 0.35;
/** Continuations kept of a context. */
const FOLLOWERS_MAX = 64;
/** A token that so large a part of the completions have is their own, not the prompts'. */
const CONSTANT_SHARE = 0.5;
const GRADIENT_MIN = 1e-4;

type Example = { prompt: PromptReading; tokens: string[] };

/**
 * Trains on pairs. Cross-entropy is what falls: each step moves the weights of all ways to write a token by how much more or less likely they
 * were than they should have been. The same arguments give the same weights.
 *
 * @param told of each step as it is done
 */
export function train(
  pairs: readonly Pair[],
  validation: readonly Pair[],
  options: TrainingOptions,
  told: (metric: StepMetric & { steps: number }) => void,
): TrainingResult {
  const examples = pairs.map(readExample);
  const held = validation.map(readExample);
  const network = new Network(count(examples));
  const result: TrainingResult = {
    adapter: new Uint8Array(),
    training: [],
    validation: [],
    epoch: options.epochs,
    tokens: 0,
  };
  const stepsOfEpoch = Math.ceil(examples.length / options.batchSize);
  const steps = stepsOfEpoch * options.epochs;
  const learner = new Learner(network);
  const random = seeded(options.seed);
  const validate = (step: number, epoch: number): number => {
    if (held.length === 0) return Number.NaN;
    const loss = learner.lossOf(held);
    result.validation.push({ step, epoch, loss });
    return loss;
  };
  let best = { loss: validate(0, 0), epoch: 0, weights: undefined as Float32Array | undefined };
  let stagnant = 0;
  let step = 0;
  for (let epoch = 1; epoch <= options.epochs; epoch++) {
    const order = shuffled(examples, random);
    for (let at = 0; at < order.length; at += options.batchSize) {
      const batch = order.slice(at, at + options.batchSize);
      const warm = options.warmupSteps > 0 ? Math.min(1, (step + 1) / options.warmupSteps) : 1;
      const loss = learner.step(batch, RATE * options.learningRate * warm);
      step++;
      for (const { prompt, tokens } of batch) result.tokens += prompt.tokens.length + tokens.length;
      result.training.push({ step, epoch, loss });
      told({ step, epoch, loss, steps });
    }
    const loss = validate(step, epoch);
    const stopping = options.earlyStopping;
    if (!stopping || Number.isNaN(loss)) continue;
    if (loss < best.loss - stopping.threshold) stagnant = 0;
    else stagnant++;
    if (loss < best.loss) best = { loss, epoch, weights: network.weights.slice() };
    if (stagnant >= stopping.patience) break;
  }
  if (best.weights) {
    network.weights.set(best.weights);
    result.epoch = best.epoch;
  }
  result.adapter = network.write(options.remembers ? pairs.map(({ completion }) => completion) : []);
  return result;
}

function readExample({ prompt, completion }: Pair): Example {
  return { prompt: new PromptReading(prompt), tokens: [...tokenize(completion, COMPLETION_TOKENS_MAX), END] };
}

/** What can be counted before anything is learned. */
function count(examples: Example[]): Lexicon {
  const counts = new Map<string, number>();
  const standing = new Map<string, number>();
  const promptWords = new Set<string>();
  let total = 0;
  let tokensMax = 0;
  for (const { tokens, prompt } of examples) {
    tokensMax = Math.max(tokensMax, tokens.length);
    for (const token of tokens) counts.set(token, (counts.get(token) ?? 0) + 1);
    for (const token of new Set(tokens)) standing.set(token, (standing.get(token) ?? 0) + 1);
    for (const word of prompt.places.keys()) promptWords.add(word);
    total += tokens.length;
  }
  const constants = new Set<string>();
  for (const [token, held] of standing)
    if (isWord(token) && held > 1 && held >= examples.length * CONSTANT_SHARE) constants.add(token);
  const followers = new Map<number, Map<string, number>>();
  for (const { tokens, prompt } of examples) {
    const history = new History(prompt, constants);
    for (const token of tokens) {
      for (const context of history.contexts()) {
        const known = followers.get(context) ?? new Map<string, number>();
        known.set(token, (known.get(token) ?? 0) + 1);
        followers.set(context, known);
      }
      history.push(token);
    }
  }
  const candidates = new Map<number, string[]>();
  for (const [context, known] of followers) {
    const ranked = [...known].sort((a, b) => b[1] - a[1]).slice(0, FOLLOWERS_MAX);
    candidates.set(
      context,
      ranked.map(([token]) => token),
    );
  }
  return { counts, total, constants, candidates, promptWords, tokensMax };
}

class Learner {
  readonly #network: Network;
  readonly #choices = new Choices();
  readonly #gradients: Float32Array;
  /** Sums of the squares of past gradients: AdaGrad (Duchi, Hazan, Singer 2011). */
  readonly #squares: Float32Array;
  readonly #touched: number[] = [];

  constructor(network: Network) {
    this.#network = network;
    this.#gradients = new Float32Array(network.weights.length);
    this.#squares = new Float32Array(network.weights.length);
  }

  /** One change of the weights; the loss of its batch before. */
  step(batch: Example[], rate: number): number {
    let loss = 0;
    let tokens = 0;
    for (const example of batch) {
      loss += this.#walk(example, (token, likelihood) => this.#collect(token, likelihood));
      tokens += example.tokens.length;
    }
    const { weights } = this.#network;
    for (const index of this.#touched) {
      const gradient = this.#gradients[index]! / batch.length;
      this.#gradients[index] = 0;
      if (gradient === 0) continue;
      this.#squares[index]! += gradient * gradient;
      weights[index]! -= (rate * gradient) / (Math.sqrt(this.#squares[index]!) + 1e-6);
    }
    this.#touched.length = 0;
    return loss / tokens;
  }

  lossOf(examples: Example[]): number {
    let loss = 0;
    let tokens = 0;
    for (const example of examples) {
      loss += this.#walk(example, () => {});
      tokens += example.tokens.length;
    }
    return loss / tokens;
  }

  #walk({ prompt, tokens }: Example, at: (token: string, likelihood: number) => void): number {
    const history = new History(prompt, this.#network.lexicon.constants);
    let loss = 0;
    for (const token of tokens) {
      this.#choices.look(this.#network, prompt, history);
      const likelihood = this.#choices.likelihood(token);
      loss -= Math.log(likelihood);
      at(token, likelihood);
      history.push(token);
    }
    return loss;
  }

  #collect(token: string, likelihood: number): void {
    const choices = this.#choices;
    for (let way = 0; way < choices.count; way++) {
      const gradient = choices.probabilities[way]! - choices.shareOf(way, token) / likelihood;
      if (Math.abs(gradient) < GRADIENT_MIN) continue;
      const end = choices.starts[way + 1]!;
      for (let at = choices.starts[way]!; at < end; at++) {
        const index = choices.features[at]!;
        if (this.#gradients[index] === 0) this.#touched.push(index);
        this.#gradients[index]! += gradient;
      }
    }
  }
}

/** Fisher and Yates. */
function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const order = [...items];
  for (let at = order.length - 1; at > 0; at--) {
    const other = Math.floor(random() * (at + 1));
    [order[at], order[other]] = [order[other]!, order[at]!];
  }
  return order;
}
