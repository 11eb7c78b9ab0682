import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** The package as users get it: packed, installed in an empty folder, without the optional heavy libraries. Needs the npm registry. */
const skip =
  process.env['CI'] || process.env['OUTCROP_TEST_PACKAGE']
    ? undefined
    : 'it installs packages; set OUTCROP_TEST_PACKAGE=1';
const CORE_BYTES_MAX = 80 * 1024 * 1024;

describe.skipIf(skip !== undefined)(`the published package${skip ? ` (skipped: ${skip})` : ''}`, () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'outcrop-package-'));
    const env = { ...process.env, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' };
    const packed = execFileSync('npm', ['pack', '--silent', '--pack-destination', folder], { encoding: 'utf8', env })
      .trim()
      .split('\n')
      .at(-1)!;
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'user', private: true, type: 'module' }));
    execFileSync('npm', ['install', '--silent', '--no-audit', '--no-fund', '--omit=optional', `./${packed}`], {
      cwd: folder,
      env,
    });
  }, 300_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('is small without the optional libraries', () => {
    const size = (path: string): number =>
      statSync(path).isDirectory()
        ? readdirSync(path).reduce((sum, name) => sum + size(join(path, name)), 0)
        : statSync(path).size;
    const bytes = size(join(folder, 'node_modules'));
    console.log(`installed core: ${(bytes / 1024 / 1024).toFixed(1)} MiB`);
    expect(bytes).toBeLessThan(CORE_BYTES_MAX);
  });

  it('is a library: startOutcrop() serves a stack in the process', () => {
    writeFileSync(
      join(folder, 'use.mjs'),
      `import { startOutcrop, VERSION } from 'outcrop';
       const outcrop = await startOutcrop({ ephemeral: true, port: 0 });
       const health = await (await fetch(outcrop.endpoint + '/_outcrop/health')).text();
       console.log(JSON.stringify({ health, VERSION, services: outcrop.services }));
       await outcrop.stop();`,
    );
    const printed = JSON.parse(execFileSync('node', ['use.mjs'], { cwd: folder, encoding: 'utf8' })) as {
      health: string;
      services: string[];
    };
    expect(printed.health).toBe('ok');
    expect(printed.services).toEqual(expect.arrayContaining(['s3', 'sts', 'bedrock-runtime']));
  });

  it('has types that compile alone', () => {
    writeFileSync(
      join(folder, 'use.ts'),
      `import { startOutcrop, type Outcrop } from 'outcrop';\nexport const started: Promise<Outcrop> = startOutcrop({ ephemeral: true, rules: [{ service: 's3', times: 1 }] });\n// @ts-expect-error there is no such option\nvoid startOutcrop({ ephemral: true });\n`,
    );
    const tsc = join(process.cwd(), 'node_modules/typescript-7/bin/tsc');
    execFileSync(
      'node',
      [tsc, '--ignoreConfig', '--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2023', 'use.ts'],
      { cwd: folder, encoding: 'utf8' },
    );
  });

  it('is a command: npx outcrop starts a stack that answers, and stops on SIGTERM', async () => {
    const port = await freePort();
    const started = spawn('npx', ['outcrop', '--port', String(port), '--ephemeral'], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true,
    });
    let output = '';
    started.stdout.on('data', (chunk) => (output += chunk));
    await expect.poll(() => output, { timeout: 20_000 }).toContain('Paste one of these');
    expect(output).toContain(`http://127.0.0.1:${port}`);
    expect(await (await fetch(`http://127.0.0.1:${port}/_outcrop/health`)).text()).toBe('ok');
    const page = await fetch(`http://127.0.0.1:${port}/`, { headers: { accept: 'text/html' } });
    expect(await page.text()).toContain('<title>Outcrop</title>');
    process.kill(-started.pid!, 'SIGTERM');
    await new Promise((resolve) => started.once('exit', resolve));
    await expect(fetch(`http://127.0.0.1:${port}/_outcrop/health`)).rejects.toThrow();
  });
});

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
