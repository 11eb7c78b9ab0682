import {
  CreateBucketCommand,
  DeleteBucketEncryptionCommand,
  DeleteBucketTaggingCommand,
  GetBucketAccelerateConfigurationCommand,
  GetBucketEncryptionCommand,
  GetBucketRequestPaymentCommand,
  GetBucketTaggingCommand,
  PutBucketAccelerateConfigurationCommand,
  PutBucketEncryptionCommand,
  PutBucketRequestPaymentCommand,
  PutBucketTaggingCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { startForTests, testSeed } from '../../../../tests/start.ts';
import { generator } from '../../../kernel/ids.ts';

const outcrop = await startForTests();
const s3 = new S3Client(outcrop.clients);
const random = generator(testSeed('bucket settings'));
let serial = 0;

async function makeBucket(name = `settings-${serial++}`): Promise<string> {
  await s3.send(new CreateBucketCommand({ Bucket: name }));
  return name;
}

describe('settings of a bucket', () => {
  it('ask for a bucket that is there and that the expected account owns', async () => {
    const Bucket = await makeBucket();
    await expect(s3.send(new GetBucketTaggingCommand({ Bucket: 'no-such-bucket-at-all' }))).rejects.toMatchObject({
      name: 'NoSuchBucket',
      $metadata: { httpStatusCode: 404 },
    });
    await expect(
      s3.send(
        new PutBucketRequestPaymentCommand({
          Bucket: 'no-such-bucket-at-all',
          RequestPaymentConfiguration: { Payer: 'Requester' },
        }),
      ),
    ).rejects.toMatchObject({ name: 'NoSuchBucket' });
    await expect(
      s3.send(new GetBucketTaggingCommand({ Bucket, ExpectedBucketOwner: '999999999999' })),
    ).rejects.toMatchObject({ name: 'AccessDenied' });
  });

  it('keep tags, up to fifty, each key once', async () => {
    const Bucket = await makeBucket();
    await expect(s3.send(new GetBucketTaggingCommand({ Bucket }))).rejects.toMatchObject({
      name: 'NoSuchTagSet',
      message: 'The TagSet does not exist',
      $metadata: { httpStatusCode: 404 },
    });
    const TagSet = Array.from({ length: 50 }, (_, i) => ({ Key: `k${i}`, Value: `v${Math.floor(random() * 1e6)}` }));
    await s3.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet } }));
    expect((await s3.send(new GetBucketTaggingCommand({ Bucket }))).TagSet).toEqual(TagSet);
    const put = (tags: { Key: string; Value: string }[]) =>
      s3.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet: tags } }));
    await expect(put([...TagSet, { Key: 'one', Value: 'more' }])).rejects.toMatchObject({ name: 'BadRequest' });
    await expect(put([TagSet[0]!, TagSet[0]!])).rejects.toMatchObject({
      name: 'InvalidTag',
      message: 'Cannot provide multiple Tags with the same key',
    });
    await expect(put([{ Key: 'aws:mine', Value: '' }])).rejects.toMatchObject({ name: 'InvalidTag' });
    await s3.send(new DeleteBucketTaggingCommand({ Bucket }));
    await expect(s3.send(new GetBucketTaggingCommand({ Bucket }))).rejects.toMatchObject({ name: 'NoSuchTagSet' });
  });

  it('say who pays for requests: the owner until told otherwise', async () => {
    const Bucket = await makeBucket();
    expect((await s3.send(new GetBucketRequestPaymentCommand({ Bucket }))).Payer).toBe('BucketOwner');
    await s3.send(new PutBucketRequestPaymentCommand({ Bucket, RequestPaymentConfiguration: { Payer: 'Requester' } }));
    expect((await s3.send(new GetBucketRequestPaymentCommand({ Bucket }))).Payer).toBe('Requester');
  });

  it('encrypt with keys of S3 by default and take no keys of customers, until told otherwise', async () => {
    const Bucket = await makeBucket();
    const byDefault = {
      Rules: [
        {
          ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' },
          BucketKeyEnabled: false,
          BlockedEncryptionTypes: { EncryptionType: ['SSE-C'] },
        },
      ],
    };
    const get = async () =>
      (await s3.send(new GetBucketEncryptionCommand({ Bucket }))).ServerSideEncryptionConfiguration;
    expect(await get()).toEqual(byDefault);
    const put = (SSEAlgorithm: 'AES256' | 'aws:kms', KMSMasterKeyID?: string, more: object = {}) =>
      s3.send(
        new PutBucketEncryptionCommand({
          Bucket,
          ServerSideEncryptionConfiguration: {
            Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm, KMSMasterKeyID }, ...more }],
          },
        }),
      );
    await put('AES256');
    await expect(put('AES256', 'alias/a')).rejects.toMatchObject({ name: 'InvalidArgument' });
    const more = { BucketKeyEnabled: true, BlockedEncryptionTypes: { EncryptionType: ['NONE'] } };
    await put('aws:kms', 'alias/of-nobody-yet', more);
    expect(await get()).toEqual({
      Rules: [
        {
          ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: 'alias/of-nobody-yet' },
          ...more,
        },
      ],
    });
    await s3.send(new DeleteBucketEncryptionCommand({ Bucket }));
    expect(await get()).toEqual(byDefault);
  });

  it('keep the state of transfer acceleration, which names with dots cannot have', async () => {
    const Bucket = await makeBucket();
    expect((await s3.send(new GetBucketAccelerateConfigurationCommand({ Bucket }))).Status).toBeUndefined();
    await s3.send(
      new PutBucketAccelerateConfigurationCommand({ Bucket, AccelerateConfiguration: { Status: 'Enabled' } }),
    );
    expect((await s3.send(new GetBucketAccelerateConfigurationCommand({ Bucket }))).Status).toBe('Enabled');
    const dotted = await makeBucket('with.dots.in.it');
    await expect(
      s3.send(
        new PutBucketAccelerateConfigurationCommand({ Bucket: dotted, AccelerateConfiguration: { Status: 'Enabled' } }),
      ),
    ).rejects.toMatchObject({
      name: 'InvalidRequest',
      message: 'S3 Transfer Acceleration is not supported for buckets with periods (.) in their names',
    });
  });
});
