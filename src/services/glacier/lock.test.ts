import {
  AbortVaultLockCommand,
  AddTagsToVaultCommand,
  CompleteVaultLockCommand,
  DeleteArchiveCommand,
  DeleteVaultAccessPolicyCommand,
  DeleteVaultCommand,
  GetVaultAccessPolicyCommand,
  GetVaultLockCommand,
  InitiateJobCommand,
  InitiateVaultLockCommand,
  RemoveTagsFromVaultCommand,
  SetVaultAccessPolicyCommand,
} from '@aws-sdk/client-glacier';
import { describe, expect, it } from 'vitest';
import { accountId, openGlacier, refusal } from './glacier.fixture.ts';
import { DAY_MS } from './limits.ts';

const { outcrop, glacier, integer, bytes, makeVault, upload } = await openGlacier('lock');
const arnOf = (vaultName: string) => `arn:aws:glacier:us-east-1:000000000000:vaults/${vaultName}`;
const policyOf = (vaultName: string, more: object) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Deny', Principal: '*', Resource: arnOf(vaultName), ...more }],
  });
const initiate = (vaultName: string, Policy: string) =>
  glacier.send(new InitiateVaultLockCommand({ accountId, vaultName, policy: { Policy } }));
const complete = (vaultName: string, lockId: string | undefined) =>
  glacier.send(new CompleteVaultLockCommand({ accountId, vaultName, lockId }));
const abort = (vaultName: string) => glacier.send(new AbortVaultLockCommand({ accountId, vaultName }));
const state = (vaultName: string) => glacier.send(new GetVaultLockCommand({ accountId, vaultName }));
const remove = (vaultName: string, archiveId: string) =>
  glacier.send(new DeleteArchiveCommand({ accountId, vaultName, archiveId }));

