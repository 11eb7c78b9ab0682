import type { Handlers } from '../../../kernel/service.ts';
import { malformedXml } from '../errors.ts';
import { getSetting, putSetting } from './setting.ts';

type S3 = Handlers<typeof import('@aws-sdk/client-s3')>;

export const PutBucketRequestPayment: S3['PutBucketRequestPayment'] = async (call, input) => {
  const payer = input.RequestPaymentConfiguration?.Payer;
  if (payer !== 'BucketOwner' && payer !== 'Requester') throw malformedXml();
  await putSetting(call, input, 'request-payment', { Payer: payer });
  return {};
};

export const GetBucketRequestPayment: S3['GetBucketRequestPayment'] = async (call, input) => {
  const { value } = await getSetting(call, input, 'request-payment');
  return { Payer: value?.Payer ?? 'BucketOwner' };
};
