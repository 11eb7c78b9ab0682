import { useCallback, useEffect, useRef, useState } from 'react';
import { tellFailure } from '../shell/notices.tsx';

/**
 * Something that a button does: `pending` while it goes on, its failure told at the top of the page. `run` answers whether it succeeded;
 * `abort` gives up on it through the signal, as leaving the page does not.
 */
export function useAction<A extends unknown[]>(
  act: (signal: AbortSignal, ...given: A) => Promise<unknown>,
): { run: (...given: A) => Promise<boolean>; pending: boolean; abort: () => void } {
  const [pending, setPending] = useState(false);
  const latest = useRef(act);
  const under = useRef<AbortController>(undefined);
  useEffect(() => {
    latest.current = act;
  });
  const run = useCallback(async (...given: A): Promise<boolean> => {
    const controller = new AbortController();
    under.current = controller;
    setPending(true);
    try {
      await latest.current(controller.signal, ...given);
      return true;
    } catch (error) {
      tellFailure(error);
      return false;
    } finally {
      setPending(false);
    }
  }, []);
  return { run, pending, abort: useCallback(() => under.current?.abort(), []) };
}
