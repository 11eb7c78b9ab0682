import type { LifecycleRule, TransitionStorageClass } from '@aws-sdk/client-s3';
import { storageClassText } from './model.ts';

/** A lifecycle rule as it is edited: numbers are texts until they are checked. */
export type RuleDraft = {
  id: string;
  enabled: boolean;
  prefix: string;
  tagKey: string;
  tagValue: string;
  transitions: { days: string; storageClass: string }[];
  expireDays: string;
  expireMarkers: boolean;
  noncurrentTransitions: { days: string; storageClass: string }[];
  noncurrentDays: string;
  noncurrentKeep: string;
  abortDays: string;
};

export const NEW_RULE: RuleDraft = {
  id: '',
  enabled: true,
  prefix: '',
  tagKey: '',
  tagValue: '',
  transitions: [],
  expireDays: '',
  expireMarkers: false,
  noncurrentTransitions: [],
  noncurrentDays: '',
  noncurrentKeep: '',
  abortDays: '',
};

/** Classes from the warmest to the coldest: a rule goes one way. Source: Amazon S3 User Guide, Transitioning objects. */
const ORDER = ['STANDARD', 'STANDARD_IA', 'INTELLIGENT_TIERING', 'ONEZONE_IA', 'GLACIER_IR', 'GLACIER', 'DEEP_ARCHIVE'];
const isDays = (text: string): boolean => /^[1-9]\d*$/.test(text);
const isDaysOrNone = (text: string): boolean => text === '' || isDays(text);

/** What is wrong with a rule, in the words of who edits it. */
export function faultsOfRule(rule: RuleDraft, others: readonly string[]): string[] {
  const faults: string[] = [];
  if (rule.id.length > 255) faults.push('A name has 255 characters at most.');
  if (rule.id !== '' && others.includes(rule.id)) faults.push('Another rule has this name.');
  if (rule.tagKey === '' && rule.tagValue !== '') faults.push('A tag has a key.');
  for (const [what, texts] of [
    ['Expiration', [rule.expireDays]],
    ['Noncurrent versions', [rule.noncurrentDays, rule.noncurrentKeep]],
    ['Unfinished uploads', [rule.abortDays]],
  ] as const)
    if (!texts.every(isDaysOrNone)) faults.push(`${what}: a whole number, 1 at least.`);
  for (const [what, steps, end] of [
    ['Transitions', rule.transitions, rule.expireDays],
    ['Transitions of noncurrent versions', rule.noncurrentTransitions, rule.noncurrentDays],
  ] as const)
    faults.push(...faultsOfSteps(what, steps, end));
  if (rule.noncurrentKeep !== '' && rule.noncurrentDays === '' && rule.noncurrentTransitions.length === 0)
    faults.push('Versions to keep: say after how many days the others go.');
  if (rule.expireMarkers && rule.expireDays !== '')
    faults.push('Objects expire after days, or lone delete markers are deleted: a rule does not say both.');
  if (rule.tagKey !== '' && (rule.abortDays !== '' || rule.expireMarkers))
    faults.push('Unfinished uploads and delete markers have no tags: a rule for them goes by prefix only.');
  if (
    rule.transitions.length + rule.noncurrentTransitions.length === 0 &&
    [rule.expireDays, rule.noncurrentDays, rule.abortDays].every((text) => text === '') &&
    !rule.expireMarkers
  )
    faults.push('A rule does something: choose what.');
  return faults;
}

function faultsOfSteps(what: string, steps: RuleDraft['transitions'], end: string): string[] {
  if (!steps.every(({ days }) => /^\d+$/.test(days))) return [`${what}: a whole number of days.`];
  const faults: string[] = [];
  steps.forEach(({ days, storageClass }, index) => {
    const before = steps[index - 1];
    if ((storageClass === 'STANDARD_IA' || storageClass === 'ONEZONE_IA') && Number(days) < 30)
      faults.push(`${what}: ${storageClassText(storageClass)} takes objects of 30 days and older.`);
    if (!before) return;
    if (Number(days) <= Number(before.days)) faults.push(`${what}: each step comes later than the one before it.`);
    if (ORDER.indexOf(storageClass) <= ORDER.indexOf(before.storageClass))
      faults.push(`${what}: each step is to a colder class than the one before it.`);
  });
  const last = steps.at(-1);
  if (last && isDays(end) && Number(end) <= Number(last.days))
    faults.push(`${what}: objects expire later than they move.`);
  return faults;
}

/** A rule as S3 takes it. */
export function ruleOf(draft: RuleDraft): LifecycleRule {
  const { id, prefix, tagKey, tagValue } = draft;
  const tag = tagKey === '' ? undefined : { Key: tagKey, Value: tagValue };
  return {
    ...(id === '' ? {} : { ID: id }),
    Status: draft.enabled ? 'Enabled' : 'Disabled',
    Filter: tag && prefix !== '' ? { And: { Prefix: prefix, Tags: [tag] } } : tag ? { Tag: tag } : { Prefix: prefix },
    ...(draft.transitions.length === 0
      ? {}
      : {
          Transitions: draft.transitions.map(({ days, storageClass }) => ({
            Days: Number(days),
            StorageClass: storageClass as TransitionStorageClass,
          })),
        }),
    ...(draft.expireDays !== ''
      ? { Expiration: { Days: Number(draft.expireDays) } }
      : draft.expireMarkers
        ? { Expiration: { ExpiredObjectDeleteMarker: true } }
        : {}),
    ...(draft.noncurrentTransitions.length === 0
      ? {}
      : {
          NoncurrentVersionTransitions: draft.noncurrentTransitions.map(({ days, storageClass }) => ({
            NoncurrentDays: Number(days),
            StorageClass: storageClass as TransitionStorageClass,
          })),
        }),
    ...(draft.noncurrentDays === ''
      ? {}
      : {
          NoncurrentVersionExpiration: {
            NoncurrentDays: Number(draft.noncurrentDays),
            ...(draft.noncurrentKeep === '' ? {} : { NewerNoncurrentVersions: Number(draft.noncurrentKeep) }),
          },
        }),
    ...(draft.abortDays === ''
      ? {}
      : { AbortIncompleteMultipartUpload: { DaysAfterInitiation: Number(draft.abortDays) } }),
  };
}

