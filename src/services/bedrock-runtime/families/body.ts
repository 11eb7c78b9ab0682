import type { Json } from '../../../engines/llm/types.ts';
import { invalid } from '../errors.ts';
import type { JsonObject } from './family.ts';

/** What a native body may hold: enough of JSON Schema to say what Bedrock says of a body that does not. */
export type Shape =
  | { type: 'string'; values?: readonly string[] }
  | { type: 'number' | 'integer'; min?: number; max?: number; above?: number }
  | { type: 'boolean' }
  | { type: 'array'; items: Shape; min?: number; max?: number }
  /** `open`: members beside the named ones are let through. */
  | { type: 'object'; members: { [name: string]: Shape }; required?: readonly string[]; open?: boolean }
  /** Any names, values of one shape. */
  | { type: 'map'; values: Shape }
  | { type: 'null' }
  | { type: 'either'; of: readonly Shape[] }
  | { type: 'any' };

export const text = { type: 'string' } as const;
export const flag = { type: 'boolean' } as const;
export const anything = { type: 'any' } as const;
export const list = (items: Shape, bounds: { min?: number; max?: number } = {}): Shape => ({
  type: 'array',
  items,
  ...bounds,
});
export const nothing = { type: 'null' } as const;
export const map = (values: Shape): Shape => ({ type: 'map', values });
export const either = (...of: Shape[]): Shape => ({ type: 'either', of });
export const object = (members: { [name: string]: Shape }, required: readonly string[] = [], open = false): Shape => ({
  type: 'object',
  members,
  required,
  open,
});

/** The members of a native body. Throws ValidationException: no JSON object. */
export function parseBody(bytes: Uint8Array | undefined): JsonObject {
  let body: Json;
  try {
    body = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as Json;
  } catch {
    throw invalid(
      'The request body is not valid JSON. Malformed input request, please reformat your input and try again.',
    );
  }
  if (body === null || typeof body !== 'object' || Array.isArray(body))
    throw malformed([`#: expected type: JSONObject, found: ${nameOf(body)}`]);
  return body;
}

/** How a body departs from its shape. `path`: member names and list indices. */
export type Fault = { path: (string | number)[] } & (
  | { kind: 'required' | 'extraneous'; name: string }
  | {
      kind: 'type';
      expected: 'String' | 'Number' | 'Integer' | 'Boolean' | 'JSONArray' | 'JSONObject' | 'Null';
      found: string;
    }
  | { kind: 'enum'; value: string; values: readonly string[] }
  | { kind: 'min' | 'above' | 'max' | 'items-min' | 'items-max'; value: number; bound: number }
);

const FAULTS_MAX = 10;

/** Throws ValidationException that lists how a body departs from its shape, in the words of Bedrock's own validator. */
export function checkBody(body: JsonObject, shape: Shape): void {
  const found = faultsOf(body, shape);
  if (found.length > 0) throw malformed(found.slice(0, FAULTS_MAX).map(describe));
}

/** How a body departs from its shape. */
export function faultsOf(body: Json, shape: Shape): Fault[] {
  const found: Fault[] = [];
  walk(body, shape, [], found);
  return found;
}

function malformed(found: string[]) {
  return invalid(`Malformed input request: ${found.join('')}, please reformat your input and try again.`);
}

function describe(fault: Fault): string {
  const path = ['#', ...fault.path].join('/');
  switch (fault.kind) {
    case 'required':
      return `${path}: required key [${fault.name}] not found`;
    case 'extraneous':
      return `${path}: extraneous key [${fault.name}] is not permitted`;
    case 'type':
      return `${path}: expected type: ${fault.expected}, found: ${fault.found}`;
    case 'enum':
      return `${path}: ${fault.value} is not a valid enum value`;
    case 'min':
      return `${path}: ${fault.value} is not greater or equal to ${fault.bound}`;
    case 'above':
      return `${path}: ${fault.value} is not greater than ${fault.bound}`;
    case 'max':
      return `${path}: ${fault.value} is not less or equal to ${fault.bound}`;
    case 'items-min':
      return `${path}: expected minimum item count: ${fault.bound}, found: ${fault.value}`;
    default:
      return `${path}: expected maximum item count: ${fault.bound}, found: ${fault.value}`;
  }
}

