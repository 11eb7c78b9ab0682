import type { AdvancedEventSelector, BillingMode } from '@aws-sdk/client-cloudtrail';
import type { Call } from '../../kernel/call.ts';
import { page } from '../../kernel/resources.ts';
import type { Handlers, ServiceJob } from '../../kernel/service.ts';
import type { Transaction } from '../../kernel/store/store.ts';
import { distribute } from './distribution.ts';
import { fault, invalid, notBuilt } from './errors.ts';
import { isImporting } from './import-records.ts';
import { tellInterest } from './interest.ts';
import {
  EVENT_DATA_STORES_MAX,
  PENDING_DELETION_MS,
  RETENTION_DAYS_DEFAULT,
  RETENTION_DAYS_MAX,
  RETENTION_DAYS_MIN,
} from './limits.ts';
import { eventDataStoreArn, openEventDataStore } from './names.ts';
import { organizationFor } from './organization.ts';
import { badToken, readMaxResults } from './paging.ts';
import { eventDataStores, type EventDataStore } from './records.ts';
import { categoriesOf, MANAGEMENT_SELECTORS, readAdvancedSelectors } from './selectors.ts';
import { removeEvents } from './stored-events.ts';
import { listTags, readTags } from './tag-lists.ts';

type CloudTrail = Handlers<typeof import('@aws-sdk/client-cloudtrail')>;

/** Event data stores: events that SQL can ask. */
const CATEGORIES = ['Management', 'Data', 'NetworkActivity'];
/** Categories of what this stack does not have. */
const UNBUILT = new Set(['ActivityAuditLog', 'ConfigurationItem', 'Evidence']);

function readSelectors(selectors: AdvancedEventSelector[]): AdvancedEventSelector[] {
  for (const { FieldSelectors = [] } of selectors) {
    const category = FieldSelectors.find(({ Field }) => Field === 'eventCategory')?.Equals?.[0];
    if (category !== undefined && UNBUILT.has(category))
      throw notBuilt(`An event data store of the event category ${category}`);
  }
  const read = readAdvancedSelectors(selectors, [...CATEGORIES, 'Insight']);
  const categories = categoriesOf(read);
  // Source: User Guide, "Event data stores": what is laid out otherwise has one of its own.
  if (categories.has('Insight') && categories.size > 1)
    throw fault('InvalidEventSelectorsException', 'Insights events cannot be combined with other event categories.');
  return read;
}

function readRetention(days: number | undefined, billingMode: BillingMode): number {
  if (days === undefined) return RETENTION_DAYS_DEFAULT[billingMode];
  const most = RETENTION_DAYS_MAX[billingMode];
  if (days < RETENTION_DAYS_MIN || days > most)
    throw invalid(`The retention period must be between ${RETENTION_DAYS_MIN} and ${most} days for ${billingMode}.`);
  return days;
}

async function refuseName(call: Call, tx: Transaction, name: string, id: string): Promise<EventDataStore[]> {
  const here = (await tx.range(eventDataStores, [call.account, call.region])).map(({ value }) => value);
  if (here.some((store) => store.name === name && store.id !== id && store.status !== 'PENDING_DELETION'))
    throw fault('EventDataStoreAlreadyExistsException', `An event data store with the name ${name} already exists.`);
  return here;
}

export const CreateEventDataStore: CloudTrail['CreateEventDataStore'] = async (call, input) => {
  const { kernel } = call;
  if (input.KmsKeyId) throw notBuilt('KmsKeyId of an event data store');
  const billingMode = input.BillingMode ?? 'EXTENDABLE_RETENTION_PRICING';
  const now = kernel.clock.now();
  const id = kernel.ids.uuid();
  const ingests = input.StartIngestion ?? true;
  const store: EventDataStore = {
    account: call.account,
    region: call.region,
    id,
    arn: eventDataStoreArn(call, id),
    name: input.Name!,
    status: ingests ? 'ENABLED' : 'STOPPED_INGESTION',
    selectors: input.AdvancedEventSelectors?.length
      ? readSelectors(input.AdvancedEventSelectors)
      : MANAGEMENT_SELECTORS,
    multiRegion: input.MultiRegionEnabled ?? true,
    organization: input.OrganizationEnabled ?? false,
    retentionDays: readRetention(input.RetentionPeriod, billingMode),
    protect: input.TerminationProtectionEnabled ?? true,
    billingMode,
    createdAtMs: now,
    updatedAtMs: now,
    ...(ingests ? { startedAtMs: now } : {}),
    insights: [],
    tags: readTags(input.TagsList),
  };
  const organization = await organizationFor(call, store.organization);
  await kernel.store.transact(async (tx) => {
    const here = await refuseName(call, tx, store.name, id);
    if (here.length >= EVENT_DATA_STORES_MAX)
      throw fault(
        'EventDataStoreMaxLimitExceededException',
        `The account has ${EVENT_DATA_STORES_MAX} event data stores in ${call.region} already.`,
      );
    tx.put(eventDataStores, keyOf(store), store);
    await tellInterest(kernel, tx, call.account, organization);
  });
  return { ...describe(store), Status: 'CREATED', TagsList: listTags(store.tags) };
};

