import type { Handlers, ServiceDefinition, ServiceJob } from '../../../kernel/service.ts';
import * as accelerate from './accelerate.ts';
import { accessLogJob, logAccess } from './access-log.ts';
import * as acl from './acl.ts';
import { cors as corsHeaders, DeleteBucketCors, GetBucketCors, PutBucketCors } from './cors.ts';
import { DeleteBucketEncryption, GetBucketEncryption, PutBucketEncryption } from './encryption.ts';
import { formUpload } from './form.ts';
import {
  DeleteBucketInventoryConfiguration,
  GetBucketInventoryConfiguration,
  ListBucketInventoryConfigurations,
  PutBucketInventoryConfiguration,
} from './inventory.ts';
import { inventoryJob } from './inventory-job.ts';
import {
  DeleteBucketLifecycle,
  GetBucketLifecycleConfiguration,
  PutBucketLifecycleConfiguration,
} from './lifecycle.ts';
import { lifecycleJob } from './lifecycle-job.ts';
import * as lock from './lock.ts';
import { GetBucketLogging, PutBucketLogging } from './logging.ts';
import { meteringJob } from './metering.ts';
import { GetBucketNotificationConfiguration, PutBucketNotificationConfiguration } from './notification.ts';
import { DeleteBucketOwnershipControls, GetBucketOwnershipControls, PutBucketOwnershipControls } from './ownership.ts';
import { GetBucketRequestPayment, PutBucketRequestPayment } from './payment.ts';
import { DeleteBucketPolicy, GetBucketPolicy, GetBucketPolicyStatus, PutBucketPolicy } from './policy.ts';
import { DeletePublicAccessBlock, GetPublicAccessBlock, PutPublicAccessBlock } from './public-access.ts';
import { replicateJob } from './replication-job.ts';
import { DeleteBucketReplication, GetBucketReplication, PutBucketReplication } from './replication.ts';
import { restoreExpiryJob, restoreJob, RestoreObject } from './restore.ts';
import { SelectObjectContent } from './select.ts';
import { DeleteBucketTagging, GetBucketTagging, PutBucketTagging } from './tagging.ts';
import { websiteBucket } from './website-host.ts';
import { websitePage } from './website-pages.ts';
import { DeleteBucketWebsite, GetBucketWebsite, PutBucketWebsite } from './website.ts';

type Client = typeof import('@aws-sdk/client-s3');

/** Operations on the settings of buckets, and on what settings make of objects. */
export const settings = {
  DeleteBucketCors,
  DeleteBucketEncryption,
  DeleteBucketInventoryConfiguration,
  DeleteBucketLifecycle,
  DeleteBucketOwnershipControls,
  DeleteBucketPolicy,
  DeleteBucketReplication,
  DeleteBucketTagging,
  DeleteBucketWebsite,
  DeletePublicAccessBlock,
  GetBucketAccelerateConfiguration: accelerate.GetBucketAccelerateConfiguration,
  GetBucketAcl: acl.GetBucketAcl,
  GetBucketCors,
  GetBucketEncryption,
  GetBucketInventoryConfiguration,
  GetBucketLifecycleConfiguration,
  GetBucketLogging,
  GetBucketNotificationConfiguration,
  GetBucketOwnershipControls,
  GetBucketPolicy,
  GetBucketPolicyStatus,
  GetBucketReplication,
  GetBucketRequestPayment,
  GetBucketTagging,
  GetBucketWebsite,
  GetObjectLegalHold: lock.GetObjectLegalHold,
  GetObjectLockConfiguration: lock.GetObjectLockConfiguration,
  GetObjectRetention: lock.GetObjectRetention,
  GetPublicAccessBlock,
  ListBucketInventoryConfigurations,
  PutBucketAccelerateConfiguration: accelerate.PutBucketAccelerateConfiguration,
  PutBucketAcl: acl.PutBucketAcl,
  PutBucketCors,
  PutBucketEncryption,
  PutBucketInventoryConfiguration,
  PutBucketLifecycleConfiguration,
  PutBucketLogging,
  PutBucketNotificationConfiguration,
  PutBucketOwnershipControls,
  PutBucketPolicy,
  PutBucketReplication,
  PutBucketRequestPayment,
  PutBucketTagging,
  PutBucketWebsite,
  PutObjectLegalHold: lock.PutObjectLegalHold,
  PutObjectLockConfiguration: lock.PutObjectLockConfiguration,
  PutObjectRetention: lock.PutObjectRetention,
  PutPublicAccessBlock,
  RestoreObject,
  SelectObjectContent,
} satisfies Partial<Handlers<Client>>;

export const jobs: Record<string, ServiceJob> = {
  's3/access-log': accessLogJob,
  's3/inventory': inventoryJob,
  's3/lifecycle': lifecycleJob,
  's3/replicate': replicateJob,
  's3/restore': restoreJob,
  's3/restore-expiry': restoreExpiryJob,
  's3/storage-metering': meteringJob,
};

export const cors: NonNullable<ServiceDefinition<Client>['cors']> = corsHeaders;

export const ended: NonNullable<ServiceDefinition<Client>['ended']> = logAccess;

/** Website endpoints, and forms that browsers post to a bucket. */
export const web: NonNullable<ServiceDefinition<Client>['web']> = async (call, request) => {
  const site = websiteBucket(request.host);
  if (site !== undefined) return websitePage(call, request, site);
  return request.bucket === undefined ? undefined : formUpload(call, request, request.bucket);
};
