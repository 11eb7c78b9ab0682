import type { LifecycleRule } from '@aws-sdk/client-s3';
import type { ObjectVersion, StorageClass } from '../records.ts';
import { DAY_MS, TRANSITION_BYTES_MIN } from './limits.ts';
import { conditionsOf, matches } from './rule-filter.ts';
import { canSink, coldness } from './storage-class.ts';
import type { Settings } from './stored.ts';

/**
 * What lifecycle rules make of a version at a time: no store, no clock. Sources: S3 User Guide, "Lifecycle configuration elements",
 * "Conflicts and overlaps in lifecycle configurations", "Transitioning objects".
 */
export type Configuration = Settings['lifecycle'];

/** S3 adds the days to the time and rounds up to the next midnight UTC. Ms since the epoch. */
export const midnightAfter = (ms: number, days: number) => (Math.floor(ms / DAY_MS) + days + 1) * DAY_MS;

/** Where a version stands among those of its key. */
export type Standing = {
  /** Bucket versioning was ever enabled: then expiring makes a delete marker. */
  versioned: boolean;
  isLatest: boolean;
  /** A delete marker with no other version of its key. */
  isOnly: boolean;
  /** Noncurrent versions that are newer than this one. */
  newerNoncurrent: number;
};

export type Action =
  | { kind: 'delete' }
  /** Puts a delete marker over the current version. */
  | { kind: 'mark' }
  | { kind: 'transition'; storageClass: StorageClass };

/** What falls due on the version by `nowMs`; undefined: nothing. */
export function decide(
  configuration: Configuration,
  version: ObjectVersion,
  standing: Standing,
  nowMs: number,
): Action | undefined {
  const rules = configuration.Rules!.filter((rule) => rule.Status === 'Enabled' && matches(rule, version));
  if (standing.isLatest && version.deleteMarker)
    return standing.isOnly && rules.some((rule) => markerGoes(rule, version, nowMs)) ? { kind: 'delete' } : undefined;
  if (!standing.isLatest && rules.some((rule) => noncurrentExpires(rule, version, standing, nowMs)))
    return { kind: 'delete' };
  if (version.deleteMarker) return undefined;
  const expires = standing.isLatest && rules.some((rule) => isDue(expiryOf(rule, version), nowMs));
  // Permanent deletion goes before transition, transition before a delete marker.
  if (expires && !standing.versioned) return { kind: 'delete' };
  const storageClass = coldestDue(configuration, rules, version, standing, nowMs);
  if (storageClass) return { kind: 'transition', storageClass };
  return expires ? { kind: 'mark' } : undefined;
}

const isDue = (dueMs: number | undefined, nowMs: number) => dueMs !== undefined && dueMs <= nowMs;

/** When a rule expires a current version, ms. */
function expiryOf({ Expiration: expiration }: LifecycleRule, { lastModifiedMs }: ObjectVersion): number | undefined {
  if (expiration?.Days !== undefined) return midnightAfter(lastModifiedMs, expiration.Days);
  return expiration?.Date?.getTime();
}

/** The expiry that the `x-amz-expiration` header tells: the earliest, with its rule. */
export function nextExpiry(
  configuration: Configuration,
  version: ObjectVersion,
): { atMs: number; ruleId: string } | undefined {
  let first: { atMs: number; ruleId: string } | undefined;
  for (const rule of configuration.Rules!) {
    if (rule.Status !== 'Enabled' || !matches(rule, version)) continue;
    const atMs = expiryOf(rule, version);
    if (atMs !== undefined && (!first || atMs < first.atMs)) first = { atMs, ruleId: rule.ID! };
  }
  return first;
}

/** A delete marker alone goes at once where the rule says so, or when it is as old as the rule's expiry. */
function markerGoes(rule: LifecycleRule, version: ObjectVersion, nowMs: number): boolean {
  const { tags, largerThan, smallerThan } = conditionsOf(rule);
  // A marker has neither tags nor size: a rule about these is not about it.
  if (tags.length > 0 || largerThan !== undefined || smallerThan !== undefined) return false;
  return rule.Expiration?.ExpiredObjectDeleteMarker === true || isDue(expiryOf(rule, version), nowMs);
}

