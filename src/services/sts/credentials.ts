import { randomBytes } from 'node:crypto';
import type { Credentials } from '@aws-sdk/client-sts';
import type { Call } from '../../kernel/call.ts';
import type { Principal, Session } from '../../kernel/principals/principal.ts';
import { SESSION_TOKEN_BYTES_MAX } from './limits.ts';

/** What AWS's tokens of today begin with: base64 of `!\n\torigin_ec`. */
const TOKEN_START = 'IQoJb3JpZ2luX2Vj';
const TOKEN_RANDOM_BYTES = 252;
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

export type Issued = { Credentials: Credentials; SessionTokenSize: number; SessionTokenUtilization: number };

/**
 * New credentials of a session, stored: they hold on every process and after the next start.
 *
 * @param seconds how long they last
 * @param tokenBytesMin `MinimumSessionTokenSize`
 */
export async function issue(
  call: Call,
  {
    principal,
    seconds,
    tokenBytesMin = 0,
  }: { principal: Principal & { session: Session }; seconds: number; tokenBytesMin?: number | undefined },
): Promise<Issued> {
  const { ids, principals } = call.kernel;
  const expiresAtMs = principal.session.issuedAtMs + seconds * 1000;
  // Base64 of 3 bytes is 4 characters, so that the token is as long as was asked for or a little longer.
  const asked = Math.ceil(Math.max(0, tokenBytesMin - TOKEN_START.length) / 4) * 3;
  const sessionToken = TOKEN_START + randomBytes(Math.max(TOKEN_RANDOM_BYTES, asked)).toString('base64');
  const credential = {
    accessKeyId: `ASIA${ids.text(16, BASE32)}`,
    secretAccessKey: randomBytes(30).toString('base64'),
    sessionToken,
    expiresAtMs,
    createdAtMs: principal.session.issuedAtMs,
    principal,
  };
  await principals.save(credential);
  return {
    Credentials: {
      AccessKeyId: credential.accessKeyId,
      SecretAccessKey: credential.secretAccessKey,
      SessionToken: sessionToken,
      Expiration: new Date(expiresAtMs),
    },
    SessionTokenSize: sessionToken.length,
    SessionTokenUtilization: Math.ceil((100 * sessionToken.length) / SESSION_TOKEN_BYTES_MAX),
  };
}
