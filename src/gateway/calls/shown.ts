import { Readable } from 'node:stream';
import { types } from 'node:util';
import type { NormalizedSchema } from '@smithy/core/schema';
import { members } from '../../protocol/catalog.ts';
import { isSecretName } from '../parameters.ts';

/**
 * Inputs and outputs as people look at them: copies in the SDK's shape, so that nothing of the call itself is held, with what is secret, long or
 * no JSON told by an object with one key that begins with `$`. What users and models say to each other is marked as sensitive in AWS's
 * models, and is shown: it is what one looks for. Names like `password` are hidden there as well.
 */
export type Mark =
  /** A secret. */
  | { $hidden: true }
  | { $time: Date | string }
  /** The beginning of a text, and how long the whole is. */
  | { $text: string; $characters: number }
  /** Bytes: what they say where that is a text or JSON, else some of them. */
  | { $bytes: number; json?: unknown; text?: string; base64?: string }
  /** A body that has passed by, or events. */
  | { $stream: true }
  /** So many items or members more. */
  | { $more: number };

/** Characters that are left to a copy, and values; `partial`: it is without a secret, or not all that there was. */
export type Budget = { characters: number; values: number; partial: boolean };

/** Of one direction of one call. */
const CHARACTERS_MAX = 64 * 1024;
const VALUES_MAX = 5_000;
export const budget = (): Budget => ({ characters: CHARACTERS_MAX, values: VALUES_MAX, partial: false });

/** Characters of a text that is shown whole, and of the beginning of a longer one. */
const TEXT_MAX = 8 * 1024;
const BEGINNING_MAX = 1_000;
/** Bytes that are looked at for a text, and of which some are shown where they are none. */
const BYTES_TEXT_MAX = 16 * 1024;
const BYTES_SHOWN_MAX = 512;
const DEPTH_MAX = 40;

const CONVERSATIONS = /bedrockruntime|bedrock-runtime|bedrockagentruntime/i;
const isConversation = (ns: NormalizedSchema) => CONVERSATIONS.test(ns.getName(true) ?? '');
const HIDDEN: Mark = { $hidden: true };
const hide: Show = (_value, left) => {
  left.partial = true;
  return HIDDEN;
};
/** A presigned URL is a credential as long as it lasts. */
const SIGNED = /([?&](?:X-Amz-Signature|X-Amz-Security-Token|X-Amz-Credential|Signature|AWSAccessKeyId)=)[^&\s"']*/gi;

type Show = (value: unknown, left: Budget, depth: number) => unknown;
const shows = new WeakMap<object, Show>();

/** A copy of a value of a schema, without what is secret and not longer than is left. */
export function shown(schema: NormalizedSchema, value: unknown, left: Budget): unknown {
  return showOf(schema)(value, left, 0);
}

/** JSON of no schema: what is secret in it is known by its name. */
export const shownJson = (value: unknown, left: Budget): unknown => showDocument(value, left, 0);

/** Whether values of a schema may hold secrets: these are never kept as they are. */
export function mayHoldSecrets(schema: NormalizedSchema): boolean {
  const key: unknown = schema.getSchema();
  if (typeof key !== 'object' || key === null) return findSecrets(schema, new Set());
  let found = secretive.get(key);
  if (found === undefined) secretive.set(key, (found = findSecrets(schema, new Set())));
  return found;
}
const secretive = new WeakMap<object, boolean>();

function findSecrets(ns: NormalizedSchema, seen: Set<unknown>): boolean {
  const schema: unknown = ns.getSchema();
  if (typeof schema === 'object') {
    if (seen.has(schema)) return false;
    seen.add(schema);
  }
  if (ns.isListSchema() || ns.isMapSchema())
    return isSecret('', ns.getValueSchema(), isConversation(ns)) || findSecrets(ns.getValueSchema(), seen);
  if (!ns.isStructSchema()) return false;
  const said = isConversation(ns);
  return members(ns).some(([name, member]) => isSecret(name, member, said) || findSecrets(member, seen));
}

function isSecret(name: string, member: NormalizedSchema, said: boolean): boolean {
  return (!said && Boolean((member.getMergedTraits() as { sensitive?: 1 }).sensitive)) || isSecretName(name);
}

/** A schema's copier is made once, and on first use: schemas refer to themselves. */
function showOf(ns: NormalizedSchema): Show {
  if (ns.isStreaming())
    return (value, left, depth) => (isStream(value) ? { $stream: true } : showAny(value, left, depth));
  if (!ns.isStructSchema() && !ns.isListSchema() && !ns.isMapSchema()) return showAny;
  const schema: unknown = ns.getSchema();
  const key = typeof schema === 'object' && schema !== null ? schema : undefined;
  const known = key && shows.get(key);
  if (known) return known;
  let inner: Show | undefined;
  const show: Show = (value, left, depth) => {
    if (typeof value !== 'object' || value === null || depth > DEPTH_MAX) return showAny(value, left, depth);
    inner ??= ns.isStructSchema() ? structShow(ns) : ns.isListSchema() ? listShow(ns) : mapShow(ns);
    return inner(value, left, depth);
  };
  if (key) shows.set(key, show);
  return show;
}

function structShow(ns: NormalizedSchema): Show {
  const said = isConversation(ns);
  const each = members(ns).map(
    ([name, member]) => [name, isSecret(name, member, said) ? hide : showOf(member)] as const,
  );
  return (value, left, depth) => {
    const from = value as Record<string, unknown>;
    const out: Record<string, unknown> = {};
    for (const [name, show] of each) {
      const member = from[name];
      if (member === undefined || member === null) continue;
      left.characters -= name.length;
      out[name] = show(member, left, depth + 1);
    }
    return out;
  };
}

function listShow(ns: NormalizedSchema): Show {
  const member = ns.getValueSchema();
  const show: Show = isSecret('', member, isConversation(ns)) ? hide : showOf(member);
  return (value, left, depth) =>
    Array.isArray(value) ? showItems(value, show, left, depth) : showAny(value, left, depth);
}

function showItems(list: unknown[], show: Show, left: Budget, depth: number): unknown[] {
  const out: unknown[] = [];
  for (const item of list) {
    if (left.values-- <= 0 || left.characters <= 0) {
      left.partial = true;
      out.push({ $more: list.length - out.length } satisfies Mark);
      break;
    }
    out.push(show(item, left, depth + 1));
  }
  return out;
}

function mapShow(ns: NormalizedSchema): Show {
  const member = ns.getValueSchema();
  const show: Show = isSecret('', member, isConversation(ns)) ? hide : showOf(member);
  return (value, left, depth) => showEntries(value as object, show, left, depth);
}

function showEntries(value: object, show: Show, left: Budget, depth: number): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  const keys = Object.keys(value);
  for (const [index, key] of keys.entries()) {
    if (left.values-- <= 0 || left.characters <= 0) {
      left.partial = true;
      out['…'] = { $more: keys.length - index } satisfies Mark;
      break;
    }
    left.characters -= key.length;
    const item = (value as Record<string, unknown>)[key];
    const copy = isSecretName(key) ? hide(item, left, depth) : show(item, left, depth + 1);
    // `__proto__` may be a key of JSON.
    if (key === '__proto__')
      Object.defineProperty(out, key, { value: copy, enumerable: true, configurable: true, writable: true });
    else out[key] = copy;
  }
  return out;
}

