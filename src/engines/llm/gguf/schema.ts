import { LlmError, type Json } from '../types.ts';
import type { GrammarSchema } from './llama.ts';

type Schema = { [key: string]: Json };
type Context = { root: Schema; strict: boolean; definitions: Map<string, GrammarSchema>; expanding: string[] };

/** What a grammar cannot check. Where the schema is binding these are refused; where it only guides (tools) they are left out. */
const BEYOND_GRAMMAR = [
  'pattern', 'multipleOf', 'minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'not', 'if', 'contains', 'uniqueItems',
  'propertyNames', 'dependentSchemas', 'unevaluatedItems',
] as const; // prettier-ignore

/** A bounded integer becomes a list of its values up to this many. */
const INTEGER_VALUES_MAX = 1000;

/**
 * JSON Schema as node-llama-cpp makes grammars of it. All text that the grammar accepts is valid under the schema; not all that the
 * schema accepts is in the grammar: optional properties are always there (unless they would never end), and additional
 * ones only where the schema names no property.
 *
 * @param strict refuse what the grammar cannot enforce; else leave it out.
 * @throws LlmError 'unsupported' naming the keyword that cannot be enforced; 'invalid' for a broken schema.
 */
export function toGrammarSchema(schema: Json, strict: boolean): GrammarSchema {
  const root = isSchema(schema) ? schema : {};
  const context: Context = { root, strict, definitions: new Map(), expanding: [] };
  const converted = convert(schema, context);
  return context.definitions.size === 0 ? converted : { ...converted, $defs: Object.fromEntries(context.definitions) };
}

/** Up to this many optional arguments each combination is in the grammar; of more, all or none. */
const FREE_ARGUMENTS_MAX = 2;

/**
 * The arguments of a tool as a grammar. Other than {@link toGrammarSchema} it lets a model leave optional arguments out: what a tool
 * does with an invented one matters more than in an answer.
 *
 * @throws LlmError as there.
 */
export function toArgumentsSchema(schema: Json, strict: boolean): GrammarSchema {
  const properties = isSchema(schema) && isSchema(schema['properties']) ? schema['properties'] : {};
  const required = isSchema(schema) && Array.isArray(schema['required']) ? schema['required'] : [];
  const optional = Object.keys(properties).filter((key) => !required.includes(key));
  if (!isSchema(schema) || optional.length === 0) return toGrammarSchema(schema, strict);
  const left =
    optional.length <= FREE_ARGUMENTS_MAX
      ? Array.from({ length: 2 ** optional.length }, (_, bits) => optional.filter((_key, at) => (bits >> at) & 1))
      : [[], optional];
  const variants = left.map((without) => {
    const kept = Object.entries(properties).filter(([key]) => !without.includes(key));
    // Where nothing is left there must be nothing, not anything.
    return toGrammarSchema({ ...schema, properties: Object.fromEntries(kept), additionalProperties: false }, strict);
  });
  return {
    oneOf: variants.map(({ $defs: _defs, ...variant }) => variant),
    $defs: Object.assign({}, ...variants.map(({ $defs }) => $defs ?? {})) as GrammarSchema,
    ...(typeof schema['description'] === 'string' ? { description: schema['description'] } : {}),
  };
}

const isSchema = (value: Json | undefined): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const ANY: GrammarSchema = {};

function convert(schema: Json | undefined, context: Context): GrammarSchema {
  if (schema === true || schema === undefined) return ANY;
  if (!isSchema(schema))
    throw new LlmError('invalid', `A JSON schema must be an object, not ${JSON.stringify(schema)}.`);
  const described = typeof schema['description'] === 'string' ? { description: schema['description'] } : {};
  return { ...convertBare(schema, context), ...described };
}

