import type { Handlers } from '../../../kernel/service.ts';
import { malformedXml } from '../errors.ts';
import { missing } from './errors.ts';
import { readTagSet } from '../tags.ts';
import { BUCKET_TAGS_MAX } from './limits.ts';
import { deleteSetting, getSetting, putSetting } from './setting.ts';

type S3 = Handlers<typeof import('@aws-sdk/client-s3')>;

export const PutBucketTagging: S3['PutBucketTagging'] = async (call, input) => {
  const tags = input.Tagging?.TagSet;
  if (!tags) throw malformedXml();
  readTagSet(tags, BUCKET_TAGS_MAX);
  await putSetting(call, input, 'tagging', { TagSet: tags });
  return {};
};

export const GetBucketTagging: S3['GetBucketTagging'] = async (call, input) => {
  const { bucket, value } = await getSetting(call, input, 'tagging');
  if (!value) throw missing('NoSuchTagSet', 'The TagSet does not exist', bucket.name);
  return { TagSet: value.TagSet };
};

export const DeleteBucketTagging: S3['DeleteBucketTagging'] = async (call, input) => {
  await deleteSetting(call, input, 'tagging');
  return {};
};
