import { DocumentError } from './error.ts';
import type { DocumentErrorCode } from './error.ts';
import { documentThreads } from './pool.ts';

export { DocumentError } from './error.ts';
export type { DocumentErrorCode } from './error.ts';
/** Ends the worker threads; the next {@link readDocument} starts them again. */
export const closeDocuments = (): Promise<void> => documentThreads.close();

/** The document formats that Bedrock's Converse names; `doc` and `xls` (binary Office) are refused as `unsupported`. */
export type DocumentFormat = 'pdf' | 'docx' | 'doc' | 'html' | 'md' | 'csv' | 'txt' | 'xls' | 'xlsx';

/** A table as found in a document. `header` is empty where the document marks none. Cells are text. */
export type DocumentTable = { name?: string; header: string[]; rows: string[][] };

export type Document = {
  /**
   * The text in reading order. Headings, lists and tables of HTML, DOCX and XLSX are Markdown; CSV rows are `column: value` lines; PDF
   * lines are kept, paragraphs are separated by an empty line and pages by a form feed (U+000C).
   */
  text: string;
  /** Number of pages (PDF) or sheets (XLSX). */
  pages?: number;
  /** The title that the document carries in its metadata, `<title>` or (Markdown) first heading of level 1. */
  title?: string;
  /** Tables of CSV, XLSX, HTML and DOCX documents, in order; only when asked for. */
  tables?: DocumentTable[];
};

export type ReadDocumentOptions = {
  /** Bound of the document's bytes; default 50 MiB. */
  maxBytes?: number;
  /** Bound of all parts of a zip-based document, inflated; default 200 MiB. */
  maxInflatedBytes?: number;
  /** Bound of pages (PDF) or sheets (XLSX); default 2,000. A longer document is refused, not cut. */
  maxPages?: number;
  /** Return the tables as such too; default false. The text has them in any case. */
  tables?: boolean;
  /** Bound of the time from the call to the answer, waiting for a worker included, in milliseconds; default 60,000. */
  timeoutMs?: number;
  /** Stops the worker; the promise rejects with the signal's reason. */
  signal?: AbortSignal;
};

/** What crosses into the worker thread. */
export type ReadJob = {
  bytes: Uint8Array;
  format: DocumentFormat;
  maxInflatedBytes: number;
  maxPages: number;
  tables: boolean;
};
/** What comes back: errors lose their class on the way, so they travel as data. */
export type ReadOutcome = { document: Document } | { error: { code: DocumentErrorCode; message: string } };

const MAX_BYTES = 50 * 1024 * 1024;
const MAX_INFLATED_BYTES = 200 * 1024 * 1024;
const MAX_PAGES = 2000;
const TIMEOUT_MS = 60_000;

const FORMATS: readonly string[] = ['pdf', 'docx', 'doc', 'html', 'md', 'csv', 'txt', 'xls', 'xlsx'];

/**
 * Reads a document to plain text, in a worker thread.
 *
 * The bytes are copied, so the caller's buffer stays usable. Two documents are read at the same time, further ones wait.
 *
 * @throws {DocumentError} see {@link DocumentErrorCode}; or the reason of `options.signal` when it aborts.
 */
export async function readDocument(
  bytes: Uint8Array,
  format: DocumentFormat,
  options: ReadDocumentOptions = {},
): Promise<Document> {
  const { maxBytes = MAX_BYTES, maxInflatedBytes = MAX_INFLATED_BYTES, maxPages = MAX_PAGES, signal } = options;
  const timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
  signal?.throwIfAborted();
  if (!FORMATS.includes(format)) {
    throw new DocumentError('unsupported', `Unknown document format '${format}'. Known: ${FORMATS.join(', ')}.`);
  }
  if (format === 'doc' || format === 'xls') {
    throw new DocumentError(
      'unsupported',
      `Binary Office documents (.${format}) cannot be read; save the document as .${format}x.`,
    );
  }
  if (bytes.byteLength === 0) throw new DocumentError('corrupt', 'The document is empty (0 bytes).');
  if (bytes.byteLength > maxBytes) {
    throw new DocumentError('too_large', `The document has ${bytes.byteLength} bytes; at most ${maxBytes} are read.`);
  }

  // AbortSignal.any() with a time-out would keep the timer alive after a quick read, so the two are joined by hand.
  const stop = new AbortController();
  const onAbort = (): void => stop.abort(signal!.reason);
  signal?.addEventListener('abort', onAbort, { once: true });
  const timer = setTimeout(
    () => stop.abort(new DocumentError('timeout', `Reading the document took longer than ${timeoutMs} ms.`)),
    timeoutMs,
  );
  try {
    const copy = Uint8Array.from(bytes);
    const job: ReadJob = { bytes: copy, format, maxInflatedBytes, maxPages, tables: options.tables ?? false };
    const outcome = await documentThreads.run<ReadOutcome>(job satisfies ReadJob, {
      signal: stop.signal,
      transferList: [copy.buffer],
    });
    if ('error' in outcome) throw new DocumentError(outcome.error.code, outcome.error.message);
    return outcome.document;
  } catch (error) {
    if (stop.signal.aborted) throw stop.signal.reason;
    if ((error as { code?: unknown }).code === 'ERR_WORKER_OUT_OF_MEMORY') {
      throw new DocumentError('too_large', 'The document needs more memory than a reader is given.', { cause: error });
    }
    throw error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}
