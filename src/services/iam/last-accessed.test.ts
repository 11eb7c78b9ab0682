import {
  AddUserToGroupCommand,
  AttachGroupPolicyCommand,
  AttachUserPolicyCommand,
  CreateGroupCommand,
  CreatePolicyCommand,
  CreateUserCommand,
  GenerateServiceLastAccessedDetailsCommand,
  GetServiceLastAccessedDetailsCommand,
  GetServiceLastAccessedDetailsWithEntitiesCommand,
  IAMClient,
  ListPoliciesGrantingServiceAccessCommand,
  ListUsersCommand,
  PutGroupPolicyCommand,
  PutUserPolicyCommand,
  type GetServiceLastAccessedDetailsCommandOutput,
} from '@aws-sdk/client-iam';
import { CreateBucketCommand, HeadBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { ACCOUNT, allow, documentOf, openIam, refusal } from './iam.fixture.ts';

const { outcrop, iam, fresh, actor, nowMs } = await openIam('last-accessed');

const DAY_MS = 86_400_000;

async function reportOn(Arn: string, Granularity: 'SERVICE_LEVEL' | 'ACTION_LEVEL' = 'SERVICE_LEVEL') {
  const { JobId } = await iam.send(new GenerateServiceLastAccessedDetailsCommand({ Arn, Granularity }));
  let page: GetServiceLastAccessedDetailsCommandOutput;
  do {
    await outcrop.clock.advance(0);
    page = await iam.send(new GetServiceLastAccessedDetailsCommand({ JobId }));
  } while (page.JobStatus === 'IN_PROGRESS');
  expect(page).toMatchObject({ JobStatus: 'COMPLETED', JobType: Granularity, JobCreationDate: new Date(nowMs()) });
  const services = page.ServicesLastAccessed!;
  while (page.IsTruncated) {
    page = await iam.send(new GetServiceLastAccessedDetailsCommand({ JobId, Marker: page.Marker }));
    services.push(...page.ServicesLastAccessed!);
  }
  return { JobId: JobId!, services, of: (prefix: string) => services.find((s) => s.ServiceNamespace === prefix) };
}

describe('Last accessed information', () => {
  it('of a user lists the services that its policies allow, and which of them it has asked for, denied calls included', async () => {
    const { user, clients } = await actor(
      fresh('user'),
      allow(['s3:HeadBucket', 's3:ListBucket', 'iam:ListUsers', 'sqs:Send*']),
    );
    const region = 'us-west-2';
    const Bucket = fresh('seen');
    await new S3Client(outcrop.clients).send(new CreateBucketCommand({ Bucket }));
    await new S3Client({ ...clients, region }).send(new HeadBucketCommand({ Bucket }));
    const s3Ms = nowMs();
    await outcrop.clock.advance(DAY_MS);
    const { services, of } = await reportOn(user.Arn!);
    expect(services.map((service) => service.ServiceNamespace)).toEqual(['iam', 's3', 'sqs']);
    expect(of('s3')).toEqual({
      ServiceName: 'Amazon S3',
      ServiceNamespace: 's3',
      LastAuthenticated: new Date(s3Ms),
      LastAuthenticatedEntity: user.Arn,
      LastAuthenticatedRegion: region,
      TotalAuthenticatedEntities: 1,
    });
    expect(of('sqs')).toEqual({
      ServiceName: 'Amazon SQS',
      ServiceNamespace: 'sqs',
      TotalAuthenticatedEntities: 0,
    });
    await iam.send(
      new PutUserPolicyCommand({
        UserName: user.UserName,
        PolicyName: 'never',
        PolicyDocument: documentOf({ Effect: 'Deny', Action: 'sqs:*', Resource: '*' }),
      }),
    );
    await expect(new IAMClient(clients).send(new ListUsersCommand({}))).resolves.toBeDefined();
    const anew = await reportOn(user.Arn!, 'ACTION_LEVEL');
    expect(anew.services.map((service) => service.ServiceNamespace)).toEqual(['iam', 's3']);
    expect(anew.of('iam')!.TrackedActionsLastAccessed).toEqual([
      {
        ActionName: 'ListUsers',
        LastAccessedEntity: user.Arn,
        LastAccessedTime: new Date(nowMs()),
        LastAccessedRegion: 'us-east-1',
      },
    ]);
  });

  it('is forgotten after 400 days', async () => {
    const { user, clients } = await actor(fresh('user'), allow('iam:ListUsers'));
    await new IAMClient(clients).send(new ListUsersCommand({}));
    await outcrop.clock.advance(399 * DAY_MS);
    expect((await reportOn(user.Arn!)).of('iam')!.TotalAuthenticatedEntities).toBe(1);
    await outcrop.clock.advance(2 * DAY_MS);
    expect((await reportOn(user.Arn!)).of('iam')!.TotalAuthenticatedEntities).toBe(0);
  });

  it('of a group and of a policy tells which of those that have it have used it', async () => {
    const [GroupName, PolicyName] = [fresh('group'), fresh('policy')];
    const { Group } = await iam.send(new CreateGroupCommand({ GroupName }));
    const { Policy } = await iam.send(
      new CreatePolicyCommand({ PolicyName, PolicyDocument: allow(['iam:ListUsers', 'sns:Publish']) }),
    );
    const PolicyArn = Policy!.Arn!;
    await iam.send(new AttachGroupPolicyCommand({ GroupName, PolicyArn }));
    const [busy, idle, apart] = [await actor(fresh('busy')), await actor(fresh('idle')), await actor(fresh('apart'))];
    for (const { user } of [busy, idle])
      await iam.send(new AddUserToGroupCommand({ GroupName, UserName: user.UserName }));
    await iam.send(new AttachUserPolicyCommand({ UserName: apart.user.UserName, PolicyArn }));
    await new IAMClient(busy.clients).send(new ListUsersCommand({}));

    const ofGroup = await reportOn(Group!.Arn!);
    expect(ofGroup.of('iam')).toMatchObject({ TotalAuthenticatedEntities: 1, LastAuthenticatedEntity: busy.user.Arn });
    const entities = async (JobId: string, ServiceNamespace: string) => {
      const { EntityDetailsList } = await iam.send(
        new GetServiceLastAccessedDetailsWithEntitiesCommand({ JobId, ServiceNamespace }),
      );
      return EntityDetailsList!.map(({ EntityInfo, LastAuthenticated }) => [EntityInfo!.Name, LastAuthenticated]);
    };
    expect(await entities(ofGroup.JobId, 'iam')).toEqual([
      [busy.user.UserName, new Date(nowMs())],
      [idle.user.UserName, undefined],
    ]);
    expect(await entities(ofGroup.JobId, 's3')).toEqual([]);

    const ofPolicy = await reportOn(PolicyArn);
    expect(new Set((await entities(ofPolicy.JobId, 'sns')).map(([name]) => name))).toEqual(
      new Set([busy.user.UserName, idle.user.UserName, apart.user.UserName]),
    );
    const ofUser = await reportOn(busy.user.Arn!);
    const refused = iam.send(
      new GetServiceLastAccessedDetailsWithEntitiesCommand({ JobId: ofUser.JobId, ServiceNamespace: 'iam' }),
    );
    expect(await refusal(refused)).toMatchObject({ name: 'InvalidInputException' });
  });

  it('of AdministratorAccess lists every service that AWS has, page by page', async () => {
    const { services } = await reportOn('arn:aws:iam::aws:policy/AdministratorAccess');
    expect(services.length).toBeGreaterThan(300);
    expect(new Set(services.map((service) => service.ServiceNamespace)).size).toBe(services.length);
  });

  it('is read by who asked for it, and of nothing that does not exist', async () => {
    const { user, clients } = await actor(fresh('other'), allow('iam:*'));
    const { JobId } = await reportOn(user.Arn!);
    const other = new IAMClient(clients).send(new GetServiceLastAccessedDetailsCommand({ JobId }));
    expect(await refusal(other)).toMatchObject({ name: 'NoSuchEntityException' });
    const Arn = `arn:aws:iam::${ACCOUNT}:user/${fresh('none')}`;
    expect(await refusal(iam.send(new GenerateServiceLastAccessedDetailsCommand({ Arn })))).toMatchObject({
      name: 'NoSuchEntityException',
    });
    await outcrop.clock.advance(7 * DAY_MS);
    expect(await refusal(iam.send(new GetServiceLastAccessedDetailsCommand({ JobId })))).toMatchObject({
      name: 'NoSuchEntityException',
    });
  });
});

it('The policies that let a user ask for a service are listed, those of its groups too', async () => {
  const [UserName, GroupName, PolicyName] = [fresh('user'), fresh('group'), fresh('policy')];
  const { User } = await iam.send(new CreateUserCommand({ UserName }));
  await iam.send(new CreateGroupCommand({ GroupName }));
  await iam.send(new AddUserToGroupCommand({ UserName, GroupName }));
  const { Policy } = await iam.send(new CreatePolicyCommand({ PolicyName, PolicyDocument: allow('s3:Get*') }));
  await iam.send(new AttachUserPolicyCommand({ UserName, PolicyArn: Policy!.Arn }));
  await iam.send(
    new PutGroupPolicyCommand({ GroupName, PolicyName: 'inline', PolicyDocument: allow(['s3:*', 'sqs:*']) }),
  );
  const { PoliciesGrantingServiceAccess } = await iam.send(
    new ListPoliciesGrantingServiceAccessCommand({ Arn: User!.Arn, ServiceNamespaces: ['s3', 'sqs', 'ec2'] }),
  );
  const inline = { PolicyName: 'inline', PolicyType: 'INLINE', EntityType: 'GROUP', EntityName: GroupName };
  expect(PoliciesGrantingServiceAccess).toEqual([
    {
      ServiceNamespace: 's3',
      Policies: [{ PolicyName, PolicyType: 'MANAGED', PolicyArn: Policy!.Arn }, inline],
    },
    { ServiceNamespace: 'sqs', Policies: [inline] },
    { ServiceNamespace: 'ec2', Policies: [] },
  ]);
});
