import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { LlmError, type ChatEvent } from '../types.ts';
import { processEntry } from '../../threads/entry.ts';
import type { Ask, LoadOptions, Reply } from './messages.ts';

/** Generations and embeddings that may wait for the model, which does one at a time. */
const WAITING_MAX = 256;
/** How long the process may take to stop after an abort before it is killed, in milliseconds. */
const ABORT_MS_MAX = 2_000;
/** What the process needs of our environment; keys and secrets are none of it. */
const ENVIRONMENT = ['PATH', 'HOME', 'TMPDIR', 'TEMP', 'TMP', 'SystemRoot', 'LD_LIBRARY_PATH', 'LANG'];

type Pending = {
  resolve(value: unknown): void;
  reject(error: unknown): void;
  onEvent(event: ChatEvent): void;
};

/** What one call asks: an `Ask` without its id. */
export type Call = Ask extends infer Each ? (Each extends { id: number } ? Omit<Each, 'id'> : never) : never;

/** The process that holds one model; started on the first call and again after a crash. */
export class LlamaProcess {
  readonly #options: LoadOptions;
  readonly #pending = new Map<number, Pending>();
  #child: ChildProcess | undefined;
  #loading: Promise<unknown> | undefined;
  #lastId = 0;
  #busy: Promise<void> = Promise.resolve();
  #waiting = 0;
  /** Resolves when the last aborted call has really ended. */
  #ending: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(options: LoadOptions) {
    this.#options = options;
  }

  /** Loads the model, unless it is loaded. */
  start(): Promise<unknown> {
    if (this.#closed) return Promise.reject(new LlmError('unavailable', 'The model has been closed.'));
    return (this.#loading ??= this.#spawn());
  }

  /** The process's id, while there is one. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** A call that may run beside others. */
  async call(call: Call, signal: AbortSignal, onEvent: (event: ChatEvent) => void = () => {}): Promise<unknown> {
    signal.throwIfAborted();
    await this.start();
    signal.throwIfAborted();
    return this.#send(call, signal, onEvent);
  }

  /** A call that needs the model to itself: it waits its turn. Throws LlmError 'throttled' when too many wait. */
  async callAlone(call: Call, signal: AbortSignal, onEvent?: (event: ChatEvent) => void): Promise<unknown> {
    if (this.#waiting >= WAITING_MAX)
      throw new LlmError('throttled', `${WAITING_MAX} requests are waiting for the model.`);
    this.#waiting++;
    let release = () => {};
    const before = this.#busy;
    this.#busy = new Promise((resolve) => (release = resolve));
    try {
      await untilAborted(before, signal);
      return await this.call(call, signal, onEvent);
    } finally {
      this.#waiting--;
      // Whoever gives up while it waits must not let the next one overtake the call that is running.
      void before.then(() => this.#ending).then(release);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#kill();
  }

  #send(call: Call, signal: AbortSignal, onEvent: (event: ChatEvent) => void): Promise<unknown> {
    const child = this.#child;
    if (!child) return Promise.reject(new LlmError('model', 'The llama.cpp process has ended.'));
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      let ended = () => {};
      const finish = () => {
        signal.removeEventListener('abort', abort);
        this.#pending.delete(id);
        if (this.#pending.size === 0) child.channel?.unref();
        ended();
      };
      const abort = () => {
        this.#ending = new Promise((resolve) => (ended = resolve));
        child.send({ id, type: 'abort' } satisfies Ask, () => {});
        const timer = setTimeout(() => child.kill('SIGKILL'), ABORT_MS_MAX);
        this.#pending.set(id, {
          resolve: () => (clearTimeout(timer), finish()),
          reject: () => (clearTimeout(timer), finish()),
          onEvent: () => {},
        });
        reject(signal.reason);
      };
      this.#pending.set(id, {
        resolve: (value) => (finish(), resolve(value)),
        reject: (error) => (finish(), reject(error)),
        onEvent,
      });
      signal.addEventListener('abort', abort, { once: true });
      child.channel?.ref();
      child.send({ ...call, id }, (error) => {
        if (error)
          this.#pending.get(id)?.reject(new LlmError('model', 'The llama.cpp process has ended.', { cause: error }));
      });
    });
  }

  #spawn(): Promise<unknown> {
    const { file, execArgv } = processEntry('gguf-worker', import.meta.url);
    const child = fork(fileURLToPath(file), {
      execArgv,
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      env: Object.fromEntries(
        ENVIRONMENT.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
      ),
    });
    this.#child = child;
    let stderr = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr = (stderr + text).slice(-2000)));
    child.on('message', (message) => {
      const reply = message as Reply;
      const pending = this.#pending.get(reply.id);
      if (reply.type === 'event') pending?.onEvent(reply.event);
      else if (reply.type === 'result') pending?.resolve(reply.value);
      else pending?.reject(new LlmError(reply.kind, reply.message));
    });
    const gone = (how: string) => {
      if (this.#child === child) {
        this.#child = undefined;
        this.#loading = undefined;
      }
      const said = stderr.trim() === '' ? '' : ` It said: ${stderr.trim()}`;
      for (const pending of this.#pending.values())
        pending.reject(new LlmError('model', `The llama.cpp process ${how}.${said}`));
    };
    child.once('error', (error) => gone(`failed: ${error.message}`));
    child.once('exit', (code, killer) => gone(killer ? `was ended by ${killer}` : `ended with status ${code}`));
    // A model that is loaded but idle must not keep the program alive.
    child.unref();
    (child.stderr as unknown as { unref?(): void } | null)?.unref?.();
    const load = this.#send({ type: 'load', options: this.#options }, new AbortController().signal, () => {});
    load.catch(() => {
      if (this.#child === child) this.#loading = undefined;
      child.kill('SIGKILL');
    });
    return load;
  }

  async #kill(): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.ref();
    child.kill('SIGKILL');
    await exited;
  }
}

function untilAborted(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
    void promise.then(resolve).finally(() => signal.removeEventListener('abort', abort));
  });
}
