import {
  CreateBucketCommand,
  GetObjectCommand,
  GetObjectLegalHoldCommand,
  GetObjectRetentionCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { PNG } from 'pngjs';
import type { Page } from 'playwright-core';
import { beforeEach, expect, it } from 'vitest';
import type { Outcrop } from '../../src/main.ts';
import { describeInBrowser, openConsole } from './browser.ts';
import { startWithS3 } from './s3.ts';

const WAIT = { timeout: 15_000 };
let outcrop: Outcrop;
let s3: S3Client;
let Bucket: string;
beforeEach(async () => {
  const started = await startWithS3('shown');
  ({ outcrop, s3 } = started);
  Bucket = await started.newBucket();
});

const put = (Key: string, Body: string | Buffer, ContentType?: string, StorageClass?: 'GLACIER') =>
  s3.send(new PutObjectCommand({ Bucket, Key, Body, ContentType, StorageClass }));
const objectPath = (key: string) => `s3/buckets/${Bucket}/object?key=${encodeURIComponent(key)}`;
const content = (page: Page) => page.getByRole('region', { name: 'Content' });

/** A picture of one colour. */
function picture(width: number, height: number): Buffer {
  const png = new PNG({ width, height });
  png.data.fill(0x80);
  return PNG.sync.write(png);
}

/** Half a second of a tone, uncompressed. */
function tone(): Buffer {
  const [rate, count] = [8000, 4000];
  const data = Buffer.alloc(44 + count * 2);
  data.write('RIFF', 0);
  data.writeUInt32LE(36 + count * 2, 4);
  data.write('WAVEfmt ', 8);
  data.writeUInt32LE(16, 16);
  data.writeUInt16LE(1, 20);
  data.writeUInt16LE(1, 22);
  data.writeUInt32LE(rate, 24);
  data.writeUInt32LE(rate * 2, 28);
  data.writeUInt16LE(2, 32);
  data.writeUInt16LE(16, 34);
  data.write('data', 36);
  data.writeUInt32LE(count * 2, 40);
  for (let at = 0; at < count; at += 1)
    data.writeInt16LE(Math.round(8000 * Math.sin((at * 2 * Math.PI * 440) / rate)), 44 + at * 2);
  return data;
}

/** The smallest file that a viewer opens. */
function pdf(): Buffer {
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 100] >>',
  ];
  let text = '%PDF-1.4\n';
  const offsets = objects.map((object, index) => {
    const at = text.length;
    text += `${index + 1} 0 obj\n${object}\nendobj\n`;
    return at;
  });
  const start = text.length;
  text += `xref\n0 4\n0000000000 65535 f \n${offsets.map((at) => `${String(at).padStart(10, '0')} 00000 n \n`).join('')}`;
  return Buffer.from(`${text}trailer << /Size 4 /Root 1 0 R >>\nstartxref\n${start}\n%%EOF\n`);
}

