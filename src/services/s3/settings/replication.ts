import type { ReplicationRule } from '@aws-sdk/client-s3';
import { parseArn } from '../../../kernel/resources.ts';
import type { Handlers } from '../../../kernel/service.ts';
import type { Transaction } from '../../../kernel/store/store.ts';
import { invalidArgument, invalidRequest, malformedXml, notImplemented } from '../errors.ts';
import { buckets } from '../records.ts';
import { missing } from './errors.ts';
import { REPLICATION_RULES_MAX, RULE_ID_LENGTH_MAX } from './limits.ts';
import { destinationOf } from './replica.ts';
import { deleteSetting, getSetting, putSetting } from './setting.ts';
import { isStorageClass } from './storage-class.ts';

type S3 = Handlers<typeof import('@aws-sdk/client-s3')>;

const SCHEMA =
  'for this version of Cross Region Replication configuration schema. Please refer to S3 Developer Guide for more information.';

export const PutBucketReplication: S3['PutBucketReplication'] = async (call, input) => {
  const configuration = input.ReplicationConfiguration;
  if (!configuration?.Rules?.length || configuration.Role === undefined) throw malformedXml();
  if (configuration.Rules.length > REPLICATION_RULES_MAX)
    throw invalidRequest(`The number of replication rules must not exceed ${REPLICATION_RULES_MAX}`);
  const role = parseArn(configuration.Role);
  if (role?.service !== 'iam' || !role.resource.startsWith('role/'))
    throw invalidArgument('Invalid Role specified in replication configuration');
  const rules = configuration.Rules.map((rule) => ({ ...rule, ID: rule.ID || call.kernel.ids.text(48) }));
  rules.forEach(checkRule);
  checkTogether(rules);
  await putSetting(call, input, 'replication', { Role: configuration.Role, Rules: rules }, async (tx, bucket) => {
    if (bucket.versioning !== 'Enabled')
      throw invalidRequest("Versioning must be 'Enabled' on the bucket to apply a replication configuration");
    for (const rule of rules) await checkDestination(tx, rule);
  });
  return {};
};

export const GetBucketReplication: S3['GetBucketReplication'] = async (call, input) => {
  const { bucket, value } = await getSetting(call, input, 'replication');
  if (!value)
    throw missing('ReplicationConfigurationNotFoundError', 'The replication configuration was not found', bucket.name);
  return { ReplicationConfiguration: value };
};

export const DeleteBucketReplication: S3['DeleteBucketReplication'] = async (call, input) => {
  await deleteSetting(call, input, 'replication');
  return {};
};

function checkRule(rule: ReplicationRule): void {
  if (rule.ID!.length > RULE_ID_LENGTH_MAX) throw invalidArgument('Rule Id must not be longer than 255 characters');
  if (rule.Status !== 'Enabled' && rule.Status !== 'Disabled') throw malformedXml();
  const destination = rule.Destination;
  if (destination?.Bucket === undefined) throw malformedXml();
  if (parseArn(destination.Bucket)?.service !== 's3')
    throw invalidArgument('Invalid bucket ARN in replication destination.');
  if (destination.StorageClass !== undefined && !isStorageClass(destination.StorageClass)) throw malformedXml();
  if (destination.AccessControlTranslation && destination.Account === undefined)
    throw invalidRequest('Account must be specified when AccessControlTranslation is');
  const { SseKmsEncryptedObjects: kms, ReplicaModifications: modifications } = rule.SourceSelectionCriteria ?? {};
  const replicaKey = destination.EncryptionConfiguration?.ReplicaKmsKeyID;
  if (kms?.Status === 'Enabled' && replicaKey === undefined)
    throw invalidRequest(
      'ReplicaKmsKeyID must be specified if SseKmsEncryptedObjects tag is present with Status Enabled.',
    );
  if (destination.EncryptionConfiguration && kms === undefined)
    throw invalidRequest('SseKmsEncryptedObjects must be specified if EncryptionConfiguration is present.');
  if (modifications?.Status === 'Enabled') throw notImplemented('ReplicaModifications');
  if (rule.ExistingObjectReplication?.Status === 'Enabled') throw notImplemented('ExistingObjectReplication');
  if (!rule.Filter) {
    if (rule.Prefix === undefined) throw malformedXml();
    return;
  }
  if (rule.Prefix !== undefined) throw malformedXml();
  if (rule.Priority === undefined) throw invalidRequest(`Priority must be specified ${SCHEMA}`);
  if (!rule.DeleteMarkerReplication) throw invalidRequest(`DeleteMarkerReplication must be specified ${SCHEMA}`);
  const tagged = rule.Filter.Tag !== undefined || (rule.Filter.And?.Tags?.length ?? 0) > 0;
  if (tagged && rule.DeleteMarkerReplication.Status === 'Enabled') {
    throw invalidRequest(
      'Delete marker replication is not supported if any Tag filter is specified. Please refer to S3 Developer Guide for more information.',
    );
  }
}

function checkTogether(rules: ReplicationRule[]): void {
  const ids = new Set(rules.map(({ ID }) => ID));
  if (ids.size < rules.length) throw invalidArgument('Rule Id must be unique. Found same Id for more than one rule');
  const priorities = rules.flatMap(({ Priority }) => (Priority === undefined ? [] : [Priority]));
  const twice = priorities.find((priority, i) => priorities.indexOf(priority) < i);
  if (twice !== undefined)
    throw invalidRequest(`Found duplicate priority value ${twice} in rules. The priority must be unique.`);
  if (rules.some(({ Filter }) => Filter) && rules.some(({ Filter }) => !Filter)) throw malformedXml();
}

async function checkDestination(tx: Transaction, { Destination }: ReplicationRule): Promise<void> {
  const bucket = await tx.get(buckets, [destinationOf(Destination!.Bucket!)]);
  if (!bucket) throw invalidRequest('Destination bucket must exist.');
  if (bucket.versioning !== 'Enabled') throw invalidRequest('Destination bucket must have versioning enabled.');
  if (Destination!.Account !== undefined && Destination!.Account !== bucket.account)
    throw invalidRequest('The destination account does not own the destination bucket');
}
