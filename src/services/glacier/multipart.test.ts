import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  DescribeVaultCommand,
  GetJobOutputCommand,
  InitiateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  paginateListMultipartUploads,
  paginateListParts,
  UploadMultipartPartCommand,
} from '@aws-sdk/client-glacier';
import { describe, expect, it } from 'vitest';
import { accountId, openGlacier, refusal, sha256, treeHashOf } from './glacier.fixture.ts';
import { DAY_MS, HOUR_MS, MIB } from './limits.ts';

const { outcrop, glacier, integer, bytes, makeVault, initiate } = await openGlacier('multipart');

async function begin(vaultName: string, partSize = MIB, archiveDescription = 'in parts'): Promise<string> {
  const { uploadId } = await glacier.send(
    new InitiateMultipartUploadCommand({ accountId, vaultName, partSize: String(partSize), archiveDescription }),
  );
  return uploadId!;
}

const put = (vaultName: string, uploadId: string, start: number, body: Uint8Array, range?: string) =>
  glacier.send(
    new UploadMultipartPartCommand({
      accountId,
      vaultName,
      uploadId,
      range: range ?? `bytes ${start}-${start + body.length - 1}/*`,
      body,
    }),
  );

const complete = (vaultName: string, uploadId: string, size: number, checksum: string) =>
  glacier.send(
    new CompleteMultipartUploadCommand({ accountId, vaultName, uploadId, archiveSize: String(size), checksum }),
  );

const listParts = (vaultName: string, uploadId: string, more = {}) =>
  glacier.send(new ListPartsCommand({ accountId, vaultName, uploadId, ...more }));

