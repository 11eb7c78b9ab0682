import { SelectError } from './error.ts';

export type DatePart = 'year' | 'month' | 'day' | 'hour' | 'minute' | 'second' | 'timezone_hour' | 'timezone_minute';
export type Precision = 'year' | 'month' | 'day' | 'minute' | 'second';

/** A moment with a local offset and the precision that it was written with (W3C date and time formats, as S3 Select documents). */
export class Timestamp {
  /** Milliseconds since 1970-01-01T00:00Z, a whole number. */
  readonly epochMs: number;
  /** 0 to 999,999: what the fraction of the second has beyond milliseconds. */
  readonly nanos: number;
  readonly offsetMinutes: number;
  readonly precision: Precision;
  /** Digits of the fraction of the second, 0 to 9. */
  readonly fractionDigits: number;

  constructor(epochMs: number, nanos = 0, offsetMinutes = 0, precision: Precision = 'second', fractionDigits = 0) {
    this.epochMs = epochMs;
    this.nanos = nanos;
    this.offsetMinutes = offsetMinutes;
    this.precision = precision;
    this.fractionDigits = fractionDigits;
  }

  /** A Date whose UTC fields are the local ones. */
  local(): Date {
    return new Date(this.epochMs + this.offsetMinutes * 60_000);
  }

  /** Nanoseconds of the second, 0 to 999,999,999. */
  fraction(): number {
    return this.local().getUTCMilliseconds() * 1_000_000 + this.nanos;
  }

  /** W3C text with as many fields as the precision has: `2020T`, `2020-01T`, `2020-01-02`, `2020-01-02T03:04Z`, `…:05.678Z`. */
  toString(): string {
    const iso = this.local().toISOString();
    if (this.precision === 'year') return `${iso.slice(0, 4)}T`;
    if (this.precision === 'month') return `${iso.slice(0, 7)}T`;
    if (this.precision === 'day') return iso.slice(0, 10);
    const offset = formatOffset(this.offsetMinutes, ':', true);
    if (this.precision === 'minute') return iso.slice(0, 16) + offset;
    const fraction =
      this.fractionDigits === 0 ? '' : `.${String(this.fraction()).padStart(9, '0').slice(0, this.fractionDigits)}`;
    return iso.slice(0, 19) + fraction + offset;
  }
}

const FORMAT = /^(\d{4})(?:-(\d\d)(?:-(\d\d))?)?(T?)(?:(\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?(Z|[+-]\d\d:\d\d))?$/;

/** Reads a W3C time stamp; undefined if the text is not one (as `2020-02-30`, or a time without an offset). */
export function parseTimestamp(text: string): Timestamp | undefined {
  const match = FORMAT.exec(text);
  if (!match) return undefined;
  const [, year, month, day, t, hour, minute, second, fraction = '', zone] = match;
  if (hour !== undefined && (t === '' || day === undefined)) return undefined;
  // Only a full date may go without its T.
  if (hour === undefined && t === '' && day === undefined) return undefined;
  const fields = [
    Number(year),
    Number(month ?? 1),
    Number(day ?? 1),
    Number(hour ?? 0),
    Number(minute ?? 0),
    Number(second ?? 0),
  ] as const;
  const digits = fraction.slice(0, 9);
  const nanosOfSecond = Number(digits.padEnd(9, '0'));
  const offset = zone === undefined || zone === 'Z' ? 0 : parseOffset(zone);
  if (offset === undefined) return undefined;
  const local = Date.UTC(
    2000,
    fields[1] - 1,
    fields[2],
    fields[3],
    fields[4],
    fields[5],
    Math.floor(nanosOfSecond / 1_000_000),
  );
  const date = new Date(local);
  // Date.UTC takes years below 100 for 19xx, and rolls 30 February over; set the year afterwards and compare what came out.
  date.setUTCFullYear(fields[0], fields[1] - 1, fields[2]);
  const real =
    date.getUTCMonth() === fields[1] - 1 &&
    date.getUTCDate() === fields[2] &&
    date.getUTCHours() === fields[3] &&
    date.getUTCMinutes() === fields[4] &&
    date.getUTCSeconds() === fields[5];
  if (!real) return undefined;
  const precision: Precision =
    month === undefined
      ? 'year'
      : day === undefined
        ? 'month'
        : hour === undefined
          ? 'day'
          : second === undefined
            ? 'minute'
            : 'second';
  return new Timestamp(date.getTime() - offset * 60_000, nanosOfSecond % 1_000_000, offset, precision, digits.length);
}

function parseOffset(zone: string): number | undefined {
  const [hours, minutes] = [Number(zone.slice(1, 3)), Number(zone.slice(4, 6))];
  if (hours > 23 || minutes > 59) return undefined;
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes);
}

