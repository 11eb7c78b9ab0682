import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { processEntry } from '../threads/entry.ts';
import { ReasonError } from './error.ts';
import { PROCESS_IDLE_MS, PROCESS_MS_MAX, PROCESS_WAITING_MAX } from './limits.ts';
import type { Ask, Methods, Reply } from './methods.ts';

/** What the process needs of our environment; keys and secrets are none of it. */
const ENVIRONMENT = ['PATH', 'HOME', 'TMPDIR', 'TEMP', 'TMP', 'SystemRoot', 'LANG'];

/** MB of the process's own heap; what Z3 allocates is beside it. */
const HEAP_MB_MAX = 512;

/** A process that reads and reasons, doing one thing at a time. It starts with the first and ends when idle. */
export type ReasonProcess = {
  /**
   * Does one thing. Throws ReasonError: what the method throws, `too_complex` when it takes longer than `timeoutMs`, `busy`, `failed`,
   * `closed`. Aborting ends the process.
   */
  run<M extends keyof Methods>(
    method: M,
    args: Parameters<Methods[M]>,
    options: { signal: AbortSignal },
  ): Promise<Awaited<ReturnType<Methods[M]>>>;
  close(): Promise<void>;
};

type Work = {
  method: keyof Methods;
  args: unknown[];
  resolve(result: unknown): void;
  reject(error: unknown): void;
};

export function createProcess({ timeoutMs = PROCESS_MS_MAX }: { timeoutMs?: number } = {}): ReasonProcess {
  const waiting: Work[] = [];
  let running: Work | undefined;
  let child: ChildProcess | undefined;
  let timer: NodeJS.Timeout | undefined;
  let idle: NodeJS.Timeout | undefined;
  let lastId = 0;
  let closed = false;

  const start = (): ChildProcess => {
    const { file, execArgv } = processEntry('reason-worker', import.meta.url);
    const made = fork(fileURLToPath(file), {
      execArgv: [...execArgv, `--max-old-space-size=${HEAP_MB_MAX}`],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      env: Object.fromEntries(
        ENVIRONMENT.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
      ),
    });
    let said = '';
    made.stderr?.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-1_000)));
    made.on('message', (message) => {
      const reply = message as Reply;
      if (child !== made || reply.id !== lastId) return;
      if ('result' in reply) end((work) => work.resolve(reply.result));
      else end((work) => work.reject(new ReasonError(reply.code, reply.message)));
    });
    const gone = (how: string) => {
      if (child !== made) return;
      child = undefined;
      const told = said.trim() === '' ? '' : ` It said: ${said.trim()}`;
      end((work) => work.reject(new ReasonError('failed', `The reasoner's process ${how}.${told}`)));
    };
    made.once('error', (error) => gone(`failed: ${error.message}`));
    made.once('exit', (code, killer) => gone(killer ? `was ended by ${killer}` : `ended with status ${code}`));
    // An idle process must not keep the program alive.
    made.unref();
    (made.stderr as unknown as { unref?(): void } | null)?.unref?.();
    return made;
  };

  /** Ends the process; whatever it was doing has been answered by the caller. */
  const stop = async () => {
    const ending = child;
    child = undefined;
    if (!ending || ending.exitCode !== null || ending.signalCode !== null) return;
    const exited = new Promise<void>((resolve) => ending.once('exit', () => resolve()));
    ending.ref();
    ending.kill('SIGKILL');
    await exited;
  };

  const end = (answer: (work: Work) => void) => {
    const work = running;
    if (!work) return;
    running = undefined;
    clearTimeout(timer);
    child?.channel?.unref();
    answer(work);
    next();
  };

  const next = () => {
    if (running) return;
    running = waiting.shift();
    if (!running) {
      idle = setTimeout(() => void stop(), PROCESS_IDLE_MS);
      idle.unref();
      return;
    }
    clearTimeout(idle);
    const process = (child ??= start());
    process.channel?.ref();
    timer = setTimeout(() => {
      void stop();
      end((work) => work.reject(new ReasonError('too_complex', `There is no answer within ${timeoutMs} ms.`)));
    }, timeoutMs);
    const { method, args } = running;
    process.send({ id: ++lastId, method, args } satisfies Ask, (error) => {
      if (error && child === process)
        end((work) => work.reject(new ReasonError('failed', "The reasoner's process has ended.", { cause: error })));
    });
  };

  return {
    run(method, args, { signal }) {
      return new Promise((resolve, reject) => {
        if (closed) return reject(new ReasonError('closed', 'The reasoner was closed.'));
        if (signal.aborted) return reject(signal.reason);
        if (waiting.length >= PROCESS_WAITING_MAX)
          return reject(new ReasonError('busy', `${PROCESS_WAITING_MAX} checks are waiting already.`));
        const abort = () => {
          if (running === work) {
            void stop();
            end(() => work.reject(signal.reason));
            return;
          }
          waiting.splice(waiting.indexOf(work), 1);
          work.reject(signal.reason);
        };
        const settled = () => signal.removeEventListener('abort', abort);
        const work: Work = {
          method,
          args,
          resolve: (result) => (settled(), resolve(result as never)),
          reject: (error) => (settled(), reject(error)),
        };
        signal.addEventListener('abort', abort, { once: true });
        waiting.push(work);
        next();
      });
    },
    async close() {
      closed = true;
      clearTimeout(idle);
      const error = new ReasonError('closed', 'The reasoner was closed.');
      for (const work of waiting.splice(0)) work.reject(error);
      const stopping = stop();
      end((work) => work.reject(error));
      clearTimeout(idle);
      await stopping;
    },
  };
}
