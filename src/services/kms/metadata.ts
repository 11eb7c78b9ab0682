import type { CustomerMasterKeySpec, KeyMetadata } from '@aws-sdk/client-kms';
import type { Reader } from '../../kernel/store/store.ts';
import { materialOf } from './material.ts';
import { regionSets, type Key } from './records.ts';
import { algorithmsOf, specOf } from './specs.ts';

/** A key as DescribeKey tells it. Source: API Reference, KeyMetadata. */
export async function metadataOf(reader: Reader, key: Key): Promise<KeyMetadata> {
  const material = await materialOf(reader, key);
  const isPending = key.state === 'PendingDeletion';
  return {
    AWSAccountId: key.account,
    KeyId: key.id,
    Arn: key.arn,
    CreationDate: new Date(key.createdAtMs),
    Enabled: key.state === 'Enabled',
    Description: key.description,
    KeyUsage: key.usage,
    KeyState: key.state,
    Origin: key.origin,
    KeyManager: key.managedFor === undefined ? 'CUSTOMER' : 'AWS',
    KeySpec: key.spec,
    CustomerMasterKeySpec: key.spec as CustomerMasterKeySpec,
    ...algorithmsOf(key),
    ...(isPending && key.deletion ? { DeletionDate: new Date(key.deletion.atMs) } : {}),
    ...(key.state === 'PendingReplicaDeletion' && key.deletion
      ? { PendingDeletionWindowInDays: key.deletion.days }
      : {}),
    ...(key.origin === 'EXTERNAL' && material
      ? {
          ExpirationModel: material.expiresAtMs === undefined ? 'KEY_MATERIAL_DOES_NOT_EXPIRE' : 'KEY_MATERIAL_EXPIRES',
          ...(material.expiresAtMs === undefined ? {} : { ValidTo: new Date(material.expiresAtMs) }),
        }
      : {}),
    // AWS tells it of symmetric keys alone: no other has more than one.
    ...(specOf(key).kind === 'symmetric' && material ? { CurrentKeyMaterialId: material.id } : {}),
    MultiRegion: key.multiRegion !== undefined,
    ...(await multiRegionOf(reader, key)),
  };
}

async function multiRegionOf(reader: Reader, key: Key): Promise<Pick<KeyMetadata, 'MultiRegionConfiguration'>> {
  if (key.multiRegion === undefined) return {};
  const set = await reader.get(regionSets, [key.account, key.id]);
  const inRegion = (region: string) => ({ Arn: arnIn(key, region), Region: region });
  return {
    MultiRegionConfiguration: {
      MultiRegionKeyType: key.multiRegion,
      PrimaryKey: inRegion(set!.primary),
      ReplicaKeys: set!.replicas.map(inRegion),
    },
  };
}

/** The ARN of a multi-region key's sibling. */
export const arnIn = (key: Key, region: string) => key.arn.replace(`:${key.region}:`, `:${region}:`);
