import type { Kernel } from '../../kernel/kernel.ts';
import type { Reader, Transaction } from '../../kernel/store/store.ts';
import type { Interest } from '../../kernel/trail/outbox.ts';
import { SERVICE } from './names.ts';
import { eventDataStores, trails, type EventDataStore, type Trail } from './records.ts';
import { categoriesOf } from './selectors.ts';

/** The job that takes an account's records to where its trails and event data stores keep them. */
export const DELIVERY_JOB = 'cloudtrail/delivery';

/** The account that keeps trails for a whole organization, and the organization. */
export type OrganizationOf = { id: string; managementAccount: string } | undefined;

/**
 * Tells the kernel's trail what the trails and event data stores of an account ask for, in the transaction that changes them.
 *
 * @param organization the organization that the account manages; asked for before the transaction
 */
export async function tellInterest(
  kernel: Kernel,
  tx: Transaction,
  account: string,
  organization: OrganizationOf,
): Promise<void> {
  // The call that stopped the logging is still wanted.
  const own = (await tx.range(trails, [account]))
    .map(({ value }) => value)
    .filter(({ logging, stoppedBy }) => logging || stoppedBy !== undefined);
  const ingesting = (await tx.range(eventDataStores, [account]))
    .map(({ value }) => value)
    .filter(({ status, stoppedBy }) => status === 'ENABLED' || stoppedBy !== undefined);
  kernel.trail.ask(tx, account, interestOf(own, ingesting));
  if (organization?.managementAccount !== account) return;
  kernel.trail.ask(
    tx,
    organization.id,
    interestOf(
      own.filter((trail) => trail.organization),
      ingesting.filter((store) => store.organization),
    ),
  );
}

function interestOf(own: Trail[], ingesting: EventDataStore[]): Interest | undefined {
  if (own.length === 0 && ingesting.length === 0) return undefined;
  const logging = own.filter((trail) => trail.logging);
  const wantsData = ({ eventSelectors = [], advancedEventSelectors = [] }: Trail) =>
    eventSelectors.some(({ DataResources = [] }) => DataResources.length > 0) ||
    categoriesOf(advancedEventSelectors).has('Data');
  return {
    management: true,
    data: logging.some(wantsData) || ingesting.some(({ selectors }) => categoriesOf(selectors).has('Data')),
    eventsIn: [...new Set(logging.map(({ multiRegion, region }) => (multiRegion ? '*' : region)))],
    jobKind: DELIVERY_JOB,
    service: SERVICE,
  };
}

/** Ends what was kept up for the last call of trails and event data stores that have been stopped: it has been passed on. */
export async function endStopped(kernel: Kernel, account: string): Promise<void> {
  const organization = await kernel.principals.organizationOf(account);
  const now = kernel.clock.now();
  await kernel.store.transact(async (tx) => {
    let ended = false;
    for (const { key, value } of await tx.range(trails, [account])) {
      const { stoppedBy, ...trail } = value;
      if (stoppedBy === undefined || (trail.stoppedAtMs ?? 0) >= now) continue;
      tx.put(trails, key, trail);
      ended = true;
    }
    for (const { key, value } of await tx.range(eventDataStores, [account])) {
      const { stoppedBy, ...store } = value;
      if (stoppedBy === undefined || store.updatedAtMs >= now) continue;
      tx.put(eventDataStores, key, store);
      ended = true;
    }
    if (ended) await tellInterest(kernel, tx, account, organization);
  });
}

/** Everything that may want an account's records: its own, and those of its organization. */
export async function keepersOf(
  reader: Reader,
  account: string,
  organization: OrganizationOf,
): Promise<{ trails: Trail[]; stores: EventDataStore[] }> {
  const read = async (of: string) => ({
    trails: (await reader.range(trails, [of])).map(({ value }) => value),
    stores: (await reader.range(eventDataStores, [of])).map(({ value }) => value),
  });
  const own = await read(account);
  if (!organization || organization.managementAccount === account) return own;
  const common = await read(organization.managementAccount);
  return {
    trails: [...own.trails, ...common.trails.filter((trail) => trail.organization)],
    stores: [...own.stores, ...common.stores.filter((store) => store.organization)],
  };
}
