import { RE2JS } from 're2js';
import type { Json } from '../types.ts';

/** A JSON schema as an object; `true` and absent schemas are `{}`. */
export type Schema = { [key: string]: Json };

/** How deep schemas are followed; a deeper one accepts anything. */
const DEPTH_MAX = 24;

export const isObject = (json: Json | undefined): json is { [key: string]: Json } =>
  json !== null && typeof json === 'object' && !Array.isArray(json);

export const asSchema = (json: Json | undefined): Schema => (isObject(json) ? json : {});

/** `schema` with its `$ref` (within the document) followed, `allOf` merged and the first non-null branch of `anyOf`/`oneOf` taken. */
export function resolved(schema: Schema, root: Schema, depth = 0): Schema {
  if (depth > DEPTH_MAX) return {};
  let own = schema;
  const reference = own.$ref;
  if (typeof reference === 'string' && reference.startsWith('#')) {
    let target: Json | undefined = root;
    for (const step of reference.slice(1).split('/').filter(Boolean))
      target = isObject(target) ? target[step.replaceAll('~1', '/').replaceAll('~0', '~')] : undefined;
    const { $ref: _, ...rest } = own;
    own = { ...resolved(asSchema(target), root, depth + 1), ...rest };
  }
  if (Array.isArray(own.allOf)) {
    const { allOf, ...rest } = own;
    own = rest;
    for (const part of allOf) {
      const branch = resolved(asSchema(part), root, depth + 1);
      own = {
        ...branch,
        ...own,
        properties: { ...asSchema(branch.properties), ...asSchema(own.properties) },
        required: [...list(branch.required), ...list(own.required)],
      };
    }
  }
  const branches = Array.isArray(own.anyOf) ? own.anyOf : Array.isArray(own.oneOf) ? own.oneOf : undefined;
  if (branches) {
    const { anyOf: _any, oneOf: _one, ...rest } = own;
    const options = branches.map((branch) => resolved(asSchema(branch), root, depth + 1));
    const filled = options.find((option) => option.type !== 'null') ?? {};
    own = {
      ...rest,
      ...filled,
      nullable: options.some((option) => option.type === 'null') || filled.nullable === true,
    };
  }
  return own;
}

const list = (json: Json | undefined): Json[] => (Array.isArray(json) ? json : []);

/** The schema's main type: the first that is not null; by its other keywords where it names none. */
export function typeOf(schema: Schema): string {
  const { type } = schema;
  if (typeof type === 'string') return type.toLowerCase();
  if (Array.isArray(type)) return String(type.find((entry) => entry !== 'null') ?? 'null').toLowerCase();
  if (isObject(schema.properties)) return 'object';
  if (schema.items !== undefined) return 'array';
  const members = Array.isArray(schema.enum) ? schema.enum : schema.const === undefined ? [] : [schema.const];
  const first = members.find((member) => member !== null);
  if (typeof first === 'number') return 'number';
  return typeof first === 'boolean' ? 'boolean' : 'string';
}

export const isNullable = (schema: Schema): boolean =>
  schema.nullable === true ||
  schema.type === 'null' ||
  (Array.isArray(schema.type) && schema.type.includes('null')) ||
  (Array.isArray(schema.enum) && schema.enum.includes(null));

export const requiredOf = (schema: Schema): string[] =>
  list(schema.required).filter((name): name is string => typeof name === 'string');

