import type { Call } from '../../kernel/call.ts';
import type { Handlers } from '../../kernel/service.ts';
import type { Transaction } from '../../kernel/store/store.ts';
import { countKey } from './creation.ts';
import { alreadyExists, unsupported, validation } from './errors.ts';
import { openOwnKey, requireUsable, reread } from './key-id.ts';
import { DAY_MS } from './limits.ts';
import { allMaterial, openMaterial, wrapMaterial } from './material.ts';
import { arnIn, metadataOf } from './metadata.ts';
import { checkPolicy, defaultPolicy } from './policies.ts';
import { keys, materials, regionSets, type Key } from './records.ts';
import { scheduleRotation, unscheduleRotation } from './rotation-job.ts';
import { readTags } from './tags.ts';
import { partitionOf } from '../../kernel/resources.ts';

type Kms = Handlers<typeof import('@aws-sdk/client-kms')>;

function requirePrimary(key: Key): void {
  if (key.multiRegion === undefined) throw unsupported(`${key.arn} is not a multi-Region key.`);
  if (key.multiRegion !== 'PRIMARY') throw unsupported(`${key.arn} is not a multi-Region primary key.`);
}

/** Makes a key of the same id and material in another region; policy, tags, description and grants are its own. */
export const ReplicateKey: Kms['ReplicateKey'] = async (call, input) => {
  const { kernel } = call;
  const region = input.ReplicaRegion!;
  const source = await openOwnKey(call, input.KeyId!);
  requirePrimary(source);
  requireUsable(source);
  if (region === source.region || partitionOf(region) !== call.partition)
    throw validation(`The replica Region ${region} is not valid for ${source.arn}.`);
  const bypass = input.BypassPolicyLockoutSafetyCheck ?? false;
  const policy = await checkPolicy(call, input.Policy ?? defaultPolicy(call), call.account, bypass);
  const tags = readTags(input.Tags);
  const replica = await kernel.store.transact(async (tx) => {
    const primary = await reread(tx, source);
    requirePrimary(primary);
    requireUsable(primary);
    const place = [primary.account, region, primary.id];
    const arn = arnIn(primary, region);
    if (await tx.get(keys, place)) throw alreadyExists(`${arn} already exists`);
    const {
      rotation: _rotation,
      deletion: _deletion,
      material,
      policyById: _policyById,
      principalIds: _principalIds,
      ...rest
    } = primary;
    const made: Key = {
      ...rest,
      region,
      arn,
      createdAtMs: kernel.clock.now(),
      description: input.Description ?? '',
      multiRegion: 'REPLICA',
      state: primary.origin === 'EXTERNAL' ? 'PendingImport' : 'Enabled',
      ...policy,
      tags,
      grants: 0,
      onDemandRotations: 0,
      // Imported material must be imported in each region.
      ...(primary.origin === 'AWS_KMS' && material !== undefined ? { material } : {}),
    };
    await countKey(tx, made, 1);
    tx.put(keys, place, made);
    if (primary.origin === 'AWS_KMS')
      for (const one of await allMaterial(tx, primary))
        tx.put(materials, [...place, one.id], {
          ...one,
          wrapped: wrapMaterial(kernel, made, openMaterial(kernel, primary, one)),
        });
    const set = (await tx.get(regionSets, [primary.account, primary.id]))!;
    tx.put(regionSets, [primary.account, primary.id], { ...set, replicas: [...set.replicas, region].sort() });
    return made;
  });
  return {
    ReplicaKeyMetadata: await metadataOf(kernel.store, replica),
    ReplicaPolicy: replica.policy,
    ReplicaTags: Object.entries(replica.tags).map(([TagKey, TagValue]) => ({ TagKey, TagValue })),
  };
};

/** Makes a replica the primary; what was the primary becomes a replica. Rotation goes over to the new one. */
export const UpdatePrimaryRegion: Kms['UpdatePrimaryRegion'] = async (call, input) => {
  const source = await openOwnKey(call, input.KeyId!);
  requirePrimary(source);
  requireUsable(source);
  const region = input.PrimaryRegion!;
  await call.kernel.store.transact((tx) => exchange(tx, call, source, region));
  return {};
};

async function exchange(tx: Transaction, call: Call, source: Key, region: string): Promise<void> {
  const { kernel } = call;
  const primary = await reread(tx, source);
  requirePrimary(primary);
  const replica = await reread(tx, { ...source, region, arn: arnIn(source, region) });
  requireUsable(replica);
  if (region === primary.region) throw validation(`${region} is the primary Region of ${source.arn} already.`);
  const { rotation } = primary;
  const former: Key = {
    ...(await unscheduleRotation(tx, kernel, primary)),
    multiRegion: 'REPLICA',
    onDemandRotations: 0,
  };
  const next: Key = { ...replica, multiRegion: 'PRIMARY', onDemandRotations: primary.onDemandRotations };
  const { periodDays = 0, nextAtMs = 0 } = rotation ?? {};
  tx.put(keys, [former.account, former.region, former.id], former);
  tx.put(
    keys,
    [next.account, region, next.id],
    rotation ? await scheduleRotation(tx, kernel, next, periodDays, nextAtMs - periodDays * DAY_MS) : next,
  );
  const set = (await tx.get(regionSets, [source.account, source.id]))!;
  const replicas = [...set.replicas.filter((one) => one !== region), primary.region].sort();
  tx.put(regionSets, [source.account, source.id], { primary: region, replicas });
}
