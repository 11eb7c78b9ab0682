import {
  CreateAccountCommand,
  CreateOrganizationalUnitCommand,
  CreateOrganizationCommand,
  DescribeCreateAccountStatusCommand,
  DescribePolicyCommand,
  ListAccountsCommand,
  ListAccountsForParentCommand,
  ListOrganizationalUnitsForParentCommand,
  ListPoliciesForTargetCommand,
  ListRootsCommand,
  MoveAccountCommand,
  OrganizationsClient,
} from '@aws-sdk/client-organizations';
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { beforeEach, expect, it } from 'vitest';
import type { Outcrop } from '../../src/main.ts';
import { allow, identities, policy, refusal } from '../identities.ts';
import { startForTests } from '../start.ts';
import { describeInBrowser, openConsole, retype } from './browser.ts';

let outcrop: Outcrop;
let organizations: OrganizationsClient;
beforeEach(async () => {
  outcrop = await startForTests();
  organizations = new OrganizationsClient(outcrop.clients);
});

describeInBrowser('Organizations in the console', () => {
  it('founds an organization, makes units and accounts, moves one, and bounds it by a policy that holds', async () => {
    const { page, go, shot, accessible } = await openConsole(outcrop, { path: 'organizations' });
    await page.getByText('This account is in no organization').waitFor();
    await accessible();
    await page.getByRole('button', { name: 'Create an organization' }).click();
    const tree = page.getByRole('tree', { name: 'Organization' });
    await tree.getByRole('button', { name: 'Root', exact: true }).waitFor();

    await page.getByRole('button', { name: 'Create unit' }).click();
    const unit = page.getByRole('dialog', { name: 'Create a unit under Root' });
    await unit.getByLabel('Name of the organizational unit').fill('Research');
    await unit.getByRole('button', { name: 'Create unit' }).click();
    await tree.getByRole('button', { name: 'Research', exact: true }).waitFor();

    await page.getByRole('button', { name: 'Create account' }).click();
    const account = page.getByRole('dialog', { name: 'Create an account' });
    await account.getByLabel('AWS account name').fill('models');
    await account.getByLabel("E-mail address of the account's root").fill('models');
    await account.getByText('As name@example.com').waitFor();
    await account.getByLabel("E-mail address of the account's root").fill('models@example.org');
    await account.getByRole('button', { name: 'Create account' }).click();
    await tree.getByRole('button', { name: 'models', exact: true }).click();
    const { Accounts } = await organizations.send(new ListAccountsCommand({}));
    const { Id } = Accounts!.find(({ Name }) => Name === 'models')!;
    await page.getByText(`arn:aws:iam::${Id}:role/OrganizationAccountAccessRole`).waitFor();
    await page.getByRole('button', { name: 'Move' }).click();
    const move = page.getByRole('dialog', { name: 'Move models' });
    await move.getByRole('button', { name: /^To/ }).click();
    await page.getByRole('option', { name: /Research/ }).click();
    await move.getByRole('button', { name: 'Move account' }).click();
    await page.getByText('Moved models.').waitFor();
    const root = (await organizations.send(new ListRootsCommand({}))).Roots![0]!.Id!;
    const units = await organizations.send(new ListOrganizationalUnitsForParentCommand({ ParentId: root }));
    const research = units.OrganizationalUnits![0]!.Id!;
    const moved = await organizations.send(new ListAccountsForParentCommand({ ParentId: research }));
    expect(moved.Accounts!.map((one) => one.Id)).toEqual([Id]);
    await accessible();
    await shot('organizations-tree');

    await go('organizations/policies');
    await page.getByText('This type is enabled').waitFor();
    await page.getByRole('button', { name: /Policy type/ }).click();
    await page.getByRole('option', { name: 'Tag policies' }).click();
    await page.getByText('This type is not enabled').waitFor();
    await page.getByRole('button', { name: 'Enable this type' }).click();
    await page.getByText('This type is enabled').waitFor();
    await page.getByRole('button', { name: /Policy type/ }).click();
    await page.getByRole('option', { name: 'Service control policies' }).click();
    await page.getByRole('link', { name: 'FullAWSAccess' }).waitFor();
    await page.getByRole('button', { name: 'Create policy' }).click();
    const form = page.getByRole('dialog', { name: 'Create policy' });
    await form.getByLabel('Policy name').fill('no-buckets');
    const document = policy({ Sid: 'NoLists', Effect: 'Deny', Action: 's3:ListAllMyBuckets', Resource: '*' });
    await retype(form.getByRole('textbox', { name: 'Policy document' }), document);
    await form.getByText('No finding').waitFor();
    await shot('organizations-policy-form');
    await form.getByRole('button', { name: 'Create policy' }).click();
    await page.getByRole('link', { name: 'no-buckets' }).click();
    await page.getByRole('button', { name: 'Attach' }).click();
    const attach = page.getByRole('dialog', { name: 'Attach the policy' });
    await attach.getByRole('button', { name: /Root, unit or account/ }).click();
    await page.getByRole('option', { name: /Research/ }).click();
    await attach.getByRole('button', { name: 'Attach policy' }).click();
    await page.getByRole('row', { name: /Research/ }).waitFor();
    await accessible();
    await shot('organizations-policy');
    const { Policies } = await organizations.send(
      new ListPoliciesForTargetCommand({ TargetId: research, Filter: 'SERVICE_CONTROL_POLICY' }),
    );
    const made = Policies!.find(({ Name }) => Name === 'no-buckets')!;
    const described = await organizations.send(new DescribePolicyCommand({ PolicyId: made.Id! }));
    expect(JSON.parse(described.Policy!.Content!)).toEqual(JSON.parse(document));

    // It holds for the account's administrator, and the reasons name it.
    const { user, as } = identities(outcrop);
    const admin = await user('admin', allow('sts:AssumeRole'));
    const session = await new STSClient(admin.clients).send(
      new AssumeRoleCommand({
        RoleArn: `arn:aws:iam::${Id}:role/OrganizationAccountAccessRole`,
        RoleSessionName: 'admin',
      }),
    );
    const s3 = new S3Client(as(session.Credentials));
    const denied = await s3.send(new ListBucketsCommand({})).catch((error: unknown) => error);
    const { requestId } = (denied as { $metadata: { requestId: string } }).$metadata;
    await go(`iam/why/${requestId}`);
    await page.getByText('Denied by an explicit deny in a service control policy').waitFor();
    await page
      .getByRole('row', { name: /Explicit deny/ })
      .getByText('NoLists')
      .waitFor();

    await page.goBack();
    await page.getByRole('checkbox', { name: `Choose ${research}` }).click();
    await page.getByRole('button', { name: 'Detach' }).click();
    await page.getByText('Attached to nothing').waitFor();
    expect((await s3.send(new ListBucketsCommand({}))).Buckets).toEqual([]);
  }, 120_000);

  it('shows what holds for an account, renames a unit, refuses to delete one that is not empty, and closes an account', async () => {
    await organizations.send(new CreateOrganizationCommand({}));
    const ParentId = (await organizations.send(new ListRootsCommand({}))).Roots![0]!.Id!;
    const { OrganizationalUnit } = await organizations.send(
      new CreateOrganizationalUnitCommand({ ParentId, Name: 'Research' }),
    );
    const created = await organizations.send(
      new CreateAccountCommand({ AccountName: 'models', Email: 'models@example.org' }),
    );
    const CreateAccountRequestId = created.CreateAccountStatus!.Id!;
    const status = async () =>
      (await organizations.send(new DescribeCreateAccountStatusCommand({ CreateAccountRequestId })))
        .CreateAccountStatus!;
    await expect.poll(async () => (await status()).State).toBe('SUCCEEDED');
    await organizations.send(
      new MoveAccountCommand({
        AccountId: (await status()).AccountId!,
        SourceParentId: ParentId,
        DestinationParentId: OrganizationalUnit!.Id!,
      }),
    );
    const { page, shot, accessible } = await openConsole(outcrop, { path: 'organizations/accounts', width: 375 });
    const tree = page.getByRole('tree', { name: 'Organization' });
    await tree.getByRole('button', { name: 'Research', exact: true }).click();
    await page.getByRole('button', { name: 'Rename' }).click();
    await page.getByRole('dialog').getByLabel('Name').fill('Lab');
    await page.getByRole('dialog').getByRole('button', { name: 'Rename' }).click();
    await tree.getByRole('button', { name: 'Lab', exact: true }).waitFor();
    await page.getByRole('button', { name: 'Delete' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('textbox').fill('Lab');
    await dialog.getByRole('button', { name: 'Delete' }).click();
    await dialog.getByText('OrganizationalUnitNotEmptyException').waitFor();
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await tree.getByRole('button', { name: 'models', exact: true }).click();
    await page.getByText('No policy of this type holds for the account.').waitFor();
    await accessible();
    await shot('organizations-narrow');
    await page.getByRole('button', { name: 'Close account' }).click();
    await dialog.getByRole('textbox').fill('models');
    await dialog.getByRole('button', { name: 'Close account' }).click();
    await page.getByText('Closed models.').waitFor();
    // It is pending for a moment.
    const closed = async () =>
      (await organizations.send(new ListAccountsCommand({}))).Accounts!.find(({ Name }) => Name === 'models')!.Status;
    await expect.poll(closed).toBe('SUSPENDED');
    const { user } = identities(outcrop);
    const eve = await user('eve');
    const denied = await refusal(new OrganizationsClient(eve.clients).send(new ListAccountsCommand({})));
    const other = await openConsole(outcrop, { path: 'organizations', credentials: eve.clients.credentials });
    await other.page.getByTestId('failure').getByText(denied.name).first().waitFor();
  }, 120_000);
});
