import type { Tag } from '@aws-sdk/client-iam';
import type { Call } from '../../kernel/call.ts';
import type { Tags } from '../../kernel/principals/records.ts';
import type { Collection } from '../../kernel/store/store.ts';
import { pageOf, type PageInput } from './paging.ts';
import { tagList, withoutTags, withTags } from './tags.ts';

/** Where a tagged record stands, and the error of its absence. */
export type Place<T> = { collection: Collection<T>; key: string[]; missing: () => Error };

/** Adds tags to a record. */
export const addTags = <T extends { tags: Tags }>(call: Call, place: Place<T>, tags: readonly Tag[] | undefined) =>
  change(call, place, (standing) => withTags(standing, tags));

/** Takes tags away from a record. */
export const removeTags = <T extends { tags: Tags }>(
  call: Call,
  place: Place<T>,
  keys: readonly string[] | undefined,
) => change(call, place, (standing) => withoutTags(standing, keys));

/** One page of a record's tags. */
export async function listTags<T extends { tags: Tags }>(call: Call, place: Place<T>, input: PageInput) {
  const record = await call.kernel.store.get(place.collection, place.key);
  if (!record) throw place.missing();
  const { items, paging } = pageOf(tagList(record.tags), input);
  return { Tags: items, ...paging };
}

async function change<T extends { tags: Tags }>(call: Call, place: Place<T>, next: (tags: Tags) => Tags) {
  await call.kernel.store.transact(async (tx) => {
    const record = await tx.get(place.collection, place.key);
    if (!record) throw place.missing();
    tx.put(place.collection, place.key, { ...record, tags: next(record.tags) });
  });
  return {};
}
