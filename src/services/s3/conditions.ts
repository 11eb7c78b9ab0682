import type { Call } from '../../kernel/call.ts';
import { AwsError } from '../../kernel/errors.ts';
import type { Reader } from '../../kernel/store/store.ts';
import { noSuchKey, notForGeneralPurpose, preconditionFailed } from './errors.ts';
import { httpDate, quoted } from './objects.ts';
import type { ObjectVersion } from './records.ts';
import { currentVersion } from './versions.ts';

/** Conditional requests. Source: S3 API Reference, GetObject and CopyObject; User Guide, "Conditional writes", "Conditional deletes". */
type ReadConditions = {
  IfMatch?: string | undefined;
  IfNoneMatch?: string | undefined;
  IfModifiedSince?: Date | undefined;
  IfUnmodifiedSince?: Date | undefined;
};

/** Whether a list of entity tags (quoted or not, `*` for any) names this one. */
export function matchesEtag(list: string, etag: string): boolean {
  return list.split(',').some((item) => {
    const text = item.trim();
    return text === '*' || text.replace(/^W\//, '').replace(/^"(.*)"$/, '$1') === etag;
  });
}

/** Which condition does not hold. The entity tag goes before the date of its pair; dates are compared in whole seconds. */
export function failedCondition(conditions: ReadConditions, version: ObjectVersion): keyof ReadConditions | undefined {
  const { IfMatch, IfNoneMatch, IfModifiedSince, IfUnmodifiedSince } = conditions;
  const modified = Math.floor(version.lastModifiedMs / 1000);
  const seconds = (date: Date) => Math.floor(date.getTime() / 1000);
  if (IfMatch !== undefined) {
    if (!matchesEtag(IfMatch, version.etag)) return 'IfMatch';
  } else if (IfUnmodifiedSince !== undefined && modified > seconds(IfUnmodifiedSince)) return 'IfUnmodifiedSince';
  if (IfNoneMatch !== undefined) {
    if (matchesEtag(IfNoneMatch, version.etag)) return 'IfNoneMatch';
  } else if (IfModifiedSince !== undefined && modified <= seconds(IfModifiedSince)) return 'IfModifiedSince';
  return undefined;
}

const WIRE_NAMES: Record<keyof ReadConditions, string> = {
  IfMatch: 'If-Match',
  IfNoneMatch: 'If-None-Match',
  IfModifiedSince: 'If-Modified-Since',
  IfUnmodifiedSince: 'If-Unmodified-Since',
};

/** Throws NotModified (304) or PreconditionFailed (412). */
export function checkRead(call: Call, input: ReadConditions, version: ObjectVersion): void {
  const failed = failedCondition(input, version);
  if (failed === undefined) return;
  if (failed === 'IfMatch' || failed === 'IfUnmodifiedSince') throw preconditionFailed(WIRE_NAMES[failed]);
  call.header('etag', quoted(version.etag));
  call.header('last-modified', httpDate(version.lastModifiedMs));
  throw new AwsError('NotModified', '', 304);
}

/** Conditions on the source of a copy: whatever fails is a 412. */
export function checkCopySource(conditions: ReadConditions, version: ObjectVersion): void {
  const failed = failedCondition(conditions, version);
  if (failed !== undefined) throw preconditionFailed(`x-amz-copy-source-${WIRE_NAMES[failed]}`);
}

export type WriteConditions = { IfMatch?: string | undefined; IfNoneMatch?: string | undefined };

/** Throws for conditions that S3 does not take on writes. */
export function checkWriteForm({ IfMatch, IfNoneMatch }: WriteConditions): void {
  if (IfNoneMatch !== undefined && IfNoneMatch !== '*') throw notForGeneralPurpose('If-None-Match');
  if (IfMatch !== undefined && IfNoneMatch !== undefined) throw notForGeneralPurpose('If-Match');
}

/** Holds a write against the current version. Throws PreconditionFailed, or NoSuchKey where there is nothing to match. */
export async function checkWrite(
  reader: Reader,
  bucket: string,
  key: string,
  { IfMatch, IfNoneMatch }: WriteConditions,
): Promise<void> {
  if (IfMatch === undefined && IfNoneMatch === undefined) return;
  const current = await currentVersion(reader, bucket, key);
  const live = current && !current.deleteMarker ? current : undefined;
  if (IfNoneMatch !== undefined && live) throw preconditionFailed('If-None-Match');
  if (IfMatch === undefined) return;
  if (!live) throw noSuchKey(key);
  if (!matchesEtag(IfMatch, live.etag)) throw preconditionFailed('If-Match');
}
