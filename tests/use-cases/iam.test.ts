import { BedrockClient, ListFoundationModelsCommand } from '@aws-sdk/client-bedrock';
import { BedrockRuntimeClient, InvokeModelCommand } from '@aws-sdk/client-bedrock-runtime';
import {
  AddUserToGroupCommand,
  AttachGroupPolicyCommand,
  AttachRolePolicyCommand,
  AttachUserPolicyCommand,
  CreateGroupCommand,
  CreatePolicyCommand,
  CreateUserCommand,
  DeleteRolePolicyCommand,
  GenerateServiceLastAccessedDetailsCommand,
  GetAccountAuthorizationDetailsCommand,
  GetServiceLastAccessedDetailsCommand,
  GetUserCommand,
  IAMClient,
  ListGroupsCommand,
  ListUsersCommand,
  ListUserTagsCommand,
  PutGroupPolicyCommand,
  PutRolePolicyCommand,
  PutUserPermissionsBoundaryCommand,
  RemoveUserFromGroupCommand,
  SimulatePrincipalPolicyCommand,
  TagUserCommand,
  UntagUserCommand,
  type ContextEntry,
  type User,
} from '@aws-sdk/client-iam';
import {
  CreateBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutBucketReplicationCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { describe, expect, it } from 'vitest';
import { ACCOUNT, allow, identities, policy, refusal, trust } from '../identities.ts';
import { startForTests, testSeed } from '../start.ts';

/** A small generator of its own: what is drawn follows from the printed seed. */
function drawing(seed: number) {
  let state = seed >>> 0;
  const random = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const integer = (min: number, max: number) => min + Math.floor(random() * (max - min + 1));
  const pick = <T>(list: readonly T[]): T => list[integer(0, list.length - 1)]!;
  return { random, integer, pick, chance: (p: number) => random() < p };
}

const { integer, pick, chance } = drawing(testSeed('iam use cases'));
const outcrop = await startForTests({ clock: { frozenAt: new Date('2031-05-05T12:00:00Z') } });
const { iam, as, user, role } = identities(outcrop);
const s3 = new S3Client(outcrop.clients);
let serial = 0;
const fresh = (prefix: string) => `${prefix}-${serial++}-${integer(1, 1e9)}`;
const session = async (clients: object, RoleArn: string) =>
  as((await new STSClient(clients).send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'work' }))).Credentials);

type Statement = Record<string, unknown>;

