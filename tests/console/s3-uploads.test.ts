import {
  CreateMultipartUploadCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  type S3Client,
} from '@aws-sdk/client-s3';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { generator } from '../../src/kernel/ids.ts';
import type { Outcrop } from '../../src/main.ts';
import { testSeed } from '../start.ts';
import { describeInBrowser, openConsole } from './browser.ts';
import { startWithS3 } from './s3.ts';

const MIB = 2 ** 20;
const WAIT = { timeout: 15_000 };
/** For megabytes, on a machine that has other things to do. */
const LONG = { timeout: 60_000 };
const random = generator(testSeed('console: uploads'));
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'outcrop-uploads-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

let outcrop: Outcrop;
let s3: S3Client;
let newBucket: () => Promise<string>;
beforeEach(async () => {
  ({ outcrop, s3, newBucket } = await startWithS3('uploads'));
});

/** A file of random bytes. */
function fileOf(name: string, size: number) {
  const bytes = Buffer.alloc(size);
  for (let at = 0; at + 4 <= size; at += 4) bytes.writeUInt32LE(Math.floor(random() * 2 ** 32), at);
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return { path, sha256: createHash('sha256').update(bytes).digest('hex') };
}

async function sha256Of(Bucket: string, Key: string): Promise<string> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
  return createHash('sha256')
    .update(await Body!.transformToByteArray())
    .digest('hex');
}
const unfinished = async (Bucket: string) => (await s3.send(new ListMultipartUploadsCommand({ Bucket }))).Uploads ?? [];

/**
 * Stands between the page and the network for parts of uploads, within the page: the browser's own way of holding requests back copies
 * their bodies through the test.
 */
async function watchParts(page: Page, holdFrom = Number.POSITIVE_INFINITY) {
  const install = (first: number | null) => {
    const watch = { sent: [] as number[], refused: undefined as number | undefined, open: () => {} };
    const opened = new Promise<void>((resolve) => {
      watch.open = resolve;
    });
    (globalThis as any).parts = watch;
    const real = globalThis.fetch;
    globalThis.fetch = async (input, init) => {
      const request = new Request(input, init);
      const number = Number(new URL(request.url).searchParams.get('partNumber'));
      if (request.method !== 'PUT' || number === 0) return real(request);
      if (number === watch.refused)
        return new Response('<Error><Code>AccessDenied</Code><Message>Not this part</Message></Error>', {
          status: 403,
          headers: { 'content-type': 'application/xml', 'x-amz-request-id': 'A-REQUEST' },
        });
      if (first !== null && number >= first) {
        await opened;
        request.signal.throwIfAborted();
      }
      watch.sent.push(number);
      return real(request);
    };
  };
  await page.evaluate(install, Number.isFinite(holdFrom) ? holdFrom : null);
  return {
    open: () => page.evaluate(() => (globalThis as any).parts.open()),
    refuse: (number: number | undefined) =>
      page.evaluate((refused) => {
        (globalThis as any).parts.refused = refused;
      }, number),
    /** The parts that went out since the last time. */
    sent: () => page.evaluate(() => ((globalThis as any).parts.sent as number[]).splice(0).sort((a, b) => a - b)),
  };
}

async function choose(page: Page, path: string): Promise<void> {
  await page.getByRole('button', { name: 'Upload', exact: true }).first().click();
  await page.getByRole('dialog').locator('input[type=file]').first().setInputFiles(path);
}
const start = (page: Page) => page.getByRole('dialog').getByRole('button', { name: 'Upload', exact: true }).click();

