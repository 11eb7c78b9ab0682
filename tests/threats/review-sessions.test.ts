import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { CreateBucketCommand, PutBucketEncryptionCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { describe, expect, it } from 'vitest';
import { generator } from '../../src/kernel/ids.ts';
import { ACCOUNT, allow, identities, refusal, trust } from '../identities.ts';
import { startForTests, testSeed } from '../start.ts';

const random = generator(testSeed('threats: review of sessions'));
const fresh = (prefix: string) => `${prefix}-${Math.floor(random() * 1e9)}`;
const outcrop = await startForTests();
const { as, user, role } = identities(outcrop);

describe('A session policy', () => {
  it('that gives no right to the key of a bucket holds after another session of the role has used it', async () => {
    const s3 = new S3Client(outcrop.clients);
    const { KeyMetadata } = await new KMSClient(outcrop.clients).send(new CreateKeyCommand());
    const Bucket = fresh('bucket');
    await s3.send(new CreateBucketCommand({ Bucket }));
    const ApplyServerSideEncryptionByDefault = {
      SSEAlgorithm: 'aws:kms' as const,
      KMSMasterKeyID: KeyMetadata!.Arn,
    };
    await s3.send(
      new PutBucketEncryptionCommand({
        Bucket,
        ServerSideEncryptionConfiguration: { Rules: [{ ApplyServerSideEncryptionByDefault, BucketKeyEnabled: true }] },
      }),
    );
    const anna = await user(fresh('anna'), allow('sts:AssumeRole'));
    const writer = await role(
      fresh('writer'),
      trust({ AWS: `arn:aws:iam::${ACCOUNT}:root` }),
      allow(['s3:*', 'kms:*']),
    );
    const session = async (RoleSessionName: string, Policy?: string) => {
      const assume = new AssumeRoleCommand({ RoleArn: writer.arn, RoleSessionName, Policy });
      return new S3Client(as((await new STSClient(anna.clients).send(assume)).Credentials));
    };
    const put = (client: S3Client, Key: string) => client.send(new PutObjectCommand({ Bucket, Key, Body: fresh('x') }));
    const narrow = await session('narrow', allow('s3:*'));
    expect((await refusal(put(narrow, 'a'))).message).toContain('kms:GenerateDataKey');
    await put(await session('wide'), 'b');
    expect((await refusal(put(narrow, 'c'))).message).toContain('kms:GenerateDataKey');
    await put(await session('other', allow(['s3:*', 'kms:GenerateDataKey'])), 'd');
  });
});