function noncurrentExpires(
  rule: LifecycleRule,
  version: ObjectVersion,
  { newerNoncurrent }: Standing,
  nowMs: number,
): boolean {
  const { NoncurrentDays: days, NewerNoncurrentVersions: kept = 0 } = rule.NoncurrentVersionExpiration ?? {};
  if (days === undefined || newerNoncurrent < kept || version.noncurrentSinceMs === undefined) return false;
  return isDue(midnightAfter(version.noncurrentSinceMs, days), nowMs);
}

/** Of all classes that are due and may be gone to, the coldest: it costs least. */
function coldestDue(
  configuration: Configuration,
  rules: LifecycleRule[],
  version: ObjectVersion,
  standing: Standing,
  nowMs: number,
): StorageClass | undefined {
  const due: StorageClass[] = [];
  for (const rule of rules) {
    for (const to of standing.isLatest
      ? currentDue(rule, version, nowMs)
      : noncurrentDue(rule, version, standing, nowMs)) {
      if (canSink(version.storageClass, to) && isLargeEnough(configuration, rule, version, to)) due.push(to);
    }
  }
  return due.sort((a, b) => coldness(b) - coldness(a))[0];
}

function currentDue(rule: LifecycleRule, version: ObjectVersion, nowMs: number): StorageClass[] {
  return (rule.Transitions ?? [])
    .filter(({ Days, Date: date }) =>
      isDue(Days === undefined ? date?.getTime() : midnightAfter(version.lastModifiedMs, Days), nowMs),
    )
    .map(({ StorageClass: to }) => to as StorageClass);
}

function noncurrentDue(
  rule: LifecycleRule,
  version: ObjectVersion,
  { newerNoncurrent }: Standing,
  nowMs: number,
): StorageClass[] {
  const since = version.noncurrentSinceMs;
  if (since === undefined) return [];
  return (rule.NoncurrentVersionTransitions ?? [])
    .filter(({ NewerNoncurrentVersions: kept = 0 }) => newerNoncurrent >= kept)
    .filter(({ NoncurrentDays: days }) => days !== undefined && isDue(midnightAfter(since, days), nowMs))
    .map(({ StorageClass: to }) => to as StorageClass);
}

/** Small objects stay, as moving them costs more than it saves; a size in the rule's own filter goes before that. */
function isLargeEnough(
  configuration: Configuration,
  rule: LifecycleRule,
  { size }: ObjectVersion,
  to: StorageClass,
): boolean {
  if (size >= TRANSITION_BYTES_MIN) return true;
  const { largerThan, smallerThan } = conditionsOf(rule);
  if (largerThan !== undefined || smallerThan !== undefined) return true;
  return (
    configuration.TransitionDefaultMinimumObjectSize === 'varies_by_storage_class' &&
    (to === 'GLACIER' || to === 'DEEP_ARCHIVE')
  );
}

/** Whether an upload begun at `initiatedAtMs` is to be aborted. */
export function abortsUpload(configuration: Configuration, key: string, initiatedAtMs: number, nowMs: number): boolean {
  return configuration.Rules!.some((rule) => {
    const days = rule.AbortIncompleteMultipartUpload?.DaysAfterInitiation;
    if (rule.Status !== 'Enabled' || days === undefined) return false;
    return key.startsWith(conditionsOf(rule).prefix) && isDue(midnightAfter(initiatedAtMs, days), nowMs);
  });
}

/** When and by which rule an upload will be aborted: S3 tells it in the answers of CreateMultipartUpload and ListParts. */
export function nextAbort(
  configuration: Configuration,
  key: string,
  initiatedAtMs: number,
): { atMs: number; ruleId: string } | undefined {
  let first: { atMs: number; ruleId: string } | undefined;
  for (const rule of configuration.Rules!) {
    const days = rule.AbortIncompleteMultipartUpload?.DaysAfterInitiation;
    if (rule.Status !== 'Enabled' || days === undefined || !key.startsWith(conditionsOf(rule).prefix)) continue;
    const atMs = midnightAfter(initiatedAtMs, days);
    if (!first || atMs < first.atMs) first = { atMs, ruleId: rule.ID! };
  }
  return first;
}
