import type { Call } from '../../kernel/call.ts';
import { arn } from '../../kernel/resources.ts';
import type { Handlers, ServiceJob } from '../../kernel/service.ts';
import type { Reader } from '../../kernel/store/store.ts';
import { removeContent, releaseContent } from './content.ts';
import { accessDenied, invalid, limitExceeded, missing, notFound } from './errors.ts';
import { VAULT_NAME_LENGTH_MAX, VAULTS_MAX, VAULTS_PAGE_MAX } from './limits.ts';
import { beginMetering } from './metering.ts';
import { readLimit } from './paging.ts';
import { archives, endedUploads, inventoryDue, retrievalJobs, uploads, vaults, type Vault } from './records.ts';

type Glacier = Handlers<typeof import('@aws-sdk/client-glacier')>;
type Named = { accountId?: string | undefined; vaultName?: string | undefined };

const NAME = /^[a-zA-Z0-9_.-]+$/;
const ACCOUNT_ID = /^\d{12}$/;
const REMOVAL_BATCH = 100;

function checkAccountId(accountId: string | undefined): void {
  if (accountId === undefined || accountId === '') throw missing('accountId');
  if (accountId !== '-' && !ACCOUNT_ID.test(accountId)) throw invalid(`Invalid account ID: ${accountId}`);
}

/** The account whose vaults a request means: the one it names, or with `-` the caller's own. */
export const ownerOf = (call: Pick<Call, 'account'>, accountId: string | undefined) =>
  accountId !== undefined && ACCOUNT_ID.test(accountId) ? accountId : call.account;

/** Throws unless the request names the caller's own account, by its id or as `-`. */
export function checkAccount(call: Call, accountId: string | undefined): void {
  checkAccountId(accountId);
  if (ownerOf(call, accountId) === call.account) return;
  throw accessDenied(
    `User: ${call.principal.arn} is not authorized to perform: glacier:${call.operation} on resources of account ${accountId}`,
  );
}

function checkName(name: string | undefined): string {
  if (name === undefined || name === '') throw missing('vaultName');
  if (name.length > VAULT_NAME_LENGTH_MAX || !NAME.test(name)) throw invalid(`Invalid vault name: ${name}`);
  return name;
}

type Place = Pick<Call, 'partition' | 'region' | 'account'>;

export const vaultArn = ({ partition, region, account }: Place, name: string) =>
  arn({ partition, service: 'glacier', region, account, resource: `vaults/${name}` });

const keyOf = ({ account, region }: { account: string; region: string }, name: string) => [account, region, name];

/** The vault that the request names. Throws ResourceNotFoundException, AccessDeniedException, InvalidParameterValueException. */
export async function openVault(
  call: Call,
  { accountId, vaultName }: Named,
  reader: Reader = call.kernel.store,
): Promise<Vault> {
  checkAccountId(accountId);
  const name = checkName(vaultName);
  const place = { ...call, account: ownerOf(call, accountId) };
  const vault = await reader.get(vaults, keyOf(place, name));
  if (!vault) throw notFound(`Vault not found for ARN: ${vaultArn(place, name)}`);
  return vault;
}

/** Changes the vault that the request names. */
export function changeVault(call: Call, input: Named, change: (vault: Vault) => Vault): Promise<void> {
  return call.kernel.store.transact(async (tx) => {
    const vault = await openVault(call, input, tx);
    tx.put(vaults, keyOf(vault, vault.name), change(vault));
  });
}

/** Makes a vault; one that stands already is left as it is. */
export const CreateVault: Glacier['CreateVault'] = async (call, input) => {
  checkAccount(call, input.accountId);
  const name = checkName(input.vaultName);
  const { store, ids, clock } = call.kernel;
  const made: Vault = {
    id: ids.hex(32),
    account: call.account,
    region: call.region,
    name,
    arn: vaultArn(call, name),
    createdAtMs: clock.now(),
    tags: {},
  };
  await store.transact(async (tx) => {
    const key = keyOf(call, name);
    if (await tx.get(vaults, key)) return;
    const standing = await tx.range(vaults, key.slice(0, 2), { limit: VAULTS_MAX });
    if (standing.length >= VAULTS_MAX) throw limitExceeded(`An account has at most ${VAULTS_MAX} vaults in a region`);
    tx.put(vaults, key, made);
    await beginMetering(call.kernel, tx);
  });
  return { location: `/${call.account}/vaults/${name}` };
};

