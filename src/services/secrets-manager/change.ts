import type { Call } from '../../kernel/call.ts';
import type { Transaction } from '../../kernel/store/store.ts';
import { keyOf, openPrimary } from './lookup.ts';
import { readVersions, removeVersion } from './history.ts';
import { secrets, versions, type Secret, type Version } from './records.ts';
import { replicate } from './replicas.ts';
import { checkStages, surplus } from './stages.ts';

/** Writes the versions that are not as they were, and drops those that make room. */
function writeVersions(tx: Transaction, arn: string, before: string[], all: Version[], nowMs: number): void {
  checkStages(all);
  const dropped = new Set(surplus(all, nowMs));
  for (const version of dropped) removeVersion(tx, arn, version.versionId);
  const known = new Set(before);
  for (const version of all)
    if (!dropped.has(version) && !known.has(JSON.stringify(version)))
      tx.put(versions, [arn, version.versionId], version);
}

/**
 * Changes a secret and its versions, and has its replicas follow. `change` alters the records it is given, and may run more than once.
 * Throws what `openPrimary` throws.
 */
export function changeSecret<R>(
  call: Call,
  secretId: string,
  change: (secret: Secret, all: Version[], tx: Transaction) => R | Promise<R>,
  open: (call: Call, secretId: string, tx: Transaction) => Promise<Secret> = openPrimary,
): Promise<R> {
  return call.kernel.store.transact(async (tx) => {
    const secret = await open(call, secretId, tx);
    return applyChange(call, tx, secret, (all) => change(secret, all, tx));
  });
}

/** The same within a transaction, for a secret that was read in it. */
export async function applyChange<R>(
  asker: Pick<Call, 'kernel' | 'principal' | 'via'>,
  tx: Transaction,
  secret: Secret,
  change: (all: Version[]) => R | Promise<R>,
): Promise<R> {
  const all = await readVersions(tx, secret.arn);
  const before = all.map((version) => JSON.stringify(version));
  const result = await change(all);
  const nowMs = asker.kernel.clock.now();
  secret.changedAtMs = nowMs;
  secret.revision++;
  writeVersions(tx, secret.arn, before, all, nowMs);
  await replicate(asker, tx, secret);
  tx.put(secrets, keyOf(secret, secret.name), secret);
  return result;
}
