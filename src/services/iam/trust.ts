import type { Policy } from '../../engines/policy/policy.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { touch } from '../../kernel/principals/principals.ts';
import { accounts, nameKey, roles, type Role } from '../../kernel/principals/records.ts';
import { parseArn } from '../../kernel/resources.ts';
import { collection, type Reader, type Transaction } from '../../kernel/store/store.ts';
import { malformedPolicy } from './errors.ts';
import { readDocument, readTrust } from './policy-documents.ts';

/**
 * Whom roles trust. IAM holds users and roles that a trust policy names by their unique ids: the document shows the new ARN of one that
 * was renamed, and the id of one that is gone, so that nobody of the same name inherits the trust.
 * Source: IAM User Guide, "AWS JSON policy elements: Principal".
 *
 * Roles by the ids they trust: [id, account, role].
 */
const trusted = collection<true>('iam/trusted');

const bad = (kind: string, principal: string) =>
  malformedPolicy(`Invalid principal in policy: "${kind}":"${principal}"`);

const SERVICE = /^[a-z0-9-]+(\.[a-z0-9-]+)*\.(amazonaws\.com(\.cn)?|amazon\.com|aws\.internal)$/;
const IDENTITY_PROVIDER =
  /^(arn:[^:]+:iam::\d{12}:(saml-provider|oidc-provider)\/\S+|cognito-identity\.amazonaws\.com|www\.amazon\.com|graph\.facebook\.com|accounts\.google\.com)$/;

/** Checks a trust policy and what it names, and writes which ids the role trusts. Rejects with MalformedPolicyDocument. */
export async function trust(kernel: Kernel, tx: Transaction, role: Role, before?: Role): Promise<void> {
  const policy = readTrust(role.trust);
  const ids = await trustedIds(kernel, tx, policy);
  if (before) await forgetTrust(kernel, tx, before);
  for (const id of ids) tx.put(trusted, [id, role.account, nameKey(role.name)], true);
}

/** The role trusts nobody any more: it goes, or trusts anew. */
export async function forgetTrust(kernel: Kernel, tx: Transaction, role: Role): Promise<void> {
  for (const arn of named(readDocument(role.trust, 'trust'), 'aws')) {
    const found = await identityOf(kernel, tx, arn);
    if (found) tx.delete(trusted, [found.id, role.account, nameKey(role.name)]);
  }
}

async function trustedIds(kernel: Kernel, tx: Reader, policy: Policy): Promise<string[]> {
  const ids: string[] = [];
  for (const service of named(policy, 'service')) if (!SERVICE.test(service)) throw bad('SERVICE', service);
  for (const provider of named(policy, 'federated'))
    if (!IDENTITY_PROVIDER.test(provider)) throw bad('FEDERATED', provider);
  for (const canonical of named(policy, 'canonical')) throw bad('CanonicalUser', canonical);
  for (const principal of named(policy, 'aws')) {
    if (principal === '*' || /^\d{12}$/.test(principal)) continue;
    const arn = parseArn(principal);
    if (!arn || !/^\d{12}$/.test(arn.account) || !['iam', 'sts'].includes(arn.service)) throw bad('AWS', principal);
    if (arn.service === 'iam' && arn.resource === 'root') continue;
    const session = /^assumed-role\/([^/]+)\/[^/]+$/.exec(arn.resource);
    const isIdentity = arn.service === 'iam' && /^(user|role)\/.+[^/]$/.test(arn.resource);
    const isSession = arn.service === 'sts' && (session !== null || /^federated-user\/[^/]+$/.test(arn.resource));
    if (!isIdentity && !isSession) throw bad('AWS', principal);
    // What other accounts hold that are not of this stack nobody here can know.
    if (!(await isOurs(kernel, tx, arn.account))) continue;
    if (session && !(await kernel.principals.role(arn.account, session[1]!, tx))) throw bad('AWS', principal);
    if (!isIdentity) continue;
    const found = await identityOf(kernel, tx, principal);
    if (!found) throw bad('AWS', principal);
    ids.push(found.id);
  }
  return ids;
}

const identityOf = async ({ principals }: Kernel, reader: Reader, arn: string) =>
  (await principals.userByArn(arn, reader)) ?? (await principals.roleByArn(arn, reader));

const isOurs = async ({ principals }: Kernel, reader: Reader, account: string) =>
  account === principals.root.principal.account || (await reader.get(accounts, [account])) !== undefined;

const named = (policy: Policy, kind: 'aws' | 'service' | 'federated' | 'canonical') =>
  new Set(policy.statements.flatMap(({ principal }) => [...(principal?.[kind] ?? [])]));

/** Trust policies follow a user or role that was renamed, or is gone (`to` is its id then). */
export async function renameTrusted(tx: Transaction, id: string, from: string, to: string): Promise<void> {
  let changed = false;
  for (const { key } of await tx.range(trusted, [id])) {
    const [, account, name] = key as [string, string, string];
    const role = await tx.get(roles, [account, name]);
    if (role) {
      tx.put(roles, [account, name], { ...role, trust: renamePrincipal(role.trust, from, to) });
      changed = true;
    }
    if (id === to) tx.delete(trusted, key);
  }
  if (changed) await touch(tx);
}

/** A document with one `AWS` principal named otherwise. */
function renamePrincipal(document: string, from: string, to: string): string {
  const policy = JSON.parse(document) as { Statement: unknown };
  const rename = (name: unknown): unknown => (Array.isArray(name) ? name.map(rename) : name === from ? to : name);
  for (const statement of [policy.Statement].flat() as Record<string, { AWS?: unknown } | undefined>[])
    for (const element of ['Principal', 'NotPrincipal']) {
      const principal = statement[element];
      if (principal?.AWS !== undefined) principal.AWS = rename(principal.AWS);
    }
  return JSON.stringify(policy);
}
