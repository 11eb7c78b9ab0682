import type { RotationsListEntry } from '@aws-sdk/client-kms';
import { page } from '../../kernel/resources.ts';
import type { Handlers } from '../../kernel/service.ts';
import { invalidMarker, invalidState, limitExceeded, unsupported } from './errors.ts';
import { tell } from './events.ts';
import { changeKey, openOwnKey, readLimit, requireUsable, openKey } from './key-id.ts';
import { ON_DEMAND_ROTATIONS_MAX, ROTATION_DAYS_DEFAULT, ROTATIONS_PAGE } from './limits.ts';
import { allMaterial } from './material.ts';
import { materials, type Key, type Material } from './records.ts';
import { rotate, scheduleRotation, unscheduleRotation, replicasOf } from './rotation-job.ts';
import { keys } from './records.ts';
import { specOf } from './specs.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import type { Transaction } from '../../kernel/store/store.ts';

type Kms = Handlers<typeof import('@aws-sdk/client-kms')>;

function requireSymmetric(key: Key): void {
  if (specOf(key).kind !== 'symmetric')
    throw unsupported(`${key.arn} key spec is ${key.spec} which does not support key rotation.`);
}

/** Automatic rotation is for material that KMS makes. */
function requireRotatable(key: Key): void {
  requireSymmetric(key);
  if (key.origin === 'EXTERNAL')
    throw unsupported(`${key.arn} origin is EXTERNAL which does not support automatic key rotation.`);
  if (key.multiRegion === 'REPLICA')
    throw unsupported(`${key.arn} is a replica key: rotation is set on its primary key.`);
}

/** New key material every 90 to 2,560 days, by the stack's clock; 365 unless said otherwise. */
export const EnableKeyRotation: Kms['EnableKeyRotation'] = async (call, input) => {
  await changeKey(call, await openOwnKey(call, input.KeyId!), async (key, tx) => {
    requireRotatable(key);
    requireUsable(key);
    // Asked for again without a period, the one that is set stands; with one, the next rotation is counted from now.
    if (key.rotation && input.RotationPeriodInDays === undefined) return undefined;
    return scheduleRotation(tx, call.kernel, key, input.RotationPeriodInDays ?? ROTATION_DAYS_DEFAULT);
  });
  return {};
};

export const DisableKeyRotation: Kms['DisableKeyRotation'] = async (call, input) => {
  await changeKey(call, await openOwnKey(call, input.KeyId!), (key, tx) => {
    requireRotatable(key);
    requireUsable(key);
    return unscheduleRotation(tx, call.kernel, key);
  });
  return {};
};

export const GetKeyRotationStatus: Kms['GetKeyRotationStatus'] = async (call, input) => {
  const key = await openKey(call, input.KeyId!, false);
  const rotation = key.multiRegion === 'REPLICA' ? await primaryRotation(call.kernel, key) : key.rotation;
  // What is pending deletion is not rotated, whatever is set.
  const isOn = rotation !== undefined && key.state !== 'PendingDeletion';
  return {
    KeyId: key.arn,
    KeyRotationEnabled: isOn,
    ...(isOn ? { RotationPeriodInDays: rotation.periodDays, NextRotationDate: new Date(rotation.nextAtMs) } : {}),
  };
};

/** Rotation is a property of the whole multi-region key. */
async function primaryRotation(kernel: Kernel, key: Key): Promise<Key['rotation']> {
  return kernel.store.transact(async (tx) => {
    const others = await replicasOf(tx, key);
    return others.find(({ multiRegion }) => multiRegion === 'PRIMARY')?.rotation;
  });
}

