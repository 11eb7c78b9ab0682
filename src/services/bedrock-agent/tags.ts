import { changeTags, findTagged, withoutKeys } from '../../kernel/inference/tags.ts';
import type { Handlers } from '../../kernel/service.ts';
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

const missing = (resourceArn: string) => () => notFound(`Could not find the resource ${resourceArn}.`);

/** Puts tags on a resource, in the place of those with the same keys. */
export const TagResource: Agent['TagResource'] = async (call, { resourceArn, tags }) => {
  const added = readTags(tags);
  await changeTags(call, resourceArn!, missing(resourceArn!), (standing) => readTags({ ...standing, ...added }));
  return {};
};

/** Takes tags off a resource; keys that it does not have are passed over. */
export const UntagResource: Agent['UntagResource'] = async (call, { resourceArn, tagKeys }) => {
  await changeTags(call, resourceArn!, missing(resourceArn!), (standing) => withoutKeys(standing, tagKeys));
  return {};
};

/** The tags on a resource. */
export const ListTagsForResource: Agent['ListTagsForResource'] = async (call, { resourceArn }) => {
  const found = await findTagged(call.kernel.store, call, resourceArn!);
  if (!found) throw missing(resourceArn!)();
  return { tags: found.tags };
};
