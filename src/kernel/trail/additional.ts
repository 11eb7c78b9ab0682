import type { Call } from '../call.ts';

/** What a service has to say of a call beside its parameters: the record's `additionalEventData`. */
const additional = new WeakMap<Call, Record<string, unknown>>();

/** Adds to a call's record. */
export function addToRecord(call: Call, data: Record<string, unknown>): void {
  additional.set(call, { ...additional.get(call), ...data });
}

export const additionalOf = (call: Call | undefined): Record<string, unknown> | undefined =>
  call && additional.get(call);
