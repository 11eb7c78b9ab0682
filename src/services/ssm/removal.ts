import type { Kernel } from '../../kernel/kernel.ts';
import type { Transaction } from '../../kernel/store/store.ts';
import { publishChange } from './events.ts';
import { VERSIONS_MAX } from './limits.ts';
import { keyOf } from './names.ts';
import { counts, parameters, versions, type Parameter, type Tier } from './records.ts';

const NONE: Record<Tier, number> = { Standard: 0, Advanced: 0 };

export const countsOf = async (tx: Transaction, { account, region }: { account: string; region: string }) =>
  (await tx.get(counts, [account, region])) ?? NONE;

/** Removes a parameter with all of its versions, and tells so. */
export async function removeParameter(kernel: Kernel, tx: Transaction, parameter: Parameter): Promise<void> {
  const key = keyOf(parameter, parameter.name);
  for (const { key: one } of await tx.range(versions, key, { limit: 2 * VERSIONS_MAX })) tx.delete(versions, one);
  tx.delete(parameters, key);
  const standing = await countsOf(tx, parameter);
  const { tier } = parameter.latest;
  tx.put(counts, [parameter.account, parameter.region], { ...standing, [tier]: Math.max(0, standing[tier] - 1) });
  publishChange(kernel, tx, parameter, 'Delete');
}
