import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { SqlDatabase } from '../../engines/sql/database.ts';
import type { Engines } from '../../kernel/engines.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { storedEvents, type StoredEvent } from './records.ts';

/** Event data stores as tables of a database. Source: CloudTrail User Guide, "CloudTrail Lake event schema for management and data events". */
const ISSUER = 'STRUCT("type" VARCHAR, principalId VARCHAR, arn VARCHAR, accountId VARCHAR, userName VARCHAR)';
const SESSION = `STRUCT(attributes STRUCT(creationDate TIMESTAMP, mfaAuthenticated VARCHAR), sessionIssuer ${ISSUER}, webIdFederationData STRUCT(federatedProvider VARCHAR, attributes MAP(VARCHAR, VARCHAR)), sourceIdentity VARCHAR, ec2RoleDelivery VARCHAR, ec2IssuedInVpc VARCHAR)`;
const IDENTITY = `STRUCT("type" VARCHAR, principalId VARCHAR, arn VARCHAR, accountId VARCHAR, accessKeyId VARCHAR, userName VARCHAR, sessionContext ${SESSION}, invokedBy VARCHAR, identityProvider VARCHAR)`;
const PARAMETERS = 'MAP(VARCHAR, VARCHAR)';
const COLUMNS: Readonly<Record<string, string>> = {
  eventVersion: 'VARCHAR',
  userIdentity: IDENTITY,
  eventTime: 'TIMESTAMP',
  eventSource: 'VARCHAR',
  eventName: 'VARCHAR',
  awsRegion: 'VARCHAR',
  sourceIPAddress: 'VARCHAR',
  userAgent: 'VARCHAR',
  errorCode: 'VARCHAR',
  errorMessage: 'VARCHAR',
  requestParameters: PARAMETERS,
  responseElements: PARAMETERS,
  additionalEventData: PARAMETERS,
  requestID: 'VARCHAR',
  eventID: 'VARCHAR',
  readOnly: 'BOOLEAN',
  resources: 'STRUCT(accountId VARCHAR, "type" VARCHAR, ARN VARCHAR)[]',
  eventType: 'VARCHAR',
  apiVersion: 'VARCHAR',
  managementEvent: 'BOOLEAN',
  recipientAccountId: 'VARCHAR',
  sharedEventID: 'VARCHAR',
  annotation: 'VARCHAR',
  vpcEndpointId: 'VARCHAR',
  vpcEndpointAccountId: 'VARCHAR',
  serviceEventDetails: PARAMETERS,
  addendum: PARAMETERS,
  eventCategory: 'VARCHAR',
  tlsDetails: 'STRUCT(tlsVersion VARCHAR, cipherSuite VARCHAR, clientProvidedHostHeader VARCHAR)',
  sessionCredentialFromConsole: 'VARCHAR',
  eventJson: 'VARCHAR',
};

/** Source: "CloudTrail Lake event schema for Insights events". */
const ATTRIBUTED = 'STRUCT(value VARCHAR, average DOUBLE)[]';
const INSIGHT_COLUMNS: Readonly<Record<string, string>> = {
  eventVersion: 'VARCHAR',
  eventCategory: 'VARCHAR',
  eventType: 'VARCHAR',
  eventID: 'VARCHAR',
  eventTime: 'TIMESTAMP',
  awsRegion: 'VARCHAR',
  recipientAccountId: 'VARCHAR',
  sharedEventID: 'VARCHAR',
  insightSource: 'VARCHAR',
  insightState: 'VARCHAR',
  insightEventSource: 'VARCHAR',
  insightEventName: 'VARCHAR',
  insightErrorCode: 'VARCHAR',
  insightType: 'VARCHAR',
  insightContext: `STRUCT(statistics STRUCT(baseline STRUCT(average DOUBLE), insight STRUCT(average DOUBLE), insightDuration INTEGER, baselineDuration INTEGER), attributions STRUCT(attribute VARCHAR, insight ${ATTRIBUTED}, baseline ${ATTRIBUTED})[])`,
};

/** An event data store, as a table. */
export type LakeTable = { id: string; insights: boolean };

const columnsOf = ({ insights }: LakeTable) => Object.entries(insights ? INSIGHT_COLUMNS : COLUMNS);

