import type { Command } from 'commander';
import { listDocuments, readDocument, searchDocuments } from './documents.ts';

const FOUND_MAX = 50;

/** `outcrop docs`: the documentation in the terminal, as plain Markdown. */
export function addDocsCommand(program: Command): void {
  program
    .command('docs [page]')
    .description('the documentation of a service, or of a subject: s3, bedrock-runtime, rules …')
    .option('--search <words>', 'lines that have these words, of all pages')
    .action((page: string | undefined, { search }: { search?: string }) => {
      if (search !== undefined) {
        const found = searchDocuments(search, FOUND_MAX);
        if (found.length === 0) throw new Error(`No page says ${search}.`);
        for (const { name, line, text } of found) console.log(`${name}:${line}: ${text}`);
        return;
      }
      if (page !== undefined) {
        console.log(readDocument(page));
        return;
      }
      const documents = listDocuments();
      const width = Math.max(...documents.map(({ name }) => name.length));
      for (const { name, title } of documents) console.log(`${name.padEnd(width)}  ${title}`);
    });
}
