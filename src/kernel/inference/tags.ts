import { collection, type Transaction } from '../store/store.ts';

/**
 * What carries tags in Bedrock: one entry for each resource, from its making to its removal, tags or none, keyed by ARN. Whoever makes a
 * resource writes it, whoever removes it drops it; TagResource and its like need to know no more of a resource.
 */
export type TaggedResource = { owner: string; tags: Record<string, string> };

export const taggedResources = collection<TaggedResource>('kernel/inference/tagged-resource');

/** Writes the entry of a resource that is made. */
export function tagNew(
  tx: Transaction,
  arn: string,
  owner: string,
  tags: readonly { key?: string | undefined; value?: string | undefined }[] = [],
): void {
  tx.put(taggedResources, [arn], { owner, tags: Object.fromEntries(tags.map(({ key, value }) => [key!, value!])) });
}
