import { useStack } from './stack.ts';

/** The stack's clock, as `/_outcrop/clock` tells it. */
export type ClockState = { now: string; real: boolean; offsetMs: number; frozenAtMs?: number };

const EVERY_MS = 5_000;

/** The stack's clock, asked now and then. */
export const useClockState = (): ClockState | undefined => useStack<ClockState>('clock', { refetchMs: EVERY_MS }).data;
