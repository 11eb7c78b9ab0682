import { InvalidHandshakeTransitionException } from '@aws-sdk/client-organizations';
import type { Kernel } from '../../kernel/kernel.ts';
import { touch } from '../../kernel/principals/principals.ts';
import { organizationNodes, organizations } from '../../kernel/principals/records.ts';
import type { Handlers } from '../../kernel/service.ts';
import type { Transaction } from '../../kernel/store/store.ts';
import { allTargets, attachInitially } from './attachments.ts';
import { openOrganization } from './callers.ts';
import { handshakeConstraint, text } from './errors.ts';
import {
  describeHandshake,
  endHandshake,
  isOpen,
  listHandshakes,
  newHandshake,
  sendHandshake,
  stateOf,
} from './handshake.ts';
import { ALL_FEATURES_DAYS } from './limits.ts';
import { handshakes, handshakesSent, members, states, type HandshakeRecord } from './records.ts';
import { makeLinkedRole } from './roles.ts';

type Organizations = Handlers<typeof import('@aws-sdk/client-organizations')>;

const MEMBERS_MAX = 5_000;

/**
 * Asks every invited account to approve all features; created accounts have nothing to say. Once all have approved (`OPEN`), the
 * management account accepts the request itself. Source: User Guide, "Enabling all features for an organization".
 */
export const EnableAllFeatures: Organizations['EnableAllFeatures'] = async (call) => {
  const { kernel } = call;
  const request = await kernel.store.transact(async (tx) => {
    const organization = await openOrganization(call, tx);
    if (organization.featureSet === 'ALL')
      throw handshakeConstraint(
        'ORGANIZATION_ALREADY_HAS_ALL_FEATURES',
        'The organization has already enabled all features.',
      );
    const nowMs = kernel.clock.now();
    const sent = await listHandshakes(tx, handshakesSent, organization.id);
    if (sent.some((one) => one.action === 'ENABLE_ALL_FEATURES' && isOpen(stateOf(one, nowMs))))
      throw handshakeConstraint(
        'ORGANIZATION_IS_ALREADY_PENDING_ALL_FEATURES_MIGRATION',
        'The organization has already started the process to enable all features.',
      );
    const everyone = await tx.range(members, [organization.id], { limit: MEMBERS_MAX });
    const invited = everyone
      .map(({ value }) => value)
      .filter(({ account, joinedMethod }) => joinedMethod === 'INVITED' && account !== organization.managementAccount);
    const base = newHandshake(kernel, organization, ALL_FEATURES_DAYS);
    const about = { Value: organization.id, Type: 'ORGANIZATION' } as const;
    const party = { Id: organization.id, Type: 'ORGANIZATION' } as const;
    const made: HandshakeRecord = {
      ...base,
      action: 'ENABLE_ALL_FEATURES',
      state: invited.length === 0 ? 'OPEN' : 'REQUESTED',
      parties: [party],
      resources: [about],
      awaited: invited.map(({ account }) => account),
    };
    await sendHandshake(kernel, tx, made);
    for (const { account } of invited) {
      await sendHandshake(kernel, tx, {
        ...newHandshake(kernel, organization, ALL_FEATURES_DAYS),
        action: 'APPROVE_ALL_FEATURES',
        state: 'OPEN',
        target: account,
        parent: made.id,
        parties: [party, { Id: account, Type: 'ACCOUNT' }],
        resources: [about, { Value: account, Type: 'ACCOUNT' }, { Value: made.id.slice(2), Type: 'PARENT_HANDSHAKE' }],
      });
    }
    return made;
  });
  return { Handshake: describeHandshake(request, kernel.clock.now()) };
};

/** Counts the approval of one account. */
export async function approve(tx: Transaction, handshake: HandshakeRecord, account: string): Promise<void> {
  const request = await tx.get(handshakes, [handshake.parent!]);
  if (!request) return;
  const awaited = request.awaited!.filter((one) => one !== account);
  tx.put(handshakes, [request.id], {
    ...request,
    awaited,
    ...(awaited.length === 0 ? { state: 'OPEN' as const } : {}),
  });
}

/** An account that goes need not approve any more. */
export async function withdrawApproval(tx: Transaction, organization: string, account: string, nowMs: number) {
  for (const handshake of await listHandshakes(tx, handshakesSent, organization)) {
    if (handshake.action !== 'APPROVE_ALL_FEATURES' || handshake.target !== account) continue;
    if (!isOpen(stateOf(handshake, nowMs))) continue;
    endHandshake(tx, handshake, 'CANCELED', nowMs);
    await approve(tx, handshake, account);
  }
}

/** Switches all features on, and SCPs with them. */
export async function enableAllFeatures(
  kernel: Kernel,
  tx: Transaction,
  request: HandshakeRecord,
): Promise<HandshakeRecord> {
  const nowMs = kernel.clock.now();
  if (stateOf(request, nowMs) === 'REQUESTED')
    throw new InvalidHandshakeTransitionException(
      text('The handshake can be accepted only after all invited accounts have approved it.'),
    );
  const ended = endHandshake(tx, request, 'ACCEPTED', nowMs);
  const before = (await tx.get(states, [request.organization]))!;
  const organization = { ...before, featureSet: 'ALL' as const, policyTypes: ['SERVICE_CONTROL_POLICY' as const] };
  tx.put(states, [organization.id], organization);
  const { id, managementAccount } = organization;
  tx.put(organizations, [id], { id, managementAccount, serviceControl: true });
  const now = { ms: nowMs, order: kernel.ids.sortable(nowMs) };
  for (const target of await allTargets(tx, organization)) {
    await attachInitially(tx, organization, target, now);
    if ((await tx.get(organizationNodes, [target]))?.type === 'ACCOUNT')
      await makeLinkedRole({ tx, ids: kernel.ids, nowMs, partition: organization.partition }, target);
  }
  await touch(tx);
  return ended;
}
