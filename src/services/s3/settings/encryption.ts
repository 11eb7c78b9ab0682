import type { ServerSideEncryptionRule } from '@aws-sdk/client-s3';
import type { Reader } from '../../../kernel/store/store.ts';
import type { Handlers } from '../../../kernel/service.ts';
import { invalidArgument, malformedXml, notImplemented } from '../errors.ts';
import type { Bucket } from '../records.ts';
import { deleteSetting, getSetting, putSetting, readSetting } from './setting.ts';

type S3 = Handlers<typeof import('@aws-sdk/client-s3')>;

/** Since January 2023 every bucket encrypts with SSE-S3 at least; deleting the configuration goes back to it. */
const DEFAULT_RULE: ServerSideEncryptionRule = {
  ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' },
  BucketKeyEnabled: false,
};

export const PutBucketEncryption: S3['PutBucketEncryption'] = async (call, input) => {
  const rules = input.ServerSideEncryptionConfiguration?.Rules;
  if (rules?.length !== 1) throw malformedXml();
  const [rule] = rules;
  if (rule!.BlockedEncryptionTypes?.EncryptionType?.some((type) => type !== 'NONE'))
    throw notImplemented('BlockedEncryptionTypes');
  const byDefault = rule!.ApplyServerSideEncryptionByDefault ?? DEFAULT_RULE.ApplyServerSideEncryptionByDefault!;
  const { SSEAlgorithm: algorithm, KMSMasterKeyID: keyId } = byDefault;
  if (algorithm !== 'AES256' && algorithm !== 'aws:kms' && algorithm !== 'aws:kms:dsse') throw malformedXml();
  if (algorithm === 'AES256' && keyId !== undefined) {
    throw invalidArgument(
      'a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse',
      'ApplyServerSideEncryptionByDefault',
    );
  }
  if (algorithm !== 'AES256') throw notImplemented(`SSEAlgorithm ${algorithm}`);
  await putSetting(call, input, 'encryption', {
    Rules: [
      {
        ApplyServerSideEncryptionByDefault: { SSEAlgorithm: algorithm },
        BucketKeyEnabled: rule!.BucketKeyEnabled ?? false,
      },
    ],
  });
  return {};
};

export const GetBucketEncryption: S3['GetBucketEncryption'] = async (call, input) => {
  const { value } = await getSetting(call, input, 'encryption');
  return { ServerSideEncryptionConfiguration: value ?? { Rules: [DEFAULT_RULE] } };
};

export const DeleteBucketEncryption: S3['DeleteBucketEncryption'] = async (call, input) => {
  await deleteSetting(call, input, 'encryption');
  return {};
};

/** How an object is encrypted that names no encryption of its own. */
export async function defaultEncryption(reader: Reader, bucket: Bucket): Promise<{ algorithm: 'AES256' }> {
  const rule = (await readSetting(reader, bucket.name, 'encryption'))?.Rules?.[0] ?? DEFAULT_RULE;
  const algorithm = rule.ApplyServerSideEncryptionByDefault!.SSEAlgorithm;
  if (algorithm !== 'AES256') throw notImplemented(`SSEAlgorithm ${algorithm}`);
  return { algorithm };
}
