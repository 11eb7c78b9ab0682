import {
  CloudTrailClient,
  CreateTrailCommand,
  DeleteTrailCommand,
  DescribeTrailsCommand,
  GetEventSelectorsCommand,
  GetTrailCommand,
  GetTrailStatusCommand,
  ListTagsCommand,
  ListTrailsCommand,
  AddTagsCommand,
  RemoveTagsCommand,
  PutEventSelectorsCommand,
  StartLoggingCommand,
  StopLoggingCommand,
  UpdateTrailCommand,
} from '@aws-sdk/client-cloudtrail';
import { IAMClient, ListUsersCommand } from '@aws-sdk/client-iam';
import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { GetCallerIdentityCommand, GetSessionTokenCommand, STSClient } from '@aws-sdk/client-sts';
import { beforeEach, describe, expect, it } from 'vitest';
import { startForTests, testSeed } from '../../../tests/start.ts';
import { generator } from '../../kernel/ids.ts';
import { listKeys, makeLogBucket, readFile, readLogs, verifyChain } from '../../../tests/log-files.ts';

const random = generator(testSeed('cloudtrail'));
const word = () =>
  Math.floor(random() * 36 ** 8)
    .toString(36)
    .padStart(8, '0');
const outcrop = await startForTests();
const cloudtrail = new CloudTrailClient(outcrop.clients);
const s3 = new S3Client(outcrop.clients);
const sts = new STSClient(outcrop.clients);
const MINUTE_MS = 60_000;
const refused = (call: Promise<unknown>) =>
  call.then(
    () => 'nothing was refused',
    (error: Error) => error.name,
  );

let bucket: string;
let name: string;
beforeEach(async () => {
  bucket = `logs-${word()}`;
  name = `trail-${word()}`;
});

async function makeTrail(more: Partial<ConstructorParameters<typeof CreateTrailCommand>[0]> = {}) {
  await makeLogBucket(s3, bucket);
  return cloudtrail.send(new CreateTrailCommand({ Name: name, S3BucketName: bucket, ...more }));
}
const remove = () => cloudtrail.send(new DeleteTrailCommand({ Name: name }));

