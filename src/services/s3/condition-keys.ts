import type { Call } from '../../kernel/call.ts';
import type { ConditionKeys } from '../../kernel/access.ts';
import { readCopySource } from './copy-source.ts';

/** The members of S3's inputs that policies can look at. */
export type Asked = {
  Bucket?: string | undefined;
  Key?: string | undefined;
  VersionId?: string | undefined;
  CopySource?: string | undefined;
  TaggingDirective?: string | undefined;
  Prefix?: string | undefined;
  Delimiter?: string | undefined;
  MaxKeys?: number | undefined;
  IfMatch?: string | undefined;
  IfNoneMatch?: string | undefined;
  BypassGovernanceRetention?: boolean | undefined;
  [member: string]: unknown;
};

/** Condition keys whose values are headers of the request: the member that carries each. */
const HEADERS: Record<string, string> = {
  's3:if-match': 'IfMatch',
  's3:if-none-match': 'IfNoneMatch',
  's3:object-lock-legal-hold': 'ObjectLockLegalHoldStatus',
  's3:object-lock-mode': 'ObjectLockMode',
  's3:x-amz-acl': 'ACL',
  's3:x-amz-grant-full-control': 'GrantFullControl',
  's3:x-amz-grant-read': 'GrantRead',
  's3:x-amz-grant-read-acp': 'GrantReadACP',
  's3:x-amz-grant-write': 'GrantWrite',
  's3:x-amz-grant-write-acp': 'GrantWriteACP',
  's3:x-amz-metadata-directive': 'MetadataDirective',
  's3:x-amz-server-side-encryption': 'ServerSideEncryption',
  's3:x-amz-server-side-encryption-aws-kms-key-id': 'SSEKMSKeyId',
  's3:x-amz-server-side-encryption-customer-algorithm': 'SSECustomerAlgorithm',
  's3:x-amz-storage-class': 'StorageClass',
  's3:x-amz-website-redirect-location': 'WebsiteRedirectLocation',
};

const DAY_MS = 86_400_000;
/** Operations that end in an object that was not there before: parts and unfinished uploads are none. */
const CREATING = new Set(['PutObject', 'CopyObject', 'CompleteMultipartUpload']);

/**
 * Condition keys of a request that writes an object, or changes one. Source: Service Authorization Reference, "Condition keys for Amazon
 * S3"; S3 User Guide, "Enforce conditional writes on Amazon S3 buckets".
 */
export function writeKeys(call: Call, input: Asked): ConditionKeys {
  const keys: Record<string, string | number | boolean | readonly string[]> = {};
  for (const [key, member] of Object.entries(HEADERS)) {
    const value = input[member];
    if (typeof value === 'string') keys[key] = value;
  }
  if (input.CopySource !== undefined) {
    const { bucket, key, versionId } = readCopySource(input.CopySource);
    keys['s3:x-amz-copy-source'] = `${bucket}/${key}${versionId === undefined ? '' : `?versionId=${versionId}`}`;
  }
  const { Mode, RetainUntilDate } = (input['Retention'] ?? {}) as { Mode?: string; RetainUntilDate?: Date };
  if (Mode !== undefined) keys['s3:object-lock-mode'] = Mode;
  const until = RetainUntilDate ?? (input['ObjectLockRetainUntilDate'] as Date | undefined);
  if (until instanceof Date && !Number.isNaN(until.getTime())) {
    keys['s3:object-lock-retain-until-date'] = until.toISOString();
    keys['s3:object-lock-remaining-retention-days'] = Math.floor((until.getTime() - call.kernel.clock.now()) / DAY_MS);
  }
  const hold = (input['LegalHold'] as { Status?: string } | undefined)?.Status;
  if (hold !== undefined) keys['s3:object-lock-legal-hold'] = hold;
  const tags = tagsOf(input['Tagging']);
  if (tags) {
    for (const [name, value] of tags) keys[`s3:requestobjecttag/${name.toLowerCase()}`] = value;
    keys['s3:requestobjecttagkeys'] = tags.map(([name]) => name);
  }
  if (call.operation === 'CreateMultipartUpload') keys['s3:objectcreationoperation'] = false;
  else if (CREATING.has(call.operation)) keys['s3:objectcreationoperation'] = true;
  return keys;
}

/** The tags that come with a request: as a header, or as the body of PutObjectTagging. */
function tagsOf(given: unknown): [string, string][] | undefined {
  if (typeof given === 'string') return [...new URLSearchParams(given)];
  const set = (given as { TagSet?: { Key?: string; Value?: string }[] } | undefined)?.TagSet;
  return set?.map(({ Key = '', Value = '' }) => [Key, Value]);
}

export const versionKeys = ({ VersionId }: Pick<Asked, 'VersionId'>): ConditionKeys =>
  VersionId === undefined ? {} : { 's3:versionid': VersionId };

/** How the request was signed and came. Source: S3 API Reference, "Amazon S3 Signature Version 4 authentication specific policy keys". */
export function signatureKeys({ source: { signature, tlsVersion } }: Call): ConditionKeys {
  return {
    's3:signatureversion': signature?.algorithm,
    's3:authtype': signature && (signature.by === 'query' ? 'REST-QUERY-STRING' : 'REST-HEADER'),
    's3:signatureage': signature?.ageMs,
    's3:x-amz-content-sha256': signature?.contentSha256,
    's3:tlsversion': tlsVersion,
  };
}
