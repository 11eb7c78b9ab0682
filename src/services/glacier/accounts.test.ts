import {
  DeleteArchiveCommand,
  DescribeVaultCommand,
  GlacierClient,
  InitiateVaultLockCommand,
  ListVaultsCommand,
  SetVaultAccessPolicyCommand,
  UploadArchiveCommand,
} from '@aws-sdk/client-glacier';
import { describe, expect, it } from 'vitest';
import { otherAccount } from '../../../tests/accounts.ts';
import { ACCOUNT, policy } from '../../../tests/identities.ts';
import { accountId, openGlacier, refusal } from './glacier.fixture.ts';

const { outcrop, glacier, integer, bytes, makeVault } = await openGlacier('accounts');

describe('A vault of another account', () => {
  it('is reached by its owner’s account id, as far as its policies let, and no farther than its lock', async () => {
    const { account, clients } = await otherAccount(outcrop);
    const other = { account, glacier: new GlacierClient(clients) };
    const vaultName = await makeVault();
    const Resource = `arn:aws:glacier:us-east-1:${ACCOUNT}:vaults/${vaultName}`;
    const theirs = { accountId: ACCOUNT, vaultName };
    const upload = () => other.glacier.send(new UploadArchiveCommand({ ...theirs, body: bytes(integer(1, 5000)) }));
    const describeVault = () => other.glacier.send(new DescribeVaultCommand(theirs));
    expect(await refusal(upload())).toMatchObject({ name: 'AccessDeniedException', status: 403 });
    const Principal = { AWS: `arn:aws:iam::${other.account}:root` };
    await glacier.send(
      new SetVaultAccessPolicyCommand({
        accountId,
        vaultName,
        policy: {
          Policy: policy({
            Effect: 'Allow',
            Principal,
            Action: ['glacier:UploadArchive', 'glacier:DeleteArchive'],
            Resource,
          }),
        },
      }),
    );
    const { archiveId, location } = await upload();
    expect(location).toBe(`/${ACCOUNT}/vaults/${vaultName}/archives/${archiveId}`);
    expect(await refusal(describeVault())).toMatchObject({ name: 'AccessDeniedException' });
    // `-` is the caller's own account, which has no such vault.
    const own = other.glacier.send(new DescribeVaultCommand({ accountId, vaultName }));
    expect(await refusal(own)).toMatchObject({ name: 'ResourceNotFoundException' });
    const list = other.glacier.send(new ListVaultsCommand({ accountId: ACCOUNT }));
    expect(await refusal(list)).toMatchObject({ name: 'AccessDeniedException' });
    await glacier.send(
      new InitiateVaultLockCommand({
        accountId,
        vaultName,
        policy: { Policy: policy({ Effect: 'Deny', Principal: '*', Action: 'glacier:DeleteArchive', Resource }) },
      }),
    );
    const remove = () => other.glacier.send(new DeleteArchiveCommand({ ...theirs, archiveId }));
    expect(await refusal(remove())).toMatchObject({ name: 'AccessDeniedException' });
    expect(await refusal(glacier.send(new DeleteArchiveCommand({ accountId, vaultName, archiveId })))).toMatchObject({
      name: 'AccessDeniedException',
    });
  });
});
