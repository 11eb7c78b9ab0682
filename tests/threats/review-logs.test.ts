import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutBucketLoggingCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { describe, expect, it } from 'vitest';
import { generator } from '../../src/kernel/ids.ts';
import { ACCOUNT, allow, identities, policy, trust } from '../identities.ts';
import { startForTests, testSeed } from '../start.ts';

const random = generator(testSeed('threats: review of logs'));
const fresh = (prefix: string) => `${prefix}-${Math.floor(random() * 1e9)}`;
const outcrop = await startForTests();
const { as, user, role } = identities(outcrop);
const s3 = new S3Client(outcrop.clients);

/** A bucket that is logged, and how its log lines are read. */
async function logged() {
  const [Bucket, target] = [fresh('logged'), fresh('logs')];
  for (const name of [Bucket, target]) await s3.send(new CreateBucketCommand({ Bucket: name }));
  const Principal = { Service: 'logging.s3.amazonaws.com' };
  const Resource = `arn:aws:s3:::${target}/*`;
  await s3.send(
    new PutBucketPolicyCommand({
      Bucket: target,
      Policy: policy({ Effect: 'Allow', Principal, Action: 's3:PutObject', Resource }),
    }),
  );
  const LoggingEnabled = { TargetBucket: target, TargetPrefix: '' };
  await s3.send(new PutBucketLoggingCommand({ Bucket, BucketLoggingStatus: { LoggingEnabled } }));
  return {
    Bucket,
    /** Lets hours pass until the lines are there: they are noted when an answer has left. */
    async lines(count: number): Promise<string[]> {
      for (let hours = 0; ; hours++) {
        await outcrop.clock.advance(3_600_000);
        const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: target }));
        const texts = await Promise.all(
          Contents.map(async ({ Key }) =>
            (await s3.send(new GetObjectCommand({ Bucket: target, Key }))).Body!.transformToString(),
          ),
        );
        const found = texts.flatMap((text) => text.trim().split('\n'));
        if (found.length >= count || hours > 100) return found;
      }
    },
  };
}

describe('An access log', () => {
  it('does not tell how to use the presigned URLs that were used', async () => {
    const { Bucket, lines } = await logged();
    await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x' }));
    const anna = await user(fresh('anna'), allow('sts:AssumeRole'));
    const reader = await role(fresh('reader'), trust({ AWS: `arn:aws:iam::${ACCOUNT}:root` }), allow('s3:GetObject'));
    const { Credentials } = await new STSClient(anna.clients).send(
      new AssumeRoleCommand({ RoleArn: reader.arn, RoleSessionName: 'one' }),
    );
    const url = new URL(await getSignedUrl(new S3Client(as(Credentials)), new GetObjectCommand({ Bucket, Key: 'k' })));
    expect((await fetch(url)).status).toBe(200);
    const line = (await lines(2)).find((one) => one.includes('X-Amz-Date='));
    expect(line).toContain(`X-Amz-Credential=${encodeURIComponent(`${Credentials!.AccessKeyId}/`)}`);
    for (const name of ['X-Amz-Signature', 'X-Amz-Security-Token']) {
      expect(line).toContain(`${name}=REDACTED`);
      expect(line).not.toContain(encodeURIComponent(url.searchParams.get(name)!));
    }
  });

  it('has one line for each request, whatever its caller puts into it', async () => {
    const { Bucket, lines } = await logged();
    const forged = `${Bucket} [forged]`;
    const injected = encodeURIComponent(`x\n${forged} "GET /secret HTTP/1.1" 200 -\r\n`);
    const sizes = { 'x-amz-decoded-content-length': `1 - "${forged}" 200` };
    for (const [path, init] of [
      [`/${Bucket}/k?versionId=${injected}`, {}],
      [`/${Bucket}/k${injected}`, {}],
      [`/${Bucket}?list-type=2&prefix=${injected}`, {}],
      [`/${Bucket}/k`, { method: 'PUT', headers: sizes, body: 'x' }],
      [`/${Bucket}/k`, { headers: { 'user-agent': `"a" ${forged}`, referer: `"${forged}` } }],
    ] as const)
      expect((await fetch(`${outcrop.endpoint}${path}`, init)).status).toBeGreaterThanOrEqual(400);
    // The first is of the call that turned the log on.
    const found = await lines(6);
    expect(found).toHaveLength(6);
    // Fields are bare, quoted, or in brackets.
    for (const line of found) {
      const fields = line.match(/"[^"]*"|\[[^\]]*\]|\S+/g)!;
      expect(fields.length, line).toBe(26);
      expect(
        fields.filter((field) => field === '[forged]'),
        line,
      ).toEqual([]);
    }
  });
});
