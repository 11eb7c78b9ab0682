import {
  CreateBucketCommand,
  DeleteObjectCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { startForTests, testSeed } from '../../../tests/start.ts';
import { generator, Ids } from '../../kernel/ids.ts';

const seed = testSeed('s3 lists');
const ids = new Ids(seed);
const random = generator(seed);
const outcrop = await startForTests();
const s3 = new S3Client(outcrop.clients);

const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
const ALPHABET = [
  'a',
  'b',
  'ab',
  '/',
  '/',
  '//',
  ' ',
  '+',
  '%',
  '%2F',
  '&',
  '<',
  '"',
  "'",
  '(',
  '~',
  '*',
  '\u0001',
  '\n',
  '\r',
  '\u007f',
  'é',
  'e\u0301',
  '日本',
  '\uffee',
  '😀',
  '\u{10ffff}',
  '.',
  '-',
  '_',
  '0',
  '9',
];
const word = (max: number) => Array.from({ length: 1 + Math.floor(random() * max) }, () => pick(ALPHABET)).join('');
const bytewise = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));
const decode = (text: string | undefined) => decodeURIComponent((text ?? '').replaceAll('+', ' '));

async function newBucket(): Promise<string> {
  const Bucket = `list-${ids.hex(12)}`;
  await s3.send(new CreateBucketCommand({ Bucket }));
  return Bucket;
}

async function putAll(Bucket: string, keys: string[]): Promise<void> {
  for (let at = 0; at < keys.length; at += 50) {
    await Promise.all(keys.slice(at, at + 50).map((Key) => s3.send(new PutObjectCommand({ Bucket, Key, Body: Key }))));
  }
}

/** What S3 should list, by the plainest reading of its documentation. */
function expected(keys: string[], prefix: string, delimiter: string, isAfter: (key: string) => boolean): string[] {
  const out: string[] = [];
  for (const key of [...new Set(keys)].sort(bytewise)) {
    if (!key.startsWith(prefix) || !isAfter(key)) continue;
    const at = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    const item = at < 0 ? `key:${key}` : `prefix:${key.slice(0, at + delimiter.length)}`;
    if (out.at(-1) !== item) out.push(item);
  }
  return out;
}

/** Pages read of one list; long lists in small pages say no more than this. */
const PAGES_MAX = 20;

const choices = (keys: string[]) => ({
  prefix: pick([
    '',
    '',
    pick(keys)
      .slice(0, 1 + Math.floor(random() * 3))
      .toWellFormed(),
    word(2),
  ]),
  delimiter: pick(['', '/', '/', '//', 'a', ' ', word(2)]),
  max: pick([1, 3, 7, 40, 1000]),
});

