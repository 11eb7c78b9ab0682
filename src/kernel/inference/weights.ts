import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Kernel } from '../kernel.ts';
import { contentOf, type SealedContent } from './sealed-content.ts';

/** Where the weights of imported models lie in the clear, for the runtime that maps them into memory; by blob. */
export const weightsFile = (kernel: Kernel, { blob }: SealedContent) =>
  join(kernel.directory, 'models', 'imported', `${blob.id}.gguf`);

const writing = new Map<string, Promise<string>>();

/** The file of an imported model's weights; written when it is not there. Two that ask at once wait for one writing. */
export async function weightsAt(kernel: Kernel, arn: string, weights: SealedContent, key: Uint8Array): Promise<string> {
  const path = weightsFile(kernel, weights);
  const known = await stat(path).catch(() => undefined);
  if (known?.size === weights.size) return path;
  const underway = writing.get(path);
  if (underway) return underway;
  const work = (async () => {
    await mkdir(join(kernel.directory, 'models', 'imported'), { recursive: true, mode: 0o700 });
    const part = `${path}.${process.pid}.part`;
    try {
      await pipeline(contentOf(kernel, arn, weights, key), createWriteStream(part, { mode: 0o600 }));
      await rename(part, path);
      return path;
    } finally {
      await rm(part, { force: true });
    }
  })();
  writing.set(path, work);
  try {
    return await work;
  } finally {
    writing.delete(path);
  }
}
