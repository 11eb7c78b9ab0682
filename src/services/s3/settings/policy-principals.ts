import { parsePolicy } from '../../../engines/policy/policy.ts';
import type { Kernel } from '../../../kernel/kernel.ts';
import { identityArn, type Principal } from '../../../kernel/principals/principal.ts';
import { accounts } from '../../../kernel/principals/records.ts';
import { AwsError } from '../../../kernel/errors.ts';
import { parseArn } from '../../../kernel/resources.ts';
import type { Reader } from '../../../kernel/store/store.ts';

/**
 * Policies name users and roles by ARN and mean the very ones that stood there when the policy was put: who is made again under a name that
 * was deleted has nothing of the first's, and who was renamed keeps it. Source: IAM User Guide, "AWS JSON policy elements: Principal".
 *
 * Ids by ARN.
 */
export type PrincipalIds = Record<string, string>;

/** The ids of the users and roles of this stack that a policy names. Throws MalformedPolicy for one that is not there. */
export async function principalIdsOf(kernel: Kernel, reader: Reader, text: string): Promise<PrincipalIds> {
  const ids: PrincipalIds = {};
  for (const { principal } of parsePolicy(text, 'resource').statements) {
    for (const name of principal?.aws ?? []) {
      const arn = parseArn(name);
      // What other accounts hold that are not of this stack nobody here can know.
      if (arn?.service !== 'iam' || arn.resource === 'root' || !(await isOurs(kernel, reader, arn.account))) continue;
      const id = await idOf(kernel, reader, name);
      if (id === undefined) throw new AwsError('MalformedPolicy', 'Invalid principal in policy');
      ids[name] = id;
    }
  }
  return ids;
}

const idOf = async ({ principals }: Kernel, reader: Reader, arn: string) =>
  ((await principals.userByArn(arn, reader)) ?? (await principals.roleByArn(arn, reader)))?.id;

const isOurs = async ({ principals }: Kernel, reader: Reader, account: string) =>
  account === principals.root.principal.account || (await reader.get(accounts, [account])) !== undefined;

/** The policy as it bears on a caller: by id where its ARN was, or is, somebody else's. */
export function policyFor(text: string, ids: PrincipalIds, caller: Principal): string {
  const [arn, id] = [identityArn(caller), caller.id.split(':')[0]!];
  const entries = Object.entries(ids).filter(([named, namedId]) => (named === arn) !== (namedId === id));
  return entries.length === 0 ? text : renamed(text, Object.fromEntries(entries));
}

/** The policy as it is shown: with ids in the place of those who are no more. */
export async function shownPolicy(kernel: Kernel, reader: Reader, text: string, ids: PrincipalIds): Promise<string> {
  const gone: PrincipalIds = {};
  for (const [arn, id] of Object.entries(ids)) if ((await idOf(kernel, reader, arn)) !== id) gone[arn] = id;
  return Object.keys(gone).length === 0 ? text : renamed(text, gone);
}

type Named = '*' | Record<string, string | string[]>;
type Statement = { Principal?: Named; NotPrincipal?: Named };

function renamed(text: string, ids: PrincipalIds): string {
  const document = JSON.parse(text) as { Statement: Statement | Statement[] };
  for (const statement of [document.Statement].flat())
    for (const named of [statement.Principal, statement.NotPrincipal]) {
      if (typeof named !== 'object' || named['AWS'] === undefined) continue;
      named['AWS'] = [named['AWS']].flat().map((name) => ids[name] ?? name);
    }
  return JSON.stringify(document);
}
