import { pageToken, readPageToken } from '../../kernel/resources.ts';
import type { Call } from '../../kernel/call.ts';
import type { Collection } from '../../kernel/store/store.ts';
import { invalid } from './errors.ts';

/** How many a page may hold. @param max also what it holds when the caller does not say */
export function readLimit(given: number | undefined, max: number): number {
  if (given === undefined) return max;
  if (!Number.isInteger(given) || given < 1 || given > max)
    throw invalid(`Invalid limit: ${given}. The limit must be between 1 and ${max}`);
  return given;
}

/** Where a list goes on: the last part of the key it stopped at. */
export const readMarker = <T extends string | number>(marker: string | undefined) =>
  readPageToken<{ after: T }>(marker, () => invalid(`Invalid marker: ${marker}`))?.after;

/** One page of what stands under `prefix` and is `wanted`, in the order of keys, with the marker of the next. */
export async function readPage<T>(
  call: Call,
  collection: Collection<T>,
  prefix: string[],
  { marker, limit }: { marker: string | undefined; limit: number },
  wanted: (record: T) => boolean = () => true,
): Promise<{ page: T[]; Marker?: string }> {
  const after = readMarker(marker);
  const page: T[] = [];
  let last: unknown;
  for await (const { key, value } of call.kernel.store.all(
    collection,
    prefix,
    after === undefined ? {} : { after: [...prefix, after] },
  )) {
    if (!wanted(value)) continue;
    if (page.length === limit) return { page, Marker: pageToken({ after: last }) };
    page.push(value);
    last = key.at(-1);
  }
  return { page };
}
