import type { LifecycleRule, Transition } from '@aws-sdk/client-s3';
import type { Handlers } from '../../../kernel/service.ts';
import { invalidArgument, invalidRequest, malformedXml } from '../errors.ts';
import { invalidBucketState, missing } from './errors.ts';
import { midnightAfter } from './lifecycle-rules.ts';
import {
  DAY_MS,
  INFREQUENT_ACCESS_DAYS_MIN,
  LIFECYCLE_RULES_MAX,
  NEWER_NONCURRENT_VERSIONS_MAX,
  RULE_ID_LENGTH_MAX,
} from './limits.ts';
import { conditionsOf } from './rule-filter.ts';
import { deleteSetting, getSetting, putSetting } from './setting.ts';

type S3 = Handlers<typeof import('@aws-sdk/client-s3')>;

const CLASSES = new Set(['STANDARD_IA', 'ONEZONE_IA', 'INTELLIGENT_TIERING', 'GLACIER_IR', 'GLACIER', 'DEEP_ARCHIVE']);
const INFREQUENT = new Set(['STANDARD_IA', 'ONEZONE_IA']);
const ARCHIVES = new Set(['GLACIER', 'DEEP_ARCHIVE']);

/** Replaces all rules; they are carried out at each midnight UTC of the virtual clock. */
export const PutBucketLifecycleConfiguration: S3['PutBucketLifecycleConfiguration'] = async (call, input) => {
  const given = input.LifecycleConfiguration?.Rules;
  if (!given?.length) throw malformedXml();
  if (given.length > LIFECYCLE_RULES_MAX) throw malformedXml();
  const rules = given.map((rule) => ({ ...rule, ID: rule.ID || call.kernel.ids.text(48) }));
  rules.forEach(checkRule);
  if (new Set(rules.map(({ ID }) => ID)).size < rules.length)
    throw invalidArgument('Rule ID must be unique. Found same ID for more than one rule');
  if (rules.some(({ Filter }) => Filter) && rules.some(({ Filter }) => !Filter))
    throw invalidRequest(
      'Base level prefix cannot be used in Lifecycle V2, prefixes are only supported in the Filter.',
    );
  const size = input.TransitionDefaultMinimumObjectSize ?? 'all_storage_classes_128K';
  if (size !== 'all_storage_classes_128K' && size !== 'varies_by_storage_class')
    throw invalidRequest(`Invalid TransitionDefaultMinimumObjectSize found: ${size}`);
  const { jobs, clock } = call.kernel;
  await putSetting(
    call,
    input,
    'lifecycle',
    { Rules: rules, TransitionDefaultMinimumObjectSize: size },
    async (tx, bucket) => {
      if (bucket.mfaDelete)
        throw invalidBucketState('Lifecycle configurations are not supported on buckets with MFA delete enabled');
      const runAtMs = midnightAfter(clock.now(), 0);
      await jobs.submit(tx, {
        kind: 's3/lifecycle',
        id: bucket.name,
        input: { bucket: bucket.name },
        runAtMs,
        everyMs: DAY_MS,
      });
    },
  );
  return { TransitionDefaultMinimumObjectSize: size };
};

export const GetBucketLifecycleConfiguration: S3['GetBucketLifecycleConfiguration'] = async (call, input) => {
  const { bucket, value } = await getSetting(call, input, 'lifecycle');
  if (!value) throw missing('NoSuchLifecycleConfiguration', 'The lifecycle configuration does not exist', bucket.name);
  return value;
};

export const DeleteBucketLifecycle: S3['DeleteBucketLifecycle'] = async (call, input) => {
  await deleteSetting(call, input, 'lifecycle', async (tx, bucket) => {
    await call.kernel.jobs.remove(tx, 's3/lifecycle', bucket.name);
  });
  return {};
};

function checkRule(rule: LifecycleRule): void {
  if (rule.ID!.length > RULE_ID_LENGTH_MAX) throw invalidArgument('ID length should not exceed allowed limit of 255');
  if (rule.Status !== 'Enabled' && rule.Status !== 'Disabled') throw malformedXml();
  checkFilter(rule);
  const {
    Expiration,
    Transitions = [],
    NoncurrentVersionExpiration,
    NoncurrentVersionTransitions = [],
    AbortIncompleteMultipartUpload,
  } = rule;
  if (
    !Expiration &&
    Transitions.length === 0 &&
    !NoncurrentVersionExpiration &&
    NoncurrentVersionTransitions.length === 0 &&
    !AbortIncompleteMultipartUpload
  )
    throw invalidRequest('At least one action needs to be specified in a rule.');
  checkExpiration(rule);
  checkTransitions(rule, Transitions);
  checkNoncurrent(rule);
  const abort = AbortIncompleteMultipartUpload;
  if (abort && !((abort.DaysAfterInitiation ?? 0) >= 1))
    throw invalidArgument("'DaysAfterInitiation' for AbortIncompleteMultipartUpload action must be a positive integer");
}

