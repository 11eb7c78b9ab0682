import type { Call } from '../../kernel/call.ts';
import { touch } from '../../kernel/principals/principals.ts';
import { groups, nameKey, roles, users, type Group, type Role, type User } from '../../kernel/principals/records.ts';
import { collection, type Collection, type Reader, type Transaction } from '../../kernel/store/store.ts';
import { notFound, overQuota, unmodifiable, validation } from './errors.ts';

/** What users, groups and roles have in common. */
export type Identities = { user: User; group: Group; role: Role };
export type IdentityKind = keyof Identities;

const COLLECTIONS: { [K in IdentityKind]: Collection<Identities[K]> } = { user: users, group: groups, role: roles };

/** Rejects with NoSuchEntity. */
export async function find<K extends IdentityKind>(
  reader: Reader,
  kind: K,
  account: string,
  name: string,
): Promise<Identities[K]> {
  const found = await reader.get(COLLECTIONS[kind], [account, nameKey(name)]);
  if (!found) throw notFound(kind, name);
  return found;
}

/** Writes what `next` makes of an identity; its name and account stay. Rejects with NoSuchEntity. */
export function change<K extends IdentityKind>(
  call: Call,
  kind: K,
  name: string,
  next: (identity: Identities[K], tx: Transaction) => Identities[K] | Promise<Identities[K]>,
): Promise<Identities[K]> {
  return call.kernel.store.transact(async (tx) => {
    const before = await find(tx, kind, call.account, name);
    const after = await next(before, tx);
    if (after !== before) await put(tx, kind, after);
    return after;
  });
}

export async function put<K extends IdentityKind>(tx: Transaction, kind: K, identity: Identities[K]): Promise<void> {
  tx.put(COLLECTIONS[kind], [identity.account, nameKey(identity.name)], identity);
  await touch(tx);
}

export async function remove(tx: Transaction, kind: IdentityKind, account: string, name: string): Promise<void> {
  tx.delete(COLLECTIONS[kind], [account, nameKey(name)]);
  await touch(tx);
}

/** A service-linked role is changed by its service only. Source: IAM User Guide, "Using service-linked roles". */
export function checkModifiable(identity: Identities[IdentityKind]): void {
  if ('linkedService' in identity)
    throw unmodifiable(
      `Cannot perform the operation on the protected role '${identity.name}' - this role is only modifiable by AWS`,
    );
}

/** The user that an operation means: the one named, else the caller's own. */
export function userNameOf(call: Call, given: string | undefined): string {
  if (given !== undefined) return given;
  if (call.principal.type === 'user') return call.principal.name;
  throw validation('Must specify userName when calling with non-User credentials');
}

/** How many of a kind an account has made: kept beside the records, since counting thousands of them at each making is slow. */
const counts = collection<number>('iam/count');

/** Counts one more. Rejects with LimitExceeded. @param quota as AWS names it */
export async function countUp(tx: Transaction, account: string, quota: string, max: number): Promise<void> {
  const count = (await tx.get(counts, [account, quota])) ?? 0;
  if (count >= max) throw overQuota(quota, max);
  tx.put(counts, [account, quota], count + 1);
}

export async function countDown(tx: Transaction, account: string, quota: string): Promise<void> {
  const count = (await tx.get(counts, [account, quota])) ?? 0;
  // Roles that other services have made were never counted.
  tx.put(counts, [account, quota], Math.max(0, count - 1));
}
