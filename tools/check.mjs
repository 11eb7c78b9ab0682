// `npm run check`: types, lint, format, import rules, dead code, generated files. Runs all, then fails if any failed.
import { spawnSync } from 'node:child_process';

const steps = [
  ['types', ['node', 'node_modules/typescript-7/bin/tsc', '-p', 'tsconfig.json']],
  ['types of the console', ['node', 'node_modules/typescript-7/bin/tsc', '-p', 'console/tsconfig.json']],
  ['types of its tests', ['node', 'node_modules/typescript-7/bin/tsc', '-p', 'tests/console/tsconfig.json']],
  ['lint', ['npx', 'oxlint', '--type-aware', '--deny-warnings']],
  ['format', ['npx', 'oxfmt', '--check', '.']],
  ['imports', ['node', 'tools/imports.mjs']],
  ['dead code', ['npx', 'knip']],
  ['style', ['npx', 'vitest', 'run', 'tools/tidy.test.ts', '--reporter=dot']],
  ['manifest', ['npx', 'tsx', 'tools/manifest.ts', '--check']],
  ['actions', ['npx', 'tsx', 'tools/actions.ts', '--check']],
  ['llms.txt', ['npx', 'tsx', 'tools/llms.ts', '--check']],
  ['coverage table', ['npx', 'tsx', 'tools/coverage.ts', '--check']],
];

const failed = [];
for (const [name, [command, ...words]] of steps) {
  const started = Date.now();
  const { status, stdout, stderr } = spawnSync(command, words, {
    encoding: 'utf8',
    shell: process.platform === 'win32',
    env: { ...process.env, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
  });
  console.log(`${status === 0 ? 'ok  ' : 'FAIL'} ${name} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
  if (status === 0) continue;
  failed.push(name);
  console.log(`${stdout}${stderr}`.trim());
}
if (failed.length > 0) {
  console.error(`check failed: ${failed.join(', ')}`);
  process.exit(1);
}
