import type { Call } from '../../kernel/call.ts';
import type { Access, ServiceDefinition } from '../../kernel/service.ts';
import { readCopySource } from './copy.ts';

type Target = {
  Bucket?: string | undefined;
  Key?: string | undefined;
  VersionId?: string | undefined;
  CopySource?: string | undefined;
};

/** IAM actions and resources. Source: Service Authorization Reference, "Actions, resources, and condition keys for Amazon S3". */
const bucketArn = (call: Call, bucket = '') => `arn:${call.partition}:s3:::${bucket}`;
const objectArn = (call: Call, bucket = '', key = '') => `${bucketArn(call, bucket)}/${key}`;

export const onBucket =
  (action: string) =>
  (call: Call, input: object): Access[] => [
    { action: `s3:${action}`, resource: bucketArn(call, (input as Target).Bucket) },
  ];

/** `action` on the object; on a version of it, `versioned`. */
export const onObject =
  (action: string, versioned = action) =>
  (call: Call, input: object): Access[] => {
    const { Bucket, Key, VersionId } = input as Target;
    return [{ action: `s3:${VersionId === undefined ? action : versioned}`, resource: objectArn(call, Bucket, Key) }];
  };

/** Writes of objects that ask for more than the object: tags, lists, locks. */
const onWrite = (call: Call, input: object): Access[] => {
  const given = input as Target & Record<string, unknown>;
  const resource = objectArn(call, given.Bucket, given.Key);
  const also = (action: string, ...members: string[]) =>
    members.some((member) => given[member] !== undefined) ? [{ action: `s3:${action}`, resource }] : [];
  return [
    { action: 's3:PutObject', resource },
    ...also('PutObjectTagging', 'Tagging'),
    ...also('PutObjectAcl', 'ACL', 'GrantFullControl', 'GrantRead', 'GrantReadACP', 'GrantWriteACP'),
    ...also('PutObjectRetention', 'ObjectLockMode', 'ObjectLockRetainUntilDate'),
    ...also('PutObjectLegalHold', 'ObjectLockLegalHoldStatus'),
  ];
};

/** Reading the source of a copy. */
const onSource = (call: Call, { CopySource }: Target): Access[] => {
  const { bucket, key, versionId } = readCopySource(CopySource!);
  return [
    { action: `s3:GetObject${versionId === undefined ? '' : 'Version'}`, resource: objectArn(call, bucket, key) },
  ];
};

const onDelete = (call: Call, input: object): Access[] => {
  const { Bucket, Key, VersionId, BypassGovernanceRetention } = input as Target & {
    BypassGovernanceRetention?: boolean;
  };
  const resource = objectArn(call, Bucket, Key);
  return [
    { action: VersionId === undefined ? 's3:DeleteObject' : 's3:DeleteObjectVersion', resource },
    ...(BypassGovernanceRetention ? [{ action: 's3:BypassGovernanceRetention', resource }] : []),
  ];
};

export type AccessTable = NonNullable<ServiceDefinition<typeof import('@aws-sdk/client-s3')>['access']>;

export const access: AccessTable = {
  CreateBucket: onBucket('CreateBucket'),
  DeleteBucket: onBucket('DeleteBucket'),
  HeadBucket: onBucket('ListBucket'),
  ListBuckets: () => [{ action: 's3:ListAllMyBuckets', resource: '*' }],
  GetBucketLocation: onBucket('GetBucketLocation'),
  GetBucketVersioning: onBucket('GetBucketVersioning'),
  PutBucketVersioning: onBucket('PutBucketVersioning'),
  ListObjects: onBucket('ListBucket'),
  ListObjectsV2: onBucket('ListBucket'),
  ListObjectVersions: onBucket('ListBucketVersions'),
  ListMultipartUploads: onBucket('ListBucketMultipartUploads'),
  PutObject: onWrite,
  CreateMultipartUpload: onWrite,
  UploadPart: onObject('PutObject'),
  CompleteMultipartUpload: onObject('PutObject'),
  AbortMultipartUpload: onObject('AbortMultipartUpload'),
  ListParts: onObject('ListMultipartUploadParts'),
  CopyObject: (call, input) => [...onSource(call, input), ...onWrite(call, input)],
  UploadPartCopy: (call, input) => [...onSource(call, input), ...onObject('PutObject')(call, input)],
  GetObject: onObject('GetObject', 'GetObjectVersion'),
  HeadObject: onObject('GetObject', 'GetObjectVersion'),
  GetObjectAttributes: (call, input) => [
    ...onObject('GetObject', 'GetObjectVersion')(call, input),
    ...onObject('GetObjectAttributes', 'GetObjectVersionAttributes')(call, input),
  ],
  DeleteObject: onDelete,
  DeleteObjects: (call, input) =>
    (input.Delete?.Objects ?? []).flatMap(({ Key, VersionId }) =>
      onDelete(call, {
        Bucket: input.Bucket,
        Key,
        VersionId,
        BypassGovernanceRetention: input.BypassGovernanceRetention,
      }),
    ),
  GetObjectTagging: onObject('GetObjectTagging', 'GetObjectVersionTagging'),
  PutObjectTagging: onObject('PutObjectTagging', 'PutObjectVersionTagging'),
  DeleteObjectTagging: onObject('DeleteObjectTagging', 'DeleteObjectVersionTagging'),
  GetObjectAcl: onObject('GetObjectAcl', 'GetObjectVersionAcl'),
  PutObjectAcl: onObject('PutObjectAcl', 'PutObjectVersionAcl'),
};
