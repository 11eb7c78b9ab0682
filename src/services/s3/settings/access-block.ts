import type { PublicAccessBlockConfiguration } from '@aws-sdk/client-s3';
import type { Reader } from '../../../kernel/store/store.ts';
import { ALL_USERS, AUTHENTICATED_USERS } from '../owner.ts';
import type { Bucket, Grant } from '../records.ts';
import { denied } from './errors.ts';
import { readSetting } from './stored.ts';

/** Since April 2023 new buckets let nobody in from outside until told otherwise. */
export const CLOSED = {
  BlockPublicAcls: true,
  IgnorePublicAcls: true,
  BlockPublicPolicy: true,
  RestrictPublicBuckets: true,
};
const OPEN = {
  BlockPublicAcls: false,
  IgnorePublicAcls: false,
  BlockPublicPolicy: false,
  RestrictPublicBuckets: false,
};

/** What of public access is blocked in a bucket. */
export async function publicAccess(reader: Reader, bucket: string): Promise<Required<PublicAccessBlockConfiguration>> {
  const value = await readSetting(reader, bucket, 'public-access');
  if (value === 'removed') return OPEN;
  return value ? (complete(value) as Required<PublicAccessBlockConfiguration>) : CLOSED;
}

/** Members that are not given are off. */
export function complete(given: PublicAccessBlockConfiguration): PublicAccessBlockConfiguration {
  const { BlockPublicAcls, IgnorePublicAcls, BlockPublicPolicy, RestrictPublicBuckets } = given;
  return {
    BlockPublicAcls: BlockPublicAcls ?? false,
    IgnorePublicAcls: IgnorePublicAcls ?? false,
    BlockPublicPolicy: BlockPublicPolicy ?? false,
    RestrictPublicBuckets: RestrictPublicBuckets ?? false,
  };
}

/** A grant to everyone, or to everyone with any AWS account. */
export const isPublic = ({ grantee }: Grant) => PUBLIC_GROUPS.has(grantee.uri ?? '');

const PUBLIC_GROUPS = new Set([ALL_USERS, AUTHENTICATED_USERS]);

/** Throws AccessDenied when grants are public and the bucket blocks such lists. */
export async function refusePublicGrants(reader: Reader, bucket: Bucket, grants: Grant[]): Promise<void> {
  if (grants.some(isPublic) && (await publicAccess(reader, bucket.name)).BlockPublicAcls) throw denied('Access Denied');
}
