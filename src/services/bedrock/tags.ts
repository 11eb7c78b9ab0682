import { changeTags, findTagged, withoutKeys } from '../../kernel/inference/tags.ts';
import type { Handlers } from '../../kernel/service.ts';
import { notFound, tooManyTags } from './errors.ts';
import { readTags, TAGS_MAX } from './tag-list.ts';

type Bedrock = Handlers<typeof import('@aws-sdk/client-bedrock')>;

const missing = (resourceArn: string) => () => notFound(`Could not find the resource ${resourceArn}.`);

/** Puts tags on a resource, in the place of those with the same keys. */
export const TagResource: Bedrock['TagResource'] = async (call, { resourceARN, tags }) => {
  const added = readTags(tags, resourceARN!);
  await changeTags(call, resourceARN!, missing(resourceARN!), (standing) => {
    const all = { ...standing, ...added };
    if (Object.keys(all).length > TAGS_MAX) throw tooManyTags(resourceARN!);
    return all;
  });
  return {};
};

/** Takes tags off a resource; keys that it does not have are passed over. */
export const UntagResource: Bedrock['UntagResource'] = async (call, { resourceARN, tagKeys }) => {
  await changeTags(call, resourceARN!, missing(resourceARN!), (standing) => withoutKeys(standing, tagKeys));
  return {};
};

/** The tags on a resource. */
export const ListTagsForResource: Bedrock['ListTagsForResource'] = async (call, { resourceARN }) => {
  const found = await findTagged(call.kernel.store, call, resourceARN!);
  if (!found) throw missing(resourceARN!)();
  return { tags: Object.entries(found.tags).map(([key, value]) => ({ key, value })) };
};
