import { DuplicateHandshakeException, HandshakeNotFoundException, type Handshake } from '@aws-sdk/client-organizations';
import type { Call } from '../../kernel/call.ts';
import type { Handlers } from '../../kernel/service.ts';
import type { Reader, Transaction } from '../../kernel/store/store.ts';
import { membershipOf, openOrganization } from './callers.ts';
import { accessDenied, badPattern, handshakeConstraint, invalidInput, text } from './errors.ts';
import { approve, enableAllFeatures } from './features.ts';
import {
  describeHandshake,
  endHandshake,
  isOpen,
  isShown,
  listHandshakes,
  newHandshake,
  sendHandshake,
  stateOf,
} from './handshake.ts';
import { ACCOUNTS_MAX, DAY_MS, HANDSHAKES_PER_DAY_MAX, INVITATION_DAYS } from './limits.ts';
import { allowLinkedRole } from './linked-role.ts';
import { checkMayLeave, depart, join } from './membership.ts';
import { pageOfList } from './paging.ts';
import { accountOfEmail, profileOf } from './profiles.ts';
import { handshakes, handshakesReceived, handshakesSent, states, type HandshakeRecord } from './records.ts';
import { withTags } from './tags.ts';

type Organizations = Handlers<typeof import('@aws-sdk/client-organizations')>;

const notFound = () => new HandshakeNotFoundException(text("You specified a handshake that doesn't exist."));

/** The names under which an account receives: its id, its address. */
async function addressesOf(reader: Reader, account: string): Promise<string[]> {
  return [account, (await profileOf(reader, account)).email.toLowerCase()];
}

type Role = 'sender' | 'recipient';

/** A handshake of which the caller's account is a party. Throws HandshakeNotFoundException and AccessDeniedException. */
export async function findHandshake(
  call: Call,
  id: string,
  reader: Reader,
): Promise<{ handshake: HandshakeRecord; roles: Set<Role> }> {
  const handshake = await reader.get(handshakes, [id]);
  if (!handshake || !isShown(handshake, call.kernel.clock.now())) throw notFound();
  const roles = new Set<Role>();
  const found = await membershipOf(reader, call.account);
  const isManagement = found?.organization.managementAccount === call.account;
  if (isManagement && found.organization.id === handshake.organization) roles.add('sender');
  if (handshake.target !== undefined && (await addressesOf(reader, call.account)).includes(handshake.target))
    roles.add('recipient');
  if (roles.size === 0) throw accessDenied();
  return { handshake, roles };
}

