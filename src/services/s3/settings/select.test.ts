import {
  CreateBucketCommand,
  PutObjectCommand,
  S3Client,
  SelectObjectContentCommand,
  type SelectObjectContentCommandInput,
} from '@aws-sdk/client-s3';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { startForTests, testSeed } from '../../../../tests/start.ts';
import { generator } from '../../../kernel/ids.ts';

const outcrop = await startForTests();
const s3 = new S3Client(outcrop.clients);
const random = generator(testSeed('select'));
const Bucket = 'query-in-place';
await s3.send(new CreateBucketCommand({ Bucket }));

const rows = Array.from({ length: 5000 }, (_, i) => ({
  id: i,
  name: `n${Math.floor(random() * 1000)}`,
  score: Math.floor(random() * 10_000),
}));
const csv = `id,name,score\n${rows.map(({ id, name, score }) => `${id},${name},${score}`).join('\n')}\n`;
await s3.send(new PutObjectCommand({ Bucket, Key: 'rows.csv', Body: csv }));
await s3.send(new PutObjectCommand({ Bucket, Key: 'rows.csv.gz', Body: gzipSync(csv) }));
await s3.send(
  new PutObjectCommand({ Bucket, Key: 'rows.jsonl', Body: rows.map((row) => JSON.stringify(row)).join('\n') }),
);

async function select(Key: string, Expression: string, more: Partial<SelectObjectContentCommandInput> = {}) {
  const { Payload } = await s3.send(
    new SelectObjectContentCommand({
      Bucket,
      Key,
      Expression,
      ExpressionType: 'SQL',
      InputSerialization: Key.endsWith('.jsonl')
        ? { JSON: { Type: 'LINES' } }
        : { CSV: { FileHeaderInfo: 'USE' }, CompressionType: Key.endsWith('.gz') ? 'GZIP' : 'NONE' },
      OutputSerialization: { JSON: {} },
      ...more,
    }),
  );
  let text = '';
  const kinds: string[] = [];
  let scanned = 0;
  for await (const event of Payload!) {
    kinds.push(Object.keys(event)[0]!);
    if (event.Records) text += Buffer.from(event.Records.Payload!).toString('utf8');
    if (event.Stats) scanned = event.Stats.Details!.BytesScanned!;
  }
  return { records: text.split('\n').filter(Boolean), kinds, scanned };
}

describe('SelectObjectContent', () => {
  it('finds the rows of CSV, packed CSV and JSON that a condition is true of, and ends with statistics', async () => {
    const least = Math.floor(random() * 9_000);
    const expected = rows.filter(({ score }) => score > least).map(({ name }) => name);
    for (const Key of ['rows.csv', 'rows.csv.gz', 'rows.jsonl']) {
      const { records, kinds, scanned } = await select(
        Key,
        `SELECT s.name FROM S3Object s WHERE CAST(s.score AS INT) > ${least}`,
      );
      expect(records.map((record) => (JSON.parse(record) as { name: string }).name)).toEqual(expected);
      expect(kinds.slice(-2)).toEqual(['Stats', 'End']);
      expect(scanned).toBeGreaterThan(0);
    }
  });

  it('adds up, writes CSV, and meters what it scanned', async () => {
    const { records } = await select('rows.csv', 'SELECT COUNT(*), SUM(CAST(s.score AS INT)) FROM S3Object s', {
      OutputSerialization: { CSV: { FieldDelimiter: '|' } },
    });
    expect(records).toEqual([`${rows.length}|${rows.reduce((sum, { score }) => sum + score, 0)}`]);
    const line = (await outcrop.cost()).lines.find(({ type }) => type === 'Select-Scanned-Bytes')!;
    expect(line.usd).toBeCloseTo(line.quantity * 0.002, 12);
  });

  it('answers errors of the expression and of the request with the codes of S3 Select', async () => {
    await expect(select('rows.csv', 'SELECT FROM')).rejects.toMatchObject({
      name: expect.stringMatching(/^Parse/),
      $metadata: { httpStatusCode: 400 },
    });
    await expect(select('rows.csv', 'SELECT * FROM S3Object', { InputSerialization: {} })).rejects.toMatchObject({
      name: 'InvalidDataSource',
    });
    await expect(select('missing.csv', 'SELECT * FROM S3Object')).rejects.toMatchObject({ name: 'NoSuchKey' });
  });
});
