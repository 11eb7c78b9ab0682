import type { Handlers } from '../../../kernel/service.ts';
import { malformedXml } from '../errors.ts';
import { CLOSED, complete } from './access-block.ts';
import { missing } from './errors.ts';
import { getSetting, putSetting } from './setting.ts';

type S3 = Handlers<typeof import('@aws-sdk/client-s3')>;

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
