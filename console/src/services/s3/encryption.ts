import type { ServerSideEncryptionConfiguration } from '@aws-sdk/client-s3';
import type { Encryption } from './fields.tsx';

/** A bucket's default encryption as PutBucketEncryption takes it. */
export const encryptionRules = (
  { algorithm, keyId }: Encryption,
  bucketKey: boolean,
): ServerSideEncryptionConfiguration => ({
  Rules: [
    {
      ApplyServerSideEncryptionByDefault: {
        SSEAlgorithm: algorithm === '' ? 'AES256' : algorithm,
        ...(algorithm.startsWith('aws:kms') && keyId !== '' ? { KMSMasterKeyID: keyId } : {}),
      },
      BucketKeyEnabled: algorithm === 'aws:kms' && bucketKey,
    },
  ],
});

/** The members of an upload or a copy that say how the object is encrypted. */
export const encryptionOf = ({ algorithm, keyId }: Encryption) => ({
  ...(algorithm === '' ? {} : { ServerSideEncryption: algorithm }),
  ...(algorithm.startsWith('aws:kms') && keyId !== '' ? { SSEKMSKeyId: keyId } : {}),
});
