import { createThreadPool } from '../threads/pool.ts';
import { DocumentError } from './error.ts';

const WAITING_MAX = 256;

/** The worker threads that read documents. */
export const documentThreads = createThreadPool({
  name: 'documents.worker',
  from: import.meta.url,
  threads: 2,
  waitingMax: WAITING_MAX,
  busy: () => new DocumentError('busy', `Over ${WAITING_MAX} documents are waiting to be read.`),
  idleTimeoutMs: 30_000,
  // Enough for a 50 MiB PDF; a document that needs more is refused instead of taking the process down.
  resourceLimits: { maxOldGenerationSizeMb: 1024 },
});
