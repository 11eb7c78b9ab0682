import {
  GetBucketCorsCommand,
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketLoggingCommand,
  GetBucketOwnershipControlsCommand,
  GetBucketPolicyCommand,
  GetBucketTaggingCommand,
  GetBucketVersioningCommand,
  GetBucketWebsiteCommand,
  GetObjectCommand,
  GetObjectLockConfigurationCommand,
  GetPublicAccessBlockCommand,
  HeadObjectCommand,
  PutBucketNotificationConfigurationCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  PutPublicAccessBlockCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import type { Page } from 'playwright-core';
import { beforeEach, expect, it } from 'vitest';
import type { Outcrop } from '../../src/main.ts';
import { allow, identities, policy, refusal, trust } from '../identities.ts';
import { describeInBrowser, openConsole, retype } from './browser.ts';
import { startWithS3 } from './s3.ts';

const WAIT = { timeout: 15_000 };
let outcrop: Outcrop;
let s3: S3Client;
let newBucket: () => Promise<string>;
beforeEach(async () => {
  ({ outcrop, s3, newBucket } = await startWithS3('set'));
});
const tab = (bucket: string, name: string) => `s3/buckets/${bucket}?tab=${name}`;
const save = (page: Page) => page.getByRole('dialog').getByRole('button', { name: 'Save changes' }).click();

describeInBrowser('properties of a bucket', () => {
  it('are shown and changed', async () => {
    const Bucket = await newBucket();
    const logs = await newBucket();
    await s3.send(new PutObjectCommand({ Bucket, Key: 'a/b', Body: '12345' }));
    await s3.send(
      new PutBucketNotificationConfigurationCommand({
        Bucket,
        NotificationConfiguration: { EventBridgeConfiguration: {} },
      }),
    );
    const { page, shot, accessible } = await openConsole(outcrop, { path: tab(Bucket, 'properties') });
    const dialog = page.getByRole('dialog');
    await page.getByText('Everything → Amazon EventBridge').waitFor();
    await page.getByRole('button', { name: 'Calculate total size' }).click();
    await page.getByText('Complete').waitFor();
    await page.getByText('5 bytes').waitFor();
    await accessible();
    await shot('s3-properties');

    await page.getByRole('button', { name: 'Edit versioning' }).click();
    await dialog.getByRole('radio', { name: 'Enable' }).check();
    await save(page);
    await page.getByText('Bucket Versioning is changed.').waitFor();
    expect((await s3.send(new GetBucketVersioningCommand({ Bucket }))).Status).toBe('Enabled');

    await page.getByRole('button', { name: 'Edit tags' }).click();
    await dialog.getByRole('button', { name: 'Add tag' }).click();
    await dialog.getByLabel('Key of tag 1').fill('aws:own');
    await dialog.getByText("Keys that begin with aws: are AWS's own").waitFor();
    await dialog.getByLabel('Key of tag 1').fill('team');
    await dialog.getByLabel('Value of tag 1').fill('search');
    await save(page);
    await page.getByText('The tags are saved.').waitFor();
    expect((await s3.send(new GetBucketTaggingCommand({ Bucket }))).TagSet).toEqual([{ Key: 'team', Value: 'search' }]);

    await page.getByRole('button', { name: 'Edit encryption' }).click();
    await dialog.getByLabel('Server-side encryption').click();
    await page.getByRole('option', { name: /^SSE-KMS/ }).click();
    await save(page);
    await page.getByText('The default encryption is saved.').waitFor();
    const encryption = await s3.send(new GetBucketEncryptionCommand({ Bucket }));
    expect(
      encryption.ServerSideEncryptionConfiguration!.Rules![0]!.ApplyServerSideEncryptionByDefault!.SSEAlgorithm,
    ).toBe('aws:kms');

    await page.getByRole('button', { name: 'Turn Object Lock on' }).click();
    await dialog.getByLabel('Default retention mode').click();
    await page.getByRole('option', { name: 'Governance' }).click();
    await dialog.getByLabel('Default retention period').fill('3');
    await save(page);
    await page.getByText('Object Lock is saved.').waitFor();
    expect((await s3.send(new GetObjectLockConfigurationCommand({ Bucket }))).ObjectLockConfiguration!.Rule).toEqual({
      DefaultRetention: { Mode: 'GOVERNANCE', Days: 3 },
    });

    await page.getByRole('button', { name: 'Enable', exact: true }).click();
    await dialog.getByLabel('Error document').fill('404.html');
    await save(page);
    await page.getByText('The website is saved.').waitFor();
    expect(await s3.send(new GetBucketWebsiteCommand({ Bucket }))).toMatchObject({
      IndexDocument: { Suffix: 'index.html' },
      ErrorDocument: { Key: '404.html' },
    });

    // What is refused is said, and what was entered stays.
    await page.getByRole('button', { name: 'Edit logging' }).click();
    await dialog.getByLabel('Target bucket').fill('no-such-target-bucket');
    await save(page);
    await dialog.getByTestId('failure').waitFor();
    expect(await dialog.getByLabel('Target bucket').inputValue()).toBe('no-such-target-bucket');
    await dialog.getByLabel('Target bucket').fill(logs);
    await dialog.getByLabel('Target prefix').fill('of/');
    await save(page);
    await page.getByText('Server access logging is saved.').waitFor();
    expect((await s3.send(new GetBucketLoggingCommand({ Bucket }))).LoggingEnabled).toMatchObject({
      TargetBucket: logs,
      TargetPrefix: 'of/',
    });
    await page.getByRole('button', { name: 'Enable acceleration' }).click();
    await page.getByRole('button', { name: 'Suspend acceleration' }).waitFor();
  }, 120_000);
});

describeInBrowser('lifecycle rules', () => {
  it('are checked, told in plain words, and carried out', async () => {
    const Bucket = await newBucket();
    await s3.send(new PutObjectCommand({ Bucket, Key: 'logs/old.txt', Body: 'x'.repeat(200_000) }));
    const { page, shot, accessible } = await openConsole(outcrop, { path: tab(Bucket, 'management') });
    await page.getByText('No lifecycle rules').waitFor();
    await page.getByRole('button', { name: 'Create lifecycle rule' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Create rule' }).click();
    await dialog.getByText('A rule does something: choose what.').waitFor();
    await dialog.getByLabel('Lifecycle rule name').fill('age');
    await dialog.getByLabel('Prefix').fill('logs/');
    await dialog.getByRole('button', { name: 'Add transition' }).click();
    await dialog.getByLabel('Days of transition 1').fill('10');
    await dialog.getByText('Transitions: Standard-IA takes objects of 30 days and older.').waitFor();
    await dialog.getByLabel('Days of transition 1').fill('30');
    await dialog.getByRole('button', { name: 'Add transition' }).click();
    await dialog.getByLabel('Days of transition 2').fill('90');
    await dialog.getByLabel('Expire objects after days').fill('80');
    await dialog.getByText('Transitions: objects expire later than they move.').waitFor();
    await dialog.getByLabel('Expire objects after days').fill('365');
    await dialog.getByLabel('Delete noncurrent versions after days').fill('14');
    await dialog.getByLabel('Newer noncurrent versions to keep').fill('2');
    await dialog.getByLabel('Abort unfinished uploads after days').fill('1');
    await dialog.getByText('90 days after they were made, objects move to Glacier Flexible Retrieval.').waitFor();
    await accessible('[role=dialog]');
    await shot('s3-lifecycle-rule');
    await dialog.getByRole('button', { name: 'Create rule' }).click();
    await page.getByText('The lifecycle rules are saved.').waitFor();
    await page.getByText('Objects below logs/').waitFor();
    await page.getByText('1 day after they began, unfinished uploads are aborted.').waitFor();
    await accessible();
    await shot('s3-lifecycle');
    const rules = async () => (await s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket }))).Rules!;
    expect(await rules()).toEqual([
      {
        ID: 'age',
        Status: 'Enabled',
        Filter: { Prefix: 'logs/' },
        Transitions: [
          { Days: 30, StorageClass: 'STANDARD_IA' },
          { Days: 90, StorageClass: 'GLACIER' },
        ],
        Expiration: { Days: 365 },
        NoncurrentVersionExpiration: { NoncurrentDays: 14, NewerNoncurrentVersions: 2 },
        AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
      },
    ]);
    await page.getByRole('radio', { name: 'Choose age' }).check();
    await page.getByRole('button', { name: 'Edit', exact: true }).click();
    await dialog.getByRole('button', { name: 'Remove transition 2' }).click();
    await dialog.getByRole('button', { name: 'Save changes' }).click();
    await expect.poll(async () => (await rules())[0]!.Transitions, WAIT).toHaveLength(1);
    await outcrop.clock.advance(32 * 24 * 3600 * 1000);
    await expect
      .poll(async () => (await s3.send(new HeadObjectCommand({ Bucket, Key: 'logs/old.txt' }))).StorageClass, WAIT)
      .toBe('STANDARD_IA');
    await page.getByRole('radio', { name: 'Choose age' }).check();
    await page.getByRole('button', { name: 'Disable', exact: true }).click();
    await expect.poll(async () => (await rules())[0]!.Status, WAIT).toBe('Disabled');
    await page.getByRole('radio', { name: 'Choose age' }).check();
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    await dialog.getByRole('button', { name: 'Delete rule' }).click();
    await page.getByText('No lifecycle rules').waitFor();
    expect((await refusal(rules())).name).toBe('NoSuchLifecycleConfiguration');
  }, 120_000);
});

