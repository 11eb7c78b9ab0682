import { useSyncExternalStore } from 'react';
import type { Session } from '../../../aws/session.ts';
import type { RunResult } from './types.ts';

/** Where a learner is in a lab. Holds no secret: what was filled in, what runs showed, and which steps were passed when. */
export type Progress = {
  inputs: Record<string, string>;
  results: Record<string, RunResult>;
  /** ISO 8601, by step. */
  passed: Record<string, string>;
  /** Hints that are open, by step. */
  hints: Record<string, number>;
  /** The step that was last on screen. */
  at?: string;
};
type Kept = Record<string, Progress>;

const NOTHING: Progress = { inputs: {}, results: {}, passed: {}, hints: {} };
const keyOf = ({ account, arn }: Pick<Session, 'account' | 'arn'>): string => `outcrop.labs.${account}.${arn}`;
const listeners = new Set<() => void>();
const read = new Map<string, Kept>();

function keptOf(key: string): Kept {
  let kept = read.get(key);
  if (!kept) {
    try {
      kept = JSON.parse(localStorage.getItem(key) ?? '{}') as Kept;
    } catch {
      kept = {};
    }
    read.set(key, kept);
  }
  return kept;
}

function keep(key: string, kept: Kept): void {
  read.set(key, kept);
  localStorage.setItem(key, JSON.stringify(kept));
  for (const listener of listeners) listener();
}

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

/** Where somebody is in all labs, by the lab's id. */
export function useAllProgress(session: Session): Record<string, Progress> {
  return useSyncExternalStore(subscribe, () => keptOf(keyOf(session)));
}

/** Where somebody is in a lab. */
export const useProgress = (session: Session, lab: string): Progress => useAllProgress(session)[lab] ?? NOTHING;

export const progressOf = (session: Session, lab: string): Progress => keptOf(keyOf(session))[lab] ?? NOTHING;

/** Keeps a change at once. */
export function changeProgress(session: Session, lab: string, change: (before: Progress) => Partial<Progress>): void {
  const key = keyOf(session);
  const kept = keptOf(key);
  const before = kept[lab] ?? NOTHING;
  keep(key, { ...kept, [lab]: { ...before, ...change(before) } });
}

/** The lab begins anew. */
export function forgetProgress(session: Session, lab: string): void {
  const key = keyOf(session);
  const { [lab]: _gone, ...others } = keptOf(key);
  keep(key, others);
}
