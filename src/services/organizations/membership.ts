import { MasterCannotLeaveOrganizationException, type AccountJoinedMethod } from '@aws-sdk/client-organizations';
import type { Kernel } from '../../kernel/kernel.ts';
import { touch } from '../../kernel/principals/principals.ts';
import { organizationNodes, type Tags } from '../../kernel/principals/records.ts';
import type { Transaction } from '../../kernel/store/store.ts';
import { constraint, text } from './errors.ts';
import { eventTime, publish } from './events.ts';
import { withdrawApproval } from './features.ts';
import { DAY_MS, LEAVE_WAIT_DAYS } from './limits.ts';
import { profileOf } from './profiles.ts';
import { delegations, members, states, type Member, type OrganizationState } from './records.ts';
import { makeLinkedRole } from './roles.ts';
import { putTags } from './tags.ts';
import { addNode, removeNode } from './tree.ts';

/** Makes an account a member, directly under the root. The caller has looked that it may be. */
export async function join(
  kernel: Kernel,
  tx: Transaction,
  organization: OrganizationState,
  account: string,
  method: AccountJoinedMethod,
  tags: Tags = {},
): Promise<void> {
  const nowMs = kernel.clock.now();
  const { name } = await profileOf(tx, account);
  const counted = { ...organization, accounts: organization.accounts + 1 };
  tx.put(states, [organization.id], counted);
  tx.put(members, [organization.id, account], {
    account,
    organization: organization.id,
    joinedMethod: method,
    joinedAtMs: nowMs,
  });
  await addNode(
    tx,
    organization,
    { id: account, organization: organization.id, type: 'ACCOUNT', name, parent: organization.rootId },
    { ms: nowMs, order: kernel.ids.sortable(nowMs) },
  );
  putTags(tx, organization, account, tags);
  if (organization.featureSet === 'ALL')
    await makeLinkedRole({ tx, ids: kernel.ids, nowMs, partition: organization.partition }, account);
  await publish(kernel, tx, organization.managementAccount, 'AccountJoinedOrganization', {
    accountId: account,
    joinedMethod: method,
    joinedTime: eventTime(nowMs),
  });
}

type Departure = 'LEFT' | 'REMOVED' | 'CLEANED';

/** Takes an account out of its organization: it keeps its roles, and loses policies and tags. */
export async function depart(
  kernel: Kernel,
  tx: Transaction,
  organization: OrganizationState,
  account: string,
  departureMethod: Departure,
): Promise<void> {
  tx.put(states, [organization.id], { ...organization, accounts: organization.accounts - 1 });
  tx.delete(members, [organization.id, account]);
  await removeNode(tx, (await tx.get(organizationNodes, [account]))!);
  if (organization.featureSet !== 'ALL') await withdrawApproval(tx, organization.id, account, kernel.clock.now());
  await publish(kernel, tx, organization.managementAccount, 'AccountDepartedOrganization', {
    accountId: account,
    departureMethod,
    departureTime: eventTime(kernel.clock.now()),
  });
  await touch(tx);
}

/** Throws unless the account may leave: MasterCannotLeaveOrganizationException, ConstraintViolationException. */
export async function checkMayLeave(
  tx: Transaction,
  organization: OrganizationState,
  member: Member,
  nowMs: number,
): Promise<void> {
  if (member.account === organization.managementAccount)
    throw new MasterCannotLeaveOrganizationException(
      text('The management account of an organization cannot leave the organization.'),
    );
  if ((await tx.range(delegations, [organization.id, member.account], { limit: 1 })).length > 0)
    throw constraint(
      'CANNOT_REMOVE_DELEGATED_ADMINISTRATOR_FROM_ORG',
      'You cannot remove an account that is registered as a delegated administrator for a service integrated with your organization.',
    );
  if (member.joinedMethod === 'CREATED' && nowMs < member.joinedAtMs + LEAVE_WAIT_DAYS * DAY_MS)
    throw constraint(
      'WAIT_PERIOD_ACTIVE',
      `You must wait until at least ${LEAVE_WAIT_DAYS} days after the account was created to remove it from the organization.`,
    );
}
