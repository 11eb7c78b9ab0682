/**
 * Which backend answers which model id, and the GGUF files that are kept for it. Everything lies in one directory that any number
 * of processes may share: `models.json` and `<name>.gguf`.
 */
import { mkdir, rename, rm } from 'node:fs/promises';
import { isAbsolute, join, resolve } from 'node:path';

import { createGguf, type GgufOptions } from '../gguf/index.ts';
import { createOpenAI, type OpenAIOptions } from '../openai/index.ts';
import { LlmError, type LanguageModel } from '../types.ts';
import { formatBackend, MODEL_NAME, parseBackend, type Backend } from './backend.ts';
import { copyFile, discardPart, download, type Fetched, type FetchOptions, type Progress } from './fetched.ts';
import { LoadedModels } from './loaded.ts';
import { bestPattern, checkPattern, comparePatterns } from './pattern.ts';
import { RecordStore, syncDirectory, withLock, type Binding, type ModelFile, type Records } from './store.ts';

export type { Progress } from './fetched.ts';
export type { Binding, ModelFile } from './store.ts';

/** Makes backends. `openai` and `gguf` are this engine's own unless given; `others` are further schemes, given what follows the colon. */
export type Factories = {
  builtin: () => LanguageModel | Promise<LanguageModel>;
  openai?: (options: OpenAIOptions) => LanguageModel | Promise<LanguageModel>;
  gguf?: (options: GgufOptions) => LanguageModel | Promise<LanguageModel>;
  others?: { [scheme: string]: (rest: string) => LanguageModel | Promise<LanguageModel> };
};

export type RegistryOptions = {
  /** Where models.json and the GGUF files are; made when first needed. */
  directory: string;
  factories: Factories;
  /** What answers for ids that no pattern matches. Default `builtin`. */
  fallback?: string;
  /** Where API keys are looked up by name. Default: this process's environment. */
  environment?: { [name: string]: string | undefined };
  /** Where the runtime of GGUF models is installed. */
  runtimeDir?: string;
  /** GGUF models that may be loaded at a time. Default 2. */
  loadedMax?: number;
  /** The first wait before a download that failed is tried again, in milliseconds; it doubles. Default 200. */
  backoffMs?: number;
};

export type AddOptions = {
  /** The SHA-256 that the file must have, in hex. */
  sha256?: string;
  onProgress?: (progress: Progress) => void;
  signal?: AbortSignal;
};

const BINDINGS_MAX = 1_000;
const MODELS_MAX = 1_000;
const LOADED_MAX_DEFAULT = 2;

export class ModelRegistry {
  readonly #options: RegistryOptions;
  readonly #store: RecordStore;
  readonly #loaded: LoadedModels;
  readonly #schemes: string[];
  #seen: Records | undefined;
  /** Keys of the files that were opened by path, and of backends that are tried. */
  readonly #opened = new Set<string>();

  constructor(options: RegistryOptions) {
    this.#options = options;
    this.#store = new RecordStore(options.directory);
    this.#loaded = new LoadedModels(options.loadedMax ?? LOADED_MAX_DEFAULT);
    this.#schemes = Object.keys(options.factories.others ?? {});
    parseBackend(options.fallback ?? 'builtin', this.#schemes);
  }

  /** All bindings, in the order in which they are tried, and all models. */
  async list(): Promise<{ bindings: Binding[]; models: ModelFile[] }> {
    const { bindings, models } = await this.#store.read();
    return structuredClone({
      bindings: [...bindings].sort((a, b) => comparePatterns(a.pattern, b.pattern)),
      models: [...models].sort((a, b) => (a.name < b.name ? -1 : 1)),
    });
  }

  /**
   * Lets a backend answer for all model ids that a pattern (with `*` and `?`) matches; a binding of the same pattern is replaced. An id is
   * answered by the pattern that equals it, else by the one with the longest text before its first wildcard.
   *
   * @throws LlmError 'invalid' for a bad pattern or backend, and for a GGUF name that is not there.
   */
  async bind(pattern: string, backend: string): Promise<Binding> {
    checkPattern(pattern);
    const parsed = parseBackend(this.checked(backend), this.#schemes);
    const binding = { pattern, backend: formatBackend(parsed) };
    await this.#update((records) => {
      if (parsed.kind === 'gguf' && parsed.name !== undefined) modelOf(records, parsed.name);
      records.bindings = [...records.bindings.filter((each) => each.pattern !== pattern), binding];
      if (records.bindings.length > BINDINGS_MAX)
        throw new LlmError('invalid', `There may be at most ${BINDINGS_MAX} bindings.`);
      return records;
    });
    return binding;
  }

