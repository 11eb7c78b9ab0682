import type { Handlers } from '../../kernel/service.ts';
import { limitExceeded } from './errors.ts';
import { CAPACITY_UNITS_MAX } from './limits.ts';
import { capacityUnits } from './records.ts';
import { checkAccount } from './vaults.ts';

type Glacier = Handlers<typeof import('@aws-sdk/client-glacier')>;

const CAPACITY_ID_LENGTH = 24;

/** Buys a unit of Expedited retrieval for a month. */
export const PurchaseProvisionedCapacity: Glacier['PurchaseProvisionedCapacity'] = async (call, input) => {
  checkAccount(call, input.accountId);
  const { ids, clock, store } = call.kernel;
  const capacityId = ids.text(CAPACITY_ID_LENGTH);
  const startMs = clock.now();
  const prefix = [call.account, call.region];
  await store.transact(async (tx) => {
    const units = await tx.range(capacityUnits, prefix, { limit: CAPACITY_UNITS_MAX + 1 });
    const past = units.filter(({ value }) => value.expiresAtMs <= startMs);
    for (const { key } of past) tx.delete(capacityUnits, key);
    if (units.length - past.length >= CAPACITY_UNITS_MAX)
      throw limitExceeded(`An account has at most ${CAPACITY_UNITS_MAX} provisioned capacity units`);
    tx.put(capacityUnits, [...prefix, capacityId], { startMs, expiresAtMs: aMonthAfter(startMs) });
  });
  call.meter({ type: 'ProvisionedCapacity', quantity: 1, unit: 'units' });
  return { capacityId };
};

export const ListProvisionedCapacity: Glacier['ListProvisionedCapacity'] = async (call, input) => {
  checkAccount(call, input.accountId);
  const now = call.kernel.clock.now();
  const units = await call.kernel.store.range(capacityUnits, [call.account, call.region]);
  return {
    ProvisionedCapacityList: units
      .filter(({ value }) => value.expiresAtMs > now)
      .map(({ key, value }) => ({
        CapacityId: key.at(-1) as string,
        StartDate: new Date(value.startMs).toISOString(),
        ExpirationDate: new Date(value.expiresAtMs).toISOString(),
      })),
  };
};

/** The same day of the next month, or its last day when it has none such. Source: API Reference, Purchase Provisioned Capacity. */
export function aMonthAfter(ms: number): number {
  const date = new Date(ms);
  const lastDay = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 2, 0)).getUTCDate();
  const day = Math.min(date.getUTCDate(), lastDay);
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() + 1);
  date.setUTCDate(day);
  return date.getTime();
}
