import { findingLabel, type Decision, type Finding } from '../explain.ts';
import type { BenchRow } from './rows.ts';

/** A row, and what the guardrail did with it. */
export type Judged = { row: BenchRow; findings: Finding[]; decision: Decision };

export type Counts = { tp: number; fp: number; fn: number; tn: number };

/** Undefined where nothing is there to divide by. */
export type Measures = Counts & {
  precision: number | undefined;
  recall: number | undefined;
  f1: number | undefined;
  falseBlockRate: number | undefined;
};

export type Verdict = 'right' | 'false-block' | 'missed' | 'other-kind';

export const VERDICT_LABELS: Record<Verdict, string> = {
  right: 'Right',
  'false-block': 'False block',
  missed: 'Missed',
  'other-kind': 'Other action',
};

export function verdictOf({ row, decision }: Judged): Verdict {
  if (row.expected === decision) return 'right';
  if (row.expected === 'allow') return 'false-block';
  return decision === 'allow' ? 'missed' : 'other-kind';
}

const share = (part: number, whole: number): number | undefined => (whole === 0 ? undefined : part / whole);

export function measure(counts: Counts): Measures {
  const { tp, fp, fn, tn } = counts;
  return {
    ...counts,
    precision: share(tp, tp + fp),
    recall: share(tp, tp + fn),
    f1: share(2 * tp, 2 * tp + fp + fn),
    falseBlockRate: share(fp, fp + tn),
  };
}

/** Counts rows by whether the guardrail should step in (block or mask), and does. */
export function countOf<T>(rows: readonly T[], should: (row: T) => boolean, does: (row: T) => boolean): Counts {
  const counts: Counts = { tp: 0, fp: 0, fn: 0, tn: 0 };
  for (const row of rows) {
    if (should(row)) counts[does(row) ? 'tp' : 'fn'] += 1;
    else counts[does(row) ? 'fp' : 'tn'] += 1;
  }
  return counts;
}

export const shouldStepIn = ({ row }: Judged): boolean => row.expected !== 'allow';

export const overall = (judged: readonly Judged[]): Measures =>
  measure(countOf(judged, shouldStepIn, ({ decision }) => decision !== 'allow'));

/** Whether a row's label names a filter: the filter, its policy, or both as `pii:EMAIL`. */
export function isLabelled(
  { policy = '' }: BenchRow,
  { family, category }: Pick<Finding, 'family' | 'category'>,
): boolean {
  const label = policy.trim().toLowerCase();
  const name = category.toLowerCase();
  return label === name || label === family || label === `${family}:${name}`;
}

export type FilterSums = Measures & Pick<Finding, 'family' | 'category'> & { label: string; fired: number };

/**
 * How each filter does by itself. Right: it fires on a text that is to be stopped, and whose label, if it has one, names the filter. Wrong: it
 * fires on a text that is to pass. Missed: it does not fire on a text whose label names it alone; recall is of such texts.
 */
export function byFilter(judged: readonly Judged[]): FilterSums[] {
  const filters = new Map<string, Pick<Finding, 'family' | 'category'>>();
  const rows = judged.map(({ row, findings }) => {
    const fired = new Set<string>();
    for (const { family, category, detected } of findings) {
      const key = `${family} ${category}`;
      filters.set(key, { family, category });
      if (detected) fired.add(key);
    }
    return { row, fired };
  });
  return [...filters]
    .map(([key, filter]) => {
      const counts: Counts = { tp: 0, fp: 0, fn: 0, tn: 0 };
      let times = 0;
      let asLabelled = 0;
      for (const { row, fired } of rows) {
        const fires = fired.has(key);
        if (fires) times += 1;
        if (row.expected === 'allow') counts[fires ? 'fp' : 'tn'] += 1;
        else if (fires && (row.policy === undefined || isLabelled(row, filter))) {
          counts.tp += 1;
          if (row.policy !== undefined && namesAlone(row, filter)) asLabelled += 1;
        } else if (!fires && row.policy !== undefined && namesAlone(row, filter)) counts.fn += 1;
      }
      const recall = share(asLabelled, asLabelled + counts.fn);
      return { ...filter, label: findingLabel(filter), fired: times, ...measure(counts), recall };
    })
    .sort((a, b) => a.label.localeCompare(b.label));
}

/** A whole policy's label is no filter's alone. */
function namesAlone({ policy = '' }: BenchRow, { family, category }: Pick<Finding, 'family' | 'category'>): boolean {
  const label = policy.trim().toLowerCase();
  return label === category.toLowerCase() || label === `${family}:${category.toLowerCase()}`;
}

/** `93.3 %` */
export const percentText = (value: number | undefined): string =>
  value === undefined ? '–' : `${(value * 100).toFixed(1)} %`;