function checkFilter(rule: LifecycleRule): void {
  const { Filter: filter, Prefix: prefix } = rule;
  if ((filter === undefined) === (prefix === undefined)) throw malformedXml();
  if (!filter) return;
  const given = [filter.Prefix, filter.Tag, filter.ObjectSizeGreaterThan, filter.ObjectSizeLessThan, filter.And].filter(
    (one) => one !== undefined,
  );
  if (given.length > 1) throw malformedXml();
  const and = filter.And;
  if (and) {
    const parts =
      (and.Prefix === undefined ? 0 : 1) +
      (and.Tags?.length ?? 0) +
      (and.ObjectSizeGreaterThan === undefined ? 0 : 1) +
      (and.ObjectSizeLessThan === undefined ? 0 : 1);
    if (parts < 2) throw malformedXml();
  }
  const { tags, largerThan, smallerThan } = conditionsOf(rule);
  if (tags.some(({ Key, Value }) => !Key || Value === undefined)) throw malformedXml();
  if (new Set(tags.map(({ Key }) => Key)).size < tags.length)
    throw invalidRequest('Duplicate Tag Keys are not allowed.');
  if ((largerThan ?? 0) < 0 || (smallerThan ?? 1) < 1)
    throw invalidRequest("'ObjectSizeGreaterThan' and 'ObjectSizeLessThan' must be sizes in bytes");
  if (largerThan !== undefined && smallerThan !== undefined && largerThan >= smallerThan)
    throw invalidRequest("'ObjectSizeLessThan' has to be a value greater than 'ObjectSizeGreaterThan'.");
  const sized = largerThan !== undefined || smallerThan !== undefined;
  if (rule.AbortIncompleteMultipartUpload && (tags.length > 0 || sized))
    throw invalidRequest(
      `AbortIncompleteMultipartUpload cannot be specified with ${tags.length > 0 ? 'Tags' : 'Object Size'}.`,
    );
  if (rule.Expiration?.ExpiredObjectDeleteMarker && (tags.length > 0 || sized))
    throw invalidRequest(
      `ExpiredObjectDeleteMarker cannot be specified with ${tags.length > 0 ? 'Tags' : 'Object Size'}.`,
    );
}

/** A filter as S3 names it in its messages. */
const named = (rule: LifecycleRule) => `filter '(prefix=${conditionsOf(rule).prefix})'`;

function checkExpiration(rule: LifecycleRule): void {
  const { Expiration: expiration, Transitions: transitions = [] } = rule;
  if (!expiration) return;
  const { Days: days, Date: date, ExpiredObjectDeleteMarker: marker } = expiration;
  const given = [days, date, marker].filter((one) => one !== undefined);
  if (given.length !== 1) throw malformedXml();
  if (days !== undefined && !(Number.isInteger(days) && days >= 1))
    throw invalidArgument("'Days' for Expiration action must be a positive integer");
  checkDate(date);
  for (const transition of transitions) {
    if ((days !== undefined && transition.Date) || (date && transition.Days !== undefined))
      throw invalidRequest(
        `Found mixed 'Date' and 'Days' based Expiration and Transition actions in lifecycle rule for ${named(rule)}`,
      );
    if (days !== undefined && days <= (transition.Days ?? 0))
      throw invalidArgument(
        `'Days' in the Expiration action for ${named(rule)} must be greater than 'Days' in the Transition action`,
      );
    if (date && transition.Date && date <= transition.Date)
      throw invalidArgument(
        `'Date' in the Expiration action for ${named(rule)} must be later than 'Date' in the Transition action`,
      );
  }
}

function checkDate(date: Date | undefined): void {
  if (date === undefined) return;
  if (Number.isNaN(date.getTime())) throw malformedXml();
  if (date.getTime() % DAY_MS !== 0) throw invalidArgument("'Date' must be at midnight GMT");
}

