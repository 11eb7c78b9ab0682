import { requestTagKeys, type Access } from '../access.ts';
import type { Call } from '../call.ts';
import { parseArn } from '../resources.ts';
import { collection, type Reader } from '../store/store.ts';

/**
 * What carries tags in Bedrock: one entry for each resource, from its making to its removal, tags or none, keyed by ARN. Whoever makes a
 * resource writes it, whoever removes it drops it; TagResource and its like need to know no more of a resource.
 */
export type TaggedResource = { owner: string; tags: Record<string, string> };

export const taggedResources = collection<TaggedResource>('kernel/inference/tagged-resource');

/** What carries tags by an ARN of the caller's own account and region. */
export async function findTagged(
  reader: Reader,
  { account, region }: Pick<Call, 'account' | 'region'>,
  arn: string,
): Promise<TaggedResource | undefined> {
  const parsed = parseArn(arn);
  return parsed?.region === region && parsed.account === account ? reader.get(taggedResources, [arn]) : undefined;
}

/** Puts other tags in the place of those that a resource has. `missing`: what is thrown where it is not there. */
export function changeTags(
  call: Call,
  arn: string,
  missing: () => Error,
  change: (tags: TaggedResource['tags']) => TaggedResource['tags'],
): Promise<void> {
  return call.kernel.store.transact(async (tx) => {
    const found = await findTagged(tx, call, arn);
    if (!found) throw missing();
    tx.put(taggedResources, [arn], { ...found, tags: change(found.tags) });
  });
}

/** Tags without those of some keys. */
export const withoutKeys = (tags: TaggedResource['tags'], keys: readonly string[] = []): TaggedResource['tags'] =>
  Object.fromEntries(Object.entries(tags).filter(([key]) => !keys.includes(key)));

type Tags = readonly { key?: string | undefined; value?: string | undefined }[] | undefined;

/** Whoever gives tags to what they make needs the right to tag. Source: Service Authorization Reference, Amazon Bedrock. */
export function withTags(asked: readonly Access[], ...made: { tags: Tags; resource: string }[]): Access[] {
  const tagged = made.filter(({ tags }) => tags?.length);
  if (tagged.length === 0) return [...asked];
  const keys = requestTagKeys(tagged.flatMap(({ tags }) => tags!.map(({ key, value }) => [key, value] as const)));
  return [
    ...asked.map((access) => ({ ...access, keys: { ...access.keys, ...keys } })),
    ...tagged.map(({ resource }) => ({ action: 'bedrock:TagResource', resource, keys })),
  ];
}
