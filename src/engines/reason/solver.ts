import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { processEntry } from '../threads/entry.ts';
import { ReasonError } from './error.ts';
import {
  SCRIPT_CHARACTERS_MAX,
  SOLVER_IDLE_MS,
  SOLVER_MEMORY_MB_MAX,
  SOLVER_MS_MAX,
  SOLVER_WAITING_MAX,
} from './limits.ts';
import type { Answer, Ask, Check, Reply } from './messages.ts';

/** What the process needs of our environment; keys and secrets are none of it. */
const ENVIRONMENT = ['PATH', 'HOME', 'TMPDIR', 'TEMP', 'TMP', 'SystemRoot', 'LANG'];

/** MB of the process's own heap; what Z3 allocates is beside it. */
const HEAP_MB_MAX = 128;

/** Answers questions in a process of its own, one at a time. It starts with the first and ends when idle. */
export type Solver = {
  /**
   * Answers each of `checks` over the declarations and assertions of `prelude`, in SMT-LIB. Throws ReasonError: `too_complex` when it takes
   * longer than `timeoutMs` or more memory than it may have, `busy`, `failed`, `missing_package`, `closed`. Aborting ends the process.
   */
  run(prelude: string, checks: Check[], options: { signal: AbortSignal }): Promise<Answer[]>;
  close(): Promise<void>;
};

type Work = {
  prelude: string;
  checks: Check[];
  resolve(answers: Answer[]): void;
  reject(error: unknown): void;
};

export function createSolver({ timeoutMs = SOLVER_MS_MAX }: { timeoutMs?: number } = {}): Solver {
  const waiting: Work[] = [];
  let running: Work | undefined;
  let child: ChildProcess | undefined;
  let timer: NodeJS.Timeout | undefined;
  let idle: NodeJS.Timeout | undefined;
  let lastId = 0;
  let closed = false;

  const start = (): ChildProcess => {
    const { file, execArgv } = processEntry('z3-worker', import.meta.url);
    const made = fork(fileURLToPath(file), {
      execArgv: [...execArgv, `--max-old-space-size=${HEAP_MB_MAX}`],
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
      if ('answers' in reply) end((work) => work.resolve(reply.answers));
      else end((work) => work.reject(errorOf(reply)));
    });
    const gone = (how: string) => {
      if (child !== made) return;
      child = undefined;
      const told = said.trim() === '' ? '' : ` It said: ${said.trim()}`;
      end((work) => work.reject(new ReasonError('failed', `The solver's process ${how}.${told}`)));
    };
    made.once('error', (error) => gone(`failed: ${error.message}`));
    made.once('exit', (code, killer) => gone(killer ? `was ended by ${killer}` : `ended with status ${code}`));
    // An idle solver must not keep the program alive.
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
      idle = setTimeout(() => void stop(), SOLVER_IDLE_MS);
      idle.unref();
      return;
    }
    clearTimeout(idle);
    const process = (child ??= start());
    process.channel?.ref();
    timer = setTimeout(() => {
      void stop();
      end((work) => work.reject(new ReasonError('too_complex', `The solver found no answer within ${timeoutMs} ms.`)));
    }, timeoutMs);
    const { prelude, checks } = running;
    process.send({ id: ++lastId, prelude, checks, memoryMb: SOLVER_MEMORY_MB_MAX } satisfies Ask, (error) => {
      if (error && child === process)
        end((work) => work.reject(new ReasonError('failed', 'The solver has ended.', { cause: error })));
    });
  };

  return {
    run(prelude, checks, { signal }) {
      return new Promise<Answer[]>((resolve, reject) => {
        if (closed) return reject(new ReasonError('closed', 'The reasoner was closed.'));
        if (signal.aborted) return reject(signal.reason);
        if (prelude.length > SCRIPT_CHARACTERS_MAX)
          return reject(
            new ReasonError('too_complex', `The policy is longer than ${SCRIPT_CHARACTERS_MAX} characters.`),
          );
        if (waiting.length >= SOLVER_WAITING_MAX)
          return reject(new ReasonError('busy', `${SOLVER_WAITING_MAX} checks are waiting already.`));
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
          prelude,
          checks,
          resolve: (answers) => (settled(), resolve(answers)),
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

function errorOf({ error, missing }: Extract<Reply, { error: string }>): ReasonError {
  if (missing) return new ReasonError('missing_package', error);
  if (/memory/i.test(error))
    return new ReasonError('too_complex', `The solver needs more than ${SOLVER_MEMORY_MB_MAX} MB.`);
  return new ReasonError('failed', `The solver failed: ${error}`);
}
