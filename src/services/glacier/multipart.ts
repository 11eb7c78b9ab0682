import type { Call } from '../../kernel/call.ts';
import type { Handlers, ServiceJob } from '../../kernel/service.ts';
import type { Entry, Reader, Transaction } from '../../kernel/store/store.ts';
import { ARCHIVE_ID_LENGTH, created } from './archives.ts';
import { discard, putPart, readTreeHash, receive, removeContent, retainContent } from './content.ts';
import { readDescription } from './description.ts';
import { invalid, missing, notFound } from './errors.ts';
import { newId } from './ids.ts';
import { noteWrite } from './inventory.ts';
import { PAGE_MAX, PART_BYTES_MAX, PART_BYTES_MIN, PARTS_MAX, UPLOAD_IDLE_MS_MAX } from './limits.ts';
import { readLimit, readPage } from './paging.ts';
import { archives, endedUploads, parts, uploads, type Archive, type Part, type Upload, type Vault } from './records.ts';
import { treeHash } from './tree-hash.ts';
import { openVault } from './vaults.ts';

type Glacier = Handlers<typeof import('@aws-sdk/client-glacier')>;
type Expiry = { vaultId: string; uploadId: string };

/** Upload ids are 92 characters. Source: API Reference, Initiate Multipart Upload. */
const UPLOAD_ID_LENGTH = 92;
const PARTS_PAGE = 1000;

const noUpload = (uploadId: string) => notFound(`The upload ID was not found: ${uploadId}`);

async function findUpload(reader: Reader, vault: Vault, uploadId = ''): Promise<Upload> {
  const upload = await reader.get(uploads, [vault.id, uploadId]);
  if (!upload) throw noUpload(uploadId);
  return upload;
}

/** A power of two times 1 MiB, up to 4 GiB. */
function readPartSize(given: string | undefined): number {
  if (given === undefined || given === '') throw missing('x-amz-part-size');
  const size = Number(given);
  const count = size / PART_BYTES_MIN;
  if (!/^\d+$/.test(given) || !Number.isInteger(Math.log2(count)) || size < PART_BYTES_MIN || size > PART_BYTES_MAX)
    throw invalid(`Invalid part size: ${given}. Part size must be a power of two and be between 1 MiB and 4 GiB`);
  return size;
}

export const InitiateMultipartUpload: Glacier['InitiateMultipartUpload'] = async (call, input) => {
  const { kernel } = call;
  const partSize = readPartSize(input.partSize);
  const description = readDescription(input.archiveDescription, 'archive');
  const createdAtMs = kernel.clock.now();
  const uploadId = newId(kernel, UPLOAD_ID_LENGTH);
  const vault = await kernel.store.transact(async (tx) => {
    const vault = await openVault(call, input, tx);
    const upload: Upload = { uploadId, vaultId: vault.id, description, partSize, createdAtMs };
    tx.put(uploads, [vault.id, uploadId], upload);
    await kernel.jobs.submit<Expiry>(tx, {
      kind: 'glacier/upload-expiry',
      id: uploadId,
      input: { vaultId: vault.id, uploadId },
      runAtMs: createdAtMs + UPLOAD_IDLE_MS_MAX,
    });
    return vault;
  });
  return { uploadId, location: `/${vault.account}/vaults/${vault.name}/multipart-uploads/${uploadId}` };
};

/** `bytes 0-1048575/*`; the end is given back exclusive. */
function readContentRange(given: string | undefined, partSize: number): { start: number; end: number } {
  if (given === undefined || given === '') throw missing('Content-Range');
  const [, first = '', last = ''] = /^bytes[ =](\d{1,15})-(\d{1,15})\/(?:\*|\d+)$/.exec(given) ?? [];
  const start = Number(first);
  const end = Number(last) + 1;
  const wrong = (why: string) => invalid(`Invalid Content-Range: ${given}. ${why}`);
  if (first === '' || end <= start) throw wrong('It must be "bytes <first>-<last>/*"');
  if (start % partSize !== 0) throw wrong(`The range must start at a multiple of the part size, ${partSize}`);
  if (end - start > partSize) throw wrong(`The range is larger than the part size, ${partSize}`);
  if (start / partSize >= PARTS_MAX) throw wrong(`An upload has at most ${PARTS_MAX} parts`);
  return { start, end };
}