/** `+07:00`; zero is `Z` where the format says so. */
function formatOffset(minutes: number, separator: string, zulu: boolean, hoursOnly = false): string {
  if (minutes === 0 && zulu) return 'Z';
  const size = Math.abs(minutes);
  const hours = String(Math.floor(size / 60)).padStart(2, '0');
  const rest = String(size % 60).padStart(2, '0');
  return `${minutes < 0 ? '-' : '+'}${hours}${hoursOnly && size % 60 === 0 ? '' : separator + rest}`;
}

export function extract(part: DatePart, timestamp: Timestamp): bigint {
  const local = timestamp.local();
  switch (part) {
    case 'year':
      return BigInt(local.getUTCFullYear());
    case 'month':
      return BigInt(local.getUTCMonth() + 1);
    case 'day':
      return BigInt(local.getUTCDate());
    case 'hour':
      return BigInt(local.getUTCHours());
    case 'minute':
      return BigInt(local.getUTCMinutes());
    case 'second':
      return BigInt(local.getUTCSeconds());
    case 'timezone_hour':
      return BigInt(Math.trunc(timestamp.offsetMinutes / 60));
    case 'timezone_minute':
      return BigInt(timestamp.offsetMinutes % 60);
    default:
      return part satisfies never;
  }
}

const ORDER: Precision[] = ['year', 'month', 'day', 'minute', 'second'];
const PART_MS = { day: 86_400_000, hour: 3_600_000, minute: 60_000, second: 1000 } as const;

/** Adds to a part of a time stamp. A day that the target month lacks becomes its last; the result is at least as precise as the part. */
export function dateAdd(part: DatePart, quantity: bigint, timestamp: Timestamp): Timestamp {
  if (part === 'timezone_hour' || part === 'timezone_minute')
    throw new SelectError('ParseExpectedDatePart', `DATE_ADD(${part}, …)`);
  const count = Number(quantity);
  const local = timestamp.local();
  if (part === 'year' || part === 'month') {
    const months = local.getUTCFullYear() * 12 + local.getUTCMonth() + (part === 'year' ? 12 * count : count);
    const [year, month] = [Math.floor(months / 12), ((months % 12) + 12) % 12];
    const lastDay = new Date(Date.UTC(2000 + (((year % 400) + 400) % 400), month + 1, 0)).getUTCDate();
    local.setUTCFullYear(year, month, Math.min(local.getUTCDate(), lastDay));
  } else local.setTime(local.getTime() + count * PART_MS[part]);
  const year = local.getUTCFullYear();
  if (!(year >= 1 && year <= 9999))
    throw new SelectError('IllegalSqlFunctionArgument', 'DATE_ADD leaves the years 0001 to 9999.');
  const needed = part === 'hour' ? 'minute' : part;
  const precision = ORDER.indexOf(needed) > ORDER.indexOf(timestamp.precision) ? needed : timestamp.precision;
  const { nanos, offsetMinutes, fractionDigits } = timestamp;
  return new Timestamp(local.getTime() - offsetMinutes * 60_000, nanos, offsetMinutes, precision, fractionDigits);
}

