import {
  CopyObjectCommand,
  CreateBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  RestoreObjectCommand,
  S3Client,
  type RestoreRequest,
  type StorageClass,
} from '@aws-sdk/client-s3';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startForTests, testSeed } from '../../../../tests/start.ts';
import { generator } from '../../../kernel/ids.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const outcrop = await startForTests({ clock: { frozenAt: new Date('2034-07-07T07:07:07Z') } });
const s3 = new S3Client(outcrop.clients);
const random = generator(testSeed('restore'));
const Bucket = 'restore';
await s3.send(new CreateBucketCommand({ Bucket }));
let serial = 0;

async function archive(StorageClass: StorageClass): Promise<string> {
  const Key = `k${serial++}-${Math.floor(random() * 1e9)}`;
  await s3.send(new PutObjectCommand({ Bucket, Key, Body: `of ${Key}`, StorageClass }));
  return Key;
}
const restore = async (Key: string, RestoreRequest: RestoreRequest) =>
  (await s3.send(new RestoreObjectCommand({ Bucket, Key, RestoreRequest }))).$metadata.httpStatusCode;
const tier = (Tier: 'Expedited' | 'Standard' | 'Bulk', Days = 1): RestoreRequest => ({
  Days,
  GlacierJobParameters: { Tier },
});
const told = async (Key: string) => (await s3.send(new HeadObjectCommand({ Bucket, Key }))).Restore;
const readable = (Key: string) =>
  s3.send(new GetObjectCommand({ Bucket, Key })).then(
    ({ Body }) => Body!.transformToString(),
    (error: Error) => error.name,
  );

