import type { Call } from '../../kernel/call.ts';
import { AwsError } from '../../kernel/errors.ts';
import type { KeyUse } from '../../kernel/keys/keys.ts';
import type { Bucket } from './records.ts';

/** How S3 uses KMS keys: with its caller's rights, in the bucket's region. */
export const keyUse = (call: Call, bucket: Bucket, context: Record<string, string>): KeyUse => ({
  principal: call.principal,
  region: bucket.region,
  service: 's3.amazonaws.com',
  ...(call.principal.type === 'service' ? {} : { via: call.via }),
  context,
  signal: call.signal,
});

/**
 * What KMS refuses, as S3 passes it on: `KMS.DisabledException` and the like with 400, a missing right as S3's own AccessDenied in KMS's
 * words. Source: S3 API Reference, "Error responses", error codes `KMS.*`.
 */
export function refusalOfKms(error: unknown): never {
  const { name, message, status, $metadata, $fault } = error as Error & {
    status?: number;
    $metadata?: { httpStatusCode?: number };
    $fault?: string;
  };
  if (name === 'AccessDeniedException' || name === 'AccessDenied') throw new AwsError('AccessDenied', message, 403);
  const known = name.endsWith('Exception') && ($fault !== undefined || status !== undefined || $metadata !== undefined);
  if (!known || $fault === 'server' || (status ?? 400) >= 500) throw error;
  throw new AwsError(`KMS.${name}`, message, 400, {}, { cause: error });
}
