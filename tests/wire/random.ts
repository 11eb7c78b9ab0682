/**
 * Random inputs and outputs of AWS operations, from the run-time schemas of the SDK's clients, and a comparison that knows
 * what the AWS protocols cannot tell apart. For tests that send values through a real client and back.
 */
import { inspect, types } from 'node:util';
import { NormalizedSchema } from '@smithy/core/schema';
import { NumericValue } from '@smithy/core/serde';

/** Returns numbers from 0 up to but not including 1. */
export type Rng = () => number;

export interface RandomOptions {
  /** Levels of structures, lists and maps after which only what is required is made; 4 unless told. */
  depth?: number;
  /** Timestamps are whole seconds, for clients that cut off the rest (botocore does, where the wire has epoch seconds). */
  wholeSeconds?: boolean;
  /** Members that are never made, by name: those that a client reads itself, as S3's does `ChecksumAlgorithm`. */
  omit?: ReadonlySet<string>;
}

/** What any schema-taking function of the SDK takes. */
export type SchemaRef = Parameters<typeof NormalizedSchema.of>[0];

const DEPTH = 4;
const OPTIONAL_MEMBER_PROBABILITY = 0.7;
const ELEMENTS_MAX = 3;
/** Required members may nest this far below the asked depth before a schema counts as bottomless. */
const REQUIRED_DEPTH_MAX = 16;
const YEAR_1971_S = 31_536_000;
const YEAR_2099_S = 4_070_908_800;
const INT32_MAX = 2 ** 31 - 1;
/** The SDK's mark of timestamps on the wire as `Tue, 29 Apr 2014 18:30:38 GMT`, which has no milliseconds. */
const HTTP_DATE = 6;

