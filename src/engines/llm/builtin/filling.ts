import type { FillContext, LeafCandidate } from './candidates.ts';
import { leafCandidates } from './candidates.ts';
import type { Evidence } from './evidence.ts';
import { textEvidence } from './evidence.ts';
import type { Leaf } from './leaf.ts';
import { readLeaf } from './leaf.ts';
import { listValues, segmentsOf } from './listing.ts';
import type { Schema } from './schema.ts';
import { asSchema, isNullable, isObject, requiredOf, resolved, typeOf } from './schema.ts';
import type { Json } from '../types.ts';

/** A value for a schema: what was found, and the paths of required places for which nothing was. */
export type Filled = { value: Json | undefined; missing: string[] };

/** What is guessed for an enumeration of which no member is mentioned: the classifier's scores over the text. */
export type GuessLabel = (text: string, labels: string[], leaf: Leaf) => string | undefined;

export type FillOptions = FillContext & {
  /** 'extract' leaves absent values empty in the schema's own way; 'call' reports them as missing. */
  mode: 'extract' | 'call';
  guess: GuessLabel;
};

/** Scores below this are not values but accidents. */
const SCORE_MIN = 0.62;
const DEPTH_MAX = 12;

/** Fills `schema` from `evidence`, best-ranked first. */
export function fill(schema: Schema, evidence: Evidence[], options: FillOptions): Filled {
  const root = schema;
  const leaves: Leaf[] = [];
  collect(resolved(schema, root), root, [], leaves, 0);
  const chosen = assign(
    leaves.filter((leaf) => leaf.type !== 'array' && leaf.type !== 'object'),
    evidence,
    options,
  );
  return build(resolved(schema, root), root, [], chosen, evidence, options, true, 0);
}

/** All scalar places of a schema outside arrays. */
function collect(schema: Schema, root: Schema, path: string[], leaves: Leaf[], depth: number): void {
  if (depth > DEPTH_MAX) return;
  if (typeOf(schema) === 'object') {
    for (const [name, property] of Object.entries(asSchema(schema.properties)))
      collect(resolved(asSchema(property), root), root, [...path, name], leaves, depth + 1);
  } else if (typeOf(schema) !== 'array') leaves.push(readLeaf(path.length > 0 ? path : ['value'], schema));
}

/** Gives each leaf its best value, dearest first; a stretch of text serves one leaf, unless nothing else is left for a leaf that it names. */
function assign(leaves: Leaf[], evidence: Evidence[], options: FillOptions): Map<string, Json> {
  const all: LeafCandidate[] = leaves.flatMap((leaf) =>
    leaf.schema.const === undefined ? evidence.flatMap((item) => leafCandidates(leaf, item, options)) : [],
  );
  all.sort((a, b) => b.score - a.score);
  const chosen = new Map<string, Json>();
  const claimed = new Set<string>();
  const keyOf = (leaf: Leaf): string => leaf.path.join('\u0000');
  for (const candidate of all) {
    const key = keyOf(candidate.leaf);
    if (chosen.has(key) || candidate.score < SCORE_MIN) continue;
    if (candidate.claim !== undefined && claimed.has(candidate.claim)) continue;
    chosen.set(key, candidate.value);
    if (candidate.claim !== undefined) claimed.add(candidate.claim);
  }
  for (const leaf of leaves) {
    if (leaf.schema.const !== undefined) chosen.set(keyOf(leaf), leaf.schema.const);
    if (chosen.has(keyOf(leaf)) || !Array.isArray(leaf.schema.enum)) continue;
    const labels = leaf.schema.enum.filter((member): member is string => typeof member === 'string');
    const text = evidence
      .filter((item) => item.rank === 0)
      .map((item) => item.text)
      .join('\n');
    const guessed = labels.length > 0 ? options.guess(text, labels, leaf) : undefined;
    if (guessed !== undefined) chosen.set(keyOf(leaf), guessed);
  }
  return chosen;
}

