import { createHash, createPublicKey, verify } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import {
  CancelQueryCommand,
  CloudTrailClient,
  CreateEventDataStoreCommand,
  CreateTrailCommand,
  DeleteEventDataStoreCommand,
  DeleteResourcePolicyCommand,
  DeleteTrailCommand,
  DescribeQueryCommand,
  GetEventDataStoreCommand,
  GetImportCommand,
  GetQueryResultsCommand,
  GetResourcePolicyCommand,
  ListEventDataStoresCommand,
  ListImportFailuresCommand,
  ListImportsCommand,
  ListPublicKeysCommand,
  ListQueriesCommand,
  PutResourcePolicyCommand,
  RestoreEventDataStoreCommand,
  StartEventDataStoreIngestionCommand,
  StartImportCommand,
  StartLoggingCommand,
  StartQueryCommand,
  StopEventDataStoreIngestionCommand,
  UpdateEventDataStoreCommand,
} from '@aws-sdk/client-cloudtrail';
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { describe, expect, it } from 'vitest';
import { draws } from '../../../tests/draws.ts';
import { startForTests } from '../../../tests/start.ts';
import { allow, identities, trust } from '../../../tests/identities.ts';
import { makeLogBucket } from '../../../tests/log-files.ts';

const { random, between } = draws('cloudtrail lake');
const word = () =>
  Math.floor(random() * 36 ** 8)
    .toString(36)
    .padStart(8, '0');
const outcrop = await startForTests();
const cloudtrail = new CloudTrailClient(outcrop.clients);
const s3 = new S3Client(outcrop.clients);
const sts = new STSClient(outcrop.clients);
const DAY_MS = 86_400_000;
const refused = (call: Promise<unknown>) =>
  call.then(
    () => 'nothing was refused',
    (error: Error) => error.name,
  );

async function makeStore(more: object = {}) {
  const made = await cloudtrail.send(
    new CreateEventDataStoreCommand({ Name: `store-${word()}`, TerminationProtectionEnabled: false, ...more }),
  );
  return { arn: made.EventDataStoreArn!, id: made.EventDataStoreArn!.split('/')[1]!, made };
}
const remove = (arn: string) => cloudtrail.send(new DeleteEventDataStoreCommand({ EventDataStore: arn }));

async function run(QueryStatement: string, more: object = {}) {
  const { QueryId } = await cloudtrail.send(new StartQueryCommand({ QueryStatement, ...more }));
  await outcrop.clock.advance(0);
  const rows: Record<string, string>[] = [];
  let NextToken: string | undefined;
  let last;
  do {
    last = await cloudtrail.send(new GetQueryResultsCommand({ QueryId: QueryId!, NextToken, MaxQueryResults: 7 }));
    rows.push(...(last.QueryResultRows ?? []).map((row) => Object.assign({}, ...row) as Record<string, string>));
    NextToken = last.NextToken;
  } while (NextToken);
  return { QueryId: QueryId!, rows, status: last.QueryStatus, error: last.ErrorMessage };
}

