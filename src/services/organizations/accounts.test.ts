import { CloudTrailClient, LookupEventsCommand } from '@aws-sdk/client-cloudtrail';
import { GetRoleCommand, IAMClient, ListAttachedRolePoliciesCommand } from '@aws-sdk/client-iam';
import {
  AttachPolicyCommand,
  CloseAccountCommand,
  CreateAccountCommand,
  CreateOrganizationCommand,
  DeleteOrganizationCommand,
  DescribeAccountCommand,
  DescribeCreateAccountStatusCommand,
  DescribeOrganizationCommand,
  DetachPolicyCommand,
  LeaveOrganizationCommand,
  ListAccountsCommand,
  ListAccountsForParentCommand,
  ListCreateAccountStatusCommand,
  ListParentsCommand,
  ListTagsForResourceCommand,
  MoveAccountCommand,
  OrganizationsClient,
  RemoveAccountFromOrganizationCommand,
} from '@aws-sdk/client-organizations';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { describe, expect, it } from 'vitest';
import { ACCESS_ROLE } from '../../../tests/accounts.ts';
import { publishedEvents } from '../../../tests/events.ts';
import { CLOSURE_DAYS, CREATION_SHOWN_DAYS, CREATIONS_IN_PROGRESS_MAX, DAY_MS, LEAVE_WAIT_DAYS } from './limits.ts';
import { everyPage, openOrganizations, refusal } from './organizations.fixture.ts';

const {
  outcrop,
  organizations,
  unique,
  createAccount,
  tryAccount,
  createUnit,
  createPolicy,
  createOrganization,
  assume,
  nowMs,
} = await openOrganizations('accounts');

const before = await refusal(organizations.send(new DescribeOrganizationCommand({})));
const { organization, rootId } = await createOrganization();
const managementAccount = organization.MasterAccountId!;
const describeAccount = async (AccountId: string) =>
  (await organizations.send(new DescribeAccountCommand({ AccountId }))).Account!;

describe('An organization', () => {
  it('is not in use by an account that is in none', () => {
    expect(before).toEqual({
      name: 'AWSOrganizationsNotInUseException',
      message: 'Your account is not a member of an organization.',
    });
  });

  it('has its founder as the management account, and all features unless it says otherwise', async () => {
    expect(organization).toMatchObject({
      Id: expect.stringMatching(/^o-[a-z0-9]{10}$/),
      Arn: `arn:aws:organizations::${managementAccount}:organization/${organization.Id}`,
      FeatureSet: 'ALL',
      MasterAccountArn: `arn:aws:organizations::${managementAccount}:account/${organization.Id}/${managementAccount}`,
      AvailablePolicyTypes: [{ Type: 'SERVICE_CONTROL_POLICY', Status: 'ENABLED' }],
    });
    const { Organization } = await organizations.send(new DescribeOrganizationCommand({}));
    expect(Organization).toEqual(organization);
    expect(await refusal(organizations.send(new CreateOrganizationCommand({})))).toMatchObject({
      name: 'AlreadyInOrganizationException',
      message: 'The AWS account is already a member of an organization.',
    });
  });

  it('with members cannot be deleted', async () => {
    await createAccount();
    expect((await refusal(organizations.send(new DeleteOrganizationCommand({})))).name).toBe(
      'OrganizationNotEmptyException',
    );
  });
});

