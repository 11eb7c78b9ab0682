import { gzipSync } from 'node:zlib';
import { BedrockRuntimeClient, ConverseCommand, InvokeModelCommand } from '@aws-sdk/client-bedrock-runtime';
import {
  CloudTrailClient,
  CreateEventDataStoreCommand,
  CreateTrailCommand,
  GetQueryResultsCommand,
  LookupEventsCommand,
  paginateLookupEvents,
  PutInsightSelectorsCommand,
  StartLoggingCommand,
  StartQueryCommand,
  StopLoggingCommand,
} from '@aws-sdk/client-cloudtrail';
import {
  AttachRolePolicyCommand,
  CreateAccessKeyCommand,
  CreatePolicyCommand,
  CreateUserCommand,
  GetRoleCommand,
  IAMClient,
  ListUsersCommand,
} from '@aws-sdk/client-iam';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetBucketPolicyCommand,
  ListBucketsCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { AssumeRoleCommand, GetCallerIdentityCommand, GetSessionTokenCommand, STSClient } from '@aws-sdk/client-sts';
import { describe, expect, it } from 'vitest';
import { publishedEvents } from '../events.ts';
import { ACCOUNT, allow, identities, policy, refusal, trust } from '../identities.ts';
import { listKeys, makeLogBucket, readFile, readLogs, verifyChain } from '../log-files.ts';
import { startForTests, testSeed } from '../start.ts';

