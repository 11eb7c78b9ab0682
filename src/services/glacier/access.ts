import type { Call } from '../../kernel/call.ts';
import type { PolicyText } from '../../kernel/principals/principals.ts';
import { parseArn } from '../../kernel/resources.ts';
import type { Access, Resource } from '../../kernel/access.ts';
import { DAY_MS } from './limits.ts';
import { lockOf } from './lock-state.ts';
import { archives, vaults } from './records.ts';
import { ownerOf, vaultArn } from './vaults.ts';

/** IAM actions and resources. Source: Service Authorization Reference, "Actions, resources, and condition keys for Amazon S3 Glacier". */
const ON_VAULTS = [
  'AbortMultipartUpload',
  'AbortVaultLock',
  'AddTagsToVault',
  'CompleteMultipartUpload',
  'CompleteVaultLock',
  'CreateVault',
  'DeleteVault',
  'DeleteVaultAccessPolicy',
  'DeleteVaultNotifications',
  'DescribeJob',
  'DescribeVault',
  'GetJobOutput',
  'GetVaultAccessPolicy',
  'GetVaultLock',
  'GetVaultNotifications',
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

type Named = { accountId?: string | undefined; vaultName?: string | undefined };

const onVault = (call: Call, input: object): Access[] => {
  const { accountId, vaultName = '*' } = input as Named;
  return [
    {
      action: `glacier:${call.operation}`,
      resource: vaultArn({ ...call, account: ownerOf(call, accountId) }, vaultName),
    },
  ];
};

/** The age of the archive that is meant, in whole days, is a condition key. */
const onArchive = async (call: Call, input: Named, archiveId: string | undefined): Promise<Access[]> => {
  const { kernel, region } = call;
  const vault = await kernel.store.get(vaults, [ownerOf(call, input.accountId), region, input.vaultName ?? '']);
  const archive = vault && archiveId && (await kernel.store.get(archives, [vault.id, archiveId]));
  if (!archive) return onVault(call, input);
  const days = Math.floor((kernel.clock.now() - archive.createdAtMs) / DAY_MS);
  return onVault(call, input).map((access) => ({ ...access, keys: { 'glacier:archiveageindays': days } }));
};

/** The others are of the account: on `*`. */
export const access = {
  ...(Object.fromEntries(ON_VAULTS.map((name) => [name, onVault])) as Record<
    (typeof ON_VAULTS)[number],
    typeof onVault
  >),
  DeleteArchive: (call: Call, input: Named & { archiveId?: string | undefined }) =>
    onArchive(call, input, input.archiveId),
  InitiateJob: (call: Call, input: Named & { jobParameters?: { ArchiveId?: string | undefined } | undefined }) =>
    onArchive(call, input, input.jobParameters?.ArchiveId),
};

/** What stands on a vault: its lock policy, on trial or locked, and its access policy. They bind the account's root as well. */
export async function resource(call: Call, { resource: arn }: Access): Promise<Resource | undefined> {
  const parsed = parseArn(arn);
  if (parsed?.service !== 'glacier' || !parsed.resource.startsWith('vaults/')) return undefined;
  const { account, region } = parsed;
  const { store, clock } = call.kernel;
  const vault = await store.get(vaults, [account, region, parsed.resource.slice('vaults/'.length)]);
  if (!vault) return undefined;
  const policies: PolicyText[] = [];
  const lock = lockOf(vault, clock.now());
  if (lock) policies.push({ id: `${vault.name} lock`, from: 'vault lock policy', document: lock.policy });
  if (vault.accessPolicy !== undefined)
    policies.push({ id: `${vault.name} access`, from: 'vault access policy', document: vault.accessPolicy });
  return { owner: vault.account, policies, tags: () => vault.tags };
}
