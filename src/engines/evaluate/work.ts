import { wordErrorRate } from './answers.ts';
import { judgeCustomHeuristically, type CustomMetric } from './judge/custom.ts';
import { judgeHeuristically, type Verdict } from './judge/heuristic.ts';
import { rubricOf, type Matter } from './judge/rubric.ts';
import { overlapOf, type Overlap } from './overlap.ts';

/** What may take long on long texts. */
export type Work =
  | { kind: 'judge'; metric: string; matter: Matter }
  | { kind: 'judge-custom'; metric: CustomMetric; matter: Matter }
  | { kind: 'error-rate'; reference: string; candidate: string }
  | { kind: 'overlap'; reference: string; candidate: string };

export type Outcome = { judge: Verdict; 'judge-custom': Verdict; 'error-rate': number; overlap: Overlap };

/** Does it, on the thread it is called on. Rejects with EvaluateError. */
export async function doWork(work: Work): Promise<Verdict | number | Overlap> {
  switch (work.kind) {
    case 'judge':
      return judgeHeuristically(rubricOf(work.metric)!, work.matter);
    case 'judge-custom':
      return judgeCustomHeuristically(work.metric, work.matter);
    case 'error-rate':
      return wordErrorRate(work.reference, work.candidate);
    default:
      return overlapOf(work.reference, work.candidate);
  }
}