/** New key material now: made here, or what was imported for it. At most 25 times in a key's life. */
export const RotateKeyOnDemand: Kms['RotateKeyOnDemand'] = async (call, input) => {
  const { kernel } = call;
  const key = await openOwnKey(call, input.KeyId!);
  await changeKey(call, key, async (standing, tx) => {
    requireSymmetric(standing);
    requireUsable(standing);
    if (standing.multiRegion === 'REPLICA') throw unsupported(`${key.arn} is a replica key: rotate its primary key.`);
    if (standing.onDemandRotations >= ON_DEMAND_ROTATIONS_MAX)
      throw limitExceeded(
        `The number of on-demand rotations exceeds the quota of ${ON_DEMAND_ROTATIONS_MAX} for a KMS key.`,
      );
    const rotated =
      standing.origin === 'EXTERNAL'
        ? await takeImported(tx, kernel, standing)
        : await rotate(tx, kernel, standing, 'ON_DEMAND');
    return { ...rotated, onDemandRotations: standing.onDemandRotations + 1 };
  });
  return { KeyId: key.arn };
};

/** Makes the imported material that waits the current one, in every region. */
async function takeImported(tx: Transaction, kernel: Kernel, key: Key): Promise<Key> {
  const waiting = (await allMaterial(tx, key)).find(({ state }) => state === 'PENDING_ROTATION');
  if (!waiting) throw invalidState(`${key.arn} has no key material that is pending rotation.`);
  for (const one of [key, ...(await replicasOf(tx, key))]) {
    for (const material of await allMaterial(tx, one)) {
      const place = [one.account, one.region, one.id, material.id];
      if (material.id === waiting.id)
        tx.put(materials, place, {
          ...material,
          state: 'CURRENT',
          rotatedAtMs: kernel.clock.now(),
          rotationType: 'ON_DEMAND',
        });
      else if (material.state === 'CURRENT') tx.put(materials, place, { ...material, state: 'NON_CURRENT' });
    }
    if (one !== key) tx.put(keys, [one.account, one.region, one.id], { ...one, material: waiting.id });
    await tell(tx, kernel, one, 'rotated', { rotationType: 'ON_DEMAND', keyMaterialId: waiting.id });
  }
  return { ...key, material: waiting.id };
}

/** When a key was rotated; with ALL_KEY_MATERIAL, all of its material. */
export const ListKeyRotations: Kms['ListKeyRotations'] = async (call, input) => {
  const key = await openOwnKey(call, input.KeyId!);
  if (specOf(key).kind !== 'symmetric' && input.IncludeKeyMaterial === 'ALL_KEY_MATERIAL')
    throw unsupported(`${key.arn} key spec is ${key.spec} which does not support key rotation.`);
  const all = await allMaterial(call.kernel.store, key);
  const wanted = all.filter(
    ({ rotatedAtMs }) => input.IncludeKeyMaterial === 'ALL_KEY_MATERIAL' || rotatedAtMs !== undefined,
  );
  const entries = wanted.map((material) => entryOf(key, material, input.IncludeKeyMaterial === 'ALL_KEY_MATERIAL'));
  const { items, nextToken } = page(entries, input.Marker, readLimit(input.Limit, ROTATIONS_PAGE), invalidMarker);
  return { Rotations: items, Truncated: nextToken !== undefined, ...(nextToken ? { NextMarker: nextToken } : {}) };
};

function entryOf(key: Key, material: Material, isWhole: boolean): RotationsListEntry {
  const isImported = key.origin === 'EXTERNAL';
  return {
    KeyId: key.arn,
    KeyMaterialId: material.id,
    ...(isWhole ? { KeyMaterialState: material.state } : {}),
    ...(material.rotatedAtMs === undefined ? {} : { RotationDate: new Date(material.rotatedAtMs) }),
    ...(material.rotationType === undefined ? {} : { RotationType: material.rotationType }),
    ...(isImported
      ? {
          ImportState: material.wrapped ? 'IMPORTED' : 'PENDING_IMPORT',
          ...(material.description === undefined ? {} : { KeyMaterialDescription: material.description }),
          ...(material.wrapped
            ? {
                ExpirationModel:
                  material.expiresAtMs === undefined ? 'KEY_MATERIAL_DOES_NOT_EXPIRE' : 'KEY_MATERIAL_EXPIRES',
              }
            : {}),
          ...(material.expiresAtMs === undefined ? {} : { ValidTo: new Date(material.expiresAtMs) }),
        }
      : {}),
  };
}
