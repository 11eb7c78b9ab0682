import { AwsError } from '../../../kernel/errors.ts';
import type { Handlers } from '../../../kernel/service.ts';
import { readGrantee, ownerGrant, readAcl, readGrants, toWire } from '../acl.ts';
import { malformedXml } from '../errors.ts';
import { canonicalId, ownerOf } from '../owner.ts';
import { aclsDisabled } from '../ownership.ts';
import type { Grant } from '../records.ts';
import { denied } from './errors.ts';
import { refusePublicGrants } from './access-block.ts';
import { getSetting, putSetting } from './setting.ts';

type S3 = Handlers<typeof import('@aws-sdk/client-s3')>;

export const GetBucketAcl: S3['GetBucketAcl'] = async (call, input) => {
  const { bucket, value } = await getSetting(call, input, 'acl');
  return { Owner: ownerOf(bucket.account), Grants: (value ?? [ownerGrant(bucket.account)]).map(toWire) };
};

/** Replaces the list of a bucket. Throws AccessControlListNotSupported while ownership controls switch lists off, as by default. */
export const PutBucketAcl: S3['PutBucketAcl'] = async (call, input) => {
  const { bucket } = await getSetting(call, input, 'acl');
  const { store } = call.kernel;
  const policy = input.AccessControlPolicy;
  const headers = [
    input.ACL,
    input.GrantFullControl,
    input.GrantRead,
    input.GrantReadACP,
    input.GrantWrite,
    input.GrantWriteACP,
  ];
  const byHeaders = headers.some((header) => header !== undefined);
  if (policy && byHeaders) throw new AwsError('UnexpectedContent', 'This request does not support content');
  if (!policy && !byHeaders) {
    throw new AwsError('MissingSecurityHeader', 'Your request was missing a required header', 400, {
      MissingHeaderName: 'x-amz-acl',
    });
  }
  if (policy && policy.Owner?.ID === undefined) throw malformedXml();
  if (await aclsDisabled(store, bucket)) {
    throw new AwsError('AccessControlListNotSupported', 'The bucket does not allow ACLs');
  }
  if (policy && policy.Owner!.ID !== canonicalId(bucket.account)) throw denied('Access Denied');
  const write = writeGrants(input.GrantWrite);
  const grants = policy
    ? readGrants(policy.Grants ?? [])
    : [...((await readAcl(store, bucket, input)) ?? []), ...write];
  await refusePublicGrants(store, bucket, grants);
  await putSetting(call, input, 'acl', grants.length > 0 ? grants : [ownerGrant(bucket.account)]);
  return {};
};

/** `x-amz-grant-write` is for buckets only; its grantees are written as those of the other headers. */
function writeGrants(header: string | undefined): Grant[] {
  return (header ?? '')
    .split(',')
    .filter((item) => item.trim() !== '')
    .flatMap((item) => {
      const [, kind, value] = readGrantee(item);
      const byId = kind?.toLowerCase() === 'id';
      if (!byId && kind?.toLowerCase() !== 'uri') throw malformedXml();
      return readGrants([
        { Permission: 'WRITE', Grantee: byId ? { Type: 'CanonicalUser', ID: value! } : { Type: 'Group', URI: value! } },
      ]);
    });
}
