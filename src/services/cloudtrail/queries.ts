import type { SqlError } from '../../engines/sql/database.ts';
import type { SqlValue } from '../../engines/sql/value.ts';
import type { Call } from '../../kernel/call.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { pageToken, page, readPageToken } from '../../kernel/resources.ts';
import type { Handlers, ServiceJob } from '../../kernel/service.ts';
import type { Reader, Transaction } from '../../kernel/store/store.ts';
import { distribute } from './distribution.ts';
import { fault, invalid, notBuilt } from './errors.ts';
import { checkStatement, withTables, type LakeTable } from './lake.ts';
import { QUERIES_RUNNING_MAX, QUERY_MS_MAX, QUERY_PAGE_MAX, QUERY_RESULTS_MS, QUERY_ROWS_MAX } from './limits.ts';
import { eventDataStoreArn, openEventDataStore } from './names.ts';
import { badToken, readMaxResults } from './paging.ts';
import { deliverResult, readDeliveryUri } from './query-delivery.ts';
import { queries, queryPlaces, queryRows, type EventDataStore, type Query } from './records.ts';
import { categoriesOf } from './selectors.ts';
import { storesIn, translate } from './statement.ts';

type CloudTrail = Handlers<typeof import('@aws-sdk/client-cloudtrail')>;

/** Queries of event data stores: SQL, run as a job. */
export const QUERY_JOB = 'cloudtrail/query';
/** Rows of an entry of `queryRows`. */
const CHUNK = 500;
type Input = { account: string; region: string; tables: LakeTable[]; accounts: string[]; queryId: string };
type Key = [storeId: string, createdAtMs: number, queryId: string];

const isSqlError = (error: unknown): error is SqlError => error instanceof Error && error.name === 'SqlError';

export const StartQuery: CloudTrail['StartQuery'] = async (call, input) => {
  const { kernel, engines } = call;
  if (input.QueryAlias || input.QueryParameters?.length) throw notBuilt('StartQuery with QueryAlias');
  const statement = input.QueryStatement ?? '';
  const ids = storesIn(statement);
  if (ids.length === 0)
    throw fault('InvalidQueryStatementException', 'The query statement names no event data store: FROM takes its ID.');
  const place = {
    account: input.EventDataStoreOwnerAccountId ?? call.account,
    region: call.region,
    partition: call.partition,
  };
  const stores = await Promise.all(
    ids.map((id) => openEventDataStore(call, kernel.store, eventDataStoreArn(place, id))),
  );
  const inactive = stores.find(({ status }) => status === 'PENDING_DELETION');
  if (inactive) throw fault('InactiveEventDataStoreException', `The event data store is inactive: ${inactive.arn}`);
  const deliveryUri = input.DeliveryS3Uri === undefined ? undefined : readDeliveryUri(input.DeliveryS3Uri);
  await checkStatement(engines, stores.map(tableOf), translate(statement, kernel.clock.now())).catch(
    (error: unknown) => {
      throw isSqlError(error) ? fault('InvalidQueryStatementException', error.message) : error;
    },
  );
  const createdAtMs = kernel.clock.now();
  const query: Query = {
    id: kernel.ids.uuid(),
    account: call.account,
    region: call.region,
    storeId: ids[0]!,
    statement,
    status: 'QUEUED',
    createdAtMs,
    ...(deliveryUri === undefined ? {} : { deliveryUri, deliveryStatus: 'PENDING' as const }),
  };
  const job: Input = {
    account: call.account,
    region: call.region,
    tables: stores.map(tableOf),
    accounts: [...new Set(stores.map(({ account }) => account))],
    queryId: query.id,
  };
  await kernel.store.transact(async (tx) => {
    await refuseMany(tx, query.storeId);
    await trim(kernel, tx, query.storeId);
    tx.put(queries, [query.storeId, createdAtMs, query.id], query);
    tx.put(queryPlaces, [call.account, call.region, query.id], {
      storeArn: stores[0]!.arn,
      storeId: query.storeId,
      createdAtMs,
    });
    await kernel.jobs.submit(tx, { kind: QUERY_JOB, id: query.id, input: job });
  });
  return {
    QueryId: query.id,
    ...(input.EventDataStoreOwnerAccountId ? { EventDataStoreOwnerAccountId: input.EventDataStoreOwnerAccountId } : {}),
  };
};

const tableOf = ({ id, selectors }: EventDataStore): LakeTable => ({
  id,
  insights: categoriesOf(selectors).has('Insight'),
});

const isActive = ({ status }: Query) => status === 'QUEUED' || status === 'RUNNING';
/** Queries that are looked at for those which run. */
const RECENT = 100;

async function refuseMany(tx: Transaction, storeId: string): Promise<void> {
  const recent = await tx.range(queries, [storeId], { reverse: true, limit: RECENT });
  if (recent.filter(({ value }) => isActive(value)).length >= QUERIES_RUNNING_MAX)
    throw fault('MaxConcurrentQueriesException', `${QUERIES_RUNNING_MAX} queries are running already.`);
}

