import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Outcrop } from '../../src/main.ts';
import { startForTests } from '../start.ts';

const outcropDocs = (...words: string[]) =>
  execFileSync(process.execPath, ['--import', 'tsx', 'cli/outcrop.ts', 'docs', ...words], {
    encoding: 'utf8',
    stdio: 'pipe',
  });

let outcrop: Outcrop;
beforeAll(async () => {
  outcrop = await startForTests();
});

describe('the documentation', () => {
  it('is read in the terminal: a list, a page, lines that have some words', () => {
    expect(outcropDocs()).toMatch(/^s3 +Amazon S3/m);
    expect(outcropDocs('secretsmanager')).toBe(`${readFileSync('docs/services/secrets-manager.md', 'utf8')}\n`);
    expect(outcropDocs('--search', 'Gaps')).toMatch(/^s3:\d+: /m);
    expect(() => outcropDocs('nothing')).toThrow(/There is no page nothing. There is: .*rules/);
  });

  it('has an index for language models, whose every link leads somewhere', () => {
    const links = [...readFileSync('llms.txt', 'utf8').matchAll(/\]\((docs\/[^)]+)\)/g)].map(([, path]) => path!);
    expect(links.length).toBeGreaterThan(20);
    expect(links.filter((path) => !existsSync(path))).toEqual([]);
  });

  it('is served with the console as it is written, without credentials, and nothing else of the folder is', async () => {
    const get = (path: string) => fetch(`${outcrop.endpoint}/_console/${path}`);
    expect(await (await get('llms.txt')).text()).toBe(readFileSync('llms.txt', 'utf8'));
    const page = await get('docs/services/s3.md');
    expect(page.headers.get('content-type')).toBe('text/markdown; charset=utf-8');
    expect(await page.text()).toBe(readFileSync('docs/services/s3.md', 'utf8'));
    for (const path of [
      'docs/../package.json',
      'docs/%2e%2e/package.json',
      'package.json',
      'docs/rules.schema.json',
      'docs/..%2fREADME.md',
    ])
      expect((await get(path)).status, path).toBe(404);
  });
});
