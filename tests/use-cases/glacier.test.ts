import {
  AbortVaultLockCommand,
  CompleteMultipartUploadCommand,
  CompleteVaultLockCommand,
  CreateVaultCommand,
  DeleteArchiveCommand,
  DeleteVaultCommand,
  DescribeJobCommand,
  DescribeVaultCommand,
  GetJobOutputCommand,
  GetVaultLockCommand,
  GlacierClient,
  InitiateJobCommand,
  InitiateMultipartUploadCommand,
  InitiateVaultLockCommand,
  ListPartsCommand,
  UploadArchiveCommand,
  UploadMultipartPartCommand,
  type JobParameters,
} from '@aws-sdk/client-glacier';
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { startForTests, testSeed } from '../start.ts';

const MIB = 2 ** 20;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const random = numbers(testSeed('glacier'));
const outcrop = await startForTests({ clock: { frozenAt: new Date('2031-02-03T08:30:00Z') } });
const glacier = new GlacierClient(outcrop.clients);
const accountId = '-';

/** Mulberry32: numbers in [0, 1). */
function numbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const integer = (min: number, max: number) => min + Math.floor(random() * (max - min + 1));
const sha256 = (...all: Uint8Array[]) => {
  const hash = createHash('sha256');
  for (const bytes of all) hash.update(bytes);
  return hash.digest();
};
const nameOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'done',
    (error: Error) => error.name,
  );
const now = () => outcrop.clock.now().getTime();

/** The tree hash by its definition: the left subtree is the largest full one. */
function treeHash(bytes: Uint8Array): string {
  const root = (part: Uint8Array): Buffer => {
    const leaves = Math.max(1, Math.ceil(part.length / MIB));
    if (leaves === 1) return sha256(part);
    let left = 1;
    while (left * 2 < leaves) left *= 2;
    return sha256(root(part.subarray(0, left * MIB)), root(part.subarray(left * MIB)));
  };
  return root(bytes).toString('hex');
}