/** Why `value` is not what `schema` describes, as "path: reason"; undefined when it is. */
export function violation(
  value: Json,
  schema: Schema,
  root: Schema = schema,
  path = '$',
  depth = 0,
): string | undefined {
  if (depth > DEPTH_MAX) return undefined;
  const branches = list(schema.anyOf).length > 0 ? list(schema.anyOf) : list(schema.oneOf);
  if (
    branches.length > 0 &&
    branches.every((branch) => violation(value, asSchema(branch), root, path, depth + 1) !== undefined)
  )
    return `${path}: matches none of its alternatives`;
  if (branches.length > 0) return undefined;
  const own = resolved(schema, root);
  if (value === null && isNullable(own)) return undefined;
  if (own.const !== undefined && JSON.stringify(own.const) !== JSON.stringify(value))
    return `${path}: must be ${JSON.stringify(own.const)}`;
  if (Array.isArray(own.enum) && !own.enum.some((member) => JSON.stringify(member) === JSON.stringify(value)))
    return `${path}: must be one of ${JSON.stringify(own.enum)}`;
  if (own.type !== undefined || own.properties !== undefined || own.items !== undefined) {
    const wrong = wrongType(value, own);
    if (wrong !== undefined) return `${path}: ${wrong}`;
  }
  if (typeof value === 'string') return stringViolation(value, own, path);
  if (typeof value === 'number') return numberViolation(value, own, path);
  if (Array.isArray(value)) {
    if (typeof own.minItems === 'number' && value.length < own.minItems)
      return `${path}: needs at least ${own.minItems} items`;
    if (typeof own.maxItems === 'number' && value.length > own.maxItems)
      return `${path}: allows at most ${own.maxItems} items`;
    for (const [index, item] of value.entries()) {
      const wrong = violation(item, asSchema(own.items), root, `${path}[${index}]`, depth + 1);
      if (wrong !== undefined) return wrong;
    }
    return undefined;
  }
  if (isObject(value)) {
    const properties = asSchema(own.properties);
    for (const name of requiredOf(own)) if (value[name] === undefined) return `${path}.${name}: is required`;
    for (const [name, item] of Object.entries(value)) {
      if (properties[name] === undefined) {
        if (own.additionalProperties === false) return `${path}.${name}: is not allowed`;
        continue;
      }
      const wrong = violation(item, asSchema(properties[name]), root, `${path}.${name}`, depth + 1);
      if (wrong !== undefined) return wrong;
    }
  }
  return undefined;
}

function wrongType(value: Json, schema: Schema): string | undefined {
  const type = typeOf(schema);
  const right: Record<string, boolean> = {
    string: typeof value === 'string',
    number: typeof value === 'number',
    integer: typeof value === 'number' && Number.isInteger(value),
    boolean: typeof value === 'boolean',
    array: Array.isArray(value),
    object: isObject(value),
    null: value === null,
  };
  return right[type] === false ? `must be of type ${type}` : undefined;
}

function stringViolation(value: string, schema: Schema, path: string): string | undefined {
  if (typeof schema.minLength === 'number' && value.length < schema.minLength)
    return `${path}: is shorter than ${schema.minLength}`;
  if (typeof schema.maxLength === 'number' && value.length > schema.maxLength)
    return `${path}: is longer than ${schema.maxLength}`;
  if (typeof schema.pattern === 'string') {
    const pattern = safePattern(schema.pattern);
    if (pattern && !pattern.test(value)) return `${path}: does not match ${schema.pattern}`;
  }
  if (schema.format === 'date' && !/^\d{4}-\d{2}-\d{2}$/.test(value)) return `${path}: is no date (YYYY-MM-DD)`;
  if (schema.format === 'date-time' && Number.isNaN(Date.parse(value))) return `${path}: is no date-time`;
  if (schema.format === 'email' && !/^\S+@\S+\.\S+$/.test(value)) return `${path}: is no e-mail address`;
  return undefined;
}

function numberViolation(value: number, schema: Schema, path: string): string | undefined {
  if (typeof schema.minimum === 'number' && value < schema.minimum) return `${path}: is below ${schema.minimum}`;
  if (typeof schema.maximum === 'number' && value > schema.maximum) return `${path}: is above ${schema.maximum}`;
  if (typeof schema.exclusiveMinimum === 'number' && value <= schema.exclusiveMinimum)
    return `${path}: must be above ${schema.exclusiveMinimum}`;
  if (typeof schema.exclusiveMaximum === 'number' && value >= schema.exclusiveMaximum)
    return `${path}: must be below ${schema.exclusiveMaximum}`;
  if (
    typeof schema.multipleOf === 'number' &&
    schema.multipleOf > 0 &&
    Math.abs(value / schema.multipleOf - Math.round(value / schema.multipleOf)) > 1e-9
  )
    return `${path}: is no multiple of ${schema.multipleOf}`;
  return undefined;
}

/** A user's pattern for a linear-time engine; undefined where that engine does not know its syntax (then it is not checked). */
export function safePattern(pattern: string): { test(text: string): boolean } | undefined {
  try {
    const compiled = RE2JS.compile(pattern);
    return { test: (text) => compiled.matcher(text).find() };
  } catch {
    return undefined;
  }
}