describe('A vault lock', () => {
  it('is on trial for 24 hours, in which it holds, can be aborted and begun again', async () => {
    const vaultName = await makeVault();
    const archiveId = await upload(vaultName, bytes(integer(1, 9000)));
    expect(await refusal(state(vaultName))).toMatchObject({ name: 'ResourceNotFoundException', status: 404 });
    const policy = policyOf(vaultName, { Action: 'glacier:DeleteArchive' });
    const { lockId, $metadata } = await initiate(vaultName, policy);
    expect($metadata.httpStatusCode).toBe(201);
    const begun = outcrop.clock.now().getTime();
    expect(await state(vaultName)).toMatchObject({
      Policy: policy,
      State: 'InProgress',
      CreationDate: new Date(begun).toISOString(),
      ExpirationDate: new Date(begun + DAY_MS).toISOString(),
    });
    expect(await refusal(remove(vaultName, archiveId))).toEqual({
      name: 'AccessDeniedException',
      message: `User: arn:aws:iam::000000000000:root is not authorized to perform: glacier:DeleteArchive on resource: ${arnOf(vaultName)} with an explicit deny in a resource-based policy`,
      status: 403,
    });
    expect((await refusal(initiate(vaultName, policy))).name).toBe('AccessDeniedException');
    await abort(vaultName);
    await abort(vaultName);
    expect((await refusal(complete(vaultName, lockId))).name).toBe('ResourceNotFoundException');
    await remove(vaultName, archiveId);
    const again = await initiate(vaultName, policy);
    expect(again.lockId).not.toBe(lockId);
    expect((await refusal(complete(vaultName, lockId))).name).toBe('InvalidParameterValueException');
    await outcrop.clock.advance(DAY_MS - 1);
    await complete(vaultName, again.lockId);
    await outcrop.clock.advance(40 * DAY_MS);
    const locked = await state(vaultName);
    expect(locked).toMatchObject({ State: 'Locked', Policy: policy });
    expect(locked.ExpirationDate).toBeUndefined();
  });

  it('cannot be changed, aborted or taken over once it is complete; to complete it again is no error', async () => {
    const vaultName = await makeVault();
    const policy = policyOf(vaultName, { Action: 'glacier:DeleteArchive' });
    const { lockId } = await initiate(vaultName, policy);
    await complete(vaultName, lockId);
    await complete(vaultName, lockId);
    expect((await refusal(complete(vaultName, 'another'))).name).toBe('AccessDeniedException');
    expect((await refusal(abort(vaultName))).name).toBe('AccessDeniedException');
    const weaker = policyOf(vaultName, { Action: 'glacier:DescribeVault' });
    expect((await refusal(initiate(vaultName, weaker))).name).toBe('AccessDeniedException');
    expect((await state(vaultName)).Policy).toBe(policy);
  });

  it('holds what a tag of the vault puts under legal hold, the vault itself too', async () => {
    const vaultName = await makeVault();
    const archiveId = await upload(vaultName, bytes(10));
    const { lockId } = await initiate(
      vaultName,
      policyOf(vaultName, {
        Action: ['glacier:DeleteArchive', 'glacier:DeleteVault'],
        Condition: { StringLike: { 'glacier:ResourceTag/LegalHold': ['true', ''] } },
      }),
    );
    await complete(vaultName, lockId);
    const hold = (LegalHold: string) =>
      glacier.send(new AddTagsToVaultCommand({ accountId, vaultName, Tags: { LegalHold } }));
    const removeVault = () => glacier.send(new DeleteVaultCommand({ accountId, vaultName }));
    await hold('true');
    expect((await refusal(remove(vaultName, archiveId))).name).toBe('AccessDeniedException');
    await hold('false');
    await remove(vaultName, archiveId);
    await outcrop.clock.advance(DAY_MS);
    await hold('');
    expect((await refusal(removeVault())).name).toBe('AccessDeniedException');
    await glacier.send(new RemoveTagsFromVaultCommand({ accountId, vaultName, TagKeys: ['LegalHold'] }));
    await removeVault();
  });

  it('is not begun with a policy that is none', async () => {
    const vaultName = await makeVault();
    const more = { Action: 'glacier:DeleteArchive', Condition: { StringSame: { 'aws:SourceVpce': 'vpce-1' } } };
    expect(await refusal(initiate(vaultName, policyOf(vaultName, more)))).toEqual({
      name: 'InvalidParameterValueException',
      message: 'Invalid policy document: Invalid Condition type : StringSame. (Condition)',
      status: 400,
    });
    expect((await refusal(state(vaultName))).name).toBe('ResourceNotFoundException');
    const none = glacier.send(new InitiateVaultLockCommand({ accountId, vaultName }));
    expect((await refusal(none)).name).toBe('MissingParameterValueException');
  });
});

describe('A vault access policy', () => {
  it('is set, told, put into effect and removed', async () => {
    const vaultName = await makeVault();
    const archiveId = await upload(vaultName, bytes(10));
    const get = () => glacier.send(new GetVaultAccessPolicyCommand({ accountId, vaultName }));
    const jobParameters = { Type: 'archive-retrieval', ArchiveId: archiveId };
    const retrieve = () => glacier.send(new InitiateJobCommand({ accountId, vaultName, jobParameters }));
    expect((await refusal(get())).name).toBe('ResourceNotFoundException');
    const Policy = policyOf(vaultName, { Action: 'glacier:Initiate*' });
    await glacier.send(new SetVaultAccessPolicyCommand({ accountId, vaultName, policy: { Policy } }));
    expect((await get()).policy).toEqual({ Policy });
    expect((await refusal(retrieve())).name).toBe('AccessDeniedException');
    const removal = () => glacier.send(new DeleteVaultAccessPolicyCommand({ accountId, vaultName }));
    await removal();
    await removal();
    await retrieve();
    const bad = glacier.send(new SetVaultAccessPolicyCommand({ accountId, vaultName, policy: { Policy: 'no' } }));
    expect((await refusal(bad)).name).toBe('InvalidParameterValueException');
  });
});
