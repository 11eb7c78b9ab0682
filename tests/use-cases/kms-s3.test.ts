import {
  CreateKeyCommand,
  DecryptCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  EnableKeyRotationCommand,
  EncryptCommand,
  KMSClient,
  ReEncryptCommand,
  RotateKeyOnDemandCommand,
} from '@aws-sdk/client-kms';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { draws } from '../draws.ts';
import { startForTests } from '../start.ts';

const data = mkdtempSync(join(tmpdir(), 'outcrop-kms-'));
afterAll(() => rmSync(data, { recursive: true, force: true }));
const outcrop = await startForTests({ ephemeral: false, data });
const s3 = new S3Client(outcrop.clients);
const kms = new KMSClient(outcrop.clients);
const { between } = draws('kms and s3');

/** Every file of the data directory, or those of about a size. */
function files(min = 0, max = Infinity): Buffer[] {
  const found = readdirSync(data, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return found
    .map((file) => readFileSync(join(file.parentPath, file.name)))
    .filter(({ length }) => length >= min && length <= max);
}
const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

describe('a data owner encrypts training data in S3', () => {
  it('kms.1: data under a key is nowhere in plain, shuts and opens with its key, and outlives rotation and ReEncrypt', async () => {
    const Bucket = `training-${between(0, 1e9)}`;
    await s3.send(new CreateBucketCommand({ Bucket }));
    const KeyId = (await kms.send(new CreateKeyCommand({ Description: 'training data' }))).KeyMetadata!.Arn!;
    // Lines as a training set has them; none of their words is anywhere else.
    const rows = Array.from({ length: 2_000 }, (_, i) =>
      JSON.stringify({ prompt: `sample ${i} ${between(1e12, 1e13)}`, completion: `answer ${between(1e12, 1e13)}` }),
    );
    const Body = Buffer.from(rows.join('\n'));
    const small = Buffer.from(rows.slice(0, 3).join('\n'));
    const put = (Key: string, bytes: Uint8Array) =>
      s3.send(new PutObjectCommand({ Bucket, Key, Body: bytes, ServerSideEncryption: 'aws:kms', SSEKMSKeyId: KeyId }));
    const get = async (Key: string) =>
      Buffer.from(await (await s3.send(new GetObjectCommand({ Bucket, Key }))).Body!.transformToByteArray());
    for (const Key of ['a.jsonl', 'b.jsonl']) expect((await put(Key, Body)).SSEKMSKeyId).toBe(KeyId);
    await put('small.jsonl', small);

    const everything = files();
    for (const row of [rows[0]!, rows[1]!, rows[between(3, 1_998)]!, rows[1_999]!]) {
      const { prompt } = JSON.parse(row) as { prompt: string };
      expect(everything.some((bytes) => bytes.includes(prompt))).toBe(false);
    }
    const stored = files(Body.length, Body.length + 4096);
    expect(stored).toHaveLength(2);
    expect(digest(stored[0]!)).not.toBe(digest(stored[1]!));
    // Not so much as one block of the two is the same.
    const blocks = new Set<string>();
    for (const bytes of stored)
      for (let at = 0; at + 16 <= bytes.length; at += 16) blocks.add(bytes.toString('latin1', at, at + 16));
    expect(blocks.size).toBe(stored.reduce((sum, { length }) => sum + Math.floor(length / 16), 0));

    await kms.send(new DisableKeyCommand({ KeyId }));
    for (const Key of ['a.jsonl', 'small.jsonl'])
      await expect(get(Key)).rejects.toMatchObject({
        name: 'KMS.DisabledException',
        $metadata: { httpStatusCode: 400 },
      });
    await kms.send(new EnableKeyCommand({ KeyId }));
    expect((await get('a.jsonl')).equals(Body)).toBe(true);

    // New material, by hand and by the year; what was encrypted under the old stays readable.
    const note = Buffer.from(`note ${between(0, 1e9)}`);
    const { CiphertextBlob: before } = await kms.send(new EncryptCommand({ KeyId, Plaintext: note }));
    await kms.send(new RotateKeyOnDemandCommand({ KeyId }));
    await kms.send(new EnableKeyRotationCommand({ KeyId, RotationPeriodInDays: 365 }));
    await outcrop.clock.advance(366 * 86_400_000);
    await put('after.jsonl', Body);
    for (const Key of ['a.jsonl', 'b.jsonl', 'after.jsonl']) expect((await get(Key)).equals(Body)).toBe(true);
    expect((await get('small.jsonl')).equals(small)).toBe(true);
    const decrypt = async (CiphertextBlob: Uint8Array | undefined) =>
      Buffer.from((await kms.send(new DecryptCommand({ CiphertextBlob }))).Plaintext!).toString();
    expect(await decrypt(before)).toBe(note.toString());

    const second = (await kms.send(new CreateKeyCommand({}))).KeyMetadata!.Arn!;
    const moved = await kms.send(new ReEncryptCommand({ CiphertextBlob: before, DestinationKeyId: second }));
    expect([moved.SourceKeyId, moved.KeyId]).toEqual([KeyId, second]);
    await kms.send(new DisableKeyCommand({ KeyId }));
    await expect(decrypt(before)).rejects.toMatchObject({ name: 'DisabledException' });
    expect(await decrypt(moved.CiphertextBlob)).toBe(note.toString());
  });
});
