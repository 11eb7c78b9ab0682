import {
  AddTagsToVaultCommand,
  CreateVaultCommand,
  DeleteArchiveCommand,
  DeleteVaultCommand,
  DescribeVaultCommand,
  GlacierClient,
  InitiateMultipartUploadCommand,
  ListTagsForVaultCommand,
  ListVaultsCommand,
  paginateListVaults,
  RemoveTagsFromVaultCommand,
  waitUntilVaultExists,
} from '@aws-sdk/client-glacier';
import { describe, expect, it } from 'vitest';
import { accountId, openGlacier, refusal } from './glacier.fixture.ts';
import { DAY_MS } from './limits.ts';

const { outcrop, glacier, integer, bytes, makeVault, upload, nowMs } = await openGlacier('vaults');
const describeVault = (vaultName: string) => glacier.send(new DescribeVaultCommand({ accountId, vaultName }));

describe('A vault', () => {
  it('is made once, however often it is asked for, and is told with its ARN and its numbers', async () => {
    const vaultName = `v_.-${integer(1, 1e9)}`;
    const create = () => glacier.send(new CreateVaultCommand({ accountId, vaultName }));
    const first = await create();
    expect(first).toMatchObject({
      location: `/000000000000/vaults/${vaultName}`,
      $metadata: { httpStatusCode: 201 },
    });
    const told = await describeVault(vaultName);
    expect(told).toMatchObject({
      VaultARN: `arn:aws:glacier:us-east-1:000000000000:vaults/${vaultName}`,
      VaultName: vaultName,
      CreationDate: new Date(nowMs()).toISOString(),
      NumberOfArchives: 0,
      SizeInBytes: 0,
    });
    expect(told.LastInventoryDate).toBeUndefined();
    await outcrop.clock.advance(1000);
    await create();
    expect((await describeVault(vaultName)).CreationDate).toBe(told.CreationDate);
    const waited = await waitUntilVaultExists({ client: glacier, maxWaitTime: 10 }, { accountId, vaultName });
    expect(waited.state).toBe('SUCCESS');
  });

  it('is of the caller’s own account, named by its id or a hyphen', async () => {
    const vaultName = await makeVault();
    const own = await glacier.send(new DescribeVaultCommand({ accountId: '000000000000', vaultName }));
    expect(own.VaultName).toBe(vaultName);
    const other = glacier.send(new DescribeVaultCommand({ accountId: '111122223333', vaultName }));
    expect(await refusal(other)).toMatchObject({ name: 'AccessDeniedException', status: 403 });
    const none = glacier.send(new DescribeVaultCommand({ accountId: 'me', vaultName }));
    expect((await refusal(none)).name).toBe('InvalidParameterValueException');
  });

  it('has a name of letters, digits and _ - . of 255 characters at most', async () => {
    for (const vaultName of ['a b', 'ü', 'x'.repeat(256), 'a$']) {
      const refused = await refusal(glacier.send(new CreateVaultCommand({ accountId, vaultName })));
      expect(refused).toMatchObject({ name: 'InvalidParameterValueException', status: 400 });
    }
    await glacier.send(new CreateVaultCommand({ accountId, vaultName: 'x'.repeat(255) }));
  });

  it('that is not there is told of by its ARN', async () => {
    const vaultName = `absent-${integer(1, 1e9)}`;
    expect(await refusal(describeVault(vaultName))).toEqual({
      name: 'ResourceNotFoundException',
      message: `Vault not found for ARN: arn:aws:glacier:us-east-1:000000000000:vaults/${vaultName}`,
      status: 404,
    });
  });

  it('is listed by name in pages, in its own region only', async () => {
    const west = new GlacierClient({ ...outcrop.clients, region: 'us-west-2' });
    const names = Array.from({ length: integer(11, 25) }, (_, i) => `list-${integer(1, 1e9)}-${i}`);
    for (const vaultName of names) await west.send(new CreateVaultCommand({ accountId, vaultName }));
    const all: string[] = [];
    const limit = integer(1, 10);
    for await (const page of paginateListVaults({ client: west }, { accountId, limit })) {
      expect(page.VaultList!.length).toBeLessThanOrEqual(limit);
      all.push(...page.VaultList!.map(({ VaultName }) => VaultName!));
    }
    expect(all).toEqual(names.toSorted());
    const first = await west.send(new ListVaultsCommand({ accountId }));
    expect(first.VaultList).toHaveLength(10);
    expect(first.Marker).toBe(`arn:aws:glacier:us-west-2:000000000000:vaults/${names.toSorted()[9]}`);
    for (const bad of [{ limit: 0 }, { limit: 11 }, { marker: 'there' }]) {
      const refused = await refusal(west.send(new ListVaultsCommand({ accountId, ...bad })));
      expect(refused.name).toBe('InvalidParameterValueException');
    }
  });

  it('goes only when it was empty at its last inventory and has not been written to since', async () => {
    const vaultName = await makeVault();
    const remove = () => glacier.send(new DeleteVaultCommand({ accountId, vaultName }));
    const busy = {
      name: 'InvalidParameterValueException',
      message: `Vault not empty or recently written to: arn:aws:glacier:us-east-1:000000000000:vaults/${vaultName}`,
      status: 400,
    };
    const body = bytes(integer(1, 5000));
    const archiveId = await upload(vaultName, body);
    expect(await refusal(remove())).toEqual(busy);
    await outcrop.clock.advance(DAY_MS);
    const { LastInventoryDate, ...told } = await describeVault(vaultName);
    // 32 KiB beside each archive.
    expect(told).toMatchObject({ NumberOfArchives: 1, SizeInBytes: body.length + 32_768 });
    expect(await refusal(remove())).toEqual(busy);
    await glacier.send(new DeleteArchiveCommand({ accountId, vaultName, archiveId }));
    expect(await refusal(remove())).toEqual(busy);
    expect((await describeVault(vaultName)).NumberOfArchives).toBe(1);
    await outcrop.clock.advance(DAY_MS);
    const empty = await describeVault(vaultName);
    expect(empty).toMatchObject({ NumberOfArchives: 0, SizeInBytes: 0 });
    expect(Date.parse(empty.LastInventoryDate!) - Date.parse(LastInventoryDate!)).toBe(DAY_MS);
    // An upload that is not complete is no archive.
    await glacier.send(new InitiateMultipartUploadCommand({ accountId, vaultName, partSize: '1048576' }));
    expect((await remove()).$metadata.httpStatusCode).toBe(204);
    expect((await refusal(describeVault(vaultName))).name).toBe('ResourceNotFoundException');
    expect((await remove()).$metadata.httpStatusCode).toBe(204);
  });

  it('of the name of one that was deleted knows nothing of it', async () => {
    const vaultName = await makeVault();
    await glacier.send(new AddTagsToVaultCommand({ accountId, vaultName, Tags: { a: 'b' } }));
    await glacier.send(new DeleteVaultCommand({ accountId, vaultName }));
    await glacier.send(new CreateVaultCommand({ accountId, vaultName }));
    expect((await glacier.send(new ListTagsForVaultCommand({ accountId, vaultName }))).Tags).toEqual({});
  });

  it('gets no new inventory while nothing changes', async () => {
    const vaultName = await makeVault();
    await upload(vaultName, bytes(10));
    await outcrop.clock.advance(DAY_MS);
    const { LastInventoryDate } = await describeVault(vaultName);
    const madeMs = Date.parse(LastInventoryDate!);
    expect(nowMs() - madeMs).toBeLessThanOrEqual(DAY_MS / 2);
    await outcrop.clock.advance(5 * DAY_MS);
    expect((await describeVault(vaultName)).LastInventoryDate).toBe(LastInventoryDate);
    await upload(vaultName, bytes(10));
    await outcrop.clock.advance(DAY_MS);
    const again = await describeVault(vaultName);
    expect(again.NumberOfArchives).toBe(2);
    expect((Date.parse(again.LastInventoryDate!) - madeMs) % DAY_MS).toBe(0);
  });
});

