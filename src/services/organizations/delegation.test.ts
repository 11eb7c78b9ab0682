import { PutUserPolicyCommand } from '@aws-sdk/client-iam';
import {
  CreateOrganizationalUnitCommand,
  CreatePolicyCommand,
  DeleteResourcePolicyCommand,
  DeregisterDelegatedAdministratorCommand,
  DescribeEffectivePolicyCommand,
  DescribeResourcePolicyCommand,
  DisableAWSServiceAccessCommand,
  EnableAWSServiceAccessCommand,
  ListAccountsCommand,
  ListAWSServiceAccessForOrganizationCommand,
  ListDelegatedAdministratorsCommand,
  ListDelegatedServicesForAccountCommand,
  ListPoliciesCommand,
  ListTagsForResourceCommand,
  OrganizationsClient,
  PutResourcePolicyCommand,
  RegisterDelegatedAdministratorCommand,
} from '@aws-sdk/client-organizations';
import { describe, expect, it } from 'vitest';
import { identities } from '../../../tests/identities.ts';
import { openOrganizations, refusal } from './organizations.fixture.ts';

const { outcrop, organizations, unique, createAccount, createOrganization, assume, nowMs } =
  await openOrganizations('delegation');
const { organization, rootId } = await createOrganization();
const SINGLE = 'guardduty.amazonaws.com';
const SEVERAL = 'cloudtrail.amazonaws.com';
const enable = (ServicePrincipal: string) =>
  organizations.send(new EnableAWSServiceAccessCommand({ ServicePrincipal }));
const register = (AccountId: string, ServicePrincipal: string) =>
  organizations.send(new RegisterDelegatedAdministratorCommand({ AccountId, ServicePrincipal }));
const deregister = (AccountId: string, ServicePrincipal: string) =>
  organizations.send(new DeregisterDelegatedAdministratorCommand({ AccountId, ServicePrincipal }));

describe('Trusted access', () => {
  it('is given to services that work with Organizations, listed and taken away', async () => {
    await enable(SINGLE);
    await enable(SEVERAL);
    await enable(SEVERAL);
    const list = async () =>
      (await organizations.send(new ListAWSServiceAccessForOrganizationCommand({}))).EnabledServicePrincipals;
    const [single, several] = [SINGLE, SEVERAL].map((ServicePrincipal) => ({
      ServicePrincipal,
      DateEnabled: new Date(nowMs()),
    }));
    expect(await list()).toEqual([several, single]);
    await organizations.send(new DisableAWSServiceAccessCommand({ ServicePrincipal: SINGLE }));
    expect(await list()).toEqual([several]);
    await enable(SINGLE);
    expect((await refusal(enable('nobody.amazonaws.com'))).Reason).toBe('UNRECOGNIZED_SERVICE_PRINCIPAL');
  });
});

