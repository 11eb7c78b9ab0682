import type { Tag } from '@aws-sdk/client-iam';
import type { Tags } from '../../kernel/principals/records.ts';
import { invalidInput, limitExceeded } from './errors.ts';
import { TAGS_MAX } from './limits.ts';

/**
 * Tags with `added` among them. Keys are unique whatever their case; the case of the newest stands.
 * Source: IAM User Guide, "Tags for IAM resources".
 */
export function withTags(tags: Tags, added: readonly Tag[] | undefined): Tags {
  const next = new Map(Object.entries(tags).map(([key, value]) => [key.toLowerCase(), { key, value }]));
  const seen = new Set<string>();
  for (const { Key, Value } of added ?? []) {
    const key = Key!.toLowerCase();
    if (key.startsWith('aws:')) throw invalidInput(`Tag keys may not start with aws: ${Key}`);
    if (seen.has(key)) throw invalidInput('Duplicate tag keys found. Please note that Tag keys are case insensitive.');
    seen.add(key);
    next.set(key, { key: Key!, value: Value! });
  }
  if (next.size > TAGS_MAX) throw limitExceeded('The number of tags has reached the maximum limit.');
  return Object.fromEntries([...next.values()].map(({ key, value }) => [key, value]));
}

/** Tags without those of `keys`, whatever their case; keys that are not there are no error. */
export function withoutTags(tags: Tags, keys: readonly string[] | undefined): Tags {
  const gone = new Set((keys ?? []).map((key) => key.toLowerCase()));
  return Object.fromEntries(Object.entries(tags).filter(([key]) => !gone.has(key.toLowerCase())));
}

/** As the API answers them, by key. */
export const tagList = (tags: Tags): Tag[] =>
  Object.entries(tags)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([Key, Value]) => ({ Key, Value }));

/** `{Tags}` as most answers have it: absent when there are none. */
export const tagsMember = (tags: Tags): { Tags?: Tag[] } =>
  Object.keys(tags).length === 0 ? {} : { Tags: tagList(tags) };
