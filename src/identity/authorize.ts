import type { Call } from '../kernel/call.ts';
import type { Access, Resource } from '../kernel/service.ts';

/**
 * The decision on each call. Until identities other than the account's root can be made, only root has rights: everyone else is
 * implicitly denied, as by an account without policies.
 */
export type Decision = { allowed: boolean; message: string };

export async function authorize(call: Call, access: Access, _resource?: Resource): Promise<Decision> {
  if (call.principal.type === 'root') return { allowed: true, message: '' };
  if (call.principal.type === 'anonymous') return { allowed: false, message: 'Access Denied' };
  const { action, resource } = access;
  const on = resource === '*' ? '' : ` on resource: "${resource}"`;
  return {
    allowed: false,
    message: `User: ${call.principal.arn} is not authorized to perform: ${action}${on} because no identity-based policy allows the ${action} action`,
  };
}
