import { SelectError } from './error.ts';

/** Names and defaults are those of the S3 API's SelectObjectContent. Absent means AWS's default. */
export type CsvInput = {
  fileHeaderInfo?: 'NONE' | 'USE' | 'IGNORE';
  /** A row that starts with this character is a comment; default `#`. */
  comments?: string;
  quoteEscapeCharacter?: string;
  recordDelimiter?: string;
  fieldDelimiter?: string;
  quoteCharacter?: string;
  allowQuotedRecordDelimiter?: boolean;
};

export type JsonInput = { type: 'DOCUMENT' | 'LINES' };

export type CsvOutput = {
  quoteFields?: 'ALWAYS' | 'ASNEEDED';
  quoteEscapeCharacter?: string;
  recordDelimiter?: string;
  fieldDelimiter?: string;
  quoteCharacter?: string;
};

export type JsonOutput = { recordDelimiter?: string };

export type InputSerialization = {
  compressionType?: 'NONE' | 'GZIP' | 'BZIP2';
} & ({ csv: CsvInput } | { json: JsonInput } | { parquet: Record<string, never> });

export type OutputSerialization = { csv: CsvOutput } | { json: JsonOutput };

/** Bytes, inclusive. `end` alone means the last `end` bytes. A record is read when it starts within the range. */
export type ScanRange = { start?: number; end?: number };

/** Characters of one record, in the input and in the result. */
export const RECORD_LENGTH_MAX = 1_048_576;

const one = (value: string, name: string): string => {
  if (Array.from(value).length !== 1)
    throw new SelectError('InvalidRequestParameter', `${name} takes one character; got ${JSON.stringify(value)}.`);
  return value;
};

const few = (value: string, name: string): string => {
  if (value.length < 1 || value.length > 2) {
    throw new SelectError(
      'InvalidRequestParameter',
      `${name} takes one or two characters; got ${JSON.stringify(value)}.`,
    );
  }
  return value;
};

/** The input's options with AWS's defaults filled in. */
export function csvInput(options: CsvInput): Required<CsvInput> {
  const fileHeaderInfo = options.fileHeaderInfo ?? 'NONE';
  if (!['NONE', 'USE', 'IGNORE'].includes(fileHeaderInfo)) throw new SelectError('InvalidFileHeaderInfo');
  const quoteCharacter = options.quoteCharacter ?? '"';
  return {
    fileHeaderInfo,
    comments: one(options.comments ?? '#', 'Comments'),
    quoteCharacter: quoteCharacter === '' ? '' : one(quoteCharacter, 'QuoteCharacter'),
    quoteEscapeCharacter: one(options.quoteEscapeCharacter ?? '"', 'QuoteEscapeCharacter'),
    recordDelimiter: few(options.recordDelimiter ?? '\n', 'RecordDelimiter'),
    fieldDelimiter: few(options.fieldDelimiter ?? ',', 'FieldDelimiter'),
    allowQuotedRecordDelimiter: options.allowQuotedRecordDelimiter ?? false,
  };
}

/** The output's options with AWS's defaults filled in. */
export function csvOutput(options: CsvOutput): Required<CsvOutput> {
  const quoteFields = options.quoteFields ?? 'ASNEEDED';
  if (!['ALWAYS', 'ASNEEDED'].includes(quoteFields)) throw new SelectError('InvalidQuoteFields');
  return {
    quoteFields,
    quoteCharacter: one(options.quoteCharacter ?? '"', 'QuoteCharacter'),
    quoteEscapeCharacter: one(options.quoteEscapeCharacter ?? '"', 'QuoteEscapeCharacter'),
    recordDelimiter: few(options.recordDelimiter ?? '\n', 'RecordDelimiter'),
    fieldDelimiter: few(options.fieldDelimiter ?? ',', 'FieldDelimiter'),
  };
}

export function checkScanRange({ start, end }: ScanRange): void {
  const valid = (value: number | undefined): boolean =>
    value === undefined || (Number.isSafeInteger(value) && value >= 0);
  if (!valid(start) || !valid(end) || (start === undefined && end === undefined))
    throw new SelectError('InvalidScanRange');
  if (start !== undefined && end !== undefined && start > end)
    throw new SelectError('InvalidScanRange', `Start ${start} is after End ${end}.`);
}
