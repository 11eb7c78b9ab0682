import type { Call } from '../../kernel/call.ts';
import type { Principals } from '../../kernel/principals/principals.ts';
import { groups, roles, users } from '../../kernel/principals/records.ts';
import { TRANSACTION_RANGE_MAX, type Reader } from '../../kernel/store/store.ts';

/** How many have a policy attached, and how many are bounded by it. */
export type Usage = { attached: number; boundary: number };
export const NO_USE: Usage = { attached: 0, boundary: 0 };

/** All users, groups and roles of the account: who has which policy only they say. */
export async function identitiesOf(call: Pick<Call, 'account'>, reader: Reader) {
  const options = { limit: TRANSACTION_RANGE_MAX };
  const [inUsers, inGroups, inRoles] = await Promise.all([
    reader.range(users, [call.account], options),
    reader.range(groups, [call.account], options),
    reader.range(roles, [call.account], options),
  ]);
  return {
    users: inUsers.map(({ value }) => value),
    groups: inGroups.map(({ value }) => value),
    roles: inRoles.map(({ value }) => value),
  };
}

/** Counted as of which generation of the principals, by account. */
const countedByStack = new WeakMap<Principals, Map<string, { generation: number; usage: Map<string, Usage> }>>();
const COUNTED_MAX = 100;

/** By ARN, as of now: counted anew when an identity has changed. Policies that nobody has are not in it. */
export async function usageNow(call: Call): Promise<ReadonlyMap<string, Usage>> {
  const { principals, store } = call.kernel;
  let counted = countedByStack.get(principals);
  if (!counted) countedByStack.set(principals, (counted = new Map()));
  const generation = await principals.generation();
  const known = counted.get(call.account);
  if (known?.generation === generation) return known.usage;
  const usage = await usageOf(call, store);
  counted.delete(call.account);
  counted.set(call.account, { generation, usage });
  if (counted.size > COUNTED_MAX) counted.delete(counted.keys().next().value!);
  return usage;
}

/** The same, by what a transaction sees. */
export async function usageOf(call: Call, reader: Reader): Promise<Map<string, Usage>> {
  const found = await identitiesOf(call, reader);
  const usage = new Map<string, Usage>();
  const add = (arn: string, kind: keyof Usage) => {
    const one = usage.get(arn) ?? { ...NO_USE };
    one[kind]++;
    usage.set(arn, one);
  };
  for (const { attached } of [...found.users, ...found.groups, ...found.roles])
    for (const arn of attached) add(arn, 'attached');
  for (const { boundary } of [...found.users, ...found.roles]) if (boundary !== undefined) add(boundary, 'boundary');
  return usage;
}
