import type { PolicyType } from '@aws-sdk/client-organizations';
import { organizationNodes } from '../../kernel/principals/records.ts';
import { FULL_ACCESS_ID } from '../../kernel/principals/principals.ts';
import type { Transaction } from '../../kernel/store/store.ts';
import { attached, attachments, members, units, type OrganizationState } from './records.ts';

type Now = { ms: number; order: string };
type Node = { id: string; organization: string };

/** The policies of a type that are attached to a target directly, in the order they were attached. */
export async function attachedTo(reader: Pick<Transaction, 'range'>, target: string, type: PolicyType) {
  const found = await reader.range(attached, [target, type]);
  return found
    .map(({ key, value }) => ({ policy: key[2] as string, order: value.order }))
    .sort((a, b) => (a.order < b.order ? -1 : 1))
    .map(({ policy }) => policy);
}

/** Keeps what identity reads with the node in step with what is attached. */
async function project(tx: Transaction, target: string): Promise<void> {
  const node = (await tx.get(organizationNodes, [target]))!;
  const serviceControl = await attachedTo(tx, target, 'SERVICE_CONTROL_POLICY');
  tx.put(organizationNodes, [target], { ...node, serviceControl });
}

/** Attaches without asking whether it may be. */
export async function attach(tx: Transaction, node: Node, type: PolicyType, policy: string, now: Now): Promise<void> {
  tx.put(attachments, [node.organization, policy, node.id], { type });
  tx.put(attached, [node.id, type, policy], { atMs: now.ms, order: now.order });
  if (type === 'SERVICE_CONTROL_POLICY') await project(tx, node.id);
}

export async function detach(tx: Transaction, node: Node, type: PolicyType, policy: string): Promise<void> {
  tx.delete(attachments, [node.organization, policy, node.id]);
  tx.delete(attached, [node.id, type, policy]);
  if (type === 'SERVICE_CONTROL_POLICY') await project(tx, node.id);
}

/** What every new root, unit and account has attached. */
export async function attachInitially(tx: Transaction, organization: OrganizationState, id: string, now: Now) {
  if (!organization.policyTypes.includes('SERVICE_CONTROL_POLICY')) return;
  await attach(tx, { id, organization: organization.id }, 'SERVICE_CONTROL_POLICY', FULL_ACCESS_ID, now);
}

/** Everything off a node that goes. */
export async function detachAll(tx: Transaction, node: Node): Promise<void> {
  for (const { key } of await tx.range(attached, [node.id])) {
    tx.delete(attached, key);
    tx.delete(attachments, [node.organization, key[2]!, node.id]);
  }
}

/** Ids of the root, all units and all accounts. */
export async function allTargets(tx: Transaction, organization: OrganizationState): Promise<string[]> {
  const limit = { limit: 5_000 };
  const below = [
    ...(await tx.range(units, [organization.id], limit)),
    ...(await tx.range(members, [organization.id], limit)),
  ];
  return [organization.rootId, ...below.map(({ key }) => key[1] as string)];
}
