import { holds } from './conditions.ts';
import { arnParts, matchesArn } from './pattern.ts';
import { gradeOf, type Grade } from './principal.ts';
import type { Decision, NamedPolicy, PolicyRequest, Settled, Sources, Statement, StatementRef } from './types.ts';

/**
 * The decision. Source: IAM User Guide, "Policy evaluation logic" and "Cross-account policy evaluation logic".
 *
 * An explicit deny anywhere settles it. Then service control policies must allow at every level of the organization; then the resource's
 * own policies and the identity's are asked: within an account either is enough (but see `Grade`, and `closed` resources), across
 * accounts both are needed; permissions boundary and session policies narrow what the identity's allow.
 */
export function decide(request: PolicyRequest, sources: Sources): Decision {
  const asked = { action: request.action.toLowerCase(), parts: arnParts(request.resource), request };
  const walk = (policies: readonly NamedPolicy[] | undefined, settled: Settled) =>
    policies === undefined ? EMPTY : scan(policies, settled, asked);
  const serviceControl = sources.serviceControl?.map(({ policies }) => walk(policies, 'service-control'));
  const resource = walk(sources.resource, 'resource');
  const identity = walk(sources.gone ? undefined : sources.identity, 'identity');
  const boundary = sources.boundary && walk([sources.boundary], 'boundary');
  const session = sources.session && walk(sources.session, 'session');

  for (const found of [...(serviceControl ?? []), resource, identity, boundary, session])
    if (found && found.denied.length > 0)
      return { allowed: false, explicit: true, by: found.settled, matched: found.denied };

  const implicit = (by: Settled): Decision => ({ allowed: false, explicit: false, by, matched: [] });
  const allow = (...from: Found[]): Decision => ({
    allowed: true,
    explicit: false,
    by: from[0]!.settled,
    matched: from.flatMap(({ allowed }) => allowed),
  });
  if (serviceControl?.some(({ allowed }) => allowed.length === 0)) return implicit('service-control');

  const { kind, account } = request.principal;
  const { grade } = resource;
  if (kind === 'anonymous' || kind === 'service' || kind === 'federated')
    return grade === undefined ? implicit('resource') : allow(resource);
  if (sources.gone) return implicit('identity');

  const within = account === sources.owner;
  // Across accounts, and on closed resources, the resource's policies must open the door.
  if ((!within || sources.closed) && grade === undefined) return implicit('resource');
  if (within && grade === 'direct') return allow(resource);
  const byResource = within && grade === 'identity';
  if (!byResource && kind !== 'root' && identity.allowed.length === 0) return implicit('identity');
  if (boundary && boundary.allowed.length === 0) return implicit('boundary');
  if (session && session.allowed.length === 0) return implicit('session');
  return byResource ? allow(resource) : allow(identity, ...(within ? [] : [resource]));
}

type Asked = { action: string; parts: readonly string[]; request: PolicyRequest };

type Found = { settled: Settled; denied: StatementRef[]; allowed: StatementRef[]; grade?: Grade };

const EMPTY: Found = { settled: 'identity', denied: [], allowed: [] };

const RANK: Record<Grade, number> = { account: 1, identity: 2, direct: 3 };

function scan(policies: readonly NamedPolicy[], settled: Settled, asked: Asked): Found {
  const found: Found = { settled, denied: [], allowed: [] };
  for (const policy of policies) {
    for (const statement of policy.policy.statements) {
      if (!asksFor(statement, asked)) continue;
      const grade = gradeOf(statement, asked.request.principal);
      if (grade === undefined || !conditionsHold(statement, asked)) continue;
      const ref: StatementRef = { policy, statement, settled };
      if (statement.effect === 'Deny') found.denied.push(ref);
      else {
        found.allowed.push(ref);
        if (found.grade === undefined || RANK[grade] > RANK[found.grade]) found.grade = grade;
      }
    }
  }
  return found;
}

/** Whether the statement is about the action and the resource. */
export function asksFor(statement: Statement, { action, parts, request }: Asked): boolean {
  if (statement.action(action) === statement.notAction) return false;
  return meansResource(statement, parts, request);
}

export function meansResource(statement: Statement, parts: readonly string[], { context }: PolicyRequest): boolean {
  for (const one of statement.resources) if (matchesArn(one, parts, context)) return !statement.notResource;
  return statement.notResource;
}

function conditionsHold(statement: Statement, { request }: Asked): boolean {
  for (const condition of statement.conditions) if (!holds(condition, request.context)) return false;
  return true;
}