const keyOf = ({ account, region, id }: EventDataStore) => [account, region, id];

export const GetEventDataStore: CloudTrail['GetEventDataStore'] = async (call, input) => ({
  ...describe(await openEventDataStore(call, call.kernel.store, input.EventDataStore!)),
  FederationStatus: 'DISABLED',
  PartitionKeys: [],
});

/** Names and ARNs only, as AWS answers since 2024. */
export const ListEventDataStores: CloudTrail['ListEventDataStores'] = async (call, input) => {
  const { store, clock } = call.kernel;
  const all = (await store.range(eventDataStores, [call.account, call.region])).map(({ value }) => value);
  const standing = all.filter(({ deletedAtMs }) => deletedAtMs === undefined || deletedAtMs > clock.now());
  const { items, nextToken } = page(standing, input.NextToken, readMaxResults(input.MaxResults), badToken);
  return {
    EventDataStores: items.map(({ arn, name }) => ({ EventDataStoreArn: arn, Name: name })),
    ...(nextToken === undefined ? {} : { NextToken: nextToken }),
  };
};

/** Changes an event data store that is not being deleted. */
async function change(
  call: Call,
  idOrArn: string,
  change: (store: EventDataStore, tx: Transaction) => EventDataStore | Promise<EventDataStore>,
): Promise<EventDataStore> {
  const { kernel } = call;
  const { account } = await openEventDataStore(call, kernel.store, idOrArn);
  await distribute(kernel, account);
  const organization = await kernel.principals.organizationOf(account);
  return kernel.store.transact(async (tx) => {
    const changed = await change(await openEventDataStore(call, tx, idOrArn), tx);
    tx.put(eventDataStores, keyOf(changed), changed);
    await tellInterest(kernel, tx, account, organization);
    return changed;
  });
}

const refuseInactive = (store: EventDataStore) => {
  if (store.status === 'PENDING_DELETION')
    throw fault('InactiveEventDataStoreException', `The event data store is inactive: ${store.arn}`);
};

export const UpdateEventDataStore: CloudTrail['UpdateEventDataStore'] = async (call, input) => {
  if (input.KmsKeyId) throw notBuilt('KmsKeyId of an event data store');
  const wantsOrganization = input.OrganizationEnabled === true;
  if (wantsOrganization) await organizationFor(call, true);
  const store = await change(call, input.EventDataStore!, async (standing, tx) => {
    refuseInactive(standing);
    if (input.Name !== undefined) await refuseName(call, tx, input.Name, standing.id);
    const billingMode = input.BillingMode ?? standing.billingMode;
    if (standing.billingMode === 'EXTENDABLE_RETENTION_PRICING' && billingMode === 'FIXED_RETENTION_PRICING')
      throw invalid('The billing mode cannot be changed from EXTENDABLE_RETENTION_PRICING to FIXED_RETENTION_PRICING.');
    return {
      ...standing,
      name: input.Name ?? standing.name,
      selectors: input.AdvancedEventSelectors?.length
        ? readSelectors(input.AdvancedEventSelectors)
        : standing.selectors,
      multiRegion: input.MultiRegionEnabled ?? standing.multiRegion,
      organization: input.OrganizationEnabled ?? standing.organization,
      retentionDays:
        input.RetentionPeriod === undefined
          ? standing.retentionDays
          : readRetention(input.RetentionPeriod, billingMode),
      protect: input.TerminationProtectionEnabled ?? standing.protect,
      billingMode,
      updatedAtMs: call.kernel.clock.now(),
    };
  });
  return describe(store);
};

