import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { openKernel } from '../../../kernel/kernel.ts';
import { afterThisTest, silent } from '../../../kernel/kernel.fixture.ts';
import { enqueue, LOG_JOB, logJobWith } from './outbox.ts';

const place = { account: '000000000000', region: 'us-east-1' };
const MINUTE_MS = 60_000;

/** A kernel whose S3 keeps what is written, or refuses it. */
async function house(waitingMax: number) {
  const written: { key: string; text: string }[] = [];
  const s3 = { up: true };
  const job = logJobWith(waitingMax);
  const kernel = await openKernel({
    directory: '',
    ephemeral: true,
    accountId: place.account,
    region: place.region,
    rootKey: 'test',
    rootSecret: 'test',
    shared: false,
    log: silent,
    jobHandler: async () => ({ ...job, run: (context) => job.run({ ...context, kernel, engines: {} as never }) }),
  });
  kernel.calls.connect(async ({ operation, input, principal, invokedBy }) => {
    expect({ operation, type: principal.type, invokedBy }).toEqual({
      operation: 'PutObject',
      type: 'service',
      invokedBy: 'bedrock.amazonaws.com',
    });
    if (!s3.up) throw new Error('AccessDenied');
    const { Key, Body } = input as { Key: string; Body: Uint8Array };
    written.push({ key: Key, text: gunzipSync(Body).toString() });
    return {};
  });
  kernel.start();
  afterThisTest(() => kernel.stop());
  await kernel.clock.freeze(Date.UTC(2030, 0, 31, 12, 5));
  const log = (line: string, bucket = 'logs', data: { key: string; text: string }[] = []) =>
    enqueue(kernel, place, { s3: { bucket }, timeMs: kernel.clock.now(), line, data });
  return { kernel, s3, written, log };
}

it('Logs go to the bucket that was meant when they were made, in order, a file for each, after their large bodies', async () => {
  const { kernel, written, log } = await house(10);
  await log('first', 'logs', [{ key: 'data/large', text: 'x'.repeat(200_000) }]);
  await log('second');
  await log('third', 'other');
  expect(await kernel.jobs.advance(MINUTE_MS)).toBe(1);
  expect(written.map(({ text }) => (text.length > 100 ? 'large' : text))).toEqual([
    'large',
    'first\nsecond\n',
    'third\n',
  ]);
  expect(written[1]!.key).toMatch(
    /^AWSLogs\/000000000000\/BedrockModelInvocationLogs\/us-east-1\/2030\/01\/31\/12\/20300131T120600000Z_[0-9a-f]{16}\.json\.gz$/,
  );
  // Nothing waits: nothing is delivered.
  expect(await kernel.jobs.advance(10 * MINUTE_MS)).toBe(0);
});

it('Logs wait while the bucket refuses them: the latest of many, and none for longer than a day', async () => {
  const { kernel, s3, written, log } = await house(3);
  s3.up = false;
  for (let index = 0; index < 5; index++) await log(`line ${index}`);
  await kernel.jobs.advance(2 * MINUTE_MS);
  s3.up = true;
  await kernel.jobs.advance(MINUTE_MS);
  expect(written.map(({ text }) => text)).toEqual(['line 2\nline 3\nline 4\n']);
  s3.up = false;
  await log('too late');
  await kernel.jobs.advance(25 * 60 * MINUTE_MS);
  s3.up = true;
  await log('in time');
  await kernel.jobs.advance(MINUTE_MS);
  expect(written.map(({ text }) => text).slice(1)).toEqual(['in time\n']);
  // One record of a delivery is kept, not one for each minute.
  const kept = await kernel.jobs.get(
    kernel.store,
    LOG_JOB,
    `${place.account}/${place.region}/${Date.UTC(2030, 0, 31, 12, 7)}`,
  );
  expect(kept).toBeUndefined();
});

it('What is said waits sealed', async () => {
  const { kernel, log } = await house(3);
  await log(`a secret of mine ${'x'.repeat(30_000)}`);
  const files = readdirSync(kernel.directory, { recursive: true, withFileTypes: true }).filter((each) => each.isFile());
  expect(files.length).toBeGreaterThan(0);
  for (const { parentPath, name } of files)
    expect(readFileSync(`${parentPath}/${name}`).includes('a secret of mine')).toBe(false);
});