describe('iam.1', () => {
  it('iam.1: a role may invoke one model and nothing else, as its simulation says and its report of use shows', async () => {
    const model = 'amazon.titan-text-express-v1';
    const modelArn = (id: string) => `arn:aws:bedrock:us-east-1::foundation-model/${id}`;
    const caller = await user(fresh('caller'), allow('sts:AssumeRole'));
    const worker = await role(
      fresh('worker'),
      trust({ AWS: caller.arn }),
      policy(
        { Effect: 'Allow', Action: 'bedrock:InvokeModel', Resource: modelArn(model) },
        { Effect: 'Allow', Action: 'kms:Decrypt', Resource: '*' },
      ),
    );
    const clients = await session(caller.clients, worker.arn);
    const invoke = (modelId: string) =>
      new BedrockRuntimeClient(clients).send(
        new InvokeModelCommand({ modelId, body: JSON.stringify({ inputText: `What is ${integer(2, 99)}?` }) }),
      );
    expect(JSON.parse((await invoke(model)).body.transformToString()).results).toHaveLength(1);
    expect((await refusal(invoke('amazon.titan-text-lite-v1'))).name).toBe('AccessDeniedException');
    const list = new BedrockClient(clients).send(new ListFoundationModelsCommand({}));
    expect((await refusal(list)).name).toBe('AccessDeniedException');
    const simulate = async (action: string, resource?: string) => {
      const input = { PolicySourceArn: worker.arn, ActionNames: [action] };
      const ResourceArns = resource ? { ResourceArns: [resource] } : {};
      const told = await iam.send(new SimulatePrincipalPolicyCommand({ ...input, ...ResourceArns }));
      return told.EvaluationResults![0]!.EvalDecision;
    };
    expect(await simulate('bedrock:InvokeModel', modelArn(model))).toBe('allowed');
    expect(await simulate('bedrock:InvokeModel', modelArn('amazon.titan-text-lite-v1'))).toBe('implicitDeny');
    expect(await simulate('bedrock:ListFoundationModels')).toBe('implicitDeny');
    expect(await simulate('bedrock:CreateModelCustomizationJob', modelArn(model))).toBe('implicitDeny');
    const { JobId } = await iam.send(new GenerateServiceLastAccessedDetailsCommand({ Arn: worker.arn }));
    await outcrop.clock.advance(1000);
    const report = await iam.send(new GetServiceLastAccessedDetailsCommand({ JobId }));
    const used = Object.fromEntries(
      report.ServicesLastAccessed!.map((one) => [one.ServiceNamespace, one.LastAuthenticated !== undefined]),
    );
    expect(used).toEqual({ bedrock: true, kms: false });
  });

  it('iam.1: simulation agrees with what really happens on 200 generated pairs of policies and requests', async () => {
    const bucket = fresh('bucket');
    await s3.send(new CreateBucketCommand({ Bucket: bucket }));
    const keys = ['red/a', 'red/b', 'blue/a', 'c'];
    for (const Key of keys) await s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body: fresh('text') }));
    const targets: User[] = [];
    for (const Path of ['/x/', '/y/'])
      for (const Value of ['red', 'blue'])
        targets.push(
          (await iam.send(new CreateUserCommand({ UserName: fresh('target'), Path, Tags: [{ Key: 'Team', Value }] })))
            .User!,
        );
    const bucketArn = `arn:aws:s3:::${bucket}`;
    const iamArn = `arn:aws:iam::${ACCOUNT}`;
    const entry = (name: string, ...values: string[]): ContextEntry => ({
      ContextKeyName: name,
      ContextKeyValues: values,
      ContextKeyType: name === 'aws:TagKeys' ? 'stringList' : 'string',
    });
    const always = [
      entry('aws:SourceIp', '127.0.0.1'),
      entry('aws:SecureTransport', 'false'),
      entry('aws:RequestedRegion', 'us-east-1'),
      entry('aws:CurrentTime', outcrop.clock.now().toISOString()),
    ];

    /** A request: what it asks permission for, what it brings, and how it is made. */
    type Request = {
      action: string;
      resource?: string;
      context: ContextEntry[];
      send: (clients: object) => Promise<unknown>;
    };
    const drawRequest = (): Request => {
      const target = pick(targets);
      const UserName = target.UserName!;
      const tag = entry('aws:ResourceTag/Team', target.Tags![0]!.Value!);
      const key = pick(keys);
      const ofIam = (action: string, context: ContextEntry[], command: any): Request => ({
        action: `iam:${action}`,
        resource: target.Arn!,
        context: [tag, ...context],
        send: (clients) => new IAMClient(clients).send(command),
      });
      const ofS3 = (action: string, resource: string, context: ContextEntry[], command: any): Request => ({
        action: `s3:${action}`,
        resource,
        context,
        send: (clients) => new S3Client(clients).send(command),
      });
      const Value = pick(['red', 'blue']);
      const Key = pick(['Team', 'Cost']);
      const prefix = pick(['red/', 'blue/', 'c']);
      return pick<() => Request>([
        () => ofIam('GetUser', [], new GetUserCommand({ UserName })),
        () => ofIam('ListUserTags', [], new ListUserTagsCommand({ UserName })),
        () => {
          const context = [entry(`aws:RequestTag/${Key}`, Value), entry('aws:TagKeys', Key)];
          return ofIam(
            'TagUser',
            context,
            new TagUserCommand({ UserName, Tags: [{ Key: Key === 'Team' ? Key : 'Cost', Value }] }),
          );
        },
        () => ofIam('UntagUser', [entry('aws:TagKeys', 'Cost')], new UntagUserCommand({ UserName, TagKeys: ['Cost'] })),
        () => ({
          action: 'iam:ListUsers',
          context: [],
          send: (clients) => new IAMClient(clients).send(new ListUsersCommand({})),
        }),
        () => ({
          action: 'iam:ListGroups',
          context: [],
          send: (clients) => new IAMClient(clients).send(new ListGroupsCommand({})),
        }),
        () => ofS3('GetObject', `${bucketArn}/${key}`, [], new GetObjectCommand({ Bucket: bucket, Key: key })),
        () =>
          ofS3('PutObject', `${bucketArn}/${key}`, [], new PutObjectCommand({ Bucket: bucket, Key: key, Body: 'x' })),
        () =>
          ofS3(
            'ListBucket',
            bucketArn,
            [entry('s3:prefix', prefix)],
            new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix }),
          ),
      ])();
    };

    const drawCondition = (): Statement =>
      pick<() => Statement>([
        () => ({ StringEquals: { 'aws:ResourceTag/Team': pick(['red', 'blue', '${aws:PrincipalTag/Team}']) } }),
        () => ({ StringNotEquals: { 'aws:RequestTag/Team': 'red' } }),
        () => ({ 'ForAllValues:StringEquals': { 'aws:TagKeys': pick([['Team'], ['Team', 'Cost']]) } }),
        () => ({ StringLike: { 's3:prefix': pick(['red/*', 'blue/*', '${aws:PrincipalTag/Team}/*']) } }),
        () => ({ [pick(['IpAddress', 'NotIpAddress'])]: { 'aws:SourceIp': pick(['127.0.0.0/8', '10.0.0.0/8']) } }),
        () => ({ Bool: { 'aws:SecureTransport': pick(['true', 'false']) } }),
        () => ({ DateGreaterThan: { 'aws:CurrentTime': pick(['2031-01-01T00:00:00Z', '2032-01-01T00:00:00Z']) } }),
        () => ({ StringEqualsIfExists: { 'aws:RequestTag/Cost': 'red' } }),
        () => ({ Null: { 'aws:TagKeys': pick(['true', 'false']) } }),
        () => ({ StringLike: { 'aws:username': pick(['actor-*', 'nobody']) } }),
      ])();
    const ACTIONS = [
      'iam:*',
      'iam:Get*',
      'iam:List*',
      'iam:*User*',
      'iam:TagUser',
      's3:*',
      's3:Get*',
      's3:*Object',
      's3:ListBucket',
      '*',
    ];
    const RESOURCES = [
      '*',
      `${iamArn}:user/*`,
      `${iamArn}:user/x/*`,
      `${iamArn}:user/?/target*`,
      bucketArn,
      `${bucketArn}/*`,
      `${bucketArn}/red/*`,
      `${bucketArn}/\${aws:PrincipalTag/Team}/*`,
    ];
    const drawStatement = (effect?: string): Statement => ({
      Effect: effect ?? (chance(0.8) ? 'Allow' : 'Deny'),
      [chance(0.9) ? 'Action' : 'NotAction']: chance(0.5) ? pick(ACTIONS) : [pick(ACTIONS), pick(ACTIONS)],
      [chance(0.9) ? 'Resource' : 'NotResource']: chance(0.6) ? pick(RESOURCES) : [pick(RESOURCES), pick(RESOURCES)],
      ...(chance(0.35) ? { Condition: drawCondition() } : {}),
    });
    const drawPolicy = () => policy(...Array.from({ length: integer(1, 3) }, () => drawStatement()));
    const managed = async (PolicyDocument: string) =>
      (await iam.send(new CreatePolicyCommand({ PolicyName: fresh('drawn'), PolicyDocument }))).Policy!.Arn!;

    const outcomes: string[] = [];
    for (let round = 0; round < 20; round++) {
      const actor = await user(fresh('actor'), drawPolicy());
      const UserName = actor.name;
      await iam.send(new TagUserCommand({ UserName, Tags: [{ Key: 'Team', Value: pick(['red', 'blue']) }] }));
      if (chance(0.5))
        await iam.send(new AttachUserPolicyCommand({ UserName, PolicyArn: await managed(drawPolicy()) }));
      if (chance(0.5)) {
        const GroupName = fresh('group');
        await iam.send(new CreateGroupCommand({ GroupName }));
        await iam.send(new PutGroupPolicyCommand({ GroupName, PolicyName: 'g', PolicyDocument: drawPolicy() }));
        await iam.send(new AddUserToGroupCommand({ GroupName, UserName }));
      }
      if (chance(0.4)) {
        const boundary = await managed(policy(drawStatement('Allow'), drawStatement('Allow')));
        await iam.send(new PutUserPermissionsBoundaryCommand({ UserName, PermissionsBoundary: boundary }));
      }
      for (let i = 0; i < 10; i++) {
        const request = drawRequest();
        const { action, resource, context } = request;
        const told = await iam.send(
          new SimulatePrincipalPolicyCommand({
            PolicySourceArn: actor.arn,
            ActionNames: [action],
            ContextEntries: [...always, ...context],
            ...(resource ? { ResourceArns: [resource] } : {}),
          }),
        );
        const decision = told.EvaluationResults![0]!.EvalDecision!;
        const really = await request.send(actor.clients).then(
          () => 'allowed',
          (error: Error) => error.name,
        );
        const found = `${action} on ${resource}: ${really === 'AccessDenied' ? 'denied' : really}`;
        expect(found, `${JSON.stringify(context)} of ${actor.name}`).toBe(
          `${action} on ${resource}: ${decision === 'allowed' ? 'allowed' : 'denied'}`,
        );
        outcomes.push(decision);
        // What a call has changed of its target is told to the simulation of the next.
        if (really === 'allowed' && action === 'iam:TagUser') {
          const target = targets.find(({ Arn }) => Arn === resource)!;
          target.Tags = (await iam.send(new ListUserTagsCommand({ UserName: target.UserName }))).Tags!.filter(
            ({ Key }) => Key === 'Team',
          );
        }
      }
    }
    expect(outcomes).toHaveLength(200);
    for (const decision of ['allowed', 'explicitDeny', 'implicitDeny'])
      expect(outcomes.filter((one) => one === decision).length, decision).toBeGreaterThan(5);
  });
});