describe('A delegated administrator', () => {
  it('is a member, of a service that has access, and as many as the service takes', async () => {
    const [first, second] = [await createAccount(), await createAccount()];
    expect((await refusal(register(first, 'sso.amazonaws.com'))).Reason).toBe('SERVICE_ACCESS_NOT_ENABLED');
    expect((await refusal(register(organization.MasterAccountId!, SINGLE))).Reason).toBe(
      'CANNOT_REGISTER_MASTER_AS_DELEGATED_ADMINISTRATOR',
    );
    expect((await refusal(register('999999999999', SINGLE))).name).toBe('AccountNotFoundException');
    await register(first, SINGLE);
    expect((await refusal(register(first, SINGLE))).name).toBe('AccountAlreadyRegisteredException');
    expect((await refusal(register(second, SINGLE))).Reason).toBe('DELEGATED_ADMINISTRATOR_EXISTS_FOR_THIS_SERVICE');
    await register(first, SEVERAL);
    await register(second, SEVERAL);
    await register(await createAccount(), SEVERAL);
    expect((await refusal(register(await createAccount(), SEVERAL))).Reason).toBe(
      'MAX_DELEGATED_ADMINISTRATORS_FOR_SERVICE_LIMIT_EXCEEDED',
    );
    const services = await organizations.send(new ListDelegatedServicesForAccountCommand({ AccountId: first }));
    expect(services.DelegatedServices!.map(({ ServicePrincipal }) => ServicePrincipal)).toEqual([SEVERAL, SINGLE]);
    const { DelegatedAdministrators } = await organizations.send(
      new ListDelegatedAdministratorsCommand({ ServicePrincipal: SINGLE }),
    );
    expect(DelegatedAdministrators).toEqual([
      expect.objectContaining({ Id: first, Status: 'ACTIVE', DelegationEnabledDate: new Date(nowMs()) }),
    ]);
    expect((await refusal(deregister(second, SINGLE))).name).toBe('AccountNotRegisteredException');
    const disable = organizations.send(new DisableAWSServiceAccessCommand({ ServicePrincipal: SINGLE }));
    expect((await refusal(disable)).name).toBe('ConstraintViolationException');
  });

  it('reads the organization, which other members may not, and changes nothing', async () => {
    const account = await createAccount();
    const client = new OrganizationsClient(await assume(account));
    const list = () => client.send(new ListAccountsCommand({}));
    expect((await refusal(list())).message).toBe("You don't have permissions to access this resource.");
    await enable('backup.amazonaws.com');
    await register(account, 'backup.amazonaws.com');
    expect((await list()).Accounts!.length).toBeGreaterThan(1);
    const create = client.send(new CreateOrganizationalUnitCommand({ ParentId: rootId, Name: unique('unit') }));
    expect((await refusal(create)).name).toBe('AccessDeniedException');
    await deregister(account, 'backup.amazonaws.com');
    expect((await refusal(list())).name).toBe('AccessDeniedException');
  });
});

