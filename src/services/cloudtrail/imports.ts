import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { GetObjectCommandOutput, ListObjectsV2CommandOutput } from '@aws-sdk/client-s3';
import type { Call } from '../../kernel/call.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import type { Principal } from '../../kernel/principals/principal.ts';
import { page, parseArn } from '../../kernel/resources.ts';
import type { Handlers, ServiceJob } from '../../kernel/service.ts';
import type { Reader } from '../../kernel/store/store.ts';
import type { TrailRecord } from '../../kernel/trail/record.ts';
import { fault, invalid } from './errors.ts';
import { DAY_MS } from './limits.ts';
import { openEventDataStore, SERVICE, unknownStore } from './names.ts';
import { badToken, readMaxResults } from './paging.ts';
import { failures, imports, IN_PROGRESS, type Import } from './import-records.ts';
import { eventDataStores, type EventDataStore } from './records.ts';
import { categoriesOf } from './selectors.ts';
import { storeEvents } from './stored-events.ts';

type CloudTrail = Handlers<typeof import('@aws-sdk/client-cloudtrail')>;

/** Log files of trails, brought into an event data store. Source: CloudTrail User Guide, "Copy trail events to CloudTrail Lake". */
export const IMPORT_JOB = 'cloudtrail/import';
type Input = { account: string; region: string; id: string };

const decompress = promisify(gunzip);
/** Bytes of a log file, compressed and not. Source: User Guide: log files have up to 50 MB. */
const FILE_BYTES_MAX = 64 * 1024 ** 2;
const ENTRY_RECORDS_MAX = 200;
/** Failures that are kept of an import. */
const FAILURES_MAX = 1000;
const URI = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/;

export const StartImport: CloudTrail['StartImport'] = async (call, input) => {
  const { kernel } = call;
  const standing = input.ImportId === undefined ? undefined : await openImport(call, kernel.store, input.ImportId);
  if (standing && (input.Destinations || input.ImportSource || input.StartEventTime || input.EndEventTime))
    throw invalid('ImportId cannot be combined with other parameters.');
  if (standing?.status === 'COMPLETED') throw invalid(`The import ${standing.id} has completed.`);
  const started = standing ?? (await readImport(call, input));
  const store = await openOwnStore(call, started.destination);
  if (store.status === 'PENDING_DELETION')
    throw fault('InactiveEventDataStoreException', `The event data store is inactive: ${store.arn}`);
  await requirePassRole(call, started.roleArn);
  const begun: Import = { ...started, status: 'INITIALIZING', runs: started.runs + 1, updatedAtMs: kernel.clock.now() };
  await kernel.store.transact(async (tx) => {
    const all = await tx.range(imports, [call.account, call.region]);
    if (all.some(({ value }) => IN_PROGRESS.has(value.status)))
      throw fault('AccountHasOngoingImportException', 'The account has an import that is in progress.');
    tx.put(imports, [begun.account, begun.region, begun.id], begun);
    const job: Input = { account: begun.account, region: begun.region, id: begun.id };
    await kernel.jobs.submit(tx, { kind: IMPORT_JOB, id: `${begun.id}/${begun.runs}`, input: job });
  });
  const { ImportStatistics: _none, ...described } = describe(begun);
  return described;
};

const requirePassRole = (call: Call, resource: string) =>
  call.require({ action: 'iam:PassRole', resource, keys: { 'iam:passedtoservice': SERVICE } });

/** Asks what `StartImport` asks as it works, of an import that may not be here. */
export async function askOfStartImport(call: Call, input: Parameters<CloudTrail['StartImport']>[1]): Promise<void> {
  const { ImportId, ImportSource } = input;
  const standing = ImportId && (await call.kernel.store.get(imports, [call.account, call.region, ImportId]));
  const roleArn = standing ? standing.roleArn : ImportSource?.S3?.S3BucketAccessRoleArn;
  if (roleArn !== undefined) await requirePassRole(call, roleArn);
}

/** An event data store that the caller's account owns: no policy is asked on the destination, so that it can be no other's. */
async function openOwnStore(call: Call, idOrArn: string): Promise<EventDataStore> {
  const store = await openEventDataStore(call, call.kernel.store, idOrArn);
  if (store.account !== call.account) throw unknownStore(idOrArn);
  return store;
}