/** Old queries that one new one removes. */
const TRIM_MAX = 4;

async function trim(kernel: Kernel, tx: Transaction, storeId: string): Promise<void> {
  for (const { key, value } of await tx.range(queries, [storeId], { limit: TRIM_MAX })) {
    if (value.createdAtMs >= kernel.clock.now() - QUERY_RESULTS_MS) return;
    tx.delete(queries, key);
    tx.delete(queryPlaces, [value.account, value.region, value.id]);
    for (const { key: rows } of await tx.range(queryRows, [value.id])) tx.delete(queryRows, rows);
    await kernel.jobs.remove(tx, QUERY_JOB, value.id);
  }
}

export const queryJob: ServiceJob<Input> = {
  attemptsMax: 1,
  async run({ job, kernel, engines, signal }) {
    const { queryId, tables, accounts } = job.input;
    const query = await setStatus(kernel, job.input, (standing) => ({ ...standing, status: 'RUNNING' }));
    for (const account of accounts) await distribute(kernel, account);
    const startedMs = performance.now();
    const result = await withTables(
      kernel,
      engines,
      tables,
      async (database, scanned) => {
        const { columns, rows } = await database.stream(translate(query.statement, query.createdAtMs), {
          timeoutMs: QUERY_MS_MAX,
          signal,
        });
        let count = 0;
        let pending: string[][] = [];
        const write = async () => {
          const chunk = pending.splice(0, CHUNK);
          const first = count;
          count += chunk.length;
          if (count > QUERY_ROWS_MAX) throw new Error(`The result has more than ${QUERY_ROWS_MAX} rows.`);
          await kernel.store.transact((tx) => tx.put(queryRows, [queryId, first], chunk));
        };
        for await (const batch of rows) {
          pending = [...pending, ...batch.map((row) => row.map(textOf))];
          while (pending.length >= CHUNK) await write();
        }
        if (pending.length > 0) await write();
        return { columns: columns.map(({ name }) => name), count, scanned };
      },
      signal,
    );
    const done = await setStatus(kernel, job.input, (standing) => ({
      ...standing,
      columns: result.columns,
      rows: result.count,
      eventsScanned: result.scanned.events,
      bytesScanned: result.scanned.bytes,
      eventsMatched: result.count,
      durationMs: Math.round(performance.now() - startedMs),
    }));
    if (done.deliveryUri !== undefined) {
      const deliveryStatus = await deliverResult(kernel, done, tables[0]!.id, signal);
      await setStatus(kernel, job.input, (standing) => ({ ...standing, deliveryStatus }));
    }
  },
  async ended(tx, { input, state, reason }) {
    const place = await tx.get(queryPlaces, [input.account, input.region, input.queryId]);
    const key = place && [place.storeId, place.createdAtMs, input.queryId];
    const query = key && (await tx.get(queries, key));
    if (!query) return;
    const status =
      state === 'completed'
        ? 'FINISHED'
        : state === 'cancelled'
          ? 'CANCELLED'
          : timedOut(reason)
            ? 'TIMED_OUT'
            : 'FAILED';
    tx.put(queries, key, {
      ...query,
      status,
      ...(status === 'FINISHED' || reason === undefined ? {} : { error: reason }),
      ...(query.deliveryStatus === 'PENDING'
        ? { deliveryStatus: status === 'CANCELLED' ? 'CANCELLED' : 'FAILED' }
        : {}),
    });
  },
};

const timedOut = (reason: string | undefined) => reason !== undefined && /longer than|timed? ?out/i.test(reason);

async function setStatus(kernel: Kernel, input: Input, change: (query: Query) => Query): Promise<Query> {
  return kernel.store.transact(async (tx) => {
    const place = await tx.get(queryPlaces, [input.account, input.region, input.queryId]);
    const key = place && [place.storeId, place.createdAtMs, input.queryId];
    const query = key && (await tx.get(queries, key));
    if (!query) throw new Error('the query is gone');
    const changed = change(query);
    tx.put(queries, key, changed);
    return changed;
  });
}

/** Every value of a result is text. */
function textOf(value: SqlValue): string {
  if (value === null) return 'null';
  if (typeof value === 'string') return value;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (typeof value === 'object')
    return JSON.stringify(value, (_key, item: unknown) => (typeof item === 'bigint' ? Number(item) : item));
  return String(value);
}

async function openQuery(
  call: Call,
  reader: Reader,
  input: { QueryId?: string | undefined; EventDataStore?: string | undefined },
): Promise<{ query: Query; key: Key; store: EventDataStore }> {
  const id = input.QueryId ?? '';
  const unknown = () => fault('QueryIdNotFoundException', `The query ${id} does not exist.`);
  const place = await reader.get(queryPlaces, [call.account, call.region, id]);
  if (!place) throw unknown();
  const store = await openEventDataStore(call, reader, input.EventDataStore ?? place.storeArn);
  const key: Key = [place.storeId, place.createdAtMs, id];
  const query = await reader.get(queries, key);
  const old = place.createdAtMs < call.kernel.clock.now() - QUERY_RESULTS_MS;
  if (!query || old || store.id !== place.storeId) throw unknown();
  return { query, key, store };
}

