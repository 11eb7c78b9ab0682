import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { Clock } from '../src/kernel/clock.ts';
import { Events } from '../src/kernel/events.ts';
import { Ids } from '../src/kernel/ids.ts';
import { Jobs } from '../src/kernel/jobs.ts';
import { openLmdb } from '../src/kernel/store/lmdb.ts';
import { Store } from '../src/kernel/store/store.ts';
import type { RecordDraft } from '../src/kernel/trail/record.ts';
import { Trail, type CallLine } from '../src/kernel/trail/trail.ts';

/**
 * `npx tsx bench/trail.ts [--records 50000]`: the CPU time a call's record costs, noted and flushed, when the stack is busy (hundreds of records in a
 * flush) and when it is quiet (one), and how long a page of the history takes to find.
 */
const at = process.argv.indexOf('--records');
const count = at < 0 ? 50_000 : Number(process.argv[at + 1]);
const folder = mkdtempSync(join(tmpdir(), 'outcrop-bench-'));
const store = new Store(openLmdb(join(folder, 'store'), { ephemeral: true }));
const log = pino({ level: 'silent' });
const clock = await Clock.open(store);
const ids = new Ids();
const jobs = new Jobs({ store, clock, ids, log, handlerOf: async () => undefined });
const trail = new Trail({ store, clock, ids, jobs, events: new Events({ store, clock, ids, log }) });

const account = '000000000000';
const line = (requestId: string): CallLine => ({
  requestId,
  timeMs: clock.now(),
  service: 'iam',
  operation: 'CreateUser',
  principal: `arn:aws:iam::${account}:root`,
  region: 'us-east-1',
  status: 200,
  durationUs: 100,
});
const draft = (index: number): RecordDraft => ({
  eventSource: 'iam.amazonaws.com',
  eventName: index % 3 === 0 ? 'CreateUser' : 'GetUser',
  awsRegion: 'us-east-1',
  sourceIPAddress: '127.0.0.1',
  userAgent: 'bench',
  userIdentity: {
    type: 'IAMUser',
    userName: `user-${index % 50}`,
    accessKeyId: `AKIA${index % 50}`,
    accountId: account,
  },
  requestParameters: { userName: `made-${index}`, path: '/team/' },
  responseElements: null,
  requestID: `request-${index}`,
  resources: [{ ARN: `arn:aws:iam::${account}:user/made-${index}`, accountId: account, type: 'AWS::IAM::User' }],
  managementEvent: true,
  readOnly: index % 3 !== 0,
  eventType: 'AwsApiCall',
  eventCategory: 'Management',
  recipientAccountId: account,
});
const use = {
  account,
  identityArn: `arn:aws:iam::${account}:root`,
  service: 'iam',
  action: 'GetUser',
  region: 'us-east-1',
};

async function perRecord(records: number, each: number): Promise<number> {
  const started = process.cpuUsage();
  for (let index = 0; index < records; index++) {
    trail.note(line(`r${index}`), [draft(index)], use);
    if (index % each === each - 1) await trail.flush();
  }
  await trail.flush();
  const { user, system } = process.cpuUsage(started);
  return (user + system) / records;
}

async function perPage(by: { key: 'EventName' | 'EventId' | 'Username'; value: string } | undefined): Promise<number> {
  const rounds = 50;
  const started = performance.now();
  for (let round = 0; round < rounds; round++)
    await trail.lookup({
      account,
      region: 'us-east-1',
      category: 'management',
      fromMs: 0,
      toMs: clock.now(),
      limit: 50,
      ...(by ? { by } : {}),
    });
  return (performance.now() - started) / rounds;
}

try {
  await perRecord(2_000, 500);
  const busy = await perRecord(count, 500);
  const quiet = await perRecord(1_000, 1);
  const [some] = (
    await trail.lookup({ account, region: 'us-east-1', category: 'management', fromMs: 0, toMs: clock.now(), limit: 1 })
  ).records;
  const pages = [
    ['newest', await perPage(undefined)],
    ['by EventName', await perPage({ key: 'EventName', value: 'CreateUser' })],
    ['by Username', await perPage({ key: 'Username', value: 'user-7' })],
    ['by EventId', await perPage({ key: 'EventId', value: some!.eventID })],
  ] as const;
  console.log(`Node ${process.version}, ${new Date().toISOString().slice(0, 10)}, ${count} records\n`);
  console.log(
    `| what | |\n|---|---|\n| a record, 500 to a flush | ${busy.toFixed(0)} µs |\n| a record, one to a flush | ${quiet.toFixed(0)} µs |`,
  );
  for (const [name, ms] of pages) console.log(`| a page of 50, ${name} | ${ms.toFixed(1)} ms |`);
} finally {
  await jobs.stop();
  clock.close();
  await store.close();
  rmSync(folder, { recursive: true, force: true });
}
