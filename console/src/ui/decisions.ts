/** A decision on a permission, as `/_outcrop/why` tells it, and what follows from it. */
export type StatementReason = {
  statement: number;
  sid?: string;
  effect: 'Allow' | 'Deny';
  applies: boolean;
  because?: string;
};
export type PolicyReason = { type: PolicyType; id: string; from: string; statements: StatementReason[] };
export type PolicyType = 'service-control' | 'resource' | 'identity' | 'boundary' | 'session';
export type Decision = {
  action: string;
  resource: string;
  principal: string;
  allowed: boolean;
  explicit: boolean;
  by: PolicyType;
  policies: PolicyReason[];
  context: Record<string, string | string[] | null>;
  /** Statements that do not apply were left out when it was kept. */
  shortened?: boolean;
};

export const KINDS: Record<PolicyType, string> = {
  'service-control': 'Service control policies',
  resource: 'Resource-based policies',
  identity: 'Identity-based policies',
  boundary: 'Permissions boundary',
  session: 'Session policies',
};
export const KIND: Record<PolicyType, string> = {
  'service-control': 'service control policy',
  resource: 'resource-based policy',
  identity: 'identity-based policy',
  boundary: 'permissions boundary',
  session: 'session policy',
};
/** As the evaluator asks them, after explicit denials. */
export const ORDER: PolicyType[] = ['service-control', 'resource', 'identity', 'boundary', 'session'];

export type Found = { policy: PolicyReason; statement: StatementReason };

const statementsOf = (policies: PolicyReason[], effect: 'Allow' | 'Deny'): Found[] =>
  policies.flatMap((policy) =>
    policy.statements
      .filter((statement) => statement.effect === effect && statement.applies)
      .map((statement) => ({ policy, statement })),
  );

export type Step = {
  kind: 'deny' | PolicyType;
  outcome: 'denied' | 'allowed' | 'nothing' | 'unused';
  /** The statements that made it so. */
  found: Found[];
  /** Levels of the organization at which nothing allows it. */
  levels?: string[];
  /** It ended the matter. */
  settled: boolean;
};

/** What each kind of policy says, in the order in which they are asked. */
export function stepsOf(decision: Decision): Step[] {
  const denied = statementsOf(decision.policies, 'Deny');
  const steps: Step[] = [
    { kind: 'deny', outcome: denied.length > 0 ? 'denied' : 'nothing', found: denied, settled: decision.explicit },
  ];
  for (const kind of ORDER) {
    const policies = decision.policies.filter(({ type }) => type === kind);
    const found = statementsOf(policies, 'Allow');
    const settled = !decision.explicit && decision.by === kind;
    // Of the organization each level must allow.
    const levels =
      kind === 'service-control'
        ? [...new Set(policies.map(({ from }) => from))].filter(
            (level) =>
              statementsOf(
                policies.filter(({ from }) => from === level),
                'Allow',
              ).length === 0,
          )
        : [];
    const blocked = found.length === 0 || levels.length > 0;
    // An identity without any policy is denied by its having none; a boundary that is not there bounds nothing.
    const unused = policies.length === 0 && !(settled && !decision.allowed);
    steps.push({
      kind,
      outcome: unused ? 'unused' : blocked ? 'nothing' : 'allowed',
      found,
      ...(levels.length > 0 ? { levels } : {}),
      settled,
    });
  }
  return steps;
}

export type Suggestion = {
  /** Where it goes: `an identity-based policy of arn:…`. */
  where: string;
  statement: Record<string, unknown>;
};
export type Remedy = {
  /** Denials that no Allow outweighs. */
  denials: Found[];
  /** All of them are needed. */
  suggestions: Suggestion[];
  /** Statements that would have allowed it, but for a condition. */
  near: Found[];
  notes: string[];
};

/** What would have allowed it: the least that each kind of policy has to say. Undefined where it was allowed. */
export function remedyOf(decision: Decision): Remedy | undefined {
  if (decision.allowed) return undefined;
  const { action, resource, policies } = decision;
  const steps = stepsOf(decision);
  const step = (kind: Step['kind']) => steps.find((one) => one.kind === kind)!;
  const denials = step('deny').found;
  const base = { Effect: 'Allow', Action: action, Resource: resource };
  const who = identityOf(decision.principal);
  const across = isAcross(decision);
  const suggestions: Suggestion[] = [];
  const notes: string[] = [];
  const control = step('service-control');
  if (control.outcome === 'nothing')
    for (const level of control.levels ?? [])
      suggestions.push({ where: `a service control policy attached to ${level}`, statement: base });
  const byResource = step('resource').outcome === 'allowed';
  const needsResource = !byResource && (decision.by === 'resource' || across) && !decision.explicit;
  if (needsResource)
    suggestions.push({
      where: `the resource-based policy of ${resource}`,
      statement: { ...base, Principal: principalOf(decision.principal) },
    });
  const named = who.startsWith('arn:') && !who.endsWith(':root');
  const needsIdentity =
    named &&
    step('identity').outcome !== 'allowed' &&
    (decision.by === 'identity' || across || ((decision.explicit || decision.by === 'service-control') && !byResource));
  if (needsIdentity) suggestions.push({ where: `an identity-based policy of ${who}`, statement: base });
  for (const kind of ['boundary', 'session'] as const)
    if (step(kind).outcome === 'nothing')
      suggestions.push({
        where:
          kind === 'boundary'
            ? `the permissions boundary of ${who}`
            : 'the session policy that the session was made with',
        statement: base,
      });
  if (denials.length > 0)
    notes.push(
      'No Allow outweighs an explicit Deny: the statement that denies has to change, or the request has to miss its conditions.',
    );
  if (denials.length > 0 && suggestions.length > 0)
    notes.push('Without the Deny it would still not be allowed: that takes the statements below as well.');
  if (suggestions.length > 1) notes.push('One of these is not enough by itself: each kind of policy has to allow it.');
  if (across) notes.push('Caller and resource are of different accounts: both sides have to allow it.');
  if (decision.shortened) notes.push('The reasoning was long and is kept without the statements that do not apply.');
  const near = policies.flatMap((policy) =>
    policy.statements
      .filter(({ effect, applies, because }) => effect === 'Allow' && !applies && /: wanted /.test(because ?? ''))
      .map((statement) => ({ policy, statement })),
  );
  return { denials, suggestions, near, notes };
}

/** The role behind a session; else as it is. */
export function identityOf(arn: string): string {
  const session = /^arn:([^:]+):sts::(\d+):assumed-role\/([^/]+)\//.exec(arn);
  return session ? `arn:${session[1]}:iam::${session[2]}:role/${session[3]}` : arn;
}

const principalOf = (arn: string) => (arn.startsWith('arn:') ? { AWS: identityOf(arn) } : { Service: arn });

function isAcross({ principal, resource }: Decision): boolean {
  const [mine, theirs] = [principal.split(':')[4], resource.split(':')[4]];
  return !!mine && !!theirs && /^\d{12}$/.test(theirs) && mine !== theirs;
}

/** `Sid`, or where it stands in its policy. */
export const statementName = ({ sid, statement }: StatementReason): string => sid ?? `Statement ${statement + 1}`;
