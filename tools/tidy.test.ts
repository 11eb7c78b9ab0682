import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

/** Style as a test: what no linter knows. */
function* files(directory: string): Generator<string> {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory() && entry.name !== 'node_modules') yield* files(path);
    else if (entry.isFile()) yield path;
  }
}

const LINES_MAX = 600;
const sources = ['src', 'cli', 'console', 'tools', 'tests', 'bench']
  .flatMap((room) => [...files(room)])
  .filter((path) => /\.(tsx?|mjs)$/.test(path));
const code = sources.filter((path) => !path.endsWith('.test.ts') && !path.includes('.generated.'));
const text = (path: string) => readFileSync(path, 'utf8');

describe('the code', () => {
  it('keeps every file short enough to be read', () => {
    expect(code.filter((path) => text(path).split('\n').length > LINES_MAX)).toEqual([]);
  });

  it('leaves nothing to be done later in a comment', () => {
    expect(
      code.filter((path) => /\b(TODO|FIXME|XXX|HACK)\b/.test(text(path)) && path !== 'tools/tidy.test.ts'),
    ).toEqual([]);
  });

  it('takes time and chance from the kernel only', () => {
    const services = sources.filter((path) => path.startsWith('src/services/') && !path.endsWith('.test.ts'));
    expect(
      services.filter((path) => /\b(Date\.now\(\)|Math\.random\(\)|randomUUID\()|new Date\(\)/.test(text(path))),
    ).toEqual([]);
  });

  it('knows no HTTP in services, and no AWS package in engines and kernel', () => {
    expect(
      sources.filter(
        (path) =>
          path.startsWith('src/services/') && !path.endsWith('.test.ts') && /from 'node:https?2?'/.test(text(path)),
      ),
    ).toEqual([]);
    const inner = sources.filter(
      (path) => /^src\/(engines|kernel)\//.test(path) && !/\.(test|fixture)\.ts$/.test(path),
    );
    expect(inner.filter((path) => /from '@(aws-sdk|smithy)\//.test(text(path)))).toEqual([]);
  });

  it('skips or focuses no test without a reason', () => {
    const tests = sources.filter((path) => path.endsWith('.test.ts') && path !== join('tools', 'tidy.test.ts'));
    expect(tests.filter((path) => /\b(it|describe|test)\.(only|skip)\(/.test(text(path)))).toEqual([]);
  });

  it('numbers its decisions without a gap', () => {
    const numbers = readdirSync('docs/decisions')
      .filter((name) => /^\d{4}-/.test(name))
      .map((name) => Number(name.slice(0, 4)))
      .sort((a, b) => a - b);
    expect(numbers).toEqual(numbers.map((_, index) => index + 1));
  });
});
