import {
  AccountNotFoundException,
  ChildNotFoundException,
  DestinationParentNotFoundException,
  DuplicateAccountException,
  SourceParentNotFoundException,
  type Account,
} from '@aws-sdk/client-organizations';
import type { Handlers } from '../../kernel/service.ts';
import type { Reader } from '../../kernel/store/store.ts';
import { accountArn } from './arns.ts';
import { membershipOf, openOrganization } from './callers.ts';
import { notInUse, text } from './errors.ts';
import { checkMayLeave, depart } from './membership.ts';
import { pageOf, pageOfList } from './paging.ts';
import { profileOf } from './profiles.ts';
import { children, members, type Member, type OrganizationState } from './records.ts';
import { chainOf, moveNode, nodeOf, parentOf, pathOf } from './tree.ts';
import { parentNotFound } from './units.ts';

type Organizations = Handlers<typeof import('@aws-sdk/client-organizations')>;

const notFound = () => new AccountNotFoundException(text("You specified an account that doesn't exist."));

/** A member of the organization. Throws AccountNotFoundException. */
export async function findMember(reader: Reader, organization: OrganizationState, account: string): Promise<Member> {
  const member = await reader.get(members, [organization.id, account]);
  if (!member) throw notFound();
  return member;
}

/** An account as the API shows it. */
export async function describeAccount(
  reader: Reader,
  organization: OrganizationState,
  member: Member,
): Promise<Account> {
  const { name, email } = await profileOf(reader, member.account);
  const node = (await nodeOf(reader, organization, member.account))!;
  const state = member.closing ?? 'ACTIVE';
  return {
    Id: member.account,
    Arn: accountArn(organization, member.account),
    Email: email,
    Name: name,
    Status: state,
    State: state,
    Paths: [await pathOf(reader, node)],
    JoinedMethod: member.joinedMethod,
    JoinedTimestamp: new Date(member.joinedAtMs),
  };
}

export const DescribeAccount: Organizations['DescribeAccount'] = async (call, input) => {
  const organization = await openOrganization(call);
  const member = await findMember(call.kernel.store, organization, input.AccountId!);
  return { Account: await describeAccount(call.kernel.store, organization, member) };
};

export const ListAccounts: Organizations['ListAccounts'] = async (call, input) => {
  const { store } = call.kernel;
  const organization = await openOrganization(call);
  const { entries, next } = await pageOf(store, members, [organization.id], input);
  return {
    Accounts: await Promise.all(entries.map(({ value }) => describeAccount(store, organization, value))),
    ...next,
  };
};

/** The accounts directly in a root or unit. */
export const ListAccountsForParent: Organizations['ListAccountsForParent'] = async (call, input) => {
  const { store } = call.kernel;
  const organization = await openOrganization(call);
  const parent = await parentOf(store, organization, input.ParentId!);
  if (!parent) throw parentNotFound();
  const { entries, next } = await pageOf(store, children, [parent.id, 'ACCOUNT'], input);
  const found = await Promise.all(entries.map(({ key }) => store.get(members, [organization.id, key[2]!])));
  const listed = found.filter((member) => member !== undefined);
  return { Accounts: await Promise.all(listed.map((member) => describeAccount(store, organization, member))), ...next };
};

/** Ids of what is directly in a root or unit. */
export const ListChildren: Organizations['ListChildren'] = async (call, input) => {
  const { store } = call.kernel;
  const organization = await openOrganization(call);
  const parent = await parentOf(store, organization, input.ParentId!);
  if (!parent) throw parentNotFound();
  const { entries, next } = await pageOf(store, children, [parent.id, input.ChildType!], input);
  return { Children: entries.map(({ key }) => ({ Id: key[2] as string, Type: input.ChildType! })), ...next };
};

/** The one parent of a unit or account. */
export const ListParents: Organizations['ListParents'] = async (call, input) => {
  const { store } = call.kernel;
  const organization = await openOrganization(call);
  const node = await nodeOf(store, organization, input.ChildId!);
  if (!node || node.parent === undefined)
    throw new ChildNotFoundException(text("You specified a child that doesn't exist."));
  const parent = (await chainOf(store, node)).at(-2)!;
  const list = [{ Id: parent.id, Type: parent.type === 'ROOT' ? ('ROOT' as const) : ('ORGANIZATIONAL_UNIT' as const) }];
  const { items, next } = pageOfList(list, input);
  return { Parents: items, ...next };
};

/** Moves an account from where it is to another root or unit; from the next call on, the policies there bear on it. */
export const MoveAccount: Organizations['MoveAccount'] = async (call, input) => {
  await call.kernel.store.transact(async (tx) => {
    const organization = await openOrganization(call, tx);
    await findMember(tx, organization, input.AccountId!);
    const node = (await nodeOf(tx, organization, input.AccountId!))!;
    const source = await parentOf(tx, organization, input.SourceParentId!);
    if (!source || node.parent !== source.id)
      throw new SourceParentNotFoundException(text("You specified a source parent that doesn't exist."));
    const destination = await parentOf(tx, organization, input.DestinationParentId!);
    if (!destination)
      throw new DestinationParentNotFoundException(text("You specified a destination parent that doesn't exist."));
    if (destination.id === node.parent)
      throw new DuplicateAccountException(text('That account is already present in the specified destination.'));
    await moveNode(tx, node, destination.id);
  });
  return {};
};

/** Makes a member a stand-alone account. */
export const RemoveAccountFromOrganization: Organizations['RemoveAccountFromOrganization'] = async (call, input) => {
  const { kernel } = call;
  await kernel.store.transact(async (tx) => {
    const organization = await openOrganization(call, tx);
    const member = await findMember(tx, organization, input.AccountId!);
    await checkMayLeave(tx, organization, member, kernel.clock.now());
    await depart(kernel, tx, organization, member.account, 'REMOVED');
  });
  return {};
};

/** Makes the caller's own account a stand-alone one. */
export const LeaveOrganization: Organizations['LeaveOrganization'] = async (call) => {
  const { kernel } = call;
  await kernel.store.transact(async (tx) => {
    const found = await membershipOf(tx, call.account);
    if (!found) throw notInUse();
    await checkMayLeave(tx, found.organization, found.member, kernel.clock.now());
    await depart(kernel, tx, found.organization, call.account, 'LEFT');
  });
  return {};
};
