import type * as Cheerio from 'cheerio';
import type { Document, DocumentTable } from './document.ts';
import { missingPackage } from './error.ts';
import { markdownTable } from './table.ts';

/** What is used of cheerio's DOM nodes. */
export type Node = { type: string; name?: string; data?: string; children?: Node[]; attribs?: Record<string, string> };

const SKIPPED = new Set([
  'script',
  'style',
  'noscript',
  'template',
  'svg',
  'math',
  'head',
  'iframe',
  'object',
  'canvas',
  'select',
  'datalist',
]);
const BLOCKS = new Set(
  (
    'address article aside blockquote body dd details dialog div dl dt fieldset figcaption figure footer form header hgroup html main ' +
    'nav p section summary'
  ).split(' '),
);
/** Mark-up nested deeper than this is read as plain text, which bounds the recursion. */
const DEPTH_MAX = 200;

export async function loadCheerio(): Promise<typeof Cheerio> {
  try {
    return await import('cheerio');
  } catch (error) {
    throw missingPackage(error, 'cheerio', 'npm install cheerio@1.2.0');
  }
}

/**
 * Reads an HTML page: scripts, styles and hidden elements are dropped; headings, lists, quotes, code and tables become Markdown. The
 * encoding comes from the byte order mark, then from `<meta charset>`, as in browsers.
 */
