import {
  BedrockClient,
  DeleteModelInvocationLoggingConfigurationCommand,
  GetModelInvocationLoggingConfigurationCommand,
} from '@aws-sdk/client-bedrock';
import { DeleteAliasCommand, DescribeKeyCommand, KMSClient, ScheduleKeyDeletionCommand } from '@aws-sdk/client-kms';
import {
  DeleteBucketCommand,
  DeleteObjectsCommand,
  HeadBucketCommand,
  ListObjectsV2Command,
  S3Client,
} from '@aws-sdk/client-s3';
import type { LabContext, Made } from '../frame/types.ts';
import { found, madeUser } from '../security/callers.ts';
import { INTRUDER } from './intruder.ts';

export const ALIAS = 'alias/labs-model-data';
/** A user who may read the bucket, for a check. */
export const READER = 'labs-reader';
const DELETED_AFTER_DAYS = 7;
export const dataBucket = ({ session }: LabContext): string => `labs-data-${session.account}`;
export const logBucket = ({ session }: LabContext): string => `labs-logs-${session.account}`;

/** The learner's key, by its alias. */
export async function keyOf({ send }: LabContext) {
  const told = await found(send(KMSClient, DescribeKeyCommand, { KeyId: ALIAS }));
  const { KeyId, Arn, KeyManager, KeyState, KeySpec } = told?.KeyMetadata ?? {};
  if (KeyId === undefined) return undefined;
  return {
    id: KeyId,
    arn: Arn!,
    manager: KeyManager,
    state: KeyState,
    own: KeyManager === 'CUSTOMER' && KeyState === 'Enabled' && KeySpec === 'SYMMETRIC_DEFAULT',
  };
}

type Statement = { Effect?: string; Principal?: unknown; Condition?: unknown };

/** Whether a policy allows everybody something, under no condition. */
export function isOpen(policy: string): boolean {
  const { Statement: read } = JSON.parse(policy) as { Statement?: Statement | Statement[] };
  return [read ?? []].flat().some(({ Effect, Principal, Condition }) => {
    const named = typeof Principal === 'object' && Principal ? Object.values(Principal).flat() : [Principal];
    return Effect === 'Allow' && Condition === undefined && named.includes('*');
  });
}

async function empty({ send }: LabContext, Bucket: string): Promise<void> {
  for (;;) {
    const { Contents = [] } = await send(S3Client, ListObjectsV2Command, { Bucket });
    if (Contents.length === 0) return;
    await send(S3Client, DeleteObjectsCommand, {
      Bucket,
      Delete: { Objects: Contents.map(({ Key }) => ({ Key: Key! })), Quiet: true },
    });
  }
}

async function madeBucket(context: LabContext, Bucket: string): Promise<Made[]> {
  const there = await found(context.send(S3Client, HeadBucketCommand, { Bucket }));
  return there
    ? [
        {
          type: 'Bucket, with all objects',
          name: Bucket,
          async remove() {
            await empty(context, Bucket);
            await context.send(S3Client, DeleteBucketCommand, { Bucket });
          },
        },
      ]
    : [];
}

/** What the lab made; a key is deleted after a week, as KMS demands. */
export async function madeByLab(context: LabContext): Promise<Made[]> {
  const { send } = context;
  const { loggingConfig } = await send(BedrockClient, GetModelInvocationLoggingConfigurationCommand, {});
  const key = await keyOf(context);
  return [
    ...(loggingConfig?.s3Config?.bucketName === logBucket(context)
      ? [
          {
            type: 'Configuration of invocation logs',
            name: logBucket(context),
            remove: () => send(BedrockClient, DeleteModelInvocationLoggingConfigurationCommand, {}),
          },
        ]
      : []),
    ...(await madeBucket(context, dataBucket(context))),
    ...(await madeBucket(context, logBucket(context))),
    ...(key
      ? [
          {
            type: `Key (scheduled, in ${DELETED_AFTER_DAYS} days) and alias`,
            name: `${ALIAS} ${key.id}`,
            async remove() {
              await send(KMSClient, DeleteAliasCommand, { AliasName: ALIAS });
              await send(KMSClient, ScheduleKeyDeletionCommand, {
                KeyId: key.id,
                PendingWindowInDays: DELETED_AFTER_DAYS,
              });
            },
          },
        ]
      : []),
    ...(await madeUser(context, READER)),
    ...(await madeUser(context, INTRUDER)),
  ];
}
