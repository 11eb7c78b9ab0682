import {
  CreateBucketCommand,
  DeleteObjectsCommand,
  GetBucketLoggingCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutBucketAclCommand,
  PutBucketLoggingCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { describe, expect, it } from 'vitest';
import { policy } from '../../../../tests/identities.ts';
import { startForTests, testSeed } from '../../../../tests/start.ts';
import { generator } from '../../../kernel/ids.ts';

const outcrop = await startForTests({ clock: { frozenAt: new Date('2035-10-09T13:55:36Z') } });
const s3 = new S3Client(outcrop.clients);
const random = generator(testSeed('logging'));

async function lines(Bucket: string, Prefix: string): Promise<{ keys: string[]; fields: string[][] }> {
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix }));
  const texts = await Promise.all(
    Contents.map(async ({ Key }) =>
      (await s3.send(new GetObjectCommand({ Bucket, Key: Key! }))).Body!.transformToString(),
    ),
  );
  // Fields are bare, quoted, or in brackets.
  const fields = texts.flatMap((text) => text.trim().split('\n')).map((line) => line.match(/"[^"]*"|\[[^\]]*\]|\S+/g)!);
  return { keys: Contents.map(({ Key }) => Key!), fields };
}

/** The policy that log delivery needs on its target. */
const letIn = (target: string, source: string) =>
  s3.send(
    new PutBucketPolicyCommand({
      Bucket: target,
      Policy: policy({
        Effect: 'Allow',
        Principal: { Service: 'logging.s3.amazonaws.com' },
        Action: 's3:PutObject',
        Resource: `arn:aws:s3:::${target}/*`,
        Condition: {
          ArnLike: { 'aws:SourceArn': `arn:aws:s3:::${source}` },
          StringEquals: { 'aws:SourceAccount': '000000000000' },
        },
      }),
    }),
  );

/** Lets hours pass until `count` lines have been delivered: a line is noted when its answer has left. */
async function delivered(Bucket: string, Prefix: string, count: number) {
  for (let hours = 0; ; hours++) {
    await outcrop.clock.advance(3_600_000);
    const found = await lines(Bucket, Prefix);
    if (found.fields.length >= count || hours > 100) return found;
  }
}

