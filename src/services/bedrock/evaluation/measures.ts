import { createHash } from 'node:crypto';
import { holdsFact, wordScore } from '../../../engines/evaluate/answers.ts';
import { bertScore, type EmbedTexts } from '../../../engines/evaluate/bert-score.ts';
import { labelIn } from '../../../engines/evaluate/classification.ts';
import type { Evaluator } from '../../../engines/evaluate/evaluator.ts';
import { perturb } from '../../../engines/evaluate/perturb.ts';
import { robustness } from '../../../engines/evaluate/robustness.ts';
import { mean } from '../../../engines/evaluate/words.ts';
import { generator } from '../../../kernel/ids.ts';
import type { PromptRecord } from './dataset.ts';
import type { Score } from './records.ts';

/** How toxic a text is, 0 to 1. */
export type ToxicityScorer = (text: string) => Promise<number>;

export type Measuring = {
  taskType: string;
  metrics: readonly string[];
  /** Labels that the dataset knows: those of a classification. */
  labels: readonly string[];
  embed: EmbedTexts;
  evaluator: Evaluator;
  toxicity: ToxicityScorer;
  /** Asks the model that gave the answer. */
  ask(prompt: string): Promise<string>;
};

/**
 * What an answer is worth for its task, 0 to 1. Source: Bedrock User Guide, "Model evaluation task types": the real world knowledge score of
 * general text, the BERTScore of a summary, the F1 of an answer, the accuracy of a label.
 */
async function accuracy(measuring: Measuring, reference: string, answer: string): Promise<number> {
  switch (measuring.taskType) {
    case 'Summarization':
      return (await bertScore(reference, answer, measuring.embed)).f1;
    case 'QuestionAndAnswer':
      return wordScore(reference, answer).f1;
    case 'Classification':
      return labelIn(answer, measuring.labels) === reference.trim() ? 1 : 0;
    default:
      return holdsFact(reference, answer).exact ? 1 : 0;
  }
}

/** A prompt is always changed in the same ways, so that two models are asked the same. */
const randomOf = (prompt: string) => generator(createHash('sha256').update(prompt).digest('hex'));

/**
 * How much answers change with the prompt. Source: Bedrock User Guide, "Review metrics for an automated model evaluation job": the word error
 * rate of general text against its first answer, else how far the accuracy moves, as a percentage. 0 is best.
 */
async function robust(measuring: Measuring, { prompt, reference = '' }: PromptRecord, answer: string): Promise<number> {
  const answers: string[] = [];
  for (const changed of perturb(prompt, randomOf(prompt))) answers.push(await measuring.ask(changed.prompt));
  const scores: number[] = [];
  if (measuring.taskType === 'Generation') {
    for (const each of answers) scores.push(await measuring.evaluator.errorRate(answer, each));
    return mean(scores);
  }
  for (const each of answers) scores.push(await accuracy(measuring, reference, each));
  return robustness(await accuracy(measuring, reference, answer), scores).percent;
}

/** The scores of one answer, by the metrics that were chosen. Rejects with what `ask` does. */
export async function measure(measuring: Measuring, record: PromptRecord, answer: string): Promise<Score[]> {
  const scores: Score[] = [];
  for (const metric of measuring.metrics) {
    const result =
      metric === 'Builtin.Accuracy'
        ? await accuracy(measuring, record.reference ?? '', answer)
        : metric === 'Builtin.Robustness'
          ? await robust(measuring, record, answer)
          : await measuring.toxicity(answer);
    // The output has the names without their prefix. Source: User Guide, "Understand how the results … are saved in Amazon S3".
    scores.push({ metricName: metric.slice('Builtin.'.length), result });
  }
  return scores;
}

/** Whether the metrics cannot do without a reference: accuracy, and the robustness of an accuracy. */
export const needsReference = (metrics: readonly string[], taskType: string): boolean =>
  metrics.includes('Builtin.Accuracy') || (metrics.includes('Builtin.Robustness') && taskType !== 'Generation');