describe('an event data store', () => {
  it('is made, found, changed, deleted and brought back within seven days', async () => {
    const { arn, made } = await makeStore({
      TerminationProtectionEnabled: undefined,
      TagsList: [{ Key: 'k', Value: 'v' }],
    });
    expect(made).toMatchObject({
      Status: 'CREATED',
      MultiRegionEnabled: true,
      RetentionPeriod: 366,
      TerminationProtectionEnabled: true,
    });
    expect((await cloudtrail.send(new ListEventDataStoresCommand({}))).EventDataStores).toContainEqual({
      EventDataStoreArn: arn,
      Name: made.Name,
    });
    expect(await refused(cloudtrail.send(new CreateEventDataStoreCommand({ Name: made.Name! })))).toBe(
      'EventDataStoreAlreadyExistsException',
    );
    expect(await refused(remove(arn))).toBe('EventDataStoreTerminationProtectedException');
    const update = (input: object) =>
      cloudtrail.send(new UpdateEventDataStoreCommand({ EventDataStore: arn, ...input }));
    const changed = await update({ TerminationProtectionEnabled: false, RetentionPeriod: 30, Name: `${made.Name}2` });
    expect(changed).toMatchObject({ RetentionPeriod: 30, Name: `${made.Name}2`, Status: 'ENABLED' });
    expect(await refused(update({ RetentionPeriod: 3000, BillingMode: 'FIXED_RETENTION_PRICING' }))).toBe(
      'InvalidParameterException',
    );
    await remove(arn);
    const get = () => cloudtrail.send(new GetEventDataStoreCommand({ EventDataStore: arn }));
    expect((await get()).Status).toBe('PENDING_DELETION');
    expect(await refused(update({ RetentionPeriod: 31 }))).toBe('InactiveEventDataStoreException');
    await outcrop.clock.advance(6 * DAY_MS);
    await cloudtrail.send(new RestoreEventDataStoreCommand({ EventDataStore: arn }));
    await outcrop.clock.advance(2 * DAY_MS);
    expect((await get()).Status).toBe('ENABLED');
    await remove(arn);
    await outcrop.clock.advance(7 * DAY_MS);
    expect(await refused(get())).toBe('EventDataStoreNotFoundException');
  });

  it('takes in what it selects, from its making or StartEventDataStoreIngestion to the stop', async () => {
    const fields = [
      { Field: 'eventCategory', Equals: ['Management'] },
      { Field: 'eventName', Equals: ['GetCallerIdentity', 'StopEventDataStoreIngestion'] },
    ];
    const { arn, id } = await makeStore({
      StartIngestion: false,
      AdvancedEventSelectors: [{ FieldSelectors: fields }],
    });
    const count = async () => Number((await run(`SELECT count(*) AS n FROM ${id}`)).rows[0]!['n']);
    await sts.send(new GetCallerIdentityCommand({}));
    expect(await count()).toBe(0);
    await cloudtrail.send(new StartEventDataStoreIngestionCommand({ EventDataStore: arn }));
    const calls = between(3, 12);
    for (let i = 0; i < calls; i++) await sts.send(new GetCallerIdentityCommand({}));
    expect(await count()).toBe(calls);
    await cloudtrail.send(new StopEventDataStoreIngestionCommand({ EventDataStore: arn }));
    await sts.send(new GetCallerIdentityCommand({}));
    expect(await count()).toBe(calls + 1);
    await outcrop.clock.advance(3_600_000);
    await sts.send(new GetCallerIdentityCommand({}));
    expect(await count()).toBe(calls + 1);
    await remove(arn);
  });

  it('has a resource policy', async () => {
    const { arn } = await makeStore();
    expect(await refused(cloudtrail.send(new GetResourcePolicyCommand({ ResourceArn: arn })))).toBe(
      'ResourcePolicyNotFoundException',
    );
    const put = (ResourcePolicy: string) =>
      cloudtrail.send(new PutResourcePolicyCommand({ ResourceArn: arn, ResourcePolicy }));
    expect(await refused(put('{'))).toBe('ResourcePolicyNotValidException');
    const policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Principal: { AWS: '111111111111' }, Action: 'cloudtrail:StartQuery', Resource: arn },
      ],
    });
    await put(policy);
    expect((await cloudtrail.send(new GetResourcePolicyCommand({ ResourceArn: arn }))).ResourcePolicy).toBe(policy);
    await cloudtrail.send(new DeleteResourcePolicyCommand({ ResourceArn: arn }));
    await remove(arn);
  });
});

