/**
 * Writes `src/protocol/constraints/<sdk-client-name>.json`: what the SDK's run-time schemas lack, from botocore's models.
 *
 *     npx tsx tools/constraints/generate.ts [--check] [<sdk-client-name>...]
 *
 * Needs Python 3; installs the botocore release of `requirements.txt` into `.cache/venv` when it is not there. With
 * `--check` it writes nothing and fails when a file differs. Without names it does all of `SERVICES`.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { ConstraintData } from '../../src/protocol/constraints/data.ts';
import type { CompiledPattern } from '../../src/protocol/constraints/pattern.ts';
import { compilePattern, UnsupportedPattern } from '../../src/protocol/constraints/pattern.ts';

/** The services that have constraints, by the names of their SDK clients. */
export const SERVICES = [
  'bedrock',
  'bedrock-agent',
  'bedrock-runtime',
  'cloudtrail',
  'glacier',
  'iam',
  'kms',
  'organizations',
  's3',
  'secrets-manager',
  'ssm',
  'sts',
];

const run = promisify(execFile);
const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.resolve(here, '../..');
const venv = path.join(root, '.cache/venv');
const OUTPUT_BYTES_MAX = 256 * 1024 * 1024;

/** Where the constraints of a service are kept. */
export function constraintsFile(service: string): string {
  return path.join(root, 'src/protocol/constraints', `${service}.json`);
}

/** The Python that has the pinned botocore, or `undefined` when it has not been installed. */
export async function installedPython(): Promise<string | undefined> {
  const python = path.join(venv, 'bin/python');
  if (!existsSync(python)) return undefined;
  const pinned = /^botocore==(.+)$/m.exec(await readFile(path.join(here, 'requirements.txt'), 'utf8'))?.[1];
  const program = 'import importlib.metadata; print(importlib.metadata.version("botocore"))';
  const found = await run(python, ['-c', program]).then(
    ({ stdout }) => stdout.trim(),
    () => undefined,
  );
  return found === pinned ? python : undefined;
}

/** Installs the pinned botocore into `.cache/venv`; returns its Python. */
export async function installPython(): Promise<string> {
  await run('python3', ['-m', 'venv', venv]);
  const python = path.join(venv, 'bin/python');
  await run(python, ['-m', 'pip', 'install', '--quiet', '--requirement', path.join(here, 'requirements.txt')]);
  return python;
}

/** The text of each service's constraint file, generated anew. */
export async function generate(python: string, services: readonly string[]): Promise<Map<string, string>> {
  const arguments_ = [path.join(here, 'generate.py'), ...services];
  const { stdout } = await run(python, arguments_, {
    maxBuffer: OUTPUT_BYTES_MAX,
    env: { ...process.env, PYTHONIOENCODING: 'utf-8' },
  });
  const facts = JSON.parse(stdout) as Record<string, ConstraintData>;
  return new Map(Object.entries(facts).map(([service, data]) => [service, print(withPatternLists(data))]));
}

/** Tries every pattern on the engine that will evaluate it, and lists those that it cannot hold to the letter. */
function withPatternLists(data: ConstraintData): ConstraintData {
  const unsupportedPatterns: string[] = [];
  const relaxedPatterns: string[] = [];
  for (const [name, { pattern, max }] of Object.entries(data.shapes)) {
    if (pattern === undefined) continue;
    const compiled = tryPattern(pattern);
    if (compiled === undefined) unsupportedPatterns.push(name);
    else if (compiled.exactLengthMax !== undefined && (max ?? Infinity) > compiled.exactLengthMax)
      relaxedPatterns.push(name);
  }
  return {
    ...data,
    ...(unsupportedPatterns.length > 0 ? { unsupportedPatterns } : {}),
    ...(relaxedPatterns.length > 0 ? { relaxedPatterns } : {}),
  };
}

function tryPattern(pattern: string): CompiledPattern | undefined {
  try {
    return compilePattern(pattern);
  } catch (error) {
    if (error instanceof UnsupportedPattern) return undefined;
    throw error;
  }
}

/** JSON with one line for each operation, error and shape: small, and its differences can be read. */
function print(data: ConstraintData): string {
  const table = (entries: Record<string, unknown>): string => {
    const lines = Object.entries(entries).map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`);
    return lines.length === 0 ? '{}' : `{\n${lines.join(',\n')}\n}`;
  };
  const sections = Object.entries(data).map(([name, value]) => {
    const tabular = name === 'operations' || name === 'errors' || name === 'shapes';
    return `${JSON.stringify(name)}:${tabular ? table(value as Record<string, unknown>) : JSON.stringify(value)}`;
  });
  return `{\n${sections.join(',\n')}\n}\n`;
}

async function main(args: readonly string[]): Promise<void> {
  const check = args.includes('--check');
  const named = args.filter((argument) => !argument.startsWith('--'));
  const python = (await installedPython()) ?? (await installPython());
  for (const [service, text] of await generate(python, named.length > 0 ? named : SERVICES)) {
    const file = constraintsFile(service);
    const { unsupportedPatterns = [], relaxedPatterns = [], shapes } = JSON.parse(text) as ConstraintData;
    const patterns = Object.values(shapes).filter((shape) => shape.pattern !== undefined).length;
    console.log(
      `${service}: ${Buffer.byteLength(text)} bytes, ${Object.keys(shapes).length} shapes, ${patterns} patterns, ` +
        `${unsupportedPatterns.length} not enforced, ${relaxedPatterns.length} relaxed`,
    );
    if (!check) await writeFile(file, text);
    else if (!existsSync(file) || (await readFile(file, 'utf8')) !== text) {
      console.error(
        `${path.relative(root, file)} is not what botocore's model says: run tools/constraints/generate.ts`,
      );
      process.exitCode = 1;
    }
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv.slice(2));
