import {
  AddRoleToInstanceProfileCommand,
  CreateInstanceProfileCommand,
  CreateRoleCommand,
  CreateServiceLinkedRoleCommand,
  CreateUserCommand,
  DeleteInstanceProfileCommand,
  DeleteRoleCommand,
  DeleteServiceLinkedRoleCommand,
  DeleteUserCommand,
  GetInstanceProfileCommand,
  GetRoleCommand,
  GetServiceLinkedRoleDeletionStatusCommand,
  IAMClient,
  ListInstanceProfilesForRoleCommand,
  ListInstanceProfileTagsCommand,
  PutRolePolicyCommand,
  RemoveRoleFromInstanceProfileCommand,
  TagInstanceProfileCommand,
  UntagInstanceProfileCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateRoleCommand,
} from '@aws-sdk/client-iam';
import { ListSecretsCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { describe, expect, it } from 'vitest';
import { identities } from '../../../tests/identities.ts';
import { ACCOUNT, allow, documentOf, openIam, refusal, trustOf } from './iam.fixture.ts';

const { outcrop, iam, integer, fresh, nowMs, actor, pick } = await openIam('roles');
const EC2 = trustOf({ Service: 'ec2.amazonaws.com' });
const makeRole = async (AssumeRolePolicyDocument = EC2) => {
  const RoleName = fresh('role');
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
  return Role!;
};

describe('A role', () => {
  it('is told of as it was made, its trust policy percent-encoded', async () => {
    const RoleName = fresh('Role');
    const Description = `made by ${integer(1, 1e6)}`;
    const MaxSessionDuration = integer(3600, 43_200);
    const input = { RoleName, Path: '/svc/', AssumeRolePolicyDocument: EC2, Description, MaxSessionDuration };
    const { Role } = await iam.send(new CreateRoleCommand({ ...input, Tags: [{ Key: 'k', Value: 'v' }] }));
    expect(Role).toEqual({
      ...input,
      AssumeRolePolicyDocument: encodeURIComponent(EC2),
      RoleId: expect.stringMatching(/^AROA[A-Z2-7]{17}$/),
      Arn: `arn:aws:iam::${ACCOUNT}:role/svc/${RoleName}`,
      CreateDate: new Date(nowMs()),
      Tags: [{ Key: 'k', Value: 'v' }],
    });
    await iam.send(new UpdateRoleCommand({ RoleName, Description: 'new', MaxSessionDuration: 7200 }));
    const told = await iam.send(new GetRoleCommand({ RoleName }));
    expect(told.Role).toEqual({ ...Role, Description: 'new', MaxSessionDuration: 7200, RoleLastUsed: {} });
  });

  it('tells when and where it was last used', async () => {
    const { RoleName, Arn } = await makeRole(trustOf({ AWS: ACCOUNT }));
    const { clients } = await actor(fresh('user'), allow('sts:AssumeRole'));
    const sts = new STSClient(clients);
    const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn: Arn, RoleSessionName: 'session' }));
    const used = async () => (await iam.send(new GetRoleCommand({ RoleName }))).Role!.RoleLastUsed;
    await outcrop.clock.advance(integer(1, 3000) * 1000);
    const at = new Date(nowMs());
    const region = pick(['eu-west-1', 'ap-southeast-2']);
    await refusal(
      new SecretsManagerClient({ ...identities(outcrop).as(Credentials), region }).send(new ListSecretsCommand({})),
    );
    expect(await used()).toEqual({ LastUsedDate: at, Region: region });
    await outcrop.clock.advance(401 * 86_400_000);
    expect(await used()).toEqual({});
  });

  it('trusts only those who are there', async () => {
    const nobody = `arn:aws:iam::${ACCOUNT}:${pick(['user', 'role'])}/${fresh('nobody')}`;
    const malformed = async (principal: unknown, message: string) =>
      expect(
        await refusal(
          iam.send(new CreateRoleCommand({ RoleName: fresh('r'), AssumeRolePolicyDocument: trustOf(principal) })),
        ),
      ).toEqual({ name: 'MalformedPolicyDocumentException', message, status: 400 });
    await malformed({ AWS: nobody }, `Invalid principal in policy: "AWS":"${nobody}"`);
    await malformed({ AWS: ['*', 'someone'] }, 'Invalid principal in policy: "AWS":"someone"');
    await malformed({ Service: 'ec2' }, 'Invalid principal in policy: "SERVICE":"ec2"');
    await malformed({ Federated: 'idp' }, 'Invalid principal in policy: "FEDERATED":"idp"');
    for (const principal of [
      { AWS: `arn:aws:iam::${ACCOUNT}:root` },
      { AWS: '111122223333' },
      { AWS: 'arn:aws:iam::464622532012:role/elsewhere' },
      { Service: ['lambda.amazonaws.com', 'replication.dynamodb.amazonaws.com'] },
      { Federated: `arn:aws:iam::${ACCOUNT}:saml-provider/corp` },
    ])
      await makeRole(trustOf(principal));
  });

  it('has a trust policy that speaks of assuming it, and of no resource', async () => {
    const { RoleName } = await makeRole();
    const update = (PolicyDocument: string) =>
      refusal(iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument })));
    const Principal = { AWS: ACCOUNT };
    const statement = { Effect: 'Allow', Action: 'sts:AssumeRole', Principal };
    for (const [document, message] of [
      [
        documentOf({ ...statement, Action: 's3:GetObject' }),
        'AssumeRole policy may only specify STS AssumeRole actions.',
      ],
      [documentOf({ ...statement, Resource: '*' }), 'Has prohibited field Resource'],
      [documentOf({ Effect: 'Allow', Action: 'sts:AssumeRole' }), 'Missing required field Principal'],
      ['{', 'Syntax errors in policy.'],
    ] as const)
      expect(await update(document)).toMatchObject({ name: 'MalformedPolicyDocumentException', message });
    const sids = Array.from({ length: 40 }, (_, i) => ({ ...statement, Sid: `s${i}` }));
    expect(await update(documentOf(...sids))).toMatchObject({
      name: 'LimitExceededException',
      message: 'Cannot exceed quota for ACLSizePerRole: 2048',
    });
  });

  it('shows the id of one it trusted who is gone, and cannot be told to trust that id', async () => {
    const UserName = fresh('leaver');
    const { User } = await iam.send(new CreateUserCommand({ UserName }));
    const first = await makeRole(trustOf({ AWS: [User!.Arn, ACCOUNT] }));
    const second = await makeRole(trustOf({ AWS: first.Arn }));
    await iam.send(new DeleteUserCommand({ UserName }));
    const trustedBy = async (RoleName: string | undefined) =>
      decodeURIComponent((await iam.send(new GetRoleCommand({ RoleName }))).Role!.AssumeRolePolicyDocument!);
    const shown = await trustedBy(first.RoleName);
    expect(JSON.parse(shown).Statement[0].Principal.AWS).toEqual([User!.UserId, ACCOUNT]);
    const again = iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: first.RoleName, PolicyDocument: shown }));
    expect((await refusal(again)).message).toBe(`Invalid principal in policy: "AWS":"${User!.UserId}"`);
    await iam.send(new DeleteRoleCommand({ RoleName: first.RoleName }));
    expect(JSON.parse(await trustedBy(second.RoleName)).Statement[0].Principal.AWS).toBe(first.RoleId);
  });
});

