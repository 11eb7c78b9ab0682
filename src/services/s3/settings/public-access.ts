import type { PublicAccessBlockConfiguration } from '@aws-sdk/client-s3';
import type { Reader } from '../../../kernel/store/store.ts';
import type { Handlers } from '../../../kernel/service.ts';
import { malformedXml } from '../errors.ts';
import { missing } from './errors.ts';
import { getSetting, putSetting } from './setting.ts';
import { readSetting } from './stored.ts';

type S3 = Handlers<typeof import('@aws-sdk/client-s3')>;

/** Since April 2023 new buckets let nobody in from outside until told otherwise. */
const CLOSED = { BlockPublicAcls: true, IgnorePublicAcls: true, BlockPublicPolicy: true, RestrictPublicBuckets: true };
const OPEN = {
  BlockPublicAcls: false,
  IgnorePublicAcls: false,
  BlockPublicPolicy: false,
  RestrictPublicBuckets: false,
};

export const PutPublicAccessBlock: S3['PutPublicAccessBlock'] = async (call, input) => {
  const given = input.PublicAccessBlockConfiguration;
  if (!given || Object.values(given).every((value) => value === undefined)) throw malformedXml();
  await putSetting(call, input, 'public-access', complete(given));
  return {};
};

export const GetPublicAccessBlock: S3['GetPublicAccessBlock'] = async (call, input) => {
  const { bucket, value } = await getSetting(call, input, 'public-access');
  if (value === 'removed') {
    throw missing(
      'NoSuchPublicAccessBlockConfiguration',
      'The public access block configuration was not found',
      bucket.name,
    );
  }
  return { PublicAccessBlockConfiguration: value ?? CLOSED };
};

export const DeletePublicAccessBlock: S3['DeletePublicAccessBlock'] = async (call, input) => {
  await putSetting(call, input, 'public-access', 'removed');
  return {};
};

/** What of public access is blocked in a bucket. */
export async function publicAccess(reader: Reader, bucket: string): Promise<Required<PublicAccessBlockConfiguration>> {
  const value = await readSetting(reader, bucket, 'public-access');
  if (value === 'removed') return OPEN;
  return value ? (complete(value) as Required<PublicAccessBlockConfiguration>) : CLOSED;
}

function complete(given: PublicAccessBlockConfiguration): PublicAccessBlockConfiguration {
  const { BlockPublicAcls, IgnorePublicAcls, BlockPublicPolicy, RestrictPublicBuckets } = given;
  return {
    BlockPublicAcls: BlockPublicAcls ?? false,
    IgnorePublicAcls: IgnorePublicAcls ?? false,
    BlockPublicPolicy: BlockPublicPolicy ?? false,
    RestrictPublicBuckets: RestrictPublicBuckets ?? false,
  };
}
