import type { Call } from '../../kernel/call.ts';
import type { Access } from '../../kernel/service.ts';
import { vaultArn } from './vaults.ts';

/** IAM actions and resources. Source: Service Authorization Reference, "Actions, resources, and condition keys for Amazon S3 Glacier". */
const ON_VAULTS = [
  'AbortMultipartUpload',
  'AbortVaultLock',
  'AddTagsToVault',
  'CompleteMultipartUpload',
  'CompleteVaultLock',
  'CreateVault',
  'DeleteArchive',
  'DeleteVault',
  'DeleteVaultAccessPolicy',
  'DeleteVaultNotifications',
  'DescribeJob',
  'DescribeVault',
  'GetJobOutput',
  'GetVaultAccessPolicy',
  'GetVaultLock',
  'GetVaultNotifications',
  'InitiateJob',
  'InitiateMultipartUpload',
  'InitiateVaultLock',
  'ListJobs',
  'ListMultipartUploads',
  'ListParts',
  'ListTagsForVault',
  'RemoveTagsFromVault',
  'SetVaultAccessPolicy',
  'SetVaultNotifications',
  'UploadArchive',
  'UploadMultipartPart',
] as const;

const onVault = (call: Call, input: object): Access[] => {
  const { vaultName = '*' } = input as { vaultName?: string };
  return [{ action: `glacier:${call.operation}`, resource: vaultArn(call, vaultName) }];
};

/** The others are of the account: on `*`. */
export const access = Object.fromEntries(ON_VAULTS.map((name) => [name, onVault])) as Record<
  (typeof ON_VAULTS)[number],
  typeof onVault
>;
