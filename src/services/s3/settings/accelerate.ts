import type { Handlers } from '../../../kernel/service.ts';
import { invalidRequest, malformedXml } from '../errors.ts';
import { getSetting, putSetting } from './setting.ts';

type S3 = Handlers<typeof import('@aws-sdk/client-s3')>;

export const PutBucketAccelerateConfiguration: S3['PutBucketAccelerateConfiguration'] = async (call, input) => {
  const status = input.AccelerateConfiguration?.Status;
  if (status !== 'Enabled' && status !== 'Suspended') throw malformedXml();
  if (input.Bucket!.includes('.'))
    throw invalidRequest('S3 Transfer Acceleration is not supported for buckets with periods (.) in their names');
  await putSetting(call, input, 'accelerate', { Status: status });
  return {};
};

export const GetBucketAccelerateConfiguration: S3['GetBucketAccelerateConfiguration'] = async (call, input) => {
  const { value } = await getSetting(call, input, 'accelerate');
  return value?.Status ? { Status: value.Status } : {};
};
