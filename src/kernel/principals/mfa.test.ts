import { randomBytes } from 'node:crypto';
import { Secret } from 'otpauth';
import { describe, expect, it } from 'vitest';
import { openStore } from '../kernel.fixture.ts';
import { RootKey } from '../keys/root-key.ts';
import { seal } from '../seal.ts';
import { checkMfaCode, codesOf, mfaDevices, SEED_PURPOSE, stepAt, type MfaDevice } from './mfa.ts';

const ACCOUNT = '000000000000';
const userArn = `arn:aws:iam::${ACCOUNT}:user/anna`;
const serial = `arn:aws:iam::${ACCOUNT}:mfa/phone`;

/** Seed and codes of RFC 6238, appendix B; of the eight digits the last six. */
const SEED = Secret.fromUTF8('12345678901234567890').base32;
const VECTORS = [
  [59, '287082'],
  [1_111_111_109, '081804'],
  [1_111_111_111, '050471'],
  [1_234_567_890, '005924'],
  [2_000_000_000, '279037'],
  [20_000_000_000, '353130'],
] as const;

async function openDevice(more: Partial<MfaDevice> = {}) {
  const keys = { root: new RootKey(randomBytes(32)) };
  const store = await openStore();
  const device: MfaDevice = {
    account: ACCOUNT,
    serial,
    sealedSeed: await seal({ store, keys }, SEED_PURPOSE, SEED),
    createdAtMs: 0,
    tags: {},
    owner: { id: 'AIDAANNA', arn: userArn },
    ...more,
  };
  await store.transact((tx) => tx.put(mfaDevices, [ACCOUNT, serial], device));
  const check = (code: string, nowMs: number, as: { userArn?: string; serial?: string } = {}) =>
    store.transact((tx) => checkMfaCode(tx, { account: ACCOUNT, userArn, serial, code, nowMs, keys, ...as }));
  return { store, keys, device, check };
}

describe('the codes of an MFA device', () => {
  it.each(VECTORS)('are those of RFC 6238: after %i seconds %s', async (seconds, code) => {
    const { store, keys, device, check } = await openDevice();
    expect((await codesOf({ store, keys }, device))(stepAt(seconds * 1000))).toBe(code);
    expect(await check(code, seconds * 1000)).toBe('valid');
    expect(await check(code, seconds * 1000)).toBe('invalid code');
  });

  it('are good from a step before to a step after theirs, and then no earlier one is', async () => {
    const at = 1_234_567_890_000;
    for (const [away, verdict] of [
      [-60_000, 'invalid code'],
      [-30_000, 'valid'],
      [30_000, 'valid'],
      [60_000, 'invalid code'],
    ] as const)
      expect(await (await openDevice()).check('005924', at + away)).toBe(verdict);
    const { store, keys, device, check } = await openDevice();
    const codeAt = await codesOf({ store, keys }, device);
    expect(await check(codeAt(stepAt(at) + 1), at)).toBe('valid');
    expect(await check('005924', at)).toBe('invalid code');
  });

  it('follow the drift of a device that was synchronised', async () => {
    const { check } = await openDevice({ drift: -7 });
    expect(await check('005924', 1_234_567_890_000)).toBe('invalid code');
    expect(await check('005924', 1_234_567_890_000 + 7 * 30_000)).toBe('valid');
  });

  it('are its owner’s alone', async () => {
    const { check } = await openDevice();
    const nowMs = 59_000;
    expect(await check('287082', nowMs, { userArn: `${userArn}a` })).toBe('unknown device');
    expect(await check('287082', nowMs, { serial: `${serial}a` })).toBe('unknown device');
    expect(await check('287082', nowMs)).toBe('valid');
  });
});
