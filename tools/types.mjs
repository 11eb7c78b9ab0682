// The types of the published library: src/main/api.ts compiled by itself, and what main exports beside it.
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';

const { status } = spawnSync(
  'node',
  [
    'node_modules/typescript-7/bin/tsc',
    'src/main/api.ts',
    '--ignoreConfig',
    '--declaration',
    '--emitDeclarationOnly',
    '--outDir',
    'dist/types',
    '--module',
    'nodenext',
    '--target',
    'es2023',
    '--allowImportingTsExtensions',
  ],
  { stdio: 'inherit' },
);
if (status !== 0) process.exit(1);
writeFileSync(
  'dist/outcrop.d.ts',
  `${readFileSync('dist/types/api.d.ts', 'utf8')}
export declare const startOutcrop: StartOutcrop;
export declare class ConfigError extends Error {}
/** Ours, as published. */
export declare const VERSION: string;
`,
);
rmSync('dist/types', { recursive: true });
