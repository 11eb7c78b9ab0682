import { onBucket, onObject, type AccessTable } from '../access.ts';
import { bucketArn } from '../arns.ts';
import { writeKeys } from '../condition-keys.ts';

/** IAM actions of the settings, where AWS does not name them like the operations. Source: Service Authorization Reference, "Amazon S3". */
export const settingsAccess: AccessTable = {
  DeleteBucketCors: onBucket('PutBucketCORS'),
  DeleteBucketEncryption: onBucket('PutEncryptionConfiguration'),
  DeleteBucketInventoryConfiguration: onBucket('PutInventoryConfiguration'),
  DeleteBucketLifecycle: onBucket('PutLifecycleConfiguration'),
  DeleteBucketOwnershipControls: onBucket('PutBucketOwnershipControls'),
  DeleteBucketPolicy: onBucket('DeleteBucketPolicy'),
  DeleteBucketReplication: onBucket('PutReplicationConfiguration'),
  DeleteBucketTagging: onBucket('PutBucketTagging'),
  DeleteBucketWebsite: onBucket('DeleteBucketWebsite'),
  DeletePublicAccessBlock: onBucket('PutBucketPublicAccessBlock'),
  GetBucketAccelerateConfiguration: onBucket('GetAccelerateConfiguration'),
  GetBucketAcl: onBucket('GetBucketAcl'),
  GetBucketCors: onBucket('GetBucketCORS'),
  GetBucketEncryption: onBucket('GetEncryptionConfiguration'),
  GetBucketInventoryConfiguration: onBucket('GetInventoryConfiguration'),
  GetBucketLifecycleConfiguration: onBucket('GetLifecycleConfiguration'),
  GetBucketLogging: onBucket('GetBucketLogging'),
  GetBucketNotificationConfiguration: onBucket('GetBucketNotification'),
  GetBucketOwnershipControls: onBucket('GetBucketOwnershipControls'),
  GetBucketPolicy: onBucket('GetBucketPolicy'),
  GetBucketPolicyStatus: onBucket('GetBucketPolicyStatus'),
  GetBucketReplication: onBucket('GetReplicationConfiguration'),
  GetBucketRequestPayment: onBucket('GetBucketRequestPayment'),
  GetBucketTagging: onBucket('GetBucketTagging'),
  GetBucketWebsite: onBucket('GetBucketWebsite'),
  GetObjectLegalHold: onObject('GetObjectLegalHold'),
  GetObjectLockConfiguration: onBucket('GetBucketObjectLockConfiguration'),
  GetObjectRetention: onObject('GetObjectRetention'),
  GetPublicAccessBlock: onBucket('GetBucketPublicAccessBlock'),
  ListBucketInventoryConfigurations: onBucket('GetInventoryConfiguration'),
  PutBucketAccelerateConfiguration: onBucket('PutAccelerateConfiguration'),
  PutBucketAcl: (call, input) => onBucket('PutBucketAcl', (asked) => writeKeys(call, asked))(call, input),
  PutBucketCors: onBucket('PutBucketCORS'),
  PutBucketEncryption: onBucket('PutEncryptionConfiguration'),
  PutBucketInventoryConfiguration: onBucket('PutInventoryConfiguration', (input) => {
    const { OptionalFields } = (input['InventoryConfiguration'] ?? {}) as { OptionalFields?: string[] };
    return OptionalFields ? { 's3:inventoryaccessibleoptionalfields': OptionalFields } : {};
  }),
  PutBucketLifecycleConfiguration: onBucket('PutLifecycleConfiguration'),
  PutBucketLogging: onBucket('PutBucketLogging'),
  PutBucketNotificationConfiguration: onBucket('PutBucketNotification'),
  PutBucketOwnershipControls: onBucket('PutBucketOwnershipControls'),
  PutBucketPolicy: onBucket('PutBucketPolicy'),
  PutBucketReplication: (call, input) => [
    ...onBucket('PutReplicationConfiguration')(call, input),
    // S3 will act as the role: the caller must be allowed to hand it over.
    ...(input.ReplicationConfiguration?.Role === undefined
      ? []
      : [
          {
            action: 'iam:PassRole',
            resource: input.ReplicationConfiguration.Role,
            keys: {
              'iam:passedtoservice': 's3.amazonaws.com',
              'iam:associatedresourcearn': bucketArn(call, input.Bucket),
            },
          },
        ]),
  ],
  PutBucketRequestPayment: onBucket('PutBucketRequestPayment'),
  PutBucketTagging: onBucket('PutBucketTagging'),
  PutBucketWebsite: onBucket('PutBucketWebsite'),
  PutObjectLegalHold: onObject('PutObjectLegalHold', 'PutObjectLegalHold', writeKeys),
  PutObjectLockConfiguration: onBucket('PutBucketObjectLockConfiguration'),
  PutObjectRetention: (call, input) => [
    ...onObject('PutObjectRetention', 'PutObjectRetention', writeKeys)(call, input),
    ...(input.BypassGovernanceRetention ? onObject('BypassGovernanceRetention')(call, input) : []),
  ],
  PutPublicAccessBlock: onBucket('PutBucketPublicAccessBlock'),
  RestoreObject: onObject('RestoreObject'),
  SelectObjectContent: onObject('GetObject'),
};
