import type { InputSerialization, OutputSerialization, SelectObjectContentEventStream } from '@aws-sdk/client-s3';
import { tmpdir } from 'node:os';
import { AwsError } from '../../../kernel/errors.ts';
import type { Handlers } from '../../../kernel/service.ts';
import type { Call } from '../../../kernel/call.ts';
import { getBucket } from '../buckets.ts';
import { readContent } from '../content.ts';
import { readCustomerKey } from '../customer-key.ts';
import { openObjectKey } from '../encryption.ts';
import { malformedXml } from '../errors.ts';
import { requireVersion } from '../objects.ts';
import { assertReadable } from './storage-class.ts';

type S3 = Handlers<typeof import('@aws-sdk/client-s3')>;
type SelectRequest = Parameters<Call['engines']['sql']['select']>[0];
type SelectEvent = ReturnType<Call['engines']['sql']['select']> extends AsyncIterable<infer E> ? E : never;

/** A connection without an event for this long is told that the query goes on. Real time. */
const CONTINUATION_MS = 5_000;
const GB = 2 ** 30;

/**
 * Queries an object of CSV, JSON or Parquet in place: records as they are found, then statistics. Errors of the expression are the answer;
 * errors of the content that come up later end the stream. Source: S3 API Reference, SelectObjectContent.
 */
export const SelectObjectContent: S3['SelectObjectContent'] = async (call, input) => {
  const bucket = await getBucket(call, input.Bucket!, input.ExpectedBucketOwner);
  const version = await requireVersion(call, bucket, input.Key!, undefined);
  const keys = await openObjectKey(call, bucket, version, readCustomerKey(input));
  assertReadable(call, version);
  if (input.ExpressionType !== 'SQL')
    throw new AwsError('InvalidExpressionType', 'The ExpressionType is invalid. Only SQL expressions are supported.');
  if (!input.Expression || !input.InputSerialization || !input.OutputSerialization) throw malformedXml();
  const { Start: start, End: end } = input.ScanRange ?? {};
  const selected = call.engines.sql.select({
    object: { body: readContent(call.kernel, version, keys), temporaryDirectory: tmpdir() },
    expression: input.Expression,
    input: inputOf(input.InputSerialization),
    output: outputOf(input.OutputSerialization),
    ...(input.ScanRange
      ? { scanRange: { ...(start === undefined ? {} : { start }), ...(end === undefined ? {} : { end }) } }
      : {}),
    progress: input.RequestProgress?.Enabled ?? false,
    now: call.kernel.clock.date(),
    signal: call.signal,
  });
  const events = selected[Symbol.asyncIterator]();
  // What is wrong with the expression must be told before an answer has begun.
  const first = await events.next().catch(refuse);
  return { Payload: answer(call, events, first) };
};

async function* answer(
  call: Call,
  events: AsyncIterator<SelectEvent>,
  first: IteratorResult<SelectEvent>,
): AsyncGenerator<SelectObjectContentEventStream> {
  try {
    for (let next = first; !next.done;) {
      yield eventOf(call, next.value);
      const coming = events.next().catch(refuse);
      for (;;) {
        const arrived = await within(coming, CONTINUATION_MS);
        if (arrived) {
          next = arrived;
          break;
        }
        yield { Cont: {} };
      }
    }
    yield { End: {} };
  } finally {
    await events.return?.();
  }
}

function eventOf(call: Call, event: SelectEvent): SelectObjectContentEventStream {
  if ('records' in event) return { Records: { Payload: event.records } };
  const { bytesScanned, bytesProcessed, bytesReturned } = 'stats' in event ? event.stats : event.progress;
  const Details = { BytesScanned: bytesScanned, BytesProcessed: bytesProcessed, BytesReturned: bytesReturned };
  if ('progress' in event) return { Progress: { Details } };
  call.meter({ type: 'Select-Scanned-Bytes', quantity: bytesScanned / GB, unit: 'GB' });
  call.meter({ type: 'Select-Returned-Bytes', quantity: bytesReturned / GB, unit: 'GB' });
  return { Stats: { Details } };
}

/** The value, or undefined when it takes longer. */
async function within<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The engine's errors carry S3 Select's own codes. */
function refuse(error: unknown): never {
  const { code, message, name } = error as Error & { code?: string };
  if (name !== 'SelectError' || code === undefined) throw error;
  throw new AwsError(code, message, code === 'Busy' ? 503 : 400, {}, { cause: error });
}

function inputOf({ CSV, JSON, Parquet, CompressionType }: InputSerialization): SelectRequest['input'] {
  if ([CSV, JSON, Parquet].filter((format) => format !== undefined).length !== 1)
    throw new AwsError('InvalidDataSource', 'Invalid data source type. Only CSV, JSON, and Parquet are supported.');
  const packed = CompressionType === undefined ? {} : { compressionType: CompressionType };
  if (Parquet) return { ...packed, parquet: {} };
  if (JSON) {
    if (JSON.Type === undefined)
      throw new AwsError('InvalidJsonType', 'The JsonType is invalid. Only DOCUMENT and LINES are supported.');
    return { ...packed, json: { type: JSON.Type } };
  }
  return {
    ...packed,
    csv: given({
      fileHeaderInfo: CSV!.FileHeaderInfo,
      comments: CSV!.Comments,
      quoteEscapeCharacter: CSV!.QuoteEscapeCharacter,
      recordDelimiter: CSV!.RecordDelimiter,
      fieldDelimiter: CSV!.FieldDelimiter,
      quoteCharacter: CSV!.QuoteCharacter,
      allowQuotedRecordDelimiter: CSV!.AllowQuotedRecordDelimiter,
    }),
  };
}

function outputOf({ CSV, JSON }: OutputSerialization): SelectRequest['output'] {
  if ((CSV === undefined) === (JSON === undefined)) throw malformedXml();
  if (JSON) return { json: given({ recordDelimiter: JSON.RecordDelimiter }) };
  return {
    csv: given({
      quoteFields: CSV!.QuoteFields,
      quoteEscapeCharacter: CSV!.QuoteEscapeCharacter,
      recordDelimiter: CSV!.RecordDelimiter,
      fieldDelimiter: CSV!.FieldDelimiter,
      quoteCharacter: CSV!.QuoteCharacter,
    }),
  };
}

/** Without the members that were not given. */
function given<T extends object>(options: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as never;
}
