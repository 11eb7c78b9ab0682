import pino from 'pino';
import { openKernel, type Kernel } from '../../src/kernel/kernel.ts';
import { collection } from '../../src/kernel/store/store.ts';
import type { Blob } from '../../src/kernel/blobs/blobs.ts';
import { createHash } from 'node:crypto';

/**
 * The kernel under load, to be killed: each round keeps content, a record, an event and a job in one transaction and prints the id once that
 * is acknowledged. The job hashes the content in two steps, with a checkpoint between them. Run by itself: `kernel.ts <folder> <prefix>`.
 */
export const records = collection<{ blob: Blob; sha256: string }>('crash/record');
export const delivered = collection<{ times: number }>('crash/delivered');
const WRITERS = 32;

export async function openCrashKernel(directory: string): Promise<Kernel> {
  const kernel: Kernel = await openKernel({
    directory,
    ephemeral: false,
    accountId: '000000000000',
    region: 'us-east-1',
    rootKey: 'test',
    rootSecret: 'test',
    shared: false,
    log: pino({ level: 'silent' }),
    jobHandler: async () => ({
      attemptsMax: 50,
      async run({ job, checkpoint }) {
        const known = (job.checkpoint as { sha256: string } | undefined)?.sha256;
        if (known !== undefined) return known;
        const record = await kernel.store.get(records, [job.input as string]);
        const sha256 = createHash('sha256')
          .update(await kernel.blobs.bytes(record!.blob))
          .digest('hex');
        await checkpoint({ sha256 });
        return sha256;
      },
    }),
  });
  kernel.events.subscribe({
    name: 'crash',
    deliver: async ({ detail }) => {
      const id = String(detail['id']);
      await kernel.store.transact(async (tx) => {
        tx.put(delivered, [id], { times: ((await tx.get(delivered, [id]))?.times ?? 0) + 1 });
      });
    },
  });
  return kernel;
}

if (process.argv[1] === import.meta.filename) {
  const [, , directory, prefix] = process.argv as unknown as [string, string, string, string];
  const kernel = await openCrashKernel(directory);
  kernel.start();
  const writer = async (number: number) => {
    for (let round = 0; ; round++) {
      const id = `${prefix}-${number}-${round}`;
      const content = Buffer.alloc(Math.random() < 0.8 ? 500 : 40_000, id);
      const blob = await kernel.blobs.put(content);
      await kernel.store.transact(async (tx) => {
        await kernel.blobs.retain(tx, blob);
        tx.put(records, [id], { blob, sha256: createHash('sha256').update(content).digest('hex') });
        await kernel.jobs.submit(tx, { kind: 'crash/hash', id, input: id });
        kernel.events.publish(tx, {
          source: 'aws.crash',
          detailType: 'Kept',
          account: kernel.accountId,
          region: kernel.region,
          resources: [],
          detail: { id },
        });
      });
      console.log(`acked ${id}`);
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, (_, number) => writer(number)));
}
