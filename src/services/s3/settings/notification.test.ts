import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetBucketNotificationConfigurationCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketNotificationConfigurationCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  RestoreObjectCommand,
  S3Client,
  type NotificationConfiguration,
} from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { publishedEvents } from '../../../../tests/events.ts';
import { startForTests, testSeed } from '../../../../tests/start.ts';
import { generator } from '../../../kernel/ids.ts';

const DAY_MS = 86_400_000;
const outcrop = await startForTests({ clock: { frozenAt: new Date('2033-05-05T05:05:05Z') } });
const s3 = new S3Client(outcrop.clients);
const random = generator(testSeed('notification'));
let serial = 0;

async function makeBucket(configuration?: NotificationConfiguration): Promise<string> {
  const Bucket = `notify-${serial++}-${Math.floor(random() * 1e9)}`;
  await s3.send(new CreateBucketCommand({ Bucket }));
  if (configuration) await configure(Bucket, configuration);
  return Bucket;
}

const configure = (Bucket: string, NotificationConfiguration: NotificationConfiguration) =>
  s3.send(new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration }));

const queue = 'arn:aws:sqs:us-east-1:000000000000:inbox';
const put = (Bucket: string, Key: string, more = {}) =>
  s3.send(new PutObjectCommand({ Bucket, Key, Body: 'hello', ...more }));

/** What has been published of a bucket. */
const told = (bucket: string, count: number) =>
  publishedEvents(outcrop, ({ detail }) => (detail.bucket ?? detail.Records?.[0]?.s3.bucket)?.name === bucket, count);

describe('notification configurations', () => {
  it('are kept with an id for each rule, and empty until put', async () => {
    const Bucket = await makeBucket();
    const get = () => s3.send(new GetBucketNotificationConfigurationCommand({ Bucket }));
    expect((await get()).QueueConfigurations).toBeUndefined();
    await configure(Bucket, {
      QueueConfigurations: [
        {
          QueueArn: queue,
          Events: ['s3:ObjectCreated:*'],
          Filter: { Key: { FilterRules: [{ Name: 'prefix', Value: 'in/' }] } },
        },
      ],
      EventBridgeConfiguration: {},
    });
    const found = await get();
    expect(found.QueueConfigurations).toMatchObject([
      {
        Id: expect.stringMatching(/.+/),
        QueueArn: queue,
        Filter: { Key: { FilterRules: [{ Name: 'Prefix', Value: 'in/' }] } },
      },
    ]);
    expect(found.EventBridgeConfiguration).toEqual({});
    await configure(Bucket, {});
    expect((await get()).QueueConfigurations).toBeUndefined();
  });

  it('are refused when they are wrong, or when two rules could tell of one object', async () => {
    const Bucket = await makeBucket();
    const refused = (QueueConfigurations: NotificationConfiguration['QueueConfigurations'], message: string) =>
      expect(configure(Bucket, { QueueConfigurations })).rejects.toMatchObject({ name: 'InvalidArgument', message });
    await refused(
      [{ QueueArn: 'arn:aws:sns:us-east-1:000000000000:t', Events: ['s3:ObjectCreated:*'] }],
      'The ARN could not be parsed',
    );
    await refused(
      [{ QueueArn: queue.replace('us-east-1', 'eu-west-1'), Events: ['s3:ObjectCreated:*'] }],
      'Unable to validate the following destination configurations',
    );
    const rule = (prefix: string, event: 's3:ObjectCreated:*' | 's3:ObjectCreated:Put') => ({
      QueueArn: queue,
      Events: [event],
      Filter: { Key: { FilterRules: [{ Name: 'prefix' as const, Value: prefix }] } },
    });
    await refused(
      [rule('a', 's3:ObjectCreated:*'), rule('ab', 's3:ObjectCreated:Put')],
      'Configurations overlap. Configurations on the same bucket cannot share a common event type.',
    );
    await configure(Bucket, {
      QueueConfigurations: [rule('a', 's3:ObjectCreated:*'), rule('b', 's3:ObjectCreated:Put')],
    });
  });
});