/** Stores a part; parts come in any order, and one that comes again replaces the first. */
export const UploadMultipartPart: Glacier['UploadMultipartPart'] = async (call, input) => {
  const { kernel } = call;
  const before = await openVault(call, input);
  const { uploadId, partSize } = await findUpload(kernel.store, before, input.uploadId);
  const { start, end } = readContentRange(input.range, partSize);
  const received = await receive(call, input.body, readTreeHash(input.checksum), end - start);
  try {
    if (received.size !== end - start)
      throw invalid(`Content-Range ${input.range} is not of the ${received.size} bytes of the body`);
    await kernel.store.transact(async (tx) => {
      await findUpload(tx, before, uploadId);
      await putPart(kernel, tx, uploadId, { ...received, start });
    });
  } catch (error) {
    await discard(kernel, received);
    throw error;
  }
  call.meter({ type: 'Requests-Tier1', quantity: 1, unit: 'requests' });
  return { checksum: received.treeHash };
};

/** The uploads under way, in the order of their beginning. */
export const ListMultipartUploads: Glacier['ListMultipartUploads'] = async (call, input) => {
  const limit = readLimit(input.limit, PAGE_MAX);
  const vault = await openVault(call, input);
  const { page, ...marker } = await readPage(call, uploads, [vault.id], { marker: input.marker, limit });
  return { UploadsList: page.map((upload) => describe(vault, upload)), ...marker };
};

/** The parts that have come, in the order of the archive. */
export const ListParts: Glacier['ListParts'] = async (call, input) => {
  const limit = readLimit(input.limit, PAGE_MAX);
  const vault = await openVault(call, input);
  const upload = await findUpload(call.kernel.store, vault, input.uploadId);
  const { page, ...marker } = await readPage(call, parts, [upload.uploadId], { marker: input.marker, limit });
  return {
    ...describe(vault, upload),
    Parts: page.map(({ start, size, treeHash: SHA256TreeHash }) => ({
      RangeInBytes: `${start}-${start + size - 1}`,
      SHA256TreeHash,
    })),
    ...marker,
  };
};

const describe = (vault: Vault, { uploadId, description, partSize, createdAtMs }: Upload) => ({
  MultipartUploadId: uploadId,
  VaultARN: vault.arn,
  ArchiveDescription: description,
  PartSizeInBytes: partSize,
  CreationDate: new Date(createdAtMs).toISOString(),
});

/** Makes an archive of the parts: all must be there, and of the size and tree hash that are told. May be called again. */
export const CompleteMultipartUpload: Glacier['CompleteMultipartUpload'] = async (call, input) => {
  const { kernel } = call;
  const { archiveSize = '', uploadId = '' } = input;
  if (archiveSize === '') throw missing('x-amz-archive-size');
  if (!/^\d{1,15}$/.test(archiveSize)) throw invalid(`Invalid archive size: ${archiveSize}`);
  const claim = readTreeHash(input.checksum);
  const archiveId = newId(kernel, ARCHIVE_ID_LENGTH);
  const { vault, archive } = await kernel.store.transact(async (tx) => {
    const vault = await openVault(call, input, tx);
    const ended = await tx.get(endedUploads, [vault.id, uploadId]);
    if (ended?.archive) return { vault, archive: ended.archive };
    const upload = await findUpload(tx, vault, uploadId);
    const archive: Archive = {
      archiveId,
      description: upload.description,
      createdAtMs: kernel.clock.now(),
      ...(await assemble(upload, await partsOf(tx, uploadId), Number(archiveSize), claim)),
    };
    tx.delete(uploads, [vault.id, uploadId]);
    tx.put(endedUploads, [vault.id, uploadId], {
      vaultId: vault.id,
      archive: { archiveId, treeHash: archive.treeHash },
    });
    await rememberFor(call, tx, { vaultId: vault.id, uploadId });
    await retainContent(tx, uploadId);
    tx.put(archives, [vault.id, archiveId], archive);
    await noteWrite(kernel, tx, vault);
    return { vault, archive };
  });
  call.meter({ type: 'Requests-Tier1', quantity: 1, unit: 'requests' });
  return created(vault, archive);
};

