import type { ObjectLockLegalHoldStatus, ObjectLockMode } from '@aws-sdk/client-s3';
import type { Call } from '../../../kernel/call.ts';
import type { Reader } from '../../../kernel/store/store.ts';
import { invalidArgument, invalidRequest } from '../errors.ts';
import type { Bucket, ObjectLock, ObjectVersion } from '../records.ts';
import { denied } from './errors.ts';
import { DAY_MS } from './limits.ts';
import { readSetting } from './stored.ts';

export const PROTECTED = 'Access Denied because object protected by object lock.';
export const NO_LOCK = 'Bucket is missing Object Lock Configuration';

/** What an upload says of its lock. */
export type LockRequest = {
  ObjectLockMode?: ObjectLockMode | undefined;
  ObjectLockRetainUntilDate?: Date | undefined;
  ObjectLockLegalHoldStatus?: ObjectLockLegalHoldStatus | undefined;
};

/**
 * The lock a new version begins with: what the request says, or else the bucket's default retention from now on. Undefined: none.
 * Throws InvalidRequest in a bucket without Object Lock, and InvalidArgument for half a retention or one in the past.
 */
export async function initialLock(
  call: Pick<Call, 'kernel'>,
  reader: Reader,
  bucket: Bucket,
  request: LockRequest,
): Promise<ObjectLock | undefined> {
  const { ObjectLockMode: mode, ObjectLockRetainUntilDate: until, ObjectLockLegalHoldStatus: hold } = request;
  if (!bucket.objectLock) {
    if (mode !== undefined || until !== undefined || hold !== undefined) throw invalidRequest(NO_LOCK);
    return undefined;
  }
  const nowMs = call.kernel.clock.now();
  if ((mode === undefined) !== (until === undefined)) {
    throw invalidArgument('x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied');
  }
  if (mode !== undefined && !isMode(mode))
    throw invalidArgument('Unknown wormMode directive.', 'x-amz-object-lock-mode', mode);
  if (hold !== undefined && hold !== 'ON' && hold !== 'OFF')
    throw invalidArgument('Legal Hold must be either of ON or OFF', 'x-amz-object-lock-legal-hold', hold);
  if (until !== undefined && !(until.getTime() > nowMs))
    throw invalidArgument(
      'The retain until date must be in the future!',
      'x-amz-object-lock-retain-until-date',
      until.toISOString(),
    );
  const retention =
    mode === undefined ? await defaultRetention(reader, bucket, nowMs) : { mode, retainUntilMs: until!.getTime() };
  if (!retention && hold === undefined) return undefined;
  return { ...retention, ...(hold === undefined ? {} : { legalHold: hold === 'ON' }) };
}

async function defaultRetention(reader: Reader, bucket: Bucket, nowMs: number) {
  const retention = (await readSetting(reader, bucket.name, 'object-lock'))?.Rule?.DefaultRetention;
  if (!retention) return undefined;
  const until = new Date(nowMs);
  if (retention.Years === undefined) until.setTime(nowMs + retention.Days! * DAY_MS);
  else until.setUTCFullYear(until.getUTCFullYear() + retention.Years);
  return { mode: retention.Mode as ObjectLockMode, retainUntilMs: until.getTime() };
}

/** Throws AccessDenied when the version may not be deleted for good now. Governance yields to those who may bypass it. */
export function assertDeletable(
  call: Pick<Call, 'kernel'>,
  _bucket: Bucket,
  version: ObjectVersion,
  bypassGovernance: boolean,
): void {
  if (isProtected(version, call.kernel.clock.now(), bypassGovernance)) throw denied(PROTECTED);
}

/** Whether a lock keeps the version from being deleted. */
export function isProtected(version: ObjectVersion, nowMs: number, bypassGovernance = false): boolean {
  if (version.lock?.legalHold) return true;
  const held = activeRetention(version, nowMs);
  return held !== undefined && !(held.mode === 'GOVERNANCE' && bypassGovernance);
}

/** The retention that holds a version now. */
export function activeRetention({ lock }: ObjectVersion, nowMs: number) {
  if (lock?.mode === undefined || lock.retainUntilMs === undefined || lock.retainUntilMs <= nowMs) return undefined;
  return { mode: lock.mode, retainUntilMs: lock.retainUntilMs };
}

export const isMode = (mode: string | undefined): mode is ObjectLockMode =>
  mode === 'GOVERNANCE' || mode === 'COMPLIANCE';
