import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { startForTests } from './start.ts';

const EXAMPLE = fileURLToPath(new URL('../examples/ask-your-documents', import.meta.url));

/** What each answer must say, and the sentence of the documents that it must quote. */
const ANSWERS: [string, string][] = [
  ['29 days', 'Full-time employees have 29 days of paid annual leave each year.'],
  ['Marta Lindqvist', 'Claims above 500 euros are approved by the finance director, Marta Lindqvist.'],
  ['68 litres per minute', 'The maximum flow rate of the Station 300 is 68 litres per minute.'],
  ['pressure vessel has lost its air', 'E07 means that the pressure vessel has lost its air.'],
  ['12.50 euros', 'The contract costs 12.50 euros a month for the Station 300'],
];

describe('examples/ask-your-documents', () => {
  it('answers its five questions from the uploaded folder, with quotes', { timeout: 120_000 }, async () => {
    const { endpoint, credentials } = await startForTests();
    const { stdout } = await promisify(execFile)(process.execPath, ['ask.mjs'], {
      cwd: EXAMPLE,
      env: {
        ...process.env,
        AWS_ENDPOINT_URL: endpoint,
        AWS_REGION: 'us-east-1',
        AWS_ACCESS_KEY_ID: credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      },
    });
    expect(stdout.match(/^uploaded s3:/gm)).toHaveLength(3);
    const spoken = stdout.split(/^\? /m).slice(1);
    expect(spoken).toHaveLength(ANSWERS.length);
    for (const [index, [fact, quote]] of ANSWERS.entries()) {
      expect(spoken[index]).toContain(fact);
      // A quote may be broken over lines, as the PDF breaks them.
      expect(spoken[index]!.replace(/\s+/g, ' ')).toContain(quote);
    }
  });

  it('quotes what its documents say', () => {
    const said = ['documents/handbook.md', 'documents/warranty.html', 'manual/manual.txt']
      .map((file) => readFileSync(`${EXAMPLE}/${file}`, 'utf8'))
      .join('\n');
    for (const [, quote] of ANSWERS) expect(said).toContain(quote);
  });
});
