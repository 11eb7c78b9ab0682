import type { Call } from '../../kernel/call.ts';
import { page, pageToken, readPageToken } from '../../kernel/resources.ts';
import type { Collection } from '../../kernel/store/store.ts';
import { validation } from './errors.ts';
import { PAGE_SIZE_DEFAULT } from './limits.ts';

/** What every list operation takes and answers with. */
export type PageInput = { Marker?: string | undefined; MaxItems?: number | undefined };
export type PageOutput = { IsTruncated: boolean; Marker?: string };

const badMarker = () => validation('Invalid Marker.');
const output = (marker: string | undefined): PageOutput =>
  marker === undefined ? { IsTruncated: false } : { IsTruncated: true, Marker: marker };

/** One page of a list that is in memory whole. */
export function pageOf<T>(items: T[], input: PageInput): { items: T[]; paging: PageOutput } {
  const found = page(items, input.Marker, input.MaxItems ?? PAGE_SIZE_DEFAULT, badMarker);
  return { items: found.items, paging: output(found.nextToken) };
}

/** One page of the account's records that are `wanted`, by name. The collection's keys are the account and a name. */
export async function pageOfRecords<T>(
  call: Call,
  collection: Collection<T>,
  input: PageInput,
  wanted: (record: T) => boolean = () => true,
): Promise<{ items: T[]; paging: PageOutput }> {
  const after = readPageToken<{ after: string }>(input.Marker, badMarker)?.after;
  const items: T[] = [];
  let last: unknown;
  const from = after === undefined ? {} : { after: [call.account, after] };
  for await (const { key, value } of call.kernel.store.all(collection, [call.account], from)) {
    if (!wanted(value)) continue;
    if (items.length === (input.MaxItems ?? PAGE_SIZE_DEFAULT))
      return { items, paging: output(pageToken({ after: last })) };
    items.push(value);
    last = key[1];
  }
  return { items, paging: output(undefined) };
}
