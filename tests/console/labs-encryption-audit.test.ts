import { BedrockClient, GetModelInvocationLoggingConfigurationCommand } from '@aws-sdk/client-bedrock';
import { CloudTrailClient, LookupEventsCommand } from '@aws-sdk/client-cloudtrail';
import { IAMClient, ListUsersCommand } from '@aws-sdk/client-iam';
import { DescribeKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { beforeEach, expect, it } from 'vitest';
import type { Outcrop } from '../../src/main.ts';
import { startForTests } from '../start.ts';
import { describeInBrowser, openConsole } from './browser.ts';
import { LAB_MS, learner } from './labs.ts';

const PASSED = 'Passed: everything was found';
const ACCOUNT = '000000000000';
const DATA = `labs-data-${ACCOUNT}`;
const LOGS = `labs-logs-${ACCOUNT}`;

let outcrop: Outcrop;
beforeEach(async () => {
  outcrop = await startForTests();
});

describeInBrowser('the lab of encryption and audit', () => {
  it(
    'exam-d5.1: puts data under a key, logs invocations, finds an intruder, has 15 attacks fired, and resets',
    async () => {
      const opened = await openConsole(outcrop, { path: 'labs/encryption-audit' });
      const { page, shot, accessible } = opened;
      const { open, fill, call, run, check, verdict } = learner(opened);
      await page.getByRole('heading', { name: 'A key of your own' }).waitFor();
      expect(await check()).toContain('DescribeKey tells of none with this alias');

      // A key that is open to everybody can be used by a user without permissions.
      const KeyId = /"KeyId": "([^"]+)"/.exec(await call('CreateKey', 'create-key'))![1]!;
      await call('CreateAlias', 'create-alias', { AliasName: 'alias/labs-model-data', TargetKeyId: KeyId });
      const wide = await check();
      expect(wide).toContain('Not yet: 3 of 4 missing');
      expect(wide).toContain('The user has encrypted a text.');
      await open('encryption-audit', 'fire');
      expect(await check()).toContain('A statement allows Principal "*" without a condition.');
      await open('encryption-audit', 'key');
      await call('PutKeyPolicy', 'key-policy', {
        KeyId,
        Policy: {
          Version: '2012-10-17',
          Statement: [
            { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` }, Action: 'kms:*', Resource: '*' },
          ],
        },
      });
      await call('EnableKeyRotation', 'rotate', { KeyId });
      expect(await check()).toContain(PASSED);
      await accessible();
      await shot('labs-audit-key');

      await open('encryption-audit', 'data');
      expect(await check()).toContain('NoSuchBucket');
      await call('CreateBucket', 'data-bucket');
      await call('PutBucketEncryption', 'data-encryption');
      await call('PutPublicAccessBlock', 'data-access');
      const plain = await check();
      expect(plain).toContain('The object was read.');
      expect(plain).toContain('AES256');
      await call('PutBucketEncryption', 'data-encryption', {
        Bucket: DATA,
        ServerSideEncryptionConfiguration: {
          Rules: [
            {
              ApplyServerSideEncryptionByDefault: {
                SSEAlgorithm: 'aws:kms',
                KMSMasterKeyID: `arn:aws:kms:us-east-1:${ACCOUNT}:key/${KeyId}`,
              },
            },
          ],
        },
      });
      await call('PutPublicAccessBlock', 'data-access', {
        Bucket: DATA,
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          IgnorePublicAcls: true,
          BlockPublicPolicy: true,
          RestrictPublicBuckets: true,
        },
      });
      expect(await check()).toContain(PASSED);
      await shot('labs-audit-data');

      await open('encryption-audit', 'logging');
      expect(await check()).toContain('There is no configuration in this region.');
      await call('CreateBucket', 'log-bucket');
      // Bedrock may not write yet, which is tried when logging is configured.
      expect(await call('PutModelInvocationLoggingConfiguration', 'log-configuration')).toContain(
        'ValidationException',
      );
      await call('PutBucketPolicy', 'log-policy', {
        Bucket: LOGS,
        Policy: {
          Version: '2012-10-17',
          Statement: [
            {
              Effect: 'Allow',
              Principal: { Service: 'bedrock.amazonaws.com' },
              Action: 's3:PutObject',
              Resource: `arn:aws:s3:::${LOGS}/AWSLogs/${ACCOUNT}/BedrockModelInvocationLogs/*`,
              Condition: { StringEquals: { 'aws:SourceAccount': ACCOUNT } },
            },
          ],
        },
      });
      await call('PutModelInvocationLoggingConfiguration', 'log-configuration');
      expect(await check()).toContain('text left out');
      await call('PutModelInvocationLoggingConfiguration', 'log-configuration', {
        loggingConfig: { s3Config: { bucketName: LOGS }, textDataDeliveryEnabled: true },
      });
      const checked = check(90_000);
      await verdict.getByText('Waiting for the logs').waitFor();
      await outcrop.clock.advance(61_000);
      expect(await checked).toContain(PASSED);
      await accessible();
      await shot('labs-audit-logging');

      await open('encryption-audit', 'audit');
      expect(await check()).toContain('press the button');
      await run('Let somebody try', 'incident');
      const { Events } = await new CloudTrailClient(outcrop.clients).send(
        new LookupEventsCommand({ LookupAttributes: [{ AttributeKey: 'Username', AttributeValue: 'labs-intruder' }] }),
      );
      const event = JSON.parse(Events![0]!.CloudTrailEvent!) as { requestParameters: { modelId: string } };
      const { modelId } = event.requestParameters;
      // The learner reads the same in the browser.
      expect(await call('LookupEvents', 'lookup')).toContain(modelId);
      await fill('Name of the user', 'root');
      await fill('Operation (eventName)', 'Converse');
      await fill('Model that was tried (modelId)', 'amazon.titan-text-express-v1');
      expect(await check()).toContain('Not yet: 3 of 4 missing');
      await fill('Name of the user', 'labs-intruder');
      await fill('Model that was tried (modelId)', modelId);
      await fill('How it ended (errorCode)', 'AccessDenied');
      expect(await check()).toContain(PASSED);
      await shot('labs-audit-audit');

      await open('encryption-audit', 'fire');
      const fired = await check(60_000);
      expect(fired).toContain(PASSED);
      expect(fired.match(/Refused: /g)).toHaveLength(15);
      await shot('labs-audit-fired');

      await page.getByRole('button', { name: 'Reset this lab' }).click();
      const dialog = page.getByRole('dialog');
      for (const name of [DATA, LOGS, KeyId, 'labs-reader', 'labs-intruder'])
        await dialog.getByRole('listitem').filter({ hasText: name }).first().waitFor();
      await dialog.getByRole('button', { name: 'Reset' }).click();
      await page.getByText('0 of 5 passed').waitFor();
      const bedrock = new BedrockClient(outcrop.clients);
      expect((await bedrock.send(new GetModelInvocationLoggingConfigurationCommand({}))).loggingConfig).toBeUndefined();
      expect((await new S3Client(outcrop.clients).send(new ListBucketsCommand({}))).Buckets).toEqual([]);
      expect((await new IAMClient(outcrop.clients).send(new ListUsersCommand({}))).Users).toEqual([]);
      const { KeyMetadata } = await new KMSClient(outcrop.clients).send(new DescribeKeyCommand({ KeyId }));
      expect(KeyMetadata!.KeyState).toBe('PendingDeletion');
    },
    LAB_MS,
  );
});
