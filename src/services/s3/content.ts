import type { Kernel } from '../../kernel/kernel.ts';
import type { ObjectVersion } from './records.ts';

/** The bytes of a version from `start` (inclusive) to `end` (exclusive), whatever parts they lie in. */
export async function* readContent(
  kernel: Kernel,
  version: Pick<ObjectVersion, 'parts' | 'size'>,
  start = 0,
  end = version.size,
): AsyncGenerator<Uint8Array> {
  let offset = 0;
  for (const { blob, size } of version.parts) {
    if (offset >= end) return;
    const from = Math.max(start - offset, 0);
    const to = Math.min(end - offset, size);
    if (from < to) yield* kernel.blobs.get(blob, from, to);
    offset += size;
  }
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