describe('The resource policy of an organization', () => {
  const policy = (account: string, Action: string[], more: object = {}) =>
    JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:root` }, Action, Resource: '*', ...more },
      ],
    });
  const put = (Content: string, more: object = {}) =>
    organizations.send(new PutResourcePolicyCommand({ Content, ...more }));

  it('lets a member do what it says, and no more', async () => {
    const [account, other] = [await createAccount(), await createAccount()];
    const client = new OrganizationsClient(await assume(account));
    const make = (Type: 'TAG_POLICY' | 'SERVICE_CONTROL_POLICY') => {
      const Content =
        Type === 'TAG_POLICY'
          ? '{"tags":{}}'
          : '{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}';
      return client.send(new CreatePolicyCommand({ Name: unique('p'), Description: '', Content, Type }));
    };
    expect((await refusal(make('TAG_POLICY'))).name).toBe('AccessDeniedException');
    const condition = { Condition: { StringEquals: { 'organizations:PolicyType': 'TAG_POLICY' } } };
    const content = policy(account, ['organizations:CreatePolicy', 'organizations:ListPolicies'], condition);
    const { ResourcePolicy } = await put(content, { Tags: [{ Key: 'a', Value: 'b' }] });
    expect(ResourcePolicy).toEqual({
      ResourcePolicySummary: {
        Id: expect.stringMatching(/^rp-[a-z0-9]{8}$/),
        Arn: `arn:aws:organizations::${organization.MasterAccountId}:resourcepolicy/${organization.Id}/${ResourcePolicy!.ResourcePolicySummary!.Id}`,
      },
      Content: content,
    });
    await make('TAG_POLICY');
    await client.send(new ListPoliciesCommand({ Filter: 'TAG_POLICY' }));
    expect((await refusal(client.send(new ListPoliciesCommand({ Filter: 'BACKUP_POLICY' })))).name).toBe(
      'AccessDeniedException',
    );
    expect((await refusal(make('SERVICE_CONTROL_POLICY'))).name).toBe('AccessDeniedException');
    const unit = new CreateOrganizationalUnitCommand({ ParentId: rootId, Name: unique('unit') });
    expect((await refusal(client.send(unit))).name).toBe('AccessDeniedException');
    const outsider = new OrganizationsClient(await assume(other));
    expect((await refusal(outsider.send(new ListPoliciesCommand({ Filter: 'TAG_POLICY' })))).name).toBe(
      'AccessDeniedException',
    );
    const ResourceId = ResourcePolicy!.ResourcePolicySummary!.Id!;
    const { Tags } = await organizations.send(new ListTagsForResourceCommand({ ResourceId }));
    expect(Tags).toEqual([{ Key: 'a', Value: 'b' }]);
    const described = await organizations.send(new DescribeResourcePolicyCommand({}));
    expect(described.ResourcePolicy).toEqual(ResourcePolicy);
    await organizations.send(new DeleteResourcePolicyCommand({}));
    expect((await refusal(make('TAG_POLICY'))).message).toBe("You don't have permissions to access this resource.");
    for (const gone of [new DescribeResourcePolicyCommand({}), new DeleteResourcePolicyCommand({})])
      expect((await refusal(organizations.send(gone))).name).toBe('ResourcePolicyNotFoundException');
  });

  it('lets a member look at the effective policies of others', async () => {
    const [account, other] = [await createAccount(), await createAccount()];
    const client = new OrganizationsClient(await assume(account));
    const look = (TargetId: string) =>
      refusal(client.send(new DescribeEffectivePolicyCommand({ PolicyType: 'TAG_POLICY', TargetId })));
    expect((await look(account)).name).toBe('EffectivePolicyNotFoundException');
    expect((await look(other)).name).toBe('AccessDeniedException');
    await put(policy(account, ['organizations:DescribeEffectivePolicy']));
    expect((await look(other)).name).toBe('EffectivePolicyNotFoundException');
    await organizations.send(new DeleteResourcePolicyCommand({}));
  });

  it('delegates only what can be delegated', async () => {
    const account = await createAccount();
    for (const [content, reason] of [
      ['{', 'INVALID_RESOURCE_POLICY_JSON'],
      [policy(account, ['organizations:CreateAccount']), 'UNSUPPORTED_ACTION_IN_RESOURCE_POLICY'],
      [policy(account, ['organizations:*']), 'UNSUPPORTED_ACTION_IN_RESOURCE_POLICY'],
      [policy(account, ['s3:ListBucket']), 'UNSUPPORTED_ACTION_IN_RESOURCE_POLICY'],
      [policy(account, ['organizations:ListRoots'], { Principal: { Service: SINGLE } }), 'INVALID_PRINCIPAL'],
    ] as const)
      expect((await refusal(put(content))).Reason, content).toBe(reason);
  });
});

describe('A user of the management account', () => {
  it('may what policies allow on exact resources and policy types', async () => {
    const { iam, user } = identities(outcrop);
    const UserName = unique('user');
    const client = new OrganizationsClient((await user(UserName)).clients);
    const list = (Filter: 'TAG_POLICY' | 'BACKUP_POLICY') => client.send(new ListPoliciesCommand({ Filter }));
    expect((await refusal(list('TAG_POLICY'))).message).toContain('because no identity-based policy allows');
    const allowed = {
      Effect: 'Allow',
      Action: ['organizations:ListPolicies', 'organizations:CreateOrganizationalUnit'],
      Resource: '*',
      Condition: { StringEqualsIfExists: { 'organizations:PolicyType': 'TAG_POLICY' } },
    };
    const denied = {
      Effect: 'Deny',
      Action: 'organizations:CreateOrganizationalUnit',
      Resource: `arn:aws:organizations::${organization.MasterAccountId}:root/${organization.Id}/*`,
    };
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [allowed, denied] });
    await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'p', PolicyDocument }));
    await list('TAG_POLICY');
    expect((await refusal(list('BACKUP_POLICY'))).name).toBe('AccessDeniedException');
    const create = (ParentId: string) =>
      client.send(new CreateOrganizationalUnitCommand({ ParentId, Name: unique('unit') }));
    expect((await refusal(create(rootId))).message).toContain('with an explicit deny in an identity-based policy');
    const { OrganizationalUnit } = await organizations.send(
      new CreateOrganizationalUnitCommand({ ParentId: rootId, Name: unique('unit') }),
    );
    await create(OrganizationalUnit!.Id!);
  });
});
