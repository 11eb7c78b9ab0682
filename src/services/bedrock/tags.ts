import type { Call } from '../../kernel/call.ts';
import { taggedResources, type TaggedResource } from '../../kernel/inference/tags.ts';
import { parseArn } from '../../kernel/resources.ts';
import type { Handlers } from '../../kernel/service.ts';
import type { Reader } from '../../kernel/store/store.ts';
import { notFound, tooManyTags } from './errors.ts';
import { readTags, TAGS_MAX } from './tag-list.ts';

type Bedrock = Handlers<typeof import('@aws-sdk/client-bedrock')>;

/** What an ARN of the caller's account and region means. Throws ResourceNotFoundException. */
async function find(reader: Reader, call: Call, resourceArn: string): Promise<TaggedResource> {
  const arn = parseArn(resourceArn);
  const here = arn?.region === call.region && arn.account === call.account;
  const found = here ? await reader.get(taggedResources, [resourceArn]) : undefined;
  if (!found) throw notFound(`Could not find the resource ${resourceArn}.`);
  return found;
}

/** Puts tags on a resource, in the place of those with the same keys. */
export const TagResource: Bedrock['TagResource'] = async (call, { resourceARN, tags }) => {
  const added = readTags(tags, resourceARN!);
  await call.kernel.store.transact(async (tx) => {
    const found = await find(tx, call, resourceARN!);
    const all = { ...found.tags, ...added };
    if (Object.keys(all).length > TAGS_MAX) throw tooManyTags(resourceARN!);
    tx.put(taggedResources, [resourceARN!], { ...found, tags: all });
  });
  return {};
};

/** Takes tags off a resource; keys that it does not have are passed over. */
export const UntagResource: Bedrock['UntagResource'] = async (call, { resourceARN, tagKeys }) => {
  const removed = new Set(tagKeys);
  await call.kernel.store.transact(async (tx) => {
    const found = await find(tx, call, resourceARN!);
    const tags = Object.fromEntries(Object.entries(found.tags).filter(([name]) => !removed.has(name)));
    tx.put(taggedResources, [resourceARN!], { ...found, tags });
  });
  return {};
};

/** The tags on a resource. */
export const ListTagsForResource: Bedrock['ListTagsForResource'] = async (call, { resourceARN }) => {
  const { tags } = await find(call.kernel.store, call, resourceARN!);
  return { tags: Object.entries(tags).map(([key, value]) => ({ key, value })) };
};
