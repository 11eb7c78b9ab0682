import { AwsError } from '../../../kernel/errors.ts';

/** A setting that was never made: 404, naming the bucket. */
export const missing = (code: string, message: string, bucket: string) =>
  new AwsError(code, message, 404, { BucketName: bucket });

/** AccessDenied for a reason that S3 tells. */
export const denied = (message: string) => new AwsError('AccessDenied', message, 403);

/** Whether a call was answered with a refusal, which trying again does not change. */
export function isRefusal(error: unknown): boolean {
  const { status, $fault } = error as { status?: number; $fault?: string };
  return $fault === 'client' || (status !== undefined && status < 500);
}

/** The bucket is not in the state that the operation needs. */
export const invalidBucketState = (message: string) => new AwsError('InvalidBucketState', message, 409);
