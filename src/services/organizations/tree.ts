import { organizationNodes, type OrganizationNode } from '../../kernel/principals/records.ts';
import { touch } from '../../kernel/principals/principals.ts';
import type { Reader, Transaction } from '../../kernel/store/store.ts';
import { attachInitially, detachAll } from './attachments.ts';
import { UNIT_DEPTH_MAX } from './limits.ts';
import { children, tagsOf, type OrganizationState } from './records.ts';

/** The tree of an organization: one root, units below it, accounts anywhere. Nodes are what identity reads on each call. */
export async function nodeOf(
  reader: Reader,
  organization: OrganizationState,
  id: string,
): Promise<OrganizationNode | undefined> {
  const node = await reader.get(organizationNodes, [id]);
  return node?.organization === organization.id ? node : undefined;
}

/** A root or unit. */
export async function parentOf(reader: Reader, organization: OrganizationState, id: string) {
  const node = await nodeOf(reader, organization, id);
  return node?.type === 'ACCOUNT' ? undefined : node;
}

/** From the root down to the node itself. */
export async function chainOf(reader: Reader, node: OrganizationNode): Promise<OrganizationNode[]> {
  const chain = [node];
  // A root, five levels of units, an account.
  while (chain[0]!.parent !== undefined && chain.length <= UNIT_DEPTH_MAX + 1) {
    const parent = await reader.get(organizationNodes, [chain[0]!.parent]);
    if (!parent) break;
    chain.unshift(parent);
  }
  return chain;
}

/** `o-…/r-…/ou-…/<id>/`, as accounts and units show it. */
export async function pathOf(reader: Reader, node: OrganizationNode): Promise<string> {
  const ids = (await chainOf(reader, node)).map(({ id }) => id);
  return `${[node.organization, ...ids].join('/')}/`;
}

/** Adds a node, with the policies that every new one has. */
export async function addNode(
  tx: Transaction,
  organization: OrganizationState,
  node: Omit<OrganizationNode, 'serviceControl'>,
  now: { ms: number; order: string },
): Promise<void> {
  tx.put(organizationNodes, [node.id], { ...node, serviceControl: [] });
  if (node.parent !== undefined) tx.put(children, [node.parent, node.type, node.id], true);
  await attachInitially(tx, organization, node.id, now);
  await touch(tx);
}

/** Removes a node with what hangs on it: attachments and tags. */
export async function removeNode(tx: Transaction, node: OrganizationNode): Promise<void> {
  await detachAll(tx, node);
  tx.delete(organizationNodes, [node.id]);
  if (node.parent !== undefined) tx.delete(children, [node.parent, node.type, node.id]);
  tx.delete(tagsOf, [node.organization, node.id]);
  await touch(tx);
}

export async function moveNode(tx: Transaction, node: OrganizationNode, parent: string): Promise<void> {
  tx.delete(children, [node.parent!, node.type, node.id]);
  tx.put(children, [parent, node.type, node.id], true);
  tx.put(organizationNodes, [node.id], { ...node, parent });
  await touch(tx);
}