async function readImport(call: Call, input: Parameters<CloudTrail['StartImport']>[1]): Promise<Import> {
  const { Destinations = [], ImportSource, StartEventTime, EndEventTime } = input;
  if (Destinations.length !== 1 || !ImportSource?.S3) throw invalid('One destination and an import source are needed.');
  const { S3LocationUri, S3BucketRegion, S3BucketAccessRoleArn } = ImportSource.S3;
  if (!URI.test(S3LocationUri!))
    throw fault('InvalidImportSourceException', `The S3 URI ${S3LocationUri} is not valid.`);
  if (parseArn(S3BucketAccessRoleArn!)?.service !== 'iam')
    throw fault('InvalidImportSourceException', `The role ARN ${S3BucketAccessRoleArn} is not valid.`);
  if (StartEventTime && EndEventTime && StartEventTime > EndEventTime)
    throw invalid('The start time must be before the end time.');
  const store = await openOwnStore(call, Destinations[0]!);
  if (![...categoriesOf(store.selectors)].some((category) => category === 'Management' || category === 'Data'))
    throw fault(
      'InvalidEventDataStoreCategoryException',
      'Trail events go into event data stores of management and data events.',
    );
  const now = call.kernel.clock.now();
  return {
    id: call.kernel.ids.uuid(),
    account: call.account,
    region: call.region,
    destination: store.arn,
    uri: S3LocationUri!,
    bucketRegion: S3BucketRegion!,
    roleArn: S3BucketAccessRoleArn!,
    ...(StartEventTime ? { fromMs: StartEventTime.getTime() } : {}),
    ...(EndEventTime ? { toMs: EndEventTime.getTime() } : {}),
    status: 'INITIALIZING',
    createdAtMs: now,
    updatedAtMs: now,
    runs: 0,
    statistics: { prefixesFound: 0, prefixesCompleted: 0, files: 0, events: 0, failed: 0 },
  };
}

async function openImport(call: Call, reader: Reader, id: string): Promise<Import> {
  const found = await reader.get(imports, [call.account, call.region, id]);
  if (!found) throw fault('ImportNotFoundException', `The import ${id} does not exist.`);
  return found;
}

export const importJob: ServiceJob<Input> = {
  async run({ job, kernel, signal }) {
    const { input } = job;
    const started = await change(kernel, input, (standing) => ({ ...standing, status: 'IN_PROGRESS' }));
    const [, Bucket, Prefix = ''] = URI.exec(started.uri)!;
    const principal = await kernel.calls.assumeRole({
      roleArn: started.roleArn,
      service: SERVICE,
      sessionName: 'CloudTrailImport',
      sourceArn: started.destination,
      sourceAccount: started.account,
      region: started.region,
    });
    const reading: Reading = { kernel, principal, region: started.bucketRegion, Bucket: Bucket!, signal };
    await retryFailures(reading, started);
    let folder = started.after && folderOf(started.after);
    for await (const key of logFiles(reading, Prefix, started.after)) {
      const entered = folderOf(key) !== folder;
      folder = folderOf(key);
      const events = await importFile(reading, started, key).catch(async (error: unknown) => {
        signal.throwIfAborted();
        await noteFailure(kernel, started.id, `s3://${Bucket}/${key}`, error);
        return undefined;
      });
      await change(kernel, input, ({ statistics, ...standing }) => ({
        ...standing,
        after: key,
        statistics: {
          prefixesFound: statistics.prefixesFound + (entered ? 1 : 0),
          prefixesCompleted: statistics.prefixesFound,
          files: statistics.files + (events === undefined ? 0 : 1),
          events: statistics.events + (events ?? 0),
          failed: statistics.failed + (events === undefined ? 1 : 0),
        },
      }));
    }
  },
  async ended(tx, { input, state, endedAtMs = 0 }) {
    const key = [input.account, input.region, input.id];
    const standing = await tx.get(imports, key);
    if (!standing) return;
    const { statistics } = standing;
    const whole = state === 'completed' && statistics.failed === 0;
    tx.put(imports, key, {
      ...standing,
      status: state === 'cancelled' ? 'STOPPED' : whole ? 'COMPLETED' : 'FAILED',
      updatedAtMs: endedAtMs,
      statistics: { ...statistics, prefixesCompleted: whole ? statistics.prefixesFound : statistics.prefixesCompleted },
    });
  },
};

