import {
  CloudTrailClient,
  DescribeTrailsCommand,
  GetTrailStatusCommand,
  ListEventDataStoresCommand,
  paginateLookupEvents,
} from '@aws-sdk/client-cloudtrail';
import { ListKeysCommand, KMSClient } from '@aws-sdk/client-kms';
import { CreateBucketCommand, ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { beforeEach, expect, it } from 'vitest';
import type { Outcrop } from '../../src/main.ts';
import { allow, identities } from '../identities.ts';
import { signRequest } from '../../src/gateway/sign.ts';
import { startForTests } from '../start.ts';
import { describeInBrowser, openConsole, retype } from './browser.ts';

let outcrop: Outcrop;
let trail: CloudTrailClient;
beforeEach(async () => {
  outcrop = await startForTests();
  trail = new CloudTrailClient(outcrop.clients);
});

async function eventsOf(Username: string) {
  const events = [];
  for await (const page of paginateLookupEvents(
    { client: trail },
    { LookupAttributes: [{ AttributeKey: 'Username', AttributeValue: Username }] },
  ))
    events.push(...page.Events!);
  return events;
}

/** A user who makes 40 calls, and an hour later 33 more, of which three are denied. */
async function busyUser() {
  const { user } = identities(outcrop);
  const ann = await user('ann', allow(['s3:ListAllMyBuckets', 'kms:ListKeys']));
  const s3 = new S3Client(ann.clients);
  const kms = new KMSClient(ann.clients);
  for (let at = 0; at < 40; at++) await s3.send(new ListBucketsCommand({}));
  await outcrop.clock.advance(3_600_000);
  for (let at = 0; at < 30; at++) await kms.send(new ListKeysCommand({}));
  for (let at = 0; at < 3; at++) await s3.send(new CreateBucketCommand({ Bucket: 'annas' })).catch(() => {});
  return ann;
}

describeInBrowser('CloudTrail in the console', () => {
  it('finds the events that LookupEvents finds, counts them on the timeline, and narrows to a bar', async () => {
    const ann = await busyUser();
    const all = await eventsOf('ann');
    expect(all).toHaveLength(73);
    const { page, shot, accessible } = await openConsole(outcrop, { path: 'cloudtrail' });
    await page.getByText('events, all read').waitFor();
    await page.getByRole('button', { name: /Lookup attribute/ }).click();
    await page.getByRole('option', { name: 'User name' }).click();
    await page.getByLabel('Value', { exact: true }).fill('ann');
    await page.getByRole('button', { name: 'Look up events' }).click();
    await page.getByText('73 events, all read').waitFor();
    await page.getByRole('heading', { name: 'Timeline (73 events)' }).waitFor();
    await page.getByText('s3 (43)').first().waitFor();
    await page.getByText('kms (30)').first().waitFor();
    await page.getByRole('heading', { name: 'Events (73)' }).waitFor();
    await accessible();
    await shot('cloudtrail-history');
    await page.getByText('By error').click();
    await page.getByText('AccessDenied (3)').first().waitFor();
    await page.getByText('No error (70)').first().waitFor();
    await page.getByText('By service').click();
    // Each cell of the table is a bar's part: together they are all events.
    await page.getByRole('button', { name: 'As a table' }).click();
    const table = page.getByRole('table', { name: 'Events over time' });
    const rows = await table.getByRole('row').allInnerTexts();
    const counts = rows.slice(1).flatMap((row) => row.split('\n').slice(1).join(' ').match(/\d+/g)!.map(Number));
    expect(counts.reduce((sum, one) => sum + one, 0)).toBe(73);
    await table
      .getByRole('button', { name: /^Only from/ })
      .first()
      .click();
    await page.getByRole('heading', { name: 'Events (40)' }).waitFor();
    await page.getByRole('button', { name: 'Show the whole time' }).click();
    await page.getByRole('heading', { name: 'Events (73)' }).waitFor();

    await page.getByLabel('Find events').fill('AccessDenied');
    await page.getByRole('link', { name: 'CreateBucket' }).first().click();
    await page.getByRole('heading', { name: 'CreateBucket', level: 1 }).waitFor();
    await page.getByText(ann.arn, { exact: true }).waitFor();
    const record = JSON.parse(await page.getByRole('region', { name: 'Event record' }).innerText());
    const event = all.find(({ EventId }) => EventId === record.eventID)!;
    expect(record).toEqual(JSON.parse(event.CloudTrailEvent!));
    await accessible();
    await shot('cloudtrail-event');
    await page.getByRole('link', { name: 'Why it was decided so' }).click();
    await page.getByText('Denied because no identity-based policy allows it').waitFor();
  }, 120_000);

  it('narrows to a bar that is chosen in the chart', async () => {
    await busyUser();
    const { page } = await openConsole(outcrop, { path: 'cloudtrail/history?attribute=Username&value=ann' });
    await page.getByText('73 events, all read').waitFor();
    const chart = page.getByRole('application', { name: 'Events over time' });
    await chart.focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Only this time' }).click();
    await page.getByRole('heading', { name: 'Events (40)' }).waitFor();
  }, 120_000);

  it('reads 10,000 events with progress, draws one page of them, and can be stopped', async () => {
    // Signed once and sent often: the stack's work alone is waited for.
    const body = 'Action=GetCallerIdentity&Version=2011-06-15';
    const headers = {
      ...signRequest({
        method: 'POST',
        url: `${outcrop.endpoint}/`,
        body,
        service: 'sts',
        region: 'us-east-1',
        ...outcrop.clients.credentials,
      }),
      'content-type': 'application/x-www-form-urlencoded',
    };
    await Promise.all(
      Array.from({ length: 32 }, async () => {
        for (let at = 0; at < 320; at++) {
          const response = await fetch(`${outcrop.endpoint}/`, { method: 'POST', headers, body });
          expect(response.status).toBe(200);
          await response.arrayBuffer();
        }
      }),
    );
    const { page, shot } = await openConsole(outcrop, {
      path: 'cloudtrail/history?attribute=EventName&value=GetCallerIdentity',
    });
    await page.getByText(/Reading, [\d,]+ events so far/).waitFor();
    await page.getByText('There are more events than these 10,000').waitFor({ timeout: 60_000 });
    await page.getByRole('heading', { name: 'Events (10,000)' }).waitFor();
    expect(await page.getByRole('row').count()).toBeLessThan(100);
    const started = Date.now();
    await page.getByLabel('Find events').fill('nothing is called this');
    await page.getByText('No event has this text.').waitFor();
    expect(Date.now() - started).toBeLessThan(2_000);
    await shot('cloudtrail-10000');
    await page.getByRole('button', { name: 'Look up events' }).click();
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByText('There are more events than these').waitFor();
  }, 240_000);

  it('makes a trail with its bucket, stops it and starts it, and deletes it', async () => {
    const { page, shot, accessible } = await openConsole(outcrop, { path: 'cloudtrail/trails' });
    await page.getByText('No trails').waitFor();
    await page.getByRole('button', { name: 'Create trail' }).first().click();
    const form = page.getByRole('dialog', { name: 'Create trail' });
    await form.getByLabel('Trail name').fill('audit');
    await form.getByLabel('S3 bucket').fill('audit-logs');
    await shot('cloudtrail-create');
    await accessible();
    await form.getByRole('button', { name: 'Create trail' }).click();
    await page.getByRole('row', { name: /audit/ }).getByText('Logging').waitFor();
    const { trailList } = await trail.send(new DescribeTrailsCommand({}));
    expect(trailList).toMatchObject([{ Name: 'audit', S3BucketName: 'audit-logs', LogFileValidationEnabled: true }]);
    await page.getByRole('link', { name: 'audit', exact: true }).click();
    await page.getByRole('button', { name: 'Stop logging' }).click();
    await page.getByRole('button', { name: 'Start logging' }).waitFor();
    expect((await trail.send(new GetTrailStatusCommand({ Name: 'audit' }))).IsLogging).toBe(false);
    await accessible();
    await shot('cloudtrail-trail');
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByRole('textbox').fill('audit');
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByText('No trails').waitFor();
    expect((await trail.send(new DescribeTrailsCommand({}))).trailList).toEqual([]);
  }, 120_000);

  it('asks an event data store by SQL', async () => {
    const { page, shot, accessible } = await openConsole(outcrop, { path: 'cloudtrail/lake' });
    await page.getByRole('button', { name: 'Create event data store' }).click();
    const form = page.getByRole('dialog', { name: 'Create event data store' });
    await form.getByLabel('Name').fill('lake');
    await form.getByRole('button', { name: 'Create', exact: true }).click();
    await page.getByRole('row', { name: /lake/ }).getByText('ENABLED').waitFor();
    const sts = new STSClient(outcrop.clients);
    for (let at = 0; at < 7; at++) await sts.send(new GetCallerIdentityCommand({}));
    const { EventDataStores } = await trail.send(new ListEventDataStoresCommand({}));
    await page.getByRole('radio', { name: `Choose ${EventDataStores![0]!.EventDataStoreArn}` }).click();
    await page.getByRole('button', { name: 'Run query' }).click();
    const result = page.getByRole('table', { name: 'Result' });
    await expect
      .poll(async () => (await result.getByRole('row', { name: /GetCallerIdentity/ }).innerText()).match(/\d+/)?.[0])
      .toBe('7');
    await accessible();
    await shot('cloudtrail-lake');
    await retype(page.getByRole('textbox', { name: 'SQL' }), 'SELECT nonsense');
    await page.getByRole('button', { name: 'Run query' }).click();
    await page.getByTestId('failure').getByText('InvalidQueryStatementException').waitFor();
  }, 120_000);
});
