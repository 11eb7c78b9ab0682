import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { appendFile, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Document, parseDocument, stringify } from 'yaml';
import { decodeFrame, frame } from '../../../protocol/events.ts';
import type { Json } from '../view.ts';

/**
 * Cassettes: a YAML document for each call, one after another in one file, so that a diff shows what has changed and another process can
 * add to it. The first document says what the file is.
 */
export const FORMAT = 'outcrop-cassette/1';

/** A body of the wire, so that the very bytes come back: JSON is kept as JSON where it was written without spaces. */
export type Body =
  | { json: Json }
  | { text: string }
  | { base64: string }
  | { file: string; bytes: number }
  | { events: Frame[] }
  | { none?: never };

/** A message of an event stream: when it came, in ms after the answer began; its headers and payload, or all of it in base64. */
export type Frame = { at: number; headers?: Record<string, string>; base64?: string } & (
  | { json: Json }
  | { text: string }
  | { payload: string }
  | { none?: never }
);

export type Entry = {
  /** `bedrock-runtime:Converse` */
  call: string;
  protocol: string;
  /** On the stack's clock. */
  at: string;
  input: Json;
  answer: {
    status: number;
    headers: Record<string, string>;
    /** Its code, where it is an error. */ error?: string;
  } & Body;
};

/** Bytes of a file that is read. */
const FILE_BYTES_MAX = 64 * 1024 * 1024;
/** Bytes of a body that stands in the cassette itself; longer ones have a file of their own beside it. */
const INSIDE_BYTES_MAX = 32 * 1024;
/** Entries are read so long at a time, in ms; then others have their turn. */
const TURN_MS = 5;

export class CassetteError extends Error {
  override readonly name = 'CassetteError';
}

/** A cassette as far as it was read. */
export type ReadCassette = {
  salt: string;
  entries: Entry[];
  /** Bytes that were read, and their hash. */ size: number;
  hash: string;
};

const hashOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** Reads all entries; of one that was read before and only had some added, those. Throws CassetteError. */
export async function readCassette(path: string, known?: ReadCassette): Promise<ReadCassette> {
  const { size } = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw new CassetteError(error.code === 'ENOENT' ? `there is no cassette ${path}` : `${path}: ${error.message}`);
  });
  if (size > FILE_BYTES_MAX) throw new CassetteError(`${path} is ${size} bytes long; ${FILE_BYTES_MAX} at most`);
  const bytes = await readFile(path);
  const start =
    known && bytes.length >= known.size && hashOf(bytes.subarray(0, known.size)) === known.hash ? known.size : 0;
  const before = start > 0 ? known!.entries : [];
  const added = await entriesOf(bytes.subarray(start).toString('utf8'), path, start > 0 ? before.length + 1 : 0);
  const salt = start > 0 ? known!.salt : added.salt;
  if (salt === undefined) throw new CassetteError(`${path} is empty`);
  return { salt, entries: [...before, ...added.entries], size: bytes.length, hash: hashOf(bytes) };
}

/** @param first the number of the first document; 0 is the one that says what the file is */
async function entriesOf(text: string, path: string, first: number): Promise<{ salt?: string; entries: Entry[] }> {
  const entries: Entry[] = [];
  let salt: string | undefined;
  let turnMs = performance.now();
  const documents = text.split(/^---\n/m).filter((each) => each.trim() !== '');
  for (const [index, each] of documents.entries()) {
    const number = first + index;
    const parsed = parseDocument(each, { prettyErrors: false, version: '1.2', schema: 'core' });
    if (parsed.errors.length > 0) throw new CassetteError(`${path}, entry ${number}: ${parsed.errors[0]!.message}`);
    const value = parsed.toJS({ maxAliasCount: 0 }) as Record<string, unknown>;
    if (number === 0) {
      if (value?.['cassette'] !== FORMAT) throw new CassetteError(`${path} does not begin with "cassette: ${FORMAT}"`);
      salt = String(value['salt'] ?? '');
      continue;
    }
    if (!isEntry(value))
      throw new CassetteError(
        `${path}, entry ${number}: a call, an input and an answer with a status belong to an entry`,
      );
    entries.push(value);
    if (performance.now() - turnMs < TURN_MS) continue;
    await nextTurn();
    turnMs = performance.now();
  }
  return { ...(salt === undefined ? {} : { salt }), entries };
}

function isEntry(value: any): value is Entry {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof value.call === 'string' &&
    'input' in value &&
    Number.isInteger(value.answer?.status) &&
    value.answer.status >= 100 &&
    value.answer.status <= 599 &&
    typeof value.answer.headers === 'object' &&
    value.answer.headers !== null
  );
}

