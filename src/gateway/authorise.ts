import { authorize, type Decision } from '../identity/authorize.ts';
import type { Call } from '../kernel/call.ts';
import { AwsError } from '../kernel/errors.ts';
import type { FederatedSignIn } from '../kernel/principals/principal.ts';
import { authorizationPurpose, seal } from '../kernel/seal.ts';
import type { Access } from '../kernel/access.ts';
import type { Exchange, Step } from './exchange.ts';
import type { House } from './house.ts';

/** May they? Every permission that the operation asks for must be given. */
export function authorise(house: House): Step {
  return async (exchange) => {
    const { service, operation, call, input } = exchange;
    const bearer = exchange.auth?.bearer;
    // Source: Bedrock User Guide, "Control permissions for generating and using Amazon Bedrock API keys".
    if (bearer)
      await requireAccess(house, exchange, {
        action: 'bedrock:CallWithBearerToken',
        resource: '*',
        keys: { 'bedrock:bearertokentype': bearer },
      });
    if (exchange.web || operation!.anonymous || service!.definition?.neverDenied?.has(operation!.name)) return;
    const asks = (service!.definition?.access as Record<string, Ask> | undefined)?.[operation!.name];
    const access = (await asks?.(call!, input)) ?? [
      { action: `${service!.entry.iamPrefix}:${operation!.name}`, resource: '*' },
    ];
    for (const one of access) {
      try {
        await requireAccess(house, exchange, one);
      } catch (error) {
        await allowAbsent(house, exchange, one, error);
      }
    }
  };
}

/**
 * A rule may answer for what is not here: from a cassette, or from AWS. So what the service says of a resource's absence waits until no rule
 * has, if the caller's own policies let them ask; else it is thrown at once, as ever.
 */
async function allowAbsent(house: House, exchange: Exchange, access: Access, error: unknown): Promise<void> {
  if (typeof error !== 'object' || error === null || (decisions.has(error) && !ofMissing.has(error))) throw error;
  const { call, input } = exchange;
  if (!(await authorize(call!, access, undefined, input)).allowed) throw error;
  house.decided?.(access);
  exchange.absent ??= error;
}

/**
 * Asks what an operation would ask as it works: a rule answers in its place. Of what is not here only the caller's own policies are asked, as
 * before operations.
 */
export async function requireWithin(house: House, exchange: Exchange): Promise<void> {
  const { service, operation, call, input } = exchange;
  const ask = (service!.definition?.asks as Record<string, Within> | undefined)?.[operation!.name];
  if (!ask) return;
  const require: Call['require'] = (access, as) =>
    requireAccess(house, exchange, access, as).catch((error: unknown) => allowAbsent(house, exchange, access, error));
  await ask(Object.create(call!, { require: { value: require } }) as Call, input);
}

type Within = (call: Call, input: unknown) => Promise<void>;
type Ask = (call: Call, input: unknown) => Access[] | Promise<Access[]>;

/** Rejects with the service's access-denied error unless the caller may. */
export async function requireAccess(
  house: House,
  exchange: Exchange,
  access: Access,
  as?: FederatedSignIn,
): Promise<void> {
  const { service, call, input } = exchange;
  const resource = await service!.definition?.resource?.(call!, access);
  noteAccess(exchange, access, resource?.owner);
  const decision = await authorize(call!, access, resource, input, as);
  house.decided?.(access);
  call!.kernel.reasons.note(exchange.requestId, decision);
  if (decision.allowed) return;
  const error = await denied(exchange, decision);
  if (resource?.missing) ofMissing.add(error);
  throw error;
}

/** The sealed reasoning goes in this header, and where AWS puts it into the message there too. */
const ENCODED_HEADER = 'x-outcrop-authorization-message';

/** Why a call was denied, by the error that says so. */
const decisions = new WeakMap<object, Decision>();
/** Those that were denied on a resource that is not here. */
const ofMissing = new WeakSet<object>();

