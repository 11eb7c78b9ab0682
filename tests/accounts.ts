import {
  CreateAccountCommand,
  CreateOrganizationCommand,
  DescribeCreateAccountStatusCommand,
  OrganizationsClient,
  type CreateAccountRequest,
  type CreateAccountStatus,
} from '@aws-sdk/client-organizations';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import type { Outcrop } from '../src/main.ts';
import { allow, identities } from './identities.ts';

export const ACCESS_ROLE = 'OrganizationAccountAccessRole';

export type Clients = Outcrop['clients'];

/** More accounts in a stack whose own account has an organization. Names are unique; ids are the stack's. */
export function accountsOf(outcrop: Outcrop) {
  const { as, user } = identities(outcrop);
  let serial = 0;
  let administrator: Promise<Clients> | undefined;
  const self = {
    /** Asks for an account and lets the job run. */
    async tryAccount(input: Partial<CreateAccountRequest> = {}): Promise<CreateAccountStatus> {
      const organizations = new OrganizationsClient(outcrop.clients);
      const AccountName = `account-${serial++}`;
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
    /** Client settings of a user of the stack's own account that may do anything; the root may not assume roles. */
    administrator(): Promise<Clients> {
      administrator ??= user('administrator', allow('*')).then(({ clients }) => clients);
      return administrator;
    },
    /** Client settings of a session of a role in a member account. */
    async assume(account: string, role = ACCESS_ROLE): Promise<Clients> {
      const sts = new STSClient(await self.administrator());
      const { Credentials } = await sts.send(
        new AssumeRoleCommand({
          RoleArn: `arn:aws:iam::${account}:role/${role}`,
          RoleSessionName: `session-${serial++}`,
        }),
      );
      return as(Credentials);
    },
  };
  return self;
}

/** An account beside the stack's own, in an organization made for it: its number, and client settings of an administrator of it. */
export async function otherAccount(outcrop: Outcrop): Promise<{ account: string; clients: Clients }> {
  await new OrganizationsClient(outcrop.clients).send(new CreateOrganizationCommand({}));
  const accounts = accountsOf(outcrop);
  const account = await accounts.createAccount();
  return { account, clients: await accounts.assume(account) };
}
