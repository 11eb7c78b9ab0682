import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteBucketReplicationCommand,
  DeleteObjectCommand,
  GetBucketReplicationCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  PutBucketNotificationConfigurationCommand,
  PutBucketPolicyCommand,
  PutBucketReplicationCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  S3Client,
  type ReplicationRule,
} from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { publishedEvents } from '../../../../tests/events.ts';
import { allow, identities, policy, trust } from '../../../../tests/identities.ts';
import { otherAccount } from '../../../../tests/accounts.ts';
import { startForTests, testSeed } from '../../../../tests/start.ts';
import { generator } from '../../../kernel/ids.ts';

const outcrop = await startForTests();
const s3 = new S3Client(outcrop.clients);
const random = generator(testSeed('replication'));
const { role } = identities(outcrop);
const byS3 = trust({ Service: 's3.amazonaws.com' });
const everything = allow('s3:*');
const { arn: Role } = await role('replicator', byS3, everything);
let serial = 0;

async function makeBucket(versioned = true): Promise<string> {
  const Bucket = `replicate-${serial++}-${Math.floor(random() * 1e9)}`;
  await s3.send(new CreateBucketCommand({ Bucket }));
  if (versioned)
    await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
  return Bucket;
}

const rule = (destination: string, more: Partial<ReplicationRule> = {}): ReplicationRule => ({
  ID: `rule-${destination}`,
  Status: 'Enabled',
  Priority: 1,
  Filter: { Prefix: '' },
  DeleteMarkerReplication: { Status: 'Disabled' },
  Destination: { Bucket: `arn:aws:s3:::${destination}` },
  ...more,
});
const configure = (Bucket: string, Rules: ReplicationRule[], roleArn = Role) =>
  s3.send(
    new PutBucketReplicationCommand({
      Bucket,
      ReplicationConfiguration: { Role: roleArn, Rules },
    }),
  );
const head = (Bucket: string, Key: string, VersionId?: string) =>
  s3.send(new HeadObjectCommand({ Bucket, Key, VersionId })).catch((error: Error) => error.name);
const settle = () => outcrop.clock.advance(60_000);

describe('replication configurations', () => {
  it('are kept, read and removed', async () => {
    const [from, to] = [await makeBucket(), await makeBucket()];
    await expect(s3.send(new GetBucketReplicationCommand({ Bucket: from }))).rejects.toMatchObject({
      name: 'ReplicationConfigurationNotFoundError',
      $metadata: { httpStatusCode: 404 },
    });
    await configure(from, [rule(to)]);
    expect((await s3.send(new GetBucketReplicationCommand({ Bucket: from }))).ReplicationConfiguration).toEqual({
      Role,
      Rules: [rule(to)],
    });
    await s3.send(new DeleteBucketReplicationCommand({ Bucket: from }));
    await expect(s3.send(new GetBucketReplicationCommand({ Bucket: from }))).rejects.toMatchObject({
      name: 'ReplicationConfigurationNotFoundError',
    });
  });

  it('need versioning on both sides, a destination, and a rule that is whole', async () => {
    const [plain, from, to] = [await makeBucket(false), await makeBucket(), await makeBucket()];
    const refused = (promise: Promise<unknown>, message: string) =>
      expect(promise).rejects.toMatchObject({ name: 'InvalidRequest', message: expect.stringContaining(message) });
    await refused(configure(plain, [rule(to)]), "Versioning must be 'Enabled' on the bucket");
    await refused(configure(from, [rule(plain)]), 'Destination bucket must have versioning enabled.');
    await refused(configure(from, [rule('there-is-no-such-bucket')]), 'Destination bucket must exist.');
    await refused(
      configure(from, [rule(to, { DeleteMarkerReplication: undefined })]),
      'DeleteMarkerReplication must be specified',
    );
    await refused(configure(from, [rule(to), rule(to, { ID: 'another' })]), 'Found duplicate priority value 1');
    await refused(
      configure(from, [
        rule(to, { Filter: { Tag: { Key: 'a', Value: 'b' } }, DeleteMarkerReplication: { Status: 'Enabled' } }),
      ]),
      'Delete marker replication is not supported if any Tag filter is specified',
    );
    await expect(
      configure(from, [rule(to, { ExistingObjectReplication: { Status: 'Enabled' } })]),
    ).rejects.toMatchObject({ name: 'NotImplemented' });
  });
});

