import { AccountAlreadyRegisteredException, AccountNotRegisteredException } from '@aws-sdk/client-organizations';
import type { Handlers } from '../../kernel/service.ts';
import { describeAccount, findMember } from './accounts.ts';
import { openOrganization } from './callers.ts';
import { constraint, invalidInput, text } from './errors.ts';
import { needAllFeatures } from './organization.ts';
import { pageOf, pageOfList } from './paging.ts';
import { delegates, delegations, members, trustedServices } from './records.ts';
import { checkPrincipal } from './service-access.ts';
import { SERVICE_PRINCIPALS } from './service-principals.ts';

type Organizations = Handlers<typeof import('@aws-sdk/client-organizations')>;

const DELEGATIONS_LISTED_MAX = 5_000;

/** Makes a member the administrator of a service, which also lets it read the organization. */
export const RegisterDelegatedAdministrator: Organizations['RegisterDelegatedAdministrator'] = async (call, input) => {
  const { kernel } = call;
  const account = input.AccountId!;
  const principal = input.ServicePrincipal!;
  await kernel.store.transact(async (tx) => {
    const organization = await openOrganization(call, tx);
    needAllFeatures(organization);
    checkPrincipal(principal);
    const supported = SERVICE_PRINCIPALS.get(principal)!;
    if (supported === false)
      throw invalidInput(
        'UNRECOGNIZED_SERVICE_PRINCIPAL',
        "You specified a service that doesn't support delegated administrators.",
      );
    const member = await findMember(tx, organization, account);
    if (account === organization.managementAccount)
      throw constraint(
        'CANNOT_REGISTER_MASTER_AS_DELEGATED_ADMINISTRATOR',
        'You cannot register master account/yourself as delegated administrator for your organization.',
      );
    if (member.closing !== undefined)
      throw constraint(
        'CANNOT_REGISTER_SUSPENDED_ACCOUNT_AS_DELEGATED_ADMINISTRATOR',
        'You cannot register a suspended account as a delegated administrator.',
      );
    if ((await tx.get(trustedServices, [organization.id, principal])) === undefined)
      throw constraint(
        'SERVICE_ACCESS_NOT_ENABLED',
        'You must enable service access for the service principal before you register a delegated administrator.',
      );
    if ((await tx.get(delegations, [organization.id, account, principal])) !== undefined)
      throw new AccountAlreadyRegisteredException(
        text('The provided account is already a delegated administrator for your organization.'),
      );
    const standing = await tx.range(delegates, [organization.id, principal]);
    if (supported === 1 && standing.length > 0)
      throw constraint(
        'DELEGATED_ADMINISTRATOR_EXISTS_FOR_THIS_SERVICE',
        'You attempted to register an account as a delegated administrator for a service that already has a delegated administrator.',
      );
    if (typeof supported === 'number' && standing.length >= supported)
      throw constraint(
        'MAX_DELEGATED_ADMINISTRATORS_FOR_SERVICE_LIMIT_EXCEEDED',
        'You attempted to register more delegated administrators than allowed for the service principal.',
      );
    tx.put(delegations, [organization.id, account, principal], kernel.clock.now());
    tx.put(delegates, [organization.id, principal, account], true);
  });
  return {};
};

export const DeregisterDelegatedAdministrator: Organizations['DeregisterDelegatedAdministrator'] = async (
  call,
  input,
) => {
  await call.kernel.store.transact(async (tx) => {
    const organization = await openOrganization(call, tx);
    checkPrincipal(input.ServicePrincipal!);
    await findMember(tx, organization, input.AccountId!);
    const key = [organization.id, input.AccountId!, input.ServicePrincipal!];
    if ((await tx.get(delegations, key)) === undefined) throw notRegistered();
    tx.delete(delegations, key);
    tx.delete(delegates, [organization.id, input.ServicePrincipal!, input.AccountId!]);
  });
  return {};
};

const notRegistered = () =>
  new AccountNotRegisteredException(
    text('The provided account is not a registered delegated administrator for your organization.'),
  );

/** Delegated administrators of a service, or of any; each account once, with the time it first became one. */
export const ListDelegatedAdministrators: Organizations['ListDelegatedAdministrators'] = async (call, input) => {
  const { store } = call.kernel;
  const organization = await openOrganization(call);
  needAllFeatures(organization);
  const all = await store.range(delegations, [organization.id], { limit: DELEGATIONS_LISTED_MAX });
  const since = new Map<string, number>();
  for (const { key, value } of all) {
    const [, account, principal] = key as [string, string, string];
    if (input.ServicePrincipal !== undefined && principal !== input.ServicePrincipal) continue;
    since.set(account, Math.min(value, since.get(account) ?? value));
  }
  const { items, next } = pageOfList([...since], input);
  const listed = await Promise.all(
    items.map(async ([account, sinceMs]) => {
      const member = (await store.get(members, [organization.id, account]))!;
      const { Paths: _paths, ...described } = await describeAccount(store, organization, member);
      return { ...described, DelegationEnabledDate: new Date(sinceMs) };
    }),
  );
  return { DelegatedAdministrators: listed, ...next };
};

/** The services that an account administers. */
export const ListDelegatedServicesForAccount: Organizations['ListDelegatedServicesForAccount'] = async (
  call,
  input,
) => {
  const { store } = call.kernel;
  const organization = await openOrganization(call);
  needAllFeatures(organization);
  await findMember(store, organization, input.AccountId!);
  const { entries, next } = await pageOf(store, delegations, [organization.id, input.AccountId!], input);
  if (entries.length === 0 && input.NextToken === undefined) throw notRegistered();
  return {
    DelegatedServices: entries.map(({ key, value }) => ({
      ServicePrincipal: key[2] as string,
      DelegationEnabledDate: new Date(value),
    })),
    ...next,
  };
};
