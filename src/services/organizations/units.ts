import {
  DuplicateOrganizationalUnitException,
  OrganizationalUnitNotEmptyException,
  OrganizationalUnitNotFoundException,
  ParentNotFoundException,
} from '@aws-sdk/client-organizations';
import { touch } from '../../kernel/principals/principals.ts';
import { organizationNodes, type OrganizationNode } from '../../kernel/principals/records.ts';
import type { Handlers } from '../../kernel/service.ts';
import type { Reader } from '../../kernel/store/store.ts';
import { unitArn } from './arns.ts';
import { openOrganization } from './callers.ts';
import { constraint, text } from './errors.ts';
import { newUnitId } from './ids.ts';
import { UNIT_DEPTH_MAX, UNITS_MAX } from './limits.ts';
import { pageOf } from './paging.ts';
import { children, states, unitNames, units, type OrganizationState } from './records.ts';
import { putTags, withTags } from './tags.ts';
import { addNode, chainOf, nodeOf, parentOf, pathOf, removeNode } from './tree.ts';

type Organizations = Handlers<typeof import('@aws-sdk/client-organizations')>;

export const parentNotFound = () => new ParentNotFoundException(text("You specified a parent that doesn't exist."));
const duplicate = () =>
  new DuplicateOrganizationalUnitException(text('An OU with the same name already exists in the specified parent.'));

async function findUnit(reader: Reader, organization: OrganizationState, id: string): Promise<OrganizationNode> {
  const unit = await nodeOf(reader, organization, id);
  if (unit?.type !== 'ORGANIZATIONAL_UNIT')
    throw new OrganizationalUnitNotFoundException(text("You specified an organizational unit that doesn't exist."));
  return unit;
}

async function describe(reader: Reader, organization: OrganizationState, unit: OrganizationNode) {
  return {
    Id: unit.id,
    Arn: unitArn(organization, unit.id),
    Name: unit.name,
    Path: await pathOf(reader, unit),
  };
}

/** A unit under a root or unit, five levels deep at most. Names are unique under a parent. */
export const CreateOrganizationalUnit: Organizations['CreateOrganizationalUnit'] = async (call, input) => {
  const { kernel } = call;
  const tags = withTags({}, input.Tags);
  return kernel.store.transact(async (tx) => {
    const organization = await openOrganization(call, tx);
    const parent = await parentOf(tx, organization, input.ParentId!);
    if (!parent) throw parentNotFound();
    if (await tx.get(unitNames, [parent.id, input.Name!])) throw duplicate();
    if ((await chainOf(tx, parent)).length > UNIT_DEPTH_MAX)
      throw constraint('OU_DEPTH_LIMIT_EXCEEDED', 'You attempted to create an OU tree that is too many levels deep.');
    if (organization.units >= UNITS_MAX)
      throw constraint(
        'OU_NUMBER_LIMIT_EXCEEDED',
        'You have exceeded the number of OUs that you can have in an organization.',
      );
    const nowMs = kernel.clock.now();
    const unit = {
      id: newUnitId(kernel.ids, organization.rootId),
      organization: organization.id,
      type: 'ORGANIZATIONAL_UNIT',
      name: input.Name!,
      parent: parent.id,
    } as const;
    await addNode(tx, organization, unit, { ms: nowMs, order: kernel.ids.sortable(nowMs) });
    tx.put(units, [organization.id, unit.id], true);
    tx.put(unitNames, [parent.id, unit.name], unit.id);
    tx.put(states, [organization.id], { ...organization, units: organization.units + 1 });
    putTags(tx, organization, unit.id, tags);
    return { OrganizationalUnit: await describe(tx, organization, (await nodeOf(tx, organization, unit.id))!) };
  });
};

export const DescribeOrganizationalUnit: Organizations['DescribeOrganizationalUnit'] = async (call, input) => {
  const { store } = call.kernel;
  const organization = await openOrganization(call);
  const unit = await findUnit(store, organization, input.OrganizationalUnitId!);
  return { OrganizationalUnit: await describe(store, organization, unit) };
};

/** Renames a unit; without a name nothing changes. */
export const UpdateOrganizationalUnit: Organizations['UpdateOrganizationalUnit'] = async (call, input) =>
  call.kernel.store.transact(async (tx) => {
    const organization = await openOrganization(call, tx);
    const unit = await findUnit(tx, organization, input.OrganizationalUnitId!);
    const name = input.Name ?? unit.name;
    if (name !== unit.name) {
      if (await tx.get(unitNames, [unit.parent!, name])) throw duplicate();
      tx.delete(unitNames, [unit.parent!, unit.name]);
      tx.put(unitNames, [unit.parent!, name], unit.id);
      tx.put(organizationNodes, [unit.id], { ...unit, name });
      await touch(tx);
    }
    return { OrganizationalUnit: await describe(tx, organization, { ...unit, name }) };
  });

/** Deletes a unit that holds neither accounts nor units. */
export const DeleteOrganizationalUnit: Organizations['DeleteOrganizationalUnit'] = async (call, input) => {
  await call.kernel.store.transact(async (tx) => {
    const organization = await openOrganization(call, tx);
    const unit = await findUnit(tx, organization, input.OrganizationalUnitId!);
    if ((await tx.range(children, [unit.id], { limit: 1 })).length > 0)
      throw new OrganizationalUnitNotEmptyException(
        text(
          'The specified OU is not empty. Move all accounts to another root or to other OUs, remove all child OUs, and try the operation again.',
        ),
      );
    await removeNode(tx, unit);
    tx.delete(units, [organization.id, unit.id]);
    tx.delete(unitNames, [unit.parent!, unit.name]);
    tx.put(states, [organization.id], { ...organization, units: organization.units - 1 });
  });
  return {};
};

export const ListOrganizationalUnitsForParent: Organizations['ListOrganizationalUnitsForParent'] = async (
  call,
  input,
) => {
  const { store } = call.kernel;
  const organization = await openOrganization(call);
  const parent = await parentOf(store, organization, input.ParentId!);
  if (!parent) throw parentNotFound();
  const { entries, next } = await pageOf(store, children, [parent.id, 'ORGANIZATIONAL_UNIT'], input);
  const found = await Promise.all(entries.map(({ key }) => nodeOf(store, organization, key[2] as string)));
  const listed = found.filter((unit) => unit !== undefined);
  return {
    OrganizationalUnits: await Promise.all(listed.map((unit) => describe(store, organization, unit))),
    ...next,
  };
};