describe('lists of objects', () => {
  it('list what a plain model lists, for any keys, prefix, delimiter, page size and start', async () => {
    const Bucket = await newBucket();
    const keys = [...new Set(Array.from({ length: 300 }, () => word(6)))].filter((key) => !/^\.{1,2}$/.test(key));
    await putAll(Bucket, keys);
    for (let round = 0; round < 80; round++) {
      const { prefix, delimiter, max } = choices(keys);
      const startAfter = pick([undefined, pick(keys), word(3)]);
      const found: string[] = [];
      let ContinuationToken: string | undefined;
      let pages = 0;
      do {
        const page = await s3.send(
          new ListObjectsV2Command({
            Bucket,
            Prefix: prefix,
            Delimiter: delimiter,
            MaxKeys: max,
            StartAfter: startAfter,
            EncodingType: 'url',
            ContinuationToken,
          }),
        );
        const items = [
          ...(page.Contents ?? []).map(({ Key }) => `key:${decode(Key)}`),
          ...(page.CommonPrefixes ?? []).map(({ Prefix }) => `prefix:${decode(Prefix)}`),
        ].sort((a, b) => bytewise(a.slice(a.indexOf(':') + 1), b.slice(b.indexOf(':') + 1)));
        expect(page.KeyCount).toBe(items.length);
        expect(items.length).toBeLessThanOrEqual(max);
        expect(page.IsTruncated).toBe(page.NextContinuationToken !== undefined);
        found.push(...items);
        ContinuationToken = page.NextContinuationToken;
        pages++;
      } while (ContinuationToken && pages < PAGES_MAX);
      const wanted = expected(
        keys,
        prefix,
        delimiter,
        (key) => startAfter === undefined || bytewise(key, startAfter) > 0,
      );
      const of = { prefix, delimiter, max, startAfter };
      expect({ of, found }).toEqual({ of, found: pages < PAGES_MAX ? wanted : wanted.slice(0, found.length) });
    }
  }, 120_000);

  it('page through the first version of the list by marker', async () => {
    const Bucket = await newBucket();
    const keys = [...new Set(Array.from({ length: 120 }, () => word(5)))].filter((key) => !/^\.{1,2}$/.test(key));
    await putAll(Bucket, keys);
    for (let round = 0; round < 25; round++) {
      const { prefix, delimiter, max } = choices(keys);
      const found: string[] = [];
      let Marker: string | undefined;
      for (;;) {
        const page = await s3.send(
          new ListObjectsCommand({
            Bucket,
            Prefix: prefix,
            Delimiter: delimiter,
            MaxKeys: max,
            EncodingType: 'url',
            Marker,
          }),
        );
        const contents = (page.Contents ?? []).map(({ Key }) => decode(Key));
        const items = [
          ...contents.map((key) => `key:${key}`),
          ...(page.CommonPrefixes ?? []).map(({ Prefix }) => `prefix:${decode(Prefix)}`),
        ];
        found.push(...items.sort((a, b) => bytewise(a.slice(a.indexOf(':') + 1), b.slice(b.indexOf(':') + 1))));
        if (!page.IsTruncated) break;
        expect(page.NextMarker !== undefined).toBe(delimiter !== '');
        Marker = page.NextMarker === undefined ? contents.at(-1)! : decode(page.NextMarker);
      }
      const of = { prefix, delimiter, max };
      expect({ of, found }).toEqual({ of, found: expected(keys, prefix, delimiter, () => true) });
    }
  }, 120_000);

  it('list every version and delete marker, newest first, however they are paged', async () => {
    const Bucket = await newBucket();
    await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
    const keys = [...new Set(Array.from({ length: 25 }, () => word(4)))].filter((key) => !/^\.{1,2}$/.test(key));
    const model = new Map<string, { id: string; marker: boolean }[]>(keys.map((key) => [key, []]));
    for (let i = 0; i < 150; i++) {
      const Key = pick(keys);
      const versions = model.get(Key)!;
      const act = random();
      if (act < 0.65)
        versions.unshift({
          id: (await s3.send(new PutObjectCommand({ Bucket, Key, Body: `${i}` }))).VersionId!,
          marker: false,
        });
      else if (act < 0.85)
        versions.unshift({ id: (await s3.send(new DeleteObjectCommand({ Bucket, Key }))).VersionId!, marker: true });
      else if (versions.length > 0) {
        const [gone] = versions.splice(Math.floor(random() * versions.length), 1);
        await s3.send(new DeleteObjectCommand({ Bucket, Key, VersionId: gone!.id }));
      }
    }
    for (let round = 0; round < 25; round++) {
      const { prefix, delimiter, max } = choices(keys);
      const found: string[] = [];
      let from: { KeyMarker?: string; VersionIdMarker?: string } = {};
      for (;;) {
        const page = await s3.send(
          new ListObjectVersionsCommand({
            Bucket,
            Prefix: prefix,
            Delimiter: delimiter,
            MaxKeys: max,
            EncodingType: 'url',
            ...from,
          }),
        );
        const items = [
          ...(page.Versions ?? []).map((v) => ({ key: decode(v.Key), text: `${v.VersionId} ${v.IsLatest} object` })),
          ...(page.DeleteMarkers ?? []).map((v) => ({
            key: decode(v.Key),
            text: `${v.VersionId} ${v.IsLatest} marker`,
          })),
          ...(page.CommonPrefixes ?? []).map((p) => ({ key: decode(p.Prefix), text: 'prefix' })),
        ];
        // Versions and markers come as two lists: put them back in the model's order before comparing.
        const order = (item: { key: string; text: string }) =>
          model.get(item.key)?.findIndex(({ id }) => item.text.startsWith(id)) ?? 0;
        items.sort((a, b) => bytewise(a.key, b.key) || order(a) - order(b));
        found.push(...items.map(({ key, text }) => `${key} ${text}`));
        if (!page.IsTruncated) break;
        from = {
          KeyMarker: decode(page.NextKeyMarker),
          ...(page.NextVersionIdMarker ? { VersionIdMarker: page.NextVersionIdMarker } : {}),
        };
      }
      const wanted: string[] = [];
      for (const key of keys.filter((name) => name.startsWith(prefix)).sort(bytewise)) {
        const at = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
        const versions = model.get(key)!;
        if (at >= 0 && versions.length > 0) {
          const common = `${key.slice(0, at + delimiter.length)} prefix`;
          if (wanted.at(-1) !== common) wanted.push(common);
        } else if (at < 0)
          wanted.push(
            ...versions.map(({ id, marker }, i) => `${key} ${id} ${i === 0} ${marker ? 'marker' : 'object'}`),
          );
      }
      const of = { prefix, delimiter, max };
      expect({ of, found }).toEqual({ of, found: wanted });
    }
    const live = keys.filter((key) => model.get(key)![0] && !model.get(key)![0]!.marker).sort(bytewise);
    const current = await s3.send(new ListObjectsV2Command({ Bucket, EncodingType: 'url' }));
    expect((current.Contents ?? []).map(({ Key }) => decode(Key))).toEqual(live);
  }, 120_000);

  it('miss no version that stands while others come and go', async () => {
    const Bucket = await newBucket();
    await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
    const put = async (Key: string) => (await s3.send(new PutObjectCommand({ Bucket, Key, Body: Key }))).VersionId!;
    const keys = Array.from({ length: 12 }, (_, i) => `k${i}`);
    const standing = await Promise.all(keys.map(put));
    const stop = new AbortController();
    const writers = keys.slice(0, 6).map(async (Key) => {
      while (!stop.signal.aborted) {
        const VersionId = await put(Key);
        await s3.send(new DeleteObjectCommand({ Bucket, Key, VersionId }));
      }
    });
    for (let round = 0; round < 40; round++) {
      const { Versions } = await s3.send(new ListObjectVersionsCommand({ Bucket }));
      const found = new Set(Versions!.map(({ VersionId }) => VersionId));
      expect(standing.filter((id) => !found.has(id))).toEqual([]);
      expect(found.size).toBe(Versions!.length);
    }
    stop.abort();
    await Promise.all(writers);
  }, 60_000);

  it('empty a bucket that is deleted page by page', async () => {
    const Bucket = await newBucket();
    await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
    for (const Key of ['a', 'b', 'c'])
      for (let i = 0; i < 4; i++) await s3.send(new PutObjectCommand({ Bucket, Key, Body: `${i}` }));
    let from: { KeyMarker?: string | undefined; VersionIdMarker?: string | undefined } = {};
    for (;;) {
      const page = await s3.send(new ListObjectVersionsCommand({ Bucket, MaxKeys: 3, ...from }));
      for (const { Key, VersionId } of page.Versions ?? [])
        await s3.send(new DeleteObjectCommand({ Bucket, Key: Key!, VersionId: VersionId! }));
      if (!page.IsTruncated) break;
      from = { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker };
    }
    expect((await s3.send(new ListObjectVersionsCommand({ Bucket }))).Versions).toBeUndefined();
  });

  it('tell of no more after a page of nothing, and refuse a negative size or a token never given', async () => {
    const Bucket = await newBucket();
    await putAll(Bucket, ['x', 'y']);
    const none = await s3.send(new ListObjectsV2Command({ Bucket, MaxKeys: 0 }));
    expect(none).toMatchObject({ IsTruncated: false, KeyCount: 0, MaxKeys: 0 });
    await expect(s3.send(new ListObjectsV2Command({ Bucket, MaxKeys: -1 }))).rejects.toMatchObject({
      name: 'InvalidArgument',
      ArgumentName: 'max-keys',
    });
    await expect(s3.send(new ListObjectsV2Command({ Bucket, ContinuationToken: 'nonsense' }))).rejects.toMatchObject({
      name: 'InvalidArgument',
      message: 'The continuation token provided is incorrect',
    });
    expect((await s3.send(new ListObjectsV2Command({ Bucket, MaxKeys: 5000 }))).MaxKeys).toBe(1000);
    await expect(s3.send(new ListObjectsV2Command({ Bucket: `none-${ids.hex(8)}` }))).rejects.toMatchObject({
      name: 'NoSuchBucket',
      $metadata: { httpStatusCode: 404 },
    });
  });
});