function build(
  schema: Schema,
  root: Schema,
  path: string[],
  chosen: Map<string, Json>,
  evidence: Evidence[],
  options: FillOptions,
  required: boolean,
  depth: number,
): Filled {
  const type = typeOf(schema);
  if (depth > DEPTH_MAX) return { value: undefined, missing: [] };
  if (type === 'object') {
    const value: { [key: string]: Json } = {};
    const missing: string[] = [];
    const needed = new Set(requiredOf(schema));
    for (const [name, property] of Object.entries(asSchema(schema.properties))) {
      const part = build(
        resolved(asSchema(property), root),
        root,
        [...path, name],
        chosen,
        evidence,
        options,
        needed.has(name),
        depth + 1,
      );
      if (part.value !== undefined) value[name] = part.value;
      if (needed.has(name) || part.value !== undefined) missing.push(...part.missing);
    }
    if (Object.keys(value).length === 0 && !required) return { value: undefined, missing: [] };
    return { value, missing };
  }
  if (type === 'array') return buildArray(schema, root, path, evidence, options, required);
  const found = chosen.get((path.length > 0 ? path : ['value']).join('\u0000'));
  if (found !== undefined) return { value: found, missing: [] };
  if (schema.default !== undefined && required) return { value: schema.default, missing: [] };
  if (isNullable(schema) && (required || options.mode === 'extract'))
    return { value: required ? null : undefined, missing: [] };
  if (!required) return { value: undefined, missing: [] };
  const name = path.join('.');
  if (options.mode === 'call') return { value: undefined, missing: [name] };
  const blank = emptyValue(schema);
  return blank === undefined ? { value: undefined, missing: [name] } : { value: blank, missing: [] };
}

/** "Not in the text" where a schema has no null: an empty string, false for a flag that nothing raises. A number has no such value. */
export function emptyValue(schema: Schema): Json | undefined {
  const type = typeOf(schema);
  if (Array.isArray(schema.enum))
    return schema.enum.find(
      (member) =>
        typeof member === 'string' &&
        /^(?:unknown|none|other|n\/a|not[_ ]?(?:stated|specified|available)|unspecified|general|misc|miscellaneous|neutral)$/i.test(
          member,
        ),
    );
  if (type === 'boolean') return false;
  if (type === 'string' && !schema.minLength && schema.format === undefined && schema.pattern === undefined) return '';
  return undefined;
}

function buildArray(
  schema: Schema,
  root: Schema,
  path: string[],
  evidence: Evidence[],
  options: FillOptions,
  required: boolean,
): Filled {
  const items = resolved(asSchema(schema.items), root);
  const limit = typeof schema.maxItems === 'number' ? schema.maxItems : 10_000;
  let values: Json[] = [];
  if (typeOf(items) === 'object') {
    for (const item of evidence) {
      values = segmentsOf(items, item, path.at(-1) ?? 'items', (segment) => {
        const filled = fill(items, [textEvidence(segment)], { ...options, mode: 'call', guess: () => undefined });
        return { value: filled.value, filled: count(filled.value), missing: filled.missing.length };
      });
      if (values.length > 0) break;
    }
    values = values.map((value) => complete(value, items, options)).filter((value) => value !== undefined);
  } else {
    for (const item of evidence) {
      values = listValues(
        readLeaf(path.length > 0 ? path : ['items'], { description: schema.description ?? '', ...items }, true),
        item,
        options,
      );
      if (values.length > 0) break;
    }
  }
  const kept =
    schema.uniqueItems === true
      ? values.filter(
          (value, at) => values.findIndex((other) => JSON.stringify(other) === JSON.stringify(value)) === at,
        )
      : values;
  if (kept.length > 0) return { value: kept.slice(0, limit), missing: [] };
  if (!required) return { value: undefined, missing: [] };
  if (isNullable(schema)) return { value: null, missing: [] };
  const least = typeof schema.minItems === 'number' ? schema.minItems : 0;
  return options.mode === 'extract' && least === 0
    ? { value: [], missing: [] }
    : { value: undefined, missing: [path.join('.')] };
}

/** A row of an array with its absent required places filled in the schema's own way; undefined when that is not possible. */
function complete(value: Json, schema: Schema, options: FillOptions): Json | undefined {
  if (!isObject(value)) return value;
  const whole: { [key: string]: Json } = { ...value };
  for (const name of requiredOf(schema)) {
    if (whole[name] !== undefined) continue;
    const property = resolved(asSchema(asSchema(schema.properties)[name]), schema);
    const blank = isNullable(property) ? null : options.mode === 'extract' ? emptyValue(property) : undefined;
    if (blank === undefined) return undefined;
    whole[name] = blank;
  }
  return whole;
}

const count = (json: Json | undefined): number => {
  if (Array.isArray(json)) return json.reduce<number>((sum, item) => sum + count(item), 0);
  if (isObject(json)) return Object.values(json).reduce<number>((sum, item) => sum + count(item), 0);
  return json === undefined || json === null || json === '' ? 0 : 1;
};
