import Alert from '@cloudscape-design/components/alert';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import ProgressBar from '@cloudscape-design/components/progress-bar';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useCallback, useRef, useState } from 'react';
import { isAbort } from '../../aws/failure.ts';
import { tellFailure } from '../../shell/notices.tsx';

/** One thing of many that failed, while the others went on. */
export type BatchError = { what: string; name: string; message: string; requestId?: string };
type BatchState = { running: boolean; done: number; total?: number; errors: BatchError[]; cancelled: boolean };

/** How work on many objects says how far it is. */
export type BatchReport = {
  signal: AbortSignal;
  /** So many more are done. */
  did: (count: number) => void;
  /** So many there are in all. */
  total: (count: number) => void;
  failed: (error: BatchError) => void;
};

const IDLE: BatchState = { running: false, done: 0, errors: [], cancelled: false };
const SHOWN_ERRORS_MAX = 100;

/** Work on many objects: how far it is, what failed, and giving it up. `run` answers whether all of it was done. */
export function useBatch() {
  const [state, setState] = useState<BatchState>(IDLE);
  const under = useRef<AbortController>(undefined);
  const run = useCallback(async (work: (report: BatchReport) => Promise<void>): Promise<boolean> => {
    const controller = new AbortController();
    under.current = controller;
    const errors: BatchError[] = [];
    let whole = true;
    setState({ ...IDLE, running: true });
    try {
      await work({
        signal: controller.signal,
        did: (count) => setState((before) => ({ ...before, done: before.done + count })),
        total: (total) => setState((before) => ({ ...before, total })),
        failed: (error) => {
          errors.push(error);
          setState((before) => ({ ...before, errors: [...errors] }));
        },
      });
    } catch (error) {
      whole = false;
      if (!isAbort(error) && !controller.signal.aborted) tellFailure(error);
    }
    setState((before) => ({ ...before, running: false, cancelled: controller.signal.aborted }));
    return whole && errors.length === 0 && !controller.signal.aborted;
  }, []);
  return { ...state, run, cancel: useCallback(() => under.current?.abort(), []) };
}

/** How far a batch is, and what of it failed. */
export function BatchProgress({
  batch,
  label,
  noun,
}: {
  batch: Pick<ReturnType<typeof useBatch>, keyof BatchState>;
  label: string;
  /** Of many: `objects`. */
  noun: string;
}) {
  const { running, done, total, errors, cancelled } = batch;
  if (!running && done === 0 && errors.length === 0) return null;
  const count = done.toLocaleString('en');
  const of = total === undefined ? `${count} ${noun} so far` : `${count} of ${total.toLocaleString('en')} ${noun}`;
  return (
    <SpaceBetween size="s">
      <ProgressBar
        label={label}
        value={total ? (100 * done) / total : 0}
        description={of}
        status={running ? 'in-progress' : cancelled || errors.length > 0 ? 'error' : 'success'}
        resultText={cancelled ? `Cancelled: ${of}` : of}
      />
      {errors.length > 0 && (
        <Alert type="error" header={`${errors.length.toLocaleString('en')} failed`}>
          <ExpandableSection headerText="Which, and why" defaultExpanded={errors.length <= 5}>
            <ul>
              {errors.slice(0, SHOWN_ERRORS_MAX).map(({ what, name, message, requestId }) => (
                <li key={what}>
                  <code>{what}</code>: <strong>{name}</strong> {message}{' '}
                  {requestId !== undefined && <a href={`#/calls/${encodeURIComponent(requestId)}`}>{requestId}</a>}
                </li>
              ))}
            </ul>
            {errors.length > SHOWN_ERRORS_MAX && <p>And {errors.length - SHOWN_ERRORS_MAX} more.</p>}
          </ExpandableSection>
        </Alert>
      )}
    </SpaceBetween>
  );
}
