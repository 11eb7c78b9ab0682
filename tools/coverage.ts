import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { coverage } from '../src/gateway/coverage.ts';
import { manifest } from '../src/gateway/manifest.ts';
import { Services } from '../src/gateway/services.ts';

/** Writes docs/coverage.md from the operation tables; `--check` fails on a difference instead. */
const FILE = 'docs/coverage.md';
const { services } = await coverage(new Services(manifest));
const text = `# Coverage

Generated from the operation tables by \`npm run coverage\`. An operation that is not built answers 501 and names itself.
What a built operation does not honour stands under Gaps on the service's page.

| service | built | of |
|---|---|---|
${services.map(({ sdk, name, built, unbuilt }) => `| [${name}](services/${sdk}.md) | ${built.length} | ${built.length + unbuilt.length} |`).join('\n')}

${services.map(({ name, built, unbuilt }) => `## ${name}\n\nBuilt: ${built.join(', ') || 'nothing'}.\n\nNot built: ${unbuilt.join(', ') || 'nothing'}.`).join('\n\n')}
`;
if (process.argv.includes('--check')) {
  if (!existsSync(FILE) || readFileSync(FILE, 'utf8') !== text) {
    console.error(`${FILE} is out of date: npm run coverage`);
    process.exit(1);
  }
} else writeFileSync(FILE, text);
