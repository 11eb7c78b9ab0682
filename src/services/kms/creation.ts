import type { KeySpec, KeyUsageType } from '@aws-sdk/client-kms';
import type { Call } from '../../kernel/call.ts';
import { arn } from '../../kernel/resources.ts';
import type { Transaction } from '../../kernel/store/store.ts';
import { limitExceeded } from './errors.ts';
import { KEYS_MAX } from './limits.ts';
import { generate, materialId, wrapMaterial } from './material.ts';
import type { KeyPolicy } from './policy-principals.ts';
import { keyCounts, keys, materials, type Key, type Material } from './records.ts';

type Parts = KeyPolicy & {
  spec: KeySpec;
  usage: KeyUsageType;
  origin: 'AWS_KMS' | 'EXTERNAL';
  description: string;
  tags: Record<string, string>;
  multiRegion?: boolean;
  managedFor?: string;
};

/** A new key with its material, and what writes both. */
export async function makeKey(
  call: Call,
  parts: Parts,
): Promise<{ key: Key; write: (tx: Transaction, key: Key) => void }> {
  const { kernel, account, region, partition } = call;
  const { multiRegion = false, managedFor, ...given } = parts;
  const { origin, spec } = given;
  const id = await newKeyId(call, multiRegion);
  const now = kernel.clock.now();
  const base: Key = {
    ...given,
    account,
    region,
    id,
    arn: arn({ partition, service: 'kms', region, account, resource: `key/${id}` }),
    createdAtMs: now,
    state: origin === 'EXTERNAL' ? 'PendingImport' : 'Enabled',
    onDemandRotations: 0,
    grants: 0,
    ...(multiRegion ? { multiRegion: 'PRIMARY' as const } : {}),
    ...(managedFor === undefined ? {} : { managedFor }),
  };
  if (origin === 'EXTERNAL') return { key: base, write: (tx, key) => tx.put(keys, [account, region, id], key) };
  const { secret, publicKey } = await generate(spec, call.signal);
  const material: Material = {
    id: materialId(kernel, base, secret),
    wrapped: wrapMaterial(kernel, base, secret),
    sequence: 0,
    createdAtMs: now,
    state: 'CURRENT',
  };
  return {
    key: { ...base, material: material.id, ...(publicKey ? { publicKey } : {}) },
    write(tx, key) {
      tx.put(keys, [account, region, id], key);
      tx.put(materials, [account, region, id, material.id], material);
    },
  };
}

/** An id that no key of the account has: a seeded generator begins anew with each start, and must not take the place of a key that stands. */
async function newKeyId({ kernel, account, region }: Call, multiRegion: boolean): Promise<string> {
  for (;;) {
    const id = multiRegion ? `mrk-${kernel.ids.hex(32)}` : kernel.ids.uuid();
    if (!(await kernel.store.get(keys, [account, region, id]))) return id;
  }
}

/** Counts a customer managed key more or less. Throws LimitExceededException. */
export async function countKey(tx: Transaction, { account, region }: Pick<Key, 'account' | 'region'>, by: 1 | -1) {
  const count = ((await tx.get(keyCounts, [account, region])) ?? 0) + by;
  if (count > KEYS_MAX) throw limitExceeded(`The number of KMS keys exceeds the quota of ${KEYS_MAX}.`);
  tx.put(keyCounts, [account, region], count);
}
