import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { listDocuments } from '../cli/documents.ts';

/** Writes llms.txt, the index of the documentation for language models (llmstxt.org), from the pages; `--check` fails on a difference. */
const FILE = 'llms.txt';
const line = ({ path, title, summary }: ReturnType<typeof listDocuments>[0]) =>
  `- [${title.replaceAll('`', '')}](docs/${path})${summary === '' ? '' : `: ${summary}`}`;
const documents = listDocuments();
const text = `# Outcrop

> The AWS AI stack on your own machine: one TypeScript program, one port, the AWS APIs for unchanged SDKs, CLI and frameworks, and real work
> behind them. Point AWS_ENDPOINT_URL at it (default http://127.0.0.1:4566, key \`test\`, secret \`test\`).

Start it with \`npx outcrop\`. An operation that is not built answers 501 and names itself; what a built one does not honour stands under
Gaps on its service's page. \`outcrop docs <page>\` prints a page, \`outcrop mcp\` serves coding agents, SKILL.md says how to work with it.

## Services

${documents
  .filter(({ path }) => path.startsWith('services/'))
  .map(line)
  .join('\n')}

## Subjects

${documents
  .filter(({ path }) => !path.startsWith('services/'))
  .map(line)
  .join('\n')}
`;
if (process.argv.includes('--check')) {
  if (!existsSync(FILE) || readFileSync(FILE, 'utf8') !== text) {
    console.error(`${FILE} is out of date: npx tsx tools/llms.ts`);
    process.exit(1);
  }
} else writeFileSync(FILE, text);
