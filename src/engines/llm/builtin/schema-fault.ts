import { isObject } from './schema.ts';
import type { Schema } from './schema.ts';
import type { Json } from '../types.ts';

/** The types of JSON Schema 2020-12; some families write them in capitals. */
const TYPES = new Set(['string', 'number', 'integer', 'boolean', 'object', 'array', 'null']);
/** Keywords that hold one schema, several by name, or several in a list. */
const SINGLE = ['items', 'additionalProperties', 'contains', 'not', 'if', 'then', 'else', 'propertyNames'];
const NAMED = ['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas'];
const LISTED = ['anyOf', 'oneOf', 'allOf', 'prefixItems'];
const BOUNDS: [string, string][] = [
  ['minimum', 'maximum'],
  ['minLength', 'maxLength'],
  ['minItems', 'maxItems'],
  ['minProperties', 'maxProperties'],
];
const DEPTH_MAX = 64;

/**
 * Why `json` is no schema that any value could fit, as "path: reason" (paths as in `violation`); undefined when nothing is wrong with it.
 * Finds what can be told from the schema alone: unknown types, bounds that cross, empty enumerations, references to nothing.
 */
export function schemaFault(json: Json): string | undefined {
  return faultAt(json, json, 'schema', 0);
}

function faultAt(json: Json, root: Json, path: string, depth: number): string | undefined {
  if (json === true || json === false) return depth === 0 && !json ? `${path}: accepts nothing` : undefined;
  if (!isObject(json)) return `${path}: must be an object or a boolean`;
  if (depth > DEPTH_MAX) return `${path}: is nested deeper than ${DEPTH_MAX} levels`;
  return ownFault(json, root, path) ?? innerFault(json, root, path, depth);
}

function ownFault(schema: Schema, root: Json, path: string): string | undefined {
  const { type, $ref: reference, required, properties } = schema;
  for (const name of type === undefined ? [] : Array.isArray(type) ? type : [type])
    if (typeof name !== 'string' || !TYPES.has(name.toLowerCase()))
      return `${path}.type: ${JSON.stringify(name)} is not one of ${[...TYPES].join(', ')}`;
  if (Array.isArray(type) && type.length === 0) return `${path}.type: names no type`;
  if (schema.enum !== undefined && (!Array.isArray(schema.enum) || schema.enum.length === 0))
    return `${path}.enum: must be a list of at least one value`;
  for (const [low, high] of BOUNDS) {
    const [least, most] = [schema[low], schema[high]];
    if (typeof least === 'number' && typeof most === 'number' && least > most)
      return `${path}: ${low} ${least} is above ${high} ${most}`;
  }
  if (required !== undefined && (!Array.isArray(required) || required.some((name) => typeof name !== 'string')))
    return `${path}.required: must be a list of names`;
  if (properties !== undefined && !isObject(properties)) return `${path}.properties: must be an object`;
  if (Array.isArray(required) && schema.additionalProperties === false && schema.patternProperties === undefined) {
    const unknown = required.find((name) => typeof name === 'string' && !Object.hasOwn(properties ?? {}, name));
    if (unknown !== undefined)
      return `${path}.required: ${JSON.stringify(unknown)} is not among the properties, and no others are allowed`;
  }
  if (typeof reference === 'string' && reference.startsWith('#') && !resolves(reference, root))
    return `${path}.$ref: ${reference} is not in the schema`;
  return undefined;
}

function innerFault(schema: Schema, root: Json, path: string, depth: number): string | undefined {
  const inner: [string, Json][] = [];
  for (const key of SINGLE) {
    const own = schema[key];
    if (isObject(own)) inner.push([`${path}.${key}`, own]);
  }
  for (const key of NAMED) {
    const own = schema[key];
    if (isObject(own)) for (const [name, part] of Object.entries(own)) inner.push([`${path}.${key}.${name}`, part]);
  }
  for (const key of LISTED) {
    const own = schema[key];
    if (Array.isArray(own)) for (const [at, part] of own.entries()) inner.push([`${path}.${key}[${at}]`, part]);
  }
  for (const [place, part] of inner) {
    const fault = faultAt(part, root, place, depth + 1);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** Whether a JSON pointer ("#/$defs/item") leads somewhere; anchors by name are not followed. */
function resolves(reference: string, root: Json): boolean {
  if (reference.length > 1 && !reference.startsWith('#/')) return true;
  let target: Json | undefined = root;
  for (const step of reference.slice(1).split('/').filter(Boolean)) {
    const name = decodeURIComponent(step.replace(/%(?![0-9a-f]{2})/gi, '%25'))
      .replaceAll('~1', '/')
      .replaceAll('~0', '~');
    target = Array.isArray(target) ? target[Number(name)] : isObject(target) ? target[name] : undefined;
  }
  return target !== undefined;
}
