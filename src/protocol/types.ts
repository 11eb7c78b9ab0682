import type { NormalizedSchema } from '@smithy/core/schema';
import { members } from './catalog.ts';
import { SerializationError } from './message.ts';

/**
 * The SDK's deserialisers hand on a value of another JSON type than its schema's as it came. AWS refuses it before anything else looks at
 * it; so do we, in its words, as far as they are known.
 *
 * @throws {SerializationError}
 */
export function checkTypes(schema: NormalizedSchema, value: unknown): void {
  checkOf(schema)(value);
}

type Check = (value: unknown) => void;

const checks = new WeakMap<object, Check>();

/** A schema's check is made once, and on first use: schemas refer to themselves. */
function checkOf(ns: NormalizedSchema): Check {
  if (ns.isDocumentSchema()) return anything;
  if (!ns.isStructSchema() && !ns.isListSchema() && !ns.isMapSchema()) return simpleCheck(ns);
  // Lists and maps of simple values are bare numbers in the SDK's schemas, and refer to nothing.
  const schema: unknown = ns.getSchema();
  const key = typeof schema === 'object' && schema !== null ? schema : undefined;
  const known = key && checks.get(key);
  if (known) return known;
  let inner: Check | undefined;
  const check: Check = (value) => {
    if (value === null || value === undefined) return;
    inner ??= ns.isStructSchema() ? structCheck(ns) : ns.isListSchema() ? listCheck(ns) : mapCheck(ns);
    inner(value);
  };
  if (key) checks.set(key, check);
  return check;
}

const anything: Check = () => {};

function structCheck(ns: NormalizedSchema): Check {
  const all = members(ns).map(([name, member]) => [name, checkOf(member)] as const);
  return (value) => {
    if (!isPlain(value)) throw mismatch(value, 'structure');
    for (const [name, check] of all) if (value[name] !== undefined) check(value[name]);
  };
}

function listCheck(ns: NormalizedSchema): Check {
  const check = checkOf(ns.getValueSchema());
  return (value) => {
    if (!Array.isArray(value)) throw mismatch(value, 'list');
    for (const item of value) check(item);
  };
}

function mapCheck(ns: NormalizedSchema): Check {
  const check = checkOf(ns.getValueSchema());
  return (value) => {
    if (!isPlain(value)) throw mismatch(value, 'map');
    for (const item of Object.values(value)) check(item);
  };
}

function simpleCheck(ns: NormalizedSchema): Check {
  if (ns.isBlobSchema()) return ns.isStreaming() ? anything : check((value) => value instanceof Uint8Array, 'Blob');
  // A string of a JSON media type is an object of the SDK's own.
  if (ns.isStringSchema()) return check((value) => typeof value === 'string' || isLazyJson(value), 'String');
  if (ns.isBooleanSchema()) return check((value) => typeof value === 'boolean', 'Boolean');
  if (ns.isTimestampSchema())
    return check((value) => value instanceof Date && !Number.isNaN(value.getTime()), 'Timestamp');
  if (ns.isBigIntegerSchema() || ns.isBigDecimalSchema()) return anything;
  if (ns.isNumericSchema()) return check((value) => typeof value === 'number' || typeof value === 'bigint', 'Number');
  return anything;
}

const check =
  (holds: (value: unknown) => boolean, type: string): Check =>
  (value) => {
    if (value !== null && value !== undefined && !holds(value)) throw mismatch(value, type);
  };

/** The SDK's LazyJsonString. */
const isLazyJson = (value: unknown) => Object.prototype.toString.call(value) === '[object String]';

const isPlain = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  !(value instanceof Uint8Array) &&
  !(value instanceof Date);

function mismatch(value: unknown, expected: string): SerializationError {
  if (Array.isArray(value)) return new SerializationError('Start of list found where not expected');
  if (isPlain(value)) return new SerializationError('Start of structure or map found where not expected.');
  if (expected === 'list' || expected === 'map' || expected === 'structure')
    return new SerializationError(`Expected ${expected} or null`);
  const found =
    typeof value === 'boolean'
      ? value
        ? 'TRUE_VALUE'
        : 'FALSE_VALUE'
      : typeof value === 'number'
        ? 'NUMBER_VALUE'
        : 'STRING_VALUE';
  return new SerializationError(`${found} can not be converted to a ${expected}`);
}
