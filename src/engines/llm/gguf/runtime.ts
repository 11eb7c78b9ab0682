import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { LlmError } from '../types.ts';

/** The release of node-llama-cpp that this backend is written for, tested and pinned. */
export const RUNTIME_VERSION = '3.22.1';
const RUNTIME_PACKAGE = 'node-llama-cpp';

/** The most that is kept of npm's output for an error message, in characters. */
const OUTPUT_CHARS_MAX = 4_000;

/** npm's name of the prebuilt binary for each platform and processor: the plain CPU build, which needs no drivers. */
const PLATFORM_PACKAGES: Record<string, string> = {
  'linux-x64': 'linux-x64',
  'linux-arm64': 'linux-arm64',
  'linux-arm': 'linux-armv7l',
  'linux-riscv64': 'linux-riscv64',
  'darwin-arm64': 'mac-arm64-metal',
  'darwin-x64': 'mac-x64',
  'win32-x64': 'win-x64',
  'win32-arm64': 'win-arm64',
};

/**
 * The package with llama.cpp itself for this machine.
 * @throws LlmError 'unsupported' where there is none.
 */
function platformPackage(platform: string = process.platform, arch: string = process.arch): string {
  const name = PLATFORM_PACKAGES[`${platform}-${arch}`];
  if (name === undefined)
    throw new LlmError('unsupported', `llama.cpp has no prebuilt binary for ${platform} on ${arch}.`);
  return `@node-llama-cpp/${name}`;
}

/** The packages that make up the runtime, with their exact versions. */
const packages = () => [`${RUNTIME_PACKAGE}@${RUNTIME_VERSION}`, `${platformPackage()}@${RUNTIME_VERSION}`];

// Without `--omit=optional` npm adds the builds for CUDA and Vulkan: 725 MB instead of 85. Scripts would compile llama.cpp.
const NPM_FLAGS = ['--omit=optional', '--ignore-scripts', '--no-save', '--no-audit', '--no-fund'];

/** What a user types to add the runtime. */
export const installCommand = (runtimeDir?: string): string =>
  [
    'npm',
    'install',
    ...(runtimeDir === undefined ? [] : ['--prefix', JSON.stringify(runtimeDir)]),
    ...NPM_FLAGS,
    ...packages(),
  ].join(' ');

/**
 * Where the runtime's entry module is, as a URL to import: in `runtimeDir`, or where Node would find it from here.
 * @throws LlmError 'unsupported' with the command that adds it.
 */
export function findRuntime(runtimeDir?: string): string {
  const paths = createRequire(import.meta.url).resolve.paths(RUNTIME_PACKAGE) ?? [];
  const wrong: string[] = [];
  for (const modules of runtimeDir === undefined ? paths : [join(runtimeDir, 'node_modules'), ...paths]) {
    const version = versionAt(modules);
    if (version === RUNTIME_VERSION) return pathToFileURL(join(modules, RUNTIME_PACKAGE, 'dist', 'index.js')).href;
    if (version !== undefined) wrong.push(version);
  }
  const why = wrong.length > 0 ? `it is there in version ${wrong.join(', ')}` : 'it is not installed';
  throw new LlmError(
    'unsupported',
    `GGUF models need ${RUNTIME_PACKAGE} ${RUNTIME_VERSION} (85 MB): ${why}. Add it with: ${installCommand(runtimeDir)}`,
  );
}

/** The installed version below a node_modules folder, if the binary for this machine is there too. */
function versionAt(modules: string): string | undefined {
  const manifest = join(modules, RUNTIME_PACKAGE, 'package.json');
  if (!existsSync(manifest) || !existsSync(join(modules, platformPackage(), 'package.json'))) return undefined;
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
}

export type InstallOptions = {
  /** Lines that npm writes. */
  onProgress?: (line: string) => void;
  signal?: AbortSignal;
};

/**
 * Installs node-llama-cpp and this machine's binary below `runtimeDir`, from the npm registry that the user has configured. Nothing
 * is half there at any time: npm works in a folder beside, which takes its place when it is complete. No script of a package is run.
 *
 * @throws LlmError 'invalid' when `runtimeDir` is a project or holds other packages; 'unavailable' with npm's last words when
 * it fails; the reason of `signal` when aborted.
 */
export async function installRuntime(runtimeDir: string, { onProgress, signal }: InstallOptions = {}): Promise<void> {
  signal?.throwIfAborted();
  checkOwnDirectory(runtimeDir);
  await mkdir(runtimeDir, { recursive: true });
  const staging = await mkdtemp(join(runtimeDir, '.installing-'));
  try {
    // Without a manifest of its own npm would climb to a project above and change that.
    await writeFile(join(staging, 'package.json'), '{ "private": true }\n');
    await runNpm(['install', ...NPM_FLAGS, ...packages()], staging, onProgress, signal);
    if (versionAt(join(staging, 'node_modules')) !== RUNTIME_VERSION) {
      throw new LlmError('unavailable', `npm did not install ${packages().join(' and ')}.`);
    }
    const target = join(runtimeDir, 'node_modules');
    await rm(target, { recursive: true, force: true });
    await rename(join(staging, 'node_modules'), target).catch((error: unknown) => {
      // Another process was a moment faster with the same.
      if (versionAt(target) !== RUNTIME_VERSION) throw error;
    });
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

/** What is in the directory's node_modules will be replaced, so it must be nothing of anybody else. */
function checkOwnDirectory(runtimeDir: string): void {
  const manifest = join(runtimeDir, 'package.json');
  const modules = join(runtimeDir, 'node_modules');
  const named = existsSync(manifest) && /"(name|dependencies|devDependencies)"/.test(readFileSync(manifest, 'utf8'));
  const foreign = existsSync(modules) && readdirSync(modules).length > 0 && !existsSync(join(modules, RUNTIME_PACKAGE));
  if (named || foreign) {
    throw new LlmError('invalid', `${runtimeDir} holds other packages; the runtime needs a directory of its own.`);
  }
}

async function runNpm(
  args: string[],
  cwd: string,
  onProgress?: (line: string) => void,
  signal?: AbortSignal,
): Promise<void> {
  let output = '';
  const child = spawn(process.execPath, [findNpm(), ...args], {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
    killSignal: 'SIGKILL',
  });
  for (const stream of [child.stdout, child.stderr]) {
    let line = '';
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-OUTPUT_CHARS_MAX);
      const lines = (line + text).split(/\r?\n/);
      line = lines.pop()!.slice(-OUTPUT_CHARS_MAX);
      for (const each of lines) if (each.trim() !== '') onProgress?.(each);
    });
  }
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  }).catch((error: unknown) => {
    signal?.throwIfAborted();
    throw new LlmError('unavailable', `npm could not be started: ${(error as Error).message}`, { cause: error });
  });
  signal?.throwIfAborted();
  if (status !== 0) throw new LlmError('unavailable', `npm ended with status ${status}: ${output.trim()}`);
}

/** npm's own script, which Node can run without a shell on every platform (`npm.cmd` on Windows cannot). */
function findNpm(): string {
  const bin = dirname(process.execPath);
  const script = join('node_modules', 'npm', 'bin', 'npm-cli.js');
  const onPath = (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'npm'));
  const found = [
    process.env['npm_execpath'] ?? '',
    join(bin, script),
    join(bin, '..', 'lib', script),
    ...onPath.filter((file) => existsSync(file)).map((file) => realpathSync(file)),
  ].find((file) => file.endsWith('npm-cli.js') && existsSync(file));
  if (found === undefined)
    throw new LlmError('unsupported', 'npm was not found beside Node; it is needed to add the runtime.');
  return found;
}
