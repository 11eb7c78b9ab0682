import type { Kernel } from '../../kernel/kernel.ts';
import type { Transaction } from '../../kernel/store/store.ts';
import { DAY_MS, STORE_EVENTS_MAX } from './limits.ts';
import { storedCounts, storedEvents, storedTotals, type EventDataStore, type StoredEvent } from './records.ts';

/** Entries that one writing looks at to make room. */
const TRIM_MAX = 4;
/** Entries that one transaction removes of an event data store that is gone. */
const REMOVE_MAX = 50;

/** Puts records into an event data store, and drops what it has kept long enough. */
export async function storeEvents(
  kernel: Kernel,
  tx: Transaction,
  store: EventDataStore,
  noted: { timeMs: number; record: StoredEvent }[],
): Promise<void> {
  const firstMs = noted[0]!.timeMs;
  const key = [store.id, firstMs, kernel.ids.sortable(firstMs)];
  tx.put(
    storedEvents,
    key,
    noted.map(({ record }) => record),
  );
  tx.put(storedCounts, key, noted.length);
  let total = ((await tx.get(storedTotals, [store.id])) ?? 0) + noted.length;
  const until = kernel.clock.now() - store.retentionDays * DAY_MS;
  for (const { key: old, value } of await tx.range(storedCounts, [store.id], { limit: TRIM_MAX })) {
    if (total <= STORE_EVENTS_MAX && (old[1] as number) >= until) break;
    total -= value;
    tx.delete(storedEvents, old);
    tx.delete(storedCounts, old);
  }
  tx.put(storedTotals, [store.id], total);
}

/** Removes all that an event data store had. */
export async function removeEvents(kernel: Kernel, id: string): Promise<void> {
  for (;;) {
    const more = await kernel.store.transact(async (tx) => {
      const some = await tx.range(storedCounts, [id], { limit: REMOVE_MAX });
      for (const { key } of some) {
        tx.delete(storedEvents, key);
        tx.delete(storedCounts, key);
      }
      tx.delete(storedTotals, [id]);
      return some.length === REMOVE_MAX;
    });
    if (!more) return;
  }
}
