import Flashbar, { type FlashbarProps } from '@cloudscape-design/components/flashbar';
import { useSyncExternalStore, type ReactNode } from 'react';
import { isAbort } from '../aws/failure.ts';
import { Failure } from '../ui/failure.tsx';

/** What the top of every page says until it is dismissed: failures of what was tried, and what was done. */
type Notice = {
  id: string;
  type: FlashbarProps.Type;
  content: ReactNode;
  /** Pages that were left since. */ left: number;
};

const NOTICES_MAX = 5;
let notices: readonly Notice[] = [];
let made = 0;
const listeners = new Set<() => void>();

function put(next: readonly Notice[]): void {
  notices = next;
  for (const listener of listeners) listener();
}

function add(type: FlashbarProps.Type, content: ReactNode): void {
  made += 1;
  put([{ id: `notice-${made}`, type, content, left: 0 }, ...notices].slice(0, NOTICES_MAX));
}

/** Shows what went wrong: name, message, request id, and the way to its reasoning. */
export const tellFailure = (error: unknown): void => {
  if (!isAbort(error)) add('error', <Failure error={error} plain />);
};
/** Shows what was done. */
export const tellSuccess = (content: ReactNode): void => add('success', content);
/** Another page is on screen: what was done is told on the page that it led to and no longer; what failed stays until it is dismissed. */
export const leavePage = (): void =>
  put(
    notices
      .map((notice) => ({ ...notice, left: notice.left + 1 }))
      .filter(({ type, left }) => type === 'error' || left < 2),
  );
/** Somebody else is here. */
export const forgetNotices = (): void => put([]);

/** The notices, newest first. */
export function Notices() {
  const shown = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => notices,
  );
  return (
    <Flashbar
      items={shown.map(({ id, type, content }) => ({
        id,
        type,
        content,
        dismissible: true,
        dismissLabel: 'Dismiss',
        onDismiss: () => put(notices.filter((notice) => notice.id !== id)),
      }))}
    />
  );
}