/** A run after one that failed begins with the files that could not be brought in. */
async function retryFailures(reading: Reading, started: Import): Promise<void> {
  const { kernel, Bucket, signal } = reading;
  for (const { key: place, value } of await kernel.store.range(failures, [started.id])) {
    signal.throwIfAborted();
    const events = await importFile(reading, started, value.location.slice(`s3://${Bucket}/`.length)).catch(
      () => undefined,
    );
    if (events === undefined) continue;
    await kernel.store.transact((tx) => tx.delete(failures, place));
    await change(kernel, started, ({ statistics, ...standing }) => ({
      ...standing,
      statistics: {
        ...statistics,
        files: statistics.files + 1,
        events: statistics.events + events,
        failed: statistics.failed - 1,
      },
    }));
  }
}

const folderOf = (key: string) => key.slice(0, key.lastIndexOf('/') + 1);

function change(kernel: Kernel, { account, region, id }: Input, how: (standing: Import) => Import): Promise<Import> {
  return kernel.store.transact(async (tx) => {
    const standing = await tx.get(imports, [account, region, id]);
    if (!standing) throw new Error('the import is gone');
    const changed = { ...how(standing), updatedAtMs: kernel.clock.now() };
    tx.put(imports, [account, region, id], changed);
    return changed;
  });
}

type Reading = { kernel: Kernel; principal: Principal; region: string; Bucket: string; signal: AbortSignal };

const asRole = <O>({ kernel, principal, region, signal }: Reading, operation: string, input: object): Promise<O> =>
  kernel.calls.send<O>({ service: 's3', operation, input, principal, region, invokedBy: SERVICE, signal });

async function* logFiles(reading: Reading, Prefix: string, after: string | undefined): AsyncGenerator<string> {
  let ContinuationToken: string | undefined;
  do {
    const found: ListObjectsV2CommandOutput = await asRole(reading, 'ListObjectsV2', {
      Bucket: reading.Bucket,
      Prefix,
      ...(after === undefined ? {} : { StartAfter: after }),
      ...(ContinuationToken === undefined ? {} : { ContinuationToken }),
    });
    for (const { Key } of found.Contents ?? []) if (/(^|\/)CloudTrail\/.*\.json\.gz$/.test(Key!)) yield Key!;
    ContinuationToken = found.NextContinuationToken;
  } while (ContinuationToken !== undefined);
}

/** Brings in the events of one file; returns how many. */
async function importFile(reading: Reading, started: Import, Key: string): Promise<number> {
  const { kernel } = reading;
  const { Body } = await asRole<GetObjectCommandOutput>(reading, 'GetObject', { Bucket: reading.Bucket, Key });
  const text = await decompress(await collect(Body as unknown as AsyncIterable<Uint8Array> | Uint8Array), {
    maxOutputLength: FILE_BYTES_MAX,
  });
  const { Records } = JSON.parse(text.toString()) as { Records?: TrailRecord[] };
  if (!Array.isArray(Records)) throw new TypeError('The file is no log file of CloudTrail.');
  const { account, region, id } = storeOf(started.destination);
  let events = 0;
  for (let at = 0; at < Records.length; at += ENTRY_RECORDS_MAX) {
    const some = Records.slice(at, at + ENTRY_RECORDS_MAX);
    events += await kernel.store.transact(async (tx) => {
      const store = await tx.get(eventDataStores, [account, region, id]);
      if (!store || store.status === 'PENDING_DELETION') throw new Error('the event data store is gone');
      const categories = categoriesOf(store.selectors);
      const oldest = kernel.clock.now() - store.retentionDays * DAY_MS;
      const wanted = some
        .map((record) => ({ record, timeMs: Date.parse(record.eventTime) }))
        .filter(
          ({ record, timeMs }) =>
            categories.has(record.eventCategory) &&
            timeMs >= Math.max(oldest, started.fromMs ?? 0) &&
            timeMs <= (started.toMs ?? Number.MAX_SAFE_INTEGER),
        );
      if (wanted.length > 0) await storeEvents(kernel, tx, store, wanted);
      return wanted.length;
    });
  }
  return events;
}

