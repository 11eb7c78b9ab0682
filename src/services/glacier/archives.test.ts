import {
  DeleteArchiveCommand,
  DescribeJobCommand,
  DescribeVaultCommand,
  GetJobOutputCommand,
  UploadArchiveCommand,
  type UploadArchiveCommandInput,
} from '@aws-sdk/client-glacier';
import { describe, expect, it } from 'vitest';
import { accountId, openGlacier, refusal, sha256, treeHashOf } from './glacier.fixture.ts';
import { DAY_MS, GIB, HOUR_MS, MIB } from './limits.ts';

const { outcrop, glacier, integer, bytes, makeVault, upload, initiate } = await openGlacier('archives');
const send = (vaultName: string, input: Partial<UploadArchiveCommandInput>) =>
  glacier.send(new UploadArchiveCommand({ accountId, vaultName, ...input }));

describe('An archive', () => {
  it('is stored under its tree hash and comes back byte by byte, however large', async () => {
    const vaultName = await makeVault();
    for (const size of [1, integer(2, 16_000), integer(20_000, MIB), MIB, 5 * MIB + integer(1, MIB)]) {
      const body = bytes(size);
      const { archiveId, checksum, location, $metadata } = await send(vaultName, { body });
      expect(checksum).toBe(treeHashOf(body));
      expect(archiveId).toMatch(/^[\w-]{138}$/);
      expect(location).toBe(`/000000000000/vaults/${vaultName}/archives/${archiveId}`);
      expect($metadata.httpStatusCode).toBe(201);
      const jobId = await initiate(vaultName, { Type: 'archive-retrieval', ArchiveId: archiveId!, Tier: 'Expedited' });
      await outcrop.clock.advance(HOUR_MS);
      const output = await glacier.send(new GetJobOutputCommand({ accountId, vaultName, jobId }));
      expect(output).toMatchObject({
        status: 200,
        acceptRanges: 'bytes',
        checksum,
        contentType: 'application/octet-stream',
      });
      expect(sha256(await output.body!.transformToByteArray())).toBe(sha256(body));
    }
  });

  it('whose bytes are not those of its tree hash is refused, and says both', async () => {
    const vaultName = await makeVault();
    const body = bytes(integer(1, 3 * MIB));
    const claim = treeHashOf(bytes(10));
    expect(await refusal(send(vaultName, { body, checksum: claim }))).toEqual({
      name: 'InvalidParameterValueException',
      message: `Checksum mismatch: expected ${claim}, computed ${treeHashOf(body)}`,
      status: 400,
    });
    const wrong = await refusal(send(vaultName, { body, checksum: 'not a hash' }));
    expect(wrong.message).toBe('Invalid x-amz-sha256-tree-hash: not a hash');
  });

  it('that is refused before it has been read does not hold up the calls after it', async () => {
    const vaultName = await makeVault();
    for (let i = 0; i < 12; i++) {
      const body = bytes(integer(1, 4 * MIB));
      const { message } = await refusal(send(vaultName, { body, checksum: 'none' }));
      expect(message).toBe('Invalid x-amz-sha256-tree-hash: none');
      await glacier.send(new DescribeVaultCommand({ accountId, vaultName }));
    }
  });

  it('whose bytes are not those that were signed is refused', async () => {
    const vaultName = await makeVault();
    const body = bytes(integer(1, 3 * MIB));
    const other = sha256(bytes(10));
    const command = new UploadArchiveCommand({ accountId, vaultName, body });
    command.middlewareStack.add(
      (next) => (args) => {
        const request = args.request as { headers: Record<string, string> };
        request.headers['x-amz-content-sha256'] = other;
        return next(args);
      },
      { step: 'build', priority: 'low' },
    );
    expect(await refusal(glacier.send(command))).toEqual({
      name: 'InvalidParameterValueException',
      message: `The value passed in as x-amz-content-sha256 does not match the computed payload hash. Computed digest: ${sha256(body)} expected hash: ${other}`,
      status: 400,
    });
  });

  it('has bytes, and a hash of them', async () => {
    const vaultName = await makeVault();
    expect((await refusal(send(vaultName, {}))).name).toBe('MissingParameterValueException');
    const empty = await refusal(send(vaultName, { checksum: sha256(new Uint8Array()) }));
    expect(empty).toMatchObject({ name: 'InvalidParameterValueException', message: 'Invalid Content-Length: 0' });
  });

  it('is described in printable ASCII, 1,024 characters at most', async () => {
    const vaultName = await makeVault();
    const body = bytes(10);
    for (const archiveDescription of ['x'.repeat(1025), 'caf\u00e9'])
      expect((await refusal(send(vaultName, { body, archiveDescription }))).name).toBe(
        'InvalidParameterValueException',
      );
    const archiveDescription = '~'.repeat(1024);
    const archiveId = await upload(vaultName, body, archiveDescription);
    const jobId = await initiate(vaultName, { Type: 'archive-retrieval', ArchiveId: archiveId });
    await outcrop.clock.advance(5 * HOUR_MS);
    const output = await glacier.send(new GetJobOutputCommand({ accountId, vaultName, jobId }));
    expect(output.archiveDescription).toBe(archiveDescription);
  });

  it('may be deleted more than once; what is made ready of it stays, what is not fails', async () => {
    const vaultName = await makeVault();
    const body = bytes(integer(20_000, 3 * MIB));
    const archiveId = await upload(vaultName, body);
    const remove = (id: string) => glacier.send(new DeleteArchiveCommand({ accountId, vaultName, archiveId: id }));
    const ready = await initiate(vaultName, { Type: 'archive-retrieval', ArchiveId: archiveId, Tier: 'Expedited' });
    const late = await initiate(vaultName, { Type: 'archive-retrieval', ArchiveId: archiveId, Tier: 'Bulk' });
    await outcrop.clock.advance(HOUR_MS);
    expect((await remove(archiveId)).$metadata.httpStatusCode).toBe(204);
    expect((await remove(archiveId)).$metadata.httpStatusCode).toBe(204);
    expect((await refusal(remove('short'))).name).toBe('InvalidParameterValueException');
    await outcrop.clock.advance(12 * HOUR_MS);
    const output = await glacier.send(new GetJobOutputCommand({ accountId, vaultName, jobId: ready }));
    expect(sha256(await output.body!.transformToByteArray())).toBe(sha256(body));
    const failed = await glacier.send(new DescribeJobCommand({ accountId, vaultName, jobId: late }));
    expect(failed).toMatchObject({ Completed: true, StatusCode: 'Failed' });
    const gone = initiate(vaultName, { Type: 'archive-retrieval', ArchiveId: archiveId });
    expect(await refusal(gone)).toMatchObject({ name: 'ResourceNotFoundException', status: 404 });
  });

  it('is billed for what it takes, for 90 days at least, and by the request', async () => {
    const own = await openGlacier('billing', '2031-04-01T10:00:00Z');
    const vaultName = await own.makeVault();
    const size = own.integer(1_000_000, 4_000_000);
    const archiveId = await own.upload(vaultName, own.bytes(size));
    await own.outcrop.clock.advance(DAY_MS);
    const lines = async (type: string) =>
      (await own.outcrop.cost()).lines.filter((line) => line.service === 'glacier' && line.type === type);
    const [stored] = await lines('TimedStorage-ByteHrs');
    expect(stored).toMatchObject({
      day: '2031-04-02',
      account: '000000000000',
      region: 'us-east-1',
      unit: 'GB-months',
    });
    expect(stored!.quantity).toBeCloseTo((size + 32_768) / GIB / 30, 12);
    await own.initiate(vaultName, { Type: 'archive-retrieval', ArchiveId: archiveId, Tier: 'Expedited' });
    await own.outcrop.clock.advance(HOUR_MS);
    expect((await lines('Expedited-Retrieval-Bytes'))[0]!.quantity).toBeCloseTo(size / GIB, 12);
    expect(await lines('Requests-Tier6')).toMatchObject([{ quantity: 1 }]);
    expect(await lines('Requests-Tier1')).toMatchObject([{ quantity: 1 }]);
    await own.outcrop.clock.advance(8 * DAY_MS - HOUR_MS);
    await own.glacier.send(new DeleteArchiveCommand({ accountId, vaultName, archiveId }));
    expect((await lines('EarlyDelete-ByteHrs'))[0]!.quantity).toBeCloseTo(((size + 32_768) / GIB) * (81 / 30), 9);
  });
});
