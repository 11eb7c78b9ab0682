import type { Kernel } from '../../../kernel/kernel.ts';
import type { Reader } from '../../../kernel/store/store.ts';
import { httpDate } from '../objects.ts';
import type { Bucket, ObjectVersion } from '../records.ts';
import { nextAbort, nextExpiry } from './lifecycle-rules.ts';
import { readSetting } from './stored.ts';

/** The `x-amz-expiration` header of a current version as a member of the answer: when which rule will expire it. Empty: none will. */
export async function expirationOf(
  call: { kernel: Kernel },
  bucket: Bucket,
  version: ObjectVersion,
): Promise<{ Expiration?: string }> {
  if (version.deleteMarker || version.noncurrentSinceMs !== undefined) return {};
  const configuration = await readSetting(call.kernel.store, bucket.name, 'lifecycle');
  const next = configuration && nextExpiry(configuration, version);
  if (!next) return {};
  return { Expiration: `expiry-date="${httpDate(next.atMs)}", rule-id="${encodeURIComponent(next.ruleId)}"` };
}

/** When and by which rule an upload will be aborted; S3 tells so in `x-amz-abort-date` and `x-amz-abort-rule-id`. */
export async function uploadAbort(
  reader: Reader,
  bucket: string,
  key: string,
  initiatedAtMs: number,
): Promise<{ AbortDate: Date; AbortRuleId: string } | undefined> {
  const configuration = await readSetting(reader, bucket, 'lifecycle');
  const next = configuration && nextAbort(configuration, key, initiatedAtMs);
  return next && { AbortDate: new Date(next.atMs), AbortRuleId: encodeURIComponent(next.ruleId) };
}