describe('RestoreObject', () => {
  it('takes as long as its tier: not less than the least, not more than the most', async () => {
    const cases: [StorageClass, 'Expedited' | 'Standard' | 'Bulk', number, number][] = [
      ['GLACIER', 'Expedited', MINUTE_MS, 5 * MINUTE_MS],
      ['GLACIER', 'Standard', 3 * HOUR_MS, 5 * HOUR_MS],
      ['GLACIER', 'Bulk', 5 * HOUR_MS, 12 * HOUR_MS],
      ['DEEP_ARCHIVE', 'Standard', 9 * HOUR_MS, 12 * HOUR_MS],
      ['DEEP_ARCHIVE', 'Bulk', 24 * HOUR_MS, 48 * HOUR_MS],
    ];
    for (const [storageClass, Tier, least, most] of cases) {
      const Key = await archive(storageClass);
      expect(await restore(Key, tier(Tier))).toBe(202);
      await outcrop.clock.advance(least - 1);
      expect(await readable(Key)).toBe('InvalidObjectState');
      await outcrop.clock.advance(most - least + 1);
      expect(await readable(Key)).toBe(`of ${Key}`);
    }
  });

  it('answers 200 for an object that is back, whose stay it changes', async () => {
    const Key = await archive('GLACIER');
    await restore(Key, tier('Expedited', 2));
    await outcrop.clock.advance(5 * MINUTE_MS);
    const first = await told(Key);
    expect(await restore(Key, tier('Standard', 9))).toBe(200);
    const second = await told(Key);
    const expiry = (text: string | undefined) => Date.parse(/expiry-date="([^"]+)"/.exec(text!)![1]!);
    expect(expiry(second) - expiry(first)).toBe(7 * 24 * HOUR_MS);
    await outcrop.clock.advance(expiry(first) - outcrop.clock.now().getTime());
    expect(await readable(Key)).toBe(`of ${Key}`);
    await outcrop.clock.advance(expiry(second) - outcrop.clock.now().getTime());
    expect(await readable(Key)).toBe('InvalidObjectState');
  });

  it('can be sped up while it is under way, but not repeated', async () => {
    const Key = await archive('GLACIER');
    await restore(Key, tier('Bulk'));
    await expect(restore(Key, tier('Bulk'))).rejects.toMatchObject({
      name: 'RestoreAlreadyInProgress',
      $metadata: { httpStatusCode: 409 },
    });
    expect(await restore(Key, tier('Expedited'))).toBe(202);
    await outcrop.clock.advance(5 * MINUTE_MS);
    expect(await readable(Key)).toBe(`of ${Key}`);
    const once = await told(Key);
    await outcrop.clock.advance(12 * HOUR_MS);
    expect(await told(Key)).toBe(once);
  });

  it('is refused for what is not archived, for tiers that a class lacks, and for what is not built', async () => {
    for (const storageClass of ['STANDARD', 'GLACIER_IR', 'STANDARD_IA'] as const) {
      const Key = await archive(storageClass);
      expect(await readable(Key)).toBe(`of ${Key}`);
      await expect(restore(Key, tier('Standard'))).rejects.toMatchObject({
        name: 'InvalidObjectState',
        message: "Restore is not allowed for the object's current storage class",
      });
    }
    const deep = await archive('DEEP_ARCHIVE');
    await expect(restore(deep, tier('Expedited'))).rejects.toMatchObject({
      name: 'InvalidArgument',
      message: 'Retrieval option is not supported by this storage class',
    });
    await expect(restore(deep, { GlacierJobParameters: { Tier: 'Bulk' } })).rejects.toMatchObject({
      name: 'MalformedXML',
    });
    await expect(restore(deep, tier('Bulk', 0))).rejects.toMatchObject({ name: 'InvalidArgument' });
    await expect(restore(deep, { ...tier('Bulk'), Type: 'SELECT' })).rejects.toMatchObject({ name: 'NotImplemented' });
    await expect(restore('nothing', tier('Bulk'))).rejects.toMatchObject({ name: 'NoSuchKey' });
    await expect(
      s3.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `${Bucket}/${deep}` })),
    ).rejects.toMatchObject({ name: /InvalidObjectState|ObjectNotInActiveTierError/ });
  });

  it('meters the request and what it brought back', async () => {
    const before = (await outcrop.cost()).lines;
    const quantity = (lines: typeof before, type: string) =>
      lines
        .filter((line) => line.type === type && line.resource === 'GLACIER')
        .reduce((sum, line) => sum + line.quantity, 0);
    const Key = await archive('GLACIER');
    await restore(Key, tier('Standard'));
    await outcrop.clock.advance(5 * HOUR_MS);
    const after = (await outcrop.cost()).lines;
    expect(quantity(after, 'Standard-Retrieval-Bytes') - quantity(before, 'Standard-Retrieval-Bytes')).toBeCloseTo(
      `of ${Key}`.length / 2 ** 30,
      15,
    );
    const requests = after.find((line) => line.type === 'Requests-Tier3' && line.resource === 'restore')!;
    expect(requests.usd).toBeCloseTo(requests.quantity * 0.00005, 10);
  });

  it('goes on in the next process of the stack', async () => {
    const data = mkdtempSync(join(tmpdir(), 'outcrop-restore-'));
    const first = await startForTests({
      ephemeral: false,
      data,
      clock: { frozenAt: new Date('2034-08-08T08:08:08Z') },
    });
    const before = new S3Client(first.clients);
    const object = { Bucket, Key: 'lasting' };
    const body = `lasting ${random()}`;
    await before.send(new CreateBucketCommand({ Bucket }));
    await before.send(new PutObjectCommand({ ...object, Body: body, StorageClass: 'GLACIER' }));
    await before.send(new RestoreObjectCommand({ ...object, RestoreRequest: tier('Standard') }));
    await first.stop();
    const second = await startForTests({ ephemeral: false, data });
    onTestFinished(() => rmSync(data, { recursive: true, force: true }));
    const after = new S3Client(second.clients);
    expect((await after.send(new HeadObjectCommand(object))).Restore).toBe('ongoing-request="true"');
    await second.clock.advance(5 * HOUR_MS);
    expect(await (await after.send(new GetObjectCommand(object))).Body!.transformToString()).toBe(body);
    await second.stop();
  });
});
