import type { Call } from '../../kernel/call.ts';
import { accessDenied } from './errors.ts';
import { DAY_MS } from './limits.ts';
import { lockOf } from './lock-state.ts';
import type { Archive, Vault } from './records.ts';
import { isDenied, readPolicy, TAG_KEY } from './vault-policy.ts';

const PRINCIPAL_TYPES = {
  root: 'Account',
  user: 'User',
  'assumed-role': 'AssumedRole',
  'federated-user': 'FederatedUser',
  service: 'AWSService',
  anonymous: 'Anonymous',
};

/**
 * Throws AccessDeniedException when the vault's lock policy or access policy denies the call: these bind the account's root as well.
 * @param archive the one that is meant; its age is `glacier:ArchiveAgeInDays`, in whole days
 */
export function permit(call: Call, vault: Vault, archive?: Archive): void {
  const now = call.kernel.clock.now();
  const lock = lockOf(vault, now);
  const policies = [lock?.policy, vault.accessPolicy].filter((policy) => policy !== undefined);
  if (policies.length === 0) return;
  const action = `glacier:${call.operation}`;
  const context = contextOf(call, vault, archive, now);
  const question = { principal: call.principal, action, resource: vault.arn, context };
  if (policies.some((policy) => isDenied(readPolicy(policy, vault.arn), question))) {
    throw accessDenied(
      `User: ${call.principal.arn} is not authorized to perform: ${action} on resource: ${vault.arn} with an explicit deny in a resource-based policy`,
    );
  }
}

function contextOf(call: Call, vault: Vault, archive: Archive | undefined, now: number) {
  const { principal, source, region } = call;
  const context: Record<string, string | undefined> = {
    'aws:currenttime': new Date(now).toISOString(),
    'aws:epochtime': String(Math.floor(now / 1000)),
    'aws:principalaccount': principal.account,
    'aws:principalarn': principal.type === 'assumed-role' ? principal.roleArn : principal.arn,
    'aws:principaltype': PRINCIPAL_TYPES[principal.type],
    'aws:requestedregion': region,
    'aws:securetransport': String(source.secure),
    'aws:sourceip': source.ip,
    'aws:useragent': source.userAgent,
    'aws:userid': principal.id,
    'aws:username': principal.type === 'user' ? principal.name : undefined,
    'glacier:archiveageindays': archive && String(Math.floor((now - archive.createdAtMs) / DAY_MS)),
  };
  for (const [key, value] of Object.entries(vault.tags)) context[TAG_KEY + key] = value;
  return context;
}