/** Puts the sealed reasoning on the answer to a call that ends in a denial. Of what an operation asked and went on without, none is sealed. */
export async function encodeDenial({ call, extraHeaders }: Exchange, error: unknown): Promise<void> {
  const decision = typeof error === 'object' && error !== null ? decisions.get(error) : undefined;
  if (decision && call) extraHeaders[ENCODED_HEADER] = await encoded(call, decision);
}

const encoded = (call: Call, decision: Decision) =>
  seal(call.kernel, authorizationPurpose(decision.owner), decodedMessage(call, decision));

async function denied(exchange: Exchange, decision: Decision): Promise<AwsError> {
  const error = await denial(exchange, decision);
  decisions.set(error, decision);
  return error;
}

async function denial({ service, call }: Exchange, decision: Decision): Promise<AwsError> {
  const { protocol, sdk } = service!.model;
  if (sdk === 's3') {
    // S3 tells its reasons within an account only.
    const told = decision.within && call!.principal.type !== 'anonymous';
    return new AwsError('AccessDenied', told ? decision.message : 'Access Denied', 403);
  }
  if (protocol === 'ec2')
    return new AwsError(
      'UnauthorizedOperation',
      `You are not authorized to perform this operation. ${decision.message}. Encoded authorization failure message: ${await encoded(call!, decision)}`,
      403,
    );
  if (protocol === 'query') return new AwsError('AccessDenied', decision.message, 403);
  return new AwsError('AccessDeniedException', decision.message, protocol.startsWith('json') ? 400 : 403);
}

/** Characters of the message, so that its sealed form fits into a header that clients read: Node.js stops at 16 KiB of all headers. */
const MESSAGE_MAX = 6_000;

/**
 * What `sts:DecodeAuthorizationMessage` opens, as JSON; where it is too long, without values of conditions, then without statements.
 * Source: STS API Reference, DecodeAuthorizationMessage.
 */
function decodedMessage(call: Call, decision: Decision): string {
  const message = readable(call, decision);
  const { context, matchedStatements } = message;
  for (const shorter of [
    message,
    { ...message, context: { ...context, conditions: { items: [] } } },
    {
      ...message,
      context: { ...context, conditions: { items: [] } },
      matchedStatements: { items: matchedStatements.items.slice(0, STATEMENTS_MAX) },
    },
  ]) {
    const text = JSON.stringify(shorter);
    if (text.length <= MESSAGE_MAX) return text;
  }
  const { principal, action } = context;
  return JSON.stringify({
    allowed: message.allowed,
    explicitDeny: message.explicitDeny,
    matchedStatements: { items: [] },
    failures: { items: [] },
    context: { principal, action, resource: context.resource.slice(0, RESOURCE_MAX), conditions: { items: [] } },
  });
}

const STATEMENTS_MAX = 10;
const RESOURCE_MAX = 2_048;

function readable(call: Call, decision: Decision) {
  const { action, resource, allowed, explicit, policies, context } = decision.explain();
  const matched = policies.flatMap(({ id, statements }) =>
    statements
      .filter(({ applies, effect }) => applies && effect === 'Deny')
      .map(({ sid, effect }) => ({ statementId: sid ?? '', effect: effect.toUpperCase(), sourcePolicyId: id })),
  );
  return {
    allowed,
    explicitDeny: explicit,
    matchedStatements: { items: matched },
    failures: { items: [] },
    context: {
      principal: { id: call.principal.id, arn: call.principal.arn },
      action,
      resource,
      conditions: {
        items: Object.entries(context)
          .filter(([, value]) => value !== null)
          .map(([key, value]) => ({ key, values: { items: [value].flat().map((one) => ({ value: one })) } })),
      },
    },
  };
}

/** Permissions that a call is known for having asked: each of a batch is one. */
const ACCESS_MAX = 100;

function noteAccess(exchange: Exchange, access: Access, owner: string | undefined): void {
  const asked = (exchange.access ??= []);
  if (asked.length < ACCESS_MAX) asked.push(access);
  if (owner !== undefined) (exchange.owners ??= new Set()).add(owner);
}
