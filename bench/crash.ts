import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crash, WRITERS } from '../tests/crash/writers.ts';

/**
 * Kills a stack under load and counts what was lost: `npx tsx bench/crash.ts [kills] [workers] [seed]`. Target: 0 acknowledged writes lost
 * in 100 kills. Ends with status 1 when anything was. This tests the death of processes, not of power: what is acknowledged has been
 * flushed, but the disk's own cache is out of reach from here.
 */
const kills = Number(process.argv[2] ?? 100);
const workers = process.argv[3] ?? '1';
const seed = Number(process.argv[4] ?? Math.floor(Math.random() * 2 ** 31));
const data = mkdtempSync(join(tmpdir(), 'outcrop-crash-'));
console.log(`${kills} kills, ${WRITERS} writers, ${workers} worker(s), seed ${seed}`);
const report = await crash({ data, kills, seed, flags: ['--workers', workers], log: (line) => console.log(line) });
rmSync(data, { recursive: true, force: true });
console.log(
  `${report.kills} kills: ${report.acknowledged} writes acknowledged, ${report.checked} objects read back, ` +
    `${(report.bytes / 1e6).toFixed(0)} MB; lost ${report.lost.length}, torn ${report.torn.length}`,
);
for (const line of [...report.lost, ...report.torn]) console.log(`  ${line}`);
process.exitCode = report.lost.length + report.torn.length > 0 ? 1 : 0;