describe('iam.2', () => {
  it('iam.2: a manager gives and takes rights by groups, caps an administrator, and reads the whole tree', async () => {
    const GroupName = fresh('analysts');
    await iam.send(new CreateGroupCommand({ GroupName }));
    await iam.send(
      new AttachGroupPolicyCommand({ GroupName, PolicyArn: 'arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess' }),
    );
    await iam.send(
      new PutGroupPolicyCommand({ GroupName, PolicyName: 'list', PolicyDocument: allow('iam:ListUsers') }),
    );
    const bucket = fresh('bucket');
    await s3.send(new CreateBucketCommand({ Bucket: bucket }));
    const Body = fresh('text');
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: 'k', Body }));
    const anna = await user(fresh('anna'));
    const read = () => new S3Client(anna.clients).send(new GetObjectCommand({ Bucket: bucket, Key: 'k' }));
    expect((await refusal(read())).name).toBe('AccessDenied');
    await iam.send(new AddUserToGroupCommand({ GroupName, UserName: anna.name }));
    expect(await (await read()).Body!.transformToString()).toBe(Body);
    await iam.send(new RemoveUserFromGroupCommand({ GroupName, UserName: anna.name }));
    expect((await refusal(read())).name).toBe('AccessDenied');

    const admin = await user(fresh('admin'));
    const AdministratorAccess = 'arn:aws:iam::aws:policy/AdministratorAccess';
    await iam.send(new AttachUserPolicyCommand({ UserName: admin.name, PolicyArn: AdministratorAccess }));
    const boundary = (
      await iam.send(new CreatePolicyCommand({ PolicyName: fresh('cap'), PolicyDocument: allow('s3:*') }))
    ).Policy!.Arn!;
    const listUsers = () => new IAMClient(admin.clients).send(new ListUsersCommand({}));
    await listUsers();
    await iam.send(new PutUserPermissionsBoundaryCommand({ UserName: admin.name, PermissionsBoundary: boundary }));
    expect((await refusal(listUsers())).name).toBe('AccessDenied');
    await new S3Client(admin.clients).send(new GetObjectCommand({ Bucket: bucket, Key: 'k' }));

    const reader = await role(
      fresh('reader'),
      trust({ AWS: anna.arn }),
      allow('s3:GetObject', `arn:aws:s3:::${bucket}/*`),
    );
    const stranger = await user(fresh('stranger'), allow('sts:AssumeRole'));
    expect(await refusal(session(stranger.clients, reader.arn))).toMatchObject({ name: 'AccessDenied', status: 403 });
    const asReader = await session(anna.clients, reader.arn);
    await new S3Client(asReader).send(new GetObjectCommand({ Bucket: bucket, Key: 'k' }));

    const details = await iam.send(new GetAccountAuthorizationDetailsCommand({ MaxItems: 1000 }));
    const groupOf = details.GroupDetailList!.find((one) => one.GroupName === GroupName);
    expect(groupOf).toMatchObject({
      GroupPolicyList: [
        { PolicyName: 'list', PolicyDocument: encodeURIComponent(allow('iam:ListUsers')).replaceAll('*', '%2A') },
      ],
      AttachedManagedPolicies: [
        { PolicyName: 'AmazonS3ReadOnlyAccess', PolicyArn: 'arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess' },
      ],
    });
    const userOf = (name: string) => details.UserDetailList!.find(({ UserName }) => UserName === name);
    expect(userOf(anna.name)).toMatchObject({ UserId: anna.id, GroupList: [], AttachedManagedPolicies: [] });
    expect(userOf(admin.name)).toMatchObject({
      Arn: admin.arn,
      AttachedManagedPolicies: [{ PolicyName: 'AdministratorAccess', PolicyArn: AdministratorAccess }],
      PermissionsBoundary: { PermissionsBoundaryArn: boundary },
    });
    const roleOf = details.RoleDetailList!.find(({ Arn }) => Arn === reader.arn)!;
    expect(decodeURIComponent(roleOf.AssumeRolePolicyDocument!)).toBe(trust({ AWS: anna.arn }));
    expect(roleOf.RolePolicyList!.map(({ PolicyName }) => PolicyName)).toEqual(['own']);
    const policies = Object.fromEntries(details.Policies!.map((one) => [one.Arn, one]));
    expect(policies[boundary]).toMatchObject({ AttachmentCount: 0, PermissionsBoundaryUsageCount: 1 });
    expect(policies[AdministratorAccess]).toMatchObject({ AttachmentCount: 1, DefaultVersionId: 'v1' });
    expect(policies['arn:aws:iam::aws:policy/AmazonS3FullAccess']).toBeUndefined();
  });
});