  /** Takes a binding back. Throws LlmError 'invalid' when there is none of that pattern. */
  async unbind(pattern: string): Promise<void> {
    await this.#update((records) => {
      const bindings = records.bindings.filter((each) => each.pattern !== pattern);
      if (bindings.length === records.bindings.length)
        throw new LlmError('invalid', `Nothing is bound to "${pattern}".`);
      return { ...records, bindings };
    });
  }

  /** The backend that answers for a model id, and the pattern that says so (absent: the fallback). */
  async backendOf(modelId: string): Promise<{ backend: string; pattern?: string }> {
    const { bindings } = await this.#current();
    const pattern = bestPattern(
      bindings.map((each) => each.pattern),
      modelId,
    );
    if (pattern === undefined) return { backend: this.#options.fallback ?? 'builtin' };
    return { backend: bindings.find((each) => each.pattern === pattern)!.backend, pattern };
  }

  /**
   * The model that answers for a model id. It is made on first use and shared by all ids with the same backend; it is closed when its last
   * binding goes, once its answers are complete. So resolve for each call, and do not close it yourself.
   *
   * @throws LlmError 'invalid' when the environment variable of its key is not set or its file has gone; what making the backend throws.
   */
  async resolve(modelId: string): Promise<LanguageModel> {
    const { backend } = await this.backendOf(modelId);
    const parsed = parseBackend(backend, this.#schemes);
    const key = keyIn(await this.#store.read(), parsed);
    return this.#loaded.get(key, parsed.kind === 'gguf', () => this.#make(parsed));
  }

  /** The one-line form of a backend, its path made absolute. Throws LlmError 'invalid' for what is none. */
  checked(backend: string): string {
    const parsed = parseBackend(backend, this.#schemes);
    if (parsed.kind === 'gguf' && parsed.path !== undefined) parsed.path = resolve(parsed.path);
    return formatBackend(parsed);
  }

  /**
   * Works with a backend that need not be bound: made, or shared where it is there already, and let go afterwards unless something is bound to
   * it. Throws as making it does, and as the work does.
   */
  async using<T>(backend: string, work: (model: LanguageModel) => Promise<T>): Promise<T> {
    const parsed = parseBackend(this.checked(backend), this.#schemes);
    const key = keyIn(await this.#store.read(), parsed);
    this.#opened.add(key);
    try {
      return await work(await this.#loaded.get(key, parsed.kind === 'gguf', () => this.#make(parsed)));
    } finally {
      this.#opened.delete(key);
      this.#seen = undefined;
      await this.#current();
    }
  }

  /** The model of a GGUF file that nothing is bound to; as `resolve`, it is made on first use and shared. Throws as making it does. */
  async open(modelPath: string, options: Pick<GgufOptions, 'contextSize' | 'threads'> = {}): Promise<LanguageModel> {
    const { factories, runtimeDir } = this.#options;
    const key = fileKey(modelPath);
    this.#opened.add(key);
    return this.#loaded.get(key, true, () => (factories.gguf ?? createGguf)({ ...options, modelPath, runtimeDir }));
  }

  /** Lets go of a file that was opened, once its answers are complete. */
  async forget(modelPath: string): Promise<void> {
    this.#opened.delete(fileKey(modelPath));
    await this.#loaded.drop(fileKey(modelPath));
  }

  /**
   * Keeps a GGUF file under a name: copies it from a path, or downloads it from an http(s) URL or `hf:<owner>/<repository>/<file>`. A download
   * that was interrupted goes on where it stopped; the model is there only when it is whole.
   *
   * @throws LlmError 'invalid' for a bad or taken name, a file that is none, or another SHA-256; 'unavailable' when the server
   * cannot be reached or another process is adding the same name.
   */
  async add(name: string, source: string, options: AddOptions = {}): Promise<ModelFile> {
    if (!MODEL_NAME.test(name)) {
      throw new LlmError(
        'invalid',
        `"${name}" is not a name for a model: letters, digits and . _ - only, at most 128.`,
      );
    }
    const sha256 = checkSha256(options.sha256);
    const { directory } = this.#options;
    await mkdir(directory, { recursive: true });
    const url = urlOf(source);
    return withLock(this.#lockOf(name), 0, async () => {
      // Names that differ in case only would be one file on many systems.
      const same = (each: ModelFile) => each.name.toLowerCase() === name.toLowerCase();
      const known = (await this.#store.read()).models.find(same);
      if (known) {
        if (known.name === name && sha256 !== undefined && known.sha256 === sha256) return known;
        throw new LlmError('invalid', `There is already a model named "${known.name}"; remove it first.`);
      }
      const from = url ? url.href : resolve(source);
      return (await this.#fetch(name, from, url, { ...options, sha256 }))!;
    });
  }

  /**
   * Fetches a model again from where it came, if it has changed there (a download is skipped when its ETag is the same).
   * Answers under way go on with the old file.
   * @throws LlmError as {@link add}.
   */
  async pull(name: string, options: AddOptions = {}): Promise<{ model: ModelFile; updated: boolean }> {
    const sha256 = checkSha256(options.sha256);
    return withLock(this.#lockOf(name), 0, async () => {
      const known = modelOf(await this.#store.read(), name);
      const fetched = await this.#fetch(name, known.source, urlOf(known.source), { ...options, sha256 }, known.etag);
      return { model: fetched ?? known, updated: fetched !== undefined && fetched.sha256 !== known.sha256 };
    });
  }

  /** Removes a model and its file. Throws LlmError 'invalid' when it is not there or bound. */
  async remove(name: string): Promise<void> {
    await this.#update((records) => {
      modelOf(records, name);
      const bound = records.bindings.filter(({ backend }) => {
        const parsed = parseAny(backend);
        return parsed?.kind === 'gguf' && parsed.name === name;
      });
      if (bound.length > 0) {
        const patterns = bound.map(({ pattern }) => `"${pattern}"`).join(', ');
        throw new LlmError('invalid', `The model "${name}" is bound to ${patterns}; unbind it first.`);
      }
      return { ...records, models: records.models.filter((each) => each.name !== name) };
    });
    await rm(this.#fileOf(name), { force: true });
    await discardPart(this.#partOf(name));
  }

  /** Closes all models; the registry can be used again. */
  async close(): Promise<void> {
    await this.#loaded.close();
  }

  readonly #fileOf = (name: string) => join(this.#options.directory, `${name}.gguf`);
  readonly #lockOf = (name: string) => `${this.#fileOf(name)}.lock`;
  readonly #partOf = (name: string) => `${this.#fileOf(name)}.part`;

  async #fetch(
    name: string,
    from: string,
    url: URL | undefined,
    options: AddOptions,
    etag?: string,
  ): Promise<ModelFile | undefined> {
    const part = this.#partOf(name);
    const fetching: FetchOptions = {
      onProgress: options.onProgress,
      signal: options.signal,
      backoffMs: this.#options.backoffMs,
      ...(etag === undefined ? {} : { unlessEtag: etag }),
    };
    let fetched: Fetched | undefined;
    try {
      fetched = url ? await download(url, part, fetching) : await copyFile(from, part, fetching);
    } catch (error) {
      if (!url || (error instanceof LlmError && error.kind === 'invalid')) await discardPart(part);
      if ((error as NodeJS.ErrnoException).code === 'ENOENT')
        throw new LlmError('invalid', `There is no file ${from}.`, { cause: error });
      throw error;
    }
    if (!fetched) return undefined;
    if (options.sha256 !== undefined && fetched.sha256 !== options.sha256) {
      await discardPart(part);
      throw new LlmError('invalid', `${from} has the SHA-256 ${fetched.sha256}, not ${options.sha256}.`);
    }
    const model: ModelFile = { name, file: `${name}.gguf`, source: from, ...fetched };
    await rename(part, this.#fileOf(name));
    await discardPart(part);
    await syncDirectory(this.#options.directory);
    await this.#update((records) => {
      const models = [...records.models.filter((each) => each.name !== name), model];
      if (models.length > MODELS_MAX) throw new LlmError('invalid', `There may be at most ${MODELS_MAX} models.`);
      return { ...records, models };
    });
    return model;
  }

  async #update(change: (records: Records) => Records): Promise<void> {
    await this.#store.update(change);
    await this.#current();
  }

  /** The records as they are; models that nothing is bound to any more, be it by another process, are let go. */
  async #current(): Promise<Records> {
    const records = await this.#store.read();
    if (records === this.#seen) return records;
    this.#seen = records;
    const backends = [...records.bindings.map(({ backend }) => backend), this.#options.fallback ?? 'builtin'];
    const keys = new Set(this.#opened);
    for (const backend of backends) {
      const parsed = parseAny(backend, this.#schemes);
      const dangling =
        parsed?.kind === 'gguf' &&
        !records.models.some(({ name }) => name === parsed.name) &&
        parsed.path === undefined;
      if (parsed && !dangling) keys.add(keyIn(records, parsed));
    }
    await this.#loaded.keepOnly(keys);
    return records;
  }

  #make(backend: Backend): LanguageModel | Promise<LanguageModel> {
    const { factories, runtimeDir, environment = process.env } = this.#options;
    if (backend.kind === 'builtin') return factories.builtin();
    if (backend.kind === 'openai') {
      const { baseUrl, model, keyVariable } = backend;
      const apiKey = keyVariable === undefined ? undefined : environment[keyVariable];
      if (keyVariable !== undefined && !apiKey) {
        throw new LlmError(
          'invalid',
          `The environment variable ${keyVariable}, which holds the API key of ${baseUrl}, is not set.`,
        );
      }
      return (factories.openai ?? createOpenAI)({ baseUrl, model, ...(apiKey === undefined ? {} : { apiKey }) });
    }
    if (backend.kind === 'gguf') {
      const { path, name, contextSize, threads } = backend;
      return (factories.gguf ?? createGguf)({
        modelPath: path ?? this.#fileOf(name!),
        runtimeDir,
        contextSize,
        threads,
      });
    }
    return factories.others![backend.scheme]!(backend.rest);
  }
}

const fileKey = (modelPath: string) => `file ${modelPath}`;

/** What a loaded model is kept under: its backend, and for a file of ours its content, so that a new version is loaded anew. */
function keyIn(records: Records, backend: Backend): string {
  const text = formatBackend(backend);
  if (backend.kind !== 'gguf' || backend.name === undefined) return text;
  return `${text} ${modelOf(records, backend.name).sha256}`;
}

/** Bindings that another program version wrote may be unknown here; they fail when they are used, not before. */
function parseAny(backend: string, schemes: string[] = []): Backend | undefined {
  try {
    return parseBackend(backend, schemes);
  } catch {
    return undefined;
  }
}

function modelOf(records: Records, name: string): ModelFile {
  const model = records.models.find((each) => each.name === name);
  if (!model) {
    throw new LlmError('invalid', `There is no model named "${name}". Add it first, or give a path: gguf:./${name}.`);
  }
  return model;
}

function checkSha256(sha256: string | undefined): string | undefined {
  if (sha256 === undefined) return undefined;
  if (!/^[0-9a-f]{64}$/i.test(sha256)) throw new LlmError('invalid', 'A SHA-256 is 64 hexadecimal digits.');
  return sha256.toLowerCase();
}

/** The URL of a source; undefined for a path. */
function urlOf(source: string): URL | undefined {
  const hub = /^hf:([\w.-]+\/[\w.-]+)\/(.+)$/.exec(source);
  if (hub) return new URL(`https://huggingface.co/${hub[1]}/resolve/main/${hub[2]}`);
  if (isAbsolute(source) || !/^[a-z][a-z0-9+.-]+:/i.test(source)) return undefined;
  if (!URL.canParse(source)) throw new LlmError('invalid', `"${source}" is neither a path nor a URL.`);
  const url = new URL(source);
  if (url.protocol === 'http:' || url.protocol === 'https:') return url;
  throw new LlmError('invalid', `Models are downloaded by http and https only, not ${url.protocol}`);
}
