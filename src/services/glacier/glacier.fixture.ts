import {
  CreateVaultCommand,
  GlacierClient,
  InitiateJobCommand,
  UploadArchiveCommand,
  type JobParameters,
} from '@aws-sdk/client-glacier';
import { createHash } from 'node:crypto';
import { generator } from '../../kernel/ids.ts';
import { startForTests, testSeed } from '../../../tests/start.ts';
import { MIB } from './limits.ts';

/** A stack with a frozen clock, and what the tests of this service do over and over. */
export const accountId = '-';

export async function openGlacier(name: string, frozenAt = '2031-05-05T12:00:00Z') {
  const random = generator(testSeed(`glacier ${name}`));
  const outcrop = await startForTests({ clock: { frozenAt: new Date(frozenAt) } });
  const glacier = new GlacierClient(outcrop.clients);
  const integer = (min: number, max: number) => min + Math.floor(random() * (max - min + 1));
  let serial = 0;
  return {
    random,
    outcrop,
    glacier,
    integer,
    /** Bytes that differ from one call to the next; cheap to make, whatever their number. */
    bytes(size: number): Buffer {
      const out = Buffer.alloc(size, Buffer.from(Array.from({ length: 997 }, () => integer(0, 255))));
      for (let at = 0; at < size; at += 50_000) out[at] = integer(0, 255);
      return out;
    },
    async makeVault(prefix = 'vault'): Promise<string> {
      const vaultName = `${prefix}-${serial++}-${integer(1, 1e9)}`;
      await glacier.send(new CreateVaultCommand({ accountId, vaultName }));
      return vaultName;
    },
    async upload(vaultName: string, body: Uint8Array, archiveDescription?: string): Promise<string> {
      const { archiveId } = await glacier.send(
        new UploadArchiveCommand({ accountId, vaultName, body, ...(archiveDescription ? { archiveDescription } : {}) }),
      );
      return archiveId!;
    },
    async initiate(vaultName: string, jobParameters: JobParameters): Promise<string> {
      return (await glacier.send(new InitiateJobCommand({ accountId, vaultName, jobParameters }))).jobId!;
    },
    nowMs: () => outcrop.clock.now().getTime(),
  };
}

/** The tree hash by its definition, apart from how the service computes it: the left subtree is the largest full one. */
export function treeHashOf(bytes: Uint8Array): string {
  const leaves = Math.ceil(bytes.length / MIB);
  if (leaves <= 1) return sha256(bytes);
  let left = 1;
  while (left * 2 < leaves) left *= 2;
  const halves = [bytes.subarray(0, left * MIB), bytes.subarray(left * MIB)];
  return sha256(Buffer.from(halves.map(treeHashOf).join(''), 'hex'));
}

export const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** The name and message a call is refused with. */
export async function refusal(promise: Promise<unknown>): Promise<{ name: string; message: string; status?: number }> {
  try {
    await promise;
  } catch (error) {
    const { name, message, $metadata } = error as Error & { $metadata?: { httpStatusCode?: number } };
    return { name, message, ...($metadata?.httpStatusCode ? { status: $metadata.httpStatusCode } : {}) };
  }
  throw new Error('the call was not refused');
}
