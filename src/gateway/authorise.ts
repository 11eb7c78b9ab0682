import { authorize, type Decision } from '../identity/authorize.ts';
import { AwsError } from '../kernel/errors.ts';
import { seal } from '../kernel/seal.ts';
import type { Access } from '../kernel/service.ts';
import type { Exchange, Step } from './exchange.ts';

/** May they? Every permission that the operation asks for must be given. */
export const authorise: Step = async (exchange) => {
  const { service, operation, call, input } = exchange;
  if (exchange.web || operation!.anonymous || service!.definition?.neverDenied?.has(operation!.name)) return;
  const asks = (service!.definition?.access as Record<string, Ask> | undefined)?.[operation!.name];
  const access = (await asks?.(call!, input)) ?? [
    { action: `${service!.entry.iamPrefix}:${operation!.name}`, resource: '*' },
  ];
  for (const one of access) await requireAccess(exchange, one);
};

type Ask = (call: unknown, input: unknown) => Access[] | Promise<Access[]>;

/** Rejects with the service's access-denied error unless the caller may. */
export async function requireAccess(exchange: Exchange, access: Access): Promise<void> {
  const { service, call } = exchange;
  const resource = await service!.definition?.resource?.(call!, access);
  const decision = await authorize(call!, access, resource);
  if (!decision.allowed) throw await denied(exchange, access, decision);
}

async function denied(exchange: Exchange, access: Access, decision: Decision): Promise<AwsError> {
  const { service, call } = exchange;
  const name =
    service!.model.protocol === 'query' || service!.model.sdk === 's3' ? 'AccessDenied' : 'AccessDeniedException';
  // EC2 and the like hand out the reasoning sealed; DecodeAuthorizationMessage opens it for those who may.
  const encoded =
    service!.model.protocol === 'ec2'
      ? ` Encoded authorization failure message: ${await seal(call!.kernel, 'authorization', JSON.stringify({ allowed: false, context: { principal: { arn: call!.principal.arn }, access } }))}`
      : '';
  return new AwsError(name, decision.message + encoded, 403);
}
