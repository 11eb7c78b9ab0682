import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { startForTests, testSeed } from '../../../tests/start.ts';
import { generator, Ids } from '../../kernel/ids.ts';

const seed = testSeed('s3 versions');
const ids = new Ids(seed);
const random = generator(seed);
const outcrop = await startForTests();
const s3 = new S3Client(outcrop.clients);
const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
const refusal = (error: string, status: number, more: object = {}) => ({
  name: error,
  $metadata: { httpStatusCode: status },
  ...more,
});

async function newBucket(Status?: 'Enabled' | 'Suspended'): Promise<string> {
  const Bucket = `versions-${ids.hex(12)}`;
  await s3.send(new CreateBucketCommand({ Bucket }));
  if (Status) await version(Bucket, Status);
  return Bucket;
}
const version = (Bucket: string, Status: 'Enabled' | 'Suspended') =>
  s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } }));
const put = async (Bucket: string, Key: string, Body: string) =>
  (await s3.send(new PutObjectCommand({ Bucket, Key, Body }))).VersionId;
const read = async (Bucket: string, Key: string, VersionId?: string) =>
  (await s3.send(new GetObjectCommand({ Bucket, Key, VersionId }))).Body!.transformToString();

/** A raw signed-less view: the headers of an error that SDK exceptions do not carry. */
async function headersOf(promise: Promise<unknown>): Promise<Record<string, string>> {
  const error = await promise.then(
    () => undefined,
    (thrown: { $response?: { headers: Record<string, string> } }) => thrown,
  );
  return error?.$response?.headers ?? {};
}

