import type { LoggingEnabled } from '@aws-sdk/client-s3';
import { AwsError } from '../../../kernel/errors.ts';
import type { Handlers } from '../../../kernel/service.ts';
import { malformedXml, notImplemented } from '../errors.ts';
import { buckets } from '../records.ts';
import { deliverHourly } from './access-log.ts';
import { deleteSetting, getSetting, putSetting } from './setting.ts';

type S3 = Handlers<typeof import('@aws-sdk/client-s3')>;

/** Turns server access logging on, or, without a target, off. */
export const PutBucketLogging: S3['PutBucketLogging'] = async (call, input) => {
  if (!input.BucketLoggingStatus) throw malformedXml();
  const logging = input.BucketLoggingStatus.LoggingEnabled;
  if (!logging) {
    await deleteSetting(call, input, 'logging');
    return {};
  }
  check(logging);
  await putSetting(call, input, 'logging', logging, async (tx, bucket) => {
    const target = await tx.get(buckets, [logging.TargetBucket!]);
    if (!target || target.account !== bucket.account) {
      throw new AwsError(
        'InvalidTargetBucketForLogging',
        'The target bucket for logging does not exist, is not owned by you, or does not have the appropriate grants for the log-delivery group.',
        400,
        { TargetBucket: logging.TargetBucket! },
      );
    }
    if (target.region !== bucket.region) {
      throw new AwsError('CrossLocationLoggingProhibitted', 'Cross S3 location logging not allowed.', 403, {
        SourceBucketLocation: bucket.region,
        TargetBucketLocation: target.region,
      });
    }
    await deliverHourly(call.kernel, tx, bucket.name);
  });
  return {};
};

export const GetBucketLogging: S3['GetBucketLogging'] = async (call, input) => {
  const { value } = await getSetting(call, input, 'logging');
  return value ? { LoggingEnabled: value } : {};
};

function check({ TargetBucket, TargetPrefix, TargetGrants, TargetObjectKeyFormat }: LoggingEnabled): void {
  if (!TargetBucket || TargetPrefix === undefined) throw malformedXml();
  if (TargetGrants?.length) throw notImplemented('TargetGrants');
  const { SimplePrefix, PartitionedPrefix } = TargetObjectKeyFormat ?? {};
  if (SimplePrefix && PartitionedPrefix) throw malformedXml();
  const source = PartitionedPrefix?.PartitionDateSource;
  if (PartitionedPrefix && source !== 'EventTime' && source !== 'DeliveryTime') throw malformedXml();
}
