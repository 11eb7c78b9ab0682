import type { Tag } from '@aws-sdk/client-cloudtrail';
import { fault } from './errors.ts';
import { TAGS_MAX } from './limits.ts';
import type { Tags } from './records.ts';

/** Lists of tags. Source: CloudTrail API Reference, Tag. */
const TEXT = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

export function readTags(list: readonly Tag[] = []): Tags {
  const tags: Tags = {};
  for (const { Key, Value = '' } of list) {
    if (!Key || !TEXT.test(Key) || /^aws:/i.test(Key) || !TEXT.test(Value))
      throw fault('InvalidTagParameterException', `The tag ${Key} is not valid.`);
    if (Key in tags) throw fault('InvalidTagParameterException', `The tag key ${Key} is given more than once.`);
    tags[Key] = Value;
  }
  checkCount(tags);
  return tags;
}

export function checkCount(tags: Tags): Tags {
  if (Object.keys(tags).length > TAGS_MAX)
    throw fault('TagsLimitExceededException', `A resource can have at most ${TAGS_MAX} tags.`);
  return tags;
}

export const listTags = (tags: Tags): Tag[] => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
