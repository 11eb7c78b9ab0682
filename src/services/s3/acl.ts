import type { Grant as WireGrant } from '@aws-sdk/client-s3';
import { AwsError } from '../../kernel/errors.ts';
import type { Handlers } from '../../kernel/service.ts';
import type { Reader } from '../../kernel/store/store.ts';
import { getBucket } from './buckets.ts';
import { invalidArgument, invalidRequest, malformedXml } from './errors.ts';
import { objectEvent, refusePublicGrants, replicate } from './hooks.ts';
import { requireVersion } from './objects.ts';
import { ALL_USERS, AUTHENTICATED_USERS, canonicalId, LOG_DELIVERY, ownerOf } from './owner.ts';
import { aclsDisabled } from './ownership.ts';
import type { Bucket, Grant } from './records.ts';
import { updateVersion } from './versions.ts';

type S3 = Handlers<typeof import('@aws-sdk/client-s3')>;

/** Access control lists of objects. Source: S3 User Guide, "Access control list (ACL) overview". */
const GROUPS = new Set([ALL_USERS, AUTHENTICATED_USERS, LOG_DELIVERY]);
const GRANTS_MAX = 100;
const PERMISSIONS: readonly string[] = [
  'FULL_CONTROL',
  'READ',
  'WRITE',
  'READ_ACP',
  'WRITE_ACP',
] satisfies Grant['permission'][];

export type AclInput = {
  ACL?: string | undefined;
  GrantFullControl?: string | undefined;
  GrantRead?: string | undefined;
  GrantReadACP?: string | undefined;
  GrantWriteACP?: string | undefined;
};

/**
 * The grants asked for by headers; undefined: the owner's alone. Throws AccessControlListNotSupported where ACLs are off.
 * @param ownerAccount of the object, or of the bucket when the list is the bucket's
 */
export async function readAcl(
  reader: Reader,
  bucket: Bucket,
  input: AclInput,
  ownerAccount = bucket.account,
): Promise<Grant[] | undefined> {
  const headers = grantHeaders(input);
  if (input.ACL === undefined && headers.length === 0) return undefined;
  if (input.ACL !== undefined && headers.length > 0)
    throw invalidRequest('Specifying both Canned ACLs and Header Grants is not allowed');
  if (await aclsDisabled(reader, bucket)) {
    // The one list that says what holds anyway.
    if (input.ACL === 'bucket-owner-full-control') return undefined;
    throw new AwsError('AccessControlListNotSupported', 'The bucket does not allow ACLs', 400);
  }
  const grants = input.ACL === undefined ? headers : canned(input.ACL, ownerAccount, bucket.account);
  if (grants) await refusePublicGrants(reader, bucket, grants);
  return grants;
}

const grantTo = (account: string, permission: Grant['permission']): Grant => ({
  permission,
  grantee: { type: 'CanonicalUser', id: canonicalId(account) },
});

export const ownerGrant = (account: string) => grantTo(account, 'FULL_CONTROL');

/** Source: S3 User Guide, "Canned ACL". */
function canned(name: string, ownerAccount: string, bucketAccount: string): Grant[] | undefined {
  const owner = ownerGrant(ownerAccount);
  const foreign = ownerAccount !== bucketAccount;
  const group = (uri: string, permission: Grant['permission']): Grant => ({
    permission,
    grantee: { type: 'Group', uri },
  });
  switch (name) {
    case 'private':
      return undefined;
    case 'bucket-owner-read':
      return foreign ? [owner, grantTo(bucketAccount, 'READ')] : undefined;
    case 'bucket-owner-full-control':
      return foreign ? [owner, grantTo(bucketAccount, 'FULL_CONTROL')] : undefined;
    case 'public-read':
      return [owner, group(ALL_USERS, 'READ')];
    case 'public-read-write':
      return [owner, group(ALL_USERS, 'READ'), group(ALL_USERS, 'WRITE')];
    case 'authenticated-read':
      return [owner, group(AUTHENTICATED_USERS, 'READ')];
    default:
      throw invalidArgument('', 'x-amz-acl', name);
  }
}

const GRANT_HEADERS = {
  GrantFullControl: 'FULL_CONTROL',
  GrantRead: 'READ',
  GrantReadACP: 'READ_ACP',
  GrantWriteACP: 'WRITE_ACP',
} as const;

/** Of `id="…"`, an item of an x-amz-grant-* header: the whole, the kind and the value; nothing where it is none. */
export const readGrantee = (item: string): readonly (string | undefined)[] =>
  /^(id|uri|emailAddress)\s*=\s*(?!\s)"?([^"]*)"?$/i.exec(item.trim()) ?? [];

