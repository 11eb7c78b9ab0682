import {
  CreateAccountCommand,
  CreateOrganizationCommand,
  DescribeCreateAccountStatusCommand,
  OrganizationsClient,
} from '@aws-sdk/client-organizations';
import { S3Client } from '@aws-sdk/client-s3';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { allow, identities } from '../../../tests/identities.ts';
import type { Outcrop } from '../../main.ts';

const ROLE = 'OrganizationAccountAccessRole';

/** An account beside the stack's own: its number, and clients that sign as an administrator of it. */
export async function otherAccount(outcrop: Outcrop, name: string) {
  const organizations = new OrganizationsClient(outcrop.clients);
  await organizations.send(new CreateOrganizationCommand({})).catch((error: Error) => {
    if (error.name !== 'AlreadyInOrganizationException') throw error;
  });
  const { CreateAccountStatus } = await organizations.send(
    new CreateAccountCommand({ AccountName: name, Email: `${name}@example.org` }),
  );
  await outcrop.clock.advance(0);
  const status = await organizations.send(
    new DescribeCreateAccountStatusCommand({ CreateAccountRequestId: CreateAccountStatus!.Id! }),
  );
  const account = status.CreateAccountStatus!.AccountId!;
  const { user, as } = identities(outcrop);
  // The root may assume no role.
  const keeper = await user(`keeper-of-${name}`, allow('sts:AssumeRole'));
  const { Credentials } = await new STSClient(keeper.clients).send(
    new AssumeRoleCommand({ RoleArn: `arn:aws:iam::${account}:role/${ROLE}`, RoleSessionName: 'tests' }),
  );
  const clients = as(Credentials);
  return { account, clients, s3: new S3Client(clients) };
}

/** A client that signs nothing. */
export const anonymous = (outcrop: Outcrop) =>
  new S3Client({ ...outcrop.clients, maxAttempts: 1, signer: { sign: async (request) => request } });
