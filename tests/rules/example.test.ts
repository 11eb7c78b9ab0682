import { execFile, execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

// Plain JavaScript without types.
const build = (await import(new URL('../../tools/build.mjs', import.meta.url).href)) as { isFresh: () => boolean };

const run = promisify(execFile);
let folder: string;

/** The example as a user has it: in a folder of its own, with the package beside its other packages. */
beforeAll(() => {
  if (!build.isFresh()) execFileSync(process.execPath, ['tools/start.mjs', '--build-only'], { stdio: 'ignore' });
  folder = mkdtempSync(join(tmpdir(), 'outcrop-example-'));
  cpSync('examples/testing-an-agent', folder, { recursive: true });
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(resolve('.'), join(folder, 'node_modules/outcrop'));
  for (const name of ['@aws-sdk', 'vitest'])
    symlinkSync(resolve('node_modules', name), join(folder, 'node_modules', name));
  symlinkSync(resolve('node_modules/.bin'), join(folder, 'node_modules/.bin'));
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const environment = () => {
  const clean = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(AWS_|OUTCROP_|VITEST|NODE_OPTIONS)/.test(name)),
  );
  return { ...clean, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true', NO_COLOR: '1' };
};

describe('examples/testing-an-agent', () => {
  it('passes under Vitest', { timeout: 120_000 }, async () => {
    const { stdout } = await run('npm', ['run', 'test:vitest'], { cwd: folder, env: environment() });
    expect(stdout).toMatch(/Tests +5 passed \(5\)/);
  });

  it('passes under node:test', { timeout: 120_000 }, async () => {
    const { stdout } = await run('npm', ['run', 'test:node'], { cwd: folder, env: environment() });
    expect(stdout).toMatch(/# pass 4\n# fail 0/);
  });
});