/** A small generator of its own: what is drawn follows from the printed seed. */
let state = testSeed('cloudtrail use cases') >>> 0;
function random(): number {
  state = (state + 0x6d2b79f5) >>> 0;
  let t = Math.imul(state ^ (state >>> 15), state | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
}
const integer = (min: number, max: number) => min + Math.floor(random() * (max - min + 1));
const pick = <T>(list: readonly T[]): T => list[integer(0, list.length - 1)]!;
const word = () =>
  Math.floor(random() * 36 ** 8)
    .toString(36)
    .padStart(8, 'x');
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const MODEL = 'amazon.nova-lite-v1:0';

type Recorded = {
  userIdentity: { type: string; arn: string; sessionContext?: { sessionIssuer: { arn: string } } };
  eventName: string;
  eventSource: string;
  sourceIPAddress: string;
  errorCode?: string;
  requestParameters: Record<string, unknown> | null;
  responseElements: Record<string, unknown> | null;
  requestID: string;
  insightDetails?: { state: string; eventName: string; errorCode?: string; insightType: string };
};

async function lookup(client: CloudTrailClient, input: object = {}): Promise<Recorded[]> {
  const found: Recorded[] = [];
  for await (const page of paginateLookupEvents({ client }, input))
    found.push(...page.Events!.map(({ CloudTrailEvent }) => JSON.parse(CloudTrailEvent!) as Recorded));
  return found;
}

describe('CloudTrail', () => {
  it('cloudtrail.1: an auditor finds one event for each of 25 calls of three identities, denied ones included, and no secret or prompt', async () => {
    const outcrop = await startForTests();
    const { user, role, as } = identities(outcrop);
    const analyst = await user(`analyst-${word()}`, allow(['bedrock:InvokeModel', 's3:ListAllMyBuckets']));
    const notebook = await role(
      `notebook-${word()}`,
      trust({ AWS: `arn:aws:iam::${ACCOUNT}:root` }),
      allow(['bedrock:*', 's3:CreateBucket']),
    );
    const builder = await user(
      `builder-${word()}`,
      policy({ Effect: 'Allow', Action: ['iam:*', 'sts:AssumeRole'], Resource: '*' }),
    );
    const session = await new STSClient(builder.clients).send(
      new AssumeRoleCommand({ RoleArn: notebook.arn, RoleSessionName: 'nb-1' }),
    );
    const callers = [
      { arn: analyst.arn, type: 'IAMUser', clients: analyst.clients, may: ['Converse', 'InvokeModel', 'ListBuckets'] },
      {
        arn: session.AssumedRoleUser!.Arn!,
        type: 'AssumedRole',
        clients: as(session.Credentials),
        may: ['Converse', 'InvokeModel', 'CreateBucket'],
      },
      { arn: builder.arn, type: 'IAMUser', clients: builder.clients, may: ['CreateAccessKey', 'ListUsers'] },
    ];
    const prompt = `the merger with ${word()} is confidential`;
    const secrets: string[] = [prompt, session.Credentials!.SecretAccessKey!, session.Credentials!.SessionToken!];
    const scripts: Record<
      string,
      (clients: typeof outcrop.clients) => {
        call: Promise<{ $metadata: { requestId?: string } }>;
        parameters: object | null;
      }
    > = {
      Converse: (clients) => ({
        call: new BedrockRuntimeClient(clients).send(
          new ConverseCommand({ modelId: MODEL, messages: [{ role: 'user', content: [{ text: prompt }] }] }),
        ),
        parameters: { modelId: MODEL },
      }),
      InvokeModel: (clients) => ({
        call: new BedrockRuntimeClient(clients).send(
          new InvokeModelCommand({
            modelId: MODEL,
            body: JSON.stringify({ messages: [{ role: 'user', content: [{ text: prompt }] }] }),
          }),
        ),
        parameters: { modelId: MODEL },
      }),
      ListBuckets: (clients) => ({ call: new S3Client(clients).send(new ListBucketsCommand({})), parameters: {} }),
      CreateBucket: (clients) => {
        const Bucket = `b-${word()}`;
        return {
          call: new S3Client(clients).send(new CreateBucketCommand({ Bucket })),
          parameters: { bucketName: Bucket },
        };
      },
      CreateAccessKey: (clients) => {
        const call = new IAMClient(clients).send(new CreateAccessKeyCommand({ UserName: analyst.name }));
        call.then(
          ({ AccessKey }) => secrets.push(AccessKey!.SecretAccessKey!),
          () => {},
        );
        return { call, parameters: { userName: analyst.name } };
      },
      ListUsers: (clients) => {
        const MaxItems = integer(1, 50);
        return {
          call: new IAMClient(clients).send(new ListUsersCommand({ MaxItems })),
          parameters: { maxItems: MaxItems },
        };
      },
    };
    const expected = new Map<
      string,
      { arn: string; type: string; eventName: string; denied: boolean; errorCode?: string; parameters: object | null }
    >();
    let keys = 0;
    for (let i = 0; i < 25; i++) {
      const { arn, type, clients, may } = callers[i % 3]!;
      let eventName = pick(Object.keys(scripts));
      // A user has two access keys at most.
      if (eventName === 'CreateAccessKey' && may.includes(eventName) && ++keys > 1) eventName = 'ListUsers';
      const { call, parameters } = scripts[eventName]!(clients);
      const denied = !may.includes(eventName);
      const outcome = await call.then(
        ({ $metadata }) => ({ requestId: $metadata.requestId, errorCode: undefined }),
        (error: Error & { $metadata: { requestId?: string } }) => ({
          requestId: error.$metadata.requestId,
          errorCode: error.name === 'AccessDeniedException' ? 'AccessDenied' : error.name,
        }),
      );
      expected.set(outcome.requestId!, {
        arn,
        type,
        eventName,
        denied,
        parameters,
        ...(outcome.errorCode === undefined ? {} : { errorCode: outcome.errorCode }),
      });
      expect(outcome.errorCode).toBe(denied ? 'AccessDenied' : undefined);
    }
    expect(expected.size).toBe(25);
    expect([...expected.values()].some(({ denied }) => denied)).toBe(true);
    const events = await lookup(new CloudTrailClient(outcrop.clients), { MaxResults: 10 });
    for (const [requestId, { arn, type, eventName, errorCode, parameters }] of expected) {
      const mine = events.filter(({ requestID }) => requestID === requestId);
      expect(mine).toHaveLength(1);
      const [event] = mine;
      expect(event).toMatchObject({ eventName, sourceIPAddress: '127.0.0.1', userIdentity: { arn, type } });
      expect(event!.errorCode).toBe(errorCode);
      expect(event!.requestParameters).toMatchObject(parameters ?? {});
    }
    const bySession = events.find(({ userIdentity }) => userIdentity.arn === session.AssumedRoleUser!.Arn)!;
    expect(bySession.userIdentity.sessionContext!.sessionIssuer.arn).toBe(notebook.arn);
    const text = JSON.stringify(events);
    for (const secret of secrets) expect(text).not.toContain(secret);
    const denied = await lookup(new CloudTrailClient(outcrop.clients), {
      LookupAttributes: [{ AttributeKey: 'Username', AttributeValue: analyst.name }],
    });
    expect(denied.length).toBe([...expected.values()].filter(({ arn }) => arn === analyst.arn).length);
  });

  it('cloudtrail.2: changes of permissions are on the record with request and response, and published; what only reads is not', async () => {
    const outcrop = await startForTests();
    const { iam, role } = identities(outcrop);
    const s3 = new S3Client(outcrop.clients);
    const cloudtrail = new CloudTrailClient(outcrop.clients);
    const [logs, data] = [`logs-${word()}`, `data-${word()}`];
    await makeLogBucket(s3, logs);
    await makeLogBucket(s3, data, { policy: false });
    await cloudtrail.send(new CreateTrailCommand({ Name: 'changes', S3BucketName: logs }));
    const model = await role(`model-${word()}`, trust({ Service: 'bedrock.amazonaws.com' }));
    const isCall = ({ detailType }: { detailType: string }) => detailType === 'AWS API Call via CloudTrail';
    await cloudtrail.send(new StartLoggingCommand({ Name: 'changes' }));
    const name = `p-${word()}`;
    const document = allow('bedrock:InvokeModel');
    const { Policy } = await iam.send(new CreatePolicyCommand({ PolicyName: name, PolicyDocument: document }));
    await iam.send(new AttachRolePolicyCommand({ RoleName: model.name, PolicyArn: Policy!.Arn! }));
    const bucketPolicy = {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Deny', Principal: '*', Action: 's3:DeleteBucket', Resource: `arn:aws:s3:::${data}` }],
    };
    await s3.send(new PutBucketPolicyCommand({ Bucket: data, Policy: JSON.stringify(bucketPolicy) }));
    await s3.send(new GetBucketPolicyCommand({ Bucket: data }));
    await iam.send(new GetRoleCommand({ RoleName: model.name }));
    const events = await publishedEvents(outcrop, isCall, 4);
    const changes = events.map(({ detail }) => (detail as Recorded).eventName);
    expect(changes).toEqual(expect.arrayContaining(['CreatePolicy', 'AttachRolePolicy', 'PutBucketPolicy']));
    expect(changes.filter((one) => /^(Get|List|Describe)/.test(one))).toEqual([]);
    expect(changes).not.toContain('CreateRole');
    const detail = (eventName: string) => events.find((event) => (event.detail as Recorded).eventName === eventName)!;
    expect(detail('CreatePolicy')).toMatchObject({
      source: 'aws.iam',
      account: ACCOUNT,
      detail: {
        requestParameters: { policyName: name, policyDocument: document },
        responseElements: { policy: { policyName: name, arn: Policy!.Arn, attachmentCount: 0 } },
      },
    });
    expect(detail('AttachRolePolicy').detail).toMatchObject({
      requestParameters: { roleName: model.name, policyArn: Policy!.Arn },
      responseElements: null,
    });
    expect(detail('PutBucketPolicy').detail).toMatchObject({
      requestParameters: { bucketName: data, bucketPolicy },
      readOnly: false,
    });
    const byName = await lookup(cloudtrail, {
      LookupAttributes: [{ AttributeKey: 'ResourceName', AttributeValue: data }],
    });
    expect(byName.map(({ eventName }) => eventName)).toEqual(
      expect.arrayContaining(['PutBucketPolicy', 'GetBucketPolicy']),
    );
  });

  it('cloudtrail.3: a responder finds a burst of denied calls and what it made, by SQL and by an insight of that hour alone', async () => {
    const outcrop = await startForTests({ clock: { frozenAt: new Date('2031-03-03T00:00:00Z') } });
    const { user } = identities(outcrop);
    const s3 = new S3Client(outcrop.clients);
    const cloudtrail = new CloudTrailClient(outcrop.clients);
    const logs = `logs-${word()}`;
    await makeLogBucket(s3, logs);
    const { TrailARN } = await cloudtrail.send(new CreateTrailCommand({ Name: 'watch', S3BucketName: logs }));
    await cloudtrail.send(new StartLoggingCommand({ Name: 'watch' }));
    const InsightSelectors = [
      { InsightType: 'ApiErrorRateInsight' as const },
      { InsightType: 'ApiCallRateInsight' as const },
    ];
    await cloudtrail.send(new PutInsightSelectorsCommand({ TrailName: TrailARN!, InsightSelectors }));
    const { EventDataStoreArn } = await cloudtrail.send(new CreateEventDataStoreCommand({ Name: 'incidents' }));
    const store = EventDataStoreArn!.split('/')[1]!;
    const thief = await user(`thief-${word()}`, allow('s3:CreateBucket'));
    const denied = () => refusal(new IAMClient(thief.clients).send(new CreateUserCommand({ UserName: `u-${word()}` })));
    const burstHour = integer(5, 8);
    const made = `loot-${word()}`;
    const burst = integer(25, 40);
    for (let hour = 0; hour < 12; hour++) {
      if (hour === burstHour) {
        for (let i = 0; i < burst; i++) await denied();
        await new S3Client(thief.clients).send(new CreateBucketCommand({ Bucket: made }));
      }
      // A few mistakes each hour are nothing unusual.
      for (let i = 0; i < integer(0, 3); i++) await denied();
      await outcrop.clock.advance(HOUR_MS);
    }
    const query = async (QueryStatement: string) => {
      const { QueryId } = await cloudtrail.send(new StartQueryCommand({ QueryStatement }));
      await outcrop.clock.advance(0);
      const { QueryResultRows, QueryStatus } = await cloudtrail.send(new GetQueryResultsCommand({ QueryId: QueryId! }));
      expect(QueryStatus).toBe('FINISHED');
      return QueryResultRows!.map((row) => Object.assign({}, ...row) as Record<string, string>);
    };
    const [worst] = await query(
      `SELECT userIdentity.arn AS who, date_trunc('hour', eventTime) AS hour, count(*) AS denied FROM ${store}
       WHERE errorCode = 'AccessDenied' GROUP BY 1, 2 ORDER BY 3 DESC LIMIT 1`,
    );
    expect(worst!['who']).toBe(thief.arn);
    expect(Number(worst!['denied'])).toBeGreaterThanOrEqual(burst);
    const startMs = Date.parse(`${worst!['hour']!.replace(' ', 'T')}Z`);
    expect(startMs).toBe(Date.UTC(2031, 2, 3, burstHour));
    const resources = await query(
      `SELECT eventName, element_at(requestParameters, 'bucketName') AS bucket FROM ${store}
       WHERE userIdentity.arn = '${thief.arn}' AND readOnly = false AND errorCode IS NULL`,
    );
    expect(resources).toEqual([{ eventName: 'CreateBucket', bucket: made }]);

    const { Events } = await cloudtrail.send(new LookupEventsCommand({ EventCategory: 'insight' }));
    const insights = Events!.map(({ CloudTrailEvent, EventTime }) => ({
      ...(JSON.parse(CloudTrailEvent!) as Recorded),
      at: EventTime!.getTime(),
    }));
    expect(insights.length).toBeGreaterThanOrEqual(2);
    for (const { at } of insights) {
      expect(at).toBeGreaterThanOrEqual(startMs);
      expect(at).toBeLessThan(startMs + HOUR_MS);
    }
    const errors = insights.filter(({ insightDetails }) => insightDetails!.insightType === 'ApiErrorRateInsight');
    expect(errors.map(({ insightDetails }) => insightDetails!.state).toSorted((a, b) => a.localeCompare(b))).toEqual([
      'End',
      'Start',
    ]);
    expect(errors[0]!.insightDetails).toMatchObject({ eventName: 'CreateUser', errorCode: 'AccessDenied' });
    expect((await readLogs(s3, logs, '/CloudTrail-Insight/')).length).toBe(insights.length);
  });

  it('cloudtrail.4: the record is unbroken: an edited or a deleted log file is found out, and StopLogging is on it', async () => {
    const outcrop = await startForTests();
    const s3 = new S3Client(outcrop.clients);
    const sts = new STSClient(outcrop.clients);
    const cloudtrail = new CloudTrailClient(outcrop.clients);
    const logs = `logs-${word()}`;
    await makeLogBucket(s3, logs);
    await cloudtrail.send(
      new CreateTrailCommand({ Name: 'evidence', S3BucketName: logs, EnableLogFileValidation: true }),
    );
    await cloudtrail.send(new StartLoggingCommand({ Name: 'evidence' }));
    const hours = integer(3, 5);
    for (let hour = 0; hour < hours; hour++) {
      for (let i = 0; i < integer(1, 4); i++)
        await (random() < 0.5 ? sts.send(new GetCallerIdentityCommand({})) : sts.send(new GetSessionTokenCommand({})));
      await outcrop.clock.advance(HOUR_MS);
    }
    await cloudtrail.send(new StopLoggingCommand({ Name: 'evidence' }));
    await outcrop.clock.advance(2 * HOUR_MS);
    expect((await readLogs(s3, logs)).map(({ eventName }) => eventName)).toContain('StopLogging');
    const whole = await verifyChain({ s3, cloudtrail }, logs);
    expect(whole).toMatchObject({ wrong: [], digests: hours + 1 });

    const files = await listKeys(s3, logs, '/CloudTrail/');
    const edited = pick(files);
    const original = (await readFile(s3, logs, edited)).text;
    const forged = original.replaceAll('arn:aws:iam::000000000000:root', 'arn:aws:iam::000000000000:user/somebody');
    expect(forged).not.toBe(original);
    await s3.send(new PutObjectCommand({ Bucket: logs, Key: edited, Body: gzipSync(forged) }));
    expect((await verifyChain({ s3, cloudtrail }, logs)).wrong).toEqual([
      { key: edited, what: 'log file has been changed' },
    ]);
    await s3.send(new PutObjectCommand({ Bucket: logs, Key: edited, Body: gzipSync(original) }));
    const deleted = pick(files);
    await s3.send(new DeleteObjectCommand({ Bucket: logs, Key: deleted }));
    expect((await verifyChain({ s3, cloudtrail }, logs)).wrong).toEqual([
      { key: deleted, what: 'log file is missing' },
    ]);
  });
});