/** A generator whose numbers follow from a seed alone (mulberry32). Print the seed, so that a failure can be repeated. */
export function rngFrom(seed: number): Rng {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Whether an input or output holds an event stream. Such a member is not made: a stream is no value. */
export function hasEventStream(schema: SchemaRef): boolean {
  const ns = NormalizedSchema.of(schema);
  return ns.isStructSchema() && ns.getEventStreamMember() !== '';
}

/**
 * A random value of a schema that every AWS protocol can carry, in the types that the SDK's clients take.
 *
 * - Enums are free strings: the schemas do not know their members. Numbers are integers, since the schemas do not tell
 *   them from floats.
 * - Texts have no control characters and no white space at their ends, which XML would lose. What goes into the path, a header
 *   or a query is plain ASCII and never empty; a path label is also a valid bucket name.
 * - A list's or map's elements are never empty structures, lists or maps. A union has exactly one member. Required members and idempotency tokens are always there: a client makes up a missing token.
 * - A blob is a `Uint8Array` of at least one byte, also where a stream may stand. Members that are event streams are left out.
 *
 * @throws {RangeError} for a schema whose required members never end.
 */
export function randomValue(schema: SchemaRef, rng: Rng, options: RandomOptions = {}): unknown {
  return new Maker(rng, options).make(NormalizedSchema.of(schema), options.depth ?? DEPTH, 'body');
}

/** Where a value travels, which decides what it may hold. */
type Place = 'body' | 'header' | 'query' | 'label' | 'payload';

class Maker {
  readonly #rng: Rng;
  readonly #wholeSeconds: boolean;
  readonly #omit: ReadonlySet<string>;

  constructor(rng: Rng, { wholeSeconds = false, omit = new Set() }: RandomOptions) {
    this.#rng = rng;
    this.#wholeSeconds = wholeSeconds;
    this.#omit = omit;
  }

  make(ns: NormalizedSchema, depth: number, place: Place): unknown {
    if (depth < -REQUIRED_DEPTH_MAX) throw new RangeError(`${ns.getName(true)} requires itself without end`);
    if (ns.isUnitSchema()) return {};
    if (ns.isDocumentSchema()) return this.#document(depth);
    if (ns.isUnionSchema()) return this.#union(ns, depth);
    if (ns.isStructSchema()) return this.#structure(ns, depth);
    if (ns.isListSchema()) return this.#list(ns, depth, place);
    if (ns.isMapSchema()) return this.#map(ns, depth, place);
    if (ns.isBlobSchema()) return this.#blob();
    if (ns.isTimestampSchema()) return this.#timestamp(ns, place);
    if (ns.isBooleanSchema()) return this.#rng() < 0.5;
    if (ns.isBigIntegerSchema()) return BigInt(this.#integer()) * BigInt(this.#integer());
    if (ns.isBigDecimalSchema()) return new NumericValue(`${this.#integer()}.${1 + this.#below(9)}`, 'bigDecimal');
    if (ns.isNumericSchema()) return this.#integer();
    if (ns.isStringSchema()) return this.#string(ns, place);
    throw new TypeError(`no random value for ${ns.getName(true)}`);
  }

  #below(count: number): number {
    return Math.floor(this.#rng() * count);
  }

  #integer(): number {
    const size = this.#rng() < 0.5 ? 100 : INT32_MAX;
    return this.#below(size) * (this.#rng() < 0.2 ? -1 : 1) + 0;
  }

  #pick<T>(values: readonly T[]): T {
    return values[this.#below(values.length)]!;
  }

  #plain(least: number): string {
    const letters = 'abcdefghijklmnopqrstuvwxyz0123456789';
    const length = least + this.#below(12);
    let text = '';
    while (text.length < length) text += letters[this.#below(letters.length)];
    return text;
  }

  #string(ns: NormalizedSchema, place: Place): unknown {
    const mediaType = ns.getMergedTraits()['mediaType'];
    if (typeof mediaType === 'string' && /[/+]json$/.test(mediaType))
      return JSON.stringify({ [this.#plain(1)]: this.#plain(0) });
    if (place === 'label') return `${this.#pick(['a', 'b', 'z'])}${this.#plain(3)}`;
    if (place !== 'body' && place !== 'payload') return this.#plain(1);
    const least = place === 'payload' || this.#rng() < 0.9 ? 1 : 0;
    if (least === 0) return '';
    const middle = [
      ' ',
      '  ',
      '&',
      '<',
      '>',
      '"',
      "'",
      '%',
      '+',
      '=',
      '/',
      '\\',
      'é',
      'ß',
      '日本',
      '\u{1f600}',
      '\u2028',
      '&amp;',
      ']]>',
    ];
    return `${this.#plain(1)}${this.#rng() < 0.5 ? this.#pick(middle) + this.#pick(middle) : ''}${this.#plain(1)}`;
  }

  #blob(): Uint8Array {
    return Uint8Array.from({ length: 1 + this.#below(24) }, () => this.#below(256));
  }

  #timestamp(ns: NormalizedSchema, place: Place): Date {
    const seconds = YEAR_1971_S + this.#below(YEAR_2099_S - YEAR_1971_S);
    const whole = this.#wholeSeconds || (place !== 'body' && place !== 'payload') || ns.getSchema() === HTTP_DATE;
    return new Date(seconds * 1000 + (whole ? 0 : this.#below(1000)));
  }

  /** JSON of any kind, at the top always an object: a bare `null` could not be told from nothing. */
  #document(depth: number): unknown {
    const value = (level: number): unknown => {
      const kind = this.#below(level > 0 ? 6 : 4);
      if (kind === 0) return this.#plain(0);
      if (kind === 1) return this.#integer();
      if (kind === 2) return this.#rng() < 0.5;
      if (kind === 3) return this.#integer() + 0.5;
      if (kind === 4) return Array.from({ length: this.#below(ELEMENTS_MAX + 1) }, () => value(level - 1));
      return object(level - 1);
    };
    const object = (level: number): Record<string, unknown> =>
      Object.fromEntries(
        Array.from({ length: 1 + this.#below(ELEMENTS_MAX) }, () => [`k${this.#plain(1)}`, value(level)]),
      );
    return object(Math.min(Math.max(depth, 0), 2));
  }

  #structure(ns: NormalizedSchema, depth: number): Record<string, unknown> {
    const value: Record<string, unknown> = {};
    const required = requiredMembers(ns);
    for (const [name, member] of ns.structIterator()) {
      if (this.#omit.has(name) || (member.isStructSchema() && member.isStreaming())) continue;
      const needed =
        required.has(name) ||
        member.isIdempotencyToken() ||
        member.getMergedTraits()['httpLabel'] !== undefined ||
        // Clients take it from the status line, whether it was given or not.
        member.getMergedTraits()['httpResponseCode'] !== undefined;
      if (!needed && (depth <= 0 || this.#rng() >= OPTIONAL_MEMBER_PROBABILITY)) continue;
      value[name] = this.#member(member, depth - 1);
    }
    return value;
  }

  #member(member: NormalizedSchema, depth: number): unknown {
    const traits = member.getMergedTraits();
    // Any other status would change what the answer is: an error, a redirect, or nothing at all.
    if (traits['httpResponseCode'] !== undefined) return 200;
    if (traits['httpPrefixHeaders'] !== undefined) return this.#namedTexts('h');
    if (traits['httpQueryParams'] !== undefined) return this.#queryParameters(member);
    return this.make(member, depth, placeOf(traits));
  }

  #namedTexts(prefix: string): Record<string, string> {
    // Header names lose their case on the way.
    return Object.fromEntries(
      Array.from({ length: this.#below(ELEMENTS_MAX + 1) }, () => [`${prefix}${this.#plain(1)}`, this.#plain(1)]),
    );
  }

  #queryParameters(member: NormalizedSchema): Record<string, unknown> {
    const texts = this.#namedTexts('q-');
    if (!member.getValueSchema().isListSchema()) return texts;
    return Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, [text, this.#plain(1)]]));
  }

  /** At the end of the depth the nearest way out is taken, so that unions of themselves end. */
  #union(ns: NormalizedSchema, depth: number): Record<string, unknown> {
    const members = [...ns.structIterator()];
    const [name, member] = this.#pick(depth > 0 ? members : nearest(members));
    return { [name]: this.#member(member, depth - 1) };
  }

  #list(ns: NormalizedSchema, depth: number, place: Place): unknown[] {
    const count = depth <= 0 ? 0 : 1 + this.#below(ELEMENTS_MAX);
    return Array.from({ length: count }, () => this.#element(ns.getValueSchema(), depth - 1, place));
  }

  /** An element of a list or map. It always holds something: the query protocols have no way to say that there is an empty one. */
  #element(ns: NormalizedSchema, depth: number, place: Place): unknown {
    const value = this.make(ns, depth, place);
    if (!isNothing(value)) return value;
    if (ns.isListSchema()) return [this.#element(ns.getValueSchema(), depth - 1, place)];
    if (ns.isMapSchema()) return { [`k${this.#plain(1)}`]: this.#element(ns.getValueSchema(), depth - 1, place) };
    if (!ns.isStructSchema()) return value;
    const chosen = Object.keys(value as object);
    const members = [...ns.structIterator()].filter(
      ([name, member]) =>
        !this.#omit.has(name) && !member.isStreaming() && (!ns.isUnionSchema() || chosen.includes(name)),
    );
    if (members.every(([, member]) => distance(member) === Infinity)) return value;
    const [name, member] = this.#pick(nearest(members));
    return { ...(value as object), [name]: this.#element(member, depth - 1, placeOf(member.getMergedTraits())) };
  }

  #map(ns: NormalizedSchema, depth: number, place: Place): Record<string, unknown> {
    const count = depth <= 0 ? 0 : 1 + this.#below(ELEMENTS_MAX);
    const entries = Array.from({ length: count }, () => [
      `k${this.#plain(1)}`,
      this.#element(ns.getValueSchema(), depth - 1, place),
    ]);
    return Object.fromEntries(entries) as Record<string, unknown>;
  }
}

/** How many steps lead from a schema to something that is no structure, list or map; without end if none do. */
function distance(ns: NormalizedSchema): number {
  const seen = new Set<unknown>();
  let level = [ns];
  for (let steps = 0; level.length > 0; steps += 1) {
    const next: NormalizedSchema[] = [];
    for (const schema of level) {
      if (schema.isListSchema() || schema.isMapSchema()) next.push(schema.getValueSchema());
      else if (!schema.isStructSchema()) return steps;
      else if (!seen.has(schema.getSchema())) {
        seen.add(schema.getSchema());
        for (const [, member] of schema.structIterator()) next.push(member);
      }
    }
    level = next;
  }
  return Infinity;
}

type NamedMember = readonly [name: string, member: NormalizedSchema];

/** The members from which the way to an end is shortest. */
function nearest(members: readonly NamedMember[]): NamedMember[] {
  const distances = members.map(([, member]) => distance(member));
  const least = Math.min(...distances);
  return members.filter((_, index) => distances[index] === least);
}

/** The schemas put required members first and tell their number. */
function requiredMembers(ns: NormalizedSchema): Set<string> {
  const schema = ns.getSchema() as unknown as readonly unknown[];
  const count = typeof schema[6] === 'number' ? schema[6] : 0;
  return new Set((schema[4] as readonly string[]).slice(0, count));
}

function placeOf(traits: object): Place {
  if ('httpLabel' in traits) return 'label';
  if ('httpHeader' in traits) return 'header';
  if ('httpQuery' in traits) return 'query';
  return 'httpPayload' in traits || 'xmlAttribute' in traits ? 'payload' : 'body';
}

/**
 * The path of the first difference of two values, in the form `member.list[1].key`, with what differs; `undefined` when they
 * are the same.
 *
 * What AWS's protocols cannot tell apart counts as the same: absent, `null`, structures, lists and maps
 * that hold nothing, and no bytes (the body of an answer that has none).
 * Dates are compared by their time, blobs by their bytes, and the SDK's lazy JSON texts as texts. `$metadata` is no part of a value.
 */
export function sameValue(a: unknown, b: unknown): string | undefined {
  return difference(a, b, '');
}

function difference(a: unknown, b: unknown, at: string): string | undefined {
  if (isNothing(a) && isNothing(b)) return undefined;
  const [left, right] = [plain(a), plain(b)];
  if (Object.is(left, right)) return undefined;
  const differs = (): string => `${at === '' ? 'value' : at}: ${describe(left)} is not ${describe(right)}`;
  if (Array.isArray(left) && Array.isArray(right)) {
    if (left.length !== right.length) return differs();
    for (const [index, element] of left.entries()) {
      const found = difference(element, right[index], `${at}[${index}]`);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  if (!isRecord(left) || !isRecord(right)) {
    // One of them is nothing and the other something: say where inside.
    const inside = isRecord(left) && isNothing(right) ? left : isRecord(right) && isNothing(left) ? right : undefined;
    if (inside === undefined) return differs();
    return difference(isRecord(left) ? left : {}, isRecord(right) ? right : {}, at);
  }
  for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
    if (key === '$metadata') continue;
    const found = difference(left[key], right[key], at === '' ? key : `${at}.${key}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isNothing(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  if (Array.isArray(value)) return value.every(isNothing);
  if (types.isUint8Array(value)) return value.length === 0;
  return isRecord(value) && Object.entries(value).every(([key, inner]) => key === '$metadata' || isNothing(inner));
}

/** What is compared in place of a value that has an identity of its own. */
function plain(value: unknown): unknown {
  if (value instanceof Date) return `Date ${value.getTime()}`;
  if (value instanceof NumericValue) return `number ${value.string}`;
  if (types.isUint8Array(value))
    return `bytes ${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')}`;
  if (types.isStringObject(value)) return String(value);
  return value;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function describe(value: unknown): string {
  return inspect(value, { breakLength: Infinity, depth: 2, maxArrayLength: 10, maxStringLength: 200 });
}
