import type { Call } from '../../kernel/call.ts';
import type { Handlers } from '../../kernel/service.ts';
import { issue } from './credentials.ts';
import { withSession } from './errors.ts';
import { ROOT_SESSION_SECONDS_MAX, USER_SESSION_SECONDS_DEFAULT } from './limits.ts';
import { secondFactor } from './second-factor.ts';
import { sessionPolicies } from './session-policy.ts';
import { sessionTags } from './session-tags.ts';

type Sts = Handlers<typeof import('@aws-sdk/client-sts')>;

/** Temporary credentials with the caller's own rights. Source: STS API Reference, GetSessionToken. */
export const GetSessionToken: Sts['GetSessionToken'] = async (call, input) => {
  const principal = longTerm(call, 'GetSessionToken');
  const mfaAtMs = await secondFactor(call, input);
  return issue(call, {
    principal: {
      ...principal,
      session: { issuedAtMs: call.kernel.clock.now(), ...(mfaAtMs === undefined ? {} : { mfaAtMs }) },
    },
    seconds: secondsOf(call, input.DurationSeconds),
    tokenBytesMin: input.MinimumSessionTokenSize,
  });
};

/**
 * Temporary credentials for somebody of the caller's own application: they may what the session policies and the caller's own policies
 * both allow. Source: STS API Reference, GetFederationToken.
 */
export const GetFederationToken: Sts['GetFederationToken'] = async (call, input) => {
  const { account, arn: issuer } = longTerm(call, 'GetFederationToken');
  const { tags, any } = sessionTags(input.Tags, undefined);
  const { PackedPolicySize, ...policies } = await sessionPolicies(call, input, { account, tags });
  const arn = federatedUserArn(call, input.Name!);
  const id = `${account}:${input.Name}`;
  const issued = await issue(call, {
    principal: {
      type: 'federated-user',
      account,
      arn,
      id,
      name: input.Name!,
      issuer,
      session: { issuedAtMs: call.kernel.clock.now(), ...policies, ...(any ? { tags } : {}) },
    },
    seconds: secondsOf(call, input.DurationSeconds),
    tokenBytesMin: input.MinimumSessionTokenSize,
  });
  return {
    ...issued,
    FederatedUser: { FederatedUserId: id, Arn: arn },
    ...(PackedPolicySize === undefined ? {} : { PackedPolicySize }),
  };
};

export const federatedUserArn = (call: Call, name: string) =>
  `arn:${call.partition}:sts::${call.account}:federated-user/${name}`;

/** The caller, who must have signed with a key of its own. */
function longTerm(call: Call, operation: string) {
  const { principal } = call;
  if ((principal.type !== 'user' && principal.type !== 'root') || principal.session) throw withSession(operation);
  return principal;
}

function secondsOf({ principal }: Call, asked = USER_SESSION_SECONDS_DEFAULT): number {
  return principal.type === 'root' ? Math.min(asked, ROOT_SESSION_SECONDS_MAX) : asked;
}
