import { AwsError } from '../../../kernel/errors.ts';
import type { Handlers } from '../../../kernel/service.ts';
import { malformedXml } from '../errors.ts';
import { canonicalId } from '../owner.ts';
import { missing } from './errors.ts';
import { getSetting, putSetting } from './setting.ts';
import { readSetting } from './stored.ts';

type S3 = Handlers<typeof import('@aws-sdk/client-s3')>;

const OWNERSHIPS = new Set(['BucketOwnerEnforced', 'BucketOwnerPreferred', 'ObjectWriter']);

export const PutBucketOwnershipControls: S3['PutBucketOwnershipControls'] = async (call, input) => {
  const rules = input.OwnershipControls?.Rules;
  if (rules?.length !== 1 || !OWNERSHIPS.has(rules[0]!.ObjectOwnership ?? '')) throw malformedXml();
  const enforced = rules[0]!.ObjectOwnership === 'BucketOwnerEnforced';
  await putSetting(call, input, 'ownershipControls', { Rules: rules }, async (tx, bucket) => {
    const acl = enforced ? await readSetting(tx, bucket.name, 'acl') : undefined;
    if (acl?.some(({ grantee }) => grantee.id !== canonicalId(bucket.account))) {
      throw new AwsError(
        'InvalidBucketAclWithObjectOwnership',
        "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
      );
    }
  });
  return {};
};

export const GetBucketOwnershipControls: S3['GetBucketOwnershipControls'] = async (call, input) => {
  const { bucket, value } = await getSetting(call, input, 'ownershipControls');
  if (value === 'removed')
    throw missing('OwnershipControlsNotFoundError', 'The bucket ownership controls were not found', bucket.name);
  return { OwnershipControls: value ?? { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] } };
};

export const DeleteBucketOwnershipControls: S3['DeleteBucketOwnershipControls'] = async (call, input) => {
  await putSetting(call, input, 'ownershipControls', 'removed');
  return {};
};