describe('Amazon S3 Glacier', () => {
  it('glacier.2: audit logs under a locked deny-delete rule stay for years, and no one can change the rule', async () => {
    const vaultName = `audit-${integer(1, 1e9)}`;
    const years = integer(2, 3);
    const days = years * 365;
    await glacier.send(new CreateVaultCommand({ accountId, vaultName }));
    const { VaultARN } = await glacier.send(new DescribeVaultCommand({ accountId, vaultName }));
    const log = Buffer.from(
      Array.from(
        { length: integer(20_000, 40_000) },
        (_, i) => `${i} model=${integer(0, 1e6)} decision=${random()}\n`,
      ).join(''),
    );
    const upload = () =>
      glacier.send(new UploadArchiveCommand({ accountId, vaultName, body: log, archiveDescription: 'decisions' }));
    const tampered = Buffer.from(log);
    tampered[integer(0, log.length - 1)]! ^= 1;
    const wrong = glacier.send(
      new UploadArchiveCommand({ accountId, vaultName, body: tampered, checksum: treeHash(log) }),
    );
    await expect(wrong).rejects.toMatchObject({
      name: 'InvalidParameterValueException',
      message: `Checksum mismatch: expected ${treeHash(log)}, computed ${treeHash(tampered)}`,
    });
    const { archiveId, checksum } = await upload();
    expect(checksum).toBe(treeHash(log));

    const policyOf = (age: number) =>
      JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          {
            Sid: 'deny-based-on-archive-age',
            Principal: '*',
            Effect: 'Deny',
            Action: 'glacier:DeleteArchive',
            Resource: [VaultARN],
            Condition: { NumericLessThan: { 'glacier:ArchiveAgeInDays': String(age) } },
          },
        ],
      });
    const initiate = (age: number) =>
      glacier.send(new InitiateVaultLockCommand({ accountId, vaultName, policy: { Policy: policyOf(age) } }));
    const deletion = (id = archiveId) =>
      glacier.send(new DeleteArchiveCommand({ accountId, vaultName, archiveId: id }));
    const abort = () => glacier.send(new AbortVaultLockCommand({ accountId, vaultName }));

    // A lock on trial that is not completed in a day goes by itself, and its id with it.
    const lapsed = await initiate(days + 5);
    expect(await nameOf(deletion())).toBe('AccessDeniedException');
    await outcrop.clock.advance(DAY_MS);
    expect(await nameOf(glacier.send(new GetVaultLockCommand({ accountId, vaultName })))).toBe(
      'ResourceNotFoundException',
    );
    expect(
      await nameOf(glacier.send(new CompleteVaultLockCommand({ accountId, vaultName, lockId: lapsed.lockId }))),
    ).toBe('ResourceNotFoundException');

    const { lockId } = await initiate(days);
    expect(await nameOf(initiate(1))).toBe('AccessDeniedException');
    expect(
      await nameOf(glacier.send(new CompleteVaultLockCommand({ accountId, vaultName, lockId: lapsed.lockId }))),
    ).toBe('InvalidParameterValueException');
    await glacier.send(new CompleteVaultLockCommand({ accountId, vaultName, lockId }));
    expect(await nameOf(initiate(1))).toBe('AccessDeniedException');
    expect(await nameOf(abort())).toBe('AccessDeniedException');
    expect(await glacier.send(new GetVaultLockCommand({ accountId, vaultName }))).toMatchObject({
      Policy: policyOf(days),
      State: 'Locked',
    });

    const uploadedMs = now() - DAY_MS;
    await outcrop.clock.advance(uploadedMs + days * DAY_MS - 1 - now());
    const denied = await deletion().catch((error: Error & { $metadata: { httpStatusCode?: number } }) => error);
    expect(denied).toMatchObject({ name: 'AccessDeniedException', $metadata: { httpStatusCode: 403 } });
    // What came later is younger.
    const later = await upload();
    await outcrop.clock.advance(1);
    await deletion();
    expect(await nameOf(deletion(later.archiveId))).toBe('AccessDeniedException');
    expect(await nameOf(glacier.send(new DeleteVaultCommand({ accountId, vaultName })))).toBe(
      'InvalidParameterValueException',
    );
    expect(await nameOf(initiate(1))).toBe('AccessDeniedException');
    await outcrop.clock.advance(days * DAY_MS);
    await deletion(later.archiveId);
    await outcrop.clock.advance(DAY_MS);
    expect(await glacier.send(new DescribeVaultCommand({ accountId, vaultName }))).toMatchObject({
      NumberOfArchives: 0,
    });
    await glacier.send(new DeleteVaultCommand({ accountId, vaultName }));
    console.log(`glacier.2: kept for ${years} years of stack time`);
  });

  it('glacier.3: the weights of a retired model come back part by part, and predict exactly as they did', async () => {
    // A logistic regression over hashed features; its table of weights is some MiB.
    const features = 2 ** 19 + integer(1, 2 ** 18);
    const weights = new Float64Array(features);
    const example = () => Array.from({ length: 12 }, () => integer(0, features - 1));
    const predict = (model: Float64Array, at: number[]) =>
      1 / (1 + Math.exp(-at.reduce((sum, index) => sum + model[index]!, 0)));
    for (let step = 0; step < 20_000; step++) {
      const at = example();
      const label = at.filter((index) => index % 3 === 0).length > 4 ? 1 : 0;
      const error = label - predict(weights, at);
      for (const index of at) weights[index]! += 0.5 * error;
    }
    const probes = Array.from({ length: 500 }, example);
    const predictions = probes.map((probe) => predict(weights, probe));
    expect(new Set(predictions).size).toBeGreaterThan(100);
    const file = Buffer.from(weights.buffer);

    const vaultName = `generations-${integer(1, 1e9)}`;
    const archiveDescription = `generation ${integer(1, 99)}, "retired"`;
    const { location } = await glacier.send(new CreateVaultCommand({ accountId, vaultName }));
    expect(location).toBe(`/000000000000/vaults/${vaultName}`);
    const partSize = MIB;
    const { uploadId } = await glacier.send(
      new InitiateMultipartUploadCommand({ accountId, vaultName, archiveDescription, partSize: String(partSize) }),
    );
    const starts = Array.from({ length: Math.ceil(file.length / partSize) }, (_, i) => i * partSize);
    const put = (start: number, bytes = file.subarray(start, start + partSize)) =>
      glacier.send(
        new UploadMultipartPartCommand({
          accountId,
          vaultName,
          uploadId,
          range: `bytes ${start}-${start + bytes.length - 1}/*`,
          body: bytes,
        }),
      );
    const complete = (bytes: Uint8Array = file) =>
      glacier.send(
        new CompleteMultipartUploadCommand({
          accountId,
          vaultName,
          uploadId,
          archiveSize: String(bytes.length),
          checksum: treeHash(bytes),
        }),
      );
    // In any order, one of them wrong at first, all but one before it is tried.
    const shuffled = starts.map((start) => ({ start, at: random() })).sort((a, b) => a.at - b.at);
    const [held, ...rest] = shuffled.map(({ start }) => start);
    await put(rest[0]!, Buffer.alloc(Math.min(partSize, file.length - rest[0]!), 1));
    for (const start of rest) {
      const { checksum } = await put(start);
      expect(checksum).toBe(treeHash(file.subarray(start, start + partSize)));
    }
    expect(await nameOf(complete())).toBe('InvalidParameterValueException');
    await put(held!);
    const { Parts } = await glacier.send(new ListPartsCommand({ accountId, vaultName, uploadId }));
    expect(Parts!.map(({ RangeInBytes }) => RangeInBytes)).toEqual(
      starts.map((start) => `${start}-${Math.min(start + partSize, file.length) - 1}`),
    );
    const other = Buffer.from(file);
    other[0]! ^= 1;
    expect(await nameOf(complete(other))).toBe('InvalidParameterValueException');
    const { archiveId, checksum } = await complete();
    expect(checksum).toBe(treeHash(file));

    const initiate = async (jobParameters: JobParameters) =>
      (await glacier.send(new InitiateJobCommand({ accountId, vaultName, jobParameters }))).jobId!;
    const output = (jobId: string, range?: string) =>
      glacier.send(new GetJobOutputCommand({ accountId, vaultName, jobId, ...(range ? { range } : {}) }));

    for (const [Tier, least, most] of [
      ['Expedited', MINUTE_MS, 5 * MINUTE_MS],
      ['Standard', 3 * HOUR_MS, 5 * HOUR_MS],
      ['Bulk', 5 * HOUR_MS, 12 * HOUR_MS],
    ] as const) {
      const jobId = await initiate({ Type: 'archive-retrieval', ArchiveId: archiveId, Tier });
      await outcrop.clock.advance(least - 1);
      const early = await output(jobId).catch((error: Error) => error);
      expect(early).toMatchObject({
        name: 'InvalidParameterValueException',
        message: `The job is not currently available for download: ${jobId}`,
      });
      await outcrop.clock.advance(most - least + 1);
      const job = await glacier.send(new DescribeJobCommand({ accountId, vaultName, jobId }));
      expect(job).toMatchObject({
        Completed: true,
        StatusCode: 'Succeeded',
        Tier,
        ArchiveSizeInBytes: file.length,
        SHA256TreeHash: treeHash(file),
      });
      const took = Date.parse(job.CompletionDate!) - Date.parse(job.CreationDate!);
      expect(took).toBeGreaterThanOrEqual(least);
      expect(took).toBeLessThanOrEqual(most);
      // Two MiB at a time; each is a node of the tree, so its hash comes along.
      const chunks: Uint8Array[] = [];
      for (let start = 0; start < file.length; start += 2 * MIB) {
        const end = Math.min(start + 2 * MIB, file.length);
        const part = await output(jobId, `bytes=${start}-${end - 1}`);
        expect(part).toMatchObject({
          status: 206,
          contentRange: `bytes ${start}-${end - 1}/${file.length}`,
          archiveDescription,
        });
        const bytes = await part.body!.transformToByteArray();
        expect(part.checksum).toBe(treeHash(bytes));
        chunks.push(bytes);
      }
      const restored = Buffer.concat(chunks);
      expect(sha256(restored).equals(sha256(file))).toBe(true);
      const model = new Float64Array(new Uint8Array(restored).buffer);
      expect(probes.map((probe) => predict(model, probe))).toEqual(predictions);
    }

    await outcrop.clock.advance(DAY_MS);
    const inventory = await initiate({ Type: 'inventory-retrieval', Format: 'JSON' });
    await outcrop.clock.advance(5 * HOUR_MS);
    const listed = JSON.parse(await (await output(inventory)).body!.transformToString()) as {
      VaultARN: string;
      ArchiveList: unknown[];
    };
    expect(listed.VaultARN).toBe(`arn:aws:glacier:us-east-1:000000000000:vaults/${vaultName}`);
    expect(listed.ArchiveList).toEqual([
      {
        ArchiveId: archiveId,
        ArchiveDescription: archiveDescription,
        CreationDate: expect.stringMatching(/^2\d{3}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        Size: file.length,
        SHA256TreeHash: treeHash(file),
      },
    ]);
    // Outputs go a day after their job has ended.
    await outcrop.clock.advance(DAY_MS);
    expect(await nameOf(output(inventory))).toBe('ResourceNotFoundException');
  });
});
