import type { Kernel } from '../../kernel/kernel.ts';
import type { Transaction } from '../../kernel/store/store.ts';
import type { Noted } from '../../kernel/trail/history.ts';
import { readOutbox } from '../../kernel/trail/outbox.ts';
import type { TrailRecord } from '../../kernel/trail/record.ts';
import { storeEvents } from './stored-events.ts';
import { countCalls } from './insight-counts.ts';
import { keepersOf, type OrganizationOf } from './interest.ts';
import { SERVICE } from './names.ts';
import { waiting, type Destination, type EventDataStore, type Folder, type Trail } from './records.ts';
import { DEFAULT_EVENT_SELECTORS, selects, selectsAdvanced } from './selectors.ts';

/** From the kernel's outbox to each trail and event data store that wants a record. */

/** Segments of the outbox of one transaction: each has up to 200 records. */
const SEGMENTS = 3;
const ENTRY_RECORDS_MAX = 200;

/**
 * Takes an account's records to those that want them, as they are set up now. It is done before each change of that, so that earlier
 * records go by what was then.
 */
export async function distribute(kernel: Kernel, account: string): Promise<void> {
  await kernel.trail.flush();
  const organization = await kernel.principals.organizationOf(account);
  while (await kernel.store.transact((tx) => distributeSome(kernel, tx, account, organization)));
}

async function distributeSome(
  kernel: Kernel,
  tx: Transaction,
  account: string,
  organization: OrganizationOf,
): Promise<boolean> {
  const { noted, take } = await readOutbox(tx, account, SEGMENTS);
  if (noted.length === 0) return false;
  take();
  const keepers = await keepersOf(tx, account, organization);
  for (const trail of keepers.trails) {
    const wanted = noted.filter((each) => wants(trail, each));
    for (const region of new Set(wanted.map(({ record }) => record.awsRegion)))
      wait(
        kernel,
        tx,
        destinationOf(trail, organization),
        { account, region, folder: 'CloudTrail' },
        ofRegion(wanted, region),
      );
    if (trail.insights.length > 0)
      await countCalls(tx, { watcher: trail, noted: noted.filter((each) => logs(trail, each)) });
  }
  for (const store of keepers.stores) {
    const wanted = noted.filter((each) => storeWants(store, each));
    if (wanted.length > 0) await storeEvents(kernel, tx, store, wanted);
    if (store.insights.length > 0)
      await countCalls(tx, { watcher: store, noted: noted.filter((each) => ingests(store, each)) });
  }
  return true;
}

const ofRegion = (noted: Noted[], region: string) => noted.filter(({ record }) => record.awsRegion === region);

/** Puts records among those that wait to be written to a file. */
export function wait(
  kernel: Kernel,
  tx: Transaction,
  destination: Destination,
  place: { account: string; region: string; folder: Folder },
  noted: Noted[],
): void {
  for (let at = 0; at < noted.length; at += ENTRY_RECORDS_MAX) {
    const some = noted.slice(at, at + ENTRY_RECORDS_MAX);
    const sinceMs = some[0]!.timeMs;
    tx.put(
      waiting,
      [place.account, destination.trailArn, place.region, place.folder, sinceMs, kernel.ids.sortable(sinceMs)],
      { destination, records: some.map(({ record }) => record) },
    );
  }
}

export const destinationOf = (trail: Trail, organization: OrganizationOf): Destination => ({
  trailArn: trail.arn,
  account: trail.account,
  name: trail.name,
  homeRegion: trail.region,
  bucket: trail.bucket,
  ...(trail.prefix === undefined ? {} : { prefix: trail.prefix }),
  ...(trail.kmsKeyId === undefined ? {} : { kmsKeyId: trail.kmsKeyId }),
  ...(trail.organization && organization ? { organizationId: organization.id } : {}),
  validation: trail.validation,
});

/** Services whose events a trail of one region may have from the first one. */
const GLOBAL_SOURCES = new Set(['iam.amazonaws.com', 'sts.amazonaws.com', 'organizations.amazonaws.com']);

/** Whether a trail was logging, in that region, when the call was made; the call that stopped it included. */
function logs(trail: Trail, { timeMs, record }: Noted): boolean {
  const isLast = trail.stoppedBy !== undefined && record.requestID === trail.stoppedBy;
  if (!isLast && (!trail.logging || timeMs < (trail.startedAtMs ?? 0))) return false;
  return (
    trail.multiRegion ||
    record.awsRegion === trail.region ||
    (trail.includeGlobal && record.awsRegion === 'us-east-1' && GLOBAL_SOURCES.has(record.eventSource))
  );
}

function wants(trail: Trail, noted: Noted): boolean {
  const { record } = noted;
  if (!logs(trail, noted)) return false;
  if (!trail.recursive && isDelivery(record)) return false;
  return trail.advancedEventSelectors
    ? selectsAdvanced(trail.advancedEventSelectors, record)
    : selects(trail.eventSelectors ?? DEFAULT_EVENT_SELECTORS, record);
}

const isDelivery = ({ userIdentity, eventName }: TrailRecord) =>
  userIdentity?.['invokedBy'] === SERVICE && (eventName === 'PutObject' || eventName === 'GetBucketAcl');

/** Whether an event data store was taking in what was called then, in that region; the call that stopped it included. */
function ingests(store: EventDataStore, { timeMs, record }: Noted): boolean {
  const isLast = store.stoppedBy !== undefined && record.requestID === store.stoppedBy;
  if (!isLast && (store.status !== 'ENABLED' || timeMs < (store.startedAtMs ?? 0))) return false;
  return store.multiRegion || record.awsRegion === store.region;
}

const storeWants = (store: EventDataStore, noted: Noted) =>
  ingests(store, noted) && selectsAdvanced(store.selectors, noted.record);
