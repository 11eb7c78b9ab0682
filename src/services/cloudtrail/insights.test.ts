import {
  CloudTrailClient,
  CreateEventDataStoreCommand,
  CreateTrailCommand,
  DeleteTrailCommand,
  GetInsightSelectorsCommand,
  GetQueryResultsCommand,
  ListInsightsDataCommand,
  ListInsightsMetricDataCommand,
  PutEventSelectorsCommand,
  PutInsightSelectorsCommand,
  StartLoggingCommand,
  StartQueryCommand,
  type InsightSelector,
} from '@aws-sdk/client-cloudtrail';
import { GetBucketPolicyCommand, PutBucketVersioningCommand, S3Client } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { refusal } from '../../../tests/identities.ts';
import { makeLogBucket } from '../../../tests/log-files.ts';
import { draws } from '../../../tests/draws.ts';
import { startForTests } from '../../../tests/start.ts';

const { random, between } = draws('cloudtrail insights');
const word = () =>
  Math.floor(random() * 36 ** 8)
    .toString(36)
    .padStart(8, 'x');
const START = Date.UTC(2031, 4, 5);
const outcrop = await startForTests({ clock: { frozenAt: new Date(START) } });
const cloudtrail = new CloudTrailClient(outcrop.clients);
const s3 = new S3Client(outcrop.clients);
const MINUTE_MS = 60_000;

const Name = `watch-${word()}`;
const bucket = `logs-${word()}`;
await makeLogBucket(s3, bucket);
const { TrailARN } = await cloudtrail.send(new CreateTrailCommand({ Name, S3BucketName: bucket }));
await cloudtrail.send(new StartLoggingCommand({ Name }));
const put = (InsightSelectors: InsightSelector[]) =>
  cloudtrail.send(new PutInsightSelectorsCommand({ TrailName: Name, InsightSelectors }));
const found = async () =>
  (await cloudtrail.send(new ListInsightsDataCommand({ InsightSource: TrailARN!, DataType: 'InsightsEvents' })))
    .Events!;