describe('a trail', () => {
  it('is made, described, changed and deleted', async () => {
    const made = await makeTrail({ S3KeyPrefix: 'team', TagsList: [{ Key: 'a', Value: 'b' }] });
    expect(made.TrailARN).toBe(`arn:aws:cloudtrail:us-east-1:000000000000:trail/${name}`);
    expect(made).toMatchObject({
      IncludeGlobalServiceEvents: true,
      IsMultiRegionTrail: false,
      LogFileValidationEnabled: false,
    });
    const { Trail } = await cloudtrail.send(new GetTrailCommand({ Name: made.TrailARN! }));
    expect(Trail).toMatchObject({
      Name: name,
      HomeRegion: 'us-east-1',
      S3KeyPrefix: 'team',
      HasCustomEventSelectors: false,
    });
    await cloudtrail.send(
      new UpdateTrailCommand({ Name: name, IsMultiRegionTrail: true, EnableLogFileValidation: true, S3KeyPrefix: '' }),
    );
    const elsewhere = new CloudTrailClient({ ...outcrop.clients, region: 'eu-west-1' });
    const shadows = await elsewhere.send(new DescribeTrailsCommand({}));
    expect(shadows.trailList!.map((trail) => [trail.Name, trail.HomeRegion, trail.S3KeyPrefix])).toContainEqual([
      name,
      'us-east-1',
      undefined,
    ]);
    expect((await elsewhere.send(new DescribeTrailsCommand({ includeShadowTrails: false }))).trailList).toEqual([]);
    expect(
      await refused(elsewhere.send(new UpdateTrailCommand({ Name: made.TrailARN!, IsMultiRegionTrail: false }))),
    ).toBe('InvalidHomeRegionException');
    expect((await elsewhere.send(new ListTrailsCommand({}))).Trails).toContainEqual({
      TrailARN: made.TrailARN,
      Name: name,
      HomeRegion: 'us-east-1',
    });
    await remove();
    expect(await refused(cloudtrail.send(new GetTrailCommand({ Name: name })))).toBe('TrailNotFoundException');
    expect((await cloudtrail.send(new DescribeTrailsCommand({ trailNameList: [name] }))).trailList).toEqual([]);
  });

  it('is refused with a bucket that is not there, or that does not let CloudTrail write', async () => {
    const create = () => cloudtrail.send(new CreateTrailCommand({ Name: name, S3BucketName: bucket }));
    await expect(create()).rejects.toMatchObject({
      name: 'S3BucketDoesNotExistException',
      message: `S3 bucket ${bucket} does not exist!`,
    });
    await makeLogBucket(s3, bucket, { policy: false });
    await expect(create()).rejects.toMatchObject({
      name: 'InsufficientS3BucketPolicyException',
      message: `Incorrect S3 bucket policy is detected for bucket: ${bucket}`,
    });
  });

  it('is refused by name, when it stands already, and with what does not go together', async () => {
    const create = (more: object) =>
      refused(cloudtrail.send(new CreateTrailCommand({ Name: name, S3BucketName: bucket, ...more })));
    for (const bad of ['ab', '-abc', 'abc-', 'a..b', 'a b c', '192.168.1.1'])
      expect([bad, await create({ Name: bad })]).toEqual([bad, 'InvalidTrailNameException']);
    await makeTrail();
    expect(await create({})).toBe('TrailAlreadyExistsException');
    expect(await create({ Name: `${name}2`, IsMultiRegionTrail: true, IncludeGlobalServiceEvents: false })).toBe(
      'InvalidParameterCombinationException',
    );
    expect(await create({ Name: `${name}2`, IsOrganizationTrail: true })).toBe('OrganizationsNotInUseException');
    expect(await create({ Name: `${name}2`, SnsTopicName: 'topic' })).toBe('NotImplemented');
    await remove();
  });

  it('has tags', async () => {
    const { TrailARN } = await makeTrail({ TagsList: [{ Key: 'a', Value: '1' }] });
    await cloudtrail.send(new AddTagsCommand({ ResourceId: TrailARN!, TagsList: [{ Key: 'b', Value: '2' }] }));
    await cloudtrail.send(new RemoveTagsCommand({ ResourceId: TrailARN!, TagsList: [{ Key: 'a' }] }));
    const { ResourceTagList } = await cloudtrail.send(new ListTagsCommand({ ResourceIdList: [TrailARN!] }));
    expect(ResourceTagList).toEqual([{ ResourceId: TrailARN, TagsList: [{ Key: 'b', Value: '2' }] }]);
    await remove();
  });

  it('writes what was called between StartLogging and StopLogging, those two included, within five minutes', async () => {
    await makeTrail();
    await sts.send(new GetCallerIdentityCommand({}));
    await cloudtrail.send(new StartLoggingCommand({ Name: name }));
    const { $metadata } = await sts.send(new GetCallerIdentityCommand({}));
    await outcrop.clock.advance(5 * MINUTE_MS);
    const first = await readLogs(s3, bucket);
    expect(first.map(({ eventName }) => eventName)).toEqual(['StartLogging', 'GetCallerIdentity']);
    expect(first[1]!.requestID).toBe($metadata.requestId);
    const status = await cloudtrail.send(new GetTrailStatusCommand({ Name: name }));
    expect(status.IsLogging).toBe(true);
    expect(status.LatestDeliveryTime!.getTime()).toBeGreaterThan(status.StartLoggingTime!.getTime());
    await cloudtrail.send(new StopLoggingCommand({ Name: name }));
    await sts.send(new GetCallerIdentityCommand({}));
    await outcrop.clock.advance(10 * MINUTE_MS);
    const all = await readLogs(s3, bucket);
    expect(all.map(({ eventName }) => eventName).toSorted()).toEqual(
      ['GetCallerIdentity', 'GetTrailStatus', 'StartLogging', 'StopLogging']
        .toSorted()
        .concat(all.filter(({ eventName }) => eventName === 'PutObject').map(() => 'PutObject'))
        .toSorted(),
    );
    const [key] = await listKeys(s3, bucket, '/CloudTrail/');
    expect(key).toMatch(
      /^AWSLogs\/000000000000\/CloudTrail\/us-east-1\/\d{4}\/\d\d\/\d\d\/000000000000_CloudTrail_us-east-1_\d{8}T\d{4}Z_[A-Za-z0-9]{16}\.json\.gz$/,
    );
    expect((await cloudtrail.send(new GetTrailStatusCommand({ Name: name }))).IsLogging).toBe(false);
    await remove();
  });

  it('of all regions has a folder and a chain of digests for each; of one it has its own and the global services if it asks for them', async () => {
    const elsewhere = { ...outcrop.clients, region: 'eu-west-1' };
    await makeTrail({ IsMultiRegionTrail: true, EnableLogFileValidation: true });
    await cloudtrail.send(new StartLoggingCommand({ Name: name }));
    const local = new CloudTrailClient(elsewhere);
    const single = [true, false].map((IncludeGlobalServiceEvents) => ({
      Name: `local-${word()}`,
      S3BucketName: `local-${word()}`,
      IncludeGlobalServiceEvents,
    }));
    for (const one of single) {
      await makeLogBucket(s3, one.S3BucketName);
      await local.send(new CreateTrailCommand(one));
      await local.send(new StartLoggingCommand({ Name: one.Name }));
    }
    await new STSClient(elsewhere).send(new GetCallerIdentityCommand({}));
    await sts.send(new GetCallerIdentityCommand({}));
    await new IAMClient(elsewhere).send(new ListUsersCommand({}));
    await outcrop.clock.advance(60 * MINUTE_MS);
    const seen = async (where: string) => {
      const records = await readLogs(s3, where);
      const names = records
        .filter(({ eventName }) => eventName === 'GetCallerIdentity' || eventName === 'ListUsers')
        .map(({ eventName, awsRegion }) => `${awsRegion} ${eventName}`);
      return names.toSorted((a, b) => a.localeCompare(b));
    };
    expect(await seen(bucket)).toEqual([
      'eu-west-1 GetCallerIdentity',
      'us-east-1 GetCallerIdentity',
      'us-east-1 ListUsers',
    ]);
    expect(await seen(single[0]!.S3BucketName)).toEqual([
      'eu-west-1 GetCallerIdentity',
      'us-east-1 GetCallerIdentity',
      'us-east-1 ListUsers',
    ]);
    expect(await seen(single[1]!.S3BucketName)).toEqual(['eu-west-1 GetCallerIdentity']);
    for (const region of ['us-east-1', 'eu-west-1']) {
      const [digest] = await listKeys(s3, bucket, `/CloudTrail-Digest/${region}/`);
      const { logFiles } = JSON.parse((await readFile(s3, bucket, digest!)).text) as {
        logFiles: { s3Object: string }[];
      };
      expect(logFiles.length).toBeGreaterThan(0);
      for (const { s3Object } of logFiles) expect(s3Object).toContain(`/CloudTrail/${region}/`);
    }
    for (const one of single) await local.send(new DeleteTrailCommand({ Name: one.Name }));
    await remove();
  });

  it('logs data events only of what it is told to, and leaves out sources it is told to leave out', async () => {
    await makeTrail();
    const data = `data-${word()}`;
    const other = `other-${word()}`;
    for (const one of [data, other]) await makeLogBucket(s3, one, { policy: false });
    await cloudtrail.send(
      new PutEventSelectorsCommand({
        TrailName: name,
        AdvancedEventSelectors: [
          {
            Name: 'writes to one bucket',
            FieldSelectors: [
              { Field: 'eventCategory', Equals: ['Data'] },
              { Field: 'resources.type', Equals: ['AWS::S3::Object'] },
              { Field: 'resources.ARN', StartsWith: [`arn:aws:s3:::${data}/`] },
              { Field: 'readOnly', Equals: ['false'] },
            ],
          },
        ],
      }),
    );
    const { AdvancedEventSelectors, EventSelectors } = await cloudtrail.send(
      new GetEventSelectorsCommand({ TrailName: name }),
    );
    expect(AdvancedEventSelectors).toHaveLength(1);
    expect(EventSelectors).toBeUndefined();
    await cloudtrail.send(new StartLoggingCommand({ Name: name }));
    const Key = word();
    for (const Bucket of [data, other]) {
      await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'a secret body' }));
      await s3.send(new GetObjectCommand({ Bucket, Key }));
    }
    await s3.send(new DeleteObjectCommand({ Bucket: data, Key }));
    await sts.send(new GetSessionTokenCommand({}));
    await outcrop.clock.advance(5 * MINUTE_MS);
    const records = await readLogs(s3, bucket);
    expect(records.map(({ eventName, eventCategory }) => [eventName, eventCategory])).toEqual([
      ['PutObject', 'Data'],
      ['DeleteObject', 'Data'],
    ]);
    expect(records[0]).toMatchObject({
      requestParameters: { bucketName: data, key: Key },
      resources: [
        { ARN: `arn:aws:s3:::${data}/${Key}`, type: 'AWS::S3::Object' },
        { ARN: `arn:aws:s3:::${data}`, type: 'AWS::S3::Bucket', accountId: '000000000000' },
      ],
      managementEvent: false,
      readOnly: false,
    });
    expect(JSON.stringify(records)).not.toContain('secret body');
    await remove();
  });

  it('refuses selectors that cannot be', async () => {
    await makeTrail();
    const put = (input: object) =>
      refused(cloudtrail.send(new PutEventSelectorsCommand({ TrailName: name, ...input })));
    const advanced = (...FieldSelectors: object[]) => put({ AdvancedEventSelectors: [{ FieldSelectors }] });
    const wrong = [
      await put({}),
      await put({ EventSelectors: [{ DataResources: [{ Type: 'AWS::S3::Bucket', Values: [] }] }] }),
      await put({ EventSelectors: [{ ExcludeManagementEventSources: ['s3.amazonaws.com'] }] }),
      await advanced({ Field: 'readOnly', Equals: ['true'] }),
      await advanced({ Field: 'eventCategory', Equals: ['Data'] }),
      await advanced(
        { Field: 'eventCategory', Equals: ['Management'] },
        { Field: 'resources.type', Equals: ['AWS::S3::Object'] },
      ),
      await advanced({ Field: 'eventCategory', Equals: ['Management'] }, { Field: 'readOnly', StartsWith: ['t'] }),
    ];
    expect(new Set(wrong)).toEqual(new Set(['InvalidEventSelectorsException']));
    await remove();
  });
});

