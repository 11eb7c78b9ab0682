import type { Call } from '../../kernel/call.ts';
import { rootOf } from '../../kernel/principals/principal.ts';
import type { PolicyText } from '../../kernel/principals/principals.ts';
import type { Access, ConditionKeys, Resource } from '../../kernel/access.ts';
import type { Reader } from '../../kernel/store/store.ts';
import { parseS3Arn } from './arns.ts';
import { signatureKeys } from './condition-keys.ts';
import { invalidBucketName, isBucketName } from './buckets.ts';
import { noSuchBucket } from './errors.ts';
import { isPublicPolicy, policyFor, publicAccess, readSetting } from './hooks.ts';
import { ALL_USERS, AUTHENTICATED_USERS, canonicalId, LOG_DELIVERY } from './owner.ts';
import { ownershipOf } from './ownership.ts';
import { buckets, type Bucket, type Grant, type ObjectVersion } from './records.ts';
import { findVersion } from './versions.ts';

/** What the permissions of an ACL allow. Source: S3 User Guide, "Mapping of ACL permissions and access policy permissions". */
const BUCKET_ACTIONS: Record<Grant['permission'], string[]> = {
  READ: ['s3:ListBucket', 's3:ListBucketVersions', 's3:ListBucketMultipartUploads'],
  WRITE: ['s3:PutObject'],
  READ_ACP: ['s3:GetBucketAcl'],
  WRITE_ACP: ['s3:PutBucketAcl'],
  FULL_CONTROL: [],
};
const OBJECT_ACTIONS: Record<Grant['permission'], string[]> = {
  READ: ['s3:GetObject', 's3:GetObjectVersion'],
  WRITE: [],
  READ_ACP: ['s3:GetObjectAcl', 's3:GetObjectVersionAcl'],
  WRITE_ACP: ['s3:PutObjectAcl', 's3:PutObjectVersionAcl'],
  FULL_CONTROL: [],
};
for (const table of [BUCKET_ACTIONS, OBJECT_ACTIONS])
  table.FULL_CONTROL = [...table.READ, ...table.WRITE, ...table.READ_ACP, ...table.WRITE_ACP];

/** What is done to an object that is there, and so is for its owner to allow; the rest is for the bucket's. */
const ON_OBJECT = /^s3:(Get|Put)Object(Version)?(Acl|Tagging|Attributes)?$|^s3:DeleteObject(Version)?Tagging$/;
/** Nothing but the bucket's own root can undo a policy that shuts everybody out. */
const ON_POLICY = new Set(['s3:GetBucketPolicy', 's3:PutBucketPolicy', 's3:DeleteBucketPolicy']);

/**
 * What stands on a bucket or an object: its owner, the bucket policy, and ACLs written as policies where they are on. Throws
 * NoSuchBucket, which S3 tells everybody. Source: S3 User Guide, "How Amazon S3 authorizes a request", "Blocking public access".
 */
export async function resource(call: Call, access: Access): Promise<Resource | undefined> {
  const place = parseS3Arn(access.resource);
  // A bucket that is being made has nothing on it yet; whose it is if it is there already is for the operation to say.
  if (!place || call.operation === 'CreateBucket') return undefined;
  const { store } = call.kernel;
  if (!isBucketName(place.bucket)) throw invalidBucketName(place.bucket);
  const bucket = await store.get(buckets, [place.bucket]);
  if (!bucket) throw noSuchBucket(place.bucket);
  const policy = await readSetting(store, bucket.name, 'policy');
  const withAcls = (await ownershipOf(store, bucket.name)) !== 'BucketOwnerEnforced';
  const objectAction = place.key !== undefined && access.action !== 's3:PutObject' && ON_OBJECT.test(access.action);
  const find = () => findVersion(store, bucket.name, place.key!, access.keys?.['s3:versionid'] as string | undefined);
  const version = withAcls && objectAction ? await find() : undefined;
  const foreign = version !== undefined && version.ownerAccount !== bucket.account;
  const owner = foreign ? version.ownerAccount : bucket.account;
  const policies: PolicyText[] = [];
  if (policy !== undefined) policies.push(...(await bucketPolicy(call, store, bucket, access, policy, foreign)));
  if (withAcls)
    policies.push(...(await aclPolicies(call, store, bucket, objectAction ? version : undefined, place.key)));
  const common = { 's3:resourceaccount': bucket.account, ...signatureKeys(call) };
  return {
    owner,
    region: bucket.region,
    policies,
    keys: objectAction ? async () => ({ ...common, ...existingTags(version ?? (await find())) }) : () => common,
  };
}

