import type { Tag } from '@aws-sdk/client-kms';
import { page } from '../../kernel/resources.ts';
import type { Handlers } from '../../kernel/service.ts';
import { invalidMarker, tagError } from './errors.ts';
import { changeKey, LIVING, openOwnKey, readLimit, requireState } from './key-id.ts';
import { TAGS_MAX, TAGS_PAGE } from './limits.ts';

type Kms = Handlers<typeof import('@aws-sdk/client-kms')>;

/** Letters, digits, spaces and `_ . : / = + - @`. */
const TEXT = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

/** Tags of a request by key. Throws TagException. */
export function readTags(given: readonly Tag[] | undefined): Record<string, string> {
  const tags: Record<string, string> = {};
  for (const { TagKey, TagValue } of given ?? []) {
    const [key, value] = [TagKey!, TagValue!];
    if (key in tags) throw tagError('Duplicate tag keys');
    if (key.toLowerCase().startsWith('aws:'))
      throw tagError('aws: prefixed tag key names are not allowed for external use.');
    if (!TEXT.test(key) || !TEXT.test(value))
      throw tagError('Tag keys or values contain characters that are not valid.');
    tags[key] = value;
  }
  requireFew(tags);
  return tags;
}

function requireFew(tags: Record<string, string>): void {
  if (Object.keys(tags).length > TAGS_MAX) throw tagError(`Too many tags. A KMS key has at most ${TAGS_MAX} tags.`);
}

/** Adds tags; the value of a key that is there is replaced. */
export const TagResource: Kms['TagResource'] = async (call, input) => {
  const added = readTags(input.Tags);
  await changeKey(call, await openOwnKey(call, input.KeyId!), (key) => {
    requireState(key, ...LIVING);
    const tags = { ...key.tags, ...added };
    requireFew(tags);
    return { ...key, tags };
  });
  return {};
};

/** Removes tags; keys that are not there are no error. */
export const UntagResource: Kms['UntagResource'] = async (call, input) => {
  const removed = new Set(input.TagKeys);
  await changeKey(call, await openOwnKey(call, input.KeyId!), (key) => {
    requireState(key, ...LIVING);
    return { ...key, tags: Object.fromEntries(Object.entries(key.tags).filter(([name]) => !removed.has(name))) };
  });
  return {};
};

export const ListResourceTags: Kms['ListResourceTags'] = async (call, input) => {
  const key = await openOwnKey(call, input.KeyId!);
  const all = Object.entries(key.tags).map(([TagKey, TagValue]) => ({ TagKey, TagValue }));
  const { items, nextToken } = page(all, input.Marker, readLimit(input.Limit, TAGS_PAGE), invalidMarker);
  return { Tags: items, Truncated: nextToken !== undefined, ...(nextToken ? { NextMarker: nextToken } : {}) };
};
