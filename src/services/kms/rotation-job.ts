import { randomBytes } from 'node:crypto';
import type { Kernel } from '../../kernel/kernel.ts';
import type { ServiceJob } from '../../kernel/service.ts';
import type { Transaction } from '../../kernel/store/store.ts';
import { tell } from './events.ts';
import { DAY_MS } from './limits.ts';
import { allMaterial, materialId, wrapMaterial } from './material.ts';
import { keys, materials, regionSets, type Key } from './records.ts';

type RotationInput = { account: string; region: string; id: string };
const KIND = 'kms/rotation';
const SYMMETRIC_BYTES = 32;

/** Sets when a key rotates next; the key's record is to be written by the caller. */
export async function scheduleRotation(
  tx: Transaction,
  kernel: Kernel,
  key: Key,
  periodDays: number,
  fromMs: number = kernel.clock.now(),
): Promise<Key> {
  const { account, region, id } = key;
  await unscheduleRotation(tx, kernel, key);
  const nextAtMs = fromMs + periodDays * DAY_MS;
  const jobId = kernel.ids.uuid();
  const input: RotationInput = { account, region, id };
  await kernel.jobs.submit(tx, { kind: KIND, id: jobId, input, runAtMs: nextAtMs });
  return { ...key, rotation: { periodDays, nextAtMs, jobId } };
}

/** Takes the next rotation back. */
export async function unscheduleRotation(tx: Transaction, kernel: Kernel, key: Key): Promise<Key> {
  if (key.rotation) await kernel.jobs.remove(tx, KIND, key.rotation.jobId);
  const { rotation: _rotation, ...rest } = key;
  return rest;
}

/** Rotates a key when its time has come; one that cannot be used then goes on at its next time. Source: Developer Guide, "Rotating KMS keys". */
export const rotationJob: ServiceJob<RotationInput> = {
  async run({ job, kernel }) {
    const { account, region, id } = job.input;
    await kernel.store.transact(async (tx) => {
      const key = await tx.get(keys, [account, region, id]);
      if (key?.rotation?.jobId !== job.id) return;
      const { periodDays, nextAtMs } = key.rotation;
      const next = await scheduleRotation(tx, kernel, key, periodDays, nextAtMs);
      // A disabled key is not rotated, and one that is pending deletion neither; its beat goes on for when it is enabled again.
      const rotated = key.state === 'Enabled' ? await rotate(tx, kernel, next, 'AUTOMATIC') : next;
      tx.put(keys, [account, region, id], rotated);
    });
  },
};

/**
 * Gives a symmetric key new material, in all regions that it is in; what was encrypted before stays readable. The key's record is to be
 * written by the caller, those of its replicas are written.
 */
export async function rotate(
  tx: Transaction,
  kernel: Kernel,
  key: Key,
  rotationType: 'AUTOMATIC' | 'ON_DEMAND',
): Promise<Key> {
  const secret = randomBytes(SYMMETRIC_BYTES);
  const material = materialId(kernel, key, secret);
  for (const one of [key, ...(await replicasOf(tx, key))]) {
    const standing = await allMaterial(tx, one);
    const current = standing.find(({ id }) => id === one.material);
    if (current) tx.put(materials, [one.account, one.region, one.id, current.id], { ...current, state: 'NON_CURRENT' });
    const now = kernel.clock.now();
    tx.put(materials, [one.account, one.region, one.id, material], {
      id: material,
      wrapped: wrapMaterial(kernel, one, secret),
      sequence: (standing.at(-1)?.sequence ?? -1) + 1,
      createdAtMs: now,
      state: 'CURRENT',
      rotatedAtMs: now,
      rotationType,
    });
    if (one !== key) tx.put(keys, [one.account, one.region, one.id], { ...one, material });
    await tell(tx, kernel, one, 'rotated', { rotationType, keyMaterialId: material });
  }
  return { ...key, material };
}

/** The other keys of a multi-region key, as they stand. */
export async function replicasOf(tx: Transaction, key: Key): Promise<Key[]> {
  if (!key.multiRegion) return [];
  const set = await tx.get(regionSets, [key.account, key.id]);
  const others = [set?.primary, ...(set?.replicas ?? [])].filter(
    (region) => region !== undefined && region !== key.region,
  );
  const found = await Promise.all(others.map((region) => tx.get(keys, [key.account, region!, key.id])));
  return found.filter((one) => one !== undefined);
}
