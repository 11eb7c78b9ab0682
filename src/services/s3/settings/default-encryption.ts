import type { ServerSideEncryptionRule } from '@aws-sdk/client-s3';
import type { Reader } from '../../../kernel/store/store.ts';
import type { Bucket } from '../records.ts';
import { readSetting } from './stored.ts';

/**
 * Since January 2023 every bucket encrypts with SSE-S3 at least; deleting the configuration goes back to it. Since April 2026 new buckets take
 * no customers' keys until they are told to. Source: S3 User Guide, "Blocking or unblocking SSE-C for a general purpose bucket".
 */
export const DEFAULT_RULE: ServerSideEncryptionRule = {
  ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' },
  BucketKeyEnabled: false,
  BlockedEncryptionTypes: { EncryptionType: ['SSE-C'] },
};

/** How an object is encrypted that names no encryption of its own, whether bucket keys are on, and what must not be asked for. */
export async function defaultEncryption(
  reader: Reader,
  bucket: Bucket,
): Promise<{
  chosen: { algorithm: 'AES256' | 'aws:kms' | 'aws:kms:dsse'; keyId?: string };
  bucketKey: boolean;
  blocked: Set<string>;
}> {
  const rule = (await readSetting(reader, bucket.name, 'encryption'))?.Rules?.[0] ?? DEFAULT_RULE;
  const { SSEAlgorithm, KMSMasterKeyID } = rule.ApplyServerSideEncryptionByDefault!;
  const algorithm = SSEAlgorithm as 'AES256' | 'aws:kms' | 'aws:kms:dsse';
  const { EncryptionType = [] } = rule.BlockedEncryptionTypes ?? DEFAULT_RULE.BlockedEncryptionTypes!;
  return {
    chosen: { algorithm, ...(KMSMasterKeyID === undefined ? {} : { keyId: KMSMasterKeyID }) },
    bucketKey: rule.BucketKeyEnabled ?? false,
    blocked: new Set(EncryptionType),
  };
}
