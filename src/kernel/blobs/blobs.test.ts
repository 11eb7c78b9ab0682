import { CreateBucketCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { createHash, randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import net from 'node:net';
import { beforeAll, describe, expect, it } from 'vitest';
import { startForTests, testSeed } from '../../../tests/start.ts';
import type { Outcrop } from '../../main.ts';
import { generator, Ids } from '../ids.ts';
import { openStore, temporaryFolder } from '../kernel.fixture.ts';
import { collection } from '../store/store.ts';
import { BlobGoneError, Blobs, INLINE_BYTES_MAX, type Blob, type BlobEngine } from './blobs.ts';
import { openFiles } from './files.ts';
import { openS3 } from './s3.ts';

const random = generator(testSeed('blobs'));
const records = collection<Blob>('t/object');
/** Content of random bytes that repeat under the seed. */
const content = (size: number) => {
  const key = Buffer.from(String(random())).toString('hex');
  const out = Buffer.alloc(size);
  for (let at = 0, n = 0; at < size; n++) at += createHash('sha512').update(`${key}${n}`).digest().copy(out, at);
  return out;
};
async function* chunks(bytes: Buffer, size = 10_000) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
const LARGE = INLINE_BYTES_MAX + 50_000;

let outcrop: Outcrop;
let client: S3Client;
let buckets = 0;
const credentials = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' };
beforeAll(async () => {
  outcrop = await startForTests();
  client = new S3Client(outcrop.clients);
});

async function newBucket(): Promise<string> {
  const Bucket = `blobs-${buckets++}`;
  await client.send(new CreateBucketCommand({ Bucket }));
  return Bucket;
}

/** Every engine, with a way to see what it holds. */
const engines: { name: string; open: () => Promise<{ engine: BlobEngine; held: () => Promise<string[]> }> }[] = [
  {
    name: 'files',
    open: async () => {
      const folder = temporaryFolder();
      const held = async () =>
        readdirSync(folder, { recursive: true, withFileTypes: true })
          .filter((entry) => entry.isFile())
          .map((entry) => entry.name);
      return { engine: openFiles(folder), held };
    },
  },
  {
    name: 'S3',
    open: async () => {
      const Bucket = await newBucket();
      const held = async () =>
        ((await client.send(new ListObjectsV2Command({ Bucket }))).Contents ?? []).map(({ Key }) =>
          Key!.split('/').at(-1)!,
        );
      const url = `s3://${Bucket}/some/prefix?endpoint=${outcrop.endpoint}&region=us-east-1`;
      return { engine: await openS3(url, { folder: 'store-1', environment: credentials }), held };
    },
  },
];

for (const { name, open } of engines) {
  describe(`blobs in ${name}`, () => {
    async function house() {
      const store = await openStore();
      const { engine, held } = await open();
      const blobs = new Blobs({ store, engine, ids: new Ids() });
      /** Puts and refers to it from a record. */
      const keep = async (key: string, source: AsyncIterable<Uint8Array> | Uint8Array) => {
        const blob = await blobs.put(source);
        await store.transact(async (tx) => {
          await blobs.retain(tx, blob);
          tx.put(records, [key], blob);
        });
        return blob;
      };
      const drop = (key: string) =>
        store.transact(async (tx) => {
          const blob = await tx.get(records, [key]);
          await blobs.release(tx, blob!);
          tx.delete(records, [key]);
        });
      return { store, engine, held, blobs, keep, drop };
    }
    const read = async (blobs: Blobs, blob: Blob, start?: number, end?: number) => {
      const out: Uint8Array[] = [];
      for await (const chunk of blobs.get(blob, start, end)) out.push(chunk);
      return Buffer.concat(out);
    };

    for (const size of [0, 1, INLINE_BYTES_MAX, INLINE_BYTES_MAX + 1, 3_000_000]) {
      it(`give back ${size} bytes as they were, whole and in ranges`, async () => {
        const { blobs, keep, store, held } = await house();
        const bytes = content(size);
        await keep('k', chunks(bytes));
        const blob = (await store.get(records, ['k']))!;
        expect(blob.size).toBe(size);
        expect((await blobs.bytes(blob)).equals(bytes)).toBe(true);
        for (let i = 0; i < 5; i++) {
          const [start, end] = [Math.floor(random() * (size + 1)), Math.floor(random() * (size + 10))];
          expect((await read(blobs, blob, start, end)).equals(bytes.subarray(start, end))).toBe(true);
        }
        // Small content shares the commit of its record.
        expect(await held()).toHaveLength(size > INLINE_BYTES_MAX ? 1 : 0);
      });
    }

    it('keep nothing of a source that fails, small or large', async () => {
      const { blobs, held } = await house();
      for (const good of [0, 100, LARGE, 9_000_000]) {
        async function* failing() {
          yield* chunks(content(good));
          throw new Error('the client has gone');
        }
        await expect(blobs.put(failing())).rejects.toThrow('the client has gone');
      }
      expect(await held()).toEqual([]);
    });

    it('live as long as something refers to them: a copy is a reference', async () => {
      const { blobs, keep, drop, store, held } = await house();
      for (const size of [100, LARGE]) {
        const bytes = content(size);
        await keep('original', bytes);
        await store.transact(async (tx) => {
          const blob = (await tx.get(records, ['original']))!;
          await blobs.retain(tx, blob);
          tx.put(records, ['copy'], blob);
        });
        await drop('original');
        await blobs.sweep({ garbageAgeMs: 0 });
        const copy = (await store.get(records, ['copy']))!;
        expect((await blobs.bytes(copy)).equals(bytes)).toBe(true);
        await drop('copy');
        await blobs.sweep({ garbageAgeMs: 0 });
        await expect(blobs.bytes(copy)).rejects.toThrow(BlobGoneError);
      }
      expect(await held()).toEqual([]);
    });

    it('count a reference only if the transaction commits', async () => {
      const { blobs, store } = await house();
      for (const size of [10, LARGE]) {
        const blob = await blobs.put(content(size));
        await expect(
          store.transact(async (tx) => {
            await blobs.retain(tx, blob);
            throw new Error('refused');
          }),
        ).rejects.toThrow('refused');
        await store.transact((tx) => blobs.retain(tx, blob));
        expect((await blobs.bytes({ ...blob })).length).toBe(size);
      }
    });

    it('can be read for a while after their release, by who has just read the record', async () => {
      const { blobs, keep, drop } = await house();
      for (const size of [10, LARGE]) {
        const bytes = content(size);
        const blob = await keep('k', bytes);
        await drop('k');
        expect(await blobs.sweep()).toBe(0);
        expect((await blobs.bytes({ ...blob })).equals(bytes)).toBe(true);
        expect(await blobs.sweep({ garbageAgeMs: 0 })).toBe(1);
        await expect(blobs.bytes({ ...blob })).rejects.toThrow(BlobGoneError);
      }
    });

    it('are never referred to again once they are given up', async () => {
      const { blobs, keep, drop, store } = await house();
      for (const size of [10, LARGE]) {
        const blob = await keep('k', content(size));
        await drop('k');
        await expect(store.transact((tx) => blobs.retain(tx, blob))).rejects.toThrow(BlobGoneError);
        await expect(store.transact((tx) => blobs.retain(tx, { ...blob }))).rejects.toThrow(BlobGoneError);
      }
      await expect(store.transact((tx) => blobs.retain(tx, { id: 'f123', size: 1 }))).rejects.toThrow(BlobGoneError);
    });

    it('that were put and never referred to are swept after a time, not before', async () => {
      const { blobs, keep, held } = await house();
      const kept = await keep('k', content(LARGE));
      await blobs.put(content(LARGE));
      expect(await blobs.sweep({ orphans: true })).toBe(0);
      expect(await held()).toHaveLength(2);
      await new Promise((resolve) => setTimeout(resolve, 1_100)); // S3 tells the second only.
      expect(await blobs.sweep({ orphans: true, orphanAgeMs: 100 })).toBe(1);
      expect(await held()).toEqual([kept.id]);
    });

    it('are dropped at once when discarded, unless something refers to them by then', async () => {
      const { blobs, keep, held } = await house();
      const blob = await blobs.put(content(LARGE));
      await blobs.discard(blob);
      expect(await held()).toEqual([]);
      const kept = await keep('k', content(LARGE));
      await blobs.discard(kept);
      expect(await held()).toEqual([kept.id]);
      await blobs.discard(await blobs.put(content(5)));
    });

    it('are read to the end by a reader that began before they were deleted', async () => {
      const { blobs, keep, drop } = await house();
      const bytes = content(4_000_000);
      const blob = await keep('k', bytes);
      const reader = blobs.get(blob);
      const got = [(await reader.next()).value as Uint8Array];
      await drop('k');
      await blobs.sweep({ garbageAgeMs: 0 });
      for await (const chunk of reader) got.push(chunk);
      expect(Buffer.concat(got).equals(bytes)).toBe(true);
    });

    it('may be written by many at a time', async () => {
      const { blobs, keep, store } = await house();
      const all = await Promise.all(
        Array.from({ length: 24 }, async (_, i) => {
          const bytes = content(Math.floor(random() * 200_000));
          await keep(`k${i}`, chunks(bytes, 1 + Math.floor(random() * 5_000)));
          return bytes;
        }),
      );
      for (const [i, bytes] of all.entries()) {
        const blob = (await store.get(records, [`k${i}`]))!;
        expect((await blobs.bytes(blob)).equals(bytes)).toBe(true);
      }
    });
  });
}

describe('blobs in S3', () => {
  it('go up in parts when they are large, cut where it suits S3, not the source', async () => {
    const Bucket = await newBucket();
    const engine = await openS3(`s3://${Bucket}?endpoint=${outcrop.endpoint}`, { environment: credentials });
    const bytes = randomBytes(8 * 1024 * 1024 * 2 + 12_345);
    for (const [id, size] of [
      ['one-piece', bytes.length],
      ['odd', 1_000_003],
      ['exactly-two', 8 * 1024 * 1024],
    ] as const) {
      const source = id === 'exactly-two' ? bytes.subarray(0, 16 * 1024 * 1024) : bytes;
      expect(await engine.write(id, chunks(source, size))).toBe(source.length);
      const got: Buffer[] = [];
      for await (const chunk of engine.read(id, 0, source.length)) got.push(chunk as Buffer);
      expect(Buffer.concat(got).equals(source)).toBe(true);
      const range: Buffer[] = [];
      for await (const chunk of engine.read(id, 8_388_600, 8_388_620)) range.push(chunk as Buffer);
      expect(Buffer.concat(range).equals(source.subarray(8_388_600, 8_388_620))).toBe(true);
    }
  });

  it('are listed page by page, under their prefix only', async () => {
    const Bucket = await newBucket();
    const open = (prefix: string) =>
      openS3(`s3://${Bucket}/${prefix}?endpoint=${outcrop.endpoint}`, { environment: credentials });
    const [one, other] = [await open('a'), await open('ab')];
    const ids = Array.from({ length: 1_030 }, (_, i) => `f${i.toString(16).padStart(6, '0')}`);
    for (let at = 0; at < ids.length; at += 50)
      await Promise.all(ids.slice(at, at + 50).map((id) => one.write(id, chunks(Buffer.from(id)))));
    await other.write('f-other', chunks(Buffer.from('x')));
    const listed: string[] = [];
    for await (const { id, writtenRealMs } of one.list()) {
      listed.push(id);
      expect(Math.abs(Date.now() - writtenRealMs)).toBeLessThan(120_000);
    }
    expect(listed).toEqual(ids);
  });

  it('fail with the reason when the store refuses', async () => {
    const endpoint = outcrop.endpoint;
    const open = (url: string, environment: NodeJS.ProcessEnv = credentials) => openS3(url, { environment });
    await expect(open(`s3://no-such-bucket?endpoint=${endpoint}`)).rejects.toThrow(/there is no such bucket/);
    const Bucket = await newBucket();
    await expect(
      open(`s3://${Bucket}?endpoint=${endpoint}`, { ...credentials, AWS_SECRET_ACCESS_KEY: 'wrong' }),
    ).rejects.toThrow(/cannot be used/);
    await expect(open(`s3://${Bucket}?endpoint=${endpoint}`, {})).rejects.toThrow(/AWS_ACCESS_KEY_ID/);
    await expect(open(`s3://${Bucket}?endpont=${endpoint}`)).rejects.toThrow(/endpont is unknown/);
    await expect(open('s3://b?endpoint=ftp://x')).rejects.toThrow(/not of the form/);
    const engine = await open(`s3://${Bucket}?endpoint=${endpoint}`);
    await expect(async () => {
      for await (const _ of engine.read('f-none', 0, 5)) void _;
    }).rejects.toThrow(/NoSuchKey/);
    await engine.delete('f-none');
  });

  it('outlive answers that fail for a moment', async () => {
    const Bucket = await newBucket();
    const engine = await openS3(`s3://${Bucket}?endpoint=${outcrop.endpoint}`, { environment: credentials });
    const bytes = content(9_000_000);
    await outcrop.rules.set([
      { service: 's3', operation: 'UploadPart', fault: { error: 'SlowDown', status: 503 }, times: 2 },
      { service: 's3', operation: 'GetObject', fault: { error: 'InternalError', status: 500 }, times: 1 },
    ]);
    await engine.write('f1', chunks(bytes, 100_000));
    const got: Buffer[] = [];
    for await (const chunk of engine.read('f1', 0, bytes.length)) got.push(chunk as Buffer);
    expect(Buffer.concat(got).equals(bytes)).toBe(true);
    expect((await outcrop.rules.list()).map(({ used }) => used)).toEqual([2, 1]);
    await outcrop.rules.set([{ service: 's3', fault: { error: 'InternalError', status: 500 } }]);
    await expect(engine.write('f2', chunks(content(100)))).rejects.toThrow(/InternalError/);
    await outcrop.rules.set([]);
  });

  it('are read on where a connection broke', async () => {
    const Bucket = await newBucket();
    const bytes = content(5_000_000);
    const direct = await openS3(`s3://${Bucket}?endpoint=${outcrop.endpoint}`, { environment: credentials });
    await direct.write('f1', chunks(bytes, 100_000));
    let breaks = 0;
    const proxy = net.createServer((from) => {
      const to = net.connect(Number(new URL(outcrop.endpoint).port), '127.0.0.1');
      let passed = 0;
      from.pipe(to);
      to.on('data', (chunk: Buffer) => {
        from.write(chunk);
        passed += chunk.length;
        if (breaks < 2 && passed > 1_500_000) {
          breaks++;
          from.destroy();
          to.destroy();
        }
      });
      for (const socket of [from, to])
        socket
          .on('error', () => {})
          .on('close', () => {
            from.destroy();
            to.destroy();
          });
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const { port } = proxy.address() as net.AddressInfo;
    const engine = await openS3(`s3://${Bucket}?endpoint=http://127.0.0.1:${port}`, { environment: credentials });
    const got: Buffer[] = [];
    for await (const chunk of engine.read('f1', 1_000, bytes.length)) got.push(chunk as Buffer);
    expect(Buffer.concat(got).equals(bytes.subarray(1_000))).toBe(true);
    expect(breaks).toBe(2);
    proxy.close();
  });
});
