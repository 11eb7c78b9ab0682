import type { Call } from '../../kernel/call.ts';
import { AwsError } from '../../kernel/errors.ts';
import { destinationOf } from './distribution.ts';
import { fault } from './errors.ts';
import { asService, folderOf, putFile } from './files.ts';
import type { OrganizationOf } from './interest.ts';
import { S3_PREFIX_LENGTH_MAX } from './limits.ts';
import { SERVICE } from './names.ts';
import type { Trail } from './records.ts';

/** The bucket and the key that a trail writes with. */
const BUCKET_NAME = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

export function checkPrefix(prefix: string): string {
  if (prefix.length > S3_PREFIX_LENGTH_MAX)
    throw fault('InvalidS3PrefixException', `The S3 prefix is longer than ${S3_PREFIX_LENGTH_MAX} characters.`);
  if (prefix.includes('AWSLogs') || prefix.endsWith('/') || prefix.startsWith('/'))
    throw fault('InvalidS3PrefixException', `The S3 prefix ${prefix} is not valid.`);
  return prefix;
}

/**
 * Does what CloudTrail will have to do: looks at the bucket's ACL and writes an empty object into the folder of the log files, under its
 * service principal. Source: CloudTrail User Guide, "Amazon S3 bucket policy for CloudTrail".
 */
export async function checkBucket(call: Call, trail: Trail, organization: OrganizationOf): Promise<void> {
  const { bucket, account } = trail;
  if (!BUCKET_NAME.test(bucket)) throw fault('InvalidS3BucketNameException', `Bucket name ${bucket} is not valid.`);
  const destination = destinationOf(trail, organization);
  try {
    await asService(call.kernel, destination, 'GetBucketAcl', { Bucket: bucket }, call.signal);
    await putFile(call.kernel, destination, {
      key: `${folderOf(destination, account, 'CloudTrail')}/`,
      body: '',
      signal: call.signal,
    });
  } catch (error) {
    throw refusalOf(error, trail);
  }
}

function refusalOf(error: unknown, { bucket, kmsKeyId }: Trail): unknown {
  if (!(error instanceof Error)) return error;
  switch (error.name) {
    case 'NoSuchBucket':
      return fault('S3BucketDoesNotExistException', `S3 bucket ${bucket} does not exist!`);
    case 'AccessDenied':
      return error.message.includes('kms:')
        ? fault(
            'InsufficientEncryptionPolicyException',
            `Insufficient permissions to access S3 bucket ${bucket} or KMS key ${kmsKeyId}.`,
          )
        : fault('InsufficientS3BucketPolicyException', `Incorrect S3 bucket policy is detected for bucket: ${bucket}`);
    case 'KMS.NotFoundException':
      return fault('KmsKeyNotFoundException', `KMS key ${kmsKeyId} does not exist.`);
    case 'KMS.DisabledException':
    case 'KMS.KMSInvalidStateException':
      return fault('KmsException', `KMS key ${kmsKeyId} is not enabled: ${error.message}`);
    default:
      return error;
  }
}

/** The ARN of a key that is given by id, alias or ARN, as its caller may see it. */
export async function resolveKey(call: Call, keyId: string): Promise<string> {
  try {
    const { KeyMetadata } = await call.kernel.calls.send<{ KeyMetadata?: { Arn?: string; Enabled?: boolean } }>({
      service: 'kms',
      operation: 'DescribeKey',
      input: { KeyId: keyId },
      principal: call.principal,
      region: call.region,
      invokedBy: SERVICE,
      via: call.via,
      signal: call.signal,
    });
    if (KeyMetadata?.Enabled === false) throw fault('KmsKeyDisabledException', `KMS key ${keyId} is disabled.`);
    return KeyMetadata!.Arn!;
  } catch (error) {
    if (error instanceof Error && error.name === 'NotFoundException')
      throw fault('KmsKeyNotFoundException', `KMS key ${keyId} does not exist.`);
    if (error instanceof Error && (error.name === 'AccessDeniedException' || error.name === 'InvalidArnException'))
      throw fault('InvalidKmsKeyIdException', `The KMS key ${keyId} cannot be used: ${error.message}`);
    if (error instanceof AwsError || error instanceof Error) throw error;
    throw new Error('KMS failed', { cause: error });
  }
}
