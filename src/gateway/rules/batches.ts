import { ruleFailed } from './refusals.ts';

/**
 * Batches of which some items fail. Those items are taken out before the operation runs, so that what failed has not happened, and are put
 * into the output's list of failures as the service writes them.
 */
type Fields = Record<string, unknown>;
type Batch = {
  /** The items, and the input with others in their place. */
  items(input: Fields): unknown[];
  withItems(input: Fields, items: unknown[]): Fields;
  /** The output of those that were done, with the failures. `kept` and `failed` are places in the input. */
  withFailures(output: Fields, failed: { place: number; item: any }[], total: number): Fields;
};

const CODE = 'InternalError';
const MESSAGE = 'We encountered an internal error. Please try again.';

/** Entries with ids; the output has `Successful` and `Failed`. */
const byId = (member: string): Batch => ({
  items: (input) => listOf(input[member]),
  withItems: (input, items) => ({ ...input, [member]: items }),
  withFailures: (output, failed) => ({
    ...output,
    Successful: listOf(output['Successful']),
    Failed: [
      ...listOf(output['Failed']),
      ...failed.map(({ item }) => ({ Id: item.Id, Code: CODE, Message: MESSAGE, SenderFault: false })),
    ],
  }),
});

/** Records whose results stand at their places, with a count of the failures. */
const byPlace = (results: string, count: string): Batch => ({
  items: (input) => listOf(input['Records']),
  withItems: (input, items) => ({ ...input, Records: items }),
  withFailures(output, failed, total) {
    const done = listOf(output[results]);
    const places = new Set(failed.map(({ place }) => place));
    let next = 0;
    const all = Array.from({ length: total }, (_, place) =>
      places.has(place) ? { ErrorCode: 'ServiceUnavailableException', ErrorMessage: 'Slow down.' } : done[next++],
    );
    return { ...output, [results]: all, [count]: Number(output[count] ?? 0) + failed.length };
  },
});

/** DynamoDB's requests by table; what was not done comes back as it was sent. */
const byTable = (unprocessed: 'UnprocessedItems' | 'UnprocessedKeys'): Batch => {
  const isGet = unprocessed === 'UnprocessedKeys';
  const requestsOf = (table: unknown) => listOf(isGet ? (table as Fields)['Keys'] : table);
  const tableOf = (table: unknown, requests: unknown[]) =>
    isGet ? { ...(table as Fields), Keys: requests } : requests;
  const regroup = (tables: Fields, chosen: { table: string; request: unknown }[]) => {
    const out: Fields = {};
    for (const name of Object.keys(tables)) {
      const requests = chosen.filter(({ table }) => table === name).map(({ request }) => request);
      if (requests.length > 0) out[name] = tableOf(tables[name], requests);
    }
    return out;
  };
  return {
    items: ({ RequestItems }) =>
      Object.entries((RequestItems ?? {}) as Fields).flatMap(([table, requests]) =>
        requestsOf(requests).map((request) => ({ table, request, of: RequestItems })),
      ),
    withItems: (input, items) => ({
      ...input,
      RequestItems: regroup((input['RequestItems'] ?? {}) as Fields, items as never),
    }),
    withFailures: (output, failed) => {
      const tables = failed[0]!.item.of as Fields;
      const left = regroup(
        tables,
        failed.map(({ item }) => item),
      );
      const merged: Fields = { ...(output[unprocessed] as Fields | undefined) };
      for (const [name, requests] of Object.entries(left))
        merged[name] =
          name in merged ? tableOf(merged[name], [...requestsOf(merged[name]), ...requestsOf(requests)]) : requests;
      return { ...output, ...(isGet ? { Responses: output['Responses'] ?? {} } : {}), [unprocessed]: merged };
    },
  };
};

const deleteObjects: Batch = {
  items: ({ Delete }) => listOf((Delete as Fields | undefined)?.['Objects']),
  withItems: (input, items) => ({ ...input, Delete: { ...(input['Delete'] as Fields), Objects: items } }),
  withFailures: (output, failed) => ({
    ...output,
    Errors: [
      ...listOf(output['Errors']),
      ...failed.map(({ item }) => ({
        Key: item.Key,
        ...(item.VersionId === undefined ? {} : { VersionId: item.VersionId }),
        Code: CODE,
        Message: MESSAGE,
      })),
    ],
  }),
};

const BATCHES: Readonly<Record<string, Batch>> = {
  's3:DeleteObjects': deleteObjects,
  'sqs:SendMessageBatch': byId('Entries'),
  'sqs:DeleteMessageBatch': byId('Entries'),
  'sqs:ChangeMessageVisibilityBatch': byId('Entries'),
  'sns:PublishBatch': byId('PublishBatchRequestEntries'),
  'dynamodb:BatchWriteItem': byTable('UnprocessedItems'),
  'dynamodb:BatchGetItem': byTable('UnprocessedKeys'),
  'firehose:PutRecordBatch': byPlace('RequestResponses', 'FailedPutCount'),
  'kinesis:PutRecords': byPlace('Records', 'FailedRecordCount'),
};

export const isBatch = (service: string, operation: string) => `${service}:${operation}` in BATCHES;

const listOf = (value: unknown): any[] => (Array.isArray(value) ? value : []);

/**
 * Takes the items that fail out of a batch.
 *
 * @param which so many, the first ones; or those at these places
 * @returns the input for the rest (undefined: nothing is left to be done), and how its output becomes that of the whole
 */
export function failItems(
  rule: string,
  call: { service: string; operation: string; input: Fields },
  which: number | readonly number[],
): { input: Fields | undefined; finish: (output: Fields) => Fields } {
  const batch = BATCHES[`${call.service}:${call.operation}`]!;
  const items = batch.items(call.input);
  const places = new Set(typeof which === 'number' ? Array.from({ length: which }, (_, place) => place) : which);
  const failed = items.map((item, place) => ({ place, item })).filter(({ place }) => places.has(place));
  if (failed.length === 0)
    throw ruleFailed(rule, `the batch has ${items.length} items; none is at the places that are to fail`);
  const kept = items.filter((_, place) => !places.has(place));
  return {
    input: kept.length === 0 ? undefined : batch.withItems(call.input, kept),
    finish: (output) => batch.withFailures(output, failed, items.length),
  };
}