/** Begins a cassette where there is none. Returns its salt. */
export function beginCassette(path: string, salt: string): string {
  mkdirSync(dirname(path), { recursive: true });
  try {
    writeFileSync(path, `cassette: ${FORMAT}\nsalt: ${salt}\n`, { flag: 'wx' });
    return salt;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const head = readFileSync(path, 'utf8').split(/^---\n/m, 1)[0]!;
    if (!head.includes(FORMAT)) throw new CassetteError(`${path} is a file, and no cassette`);
    return /^salt: (\w+)$/m.exec(head)?.[1] ?? salt;
  }
}

/** Adds an entry at the end: in one write, since other processes may write there too. */
export async function appendEntry(path: string, entry: Entry): Promise<void> {
  await appendFile(path, `---\n${entryText(entry)}`);
}

export function entryText(entry: Entry): string {
  const document = new Document(entry, { aliasDuplicateObjects: false, version: '1.2' });
  // A frame is a line: what a stream says can then be read, and compared.
  const events = document.getIn(['answer', 'events']) as { items?: { flow?: boolean }[] } | undefined;
  for (const item of events?.items ?? []) item.flow = true;
  return document.toString({ lineWidth: 0, flowCollectionPadding: true });
}

/** A body as it is kept in a cassette. */
export async function keepBody(bytes: Uint8Array, cassette: string): Promise<Body> {
  if (bytes.length === 0) return {};
  if (bytes.length > INSIDE_BYTES_MAX) {
    const name = createHash('sha256').update(bytes).digest('hex');
    const folder = bodiesOf(cassette);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, name), bytes);
    return { file: name, bytes: bytes.length };
  }
  return keepText(bytes) ?? { base64: Buffer.from(bytes).toString('base64') };
}

function keepText(bytes: Uint8Array): { json: Json } | { text: string } | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = buffer.toString('utf8');
  if (!Buffer.from(text).equals(buffer)) return undefined;
  if (/^[[{]/.test(text)) {
    try {
      const json = JSON.parse(text) as Json;
      // Only what is written back to the same bytes.
      if (JSON.stringify(json) === text && survivesYaml(json)) return { json };
    } catch {
      // Text, then.
    }
  }
  return survivesYaml(text) ? { text } : undefined;
}

/** Characters that come back from YAML as they went in, whatever is around them. */
const PLAIN = /^[\n\x20-\x7e\u00a1-\u1fff\u2030-\ud7ff]*$/;

/** Control characters, lone surrogates and the like do not always come back from YAML as they were. */
function survivesYaml(value: Json): boolean {
  const written = JSON.stringify(value);
  if (PLAIN.test(written) && !written.includes('__proto__') && typeof value !== 'string') return true;
  const text = stringify({ value }, { lineWidth: 0, aliasDuplicateObjects: false });
  try {
    const back = parseDocument(text, { schema: 'core' }).toJS() as { value: Json };
    return !/^---$/m.test(text) && JSON.stringify(back.value) === JSON.stringify(value);
  } catch {
    return false;
  }
}

/** A body out of a cassette. Throws CassetteError where its file is gone. */
export async function bodyOf(body: Entry['answer'], cassette: string): Promise<Uint8Array> {
  if ('json' in body) return Buffer.from(JSON.stringify(body.json));
  if ('text' in body) return Buffer.from(body.text);
  if ('base64' in body) return Buffer.from(body.base64, 'base64');
  if ('file' in body) {
    if (!/^[0-9a-f]{64}$/.test(body.file)) throw new CassetteError(`${body.file} is no name of a body`);
    const path = join(bodiesOf(cassette), body.file);
    if (!existsSync(path)) throw new CassetteError(`the body ${path} is not there`);
    return readFile(path);
  }
  return new Uint8Array();
}

/** Beside the cassette: `agent.yaml` has its long bodies in `agent.bodies/`. */
function bodiesOf(cassette: string): string {
  return join(dirname(cassette), `${basename(cassette).replace(/\.[^.]*$/, '')}.bodies`);
}

/** A message of an event stream as it is kept. */
export function keepFrame(bytes: Uint8Array, at: number): Frame {
  const { headers, body } = decodeFrame(bytes);
  const texts = Object.entries(headers);
  const plain = Object.fromEntries(texts.map(([name, { value }]) => [name, value as string]));
  const isPlain =
    texts.every(([, { type }]) => type === 'string') && Buffer.from(frame(plain, body)).equals(Buffer.from(bytes));
  if (!isPlain) return { at, base64: Buffer.from(bytes).toString('base64') };
  if (body.length === 0) return { at, headers: plain };
  const kept = keepText(body);
  return { at, headers: plain, ...(kept ?? { payload: Buffer.from(body).toString('base64') }) };
}

export function frameOf(kept: Frame): Uint8Array {
  if (kept.base64 !== undefined) return Buffer.from(kept.base64, 'base64');
  const body =
    'json' in kept
      ? Buffer.from(JSON.stringify(kept.json))
      : 'text' in kept
        ? Buffer.from(kept.text)
        : 'payload' in kept
          ? Buffer.from(kept.payload, 'base64')
          : new Uint8Array();
  return frame(kept.headers ?? {}, body);
}
