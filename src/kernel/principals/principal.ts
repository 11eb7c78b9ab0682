/**
 * What a session adds to the identity it runs under. It travels with the principal, so that a call one service makes for another is
 * decided as the caller's own would be.
 */
export type Session = {
  /** Virtual ms. */
  issuedAtMs: number;
  /** Session policy given inline, as text: narrows what the identity may. */
  policy?: string;
  /** Managed policies given as session policies. */
  policyArns?: string[];
  /** Session tags; they go before the tags of the role or user. */
  tags?: Record<string, string>;
  /** Which of them a chained session keeps. */
  transitiveTagKeys?: string[];
  sourceIdentity?: string;
  /** A second factor was shown when the session was made; virtual ms. */
  mfaAtMs?: number;
  /** Made with the credentials of a role session: lasts an hour at most. */
  chained?: boolean;
  /** The service that assumed the role for work of its own: `bedrock.amazonaws.com`. */
  assumedBy?: string;
  /** ARN of the SAML or OIDC provider that vouched for whoever has the session. */
  federatedProvider?: string;
  /** Condition keys that the session fixes, in lower case: `saml:sub`, `token.example.com:aud`. */
  keys?: Record<string, string | string[]>;
};

type Identity = { account: string; arn: string; id: string; session?: Session };

/** Who is calling. */
export type Principal = Identity &
  (
    | { type: 'root' }
    | { type: 'user'; name: string }
    | { type: 'assumed-role'; roleArn: string; sessionName: string }
    | {
        type: 'federated-user';
        name: string;
        /** ARN of the user (or root) that made the session: its policies hold. */ issuer: string;
      }
    | {
        type: 'service';
        service: string;
        /** For whom the service acts: `aws:SourceArn` and `aws:SourceAccount`. */
        sourceArn?: string;
        sourceAccount?: string;
      }
    | { type: 'anonymous' }
  );

export function rootOf(account: string, partition = 'aws'): Principal & { type: 'root' } {
  return { type: 'root', account, arn: `arn:${partition}:iam::${account}:root`, id: account };
}

/** The partition that an identity is of: its credentials are none in others. */
export const partitionOfArn = (arn: string): string | undefined => /^arn:([^:]+):/.exec(arn)?.[1];

/** Somebody whom an identity provider vouches for, asking for a role of `account`; no principal until it has its session. */
export type FederatedSignIn = {
  account: string;
  /** ARN of the SAML or OIDC provider, as trust policies name it. */
  provider: string;
};

/** A service, acting by itself for a resource of `account`. */
export function servicePrincipal(
  service: string,
  account: string,
  source: { sourceArn?: string; sourceAccount?: string } = {},
): Principal & { type: 'service' } {
  return { type: 'service', account, arn: service, id: service, service, ...source };
}

export const ANONYMOUS: Principal = { type: 'anonymous', account: 'anonymous', arn: '*', id: 'anonymous' };

/** The IAM identity behind a principal: the role of a session, the user of a federated one. */
export function identityArn(principal: Principal): string {
  if (principal.type === 'assumed-role') return principal.roleArn;
  if (principal.type === 'federated-user') return principal.issuer;
  return principal.arn;
}

/** How policies name a principal; the shape that engines/policy decides by. */
export function policyNames(principal: Principal) {
  const { account, arn, id, type, session } = principal;
  return {
    kind: type === 'assumed-role' ? ('role-session' as const) : type,
    account,
    arn,
    identityArn: type === 'assumed-role' ? principal.roleArn : arn,
    // A session's id is `<role id>:<session name>`.
    ids: type === 'assumed-role' ? [id.split(':')[0]!, id] : [id],
    ...(type === 'service' ? { service: principal.service } : {}),
    ...(session?.federatedProvider === undefined ? {} : { provider: session.federatedProvider }),
  };
}
