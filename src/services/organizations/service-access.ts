import type { Handlers } from '../../kernel/service.ts';
import { openOrganization } from './callers.ts';
import { constraint, invalidInput } from './errors.ts';
import { needAllFeatures } from './organization.ts';
import { pageOf } from './paging.ts';
import { delegates, trustedServices } from './records.ts';
import { SERVICE_PRINCIPALS } from './service-principals.ts';

type Organizations = Handlers<typeof import('@aws-sdk/client-organizations')>;

export function checkPrincipal(principal: string): void {
  if (!SERVICE_PRINCIPALS.has(principal))
    throw invalidInput('UNRECOGNIZED_SERVICE_PRINCIPAL', "You specified a service principal that isn't recognized.");
}

/** Gives a service trusted access; one that has it keeps it. */
export const EnableAWSServiceAccess: Organizations['EnableAWSServiceAccess'] = async (call, input) => {
  const { kernel } = call;
  await kernel.store.transact(async (tx) => {
    const organization = await openOrganization(call, tx);
    needAllFeatures(organization);
    checkPrincipal(input.ServicePrincipal!);
    const key = [organization.id, input.ServicePrincipal!];
    if ((await tx.get(trustedServices, key)) === undefined) tx.put(trustedServices, key, kernel.clock.now());
  });
  return {};
};

/** Takes trusted access away; that a service has none is no error. */
export const DisableAWSServiceAccess: Organizations['DisableAWSServiceAccess'] = async (call, input) => {
  await call.kernel.store.transact(async (tx) => {
    const organization = await openOrganization(call, tx);
    needAllFeatures(organization);
    checkPrincipal(input.ServicePrincipal!);
    const key = [organization.id, input.ServicePrincipal!];
    if ((await tx.range(delegates, key, { limit: 1 })).length > 0)
      throw constraint(
        'CANNOT_REMOVE_DELEGATED_ADMINISTRATOR_FROM_ORG',
        'You must deregister all delegated administrators of the service before you disable its access.',
      );
    tx.delete(trustedServices, key);
  });
  return {};
};

export const ListAWSServiceAccessForOrganization: Organizations['ListAWSServiceAccessForOrganization'] = async (
  call,
  input,
) => {
  const organization = await openOrganization(call);
  needAllFeatures(organization);
  const { entries, next } = await pageOf(call.kernel.store, trustedServices, [organization.id], input);
  return {
    EnabledServicePrincipals: entries.map(({ key, value }) => ({
      ServicePrincipal: key[1] as string,
      DateEnabled: new Date(value),
    })),
    ...next,
  };
};
