import type { Call } from '../../kernel/call.ts';
import { checkMfaCode } from '../../kernel/principals/mfa.ts';
import { accessDenied } from './errors.ts';

/**
 * Checks the code of the caller's MFA device and uses it up.
 *
 * @returns virtual ms of the check; undefined when neither serial number nor code was given
 */
export async function secondFactor(
  call: Call,
  { SerialNumber, TokenCode }: { SerialNumber?: string | undefined; TokenCode?: string | undefined },
): Promise<number | undefined> {
  if (SerialNumber === undefined && TokenCode === undefined) return undefined;
  if (SerialNumber === undefined || TokenCode === undefined)
    throw accessDenied('MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.');
  const { kernel, principal } = call;
  const nowMs = kernel.clock.now();
  const found = await kernel.store.transact((tx) =>
    checkMfaCode(tx, {
      account: principal.account,
      userArn: principal.arn,
      serial: SerialNumber,
      code: TokenCode,
      nowMs,
      keys: kernel.keys,
    }),
  );
  if (found === 'unknown device')
    throw accessDenied(
      'MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.',
    );
  if (found === 'invalid code')
    throw accessDenied('MultiFactorAuthentication failed with invalid MFA one time pass code.');
  return nowMs;
}
