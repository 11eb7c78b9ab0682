import { holds } from './conditions.ts';
import { decide, meansResource } from './decide.ts';
import { arnParts } from './pattern.ts';
import { gradeOf } from './principal.ts';
import type { ContextValue, Decision, NamedPolicy, PolicyRequest, Settled, Sources, Statement } from './types.ts';

/** Why a statement does or does not speak of a request. */
export type StatementReason = {
  statement: number;
  sid?: string;
  effect: 'Allow' | 'Deny';
  applies: boolean;
  /** What did not match; absent when it applies. */
  because?: string;
};

export type PolicyReason = { type: Settled; id: string; from: string; statements: StatementReason[] };

export type Explanation = {
  action: string;
  resource: string;
  principal: string;
  allowed: boolean;
  explicit: boolean;
  by: Settled;
  policies: PolicyReason[];
  /** Condition keys that the policies look at, and what the request had for them. */
  context: Record<string, ContextValue | null>;
};

/** The decision with its whole reasoning: each statement of each policy, and the first thing in it that did not match. */
export function explain(request: PolicyRequest, sources: Sources): Explanation {
  const decision: Decision = decide(request, sources);
  const all: [Settled, readonly NamedPolicy[]][] = [
    ...(sources.serviceControl ?? []).map(({ policies }): [Settled, readonly NamedPolicy[]] => [
      'service-control',
      policies,
    ]),
    ['resource', sources.resource],
    ['identity', sources.gone ? [] : sources.identity],
    ['boundary', sources.boundary ? [sources.boundary] : []],
    ['session', sources.session ?? []],
  ];
  const keys = new Set(all.flatMap(([, policies]) => policies).flatMap(({ policy }) => [...policy.keys]));
  return {
    action: request.action,
    resource: request.resource,
    principal: request.principal.arn,
    allowed: decision.allowed,
    explicit: decision.explicit,
    by: decision.by,
    policies: all.flatMap(([type, policies]) =>
      policies.map(({ id, from, policy }) => ({
        type,
        id,
        from,
        statements: policy.statements.map((statement) => reasonOf(statement, request)),
      })),
    ),
    context: Object.fromEntries([...keys].sort().map((key) => [key, request.context(key) ?? null])),
  };
}

function reasonOf(statement: Statement, request: PolicyRequest): StatementReason {
  const because = missOf(statement, request);
  return {
    statement: statement.index,
    ...(statement.sid === undefined ? {} : { sid: statement.sid }),
    effect: statement.effect,
    applies: because === undefined,
    ...(because === undefined ? {} : { because }),
  };
}

function missOf(statement: Statement, request: PolicyRequest): string | undefined {
  if (statement.action(request.action.toLowerCase()) === statement.notAction)
    return `${statement.notAction ? 'NotAction' : 'Action'} ${statement.actions.join(', ')} ${statement.notAction ? 'excludes' : 'does not include'} ${request.action}`;
  if (!meansResource(statement, arnParts(request.resource), request))
    return `${statement.notResource ? 'NotResource' : 'Resource'} ${statement.resources.map(({ text }) => text).join(', ')} ${statement.notResource ? 'excludes' : 'does not include'} ${request.resource}`;
  if (gradeOf(statement, request.principal) === undefined)
    return `${statement.notPrincipal ? 'NotPrincipal spares' : 'Principal does not name'} ${request.principal.arn}`;
  const missed = statement.conditions.find((condition) => !holds(condition, request.context));
  if (!missed) return undefined;
  const value = request.context(missed.key);
  const has = value === undefined ? 'is not in the request' : `is ${JSON.stringify(value)}`;
  return `${missed.operator} ${missed.written}: wanted ${missed.values.join(' or ')}, ${missed.written} ${has}`;
}

const KINDS: Record<Settled, string> = {
  identity: 'identity-based policy',
  boundary: 'permissions boundary',
  session: 'session policy',
  'service-control': 'service control policy',
  resource: 'resource-based policy',
};
const article = (text: string) => (/^[aeiou]/.test(text) ? `an ${text}` : `a ${text}`);

/**
 * What AWS tells the caller: who, what, on which resource, and which kind of policy settled it. Source: IAM User Guide, "Troubleshoot
 * access denied error messages".
 * @param quoted S3 puts the resource in quotes
 */
export function denialMessage(request: PolicyRequest, decision: Decision, quoted = false): string {
  const { principal, action, resource } = request;
  const on = resource === '*' ? '' : ` on resource: ${quoted ? `"${resource}"` : resource}`;
  const kind = KINDS[decision.by];
  const why = decision.explicit
    ? `with an explicit deny in ${article(kind)}`
    : `because no ${kind} allows the ${action} action`;
  const who = principal.kind === 'anonymous' ? 'anonymous' : principal.arn;
  return `User: ${who} is not authorized to perform: ${action}${on} ${why}`;
}