function convertBare(schema: Schema, context: Context): GrammarSchema {
  if (typeof schema['$ref'] === 'string') return reference(schema['$ref'], context);
  const all = schema['allOf'];
  if (Array.isArray(all)) return convert(merge(schema, all, context), context);
  if ('const' in schema) return literals([schema['const']]);
  if (Array.isArray(schema['enum'])) return literals(schema['enum']);
  const alternatives = schema['oneOf'] ?? schema['anyOf'];
  if (Array.isArray(alternatives)) {
    const { oneOf: _one, anyOf: _any, ...rest } = schema;
    const constrained = ['type', 'properties', 'required', 'items'].some((key) => key in rest);
    return {
      oneOf: alternatives.map((each) =>
        convert(constrained && isSchema(each) ? mergeTwo(rest, each, context) : each, context),
      ),
    };
  }
  const integer = boundedInteger(schema);
  if (integer) return integer;
  for (const keyword of BEYOND_GRAMMAR) {
    if (context.strict && keyword in schema) {
      throw new LlmError(
        'unsupported',
        `The JSON schema keyword "${keyword}" cannot be enforced while a GGUF model generates.`,
      );
    }
  }
  const type = schema['type'] ?? (isSchema(schema['properties']) ? 'object' : 'items' in schema ? 'array' : undefined);
  if (type === undefined) return ANY;
  if (Array.isArray(type)) return { oneOf: type.map((each) => convert({ ...schema, type: each }, context)) };
  switch (type) {
    case 'object':
      return object(schema, context);
    case 'array':
      return array(schema, context);
    case 'string':
      return string(schema);
    case 'number':
    case 'integer':
    case 'boolean':
    case 'null':
      return { type };
    default:
      throw new LlmError('invalid', `"${JSON.stringify(type)}" is not a JSON schema type.`);
  }
}

function literals(values: Json[]): GrammarSchema {
  if (values.length === 0) throw new LlmError('invalid', 'An "enum" of a JSON schema must not be empty.');
  if (values.some((value) => typeof value === 'object' && value !== null)) {
    throw new LlmError('unsupported', 'Only strings, numbers, booleans and null may stand in "const" and "enum".');
  }
  return { enum: values };
}

function boundedInteger(schema: Schema): GrammarSchema | undefined {
  if (schema['type'] !== 'integer' || 'multipleOf' in schema) return undefined;
  const bound = (key: string) => (typeof schema[key] === 'number' ? schema[key] : undefined);
  const above = bound('exclusiveMinimum');
  const below = bound('exclusiveMaximum');
  const low = Math.ceil(bound('minimum') ?? (above === undefined ? Number.NaN : Math.floor(above) + 1));
  const high = Math.floor(bound('maximum') ?? (below === undefined ? Number.NaN : Math.ceil(below) - 1));
  if (!(high >= low && high - low < INTEGER_VALUES_MAX)) return undefined;
  return { enum: Array.from({ length: high - low + 1 }, (_, step) => low + step) };
}

function string(schema: Schema): GrammarSchema {
  const { format } = schema;
  if (format === 'date' || format === 'time' || format === 'date-time') return { type: 'string', format };
  return pick(schema, { type: 'string' }, ['minLength', 'maxLength']);
}

function array(schema: Schema, context: Context): GrammarSchema {
  const made: GrammarSchema = pick(schema, { type: 'array' }, ['minItems', 'maxItems']);
  const first = schema['prefixItems'];
  if (Array.isArray(first)) {
    made['prefixItems'] = first.map((each) => convert(each, context));
    if (schema['items'] === false) return { ...made, minItems: first.length, maxItems: first.length };
  }
  if (schema['items'] !== undefined && schema['items'] !== false) made['items'] = convert(schema['items'], context);
  return made;
}

