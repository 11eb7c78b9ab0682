import type { Call } from '../../kernel/call.ts';
import { requestTagKeys, type Access, type ConditionKeys } from '../../kernel/access.ts';
import type { ServiceDefinition } from '../../kernel/service.ts';
import { bucketArn, objectArn } from './arns.ts';
import { readCopySource } from './copy-source.ts';
import { KEY_BYTES_MAX } from './limits.ts';
import { onReplicaRead, onReplicaWrite, replicaRead, replicaWrite } from './replicating.ts';
import { versionKeys, writeKeys, type Asked } from './condition-keys.ts';

/** IAM actions and resources. Source: Service Authorization Reference, "Actions, resources, and condition keys for Amazon S3". */
export const onBucket =
  (action: string, keysOf?: (input: Asked) => ConditionKeys) =>
  (call: Call, input: object): Access[] => [
    {
      action: `s3:${action}`,
      resource: bucketArn(call, (input as Asked).Bucket),
      ...(keysOf ? { keys: keysOf(input as Asked) } : {}),
    },
  ];

/** `action` on the object; on a version of it, `versioned`. */
export const onObject =
  (action: string, versioned = action, keysOf?: (call: Call, input: Asked) => ConditionKeys) =>
  (call: Call, input: object): Access[] => {
    const given = input as Asked;
    const { Bucket, Key, VersionId } = given;
    return [
      {
        action: `s3:${VersionId === undefined ? action : versioned}`,
        resource: objectArn(call, Bucket, Key),
        keys: { ...versionKeys(given), ...keysOf?.(call, given) },
      },
    ];
  };

const ACL_MEMBERS = ['ACL', 'GrantFullControl', 'GrantRead', 'GrantReadACP', 'GrantWrite', 'GrantWriteACP'] as const;
const isGiven = (input: Asked, members: readonly string[]) => members.some((member) => input[member] !== undefined);

/** Writes of objects that ask for more than the object: tags, lists, locks. */
const onWrite = (call: Call, input: object): Access[] => {
  const given = input as Asked;
  const resource = objectArn(call, given.Bucket, given.Key);
  const keys = writeKeys(call, given);
  const also = (action: string, ...members: string[]) =>
    isGiven(given, members) ? [{ action: `s3:${action}`, resource, keys }] : [];
  return [
    { action: 's3:PutObject', resource, keys },
    // What a copy takes over from its source needs no right of its own here: the handler asks once it knows the source.
    ...(given.TaggingDirective === 'COPY' || (given.CopySource !== undefined && given.TaggingDirective === undefined)
      ? []
      : also('PutObjectTagging', 'Tagging')),
    // With this ACL the policies that AWS documents (for its own services, for uploads of other accounts) give s3:PutObject alone.
    ...(given.ACL === 'bucket-owner-full-control' ? [] : also('PutObjectAcl', ...ACL_MEMBERS)),
    ...also('PutObjectRetention', 'ObjectLockMode', 'ObjectLockRetainUntilDate'),
    ...also('PutObjectLegalHold', 'ObjectLockLegalHoldStatus'),
  ];
};

const onPart = (call: Call, input: object): Access[] => {
  const { Bucket, Key } = input as Asked;
  return [
    { action: 's3:PutObject', resource: objectArn(call, Bucket, Key), keys: { 's3:objectcreationoperation': false } },
  ];
};

/** Reading the source of a copy. */
const onSource = (call: Call, { CopySource }: Pick<Asked, 'CopySource'>): Access[] => {
  const { bucket, key, versionId } = readCopySource(CopySource!);
  return [
    {
      action: `s3:GetObject${versionId === undefined ? '' : 'Version'}`,
      resource: objectArn(call, bucket, key),
      keys: versionKeys({ VersionId: versionId }),
    },
  ];
};

/** What deleting one key asks for, in DeleteObject and for each of DeleteObjects. */
export const onDelete = (call: Call, input: object): Access[] => {
  const { Bucket, Key, VersionId, BypassGovernanceRetention, IfMatch } = input as Asked;
  const resource = objectArn(call, Bucket, Key);
  const keys = { ...versionKeys({ VersionId }), 's3:if-match': IfMatch };
  return [
    { action: VersionId === undefined ? 's3:DeleteObject' : 's3:DeleteObjectVersion', resource, keys },
    ...(BypassGovernanceRetention === true ? [{ action: 's3:BypassGovernanceRetention', resource }] : []),
  ];
};

