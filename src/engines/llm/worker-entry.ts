import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

/**
 * The entry file of a worker and how Node starts it: the TypeScript source (through tsx) where it stands beside the module
 * at `from` (its `import.meta.url`), as in a clone and under vitest; else the bundle's own entry file `<name>.js`.
 */
export function workerEntry(name: string, from: string): { file: URL; execArgv: string[] } {
  const source = new URL(`./${name}.ts`, from);
  if (!existsSync(fileURLToPath(source))) return { file: new URL(`./${name}.js`, from), execArgv: [] };
  return { file: source, execArgv: ['--import', pathToFileURL(createRequire(from).resolve('tsx')).href] };
}
