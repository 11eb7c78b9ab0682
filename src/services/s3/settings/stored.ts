import type {
  AccelerateConfiguration,
  BucketLifecycleConfiguration,
  CORSConfiguration,
  InventoryConfiguration,
  LoggingEnabled,
  NotificationConfiguration,
  ObjectLockConfiguration,
  OwnershipControls,
  PublicAccessBlockConfiguration,
  ReplicationConfiguration,
  RequestPaymentConfiguration,
  ServerSideEncryptionConfiguration,
  Tagging,
  TransitionDefaultMinimumObjectSize,
  WebsiteConfiguration,
} from '@aws-sdk/client-s3';
import type { Reader } from '../../../kernel/store/store.ts';
import type { PrincipalIds } from './policy-principals.ts';
import { bucketSettings, type Grant } from '../records.ts';

/** The settings of a bucket by kind, as they are stored: the SDK's own shapes but for a few. */
export type Settings = {
  accelerate: AccelerateConfiguration;
  acl: Grant[];
  cors: CORSConfiguration;
  encryption: ServerSideEncryptionConfiguration;
  inventory: InventoryConfiguration[];
  lifecycle: BucketLifecycleConfiguration & {
    TransitionDefaultMinimumObjectSize: TransitionDefaultMinimumObjectSize;
  };
  logging: LoggingEnabled;
  notification: NotificationConfiguration;
  'object-lock': ObjectLockConfiguration;
  /** New buckets have controls without any record; what was deleted is `removed`. */
  ownershipControls: OwnershipControls | 'removed';
  /** The document, as it was put. */
  policy: string;
  /** Whom it named when it was put. */
  'policy-principals': PrincipalIds;
  'public-access': PublicAccessBlockConfiguration | 'removed';
  replication: ReplicationConfiguration;
  'request-payment': RequestPaymentConfiguration;
  tagging: Tagging;
  website: WebsiteConfiguration;
};

export type SettingKind = keyof Settings;

/** The setting of a bucket by its name, without any check of the bucket. */
export async function readSetting<K extends SettingKind>(
  reader: Reader,
  bucket: string,
  kind: K,
): Promise<Settings[K] | undefined> {
  return (await reader.get(bucketSettings, [bucket, kind])) as Settings[K] | undefined;
}
