import {
  CloudTrailClient,
  CreateEventDataStoreCommand,
  DescribeQueryCommand,
  GetQueryResultsCommand,
  PutInsightSelectorsCommand,
  StartImportCommand,
  StartQueryCommand,
} from '@aws-sdk/client-cloudtrail';
import { CreateOrganizationCommand, OrganizationsClient } from '@aws-sdk/client-organizations';
import { describe, expect, it } from 'vitest';
import { generator } from '../../src/kernel/ids.ts';
import { accountsOf } from '../accounts.ts';
import { allow, identities, policy, refusal } from '../identities.ts';
import { startForTests, testSeed } from '../start.ts';

const random = generator(testSeed('threats: review of event data stores'));
const fresh = (prefix: string) => `${prefix}-${Math.floor(random() * 1e9)}`;
const outcrop = await startForTests();
const { user } = identities(outcrop);
const trails = new CloudTrailClient(outcrop.clients);

async function store() {
  const { EventDataStoreArn: arn } = await trails.send(
    new CreateEventDataStoreCommand({ Name: fresh('store'), TerminationProtectionEnabled: false }),
  );
  return { arn: arn!, id: arn!.split('/').at(-1)! };
}

describe('The result of a query over several event data stores', () => {
  it('is for those who may read all of them', async () => {
    const [open, shut] = [await store(), await store()];
    const { QueryId } = await trails.send(
      new StartQueryCommand({
        QueryStatement: `SELECT a.eventID FROM ${open.id} a JOIN ${shut.id} b ON a.eventID = b.eventID`,
      }),
    );
    await outcrop.clock.advance(0);
    const eve = await user(
      fresh('eve'),
      policy(
        { Effect: 'Allow', Action: 'cloudtrail:*', Resource: '*' },
        { Effect: 'Deny', Action: 'cloudtrail:*', Resource: shut.arn },
      ),
    );
    const anna = await user(fresh('anna'), allow('cloudtrail:*'));
    const read = (clients: typeof eve.clients) =>
      new CloudTrailClient(clients).send(new GetQueryResultsCommand({ QueryId, EventDataStore: open.arn }));
    expect((await refusal(read(eve.clients))).name).toBe('AccessDeniedException');
    expect((await refusal(new CloudTrailClient(eve.clients).send(new DescribeQueryCommand({ QueryId })))).name).toBe(
      'AccessDeniedException',
    );
    expect((await read(anna.clients)).QueryStatus).toBe('FINISHED');
  });
});

describe('An event data store', async () => {
  await new OrganizationsClient(outcrop.clients).send(new CreateOrganizationCommand({ FeatureSet: 'ALL' }));
  const { createAccount, assume } = accountsOf(outcrop);

  it('takes in no log files that another account brings, made up or not', async () => {
    const { arn } = await store();
    const id = await createAccount();
    const there = new CloudTrailClient(await assume(id));
    const forge = there.send(
      new StartImportCommand({
        Destinations: [arn],
        ImportSource: {
          S3: {
            S3LocationUri: `s3://${fresh('forged')}/AWSLogs/`,
            S3BucketRegion: 'us-east-1',
            S3BucketAccessRoleArn: `arn:aws:iam::${id}:role/OrganizationAccountAccessRole`,
          },
        },
      }),
    );
    expect((await refusal(forge)).name).toBe('EventDataStoreNotFoundException');
  });

  it('takes in no insights that another account sends to it', async () => {
    const insights = [{ FieldSelectors: [{ Field: 'eventCategory', Equals: ['Insight'] }] }];
    const make = async (client: CloudTrailClient, AdvancedEventSelectors?: typeof insights) =>
      (
        await client.send(
          new CreateEventDataStoreCommand({
            Name: fresh('store'),
            TerminationProtectionEnabled: false,
            ...(AdvancedEventSelectors ? { AdvancedEventSelectors } : {}),
          }),
        )
      ).EventDataStoreArn!;
    const there = new CloudTrailClient(await assume(await createAccount()));
    const [victim, theirs, sink] = [await make(trails, insights), await make(there), await make(there, insights)];
    const send = (InsightsDestination: string) =>
      there.send(
        new PutInsightSelectorsCommand({
          EventDataStore: theirs,
          InsightsDestination,
          InsightSelectors: [{ InsightType: 'ApiErrorRateInsight' }],
        }),
      );
    expect((await refusal(send(victim))).name).toBe('AccessDeniedException');
    expect((await send(sink)).InsightsDestination).toBe(sink);
  });
});