function walk(value: Json, shape: Shape, path: Fault['path'], found: Fault[]): void {
  const wrongType = (expected: Extract<Fault, { kind: 'type' }>['expected']) =>
    found.push({ path, kind: 'type', expected, found: nameOf(value) });
  switch (shape.type) {
    case 'any':
      return;
    case 'null':
      if (value !== null) wrongType('Null');
      return;
    case 'map':
      if (value === null || typeof value !== 'object' || Array.isArray(value)) wrongType('JSONObject');
      else for (const [name, member] of Object.entries(value)) walk(member, shape.values, [...path, name], found);
      return;
    case 'either': {
      const tries = shape.of.map((each) => {
        const faults: Fault[] = [];
        walk(value, each, path, faults);
        return faults;
      });
      if (tries.some((faults) => faults.length === 0)) return;
      // The alternative of the value's own type says best what is wrong with it.
      found.push(...(tries.find((_, index) => isType(value, shape.of[index]!)) ?? tries[0]!));
      return;
    }
    case 'string':
      if (typeof value !== 'string') wrongType('String');
      else if (shape.values && !shape.values.includes(value))
        found.push({ path, kind: 'enum', value, values: shape.values });
      return;
    case 'boolean':
      if (typeof value !== 'boolean') wrongType('Boolean');
      return;
    case 'number':
    case 'integer':
      if (typeof value !== 'number') wrongType(shape.type === 'integer' ? 'Integer' : 'Number');
      else if (shape.type === 'integer' && !Number.isInteger(value)) wrongType('Integer');
      else if (shape.min !== undefined && value < shape.min) found.push({ path, kind: 'min', value, bound: shape.min });
      else if (shape.above !== undefined && value <= shape.above)
        found.push({ path, kind: 'above', value, bound: shape.above });
      else if (shape.max !== undefined && value > shape.max) found.push({ path, kind: 'max', value, bound: shape.max });
      return;
    case 'array':
      if (!Array.isArray(value)) {
        wrongType('JSONArray');
        return;
      }
      if (shape.min !== undefined && value.length < shape.min)
        found.push({ path, kind: 'items-min', value: value.length, bound: shape.min });
      if (shape.max !== undefined && value.length > shape.max)
        found.push({ path, kind: 'items-max', value: value.length, bound: shape.max });
      for (const [index, item] of value.entries()) walk(item, shape.items, [...path, index], found);
      return;
    case 'object':
      if (value === null || typeof value !== 'object' || Array.isArray(value)) {
        wrongType('JSONObject');
        return;
      }
      for (const name of shape.required ?? [])
        if (value[name] === undefined) found.push({ path, kind: 'required', name });
      for (const [name, member] of Object.entries(value)) {
        const known = Object.hasOwn(shape.members, name) ? shape.members[name] : undefined;
        if (known) walk(member, known, [...path, name], found);
        else if (!shape.open) found.push({ path, kind: 'extraneous', name });
      }
  }
}

function isType(value: Json, shape: Shape): boolean {
  if (value === null) return shape.type === 'null';
  if (Array.isArray(value)) return shape.type === 'array';
  if (typeof value === 'object') return shape.type === 'object' || shape.type === 'map';
  return shape.type === typeof value;
}

/** Types as Bedrock's validator calls them. */
function nameOf(value: Json): string {
  if (value === null) return 'Null';
  if (Array.isArray(value)) return 'JSONArray';
  if (typeof value === 'object') return 'JSONObject';
  if (typeof value === 'number') return Number.isInteger(value) ? 'Integer' : 'Double';
  return typeof value === 'string' ? 'String' : 'Boolean';
}
