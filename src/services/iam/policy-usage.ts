import type { Call } from '../../kernel/call.ts';
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

/** By ARN; policies that nobody has are not in it. */
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
