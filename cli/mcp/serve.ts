import { once } from 'node:events';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { VERSION } from '../../src/main.ts';
import { listDocuments, readDocument } from '../documents.ts';
import { addTools } from './tools.ts';

const INSTRUCTIONS = `Outcrop is the AWS AI stack on this machine: the AWS APIs on one port (AWS_ENDPOINT_URL, or http://127.0.0.1:4566).
Ask "coverage" before you rely on an operation, "calls" and "why" when a call failed, "docs" for what a service honours and what it does not.
Rules declare answers and inject faults; "clock" makes time pass at once. Rules and clock are the whole stack's: put back what you changed.`;

/** Answers an agent until it closes standard input. */
export async function serve(): Promise<void> {
  const server = new McpServer({ name: 'outcrop', version: VERSION }, { instructions: INSTRUCTIONS });
  addTools(server);
  for (const { name, title, summary } of listDocuments())
    server.registerResource(
      `docs/${name}`,
      `outcrop://docs/${name}`,
      { title, description: summary, mimeType: 'text/markdown' },
      (uri) => ({ contents: [{ uri: uri.href, mimeType: 'text/markdown', text: readDocument(name) }] }),
    );
  await server.connect(new StdioServerTransport());
  await once(process.stdin, 'end');
  await server.close();
}
