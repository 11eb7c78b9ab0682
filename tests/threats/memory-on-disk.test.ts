import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, describe, expect, it } from 'vitest';
import { generator } from '../../src/kernel/ids.ts';
import { startForTests, testSeed } from '../start.ts';

const random = generator(testSeed('memory on disk'));
const ROUNDS = 120;
const data = mkdtempSync(join(tmpdir(), 'outcrop-memory-'));
afterAll(() => rmSync(data, { recursive: true, force: true }));

describe('whoever reads the disk', () => {
  it('finds nothing of what went through the memory of the process: pages of the store are cleared before they are used', async () => {
    const outcrop = await startForTests({ ephemeral: false, data });
    const s3 = new S3Client(outcrop.clients);
    const mark = `mark-${Math.floor(random() * 1e12)}-in-the-clear`;
    await s3.send(new CreateBucketCommand({ Bucket: 'clear' }));
    for (let index = 0; index < ROUNDS; index++) {
      const Key = `k${index}`;
      const Body = Buffer.alloc(200 + Math.floor(random() * (index % 2 ? 200_000 : 15_000)), `${mark} ${index}\n`);
      await s3.send(new PutObjectCommand({ Bucket: 'clear', Key, Body }));
      const { Body: back } = await s3.send(new GetObjectCommand({ Bucket: 'clear', Key }));
      expect((await back!.transformToByteArray()).length).toBe(Body.length);
    }
    const files = readdirSync(data, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const found = files.filter(({ parentPath, name }) => readFileSync(join(parentPath, name)).includes(mark));
    expect(files.length).toBeGreaterThan(ROUNDS / 4);
    expect(found.map(({ name }) => name)).toEqual([]);
  }, 60_000);
});