function object(schema: Schema, context: Context): GrammarSchema {
  const properties = isSchema(schema['properties']) ? schema['properties'] : {};
  const required = new Set(
    Array.isArray(schema['required']) ? schema['required'].filter((key) => typeof key === 'string') : [],
  );
  const made: { [key: string]: GrammarSchema } = {};
  for (const [key, value] of Object.entries(properties)) {
    // An optional property that leads back here would have to be there again and again without end.
    if (!required.has(key) && returns(value, context)) continue;
    made[key] = convert(value, context);
  }
  for (const key of required) made[key] ??= ANY;
  const additional = schema['additionalProperties'];
  if (Object.keys(made).length > 0 || additional === false)
    return { type: 'object', properties: made, additionalProperties: false };
  return pick(
    schema,
    { type: 'object', additionalProperties: isSchema(additional) ? convert(additional, context) : true },
    ['minProperties', 'maxProperties'],
  );
}

/** Whether a schema refers, outside arrays, to a definition that is being converted. */
function returns(schema: Json, context: Context): boolean {
  if (!isSchema(schema)) return false;
  if (typeof schema['$ref'] === 'string') return context.expanding.includes(schema['$ref']);
  return ['oneOf', 'anyOf', 'allOf'].some((key) => {
    const parts = schema[key];
    return Array.isArray(parts) && parts.some((part) => returns(part, context));
  });
}

function reference(ref: string, context: Context): GrammarSchema {
  const name = ref === '#' ? 'root' : ref.replaceAll(/[^A-Za-z0-9]+/g, '-');
  if (!context.definitions.has(name) && !context.expanding.includes(ref)) {
    const target = resolve(ref, context.root);
    context.expanding.push(ref);
    const made = convert(target, context);
    context.expanding.pop();
    context.definitions.set(name, made);
  }
  return { $ref: `#/$defs/${name}` };
}

function resolve(ref: string, root: Schema): Json {
  if (!ref.startsWith('#'))
    throw new LlmError('unsupported', `The JSON schema reference "${ref}" points outside the schema.`);
  let target: Json | undefined = root;
  for (const step of ref.split('/').slice(1)) {
    const key = decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~');
    target = isSchema(target) ? target[key] : Array.isArray(target) ? target[Number(key)] : undefined;
  }
  if (target === undefined) throw new LlmError('invalid', `The JSON schema reference "${ref}" points to nothing.`);
  return target;
}

function merge(schema: Schema, all: Json[], context: Context): Schema {
  const { allOf: _all, ...rest } = schema;
  let merged: Schema = rest;
  for (const part of all) {
    const resolved = isSchema(part) && typeof part['$ref'] === 'string' ? resolve(part['$ref'], context.root) : part;
    if (resolved === true) continue;
    if (!isSchema(resolved)) throw new LlmError('invalid', 'The parts of "allOf" must be JSON schemas.');
    merged = mergeTwo(merged, resolved, context);
  }
  return merged;
}

function mergeTwo(left: Schema, right: Schema, context: Context): Schema {
  const merged: Schema = { ...left };
  for (const [key, value] of Object.entries(right)) {
    const known = merged[key];
    if (
      known === undefined ||
      key === 'description' ||
      key === 'title' ||
      JSON.stringify(known) === JSON.stringify(value)
    )
      merged[key] = value;
    else if (key === 'required' && Array.isArray(known) && Array.isArray(value))
      merged[key] = [...new Set([...known, ...value])];
    else if (key === 'properties' && isSchema(known) && isSchema(value)) {
      const properties: Schema = { ...known };
      for (const [name, each] of Object.entries(value)) {
        const other = properties[name];
        properties[name] = isSchema(other) && isSchema(each) ? mergeTwo(other, each, context) : each;
      }
      merged[key] = properties;
    } else if (context.strict) {
      throw new LlmError(
        'unsupported',
        `The JSON schema joins two different "${key}", which cannot be enforced together.`,
      );
    }
  }
  return merged;
}

function pick(from: Schema, into: GrammarSchema, keys: string[]): GrammarSchema {
  for (const key of keys) if (typeof from[key] === 'number') into[key] = from[key];
  return into;
}