describe('server access logging', () => {
  it('delivers a line for each request to the target bucket, in the format of S3', async () => {
    const [Bucket, target] = ['logged', 'logs'] as const;
    for (const name of [Bucket, target]) await s3.send(new CreateBucketCommand({ Bucket: name }));
    await letIn(target, Bucket);
    const LoggingEnabled = { TargetBucket: target, TargetPrefix: 'access/' };
    await s3.send(new PutBucketLoggingCommand({ Bucket, BucketLoggingStatus: { LoggingEnabled } }));
    expect((await s3.send(new GetBucketLoggingCommand({ Bucket }))).LoggingEnabled).toEqual(LoggingEnabled);
    const Key = `a b/${Math.floor(random() * 1e6)}`;
    const Body = 'x'.repeat(1 + Math.floor(random() * 1000));
    await s3.send(new PutObjectCommand({ Bucket, Key, Body }));
    await (
      await fetch(await getSignedUrl(s3, new GetObjectCommand({ Bucket, Key })), {
        headers: { referer: 'https://page.example/' },
      })
    ).text();
    await expect(s3.send(new GetObjectCommand({ Bucket, Key: 'missing' }))).rejects.toMatchObject({
      name: 'NoSuchKey',
    });
    await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key }] } }));
    // The two of the configuration itself are logged as well.
    const { keys, fields } = await delivered(target, 'access/', 5);
    for (const key of keys) expect(key).toMatch(/^access\/2035-10-\d\d-\d\d-00-00-[0-9A-F]{16}$/);
    const encoded = Key.replace(' ', '%20');
    const of = (operation: string) => fields.filter((line) => line[6] === operation);
    const [put] = of('REST.PUT.OBJECT');
    expect(put!.slice(1, 4)).toEqual([Bucket, '[09/Oct/2035:13:55:36 +0000]', '127.0.0.1']);
    expect(put!.slice(7, 13)).toEqual([
      encoded,
      expect.stringMatching(/^"PUT \/logged\/a%20b\/\d+\?x-id=PutObject HTTP\/1.1"$/),
      '200',
      '-',
      '-',
      String(Body.length),
    ]);
    expect(put!.slice(19)).toEqual(['SigV4', '-', 'AuthHeader', expect.stringContaining('127.0.0.1'), '-', '-', '-']);
    const [read, missing] = of('REST.GET.OBJECT');
    expect(read!.slice(9, 12)).toEqual(['200', '-', String(Body.length)]);
    expect([read![15], read![21]]).toEqual(['"https://page.example/"', 'QueryString']);
    expect(missing!.slice(7, 11)).toEqual(['missing', expect.any(String), '404', 'NoSuchKey']);
    expect(of('REST.POST.MULTI_OBJECT_DELETE')).toHaveLength(1);
    for (const line of fields) expect(line).toHaveLength(26);
  });

  it('partitions keys by date when asked, and stops when it is turned off', async () => {
    const [Bucket, target] = ['logged-2', 'logs-2'] as const;
    for (const name of [Bucket, target]) await s3.send(new CreateBucketCommand({ Bucket: name }));
    await letIn(target, Bucket);
    await s3.send(
      new PutBucketLoggingCommand({
        Bucket,
        BucketLoggingStatus: {
          LoggingEnabled: {
            TargetBucket: target,
            TargetPrefix: '',
            TargetObjectKeyFormat: { PartitionedPrefix: { PartitionDateSource: 'EventTime' } },
          },
        },
      }),
    );
    await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x' }));
    const day = outcrop.clock.now().toISOString().slice(0, 10);
    expect((await delivered(target, '', 1)).keys[0]).toMatch(
      new RegExp(`^000000000000/us-east-1/logged-2/${day.replaceAll('-', '/')}/${day}-00-00-00-`),
    );
    await s3.send(new PutBucketLoggingCommand({ Bucket, BucketLoggingStatus: {} }));
    expect((await s3.send(new GetBucketLoggingCommand({ Bucket }))).LoggingEnabled).toBeUndefined();
    await s3.send(new PutObjectCommand({ Bucket, Key: 'unseen', Body: 'x' }));
    const again = { LoggingEnabled: { TargetBucket: target, TargetPrefix: 'again/' } };
    await s3.send(new PutBucketLoggingCommand({ Bucket, BucketLoggingStatus: again }));
    await s3.send(new PutObjectCommand({ Bucket, Key: 'seen', Body: 'x' }));
    const { fields } = await delivered(target, 'again/', 2);
    const put = fields.filter((line) => line[6] === 'REST.PUT.OBJECT').map((line) => line[7]);
    expect(put).toEqual(['seen']);
  });

  it('is lost where the policy of the target lets the service in for another bucket only', async () => {
    const [Bucket, target] = ['logged-4', 'logs-4'] as const;
    for (const name of [Bucket, target]) await s3.send(new CreateBucketCommand({ Bucket: name }));
    const to = (TargetPrefix: string) =>
      s3.send(
        new PutBucketLoggingCommand({
          Bucket,
          BucketLoggingStatus: { LoggingEnabled: { TargetBucket: target, TargetPrefix } },
        }),
      );
    await letIn(target, 'logged-2');
    await to('lost/');
    await s3.send(new PutObjectCommand({ Bucket, Key: 'unseen', Body: 'x' }));
    for (let hours = 0; hours < 3; hours++) await outcrop.clock.advance(3_600_000);
    await letIn(target, Bucket);
    await to('kept/');
    await s3.send(new PutObjectCommand({ Bucket, Key: 'seen', Body: 'x' }));
    const { fields } = await delivered(target, 'kept/', 2);
    expect(fields.filter((line) => line[6] === 'REST.PUT.OBJECT').map((line) => line[7])).toEqual(['seen']);
    expect((await lines(target, 'lost/')).keys).toEqual([]);
  });

  it('is let in by the ACL of a target that grants the log delivery group to write', async () => {
    const [Bucket, target] = ['logged-5', 'logs-5'] as const;
    await s3.send(new CreateBucketCommand({ Bucket }));
    await s3.send(new CreateBucketCommand({ Bucket: target, ObjectOwnership: 'ObjectWriter' }));
    const GrantWrite = 'uri="http://acs.amazonaws.com/groups/s3/LogDelivery"';
    await s3.send(new PutBucketAclCommand({ Bucket: target, GrantWrite }));
    const LoggingEnabled = { TargetBucket: target, TargetPrefix: '' };
    await s3.send(new PutBucketLoggingCommand({ Bucket, BucketLoggingStatus: { LoggingEnabled } }));
    await s3.send(new PutObjectCommand({ Bucket, Key: 'seen', Body: 'x' }));
    const { fields } = await delivered(target, '', 2);
    expect(fields.filter((line) => line[6] === 'REST.PUT.OBJECT').map((line) => line[7])).toEqual(['seen']);
  });

  it('is refused without a fit target', async () => {
    await s3.send(new CreateBucketCommand({ Bucket: 'logged-3' }));
    const west = new S3Client({ ...outcrop.clients, region: 'us-west-2' });
    await west.send(
      new CreateBucketCommand({ Bucket: 'logs-west', CreateBucketConfiguration: { LocationConstraint: 'us-west-2' } }),
    );
    const put = (TargetBucket: string) =>
      s3.send(
        new PutBucketLoggingCommand({
          Bucket: 'logged-3',
          BucketLoggingStatus: { LoggingEnabled: { TargetBucket, TargetPrefix: '' } },
        }),
      );
    await expect(put('no-such-target')).rejects.toMatchObject({ name: 'InvalidTargetBucketForLogging' });
    await expect(put('logs-west')).rejects.toMatchObject({ name: 'CrossLocationLoggingProhibitted' });
  });
});