describe('log file validation', () => {
  it('signs a chain of digests, hour by hour, that holds', async () => {
    await makeTrail({ EnableLogFileValidation: true, S3KeyPrefix: 'p' });
    await cloudtrail.send(new StartLoggingCommand({ Name: name }));
    for (let hour = 0; hour < 3; hour++) {
      await sts.send(new GetCallerIdentityCommand({}));
      await outcrop.clock.advance(60 * MINUTE_MS);
    }
    const verified = await verifyChain({ s3, cloudtrail }, bucket);
    expect(verified.wrong).toEqual([]);
    expect(verified.digests).toBe(3);
    expect(verified.logFiles).toBeGreaterThanOrEqual(3);
    const [first] = await listKeys(s3, bucket, '/CloudTrail-Digest/');
    expect(first).toMatch(
      new RegExp(
        `^p/AWSLogs/000000000000/CloudTrail-Digest/us-east-1/\\d{4}/\\d\\d/\\d\\d/000000000000_CloudTrail-Digest_us-east-1_${name}_us-east-1_\\d{8}T\\d{6}Z\\.json\\.gz$`,
      ),
    );
    const digest = JSON.parse((await readFile(s3, bucket, first!)).text) as Record<string, unknown>;
    expect(digest).toMatchObject({
      awsAccountId: '000000000000',
      digestSignatureAlgorithm: 'SHA256withRSA',
      previousDigestSignature: null,
    });
    await cloudtrail.send(new StopLoggingCommand({ Name: name }));
    await outcrop.clock.advance(3 * 60 * MINUTE_MS);
    const after = await verifyChain({ s3, cloudtrail }, bucket);
    expect(after).toMatchObject({ digests: 4, wrong: [] });
    expect((await readLogs(s3, bucket)).some(({ eventName }) => eventName === 'StopLogging')).toBe(true);
    await remove();
  });
});