describe('An instance profile', () => {
  it('hands out one role, which cannot go while it does', async () => {
    const InstanceProfileName = fresh('profile');
    const { InstanceProfile } = await iam.send(new CreateInstanceProfileCommand({ InstanceProfileName }));
    expect(InstanceProfile).toMatchObject({
      Arn: `arn:aws:iam::${ACCOUNT}:instance-profile/${InstanceProfileName}`,
      InstanceProfileId: expect.stringMatching(/^AIPA/),
    });
    const { RoleName, Arn } = await makeRole();
    await iam.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName, RoleName }));
    const told = await iam.send(new GetInstanceProfileCommand({ InstanceProfileName }));
    expect(told.InstanceProfile!.Roles!.map((role) => role.Arn)).toEqual([Arn]);
    const second = await makeRole();
    const add = iam.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName, RoleName: second.RoleName }));
    expect((await refusal(add)).message).toBe('Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1');
    expect(await refusal(iam.send(new DeleteRoleCommand({ RoleName })))).toMatchObject({
      name: 'DeleteConflictException',
      message: 'Cannot delete entity, must remove roles from instance profile first.',
    });
    expect((await refusal(iam.send(new DeleteInstanceProfileCommand({ InstanceProfileName })))).name).toBe(
      'DeleteConflictException',
    );
    const { InstanceProfiles } = await iam.send(new ListInstanceProfilesForRoleCommand({ RoleName }));
    expect(InstanceProfiles!.map((one) => one.InstanceProfileName)).toEqual([InstanceProfileName]);
    await iam.send(new RemoveRoleFromInstanceProfileCommand({ InstanceProfileName, RoleName }));
    await iam.send(new DeleteRoleCommand({ RoleName }));
    await iam.send(new TagInstanceProfileCommand({ InstanceProfileName, Tags: [{ Key: 'a', Value: '1' }] }));
    const tags = async () => (await iam.send(new ListInstanceProfileTagsCommand({ InstanceProfileName }))).Tags;
    expect(await tags()).toEqual([{ Key: 'a', Value: '1' }]);
    await iam.send(new UntagInstanceProfileCommand({ InstanceProfileName, TagKeys: ['a'] }));
    expect(await tags()).toEqual([]);
    await iam.send(new DeleteInstanceProfileCommand({ InstanceProfileName }));
    expect((await refusal(iam.send(new GetInstanceProfileCommand({ InstanceProfileName })))).message).toBe(
      `Instance Profile ${InstanceProfileName} cannot be found.`,
    );
  });

  it('takes a role only from one who may pass it to EC2', async () => {
    const InstanceProfileName = fresh('profile');
    await iam.send(new CreateInstanceProfileCommand({ InstanceProfileName }));
    const { RoleName, Arn } = await makeRole();
    const add = (clients: object) =>
      new IAMClient(clients).send(new AddRoleToInstanceProfileCommand({ InstanceProfileName, RoleName }));
    const mayAdd = { Effect: 'Allow', Action: 'iam:AddRoleToInstanceProfile', Resource: '*' };
    const passTo = (service: string) => ({
      Effect: 'Allow',
      Action: 'iam:PassRole',
      Resource: Arn,
      Condition: { StringEquals: { 'iam:PassedToService': service } },
    });
    const without = await actor(fresh('u'), documentOf(mayAdd));
    expect(await refusal(add(without.clients))).toMatchObject({
      name: 'AccessDenied',
      message: `User: ${without.user.Arn} is not authorized to perform: iam:PassRole on resource: ${Arn} because no identity-based policy allows the iam:PassRole action`,
    });
    const other = await actor(fresh('u'), documentOf(mayAdd, passTo('lambda.amazonaws.com')));
    expect((await refusal(add(other.clients))).name).toBe('AccessDenied');
    const right = await actor(fresh('u'), documentOf(mayAdd, passTo('ec2.amazonaws.com')));
    await add(right.clients);
  });
});

