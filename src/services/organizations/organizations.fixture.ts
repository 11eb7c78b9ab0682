import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import {
  CreateAccountCommand,
  CreateOrganizationCommand,
  CreateOrganizationalUnitCommand,
  CreatePolicyCommand,
  DescribeCreateAccountStatusCommand,
  ListRootsCommand,
  OrganizationsClient,
  type CreateAccountRequest,
  type CreateAccountStatus,
  type OrganizationFeatureSet,
  type PolicyType,
} from '@aws-sdk/client-organizations';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { generator } from '../../kernel/ids.ts';
import { startForTests, testSeed } from '../../../tests/start.ts';

export const ACCESS_ROLE = 'OrganizationAccountAccessRole';

/** A stack with a frozen clock, and what the tests of this service do over and over. */
export async function openOrganizations(name: string, frozenAt = '2032-03-01T09:00:00Z') {
  const random = generator(testSeed(`organizations ${name}`));
  const outcrop = await startForTests({ clock: { frozenAt: new Date(frozenAt) } });
  const organizations = new OrganizationsClient(outcrop.clients);
  const integer = (min: number, max: number) => min + Math.floor(random() * (max - min + 1));
  let serial = 0;
  const unique = (prefix: string) => `${prefix}-${serial++}-${integer(1, 1e9)}`;
  let administrator: Promise<typeof outcrop.clients> | undefined;

  const self = {
    outcrop,
    organizations,
    random,
    integer,
    unique,
    nowMs: () => outcrop.clock.now().getTime(),
    async createOrganization(FeatureSet?: OrganizationFeatureSet) {
      const { Organization } = await organizations.send(
        new CreateOrganizationCommand(FeatureSet ? { FeatureSet } : {}),
      );
      return { organization: Organization!, rootId: await self.rootId() };
    },
    async rootId(): Promise<string> {
      return (await organizations.send(new ListRootsCommand({}))).Roots![0]!.Id!;
    },
    async createUnit(ParentId: string, Name = unique('unit')): Promise<string> {
      const { OrganizationalUnit } = await organizations.send(new CreateOrganizationalUnitCommand({ ParentId, Name }));
      return OrganizationalUnit!.Id!;
    },
    async createPolicy(content: unknown, Type: PolicyType = 'SERVICE_CONTROL_POLICY'): Promise<string> {
      const Content = typeof content === 'string' ? content : JSON.stringify(content);
      const { Policy } = await organizations.send(
        new CreatePolicyCommand({ Content, Description: '', Name: unique('policy'), Type }),
      );
      return Policy!.PolicySummary!.Id!;
    },
    /** Asks for an account and lets the job run. */
    async tryAccount(input: Partial<CreateAccountRequest> = {}): Promise<CreateAccountStatus> {
      const AccountName = unique('account');
      const { CreateAccountStatus } = await organizations.send(
        new CreateAccountCommand({ AccountName, Email: `${AccountName}@example.org`, ...input }),
      );
      await outcrop.clock.advance(0);
      const status = await organizations.send(
        new DescribeCreateAccountStatusCommand({ CreateAccountRequestId: CreateAccountStatus!.Id! }),
      );
      return status.CreateAccountStatus!;
    },
    async createAccount(input: Partial<CreateAccountRequest> = {}): Promise<string> {
      const { State, AccountId, FailureReason } = await self.tryAccount(input);
      if (State !== 'SUCCEEDED') throw new Error(`the account was not made: ${State} ${FailureReason}`);
      return AccountId!;
    },
    /** Client settings of a user of the management account that may assume any role; the root may not. */
    administrator(): Promise<typeof outcrop.clients> {
      administrator ??= makeUser('*');
      return administrator;
    },
    /** Client settings of a session of a role in a member account. */
    async assume(account: string, role = ACCESS_ROLE) {
      const sts = new STSClient(await self.administrator());
      const { Credentials } = await sts.send(
        new AssumeRoleCommand({ RoleArn: `arn:aws:iam::${account}:role/${role}`, RoleSessionName: unique('session') }),
      );
      return clientsWith(outcrop, Credentials!);
    },
  };
  async function makeUser(Action: string) {
    const iam = new IAMClient(outcrop.clients);
    const UserName = unique('administrator');
    await iam.send(new CreateUserCommand({ UserName }));
    const statement = { Effect: 'Allow', Action, Resource: '*' };
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
    await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'all', PolicyDocument }));
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
    return clientsWith(outcrop, AccessKey!);
  }
  return self;
}

type Key = {
  AccessKeyId?: string | undefined;
  SecretAccessKey?: string | undefined;
  SessionToken?: string | undefined;
};

/** Client settings with other credentials. */
export function clientsWith<T extends { clients: object }>(outcrop: T, key: Key): T['clients'] {
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken } = key;
  const credentials = {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    ...(SessionToken === undefined ? {} : { sessionToken: SessionToken }),
  };
  return { ...outcrop.clients, credentials };
}

/** The name, message and reason a call is refused with. */
export async function refusal(promise: Promise<unknown>): Promise<{ name: string; message: string; Reason?: string }> {
  try {
    await promise;
  } catch (error) {
    const { name, message, Reason } = error as Error & { Reason?: string };
    return { name, message, ...(Reason === undefined ? {} : { Reason }) };
  }
  throw new Error('the call was not refused');
}

/** Every page of a list. */
export async function everyPage<T>(
  list: (NextToken: string | undefined) => Promise<{ items: T[] | undefined; NextToken?: string | undefined }>,
): Promise<T[]> {
  const all: T[] = [];
  let token: string | undefined;
  do {
    const { items, NextToken } = await list(token);
    all.push(...(items ?? []));
    token = NextToken;
  } while (token !== undefined);
  return all;
}
