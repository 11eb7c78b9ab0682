import type { NormalizedSchema } from '@smithy/core/schema';
import { members, type OperationModel } from '../protocol/catalog.ts';

/**
 * Inputs and outputs as CloudTrail records show them: names in lower camel case, times as AWS's services print them, and nothing that
 * is secret. What the schema marks as sensitive, blobs and streams never get here, nor do members with a secret's name.
 */

/** Characters of a record's `requestParameters`, or `responseElements`; more, and it is left out. Source: CloudTrail User Guide, "Record contents". */
const CHARACTERS_MAX = 100 * 1024;
/** What stands for a value that is not shown. */
const HIDDEN = 'HIDDEN_DUE_TO_SECURITY_REASONS';
/** Secrets that schemas do not mark. */
const SECRET =
  /^(secret(access)?key|secretstring|secretbinary|sessiontoken|.*password|plaintext|privatekey|.*privatekey|authtoken|accesstoken|refreshtoken|idtoken|tokencode|authenticationcode\d|webidentitytoken|samlassertion|base32stringseed|qrcodepng|encodedmessage|servicepassword|apikey|token)$/i;
/** Whether a member of this name is secret, whatever its schema says. */
export const isSecretName = (name: string) => SECRET.test(name);
const DEPTH_MAX = 20;

type Print = (value: unknown, budget: Budget, depth: number) => unknown;
type Budget = { left: number };
class TooLarge extends Error {}

const prints = new WeakMap<object, Print>();

/**
 * @param only names of the members that may be shown; absent: all that is not secret
 * @returns null when there is nothing to show, undefined when it is too much
 */
export function parametersOf(
  operation: OperationModel,
  direction: 'input' | 'output',
  value: Readonly<Record<string, unknown>> | undefined,
  options: { only?: readonly string[] | undefined; s3?: boolean } = {},
): Record<string, unknown> | null | undefined {
  if (value === undefined) return null;
  const schema = operation[direction];
  if (!schema.isStructSchema()) return null;
  const { only } = options;
  const shown = only ? Object.fromEntries(only.map((name) => [name, value[name]])) : value;
  try {
    const budget = { left: CHARACTERS_MAX };
    const printed = (options.s3 ? printS3(schema) : printOf(schema))(shown, budget, 0) as Record<string, unknown>;
    return Object.keys(printed).length === 0 ? null : printed;
  } catch (error) {
    if (error instanceof TooLarge) return undefined;
    throw error;
  }
}

/** A schema's printer is made once, and on first use: schemas refer to themselves. */
function printOf(ns: NormalizedSchema): Print {
  if (ns.isDocumentSchema()) return printDocument;
  if (ns.isTimestampSchema()) return (value, budget) => spend(budget, value instanceof Date ? javaDate(value) : null);
  if (!ns.isStructSchema() && !ns.isListSchema() && !ns.isMapSchema()) return printSimple;
  const schema: unknown = ns.getSchema();
  const key = typeof schema === 'object' && schema !== null ? schema : undefined;
  const known = key && prints.get(key);
  if (known) return known;
  let inner: Print | undefined;
  const print: Print = (value, budget, depth) => {
    if (value === null || value === undefined || depth > DEPTH_MAX) return undefined;
    inner ??= ns.isStructSchema() ? structPrint(ns, lowerFirst) : ns.isListSchema() ? listPrint(ns) : mapPrint(ns);
    return inner(value, budget, depth);
  };
  if (key) prints.set(key, print);
  return print;
}

function structPrint(ns: NormalizedSchema, nameOf: (name: string, member: NormalizedSchema) => string): Print {
  const shown = members(ns)
    .filter(([, member]) => !member.isStreaming() && !member.isBlobSchema())
    .map(
      ([name, member]) => [name, nameOf(name, member), isSecret(name, member) ? printHidden : printOf(member)] as const,
    );
  return (value, budget, depth) => {
    const from = value as Record<string, unknown>;
    const out: Record<string, unknown> = {};
    for (const [name, as, print] of shown) {
      const member = from[name];
      if (member === undefined || member === null) continue;
      const printed = print(member, budget, depth + 1);
      if (printed === undefined) continue;
      spend(budget, as);
      out[as] = printed;
    }
    return out;
  };
}

function isSecret(name: string, member: NormalizedSchema): boolean {
  return Boolean((member.getMergedTraits() as { sensitive?: 1 }).sensitive) || SECRET.test(name);
}

