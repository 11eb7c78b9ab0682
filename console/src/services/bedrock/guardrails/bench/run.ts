import { ApplyGuardrailCommand, BedrockRuntimeClient } from '@aws-sdk/client-bedrock-runtime';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { useSend } from '../../../../aws/call.ts';
import { isAbort } from '../../../../aws/failure.ts';
import { useSignedIn } from '../../../../aws/session.ts';
import { applyInput } from '../apply.ts';
import { decisionOf, findingsOf, latencyOf, type Decision, type Finding } from '../explain.ts';
import type { BenchRow } from './rows.ts';
import type { Judged } from './sums.ts';

/** What a run says of a row as it was when it was asked. */
export type RowResult = { row: BenchRow } & (
  | { findings: Finding[]; decision: Decision; latencyMs: number | undefined }
  | { error: unknown }
);
export type Results = ReadonlyMap<string, RowResult>;

/** The results of this tab, by principal, guardrail and version: another page does not lose them. */
const kept = new Map<string, Results>();
/** How often a run shows what it has; less often where a table of thousands is summed up each time. */
const flushMs = (rows: number): number => (rows > 1_000 ? 1_000 : 250);
/** What is refused once is refused for every row. */
const HOPELESS = new Set([
  'AccessDeniedException',
  'ResourceNotFoundException',
  'UnrecognizedClientException',
  'ExpiredTokenException',
  'InvalidSignatureException',
]);

export type BenchRun = {
  results: Results;
  running: boolean;
  /** Rows that are through, of those that were asked for. */
  done: number;
  total: number;
  cancelled: boolean;
  /** Why the run stopped before its end. */
  error: unknown;
  /** Answers whether it came to its end. */
  start: (rows: readonly BenchRow[], concurrency: number) => Promise<boolean>;
  cancel: () => void;
};

type Progress = Pick<BenchRun, 'running' | 'done' | 'total' | 'cancelled' | 'error'>;
const IDLE: Progress = { running: false, done: 0, total: 0, cancelled: false, error: undefined };

/** Holds rows to a version of a guardrail, a few at a time; ends when the page is left. */
export function useBenchRun(id: string, version: string): BenchRun {
  const session = useSignedIn();
  const send = useSend(BedrockRuntimeClient);
  const key = `${session.arn} ${session.region} ${id} ${version}`;
  const [shown, setShown] = useState({ key, results: kept.get(key) ?? new Map<string, RowResult>() });
  const [progress, setProgress] = useState<Progress>(IDLE);
  const under = useRef<AbortController>(undefined);
  const results = useMemo(() => (shown.key === key ? shown.results : (kept.get(key) ?? new Map())), [shown, key]);
  // The version stays while it runs: only leaving the page ends a run.
  useEffect(() => () => under.current?.abort(), []);

  const start = useCallback(
    async (rows: readonly BenchRow[], concurrency: number) => {
      const controller = new AbortController();
      under.current = controller;
      const { signal } = controller;
      const found = new Map<string, RowResult>();
      const left = rows.values();
      let done = 0;
      let failure: unknown;
      const show = (running: boolean) => {
        const results = new Map(found);
        kept.set(key, results);
        setShown({ key, results });
        setProgress({
          running,
          done,
          total: rows.length,
          cancelled: signal.aborted && failure === undefined,
          error: failure,
        });
      };
      show(true);
      const timer = setInterval(() => show(true), flushMs(rows.length));
      const work = async () => {
        for (const row of left) {
          if (signal.aborted) return;
          try {
            const answer = await send(ApplyGuardrailCommand, applyInput(id, version, row), signal);
            const findings = findingsOf(answer.assessments);
            found.set(row.id, { row, findings, decision: decisionOf(findings), latencyMs: latencyOf(answer) });
          } catch (error) {
            if (isAbort(error) || signal.aborted) return;
            if (HOPELESS.has((error as Error).name)) {
              failure = error;
              controller.abort();
              return;
            }
            found.set(row.id, { row, error });
          }
          done += 1;
        }
      };
      await Promise.all(Array.from({ length: concurrency }, work));
      clearInterval(timer);
      show(false);
      return !signal.aborted;
    },
    [id, version, key, send],
  );
  return { ...progress, results, start, cancel: useCallback(() => under.current?.abort(), []) };
}

/** A row's result, unless the row is another by now. */
export function resultOf(results: Results, row: BenchRow): RowResult | undefined {
  const found = results.get(row.id);
  if (!found) return undefined;
  const { text, source, groundingSource, query } = found.row;
  const same =
    text === row.text && source === row.source && groundingSource === row.groundingSource && query === row.query;
  return same ? found : undefined;
}

/** The rows that were judged, with the labels they have now. */
export const judgedOf = (rows: readonly BenchRow[], results: Results): Judged[] =>
  rows.flatMap((row) => {
    const found = resultOf(results, row);
    return found && 'findings' in found ? [{ row, findings: found.findings, decision: found.decision }] : [];
  });
