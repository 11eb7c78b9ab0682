import {
  CreateVaultCommand,
  GetJobOutputCommand,
  GlacierClient,
  InitiateJobCommand,
  UploadArchiveCommand,
} from '@aws-sdk/client-glacier';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { generator } from '../../kernel/ids.ts';
import { startForTests, testSeed } from '../../../tests/start.ts';
import { accountId, sha256, treeHashOf } from './glacier.fixture.ts';
import { HOUR_MS, MIB } from './limits.ts';

const random = generator(testSeed('glacier restart'));

it('A retrieval that was begun before a stack stopped is done by the next one over its data', async () => {
  const data = mkdtempSync(join(tmpdir(), 'outcrop-glacier-'));
  afterAll(() => rmSync(data, { recursive: true, force: true }));
  const body = Buffer.alloc(2 * MIB + Math.floor(random() * MIB), Buffer.from([1, 2, Math.floor(random() * 256)]));
  const vaultName = 'kept';
  const first = await startForTests({ ephemeral: false, data });
  const before = new GlacierClient(first.clients);
  await before.send(new CreateVaultCommand({ accountId, vaultName }));
  const { archiveId } = await before.send(new UploadArchiveCommand({ accountId, vaultName, body }));
  const jobParameters = { Type: 'archive-retrieval', ArchiveId: archiveId };
  const { jobId } = await before.send(new InitiateJobCommand({ accountId, vaultName, jobParameters }));
  await first.stop();

  const second = await startForTests({ ephemeral: false, data });
  const after = new GlacierClient(second.clients);
  await second.clock.advance(5 * HOUR_MS);
  const output = await after.send(new GetJobOutputCommand({ accountId, vaultName, jobId }));
  expect(output.checksum).toBe(treeHashOf(body));
  expect(sha256(await output.body!.transformToByteArray())).toBe(sha256(body));
});