/** Invites an account, by its id or its address, to become a member. */
export const InviteAccountToOrganization: Organizations['InviteAccountToOrganization'] = async (call, input) => {
  const { kernel } = call;
  const { Id = '', Type } = input.Target ?? {};
  const tags = withTags({}, input.Tags);
  if (Type !== 'ACCOUNT' && Type !== 'EMAIL')
    throw invalidInput(
      'INVALID_PARTY_TYPE_TARGET',
      'You specified the wrong type of entity (account, organization, or email) as a party.',
    );
  if (Type === 'ACCOUNT' && !/^\d{12}$/.test(Id)) throw badPattern();
  if (Type === 'EMAIL' && !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(Id))
    throw invalidInput(
      'INVALID_EMAIL_ADDRESS_TARGET',
      'You specified an invalid email address for the invited account owner.',
    );
  const target = Id.toLowerCase();
  const handshake = await kernel.store.transact(async (tx) => {
    const organization = await openOrganization(call, tx);
    const nowMs = kernel.clock.now();
    const account = Type === 'ACCOUNT' ? Id : await accountOfEmail(tx, Id);
    if (account !== undefined && (await membershipOf(tx, account))?.organization.id === organization.id)
      throw handshakeConstraint(
        'ALREADY_IN_AN_ORGANIZATION',
        'The invited account is already a member of an organization.',
      );
    const sent = await listHandshakes(tx, handshakesSent, organization.id);
    const open = sent.filter((one) => one.action === 'INVITE' && isOpen(stateOf(one, nowMs)));
    if (open.some((one) => one.target === target))
      throw new DuplicateHandshakeException(
        text(
          'A handshake with the same action and target already exists. For example, if you invited an account to join your organization, the invited account might already have a pending invitation from this organization.',
        ),
      );
    if (sent.some((one) => one.action === 'ENABLE_ALL_FEATURES' && isOpen(stateOf(one, nowMs))))
      throw handshakeConstraint(
        'INVITE_DISABLED_DURING_ENABLE_ALL_FEATURES',
        "You can't issue new invitations to join an organization while it's in the process of enabling all features.",
      );
    // An open invitation counts as the account that it may bring.
    if (organization.accounts + open.length >= ACCOUNTS_MAX)
      throw handshakeConstraint(
        'ACCOUNT_NUMBER_LIMIT_EXCEEDED',
        'You have exceeded the allowed number of AWS accounts.',
      );
    if (sent.filter(({ requestedAtMs }) => requestedAtMs > nowMs - DAY_MS).length >= HANDSHAKES_PER_DAY_MAX)
      throw handshakeConstraint(
        'HANDSHAKE_RATE_LIMIT_EXCEEDED',
        'You attempted to exceed the number of handshakes that you can send in one day.',
      );
    const { name, email } = await profileOf(tx, organization.managementAccount);
    const made: HandshakeRecord = {
      ...newHandshake(kernel, organization, INVITATION_DAYS),
      action: 'INVITE',
      state: 'OPEN',
      target,
      tags,
      parties: [
        { Id: organization.id, Type: 'ORGANIZATION' },
        { Id, Type },
      ],
      resources: [
        {
          Value: organization.id,
          Type: 'ORGANIZATION',
          Resources: [
            { Value: email, Type: 'MASTER_EMAIL' },
            { Value: name, Type: 'MASTER_NAME' },
            { Value: organization.featureSet, Type: 'ORGANIZATION_FEATURE_SET' },
          ],
        },
        { Value: Id, Type },
        ...(input.Notes === undefined ? [] : [{ Value: input.Notes, Type: 'NOTES' as const }]),
      ],
    };
    await sendHandshake(kernel, tx, made);
    return made;
  });
  return { Handshake: describeHandshake(handshake, kernel.clock.now()) };
};

/** Whoever has all features, or is to have them, has the service-linked role of Organizations. */
async function askForHandshake(call: Call, { action, organization }: HandshakeRecord): Promise<void> {
  const featureSet = (await call.kernel.store.get(states, [organization]))?.featureSet;
  if (action !== 'INVITE' || featureSet === 'ALL') await allowLinkedRole(call);
}

/** Asks what `AcceptHandshake` asks as it works; of a handshake that is not here, all that it could. */
export async function askOfAcceptHandshake(call: Call, input: { HandshakeId: string | undefined }): Promise<void> {
  const found = await findHandshake(call, input.HandshakeId!, call.kernel.store).catch(() => undefined);
  await (found ? askForHandshake(call, found.handshake) : allowLinkedRole(call));
}

/** Answers a handshake with yes: an invited account joins, a member approves all features, the management account switches them on. */
export const AcceptHandshake: Organizations['AcceptHandshake'] = async (call, input) => {
  const { kernel } = call;
  const { handshake: asked } = await findHandshake(call, input.HandshakeId!, kernel.store);
  await askForHandshake(call, asked);
  const ended = await kernel.store.transact(async (tx) => {
    const { handshake, roles } = await findHandshake(call, input.HandshakeId!, tx);
    if (handshake.action === 'ENABLE_ALL_FEATURES') {
      if (!roles.has('sender')) throw accessDenied();
      return enableAllFeatures(kernel, tx, handshake);
    }
    if (!roles.has('recipient')) throw accessDenied();
    const accepted = endHandshake(tx, handshake, 'ACCEPTED', kernel.clock.now());
    if (handshake.action === 'APPROVE_ALL_FEATURES') await approve(tx, handshake, call.account);
    else await acceptInvitation(call, tx, handshake);
    return accepted;
  });
  return { Handshake: describeHandshake(ended, kernel.clock.now()) };
};

