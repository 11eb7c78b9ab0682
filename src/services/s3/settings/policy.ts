import { AwsError } from '../../../kernel/errors.ts';
import { arn } from '../../../kernel/resources.ts';
import type { Handlers } from '../../../kernel/service.ts';
import { notImplemented } from '../errors.ts';
import { bucketSettings } from '../records.ts';
import { publicAccess } from './access-block.ts';
import { denied, missing } from './errors.ts';
import { POLICY_BYTES_MAX } from './limits.ts';
import { checkBucketPolicy, isPublicPolicy } from './policy-document.ts';
import { principalIdsOf, shownPolicy } from './policy-principals.ts';
import { deleteSetting, getSetting, putSetting } from './setting.ts';
import { readSetting } from './stored.ts';

type S3 = Handlers<typeof import('@aws-sdk/client-s3')>;

/** Stores the policy document as it is. Throws MalformedPolicy, PolicyTooLarge, and AccessDenied when a public one is blocked. */
export const PutBucketPolicy: S3['PutBucketPolicy'] = async (call, input) => {
  if (input.ConfirmRemoveSelfBucketAccess) throw notImplemented('x-amz-confirm-remove-self-bucket-access');
  const text = input.Policy ?? '';
  if (Buffer.byteLength(text) > POLICY_BYTES_MAX)
    throw new AwsError('PolicyTooLarge', `Policy exceeds the maximum allowed size of ${POLICY_BYTES_MAX} bytes`);
  checkBucketPolicy(text, input.Bucket!);
  await putSetting(call, input, 'policy', text, async (tx, bucket) => {
    const ids = await principalIdsOf(call.kernel, tx, text);
    if (Object.keys(ids).length > 0) tx.put(bucketSettings, [bucket.name, 'policy-principals'], ids);
    else tx.delete(bucketSettings, [bucket.name, 'policy-principals']);
    if (isPublicPolicy(text) && (await publicAccess(tx, bucket.name)).BlockPublicPolicy) {
      throw denied(
        `User: ${call.principal.arn} is not authorized to perform: s3:PutBucketPolicy on resource: "${arn({ partition: call.partition, service: 's3', resource: bucket.name })}" because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access.`,
      );
    }
  });
  return {};
};

export const GetBucketPolicy: S3['GetBucketPolicy'] = async (call, input) => {
  const { bucket, value } = await getSetting(call, input, 'policy');
  if (value === undefined) throw noPolicy(bucket.name);
  const { store } = call.kernel;
  const ids = await readSetting(store, bucket.name, 'policy-principals');
  return { Policy: ids ? await shownPolicy(call.kernel, store, value, ids) : value };
};

export const DeleteBucketPolicy: S3['DeleteBucketPolicy'] = async (call, input) => {
  await deleteSetting(call, input, 'policy', async (tx, bucket) =>
    tx.delete(bucketSettings, [bucket.name, 'policy-principals']),
  );
  return {};
};

/** Whether the policy lets in callers that it does not name. Source: S3 User Guide, 'The meaning of "public"'. */
export const GetBucketPolicyStatus: S3['GetBucketPolicyStatus'] = async (call, input) => {
  const { bucket, value } = await getSetting(call, input, 'policy');
  if (value === undefined) throw noPolicy(bucket.name);
  return { PolicyStatus: { IsPublic: isPublicPolicy(value) } };
};

const noPolicy = (bucket: string) => missing('NoSuchBucketPolicy', 'The bucket policy does not exist', bucket);
