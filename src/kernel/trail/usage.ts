import { collection, type Store, type Transaction } from '../store/store.ts';

/**
 * When each access key and each identity last asked for something: denied calls count as well. Source: IAM User Guide, "Refine
 * permissions in AWS using last accessed information".
 */
export type Use = {
  accessKeyId?: string;
  account: string;
  /** The user, role or root behind the call. */
  identityArn: string;
  /** IAM prefix: `s3`. */
  service: string;
  /** Without the prefix: `GetObject`. */
  action: string;
  region: string;
  /** Virtual ms. */
  timeMs: number;
};

export type KeyUse = { timeMs: number; service: string; region: string };
type ActionUse = { timeMs: number; region: string };
export type ServiceUse = { service: string; timeMs: number; region: string; actions: ({ name: string } & ActionUse)[] };

const keyUses = collection<KeyUse>('kernel/key-use');
/** [account, identity ARN, service, action] */
const actionUses = collection<ActionUse>('kernel/action-use');

/** Uses that wait to be written: the last of each kind. */
export class PendingUses {
  #last = new Map<string, Use>();

  add(use: Use): void {
    const key = `${use.accessKeyId ?? ''}\n${use.identityArn}\n${use.service}\n${use.action}`;
    // The latest comes last, so that it is what stands of its key.
    this.#last.delete(key);
    this.#last.set(key, use);
  }

  get size(): number {
    return this.#last.size;
  }

  take(count: number): Use[] {
    const taken = [...this.#last].slice(0, count);
    for (const [key] of taken) this.#last.delete(key);
    return taken.map(([, use]) => use);
  }

  /** Puts back what could not be written; what came since is newer. */
  restore(uses: Use[]): void {
    const newer = [...this.#last.values()];
    this.#last.clear();
    for (const use of [...uses, ...newer]) this.add(use);
  }

  clear(): void {
    this.#last.clear();
  }
}

export function writeUses(tx: Transaction, uses: Use[]): void {
  for (const { accessKeyId, account, identityArn, service, action, region, timeMs } of uses) {
    if (accessKeyId !== undefined) tx.put(keyUses, [accessKeyId], { timeMs, service, region });
    tx.put(actionUses, [account, identityArn, service, action], { timeMs, region });
  }
}

export function readKeyUse(store: Store, accessKeyId: string): Promise<KeyUse | undefined> {
  return store.get(keyUses, [accessKeyId]);
}

/** By service, in the order of their names. */
export async function readServiceUse(store: Store, account: string, identityArn: string): Promise<ServiceUse[]> {
  const found: ServiceUse[] = [];
  for await (const { key, value } of store.all(actionUses, [account, identityArn])) {
    const [, , service, name] = key as string[];
    let of = found.at(-1);
    if (of?.service !== service) found.push((of = { service: service!, timeMs: 0, region: '', actions: [] }));
    of!.actions.push({ name: name!, ...value });
    if (value.timeMs >= of!.timeMs) Object.assign(of!, value);
  }
  return found;
}
