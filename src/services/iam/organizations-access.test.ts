import {
  GenerateOrganizationsAccessReportCommand,
  GetOrganizationsAccessReportCommand,
  IAMClient,
  ListUsersCommand,
  type SortKeyType,
} from '@aws-sdk/client-iam';
import {
  AttachPolicyCommand,
  CreateOrganizationalUnitCommand,
  CreateOrganizationCommand,
  CreatePolicyCommand,
  DetachPolicyCommand,
  DisablePolicyTypeCommand,
  ListRootsCommand,
  MoveAccountCommand,
  OrganizationsClient,
} from '@aws-sdk/client-organizations';
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { expect, it } from 'vitest';
import { accountsOf } from '../../../tests/accounts.ts';
import { ACCOUNT, allow, documentOf, openIam, refusal } from './iam.fixture.ts';

const { outcrop, iam, nowMs, actor } = await openIam('organizations-access');

const { createAccount, assume } = accountsOf(outcrop);
const organizations = new OrganizationsClient(outcrop.clients);

async function reportOn(EntityPath: string, more: { OrganizationsPolicyId?: string } = {}, SortKey?: SortKeyType) {
  const { JobId } = await iam.send(new GenerateOrganizationsAccessReportCommand({ EntityPath, ...more }));
  await outcrop.clock.advance(0);
  const report = await iam.send(new GetOrganizationsAccessReportCommand({ JobId, SortKey, MaxItems: 1000 }));
  expect(report.JobStatus).toBe('COMPLETED');
  return report;
}

it('An organization’s report tells which services its policies leave to its accounts, and which those have asked for', async () => {
  const { Organization } = await organizations.send(new CreateOrganizationCommand({ FeatureSet: 'ALL' }));
  const [root] = (await organizations.send(new ListRootsCommand({}))).Roots!;
  const rootPath = `${Organization!.Id}/${root!.Id}`;
  const { OrganizationalUnit } = await organizations.send(
    new CreateOrganizationalUnitCommand({ ParentId: root!.Id, Name: 'analysts' }),
  );
  const unitPath = `${rootPath}/${OrganizationalUnit!.Id}`;
  const [busy, idle] = [await createAccount(), await createAccount()];
  for (const AccountId of [busy, idle])
    await organizations.send(
      new MoveAccountCommand({
        AccountId,
        SourceParentId: root!.Id,
        DestinationParentId: OrganizationalUnit!.Id,
      }),
    );
  const { Policy } = await organizations.send(
    new CreatePolicyCommand({
      Name: 'few',
      Description: 'few',
      Type: 'SERVICE_CONTROL_POLICY',
      Content: documentOf(
        { Effect: 'Allow', Action: ['s3:*', 'iam:*', 'sqs:*', 'sts:*'], Resource: '*' },
        { Effect: 'Deny', Action: 'sqs:*', Resource: '*' },
      ),
    }),
  );
  const PolicyId = Policy!.PolicySummary!.Id!;
  const TargetId = OrganizationalUnit!.Id;
  await organizations.send(new AttachPolicyCommand({ PolicyId, TargetId }));
  await organizations.send(new DetachPolicyCommand({ PolicyId: 'p-FullAWSAccess', TargetId }));

  const inBusy = await assume(busy);
  await new S3Client({ ...inBusy, region: 'eu-west-1' }).send(new ListBucketsCommand({}));
  const s3Ms = nowMs();
  await outcrop.clock.advance(60_000);
  await new IAMClient(inBusy).send(new ListUsersCommand({}));
  await new IAMClient(await assume(idle)).send(new ListUsersCommand({}));

  const ofUnit = await reportOn(unitPath);
  expect(ofUnit.AccessDetails).toEqual([
    {
      ServiceName: 'AWS Identity and Access Management (IAM)',
      ServiceNamespace: 'iam',
      Region: 'us-east-1',
      EntityPath: expect.stringMatching(new RegExp(`^${unitPath}/(${busy}|${idle})$`)),
      LastAuthenticatedTime: new Date(nowMs()),
      TotalAuthenticatedEntities: 2,
    },
    {
      ServiceName: 'Amazon S3',
      ServiceNamespace: 's3',
      Region: 'eu-west-1',
      EntityPath: `${unitPath}/${busy}`,
      LastAuthenticatedTime: new Date(s3Ms),
      TotalAuthenticatedEntities: 1,
    },
    expect.objectContaining({ ServiceNamespace: 'sts', TotalAuthenticatedEntities: 0 }),
  ]);
  expect(ofUnit).toMatchObject({ NumberOfServicesAccessible: 3, NumberOfServicesNotAccessed: 1 });
  const latest = await reportOn(unitPath, {}, 'LAST_AUTHENTICATED_TIME_DESCENDING');
  expect(latest.AccessDetails!.map((one) => one.ServiceNamespace)).toEqual(['iam', 's3', 'sts']);

  const ofIdle = await reportOn(`${unitPath}/${idle}/`);
  expect(ofIdle.AccessDetails!.map((one) => one.TotalAuthenticatedEntities)).toEqual([1, 0, 0]);
  const ofPolicy = await reportOn(rootPath, { OrganizationsPolicyId: PolicyId });
  expect(ofPolicy.AccessDetails!.map((one) => [one.ServiceNamespace, one.TotalAuthenticatedEntities])).toEqual([
    ['iam', 2],
    ['s3', 1],
    ['sts', 0],
  ]);
  // The management account is limited by nothing.
  const ofManagement = await reportOn(`${rootPath}/${ACCOUNT}`);
  expect(ofManagement.NumberOfServicesAccessible).toBeGreaterThan(300);

  for (const EntityPath of [`${rootPath}/ou-none-aaaaaaaa`, `${rootPath}/${busy}`])
    expect(await refusal(iam.send(new GenerateOrganizationsAccessReportCommand({ EntityPath })))).toMatchObject({
      name: 'InvalidInputException',
    });
  const member = new IAMClient(await assume(idle));
  const outside = member.send(new GenerateOrganizationsAccessReportCommand({ EntityPath: unitPath }));
  expect(await refusal(outside)).toMatchObject({ name: 'AccessDenied' });
  const { clients } = await actor(
    'held',
    allow('iam:GenerateOrganizationsAccessReport', `arn:aws:iam::${ACCOUNT}:access-report/${unitPath}`),
  );
  const held = new IAMClient(clients);
  await held.send(new GenerateOrganizationsAccessReportCommand({ EntityPath: unitPath }));
  expect(
    await refusal(held.send(new GenerateOrganizationsAccessReportCommand({ EntityPath: rootPath }))),
  ).toMatchObject({ name: 'AccessDenied' });

  await organizations.send(new DisablePolicyTypeCommand({ RootId: root!.Id, PolicyType: 'SERVICE_CONTROL_POLICY' }));
  const late = iam.send(new GenerateOrganizationsAccessReportCommand({ EntityPath: rootPath }));
  expect(await refusal(late)).toMatchObject({ name: 'InvalidInputException' });
});
