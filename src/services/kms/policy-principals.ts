import type { Call } from '../../kernel/call.ts';
import { parseArn } from '../../kernel/resources.ts';
import type { Key } from './records.ts';

/**
 * Policies name users and roles by ARN, and mean the very ones that stood there when the policy was put: of one that is deleted and made
 * again nothing is left to the first's namesake. Source: IAM User Guide, "AWS JSON policy elements: Principal".
 */
type Named = { AWS?: string | string[] } | string;
type Statement = { Principal?: Named; NotPrincipal?: Named };
type Document = { Statement: Statement | Statement[] };

/** A key policy as a key has it. */
export type KeyPolicy = Pick<Key, 'policy' | 'policyById' | 'principalIds'>;

/** A policy with the ids of the users and roles that it names; undefined when one of them, or something else it names, is not there. */
export async function identifyPrincipals(call: Call, policy: string): Promise<KeyPolicy | undefined> {
  const principalIds: Record<string, string> = {};
  for (const named of principalsOf(JSON.parse(policy) as Document)) {
    const found = await principalId(call, named);
    if (found === undefined) return undefined;
    if (found !== named) principalIds[named] = found;
  }
  if (Object.keys(principalIds).length === 0) return { policy };
  return { policy, policyById: replaced(policy, principalIds), principalIds };
}

/**
 * The id of a user or role by its ARN; what names others (an account, a session, everyone) as it is. Undefined for a user or role that is not
 * there, and for what is no principal. Accounts are taken as they are: those elsewhere cannot be asked.
 */
export async function principalId(call: Call, named: string): Promise<string | undefined> {
  if (named === '*' || /^\d{12}$/.test(named) || /^A(IDA|ROA)[A-Z0-9]+$/.test(named)) return named;
  const arn = parseArn(named);
  if (!arn || !/^\d{12}$/.test(arn.account)) return undefined;
  const { principals } = call.kernel;
  const kind = arn.resource.split('/')[0];
  if (arn.service === 'sts') return kind === 'assumed-role' || kind === 'federated-user' ? named : undefined;
  if (arn.service !== 'iam') return undefined;
  if (arn.resource === 'root') return named;
  if (kind === 'user') return (await principals.userByArn(named))?.id;
  if (kind === 'role') return (await principals.roleByArn(named))?.id;
  return undefined;
}

/** The policy as it was put, and with the id in the place of who is no more. */
export async function shownPolicy(call: Call, { policy, principalIds = {} }: Key): Promise<string> {
  const gone: Record<string, string> = {};
  for (const [named, id] of Object.entries(principalIds)) if ((await principalId(call, named)) !== id) gone[named] = id;
  return Object.keys(gone).length === 0 ? policy : replaced(policy, gone);
}

const principalsOf = ({ Statement }: Document): string[] =>
  [Statement]
    .flat()
    .flatMap(({ Principal, NotPrincipal }) => [Principal, NotPrincipal])
    .flatMap((principal) => (typeof principal === 'object' ? (principal.AWS ?? []) : []));

function replaced(policy: string, ids: Record<string, string>): string {
  const document = JSON.parse(policy) as Document;
  const name = (one: string) => ids[one] ?? one;
  const rename = (named: Named | undefined) => {
    if (typeof named !== 'object' || named.AWS === undefined) return named;
    return { ...named, AWS: Array.isArray(named.AWS) ? named.AWS.map(name) : name(named.AWS) };
  };
  const statements = [document.Statement].flat().map((statement) => ({
    ...statement,
    ...(statement.Principal === undefined ? {} : { Principal: rename(statement.Principal) }),
    ...(statement.NotPrincipal === undefined ? {} : { NotPrincipal: rename(statement.NotPrincipal) }),
  }));
  return JSON.stringify({ ...document, Statement: statements }, null, 2);
}
