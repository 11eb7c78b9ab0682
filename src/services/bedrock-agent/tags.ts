import type { Call } from '../../kernel/call.ts';
import { taggedResources, type TaggedResource } from '../../kernel/inference/tags.ts';
import { parseArn } from '../../kernel/resources.ts';
import type { Handlers } from '../../kernel/service.ts';
import type { Reader } from '../../kernel/store/store.ts';
import { invalid, notFound, quotaExceeded } from './errors.ts';
import { TAGS_MAX } from './limits.ts';

type Agent = Handlers<typeof import('@aws-sdk/client-bedrock-agent')>;

/** The tags of a request. Throws ValidationException, ServiceQuotaExceededException. */
export function readTags(tags: Record<string, string> = {}): Record<string, string> {
  for (const key of Object.keys(tags))
    if (key.toLowerCase().startsWith('aws:'))
      throw invalid(`The tag key ${key} is reserved: keys can't begin with aws:.`);
  if (Object.keys(tags).length > TAGS_MAX) throw quotaExceeded('tags per resource', TAGS_MAX);
  return tags;
}

async function find(reader: Reader, call: Call, resourceArn: string): Promise<TaggedResource> {
  const arn = parseArn(resourceArn);
  const here = arn?.region === call.region && arn.account === call.account;
  const found = here ? await reader.get(taggedResources, [resourceArn]) : undefined;
  if (!found) throw notFound(`Could not find the resource ${resourceArn}.`);
  return found;
}

/** Puts tags on a resource, in the place of those with the same keys. */
export const TagResource: Agent['TagResource'] = async (call, { resourceArn, tags }) => {
  const added = readTags(tags);
  await call.kernel.store.transact(async (tx) => {
    const found = await find(tx, call, resourceArn!);
    tx.put(taggedResources, [resourceArn!], { ...found, tags: readTags({ ...found.tags, ...added }) });
  });
  return {};
};

/** Takes tags off a resource; keys that it does not have are passed over. */
export const UntagResource: Agent['UntagResource'] = async (call, { resourceArn, tagKeys }) => {
  const removed = new Set(tagKeys);
  await call.kernel.store.transact(async (tx) => {
    const found = await find(tx, call, resourceArn!);
    const tags = Object.fromEntries(Object.entries(found.tags).filter(([name]) => !removed.has(name)));
    tx.put(taggedResources, [resourceArn!], { ...found, tags });
  });
  return {};
};

/** The tags on a resource. */
export const ListTagsForResource: Agent['ListTagsForResource'] = async (call, { resourceArn }) => {
  const { tags } = await find(call.kernel.store, call, resourceArn!);
  return { tags };
};