async function partsOf(reader: Reader, uploadId: string): Promise<Part[]> {
  const found: Entry<Part>[] = [];
  for (;;) {
    const last = found.at(-1);
    const page = await reader.range(parts, [uploadId], { limit: PARTS_PAGE, ...(last ? { after: last.key } : {}) });
    found.push(...page);
    if (page.length < PARTS_PAGE) return found.map(({ value }) => value);
  }
}

async function assemble({ uploadId, partSize }: Upload, found: Part[], archiveSize: number, claim: string) {
  let size = 0;
  for (const part of found) {
    if (part.start !== size)
      throw invalid(`Missing part: no part of the upload starts at byte ${size}; the next one starts at ${part.start}`);
    size += part.size;
  }
  // Only the last part may be smaller than the others: one that is has no part right after it.
  if (size !== archiveSize || size === 0)
    throw invalid(`Invalid archive size: expected ${archiveSize}, but the parts make up ${size} bytes`);
  const computed = await treeHash(Buffer.concat(found.map((part) => Buffer.from(part.treeHash, 'hex'))));
  // AWS tells less here than when a body is uploaded.
  if (computed !== claim) throw invalid(`Invalid x-amz-sha256-tree-hash: ${claim}`);
  return { contentId: uploadId, size, partSize, treeHash: computed };
}

/** Gives an upload up; one that has been aborted already is no error. */
export const AbortMultipartUpload: Glacier['AbortMultipartUpload'] = async (call, input) => {
  const { kernel } = call;
  const { uploadId = '' } = input;
  await kernel.store.transact(async (tx) => {
    const vault = await openVault(call, input, tx);
    const ended = await tx.get(endedUploads, [vault.id, uploadId]);
    if (ended && !ended.archive) return;
    await findUpload(tx, vault, uploadId);
    tx.delete(uploads, [vault.id, uploadId]);
    tx.put(endedUploads, [vault.id, uploadId], { vaultId: vault.id });
    await rememberFor(call, tx, { vaultId: vault.id, uploadId });
    await removeContent(kernel, tx, uploadId);
  });
  return {};
};

/** Lets the id of an ended upload be known for a while. */
async function rememberFor({ kernel }: Call, tx: Transaction, input: Expiry): Promise<void> {
  await kernel.jobs.submit(tx, {
    kind: 'glacier/upload-expiry',
    id: `${input.uploadId}/ended`,
    input,
    runAtMs: kernel.clock.now() + UPLOAD_IDLE_MS_MAX,
  });
}

/** Gives up an upload that nothing has come for, and forgets one that has ended. */
export const uploadExpiryJob: ServiceJob<Expiry> = {
  async run({ job, kernel }) {
    const { vaultId, uploadId } = job.input;
    const key = [vaultId, uploadId];
    let activeMs = 0;
    for await (const { value } of kernel.store.all(parts, [uploadId])) activeMs = Math.max(activeMs, value.writtenAtMs);
    return kernel.store.transact(async (tx) => {
      tx.delete(endedUploads, key);
      const upload = await tx.get(uploads, key);
      if (!upload) return { expired: false };
      const dueMs = activeMs + UPLOAD_IDLE_MS_MAX;
      if (dueMs > kernel.clock.now()) {
        await kernel.jobs.submit(tx, {
          kind: 'glacier/upload-expiry',
          id: `${uploadId}/${dueMs}`,
          input: job.input,
          runAtMs: dueMs,
        });
        return { expired: false };
      }
      tx.delete(uploads, key);
      await removeContent(kernel, tx, uploadId);
      return { expired: true };
    });
  },
};