describe('An upload in parts', () => {
  it('has parts of a power of two times 1 MiB, up to 4 GiB', async () => {
    const vaultName = await makeVault();
    for (const partSize of ['1048577', '3145728', '524288', '8589934592', '-1048576', '1e6', 'x']) {
      const refused = await refusal(
        glacier.send(new InitiateMultipartUploadCommand({ accountId, vaultName, partSize })),
      );
      expect([partSize, refused.name]).toEqual([partSize, 'InvalidParameterValueException']);
    }
    const none = glacier.send(new InitiateMultipartUploadCommand({ accountId, vaultName }));
    expect((await refusal(none)).name).toBe('MissingParameterValueException');
    for (const partSize of [MIB, 4 * MIB, 4096 * MIB]) {
      const { uploadId, location } = await glacier.send(
        new InitiateMultipartUploadCommand({ accountId, vaultName, partSize: String(partSize) }),
      );
      expect(location).toBe(`/000000000000/vaults/${vaultName}/multipart-uploads/${uploadId}`);
    }
  });

  it('makes one archive of them, whose hash is that of the whole and whose bytes come back', async () => {
    const vaultName = await makeVault();
    const partSize = 2 * MIB;
    const whole = bytes(integer(4, 9) * MIB + integer(1, MIB));
    const uploadId = await begin(vaultName, partSize);
    for (let start = 0; start < whole.length; start += partSize)
      await put(vaultName, uploadId, start, whole.subarray(start, start + partSize));
    const { archiveId, checksum, location } = await complete(vaultName, uploadId, whole.length, treeHashOf(whole));
    expect(checksum).toBe(treeHashOf(whole));
    expect(location).toBe(`/000000000000/vaults/${vaultName}/archives/${archiveId}`);
    const jobId = await initiate(vaultName, { Type: 'archive-retrieval', ArchiveId: archiveId! });
    await outcrop.clock.advance(5 * HOUR_MS);
    const output = (range?: string) =>
      glacier.send(new GetJobOutputCommand({ accountId, vaultName, jobId, ...(range ? { range } : {}) }));
    expect(sha256(await (await output()).body!.transformToByteArray())).toBe(sha256(whole));
    // Within a part, over parts, and across their borders; hashes come with what is a node of the tree.
    for (const [start, end] of [
      [MIB, 2 * MIB],
      [0, 4 * MIB],
      [2 * MIB, 4 * MIB],
      [MIB, 3 * MIB],
      [MIB + 5, 4 * MIB - 7],
    ] as const) {
      const part = await output(`bytes=${start}-${end - 1}`);
      const got = await part.body!.transformToByteArray();
      expect(sha256(got)).toBe(sha256(whole.subarray(start, end)));
      const isNode = start % (end - start) === 0;
      expect(part.checksum).toBe(isNode ? treeHashOf(got) : undefined);
    }
  });

  it('takes a part only for a range that fits it', async () => {
    const vaultName = await makeVault();
    const uploadId = await begin(vaultName);
    const body = bytes(MIB);
    for (const range of [
      'bytes 5-1048580/*',
      'bytes 0-1048576/*',
      'bytes 0-1048574/*',
      'bytes 9-3/*',
      'octets 0-1048575/*',
      `bytes ${10_000 * MIB}-${10_001 * MIB - 1}/*`,
    ]) {
      const refused = await refusal(put(vaultName, uploadId, 0, body, range));
      expect([range, refused.name]).toEqual([range, 'InvalidParameterValueException']);
    }
    const short = await refusal(put(vaultName, uploadId, 0, bytes(100), 'bytes 0-1048575/*'));
    expect(short.name).toBe('InvalidParameterValueException');
    expect((await listParts(vaultName, uploadId)).Parts).toEqual([]);
    expect(await refusal(put(vaultName, 'nothing', 0, body))).toEqual({
      name: 'ResourceNotFoundException',
      message: 'The upload ID was not found: nothing',
      status: 404,
    });
  });

  it('takes the latest of the parts that came for one range', async () => {
    const vaultName = await makeVault();
    const uploadId = await begin(vaultName);
    const [first, second] = [bytes(MIB), bytes(MIB)];
    await put(vaultName, uploadId, 0, first);
    await put(vaultName, uploadId, 0, second);
    expect((await listParts(vaultName, uploadId)).Parts).toEqual([
      { RangeInBytes: '0-1048575', SHA256TreeHash: treeHashOf(second) },
    ]);
    expect((await refusal(complete(vaultName, uploadId, MIB, treeHashOf(first)))).message).toBe(
      `Invalid x-amz-sha256-tree-hash: ${treeHashOf(first)}`,
    );
    await complete(vaultName, uploadId, MIB, treeHashOf(second));
  });

  it('is complete only without holes, with the size that is told, and with one part at least', async () => {
    const vaultName = await makeVault();
    const uploadId = await begin(vaultName);
    const whole = bytes(3 * MIB);
    const part = (index: number, size = MIB) => whole.subarray(index * MIB, index * MIB + size);
    const hash = treeHashOf(whole);
    const tried = async (size: number) => (await refusal(complete(vaultName, uploadId, size, hash))).message;
    expect(await tried(3 * MIB)).toContain('Invalid archive size');
    await put(vaultName, uploadId, 2 * MIB, part(2));
    await put(vaultName, uploadId, 0, part(0));
    expect(await tried(3 * MIB)).toContain('Missing part');
    await put(vaultName, uploadId, MIB, part(1, MIB - 1));
    expect(await tried(3 * MIB)).toContain('Missing part');
    await put(vaultName, uploadId, MIB, part(1));
    expect(await tried(3 * MIB + 1)).toContain('Invalid archive size');
    // To complete it again, or more than once at a time, gives one and the same archive.
    const made = await Promise.all(Array.from({ length: 4 }, () => complete(vaultName, uploadId, 3 * MIB, hash)));
    made.push(await complete(vaultName, uploadId, 3 * MIB, hash));
    expect(new Set(made.map(({ archiveId }) => archiveId)).size).toBe(1);
    await outcrop.clock.advance(DAY_MS - 1);
    expect(await glacier.send(new DescribeVaultCommand({ accountId, vaultName }))).toMatchObject({
      NumberOfArchives: 1,
    });
    expect((await refusal(put(vaultName, uploadId, 0, part(0)))).name).toBe('ResourceNotFoundException');
    expect((await refusal(listParts(vaultName, uploadId))).name).toBe('ResourceNotFoundException');
  });

  it('is aborted with its parts, more than once if need be, but not once it is an archive', async () => {
    const vaultName = await makeVault();
    const uploadId = await begin(vaultName);
    await put(vaultName, uploadId, 0, bytes(MIB));
    const abort = (id: string) => glacier.send(new AbortMultipartUploadCommand({ accountId, vaultName, uploadId: id }));
    expect((await abort(uploadId)).$metadata.httpStatusCode).toBe(204);
    expect((await abort(uploadId)).$metadata.httpStatusCode).toBe(204);
    expect((await refusal(put(vaultName, uploadId, 0, bytes(MIB)))).name).toBe('ResourceNotFoundException');
    expect((await refusal(abort('never'))).name).toBe('ResourceNotFoundException');
    const other = await begin(vaultName);
    const body = bytes(77);
    await put(vaultName, other, 0, body);
    await complete(vaultName, other, 77, treeHashOf(body));
    expect((await refusal(abort(other))).name).toBe('ResourceNotFoundException');
  });

  it('is given up after a day without a part', async () => {
    const vaultName = await makeVault();
    const uploadId = await begin(vaultName);
    await outcrop.clock.advance(20 * HOUR_MS);
    await put(vaultName, uploadId, 0, bytes(MIB));
    await outcrop.clock.advance(DAY_MS - 1);
    expect((await listParts(vaultName, uploadId)).Parts).toHaveLength(1);
    await outcrop.clock.advance(1);
    expect((await refusal(listParts(vaultName, uploadId))).name).toBe('ResourceNotFoundException');
  });

  it('is listed with its parts, page by page', async () => {
    const vaultName = await makeVault();
    const ids: string[] = [];
    for (let i = 0; i < 7; i++) ids.push(await begin(vaultName, MIB, `upload ${i}`));
    const listed: string[] = [];
    for await (const page of paginateListMultipartUploads({ client: glacier }, { accountId, vaultName, limit: 3 }))
      listed.push(...page.UploadsList!.map(({ MultipartUploadId }) => MultipartUploadId!));
    expect(listed).toEqual(ids);
    const { UploadsList } = await glacier.send(new ListMultipartUploadsCommand({ accountId, vaultName, limit: 1 }));
    expect(UploadsList).toEqual([
      {
        MultipartUploadId: ids[0],
        VaultARN: `arn:aws:glacier:us-east-1:000000000000:vaults/${vaultName}`,
        ArchiveDescription: 'upload 0',
        PartSizeInBytes: MIB,
        CreationDate: outcrop.clock.now().toISOString(),
      },
    ]);
    const body = bytes(MIB);
    for (const index of [11, 3, 9, 10, 0]) await put(vaultName, ids[0]!, index * MIB, body);
    const ranges: string[] = [];
    for await (const page of paginateListParts(
      { client: glacier },
      { accountId, vaultName, uploadId: ids[0]!, limit: 2 },
    ))
      ranges.push(...page.Parts!.map(({ RangeInBytes }) => RangeInBytes!));
    expect(ranges).toEqual([0, 3, 9, 10, 11].map((index) => `${index * MIB}-${(index + 1) * MIB - 1}`));
    expect((await refusal(listParts(vaultName, ids[0]!, { marker: 'made up' }))).name).toBe(
      'InvalidParameterValueException',
    );
    expect((await refusal(listParts(vaultName, ids[0]!, { limit: 51 }))).name).toBe('InvalidParameterValueException');
  });
});
