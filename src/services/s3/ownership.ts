import type { Call } from '../../kernel/call.ts';
import type { Reader } from '../../kernel/store/store.ts';
import { ANONYMOUS_ACCOUNT } from './owner.ts';
import { bucketSettings, type Bucket } from './records.ts';

/** Whose new objects are. Source: S3 User Guide, "Controlling ownership of objects and disabling ACLs for your bucket". */
export type Ownership = 'BucketOwnerEnforced' | 'BucketOwnerPreferred' | 'ObjectWriter';

export async function ownershipOf(reader: Reader, bucket: string): Promise<Ownership> {
  type Controls = { Rules?: { ObjectOwnership?: Ownership }[] };
  const controls = (await reader.get(bucketSettings, [bucket, 'ownershipControls'])) as
    | Controls
    | 'removed'
    | undefined;
  // Without controls objects are their writers', as before there were any.
  if (controls === 'removed') return 'ObjectWriter';
  return controls?.Rules?.[0]?.ObjectOwnership ?? 'BucketOwnerEnforced';
}

/** Whether ACLs are switched off in the bucket, as they are unless its ownership setting says otherwise. */
export async function aclsDisabled(reader: Reader, bucket: Bucket): Promise<boolean> {
  return (await ownershipOf(reader, bucket.name)) === 'BucketOwnerEnforced';
}

/** The account that will own what the caller writes. */
export async function ownerOfNew(
  { principal }: Pick<Call, 'principal'>,
  reader: Reader,
  bucket: Bucket,
  acl: string | undefined,
): Promise<string> {
  const ownership = await ownershipOf(reader, bucket.name);
  if (ownership === 'BucketOwnerEnforced' || principal.type === 'service') return bucket.account;
  if (ownership === 'BucketOwnerPreferred' && acl === 'bucket-owner-full-control') return bucket.account;
  return principal.type === 'anonymous' ? ANONYMOUS_ACCOUNT : principal.account;
}
