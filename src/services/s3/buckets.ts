import { BucketAlreadyExists, BucketAlreadyOwnedByYou } from '@aws-sdk/client-s3';
import { isIPv4 } from 'node:net';
import type { Call } from '../../kernel/call.ts';
import { AwsError } from '../../kernel/errors.ts';
import { pageToken, readPageToken } from '../../kernel/resources.ts';
import type { Handlers } from '../../kernel/service.ts';
import type { Reader } from '../../kernel/store/store.ts';
import { bucketArn } from './arns.ts';
import { bucketKeyMarks } from './bucket-keys.ts';
import { accessDenied, invalidArgument, malformedXml, noSuchBucket, notImplemented } from './errors.ts';
import { beginMetering, endDailyWork, readSetting } from './hooks.ts';
import { BUCKETS_PAGE_MAX } from './limits.ts';
import { checkMfa, mfaNeeded } from './mfa-delete.ts';
import { abortUploads } from './uploads.ts';
import { ownerOf } from './owner.ts';
import { buckets, bucketSettings, objects, uploads, versions, type Bucket } from './records.ts';
import { readTagSet } from './tags.ts';

type S3 = Handlers<typeof import('@aws-sdk/client-s3')>;

/** The bucket. Throws NoSuchBucket, and AccessDenied when it is not the expected owner's. */
export async function getBucket(
  call: Call,
  name: string,
  expectedOwner?: string,
  reader: Reader = call.kernel.store,
): Promise<Bucket> {
  const bucket = isBucketName(name) ? await reader.get(buckets, [name]) : undefined;
  if (!bucket) throw isBucketName(name) ? noSuchBucket(name) : invalidBucketName(name);
  if (expectedOwner !== undefined && expectedOwner !== bucket.account) throw accessDenied();
  return bucket;
}

/** Makes a bucket. Source: S3 API Reference, CreateBucket; User Guide, "General purpose bucket naming rules". */
export const CreateBucket: S3['CreateBucket'] = async (call, input) => {
  const name = input.Bucket!;
  if (!isBucketName(name)) throw invalidBucketName(name);
  if (input.BucketNamespace === 'account-regional') throw notImplemented('x-amz-bucket-namespace: account-regional');
  const { Location, Bucket: type, LocationConstraint, Tags } = input.CreateBucketConfiguration ?? {};
  if (Location || type) throw notImplemented('directory buckets');
  const region = regionOf(call, LocationConstraint);
  const ownership = input.ObjectOwnership ?? 'BucketOwnerEnforced';
  const grants = [input.GrantFullControl, input.GrantRead, input.GrantReadACP, input.GrantWrite, input.GrantWriteACP];
  const hasAcl = (input.ACL !== undefined && input.ACL !== 'private') || grants.some((grant) => grant !== undefined);
  if (hasAcl) {
    if (ownership === 'BucketOwnerEnforced') {
      throw new AwsError(
        'InvalidBucketAclWithObjectOwnership',
        "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
        400,
      );
    }
    // New buckets block public access, and a list that opens the bucket with it.
    if (input.ACL !== undefined && input.ACL !== 'private') {
      throw new AwsError(
        'InvalidBucketAclWithBlockPublicAccessError',
        'Bucket cannot have public ACLs set with BlockPublicAccess enabled',
        400,
      );
    }
    throw notImplemented('x-amz-grant-* of CreateBucket');
  }
  const tagSet = readTagSet(Tags, BUCKET_TAGS_MAX);
  await call.kernel.store.transact(async (tx) => {
    const known = await tx.get(buckets, [name]);
    if (known) {
      if (known.account !== call.account) {
        const message =
          'The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again.';
        throw new BucketAlreadyExists({ message, $metadata: {} });
      }
      // In us-east-1 S3 answers success to an owner who makes a bucket once more, as it always has.
      if (known.region === 'us-east-1' && region === 'us-east-1') return;
      const message = 'Your previous request to create the named bucket succeeded and you already own it.';
      throw new BucketAlreadyOwnedByYou({ message, $metadata: {} });
    }
    const objectLock = input.ObjectLockEnabledForBucket === true;
    tx.put(buckets, [name], {
      name,
      account: call.account,
      region,
      createdAtMs: call.kernel.clock.now(),
      objectLock,
      // Object Lock works on versions: S3 switches versioning on with it, for good.
      ...(objectLock ? { versioning: 'Enabled' as const } : {}),
    });
    await beginMetering(call.kernel, tx);
    tx.put(bucketSettings, [name, 'ownershipControls'], { Rules: [{ ObjectOwnership: ownership }] });
    if (Object.keys(tagSet).length > 0) {
      tx.put(bucketSettings, [name, 'tagging'], {
        TagSet: Object.entries(tagSet).map(([Key, Value]) => ({ Key, Value })),
      });
    }
  });
  call.meter({ type: 'Requests-Tier1', quantity: 1, unit: 'requests' });
  return {
    Location: region === 'us-east-1' ? `/${name}` : `http://${name}.s3.amazonaws.com/`,
    BucketArn: bucketArn(call, name),
  };
};