export async function readHtml(bytes: Uint8Array): Promise<Document> {
  const cheerio = await loadCheerio();
  const $ = cheerio.loadBuffer(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  const title = $('title').first().text().replace(/\s+/g, ' ').trim();
  const { text, tables } = htmlText($.root()[0] as unknown as Node);
  return { text, ...(title && { title }), tables };
}

/** Reads a fragment of trusted HTML, such as what a DOCX converter writes. */
export async function readHtmlText(html: string): Promise<{ text: string; tables: DocumentTable[] }> {
  const cheerio = await loadCheerio();
  return htmlText(cheerio.load(html).root()[0] as unknown as Node);
}

type Output = { blocks: string[]; inline: string; tables: DocumentTable[] };

function htmlText(root: Node): { text: string; tables: DocumentTable[] } {
  const out: Output = { blocks: [], inline: '', tables: [] };
  walk(root, out, 0);
  flush(out);
  return { text: out.blocks.join('\n\n'), tables: out.tables };
}

/** Ends the running paragraph. White space collapses as browsers show it; a forced line break is U+2028 meanwhile. */
function flush(out: Output): void {
  const text = out.inline
    .replace(/[ \t\n\r\f]+/g, ' ')
    .replace(/ ?\u2028 ?/g, '\n')
    .trim();
  out.inline = '';
  if (text !== '') out.blocks.push(text);
}

function walk(node: Node, out: Output, depth: number): void {
  if (node.type === 'text') {
    out.inline += node.data ?? '';
    return;
  }
  if (node.type !== 'tag' && node.type !== 'root') return;
  const name = node.name ?? '';
  if (SKIPPED.has(name) || (node.attribs !== undefined && isHidden(node.attribs))) return;
  if (depth > DEPTH_MAX) {
    out.inline += plainText(node);
    return;
  }
  const heading = /^h([1-6])$/.exec(name);
  if (heading) {
    const text = nested(node, depth).blocks.join(' ').replace(/\s+/g, ' ');
    flush(out);
    if (text !== '') out.blocks.push(`${'#'.repeat(Number(heading[1]))} ${text}`);
    return;
  }
  switch (name) {
    case 'br':
      out.inline += '\u2028';
      return;
    case 'hr':
      flush(out);
      out.blocks.push('---');
      return;
    case 'img':
      out.inline += node.attribs?.['alt'] ?? '';
      return;
    case 'ul':
    case 'ol':
      flush(out);
      pushText(out, list(node, depth, out));
      return;
    case 'table':
      flush(out);
      table(node, depth, out);
      return;
    case 'pre':
      flush(out);
      pushText(out, `\`\`\`\n${plainText(node).replace(/^\n/, '').trimEnd()}\n\`\`\``);
      return;
    case 'blockquote': {
      flush(out);
      const quote = nested(node, depth, out).blocks.join('\n\n');
      if (quote !== '') out.blocks.push(quote.replace(/^/gm, '> ').replace(/^> $/gm, '>'));
      return;
    }
    default: {
      const block = BLOCKS.has(name);
      if (block) flush(out);
      for (const child of node.children ?? []) walk(child, out, depth + 1);
      if (block) flush(out);
    }
  }
}

const isHidden = (attribs: Record<string, string>): boolean =>
  'hidden' in attribs || attribs['aria-hidden'] === 'true' || /display\s*:\s*none/i.test(attribs['style'] ?? '');

function pushText(out: Output, text: string): void {
  if (text.trim() !== '') out.blocks.push(text);
}

/** The blocks of an element's content, with its tables added to those of `out`. */
function nested(node: Node, depth: number, out?: Output): Output {
  const inner: Output = { blocks: [], inline: '', tables: out?.tables ?? [] };
  for (const child of node.children ?? []) walk(child, inner, depth + 1);
  flush(inner);
  return inner;
}

function list(node: Node, depth: number, out: Output): string {
  const items: string[] = [];
  let number = Number.parseInt(node.attribs?.['start'] ?? '1', 10) || 1;
  for (const child of node.children ?? []) {
    if (child.type !== 'tag') continue;
    const marker = node.name === 'ol' ? `${number}. ` : '- ';
    // A list directly inside a list (without its item) is common in the wild and shows as a nested list.
    const blocks =
      child.name === 'ul' || child.name === 'ol' ? [list(child, depth + 1, out)] : nested(child, depth, out).blocks;
    if (blocks.length === 0) continue;
    number += 1;
    items.push(marker + blocks.join('\n').replaceAll('\n', `\n${' '.repeat(marker.length)}`));
  }
  return items.join('\n');
}

function table(node: Node, depth: number, out: Output): void {
  const rows: { cells: string[]; header: boolean }[] = [];
  let caption = '';
  const visit = (parent: Node, inHead: boolean): void => {
    for (const child of parent.children ?? []) {
      if (child.name === 'tr') rows.push(tableRow(child, depth, inHead));
      else if (child.name === 'caption') caption = plainText(child).replace(/\s+/g, ' ').trim();
      else if (child.name === 'thead') visit(child, true);
      else if (child.name === 'tbody' || child.name === 'tfoot') visit(child, false);
    }
  };
  visit(node, false);
  const filled = rows.filter((row) => row.cells.some((cell) => cell !== ''));
  if (filled.length === 0) return;
  const hasHeader = filled[0]!.header;
  const found: DocumentTable = {
    ...(caption && { name: caption }),
    header: hasHeader ? filled[0]!.cells : [],
    rows: filled.slice(hasHeader ? 1 : 0).map((row) => row.cells),
  };
  out.tables.push(found);
  if (caption) out.blocks.push(caption);
  out.blocks.push(markdownTable(found));
}

/** A merged cell is repeated over its columns, so that every row has its values under the right header. */
function tableRow(node: Node, depth: number, inHead: boolean): { cells: string[]; header: boolean } {
  const cells: string[] = [];
  let header = true;
  for (const child of node.children ?? []) {
    if (child.name !== 'td' && child.name !== 'th') continue;
    if (child.name === 'td') header = false;
    const text = nested(child, depth).blocks.join(' ').replace(/\s+/g, ' ').trim();
    const span = Math.min(Math.max(Number.parseInt(child.attribs?.['colspan'] ?? '1', 10) || 1, 1), 100);
    for (let column = 0; column < span; column++) cells.push(text);
  }
  return { cells, header: inHead || (header && cells.length > 0) };
}

/** All text below a node, without recursion: depth here is the attacker's. */
function plainText(root: Node): string {
  let text = '';
  const stack: Node[] = [root];
  while (stack.length > 0) {
    const node = stack.pop()!;
    if (node.type === 'text') text += node.data ?? '';
    else if (node.name === 'br') text += '\n';
    else if (node.type === 'tag' && SKIPPED.has(node.name ?? '')) continue;
    for (let index = (node.children?.length ?? 0) - 1; index >= 0; index--) stack.push(node.children![index]!);
  }
  return text;
}
