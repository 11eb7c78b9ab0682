// `npm start`: installs what is missing, builds what is missing, starts. Plain JavaScript without packages: on a fresh clone there are none.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

/** npm writes its own copy of the lock file into node_modules: when they differ in versions, something is missing. */
function isInstalled() {
  if (!existsSync('node_modules/.package-lock.json')) return false;
  const wanted = JSON.parse(readFileSync('package-lock.json', 'utf8')).packages;
  const found = JSON.parse(readFileSync('node_modules/.package-lock.json', 'utf8')).packages;
  return Object.entries(wanted).every(
    ([path, { version, optional, devOptional, peer }]) =>
      path === '' || optional || devOptional || peer || found[path]?.version === version,
  );
}

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`Outcrop needs Node.js 20.19 or later; this is ${process.version}.`);
  process.exit(1);
}
if (!isInstalled()) {
  console.error('Installing packages (once, about a minute) …');
  // ONNX Runtime's install script fetches from a host of its own; nothing here needs it.
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    stdio: ['ignore', 2, 'inherit'],
    shell: process.platform === 'win32',
    env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' },
  });
  if (status !== 0) process.exit(status ?? 1);
}
const { buildAll, isFresh } = await import('./build.mjs').catch((error) => {
  console.error(`The build tool could not be loaded: ${error.message}\nRemove node_modules and run npm start again.`);
  process.exit(1);
});
if (!isFresh()) {
  console.error('Building …');
  await buildAll();
}
if (process.argv.includes('--build-only')) process.exit(0);
process.argv.splice(2, 0, 'start');
await import('../dist/cli/outcrop.js');
