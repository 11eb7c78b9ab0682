import {
  AttachRolePolicyCommand,
  CreateRoleCommand,
  GetUserCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  ListAccessKeysCommand,
  ListUserPoliciesCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  PutUserPolicyCommand,
  CreatePolicyCommand,
  ListPolicyVersionsCommand,
  ListGroupsForUserCommand,
  CreateGroupCommand,
} from '@aws-sdk/client-iam';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { readFile } from 'node:fs/promises';
import { beforeEach, expect, it } from 'vitest';
import type { Outcrop } from '../../src/main.ts';
import { allow, identities, refusal, trust } from '../identities.ts';
import { startForTests } from '../start.ts';
import { describeInBrowser, openConsole, retype } from './browser.ts';

let outcrop: Outcrop;
beforeEach(async () => {
  outcrop = await startForTests();
});

describeInBrowser('IAM in the console', () => {
  it('makes a user in a group, and hands its key out once: shown, downloaded, good, inactive, gone', async () => {
    const { iam } = identities(outcrop);
    await iam.send(new CreateGroupCommand({ GroupName: 'analysts' }));
    const { page, go, shot, accessible } = await openConsole(outcrop, { path: 'iam' });
    await page.getByRole('heading', { name: 'IAM dashboard' }).waitFor();
    await page.getByText('Users', { exact: true }).first().waitFor();
    await shot('iam-dashboard');
    await accessible();
    await go('iam/users');
    await page.getByText('No users').waitFor();
    await accessible();
    await page.getByRole('button', { name: 'Create user' }).first().click();
    const form = page.getByRole('dialog', { name: 'Create user' });
    await form.getByLabel('User name').fill('not a name');
    await form.getByText('Up to 64 letters').waitFor();
    await form.getByLabel('User name').fill('dora');
    await form.getByRole('button', { name: /User groups/ }).click();
    await page.getByRole('option', { name: 'analysts' }).click();
    await page.keyboard.press('Escape');
    await form.getByRole('button', { name: 'Create user' }).click();
    await page.getByRole('row', { name: /dora/ }).getByRole('link', { name: 'dora' }).click();
    await page.getByRole('heading', { name: 'dora', level: 1 }).waitFor();
    const { Groups } = await iam.send(new ListGroupsForUserCommand({ UserName: 'dora' }));
    expect(Groups!.map(({ GroupName }) => GroupName)).toEqual(['analysts']);

    await page.getByRole('tab', { name: 'Security credentials' }).click();
    await page.getByRole('button', { name: 'Create access key' }).click();
    const made = page.getByRole('dialog', { name: 'Access key created' });
    await made.getByText('•'.repeat(20)).waitFor();
    await made.getByRole('button', { name: 'Show' }).click();
    await shot('iam-access-key');
    const downloading = page.waitForEvent('download');
    await made.getByRole('button', { name: 'Download .csv file' }).click();
    const [accessKeyId, secretAccessKey] = (await readFile(await (await downloading).path(), 'utf8'))
      .split('\r\n')[1]!
      .split(',');
    await made.getByText(secretAccessKey!).waitFor();
    await made.getByRole('button', { name: 'Done' }).click();
    await expect.poll(() => page.getByText(secretAccessKey!).count()).toBe(0);
    const sts = () =>
      new STSClient({
        ...outcrop.clients,
        maxAttempts: 1,
        credentials: { accessKeyId: accessKeyId!, secretAccessKey: secretAccessKey! },
      }).send(new GetCallerIdentityCommand({}));
    expect((await sts()).Arn).toBe('arn:aws:iam::000000000000:user/dora');
    await page.getByRole('radio', { name: `Choose ${accessKeyId}` }).click();
    await page.getByRole('button', { name: 'Deactivate' }).click();
    await page
      .getByRole('row', { name: new RegExp(accessKeyId!) })
      .getByText('Inactive')
      .waitFor();
    expect((await refusal(sts())).name).toBe('InvalidClientTokenId');
    await accessible();
    await shot('iam-user-credentials');
    await page.getByRole('radio', { name: `Choose ${accessKeyId}` }).click();
    await page.getByRole('button', { name: 'Delete' }).nth(1).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByText('No access keys').waitFor();
    const { AccessKeyMetadata } = await iam.send(new ListAccessKeysCommand({ UserName: 'dora' }));
    expect(AccessKeyMetadata).toEqual([]);

    await page.getByRole('tab', { name: 'Tags' }).click();
    await page.getByRole('button', { name: 'Manage tags' }).click();
    await page.getByRole('button', { name: 'Add tag' }).click();
    await page.getByLabel('Key 1').fill('team');
    await page.getByLabel('Value 1').fill('red');
    await page.getByRole('button', { name: 'Save tags' }).click();
    await page.getByRole('cell', { name: 'red' }).waitFor();
    expect((await iam.send(new GetUserCommand({ UserName: 'dora' }))).User!.Tags).toEqual([
      { Key: 'team', Value: 'red' },
    ]);

    await page.getByRole('button', { name: 'Delete' }).first().click();
    const dialog = page.getByRole('dialog', { name: 'Delete dora?' });
    expect(await dialog.getByRole('button', { name: 'Delete' }).isDisabled()).toBe(true);
    await dialog.getByRole('textbox').fill('dora');
    await dialog.getByRole('button', { name: 'Delete' }).click();
    await page.getByText('No users').waitFor();
    expect((await refusal(iam.send(new GetUserCommand({ UserName: 'dora' })))).name).toBe('NoSuchEntityException');
  }, 120_000);

  it('marks an action that AWS does not have while it is typed, and completes those that it has', async () => {
    const { iam, user } = identities(outcrop);
    await user('eva', allow('s3:ListAllMyBuckets'));
    const { page, shot, accessible } = await openConsole(outcrop, { path: 'iam/users/eva' });
    await page.getByRole('button', { name: 'Create inline policy' }).click();
    const form = page.getByRole('dialog', { name: 'Create inline policy' });
    await form.getByLabel('Policy name').fill('invoke');
    const editor = form.getByRole('textbox', { name: 'Policy document' });
    await retype(
      editor,
      '{\n  "Version": "2012-10-17",\n  "Statement": [{ "Effect": "Allow", "Resource": "*",\n    "Action": "bedrock:InvokeModle" }]\n}',
    );
    const findings = form.getByRole('region', { name: 'Findings in Policy document' });
    await findings
      .getByText(
        'Line 4, column 15: Amazon Bedrock has no action bedrock:InvokeModle; did you mean bedrock:InvokeModel?',
      )
      .waitFor();
    expect(await form.locator('.cm-lintRange-warning').innerText()).toBe('"bedrock:InvokeModle"');
    await shot('iam-policy-finding');
    await accessible();

    await retype(editor, '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Resource":"*","Action":');
    await page.keyboard.type('"bedrock:InvokeMod');
    const options = page.getByRole('listbox', { name: 'Completions' }).getByRole('option');
    await options.first().waitFor();
    expect(await options.allInnerTexts()).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^bedrock:InvokeModelRead/),
        expect.stringMatching(/^bedrock:InvokeModelWithResponseStreamRead/),
      ]),
    );
    await shot('iam-policy-completion');
    await page.keyboard.press('Enter');
    await expect.poll(() => editor.innerText()).toContain('"bedrock:InvokeModel"');
    await page.keyboard.press('End');
    await page.keyboard.type('}}');
    await findings.getByText('No finding').waitFor();
    await form.getByRole('button', { name: 'Save policy' }).click();
    await page.getByRole('button', { name: 'Edit invoke' }).waitFor();
    expect((await iam.send(new ListUserPoliciesCommand({ UserName: 'eva' }))).PolicyNames).toEqual(['invoke', 'own']);
  }, 120_000);

  it('makes a role from a trust policy, changes it, and gives it policies', async () => {
    const { iam } = identities(outcrop);
    const { page, go, shot, accessible } = await openConsole(outcrop, { path: 'iam/roles' });
    await page.getByRole('button', { name: 'Create role' }).first().click();
    const form = page.getByRole('dialog', { name: 'Create role' });
    await form.getByLabel('Role name').fill('Batch');
    await form.getByRole('button', { name: /Trusted entity/ }).click();
    await page.getByRole('option', { name: 'Amazon Bedrock' }).click();
    await form.getByText('No finding').waitFor();
    await shot('iam-create-role');
    await form.getByRole('button', { name: 'Create role' }).click();
    await page.getByRole('row', { name: /Batch/ }).getByText('bedrock.amazonaws.com').waitFor();
    await accessible();
    await go('iam/roles/Batch');
    await page.getByRole('button', { name: 'Attach policies' }).click();
    const attach = page.getByRole('dialog', { name: 'Attach policies' });
    await attach.getByRole('button', { name: /Policies/ }).click();
    await page.getByLabel('Find a policy').fill('AmazonBedrockReadOnly');
    await page.getByRole('option', { name: /AmazonBedrockReadOnly/ }).click();
    await page.keyboard.press('Escape');
    await attach.getByRole('button', { name: 'Attach', exact: true }).click();
    await page
      .getByRole('row', { name: /AmazonBedrockReadOnly/ })
      .getByText('AWS managed')
      .waitFor();
    await page.getByRole('button', { name: 'Edit', exact: true }).click();
    await page.getByLabel('Maximum session duration, in hours').fill('4');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('4 h').waitFor();
    await shot('iam-role');
    await page.getByRole('tab', { name: 'Trust relationships' }).click();
    await retype(page.getByRole('textbox', { name: 'Trust policy' }), trust({ AWS: 'arn:aws:iam::000000000000:root' }));
    await page.getByRole('button', { name: 'Save trust policy' }).click();
    await page.getByText('Saved the trust policy.').waitFor();
    await accessible();
    const { Role } = await iam.send(new GetRoleCommand({ RoleName: 'Batch' }));
    expect(Role!.MaxSessionDuration).toBe(4 * 3600);
    expect(decodeURIComponent(Role!.AssumeRolePolicyDocument!)).toContain('arn:aws:iam::000000000000:root');
    await go('iam/roles');
    await page.getByRole('checkbox', { name: 'Choose Batch' }).click();
    await page.getByRole('button', { name: 'Delete' }).first().click();
    await page.getByRole('dialog').getByRole('textbox').fill('delete');
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByText('Deleted Batch.').waitFor();
    expect((await refusal(iam.send(new GetRolePolicyCommand({ RoleName: 'Batch', PolicyName: 'x' })))).name).toBe(
      'NoSuchEntityException',
    );
  }, 120_000);

  it('saves a managed policy as a new version, shows what changes, and goes back', async () => {
    const { iam } = identities(outcrop);
    const { Policy } = await iam.send(
      new CreatePolicyCommand({ PolicyName: 'readers', PolicyDocument: allow('s3:GetObject') }),
    );
    const PolicyArn = Policy!.Arn!;
    const { page, go, shot, accessible } = await openConsole(outcrop, { path: 'iam/policies' });
    await page.getByLabel('Find policies').fill('readers');
    await page.getByRole('link', { name: 'readers' }).click();
    const editor = page.getByRole('textbox', { name: 'Policy document' });
    await retype(editor, JSON.stringify(JSON.parse(allow('s3:ListAllMyBuckets')), undefined, 2));
    await page
      .getByRole('region', { name: 'What changes' })
      .getByText('+       "Action": "s3:ListAllMyBuckets"')
      .waitFor();
    await shot('iam-policy-change');
    await page.getByRole('button', { name: 'Save as new version' }).click();
    await page.getByText('Saved as v2').waitFor();
    const version = await iam.send(new GetPolicyVersionCommand({ PolicyArn, VersionId: 'v2' }));
    expect(decodeURIComponent(version.PolicyVersion!.Document!)).toContain('s3:ListAllMyBuckets');
    await page.getByRole('tab', { name: 'Versions' }).click();
    await page.getByRole('radio', { name: 'Choose v1' }).click();
    await page.getByRole('region', { name: 'From v1 to the default version' }).waitFor();
    await accessible();
    await page.getByRole('button', { name: 'Set as default' }).click();
    await expect
      .poll(async () => (await iam.send(new GetPolicyCommand({ PolicyArn }))).Policy!.DefaultVersionId)
      .toBe('v1');
    expect((await iam.send(new ListPolicyVersionsCommand({ PolicyArn }))).Versions).toHaveLength(2);
    await go('iam/providers');
    await page.getByText('No identity providers').waitFor();
    await accessible();
  }, 120_000);

  it('gives a group members and policies, and a user a boundary, and takes them away', async () => {
    const { iam, user } = identities(outcrop);
    await user('gus');
    await iam.send(new CreatePolicyCommand({ PolicyName: 'bounds', PolicyDocument: allow('s3:*') }));
    const { page, go, shot, accessible } = await openConsole(outcrop, { path: 'iam/groups' });
    await page.getByRole('button', { name: 'Create group' }).first().click();
    await page.getByRole('dialog').getByLabel('Group name').fill('crew');
    await page.getByRole('dialog').getByRole('button', { name: 'Create group' }).click();
    await page.getByRole('link', { name: 'crew' }).click();
    await page.getByText('No members').waitFor();
    await page.getByRole('button', { name: 'Add users' }).click();
    const add = page.getByRole('dialog', { name: 'Add users' });
    await add.getByRole('button', { name: /Users/ }).click();
    await page.getByRole('option', { name: 'gus' }).click();
    await page.keyboard.press('Escape');
    await add.getByRole('button', { name: 'Add users' }).click();
    await page.getByRole('link', { name: 'gus' }).waitFor();
    await accessible();
    await shot('iam-group');
    const { Groups } = await iam.send(new ListGroupsForUserCommand({ UserName: 'gus' }));
    expect(Groups!.map(({ GroupName }) => GroupName)).toEqual(['crew']);

    await page.getByRole('link', { name: 'gus' }).click();
    await page.getByRole('button', { name: 'Set boundary' }).click();
    const set = page.getByRole('dialog', { name: 'Set permissions boundary' });
    await set.getByRole('button', { name: /Policy/ }).click();
    await page.getByLabel('Find a policy').fill('bounds');
    await page.getByRole('option', { name: 'bounds' }).click();
    await set.getByRole('button', { name: 'Set boundary' }).click();
    await page.getByRole('link', { name: 'bounds' }).waitFor();
    const { User } = await iam.send(new GetUserCommand({ UserName: 'gus' }));
    expect(User!.PermissionsBoundary!.PermissionsBoundaryArn).toBe('arn:aws:iam::000000000000:policy/bounds');
    await page.getByRole('link', { name: 'bounds' }).click();
    await page.getByRole('tab', { name: 'Entities attached' }).click();
    await page.getByRole('link', { name: 'gus' }).waitFor();
    await accessible();

    await go('iam/users/gus');
    await page.getByRole('button', { name: 'Remove boundary' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await page.getByRole('button', { name: 'Set boundary' }).waitFor();
    await go('iam/groups');
    await page.getByRole('checkbox', { name: 'Choose crew' }).click();
    await page.getByRole('button', { name: 'Delete' }).first().click();
    await page.getByRole('dialog').getByRole('textbox').fill('delete');
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByText('Deleted crew.').waitFor();
    expect((await iam.send(new ListGroupsForUserCommand({ UserName: 'gus' }))).Groups).toEqual([]);
  }, 120_000);

  it('tags a role, and deletes it and a policy from their pages once their names are typed', async () => {
    const { iam } = identities(outcrop);
    await iam.send(
      new CreateRoleCommand({
        RoleName: 'Tagged',
        AssumeRolePolicyDocument: trust({ AWS: 'arn:aws:iam::000000000000:root' }),
        Tags: [{ Key: 'team', Value: 'red' }],
      }),
    );
    const { Policy } = await iam.send(
      new CreatePolicyCommand({ PolicyName: 'held', PolicyDocument: allow('s3:GetObject') }),
    );
    const PolicyArn = Policy!.Arn!;
    await iam.send(new AttachRolePolicyCommand({ RoleName: 'Tagged', PolicyArn }));
    const { page, go } = await openConsole(outcrop, { path: 'iam/roles/Tagged' });
    await page.getByRole('tab', { name: 'Tags' }).click();
    await page.getByRole('button', { name: 'Manage tags' }).click();
    await page.getByLabel('Key 1').fill('stage');
    await page.getByRole('button', { name: 'Save tags' }).click();
    await page.getByRole('rowheader', { name: 'stage' }).waitFor();
    expect((await iam.send(new GetRoleCommand({ RoleName: 'Tagged' }))).Role!.Tags).toEqual([
      { Key: 'stage', Value: 'red' },
    ]);

    const dialog = page.getByRole('dialog');
    const deleteNamed = async (name: string) => {
      await page.getByRole('button', { name: 'Delete', exact: true }).first().click();
      expect(await dialog.getByRole('button', { name: 'Delete' }).isDisabled()).toBe(true);
      await dialog.getByRole('textbox').fill(name);
      await dialog.getByRole('button', { name: 'Delete' }).click();
      await page.getByText(`Deleted ${name}.`).waitFor();
    };
    await go(`iam/policies/${encodeURIComponent(PolicyArn)}`);
    await page.getByRole('tab', { name: 'Entities attached' }).click();
    await page.getByRole('link', { name: 'Tagged' }).waitFor();
    await deleteNamed('held');
    await page.getByRole('heading', { name: 'Policies' }).waitFor();
    expect((await refusal(iam.send(new GetPolicyCommand({ PolicyArn })))).name).toBe('NoSuchEntityException');
    await go('iam/roles/Tagged');
    await deleteNamed('Tagged');
    await page.getByRole('heading', { name: 'Roles' }).waitFor();
    expect((await refusal(iam.send(new GetRoleCommand({ RoleName: 'Tagged' })))).name).toBe('NoSuchEntityException');
  }, 120_000);

  it('shows 2,000 users without lag, and what a user without rights is denied', async () => {
    const { iam, user } = identities(outcrop);
    const names = Array.from({ length: 2000 }, (_, index) => `crowd-${String(index).padStart(4, '0')}`);
    const { CreateUserCommand } = await import('@aws-sdk/client-iam');
    await Promise.all(
      Array.from({ length: 20 }, async (_, lane) => {
        for (let at = lane; at < names.length; at += 20)
          await iam.send(new CreateUserCommand({ UserName: names[at]! }));
      }),
    );
    const { page } = await openConsole(outcrop, { path: 'iam/users' });
    await page.getByRole('link', { name: 'crowd-0000' }).waitFor();
    const started = Date.now();
    await page.getByLabel('Find users').fill('crowd-1999');
    await page.getByRole('link', { name: 'crowd-1999' }).waitFor();
    expect(Date.now() - started).toBeLessThan(2_000);
    expect(await page.getByRole('row').count()).toBe(2);

    const eve = await user('eve');
    const other = await openConsole(outcrop, { path: 'iam/users', credentials: eve.clients.credentials, width: 375 });
    const failure = other.page.getByTestId('failure');
    await failure.getByText('AccessDenied').first().waitFor();
    expect(await failure.innerText()).toContain('user/eve is not authorized to perform: iam:ListUsers');
    await other.shot('iam-denied-narrow');
    await iam.send(
      new PutUserPolicyCommand({ UserName: 'eve', PolicyName: 'own', PolicyDocument: allow('iam:ListUsers') }),
    );
    await failure.getByRole('button', { name: 'Try again' }).click();
    await other.page.getByRole('link', { name: 'crowd-0000' }).waitFor();
  }, 120_000);
});
