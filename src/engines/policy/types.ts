/** Policies as they are decided by: parsed once, matched many times. */
export type Effect = 'Allow' | 'Deny';

/**
 * What a policy is attached to decides what it may say: a resource's names principals, an identity's must not, a role's trust names no
 * resources.
 */
export type PolicyKind = 'identity' | 'resource' | 'trust' | 'boundary' | 'session' | 'service-control';

/** Piece of a pattern: text as it is, a run of anything (`*`), one character (`?`), or a variable to be filled from the request. */
export type Token = string | { any: true } | { one: true } | { variable: string; fallback?: string };

/** A pattern ready to match, or one that must be filled first. */
export type Pattern = {
  readonly text: string;
  /** Without variables: matches at once. */
  readonly matches?: (value: string) => boolean;
  readonly tokens?: readonly Token[];
};

/** An ARN's pattern: its first five parts and the rest, each held against its own part. `undefined`: any resource. */
export type ArnPattern = { readonly text: string; readonly parts?: readonly Pattern[]; readonly all: boolean };

export type PrincipalPattern = {
  readonly all: boolean;
  /** As written: ARNs, account ids, unique ids. */
  readonly aws: ReadonlySet<string>;
  readonly service: ReadonlySet<string>;
  readonly federated: ReadonlySet<string>;
  readonly canonical: ReadonlySet<string>;
};

export type Condition = {
  /** As written: `ForAllValues:StringLikeIfExists`. */
  readonly operator: string;
  readonly qualifier?: 'all' | 'any';
  readonly ifExists: boolean;
  readonly negated: boolean;
  readonly isNull: boolean;
  /** Lower case. */
  readonly key: string;
  readonly written: string;
  readonly values: readonly string[];
  /** Whether one value of the request meets one of the policy's. */
  readonly test: (value: string, context: Context) => boolean;
};

export type Statement = {
  readonly index: number;
  readonly sid?: string;
  readonly effect: Effect;
  /** Of the lower-case action. */
  readonly action: (action: string) => boolean;
  readonly notAction: boolean;
  readonly actions: readonly string[];
  readonly resources: readonly ArnPattern[];
  /** Absent for trust policies: they stand on the one resource they speak of. */
  readonly notResource: boolean;
  readonly principal?: PrincipalPattern;
  readonly notPrincipal: boolean;
  readonly conditions: readonly Condition[];
};

export type Policy = {
  readonly kind: PolicyKind;
  readonly version: string;
  readonly statements: readonly Statement[];
  /** Condition keys that conditions and variables look at, in lower case. */
  readonly keys: ReadonlySet<string>;
};

export type ContextValue = string | readonly string[];

/** The value of a condition key, by its lower-case name; undefined when the request does not have it. */
export type Context = (key: string) => ContextValue | undefined;

/** Who asks, as policies name them. */
export type PolicyPrincipal = {
  kind: 'root' | 'user' | 'role-session' | 'federated-user' | 'federated' | 'service' | 'anonymous';
  account: string;
  /** Of the session, where there is one. */
  arn: string;
  /** The role behind a session; else as `arn`. */
  identityArn: string;
  /** Unique ids by which resource policies may still name it: AIDA…, AROA…. */
  ids: readonly string[];
  service?: string;
  /** ARN of a SAML or OIDC provider, or the name of a built-in one. */
  provider?: string;
  /** S3's name for its account. */
  canonicalId?: string;
};

export type PolicyRequest = {
  readonly principal: PolicyPrincipal;
  readonly action: string;
  /** An ARN, or `*` where the action has no resource. */
  readonly resource: string;
  readonly context: Context;
};

export type NamedPolicy = {
  /** ARN or name. */
  readonly id: string;
  /** Where it comes from, for people: `inline`, `group analysts`, `bucket policy`. */
  readonly from: string;
  readonly policy: Policy;
};

/** All that bears on a request. */
export type Sources = {
  readonly identity: readonly NamedPolicy[];
  readonly boundary?: NamedPolicy;
  /** Absent: the session is not narrowed. Empty: to nothing. */
  readonly session?: readonly NamedPolicy[];
  /** From the organization's root to the account; each level must allow. */
  readonly serviceControl?: readonly { readonly node: string; readonly policies: readonly NamedPolicy[] }[];
  readonly resource: readonly NamedPolicy[];
  /** The account that owns the resource. */
  readonly owner: string;
  /** Only `resource` lets anyone in, or leaves it to the account. */
  readonly closed?: boolean;
  /** The identity is gone. */
  readonly gone?: boolean;
};

/** Which kind of policy settled it. */
export type Settled = 'identity' | 'boundary' | 'session' | 'service-control' | 'resource';

export type StatementRef = { readonly policy: NamedPolicy; readonly statement: Statement; readonly settled: Settled };

export type Decision = {
  readonly allowed: boolean;
  /** A statement says Deny; otherwise nothing says Allow. */
  readonly explicit: boolean;
  /** The kind of policy that denied, or that let in. */
  readonly by: Settled;
  /** The statements that denied, or that let in. */
  readonly matched: readonly StatementRef[];
};
