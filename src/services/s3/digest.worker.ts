import { parentPort } from 'node:worker_threads';
import { Digester, type Checksums } from './digests.ts';
import type { ChecksumAlgorithm } from './records.ts';

/** Computes the digests of many streams at once; their bytes come in shared memory. */
export type DigestJob =
  | { open: number; algorithms: ChecksumAlgorithm[] }
  | { chunk: number; slab: SharedArrayBuffer; length: number }
  | { finish: number }
  | { drop: number };

export type DigestReport = { taken: number } | { finished: number; checksums: Checksums };

const digesters = new Map<number, Digester>();

parentPort!.on('message', (job: DigestJob) => {
  if ('open' in job) digesters.set(job.open, new Digester(job.algorithms));
  else if ('drop' in job) digesters.delete(job.drop);
  else if ('chunk' in job) {
    digesters.get(job.chunk)?.update(new Uint8Array(job.slab, 0, job.length));
    parentPort!.postMessage({ taken: job.chunk } satisfies DigestReport, []);
  } else {
    const checksums = digesters.get(job.finish)!.finish();
    digesters.delete(job.finish);
    parentPort!.postMessage({ finished: job.finish, checksums } satisfies DigestReport, []);
  }
});