export const DescribeQuery: CloudTrail['DescribeQuery'] = async (call, input) => {
  if (input.QueryAlias || input.RefreshId) throw notBuilt('DescribeQuery with QueryAlias');
  if (!input.QueryId) throw invalid('QueryId is required.');
  const { query } = await openQuery(call, call.kernel.store, input);
  return {
    QueryId: query.id,
    QueryString: query.statement,
    QueryStatus: query.status,
    QueryStatistics: {
      EventsMatched: query.eventsMatched ?? 0,
      EventsScanned: query.eventsScanned ?? 0,
      BytesScanned: query.bytesScanned ?? 0,
      ExecutionTimeInMillis: query.durationMs ?? 0,
      CreationTime: new Date(query.createdAtMs),
    },
    ...(query.error === undefined ? {} : { ErrorMessage: query.error }),
    ...(query.deliveryUri === undefined ? {} : { DeliveryS3Uri: query.deliveryUri }),
    ...(query.deliveryStatus === undefined ? {} : { DeliveryStatus: query.deliveryStatus }),
  };
};

export const GetQueryResults: CloudTrail['GetQueryResults'] = async (call, input) => {
  const { MaxQueryResults = QUERY_PAGE_MAX } = input;
  if (MaxQueryResults < 1 || MaxQueryResults > QUERY_PAGE_MAX)
    throw fault('InvalidMaxResultsException', `MaxQueryResults must be between 1 and ${QUERY_PAGE_MAX}.`);
  const { store } = call.kernel;
  const { query } = await openQuery(call, store, input);
  const token = readPageToken<{ id: string; at: number }>(input.NextToken, badToken);
  if (token && token.id !== query.id) throw badToken();
  const start = token?.at ?? 0;
  const { status, rows = 0, columns = [] } = query;
  const base = { QueryStatus: status, ...(query.error === undefined ? {} : { ErrorMessage: query.error }) };
  if (status !== 'FINISHED') return base;
  const some = await readRows(store, query.id, start, MaxQueryResults);
  const end = start + some.length;
  return {
    ...base,
    QueryStatistics: { ResultsCount: some.length, TotalResultsCount: rows, BytesScanned: query.bytesScanned ?? 0 },
    QueryResultRows: some.map((row) => row.map((value, index) => ({ [columns[index]!]: value }))),
    ...(end < rows ? { NextToken: pageToken({ id: query.id, at: end }) } : {}),
  };
};

async function readRows(reader: Reader, queryId: string, start: number, count: number): Promise<string[][]> {
  const first = Math.floor(start / CHUNK) * CHUNK;
  const chunks = await reader.range(queryRows, [queryId], {
    from: [queryId, first],
    limit: Math.ceil(count / CHUNK) + 1,
  });
  return chunks.flatMap(({ value }) => value).slice(start - first, start - first + count);
}

export const CancelQuery: CloudTrail['CancelQuery'] = async (call, input) => {
  const { kernel } = call;
  const { query } = await openQuery(call, kernel.store, input);
  const asked = isActive(query) && (await kernel.jobs.cancel(QUERY_JOB, query.id, 'cancelled'));
  if (!asked) throw fault('InactiveQueryException', `The query ${query.id} is not running.`);
  return { QueryId: query.id, QueryStatus: 'CANCELLED' };
};

/** The queries of the last seven days, newest first. */
export const ListQueries: CloudTrail['ListQueries'] = async (call, input) => {
  const { store, clock } = call.kernel;
  const { id } = await openEventDataStore(call, store, input.EventDataStore!);
  const { StartTime, EndTime, QueryStatus } = input;
  if (StartTime && EndTime && StartTime > EndTime)
    throw fault('InvalidDateRangeException', 'The start time must be before the end time.');
  const from = Math.max(StartTime?.getTime() ?? 0, clock.now() - QUERY_RESULTS_MS);
  const to = EndTime?.getTime() ?? Number.MAX_SAFE_INTEGER;
  const all = (await store.range(queries, [id], { reverse: true, after: [id, to + 1] })).map(({ value }) => value);
  const shown = all.filter(
    (query) =>
      query.account === call.account &&
      query.createdAtMs >= from &&
      (QueryStatus === undefined || query.status === QueryStatus),
  );
  const { items, nextToken } = page(shown, input.NextToken, readMaxResults(input.MaxResults), badToken);
  return {
    Queries: items.map((query) => ({
      QueryId: query.id,
      QueryStatus: query.status,
      CreationTime: new Date(query.createdAtMs),
    })),
    ...(nextToken === undefined ? {} : { NextToken: nextToken }),
  };
};
