import {
  AttachUserPolicyCommand,
  CreateGroupCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeleteUserCommand,
  DeleteUserPolicyCommand,
  DetachUserPolicyCommand,
  AddUserToGroupCommand,
  GetGroupCommand,
  GetRoleCommand,
  GetUserCommand,
  IAMClient,
  ListUsersCommand,
  ListUserTagsCommand,
  paginateListUsers,
  PutUserPolicyCommand,
  RemoveUserFromGroupCommand,
  TagUserCommand,
  UntagUserCommand,
  UpdateUserCommand,
  waitUntilUserExists,
} from '@aws-sdk/client-iam';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { describe, expect, it } from 'vitest';
import { ACCOUNT, allow, openIam, refusal, trustOf } from './iam.fixture.ts';

const { outcrop, iam, integer, fresh, nowMs, actor } = await openIam('users');

describe('A user', () => {
  it('is made with a path, tags, an id of its own and an ARN, and is told of as it was made', async () => {
    const UserName = fresh('User');
    const Path = `/team-${integer(1, 99)}/x/`;
    const Tags = [
      { Key: 'cost', Value: String(integer(1, 1e6)) },
      { Key: 'Team', Value: fresh('t') },
    ];
    const { User } = await iam.send(new CreateUserCommand({ UserName, Path, Tags }));
    expect(User).toEqual({
      UserName,
      Path,
      UserId: expect.stringMatching(/^AIDA[A-Z2-7]{17}$/),
      Arn: `arn:aws:iam::${ACCOUNT}:user${Path}${UserName}`,
      CreateDate: new Date(nowMs()),
      Tags: expect.arrayContaining(Tags),
    });
    expect((await iam.send(new GetUserCommand({ UserName: UserName.toUpperCase() }))).User).toEqual(User);
    const waited = await waitUntilUserExists({ client: iam, maxWaitTime: 10 }, { UserName });
    expect(waited.state).toBe('SUCCESS');
  });

  it('has a name that no other has, whatever the case of its letters', async () => {
    const UserName = fresh('Anna');
    await iam.send(new CreateUserCommand({ UserName }));
    const again = iam.send(new CreateUserCommand({ UserName: UserName.toLowerCase() }));
    expect(await refusal(again)).toEqual({
      name: 'EntityAlreadyExistsException',
      message: `User with name ${UserName.toLowerCase()} already exists.`,
      status: 409,
    });
  });

  it('that is not there is told of by its name', async () => {
    const UserName = fresh('nobody');
    expect(await refusal(iam.send(new GetUserCommand({ UserName })))).toEqual({
      name: 'NoSuchEntityException',
      message: `The user with name ${UserName} cannot be found.`,
      status: 404,
    });
  });

  it('without a name is the caller: the root has no name, a user has its own', async () => {
    const root = await iam.send(new GetUserCommand({}));
    expect(root.User).toMatchObject({ Arn: `arn:aws:iam::${ACCOUNT}:root`, UserId: ACCOUNT });
    const { user, clients } = await actor(fresh('self'), allow('iam:GetUser'));
    expect((await new IAMClient(clients).send(new GetUserCommand({}))).User).toEqual(user);
  });

  it('is listed by path in pages, without its tags', async () => {
    const path = `/pages-${integer(1, 1e9)}/`;
    const names = Array.from({ length: integer(5, 12) }, () => fresh('u'));
    for (const UserName of names)
      await iam.send(new CreateUserCommand({ UserName, Path: `${path}sub/`, Tags: [{ Key: 'a', Value: 'b' }] }));
    const all: string[] = [];
    for await (const page of paginateListUsers({ client: iam, pageSize: integer(1, 4) }, { PathPrefix: path })) {
      expect(page.Users!.every(({ Tags }) => Tags === undefined)).toBe(true);
      all.push(...page.Users!.map(({ UserName }) => UserName!));
    }
    expect(all.sort()).toEqual([...names].sort());
    const made = iam.send(new ListUsersCommand({ Marker: 'made-up' }));
    expect(await refusal(made)).toMatchObject({ name: 'ValidationError', status: 400 });
  });

  it('keeps its id, groups, keys and the trust of roles under another name and path', async () => {
    const before = fresh('before');
    const { user, clients } = await actor(before, allow('iam:GetUser'));
    const GroupName = fresh('group');
    await iam.send(new CreateGroupCommand({ GroupName }));
    await iam.send(new AddUserToGroupCommand({ GroupName, UserName: before }));
    const RoleName = fresh('role');
    const AssumeRolePolicyDocument = trustOf({ AWS: [user.Arn] });
    await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
    const after = fresh('after');
    await iam.send(new UpdateUserCommand({ UserName: before, NewUserName: after, NewPath: '/moved/' }));
    const Arn = `arn:aws:iam::${ACCOUNT}:user/moved/${after}`;
    expect((await refusal(iam.send(new GetUserCommand({ UserName: before })))).name).toBe('NoSuchEntityException');
    const own = await new IAMClient(clients).send(new GetUserCommand({}));
    expect(own.User).toMatchObject({ UserId: user.UserId, Arn, Path: '/moved/' });
    expect((await new STSClient(clients).send(new GetCallerIdentityCommand({}))).Arn).toBe(Arn);
    const members = await iam.send(new GetGroupCommand({ GroupName }));
    expect(members.Users!.map(({ UserName }) => UserName)).toEqual([after]);
    const trust = async () =>
      JSON.parse(decodeURIComponent((await iam.send(new GetRoleCommand({ RoleName }))).Role!.AssumeRolePolicyDocument!))
        .Statement[0].Principal.AWS;
    expect(await trust()).toEqual([Arn]);
  });

  it('goes only when nothing hangs on it; roles that trusted it show its id from then on', async () => {
    const UserName = fresh('leaving');
    const { User } = await iam.send(new CreateUserCommand({ UserName }));
    const RoleName = fresh('role');
    await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trustOf({ AWS: User!.Arn }) }));
    const GroupName = fresh('group');
    await iam.send(new CreateGroupCommand({ GroupName }));
    const conflict = async (message: string) =>
      expect(await refusal(iam.send(new DeleteUserCommand({ UserName })))).toEqual({
        name: 'DeleteConflictException',
        message,
        status: 409,
      });
    const PolicyArn = 'arn:aws:iam::aws:policy/AdministratorAccess';
    await iam.send(new AttachUserPolicyCommand({ UserName, PolicyArn }));
    await conflict('Cannot delete entity, must detach all policies first.');
    await iam.send(new DetachUserPolicyCommand({ UserName, PolicyArn }));
    await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'p', PolicyDocument: allow('s3:*') }));
    await conflict('Cannot delete entity, must delete policies first.');
    await iam.send(new DeleteUserPolicyCommand({ UserName, PolicyName: 'p' }));
    await iam.send(new AddUserToGroupCommand({ UserName, GroupName }));
    await conflict('Cannot delete entity, must remove users from group first.');
    await iam.send(new RemoveUserFromGroupCommand({ UserName, GroupName }));
    await iam.send(new DeleteUserCommand({ UserName }));
    expect((await refusal(iam.send(new DeleteUserCommand({ UserName })))).name).toBe('NoSuchEntityException');
    // One of the same name is another.
    await iam.send(new CreateUserCommand({ UserName }));
    const { Role } = await iam.send(new GetRoleCommand({ RoleName }));
    expect(JSON.parse(decodeURIComponent(Role!.AssumeRolePolicyDocument!)).Statement[0].Principal.AWS).toBe(
      User!.UserId,
    );
  });

  it('has up to 50 tags, whose keys are one whatever their case', async () => {
    const UserName = fresh('tagged');
    await iam.send(new CreateUserCommand({ UserName, Tags: [{ Key: 'Team', Value: 'a' }] }));
    await iam.send(new TagUserCommand({ UserName, Tags: [{ Key: 'TEAM', Value: 'b' }] }));
    const tags = async () => (await iam.send(new ListUserTagsCommand({ UserName }))).Tags;
    expect(await tags()).toEqual([{ Key: 'TEAM', Value: 'b' }]);
    const twice = [
      { Key: 'x', Value: '1' },
      { Key: 'X', Value: '2' },
    ];
    expect(await refusal(iam.send(new TagUserCommand({ UserName, Tags: twice })))).toMatchObject({
      name: 'InvalidInputException',
      message: 'Duplicate tag keys found. Please note that Tag keys are case insensitive.',
    });
    const many = Array.from({ length: 50 }, (_, i) => ({ Key: `k${i}`, Value: '' }));
    expect((await refusal(iam.send(new TagUserCommand({ UserName, Tags: many })))).name).toBe('LimitExceededException');
    await iam.send(new UntagUserCommand({ UserName, TagKeys: ['team', 'absent'] }));
    expect(await tags()).toEqual([]);
  });

  it('has a name and a path of allowed characters and length', async () => {
    for (const input of [{ UserName: 'a b' }, { UserName: 'x'.repeat(65) }, { UserName: 'ok', Path: 'x/' }])
      expect(await refusal(iam.send(new CreateUserCommand(input)))).toMatchObject({
        name: 'ValidationError',
        message: expect.stringMatching(
          /^1 validation error detected: Value '.*' at '(userName|path)' failed to satisfy/,
        ),
        status: 400,
      });
    expect(outcrop.endpoint).toBeDefined();
  });
});