/** Numbers are those of the last inventory. */
function describe({ arn: VaultARN, name, createdAtMs, inventory }: Vault) {
  return {
    VaultARN,
    VaultName: name,
    CreationDate: new Date(createdAtMs).toISOString(),
    ...(inventory ? { LastInventoryDate: new Date(inventory.atMs).toISOString() } : {}),
    NumberOfArchives: inventory?.archives ?? 0,
    SizeInBytes: inventory?.bytes ?? 0,
  };
}

export const DescribeVault: Glacier['DescribeVault'] = async (call, input) => describe(await openVault(call, input));

/** The account's vaults in the region by name; the marker is the ARN of the last one of a page. */
export const ListVaults: Glacier['ListVaults'] = async (call, input) => {
  checkAccount(call, input.accountId);
  const limit = readLimit(input.limit, VAULTS_PAGE_MAX);
  const prefix = vaultArn(call, '');
  const { marker = '' } = input;
  if (marker !== '' && !(marker.startsWith(prefix) && NAME.test(marker.slice(prefix.length))))
    throw invalid(`Invalid marker: ${marker}`);
  const found = await call.kernel.store.range(vaults, [call.account, call.region], {
    limit: limit + 1,
    ...(marker === '' ? {} : { after: keyOf(call, marker.slice(prefix.length)) }),
  });
  const page = found.slice(0, limit).map(({ value }) => value);
  return {
    VaultList: page.map(describe),
    ...(found.length > limit ? { Marker: page.at(-1)!.arn } : {}),
  };
};

/** Removes a vault that was empty at its last inventory and has not been written to since; one that is not there is no error. */
export const DeleteVault: Glacier['DeleteVault'] = async (call, input) => {
  checkAccountId(input.accountId);
  const name = checkName(input.vaultName);
  const { kernel } = call;
  const place = { account: ownerOf(call, input.accountId), region: call.region };
  await kernel.store.transact(async (tx) => {
    const vault = await tx.get(vaults, keyOf(place, name));
    if (!vault) return;
    const [archive] = await tx.range(archives, [vault.id], { limit: 1 });
    if (archive || (await tx.get(inventoryDue, [vault.id])))
      throw invalid(`Vault not empty or recently written to: ${vault.arn}`);
    tx.delete(vaults, keyOf(vault, name));
    if (vault.inventory) await kernel.blobs.release(tx, vault.inventory.blob);
    await kernel.jobs.submit(tx, { kind: 'glacier/vault-removal', id: vault.id, input: { vaultId: vault.id } });
  });
  return {};
};

/** Removes the uploads and jobs that a deleted vault leaves behind. */
export const vaultRemovalJob: ServiceJob<{ vaultId: string }> = {
  async run({ job, kernel, signal }) {
    const prefix = [job.input.vaultId];
    for (let removed = 0; ;) {
      signal.throwIfAborted();
      const count = await kernel.store.transact(async (tx) => {
        const open = await tx.range(uploads, prefix, { limit: REMOVAL_BATCH });
        const ended = await tx.range(endedUploads, prefix, { limit: REMOVAL_BATCH });
        const jobs = await tx.range(retrievalJobs, prefix, { limit: REMOVAL_BATCH });
        for (const { key, value } of open) {
          tx.delete(uploads, key);
          await removeContent(kernel, tx, value.uploadId);
        }
        for (const { key } of ended) tx.delete(endedUploads, key);
        for (const { key, value } of jobs) {
          tx.delete(retrievalJobs, key);
          if (value.action === 'ArchiveRetrieval' && value.status === 'Succeeded')
            await releaseContent(kernel, tx, value.archive.contentId);
          if (value.action === 'InventoryRetrieval' && value.output) await kernel.blobs.release(tx, value.output);
        }
        return open.length + ended.length + jobs.length;
      });
      removed += count;
      if (count === 0) return { removed };
    }
  },
};
