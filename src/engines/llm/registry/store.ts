import { link, mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { LlmError } from '../types.ts';

/** A pattern of model ids and the backend that answers for them, in its one-line form. */
export type Binding = { pattern: string; backend: string };

/** A GGUF file that is kept in the models directory. */
export type ModelFile = {
  name: string;
  /** The file's name in the models directory. */
  file: string;
  bytes: number;
  /** Lower-case hex. */
  sha256: string;
  /** The path or URL it came from. */
  source: string;
  /** The strong ETag that the server gave it. */
  etag?: string;
};

/** What models.json holds. */
export type Records = { bindings: Binding[]; models: ModelFile[] };

const VERSION = 1;
const RECORDS_BYTES_MAX = 16 * 1024 * 1024;
const LOCK_MS_MAX = 10_000;
const LOCK_POLL_MS = 10;
const SETTLED_MS = 100;

/**
 * The records of a models directory, shared by any number of processes: written whole to a new file that then takes the
 * place of the old one, changed only under a lock, and read again when the file has changed.
 */
export class RecordStore {
  readonly #path: string;
  #cached: { stamp: string; records: Records } | undefined;

  constructor(directory: string) {
    this.#path = join(directory, 'models.json');
  }

  /** The records as they are now. Throws LlmError 'invalid' when the file has been damaged. */
  async read(): Promise<Records> {
    const stamp = await this.#stamp();
    if (stamp === undefined) return { bindings: [], models: [] };
    if (this.#cached?.stamp === stamp) return this.#cached.records;
    const text = await readFile(this.#path, 'utf8').catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    });
    if (text === undefined) return { bindings: [], models: [] };
    const records = parse(text, this.#path);
    // Times of files move in steps of some milliseconds, and freed inodes come back: only a file that has been left alone for
    // longer than that, and has not changed while it was read, can be told from the next by its stamp.
    const settled = Date.now() - (await this.#changedMs()) > SETTLED_MS;
    if (settled && stamp === (await this.#stamp())) this.#cached = { stamp, records };
    return records;
  }

  /** Changes the records; `change` gets the newest and returns the new ones, or throws to leave them. */
  async update(change: (records: Records) => Records): Promise<Records> {
    await mkdir(dirname(this.#path), { recursive: true });
    return withLock(`${this.#path}.lock`, LOCK_MS_MAX, async () => {
      const records = change(structuredClone(await this.read()));
      const text = `${JSON.stringify({ version: VERSION, ...records }, undefined, 2)}\n`;
      if (Buffer.byteLength(text) > RECORDS_BYTES_MAX) {
        throw new LlmError('invalid', `models.json would be larger than ${RECORDS_BYTES_MAX} bytes.`);
      }
      const next = `${this.#path}.${process.pid}.new`;
      const file = await open(next, 'w', 0o600);
      try {
        await file.writeFile(text);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(next, this.#path);
      await syncDirectory(dirname(this.#path));
      this.#cached = undefined;
      return records;
    });
  }

  async #changedMs(): Promise<number> {
    return (await stat(this.#path).catch(() => undefined))?.mtimeMs ?? Number.POSITIVE_INFINITY;
  }

  async #stamp(): Promise<string | undefined> {
    const found = await stat(this.#path, { bigint: true }).catch(() => undefined);
    return found && `${found.ino}/${found.size}/${found.mtimeNs}`;
  }
}

/** Makes a rename outlast a power cut; file systems that cannot (Windows) do so by themselves or not at all. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r').catch(() => undefined);
  try {
    await handle?.sync();
  } catch {
    // EINVAL, EPERM: see above.
  } finally {
    await handle?.close();
  }
}

/** Locks that this process holds. */
const held = new Set<string>();

/**
 * Runs `work` while no other process runs under the same lock file. The lock of a process that has died is taken over.
 * @throws LlmError 'unavailable' when the lock is not free within `waitMs`.
 */
export async function withLock<T>(path: string, waitMs: number, work: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + waitMs;
  while (!(await tryLock(path))) {
    const holder = await holderOf(path);
    if (holder === 'dead') await removeDead(path);
    else if (performance.now() >= deadline)
      throw new LlmError('unavailable', `${path} is held by another process (${holder}).`);
    else await sleep(LOCK_POLL_MS);
  }
  held.add(path);
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
    held.delete(path);
  }
}

async function tryLock(path: string): Promise<boolean> {
  try {
    await writeFile(path, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  }
}

async function holderOf(path: string): Promise<number | 'dead' | 'gone' | 'unknown'> {
  const found = await stat(path).catch(() => undefined);
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (!found || text === undefined) return 'gone';
  const pid = Number(text);
  // Empty: its process is about to write into it, or died before it could.
  if (text === '' || !Number.isInteger(pid)) return Date.now() - found.mtimeMs > LOCK_MS_MAX ? 'dead' : 'unknown';
  // In containers ids come back: a lock with our own id that we do not hold is that of our predecessor.
  if (pid === process.pid) return held.has(path) ? pid : found.mtimeMs < startedMs ? 'dead' : pid;
  try {
    process.kill(pid, 0);
    return pid;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH' ? 'dead' : pid;
  }
}

const startedMs = Date.now() - process.uptime() * 1000;

/** Of several processes that see a dead lock, one may already have its own in the same place: that is put back. */
async function removeDead(path: string): Promise<void> {
  const aside = `${path}.${process.pid}.dead`;
  try {
    await rename(path, aside);
  } catch {
    return;
  }
  if ((await holderOf(aside)) !== 'dead') await link(aside, path).catch(() => {});
  await rm(aside, { force: true });
}

function parse(text: string, path: string): Records {
  const damaged = (why: string) =>
    new LlmError('invalid', `${path} is damaged: ${why}. Mend it, or remove it to begin anew.`);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw damaged((error as Error).message);
  }
  const { version, bindings, models } = (json ?? {}) as { [key: string]: unknown };
  if (version !== VERSION) throw damaged(`version ${JSON.stringify(version)} instead of ${VERSION}`);
  const strings = (value: unknown, ...keys: string[]) => keys.every((key) => typeof (value as any)?.[key] === 'string');
  if (!Array.isArray(bindings) || !bindings.every((each) => strings(each, 'pattern', 'backend')))
    throw damaged('its bindings');
  if (!Array.isArray(models) || !models.every((each) => strings(each, 'name', 'file', 'sha256', 'source')))
    throw damaged('its models');
  return { bindings: bindings as Binding[], models: models as ModelFile[] };
}