describeInBrowser('permissions of a bucket', () => {
  it('are edited: policy, public access, ownership, CORS; what is refused is kept and said', async () => {
    const Bucket = await newBucket();
    const { page, shot, accessible } = await openConsole(outcrop, { path: tab(Bucket, 'permissions') });
    await page.getByText('There is no bucket policy.').waitFor();
    await accessible();
    await shot('s3-permissions');
    await page.getByRole('button', { name: 'Edit: Bucket policy' }).click();
    const wrong = policy({
      Effect: 'Allow',
      Principal: '*',
      Action: 's3:GetObject',
      Resource: `arn:aws:s3:::${Bucket}/public/*`,
    });
    await retype(page.getByRole('textbox', { name: 'Bucket policy', exact: true }), wrong);
    await page.getByRole('button', { name: 'Save changes' }).click();
    // It is public, and public policies are blocked.
    await page.getByTestId('failure').getByText('AccessDenied').waitFor();
    expect(await page.getByRole('textbox', { name: 'Bucket policy' }).innerText()).toContain('/public/*');
    await accessible();
    await shot('s3-policy-refused');

    await page.getByRole('button', { name: 'Edit public access' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('checkbox', { name: 'Block all public access' }).uncheck();
    await save(page);
    await page.getByText('Block public access is saved.').waitFor();
    expect(
      Object.values((await s3.send(new GetPublicAccessBlockCommand({ Bucket }))).PublicAccessBlockConfiguration!),
    ).not.toContain(true);
    await page.getByRole('button', { name: 'Save changes' }).click();
    await page.getByText('Bucket policy: saved.').waitFor();
    await page.getByText('Public', { exact: true }).waitFor();
    expect(JSON.parse((await s3.send(new GetBucketPolicyCommand({ Bucket }))).Policy!)).toEqual(JSON.parse(wrong));
    await page.getByRole('button', { name: 'Delete: Bucket policy' }).click();
    await dialog.getByRole('button', { name: 'Delete', exact: true }).click();
    await page.getByText('There is no bucket policy.').waitFor();

    await page.getByRole('button', { name: 'Edit: Cross-origin' }).click();
    await retype(
      page.getByRole('textbox', { name: 'Cross-origin resource sharing (CORS)', exact: true }),
      '{ "no": "list" }',
    );
    expect(await page.getByRole('button', { name: 'Save changes' }).isDisabled()).toBe(true);
    const rules = [{ AllowedOrigins: ['https://site.example'], AllowedMethods: ['GET', 'PUT'] }];
    await retype(
      page.getByRole('textbox', { name: 'Cross-origin resource sharing (CORS)', exact: true }),
      JSON.stringify(rules),
    );
    await page.getByRole('button', { name: 'Save changes' }).click();
    await page.getByText(/CORS\): saved\./).waitFor();
    expect((await s3.send(new GetBucketCorsCommand({ Bucket }))).CORSRules).toEqual(rules);

    await page.getByRole('button', { name: 'Edit ownership' }).click();
    await dialog.getByRole('radio', { name: 'Bucket owner preferred' }).check();
    await save(page);
    await page.getByText('Object Ownership is saved.').waitFor();
    expect(
      (await s3.send(new GetBucketOwnershipControlsCommand({ Bucket }))).OwnershipControls!.Rules![0]!.ObjectOwnership,
    ).toBe('BucketOwnerPreferred');
  }, 120_000);

  it('are worked out for a user, a role and everybody, and it is what happens', async () => {
    const Bucket = await newBucket();
    const { user, role, as } = identities(outcrop);
    const reader = await user('reader');
    const writer = await role('Writer', trust({ AWS: reader.arn }), allow('s3:PutObject', `arn:aws:s3:::${Bucket}/*`));
    await s3.send(new PutObjectCommand({ Bucket, Key: 'open/a', Body: '1' }));
    await s3.send(new PutObjectCommand({ Bucket, Key: 'closed/b', Body: '2' }));
    await s3.send(
      new PutPublicAccessBlockCommand({
        Bucket,
        PublicAccessBlockConfiguration: { BlockPublicPolicy: false, RestrictPublicBuckets: false },
      }),
    );
    await s3.send(
      new PutBucketPolicyCommand({
        Bucket,
        Policy: policy(
          {
            Sid: 'ReaderReads',
            Effect: 'Allow',
            Principal: { AWS: reader.arn },
            Action: 's3:GetObject',
            Resource: `arn:aws:s3:::${Bucket}/*`,
          },
          {
            Sid: 'NobodyReadsClosed',
            Effect: 'Deny',
            Principal: '*',
            Action: 's3:GetObject',
            Resource: `arn:aws:s3:::${Bucket}/closed/*`,
          },
          {
            Sid: 'EverybodyReadsOpen',
            Effect: 'Allow',
            Principal: '*',
            Action: ['s3:GetObject', 's3:PutObject'],
            Resource: `arn:aws:s3:::${Bucket}/open/*`,
          },
        ),
      }),
    );
    const { page, shot, accessible } = await openConsole(outcrop, { path: tab(Bucket, 'permissions') });
    const verdict = page.getByTestId('verdict');
    const check = async (principal: string, action: string, key: string) => {
      const who = page.getByLabel('Principal', { exact: true });
      await who.fill(principal);
      await who.press('Escape');
      await page.getByLabel('Action', { exact: true }).click();
      await page
        .getByRole('option', { name: new RegExp(`${action} On`) })
        .first()
        .click();
      await page.getByLabel('Key', { exact: true }).fill(key);
      await page.getByRole('button', { name: 'Check access' }).click();
      await verdict.waitFor();
      return verdict.innerText();
    };
    const asReader = new S3Client({ ...reader.clients, forcePathStyle: true });
    const get = (client: S3Client, Key: string) =>
      client.send(new GetObjectCommand({ Bucket, Key })).then(
        () => 'Allowed',
        () => 'Denied',
      );
    let told = await check(reader.arn, 's3:GetObject', 'open/a');
    expect(told).toContain('Allowed: s3:GetObject');
    expect(told).toContain('ReaderReads');
    expect(await get(asReader, 'open/a')).toBe('Allowed');
    await accessible();
    await shot('s3-effective-allowed');
    told = await check(reader.arn, 's3:GetObject', 'closed/b');
    expect(told).toContain('Denied: s3:GetObject');
    expect(told).toContain('NobodyReadsClosed');
    expect(await get(asReader, 'closed/b')).toBe('Denied');
    await shot('s3-effective-denied');

    told = await check(writer.arn, 's3:PutObject', 'closed/b');
    expect(told).toContain('Allowed: s3:PutObject');
    told = await check(writer.arn, 's3:DeleteObject', 'closed/b');
    expect(told).toContain('Denied: s3:DeleteObject');
    expect(told).toContain('No statement of any policy matches');
    const { Credentials } = await new STSClient(reader.clients).send(
      new AssumeRoleCommand({ RoleArn: writer.arn, RoleSessionName: 'writing' }),
    );
    const asWriter = new S3Client({ ...as(Credentials), forcePathStyle: true });
    await asWriter.send(new PutObjectCommand({ Bucket, Key: 'closed/b', Body: '3' }));
    expect(await get(asWriter, 'closed/b')).toBe('Denied');

    const everybody = 'Everybody (anonymous)';
    told = await check(everybody, 's3:GetObject', 'open/a');
    expect(told).toContain('Allowed to everybody');
    expect(told).toContain('GET /');
    told = await check(everybody, 's3:GetObject', 'closed/b');
    expect(told).toContain('Denied to everybody');
    expect(told).toContain('NobodyReadsClosed');
    await accessible();
    await shot('s3-effective-anonymous');
    // Asking changes nothing, allowed or not.
    told = await check(everybody, 's3:PutObject', 'open/a');
    expect(told).toContain('Allowed to everybody');
    told = await check(everybody, 's3:DeleteObject', 'open/a');
    expect(told).toContain('Denied to everybody');
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: 'open/a' }));
    expect(await Body!.transformToString()).toBe('1');
    const bare = await fetch(`${outcrop.endpoint}/${Bucket}/open/a`);
    expect([bare.status, await bare.text()]).toEqual([200, '1']);
    told = await check(everybody, 's3:GetObject', 'open/missing');
    expect(told).toContain('Allowed to everybody');
    expect(told).toContain('The permission is there.');
    await s3.send(
      new PutPublicAccessBlockCommand({
        Bucket,
        PublicAccessBlockConfiguration: { BlockPublicPolicy: false, RestrictPublicBuckets: true },
      }),
    );
    told = await check(everybody, 's3:GetObject', 'open/a');
    expect(told).toContain('Denied to everybody');
    expect((await fetch(`${outcrop.endpoint}/${Bucket}/open/a`)).status).toBe(403);
  }, 120_000);

  it('that deny a user are shown with the request id, on every tab', async () => {
    const Bucket = await newBucket();
    const stranger = await identities(outcrop).user('stranger');
    const { page, go, shot } = await openConsole(outcrop, {
      path: tab(Bucket, 'properties'),
      credentials: stranger.clients.credentials,
    });
    await expect.poll(() => page.getByTestId('failure').count(), WAIT).toBeGreaterThan(5);
    expect(await page.getByTestId('failure').first().innerText()).toMatch(/AccessDenied[^]*Request id \S+/);
    await go(tab(Bucket, 'objects'));
    await expect.poll(() => page.getByTestId('failure').count(), WAIT).toBe(1);
    expect(await page.getByTestId('failure').innerText()).toMatch(/s3:ListBucket[^]*Request id \S+/);
    await shot('s3-denied');
  });
});

describeInBrowser('the pages of S3', () => {
  it('work at 375 px and in the dark', async () => {
    const Bucket = await newBucket();
    await s3.send(new PutObjectCommand({ Bucket, Key: 'folder/a-rather-long-name-of-a-file.json', Body: '{"a":[1]}' }));
    const { page, shot, go, accessible } = await openConsole(outcrop, {
      path: `s3/buckets/${Bucket}?prefix=folder%2F`,
      width: 375,
      height: 720,
      dark: true,
    });
    const key = 'folder/a-rather-long-name-of-a-file.json';
    for (const [name, path, text] of [
      ['objects', `s3/buckets/${Bucket}?prefix=folder%2F`, 'a-rather-long-name'],
      ['properties', tab(Bucket, 'properties'), 'Static website hosting'],
      ['permissions', tab(Bucket, 'permissions'), 'Effective access'],
      ['object', `s3/buckets/${Bucket}/object?key=${encodeURIComponent(key)}`, '{ 1 member }'],
    ] as const) {
      await go(path);
      await page.getByText(text).first().waitFor();
      await accessible();
      await shot(`s3-narrow-${name}`);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(overflow, name).toBeLessThanOrEqual(0);
    }
  }, 120_000);
});