/** Marks an event data store; seven days later it is gone. */
export const DeleteEventDataStore: CloudTrail['DeleteEventDataStore'] = async (call, input) => {
  const { kernel } = call;
  await change(call, input.EventDataStore!, async (standing, tx) => {
    refuseInactive(standing);
    if (await isImporting(tx, standing))
      throw fault(
        'EventDataStoreHasOngoingImportException',
        `The event data store has an import that is in progress: ${standing.arn}`,
      );
    if (standing.protect)
      throw fault(
        'EventDataStoreTerminationProtectedException',
        `The event data store cannot be deleted because termination protection is enabled for it: ${standing.arn}`,
      );
    const updatedAtMs = kernel.clock.now();
    const deletedAtMs = updatedAtMs + PENDING_DELETION_MS;
    const { account, region, id } = standing;
    const input: RemovalInput = { account, region, id, deletedAtMs };
    await kernel.jobs.submit(tx, { kind: REMOVAL_JOB, id: `${id}/${deletedAtMs}`, input, runAtMs: deletedAtMs });
    return { ...standing, status: 'PENDING_DELETION', updatedAtMs, deletedAtMs };
  });
  return {};
};

export const RestoreEventDataStore: CloudTrail['RestoreEventDataStore'] = async (call, input) => {
  const now = call.kernel.clock.now();
  const store = await change(call, input.EventDataStore!, async (standing, tx) => {
    if (standing.status !== 'PENDING_DELETION')
      throw fault(
        'InvalidEventDataStoreStatusException',
        `The event data store is not pending deletion: ${standing.arn}`,
      );
    await refuseName(call, tx, standing.name, standing.id);
    const { deletedAtMs: _deleted, ...rest } = standing;
    return { ...rest, status: 'ENABLED', updatedAtMs: now, startedAtMs: now };
  });
  return describe(store);
};

export const StartEventDataStoreIngestion: CloudTrail['StartEventDataStoreIngestion'] = async (call, input) => {
  const now = call.kernel.clock.now();
  await change(call, input.EventDataStore!, (standing) => {
    refuseInactive(standing);
    if (standing.status !== 'STOPPED_INGESTION')
      throw fault(
        'InvalidEventDataStoreStatusException',
        `The event data store is not in the status STOPPED_INGESTION: ${standing.arn}`,
      );
    const { stoppedBy: _last, ...rest } = standing;
    return { ...rest, status: 'ENABLED', updatedAtMs: now, startedAtMs: now };
  });
  return {};
};

/** Ends ingestion; the call itself is the last that comes in. */
export const StopEventDataStoreIngestion: CloudTrail['StopEventDataStoreIngestion'] = async (call, input) => {
  const now = call.kernel.clock.now();
  await change(call, input.EventDataStore!, (standing) => {
    refuseInactive(standing);
    if (standing.status !== 'ENABLED')
      throw fault(
        'InvalidEventDataStoreStatusException',
        `The event data store is not in the status ENABLED: ${standing.arn}`,
      );
    return { ...standing, status: 'STOPPED_INGESTION', updatedAtMs: now, stoppedBy: call.requestId };
  });
  return {};
};

export const REMOVAL_JOB = 'cloudtrail/removal';
type RemovalInput = { account: string; region: string; id: string; deletedAtMs: number };

/** Removes an event data store whose time to be restored has passed. */
export const removalJob: ServiceJob<RemovalInput> = {
  async run({ job, kernel }) {
    const { account, region, id, deletedAtMs } = job.input;
    const gone = await kernel.store.transact(async (tx) => {
      const store = await tx.get(eventDataStores, [account, region, id]);
      if (store?.deletedAtMs !== deletedAtMs) return false;
      tx.delete(eventDataStores, [account, region, id]);
      return true;
    });
    if (gone) await removeEvents(kernel, id);
  },
};

function describe(store: EventDataStore) {
  return {
    EventDataStoreArn: store.arn,
    Name: store.name,
    Status: store.status,
    AdvancedEventSelectors: store.selectors,
    MultiRegionEnabled: store.multiRegion,
    OrganizationEnabled: store.organization,
    RetentionPeriod: store.retentionDays,
    TerminationProtectionEnabled: store.protect,
    CreatedTimestamp: new Date(store.createdAtMs),
    UpdatedTimestamp: new Date(store.updatedAtMs),
    BillingMode: store.billingMode,
  };
}
