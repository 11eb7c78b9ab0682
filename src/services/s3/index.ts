import { defineService } from '../../kernel/service.ts';
import { access } from './access.ts';
import { GetObjectAcl, PutObjectAcl } from './acl.ts';
import {
  CreateBucket,
  DeleteBucket,
  GetBucketLocation,
  GetBucketVersioning,
  HeadBucket,
  ListBuckets,
  PutBucketVersioning,
} from './buckets.ts';
import { askOfCopy, CopyObject } from './copy.ts';
import { askOfDeleteObjects, DeleteObject, DeleteObjects } from './delete.ts';
import { GetObject, GetObjectAttributes, HeadObject } from './get.ts';
import { ListMultipartUploads, ListObjects, ListObjectsV2, ListObjectVersions } from './list.ts';
import { UploadPart, UploadPartCopy } from './parts.ts';
import { PutObject } from './put.ts';
import { resource } from './resource.ts';
import { settingsAccess } from './settings/access.ts';
import { cors, ended, jobs, settings, web } from './settings/index.ts';
import { DeleteObjectTagging, GetObjectTagging, PutObjectTagging } from './tagging.ts';
import { AbortMultipartUpload, CompleteMultipartUpload, CreateMultipartUpload, ListParts } from './multipart.ts';
import { violation } from './violation.ts';
import { checkBody } from './body-digests.ts';

/** Amazon Simple Storage Service. */
export const service = defineService<typeof import('@aws-sdk/client-s3')>({
  sdk: 's3',
  operations: {
    ...settings,
    AbortMultipartUpload,
    CompleteMultipartUpload,
    CopyObject,
    CreateBucket,
    CreateMultipartUpload,
    DeleteBucket,
    DeleteObject,
    DeleteObjects,
    DeleteObjectTagging,
    GetBucketLocation,
    GetBucketVersioning,
    GetObject,
    GetObjectAcl,
    GetObjectAttributes,
    GetObjectTagging,
    HeadBucket,
    HeadObject,
    ListBuckets,
    ListMultipartUploads,
    ListObjects,
    ListObjectsV2,
    ListObjectVersions,
    ListParts,
    PutBucketVersioning,
    PutObject,
    PutObjectAcl,
    PutObjectTagging,
    UploadPart,
    UploadPartCopy,
  },
  access: { ...access, ...settingsAccess },
  asks: { CopyObject: askOfCopy, DeleteObjects: askOfDeleteObjects },
  resource,
  violation,
  checkBody,
  dataEvents: new Set([
    'AbortMultipartUpload',
    'CompleteMultipartUpload',
    'CopyObject',
    'CreateMultipartUpload',
    'DeleteObject',
    'DeleteObjects',
    'DeleteObjectTagging',
    'GetObject',
    'GetObjectAcl',
    'GetObjectAttributes',
    'GetObjectLegalHold',
    'GetObjectRetention',
    'GetObjectTagging',
    'HeadBucket',
    'HeadObject',
    'ListMultipartUploads',
    'ListObjects',
    'ListObjectsV2',
    'ListObjectVersions',
    'ListParts',
    'PutObject',
    'PutObjectAcl',
    'PutObjectLegalHold',
    'PutObjectRetention',
    'PutObjectTagging',
    'RestoreObject',
    'SelectObjectContent',
    'UploadPart',
    'UploadPartCopy',
  ]),
  jobs,
  cors,
  ended,
  web,
});