/** Whole parts from `a` to `b`; negative if `b` is earlier. Days are spans of 24 hours. */
export function dateDiff(part: DatePart, a: Timestamp, b: Timestamp): bigint {
  if (part === 'timezone_hour' || part === 'timezone_minute')
    throw new SelectError('ParseExpectedDatePart', `DATE_DIFF(${part}, …)`);
  if (compareTimestamps(a, b) > 0) return -dateDiff(part, b, a);
  if (part === 'year' || part === 'month') {
    const [from, to] = [new Date(a.epochMs), new Date(b.epochMs)];
    let months = (to.getUTCFullYear() - from.getUTCFullYear()) * 12 + to.getUTCMonth() - from.getUTCMonth();
    const within = (date: Date): number =>
      date.getUTCDate() * 86_400_000 + (((date.getTime() % 86_400_000) + 86_400_000) % 86_400_000);
    if (months > 0 && within(to) < within(from)) months -= 1;
    return BigInt(part === 'year' ? Math.floor(months / 12) : months);
  }
  return BigInt(Math.floor((b.epochMs - a.epochMs) / PART_MS[part]));
}

export function compareTimestamps(a: Timestamp, b: Timestamp): number {
  return a.epochMs - b.epochMs || a.nanos - b.nanos;
}

const MONTHS = 'January February March April May June July August September October November December'.split(' ');

/** Writes a time stamp by a TO_STRING pattern: the symbols that S3 Select documents, and text in single quotes. */
export function formatTimestamp(timestamp: Timestamp, pattern: string): string {
  let text = '';
  for (let at = 0; at < pattern.length;) {
    const symbol = pattern[at]!;
    if (symbol === "'") {
      const close = pattern.indexOf("'", at + 1);
      if (close === -1)
        throw new SelectError('EvaluatorUnterminatedTimestampFormatPatternToken', `Pattern: ${pattern}`);
      text += close === at + 1 ? "'" : pattern.slice(at + 1, close);
      at = close + 1;
      continue;
    }
    let end = at + 1;
    while (pattern[end] === symbol) end += 1;
    text += /[A-Za-z]/.test(symbol) ? formatField(timestamp, symbol, end - at, pattern) : pattern.slice(at, end);
    at = end;
  }
  return text;
}

function formatField(timestamp: Timestamp, symbol: string, count: number, pattern: string): string {
  const local = timestamp.local();
  const padded = (value: number): string => {
    if (count > 2) throw invalidSymbol(symbol, count, pattern);
    return String(value).padStart(count, '0');
  };
  switch (symbol) {
    case 'y': {
      const year = local.getUTCFullYear();
      if (count === 2) return String(year % 100).padStart(2, '0');
      if (count === 1 || count === 4) return String(year).padStart(count, '0');
      break;
    }
    case 'M': {
      const month = local.getUTCMonth();
      if (count <= 2) return padded(month + 1);
      if (count === 3) return MONTHS[month]!.slice(0, 3);
      if (count === 4) return MONTHS[month]!;
      if (count === 5) return MONTHS[month]![0]!;
      break;
    }
    case 'd':
      return padded(local.getUTCDate());
    case 'a':
      if (count === 1) return local.getUTCHours() < 12 ? 'AM' : 'PM';
      break;
    case 'h':
      return padded(local.getUTCHours() % 12 || 12);
    case 'H':
      return padded(local.getUTCHours());
    case 'm':
      return padded(local.getUTCMinutes());
    case 's':
      return padded(local.getUTCSeconds());
    case 'S':
      if (count <= 9) return String(timestamp.fraction()).padStart(9, '0').slice(0, count);
      break;
    case 'n':
      if (count === 1) return String(timestamp.fraction());
      break;
    case 'X':
    case 'x': {
      const zulu = symbol === 'X';
      if (count === 1) return formatOffset(timestamp.offsetMinutes, '', zulu, true);
      if (count === 2 || count === 4) return formatOffset(timestamp.offsetMinutes, '', zulu);
      if (count === 3 || count === 5) return formatOffset(timestamp.offsetMinutes, ':', zulu);
      break;
    }
    default:
  }
  throw invalidSymbol(symbol, count, pattern);
}

function invalidSymbol(symbol: string, count: number, pattern: string): SelectError {
  return new SelectError(
    'EvaluatorInvalidTimestampFormatPatternSymbol',
    `'${symbol.repeat(count)}' in the pattern: ${pattern}`,
  );
}
