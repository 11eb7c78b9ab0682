import { createHmac } from 'node:crypto';
import { exec } from 'jsonpath-rfc9535';
import type { NormalizedSchema } from '@smithy/core/schema';
import { members } from '../../../protocol/catalog.ts';
import { isSecretName } from '../../parameters.ts';
import { compilePath, compileRegex, type Pattern } from '../paths.ts';
import type { Json } from '../view.ts';

/** Takes secrets out of what goes into a cassette. */
export type Scrubber = {
  /** In an input a secret becomes its keyed hash, so that calls with another secret are still other calls. */
  input(schema: NormalizedSchema, input: Json): Json;
  /** The body of an answer: JSON, XML or any text. Undefined: nothing was in it. */
  body(schema: NormalizedSchema, bytes: Uint8Array): Uint8Array | undefined;
  /** The payload of one event. */
  payload(schema: NormalizedSchema, json: Json): Json;
};

/** What stands for a secret in an answer; as bytes, in base64. */
const SCRUBBED = 'SCRUBBED';
const SCRUBBED_BYTES = Buffer.from(SCRUBBED).toString('base64');
/** What users and models say to each other is marked as sensitive, and is what a cassette is for; names in it are theirs. */
const CONVERSATIONS = /bedrockruntime|bedrock-runtime|bedrockagentruntime/i;
const isConversation = (ns: NormalizedSchema) => CONVERSATIONS.test(ns.getName(true) ?? '');
const DEPTH_MAX = 64;

/** Names of a schema's members that are secret, and whether they are bytes. */
const secretsOf = new WeakMap<object, Map<string, 'text' | 'bytes'>>();

function secretMembers(ns: NormalizedSchema): Map<string, 'text' | 'bytes'> {
  const key: unknown = ns.getSchema();
  const known = typeof key === 'object' && key !== null ? secretsOf.get(key) : undefined;
  if (known) return known;
  const found = new Map<string, 'text' | 'bytes'>();
  const isSaid = isConversation(ns);
  const seen = new Set<unknown>();
  const walk = (schema: NormalizedSchema): void => {
    const id: unknown = schema.getSchema();
    if (seen.has(id)) return;
    if (typeof id === 'object') seen.add(id);
    if (schema.isListSchema() || schema.isMapSchema()) walk(schema.getValueSchema());
    for (const [name, member] of members(schema)) {
      const { sensitive, jsonName, xmlName } = member.getMergedTraits() as {
        sensitive?: 1;
        jsonName?: string;
        xmlName?: string;
      };
      const isMarked = Boolean(sensitive) && !isSaid;
      if (isMarked || isSecretName(name)) {
        const kind = member.isBlobSchema() ? 'bytes' : 'text';
        for (const each of [name, jsonName, xmlName]) if (each !== undefined) found.set(each, kind);
      } else walk(member);
    }
  };
  walk(ns);
  if (typeof key === 'object' && key !== null) secretsOf.set(key, found);
  return found;
}

/** Whether a name is a secret's: by its schema, and outside of conversations by itself. */
function secretsIn(schema: NormalizedSchema): (name: string) => boolean {
  const secrets = secretMembers(schema);
  return isConversation(schema) ? (name) => secrets.has(name) : (name) => secrets.has(name) || isSecretName(name);
}

