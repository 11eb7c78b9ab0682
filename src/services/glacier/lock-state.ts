import type { Vault, VaultLock } from './records.ts';

/** The vault's lock; one whose time to be completed has run out is none. */
export function lockOf({ lock }: Vault, nowMs: number): VaultLock | undefined {
  return lock?.expiresAtMs !== undefined && lock.expiresAtMs <= nowMs ? undefined : lock;
}

export const isLocked = (lock: VaultLock | undefined) => lock !== undefined && lock.expiresAtMs === undefined;