/** Trino's functions that DuckDB has under another name, or with another result. */
const MACROS = [
  'from_iso8601_timestamp(t) AS CAST(t AS TIMESTAMP)',
  'json_extract_scalar(j, p) AS json_extract_string(j, p)',
  'regexp_like(t, p) AS regexp_matches(t, p)',
  'approx_distinct(x) AS approx_count_distinct(x)',
  'arbitrary(x) AS any_value(x)',
  'array_join(l, s) AS array_to_string(l, s)',
  "date_add(u, n, t) AS t + CAST(n || ' ' || u AS INTERVAL)",
  'from_unixtime(n) AS make_timestamp(CAST(n * 1000000 AS BIGINT))',
  'to_unixtime(t) AS epoch(t)',
  "to_iso8601(t) AS strftime(t, '%Y-%m-%dT%H:%M:%SZ')",
  'element_at(m, k) AS m[k]',
  "date_format(t, f) AS strftime(t, replace(replace(f, '%i', '%M'), '%s', '%S'))",
];

const MEMORY_MIB = 512;

/** A database with nothing in it but the tables. */
async function openEmpty(engines: Engines, tables: LakeTable[], folder?: string): Promise<SqlDatabase> {
  const database = await engines.sql.open({
    memoryMiB: MEMORY_MIB,
    concurrency: 1,
    ...(folder === undefined ? {} : { directories: [folder], temporaryDirectory: folder }),
  });
  const run = (statement: string) => database.query(statement, { statements: 'all' });
  for (const table of tables) {
    const columns = columnsOf(table).map(([name, type]) => `${name} ${type}`);
    await run(`CREATE TABLE "${table.id}" (${columns.join(', ')})`);
  }
  for (const macro of MACROS) await run(`CREATE MACRO ${macro}`);
  return database;
}

/** Rejects with SqlError when the statement is none, reads what it may not, or does more than read. */
export async function checkStatement(engines: Engines, tables: LakeTable[], statement: string): Promise<void> {
  const database = await openEmpty(engines, tables);
  try {
    // A view is read and bound like a query, runs nothing, and can be made of a query alone.
    await database.query(`CREATE VIEW "the query" AS ${statement}`, { statements: 'all' });
  } finally {
    await database.close();
  }
}

/** Opens the event data stores as they are now, for as long as `use` takes. */
export async function withTables<R>(
  kernel: Kernel,
  engines: Engines,
  tables: LakeTable[],
  use: (database: SqlDatabase, scanned: { events: number; bytes: number }) => Promise<R>,
  signal: AbortSignal,
): Promise<R> {
  const folder = await mkdtemp(join(tmpdir(), 'outcrop-lake-'));
  try {
    const scanned = { events: 0, bytes: 0 };
    const files = tables.map(({ id }) => join(folder, `${id}.json`));
    for (const [index, { id }] of tables.entries())
      await pipeline(Readable.from(lines(kernel, id, scanned)), createWriteStream(files[index]!), { signal });
    const database = await openEmpty(engines, tables, folder);
    try {
      for (const [index, table] of tables.entries()) {
        const columns = columnsOf(table).map(([name, type]) => `${name}: '${type}'`);
        await database.query(
          `INSERT INTO "${table.id}" SELECT * FROM read_json('${files[index]}', format = 'newline_delimited', maximum_object_size = 4194304, columns = {${columns.join(', ')}})`,
          { statements: 'all', signal },
        );
      }
      return await use(database, scanned);
    } finally {
      await database.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function* lines(kernel: Kernel, id: string, scanned: { events: number; bytes: number }): AsyncGenerator<string> {
  for await (const { value } of kernel.store.all(storedEvents, [id])) {
    const text = value.map((record) => JSON.stringify(rowOf(record))).join('\n');
    scanned.events += value.length;
    scanned.bytes += Buffer.byteLength(text);
    yield `${text}\n`;
  }
}

function rowOf(record: StoredEvent): Record<string, unknown> {
  if ('insightSource' in record) return record;
  const row: Record<string, unknown> = { ...record, eventJson: JSON.stringify(record) };
  for (const name of ['requestParameters', 'responseElements', 'additionalEventData']) {
    const value = row[name];
    row[name] = typeof value === 'object' && value !== null ? textValues(value) : null;
  }
  return row;
}

/** What is nested is JSON inside a text, as in CloudTrail Lake. */
const textValues = (value: object) =>
  Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, typeof item === 'string' ? item : JSON.stringify(item)]),
  );
