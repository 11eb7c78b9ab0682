import type { Handlers } from '../../kernel/service.ts';
import { discard, putPart, readTreeHash, receive, releaseContent, retainContent } from './content.ts';
import { readDescription } from './description.ts';
import { invalid } from './errors.ts';
import { newId } from './ids.ts';
import { noteWrite } from './inventory.ts';
import { SINGLE_UPLOAD_BYTES_MAX } from './limits.ts';
import { meterEarlyDeletion } from './metering.ts';
import { archives, type Archive, type Vault } from './records.ts';
import { openVault } from './vaults.ts';

type Glacier = Handlers<typeof import('@aws-sdk/client-glacier')>;

/** Archive ids are 138 characters. Source: API Reference, Upload Archive. */
export const ARCHIVE_ID_LENGTH = 138;

/** What UploadArchive and CompleteMultipartUpload answer. */
export const created = (vault: Vault, archive: Pick<Archive, 'archiveId' | 'treeHash'>) => ({
  archiveId: archive.archiveId,
  checksum: archive.treeHash,
  location: `/${vault.account}/vaults/${vault.name}/archives/${archive.archiveId}`,
});

/** Adds an archive in one request, streamed to where it stays. */
export const UploadArchive: Glacier['UploadArchive'] = async (call, input) => {
  const { kernel } = call;
  const before = await openVault(call, input);
  const description = readDescription(input.archiveDescription, 'archive');
  const received = await receive(call, input.body, readTreeHash(input.checksum), SINGLE_UPLOAD_BYTES_MAX);
  try {
    const { size, treeHash } = received;
    const archive: Archive = {
      archiveId: newId(kernel, ARCHIVE_ID_LENGTH),
      description,
      createdAtMs: kernel.clock.now(),
      size,
      treeHash,
      contentId: kernel.ids.hex(32),
      partSize: size,
    };
    const vault = await kernel.store.transact(async (tx) => {
      // It may be another of the name by now, or none.
      const vault = await openVault(call, { accountId: before.account, vaultName: before.name }, tx);
      await putPart(kernel, tx, archive.contentId, { ...received, start: 0 });
      await retainContent(tx, archive.contentId);
      tx.put(archives, [vault.id, archive.archiveId], archive);
      await noteWrite(kernel, tx, vault);
      return vault;
    });
    call.meter({ type: 'Requests-Tier1', quantity: 1, unit: 'requests' });
    return created(vault, archive);
  } catch (error) {
    await discard(kernel, received);
    throw error;
  }
};

/** Deletes an archive; one that has been deleted already is no error. What jobs have made ready of it stays until they expire. */
export const DeleteArchive: Glacier['DeleteArchive'] = async (call, input) => {
  const { kernel } = call;
  const archiveId = input.archiveId ?? '';
  const deleted = await kernel.store.transact(async (tx) => {
    const vault = await openVault(call, input, tx);
    const archive = await tx.get(archives, [vault.id, archiveId]);
    if (!archive) {
      if (!/^[\w-]+$/.test(archiveId) || archiveId.length !== ARCHIVE_ID_LENGTH)
        throw invalid(`Invalid archive ID: ${archiveId}`);
      return undefined;
    }
    tx.delete(archives, [vault.id, archiveId]);
    await releaseContent(kernel, tx, archive.contentId);
    await noteWrite(kernel, tx, vault);
    return archive;
  });
  if (deleted) meterEarlyDeletion(call, deleted);
  return {};
};
