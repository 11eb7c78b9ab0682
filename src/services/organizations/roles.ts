import type { Ids } from '../../kernel/ids.ts';
import { touch } from '../../kernel/principals/principals.ts';
import { nameKey, roles, type Role } from '../../kernel/principals/records.ts';
import { arn } from '../../kernel/resources.ts';
import type { Transaction } from '../../kernel/store/store.ts';

type Where = { tx: Transaction; ids: Ids; nowMs: number; partition: string };

const SERVICE = 'organizations.amazonaws.com';
const LINKED_NAME = 'AWSServiceRoleForOrganizations';
const LINKED_PATH = `/aws-service-role/${SERVICE}/`;
const SESSION_SECONDS = 3_600;
const ID_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** The ARN of the service-linked role of Organizations in an account. */
export const linkedRoleArn = (partition: string, account: string) =>
  arn({ partition, service: 'iam', account, resource: `role${LINKED_PATH}${LINKED_NAME}` });

async function putRole(
  { tx, ids, nowMs, partition }: Where,
  role: Pick<Role, 'account' | 'name' | 'path' | 'attached' | 'trust'> & Partial<Role>,
): Promise<void> {
  const key = [role.account, nameKey(role.name)];
  if (await tx.get(roles, key)) return;
  tx.put(roles, key, {
    id: `AROA${ids.text(17, ID_ALPHABET)}`,
    arn: arn({ partition, service: 'iam', account: role.account, resource: `role${role.path}${role.name}` }),
    createdAtMs: nowMs,
    inline: {},
    tags: {},
    maxSessionSeconds: SESSION_SECONDS,
    ...role,
  });
  await touch(tx);
}

const trusting = (Principal: Record<string, string>) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal, Action: 'sts:AssumeRole' }],
  });

/** The role through which the management account administers a new member. Source: User Guide, "OrganizationAccountAccessRole". */
export const makeAccessRole = (where: Where, account: string, name: string, managementAccount: string) =>
  putRole(where, {
    account,
    name,
    path: '/',
    attached: [
      arn({ partition: where.partition, service: 'iam', account: 'aws', resource: 'policy/AdministratorAccess' }),
    ],
    trust: trusting({
      AWS: arn({ partition: where.partition, service: 'iam', account: managementAccount, resource: 'root' }),
    }),
  });

/** The service-linked role that every account of an organization with all features has. One that stands is left as it is. */
export const makeLinkedRole = (where: Where, account: string) =>
  putRole(where, {
    account,
    name: LINKED_NAME,
    path: LINKED_PATH,
    attached: [],
    trust: trusting({ Service: SERVICE }),
    description:
      'Service-linked role used by AWS Organizations to enable integration of other AWS services with Organizations.',
    linkedService: SERVICE,
  });
