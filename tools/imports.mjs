// The import rules of docs/architecture.md. dependency-cruiser reads nothing, and says that all is well, when it finds no TypeScript
// compiler that it knows: so the number of modules is asserted.
import { createRequire } from 'node:module';
import { cruise } from 'dependency-cruiser';
import extractTSConfig from 'dependency-cruiser/config-utl/extract-ts-config';

const { forbidden, options } = createRequire(import.meta.url)('../.dependency-cruiser.cjs');
const { output } = await cruise(
  ['src', 'cli', 'bench', 'console'],
  { ...options, validate: true, ruleSet: { forbidden } },
  undefined,
  { tsConfig: extractTSConfig('tsconfig.json') },
);
const { totalCruised, violations } = output.summary;
for (const { rule, from, to } of violations) console.error(`${rule.name}: ${from} → ${to}`);
if (totalCruised === 0) console.error('no module was read');
if (violations.length > 0 || totalCruised === 0) process.exit(1);
console.log(`${totalCruised} modules, no forbidden import`);
