import { useEffect, useSyncExternalStore } from 'react';
import { stack } from '../../aws/stack.ts';
import { useSignedIn, type Session } from '../../aws/session.ts';
import type { ListedCall } from './types.ts';

/** Rows that are kept, and how often new ones are asked for. */
const ROWS_MAX = 10_000;
const EVERY_MS = 1_000;

export type Feed = {
  /** Newest first; undefined: not asked yet. */
  calls: readonly ListedCall[] | undefined;
  error?: unknown;
  paused: boolean;
  /** Rows were cleared from the page: older ones are not shown. */
  cleared: boolean;
};

let owner = '';
let feed: Feed = { calls: undefined, paused: false, cleared: false };
const listeners = new Set<() => void>();

function put(change: Partial<Feed>): void {
  feed = { ...feed, ...change };
  for (const listener of listeners) listener();
}

async function ask(session: Session, signal: AbortSignal): Promise<void> {
  const newest = feed.calls?.[0]?.requestId;
  try {
    const path = `calls?limit=${ROWS_MAX}${newest === undefined ? '' : `&after=${newest}`}`;
    const { calls } = await stack<{ calls: ListedCall[] }>(session, 'GET', path, undefined, signal);
    if (signal.aborted) return;
    const known = feed.calls ?? [];
    // A reset of the stack forgets the newest one that is known here: then what comes may be known as well.
    const first = known[0]?.requestId;
    const isNew = first === undefined || calls.every(({ requestId }) => requestId !== first);
    if (calls.length > 0 || feed.calls === undefined)
      put({ calls: (isNew ? [...calls, ...known] : calls).slice(0, ROWS_MAX), error: undefined });
    else if (feed.error !== undefined) put({ error: undefined });
  } catch (error) {
    if (!signal.aborted) put({ error });
  }
}

/** The latest calls, asked for every second while the page is on screen and not paused. */
export function useFeed(): Feed {
  const session = useSignedIn();
  const state = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => feed,
  );
  useEffect(() => {
    const who = `${session.arn} ${session.credentials.accessKeyId}`;
    if (owner !== who) {
      owner = who;
      put({ calls: undefined, error: undefined, cleared: false });
    }
  }, [session]);
  useEffect(() => {
    if (state.paused) return undefined;
    const abort = new AbortController();
    let timer: number | undefined;
    const turn = async () => {
      if (document.visibilityState === 'visible') await ask(session, abort.signal);
      if (!abort.signal.aborted) timer = window.setTimeout(() => void turn(), EVERY_MS);
    };
    void turn();
    return () => {
      abort.abort();
      window.clearTimeout(timer);
    };
  }, [session, state.paused]);
  return state;
}

export const setPaused = (paused: boolean): void => put({ paused });
/** Takes the rows off the page; what comes from now on is shown. */
export const clearFeed = (): void => put({ calls: feed.calls?.slice(0, 1) ?? [], cleared: true });
