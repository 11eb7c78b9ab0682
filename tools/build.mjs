// Bundles the server and the CLI into dist/, each SDK client's run-time schemas included, so that users install no SDK, and the console
// beside them. Plain JavaScript: it runs before anything else is built.
import { createHash } from 'node:crypto';
import { cpSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { licensesOf } from './licenses.mjs';

const STAMP = 'dist/.stamp';

function* files(directory) {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) yield* files(path);
    else yield path;
  }
}

const sources = ['src', 'cli', 'console', 'docs']
  .filter((room) => existsSync(room))
  .flatMap((room) => [...files(room)])
  .filter((path) => !path.endsWith('.test.ts'));

/** What the build was made from: names, sizes and times of the sources. */
export function stamp() {
  const hash = createHash('sha256');
  for (const path of [...sources, 'package.json', 'package-lock.json', 'tools/build.mjs'].sort()) {
    const { size, mtimeMs } = statSync(path);
    hash.update(`${path} ${size} ${mtimeMs}\n`);
  }
  return hash.digest('hex');
}

export function isFresh() {
  return existsSync(STAMP) && readFileSync(STAMP, 'utf8') === stamp();
}

export async function buildAll() {
  // Loaded only to build: a start that finds all in place does not wait for it.
  const [{ build }, vite] = await Promise.all([import('esbuild'), import('vite')]);
  const { dependencies = {}, optionalDependencies = {} } = JSON.parse(readFileSync('package.json', 'utf8'));
  const external = [...Object.keys(dependencies), ...Object.keys(optionalDependencies)].flatMap((name) => [
    name,
    `${name}/*`,
  ]);
  const workers = sources.filter((path) => /[.-]worker\.ts$/.test(path));
  // Made aside and moved into place: a build that fails leaves the last good one.
  const out = `dist.${process.pid}`;
  const server = build({
    entryPoints: {
      main: 'src/main.ts',
      'cli/outcrop': 'cli/outcrop.ts',
      // Workers are found beside the chunk that starts them, under their own names.
      ...Object.fromEntries(workers.map((path) => [basename(path, '.ts'), path])),
    },
    outdir: out,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    chunkNames: '[name]-[hash]',
    mainFields: ['module', 'main'],
    conditions: ['module'],
    external: [...external, 'tsx', 'tsx/*', 'node-llama-cpp', '@node-llama-cpp/*'],
    banner: {
      js: "import { createRequire as outcropRequire } from 'node:module'; const require = outcropRequire(import.meta.url);",
    },
    legalComments: 'none',
    minifySyntax: true,
    minifyWhitespace: true,
    metafile: true,
    logLevel: 'warning',
  });
  // A test that packs the package hands its own environment on, and React would be the one for developers.
  process.env.NODE_ENV = 'production';
  const console_ = vite.build({
    configFile: 'console/vite.config.ts',
    mode: 'production',
    build: { outDir: resolve(out, 'console'), emptyOutDir: false },
  });
  const built = await Promise.allSettled([server, console_]);
  const failed = built.find(({ status }) => status === 'rejected');
  if (failed) {
    rmSync(out, { recursive: true, force: true });
    throw failed.reason;
  }
  writeFileSync(`${out}/THIRD-PARTY-LICENSES`, licensesOf(Object.keys(built[0].value.metafile.inputs)));
  // The documentation for `outcrop docs`, for coding agents and for the console.
  cpSync('docs', `${out}/docs`, { recursive: true, filter: (path) => !path.includes('decisions') });
  cpSync('llms.txt', `${out}/llms.txt`);
  writeFileSync(`${out}/.stamp`, stamp());
  rmSync('dist', { recursive: true, force: true });
  renameSync(out, 'dist');
}

if (process.argv[1]?.endsWith('build.mjs')) await buildAll();