describe('An account in the making', () => {
  it('is in progress at first, then made, in the root, with its tags, and told of in an event', async () => {
    const AccountName = unique('made');
    const Email = `${AccountName}@example.org`;
    const Tags = [{ Key: 'team', Value: unique('team') }];
    const { CreateAccountStatus } = await organizations.send(new CreateAccountCommand({ AccountName, Email, Tags }));
    expect(CreateAccountStatus).toEqual({
      Id: expect.stringMatching(/^car-[0-9a-f]{32}$/),
      AccountName,
      State: 'IN_PROGRESS',
      RequestedTimestamp: new Date(nowMs()),
    });
    await outcrop.clock.advance(0);
    const { CreateAccountStatus: done } = await organizations.send(
      new DescribeCreateAccountStatusCommand({ CreateAccountRequestId: CreateAccountStatus!.Id! }),
    );
    expect(done).toMatchObject({ State: 'SUCCEEDED', AccountId: expect.stringMatching(/^\d{12}$/) });
    const AccountId = done!.AccountId!;
    expect(await describeAccount(AccountId)).toEqual({
      Id: AccountId,
      Arn: `arn:aws:organizations::${managementAccount}:account/${organization.Id}/${AccountId}`,
      Name: AccountName,
      Email,
      Status: 'ACTIVE',
      State: 'ACTIVE',
      JoinedMethod: 'CREATED',
      JoinedTimestamp: new Date(nowMs()),
      Paths: [`${organization.Id}/${rootId}/${AccountId}/`],
    });
    const { Tags: tags } = await organizations.send(new ListTagsForResourceCommand({ ResourceId: AccountId }));
    expect(tags).toEqual(Tags);
    const [event] = await publishedEvents(
      outcrop,
      ({ detail }) => detail.serviceEventDetails?.createAccountStatus?.id === CreateAccountStatus!.Id,
      1,
    );
    expect(event).toMatchObject({
      source: 'aws.organizations',
      detailType: 'AWS Service Event via CloudTrail',
      account: managementAccount,
      detail: {
        eventName: 'CreateAccountResult',
        eventType: 'AwsServiceEvent',
        serviceEventDetails: {
          createAccountStatus: {
            state: 'SUCCEEDED',
            accountId: AccountId,
            accountName: '****',
            completedTimestamp: 'Mar 1, 2032 9:00:00 AM',
          },
        },
      },
    });
    const { Events } = await new CloudTrailClient(outcrop.clients).send(
      new LookupEventsCommand({
        LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: 'CreateAccountResult' }],
      }),
    );
    const records = Events!.map(({ CloudTrailEvent }) => JSON.parse(CloudTrailEvent!) as { eventID: string });
    expect(records.map(({ eventID }) => eventID)).toContain(event!.detail.eventID);
    expect(records.find(({ eventID }) => eventID === event!.detail.eventID)).toEqual(event!.detail);
  });

  it('fails when its address is taken, in whatever case, or is none', async () => {
    const Email = `${unique('twice')}@example.org`;
    await createAccount({ Email });
    expect(await tryAccount({ Email: Email.toUpperCase() })).toMatchObject({
      State: 'FAILED',
      FailureReason: 'EMAIL_ALREADY_EXISTS',
    });
    for (const local of ['.dot', 'per%cent', 'com,ma', 'amper&sand'])
      expect(await tryAccount({ Email: `${local}@example.org` })).toMatchObject({ FailureReason: 'INVALID_EMAIL' });
    const failed = await organizations.send(new ListCreateAccountStatusCommand({ States: ['FAILED'] }));
    const reasons = failed.CreateAccountStatuses!.map(({ FailureReason }) => FailureReason);
    expect(reasons.filter((reason) => reason === 'EMAIL_ALREADY_EXISTS')).toHaveLength(1);
    expect(reasons.filter((reason) => reason === 'INVALID_EMAIL')).toHaveLength(4);
  });

  it('is refused with a bad role name or duplicate or reserved tags', async () => {
    const AccountName = unique('bad');
    const Email = `${AccountName}@example.org`;
    const create = (more: object) =>
      refusal(organizations.send(new CreateAccountCommand({ AccountName, Email, ...more })));
    expect(await create({ RoleName: 'AWSServiceRoleForMe' })).toMatchObject({
      name: 'InvalidInputException',
      Reason: 'INVALID_ROLE_NAME',
    });
    const twice = [
      { Key: 'a', Value: '1' },
      { Key: 'a', Value: '2' },
    ];
    expect((await create({ Tags: twice })).Reason).toBe('DUPLICATE_TAG_KEY');
    expect((await create({ Tags: [{ Key: 'aws:a', Value: '1' }] })).Reason).toBe('INVALID_SYSTEM_TAGS_PARAMETER');
    expect((await create({ Email: 'no address' })).name).toBe('InvalidInputException');
  });

  it('is made, or refused as one too many in the making, when many are asked for at once', async () => {
    const names = Array.from({ length: 25 }, () => unique('many'));
    const attempts = names.map((AccountName) =>
      organizations.send(new CreateAccountCommand({ AccountName, Email: `${AccountName}@example.org` })),
    );
    const outcomes = await Promise.allSettled(attempts);
    for (const outcome of outcomes)
      if (outcome.status === 'rejected')
        expect((outcome.reason as { Reason?: string }).Reason).toBe('ACCOUNT_CREATION_RATE_LIMIT_EXCEEDED');
    await outcrop.clock.advance(0);
    const begun = names.filter((_, i) => outcomes[i]!.status === 'fulfilled');
    expect(begun.length).toBeGreaterThanOrEqual(CREATIONS_IN_PROGRESS_MAX);
    const all = await everyPage(async (NextToken) => {
      const answer = await organizations.send(new ListAccountsCommand({ NextToken }));
      return { items: answer.Accounts, NextToken: answer.NextToken };
    });
    expect(new Set(all.map(({ Name }) => Name!).filter((name) => names.includes(name)))).toEqual(new Set(begun));
  });

  it('gets an administrator role that the management account can assume, by the name asked for', async () => {
    for (const RoleName of [undefined, unique('Admin')]) {
      const account = await createAccount(RoleName === undefined ? {} : { RoleName });
      const clients = await assume(account, RoleName ?? ACCESS_ROLE);
      const { Account } = await new STSClient(clients).send(new GetCallerIdentityCommand({}));
      expect(Account).toBe(account);
      const iam = new IAMClient(clients);
      const { Role } = await iam.send(new GetRoleCommand({ RoleName: RoleName ?? ACCESS_ROLE }));
      expect(Role).toMatchObject({ Path: '/', MaxSessionDuration: 3600, RoleId: expect.stringMatching(/^AROA/) });
      expect(JSON.parse(decodeURIComponent(Role!.AssumeRolePolicyDocument!)).Statement).toEqual([
        { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${managementAccount}:root` }, Action: 'sts:AssumeRole' },
      ]);
      const attached = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName: RoleName ?? ACCESS_ROLE }));
      expect(attached.AttachedPolicies).toEqual([
        { PolicyName: 'AdministratorAccess', PolicyArn: 'arn:aws:iam::aws:policy/AdministratorAccess' },
      ]);
      await iam.send(new GetRoleCommand({ RoleName: 'AWSServiceRoleForOrganizations' }));
    }
  });
});

describe('A request for an account', () => {
  it(`is shown for ${CREATION_SHOWN_DAYS} days after its end`, async () => {
    const { Id } = await tryAccount();
    const show = () => organizations.send(new DescribeCreateAccountStatusCommand({ CreateAccountRequestId: Id! }));
    await outcrop.clock.advance(CREATION_SHOWN_DAYS * DAY_MS - 1);
    await show();
    await outcrop.clock.advance(1);
    expect((await refusal(show())).name).toBe('CreateAccountStatusNotFoundException');
  });
});

describe('Accounts', () => {
  it('are kept from leaving by a service control policy', async () => {
    const account = await createAccount();
    await outcrop.clock.advance(LEAVE_WAIT_DAYS * DAY_MS);
    const itself = new OrganizationsClient(await assume(account));
    const policy = await createPolicy({
      Version: '2012-10-17',
      Statement: { Effect: 'Deny', Action: 'organizations:LeaveOrganization', Resource: '*' },
    });
    await organizations.send(new AttachPolicyCommand({ PolicyId: policy, TargetId: account }));
    expect(await refusal(itself.send(new LeaveOrganizationCommand({})))).toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringContaining('with an explicit deny in a service control policy'),
    });
    await organizations.send(new DetachPolicyCommand({ PolicyId: policy, TargetId: account }));
    await itself.send(new LeaveOrganizationCommand({}));
  });

  it('are listed a page at a time, every one once', async () => {
    const all = await everyPage(async (NextToken) => {
      const answer = await organizations.send(new ListAccountsCommand({ NextToken, MaxResults: 3 }));
      expect(answer.Accounts!.length).toBeLessThanOrEqual(3);
      return { items: answer.Accounts, NextToken: answer.NextToken };
    });
    const ids = all.map(({ Id }) => Id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toContain(managementAccount);
    expect(ids.length).toBeGreaterThan(3);
    const { name, Reason } = await refusal(organizations.send(new ListAccountsCommand({ NextToken: 'made up' })));
    expect([name, Reason]).toEqual(['InvalidInputException', 'INVALID_NEXT_TOKEN']);
  });

  it('move between root and units, from where they are', async () => {
    const account = await createAccount();
    const unit = await createUnit(rootId);
    const move = (AccountId: string, SourceParentId: string, DestinationParentId: string) =>
      organizations.send(new MoveAccountCommand({ AccountId, SourceParentId, DestinationParentId }));
    await move(account, rootId, unit);
    const { Parents } = await organizations.send(new ListParentsCommand({ ChildId: account }));
    expect(Parents).toEqual([{ Id: unit, Type: 'ORGANIZATIONAL_UNIT' }]);
    const inside = await organizations.send(new ListAccountsForParentCommand({ ParentId: unit }));
    expect(inside.Accounts!.map(({ Id }) => Id)).toEqual([account]);
    expect((await describeAccount(account)).Paths).toEqual([`${organization.Id}/${rootId}/${unit}/${account}/`]);
    expect((await refusal(move(account, rootId, unit))).name).toBe('SourceParentNotFoundException');
    expect((await refusal(move(account, unit, unit))).name).toBe('DuplicateAccountException');
    expect((await refusal(move(account, unit, 'ou-none-12345678'))).name).toBe('DestinationParentNotFoundException');
    expect(await refusal(move('999999999999', unit, rootId))).toEqual({
      name: 'AccountNotFoundException',
      message: "You specified an account that doesn't exist.",
    });
  });

  it(`leave or are removed ${LEAVE_WAIT_DAYS} days after they were made, and not the management account`, async () => {
    const [removed, leaver] = [await createAccount(), await createAccount()];
    const remove = (AccountId: string) => organizations.send(new RemoveAccountFromOrganizationCommand({ AccountId }));
    expect(await refusal(remove(removed))).toMatchObject({
      name: 'ConstraintViolationException',
      Reason: 'WAIT_PERIOD_ACTIVE',
    });
    expect((await refusal(remove(managementAccount))).name).toBe('MasterCannotLeaveOrganizationException');
    await outcrop.clock.advance(LEAVE_WAIT_DAYS * DAY_MS);
    await remove(removed);
    expect((await refusal(describeAccount(removed))).name).toBe('AccountNotFoundException');
    const alone = new OrganizationsClient(await assume(removed));
    expect((await refusal(alone.send(new DescribeOrganizationCommand({})))).name).toBe(
      'AWSOrganizationsNotInUseException',
    );
    const itself = new OrganizationsClient(await assume(leaver));
    expect((await itself.send(new DescribeOrganizationCommand({}))).Organization!.Id).toBe(organization.Id);
    await itself.send(new LeaveOrganizationCommand({}));
    expect((await refusal(describeAccount(leaver))).name).toBe('AccountNotFoundException');
    expect((await refusal(itself.send(new LeaveOrganizationCommand({})))).name).toBe(
      'AWSOrganizationsNotInUseException',
    );
    expect((await refusal(organizations.send(new LeaveOrganizationCommand({})))).name).toBe(
      'MasterCannotLeaveOrganizationException',
    );
  });

  it(`that are closed are suspended, and gone after ${CLOSURE_DAYS} days`, async () => {
    const account = await createAccount();
    const inside = new STSClient(await assume(account));
    await inside.send(new GetCallerIdentityCommand({}));
    const close = (AccountId: string) => organizations.send(new CloseAccountCommand({ AccountId }));
    await close(account);
    await outcrop.clock.advance(0);
    expect(await describeAccount(account)).toMatchObject({ Status: 'SUSPENDED', State: 'SUSPENDED' });
    expect((await refusal(inside.send(new GetCallerIdentityCommand({})))).name).toBe('InvalidClientTokenId');
    expect((await refusal(assume(account))).name).toBe('AccessDenied');
    expect((await refusal(close(account))).name).toBe('AccountAlreadyClosedException');
    expect(await refusal(close(managementAccount))).toMatchObject({ Reason: 'CANNOT_CLOSE_MANAGEMENT_ACCOUNT' });
    await outcrop.clock.advance(CLOSURE_DAYS * DAY_MS - 1);
    expect((await describeAccount(account)).State).toBe('SUSPENDED');
    await outcrop.clock.advance(1);
    expect((await refusal(describeAccount(account))).name).toBe('AccountNotFoundException');
  });

  it('other than the management account hear that they have no permission, except about themselves', async () => {
    const member = new OrganizationsClient(await assume(await createAccount()));
    expect((await member.send(new DescribeOrganizationCommand({}))).Organization!.MasterAccountId).toBe(
      managementAccount,
    );
    expect(await refusal(member.send(new ListAccountsCommand({})))).toEqual({
      name: 'AccessDeniedException',
      message: "You don't have permissions to access this resource.",
    });
    const Email = `${unique('x')}@example.org`;
    expect((await refusal(member.send(new CreateAccountCommand({ AccountName: 'x', Email })))).name).toBe(
      'AccessDeniedException',
    );
  });
});
