import type { Call } from '../../kernel/call.ts';
import { AwsError } from '../../kernel/errors.ts';
import type { Handlers } from '../../kernel/service.ts';
import { ROOT_SESSION_SECONDS_MAX, SESSION_SECONDS_DEFAULT } from './limits.ts';

type Sts = Handlers<typeof import('@aws-sdk/client-sts')>;

/** Temporary credentials with the caller's own rights. Source: STS API Reference, GetSessionToken. */
export const GetSessionToken: Sts['GetSessionToken'] = async (call, input) => {
  const { credential } = await callerCredential(call);
  if (credential?.sessionToken !== undefined)
    throw new AwsError('AccessDenied', 'Cannot call GetSessionToken with session credentials', 403);
  if (input.SerialNumber !== undefined || input.TokenCode !== undefined)
    throw new AwsError('AccessDenied', 'MultiFactorAuthentication failed with invalid MFA one time pass code.', 403);
  const isRoot = call.principal.type === 'root';
  const asked = input.DurationSeconds ?? SESSION_SECONDS_DEFAULT;
  // AWS does not refuse a long session of the root user: it gives one hour.
  const seconds = isRoot ? Math.min(asked, ROOT_SESSION_SECONDS_MAX) : asked;
  const { ids, clock, principals } = call.kernel;
  const issuedAtMs = clock.now();
  const session = {
    accessKeyId: `ASIA${ids.text(16, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567')}`,
    secretAccessKey: ids.text(40),
    sessionToken: `IQoJb3JpZ2lu${ids.text(340)}`,
    expiresAtMs: issuedAtMs + seconds * 1000,
    issuedAtMs,
    principal: call.principal,
  };
  await principals.save(session);
  return {
    Credentials: {
      AccessKeyId: session.accessKeyId,
      SecretAccessKey: session.secretAccessKey,
      SessionToken: session.sessionToken,
      Expiration: new Date(session.expiresAtMs),
    },
  };
};

/**
 * Roles are made with IAM, which is not built yet: no role stands, so none can be assumed. AWS answers for a role that does not exist as
 * for one that does not trust the caller.
 */
export const AssumeRole: Sts['AssumeRole'] = (call, input) => {
  if (call.principal.type === 'root')
    throw new AwsError('AccessDenied', 'Roles may not be assumed by root accounts.', 403);
  throw new AwsError(
    'AccessDenied',
    `User: ${call.principal.arn} is not authorized to perform: sts:AssumeRole on resource: ${input.RoleArn}`,
    403,
  );
};

async function callerCredential(call: Call) {
  return {
    credential: call.accessKeyId === undefined ? undefined : await call.kernel.principals.credential(call.accessKeyId),
  };
}
