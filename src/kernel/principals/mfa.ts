import { Secret, TOTP } from 'otpauth';
import { unseal, type Unsealing } from '../seal.ts';
import { sameText } from '../signing.ts';
import { collection, type Transaction } from '../store/store.ts';
import type { Tags } from './records.ts';

/**
 * Virtual MFA devices: RFC 6238 with SHA-1, six digits, 30 seconds, on the stack's clock. A code is good once; after one was used, none of
 * its step or before it is.
 */
export type MfaDevice = {
  account: string;
  /** ARN. */
  serial: string;
  /** The Base32 seed, sealed for `SEED_PURPOSE`. */
  sealedSeed: string;
  createdAtMs: number;
  tags: Tags;
  /** Whose it is; absent while it is not enabled. */
  owner?: {
    /** Of the user, or the account's own for its root: outlives a change of name. */
    id: string;
    arn: string;
  };
  enabledAtMs?: number;
  /** The time step of the last code that was accepted. */
  lastStep?: number;
  /** Steps by which the device's clock was ahead when it was last synchronised. */
  drift?: number;
  /** Wrong codes in a time step: after some, none is looked at until the next. */
  wrong?: { step: number; count: number };
};

/** Keyed by account and serial number. */
export const mfaDevices = collection<MfaDevice>('kernel/mfa-device');
/** Enabled devices of an owner: [account, owner's id, serial number]. */
export const mfaDevicesOf = collection<true>('kernel/mfa-device-of');

export const SEED_PURPOSE = 'mfa-seed';
/** Steps a code may be off: people type slowly, clocks drift. Source: RFC 6238, section 5.2. */
export const WINDOW_STEPS = 1;
const STEP_MS = 30_000;
/** Wrong codes of a device in one step of time. AWS throttles; with these, whoever guesses needs years for one of a million codes. */
export const WRONG_CODES_MAX = 5;

export const stepAt = (nowMs: number) => Math.floor(nowMs / STEP_MS);

/** A device's codes by time step. */
export async function codesOf(kernel: Unsealing, device: MfaDevice): Promise<(step: number) => string> {
  const seed = await unseal(kernel, SEED_PURPOSE, device.sealedSeed);
  if (seed === undefined) throw new Error(`the seed of ${device.serial} cannot be opened`);
  const totp = new TOTP({ secret: Secret.fromBase32(seed), algorithm: 'SHA1', digits: 6, period: STEP_MS / 1000 });
  return (step) => totp.generate({ timestamp: step * STEP_MS });
}

/**
 * Checks a code of a user's device and uses it up.
 *
 * @param code six digits
 * @param nowMs virtual ms
 * @returns `valid`; `unknown device` when no enabled device of that user has the serial number; `invalid code` when the code is wrong, out of
 * its time, was used already, or too many were wrong just now
 */
export async function checkMfaCode(
  tx: Transaction,
  request: {
    account: string;
    userArn: string;
    serial: string;
    code: string;
    nowMs: number;
    /** `kernel.keys`: they open the seed. */
    keys: Unsealing['keys'];
  },
): Promise<'valid' | 'unknown device' | 'invalid code'> {
  const { account, userArn, serial, code, nowMs, keys } = request;
  const device = await tx.get(mfaDevices, [account, serial]);
  if (!device || device.owner?.arn !== userArn) return 'unknown device';
  const real = stepAt(nowMs);
  const wrong = device.wrong?.step === real ? device.wrong.count : 0;
  if (wrong >= WRONG_CODES_MAX) return 'invalid code';
  const codeAt = await codesOf({ store: tx, keys }, device);
  const now = real + (device.drift ?? 0);
  for (let step = now - WINDOW_STEPS; step <= now + WINDOW_STEPS; step++) {
    if (step <= (device.lastStep ?? -1) || !sameText(codeAt(step), code)) continue;
    tx.put(mfaDevices, [account, serial], { ...device, lastStep: step });
    return 'valid';
  }
  tx.put(mfaDevices, [account, serial], { ...device, wrong: { step: real, count: wrong + 1 } });
  return 'invalid code';
}
