import {
  CreateBucketCommand,
  GetObjectCommand,
  paginateListObjectsV2,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { createHash } from 'node:crypto';
import { generator } from '../../src/kernel/ids.ts';
import { clientsOf, startProcess, type Running } from './process.ts';

/**
 * Kills a stack under load, again and again, and counts what it had acknowledged and lost: writers of the stock S3 client put objects of
 * all sizes, each under a key of its own, and overwrite one key each with a growing number. After each kill all that was acknowledged since
 * the last is read back; at the end everything.
 */
export const WRITERS = 32;
/** Writes acknowledged before each kill, at least. */
export const ACKNOWLEDGED_MIN = 20;
const BUCKET = 'crash';
const READERS = 16;
const HOT = 'hot/';

export type Report = {
  kills: number;
  acknowledged: number;
  checked: number;
  bytes: number;
  lost: string[];
  torn: string[];
};

export async function crash(options: {
  data: string;
  kills: number;
  seed: number;
  flags?: string[];
  log?: (line: string) => void;
}): Promise<Report> {
  const { data, kills, seed, flags = [], log = () => {} } = options;
  const random = generator(seed);
  const report: Report = { kills: 0, acknowledged: 0, checked: 0, bytes: 0, lost: [], torn: [] };
  const state: State = { seed, acknowledged: new Set(), hot: new Map(), next: 0 };
  let running = await startProcess(data, flags);
  try {
    await clientOf(running).send(new CreateBucketCommand({ Bucket: BUCKET }));
    while (report.kills < kills) {
      const { fresh, hotWrites } = await loadAndKill(
        running,
        state,
        ACKNOWLEDGED_MIN + Math.floor(random() * 100),
        random() * 50,
      );
      report.kills++;
      report.acknowledged += fresh.length + hotWrites;
      running = await startProcess(data, flags);
      const client = clientOf(running);
      await each(fresh, (key) => check(client, state, key, report));
      await each([...state.hot.keys()], (key) => check(client, state, key, report));
      log(
        `kill ${report.kills}: ${fresh.length + hotWrites} writes acknowledged before it, ${report.lost.length} lost so far`,
      );
    }
    // Everything once more, and what stands without having been acknowledged must be whole as well.
    const client = clientOf(running);
    const standing: string[] = [];
    for await (const page of paginateListObjectsV2({ client }, { Bucket: BUCKET }))
      standing.push(...(page.Contents ?? []).map(({ Key }) => Key!));
    await each(standing, (key) => check(client, state, key, report));
    const listed = new Set(standing);
    for (const key of state.acknowledged) if (!listed.has(key)) report.lost.push(`${key} (not listed)`);
    return report;
  } finally {
    running.kill('SIGKILL');
    await running.exited;
  }
}

type State = { seed: number; acknowledged: Set<string>; hot: Map<string, number>; next: number };

const clientOf = (running: Running) => new S3Client({ ...clientsOf(running), maxAttempts: 1 });

/** The one content a key can have. */
export function contentOf(seed: number, key: string): Buffer {
  const digest = createHash('sha512').update(`${seed} ${key}`).digest();
  const kind = digest[0]! / 256;
  const fraction = digest.readUInt16BE(1) / 65_536;
  const size = Math.floor(kind < 0.7 ? fraction * 4_000 : kind < 0.9 ? 10_000 + fraction * 30_000 : fraction * 300_000);
  return Buffer.alloc(size, digest);
}

/** Writes until `count` writes are acknowledged and `ms` more have gone, and kills the process in the midst of it. */
async function loadAndKill(
  running: Running,
  state: State,
  count: number,
  ms: number,
): Promise<{ fresh: string[]; hotWrites: number }> {
  const client = clientOf(running);
  const fresh: string[] = [];
  let hotWrites = 0;
  const killed = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const acknowledged = () => {
    if (fresh.length + hotWrites < count) return;
    timer ??= setTimeout(() => {
      killed.abort();
      running.kill('SIGKILL');
    }, ms);
  };
  const writer = async (number: number) => {
    for (let round = 0; !killed.signal.aborted; round++) {
      const hot = round % 8 === 7;
      const key = hot ? `${HOT}${number}` : `o/${(state.next++).toString(36).padStart(6, '0')}`;
      const n = (state.hot.get(key) ?? 0) + 1;
      try {
        await client.send(
          new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: hot ? String(n) : contentOf(state.seed, key) }),
        );
      } catch (error) {
        // An answer is a refusal; a connection that broke is what this is about.
        if (!killed.signal.aborted || error instanceof S3ServiceException) throw error;
        return;
      }
      if (hot) {
        state.hot.set(key, n);
        hotWrites++;
      } else {
        state.acknowledged.add(key);
        fresh.push(key);
      }
      acknowledged();
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, (_, number) => writer(number)));
  clearTimeout(timer);
  running.kill('SIGKILL');
  await running.exited;
  client.destroy();
  return { fresh, hotWrites };
}

async function check(client: S3Client, state: State, key: string, report: Report): Promise<void> {
  report.checked++;
  let bytes: Buffer;
  try {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: BUCKET, Key: key }));
    bytes = Buffer.from(await Body!.transformToByteArray());
  } catch (error) {
    report.lost.push(`${key} (${(error as Error).name})`);
    return;
  }
  report.bytes += bytes.length;
  if (key.startsWith(HOT)) {
    const acknowledged = state.hot.get(key) ?? 0;
    // The write under way when the process died may have been done.
    if (Number(bytes.toString()) < acknowledged) report.lost.push(`${key}: ${bytes.toString()} after ${acknowledged}`);
    else state.hot.set(key, Number(bytes.toString()));
  } else if (!bytes.equals(contentOf(state.seed, key))) report.torn.push(key);
}

async function each<T>(items: T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = items.values();
  await Promise.all(
    Array.from({ length: READERS }, async () => {
      for (const item of left) await work(item);
    }),
  );
}
