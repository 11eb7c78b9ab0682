import { metered } from '../../kernel/metered.ts';
import { defineService } from '../../kernel/service.ts';
import { access } from './access.ts';
import { Decapsulate, DeriveSharedSecret, Encapsulate } from './agreement.ts';
import { CreateAlias, DeleteAlias, ListAliases, UpdateAlias } from './aliases.ts';
import {
  GenerateDataKey,
  GenerateDataKeyPair,
  GenerateDataKeyPairWithoutPlaintext,
  GenerateDataKeyWithoutPlaintext,
  GenerateRandom,
} from './data-keys.ts';
import { CancelKeyDeletion, deletionJob, ScheduleKeyDeletion } from './deletion.ts';
import { Decrypt, Encrypt, ReEncrypt } from './encrypt.ts';
import { CreateGrant, ListGrants, ListRetirableGrants, RetireGrant, RevokeGrant } from './grants.ts';
import { DeleteImportedKeyMaterial, expiryJob, GetParametersForImport, ImportKeyMaterial } from './import.ts';
import { CreateKey, DescribeKey, DisableKey, EnableKey, ListKeys, UpdateKeyDescription } from './keys.ts';
import { usageOf } from './metering.ts';
import { ReplicateKey, UpdatePrimaryRegion } from './multi-region.ts';
import { GetKeyPolicy, ListKeyPolicies, PutKeyPolicy } from './policies.ts';
import { resource } from './resource.ts';
import { rotationJob } from './rotation-job.ts';
import {
  DisableKeyRotation,
  EnableKeyRotation,
  GetKeyRotationStatus,
  ListKeyRotations,
  RotateKeyOnDemand,
} from './rotation.ts';
import { GenerateMac, GetPublicKey, Sign, Verify, VerifyMac } from './signatures.ts';
import { ListResourceTags, TagResource, UntagResource } from './tags.ts';
import { GetKeyLastUsage } from './usage.ts';

/** AWS Key Management Service: keys that never leave it, and what is done with them. CloudTrail has every call as a management event. */
export const service = defineService<typeof import('@aws-sdk/client-kms')>({
  sdk: 'kms',
  operations: metered(
    {
      CancelKeyDeletion,
      CreateAlias,
      CreateGrant,
      CreateKey,
      Decapsulate,
      Decrypt,
      DeleteAlias,
      DeleteImportedKeyMaterial,
      DeriveSharedSecret,
      DescribeKey,
      DisableKey,
      DisableKeyRotation,
      EnableKey,
      EnableKeyRotation,
      Encapsulate,
      Encrypt,
      GenerateDataKey,
      GenerateDataKeyPair,
      GenerateDataKeyPairWithoutPlaintext,
      GenerateDataKeyWithoutPlaintext,
      GenerateMac,
      GenerateRandom,
      GetKeyLastUsage,
      GetKeyPolicy,
      GetKeyRotationStatus,
      GetParametersForImport,
      GetPublicKey,
      ImportKeyMaterial,
      ListAliases,
      ListGrants,
      ListKeyPolicies,
      ListKeyRotations,
      ListKeys,
      ListResourceTags,
      ListRetirableGrants,
      PutKeyPolicy,
      ReEncrypt,
      ReplicateKey,
      RetireGrant,
      RevokeGrant,
      RotateKeyOnDemand,
      ScheduleKeyDeletion,
      Sign,
      TagResource,
      UntagResource,
      UpdateAlias,
      UpdateKeyDescription,
      UpdatePrimaryRegion,
      Verify,
      VerifyMac,
    },
    usageOf,
  ),
  access,
  resource,
  // As AWS has it: the token is for who made the grant.
  trail: { CreateGrant: { response: ['GrantId'] } },
  jobs: {
    'kms/deletion': deletionJob,
    'kms/expiry': expiryJob,
    'kms/rotation': rotationJob,
  },
});
