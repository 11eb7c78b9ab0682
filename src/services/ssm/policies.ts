import {
  IncompatiblePolicyException,
  InvalidPolicyAttributeException,
  InvalidPolicyTypeException,
  PoliciesLimitExceededException,
} from '@aws-sdk/client-ssm';
import type { Kernel } from '../../kernel/kernel.ts';
import type { ServiceJob } from '../../kernel/service.ts';
import type { Transaction } from '../../kernel/store/store.ts';
import { invalid, said } from './errors.ts';
import { publishPolicy } from './events.ts';
import { DAY_MS, HOUR_MS, POLICIES_MAX } from './limits.ts';
import { keyOf } from './names.ts';
import { parameters, type Parameter, type ParameterPolicy } from './records.ts';
import { removeParameter } from './removal.ts';

/** Parameter policies. Source: User Guide, "Assigning parameter policies in Parameter Store". */
export const POLICY_KIND = 'ssm/parameter-policy';

const TYPES = ['Expiration', 'ExpirationNotification', 'NoChangeNotification'] as const;

type Read = ParameterPolicy & { atMs?: number; span?: { count: number; ms: number } };

const badAttribute = (why: string) => new InvalidPolicyAttributeException(said(`Invalid policy attribute: ${why}`));

/** The policies of a request; none for an empty list. Throws the errors that AWS has for them. */
export function readPolicies(text: string, nowMs: number): ParameterPolicy[] {
  const list = parse(text).filter((one) => Object.keys(one).length > 0);
  if (list.length > POLICIES_MAX)
    throw new PoliciesLimitExceededException(
      said(`A parameter can have at most ${POLICIES_MAX} policies; the request has ${list.length}.`),
    );
  const policies = list.map((one) => readOne(one));
  const expirations = policies.filter(({ type }) => type === 'Expiration');
  if (expirations.length > 1)
    throw new IncompatiblePolicyException(said('A parameter can have only one Expiration policy.'));
  const expiresAtMs = expirations[0]?.atMs;
  if (expiresAtMs !== undefined && expiresAtMs <= nowMs)
    throw badAttribute('the Timestamp of an Expiration policy must be in the future.');
  for (const { type } of policies)
    if (type === 'ExpirationNotification' && expiresAtMs === undefined)
      throw new IncompatiblePolicyException(
        said('An ExpirationNotification policy needs an Expiration policy of the same parameter.'),
      );
  return policies.map(({ type, text: own, status }) => ({ type, text: own, status }));
}

function parse(text: string): Record<string, unknown>[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalid('The Policies parameter must be a JSON array of policies.');
  }
  if (!Array.isArray(value) || value.some((one) => typeof one !== 'object' || one === null || Array.isArray(one)))
    throw invalid('The Policies parameter must be a JSON array of policies.');
  return value as Record<string, unknown>[];
}

function readOne(given: Record<string, unknown>): Read {
  const { Type: name, Version: version, Attributes: attributes } = given;
  const type = TYPES.find((one) => one === name);
  if (!type)
    throw new InvalidPolicyTypeException(
      said(
        "The policy type isn't supported. Parameter Store supports the following policy types: Expiration, ExpirationNotification, and NoChangeNotification.",
      ),
    );
  if (version !== '1.0') throw badAttribute('Version must be "1.0".');
  if (typeof attributes !== 'object' || attributes === null) throw badAttribute('Attributes must be an object.');
  const policy = { type, text: JSON.stringify(given), status: 'Pending' as const };
  const found = attributes as Record<string, unknown>;
  if (type === 'Expiration') return { ...policy, atMs: readTime(only(found, ['Timestamp'])['Timestamp']) };
  const when = type === 'ExpirationNotification' ? 'Before' : 'After';
  const span = only(found, [when, 'Unit']);
  return { ...policy, span: { count: readCount(span[when], when), ms: readUnit(span['Unit']) } };
}

function only(attributes: Record<string, unknown>, names: string[]): Record<string, unknown> {
  const other = Object.keys(attributes).find((name) => !names.includes(name));
  if (other !== undefined) throw badAttribute(`${other} is not one of ${names.join(', ')}.`);
  for (const name of names) if (attributes[name] === undefined) throw badAttribute(`${name} is missing.`);
  return attributes;
}