/** Throws SyntaxError for a path or an expression that is none. */
export function scrubberOf(
  { paths = [], patterns = [] }: { paths?: string[]; patterns?: string[] },
  salt: string,
): Scrubber {
  for (const path of paths) compilePath(path);
  const expressions = patterns.map(compileRegex);
  const hashed = (text: string) => `scrubbed:${createHmac('sha256', salt).update(text).digest('hex').slice(0, 16)}`;
  const input = (schema: NormalizedSchema, value: Json): Json => {
    const isSecret = secretsIn(schema);
    const known = replaceMembers(value, (name, item) => (isSecret(name) ? hashed(JSON.stringify(item)) : undefined));
    return replaceAt(eachText(known, expressions, hashed), paths, (item) => hashed(JSON.stringify(item)));
  };
  const json = (schema: NormalizedSchema, value: Json) => {
    const secrets = secretMembers(schema);
    const isSecret = secretsIn(schema);
    const known = replaceMembers(value, (name, item) => {
      if (!isSecret(name) || item === null) return undefined;
      if (secrets.get(name) === 'bytes') return SCRUBBED_BYTES;
      return typeof item === 'string' ? SCRUBBED : undefined;
    });
    return replaceAt(
      eachText(known, expressions, () => SCRUBBED),
      paths,
      () => SCRUBBED,
    );
  };
  return {
    input,
    payload: json,
    body(schema, bytes) {
      const secrets = secretMembers(schema);
      const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      const text = buffer.toString('utf8');
      if (!Buffer.from(text).equals(buffer)) return undefined;
      let out = text;
      if (/^\s*[[{]/.test(text)) {
        try {
          const before = JSON.parse(text) as Json;
          const after = json(schema, before);
          if (JSON.stringify(before) !== JSON.stringify(after)) out = JSON.stringify(after);
        } catch {
          out = replaced(out, expressions, () => SCRUBBED);
        }
      } else {
        if (/^\s*</.test(text))
          for (const [name, kind] of secrets)
            out = out.replaceAll(
              new RegExp(`(<${escapeRegex(name)}>)[^<]*(</${escapeRegex(name)}>)`, 'g'),
              `$1${kind === 'bytes' ? SCRUBBED_BYTES : SCRUBBED}$2`,
            );
        out = replaced(out, expressions, () => SCRUBBED);
      }
      return out === text ? undefined : Buffer.from(out);
    },
  };
}

const escapeRegex = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

function replaced(text: string, expressions: Pattern[], by: (found: string) => string): string {
  let out = text;
  for (const each of expressions) {
    const found = each.find(out);
    if (found) out = each.replace(out, by(found['0']!));
  }
  return out;
}

function eachText(value: Json, expressions: Pattern[], by: (found: string) => string): Json {
  if (expressions.length === 0) return value;
  if (typeof value === 'string') return replaced(value, expressions, by);
  if (Array.isArray(value)) return value.map((item) => eachText(item, expressions, by));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, eachText(item, expressions, by)]));
}

function replaceMembers(value: Json, by: (name: string, item: Json) => Json | undefined, depth = 0): Json {
  if (depth > DEPTH_MAX || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => replaceMembers(item, by, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, by(key, item) ?? replaceMembers(item, by, depth + 1)]),
  );
}

/** Places that paths find, as lists of keys; the deepest first, so that taking one away moves none of the others. */
function placesOf(value: Json, paths: readonly string[]): (string | number)[][] {
  const places: (string | number)[][] = [];
  for (const path of paths) {
    try {
      exec(
        value,
        path.startsWith('$') ? path : `$.${path}`,
        (_found, place) => void places.push(place.slice(place[0] === '$' ? 1 : 0)),
      );
    } catch {
      // Deeper than the library walks.
    }
  }
  return places.toSorted(
    (a, b) =>
      b.length - a.length ||
      (typeof a.at(-1) === 'number' && typeof b.at(-1) === 'number' ? Number(b.at(-1)) - Number(a.at(-1)) : 0),
  );
}

function changeAt(value: Json, paths: readonly string[], change: (holder: any, key: string | number) => void): Json {
  if (paths.length === 0) return value;
  const copy = structuredClone(value);
  for (const place of placesOf(copy, paths)) {
    let holder: any = copy;
    for (const key of place.slice(0, -1)) holder = holder?.[key];
    const last = place.at(-1);
    if (last !== undefined && typeof holder === 'object' && holder !== null) change(holder, last);
  }
  return copy;
}

const replaceAt = (value: Json, paths: readonly string[], by: (item: Json) => Json) =>
  changeAt(value, paths, (holder, key) => {
    holder[key] = by(holder[key]);
  });

/** A value without what paths find in it. */
export const removeAt = (value: Json, paths: readonly string[]) =>
  changeAt(value, paths, (holder, key) => {
    if (Array.isArray(holder)) holder.splice(Number(key), 1);
    else delete holder[key];
  });
