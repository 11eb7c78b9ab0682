import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { generator } from '../../src/kernel/ids.ts';
import { testSeed } from '../start.ts';
import { delivered, openCrashKernel, records } from './kernel.ts';
import { ACKNOWLEDGED_MIN, crash } from './writers.ts';

/** `npx tsx bench/crash.ts` does 100 and more. */
const KILLS = 20;
const seed = testSeed('crash');
const folders: string[] = [];
const folder = () => {
  folders.push(mkdtempSync(join(tmpdir(), 'outcrop-crash-')));
  return folders.at(-1)!;
};
afterAll(() => folders.forEach((path) => rmSync(path, { recursive: true, force: true })));

describe('a stack that is killed under load', () => {
  it(`has every object that it acknowledged, with the right bytes, after each of ${KILLS} kills`, async () => {
    const report = await crash({ data: folder(), kills: KILLS, seed });
    console.log(
      `${report.kills} kills: ${report.acknowledged} writes acknowledged, ${report.checked} objects read back (${report.bytes} bytes)`,
    );
    expect(report.lost).toEqual([]);
    expect(report.torn).toEqual([]);
    expect(report.kills).toBe(KILLS);
    expect(report.acknowledged).toBeGreaterThanOrEqual(KILLS * ACKNOWLEDGED_MIN);
  }, 600_000);

  it('ends every job and tells of every event that it acknowledged', async () => {
    const random = generator(seed);
    const directory = folder();
    const acknowledged: string[] = [];
    for (let round = 0; round < 8; round++) {
      const child = spawn(
        process.execPath,
        ['--import', 'tsx', join(import.meta.dirname, 'kernel.ts'), directory, `r${round}`],
        { stdio: ['ignore', 'pipe', 'inherit'] },
      );
      let text = '';
      child.stdout.setEncoding('utf8');
      const ended = new Promise((resolve) => child.stdout.once('end', resolve));
      await new Promise<void>((resolve, reject) => {
        child.stdout.on('data', (chunk: string) => {
          text += chunk;
          if (text.split('\n').length > ACKNOWLEDGED_MIN) resolve();
        });
        child.once('exit', () => reject(new Error('it ended by itself')));
      });
      await new Promise((resolve) => setTimeout(resolve, random() * 300));
      child.kill('SIGKILL');
      await ended;
      for (const line of text.split('\n').slice(0, -1)) acknowledged.push(line.slice('acked '.length));
    }
    const kernel = await openCrashKernel(directory);
    await kernel.jobs.settle();
    await kernel.events.deliver();
    const wrong: string[] = [];
    for (const id of acknowledged) {
      const record = await kernel.store.get(records, [id]);
      const job = await kernel.jobs.get(kernel.store, 'crash/hash', id);
      const bytes = record && (await kernel.blobs.bytes(record.blob));
      const sha256 = bytes && createHash('sha256').update(bytes).digest('hex');
      if (sha256 === undefined || sha256 !== record!.sha256) wrong.push(`${id}: content`);
      if (job?.state !== 'completed' || job.result !== record?.sha256) wrong.push(`${id}: job ${job?.state}`);
      if (!(await kernel.store.get(delivered, [id]))) wrong.push(`${id}: event`);
    }
    console.log(`8 kills: ${acknowledged.length} transactions acknowledged, each with content, job and event`);
    expect(wrong).toEqual([]);
    expect(acknowledged.length).toBeGreaterThanOrEqual(8 * ACKNOWLEDGED_MIN);
    await kernel.stop();
  }, 300_000);
});