/** ISO 8601, in UTC: `2026-12-02T21:34:33.000Z`, or to the second, or the day alone. */
function readTime(value: unknown): number {
  const isTime =
    typeof value === 'string' &&
    /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}(\.\d{1,3})?(Z|[+-]\d{2}:?\d{2})?)?$/.test(value);
  const ms = isTime ? Date.parse(/T.*\d$/.test(value) && !/[+-]\d{2}:?\d{2}$/.test(value) ? `${value}Z` : value) : NaN;
  if (Number.isNaN(ms)) throw badAttribute('Timestamp must be an ISO 8601 time.');
  return ms;
}

function readCount(value: unknown, name: string): number {
  const count = typeof value === 'string' && /^[1-9]\d{0,5}$/.test(value) ? Number(value) : value;
  if (!Number.isInteger(count) || (count as number) < 1) throw badAttribute(`${name} must be a whole number over 0.`);
  return count as number;
}

function readUnit(value: unknown): number {
  if (value === 'Days') return DAY_MS;
  if (value === 'Hours') return HOUR_MS;
  throw badAttribute('Unit must be Days or Hours.');
}

/** When each policy takes effect, for a parameter whose latest version was made at `modifiedAtMs`. */
function dueTimes(policies: readonly ParameterPolicy[], modifiedAtMs: number): number[] {
  const read = policies.map(({ text }) => readOne(JSON.parse(text) as Record<string, unknown>));
  const expiresAtMs = read.find(({ type }) => type === 'Expiration')?.atMs ?? 0;
  return read.map(({ type, atMs, span }) => {
    if (type === 'Expiration') return atMs!;
    const spanMs = span!.count * span!.ms;
    return type === 'ExpirationNotification' ? expiresAtMs - spanMs : modifiedAtMs + spanMs;
  });
}

type Due = { account: string; region: string; name: string; policiesId: string; index: number };

/**
 * Has the policies of a record that is being written take effect when they are due; those of its earlier version no more. A notification
 * whose time has passed is not sent.
 */
export async function armPolicies(kernel: Kernel, tx: Transaction, parameter: Parameter): Promise<void> {
  await disarmPolicies(kernel, tx, parameter);
  const { account, region, name, policies } = parameter;
  if (!policies || policies.length === 0) return;
  const policiesId = kernel.ids.uuid();
  parameter.policiesId = policiesId;
  const due = dueTimes(policies, parameter.latest.modifiedAtMs);
  for (const [index, policy] of policies.entries()) {
    if (policy.type !== 'NoChangeNotification' && policy.status === 'Finished') continue;
    if (policy.type === 'NoChangeNotification') policy.status = 'Pending';
    if (policy.type === 'ExpirationNotification' && due[index]! < kernel.clock.now()) continue;
    const input: Due = { account, region, name, policiesId, index };
    await kernel.jobs.submit(tx, { kind: POLICY_KIND, id: jobId(policiesId, index), input, runAtMs: due[index]! });
  }
}

const jobId = (policiesId: string, index: number) => `${policiesId}-${index}`;

export async function disarmPolicies(kernel: Kernel, tx: Transaction, parameter: Parameter): Promise<void> {
  if (parameter.policiesId === undefined) return;
  for (let index = 0; index < POLICIES_MAX; index++)
    await kernel.jobs.remove(tx, POLICY_KIND, jobId(parameter.policiesId, index));
  delete parameter.policiesId;
}

/** One policy takes effect. */
export const policyJob: ServiceJob<Due> = {
  run: ({ job, kernel }) =>
    kernel.store.transact(async (tx) => {
      const { account, region, name, policiesId, index } = job.input;
      const parameter = await tx.get(parameters, [account, region, name]);
      const policy = parameter?.policies?.[index];
      if (!parameter || parameter.policiesId !== policiesId || !policy) return { applied: false };
      publishPolicy(kernel, tx, parameter, policy);
      if (policy.type === 'Expiration') {
        await disarmPolicies(kernel, tx, parameter);
        await removeParameter(kernel, tx, parameter);
      } else {
        policy.status = 'Finished';
        tx.put(parameters, keyOf(parameter, name), parameter);
      }
      return { applied: true };
    }),
};
