import type { ServerSideEncryptionRule } from '@aws-sdk/client-s3';
import type { Reader } from '../../../kernel/store/store.ts';
import { notImplemented } from '../errors.ts';
import type { Bucket } from '../records.ts';
import { readSetting } from './stored.ts';

/** Since January 2023 every bucket encrypts with SSE-S3 at least; deleting the configuration goes back to it. */
export const DEFAULT_RULE: ServerSideEncryptionRule = {
  ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' },
  BucketKeyEnabled: false,
};

/** How an object is encrypted that names no encryption of its own. */
export async function defaultEncryption(reader: Reader, bucket: Bucket): Promise<{ algorithm: 'AES256' }> {
  const rule = (await readSetting(reader, bucket.name, 'encryption'))?.Rules?.[0] ?? DEFAULT_RULE;
  const algorithm = rule.ApplyServerSideEncryptionByDefault!.SSEAlgorithm;
  if (algorithm !== 'AES256') throw notImplemented(`SSEAlgorithm ${algorithm}`);
  return { algorithm };
}
