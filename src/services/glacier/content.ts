import type { Blob } from '../../kernel/blobs/blobs.ts';
import type { Call } from '../../kernel/call.ts';
import { AwsError } from '../../kernel/errors.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import type { ServiceJob } from '../../kernel/service.ts';
import type { Transaction } from '../../kernel/store/store.ts';
import { invalid, missing } from './errors.ts';
import { MIB } from './limits.ts';
import { contents, parts, type Content, type Part } from './records.ts';
import { isTreeHashAligned, LeafHasher, leavesBetween, treeHash } from './tree-hash.ts';

/** The bytes of archives. */
const REMOVAL_BATCH = 100;
const TREE_HASH = /^[0-9a-f]{64}$/;

/** A claimed tree hash, in lower case. Throws when there is none, or it is none. */
export function readTreeHash(given: string | undefined): string {
  if (given === undefined || given === '') throw missing('x-amz-sha256-tree-hash');
  const claim = given.toLowerCase();
  if (!TREE_HASH.test(claim)) throw invalid(`Invalid x-amz-sha256-tree-hash: ${given}`);
  return claim;
}

/**
 * Stores a body and proves it to be the one whose tree hash is claimed; nothing refers to it yet.
 * @param bytesMax greatest size; a larger body is refused as soon as it shows
 * Throws InvalidParameterValueException, and what the body fails with; then nothing is kept.
 */
export async function receive(
  call: Call,
  body: AsyncIterable<Uint8Array> | Uint8Array | undefined,
  claim: string,
  bytesMax: number,
): Promise<Omit<Part, 'start'>> {
  const { blobs } = call.kernel;
  const hasher = new LeafHasher();
  const blob = await blobs.put(hashed(body, hasher, bytesMax)).catch((error: unknown) => {
    throw error instanceof AwsError && error.name === 'XAmzContentSHA256Mismatch'
      ? invalid(
          `The value passed in as x-amz-content-sha256 does not match the computed payload hash. Computed digest: ${error.detail['S3ComputedContentSHA256']} expected hash: ${error.detail['ClientComputedContentSHA256']}`,
        )
      : error;
  });
  try {
    const { leaves, size } = hasher.finish();
    if (size === 0) throw invalid('Invalid Content-Length: 0');
    const computed = await treeHash(leaves);
    if (computed !== claim) throw invalid(`Checksum mismatch: expected ${claim}, computed ${computed}`);
    const part = { size, treeHash: computed, writtenAtMs: call.kernel.clock.now(), blob };
    return size > MIB ? { ...part, leaves: await blobs.put(leaves) } : part;
  } catch (error) {
    await blobs.discard(blob);
    throw error;
  }
}

async function* hashed(
  body: AsyncIterable<Uint8Array> | Uint8Array | undefined,
  hasher: LeafHasher,
  bytesMax: number,
): AsyncGenerator<Uint8Array> {
  let size = 0;
  for await (const chunk of body instanceof Uint8Array ? [body] : (body ?? [])) {
    size += chunk.length;
    if (size > bytesMax) throw invalid(`Invalid Content-Length: the body is larger than ${bytesMax} bytes`);
    hasher.update(chunk);
    yield chunk;
  }
}

/** Drops what was received but will not be kept. */
export async function discard(kernel: Kernel, { blob, leaves }: Pick<Part, 'blob' | 'leaves'>): Promise<void> {
  await kernel.blobs.discard(blob);
  if (leaves) await kernel.blobs.discard(leaves);
}

/** Writes a part; one that stood there goes. */
export async function putPart(kernel: Kernel, tx: Transaction, contentId: string, part: Part): Promise<void> {
  const old = await tx.get(parts, [contentId, part.start]);
  if (old) await releasePart(kernel, tx, old);
  await kernel.blobs.retain(tx, part.blob);
  if (part.leaves) await kernel.blobs.retain(tx, part.leaves);
  tx.put(parts, [contentId, part.start], part);
}

async function releasePart(kernel: Kernel, tx: Transaction, { blob, leaves }: Part): Promise<void> {
  await kernel.blobs.release(tx, blob);
  if (leaves) await kernel.blobs.release(tx, leaves);
}

export async function retainContent(tx: Transaction, contentId: string): Promise<void> {
  const { references } = (await tx.get(contents, [contentId])) ?? { references: 0 };
  tx.put(contents, [contentId], { references: references + 1 });
}

export async function releaseContent(kernel: Kernel, tx: Transaction, contentId: string): Promise<void> {
  const { references } = (await tx.get(contents, [contentId])) ?? { references: 1 };
  if (references > 1) return tx.put(contents, [contentId], { references: references - 1 });
  tx.delete(contents, [contentId]);
  await removeContent(kernel, tx, contentId);
}

/** Removes all parts of a content that nothing is made of. There may be too many of them for one transaction. */
export async function removeContent(kernel: Kernel, tx: Transaction, contentId: string): Promise<void> {
  await kernel.jobs.submit(tx, { kind: 'glacier/content-removal', id: contentId, input: { contentId } });
}

export const contentRemovalJob: ServiceJob<{ contentId: string }> = {
  async run({ job, kernel, signal }) {
    const { contentId } = job.input;
    for (let removed = 0; ;) {
      signal.throwIfAborted();
      const count = await kernel.store.transact(async (tx) => {
        const found = await tx.range(parts, [contentId], { limit: REMOVAL_BATCH });
        for (const { key, value } of found) {
          await releasePart(kernel, tx, value);
          tx.delete(parts, key);
        }
        return found.length;
      });
      removed += count;
      if (count < REMOVAL_BATCH) return { removed };
    }
  },
};

/** The parts that bytes `start` to `end` (exclusive) lie in. */
async function* partsBetween(
  kernel: Kernel,
  { contentId, partSize }: Content,
  start: number,
  end: number,
): AsyncGenerator<Part> {
  const from = [contentId, Math.floor(start / partSize) * partSize];
  for await (const { value } of kernel.store.all(parts, [contentId], { from })) {
    if (value.start >= end) return;
    yield value;
  }
}

/** Bytes `start` (inclusive) to `end` (exclusive) of a content. */
export async function* readContent(
  kernel: Kernel,
  content: Content,
  start: number,
  end: number,
): AsyncGenerator<Uint8Array> {
  for await (const part of partsBetween(kernel, content, start, end)) {
    yield* kernel.blobs.get(part.blob, Math.max(0, start - part.start), Math.min(part.size, end - part.start));
  }
}

/** The tree hash of bytes `start` to `end` (exclusive), where they are a node of the tree: from the hashes that are kept, not the bytes. */
export async function rangeTreeHash(
  kernel: Kernel,
  content: Content,
  start: number,
  end: number,
): Promise<string | undefined> {
  if (!isTreeHashAligned(start, end, content.size)) return undefined;
  const nodes: Buffer[] = [];
  for await (const part of partsBetween(kernel, content, start, end)) {
    const first = Math.max(0, start - part.start);
    const last = Math.min(part.size, end - part.start);
    if (first === 0 && last === part.size) nodes.push(Buffer.from(part.treeHash, 'hex'));
    else
      nodes.push(Buffer.from(leavesBetween(await leavesOf(kernel, part.leaves), first / MIB, Math.ceil(last / MIB))));
  }
  return treeHash(Buffer.concat(nodes));
}

async function leavesOf(kernel: Kernel, leaves: Blob | undefined): Promise<Buffer> {
  if (!leaves) throw new Error('a part of one MiB has no range within');
  return kernel.blobs.bytes(leaves);
}