describe('A service-linked role', () => {
  it('has the name that its service gives it, is changed by nobody, and goes by a task', async () => {
    const { Role } = await iam.send(
      new CreateServiceLinkedRoleCommand({ AWSServiceName: 'autoscaling.amazonaws.com', CustomSuffix: 'x1' }),
    );
    const RoleName = 'AWSServiceRoleForAutoScaling_x1';
    expect(Role).toMatchObject({
      RoleName,
      Arn: `arn:aws:iam::${ACCOUNT}:role/aws-service-role/autoscaling.amazonaws.com/${RoleName}`,
    });
    const again = iam.send(
      new CreateServiceLinkedRoleCommand({ AWSServiceName: 'autoscaling.amazonaws.com', CustomSuffix: 'x1' }),
    );
    expect(await refusal(again)).toEqual({
      name: 'InvalidInputException',
      message: `Service role name ${RoleName} has been taken in this account, please try a different suffix.`,
      status: 400,
    });
    const suffixed = iam.send(
      new CreateServiceLinkedRoleCommand({ AWSServiceName: 'es.amazonaws.com', CustomSuffix: 'x' }),
    );
    expect((await refusal(suffixed)).message).toBe('Custom suffix is not allowed for es.amazonaws.com');
    const put = iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'p', PolicyDocument: allow('s3:*') }));
    for (const call of [put, iam.send(new DeleteRoleCommand({ RoleName }))])
      expect(await refusal(call)).toMatchObject({
        name: 'UnmodifiableEntityException',
        message: `Cannot perform the operation on the protected role '${RoleName}' - this role is only modifiable by AWS`,
      });
    const { DeletionTaskId } = await iam.send(new DeleteServiceLinkedRoleCommand({ RoleName }));
    expect(DeletionTaskId).toMatch(
      new RegExp(`^task/aws-service-role/autoscaling.amazonaws.com/${RoleName}/[0-9a-f-]{36}$`),
    );
    await outcrop.clock.advance(1000);
    const { Status } = await iam.send(new GetServiceLinkedRoleDeletionStatusCommand({ DeletionTaskId }));
    expect(Status).toBe('SUCCEEDED');
    expect((await refusal(iam.send(new GetRoleCommand({ RoleName })))).name).toBe('NoSuchEntityException');
  });
});
