import { defineService } from '../../kernel/service.ts';
import { access, resource } from './access.ts';
import { DeleteVaultAccessPolicy, GetVaultAccessPolicy, SetVaultAccessPolicy } from './access-policy.ts';
import { DeleteArchive, UploadArchive } from './archives.ts';
import { ListProvisionedCapacity, PurchaseProvisionedCapacity } from './capacity.ts';
import { contentRemovalJob } from './content.ts';
import { invalid, missing } from './errors.ts';
import { inventoryJob } from './inventory.ts';
import { DescribeJob, InitiateJob, jobExpiryJob, ListJobs, retrievalJob } from './jobs.ts';
import { AbortVaultLock, CompleteVaultLock, GetVaultLock, InitiateVaultLock } from './lock.ts';
import { meteringJob } from './metering.ts';
import {
  AbortMultipartUpload,
  CompleteMultipartUpload,
  InitiateMultipartUpload,
  ListMultipartUploads,
  ListParts,
  uploadExpiryJob,
  UploadMultipartPart,
} from './multipart.ts';
import { DeleteVaultNotifications, GetVaultNotifications, SetVaultNotifications } from './notifications.ts';
import { GetJobOutput } from './output.ts';
import { GetDataRetrievalPolicy, SetDataRetrievalPolicy } from './retrieval-policy.ts';
import { AddTagsToVault, ListTagsForVault, RemoveTagsFromVault } from './tags.ts';
import { CreateVault, DeleteVault, DescribeVault, ListVaults, vaultRemovalJob } from './vaults.ts';

/** Amazon S3 Glacier: vaults of archives. CloudTrail counts all of its operations as management events. */
export const service = defineService<typeof import('@aws-sdk/client-glacier')>({
  sdk: 'glacier',
  operations: {
    AbortMultipartUpload,
    AbortVaultLock,
    AddTagsToVault,
    CompleteMultipartUpload,
    CompleteVaultLock,
    CreateVault,
    DeleteArchive,
    DeleteVault,
    DeleteVaultAccessPolicy,
    DeleteVaultNotifications,
    DescribeJob,
    DescribeVault,
    GetDataRetrievalPolicy,
    GetJobOutput,
    GetVaultAccessPolicy,
    GetVaultLock,
    GetVaultNotifications,
    InitiateJob,
    InitiateMultipartUpload,
    InitiateVaultLock,
    ListJobs,
    ListMultipartUploads,
    ListParts,
    ListProvisionedCapacity,
    ListTagsForVault,
    ListVaults,
    PurchaseProvisionedCapacity,
    RemoveTagsFromVault,
    SetDataRetrievalPolicy,
    SetVaultAccessPolicy,
    SetVaultNotifications,
    UploadArchive,
    UploadMultipartPart,
  },
  access,
  resource,
  violation: (_operation, message) => {
    const name = /Value null at '([^']+)'/.exec(message)?.[1];
    return name === undefined ? invalid(message) : missing(name);
  },
  jobs: {
    'glacier/content-removal': contentRemovalJob,
    'glacier/inventory': inventoryJob,
    'glacier/job-expiry': jobExpiryJob,
    'glacier/retrieval': retrievalJob,
    'glacier/storage-metering': meteringJob,
    'glacier/upload-expiry': uploadExpiryJob,
    'glacier/vault-removal': vaultRemovalJob,
  },
});
