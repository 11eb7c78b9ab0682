import type { Reader, Transaction } from '../../kernel/store/store.ts';
import { VERSIONS_MAX } from './limits.ts';
import { keyOf } from './lookup.ts';
import { counts, secrets, values, versions, type Secret, type Version } from './records.ts';

/** More than a secret can have: one transaction reads them all. */
const READ_MAX = 2 * VERSIONS_MAX;

/** All versions of a secret, the oldest first. The records are the caller's to change. */
export async function readVersions(reader: Reader, arn: string): Promise<Version[]> {
  const found = await reader.range(versions, [arn], { limit: READ_MAX });
  return found.map(({ value }) => value).sort((a, b) => a.serial - b.serial);
}

/** A version that is new to the secret; it is not among `all` yet. */
export function newVersion(secret: Secret, versionId: string, nowMs: number): Version {
  secret.versionsMade++;
  return { versionId, serial: secret.versionsMade, createdAtMs: nowMs, stages: [] };
}

export function removeVersion(tx: Transaction, arn: string, versionId: string): void {
  tx.delete(versions, [arn, versionId]);
  tx.delete(values, [arn, versionId]);
}

/** Removes a secret with all of its versions. */
export async function removeSecret(tx: Transaction, secret: Secret): Promise<void> {
  for (const { key } of await tx.range(versions, [secret.arn], { limit: READ_MAX })) {
    tx.delete(versions, key);
    tx.delete(values, key);
  }
  tx.delete(secrets, keyOf(secret, secret.name));
  const key = [secret.account, secret.region];
  tx.put(counts, key, Math.max(0, ((await tx.get(counts, key)) ?? 0) - 1));
}