describe('replication', () => {
  it('keeps version ids, order, content, metadata and tags; and leaves what was there before', async () => {
    const [from, to] = [await makeBucket(), await makeBucket()];
    await s3.send(new PutObjectCommand({ Bucket: from, Key: 'before', Body: 'old' }));
    await configure(from, [rule(to, { Destination: { Bucket: `arn:aws:s3:::${to}`, StorageClass: 'STANDARD_IA' } })]);
    const ids: string[] = [];
    for (let i = 0; i < 6; i++) {
      const { VersionId } = await s3.send(
        new PutObjectCommand({
          Bucket: from,
          Key: 'k',
          Body: `version ${i} ${random()}`,
          Metadata: { n: String(i) },
          Tagging: `n=${i}`,
        }),
      );
      ids.push(VersionId!);
    }
    await settle();
    const { Versions } = await s3.send(new ListObjectVersionsCommand({ Bucket: to }));
    expect(Versions!.map(({ VersionId, IsLatest, StorageClass }) => [VersionId, IsLatest, StorageClass])).toEqual(
      ids.toReversed().map((id, i) => [id, i === 0, 'STANDARD_IA']),
    );
    const body = async (Bucket: string) =>
      (await s3.send(new GetObjectCommand({ Bucket, Key: 'k', VersionId: ids[3]! }))).Body!.transformToString();
    expect(await body(to)).toBe(await body(from));
    expect(await head(to, 'k', ids[3])).toMatchObject({ Metadata: { n: '3' }, ReplicationStatus: 'REPLICA' });
    expect(await head(from, 'k', ids[3])).toMatchObject({ ReplicationStatus: 'COMPLETED' });
    expect(await head(to, 'before')).toBe('NotFound');
    expect((await head(from, 'before')) as object).not.toHaveProperty('ReplicationStatus');
  });

  it('sends on changed tags, and delete markers only where the rule says so; never deletions of versions', async () => {
    const [from, marked, unmarked] = [await makeBucket(), await makeBucket(), await makeBucket()];
    await configure(from, [
      rule(marked, { DeleteMarkerReplication: { Status: 'Enabled' } }),
      rule(unmarked, { Priority: 2 }),
    ]);
    const { VersionId } = await s3.send(new PutObjectCommand({ Bucket: from, Key: 'k', Body: 'x' }));
    await settle();
    await s3.send(
      new PutObjectTaggingCommand({ Bucket: from, Key: 'k', Tagging: { TagSet: [{ Key: 'a', Value: 'b' }] } }),
    );
    await settle();
    expect((await s3.send(new GetObjectTaggingCommand({ Bucket: marked, Key: 'k' }))).TagSet).toEqual([
      { Key: 'a', Value: 'b' },
    ]);
    await s3.send(new DeleteObjectCommand({ Bucket: from, Key: 'k' }));
    await s3.send(new DeleteObjectCommand({ Bucket: from, Key: 'k', VersionId }));
    await settle();
    expect(await head(marked, 'k')).toBe('NotFound');
    expect(await head(marked, 'k', VersionId)).toMatchObject({ VersionId });
    expect(await head(unmarked, 'k')).toMatchObject({ VersionId });
  });

  it('follows prefix, tag and priority; copies count as new; replicas are not sent on', async () => {
    const [from, cold, warm] = [await makeBucket(), await makeBucket(), await makeBucket()];
    await configure(from, [
      rule(cold, {
        ID: 'low',
        Priority: 1,
        Filter: { And: { Prefix: 'a/', Tags: [{ Key: 'keep', Value: 'yes' }] } },
        Destination: { Bucket: `arn:aws:s3:::${cold}`, StorageClass: 'ONEZONE_IA' },
      }),
      rule(cold, {
        ID: 'high',
        Priority: 5,
        Filter: { Prefix: 'a/b' },
        Destination: { Bucket: `arn:aws:s3:::${cold}`, StorageClass: 'GLACIER_IR' },
      }),
    ]);
    await configure(cold, [rule(warm)]);
    for (const [Key, Tagging] of [
      ['a/1', 'keep=yes'],
      ['a/2', 'keep=no'],
      ['a/b1', 'keep=yes'],
      ['c', 'keep=yes'],
    ] as const)
      await s3.send(new PutObjectCommand({ Bucket: from, Key, Body: 'x', Tagging }));
    await s3.send(new CopyObjectCommand({ Bucket: from, Key: 'a/b2', CopySource: `${from}/c` }));
    await settle();
    const found = await Promise.all(['a/1', 'a/2', 'a/b1', 'c', 'a/b2'].map((Key) => head(cold, Key)));
    expect(found.map((one) => (typeof one === 'string' ? one : one.StorageClass))).toEqual([
      'ONEZONE_IA',
      'NotFound',
      'GLACIER_IR',
      'NotFound',
      'GLACIER_IR',
    ]);
    expect((await s3.send(new ListObjectVersionsCommand({ Bucket: warm }))).Versions).toBeUndefined();
  });

  it('says FAILED when the destination is no longer fit', async () => {
    const [from, to] = [await makeBucket(), await makeBucket()];
    await configure(from, [rule(to)]);
    await s3.send(new PutBucketVersioningCommand({ Bucket: to, VersioningConfiguration: { Status: 'Suspended' } }));
    await s3.send(new PutObjectCommand({ Bucket: from, Key: 'k', Body: 'x' }));
    await settle();
    expect(await head(from, 'k')).toMatchObject({ ReplicationStatus: 'FAILED' });
    expect(await head(to, 'k')).toBe('NotFound');
  });

  it('works under its role: fails where role, trust or the policy of the destination do not let it', async () => {
    const reading = ['s3:GetObjectVersionForReplication', 's3:GetObjectVersionAcl', 's3:GetObjectVersionTagging'];
    const writing = ['s3:ReplicateObject', 's3:ReplicateTags', 's3:ReplicateDelete'];
    const make = (trusted: string, document: string) =>
      role(`r-${serial++}-${Math.floor(random() * 1e9)}`, trusted, document);
    const whole = await make(byS3, allow([...reading, ...writing]));
    const roles: [string, { arn: string }, string][] = [
      ['whole', whole, 'COMPLETED'],
      ['cannot read', await make(byS3, allow(writing)), 'FAILED'],
      ['cannot write', await make(byS3, allow(reading)), 'FAILED'],
      ['cannot tag', await make(byS3, allow([...reading, 's3:ReplicateObject'])), 'FAILED'],
      ['has only the rights of a user', await make(byS3, allow(['s3:GetObject*', 's3:PutObject'])), 'FAILED'],
      ['trusts another service', await make(trust({ Service: 'lambda.amazonaws.com' }), allow('s3:*')), 'FAILED'],
      ['is not there', { arn: 'arn:aws:iam::000000000000:role/nobody' }, 'FAILED'],
    ];
    for (const [what, { arn }, status] of roles) {
      const [from, to] = [await makeBucket(), await makeBucket()];
      await configure(from, [rule(to)], arn);
      await s3.send(new PutObjectCommand({ Bucket: from, Key: 'k', Body: 'x', Tagging: 'a=b' }));
      await settle();
      expect(await head(from, 'k'), what).toMatchObject({ ReplicationStatus: status });
      expect(typeof (await head(to, 'k')), what).toBe(status === 'COMPLETED' ? 'object' : 'string');
    }
    const [from, to] = [await makeBucket(), await makeBucket()];
    const narrow = await make(
      trust({ Service: 's3.amazonaws.com' }, { Condition: { ArnEquals: { 'aws:SourceArn': `arn:aws:s3:::${from}` } } }),
      allow([...reading, ...writing]),
    );
    await configure(from, [rule(to)], narrow.arn);
    const denyTo = (Prefix: string) =>
      s3.send(
        new PutBucketPolicyCommand({
          Bucket: to,
          Policy: policy({
            Effect: 'Deny',
            Principal: { AWS: narrow.arn },
            Action: 's3:ReplicateObject',
            Resource: `arn:aws:s3:::${to}/${Prefix}*`,
          }),
        }),
      );
    await denyTo('closed/');
    for (const Key of ['open/k', 'closed/k']) await s3.send(new PutObjectCommand({ Bucket: from, Key, Body: 'x' }));
    await settle();
    expect(await head(from, 'open/k')).toMatchObject({ ReplicationStatus: 'COMPLETED' });
    expect(await head(from, 'closed/k')).toMatchObject({ ReplicationStatus: 'FAILED' });
  });

  it('tells of a replica that was refused', async () => {
    const [from, to] = [await makeBucket(), await makeBucket()];
    const QueueArn = 'arn:aws:sqs:us-east-1:000000000000:failures';
    await s3.send(
      new PutBucketNotificationConfigurationCommand({
        Bucket: from,
        SkipDestinationValidation: true,
        NotificationConfiguration: {
          QueueConfigurations: [{ QueueArn, Events: ['s3:Replication:OperationFailedReplication'] }],
        },
      }),
    );
    const weak = await role(`weak-${Math.floor(random() * 1e9)}`, byS3, allow('s3:GetObject'));
    await configure(from, [rule(to)], weak.arn);
    await s3.send(new PutObjectCommand({ Bucket: from, Key: 'k', Body: 'x' }));
    await settle();
    const told = await publishedEvents(outcrop, ({ resources }) => resources.includes(QueueArn), 1);
    expect(told.map(({ detail }) => detail.Records[0])).toMatchObject([
      { eventName: 'Replication:OperationFailedReplication', s3: { bucket: { name: from }, object: { key: 'k' } } },
    ]);
  });

  it('goes to another account where that lets the role in, and becomes its own where the rule says so', async () => {
    const elsewhere = await otherAccount(outcrop);
    const other = { ...elsewhere, s3: new S3Client(elsewhere.clients) };
    const replicator = await role(
      `across-${Math.floor(random() * 1e9)}`,
      byS3,
      allow(['s3:GetObjectVersion*', 's3:Replicate*', 's3:ObjectOwnerOverrideToBucketOwner']),
    );
    const from = await makeBucket();
    const to = `mirror-${Math.floor(random() * 1e9)}`;
    await other.s3.send(new CreateBucketCommand({ Bucket: to, ObjectOwnership: 'ObjectWriter' }));
    const VersioningConfiguration = { Status: 'Enabled' as const };
    await other.s3.send(new PutBucketVersioningCommand({ Bucket: to, VersioningConfiguration }));
    const across = (owned: boolean) =>
      configure(
        from,
        [
          rule(to, {
            Destination: {
              Bucket: `arn:aws:s3:::${to}`,
              ...(owned ? { Account: other.account, AccessControlTranslation: { Owner: 'Destination' } } : {}),
            },
          }),
        ],
        replicator.arn,
      );
    const letIn = (...Action: string[]) =>
      other.s3.send(
        new PutBucketPolicyCommand({
          Bucket: to,
          Policy: policy({
            Effect: 'Allow',
            Principal: { AWS: replicator.arn },
            Action,
            Resource: `arn:aws:s3:::${to}/*`,
          }),
        }),
      );
    const send = async (Key: string) => {
      await s3.send(new PutObjectCommand({ Bucket: from, Key, Body: `content of ${Key}` }));
      await settle();
      return ((await s3.send(new HeadObjectCommand({ Bucket: from, Key }))) as { ReplicationStatus?: string })
        .ReplicationStatus;
    };
    const theirs = async (Key: string) =>
      (await other.s3.send(new GetObjectCommand({ Bucket: to, Key }))).Body!.transformToString();
    await across(false);
    expect(await send('kept out')).toBe('FAILED');
    await letIn('s3:ReplicateObject');
    expect(await send('let in')).toBe('COMPLETED');
    // It stays the first account's until it is handed over.
    await expect(theirs('let in')).rejects.toMatchObject({ name: 'AccessDenied' });
    await across(true);
    expect(await send('not handed over')).toBe('FAILED');
    await letIn('s3:ReplicateObject', 's3:ObjectOwnerOverrideToBucketOwner');
    expect(await send('handed over')).toBe('COMPLETED');
    expect(await theirs('handed over')).toBe('content of handed over');
  });
});
