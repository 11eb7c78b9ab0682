import {
  DecryptCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  DisableKeyRotationCommand,
  EnableKeyCommand,
  EnableKeyRotationCommand,
  GetKeyRotationStatusCommand,
  ListKeyRotationsCommand,
  RotateKeyOnDemandCommand,
} from '@aws-sdk/client-kms';
import { describe, expect, it } from 'vitest';
import { DAY_MS } from './limits.ts';
import { openKms, refusal } from './kms.fixture.ts';

const { outcrop, kms, integer, bytes, makeKey, encrypt } = await openKms('rotation');
const status = (KeyId: string) => kms.send(new GetKeyRotationStatusCommand({ KeyId }));
const rotations = async (KeyId: string) => (await kms.send(new ListKeyRotationsCommand({ KeyId }))).Rotations!;
const materialOf = async (KeyId: string) =>
  (await kms.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata!.CurrentKeyMaterialId!;
const opens = async (CiphertextBlob: Uint8Array) => kms.send(new DecryptCommand({ CiphertextBlob }));

describe('automatic rotation', () => {
  it('gives new key material each period by the clock, and what was encrypted before stays readable', async () => {
    const { KeyId } = await makeKey();
    expect((await status(KeyId!)).KeyRotationEnabled).toBe(false);
    const RotationPeriodInDays = integer(90, 400);
    await kms.send(new EnableKeyRotationCommand({ KeyId: KeyId!, RotationPeriodInDays }));
    const enabledMs = outcrop.clock.now().getTime();
    const told = await status(KeyId!);
    expect(told).toMatchObject({ KeyRotationEnabled: true, RotationPeriodInDays });
    expect(Math.abs(told.NextRotationDate!.getTime() - enabledMs - RotationPeriodInDays * DAY_MS)).toBeLessThan(60_000);
    const kept: { blob: Uint8Array; plain: Buffer; material: string }[] = [];
    for (let i = 0; i < 3; i++) {
      const plain = bytes(integer(1, 100));
      kept.push({ blob: await encrypt(KeyId!, plain), plain, material: await materialOf(KeyId!) });
      await outcrop.clock.advance(RotationPeriodInDays * DAY_MS + 60_000);
    }
    expect(new Set([...kept.map(({ material }) => material), await materialOf(KeyId!)]).size).toBe(4);
    for (const { blob, plain, material } of kept) {
      const opened = await opens(blob);
      expect(Buffer.from(opened.Plaintext!).equals(plain)).toBe(true);
      expect(opened.KeyMaterialId).toBe(material);
    }
    const listed = await rotations(KeyId!);
    expect(listed.map(({ RotationType }) => RotationType)).toEqual(['AUTOMATIC', 'AUTOMATIC', 'AUTOMATIC']);
    const gaps = listed
      .slice(1)
      .map(({ RotationDate }, i) => RotationDate!.getTime() - listed[i]!.RotationDate!.getTime());
    expect(gaps).toHaveLength(2);
    for (const gap of gaps) expect(Math.abs(gap - RotationPeriodInDays * DAY_MS)).toBeLessThan(60_000);
  });

  it('stops when it is disabled, and passes over keys that are', async () => {
    const [off, disabled] = [await makeKey(), await makeKey()];
    for (const { KeyId } of [off, disabled]) await kms.send(new EnableKeyRotationCommand({ KeyId: KeyId! }));
    await kms.send(new DisableKeyRotationCommand({ KeyId: off.KeyId! }));
    await kms.send(new DisableKeyCommand({ KeyId: disabled.KeyId! }));
    await outcrop.clock.advance(366 * DAY_MS);
    expect(await rotations(off.KeyId!)).toEqual([]);
    expect(await rotations(disabled.KeyId!)).toEqual([]);
    expect((await refusal(kms.send(new EnableKeyRotationCommand({ KeyId: disabled.KeyId! })))).name).toBe(
      'DisabledException',
    );
    await kms.send(new EnableKeyCommand({ KeyId: disabled.KeyId! }));
    await outcrop.clock.advance(365 * DAY_MS);
    expect(await rotations(disabled.KeyId!)).toHaveLength(1);
    expect((await status(off.KeyId!)).KeyRotationEnabled).toBe(false);
  });

  it('is for symmetric keys whose material is made here, every 90 to 2,560 days', async () => {
    const ecc = await makeKey({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' });
    const external = await makeKey({ Origin: 'EXTERNAL' });
    for (const { KeyId } of [ecc, external]) {
      expect((await refusal(kms.send(new EnableKeyRotationCommand({ KeyId: KeyId! })))).name).toBe(
        'UnsupportedOperationException',
      );
      expect((await status(KeyId!)).KeyRotationEnabled).toBe(false);
    }
    const { KeyId } = await makeKey();
    for (const RotationPeriodInDays of [89, 2561])
      expect(
        (await refusal(kms.send(new EnableKeyRotationCommand({ KeyId: KeyId!, RotationPeriodInDays })))).name,
      ).toBe('ValidationException');
  });
});

describe('rotation on demand', () => {
  it('gives new key material now, 25 times in a key’s life', async () => {
    const { KeyId, CurrentKeyMaterialId } = await makeKey();
    const plain = bytes(10);
    const blob = await encrypt(KeyId!, plain);
    const seen = new Set([CurrentKeyMaterialId!]);
    for (let i = 0; i < 25; i++) {
      await kms.send(new RotateKeyOnDemandCommand({ KeyId: KeyId! }));
      seen.add(await materialOf(KeyId!));
    }
    expect(seen.size).toBe(26);
    expect(Buffer.from((await opens(blob)).Plaintext!).equals(plain)).toBe(true);
    expect((await rotations(KeyId!)).every(({ RotationType }) => RotationType === 'ON_DEMAND')).toBe(true);
    expect((await refusal(kms.send(new RotateKeyOnDemandCommand({ KeyId: KeyId! })))).name).toBe(
      'LimitExceededException',
    );
    const all = await kms.send(new ListKeyRotationsCommand({ KeyId: KeyId!, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' }));
    expect(all.Rotations).toHaveLength(26);
    expect(all.Rotations!.filter(({ KeyMaterialState }) => KeyMaterialState === 'CURRENT')).toMatchObject([
      { KeyMaterialId: await materialOf(KeyId!) },
    ]);
  });
});