describeInBrowser('previews', () => {
  it('show text piece by piece, and JSON folded, indented and as it is', async () => {
    const lines = Array.from({ length: 40_000 }, (_, index) => `line ${index} é`).join('\n');
    await put('logs/big.log', lines);
    await put('set.json', JSON.stringify({ name: 'set', rows: [{ id: 1, nested: { deep: 'found' } }, 2, null] }));
    await put('broken.json', '{"a": ');
    const { page, shot, accessible, go } = await openConsole(outcrop, { path: objectPath('logs/big.log') });
    await content(page).waitFor();
    expect(await content(page).innerText()).toContain('line 100 é');
    await page.getByText(/The first 256 KiB of/).waitFor();
    while (await page.getByRole('button', { name: 'Load more' }).isVisible()) {
      const before = await page.getByText(/The first .* of/).innerText();
      await page.getByRole('button', { name: 'Load more' }).click();
      await page.getByText(before, { exact: true }).waitFor({ state: 'detached' });
    }
    expect((await content(page).innerText()).trimEnd()).toBe(lines);
    await go(objectPath('set.json'));
    await page.getByText('{ 2 members }').waitFor();
    await page.getByText('[ 3 items ]').click();
    await page.locator('summary', { hasText: '{ 2 members }' }).nth(1).click();
    await page.getByText('{ 1 member }').click();
    await page.getByText('"found"').waitFor();
    await accessible();
    await shot('s3-preview-json');
    await page.getByRole('button', { name: 'Indented' }).click();
    expect(await content(page).innerText()).toContain('    "deep"'.trim());
    await go(objectPath('broken.json'));
    await page.getByText('It says that it is JSON, and is not').waitFor();
    expect(await content(page).innerText()).toBe('{"a": ');
  });

  it('show values with separators as a table that is sorted as numbers', async () => {
    const rows = Array.from({ length: 120 }, (_, index) => `${index},"name, ""${index}""",${(index * 7919) % 1000}`);
    await put('table.csv', ['id,name,score', ...rows].join('\r\n'), 'text/csv');
    const { page, shot, accessible } = await openConsole(outcrop, { path: objectPath('table.csv') });
    await page.getByText('name, "3"', { exact: true }).waitFor();
    await page.getByText('(120)').waitFor();
    await page.getByRole('columnheader', { name: 'score' }).getByRole('button', { name: 'score' }).first().click();
    const first = await page.getByRole('row').nth(1).innerText();
    expect(first.split(/\s+/).at(-1)).toBe('0');
    await accessible();
    await shot('s3-preview-csv');
  });

  it('show pictures, sound and PDF from memory; HTML and SVG run nothing', async () => {
    await put('picture.png', picture(40, 20), 'image/png');
    await put('tone.wav', tone(), 'audio/wav');
    await put('page.pdf', pdf(), 'application/pdf');
    await put('clip.webm', 'no clip', 'video/webm');
    await put('page.html', '<script>document.title = "ran"; alert(1)</script><h1>Stored</h1>', 'text/html');
    await put(
      'drawing.svg',
      '<svg xmlns="http://www.w3.org/2000/svg" width="30" height="10"><script>parent.ran = true; window.ran = true</script><rect width="30" height="10"/></svg>',
      'image/svg+xml',
    );
    const { page, shot, accessible, go } = await openConsole(outcrop, { path: objectPath('picture.png') });
    const width = (name: string) =>
      page.getByRole('img', { name }).evaluate((image) => (image as HTMLImageElement).naturalWidth);
    await expect.poll(() => width('picture.png'), WAIT).toBe(40);
    expect(await page.getByRole('img', { name: 'picture.png' }).getAttribute('src')).toMatch(/^blob:/);
    await shot('s3-preview-image');
    await go(objectPath('drawing.svg'));
    await expect.poll(() => width('drawing.svg'), WAIT).toBe(30);
    expect(await page.evaluate(() => (globalThis as any).ran)).toBeUndefined();
    await go(objectPath('tone.wav'));
    const audio = page.locator('audio');
    await audio.waitFor();
    await expect
      .poll(() => audio.evaluate((element) => (element as HTMLAudioElement).duration), WAIT)
      .toBeCloseTo(0.5, 2);
    await accessible();
    await go(objectPath('clip.webm'));
    await page.locator('video[src^="blob:"]').waitFor();
    await go(objectPath('page.pdf'));
    await page.locator('iframe[title="page.pdf"][src^="blob:"]').waitFor();
    await shot('s3-preview-pdf');
    await go(objectPath('page.html'));
    await content(page).waitFor();
    expect(await content(page).innerText()).toContain('<h1>Stored</h1>');
    expect(await page.title()).toBe('page.html | Outcrop');
  });
});

