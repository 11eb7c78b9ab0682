import { metered } from '../../kernel/metered.ts';
import { defineService } from '../../kernel/service.ts';
import { access, resource } from './access.ts';
import { askOfBatch, BatchGetSecretValue } from './batch.ts';
import { ListSecrets } from './listing.ts';
import { GetRandomPassword } from './password.ts';
import {
  RemoveRegionsFromReplication,
  ReplicateSecretToRegions,
  REPLICATION_KIND,
  replicationJob,
  StopReplicationToReplica,
} from './replicas.ts';
import {
  DeleteResourcePolicy,
  GetResourcePolicy,
  PutResourcePolicy,
  ValidateResourcePolicy,
} from './resource-policy.ts';
import {
  askOfRotation,
  CancelRotateSecret,
  RotateSecret,
  ROTATION_KIND,
  rotationJob,
  scheduleJob,
} from './rotation.ts';
import { SCHEDULE_KIND } from './schedule.ts';
import {
  CreateSecret,
  DeleteSecret,
  DELETION_KIND,
  deletionJob,
  DescribeSecret,
  RestoreSecret,
  UpdateSecret,
} from './secrets.ts';
import { TagResource, UntagResource } from './tags.ts';
import { GetSecretValue, PutSecretValue } from './values.ts';
import { ListSecretVersionIds, UpdateSecretVersionStage } from './versions.ts';

/** AWS Secrets Manager: secrets with versions, stages and rotation. CloudTrail counts all of its operations as management events. */
export const service = defineService<typeof import('@aws-sdk/client-secrets-manager')>({
  sdk: 'secrets-manager',
  operations: metered(
    {
      BatchGetSecretValue,
      CancelRotateSecret,
      CreateSecret,
      DeleteResourcePolicy,
      DeleteSecret,
      DescribeSecret,
      GetRandomPassword,
      GetResourcePolicy,
      GetSecretValue,
      ListSecrets,
      ListSecretVersionIds,
      PutResourcePolicy,
      PutSecretValue,
      RemoveRegionsFromReplication,
      ReplicateSecretToRegions,
      RestoreSecret,
      RotateSecret,
      StopReplicationToReplica,
      TagResource,
      UntagResource,
      UpdateSecret,
      UpdateSecretVersionStage,
      ValidateResourcePolicy,
    },
    () => ({ type: 'AWSSecretsManagerAPIRequest', quantity: 1, unit: 'requests' }),
  ),
  access,
  asks: { BatchGetSecretValue: askOfBatch, RotateSecret: askOfRotation },
  resource,
  jobs: {
    [DELETION_KIND]: deletionJob,
    [REPLICATION_KIND]: replicationJob,
    [ROTATION_KIND]: rotationJob,
    [SCHEDULE_KIND]: scheduleJob,
  },
});