/** `id="…", uri="…"` of the x-amz-grant-* headers. */
function grantHeaders(input: AclInput): Grant[] {
  const grants: Grant[] = [];
  for (const [member, permission] of Object.entries(GRANT_HEADERS) as [
    keyof typeof GRANT_HEADERS,
    Grant['permission'],
  ][]) {
    for (const item of (input[member] ?? '').split(',').filter((text) => text.trim() !== '')) {
      const [, kind, value] = readGrantee(item);
      if (kind === undefined)
        throw invalidArgument(
          'Argument format not recognized',
          `x-amz-grant-${permission.toLowerCase().replaceAll('_', '-')}`,
          item,
        );
      grants.push({ permission, grantee: granteeOf(kind.toLowerCase(), value!) });
    }
  }
  return grants;
}

function granteeOf(kind: string, value: string): Grant['grantee'] {
  if (kind === 'emailaddress') {
    throw new AwsError(
      'UnresolvableGrantByEmailAddress',
      'The e-mail address you provided does not match any account on record.',
      400,
    );
  }
  if (kind === 'uri') {
    if (!GROUPS.has(value)) throw invalidArgument('Invalid group uri', 'uri', value);
    return { type: 'Group', uri: value };
  }
  if (!/^[0-9a-f]{64}$/.test(value)) throw invalidArgument('Invalid id', 'CanonicalUser/ID', value);
  return { type: 'CanonicalUser', id: value };
}

export function readGrants(grants: WireGrant[]): Grant[] {
  if (grants.length > GRANTS_MAX) throw malformedXml();
  return grants.map(({ Grantee, Permission }) => {
    if (!Grantee || Permission === undefined || !PERMISSIONS.includes(Permission)) throw malformedXml();
    const { Type, ID, URI } = Grantee;
    const kind = Type === 'Group' ? 'uri' : Type === 'AmazonCustomerByEmail' ? 'emailaddress' : 'id';
    return { permission: Permission, grantee: granteeOf(kind, (kind === 'uri' ? URI : ID) ?? '') };
  });
}

export const toWire = ({ permission, grantee }: Grant): WireGrant => ({
  Grantee: {
    Type: grantee.type,
    ...(grantee.id === undefined ? {} : { ID: grantee.id }),
    ...(grantee.uri === undefined ? {} : { URI: grantee.uri }),
  },
  Permission: permission,
});

export const GetObjectAcl: S3['GetObjectAcl'] = async (call, input) => {
  const bucket = await getBucket(call, input.Bucket!, input.ExpectedBucketOwner);
  const version = await requireVersion(call, bucket, input.Key!, input.VersionId);
  // With ACLs off all objects are the bucket owner's, whoever wrote them.
  const off = await aclsDisabled(call.kernel.store, bucket);
  const account = off ? bucket.account : version.ownerAccount;
  return {
    Owner: ownerOf(account),
    Grants: ((off ? undefined : version.acl) ?? [ownerGrant(account)]).map(toWire),
  };
};

/** Replaces the list of a version. */
export const PutObjectAcl: S3['PutObjectAcl'] = async (call, input) => {
  const policy = input.AccessControlPolicy;
  if (policy && (input.ACL !== undefined || grantHeaders(input).length > 0)) {
    throw new AwsError('UnexpectedContent', 'This request does not support content', 400);
  }
  await call.kernel.store.transact(async (tx) => {
    const bucket = await getBucket(call, input.Bucket!, input.ExpectedBucketOwner, tx);
    const version = await requireVersion(call, bucket, input.Key!, input.VersionId, tx);
    if (await aclsDisabled(tx, bucket))
      throw new AwsError('AccessControlListNotSupported', 'The bucket does not allow ACLs', 400);
    if (!policy && input.ACL === undefined && grantHeaders(input).length === 0) {
      throw new AwsError('MissingSecurityHeader', 'Your request was missing a required header', 400, {
        MissingHeaderName: 'x-amz-acl',
      });
    }
    if (policy && policy.Owner?.ID !== canonicalId(version.ownerAccount))
      throw new AwsError('AccessDenied', 'Access Denied', 403);
    const { acl: _former, ...rest } = version;
    const acl = policy ? readGrants(policy.Grants ?? []) : await readAcl(tx, bucket, input, version.ownerAccount);
    if (acl) await refusePublicGrants(tx, bucket, acl);
    const changed = { ...rest, ...(acl ? { acl } : {}) };
    await updateVersion(tx, changed);
    await objectEvent(call, tx, bucket, 'ObjectAcl:Put', changed);
    await replicate(call, tx, bucket, changed, 'changed');
  });
  return {};
};
