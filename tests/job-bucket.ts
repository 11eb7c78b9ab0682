import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { Outcrop } from '../src/main.ts';
import { identities, policy, trust } from './identities.ts';

/**
 * A bucket that jobs of Bedrock read from and write to, and the role they do it with.
 *
 * @param more what the role may beside reading, listing and writing there
 */
export async function jobBucket(outcrop: Outcrop, Bucket: string, ...more: Record<string, unknown>[]) {
  const s3 = new S3Client({ ...outcrop.clients, forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket }));
  const { arn: roleArn } = await identities(outcrop).role(
    `${Bucket}-jobs`,
    trust({ Service: 'bedrock.amazonaws.com' }),
    policy(
      {
        Effect: 'Allow',
        Action: ['s3:GetObject', 's3:ListBucket', 's3:PutObject'],
        Resource: [`arn:aws:s3:::${Bucket}`, `arn:aws:s3:::${Bucket}/*`],
      },
      ...more,
    ),
  );
  const text = async (Key: string) => (await s3.send(new GetObjectCommand({ Bucket, Key }))).Body!.transformToString();
  return {
    s3,
    roleArn,
    text,
    /** Puts records as lines of JSON; a text is a line as it stands. */
    async put(Key: string, records: readonly unknown[]): Promise<void> {
      const Body = records.map((record) => (typeof record === 'string' ? record : JSON.stringify(record))).join('\n');
      await s3.send(new PutObjectCommand({ Bucket, Key, Body }));
    },
    /** Reads what is one value of JSON in each line. */
    lines: async (Key: string): Promise<any[]> =>
      (await text(Key))
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line)),
  };
}