describeInBrowser('the page of an object', () => {
  it('changes tags, metadata and storage class, and shows checksums', async () => {
    const Key = 'folder/weights.bin';
    await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'weights', Metadata: { run: '7' } }));
    const { page, shot, accessible } = await openConsole(outcrop, { path: objectPath(Key) });
    await page.getByRole('tab', { name: 'Properties' }).click();
    await page.getByText('x-amz-meta-run').waitFor();
    await page.getByText('Checksum CRC32').first().waitFor();
    await accessible();
    await shot('s3-object-properties');
    const dialog = page.getByRole('dialog');
    await page.getByRole('button', { name: 'Edit tags' }).click();
    await dialog.getByRole('button', { name: 'Add tag' }).click();
    await dialog.getByLabel('Key of tag 1').fill('stage');
    await dialog.getByLabel('Value of tag 1').fill('final');
    await dialog.getByRole('button', { name: 'Save changes' }).click();
    await page.getByText('The tags are saved.').waitFor();
    expect((await s3.send(new GetObjectTaggingCommand({ Bucket, Key }))).TagSet).toEqual([
      { Key: 'stage', Value: 'final' },
    ]);
    await page.getByRole('button', { name: 'Edit metadata' }).click();
    await dialog.getByLabel('Content-Type').fill('application/x-weights');
    await dialog.getByLabel('Value of metadata 1').fill('8');
    await dialog.getByRole('button', { name: 'Save changes' }).click();
    await page.getByText('The metadata is changed.').waitFor();
    await page.getByRole('button', { name: 'Edit storage class' }).click();
    await dialog.getByLabel('Storage class').click();
    await page.getByRole('option', { name: /Glacier Instant/ }).click();
    await dialog.getByRole('button', { name: 'Save changes' }).click();
    await page.getByText('The object is in Glacier Instant Retrieval.').waitFor();
    const head = await s3.send(new HeadObjectCommand({ Bucket, Key }));
    expect(head).toMatchObject({
      ContentType: 'application/x-weights',
      Metadata: { run: '8' },
      StorageClass: 'GLACIER_IR',
    });
    expect((await s3.send(new GetObjectTaggingCommand({ Bucket, Key }))).TagSet).toHaveLength(1);
  });

  it('restores what is archived, and says how far that is', async () => {
    const Key = 'archive.txt';
    await put(Key, 'kept', 'text/plain', 'GLACIER');
    const { page, shot } = await openConsole(outcrop, { path: objectPath(Key) });
    await page.getByText('The object is archived').waitFor();
    await page.getByRole('button', { name: 'Download' }).click();
    await page
      .getByTestId('failure')
      .getByText(/is archived \(Glacier Flexible Retrieval\)/)
      .waitFor();
    await page.getByRole('tab', { name: 'Properties' }).click();
    await page.getByText('Not restored: it cannot be read').waitFor();
    await page.getByRole('button', { name: 'Initiate restore' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Days that the copy is available').fill('3');
    await dialog.getByRole('radio', { name: 'Expedited' }).check();
    await shot('s3-restore');
    await dialog.getByRole('button', { name: 'Initiate restore' }).click();
    await page.getByText('Under way', { exact: true }).waitFor();
    await outcrop.clock.advance(10 * 60_000);
    expect((await s3.send(new HeadObjectCommand({ Bucket, Key }))).Restore).toContain('ongoing-request="false"');
    await page.reload();
    await content(page).getByText('kept').waitFor();
    await page.getByRole('tab', { name: 'Properties' }).click();
    await page.getByText(/^Restored, until /).waitFor();
  });

  it('makes links for reading and writing that work without the console', async () => {
    const Key = 'shared & more/a+b.txt';
    await put(Key, 'for whoever has the link', 'text/plain');
    const { page, shot, accessible } = await openConsole(outcrop, { path: objectPath(Key) });
    await page.getByRole('button', { name: 'Presigned link' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Valid for', { exact: true }).fill('200');
    await dialog.getByText('A link is valid for 7 days at most.').waitFor();
    await dialog.getByLabel('Valid for', { exact: true }).fill('2');
    await dialog.getByRole('button', { name: 'Create link' }).click();
    const shown = dialog.getByRole('region', { name: 'Presigned link' });
    const url = (await shown.innerText()).trim();
    await accessible('[role=dialog]');
    await shot('s3-presigned-link');
    expect(new URL(url).searchParams.get('X-Amz-Expires')).toBe('7200');
    expect(await (await fetch(url)).text()).toBe('for whoever has the link');
    expect((await fetch(url.replace(/Signature=\w{4}/, 'Signature=0000'))).status).toBe(403);
    await dialog.getByRole('button', { name: 'Copy link' }).click();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(url);
    await dialog.getByRole('button', { name: 'Write (PUT)' }).click();
    await dialog.getByRole('button', { name: 'Create link' }).click();
    await expect.poll(() => shown.innerText(), WAIT).toContain('PutObject');
    const written = await fetch((await shown.innerText()).trim(), { method: 'PUT', body: 'written by it' });
    expect(written.status).toBe(200);
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
    expect(await Body!.transformToString()).toBe('written by it');
  });

  it('holds versions by retention and legal hold, and lists versions', async () => {
    const locked = 'locked';
    await s3.send(new CreateBucketCommand({ Bucket: locked, ObjectLockEnabledForBucket: true }));
    await s3.send(new PutBucketVersioningCommand({ Bucket: locked, VersioningConfiguration: { Status: 'Enabled' } }));
    const object = { Bucket: locked, Key: 'evidence.txt' };
    const first = await s3.send(new PutObjectCommand({ ...object, Body: 'one' }));
    await s3.send(new PutObjectCommand({ ...object, Body: 'two' }));
    const { page, shot } = await openConsole(outcrop, { path: 's3/buckets/locked/object?key=evidence.txt' });
    await page.getByRole('tab', { name: 'Object Lock' }).click();
    await page.getByRole('button', { name: 'Put legal hold on' }).click();
    await page.getByText('The legal hold is on.').waitFor();
    expect((await s3.send(new GetObjectLegalHoldCommand(object))).LegalHold!.Status).toBe('ON');
    await page.getByRole('button', { name: 'Take legal hold off' }).click();
    await page.getByText('The legal hold is taken off.').waitFor();
    await page.getByRole('button', { name: 'Edit retention' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Retain until').fill('2099-01-02');
    await dialog.getByRole('button', { name: 'Save changes' }).click();
    await page.getByText('The retention is saved.').waitFor();
    expect((await s3.send(new GetObjectRetentionCommand(object))).Retention).toMatchObject({ Mode: 'GOVERNANCE' });
    await shot('s3-object-lock');
    await page.getByRole('tab', { name: 'Versions' }).click();
    await page.getByRole('checkbox', { name: new RegExp(first.VersionId!.replaceAll('.', '\\.')) }).check();
    await page.getByRole('button', { name: 'Make current version' }).click();
    await dialog.getByRole('button', { name: 'Make current' }).click();
    await page.getByText('the copy is the current version').waitFor();
    const { Body } = await s3.send(new GetObjectCommand(object));
    expect(await Body!.transformToString()).toBe('one');
    await page.getByRole('link', { name: first.VersionId! }).click();
    await page.getByText(`Version ${first.VersionId}`).first().waitFor();
    await page.getByRole('region', { name: 'Content' }).getByText('one').waitFor();
  });

  it('is queried by SQL', async () => {
    await put('people.csv', 'name,age\nAda,36\nAlan,41\nGrace,85\n', 'text/csv');
    const { page, shot, accessible } = await openConsole(outcrop, { path: objectPath('people.csv') });
    await page.getByRole('tab', { name: 'Query with S3 Select' }).click();
    const sql = page.getByRole('textbox', { name: 'SQL' });
    await sql.fill('SELECT s.name FROM S3Object s WHERE CAST(s.age AS INT) > 40');
    await page.getByRole('button', { name: 'Run query' }).click();
    const answer = page.getByRole('region', { name: 'Answer' });
    await answer.waitFor();
    expect(
      (await answer.innerText())
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([{ name: 'Alan' }, { name: 'Grace' }]);
    await accessible();
    await shot('s3-select');
    await sql.fill('SELECT FROM');
    await page.getByRole('button', { name: 'Run query' }).click();
    await page.getByTestId('failure').waitFor();
  });
});
