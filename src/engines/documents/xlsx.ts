import type * as Cheerio from 'cheerio';
import type { Document, DocumentTable } from './document.ts';
import { splitHeader } from './csv.ts';
import { coreTitle } from './docx.ts';
import { DocumentError } from './error.ts';
import { loadCheerio } from './html.ts';
import type { Node } from './html.ts';
import { markdownTable } from './table.ts';
import { readZip } from './zip.ts';

const COLUMNS_MAX = 16_384;
const CELLS_MAX = 2_000_000;

/** Number formats 14–22 and 45–47 are dates or times by ECMA-376 18.8.30; others are so by their pattern. */
const isDateFormat = (id: number, pattern: string | undefined): boolean =>
  (id >= 14 && id <= 22) ||
  (id >= 45 && id <= 47) ||
  (pattern !== undefined && /[ymdhs]/i.test(pattern.replace(/"[^"]*"|\\.|\[[^\]]*\]/g, '')));

/**
 * Reads a workbook (OOXML): each sheet as a heading and a Markdown table, hidden ones included. Values are the cached ones that the
 * spreadsheet program stored: formulas are not evaluated. Dates are ISO 8601.
 */
export async function readXlsx(
  bytes: Uint8Array,
  limits: { maxInflatedBytes: number; maxSheets: number },
): Promise<Document> {
  const parts = readZip(bytes, limits.maxInflatedBytes);
  const workbook = parts.get('xl/workbook.xml');
  if (workbook === undefined) {
    const kind = [...parts.keys()].some((name) => name.startsWith('word/'))
      ? 'a DOCX document'
      : 'another kind of zip archive';
    throw new DocumentError('mismatch', `The bytes are not an XLSX workbook; they are ${kind}.`);
  }
  const { load } = await loadCheerio();
  const xml = (part: Buffer | undefined) => load(part?.toString('utf8') ?? '', { xml: true });

  const book = xml(workbook);
  const epochDays = /^(1|true)$/.test(book('workbookPr').attr('date1904') ?? '') ? 24_107 : 25_569;
  const targets = new Map<string, string>();
  const relations = xml(parts.get('xl/_rels/workbook.xml.rels'));
  relations('Relationship').each((_, element) => {
    const { Id, Target = '' } = element.attribs;
    if (Id) targets.set(Id, Target.startsWith('/') ? Target.slice(1) : `xl/${Target}`);
  });
  const shared = xml(parts.get('xl/sharedStrings.xml'));
  const strings = shared('si')
    .toArray()
    .map((item) => runsText(item as Node));
  const isDate = dateStyles(xml(parts.get('xl/styles.xml')));

  const sheets = book('sheets > sheet').toArray();
  if (sheets.length > limits.maxSheets) {
    throw new DocumentError(
      'too_many_pages',
      `The workbook has ${sheets.length} sheets; at most ${limits.maxSheets} are read.`,
    );
  }
  const tables: DocumentTable[] = [];
  const blocks: string[] = [];
  let cells = 0;
  for (const sheet of sheets) {
    const name = sheet.attribs['name'] ?? '';
    const part = parts.get(targets.get(sheet.attribs['r:id'] ?? '') ?? '');
    if (part === undefined) continue;
    const $ = xml(part);
    const rows: string[][] = [];
    for (const row of $('sheetData > row').toArray()) {
      const values: string[] = [];
      for (const cell of (row as Node).children ?? []) {
        if (cell.name !== 'c') continue;
        const column = columnIndex(cell.attribs?.['r']) ?? values.length;
        if (column >= COLUMNS_MAX)
          throw new DocumentError('corrupt', `The cell '${cell.attribs?.['r']}' is out of range.`);
        cells += 1 + Math.max(0, column - values.length);
        if (cells > CELLS_MAX) throw new DocumentError('too_large', `The workbook has over ${CELLS_MAX} cells.`);
        while (values.length < column) values.push('');
        values[column] = cellText(cell, strings, isDate, epochDays);
      }
      if (values.some((value) => value.trim() !== '')) rows.push(values);
    }
    if (rows.length === 0) continue;
    const table = { name, ...splitHeader(rows) };
    tables.push(table);
    blocks.push(`## ${name}\n\n${markdownTable(table)}`);
  }
  const title = await coreTitle(parts.get('docProps/core.xml'));
  return { text: blocks.join('\n\n'), pages: sheets.length, ...(title && { title }), tables };
}

function cellText(cell: Node, strings: string[], isDate: (style: number) => boolean, epochDays: number): string {
  const { t: type = 'n', s: style = '0' } = cell.attribs ?? {};
  if (type === 'inlineStr') return runsText(cell);
  const raw = dataText(cell.children?.find(({ name }) => name === 'v'));
  if (type === 's') return strings[Number(raw)] ?? '';
  if (type === 'b') return raw === '1' ? 'TRUE' : 'FALSE';
  return type === 'n' && raw !== '' && isDate(Number(style)) ? isoDate(Number(raw), epochDays) : raw;
}

/** The text of an element that holds nothing else. */
function dataText(node: Node | undefined): string {
  return node?.children?.map(({ data = '' }) => data).join('') ?? '';
}

/** The text of formatted runs; phonetic ones (`rPh`) hold readings of the text, not text. Strings nest two deep at most. */
function runsText(node: Node, depth = 0): string {
  if (node.name === 't') return dataText(node);
  if (node.name === 'rPh' || depth > 4) return '';
  return node.children?.map((child) => runsText(child, depth + 1)).join('') ?? '';
}

/** Zero-based column of a cell reference such as `AB12`; undefined when the attribute is absent (it is optional). */
function columnIndex(reference: string | undefined): number | undefined {
  const letters = /^[A-Z]{1,3}/.exec(reference ?? '')?.[0];
  if (letters === undefined) return undefined;
  let column = 0;
  for (const letter of letters) column = column * 26 + letter.charCodeAt(0) - 64;
  return column - 1;
}

/** Tells which cell styles show a number as a date. */
function dateStyles($: Cheerio.CheerioAPI): (style: number) => boolean {
  const patterns = new Map<number, string>();
  $('numFmts > numFmt').each((_, element) => {
    patterns.set(Number(element.attribs['numFmtId']), element.attribs['formatCode'] ?? '');
  });
  const dates = $('cellXfs > xf')
    .toArray()
    .map((element) => {
      const id = Number(element.attribs['numFmtId'] ?? 0);
      return isDateFormat(id, patterns.get(id));
    });
  return (style) => dates[style] ?? false;
}

/** A serial date (days since the workbook's epoch; the 1900 one counts a 29 February that never was, hence 25,569) as ISO 8601. */
function isoDate(serial: number, epochDays: number): string {
  const date = new Date(Math.round((serial - epochDays) * 86_400_000));
  if (!Number.isFinite(serial) || Number.isNaN(date.getTime())) return String(serial);
  const iso = date.toISOString();
  if (serial < 1) return iso.slice(11, 19);
  return Number.isInteger(serial) ? iso.slice(0, 10) : iso.slice(0, 19);
}
