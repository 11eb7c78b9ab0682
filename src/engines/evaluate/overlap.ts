import { exactMatch, quasiExactMatch } from './answers.ts';
import { EvaluateError } from './error.ts';
import { meteor } from './meteor.ts';
import { rougeL, rougeN } from './rouge.ts';

/** What an answer has in common with its reference, each 0 to 1. Absent: the texts are too long for the measure. */
export type Overlap = {
  rouge1: number;
  rouge2: number;
  rougeL?: number;
  meteor?: number;
  exactMatch: number;
  quasiExactMatch: number;
};

/** ROUGE-1, -2 and -L (F1, without stemming), METEOR, exact and quasi-exact match of one answer. */
export function overlapOf(reference: string, answer: string): Overlap {
  const overlap: Overlap = {
    rouge1: rougeN(reference, answer, 1).f1,
    rouge2: rougeN(reference, answer, 2).f1,
    exactMatch: Number(exactMatch(reference, answer)),
    quasiExactMatch: Number(quasiExactMatch(reference, answer)),
  };
  try {
    overlap.rougeL = rougeL(reference, answer).f1;
    overlap.meteor = meteor(answer, [reference]);
  } catch (error) {
    if (!(error instanceof EvaluateError)) throw error;
  }
  return overlap;
}