describeInBrowser('uploads', () => {
  it('of a large file go in parts with progress, whole to the last byte, as what was chosen', async () => {
    const Bucket = await newBucket();
    const file = fileOf('weights.bin', 40 * MIB + 12_345);
    const { page, shot, accessible } = await openConsole(outcrop, { path: `s3/buckets/${Bucket}?prefix=run-1%2F` });
    const parts = await watchParts(page, 3);
    await choose(page, file.path);
    const dialog = page.getByRole('dialog');
    await dialog.getByText('1 file, 40 MiB').waitFor();
    await dialog.getByRole('button', { name: 'Properties' }).click();
    await dialog.getByLabel('Storage class').click();
    await page.getByRole('option', { name: /^Standard-IA/ }).click();
    await dialog.getByRole('button', { name: 'Add tag' }).click();
    await dialog.getByLabel('Key of tag 1').fill('run');
    await dialog.getByLabel('Value of tag 1').fill('1 & more');
    await start(page);
    await dialog.getByText('run has something else').waitFor();
    await dialog.getByLabel('Value of tag 1').fill('1 + more');
    await dialog.getByRole('button', { name: 'Add metadata' }).click();
    await dialog.getByLabel('Key of metadata 1').fill('by');
    await dialog.getByLabel('Value of metadata 1').fill('test');
    await accessible('[role=dialog]');
    await shot('s3-upload-dialog');
    await start(page);
    await page.getByTestId('upload-progress').getByText('16 MiB of 40 MiB').waitFor(LONG);
    await page
      .getByText(/per second/)
      .first()
      .waitFor();
    await accessible();
    await shot('s3-upload-running');
    await parts.open();
    await page.getByText('1 of 1 uploaded').first().waitFor(LONG);
    await page.getByRole('link', { name: 'weights.bin' }).first().waitFor();
    await shot('s3-upload-done');
    expect(await parts.sent()).toEqual([1, 2, 3, 4, 5, 6]);
    const Key = 'run-1/weights.bin';
    expect(await sha256Of(Bucket, Key)).toBe(file.sha256);
    const head = await s3.send(new HeadObjectCommand({ Bucket, Key }));
    expect(head).toMatchObject({ StorageClass: 'STANDARD_IA', Metadata: { by: 'test' } });
    expect((await s3.send(new GetObjectTaggingCommand({ Bucket, Key }))).TagSet).toEqual([
      { Key: 'run', Value: '1 + more' },
    ]);
    expect(await unfinished(Bucket)).toEqual([]);
  }, 180_000);

  it('that are cancelled leave no unfinished upload', async () => {
    const Bucket = await newBucket();
    const file = fileOf('cancelled.bin', 24 * MIB);
    const { page } = await openConsole(outcrop, { path: `s3/buckets/${Bucket}` });
    const parts = await watchParts(page, 2);
    await choose(page, file.path);
    await start(page);
    await page.getByTestId('upload-progress').getByText('8 MiB of 24 MiB').waitFor(LONG);
    expect(await unfinished(Bucket)).toHaveLength(1);
    await page.getByRole('button', { name: 'Cancel cancelled.bin' }).click();
    await page.getByText('Cancelled', { exact: true }).waitFor();
    await parts.open();
    await expect.poll(() => unfinished(Bucket), WAIT).toEqual([]);
    expect((await s3.send(new ListObjectsV2Command({ Bucket }))).KeyCount).toBe(0);
    expect(await page.evaluate(() => localStorage.getItem('outcrop.s3.uploads'))).toBe('[]');
  }, 180_000);

  it('that are paused go on with what is missing; so do those that failed', async () => {
    const Bucket = await newBucket();
    const file = fileOf('paused.bin', 30 * MIB);
    const { page } = await openConsole(outcrop, { path: `s3/buckets/${Bucket}` });
    const parts = await watchParts(page, 3);
    await choose(page, file.path);
    await start(page);
    await page.getByTestId('upload-progress').getByText('16 MiB of 30 MiB').waitFor(LONG);
    await page.getByRole('button', { name: 'Pause paused.bin' }).click();
    await parts.refuse(4);
    await parts.open();
    await page.getByText('Paused', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Resume paused.bin' }).click();
    const failure = page.getByTestId('failure');
    await failure.getByText('Not this part').waitFor();
    expect(await failure.innerText()).toContain('A-REQUEST');
    await parts.refuse(undefined);
    await parts.sent();
    await page.getByRole('button', { name: 'Resume paused.bin' }).click();
    await page.getByText('1 of 1 uploaded').first().waitFor(LONG);
    const sent = await parts.sent();
    expect(sent).toContain(4);
    expect(sent.filter((number) => number < 3)).toEqual([]);
    expect(await sha256Of(Bucket, 'paused.bin')).toBe(file.sha256);
  }, 180_000);

  it('are resumed after a reload by the same file and by no other, and only missing parts are sent', async () => {
    const Bucket = await newBucket();
    const file = fileOf('resumed.bin', 50 * MIB);
    const { page, shot, accessible } = await openConsole(outcrop, { path: `s3/buckets/${Bucket}` });
    page.on('dialog', (dialog) => void dialog.accept());
    await watchParts(page, 4);
    await choose(page, file.path);
    await start(page);
    await page.getByTestId('upload-progress').getByText('24 MiB of 50 MiB').waitFor(LONG);
    await page.reload();
    await page.getByText('The upload of resumed.bin is unfinished').waitFor();
    await accessible();
    await shot('s3-upload-unfinished');
    const parts = await watchParts(page);
    const picker = page.locator('input[type=file][aria-label="Choose resumed.bin again"]');
    await picker.setInputFiles(fileOf('other.bin', 50 * MIB).path);
    await page.getByText(/other\.bin .* is another file/).waitFor();
    expect(await parts.sent()).toEqual([]);
    await picker.setInputFiles(file.path);
    await page.getByText('1 of 1 uploaded').first().waitFor(LONG);
    expect(await parts.sent()).toEqual([4, 5, 6, 7]);
    expect(await sha256Of(Bucket, 'resumed.bin')).toBe(file.sha256);
    expect(await unfinished(Bucket)).toEqual([]);
  }, 180_000);

  it('of many files and of folders that are dropped keep their paths, and pages may be left meanwhile', async () => {
    const Bucket = await newBucket();
    mkdirSync(join(folder, 'set/deep'), { recursive: true });
    writeFileSync(join(folder, 'set/a.txt'), 'a');
    writeFileSync(join(folder, 'set/deep/b.md'), '# b');
    const { page, shot, go, accessible } = await openConsole(outcrop, { path: `s3/buckets/${Bucket}` });
    await page.getByText('No objects').waitFor();
    // Dropped files, as the browser hands them over.
    const transfer = await page.evaluateHandle(() => {
      const data = new DataTransfer();
      for (const name of ['one.txt', 'two.jsonl', 'empty.txt'])
        data.items.add(new File(name === 'empty.txt' ? [] : [`content of ${name}`], name));
      return data;
    });
    await page.getByTestId('drop-zone').first().dispatchEvent('dragover', { dataTransfer: transfer });
    await page.getByTestId('drop-zone').first().dispatchEvent('drop', { dataTransfer: transfer });
    const dialog = page.getByRole('dialog');
    await dialog.getByText('two.jsonl').waitFor();
    // A folder, by the picker.
    await dialog.locator('input[type=file][webkitdirectory]').setInputFiles(join(folder, 'set'));
    await dialog.getByText('set/deep/b.md').waitFor();
    await dialog.getByRole('button', { name: 'Remove one.txt' }).click();
    await shot('s3-upload-many');
    await start(page);
    await go('s3/uploads');
    await page.getByRole('heading', { level: 1, name: 'Uploads' }).waitFor();
    await page.getByText('4 of 4 uploaded').first().waitFor(LONG);
    await accessible();
    await shot('s3-uploads');
    const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket }));
    expect(Contents!.map(({ Key }) => Key)).toEqual(['empty.txt', 'set/a.txt', 'set/deep/b.md', 'two.jsonl']);
    expect((await s3.send(new HeadObjectCommand({ Bucket, Key: 'two.jsonl' }))).ContentType).toBe('application/jsonl');
    await page.getByRole('button', { name: 'Clear what is over' }).click();
    await page.getByText('Nothing is being uploaded').waitFor();
  }, 180_000);

  it('that others left unfinished are listed and aborted', async () => {
    const Bucket = await newBucket();
    await s3.send(new CreateMultipartUploadCommand({ Bucket, Key: 'left/behind.bin' }));
    const { page, shot, accessible } = await openConsole(outcrop, { path: `s3/buckets/${Bucket}?tab=management` });
    await page.getByRole('checkbox', { name: /Choose left\/behind.bin/ }).check();
    await accessible();
    await shot('s3-management');
    await page.getByRole('button', { name: 'Abort uploads' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Abort', exact: true }).click();
    await page.getByText('No unfinished uploads').waitFor();
    expect(await unfinished(Bucket)).toEqual([]);
  });
});
