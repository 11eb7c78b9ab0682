import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { startForTests } from '../start.ts';

const folder = mkdtempSync(join(tmpdir(), 'outcrop-cli-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const CLI = resolve('cli/outcrop.ts');
const TSX = import.meta.resolve('tsx');

/** Runs `outcrop …` in a folder, as a user does. */
async function outcrop(
  args: string[],
  env: Record<string, string> = {},
): Promise<{ code: number | null; out: string; err: string }> {
  const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(AWS_|OUTCROP_)/.test(name)));
  const child = spawn(process.execPath, ['--import', TSX, CLI, ...args], {
    cwd: folder,
    env: { ...clean, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  const code = await new Promise<number | null>((settle) => child.once('exit', settle));
  return { code, out, err };
}

/** A program that asks a model, and prints what it says; it ends with 3 where that fails. */
const PROGRAM = `
import { BedrockRuntimeClient, ConverseCommand } from ${JSON.stringify(import.meta.resolve('@aws-sdk/client-bedrock-runtime'))};
const client = new BedrockRuntimeClient({ maxAttempts: 1 });
const ask = (text) => client.send(new ConverseCommand({ modelId: 'us.amazon.nova-lite-v1:0', messages: [{ role: 'user', content: [{ text }] }] }));
try {
  for (const text of process.argv.slice(2)) console.log((await ask(text)).output.message.content[0].text);
} catch (error) {
  console.log(error.name);
  process.exit(3);
}
`;

describe('outcrop rules', () => {
  it('lists what is in effect, checks files without a stack, and clears', { timeout: 180_000 }, async () => {
    const stack = await startForTests();
    const env = { AWS_ENDPOINT_URL: stack.endpoint };
    await stack.rules.set([{ id: 'busy', description: 'always busy', service: 'sts', fault: 'throttle', priority: 3 }]);
    expect((await outcrop(['rules'], env)).out).toMatch(/^busy +api +0 calls, priority 3\n {2}always busy/);
    expect((await outcrop(['rules', 'clear'], env)).out).toBe('There are no rules.\n');
    expect(await stack.rules.list()).toEqual([]);
    writeFileSync(join(folder, 'good.yaml'), '- say: hello\n- { service: s3, fault: throttle }\n');
    expect(await outcrop(['rules', 'check', 'good.yaml'])).toMatchObject({ code: 0, out: '2 rules, all right\n' });
    writeFileSync(join(folder, 'bad.yaml'), '- say: hello\n- { service: s3, fualt: throttle }\n');
    const { code, err } = await outcrop(['rules', 'check', 'bad.yaml']);
    expect(code).toBe(1);
    expect(err).toContain('bad.yaml:2:18: [1].fualt: unknown key fualt; did you mean fault?');
    expect(JSON.parse((await outcrop(['rules', 'schema'])).out)).toEqual(
      JSON.parse(readFileSync('docs/rules.schema.json', 'utf8')),
    );
    expect((await outcrop(['cassettes'], env)).out).toBe('No cassette has been used.\n');
  });
});

describe('outcrop record and outcrop replay', () => {
  it(
    'run a command on a stack of its own, record what it calls, and answer it from there; its exit code is theirs',
    { timeout: 180_000 },
    async () => {
      writeFileSync(join(folder, 'program.mjs'), PROGRAM);
      const run = (...texts: string[]) => ['--', process.execPath, 'program.mjs', ...texts];
      // No stack answers there: one of the command's own is started, though another may be running on this machine.
      const env = { AWS_ENDPOINT_URL: 'http://127.0.0.1:9' };
      const recorded = await outcrop(['record', 'calls.yaml', ...run('Repeat: one', 'Repeat: two')], env);
      expect(recorded).toMatchObject({
        code: 0,
        err: expect.stringContaining('calls.yaml: 2 entries; 0 played, 2 recorded, 0 not found'),
      });
      const cassette = join(folder, 'calls.yaml');
      expect(existsSync(cassette)).toBe(true);
      // What the cassette says is what is answered, not what would be computed.
      writeFileSync(
        cassette,
        readFileSync(cassette, 'utf8').replaceAll(/^( +- text: )(?!["']?Repeat).*$/gm, '$1from the cassette'),
      );
      const replayed = await outcrop(['replay', 'calls.yaml', ...run('Repeat: one', 'Repeat: two')], env);
      expect(replayed).toMatchObject({ code: 0, out: 'from the cassette\nfrom the cassette\n' });
      const missed = await outcrop(['replay', 'calls.yaml', ...run('Repeat: three')], env);
      expect(missed).toMatchObject({
        code: 3,
        out: 'OutcropCassetteMiss\n',
        err: expect.stringContaining('1 not found'),
      });
    },
  );

  it('tell the command of that stack alone, whatever else it was told of', { timeout: 180_000 }, async () => {
    writeFileSync(join(folder, 'program.mjs'), PROGRAM);
    const env = {
      AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
      AWS_ENDPOINT_URL_BEDROCK_RUNTIME: 'http://127.0.0.1:9',
      AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'false',
      AWS_SESSION_TOKEN: 'of-another-session',
      AWS_PROFILE: 'of-another-account',
    };
    const recorded = await outcrop(['record', 'told.yaml', '--', process.execPath, 'program.mjs', 'Repeat: one'], env);
    expect(recorded).toMatchObject({ code: 0, err: expect.stringContaining('1 recorded') });
  });
});