describe('iam.4', () => {
  it('iam.4: a service works under a role that trusts it for one bucket, only as far as the role may; a session ends', async () => {
    const buckets = [];
    for (const name of ['from', 'to', 'other']) {
      const Bucket = fresh(name);
      await s3.send(new CreateBucketCommand({ Bucket }));
      await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
      buckets.push(Bucket);
    }
    const [from, to, other] = buckets as [string, string, string];
    const reads = {
      Effect: 'Allow',
      Action: [
        's3:GetReplicationConfiguration',
        's3:ListBucket',
        's3:GetObjectVersionForReplication',
        's3:GetObjectVersionAcl',
        's3:GetObjectVersionTagging',
      ],
      Resource: [`arn:aws:s3:::${from}`, `arn:aws:s3:::${from}/*`],
    };
    const writes = {
      Effect: 'Allow',
      Action: ['s3:ReplicateObject', 's3:ReplicateDelete', 's3:ReplicateTags'],
      Resource: `arn:aws:s3:::${to}/*`,
    };
    const replicator = await role(
      fresh('replicator'),
      trust(
        { Service: 's3.amazonaws.com' },
        {
          Condition: {
            ArnEquals: { 'aws:SourceArn': `arn:aws:s3:::${from}` },
            StringEquals: { 'aws:SourceAccount': ACCOUNT },
          },
        },
      ),
      policy(reads, writes),
    );
    const configure = (Bucket: string) =>
      s3.send(
        new PutBucketReplicationCommand({
          Bucket,
          ReplicationConfiguration: {
            Role: replicator.arn,
            Rules: [
              {
                Status: 'Enabled',
                Priority: 1,
                Filter: { Prefix: '' },
                DeleteMarkerReplication: { Status: 'Disabled' },
                Destination: { Bucket: `arn:aws:s3:::${to}` },
              },
            ],
          },
        }),
      );
    await configure(from);
    await configure(other);
    const put = async (Bucket: string) => {
      const Key = fresh('key');
      await s3.send(new PutObjectCommand({ Bucket, Key, Body: Key }));
      await outcrop.clock.advance(60_000);
      const { ReplicationStatus } = await s3.send(new HeadObjectCommand({ Bucket, Key }));
      const there = await s3.send(new HeadObjectCommand({ Bucket: to, Key })).then(
        () => true,
        () => false,
      );
      return [ReplicationStatus, there];
    };
    expect(await put(from)).toEqual(['COMPLETED', true]);
    // The role trusts the service for another bucket.
    expect(await put(other)).toEqual(['FAILED', false]);
    await iam.send(
      new PutRolePolicyCommand({ RoleName: replicator.name, PolicyName: 'own', PolicyDocument: policy(writes) }),
    );
    expect(await put(from)).toEqual(['FAILED', false]);
    await iam.send(new DeleteRolePolicyCommand({ RoleName: replicator.name, PolicyName: 'own' }));
    await iam.send(
      new AttachRolePolicyCommand({
        RoleName: replicator.name,
        PolicyArn: 'arn:aws:iam::aws:policy/AmazonS3FullAccess',
      }),
    );
    expect(await put(from)).toEqual(['COMPLETED', true]);

    const person = await user(fresh('person'), allow('sts:AssumeRole'));
    const short = await role(fresh('short'), trust({ AWS: person.arn }), allow('s3:*'));
    const clients = await session(person.clients, short.arn);
    await new STSClient(clients).send(new GetCallerIdentityCommand({}));
    await outcrop.clock.advance(3_601_000);
    expect((await refusal(new STSClient(clients).send(new GetCallerIdentityCommand({})))).name).toBe('ExpiredToken');
  });
});