function checkTransitions(rule: LifecycleRule, transitions: Transition[]): void {
  for (const { Days: days, Date: date, StorageClass: to } of transitions) {
    if (to === undefined || !CLASSES.has(to) || (days === undefined) === (date === undefined)) throw malformedXml();
    checkDate(date);
    if (days !== undefined && !(Number.isInteger(days) && days >= 0))
      throw invalidArgument("'Days' for Transition action must be nonnegative integer");
    if (days !== undefined && days < INFREQUENT_ACCESS_DAYS_MIN && INFREQUENT.has(to))
      throw invalidArgument(
        `'Days' in Transition action must be greater than or equal to ${INFREQUENT_ACCESS_DAYS_MIN} for storageClass '${to}'`,
      );
  }
  if (transitions.some(({ Days }) => Days !== undefined) && transitions.some(({ Date: date }) => date))
    throw invalidRequest(`Found mixed 'Date' and 'Days' based Transition actions in lifecycle rule for ${named(rule)}`);
  checkDistinct(
    rule,
    'Transition',
    transitions.map(({ StorageClass }) => StorageClass!),
  );
  checkDistance(
    'Transition',
    'Days',
    transitions.map(({ Days, StorageClass }) => ({ days: Days, to: StorageClass! })),
    rule,
  );
}

function checkNoncurrent(rule: LifecycleRule): void {
  const { NoncurrentVersionExpiration: expiration, NoncurrentVersionTransitions: transitions = [] } = rule;
  for (const { NoncurrentDays: days, StorageClass: to, NewerNoncurrentVersions: kept } of transitions) {
    if (to === undefined || !CLASSES.has(to) || days === undefined) throw malformedXml();
    if (days < 0)
      throw invalidArgument("'NoncurrentDays' for NoncurrentVersionTransition action must be nonnegative integer");
    if (days < INFREQUENT_ACCESS_DAYS_MIN && INFREQUENT.has(to))
      throw invalidArgument(
        `'NoncurrentDays' in NoncurrentVersionTransition action must be greater than or equal to ${INFREQUENT_ACCESS_DAYS_MIN} for storageClass '${to}'`,
      );
    checkKept(rule, kept);
    if (expiration?.NoncurrentDays !== undefined && expiration.NoncurrentDays <= days)
      throw invalidArgument(
        `'NoncurrentDays' in the NoncurrentVersionExpiration action for ${named(rule)} must be greater than 'NoncurrentDays' in the NoncurrentVersionTransition action`,
      );
  }
  checkDistinct(
    rule,
    'NoncurrentVersionTransition',
    transitions.map(({ StorageClass }) => StorageClass!),
  );
  checkDistance(
    'NoncurrentVersionTransition',
    'NoncurrentDays',
    transitions.map(({ NoncurrentDays, StorageClass }) => ({ days: NoncurrentDays, to: StorageClass! })),
    rule,
  );
  if (!expiration) return;
  if (expiration.NoncurrentDays === undefined) throw malformedXml();
  if (expiration.NoncurrentDays < 1)
    throw invalidArgument("'NoncurrentDays' for NoncurrentVersionExpiration action must be a positive integer");
  checkKept(rule, expiration.NewerNoncurrentVersions);
}

function checkKept(rule: LifecycleRule, kept: number | undefined): void {
  if (kept === undefined) return;
  if (!rule.Filter) throw malformedXml();
  if (kept < 1 || kept > NEWER_NONCURRENT_VERSIONS_MAX)
    throw invalidArgument(`'NewerNoncurrentVersions' must be between 1 and ${NEWER_NONCURRENT_VERSIONS_MAX}`);
}

function checkDistinct(rule: LifecycleRule, action: string, classes: string[]): void {
  if (new Set(classes).size < classes.length)
    throw invalidRequest(`'StorageClass' must be different for '${action}' actions in same 'Rule' with ${named(rule)}`);
}

/** What went to an infrequent-access class stays there for 30 days before the same rule archives it. */
function checkDistance(
  action: string,
  member: string,
  steps: { days: number | undefined; to: string }[],
  rule: LifecycleRule,
): void {
  for (const warm of steps.filter(({ to }) => INFREQUENT.has(to))) {
    for (const cold of steps.filter(({ to }) => ARCHIVES.has(to))) {
      if (warm.days === undefined || cold.days === undefined || cold.days >= warm.days + INFREQUENT_ACCESS_DAYS_MIN)
        continue;
      throw invalidArgument(
        `'${member}' in the '${action}' action for StorageClass '${cold.to}' for ${named(rule)} must be ${INFREQUENT_ACCESS_DAYS_MIN} days more than '${member}' in the '${action}' action for StorageClass '${warm.to}'`,
      );
    }
  }
}