describe('insights', () => {
  it('are asked for by type, of events that are logged', async () => {
    expect((await refusal(cloudtrail.send(new GetInsightSelectorsCommand({ TrailName: Name })))).name).toBe(
      'InsightNotEnabledException',
    );
    await cloudtrail.send(
      new PutEventSelectorsCommand({ TrailName: Name, EventSelectors: [{ ReadWriteType: 'ReadOnly' }] }),
    );
    expect((await refusal(put([{ InsightType: 'ApiCallRateInsight' }]))).name).toBe('InvalidInsightSelectorsException');
    await cloudtrail.send(
      new PutEventSelectorsCommand({ TrailName: Name, EventSelectors: [{ ReadWriteType: 'All' }] }),
    );
    await put([{ InsightType: 'ApiCallRateInsight' }]);
    expect((await cloudtrail.send(new GetInsightSelectorsCommand({ TrailName: Name }))).InsightSelectors).toEqual([
      { InsightType: 'ApiCallRateInsight', EventCategories: ['Management'] },
    ]);
  });

  it('are not raised by what goes on as it always has, and are by five times as much; they end when it does', async () => {
    const usual = between(11, 15);
    const call = async (count: number) => {
      const VersioningConfiguration = { Status: 'Enabled' as const };
      for (let i = 0; i < count; i++)
        await s3.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration }));
    };
    // Two hours of as many calls in every tenth minute; in the first hour nothing is known to be unusual.
    for (let i = 0; i < 12; i++) {
      await call(usual);
      await outcrop.clock.advance(10 * MINUTE_MS);
    }
    await outcrop.clock.advance(10 * MINUTE_MS);
    const calm = await found();
    expect(calm).toEqual([]);
    const burstMs = outcrop.clock.now().getTime();
    const lasting = between(2, 4);
    for (let i = 0; i < lasting; i++) {
      await call(5 * usual);
      await outcrop.clock.advance(MINUTE_MS);
    }
    await outcrop.clock.advance(20 * MINUTE_MS);
    const events = await found();
    const [end, start] = events.map(({ CloudTrailEvent }) => JSON.parse(CloudTrailEvent!) as Record<string, any>);
    expect(events).toHaveLength(2);
    expect([start!['insightDetails'].state, end!['insightDetails'].state]).toEqual(['Start', 'End']);
    expect(start!['sharedEventID']).toBe(end!['sharedEventID']);
    expect(Date.parse(start!['eventTime'])).toBe(burstMs);
    expect(Date.parse(end!['eventTime'])).toBe(burstMs + lasting * MINUTE_MS);
    const { statistics, attributions } = end!['insightDetails'].insightContext;
    expect(statistics).toMatchObject({ insight: { average: 5 * usual }, insightDuration: lasting });
    expect(statistics.baseline.average).toBeCloseTo((12 * usual) / statistics.baselineDuration, 6);
    expect(attributions[0]).toEqual({
      attribute: 'userIdentityArn',
      insight: [{ value: 'arn:aws:iam::000000000000:root', average: 5 * usual }],
      baseline: [],
    });
    expect(Object.keys(end!)).not.toContain('eventName');
    const metric = {
      TrailName: Name,
      EventSource: 's3.amazonaws.com',
      EventName: 'PutBucketVersioning',
      InsightType: 'ApiCallRateInsight' as const,
    };
    const { Timestamps, Values } = await cloudtrail.send(
      new ListInsightsMetricDataCommand({ ...metric, Period: 60, StartTime: new Date(burstMs) }),
    );
    expect(Values).toEqual(Array.from({ length: lasting }, () => 5 * usual));
    expect(Timestamps![0]!.getTime()).toBe(burstMs);
    await cloudtrail.send(new DeleteTrailCommand({ Name }));
  }, 60_000);

  it('of an event data store go into the one that is named for them, where SQL finds them', async () => {
    const fields = [{ FieldSelectors: [{ Field: 'eventCategory', Equals: ['Insight'] }] }];
    const source = await cloudtrail.send(new CreateEventDataStoreCommand({ Name: `source-${word()}` }));
    const target = await cloudtrail.send(
      new CreateEventDataStoreCommand({ Name: `target-${word()}`, AdvancedEventSelectors: fields }),
    );
    const EventDataStore = source.EventDataStoreArn!;
    const InsightsDestination = target.EventDataStoreArn!;
    const InsightSelectors: InsightSelector[] = [{ InsightType: 'ApiErrorRateInsight' }];
    const toStore = (destination: string) =>
      cloudtrail.send(
        new PutInsightSelectorsCommand({ EventDataStore, InsightsDestination: destination, InsightSelectors }),
      );
    expect((await refusal(toStore(EventDataStore))).name).toBe('InvalidParameterException');
    await toStore(InsightsDestination);
    expect(await cloudtrail.send(new GetInsightSelectorsCommand({ EventDataStore }))).toMatchObject({
      InsightsDestination,
    });
    await outcrop.clock.advance(61 * MINUTE_MS);
    const burst = between(12, 20);
    for (let i = 0; i < burst; i++) await refusal(s3.send(new GetBucketPolicyCommand({ Bucket: `none-${word()}` })));
    await outcrop.clock.advance(30 * MINUTE_MS);
    const QueryStatement = `SELECT insightState, insightEventName, insightErrorCode, insightSource, insightContext.statistics.insight.average AS average
      FROM ${InsightsDestination.split('/')[1]} ORDER BY eventTime`;
    const { QueryId } = await cloudtrail.send(new StartQueryCommand({ QueryStatement }));
    await outcrop.clock.advance(0);
    const { QueryResultRows } = await cloudtrail.send(new GetQueryResultsCommand({ QueryId: QueryId! }));
    const of = (insightState: string) => [
      { insightState },
      { insightEventName: 'GetBucketPolicy' },
      { insightErrorCode: 'NoSuchBucket' },
      { insightSource: EventDataStore },
      { average: String(burst) },
    ];
    expect(QueryResultRows).toEqual([of('Start'), of('End')]);
  });
});
