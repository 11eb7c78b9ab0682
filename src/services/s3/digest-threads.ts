import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { threadEntry } from '../../engines/threads/entry.ts';
import type { DigestJob, DigestReport } from './digest.worker.ts';
import { Digester, digestsOf, withMd5, type Checksums, type Digests } from './digests.ts';
import type { ChecksumAlgorithm } from './records.ts';

/**
 * Digests of large content are computed in threads: MD5 alone takes as long as the rest of an upload, and would hold up all other calls.
 * The bytes go over in shared memory, a few slabs a stream: who fills them waits while the thread is behind.
 */
export type AnyDigester = {
  /** Takes a chunk in; a promise when the next must wait. */
  update(bytes: Uint8Array): Promise<void> | undefined;
  finish(): Promise<Digests> | Digests;
  /** Gives up: nothing will be asked of it any more. */
  drop(): void;
};

/** Up to this many bytes the digests are computed on the spot: below 5 ms. */
const INLINE_BYTES_MAX = 1024 * 1024;
const SLAB_BYTES = 512 * 1024;
const SLABS_PER_STREAM = 4;
/** Slabs kept for the next stream. */
const SLABS_KEPT_MAX = 32;
const THREADS_MAX = Math.max(1, Math.min(8, availableParallelism() - 1));

/** A digester for content of that many bytes; without a length it is taken for large. */
export function openDigester(
  algorithms: Iterable<ChecksumAlgorithm>,
  length: number | undefined,
  threadsMax = THREADS_MAX,
): AnyDigester {
  const wanted = withMd5(algorithms);
  if (length === undefined || length > INLINE_BYTES_MAX) return new ThreadDigester(wanted, threadsMax);
  const digester = new Digester(wanted);
  return {
    update: (bytes) => digester.update(bytes) as undefined,
    finish: () => digestsOf(digester.finish()),
    drop() {},
  };
}

type Stream = { taken(): void; finished(checksums: Checksums): void; failed(error: Error): void };

/** One thread and the streams it works on. */
class Thread {
  readonly #worker: Worker;
  readonly #streams = new Map<number, Stream>();

  constructor() {
    const { file, execArgv } = threadEntry('digest.worker', import.meta.url);
    this.#worker = new Worker(file, { execArgv });
    this.#worker.on('message', (report: DigestReport) => {
      if ('taken' in report) this.#streams.get(report.taken)?.taken();
      else this.#streams.get(report.finished)?.finished(report.checksums);
    });
    const failed = (error: Error) => {
      const at = threads.indexOf(this);
      if (at >= 0) threads.splice(at, 1);
      for (const stream of this.#streams.values()) stream.failed(error);
    };
    this.#worker.on('error', failed);
    this.#worker.on('exit', (code) => failed(new Error(`the digest thread ended with ${code}`)));
    this.#worker.unref();
  }

  get load(): number {
    return this.#streams.size;
  }

  add(id: number, stream: Stream): void {
    this.#streams.set(id, stream);
    // Idle, it does not keep the process alive.
    this.#worker.ref();
  }

  remove(id: number): void {
    this.#streams.delete(id);
    if (this.#streams.size === 0) this.#worker.unref();
  }

  send(job: DigestJob): void {
    this.#worker.postMessage(job, []);
  }
}

const threads: Thread[] = [];
const spareSlabs: SharedArrayBuffer[] = [];
let lastStream = 0;

/** The thread with the least to do; a new one while there may be more and none is idle. */
function leastBusy(max: number): Thread {
  let chosen: Thread | undefined;
  for (const thread of threads) if (!chosen || thread.load < chosen.load) chosen = thread;
  if (chosen && (chosen.load === 0 || threads.length >= max)) return chosen;
  const started = new Thread();
  threads.push(started);
  return started;
}

/** Some of the digests of one stream, in one thread. */
type Lane = { thread: Thread; id: number; /** Slabs done with. */ taken: number; checksums?: Checksums };

