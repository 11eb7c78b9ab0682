import { randomBytes } from 'node:crypto';
import type { Kernel } from '../../kernel/kernel.ts';
import { contentKey, decryptContent, encryptContent, sealedSize } from '../../kernel/keys/content.ts';
import type { ObjectVersion, Part } from './records.ts';

/** The data keys of an object: the content's, and for two layers of encryption (DSSE) the outer one's. */
export type ContentKeys = { inner: Uint8Array; outer?: Uint8Array };

/**
 * The name of a new piece of content among those of one data key: it decides the key the piece is encrypted under, and so must never come
 * twice. Random by itself: identifiers repeat when a stack is seeded.
 */
export const newContentId = () => randomBytes(16).toString('hex');

/** The name of content that has its data key to itself: an object that is no upload in parts. */
export const WHOLE = 'whole';

const keyOf = (dataKey: Uint8Array, id: string) => (id === WHOLE ? dataKey : contentKey(dataKey, id));

const outerText = (id: string) => `${id}/outer`;

/** Content on its way to disk, encrypted. */
export function sealContent({ inner, outer }: ContentKeys, id: string, source: AsyncIterable<Uint8Array>) {
  const sealed = encryptContent(keyOf(inner, id), source, id);
  return outer ? encryptContent(keyOf(outer, id), sealed, outerText(id)) : sealed;
}

/** The bytes of a version from `start` (inclusive) to `end` (exclusive), whatever parts they lie in. */
export async function* readContent(
  kernel: Kernel,
  version: Pick<ObjectVersion, 'parts' | 'size'>,
  keys: ContentKeys | undefined,
  start = 0,
  end = version.size,
): AsyncGenerator<Uint8Array> {
  let offset = 0;
  for (const part of version.parts) {
    if (offset >= end) return;
    const from = Math.max(start - offset, 0);
    const to = Math.min(end - offset, part.size);
    if (from < to) yield* readPart(kernel, part, keys, from, to);
    offset += part.size;
  }
}

export function readPart(
  { blobs }: Kernel,
  { blob, size, sealedAs: id }: Part,
  keys: ContentKeys | undefined,
  start: number,
  end: number,
): AsyncIterable<Uint8Array> {
  // Content from before there was encryption.
  if (id === undefined || !keys) return blobs.get(blob, start, end);
  const { inner, outer } = keys;
  const stored = (from: number, to: number) => blobs.get(blob, from, to);
  const read = outer
    ? (from: number, to: number) =>
        decryptContent(keyOf(outer, id), stored, {
          size: sealedSize(size),
          aad: outerText(id),
          range: { start: from, end: to },
        })
    : stored;
  return decryptContent(keyOf(inner, id), read, { size, aad: id, range: { start, end } });
}

/** A stream whose first bytes are in hand, so that content that cannot be read fails before an answer has begun. */
export async function begun(source: AsyncGenerator<Uint8Array>): Promise<AsyncGenerator<Uint8Array>> {
  const first = await source.next();
  return (async function* () {
    try {
      if (first.done) return;
      yield first.value;
      yield* source;
    } finally {
      await source.return(undefined);
    }
  })();
}

export async function collected(source: AsyncGenerator<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
}