describe('a query', () => {
  it('reads nested fields, parameters and resources of the events, and gives its rows in pages', async () => {
    const { arn, id } = await makeStore();
    const names = Array.from({ length: between(9, 20) }, () => `b-${word()}`);
    for (const Bucket of names) await s3.send(new CreateBucketCommand({ Bucket }));
    const { rows, QueryId, status } = await run(
      `SELECT eventName, userIdentity.arn AS who, element_at(requestParameters, 'bucketName') AS bucket, readOnly, errorCode
       FROM ${id} WHERE eventSource = 's3.amazonaws.com' AND eventTime > '2020-01-01 00:00:00' ORDER BY eventTime, bucket`,
    );
    expect(status).toBe('FINISHED');
    expect(new Set(rows.map(({ bucket }) => bucket))).toEqual(new Set(names));
    expect(rows).toHaveLength(names.length);
    expect(rows[0]).toMatchObject({
      eventName: 'CreateBucket',
      who: 'arn:aws:iam::000000000000:root',
      readOnly: 'false',
      errorCode: 'null',
    });
    const described = await cloudtrail.send(new DescribeQueryCommand({ QueryId }));
    expect(described.QueryStatistics!.EventsMatched).toBe(names.length);
    expect(described.QueryStatistics!.EventsScanned).toBeGreaterThanOrEqual(names.length);
    const { Queries } = await cloudtrail.send(new ListQueriesCommand({ EventDataStore: arn, QueryStatus: 'FINISHED' }));
    expect(Queries!.map((query) => query.QueryId)).toEqual([QueryId]);
    expect(await refused(cloudtrail.send(new CancelQueryCommand({ QueryId })))).toBe('InactiveQueryException');
    await outcrop.clock.advance(8 * DAY_MS);
    expect(await refused(cloudtrail.send(new DescribeQueryCommand({ QueryId })))).toBe('QueryIdNotFoundException');
    await remove(arn);
  });

  it('knows the functions of Trino that CloudTrail Lake is asked with, and the time on the stack’s clock', async () => {
    const { arn, id } = await makeStore();
    const Bucket = `b-${word()}`;
    await s3.send(new CreateBucketCommand({ Bucket }));
    const text = 'now() current_timestamp';
    const { rows } = await run(
      `SELECT array_join(transform(resources, r -> r.type), '+') AS types, element_at(resources, 1).arn AS first,
         regexp_like(eventName, '^Create') AS made, date_format(eventTime, '%H:%i') AS minute, '${text}' AS text,
         json_extract_scalar(eventJson, '$.requestParameters.bucketName') AS bucket, r.accountId AS owner,
         eventTime > date_add('hour', -1, current_timestamp) AND eventTime <= now() AS recent,
         eventTime = from_iso8601_timestamp(to_iso8601(eventTime)) AS same
       FROM ${id} CROSS JOIN UNNEST(resources) AS t(r) WHERE eventName = 'CreateBucket' -- ${id}`,
    );
    expect(rows).toEqual([
      {
        types: 'AWS::S3::Bucket',
        first: `arn:aws:s3:::${Bucket}`,
        made: 'true',
        minute: expect.stringMatching(/^\d\d:\d\d$/) as string,
        text,
        bucket: Bucket,
        owner: '000000000000',
        recent: 'true',
        same: 'true',
      },
    ]);
    await remove(arn);
  });

  it('is refused when it is not SQL, writes, reads files, or names no event data store', async () => {
    const { arn, id } = await makeStore();
    const start = (QueryStatement: string) => refused(cloudtrail.send(new StartQueryCommand({ QueryStatement })));
    const wrong = [
      `SELEC * FROM ${id}`,
      `SELECT nothing FROM ${id}`,
      `DELETE FROM ${id}`,
      `SELECT * FROM ${id}; SELECT 1`,
      `SELECT * FROM read_text('/etc/passwd'), ${id}`,
      'SELECT 1',
    ];
    for (const statement of wrong)
      expect([statement, await start(statement)]).toEqual([statement, 'InvalidQueryStatementException']);
    expect(await start('SELECT * FROM 11111111-1111-1111-1111-111111111111')).toBe('EventDataStoreNotFoundException');
    await remove(arn);
  });

  it('puts its result into a bucket, with a signature', async () => {
    const { arn, id } = await makeStore();
    const bucket = `results-${word()}`;
    await makeLogBucket(s3, bucket);
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: 'x', Body: 'x' }));
    const { QueryId } = await run(`SELECT eventName, requestParameters FROM ${id} ORDER BY eventTime LIMIT 3`, {
      DeliveryS3Uri: `s3://${bucket}/lake`,
    });
    const described = await cloudtrail.send(new DescribeQueryCommand({ QueryId }));
    expect(described.DeliveryStatus).toBe('ACCESS_DENIED');
    const open = `open-${word()}`;
    await makeLogBucket(s3, open, { policy: 'any acl' });
    const second = await run(`SELECT eventName, requestParameters FROM ${id} ORDER BY eventTime LIMIT 3`, {
      DeliveryS3Uri: `s3://${open}/lake`,
    });
    expect((await cloudtrail.send(new DescribeQueryCommand({ QueryId: second.QueryId }))).DeliveryStatus).toBe(
      'SUCCESS',
    );
    const { Contents } = await s3.send(
      new ListObjectsV2Command({ Bucket: open, Prefix: 'lake/AWSLogs/000000000000/CloudTrail-Lake/Query/' }),
    );
    const keys = Contents!.map(({ Key }) => Key!);
    expect(keys.map((key) => key.split('/').slice(-2))).toEqual([
      [second.QueryId, 'result_1.csv.gz'],
      [second.QueryId, 'result_sign.json'],
    ]);
    const read = async (Key: string) =>
      Buffer.from(await (await s3.send(new GetObjectCommand({ Bucket: open, Key }))).Body!.transformToByteArray());
    const csv = await read(keys[0]!);
    expect(gunzipSync(csv).toString().split('\n')[0]).toBe('eventName,requestParameters');
    const sign = JSON.parse((await read(keys[1]!)).toString()) as {
      files: { fileHashValue: string }[];
      hashSignature: string;
      publicKeyFingerprint: string;
    };
    expect(sign.files[0]!.fileHashValue).toBe(createHash('sha256').update(csv).digest('hex'));
    const { PublicKeyList } = await cloudtrail.send(new ListPublicKeysCommand({}));
    const { Value } = PublicKeyList!.find(({ Fingerprint }) => Fingerprint === sign.publicKeyFingerprint)!;
    const key = createPublicKey({ key: Buffer.from(Value!), format: 'der', type: 'pkcs1' });
    expect(
      verify('sha256', Buffer.from(sign.files[0]!.fileHashValue), key, Buffer.from(sign.hashSignature, 'hex')),
    ).toBe(true);
    await remove(arn);
  });
});

