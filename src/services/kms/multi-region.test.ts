import {
  DecryptCommand,
  DescribeKeyCommand,
  EnableKeyRotationCommand,
  EncryptCommand,
  GetKeyRotationStatusCommand,
  GetPublicKeyCommand,
  ReplicateKeyCommand,
  RotateKeyOnDemandCommand,
  ScheduleKeyDeletionCommand,
  UpdatePrimaryRegionCommand,
  type KMSClient,
} from '@aws-sdk/client-kms';
import { describe, expect, it } from 'vitest';
import { DAY_MS } from './limits.ts';
import { openKms, refusal } from './kms.fixture.ts';

const { outcrop, kms, integer, bytes, text, makeKey, inRegion } = await openKms('multi-region');
const [home, europe, asia] = [kms, inRegion('eu-west-1'), inRegion('ap-northeast-1')];
const tell = async (client: KMSClient, KeyId: string) =>
  (await client.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata!;
const encrypt = async (client: KMSClient, KeyId: string, Plaintext: Uint8Array) =>
  (await client.send(new EncryptCommand({ KeyId, Plaintext }))).CiphertextBlob!;
const decrypt = async (client: KMSClient, CiphertextBlob: Uint8Array) =>
  Buffer.from((await client.send(new DecryptCommand({ CiphertextBlob }))).Plaintext!);

describe('a multi-region key', () => {
  it('has the same id and material in each region, so that one opens what another encrypted', async () => {
    const primary = await makeKey({ MultiRegion: true });
    expect(primary.KeyId).toMatch(/^mrk-[0-9a-f]{32}$/);
    const Description = text();
    const made = await home.send(
      new ReplicateKeyCommand({
        KeyId: primary.KeyId!,
        ReplicaRegion: 'eu-west-1',
        Description,
        Tags: [{ TagKey: 'a', TagValue: 'b' }],
      }),
    );
    expect(made.ReplicaTags).toEqual([{ TagKey: 'a', TagValue: 'b' }]);
    expect(made.ReplicaKeyMetadata).toMatchObject({
      KeyId: primary.KeyId,
      Arn: primary.Arn!.replace('us-east-1', 'eu-west-1'),
      Description,
      CurrentKeyMaterialId: primary.CurrentKeyMaterialId,
      MultiRegion: true,
      MultiRegionConfiguration: {
        MultiRegionKeyType: 'REPLICA',
        PrimaryKey: { Region: 'us-east-1', Arn: primary.Arn },
        ReplicaKeys: [{ Region: 'eu-west-1' }],
      },
    });
    const plain = bytes(integer(1, 100));
    for (const [from, to] of [
      [home, europe],
      [europe, home],
    ] as const) {
      const blob = await encrypt(from, primary.KeyId!, plain);
      expect((await decrypt(to, blob)).equals(plain)).toBe(true);
      expect((await refusal(decrypt(asia, blob))).name).toBe('InvalidCiphertextException');
    }
    const again = home.send(new ReplicateKeyCommand({ KeyId: primary.KeyId!, ReplicaRegion: 'eu-west-1' }));
    expect((await refusal(again)).name).toBe('AlreadyExistsException');
  });

  it('rotates in all regions at once, as its primary says', async () => {
    const { KeyId } = await makeKey({ MultiRegion: true });
    await home.send(new ReplicateKeyCommand({ KeyId: KeyId!, ReplicaRegion: 'eu-west-1' }));
    const old = await encrypt(home, KeyId!, bytes(9));
    await home.send(new RotateKeyOnDemandCommand({ KeyId: KeyId! }));
    const materials = await Promise.all(
      [home, europe].map(async (client) => (await tell(client, KeyId!)).CurrentKeyMaterialId),
    );
    expect(materials[0]).toBe(materials[1]);
    expect(await decrypt(europe, old)).toHaveLength(9);
    expect(await decrypt(europe, await encrypt(home, KeyId!, bytes(7)))).toHaveLength(7);
    await home.send(new EnableKeyRotationCommand({ KeyId: KeyId!, RotationPeriodInDays: 100 }));
    expect((await europe.send(new GetKeyRotationStatusCommand({ KeyId: KeyId! }))).RotationPeriodInDays).toBe(100);
    expect((await refusal(europe.send(new RotateKeyOnDemandCommand({ KeyId: KeyId! })))).name).toBe(
      'UnsupportedOperationException',
    );
    await outcrop.clock.advance(101 * DAY_MS);
    const later = await Promise.all(
      [home, europe].map(async (client) => (await tell(client, KeyId!)).CurrentKeyMaterialId),
    );
    expect(later[0]).toBe(later[1]);
    expect(later[0]).not.toBe(materials[0]);
    expect(await decrypt(europe, old)).toHaveLength(9);
  });

  it('has one primary, which can be moved to a replica', async () => {
    const { KeyId } = await makeKey({ MultiRegion: true, KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' });
    for (const ReplicaRegion of ['eu-west-1', 'ap-northeast-1'])
      await home.send(new ReplicateKeyCommand({ KeyId: KeyId!, ReplicaRegion }));
    const publicKeys = await Promise.all(
      [home, europe, asia].map((client) => client.send(new GetPublicKeyCommand({ KeyId: KeyId! }))),
    );
    expect(new Set(publicKeys.map(({ PublicKey }) => Buffer.from(PublicKey!).toString('hex'))).size).toBe(1);
    await home.send(new UpdatePrimaryRegionCommand({ KeyId: KeyId!, PrimaryRegion: 'ap-northeast-1' }));
    expect((await tell(asia, KeyId!)).MultiRegionConfiguration).toMatchObject({
      MultiRegionKeyType: 'PRIMARY',
      PrimaryKey: { Region: 'ap-northeast-1' },
      ReplicaKeys: [{ Region: 'eu-west-1' }, { Region: 'us-east-1' }],
    });
    expect((await tell(home, KeyId!)).MultiRegionConfiguration!.MultiRegionKeyType).toBe('REPLICA');
    expect(
      (await refusal(home.send(new ReplicateKeyCommand({ KeyId: KeyId!, ReplicaRegion: 'sa-east-1' })))).name,
    ).toBe('UnsupportedOperationException');
    const single = await makeKey();
    expect(
      (await refusal(home.send(new ReplicateKeyCommand({ KeyId: single.KeyId!, ReplicaRegion: 'sa-east-1' })))).name,
    ).toBe('UnsupportedOperationException');
    const nowhere = asia.send(new UpdatePrimaryRegionCommand({ KeyId: KeyId!, PrimaryRegion: 'sa-east-1' }));
    expect((await refusal(nowhere)).name).toBe('NotFoundException');
  });

  it('is deleted last where it is the primary', async () => {
    const { KeyId } = await makeKey({ MultiRegion: true });
    await home.send(new ReplicateKeyCommand({ KeyId: KeyId!, ReplicaRegion: 'eu-west-1' }));
    const waiting = await home.send(new ScheduleKeyDeletionCommand({ KeyId: KeyId!, PendingWindowInDays: 7 }));
    expect(waiting.KeyState).toBe('PendingReplicaDeletion');
    expect(waiting.DeletionDate).toBeUndefined();
    await outcrop.clock.advance(40 * DAY_MS);
    expect(await tell(home, KeyId!)).toMatchObject({
      KeyState: 'PendingReplicaDeletion',
      PendingDeletionWindowInDays: 7,
    });
    await europe.send(new ScheduleKeyDeletionCommand({ KeyId: KeyId!, PendingWindowInDays: 10 }));
    await outcrop.clock.advance(10 * DAY_MS + 60_000);
    expect((await refusal(tell(europe, KeyId!))).name).toBe('NotFoundException');
    expect((await tell(home, KeyId!)).KeyState).toBe('PendingDeletion');
    await outcrop.clock.advance(7 * DAY_MS + 60_000);
    expect((await refusal(tell(home, KeyId!))).name).toBe('NotFoundException');
  });
});
