import {
  AddUserToGroupCommand,
  AttachGroupPolicyCommand,
  CreateGroupCommand,
  CreateUserCommand,
  DeleteGroupCommand,
  DeleteGroupPolicyCommand,
  DetachGroupPolicyCommand,
  GetGroupCommand,
  GetGroupPolicyCommand,
  IAMClient,
  ListGroupsForUserCommand,
  ListUsersCommand,
  paginateGetGroup,
  PutGroupPolicyCommand,
  RemoveUserFromGroupCommand,
  UpdateGroupCommand,
} from '@aws-sdk/client-iam';
import { describe, expect, it } from 'vitest';
import { ACCOUNT, allow, openIam, refusal } from './iam.fixture.ts';

const { iam, integer, fresh, nowMs, actor } = await openIam('groups');

const makeGroup = async (prefix = 'group') => {
  const GroupName = fresh(prefix);
  await iam.send(new CreateGroupCommand({ GroupName }));
  return GroupName;
};

describe('A group', () => {
  it('is made with an id and an ARN of its own, under a name that no other has', async () => {
    const GroupName = fresh('Readers');
    const { Group } = await iam.send(new CreateGroupCommand({ GroupName, Path: '/a/b/' }));
    expect(Group).toEqual({
      GroupName,
      Path: '/a/b/',
      GroupId: expect.stringMatching(/^AGPA[A-Z2-7]{17}$/),
      Arn: `arn:aws:iam::${ACCOUNT}:group/a/b/${GroupName}`,
      CreateDate: new Date(nowMs()),
    });
    const again = iam.send(new CreateGroupCommand({ GroupName: GroupName.toUpperCase() }));
    expect(await refusal(again)).toMatchObject({
      name: 'EntityAlreadyExistsException',
      message: `Group with name ${GroupName.toUpperCase()} already exists.`,
    });
  });

  it('gives its members what it may, from the moment they are in it and no longer', async () => {
    const GroupName = await makeGroup();
    await iam.send(
      new PutGroupPolicyCommand({ GroupName, PolicyName: 'list', PolicyDocument: allow('iam:ListUsers') }),
    );
    const { user, clients } = await actor(fresh('member'));
    const list = () => new IAMClient(clients).send(new ListUsersCommand({}));
    expect(await refusal(list())).toMatchObject({ name: 'AccessDenied', status: 403 });
    await iam.send(new AddUserToGroupCommand({ GroupName, UserName: user.UserName }));
    await iam.send(new AddUserToGroupCommand({ GroupName, UserName: user.UserName }));
    expect((await list()).Users!.length).toBeGreaterThan(0);
    await iam.send(new RemoveUserFromGroupCommand({ GroupName, UserName: user.UserName }));
    expect((await refusal(list())).name).toBe('AccessDenied');
  });

  it('is told of with its members, in pages', async () => {
    const GroupName = await makeGroup();
    const names = Array.from({ length: integer(3, 7) }, () => fresh('m'));
    for (const UserName of names) {
      await iam.send(new CreateUserCommand({ UserName }));
      await iam.send(new AddUserToGroupCommand({ GroupName, UserName }));
    }
    const all: string[] = [];
    for await (const page of paginateGetGroup({ client: iam, pageSize: 2 }, { GroupName }))
      all.push(...page.Users!.map(({ UserName }) => UserName!));
    expect(all.sort()).toEqual(names.sort());
  });

  it('keeps members and policies under another name', async () => {
    const GroupName = await makeGroup('before');
    await iam.send(
      new PutGroupPolicyCommand({ GroupName, PolicyName: 'list', PolicyDocument: allow('iam:ListUsers') }),
    );
    const { user, clients } = await actor(fresh('member'));
    await iam.send(new AddUserToGroupCommand({ GroupName, UserName: user.UserName }));
    const NewGroupName = fresh('after');
    await iam.send(new UpdateGroupCommand({ GroupName, NewGroupName, NewPath: '/new/' }));
    expect((await refusal(iam.send(new GetGroupCommand({ GroupName })))).message).toBe(
      `The group with name ${GroupName} cannot be found.`,
    );
    const { Groups } = await iam.send(new ListGroupsForUserCommand({ UserName: user.UserName }));
    expect(Groups!.map(({ Arn }) => Arn)).toEqual([`arn:aws:iam::${ACCOUNT}:group/new/${NewGroupName}`]);
    await new IAMClient(clients).send(new ListUsersCommand({}));
  });

  it('goes when it has neither members nor policies', async () => {
    const GroupName = await makeGroup();
    const UserName = fresh('member');
    await iam.send(new CreateUserCommand({ UserName }));
    await iam.send(new AddUserToGroupCommand({ GroupName, UserName }));
    const conflict = async (message: string) =>
      expect(await refusal(iam.send(new DeleteGroupCommand({ GroupName })))).toMatchObject({
        name: 'DeleteConflictException',
        message,
      });
    await conflict('Cannot delete entity, must remove users from group first.');
    await iam.send(new RemoveUserFromGroupCommand({ GroupName, UserName }));
    const PolicyArn = 'arn:aws:iam::aws:policy/AdministratorAccess';
    await iam.send(new AttachGroupPolicyCommand({ GroupName, PolicyArn }));
    await conflict('Cannot delete entity, must detach all policies first.');
    await iam.send(new DetachGroupPolicyCommand({ GroupName, PolicyArn }));
    await iam.send(new PutGroupPolicyCommand({ GroupName, PolicyName: 'p', PolicyDocument: allow('s3:*') }));
    await conflict('Cannot delete entity, must delete policies first.');
    await iam.send(new DeleteGroupPolicyCommand({ GroupName, PolicyName: 'p' }));
    expect((await refusal(iam.send(new GetGroupPolicyCommand({ GroupName, PolicyName: 'p' })))).message).toBe(
      'The group policy with name p cannot be found.',
    );
    await iam.send(new DeleteGroupCommand({ GroupName }));
  });

  it('is one of ten at most that a user is in', async () => {
    const UserName = fresh('joiner');
    await iam.send(new CreateUserCommand({ UserName }));
    for (let i = 0; i < 10; i++) await iam.send(new AddUserToGroupCommand({ GroupName: await makeGroup(), UserName }));
    const eleventh = iam.send(new AddUserToGroupCommand({ GroupName: await makeGroup(), UserName }));
    expect(await refusal(eleventh)).toEqual({
      name: 'LimitExceededException',
      message: 'Cannot exceed quota for GroupsPerUser: 10',
      status: 409,
    });
  });
});
