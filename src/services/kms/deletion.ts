import type { Kernel } from '../../kernel/kernel.ts';
import type { Handlers, ServiceJob } from '../../kernel/service.ts';
import type { Transaction } from '../../kernel/store/store.ts';
import { countKey } from './creation.ts';
import { invalidState, validation } from './errors.ts';
import { tell } from './events.ts';
import { removeGrant } from './grants.ts';
import { changeKey, LIVING, openOwnKey, requireState } from './key-id.ts';
import { DAY_MS, DELETION_DAYS_MAX, DELETION_DAYS_MIN } from './limits.ts';
import { allMaterial } from './material.ts';
import { aliases, aliasesOfKey, grants, keys, materials, regionSets, type Key } from './records.ts';
import { unscheduleRotation } from './rotation-job.ts';

type Kms = Handlers<typeof import('@aws-sdk/client-kms')>;
type DeletionInput = { account: string; region: string; id: string };
const KIND = 'kms/deletion';
/** Grants removed in one transaction. */
const GRANTS_BATCH = 500;

/** Puts a key to its end in 7 to 30 days; until then it cannot be used, and the deletion be cancelled. */
export const ScheduleKeyDeletion: Kms['ScheduleKeyDeletion'] = async (call, input) => {
  const days = input.PendingWindowInDays ?? DELETION_DAYS_MAX;
  if (days < DELETION_DAYS_MIN || days > DELETION_DAYS_MAX)
    throw validation(`PendingWindowInDays must be between ${DELETION_DAYS_MIN} and ${DELETION_DAYS_MAX} days.`);
  const { kernel } = call;
  const atMs = kernel.clock.now() + days * DAY_MS;
  const key = await openOwnKey(call, input.KeyId!);
  let state: Key['state'] = 'PendingDeletion';
  await changeKey(call, key, async (standing, tx) => {
    requireState(standing, ...LIVING);
    // A primary with replicas outlives them: its time begins when the last is gone.
    const set = await tx.get(regionSets, [key.account, key.id]);
    const waits = standing.multiRegion === 'PRIMARY' && set !== undefined && set.replicas.length > 0;
    state = waits ? 'PendingReplicaDeletion' : 'PendingDeletion';
    const jobId = kernel.ids.uuid();
    if (!waits) await kernel.jobs.submit(tx, { kind: KIND, id: jobId, input: placeOf(key), runAtMs: atMs });
    return { ...standing, state, deletion: { atMs, days, jobId } };
  });
  return {
    KeyId: key.arn,
    KeyState: state,
    PendingWindowInDays: days,
    ...(state === 'PendingDeletion' ? { DeletionDate: new Date(atMs) } : {}),
  };
};

const placeOf = ({ account, region, id }: Key): DeletionInput => ({ account, region, id });

/** Takes a deletion back; the key is then disabled. */
export const CancelKeyDeletion: Kms['CancelKeyDeletion'] = async (call, input) => {
  const { kernel } = call;
  const key = await openOwnKey(call, input.KeyId!);
  await changeKey(call, key, async (standing, tx) => {
    const { deletion, ...rest } = standing;
    if (!deletion) throw invalidState(`${key.arn} is not pending deletion.`);
    await kernel.jobs.remove(tx, KIND, deletion.jobId);
    // A key whose imported material is gone goes on waiting for it.
    return { ...rest, state: await stateAfter(tx, standing) };
  });
  return { KeyId: key.arn };
};

async function stateAfter(tx: Transaction, key: Key): Promise<Key['state']> {
  if (key.origin === 'AWS_KMS') return 'Disabled';
  const standing = await allMaterial(tx, key);
  const isWhole = standing.length > 0 && standing.every(({ wrapped }) => wrapped !== undefined);
  return isWhole ? 'Disabled' : 'PendingImport';
}

/** The end of a key: nothing that was encrypted under it can be read any more. */
export const deletionJob: ServiceJob<DeletionInput> = {
  async run({ job, kernel }) {
    const { account, region, id } = job.input;
    for (;;) {
      const isDone = await kernel.store.transact(async (tx) => {
        const key = await tx.get(keys, [account, region, id]);
        if (key?.deletion?.jobId !== job.id) return true;
        const place = [account, region, id];
        const standing = await tx.range(grants, place, { limit: GRANTS_BATCH });
        for (const { value } of standing) removeGrant(tx, key, value);
        if (standing.length === GRANTS_BATCH) return false;
        await removeKey(tx, kernel, key);
        return true;
      });
      if (isDone) return;
    }
  },
};

async function removeKey(tx: Transaction, kernel: Kernel, key: Key): Promise<void> {
  const place = [key.account, key.region, key.id];
  await unscheduleRotation(tx, kernel, key);
  for (const { id } of await allMaterial(tx, key)) tx.delete(materials, [...place, id]);
  for (const { key: parts } of await tx.range(aliasesOfKey, place)) {
    tx.delete(aliasesOfKey, parts);
    tx.delete(aliases, [key.account, key.region, parts[3] as string]);
  }
  tx.delete(keys, place);
  await countKey(tx, key, -1);
  if (key.multiRegion) await leaveSet(tx, kernel, key);
  await tell(tx, kernel, key, 'deleted');
}

/** A replica that goes lets the primary's own deletion begin, when it was the last. */
async function leaveSet(tx: Transaction, kernel: Kernel, key: Key): Promise<void> {
  const place = [key.account, key.id];
  const set = await tx.get(regionSets, place);
  if (key.multiRegion === 'PRIMARY' || !set) return tx.delete(regionSets, place);
  const replicas = set.replicas.filter((region) => region !== key.region);
  tx.put(regionSets, place, { ...set, replicas });
  const primary = await tx.get(keys, [key.account, set.primary, key.id]);
  if (replicas.length > 0 || primary?.state !== 'PendingReplicaDeletion') return;
  const { days, jobId } = primary.deletion!;
  const atMs = kernel.clock.now() + days * DAY_MS;
  await kernel.jobs.submit(tx, { kind: KIND, id: jobId, input: placeOf(primary), runAtMs: atMs });
  const deletion = { atMs, days, jobId };
  tx.put(keys, [primary.account, primary.region, primary.id], { ...primary, state: 'PendingDeletion', deletion });
}