describe('notifications', () => {
  it('begin with a test message to each queue and topic', async () => {
    const topic = 'arn:aws:sns:us-east-1:000000000000:news';
    const Bucket = await makeBucket({
      QueueConfigurations: [
        { QueueArn: queue, Events: ['s3:ObjectCreated:*'] },
        { QueueArn: queue, Events: ['s3:ObjectRemoved:*'] },
      ],
      TopicConfigurations: [{ TopicArn: topic, Events: ['s3:ObjectRestore:*'] }],
      LambdaFunctionConfigurations: [
        { LambdaFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:f', Events: ['s3:ObjectTagging:*'] },
      ],
    });
    const events = await publishedEvents(outcrop, ({ detail }) => detail.Bucket === Bucket, 2);
    expect(events.map(({ resources }) => resources)).toEqual([[queue], [topic]]);
    expect(events[0]!.detail).toMatchObject({
      Service: 'Amazon S3',
      Event: 's3:TestEvent',
      Time: outcrop.clock.now().toISOString(),
    });
  });

  it("carry S3's own message to the destination that asked for them, and to nobody else", async () => {
    const Bucket = await makeBucket({
      QueueConfigurations: [
        {
          Id: 'rule',
          QueueArn: queue,
          Events: ['s3:ObjectCreated:*'],
          Filter: {
            Key: {
              FilterRules: [
                { Name: 'prefix', Value: 'in/' },
                { Name: 'suffix', Value: '.txt' },
              ],
            },
          },
        },
      ],
    });
    const Key = `in/a b+${Math.floor(random() * 1e6)}.txt`;
    for (const other of ['out/a.txt', 'in/a.png']) await put(Bucket, other);
    const { ETag } = await put(Bucket, Key);
    await s3.send(new DeleteObjectCommand({ Bucket, Key }));
    const events = await told(Bucket, 1);
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({
      source: 'aws.s3',
      detailType: 'S3 Notification',
      resources: [queue],
      region: 'us-east-1',
      account: '000000000000',
    });
    expect(events[0]!.detail.Records).toEqual([
      {
        eventVersion: '2.1',
        eventSource: 'aws:s3',
        awsRegion: 'us-east-1',
        eventTime: outcrop.clock.now().toISOString(),
        eventName: 'ObjectCreated:Put',
        userIdentity: { principalId: 'AWS:000000000000' },
        requestParameters: { sourceIPAddress: '127.0.0.1' },
        responseElements: { 'x-amz-request-id': expect.any(String), 'x-amz-id-2': expect.any(String) },
        s3: {
          s3SchemaVersion: '1.0',
          configurationId: 'rule',
          bucket: { name: Bucket, ownerIdentity: { principalId: expect.any(String) }, arn: `arn:aws:s3:::${Bucket}` },
          object: {
            key: encodeURIComponent(Key).replaceAll('%20', '+').replaceAll('%2F', '/'),
            size: 5,
            eTag: ETag!.replaceAll('"', ''),
            sequencer: expect.stringMatching(/^[0-9A-F]+$/),
          },
        },
      },
    ]);
  });

  it('go to EventBridge in its own shape, of all that happens, once it is switched on', async () => {
    const Bucket = await makeBucket({ EventBridgeConfiguration: {} });
    await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
    const { VersionId } = await put(Bucket, 'k', { StorageClass: 'GLACIER' });
    await s3.send(
      new RestoreObjectCommand({
        Bucket,
        Key: 'k',
        RestoreRequest: { Days: 1, GlacierJobParameters: { Tier: 'Expedited' } },
      }),
    );
    await outcrop.clock.advance(300_000);
    await outcrop.clock.advance(3 * DAY_MS);
    await s3.send(new DeleteObjectCommand({ Bucket, Key: 'k' }));
    await s3.send(new DeleteObjectCommand({ Bucket, Key: 'k', VersionId }));
    const events = await told(Bucket, 6);
    expect(events.map(({ detailType, detail }) => [detailType, detail['deletion-type']])).toEqual([
      ['Object Created', undefined],
      ['Object Restore Initiated', undefined],
      ['Object Restore Completed', undefined],
      ['Object Restore Expired', undefined],
      ['Object Deleted', 'Delete Marker Created'],
      ['Object Deleted', 'Permanently Deleted'],
    ]);
    expect(events[0]).toMatchObject({
      source: 'aws.s3',
      resources: [`arn:aws:s3:::${Bucket}`],
      detail: {
        version: '0',
        bucket: { name: Bucket },
        object: { key: 'k', size: 5, 'version-id': VersionId },
        reason: 'PutObject',
        requester: '000000000000',
        'source-ip-address': '127.0.0.1',
      },
    });
    const sequencers = [events[0]!, events[4]!].map(({ detail }) => detail.object.sequencer as string);
    expect(sequencers[0]! < sequencers[1]!).toBe(true);
  });

  it('tell of what lifecycle rules do', async () => {
    const Bucket = await makeBucket({
      QueueConfigurations: [{ QueueArn: queue, Events: ['s3:LifecycleTransition', 's3:LifecycleExpiration:*'] }],
    });
    await s3.send(
      new PutBucketLifecycleConfigurationCommand({
        Bucket,
        TransitionDefaultMinimumObjectSize: 'varies_by_storage_class',
        LifecycleConfiguration: {
          Rules: [
            {
              ID: 'r',
              Status: 'Enabled',
              Filter: { Prefix: '' },
              Transitions: [{ Days: 1, StorageClass: 'GLACIER' }],
              Expiration: { Days: 3 },
            },
          ],
        },
      }),
    );
    await put(Bucket, 'k');
    await outcrop.clock.advance(5 * DAY_MS);
    const records = (await told(Bucket, 2)).map(({ detail }) => detail.Records[0]);
    expect(records.map(({ eventName }) => eventName)).toEqual(['LifecycleTransition', 'LifecycleExpiration:Delete']);
    expect(records[0].lifecycleEventData).toEqual({ transitionEventData: { destinationStorageClass: 'GLACIER' } });
  });
});