const onCreateBucket = (call: Call, input: object): Access[] => {
  const given = input as Asked & {
    CreateBucketConfiguration?: { LocationConstraint?: string; Tags?: { Key?: string; Value?: string }[] };
  };
  const resource = bucketArn(call, given.Bucket);
  const { LocationConstraint, Tags = [] } = given.CreateBucketConfiguration ?? {};
  const keys: ConditionKeys = {
    ...writeKeys(call, given),
    's3:locationconstraint': LocationConstraint,
    's3:x-amz-object-ownership': given['ObjectOwnership'] as string | undefined,
    ...requestTagKeys(Tags.map(({ Key, Value }) => [Key, Value])),
  };
  const also = (action: string, condition: boolean) => (condition ? [{ action: `s3:${action}`, resource, keys }] : []);
  const locked = given['ObjectLockEnabledForBucket'] === true;
  return [
    { action: 's3:CreateBucket', resource, keys },
    ...also('TagResource', Tags.length > 0),
    ...also('PutBucketAcl', isGiven(given, ACL_MEMBERS)),
    ...also('PutBucketOwnershipControls', given['ObjectOwnership'] !== undefined),
    ...also('PutBucketObjectLockConfiguration', locked),
    ...also('PutBucketVersioning', locked),
  ];
};

/** No key has a prefix that is longer than keys can be: what is beyond that is not worth the time of long policies. */
const listKeys = ({ Prefix, Delimiter, MaxKeys }: Asked): ConditionKeys => ({
  's3:prefix': Prefix?.slice(0, KEY_BYTES_MAX + 1),
  's3:delimiter': Delimiter?.slice(0, KEY_BYTES_MAX + 1),
  's3:max-keys': MaxKeys,
});

export type AccessTable = NonNullable<ServiceDefinition<typeof import('@aws-sdk/client-s3')>['access']>;

export const access: AccessTable = {
  CreateBucket: onCreateBucket,
  DeleteBucket: onBucket('DeleteBucket'),
  HeadBucket: onBucket('ListBucket'),
  ListBuckets: () => [{ action: 's3:ListAllMyBuckets', resource: '*' }],
  GetBucketLocation: onBucket('GetBucketLocation'),
  GetBucketVersioning: onBucket('GetBucketVersioning'),
  PutBucketVersioning: onBucket('PutBucketVersioning'),
  ListObjects: onBucket('ListBucket', listKeys),
  ListObjectsV2: onBucket('ListBucket', listKeys),
  ListObjectVersions: onBucket('ListBucketVersions', listKeys),
  ListMultipartUploads: onBucket('ListBucketMultipartUploads'),
  PutObject: (call, input) => {
    const replica = replicaWrite(input);
    return replica ? onReplicaWrite(call, input.Bucket!, replica) : onWrite(call, input);
  },
  CreateMultipartUpload: onWrite,
  UploadPart: onPart,
  CompleteMultipartUpload: (call, input) => {
    const { IfMatch, IfNoneMatch } = input;
    const resource = objectArn(call, input.Bucket, input.Key);
    return [{ action: 's3:PutObject', resource, keys: writeKeys(call, { IfMatch, IfNoneMatch }) }];
  },
  AbortMultipartUpload: onObject('AbortMultipartUpload'),
  ListParts: onObject('ListMultipartUploadParts'),
  CopyObject: (call, input) => [...onSource(call, input), ...onWrite(call, input)],
  UploadPartCopy: (call, input) => [...onSource(call, input), ...onPart(call, input)],
  GetObject: onObject('GetObject', 'GetObjectVersion'),
  HeadObject: (call, input) => {
    const replica = replicaRead(input);
    return replica ? onReplicaRead(call, replica) : onObject('GetObject', 'GetObjectVersion')(call, input);
  },
  GetObjectAttributes: (call, input) => [
    ...onObject('GetObject', 'GetObjectVersion')(call, input),
    ...onObject('GetObjectAttributes', 'GetObjectVersionAttributes')(call, input),
  ],
  DeleteObject: onDelete,
  // Each key is decided by itself, in the handler.
  DeleteObjects: () => [],
  GetObjectTagging: onObject('GetObjectTagging', 'GetObjectVersionTagging'),
  PutObjectTagging: onObject('PutObjectTagging', 'PutObjectVersionTagging', writeKeys),
  DeleteObjectTagging: onObject('DeleteObjectTagging', 'DeleteObjectVersionTagging'),
  GetObjectAcl: onObject('GetObjectAcl', 'GetObjectVersionAcl'),
  PutObjectAcl: onObject('PutObjectAcl', 'PutObjectVersionAcl', writeKeys),
};
