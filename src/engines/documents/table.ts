import type { DocumentTable } from './document.ts';

/** A cell of a Markdown table: one line, with the column separator escaped. */
const cell = (text: string): string => text.replace(/\s+/g, ' ').trim().replaceAll('\\', '\\\\').replaceAll('|', '\\|');

/** Writes a table as GitHub-flavoured Markdown; a table without a header gets an empty header row, which that syntax demands. */
export function markdownTable({ header, rows }: DocumentTable): string {
  const width = rows.reduce((most, row) => Math.max(most, row.length), Math.max(header.length, 1));
  const line = (cells: string[]): string =>
    `| ${Array.from({ length: width }, (_, index) => cell(cells[index] ?? '')).join(' | ')} |`;
  return [line(header), `|${' --- |'.repeat(width)}`, ...rows.map((row) => line(row))].join('\n');
}
