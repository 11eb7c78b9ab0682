import type { Handlers } from '../../kernel/service.ts';
import { accessDenied, invalid, missing, notFound } from './errors.ts';
import { LOCK_WINDOW_MS } from './limits.ts';
import { isLocked, lockOf } from './lock-state.ts';
import type { VaultLock } from './records.ts';
import { checkPolicy } from './vault-policy.ts';
import { changeVault, openVault } from './vaults.ts';

type Glacier = Handlers<typeof import('@aws-sdk/client-glacier')>;

const LOCK_ID_LENGTH = 24;

/** Puts a lock policy on trial: it holds from now on, and goes by itself unless it is completed within 24 hours. */
export const InitiateVaultLock: Glacier['InitiateVaultLock'] = async (call, input) => {
  const policy = input.policy?.Policy;
  if (policy === undefined || policy === '') throw missing('Policy');
  const { ids, clock } = call.kernel;
  const createdAtMs = clock.now();
  const lock: VaultLock = {
    policy,
    lockId: ids.text(LOCK_ID_LENGTH),
    createdAtMs,
    expiresAtMs: createdAtMs + LOCK_WINDOW_MS,
  };
  await changeVault(call, input, (vault) => {
    checkPolicy(policy, vault.arn);
    const standing = lockOf(vault, createdAtMs);
    if (isLocked(standing)) throw accessDenied(`The vault is locked, its lock policy cannot be changed: ${vault.arn}`);
    if (standing) throw accessDenied(`A vault lock is in progress already, abort it first: ${vault.arn}`);
    return { ...vault, lock };
  });
  return { lockId: lock.lockId };
};

/** Makes the lock policy one that nothing changes any more. May be called again with the id that locked the vault. */
export const CompleteVaultLock: Glacier['CompleteVaultLock'] = async (call, input) => {
  const now = call.kernel.clock.now();
  await changeVault(call, input, (vault) => {
    const lock = lockOf(vault, now);
    if (!lock) throw notFound(`No vault lock is in progress for vault: ${vault.arn}`);
    const { expiresAtMs: _expiresAtMs, ...locked } = lock;
    if (lock.lockId === input.lockId) return { ...vault, lock: locked };
    throw isLocked(lock)
      ? accessDenied(`The vault is locked, and not by the lock ID: ${input.lockId}`)
      : invalid(`Invalid lock ID: ${input.lockId}`);
  });
  return {};
};

/** Removes a lock policy that is on trial; that there is none is no error. */
export const AbortVaultLock: Glacier['AbortVaultLock'] = async (call, input) => {
  await changeVault(call, input, (vault) => {
    const { lock, ...rest } = vault;
    if (isLocked(lock)) throw accessDenied(`The vault is locked, its lock policy cannot be removed: ${vault.arn}`);
    return rest;
  });
  return {};
};

export const GetVaultLock: Glacier['GetVaultLock'] = async (call, input) => {
  const vault = await openVault(call, input);
  const lock = lockOf(vault, call.kernel.clock.now());
  if (!lock) throw notFound(`No vault lock policy is set for vault: ${vault.arn}`);
  return {
    Policy: lock.policy,
    State: isLocked(lock) ? 'Locked' : 'InProgress',
    CreationDate: new Date(lock.createdAtMs).toISOString(),
    ...(lock.expiresAtMs === undefined ? {} : { ExpirationDate: new Date(lock.expiresAtMs).toISOString() }),
  };
};