describe('Tags of a vault', () => {
  it('are added, replaced and removed, ten at most', async () => {
    const vaultName = await makeVault();
    const add = (Tags: Record<string, string>) =>
      glacier.send(new AddTagsToVaultCommand({ accountId, vaultName, Tags }));
    const list = async () => (await glacier.send(new ListTagsForVaultCommand({ accountId, vaultName }))).Tags;
    const ten = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`key ${i}`, `v${integer(1, 1e6)}`]));
    await add(ten);
    expect(await list()).toEqual(ten);
    expect((await refusal(add({ eleventh: '' }))).name).toBe('LimitExceededException');
    await add({ 'key 3': '' });
    expect(await list()).toEqual({ ...ten, 'key 3': '' });
    const { 'key 3': _third, 'key 4': _fourth, ...rest } = ten;
    await glacier.send(
      new RemoveTagsFromVaultCommand({ accountId, vaultName, TagKeys: ['key 3', 'key 4', 'never there'] }),
    );
    expect(await list()).toEqual(rest);
    const wrong: Record<string, string>[] = [
      { 'aws:mine': 'x' },
      { ['k'.repeat(129)]: 'x' },
      { k: 'x'.repeat(257) },
      { 'k!': 'x' },
    ];
    for (const bad of wrong) expect((await refusal(add(bad))).name).toBe('InvalidParameterValueException');
    expect((await refusal(add({}))).name).toBe('MissingParameterValueException');
  });
});
