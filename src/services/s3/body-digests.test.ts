import { DeleteObjectsCommand, PutBucketTaggingCommand, S3Client } from '@aws-sdk/client-s3';
import { beforeAll, describe, expect, it } from 'vitest';
import { startForTests } from '../../../tests/start.ts';
import { CreateBucketCommand } from '@aws-sdk/client-s3';

describe('an XML body with digests in its headers', () => {
  let s3: S3Client;
  beforeAll(async () => {
    const outcrop = await startForTests();
    s3 = new S3Client({ ...outcrop.clients, maxAttempts: 1 });
    await s3.send(new CreateBucketCommand({ Bucket: 'digests' }));
  });

  const altering = (name: string, value: string) => {
    const command = new PutBucketTaggingCommand({ Bucket: 'digests', Tagging: { TagSet: [{ Key: 'a', Value: 'b' }] } });
    command.middlewareStack.add(
      (next) => (args) => {
        (args.request as { headers: Record<string, string> }).headers[name] = value;
        return next(args);
      },
      { step: 'build', priority: 'low' },
    );
    return s3.send(command);
  };

  it('is taken when they are its own', async () => {
    await expect(altering('x-test', 'nothing')).resolves.toBeDefined();
    await expect(
      s3.send(new DeleteObjectsCommand({ Bucket: 'digests', Delete: { Objects: [{ Key: 'k' }] } })),
    ).resolves.toBeDefined();
  });

  it('is refused when one is not', async () => {
    await expect(altering('x-amz-checksum-crc32', 'AAAAAA==')).rejects.toMatchObject({ name: 'BadDigest' });
    await expect(altering('content-md5', 'AAAAAAAAAAAAAAAAAAAAAA==')).rejects.toMatchObject({ name: 'BadDigest' });
    await expect(altering('content-md5', 'no digest')).rejects.toMatchObject({ name: 'InvalidDigest' });
  });
});
