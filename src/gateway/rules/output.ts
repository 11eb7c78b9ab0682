import { readFileSync, realpathSync, statSync } from 'node:fs';
import { isAbsolute, join, relative, sep } from 'node:path';
import type { NormalizedSchema } from '@smithy/core/schema';
import { members, type OperationModel } from '../../protocol/catalog.ts';
import { nearest } from './nearest.ts';
import { compileTemplate, type TemplateFacts } from './template.ts';

/** A declared output, as the operation's schema has it. */
export type DeclaredOutput = { render(facts: TemplateFacts): Record<string, unknown>; seqs: ReadonlySet<string> };

/** A value that an output cannot have, and where in it. */
export class OutputError extends Error {
  override readonly name = 'OutputError';
  readonly path: PropertyKey[];
  constructor(path: PropertyKey[], message: string) {
    super(message);
    this.path = path;
  }
}

/** Bytes of a file that a rule answers with. */
const FILE_BYTES_MAX = 64 * 1024 * 1024;

/**
 * Compiles an answer for an operation. Its files are read now. Throws OutputError: a member that the output does not have, a value of another
 * type, a file that is not there or not below `folder`; SyntaxError for a template.
 */
export function compileOutput(
  operation: OperationModel,
  written: Record<string, unknown>,
  folder: string,
): DeclaredOutput {
  const files = new Map<string, Buffer>();
  const settings = { folder, files };
  convert(operation.output, written, [], { ...settings, written: true });
  const template = compileTemplate(written);
  return {
    seqs: template.seqs,
    render: (facts) =>
      convert(operation.output, template.render(facts), [], { ...settings, written: false }) as Record<string, unknown>,
  };
}

type Settings = {
  folder: string;
  files: Map<string, Buffer>;
  /** As it stands in the rule: templates may yet become anything, and all else must be right. */
  written: boolean;
};

const isTemplate = (value: unknown) => typeof value === 'string' && /(^|[^\\])\{\{/.test(value);
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  !(value instanceof Uint8Array) &&
  !(value instanceof Date);

function convert(ns: NormalizedSchema, value: unknown, path: PropertyKey[], settings: Settings): unknown {
  if (value === null || value === undefined) return undefined;
  if (settings.written && isTemplate(value)) return value;
  if (ns.isUnitSchema()) {
    if (isObject(value) && Object.keys(value).length === 0) return {};
    throw new OutputError(path, 'the operation has no output');
  }
  if (ns.isStreaming() && ns.isStructSchema()) {
    if (!Array.isArray(value)) throw new OutputError(path, 'a stream is a list of its events');
    const events = value.map((event, index) => convertStruct(ns, event, [...path, index], settings));
    return settings.written ? events : stream(events);
  }
  if (ns.isDocumentSchema()) return value;
  if (ns.isStructSchema()) return convertStruct(ns, value, path, settings);
  if (ns.isListSchema()) {
    if (!Array.isArray(value)) throw new OutputError(path, 'expected a list');
    return value.map((item, index) => convert(ns.getValueSchema(), item, [...path, index], settings) ?? null);
  }
  if (ns.isMapSchema()) {
    if (!isObject(value)) throw new OutputError(path, 'expected a mapping');
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, convert(ns.getValueSchema(), item, [...path, key], settings)]),
    );
  }
  if (ns.isBlobSchema()) return bytesOf(value, path, settings);
  if (ns.isTimestampSchema()) {
    const date =
      value instanceof Date ? value : typeof value === 'number' ? new Date(value * 1000) : new Date(String(value));
    if (Number.isNaN(date.getTime())) throw new OutputError(path, 'expected a time: ISO 8601, or seconds since 1970');
    return date;
  }
  if (ns.isBooleanSchema()) {
    if (typeof value === 'boolean') return value;
    if (!settings.written && (value === 'true' || value === 'false')) return value === 'true';
    throw new OutputError(path, 'expected true or false');
  }
  if (ns.isStringSchema()) {
    if (typeof value === 'string') return value;
    if (!settings.written) return isObject(value) || Array.isArray(value) ? JSON.stringify(value) : String(value);
    throw new OutputError(path, 'expected a text; put it in quotes');
  }
  if (ns.isNumericSchema() || ns.isBigIntegerSchema() || ns.isBigDecimalSchema()) {
    const number = settings.written || typeof value === 'number' ? value : Number(value);
    if (typeof number === 'number' && !Number.isNaN(number)) return number;
    throw new OutputError(path, 'expected a number');
  }
  return value;
}

function convertStruct(ns: NormalizedSchema, value: unknown, path: PropertyKey[], settings: Settings): unknown {
  if (!isObject(value)) throw new OutputError(path, 'expected a mapping');
  const known = new Map(members(ns));
  const out: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) {
    const member = known.get(key);
    if (!member) {
      const meant = nearest(key, known.keys());
      throw new OutputError(
        [...path, key],
        `${ns.getName(false) ?? 'the output'} has no ${key}${meant ? `; did you mean ${meant}?` : `; it has ${[...known.keys()].slice(0, 12).join(', ')}`}`,
      );
    }
    const converted = convert(member, item, [...path, key], settings);
    if (converted !== undefined) out[key] = converted;
  }
  if (ns.isUnionSchema() && Object.keys(out).length !== 1)
    throw new OutputError(path, `${ns.getName(false) ?? 'this'} has exactly one of ${[...known.keys()].join(', ')}`);
  return out;
}

async function* stream(events: unknown[]): AsyncGenerator {
  yield* events;
}

/** Text; `{base64: …}`, `{json: …}`, `{file: …}`. */
function bytesOf(value: unknown, path: PropertyKey[], { folder, files }: Settings): Buffer | Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (typeof value === 'string') return Buffer.from(value);
  if (isObject(value) && Object.keys(value).length === 1) {
    const { base64, json, file } = value;
    if (typeof base64 === 'string' && (isTemplate(base64) || /^[A-Za-z0-9+/\s]*(?:={1,2}\s*)?$/.test(base64)))
      return Buffer.from(base64, 'base64');
    if (json !== undefined) return Buffer.from(JSON.stringify(json));
    if (typeof file === 'string') {
      const known = files.get(file);
      if (known) return known;
      const read = readInside(folder, file, path);
      files.set(file, read);
      return read;
    }
  }
  throw new OutputError(path, 'bytes are a text, {base64: …}, {json: …} or {file: …}');
}

function readInside(folder: string, file: string, path: PropertyKey[]): Buffer {
  if (isTemplate(file)) throw new OutputError(path, 'the name of a file takes no template');
  try {
    const full = insideFolder(folder, file);
    if (!full) throw new Error(`${file} is not below ${folder}`);
    const real = realpathSync(full);
    if (!insideFolder(realpathSync(folder), real)) throw new Error(`${file} is not below ${folder}`);
    if (statSync(real).size > FILE_BYTES_MAX) throw new Error(`${file} is longer than ${FILE_BYTES_MAX} bytes`);
    return readFileSync(real);
  } catch (error) {
    throw new OutputError(path, (error as Error).message);
  }
}

/** The full path of a file that lies below a folder; undefined when it lies elsewhere. */
export function insideFolder(folder: string, file: string): string | undefined {
  const full = isAbsolute(file) ? file : join(folder, file);
  const from = relative(folder, full);
  return from === '' || from === '..' || from.startsWith(`..${sep}`) || isAbsolute(from) ? undefined : full;
}
