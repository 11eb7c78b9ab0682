import type { Call } from '../kernel/call.ts';
import type { Access } from '../kernel/service.ts';

/**
 * The decision on each call. Until identities other than the account's root can be made, only root has rights: everyone else is
 * implicitly denied, as by an account without policies.
 */
export type Decision = { allowed: true } | { allowed: false; message: string };

export function authorize(call: Call, access: Access[]): Decision {
  if (call.principal.type === 'root') return { allowed: true };
  if (call.principal.type === 'anonymous') return { allowed: false, message: 'Access Denied' };
  const { action, resource } = access[0] ?? { action: `${call.service}:${call.operation}`, resource: '*' };
  const on = resource === '*' ? '' : ` on resource: "${resource}"`;
  return {
    allowed: false,
    message: `User: ${call.principal.arn} is not authorized to perform: ${action}${on} because no identity-based policy allows the ${action} action`,
  };
}
