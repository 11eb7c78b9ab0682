import {
  DeleteOrganizationCommand,
  DeleteOrganizationalUnitCommand,
  DescribeOrganizationCommand,
  DescribeOrganizationalUnitCommand,
  ListChildrenCommand,
  ListOrganizationalUnitsForParentCommand,
  ListParentsCommand,
  ListRootsCommand,
  ListTagsForResourceCommand,
  MoveAccountCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateOrganizationalUnitCommand,
} from '@aws-sdk/client-organizations';
import { describe, expect, it } from 'vitest';
import { TAGS_MAX, UNIT_DEPTH_MAX } from './limits.ts';
import { everyPage, openOrganizations, refusal } from './organizations.fixture.ts';

const { organizations, unique, integer, createUnit, createOrganization, createAccount } =
  await openOrganizations('units');
const { organization, rootId } = await createOrganization();
const describeUnit = async (OrganizationalUnitId: string) =>
  (await organizations.send(new DescribeOrganizationalUnitCommand({ OrganizationalUnitId }))).OrganizationalUnit!;

describe('The root', () => {
  it('is the only one, with the policy types that are enabled in it', async () => {
    const { Roots } = await organizations.send(new ListRootsCommand({}));
    expect(Roots).toEqual([
      {
        Id: expect.stringMatching(/^r-[a-z0-9]{4}$/),
        Arn: `arn:aws:organizations::${organization.MasterAccountId}:root/${organization.Id}/${rootId}`,
        Name: 'Root',
        PolicyTypes: [{ Type: 'SERVICE_CONTROL_POLICY', Status: 'ENABLED' }],
      },
    ]);
    expect((await refusal(organizations.send(new ListParentsCommand({ ChildId: 'ou-none-12345678' })))).name).toBe(
      'ChildNotFoundException',
    );
  });
});

describe('A unit', () => {
  it('has a name of its own under its parent, and keeps its id when it is renamed', async () => {
    const name = unique('unit');
    const id = await createUnit(rootId, name);
    expect(await describeUnit(id)).toEqual({
      Id: expect.stringMatching(new RegExp(`^ou-${rootId.slice(2)}-[a-z0-9]{8}$`)),
      Arn: `arn:aws:organizations::${organization.MasterAccountId}:ou/${organization.Id}/${id}`,
      Name: name,
      Path: `${organization.Id}/${rootId}/${id}/`,
    });
    expect((await refusal(createUnit(rootId, name))).name).toBe('DuplicateOrganizationalUnitException');
    const below = await createUnit(id, name);
    expect((await describeUnit(below)).Path).toBe(`${organization.Id}/${rootId}/${id}/${below}/`);
    const other = await createUnit(rootId);
    const rename = (Name: string) =>
      organizations.send(new UpdateOrganizationalUnitCommand({ OrganizationalUnitId: other, Name }));
    expect((await refusal(rename(name))).name).toBe('DuplicateOrganizationalUnitException');
    const fresh = unique('renamed');
    expect((await rename(fresh)).OrganizationalUnit).toMatchObject({ Id: other, Name: fresh });
    expect(await describeUnit(other)).toMatchObject({ Id: other, Name: fresh });
  });

  it(`is at most ${UNIT_DEPTH_MAX} levels deep`, async () => {
    let parent = rootId;
    for (let level = 0; level < UNIT_DEPTH_MAX; level++) parent = await createUnit(parent);
    expect(await refusal(createUnit(parent))).toMatchObject({
      name: 'ConstraintViolationException',
      Reason: 'OU_DEPTH_LIMIT_EXCEEDED',
    });
    expect(await refusal(createUnit('r-none'))).toEqual({
      name: 'ParentNotFoundException',
      message: "You specified a parent that doesn't exist.",
    });
  });

  it('is deleted only when it holds neither accounts nor units', async () => {
    const unit = await createUnit(rootId);
    const below = await createUnit(unit);
    const account = await createAccount();
    const move = (SourceParentId: string, DestinationParentId: string) =>
      organizations.send(new MoveAccountCommand({ AccountId: account, SourceParentId, DestinationParentId }));
    await move(rootId, below);
    const remove = (OrganizationalUnitId: string) =>
      organizations.send(new DeleteOrganizationalUnitCommand({ OrganizationalUnitId }));
    for (const full of [unit, below])
      expect((await refusal(remove(full))).name).toBe('OrganizationalUnitNotEmptyException');
    await move(below, rootId);
    await remove(below);
    await remove(unit);
    expect((await refusal(describeUnit(unit))).name).toBe('OrganizationalUnitNotFoundException');
    expect((await refusal(remove(unit))).name).toBe('OrganizationalUnitNotFoundException');
  });

  it('of one name is made once, however many ask at once', async () => {
    const name = unique('contested');
    const outcomes = await Promise.allSettled(Array.from({ length: 12 }, () => createUnit(rootId, name)));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const outcome of outcomes)
      if (outcome.status === 'rejected')
        expect((outcome.reason as Error).name).toBe('DuplicateOrganizationalUnitException');
  });

  it('lists what it holds, a page at a time', async () => {
    const unit = await createUnit(rootId);
    const made = [];
    for (let i = integer(5, 9); i > 0; i--) made.push(await createUnit(unit));
    const units = await everyPage(async (NextToken) => {
      const answer = await organizations.send(
        new ListOrganizationalUnitsForParentCommand({ ParentId: unit, NextToken, MaxResults: 2 }),
      );
      return { items: answer.OrganizationalUnits, NextToken: answer.NextToken };
    });
    expect(units.map(({ Id }) => Id!).toSorted()).toEqual(made.toSorted());
    const { Children } = await organizations.send(
      new ListChildrenCommand({ ParentId: unit, ChildType: 'ORGANIZATIONAL_UNIT' }),
    );
    expect(Children!.map(({ Id }) => Id!).toSorted()).toEqual(made.toSorted());
    const accounts = await organizations.send(new ListChildrenCommand({ ParentId: unit, ChildType: 'ACCOUNT' }));
    expect(accounts.Children).toEqual([]);
  });
});

