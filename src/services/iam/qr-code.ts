import { createThreadPool } from '../../engines/threads/pool.ts';
import { AwsError } from '../../kernel/errors.ts';

const threads = createThreadPool({
  name: 'qr-code.worker',
  from: import.meta.url,
  threads: 1,
  waitingMax: 256,
  busy: () => new AwsError('Throttling', 'Rate exceeded', 400),
  idleTimeoutMs: 10_000,
});

/** A QR code of a text, as PNG; drawn in a thread, since the first takes longer than the event loop may wait. */
export const drawQrCode = (text: string, signal: AbortSignal): Promise<Uint8Array> => threads.run(text, { signal });
