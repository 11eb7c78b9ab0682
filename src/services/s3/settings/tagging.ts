import type { Tag } from '@aws-sdk/client-s3';
import { AwsError } from '../../../kernel/errors.ts';
import type { Handlers } from '../../../kernel/service.ts';
import { malformedXml, missing } from './errors.ts';
import { BUCKET_TAGS_MAX, TAG_KEY_LENGTH_MAX, TAG_VALUE_LENGTH_MAX } from './limits.ts';
import { deleteSetting, getSetting, putSetting } from './setting.ts';

type S3 = Handlers<typeof import('@aws-sdk/client-s3')>;

/** Letters, digits and spaces of any language, and these. Source: S3 User Guide, "Using cost allocation S3 bucket tags". */
const TAG_TEXT = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

export const PutBucketTagging: S3['PutBucketTagging'] = async (call, input) => {
  const tags = input.Tagging?.TagSet;
  if (!tags) throw malformedXml();
  checkTags(tags, BUCKET_TAGS_MAX, 'bucket');
  await putSetting(call, input, 'tagging', tags);
  return {};
};

export const GetBucketTagging: S3['GetBucketTagging'] = async (call, input) => {
  const { bucket, value } = await getSetting(call, input, 'tagging');
  if (!value) throw missing('NoSuchTagSet', 'The TagSet does not exist', bucket.name);
  return { TagSet: value };
};

export const DeleteBucketTagging: S3['DeleteBucketTagging'] = async (call, input) => {
  await deleteSetting(call, input, 'tagging');
  return {};
};

/** Throws MalformedXML, BadRequest or InvalidTag as S3 does. */
function checkTags(tags: Tag[], max: number, what: string): void {
  if (tags.length > max) throw new AwsError('BadRequest', `${what === 'bucket' ? 'Bucket' : 'Object'} tags cannot be greater than ${max}`);
  const seen = new Set<string>();
  for (const { Key: key, Value: value } of tags) {
    if (key === undefined || value === undefined) throw malformedXml();
    if (key.length === 0 || key.length > TAG_KEY_LENGTH_MAX || !TAG_TEXT.test(key))
      throw new AwsError('InvalidTag', 'The TagKey you have provided is invalid', 400, { TagKey: key });
    if (key.startsWith('aws:')) throw new AwsError('InvalidTag', 'System tags cannot be added/updated by requester', 400, { TagKey: key });
    if (value.length > TAG_VALUE_LENGTH_MAX || !TAG_TEXT.test(value))
      throw new AwsError('InvalidTag', 'The TagValue you have provided is invalid', 400, { TagKey: key, TagValue: value });
    if (seen.has(key)) throw new AwsError('InvalidTag', 'Cannot provide multiple Tags with the same key', 400, { TagKey: key });
    seen.add(key);
  }
}
