import {
  DeleteArchiveCommand,
  DescribeVaultCommand,
  GlacierClient,
  InitiateJobCommand,
  SetVaultAccessPolicyCommand,
} from '@aws-sdk/client-glacier';
import { describe, expect, it } from 'vitest';
import { allow, identities } from '../../../tests/identities.ts';
import { accountId, openGlacier, refusal } from './glacier.fixture.ts';
import { DAY_MS } from './limits.ts';
import { checkPolicy } from './vault-policy.ts';

const vault = 'arn:aws:glacier:us-west-2:999999999999:vaults/examplevault';
const deny = (more: object = {}, version = '2012-10-17') =>
  JSON.stringify({
    Version: version,
    Statement: [{ Effect: 'Deny', Principal: '*', Action: 'glacier:DeleteArchive', Resource: vault, ...more }],
  });

const why = (policy: string) => {
  try {
    checkPolicy(policy, vault);
  } catch (error) {
    expect((error as Error).name).toBe('InvalidParameterValueException');
    return (error as Error).message.replace('Invalid policy document: ', '');
  }
  return undefined;
};

describe('A vault policy', () => {
  it('is refused when a part of it is wrong, and says which', () => {
    expect(why(deny({ Condition: { NumericSmaller: { 'glacier:ArchiveAgeInDays': '1' } } }))).toContain(
      'NumericSmaller',
    );
    expect(why(deny({ Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/40' } } }))).toContain('10.0.0.0/40');
    expect(why(deny({ Action: 'glacier:DeletArchive' }))).toContain('glacier:DeletArchive');
    expect(why(deny({ Action: 's3:DeleteObject' }))).toContain('s3:DeleteObject');
    expect(why(deny({ Resource: `${vault}2` }))).toContain('is not the vault');
    expect(why(deny({ Principal: { AWS: 'ann' } }))).toContain('ann');
    expect(why(deny({ Principal: undefined }))).toContain('Principal');
    expect(why(deny({ NotAction: 'glacier:*' }))).toContain('NotAction');
    expect(why(deny({ Effect: 'Refuse' }))).toContain('Effect');
    expect(why(deny({ Conditions: {} }))).toContain('Conditions');
    expect(why(deny({}, '2012-10-18'))).toContain('Version');
    expect(why('{')).toContain('JSON');
    expect(why('[]')).toContain('Syntax');
    expect(why('{"Version":"2012-10-17"}')).toContain('Statement');
    expect(why('{"Version":"2012-10-17","Statement":[]}')).toContain('Statement');
    expect(why(deny({ Sid: 'x'.repeat(20 * 1024) }))).toContain('larger');
    expect(why(deny())).toBeUndefined();
    expect(why(deny({ Resource: 'arn:aws:glacier:us-west-2:*:vaults/*', Action: 'glacier:Delete*' }))).toBeUndefined();
    expect(why(deny({ Condition: { StringLike: { 'aws:userid': '${aws:username}' } } }))).toBeUndefined();
  });
});

const { outcrop, glacier, integer, bytes, makeVault, upload } = await openGlacier('policies');
const { user } = identities(outcrop);
const arnOf = (vaultName: string) => `arn:aws:glacier:us-east-1:000000000000:vaults/${vaultName}`;
const put = (vaultName: string, ...Statement: object[]) =>
  glacier.send(
    new SetVaultAccessPolicyCommand({
      accountId,
      vaultName,
      policy: {
        Policy: JSON.stringify({
          Version: '2012-10-17',
          Statement: Statement.map((one) => ({ Resource: arnOf(vaultName), ...one })),
        }),
      },
    }),
  );

describe('Policies on vaults', () => {
  it('deny by the age of the archive in days, to the root of the account as well', async () => {
    const vaultName = await makeVault();
    const archiveId = await upload(vaultName, bytes(integer(1, 5000)));
    const days = integer(2, 300);
    await put(vaultName, {
      Effect: 'Deny',
      Principal: '*',
      Action: ['glacier:DeleteArchive', 'glacier:InitiateJob'],
      Condition: { NumericLessThan: { 'glacier:ArchiveAgeInDays': String(days) } },
    });
    const remove = () => glacier.send(new DeleteArchiveCommand({ accountId, vaultName, archiveId }));
    const retrieve = () =>
      glacier.send(
        new InitiateJobCommand({
          accountId,
          vaultName,
          jobParameters: { Type: 'archive-retrieval', ArchiveId: archiveId },
        }),
      );
    await outcrop.clock.advance(days * DAY_MS - 1);
    expect((await refusal(remove())).name).toBe('AccessDeniedException');
    expect((await refusal(retrieve())).name).toBe('AccessDeniedException');
    await outcrop.clock.advance(1);
    await retrieve();
    await remove();
  });

  it('let in users that have no policy of their own, as far as they say and no farther', async () => {
    const [open, shut] = [await makeVault(), await makeVault()];
    const ann = await user(`ann-${integer(1, 1e9)}`);
    const hers = new GlacierClient(ann.clients);
    await put(open, { Effect: 'Allow', Principal: { AWS: ann.arn }, Action: 'glacier:Describe*' });
    const describeVault = (vaultName: string) => hers.send(new DescribeVaultCommand({ accountId, vaultName }));
    expect((await describeVault(open)).VaultName).toBe(open);
    expect(await refusal(describeVault(shut))).toEqual({
      name: 'AccessDeniedException',
      message: `User: ${ann.arn} is not authorized to perform: glacier:DescribeVault on resource: ${arnOf(shut)} because no identity-based policy allows the glacier:DescribeVault action`,
      status: 403,
    });
    const archiveId = await upload(open, bytes(10));
    const remove = hers.send(new DeleteArchiveCommand({ accountId, vaultName: open, archiveId }));
    expect((await refusal(remove)).name).toBe('AccessDeniedException');
  });

  it('deny what the policies of a user allow', async () => {
    const vaultName = await makeVault();
    const ben = await user(`ben-${integer(1, 1e9)}`, allow('glacier:*'));
    const his = new GlacierClient(ben.clients);
    const look = () => his.send(new DescribeVaultCommand({ accountId, vaultName }));
    await look();
    await put(vaultName, { Effect: 'Deny', Principal: { AWS: ben.arn }, Action: 'glacier:DescribeVault' });
    expect((await refusal(look())).name).toBe('AccessDeniedException');
    await glacier.send(new DescribeVaultCommand({ accountId, vaultName }));
  });
});