class ThreadDigester implements AnyDigester {
  readonly #lanes: Lane[];
  /** Slabs that a thread has yet to take, in the order they were sent. */
  readonly #sent: SharedArrayBuffer[] = [];
  #sentBefore = 0;
  readonly #free: SharedArrayBuffer[] = [];
  #slabs = 0;
  #current: Uint8Array | undefined;
  #filled = 0;
  #error: Error | undefined;
  #wake: (() => void) | undefined;

  constructor(algorithms: ChecksumAlgorithm[], threadsMax: number) {
    // MD5 is the slowest: with threads to spare it has one to itself.
    const [md5, ...others] = algorithms;
    const shares = threadsMax > 1 && others.length > 0 ? [[md5!], others] : [algorithms];
    this.#lanes = shares.map((share) => {
      const lane: Lane = { thread: leastBusy(threadsMax), id: ++lastStream, taken: 0 };
      lane.thread.add(lane.id, {
        taken: () => {
          lane.taken++;
          this.#reclaim();
          this.#wake?.();
        },
        finished: (checksums) => {
          lane.checksums = checksums;
          this.#wake?.();
        },
        failed: (error) => {
          this.#error = error;
          this.#wake?.();
        },
      });
      lane.thread.send({ open: lane.id, algorithms: share });
      return lane;
    });
  }

  /** Takes back the slabs that all lanes are done with. */
  #reclaim(): void {
    const done = Math.min(...this.#lanes.map(({ taken }) => taken));
    for (; this.#sentBefore < done; this.#sentBefore++) this.#free.push(this.#sent.shift()!);
  }

  update(bytes: Uint8Array): Promise<void> | undefined {
    if (this.#error) throw this.#error;
    let rest = bytes;
    while (rest.length > 0) {
      this.#current ??= this.#nextSlab();
      if (!this.#current) return this.#wait().then(() => this.update(rest));
      const fits = rest.subarray(0, this.#current.length - this.#filled);
      this.#current.set(fits, this.#filled);
      this.#filled += fits.length;
      rest = rest.subarray(fits.length);
      if (this.#filled === this.#current.length) this.#flush();
    }
    return undefined;
  }

  #nextSlab(): Uint8Array | undefined {
    let slab = this.#free.pop();
    if (!slab && this.#slabs < SLABS_PER_STREAM) {
      this.#slabs++;
      slab = spareSlabs.pop() ?? new SharedArrayBuffer(SLAB_BYTES);
    }
    return slab && new Uint8Array(slab);
  }

  #flush(): void {
    const slab = this.#current!.buffer as SharedArrayBuffer;
    this.#sent.push(slab);
    for (const { thread, id } of this.#lanes) thread.send({ chunk: id, slab, length: this.#filled });
    this.#current = undefined;
    this.#filled = 0;
  }

  /** Until a thread has told of something. */
  async #wait(): Promise<void> {
    if (this.#error) throw this.#error;
    await new Promise<void>((resolve) => (this.#wake = resolve));
    this.#wake = undefined;
    if (this.#error) throw this.#error;
  }

  async finish(): Promise<Digests> {
    if (this.#error) throw this.#error;
    if (this.#current && this.#filled > 0) this.#flush();
    for (const { thread, id } of this.#lanes) thread.send({ finish: id });
    while (this.#lanes.some(({ checksums }) => checksums === undefined)) await this.#wait();
    this.#close();
    return digestsOf(Object.assign({}, ...this.#lanes.map(({ checksums }) => checksums)));
  }

  drop(): void {
    for (const { thread, id } of this.#lanes) thread.send({ drop: id });
    // The threads may still be reading what they were sent: those slabs are left to them.
    this.#close();
  }

  #close(): void {
    for (const { thread, id } of this.#lanes) thread.remove(id);
    if (this.#current) this.#free.push(this.#current.buffer as SharedArrayBuffer);
    this.#current = undefined;
    for (const slab of this.#free.splice(0)) if (spareSlabs.length < SLABS_KEPT_MAX) spareSlabs.push(slab);
  }
}