/** Tags of a bucket. Source: S3 User Guide, "Using cost allocation S3 bucket tags". */
const BUCKET_TAGS_MAX = 50;

/** Removes an empty bucket with all its settings; uploads under way in it are aborted. Throws BucketNotEmpty. */
export const DeleteBucket: S3['DeleteBucket'] = async (call, input) => {
  const bucket = await getBucket(call, input.Bucket!, input.ExpectedBucketOwner);
  const { name } = bucket;
  for (;;) {
    const done = await call.kernel.store.transact(async (tx) => {
      await getBucket(call, name, input.ExpectedBucketOwner, tx);
      const [object] = await tx.range(objects, [name], { limit: 1 });
      const [version] = await tx.range(versions, [name], { limit: 1 });
      if (object || version) {
        const message =
          version && !object
            ? 'The bucket you tried to delete is not empty. You must delete all versions in the bucket.'
            : 'The bucket you tried to delete is not empty';
        throw new AwsError('BucketNotEmpty', message, 409, { BucketName: name });
      }
      const [upload] = await tx.range(uploads, [name], { limit: 1 });
      if (upload) return false;
      for (const { key } of await tx.range(bucketSettings, [name])) tx.delete(bucketSettings, key);
      await endDailyWork(call.kernel, tx, name);
      tx.delete(bucketKeyMarks, [name]);
      tx.delete(buckets, [name]);
      return true;
    });
    if (done) break;
    await abortUploads(call.kernel, name);
  }
  return {};
};

/** Whether the bucket is there; 404 without a body when not. */
export const HeadBucket: S3['HeadBucket'] = async (call, input) => {
  const bucket = await getBucket(call, input.Bucket!, input.ExpectedBucketOwner);
  call.meter({ type: 'Requests-Tier2', quantity: 1, unit: 'requests' });
  return { BucketRegion: bucket.region, AccessPointAlias: false, BucketArn: bucketArn(call, bucket.name) };
};

/** The caller's buckets, by name. */
export const ListBuckets: S3['ListBuckets'] = async (call, input) => {
  const { Prefix = '', BucketRegion, MaxBuckets, ContinuationToken } = input;
  const fail = () => invalidArgument('The continuation token provided is incorrect', 'continuation-token');
  const after = readPageToken<{ after: string }>(ContinuationToken, fail)?.after;
  if (ContinuationToken !== undefined && typeof after !== 'string') throw fail();
  if (MaxBuckets !== undefined && (MaxBuckets < 1 || MaxBuckets > BUCKETS_PAGE_MAX)) {
    throw invalidArgument(
      `Argument max-buckets must be an integer between 1 and ${BUCKETS_PAGE_MAX}`,
      'max-buckets',
      String(MaxBuckets),
    );
  }
  const size = MaxBuckets ?? BUCKETS_PAGE_MAX;
  // Bucket names are one space for all accounts; a stack has few enough to look through.
  const found: Bucket[] = [];
  for await (const { value } of call.kernel.store.all(buckets, [], {
    startsWith: Prefix,
    ...(after === undefined ? {} : { after: [after] }),
  })) {
    if (value.account !== call.account || (BucketRegion !== undefined && value.region !== BucketRegion)) continue;
    found.push(value);
    if (found.length > size) break;
  }
  const more = found.length > size;
  const page = found.slice(0, size);
  call.meter({ type: 'Requests-Tier1', quantity: 1, unit: 'requests' });
  return {
    Buckets: page.map((bucket) => ({
      Name: bucket.name,
      CreationDate: new Date(Math.floor(bucket.createdAtMs / 1000) * 1000),
      // S3 names regions only to callers that page: older clients compare whole answers.
      ...(MaxBuckets !== undefined ||
      BucketRegion !== undefined ||
      input.Prefix !== undefined ||
      ContinuationToken !== undefined
        ? { BucketRegion: bucket.region }
        : {}),
      BucketArn: bucketArn(call, bucket.name),
    })),
    Owner: ownerOf(call.account),
    ...(more ? { ContinuationToken: pageToken({ after: page.at(-1)!.name }) } : {}),
    ...(input.Prefix === undefined ? {} : { Prefix: input.Prefix }),
  };
};