describe('an import', () => {
  it('brings log files of a trail into an event data store under a role, and tells which it could not read', async () => {
    const { role } = identities(outcrop);
    const bucket = `logs-${word()}`;
    await makeLogBucket(s3, bucket);
    const Name = `t-${word()}`;
    await cloudtrail.send(new CreateTrailCommand({ Name, S3BucketName: bucket }));
    await cloudtrail.send(new StartLoggingCommand({ Name }));
    const expected = new Set<string>();
    for (let i = 0; i < 3; i++) {
      expected.add((await sts.send(new GetCallerIdentityCommand({}))).$metadata.requestId!);
      await outcrop.clock.advance(DAY_MS);
    }
    await cloudtrail.send(new DeleteTrailCommand({ Name }));
    const { arn, id } = await makeStore({ StartIngestion: false });
    const reader = await role(
      `importer-${word()}`,
      trust({ Service: 'cloudtrail.amazonaws.com' }),
      allow(['s3:ListBucket', 's3:GetObject'], [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`]),
    );
    const broken = `AWSLogs/000000000000/CloudTrail/us-east-1/2020/01/01/broken.json.gz`;
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: broken, Body: 'no gzip' }));
    const S3 = {
      S3LocationUri: `s3://${bucket}/AWSLogs/`,
      S3BucketRegion: 'us-east-1',
      S3BucketAccessRoleArn: reader.arn,
    };
    const { ImportId, ImportStatus } = await cloudtrail.send(
      new StartImportCommand({ Destinations: [arn], ImportSource: { S3 } }),
    );
    expect(ImportStatus).toBe('INITIALIZING');
    expect(await refused(cloudtrail.send(new StartImportCommand({ Destinations: [arn], ImportSource: { S3 } })))).toBe(
      'AccountHasOngoingImportException',
    );
    await outcrop.clock.advance(0);
    const get = () => cloudtrail.send(new GetImportCommand({ ImportId: ImportId! }));
    expect(await get()).toMatchObject({ ImportStatus: 'FAILED', ImportStatistics: { FailedEntries: 1 } });
    const { Failures } = await cloudtrail.send(new ListImportFailuresCommand({ ImportId: ImportId! }));
    expect(Failures!.map(({ Location }) => Location)).toEqual([`s3://${bucket}/${broken}`]);
    const found = async () =>
      new Set(
        (await run(`SELECT requestID FROM ${id} WHERE eventName = 'GetCallerIdentity'`)).rows.map(
          ({ requestID }) => requestID,
        ),
      );
    expect(await found()).toEqual(expected);
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: broken, Body: gzipSync('{"Records":[]}') }));
    await cloudtrail.send(new StartImportCommand({ ImportId: ImportId! }));
    await outcrop.clock.advance(0);
    expect(await get()).toMatchObject({ ImportStatus: 'COMPLETED', ImportStatistics: { FailedEntries: 0 } });
    expect((await run(`SELECT count(*) AS n FROM ${id} WHERE eventName = 'GetCallerIdentity'`)).rows).toEqual([
      { n: '3' },
    ]);
    const { Imports } = await cloudtrail.send(new ListImportsCommand({ Destination: arn }));
    expect(Imports!.map((one) => [one.ImportId, one.ImportStatus])).toEqual([[ImportId, 'COMPLETED']]);
    await remove(arn);
  });
});
