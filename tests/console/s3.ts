import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import type { Outcrop } from '../../src/main.ts';
import { startForTests } from '../start.ts';

/** A stack with a client of Amazon S3, and what makes buckets: each of a new name that begins with `prefix`. */
export async function startWithS3(
  prefix: string,
): Promise<{ outcrop: Outcrop; s3: S3Client; newBucket: () => Promise<string> }> {
  const outcrop = await startForTests();
  const s3 = new S3Client({ ...outcrop.clients, forcePathStyle: true });
  let made = 0;
  return {
    outcrop,
    s3,
    async newBucket() {
      made += 1;
      const Bucket = `${prefix}-${made}`;
      await s3.send(new CreateBucketCommand({ Bucket }));
      return Bucket;
    },
  };
}