/** A rule to edit; undefined where it says what the form has no fields for: dates, sizes, more than one tag. */
export function draftOf(rule: LifecycleRule): RuleDraft | undefined {
  const filter = rule.Filter ?? { Prefix: rule.Prefix ?? '' };
  const tags = filter.And?.Tags ?? (filter.Tag ? [filter.Tag] : []);
  const text = (days: number | undefined) => (days === undefined ? '' : String(days));
  const draft: RuleDraft = {
    id: rule.ID ?? '',
    enabled: rule.Status === 'Enabled',
    prefix: filter.And?.Prefix ?? filter.Prefix ?? '',
    tagKey: tags[0]?.Key ?? '',
    tagValue: tags[0]?.Value ?? '',
    transitions: (rule.Transitions ?? []).map(({ Days, StorageClass }) => ({
      days: text(Days),
      storageClass: StorageClass!,
    })),
    expireDays: text(rule.Expiration?.Days),
    expireMarkers: rule.Expiration?.ExpiredObjectDeleteMarker ?? false,
    noncurrentTransitions: (rule.NoncurrentVersionTransitions ?? []).map(({ NoncurrentDays, StorageClass }) => ({
      days: text(NoncurrentDays),
      storageClass: StorageClass!,
    })),
    noncurrentDays: text(rule.NoncurrentVersionExpiration?.NoncurrentDays),
    noncurrentKeep: text(rule.NoncurrentVersionExpiration?.NewerNoncurrentVersions),
    abortDays: text(rule.AbortIncompleteMultipartUpload?.DaysAfterInitiation),
  };
  const beyond =
    tags.length > 1 ||
    [filter, filter.And].some(
      (one) => one?.ObjectSizeGreaterThan !== undefined || one?.ObjectSizeLessThan !== undefined,
    ) ||
    rule.Expiration?.Date !== undefined ||
    rule.Transitions?.some(({ Date: date }) => date !== undefined) === true ||
    rule.NoncurrentVersionTransitions?.some((one) => one.NewerNoncurrentVersions !== undefined) === true;
  return beyond ? undefined : draft;
}

const daysText = (days: number | undefined): string => (days === 1 ? '1 day' : `${days} days`);

/** What a rule does, in plain words. */
export function wordsOf(rule: LifecycleRule): string[] {
  const words: string[] = [];
  for (const { Days, Date: date, StorageClass } of rule.Transitions ?? [])
    words.push(
      `${date ? `On ${date.toISOString().slice(0, 10)}` : `${daysText(Days)} after they were made`}, objects move to ${storageClassText(StorageClass)}.`,
    );
  const { Expiration: end, NoncurrentVersionExpiration: old } = rule;
  if (end?.Days !== undefined) words.push(`${daysText(end.Days)} after they were made, objects are deleted.`);
  if (end?.Date) words.push(`On ${end.Date.toISOString().slice(0, 10)}, objects are deleted.`);
  if (end?.ExpiredObjectDeleteMarker) words.push('Delete markers with no versions behind them are deleted.');
  for (const { NoncurrentDays, StorageClass } of rule.NoncurrentVersionTransitions ?? [])
    words.push(
      `${daysText(NoncurrentDays)} after they were replaced, versions move to ${storageClassText(StorageClass)}.`,
    );
  if (old)
    words.push(
      `${daysText(old.NoncurrentDays)} after they were replaced, versions are deleted${old.NewerNoncurrentVersions === undefined ? '' : `, but for the newest ${old.NewerNoncurrentVersions}`}.`,
    );
  const abort = rule.AbortIncompleteMultipartUpload;
  if (abort) words.push(`${daysText(abort.DaysAfterInitiation)} after they began, unfinished uploads are aborted.`);
  return words;
}

/** Which objects a rule is for, in plain words. */
export function scopeOf(rule: LifecycleRule): string {
  const filter = rule.Filter ?? {};
  const prefix = filter.And?.Prefix ?? filter.Prefix ?? rule.Prefix ?? '';
  const tags = filter.And?.Tags ?? (filter.Tag ? [filter.Tag] : []);
  const over = filter.And?.ObjectSizeGreaterThan ?? filter.ObjectSizeGreaterThan;
  const under = filter.And?.ObjectSizeLessThan ?? filter.ObjectSizeLessThan;
  const parts = [
    ...(prefix === '' ? [] : [`below ${prefix}`]),
    ...tags.map(({ Key, Value }) => `tagged ${Key} = ${Value}`),
    ...(over === undefined ? [] : [`larger than ${over} bytes`]),
    ...(under === undefined ? [] : [`smaller than ${under} bytes`]),
  ];
  return parts.length === 0 ? 'All objects' : `Objects ${parts.join(', ')}`;
}