describe('Tags', () => {
  it(`are added, replaced and removed on units, roots and accounts, ${TAGS_MAX} at most`, async () => {
    for (const ResourceId of [rootId, await createUnit(rootId), organization.MasterAccountId!]) {
      const add = (Tags: { Key: string; Value: string }[]) =>
        organizations.send(new TagResourceCommand({ ResourceId, Tags }));
      const list = async () => (await organizations.send(new ListTagsForResourceCommand({ ResourceId }))).Tags;
      const many = Array.from({ length: TAGS_MAX }, (_, i) => ({
        Key: `k${String(i).padStart(2, '0')}`,
        Value: unique('v'),
      }));
      await add(many);
      expect(await list()).toEqual(many);
      expect((await refusal(add([{ Key: 'more', Value: '' }]))).Reason).toBe('MAX_TAG_LIMIT_EXCEEDED');
      await add([{ Key: 'k00', Value: '' }]);
      await organizations.send(new UntagResourceCommand({ ResourceId, TagKeys: ['k01', 'never there'] }));
      expect(await list()).toEqual([{ Key: 'k00', Value: '' }, ...many.slice(2)]);
    }
    const none = organizations.send(new ListTagsForResourceCommand({ ResourceId: 'ou-none-12345678' }));
    expect((await refusal(none)).name).toBe('TargetNotFoundException');
  });
});

describe('Bad input', () => {
  it('is answered as InvalidInputException with its reason', async () => {
    const bad = organizations.send(new ListParentsCommand({ ChildId: 'nobody' }));
    expect(await refusal(bad)).toEqual({
      name: 'InvalidInputException',
      message: 'You provided a value that does not match the required pattern.',
      Reason: 'INVALID_PATTERN',
    });
    const kind = organizations.send(new ListChildrenCommand({ ParentId: rootId, ChildType: 'ROOM' as 'ACCOUNT' }));
    expect((await refusal(kind)).Reason).toBe('INVALID_ENUM');
    expect((await refusal(createUnit(rootId, 'x'.repeat(129)))).Reason).toBe('MAX_LENGTH_EXCEEDED');
  });
});

describe('An organization without other members', () => {
  it('is deleted with its units and policies; its founder may found another', async () => {
    const alone = await openOrganizations('deletion');
    const first = await alone.createOrganization();
    const unit = await alone.createUnit(first.rootId);
    await alone.createUnit(unit);
    await alone.createPolicy({ Version: '2012-10-17', Statement: { Effect: 'Deny', Action: 's3:*', Resource: '*' } });
    await alone.organizations.send(new DeleteOrganizationCommand({}));
    expect((await refusal(alone.organizations.send(new DescribeOrganizationCommand({})))).name).toBe(
      'AWSOrganizationsNotInUseException',
    );
    const second = await alone.createOrganization();
    expect(second.organization.Id).not.toBe(first.organization.Id);
    const { Children } = await alone.organizations.send(
      new ListChildrenCommand({ ParentId: second.rootId, ChildType: 'ORGANIZATIONAL_UNIT' }),
    );
    expect(Children).toEqual([]);
  });
});
