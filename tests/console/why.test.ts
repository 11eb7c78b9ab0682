import { randomUUID } from 'node:crypto';
import {
  CreatePolicyCommand,
  PutUserPermissionsBoundaryCommand,
  PutUserPolicyCommand,
  SimulatePrincipalPolicyCommand,
} from '@aws-sdk/client-iam';
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListBucketsCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { beforeEach, expect, it } from 'vitest';
import type { Outcrop } from '../../src/main.ts';
import { allow, identities, policy } from '../identities.ts';
import { startForTests } from '../start.ts';
import { describeInBrowser, openConsole, retype } from './browser.ts';

let outcrop: Outcrop;
beforeEach(async () => {
  outcrop = await startForTests();
});

const denied = async (call: Promise<unknown>): Promise<string> => {
  const error = await call.then(
    () => undefined,
    (thrown: { $metadata: { requestId: string } }) => thrown,
  );
  return error!.$metadata.requestId;
};

describeInBrowser('why a call was denied, in the console', () => {
  it('names the statement that denies, and says that no Allow outweighs it', async () => {
    const { user } = identities(outcrop);
    const ann = await user(
      'ann',
      policy(
        { Sid: 'Buckets', Effect: 'Allow', Action: 's3:*', Resource: '*' },
        { Sid: 'NotThere', Effect: 'Deny', Action: 's3:GetObject', Resource: 'arn:aws:s3:::vault/*' },
      ),
    );
    await new S3Client(outcrop.clients).send(new CreateBucketCommand({ Bucket: 'vault' }));
    const id = await denied(new S3Client(ann.clients).send(new GetObjectCommand({ Bucket: 'vault', Key: 'a' })));
    const { page, shot, accessible } = await openConsole(outcrop, { path: 'iam/why' });
    await accessible();
    await page.getByRole('textbox', { name: 'Request id' }).fill(id);
    await page.getByRole('button', { name: 'Explain' }).click();
    await page.getByText('Denied by an explicit deny in an identity-based policy').waitFor();
    expect(page.url()).toContain(`#/iam/why/${id}`);
    const steps = page.getByRole('table', { name: 'How it was decided' });
    const step = steps.getByRole('row', { name: /Explicit deny/ });
    expect(await step.innerText()).toMatch(/NotThere of own \(inline\)[\s\S]*Here/);
    const remedy = page.getByRole('region', { name: 'What would allow it' });
    expect(await remedy.innerText()).toContain('NotThere of own (identity-based policy, inline) denies it.');
    expect(await remedy.innerText()).toContain('No Allow outweighs an explicit Deny');
    await page.getByRole('button', { name: /Every policy that was asked/ }).click();
    await page.getByText('Allow Buckets: applies').waitFor();
    await accessible();
    await shot('why-explicit');
  }, 120_000);

  it('suggests all that is needed, and what it suggests does allow the call', async () => {
    const { iam, user } = identities(outcrop);
    const bob = await user('bob', allow('s3:ListAllMyBuckets'));
    const { Policy } = await iam.send(
      new CreatePolicyCommand({ PolicyName: 'bounds', PolicyDocument: allow('s3:ListAllMyBuckets') }),
    );
    await iam.send(new PutUserPermissionsBoundaryCommand({ UserName: 'bob', PermissionsBoundary: Policy!.Arn! }));
    const s3 = new S3Client(bob.clients);
    await s3.send(new ListBucketsCommand({}));
    await new S3Client(outcrop.clients).send(new CreateBucketCommand({ Bucket: 'bobs' }));
    const put = () => s3.send(new PutObjectCommand({ Bucket: 'bobs', Key: 'a', Body: 'a' }));
    const id = await denied(put());
    const { page, shot, accessible } = await openConsole(outcrop, { path: `iam/why/${id}`, width: 375 });
    await page.getByText('Denied because no identity-based policy allows it').waitFor();
    const remedy = page.getByRole('region', { name: 'What would allow it' });
    const own = remedy.getByRole('region', {
      name: 'Statement for an identity-based policy of arn:aws:iam::000000000000:user/bob',
    });
    const bounds = remedy.getByRole('region', {
      name: 'Statement for the permissions boundary of arn:aws:iam::000000000000:user/bob',
    });
    expect(await remedy.innerText()).toContain('One of these is not enough by itself');
    await accessible();
    await shot('why-implicit-narrow');
    const statement = JSON.parse(await own.innerText());
    expect(statement).toEqual({ Effect: 'Allow', Action: 's3:PutObject', Resource: 'arn:aws:s3:::bobs/a' });
    await iam.send(
      new PutUserPolicyCommand({ UserName: 'bob', PolicyName: 'more', PolicyDocument: policy(statement) }),
    );
    // As told, the statement in the user's policies is not enough by itself.
    await denied(put());
    const { Policy: wider } = await iam.send(
      new CreatePolicyCommand({
        PolicyName: 'wider',
        PolicyDocument: policy(
          { Effect: 'Allow', Action: 's3:ListAllMyBuckets', Resource: '*' },
          JSON.parse(await bounds.innerText()),
        ),
      }),
    );
    await iam.send(new PutUserPermissionsBoundaryCommand({ UserName: 'bob', PermissionsBoundary: wider!.Arn! }));
    expect((await put()).$metadata.httpStatusCode).toBe(200);
  }, 120_000);

  it('says so of a request that nothing is known of, and to who may not ask', async () => {
    const { user } = identities(outcrop);
    const { page } = await openConsole(outcrop, { path: `iam/why/${randomUUID()}` });
    await page.getByText('Nothing is known of request').waitFor();
    const carl = await user('carl');
    const other = await openConsole(outcrop, { path: 'iam/why/x', credentials: carl.clients.credentials });
    await other.page.getByText('Only the account root manages the stack').waitFor();
  }, 120_000);
});

