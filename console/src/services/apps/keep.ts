import { useEffect, useRef } from 'react';
import { useAsk, useStack } from '../../aws/stack.ts';
import { tellFailure } from '../../shell/notices.tsx';
import type { Runner, State } from './runner.ts';

const PAUSE_MS = 1_000;

/**
 * Keeps inputs and outputs with the stack, shortly after each change and when the page is left, and brings back what was kept. Tells
 * whether they may be shown: what was kept is here, or there is none.
 */
export function useKept(id: string, runner: Runner): { ready: boolean; error: unknown } {
  const ask = useAsk();
  const asked = useRef(ask);
  useEffect(() => {
    asked.current = ask;
  });
  const { data, error } = useStack<{ state: State | null }>(runner.touched ? undefined : `apps/${id}/state`);
  useEffect(() => {
    if (data?.state) runner.load(data.state);
  }, [data, runner]);

  /** As text: what the stack has. */
  const kept = useRef<string>(undefined);
  const keep = useRef(async () => {});
  useEffect(() => {
    keep.current = async () => {
      if (!runner.touched || runner.busy) return;
      const { state } = runner;
      const text = JSON.stringify(state);
      if (text === (kept.current ?? JSON.stringify(data?.state))) return;
      kept.current = text;
      await asked.current('PUT', `apps/${id}/state`, { state });
    };
  });
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = runner.subscribe(() => {
      clearTimeout(timer);
      timer = setTimeout(() => void keep.current().catch(tellFailure), PAUSE_MS);
    });
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, [runner]);
  useEffect(
    () => () => {
      // The page is gone, and maybe the app with it: nobody is there to be told.
      keep.current().catch(() => {});
    },
    [],
  );
  return { ready: runner.touched || data !== undefined, error };
}
