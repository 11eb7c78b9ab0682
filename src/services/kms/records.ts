import type { GrantOperation, KeySpec, KeyState, KeyUsageType } from '@aws-sdk/client-kms';
import { collection } from '../../kernel/store/store.ts';

/** Times are virtual ms since the epoch. */
export type Key = {
  account: string;
  region: string;
  /** A UUID, or `mrk-` and 32 hexadecimal digits. */
  id: string;
  arn: string;
  createdAtMs: number;
  description: string;
  state: KeyState;
  spec: KeySpec;
  usage: KeyUsageType;
  origin: 'AWS_KMS' | 'EXTERNAL';
  /** The service whose AWS managed key it is: `s3`. */
  managedFor?: string;
  multiRegion?: 'PRIMARY' | 'REPLICA';
  /** The key policy as given. */
  policy: string;
  /** The same with ids in the place of users and roles: what is decided by. Absent: it names none. */
  policyById?: string;
  /** Ids of the users and roles that the policy names, by their ARNs. */
  principalIds?: Record<string, string>;
  tags: Record<string, string>;
  /** Id of the current key material; absent until some was imported. */
  material?: string;
  /** Subject public key info, DER; of asymmetric keys. */
  publicKey?: Uint8Array;
  rotation?: { periodDays: number; nextAtMs: number; jobId: string };
  onDemandRotations: number;
  deletion?: { atMs: number; days: number; jobId: string };
  /** How many grants stand on it. */
  grants: number;
};

export type Material = {
  /** 64 hexadecimal digits; the same in all regions of a multi-region key. */
  id: string;
  /** The secret under the root key, for the key's ARN: 32 bytes (symmetric), a PKCS #8 document, a MAC key, or a seed. Absent: deleted. */
  wrapped?: Uint8Array;
  /** In the order they were made. */
  sequence: number;
  createdAtMs: number;
  state: 'CURRENT' | 'NON_CURRENT' | 'PENDING_ROTATION' | 'PENDING_MULTI_REGION_IMPORT_AND_ROTATION';
  /** When it took over from the one before; absent for the first. */
  rotatedAtMs?: number;
  rotationType?: 'AUTOMATIC' | 'ON_DEMAND';
  description?: string;
  /** Imported material; absent: it does not expire. */
  expiresAtMs?: number;
  expiryJobId?: string;
};

export type Alias = { name: string; target: string; createdAtMs: number; updatedAtMs: number };

export type Grant = {
  id: string;
  name?: string;
  createdAtMs: number;
  /** ARN, or the name of a service. */
  grantee: string;
  /** Id of a user or role. */
  granteeId?: string;
  granteeIsService: boolean;
  retiring?: string;
  retiringId?: string;
  retiringIsService?: boolean;
  /** ARN of the account that made it. */
  issuingAccount: string;
  operations: GrantOperation[];
  constraints?: { equals?: Record<string, string>; subset?: Record<string, string>; sourceArn?: string };
};

/** Which regions a multi-region key is in. */
export type RegionSet = { primary: string; replicas: string[] };

/** [account, region, key id]. */
export const keys = collection<Key>('kms/key');
/** [account, region, key id, material id]. */
export const materials = collection<Material>('kms/material');
/** [account, region]: customer managed keys. */
export const keyCounts = collection<number>('kms/key-count');
/** [account, key id]. */
export const regionSets = collection<RegionSet>('kms/multi-region');
/** [account, region, alias name]. */
export const aliases = collection<Alias>('kms/alias');
/** [account, region, key id, alias name]. */
export const aliasesOfKey = collection<true>('kms/key-alias');
/** [account, region, key id, grant id]. */
export const grants = collection<Grant>('kms/grant');
/** [account, region, key id, grantee, grant id]. */
export const grantsOfGrantee = collection<true>('kms/grantee');
/** [account, region, retiring principal, key id, grant id]. */
export const grantsOfRetiring = collection<true>('kms/retiring');
/** [account, region, key id, name, grant id]. */
export const grantsOfName = collection<true>('kms/grant-name');