/** The bucket's region; empty for us-east-1, as since the first days. */
export const GetBucketLocation: S3['GetBucketLocation'] = async (call, input) => {
  const { region } = await getBucket(call, input.Bucket!, input.ExpectedBucketOwner);
  return region === 'us-east-1' ? {} : { LocationConstraint: region as 'us-west-2' };
};

export const GetBucketVersioning: S3['GetBucketVersioning'] = async (call, input) => {
  const { versioning, mfaDelete } = await getBucket(call, input.Bucket!, input.ExpectedBucketOwner);
  return {
    ...(versioning === undefined ? {} : { Status: versioning }),
    // Told once it was ever set.
    ...(mfaDelete === undefined ? {} : { MFADelete: mfaDelete ? ('Enabled' as const) : ('Disabled' as const) }),
  };
};

/** Switches versioning on, or suspends it: it is never off again. */
export const PutBucketVersioning: S3['PutBucketVersioning'] = async (call, input) => {
  const { Status, MFADelete } = input.VersioningConfiguration ?? {};
  if (Status !== 'Enabled' && Status !== 'Suspended') {
    throw new AwsError('IllegalVersioningConfigurationException', 'The Versioning element must be specified', 400);
  }
  if (MFADelete !== undefined && MFADelete !== 'Enabled' && MFADelete !== 'Disabled') throw malformedXml();
  const before = await getBucket(call, input.Bucket!, input.ExpectedBucketOwner);
  const shown = await checkMfa(call, before, input.MFA);
  await call.kernel.store.transact(async (tx) => {
    const bucket = await getBucket(call, input.Bucket!, input.ExpectedBucketOwner, tx);
    if ((bucket.mfaDelete || MFADelete === 'Enabled') && !shown) throw mfaNeeded();
    if (MFADelete === 'Enabled' && (await readSetting(tx, bucket.name, 'lifecycle')))
      throw new AwsError(
        'InvalidBucketState',
        'MFA delete cannot be enabled on a bucket with a lifecycle configuration',
        409,
      );
    if (bucket.objectLock && Status === 'Suspended') {
      const message =
        'An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.';
      throw new AwsError('InvalidBucketState', message, 409);
    }
    tx.put(buckets, [bucket.name], {
      ...bucket,
      versioning: Status,
      ...(MFADelete === undefined ? {} : { mfaDelete: MFADelete === 'Enabled' }),
    });
  });
  return {};
};

/** Where a new bucket goes: the LocationConstraint, which must be the region that was asked; us-east-1 may make buckets anywhere. */
function regionOf(call: Call, constraint: string | undefined): string {
  const { region } = call;
  if (constraint === undefined || constraint === '') {
    if (region === 'us-east-1') return region;
    throw illegalLocation(
      'The unspecified location constraint is incompatible for the region specific endpoint this request was sent to.',
    );
  }
  const asked = constraint === 'EU' ? 'eu-west-1' : constraint;
  if (asked === 'us-east-1' || !/^[a-z]{2}(-[a-z]+)+-\d$/.test(asked)) {
    throw new AwsError('InvalidLocationConstraint', 'The specified location-constraint is not valid', 400, {
      LocationConstraint: constraint,
    });
  }
  if (region !== 'us-east-1' && region !== asked) {
    throw illegalLocation(
      `The ${constraint} location constraint is incompatible for the region specific endpoint this request was sent to.`,
    );
  }
  return asked;
}

const illegalLocation = (message: string) => new AwsError('IllegalLocationConstraintException', message, 400);

export const invalidBucketName = (name: string) =>
  new AwsError('InvalidBucketName', 'The specified bucket is not valid.', 400, { BucketName: name });

const RESERVED_PREFIXES = ['xn--', 'sthree-', 'amzn-s3-demo-'];
const RESERVED_SUFFIXES = ['-s3alias', '--ol-s3', '.mrap', '--x-s3', '--table-s3'];

/** Source: S3 User Guide, "General purpose bucket naming rules". */
export function isBucketName(name: string): boolean {
  return (
    /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) &&
    !name.includes('..') &&
    !isIPv4(name) &&
    !RESERVED_PREFIXES.some((prefix) => name.startsWith(prefix)) &&
    !RESERVED_SUFFIXES.some((suffix) => name.endsWith(suffix))
  );
}