const storeOf = (arn: string) => {
  const { account, region, resource } = parseArn(arn)!;
  return { account, region, id: resource.slice('eventdatastore/'.length) };
};

async function collect(body: AsyncIterable<Uint8Array> | Uint8Array): Promise<Buffer> {
  if (body instanceof Uint8Array) return Buffer.from(body);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > FILE_BYTES_MAX) throw new RangeError(`The file is larger than ${FILE_BYTES_MAX} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function noteFailure(kernel: Kernel, id: string, location: string, error: unknown): Promise<void> {
  const { name, message } = error instanceof Error ? error : { name: 'Error', message: String(error) };
  await kernel.store.transact(async (tx) => {
    const known = await tx.range(failures, [id], { limit: FAILURES_MAX });
    if (known.length < FAILURES_MAX)
      tx.put(failures, [id, location], { location, type: name, message, atMs: kernel.clock.now() });
  });
}

export const GetImport: CloudTrail['GetImport'] = async (call, input) =>
  describe(await openImport(call, call.kernel.store, input.ImportId!));

export const StopImport: CloudTrail['StopImport'] = async (call, input) => {
  const { kernel } = call;
  const standing = await openImport(call, kernel.store, input.ImportId!);
  if (IN_PROGRESS.has(standing.status))
    await kernel.jobs.cancel(IMPORT_JOB, `${standing.id}/${standing.runs}`, 'the import was stopped');
  return describe(await openImport(call, kernel.store, input.ImportId!));
};

export const ListImports: CloudTrail['ListImports'] = async (call, input) => {
  const all = (await call.kernel.store.range(imports, [call.account, call.region])).map(({ value }) => value);
  const shown = all
    .filter(
      ({ destination, status }) =>
        (input.Destination === undefined || destination === input.Destination) &&
        (input.ImportStatus === undefined || status === input.ImportStatus),
    )
    .toSorted((a, b) => b.createdAtMs - a.createdAtMs);
  const { items, nextToken } = page(shown, input.NextToken, readMaxResults(input.MaxResults), badToken);
  return {
    Imports: items.map((one) => ({
      ImportId: one.id,
      ImportStatus: one.status,
      Destinations: [one.destination],
      CreatedTimestamp: new Date(one.createdAtMs),
      UpdatedTimestamp: new Date(one.updatedAtMs),
    })),
    ...(nextToken === undefined ? {} : { NextToken: nextToken }),
  };
};

export const ListImportFailures: CloudTrail['ListImportFailures'] = async (call, input) => {
  const { store } = call.kernel;
  const { id } = await openImport(call, store, input.ImportId!);
  const all = (await store.range(failures, [id])).map(({ value }) => value);
  const { items, nextToken } = page(all, input.NextToken, readMaxResults(input.MaxResults), badToken);
  return {
    Failures: items.map(({ location, type, message, atMs }) => ({
      Location: location,
      Status: 'FAILED',
      ErrorType: type,
      ErrorMessage: message,
      LastUpdatedTime: new Date(atMs),
    })),
    ...(nextToken === undefined ? {} : { NextToken: nextToken }),
  };
};

function describe(one: Import) {
  const { statistics } = one;
  return {
    ImportId: one.id,
    Destinations: [one.destination],
    ImportSource: {
      S3: { S3LocationUri: one.uri, S3BucketRegion: one.bucketRegion, S3BucketAccessRoleArn: one.roleArn },
    },
    ...(one.fromMs === undefined ? {} : { StartEventTime: new Date(one.fromMs) }),
    ...(one.toMs === undefined ? {} : { EndEventTime: new Date(one.toMs) }),
    ImportStatus: one.status,
    CreatedTimestamp: new Date(one.createdAtMs),
    UpdatedTimestamp: new Date(one.updatedAtMs),
    ImportStatistics: {
      PrefixesFound: statistics.prefixesFound,
      PrefixesCompleted: statistics.prefixesCompleted,
      FilesCompleted: statistics.files,
      EventsCompleted: statistics.events,
      FailedEntries: statistics.failed,
    },
  };
}