describe('versions', () => {
  it('keep what was written before, by their ids', async () => {
    const Bucket = await newBucket('Enabled');
    const bodies = Array.from({ length: 5 }, () => ids.hex(20));
    const made: string[] = [];
    for (const body of bodies) made.push((await put(Bucket, 'k', body))!);
    expect(new Set(made).size).toBe(5);
    for (const [i, id] of made.entries()) expect(await read(Bucket, 'k', id)).toBe(bodies[i]);
    expect(await read(Bucket, 'k')).toBe(bodies.at(-1));
    await expect(read(Bucket, 'k', 'x'.repeat(32))).rejects.toMatchObject(refusal('NoSuchVersion', 404));
    await expect(read(Bucket, 'k', 'short')).rejects.toMatchObject(
      refusal('InvalidArgument', 400, { message: 'Invalid version id specified' }),
    );
  });

  it('hide behind a delete marker, which tells itself by header, and come back when it is deleted', async () => {
    const Bucket = await newBucket('Enabled');
    const id = await put(Bucket, 'k', 'content');
    const marker = await s3.send(new DeleteObjectCommand({ Bucket, Key: 'k' }));
    expect(marker).toMatchObject({ DeleteMarker: true, VersionId: expect.stringMatching(/^\w{32}$/) });
    await expect(read(Bucket, 'k')).rejects.toMatchObject(refusal('NoSuchKey', 404));
    const head = await headersOf(s3.send(new HeadObjectCommand({ Bucket, Key: 'k' })));
    expect(head).toMatchObject({ 'x-amz-delete-marker': 'true', 'x-amz-version-id': marker.VersionId });
    const byId = s3.send(new GetObjectCommand({ Bucket, Key: 'k', VersionId: marker.VersionId }));
    await expect(byId).rejects.toMatchObject(refusal('MethodNotAllowed', 405));
    expect(await headersOf(byId)).toMatchObject({ 'x-amz-delete-marker': 'true', allow: 'DELETE' });
    expect(await read(Bucket, 'k', id)).toBe('content');
    expect(await s3.send(new DeleteObjectCommand({ Bucket, Key: 'k', VersionId: marker.VersionId }))).toMatchObject({
      DeleteMarker: true,
      VersionId: marker.VersionId,
    });
    expect(await read(Bucket, 'k')).toBe('content');
  });

  it('are tagged one by one', async () => {
    const Bucket = await newBucket('Enabled');
    const first = await put(Bucket, 'k', '1');
    const second = await put(Bucket, 'k', '2');
    await s3.send(
      new PutObjectTaggingCommand({
        Bucket,
        Key: 'k',
        VersionId: first,
        Tagging: { TagSet: [{ Key: 'of', Value: 'first' }] },
      }),
    );
    expect(await s3.send(new GetObjectTaggingCommand({ Bucket, Key: 'k', VersionId: first }))).toMatchObject({
      TagSet: [{ Key: 'of', Value: 'first' }],
      VersionId: first,
    });
    expect(await s3.send(new GetObjectTaggingCommand({ Bucket, Key: 'k' }))).toMatchObject({
      TagSet: [],
      VersionId: second,
    });
    expect(await read(Bucket, 'k', first)).toBe('1');
  });

  it('are as a plain model has them, whatever is done with versioning on, suspended and off', async () => {
    type Version = { id: string; body: string | undefined };
    for (let run = 0; run < 6; run++) {
      const Bucket = await newBucket();
      let state: 'Off' | 'Enabled' | 'Suspended' = 'Off';
      const model = new Map<string, Version[]>([
        ['a', []],
        ['b', []],
      ]);
      const write = (key: string, next: Version) => {
        const list = model.get(key)!;
        // Off and suspended write the version `null`, which there is one of.
        model.set(key, [next, ...list.filter(({ id }) => id !== next.id)]);
      };
      for (let step = 0; step < 40; step++) {
        const key = pick(['a', 'b']);
        const act = random();
        const list = model.get(key)!;
        if (act < 0.15) {
          state = pick(['Enabled', 'Suspended']);
          await version(Bucket, state);
        } else if (act < 0.55) {
          const body = ids.hex(12);
          const id = await put(Bucket, key, body);
          expect(id === undefined ? 'Off' : id === 'null' ? 'Suspended' : 'Enabled').toBe(state);
          write(key, { id: id ?? 'null', body });
        } else if (act < 0.75) {
          const { VersionId, DeleteMarker } = await s3.send(new DeleteObjectCommand({ Bucket, Key: key }));
          expect(DeleteMarker).toBe(state === 'Off' ? undefined : true);
          if (state === 'Off') model.set(key, []);
          else write(key, { id: VersionId!, body: undefined });
        } else if (list.length > 0) {
          const { id } = pick(list);
          await s3.send(new DeleteObjectCommand({ Bucket, Key: key, VersionId: id }));
          model.set(
            key,
            list.filter((one) => one.id !== id),
          );
        }
        for (const [name, versions] of model) {
          const [newest] = versions;
          const current = await read(Bucket, name).catch((error: Error) => error.name);
          expect(current).toBe(newest?.body ?? 'NoSuchKey');
        }
      }
      const listed = await s3.send(new ListObjectVersionsCommand({ Bucket }));
      for (const [name, versions] of model) {
        for (const { id, body } of versions) if (body !== undefined) expect(await read(Bucket, name, id)).toBe(body);
        const of = (list: { Key?: string; VersionId?: string; IsLatest?: boolean }[] = []) =>
          list.filter(({ Key }) => Key === name).map(({ VersionId, IsLatest }) => ({ VersionId, IsLatest }));
        const wanted = versions.map(({ id }, i) => ({ VersionId: id, IsLatest: i === 0 }));
        expect(of(listed.Versions)).toEqual(wanted.filter((_, i) => versions[i]!.body !== undefined));
        expect(of(listed.DeleteMarkers)).toEqual(wanted.filter((_, i) => versions[i]!.body === undefined));
      }
    }
  }, 60_000);

  it('that are all written at once are all there', async () => {
    const Bucket = await newBucket('Enabled');
    const bodies = Array.from({ length: 20 }, () => ids.hex(16));
    const made = await Promise.all(bodies.map((body) => put(Bucket, 'k', body)));
    for (const [i, id] of made.entries()) expect(await read(Bucket, 'k', id)).toBe(bodies[i]);
    const { Versions } = await s3.send(new ListObjectVersionsCommand({ Bucket }));
    expect(new Set(Versions!.map(({ VersionId }) => VersionId))).toEqual(new Set(made));
    expect(Versions!.filter(({ IsLatest }) => IsLatest)).toHaveLength(1);
  });
});