function existingTags(version: ObjectVersion | undefined): ConditionKeys {
  return Object.fromEntries(
    Object.entries(version?.tags ?? {}).map(([name, value]) => [`s3:existingobjecttag/${name.toLowerCase()}`, value]),
  );
}

/** The bucket policy as far as it bears on this caller. */
async function bucketPolicy(
  call: Call,
  reader: Reader,
  bucket: Bucket,
  { action }: Access,
  put: string,
  foreign: boolean,
): Promise<PolicyText[]> {
  const { principal } = call;
  if (ON_POLICY.has(action) && principal.type === 'root' && principal.account === bucket.account) return [];
  const ids = await readSetting(reader, bucket.name, 'policy-principals');
  const text = ids ? policyFor(put, ids, principal) : put;
  const outside = principal.type !== 'service' && principal.account !== bucket.account;
  // Source: "RestrictPublicBuckets": a public policy lets in AWS services and the owner's account alone.
  const shut = outside && isPublicPolicy(text) && (await publicAccess(reader, bucket.name)).RestrictPublicBuckets;
  // On another account's objects the bucket's owner may deny, and no more.
  const document = shut || foreign ? denialsOf(text) : named(call, text);
  return document === undefined ? [] : [{ id: `${bucket.name} policy`, from: 'bucket policy', document }];
}

type Document = { Statement: Statement | Statement[] };
type Statement = { Effect: string; Principal?: unknown };

function denialsOf(text: string): string | undefined {
  const document = JSON.parse(text) as Document;
  const denials = [document.Statement].flat().filter(({ Effect }) => Effect === 'Deny');
  return denials.length === 0 ? undefined : JSON.stringify({ ...document, Statement: denials });
}

/** Policies may name an account by its canonical user id: for the account that asks, as its number. */
function named({ principal, partition }: Call, text: string): string {
  if (!text.includes('"CanonicalUser"')) return text;
  const asking = canonicalId(principal.account);
  const document = JSON.parse(text) as Document;
  const statements = [document.Statement].flat().map((statement) => {
    const { CanonicalUser, ...others } = (statement.Principal ?? {}) as Record<string, string | string[]>;
    if (CanonicalUser === undefined || ![CanonicalUser].flat().includes(asking)) return statement;
    const root = rootOf(principal.account, partition).arn;
    return { ...statement, Principal: { ...others, CanonicalUser, AWS: [...[others['AWS'] ?? []].flat(), root] } };
  });
  return JSON.stringify({ ...document, Statement: statements });
}

/** The lists of the bucket and of the object, as policies for this caller. */
async function aclPolicies(
  call: Call,
  reader: Reader,
  bucket: Bucket,
  version: ObjectVersion | undefined,
  key: string | undefined,
): Promise<PolicyText[]> {
  const ofBucket =
    key === undefined || version === undefined ? await readSetting(reader, bucket.name, 'acl') : undefined;
  const ofObject = version?.acl;
  if (!ofBucket && !ofObject) return [];
  const ignorePublic = (await publicAccess(reader, bucket.name)).IgnorePublicAcls;
  const list = (grants: Grant[] | undefined, actions: typeof BUCKET_ACTIONS, from: string): PolicyText[] => {
    const statements = (grants ?? []).flatMap((grant) => {
      const Principal = granteeAsPrincipal(call, grant, ignorePublic);
      const Action = actions[grant.permission];
      return Principal === undefined || Action.length === 0
        ? []
        : [{ Effect: 'Allow', Principal, Action, Resource: '*' }];
    });
    if (statements.length === 0) return [];
    return [{ id: from, from, document: JSON.stringify({ Version: '2012-10-17', Statement: statements }) }];
  };
  return [...list(ofBucket, BUCKET_ACTIONS, 'bucket ACL'), ...list(ofObject, OBJECT_ACTIONS, 'object ACL')];
}

/** Whom a grant means, if it means this caller. */
function granteeAsPrincipal({ principal, partition }: Call, { grantee }: Grant, ignorePublic: boolean): unknown {
  if (grantee.uri === LOG_DELIVERY) return { Service: 'logging.s3.amazonaws.com' };
  if (grantee.uri === ALL_USERS) return ignorePublic ? undefined : '*';
  if (grantee.uri === AUTHENTICATED_USERS) return ignorePublic || principal.type === 'anonymous' ? undefined : '*';
  if (principal.type === 'anonymous' || principal.type === 'service') return undefined;
  return grantee.id === canonicalId(principal.account) ? { AWS: rootOf(principal.account, partition).arn } : undefined;
}
