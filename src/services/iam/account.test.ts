import {
  CreateAccountAliasCommand,
  CreateGroupCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateUserCommand,
  DeleteAccountAliasCommand,
  GetAccountAuthorizationDetailsCommand,
  GetAccountSummaryCommand,
  ListAccountAliasesCommand,
  paginateGetAccountAuthorizationDetails,
} from '@aws-sdk/client-iam';
import { describe, expect, it } from 'vitest';
import { allow, openIam, refusal } from './iam.fixture.ts';

const { iam, integer, fresh } = await openIam('account');

describe('An account', () => {
  it('has one alias: a new one takes the place of the old', async () => {
    const aliases = async () => (await iam.send(new ListAccountAliasesCommand({}))).AccountAliases;
    expect(await aliases()).toEqual([]);
    const [first, second] = [`alias-${integer(1, 1e9)}`, `other-${integer(1, 1e9)}`];
    await iam.send(new CreateAccountAliasCommand({ AccountAlias: first }));
    expect(await aliases()).toEqual([first]);
    const again = iam.send(new CreateAccountAliasCommand({ AccountAlias: first }));
    expect(await refusal(again)).toMatchObject({
      name: 'EntityAlreadyExistsException',
      message: `The account alias ${first} already exists.`,
    });
    await iam.send(new CreateAccountAliasCommand({ AccountAlias: second }));
    expect(await aliases()).toEqual([second]);
    const drop = (AccountAlias: string) => iam.send(new DeleteAccountAliasCommand({ AccountAlias }));
    expect((await refusal(drop(first))).name).toBe('NoSuchEntityException');
    await drop(second);
    expect(await aliases()).toEqual([]);
    for (const AccountAlias of ['A', '-ab', 'a--b', '123456789012'])
      expect((await refusal(iam.send(new CreateAccountAliasCommand({ AccountAlias })))).name).toBe('ValidationError');
  });

  it('is summed up: what is in it, and what may be', async () => {
    const summary = async () => (await iam.send(new GetAccountSummaryCommand({}))).SummaryMap as Record<string, number>;
    const before = await summary();
    const [users, groups] = [integer(1, 5), integer(1, 4)];
    for (let i = 0; i < users; i++) await iam.send(new CreateUserCommand({ UserName: fresh('u') }));
    for (let i = 0; i < groups; i++) await iam.send(new CreateGroupCommand({ GroupName: fresh('g') }));
    const policy = { PolicyName: fresh('p'), PolicyDocument: allow('s3:*') };
    const { Policy } = await iam.send(new CreatePolicyCommand(policy));
    await iam.send(new CreatePolicyVersionCommand({ PolicyArn: Policy!.Arn, PolicyDocument: allow('sqs:*') }));
    const after = await summary();
    expect(after).toMatchObject({
      Users: before['Users']! + users,
      Groups: before['Groups']! + groups,
      Policies: before['Policies']! + 1,
      PolicyVersionsInUse: before['PolicyVersionsInUse']! + 2,
      UsersQuota: 5000,
      RolesQuota: 1000,
      PolicySizeQuota: 6144,
      AccessKeysPerUserQuota: 2,
    });
  });

  it('is told whole in pages, or in part', async () => {
    const names = Array.from({ length: integer(4, 9) }, () => fresh('paged'));
    for (const UserName of names) await iam.send(new CreateUserCommand({ UserName }));
    const users: string[] = [];
    const groups: string[] = [];
    let pages = 0;
    for await (const page of paginateGetAccountAuthorizationDetails({ client: iam, pageSize: 3 }, {})) {
      pages++;
      users.push(...page.UserDetailList!.map(({ UserName }) => UserName!));
      groups.push(...page.GroupDetailList!.map(({ GroupName }) => GroupName!));
    }
    expect(pages).toBeGreaterThan(1);
    expect(users).toEqual(expect.arrayContaining(names));
    expect(new Set([...users, ...groups]).size).toBe(users.length + groups.length);
    const part = await iam.send(new GetAccountAuthorizationDetailsCommand({ Filter: ['Group'] }));
    expect(part.UserDetailList ?? []).toEqual([]);
    expect(part.Policies ?? []).toEqual([]);
    expect(part.GroupDetailList!.map(({ GroupName }) => GroupName)).toEqual(groups);
  });
});
