import type { Kernel } from '../../kernel/kernel.ts';
import type { Entry, Reader, Transaction } from '../../kernel/store/store.ts';
import { noSuchUpload } from './errors.ts';
import { LIST_PAGE_MAX, UPLOAD_ID_LENGTH_MAX } from './limits.ts';
import { uploadedParts, uploads, type Upload, type UploadedPart } from './records.ts';

/** The upload under way. Throws NoSuchUpload. */
export async function getUpload(reader: Reader, bucket: string, key: string, uploadId: string): Promise<Upload> {
  const upload =
    uploadId === '' || uploadId.length > UPLOAD_ID_LENGTH_MAX
      ? undefined
      : await reader.get(uploads, [bucket, key, uploadId]);
  if (!upload) throw noSuchUpload(uploadId);
  return upload;
}

/** Removes an upload with all its parts; their content is released. */
export async function dropUpload(kernel: Kernel, tx: Transaction, upload: Upload): Promise<void> {
  for (const { key, value } of await partsOf(tx, upload)) {
    await kernel.blobs.release(tx, value.blob);
    tx.delete(uploadedParts, key);
  }
  tx.delete(uploads, [upload.bucket, upload.key, upload.uploadId]);
}

/** The parts of an upload, by number; a page at a time, as a transaction reads no more at once. */
export async function partsOf(reader: Reader, { uploadId }: Pick<Upload, 'uploadId'>): Promise<Entry<UploadedPart>[]> {
  const parts: Entry<UploadedPart>[] = [];
  for (;;) {
    const last = parts.at(-1);
    const page = await reader.range(uploadedParts, [uploadId], {
      limit: LIST_PAGE_MAX,
      ...(last ? { after: last.key } : {}),
    });
    parts.push(...page);
    if (page.length < LIST_PAGE_MAX) return parts;
  }
}

/** Aborts uploads of a bucket: all, or those that `which` picks. Returns their number. */
export async function abortUploads(
  kernel: Kernel,
  bucket: string,
  which: (upload: Upload) => boolean = () => true,
): Promise<number> {
  let aborted = 0;
  for await (const { key, value } of kernel.store.all(uploads, [bucket])) {
    if (!which(value)) continue;
    await kernel.store.transact(async (tx) => {
      const now = await tx.get(uploads, key);
      if (now) await dropUpload(kernel, tx, now);
    });
    aborted++;
  }
  return aborted;
}
