import {
  CloudTrailClient,
  CreateTrailCommand,
  paginateLookupEvents,
  StartLoggingCommand,
} from '@aws-sdk/client-cloudtrail';
import { S3Client } from '@aws-sdk/client-s3';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { makeLogBucket, readLogs, verifyChain } from '../../../tests/log-files.ts';
import { startForTests } from '../../../tests/start.ts';

const HOUR_MS = 3_600_000;

it('What was called before a stack stopped is found, delivered and put on the digests by the next one over its data', async () => {
  const data = mkdtempSync(join(tmpdir(), 'outcrop-cloudtrail-'));
  afterAll(() => rmSync(data, { recursive: true, force: true }));
  const options = { ephemeral: false, data, rootSecret: 'a root secret of the test' };
  const first = await startForTests(options);
  const before = new CloudTrailClient(first.clients);
  await makeLogBucket(new S3Client(first.clients), 'kept-logs');
  await before.send(new CreateTrailCommand({ Name: 'kept', S3BucketName: 'kept-logs', EnableLogFileValidation: true }));
  await before.send(new StartLoggingCommand({ Name: 'kept' }));
  await new STSClient(first.clients).send(new GetCallerIdentityCommand({}));
  await first.clock.advance(HOUR_MS);
  const { $metadata } = await new STSClient(first.clients).send(new GetCallerIdentityCommand({}));
  await first.stop();

  const second = await startForTests(options);
  const cloudtrail = new CloudTrailClient(second.clients);
  const s3 = new S3Client(second.clients);
  const found: string[] = [];
  for await (const page of paginateLookupEvents({ client: cloudtrail }, {}))
    found.push(
      ...page.Events!.map(({ CloudTrailEvent }) => (JSON.parse(CloudTrailEvent!) as { requestID: string }).requestID),
    );
  expect(found).toContain($metadata.requestId);
  await second.clock.advance(HOUR_MS);
  const records = await readLogs(s3, 'kept-logs');
  expect(records.filter(({ requestID }) => requestID === $metadata.requestId)).toHaveLength(1);
  expect(records.filter(({ eventName }) => eventName === 'StartLogging')).toHaveLength(1);
  expect(await verifyChain({ s3, cloudtrail }, 'kept-logs')).toMatchObject({ digests: 2, wrong: [] });
});
