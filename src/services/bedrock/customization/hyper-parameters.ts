import type { FoundationModel } from '../../../kernel/foundation-models/model.ts';
import { invalid } from '../errors.ts';
import { BATCH_DEFAULT } from './limits.ts';

type Range = { min: number; max: number; standard: number; integer?: true };
type Ranges = { [name: string]: Range };

/**
 * What can be set of a training, by model. Source: Bedrock User Guide, "Custom model hyperparameters"; those of Titan Text from memory.
 */
const NOVA: Ranges = {
  epochCount: { min: 1, max: 5, standard: 2, integer: true },
  learningRate: { min: 1e-6, max: 1e-4, standard: 1e-5 },
  learningRateWarmupSteps: { min: 0, max: 100, standard: 10, integer: true },
};
const TITAN: Ranges = {
  epochCount: { min: 1, max: 10, standard: 5, integer: true },
  batchSize: { min: 1, max: 64, standard: 1, integer: true },
  learningRate: { min: 0, max: 1, standard: 1e-5 },
  learningRateWarmupSteps: { min: 0, max: 250, standard: 5, integer: true },
};
const CLAUDE: Ranges = {
  epochCount: { min: 1, max: 10, standard: 2, integer: true },
  batchSize: { min: 4, max: 256, standard: 32, integer: true },
  learningRateMultiplier: { min: 0.1, max: 2, standard: 1 },
  earlyStoppingThreshold: { min: 0, max: 0.1, standard: 0.001 },
  earlyStoppingPatience: { min: 1, max: 10, standard: 2, integer: true },
};
const LLAMA: Ranges = {
  epochCount: { min: 1, max: 10, standard: 5, integer: true },
  batchSize: { min: 1, max: 1, standard: 1, integer: true },
  learningRate: { min: 5e-6, max: 0.1, standard: 1e-4 },
};
const COHERE: Ranges = {
  epochCount: { min: 1, max: 100, standard: 1, integer: true },
  batchSize: { min: 8, max: 32, standard: 8, integer: true },
  learningRate: { min: 5e-6, max: 0.1, standard: 1e-5 },
  earlyStoppingThreshold: { min: 0, max: 0.1, standard: 0.01 },
  earlyStoppingPatience: { min: 1, max: 10, standard: 6, integer: true },
  evalPercentage: { min: 5, max: 50, standard: 20 },
};

function rangesOf({ family }: FoundationModel): Ranges {
  if (family === 'nova') return NOVA;
  if (family === 'titan-text') return TITAN;
  if (family === 'anthropic-messages') return CLAUDE;
  if (family === 'cohere-command') return COHERE;
  return LLAMA;
}

export type HyperParameters = {
  epochs: number;
  batchSize: number;
  /** A multiple of the model's standard rate. */
  learningRate: number;
  warmupSteps: number;
  earlyStopping?: { threshold: number; patience: number };
  /** Percent of the training data that is held back where no validation data is given. */
  evalPercentage?: number;
};

/** The values of a request, all defaults filled in, as texts and as they are meant. Throws ValidationException. */
export function readHyperParameters(
  model: FoundationModel,
  given: Record<string, string> = {},
): { texts: Record<string, string>; values: HyperParameters } {
  const ranges = rangesOf(model);
  const texts: Record<string, string> = {};
  for (const [name, text] of Object.entries(given)) {
    const range = Object.hasOwn(ranges, name) ? ranges[name]! : undefined;
    if (!range)
      throw invalid(
        `The hyperparameter ${name} is not supported for the model ${model.id}. Supported hyperparameters: ${Object.keys(ranges).join(', ')}.`,
      );
    const value = /^\s*$/.test(text) ? Number.NaN : Number(text);
    if (!Number.isFinite(value) || (range.integer && !Number.isInteger(value)))
      throw invalid(
        `The value ${text} of the hyperparameter ${name} is not ${range.integer ? 'an integer' : 'a number'}.`,
      );
    if (value < range.min || value > range.max)
      throw invalid(
        `The value ${text} of the hyperparameter ${name} is out of range. It must be between ${range.min} and ${range.max}.`,
      );
    texts[name] = text;
  }
  const valueOf = (name: string) => (name in texts ? Number(texts[name]) : ranges[name]?.standard);
  for (const [name, { standard }] of Object.entries(ranges)) texts[name] ??= String(standard);
  const threshold = valueOf('earlyStoppingThreshold');
  const patience = valueOf('earlyStoppingPatience');
  const rate = ranges['learningRate'];
  const evalPercentage = valueOf('evalPercentage');
  return {
    texts,
    values: {
      epochs: valueOf('epochCount')!,
      batchSize: valueOf('batchSize') ?? BATCH_DEFAULT,
      learningRate: valueOf('learningRateMultiplier') ?? valueOf('learningRate')! / rate!.standard,
      warmupSteps: valueOf('learningRateWarmupSteps') ?? 0,
      ...(threshold === undefined || patience === undefined ? {} : { earlyStopping: { threshold, patience } }),
      ...(evalPercentage === undefined ? {} : { evalPercentage }),
    },
  };
}
