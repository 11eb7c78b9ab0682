import type { PolicyPrincipal, PrincipalPattern, Statement } from './types.ts';

/**
 * How a statement names who asks. Source: IAM User Guide, "AWS JSON policy elements: Principal" and "NotPrincipal".
 *
 * - `direct`: the principal itself, by its session's or user's ARN, or everyone: in its own account it needs no policy of its own.
 * - `identity`: the role behind the session: boundary and session policies still narrow it.
 * - `account`: its account: the account's own policies must let it.
 */
export type Grade = 'direct' | 'identity' | 'account';

/** `undefined`: the statement does not speak of it. */
export function gradeOf(statement: Statement, principal: PolicyPrincipal): Grade | undefined {
  const { principal: named, notPrincipal, effect } = statement;
  if (!named) return 'direct';
  if (!notPrincipal) return gradeIn(named, principal);
  if (effect === 'Deny') return isExempt(named, principal) ? undefined : 'direct';
  return gradeIn(named, principal) === undefined ? 'direct' : undefined;
}

function gradeIn(named: PrincipalPattern, who: PolicyPrincipal): Grade | undefined {
  if (named.all) return 'direct';
  if (who.kind === 'service') return named.service.has(who.service!) ? 'direct' : undefined;
  if (who.kind === 'federated') return named.federated.has(who.provider!) ? 'direct' : undefined;
  if (who.kind === 'anonymous') return undefined;
  if (named.aws.has(who.arn)) return who.kind === 'root' ? 'account' : 'direct';
  if (who.kind === 'user' && who.ids.some((id) => named.aws.has(id))) return 'direct';
  if (who.kind === 'role-session' && (named.aws.has(who.identityArn) || who.ids.some((id) => named.aws.has(id))))
    return 'identity';
  if (who.kind === 'role-session' && who.provider !== undefined && named.federated.has(who.provider)) return 'direct';
  if (namesAccount(named, who)) return 'account';
  return undefined;
}

function namesAccount(named: PrincipalPattern, who: PolicyPrincipal): boolean {
  if (named.aws.has(who.account) || named.aws.has(rootArn(who))) return true;
  return who.canonicalId !== undefined && named.canonical.has(who.canonicalId);
}

const rootArn = ({ account, arn }: PolicyPrincipal) => `arn:${arn.split(':')[1] ?? 'aws'}:iam::${account}:root`;

/** A deny of all but some spares who is named by every name it has: its account, its identity, its session. */
function isExempt(named: PrincipalPattern, who: PolicyPrincipal): boolean {
  if (named.all) return true;
  if (who.kind === 'service') return named.service.has(who.service!);
  if (who.kind === 'federated') return named.federated.has(who.provider!);
  if (who.kind === 'anonymous') return false;
  if (!namesAccount(named, who)) return false;
  if (who.kind === 'root') return true;
  if (!named.aws.has(who.identityArn) && !who.ids.some((id) => named.aws.has(id))) return false;
  return who.arn === who.identityArn || named.aws.has(who.arn);
}
