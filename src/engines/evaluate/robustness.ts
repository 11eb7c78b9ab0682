import { EvaluateError } from './error.ts';
import { mean } from './words.ts';

/**
 * How much a score moves when the prompt is changed a little: the mean distance of the scores of the perturbed prompts from the score of the
 * original, and that as a percentage of the original score. 0 is best. Where the original score is 0, the percentage is 0 if none of the
 * others is better, else 100.
 * Source: Bedrock User Guide, "Review metrics for an automated model evaluation job": (delta / score) × 100; the delta is fmeval's.
 *
 * @throws {EvaluateError} 'invalid' without a perturbed score
 */
export function robustness(original: number, perturbed: readonly number[]): { delta: number; percent: number } {
  if (perturbed.length === 0) throw new EvaluateError('invalid', 'There are no scores of perturbed prompts.');
  const delta = mean(perturbed.map((score) => Math.abs(original - score)));
  return { delta, percent: original === 0 ? (delta === 0 ? 0 : 100) : (delta / original) * 100 };
}
