import { stops, type Finding } from '../explain.ts';
import { CONTENT_TYPES, STRENGTHS, type ContentType, type GroundingType, type Strength } from '../model.ts';
import { countOf, isLabelled, measure, shouldStepIn, type Judged, type Measures } from './sums.ts';

/** What is swept: content filters over strengths, grounding or relevance over thresholds. */
export type SweepOf =
  | { family: 'content'; types: readonly ContentType[] }
  | { family: 'grounding'; types: readonly GroundingType[] };
export type SweepSettings = {
  of: SweepOf;
  direction: 'BOTH' | 'INPUT' | 'OUTPUT';
  /** Whether other filters' findings count, as they do where the guardrail works; or the swept filters by themselves. */
  alone: boolean;
};

/** One strength or threshold, and how right the guardrail would be with it. */
export type SweepPoint = { at: Strength | number } & Measures;

export type Swept = {
  points: SweepPoint[];
  /** Rows that are judged. */
  rows: number;
  /** Rows of which nothing is known, for a filter does not look at their direction, though it could. */
  unknown: number;
};

export const THRESHOLDS: readonly number[] = Array.from({ length: 100 }, (_each, index) => index / 100);

const isSwept = (of: SweepOf, { family, category }: Finding): boolean =>
  family === of.family && (of.types as readonly string[]).includes(category);

/** Filters of content of which an answer tells the confidence. */
export const sweptTypes = (judged: readonly Judged[]): ContentType[] =>
  CONTENT_TYPES.filter((type) =>
    judged.some(({ findings }) => findings.some(({ family, category }) => family === 'content' && category === type)),
  );

/**
 * What the guardrail would do at every strength or threshold, from the confidences and scores of one run. A filter that only detects counts as
 * if it blocked.
 */
export function sweep(judged: readonly Judged[], { of, direction, alone }: SweepSettings): Swept {
  const known = judged
    .filter(({ row }) => direction === 'BOTH' || row.source === direction)
    .map((each) => ({
      ...each,
      swept: each.findings.filter((finding) => isSwept(of, finding)),
      others: each.findings.some((finding) => !isSwept(of, finding) && finding.action !== 'NONE'),
    }));
  const unknown = known.filter(
    ({ row, swept }) => swept.length < of.types.filter((type) => looksAt(type, row.source)).length,
  );
  const rows = alone
    ? known.filter(
        (each) =>
          each.swept.length > 0 &&
          (!shouldStepIn(each) ||
            each.row.policy === undefined ||
            of.types.some((category) => isLabelled(each.row, { family: of.family, category }))),
      )
    : known;
  const at: readonly (Strength | number)[] = of.family === 'content' ? STRENGTHS : THRESHOLDS;
  return {
    points: at.map((point) => ({
      at: point,
      ...measure(
        countOf(
          rows,
          shouldStepIn,
          ({ swept, others }) => (!alone && others) || swept.some((finding) => firesAt(finding, point)),
        ),
      ),
    })),
    rows: rows.length,
    unknown: of.family === 'content' ? unknown.length : 0,
  };
}

/** Attacks are on what goes in. */
const looksAt = (type: string, source: string): boolean => type !== 'PROMPT_ATTACK' || source === 'INPUT';

const firesAt = ({ confidence, score }: Finding, at: Strength | number): boolean =>
  typeof at === 'number' ? score !== undefined && score < at : confidence !== undefined && stops(at, confidence);

/** Points that decide otherwise than the one before them: what a table needs to show. */
export const changesOf = (points: readonly SweepPoint[]): SweepPoint[] =>
  points.filter(({ tp, fp }, index) => {
    const before = points[index - 1];
    return !before || before.tp !== tp || before.fp !== fp;
  });

/** The point with the highest F1; the first of several. */
export const bestOf = (points: readonly SweepPoint[]): SweepPoint | undefined =>
  points.reduce<SweepPoint | undefined>(
    (best, point) => ((point.f1 ?? -1) > (best?.f1 ?? -1) ? point : best),
    undefined,
  );
