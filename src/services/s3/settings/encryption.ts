import type { Handlers } from '../../../kernel/service.ts';
import { invalidArgument, malformedXml } from '../errors.ts';
import { DEFAULT_RULE } from './default-encryption.ts';
import { deleteSetting, getSetting, putSetting } from './setting.ts';

type S3 = Handlers<typeof import('@aws-sdk/client-s3')>;

const BLOCKABLE = new Set(['NONE', 'SSE-C']);

export const PutBucketEncryption: S3['PutBucketEncryption'] = async (call, input) => {
  const rules = input.ServerSideEncryptionConfiguration?.Rules;
  if (rules?.length !== 1) throw malformedXml();
  const [rule] = rules;
  const blocked = rule!.BlockedEncryptionTypes?.EncryptionType;
  if (blocked && (blocked.length !== 1 || !BLOCKABLE.has(blocked[0]!))) throw malformedXml();
  const byDefault = rule!.ApplyServerSideEncryptionByDefault ?? DEFAULT_RULE.ApplyServerSideEncryptionByDefault!;
  const { SSEAlgorithm: algorithm, KMSMasterKeyID: keyId } = byDefault;
  if (algorithm !== 'AES256' && algorithm !== 'aws:kms' && algorithm !== 'aws:kms:dsse') throw malformedXml();
  if (algorithm === 'AES256' && keyId !== undefined) {
    throw invalidArgument(
      'a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse',
      'ApplyServerSideEncryptionByDefault',
    );
  }
  await putSetting(call, input, 'encryption', {
    Rules: [
      {
        // S3 takes any key here: whether it can be used shows when an object is written.
        ApplyServerSideEncryptionByDefault: {
          SSEAlgorithm: algorithm,
          ...(keyId === undefined ? {} : { KMSMasterKeyID: keyId }),
        },
        BucketKeyEnabled: rule!.BucketKeyEnabled ?? false,
        BlockedEncryptionTypes: blocked ? { EncryptionType: blocked } : DEFAULT_RULE.BlockedEncryptionTypes,
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