const showDocument: Show = (value, left, depth) => {
  if (typeof value !== 'object' || value === null || depth > DEPTH_MAX) return showAny(value, left, depth);
  if (Array.isArray(value)) return showItems(value, showDocument, left, depth);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return showEntries(value, showDocument, left, depth);
  return showAny(value, left, depth);
};

const showAny: Show = (value, left, depth) => {
  if (typeof value === 'string') return showText(value, left);
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Uint8Array) return showBytes(value, left);
  if (value instanceof Date) return { $time: Number.isNaN(value.getTime()) ? 'Invalid Date' : value };
  if (types.isStringObject(value)) return showText(String(value), left);
  if ('string' in value && 'type' in value && value.type === 'bigDecimal') return String(value.string);
  if (isStream(value)) return { $stream: true };
  return depth > DEPTH_MAX ? { $more: 1 } : showDocument(value, left, depth);
};

const isStream = (value: unknown) =>
  value instanceof Readable || (typeof value === 'object' && value !== null && Symbol.asyncIterator in value);

function showText(text: string, left: Budget): unknown {
  const whole = text.length <= TEXT_MAX && text.length <= Math.max(BEGINNING_MAX, left.characters);
  const kept = unsigned(whole ? text : text.slice(0, BEGINNING_MAX));
  left.characters -= kept.length;
  return whole ? kept : { $text: kept, $characters: text.length };
}

/** A text without the signatures and tokens of presigned URLs. */
export const unsigned = (text: string): string => (text.includes('=') ? text.replace(SIGNED, '$1…') : text);

function showBytes(bytes: Uint8Array, left: Budget): Mark {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const mark = { $bytes: bytes.length };
  if (bytes.length === 0) return mark;
  if (bytes.length <= BYTES_TEXT_MAX && bytes.length <= left.characters) {
    const first = bytes[0]!;
    const text = buffer.toString('utf8');
    if ((first === 0x7b || first === 0x5b) && text.length > 1) {
      try {
        return { ...mark, json: showDocument(JSON.parse(text), left, 0) };
      } catch {
        // A text, then.
      }
    }
    // oxlint-disable-next-line no-control-regex -- they tell bytes from a text
    if (!/[\0-\x08\x0e-\x1f\ufffd]/.test(text)) {
      left.characters -= text.length;
      return { ...mark, text: unsigned(text) };
    }
  }
  const base64 = buffer.subarray(0, BYTES_SHOWN_MAX).toString('base64');
  left.characters -= base64.length;
  return { ...mark, base64 };
}
