import { collection, type Store } from '../../kernel/store/store.ts';

/**
 * What rules count and remember: matches, states of scenarios, numbers drawn, tokens left of a limit, how far a cassette was played. Where one
 * process serves the stack it is in memory and begins anew with it; where several do, each change is a transaction of the store, so that the
 * third call is the third of all of them.
 */
export interface Memory {
  /** Reads, changes and writes one record at once; `change` may run more than once and has no other effect. */
  update<T, R>(key: readonly string[], change: (value: T | undefined) => { value: T; result: R }): R | Promise<R>;
  read<T>(key: readonly string[]): T | undefined | Promise<T | undefined>;
  /** Forgets all that begins so. */
  forget(prefix: readonly string[]): void | Promise<void>;
}

const memories = collection<unknown>('rules/memory');
/** Records of one process; the one that was written longest ago is dropped. */
const RECORDS_MAX = 100_000;

export function localMemory(): Memory {
  const records = new Map<string, unknown>();
  const name = (key: readonly string[]) => key.join('\u0000');
  return {
    update<T, R>(key: readonly string[], change: (value: T | undefined) => { value: T; result: R }): R {
      const id = name(key);
      const { value, result } = change(records.get(id) as T | undefined);
      records.delete(id);
      records.set(id, value);
      if (records.size > RECORDS_MAX) records.delete(records.keys().next().value!);
      return result;
    },
    read: <T>(key: readonly string[]) => records.get(name(key)) as T | undefined,
    forget(prefix) {
      const start = name(prefix);
      for (const id of records.keys())
        if (start === '' || id === start || id.startsWith(`${start}\u0000`)) records.delete(id);
    },
  };
}

const FORGET_BATCH = 500;

export function sharedMemory(store: Store): Memory {
  return {
    update: <T, R>(key: readonly string[], change: (value: T | undefined) => { value: T; result: R }) =>
      store.transact(async (tx) => {
        const { value, result } = change((await tx.get(memories, [...key])) as T | undefined);
        tx.put(memories, [...key], value);
        return result;
      }),
    read: async <T>(key: readonly string[]) => (await store.get(memories, [...key])) as T | undefined,
    async forget(prefix) {
      for (;;) {
        const left = await store.transact(async (tx) => {
          const found = await tx.range(memories, [...prefix], { limit: FORGET_BATCH });
          for (const { key } of found) tx.delete(memories, key);
          return found.length === FORGET_BATCH;
        });
        if (!left) return;
      }
    },
  };
}