describeInBrowser('the policy simulator in the console', () => {
  it('decides as the call does, marks the statement, and asks for the condition keys that are missing', async () => {
    const { iam, user } = identities(outcrop);
    const dan = await user(
      'dan',
      policy(
        { Sid: 'List', Effect: 'Allow', Action: 's3:ListAllMyBuckets', Resource: '*' },
        {
          Sid: 'Red',
          Effect: 'Allow',
          Action: 's3:CreateBucket',
          Resource: 'arn:aws:s3:::dan-*',
          Condition: { StringEquals: { 'aws:RequestedRegion': 'us-east-1' } },
        },
      ),
    );
    const { page, shot, accessible } = await openConsole(outcrop, { path: 'iam/simulator' });
    await page.getByRole('button', { name: /User, user group or role/ }).click();
    await page.getByLabel('Find a user, group or role').fill('dan');
    await page.getByRole('option', { name: 'dan' }).click();
    const action = page.getByRole('combobox', { name: 'Action' });
    await action.fill('s3:CreateBuck');
    await page
      .getByRole('option', { name: /^s3:CreateBucket\b/ })
      .first()
      .click();
    await action.fill('s3:ListAllMyBuckets');
    await action.press('Enter');
    await page.getByRole('textbox', { name: 'Resources' }).fill('arn:aws:s3:::dan-1');
    await page.getByRole('button', { name: 'Simulate' }).click();
    await page.getByText('The policies look at aws:RequestedRegion').first().waitFor();
    await page.getByText('Denied, since nothing allows it').first().waitFor();
    await page.getByLabel('aws:RequestedRegion').fill('us-east-1');
    await page.getByRole('button', { name: 'Simulate' }).click();
    const marked = page.getByRole('region', { name: 'Statements of user_dan_own' }).locator('mark');
    await marked.getByText('dan-*').first().waitFor();
    await accessible();
    await shot('iam-simulator');
    expect((await marked.allInnerTexts()).map((text) => JSON.parse(text).Sid)).toContain('Red');
    const { EvaluationResults } = await iam.send(
      new SimulatePrincipalPolicyCommand({
        PolicySourceArn: dan.arn,
        ActionNames: ['s3:CreateBucket'],
        ResourceArns: ['arn:aws:s3:::dan-1'],
        ContextEntries: [
          { ContextKeyName: 'aws:RequestedRegion', ContextKeyType: 'string', ContextKeyValues: ['us-east-1'] },
        ],
      }),
    );
    expect(EvaluationResults![0]!.EvalDecision).toBe('allowed');
    const { $metadata } = await new S3Client(dan.clients).send(new CreateBucketCommand({ Bucket: 'dan-1' }));
    expect($metadata.httpStatusCode).toBe(200);
    // What is typed instead is simulated too, in its own words where it is refused.
    await page.getByRole('button', { name: 'Typed here' }).click();
    const editor = page.getByRole('textbox', { name: 'Policy to simulate' });
    await retype(editor, policy({ Effect: 'Deny', Action: 's3:*', Resource: '*' }));
    await page.getByRole('button', { name: 'Simulate' }).click();
    await page.getByText('Denied by an explicit deny').first().waitFor();
    await page.getByRole('region', { name: 'Statements of PolicyInputList.1' }).first().waitFor();
    await accessible();
  }, 120_000);
});
