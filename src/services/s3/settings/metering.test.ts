import {
  CopyObjectCommand,
  CreateBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
  type StorageClass,
} from '@aws-sdk/client-s3';
import { expect, it } from 'vitest';
import { startForTests, testSeed } from '../../../../tests/start.ts';
import { generator } from '../../../kernel/ids.ts';

const outcrop = await startForTests();
const s3 = new S3Client(outcrop.clients);
const random = generator(testSeed('metering'));
const Bucket = 'metered';
await s3.send(new CreateBucketCommand({ Bucket }));

/** What the bill has gained since it was last asked, by usage type. */
let known = new Map<string, { quantity: number; usd: number }>();
async function gained(): Promise<Record<string, { quantity: number; usd: number }>> {
  const now = new Map<string, { quantity: number; usd: number }>();
  for (const { service, type, quantity, usd } of (await outcrop.cost()).lines) {
    const sum = now.get(type) ?? { quantity: 0, usd: 0 };
    if (service === 's3') now.set(type, { quantity: sum.quantity + quantity, usd: sum.usd + usd! });
  }
  const out: Record<string, { quantity: number; usd: number }> = {};
  for (const [type, { quantity, usd }] of now) {
    const before = known.get(type) ?? { quantity: 0, usd: 0 };
    if (quantity > before.quantity) out[type] = { quantity: quantity - before.quantity, usd: usd - before.usd };
  }
  known = now;
  return out;
}

it('bills requests and reads by the storage class of the object, at list prices', async () => {
  const cases: [StorageClass, string, number, string, number, string?, number?][] = [
    ['STANDARD', 'Requests-Tier1', 5e-6, 'Requests-Tier2', 4e-7],
    ['STANDARD_IA', 'Requests-SIA-Tier1', 1e-5, 'Requests-SIA-Tier2', 1e-6, 'Retrieval-SIA', 0.01],
    ['ONEZONE_IA', 'Requests-ZIA-Tier1', 1e-5, 'Requests-ZIA-Tier2', 1e-6, 'Retrieval-ZIA', 0.01],
    ['INTELLIGENT_TIERING', 'Requests-INT-Tier1', 5e-6, 'Requests-INT-Tier2', 4e-7],
    ['GLACIER_IR', 'Requests-GIR-Tier1', 2e-5, 'Requests-GIR-Tier2', 1e-5, 'Retrieval-GIR', 0.03],
    ['GLACIER', 'Requests-Tier3', 3e-5, 'Requests-Tier2', 4e-7],
    ['DEEP_ARCHIVE', 'Requests-GDA-Tier3', 5e-5, 'Requests-Tier2', 4e-7],
  ];
  await gained();
  for (const [StorageClass, write, writeUsd, read, readUsd, retrieval, retrievalUsd] of cases) {
    const size = 1000 + Math.floor(random() * 100_000);
    const copies = 1 + Math.floor(random() * 3);
    await s3.send(new PutObjectCommand({ Bucket, Key: StorageClass, Body: Buffer.alloc(size), StorageClass }));
    const wrote = await gained();
    expect(Object.keys(wrote)).toEqual([write]);
    expect(wrote[write]!.usd).toBeCloseTo(writeUsd, 12);
    const archived = StorageClass === 'GLACIER' || StorageClass === 'DEEP_ARCHIVE';
    for (let i = 0; i < copies; i++) {
      if (archived) await s3.send(new HeadObjectCommand({ Bucket, Key: StorageClass }));
      else await (await s3.send(new GetObjectCommand({ Bucket, Key: StorageClass }))).Body!.transformToByteArray();
    }
    const got = await gained();
    expect(Object.keys(got).sort()).toEqual([read, ...(retrieval ? [retrieval] : [])].sort());
    expect(got[read]!.quantity).toBe(copies);
    expect(got[read]!.usd).toBeCloseTo(copies * readUsd, 12);
    if (retrieval) expect(got[retrieval]!.usd).toBeCloseTo(((copies * size) / 2 ** 30) * retrievalUsd!, 12);
  }
  await s3.send(
    new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `${Bucket}/STANDARD`, StorageClass: 'STANDARD_IA' }),
  );
  expect(Object.keys(await gained())).toEqual(['Requests-SIA-Tier1']);
});