function listPrint(ns: NormalizedSchema): Print {
  const member = ns.getValueSchema();
  if (member.isBlobSchema()) return () => undefined;
  const print = isSecret('', member) ? printHidden : printOf(member);
  return (value, budget, depth) => {
    if (!Array.isArray(value)) return undefined;
    return value.map((item) => print(item, budget, depth + 1));
  };
}

function mapPrint(ns: NormalizedSchema): Print {
  const member = ns.getValueSchema();
  if (member.isBlobSchema()) return () => undefined;
  const print = isSecret('', member) ? printHidden : printOf(member);
  return (value, budget, depth) => {
    const out: Record<string, unknown> = {};
    for (const [key, item] of Object.entries(value as object)) {
      spend(budget, key);
      out[key] = SECRET.test(key) ? HIDDEN : print(item, budget, depth + 1);
    }
    return out;
  };
}

const printHidden: Print = () => HIDDEN;

const printSimple: Print = (value, budget) => {
  if (typeof value === 'string') return spend(budget, value);
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  if (typeof value === 'bigint') return Number(value);
  // The SDK's LazyJsonString and NumericValue.
  return typeof value === 'object' && value !== null && !(value instanceof Uint8Array)
    ? spend(budget, String(value))
    : undefined;
};

const printDocument: Print = (value, budget, depth) => {
  if (depth > DEPTH_MAX || value instanceof Uint8Array) return undefined;
  if (Array.isArray(value)) return value.map((item) => printDocument(item, budget, depth + 1));
  if (typeof value !== 'object' || value === null) return printSimple(value, budget, depth);
  const out: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) {
    spend(budget, key);
    out[key] = SECRET.test(key) ? HIDDEN : printDocument(item, budget, depth + 1);
  }
  return out;
};

function spend<T extends string | null>(budget: Budget, text: T): T {
  budget.left -= text?.length ?? 0;
  if (budget.left < 0) throw new TooLarge();
  return text;
}

const lowerFirst = (name: string) => name.charAt(0).toLowerCase() + name.slice(1);

const s3Prints = new WeakMap<object, Print>();

/**
 * S3 records what was on the wire: bucket and key by names of their own, query parameters and headers by theirs, documents as they
 * were. Source: Amazon S3 User Guide, "Amazon S3 CloudTrail events".
 */
function printS3(ns: NormalizedSchema): Print {
  const key = ns.getSchema() as object;
  let print = s3Prints.get(key);
  if (!print) {
    const base = structPrint(ns, (name, member) => {
      if (name === 'Bucket') return 'bucketName';
      if (name === 'Key') return 'key';
      const { httpQuery, httpHeader } = member.getMergedTraits() as { httpQuery?: string; httpHeader?: string };
      return httpQuery ?? httpHeader ?? name;
    });
    print = (value, budget, depth) => {
      const printed = base(value, budget, depth) as Record<string, unknown>;
      const { Policy, Metadata: _metadata, ...rest } = printed;
      return typeof Policy === 'string' ? { ...rest, bucketPolicy: parsed(Policy) } : rest;
    };
    s3Prints.set(key, print);
  }
  return print;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `Nov 20, 2026, 1:49:39 PM`: how AWS's services print the times in their parameters. */
function javaDate(date: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const hours = date.getUTCHours();
  return `${MONTHS[date.getUTCMonth()]} ${date.getUTCDate()}, ${date.getUTCFullYear()}, ${hours % 12 || 12}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())} ${hours < 12 ? 'AM' : 'PM'}`;
}

/** Texts of at least this many characters are looked for where they must not be. */
const SECRET_LENGTH_MIN = 4;

/** Whether a text says something of an input that its record does not show. */
export function tells(text: string, input: unknown, shown: unknown): boolean {
  const open = new Set<string>();
  eachText(shown, (value) => void open.add(value));
  let found = false;
  eachText(input, (value) => {
    if (value.length >= SECRET_LENGTH_MIN && !open.has(value) && text.includes(value)) found = true;
  });
  return found;
}

/** Values that are looked at. */
const TEXTS_MAX = 10_000;

function eachText(value: unknown, see: (text: string) => void, left = { count: TEXTS_MAX }): void {
  if (left.count-- <= 0) return;
  if (typeof value === 'string') see(value);
  else if (Array.isArray(value)) for (const item of value) eachText(item, see, left);
  else if (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype)
    for (const item of Object.values(value)) eachText(item, see, left);
}
