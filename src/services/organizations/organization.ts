import {
  AlreadyInOrganizationException,
  OrganizationNotEmptyException,
  type CreateOrganizationRequest,
  type Organization,
} from '@aws-sdk/client-organizations';
import type { Call } from '../../kernel/call.ts';
import { touch } from '../../kernel/principals/principals.ts';
import { organizationNodes, organizations, serviceControlPolicies } from '../../kernel/principals/records.ts';
import type { Handlers } from '../../kernel/service.ts';
import type { Collection, Reader, Transaction } from '../../kernel/store/store.ts';
import { allTargets } from './attachments.ts';
import { accountArn, organizationArn, rootArn } from './arns.ts';
import { membershipOf, openOrganization } from './callers.ts';
import { constraint, text } from './errors.ts';
import { cancelAll } from './handshake.ts';
import { newOrganizationId, newRootId } from './ids.ts';
import { depart, join } from './membership.ts';
import { pageOfList } from './paging.ts';
import { profileOf } from './profiles.ts';
import {
  attachments,
  closures,
  creations,
  policies,
  policyNames,
  resourcePolicies,
  states,
  tagsOf,
  trustedServices,
  unitNames,
  units,
  type OrganizationState,
} from './records.ts';
import { allowLinkedRole } from './linked-role.ts';
import { addNode, removeNode } from './tree.ts';

type Organizations = Handlers<typeof import('@aws-sdk/client-organizations')>;

const ROOT_NAME = 'Root';
const REMOVAL_BATCH = 5_000;

async function describe(reader: Reader, organization: OrganizationState): Promise<Organization> {
  const { email } = await profileOf(reader, organization.managementAccount);
  return {
    Id: organization.id,
    Arn: organizationArn(organization),
    FeatureSet: organization.featureSet,
    MasterAccountArn: accountArn(organization, organization.managementAccount),
    MasterAccountId: organization.managementAccount,
    MasterAccountEmail: email,
    // "It doesn't include any policy type supported by Organizations other than SCPs": API Reference, DescribeOrganization.
    AvailablePolicyTypes:
      organization.featureSet === 'ALL' ? [{ Type: 'SERVICE_CONTROL_POLICY', Status: 'ENABLED' }] : [],
  };
}

/** With all features on, an organization has a service-linked role in each account. */
export async function askOfCreateOrganization(
  call: Call,
  { FeatureSet = 'ALL' }: CreateOrganizationRequest,
): Promise<void> {
  if (FeatureSet === 'ALL') await allowLinkedRole(call);
}

/** Makes the caller's account the management account of a new organization, with a root and, if all features are on, SCPs in it. */
export const CreateOrganization: Organizations['CreateOrganization'] = async (call, input) => {
  const { store, ids, clock } = call.kernel;
  const featureSet = input.FeatureSet ?? 'ALL';
  if (await membershipOf(store, call.account)) throw alreadyMember();
  await askOfCreateOrganization(call, input);
  const organization = await store.transact(async (tx) => {
    if (await membershipOf(tx, call.account)) throw alreadyMember();
    const nowMs = clock.now();
    const made: OrganizationState = {
      id: newOrganizationId(ids),
      partition: call.partition,
      managementAccount: call.account,
      rootId: await freeRootId(call, tx),
      featureSet,
      createdAtMs: nowMs,
      policyTypes: featureSet === 'ALL' ? ['SERVICE_CONTROL_POLICY'] : [],
      accounts: 0,
      units: 0,
      policies: {},
    };
    tx.put(organizations, [made.id], {
      id: made.id,
      managementAccount: made.managementAccount,
      serviceControl: featureSet === 'ALL',
    });
    const root = { id: made.rootId, organization: made.id, type: 'ROOT', name: ROOT_NAME } as const;
    await addNode(tx, made, root, { ms: nowMs, order: ids.sortable(nowMs) });
    // The account that founds an organization counts as invited. Source: API Reference, CreateOrganization.
    await join(call.kernel, tx, made, call.account, 'INVITED');
    return made;
  });
  return { Organization: await describe(store, organization) };
};

const alreadyMember = () =>
  new AlreadyInOrganizationException(text('The AWS account is already a member of an organization.'));

/** Ids of roots are short: one may be taken. */
async function freeRootId(call: Call, tx: Transaction): Promise<string> {
  for (;;) {
    const id = newRootId(call.kernel.ids);
    if (!(await tx.get(organizationNodes, [id]))) return id;
  }
}

export const DescribeOrganization: Organizations['DescribeOrganization'] = async (call) => ({
  Organization: await describe(call.kernel.store, await openOrganization(call)),
});

/** Deletes the organization of which the management account is the only member left, with its units and policies. */
export const DeleteOrganization: Organizations['DeleteOrganization'] = async (call) => {
  const { kernel } = call;
  await kernel.store.transact(async (tx) => {
    const organization = await openOrganization(call, tx);
    const { id } = organization;
    if (organization.accounts > 1)
      throw new OrganizationNotEmptyException(
        text('To delete an organization you must first remove all member accounts (except the master).'),
      );
    await cancelAll(kernel, tx, id);
    await depart(kernel, tx, organization, organization.managementAccount, 'LEFT');
    for (const target of await allTargets(tx, organization)) {
      const node = await tx.get(organizationNodes, [target]);
      if (!node) continue;
      if (node.parent !== undefined) tx.delete(unitNames, [node.parent, node.name]);
      await removeNode(tx, node);
    }
    for (const kind of OF_AN_ORGANIZATION) {
      for (;;) {
        const found = await tx.range(kind, [id], { limit: REMOVAL_BATCH });
        for (const { key } of found) tx.delete(kind, key);
        if (found.length < REMOVAL_BATCH) break;
      }
    }
    tx.delete(resourcePolicies, [id]);
    tx.delete(states, [id]);
    tx.delete(organizations, [id]);
    await touch(tx);
  });
  return {};
};

const OF_AN_ORGANIZATION: Collection<unknown>[] = [
  attachments,
  closures,
  creations,
  policies,
  policyNames,
  serviceControlPolicies,
  tagsOf,
  trustedServices,
  units,
];

export const ListRoots: Organizations['ListRoots'] = async (call, input) => {
  const organization = await openOrganization(call);
  const { items, next } = pageOfList([await describeRoot(call.kernel.store, organization)], input);
  return { Roots: items, ...next };
};

/** The root as ListRoots and EnablePolicyType show it. */
export async function describeRoot(reader: Reader, organization: OrganizationState) {
  const root = await reader.get(organizationNodes, [organization.rootId]);
  return {
    Id: organization.rootId,
    Arn: rootArn(organization, organization.rootId),
    Name: root!.name,
    PolicyTypes: organization.policyTypes.map((Type) => ({ Type, Status: 'ENABLED' as const })),
  };
}

/** Throws ConstraintViolationException in an organization that only consolidates bills. */
export function needAllFeatures(organization: OrganizationState): void {
  if (organization.featureSet !== 'ALL')
    throw constraint(
      'ORGANIZATION_NOT_IN_ALL_FEATURES_MODE',
      'This operation requires the organization to be configured to support all features.',
    );
}
