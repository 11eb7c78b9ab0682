import type { Call } from '../../kernel/call.ts';
import type { Handlers } from '../../kernel/service.ts';
import type { Reader } from '../../kernel/store/store.ts';
import { fault } from './errors.ts';
import { RESOURCE_POLICY_LENGTH_MAX } from './limits.ts';
import { openEventDataStore } from './names.ts';
import { eventDataStores, type EventDataStore } from './records.ts';

type CloudTrail = Handlers<typeof import('@aws-sdk/client-cloudtrail')>;

/** Policies on event data stores. */
async function open(call: Call, reader: Reader, arn: string): Promise<EventDataStore> {
  if (/^arn:[^:]+:cloudtrail:[^:]*:\d{12}:(channel|dashboard)\//.test(arn))
    throw fault('ResourceNotFoundException', `The resource ${arn} does not exist.`);
  if (!/^arn:[^:]+:cloudtrail:[^:]*:\d{12}:eventdatastore\//.test(arn))
    throw fault('ResourceARNNotValidException', `The resource ARN ${arn} is not valid.`);
  return openEventDataStore(call, reader, arn);
}

function checkPolicy(text: string): void {
  const wrong = (message: string) => fault('ResourcePolicyNotValidException', message);
  if (text.length > RESOURCE_POLICY_LENGTH_MAX) throw wrong('The resource policy is too long.');
  let policy: { Statement?: unknown };
  try {
    policy = JSON.parse(text) as typeof policy;
  } catch {
    throw wrong('The resource policy is not valid JSON.');
  }
  const statements = Array.isArray(policy.Statement) ? policy.Statement : [policy.Statement];
  for (const statement of statements as (Record<string, unknown> | undefined)[]) {
    if (statement?.['Effect'] !== 'Allow' && statement?.['Effect'] !== 'Deny')
      throw wrong('Each statement needs an Effect.');
    if (statement['Principal'] === undefined && statement['NotPrincipal'] === undefined)
      throw wrong('Each statement needs a Principal.');
    const actions = [statement['Action'] ?? statement['NotAction']].flat();
    if (
      actions.length === 0 ||
      actions.some((action) => typeof action !== 'string' || !/^(\*|cloudtrail:.+)$/.test(action))
    )
      throw wrong('Each statement needs actions of CloudTrail.');
  }
}

export const PutResourcePolicy: CloudTrail['PutResourcePolicy'] = async (call, input) => {
  const policy = input.ResourcePolicy!;
  checkPolicy(policy);
  await call.kernel.store.transact(async (tx) => {
    const store = await open(call, tx, input.ResourceArn!);
    tx.put(eventDataStores, [store.account, store.region, store.id], { ...store, policy });
  });
  return { ResourceArn: input.ResourceArn!, ResourcePolicy: policy };
};

export const GetResourcePolicy: CloudTrail['GetResourcePolicy'] = async (call, input) => {
  const { policy } = await open(call, call.kernel.store, input.ResourceArn!);
  if (policy === undefined) throw noPolicy(input.ResourceArn!);
  return { ResourceArn: input.ResourceArn!, ResourcePolicy: policy };
};

export const DeleteResourcePolicy: CloudTrail['DeleteResourcePolicy'] = async (call, input) => {
  await call.kernel.store.transact(async (tx) => {
    const { policy, ...store } = await open(call, tx, input.ResourceArn!);
    if (policy === undefined) throw noPolicy(input.ResourceArn!);
    tx.put(eventDataStores, [store.account, store.region, store.id], store);
  });
  return {};
};

const noPolicy = (arn: string) =>
  fault('ResourcePolicyNotFoundException', `The resource ${arn} has no resource policy.`);