async function acceptInvitation(call: Call, tx: Transaction, handshake: HandshakeRecord): Promise<void> {
  const { kernel } = call;
  const organization = await tx.get(states, [handshake.organization]);
  if (!organization) throw notFound();
  const standing = await membershipOf(tx, call.account);
  if (standing?.organization.id === organization.id)
    throw handshakeConstraint(
      'ALREADY_IN_AN_ORGANIZATION',
      'The invited account is already a member of an organization.',
    );
  if (standing) {
    await checkMayLeave(tx, standing.organization, standing.member, kernel.clock.now());
    await depart(kernel, tx, standing.organization, call.account, 'LEFT');
  }
  if (organization.accounts >= ACCOUNTS_MAX)
    throw handshakeConstraint('ACCOUNT_NUMBER_LIMIT_EXCEEDED', 'You have exceeded the allowed number of AWS accounts.');
  await join(kernel, tx, organization, call.account, 'INVITED', handshake.tags);
}

export const DeclineHandshake: Organizations['DeclineHandshake'] = async (call, input) => {
  const { kernel } = call;
  const nowMs = kernel.clock.now();
  const ended = await kernel.store.transact(async (tx) => {
    const { handshake, roles } = await findHandshake(call, input.HandshakeId!, tx);
    if (!roles.has('recipient')) throw accessDenied();
    return endHandshake(tx, handshake, 'DECLINED', nowMs);
  });
  return { Handshake: describeHandshake(ended, nowMs) };
};

export const CancelHandshake: Organizations['CancelHandshake'] = async (call, input) => {
  const { kernel } = call;
  const nowMs = kernel.clock.now();
  const ended = await kernel.store.transact(async (tx) => {
    const { handshake, roles } = await findHandshake(call, input.HandshakeId!, tx);
    if (!roles.has('sender')) throw accessDenied();
    if (handshake.action === 'ENABLE_ALL_FEATURES') await cancelChildren(tx, handshake, nowMs);
    return endHandshake(tx, handshake, 'CANCELED', nowMs);
  });
  return { Handshake: describeHandshake(ended, nowMs) };
};

async function cancelChildren(tx: Transaction, parent: HandshakeRecord, nowMs: number): Promise<void> {
  for (const child of await listHandshakes(tx, handshakesSent, parent.organization))
    if (child.parent === parent.id && isOpen(stateOf(child, nowMs))) endHandshake(tx, child, 'CANCELED', nowMs);
}

export const DescribeHandshake: Organizations['DescribeHandshake'] = async (call, input) => {
  const { handshake } = await findHandshake(call, input.HandshakeId!, call.kernel.store);
  return { Handshake: describeHandshake(handshake, call.kernel.clock.now()) };
};

type Filter = { ActionType?: string | undefined; ParentHandshakeId?: string | undefined } | undefined;

function shown(call: Call, all: HandshakeRecord[], filter: Filter): Handshake[] {
  if (filter?.ActionType !== undefined && filter.ParentHandshakeId !== undefined)
    throw invalidInput('MAX_LIMIT_EXCEEDED_FILTER', 'You can specify only one filter parameter for the operation.');
  const nowMs = call.kernel.clock.now();
  return all
    .filter((one) => isShown(one, nowMs))
    .filter((one) => filter?.ActionType === undefined || one.action === filter.ActionType)
    .filter((one) => filter?.ParentHandshakeId === undefined || one.parent === filter.ParentHandshakeId)
    .sort((a, b) => b.requestedAtMs - a.requestedAtMs || (a.id < b.id ? -1 : 1))
    .map((one) => describeHandshake(one, nowMs));
}

/** Those the account has received; an account that is in no organization may ask, too. */
export const ListHandshakesForAccount: Organizations['ListHandshakesForAccount'] = async (call, input) => {
  const { store } = call.kernel;
  const received = [];
  for (const address of await addressesOf(store, call.account))
    received.push(...(await listHandshakes(store, handshakesReceived, address)));
  const { items, next } = pageOfList(shown(call, received, input.Filter), input);
  return { Handshakes: items, ...next };
};

export const ListHandshakesForOrganization: Organizations['ListHandshakesForOrganization'] = async (call, input) => {
  const organization = await openOrganization(call);
  const sent = await listHandshakes(call.kernel.store, handshakesSent, organization.id);
  const { items, next } = pageOfList(shown(call, sent, input.Filter), input);
  return { Handshakes: items, ...next };
};
