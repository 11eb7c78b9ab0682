import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

/**
 * The entry file of a worker and how Node starts it. The code that runs in threads and processes of its own is found beside the module at
 * `from` (its `import.meta.url`): the TypeScript source, as in a clone and under vitest, or the bundle's own file `<name>.js` beside the
 * chunk that holds that module.
 */
export type Entry = { file: URL; filename: string; execArgv: string[] };

/** For a worker thread. Node 20 strips no types and `--import tsx` leaves worker threads alone: the thread registers tsx's loader itself. */
export function threadEntry(name: string, from: string): Entry {
  const found = entryOf(name, from);
  if (!found.isSource) return { ...found, execArgv: [] };
  // `require.resolve` finds the CommonJS build, whose register() looks for its hooks in the wrong folder; the ES build lies beside it.
  const tsx = new URL('index.mjs', pathToFileURL(createRequire(from).resolve('tsx/esm/api'))).href;
  const loader = `import { register } from ${JSON.stringify(tsx)}; register();`;
  return { ...found, execArgv: ['--import', `data:text/javascript,${encodeURIComponent(loader)}`] };
}

/** For a child process. */
export function processEntry(name: string, from: string): Entry {
  const found = entryOf(name, from);
  return {
    ...found,
    execArgv: found.isSource ? ['--import', pathToFileURL(createRequire(from).resolve('tsx')).href] : [],
  };
}

function entryOf(name: string, from: string): { file: URL; filename: string; isSource: boolean } {
  const source = new URL(`./${name}.ts`, from);
  const isSource = existsSync(fileURLToPath(source));
  const file = isSource ? source : new URL(`./${name}.js`, from);
  return { file, filename: fileURLToPath(file), isSource };
}
