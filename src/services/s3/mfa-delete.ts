import type { Call } from '../../kernel/call.ts';
import { checkMfaCode } from '../../kernel/principals/mfa.ts';
import { AwsError } from '../../kernel/errors.ts';
import type { Bucket } from './records.ts';

/**
 * MFA delete: in a bucket that has it on, deleting versions and changing the state of versioning need a code of the second factor of the
 * bucket owner's root. Source: S3 User Guide, "Configuring MFA delete".
 */
const refused = (message: string) => new AwsError('AccessDenied', message, 403);

export const mfaNeeded = () => refused('Mfa Authentication must be used for this request');

/**
 * Checks the header `x-amz-mfa` (serial number, space, code) and uses the code up. Resolves with whether there was one. Throws AccessDenied
 * for a wrong one, and for anyone but the root of the bucket's owner.
 */
export async function checkMfa(call: Call, bucket: Bucket, header: string | undefined): Promise<boolean> {
  if (header === undefined) return false;
  const { principal, kernel } = call;
  if (principal.type !== 'root' || principal.account !== bucket.account)
    throw refused('Only the root user of the bucket owner can use MFA for this request');
  const [, serial, code] = /^(\S+)\s+(\d{6})$/.exec(header.trim()) ?? [];
  if (serial === undefined || code === undefined) throw mfaNeeded();
  const result = await kernel.store.transact((tx) =>
    checkMfaCode(tx, {
      account: bucket.account,
      userArn: principal.arn,
      serial,
      code,
      nowMs: kernel.clock.now(),
      keys: kernel.keys,
    }),
  );
  if (result !== 'valid') throw refused('The MFA serial number or token code that was provided is not valid');
  return true;
}
