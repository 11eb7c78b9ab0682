import type { Source } from './shapes.ts';
import type { Word } from './words.ts';
import { isContent, phraseStems, sentences, words } from './words.ts';
import type { Json } from '../types.ts';

/** A row of a table: its cells under their headers. */
export type Row = { table: Table; cells: string[] };
export type Table = { headers: string[]; rows: Row[]; caption: string; source: Source };

/**
 * The smallest thing that can answer: a sentence, a "key: value" line or a table row. `text` is verbatim. `context` holds the stems of what
 * stands around it and says what it is about (heading, block, sentences before), nearest first.
 */
export type Unit = {
  source: Source;
  text: string;
  type: 'sentence' | 'field' | 'row';
  stems: Map<string, number[]>;
  words: Word[];
  context: Set<string>[];
  order: number;
  key?: string;
  value?: string;
  row?: Row;
  before?: Unit;
  /** A heading: says what follows is about, and answers nothing by itself. */
  heading?: boolean;
};

const FIELD =
  /^[ \t]*(?:[-*•]|\d+[.)])?[ \t]*[*_"]{0,3}([\p{L}#][\p{L}\p{N} _\-/()#.'’&%$€]{0,48}?)[*_"]{0,3}[ \t]*(?::|=|\t|\s[–—-](?=\s)|\.{3,})[*_]{0,2}[ \t]+(\S.*?)[,]?[ \t]*$/u;
const HEADING = /^(?:#{1,6}\s+(.+)|((?:\d+(?:\.\d+)*\.?\s+)?[\p{Lu}\p{N}][^.!?;:|,]{1,70}):?)$/u;
/** "3. Use" alone in its paragraph is a heading; followed by "4. …" it is an item of a list. */
const NUMBERED = /^\d+(?:\.\d+)*\.?\s/;
/** Words in a key at most; longer "keys" are sentences with a colon. */
const KEY_WORDS_MAX = 6;
/** Sentences before a sentence that can say what it is about. */
const BACKGROUND_SENTENCES = 4;

/** Cuts sources into units, in reading order, and finds their tables. */
export function readUnits(sources: Source[]): { units: Unit[]; tables: Table[] } {
  const units: Unit[] = [];
  const tables: Table[] = [];
  for (const source of sources) readSource(source, units, tables);
  return { units, tables };
}

function readSource(source: Source, units: Unit[], tables: Table[]): void {
  const title = stemSet(source.kind === 'document' ? source.name.replace(/\.\w{2,4}$/, '').replace(/[_-]/g, ' ') : '');
  const add = (unit: Pick<Unit, 'text' | 'type'> & Partial<Unit>, context: Set<string>[]): Unit => {
    const list = words(unit.text);
    const made: Unit = {
      source,
      words: list,
      stems: stemIndex(list),
      order: units.length,
      ...unit,
      context: [...context, title],
    };
    units.push(made);
    return made;
  };
  if (source.json !== undefined) {
    readJson(source, source.json, add, tables);
    return;
  }
  // Pages of a PDF end with a form feed.
  const lines = source.text.split(/\n|\f/);
  let heading = new Set<string>();
  let headingText = '';
  let titled = false;
  for (let at = 0; at < lines.length;) {
    const line = lines[at] ?? '';
    if (line.trim() === '') {
      at++;
      continue;
    }
    const table = readTable(lines, at);
    if (table) {
      const made: Table = { headers: table.headers, rows: [], caption: headingText, source };
      for (const row of table.rows) {
        const item: Row = { table: made, cells: row.cells };
        made.rows.push(item);
        add({ text: row.text, type: 'row', row: item }, [heading]);
      }
      tables.push(made);
      at = table.next;
      continue;
    }
    let end = at;
    while (end < lines.length && (lines[end] ?? '').trim() !== '' && (end === at || !readTable(lines, end))) end++;
    const block = lines.slice(at, end);
    at = end;
    const first = (block[0] ?? '').trim();
    const headed = HEADING.exec(first);
    const marked = headed?.[1] !== undefined;
    const plain =
      headed?.[2] !== undefined &&
      !FIELD.test(first) &&
      (!NUMBERED.test(first) || (block.length === 1 && !NUMBERED.test((lines[end + 1] ?? '').trim()) && at > 1)) &&
      first.split(/\s+/).length <= 9 &&
      (block.length > 1 || (lines[end + 1] ?? '').trim() !== '') &&
      !/\b(?:is|was|are|were|has|had|will)\b/.test(first);
    if (marked || plain) {
      headingText = (headed?.[1] ?? headed?.[2] ?? '').trim();
      heading = stemSet(headingText);
      // The first heading is the title, which all of the text is about.
      if (!titled) for (const stem of heading) title.add(stem);
      titled = true;
      add({ text: first, type: 'sentence', heading: true }, []);
      block.shift();
      if (block.length === 0) continue;
    }
    readBlock(block, heading, add);
  }
}

type Add = (unit: Pick<Unit, 'text' | 'type'> & Partial<Unit>, context: Set<string>[]) => Unit;

/** A paragraph, a list or a group of fields. */
function readBlock(block: string[], heading: Set<string>, add: Add): void {
  const fields = block.map((line) => {
    const field = fieldOf(line);
    // One line of several sentences is a text that begins with a key.
    return field && block.length === 1 && /[.!?]\s+\p{Lu}/u.test(field.value) ? undefined : field;
  });
  const fieldCount = fields.filter(Boolean).length;
  const fieldBlock = fieldCount > 0 && fieldCount >= block.length - 1;
  const about = fieldBlock && fieldCount > 1 ? stemSet(block.join(' ')) : new Set<string>();
  let run: string[] = [];
  let lead = new Set<string>();
  const flush = (): void => {
    if (run.length > 0) readSentences(run.join('\n'), [lead, heading], add);
    run = [];
  };
  for (const [index, line] of block.entries()) {
    const field = fields[index];
    if (
      field &&
      (fieldBlock ||
        fieldCount > 1 ||
        /^\s*[-*•\d]/.test(line) ||
        (block.length === 1 && !/[.!?]\s+\p{Lu}/u.test(field.value)))
    ) {
      flush();
      add({ text: line.trim().replace(/,$/, ''), type: 'field', key: field.key, value: field.value }, [
        about,
        lead,
        heading,
      ]);
    } else if (/^\s*(?:[-*•]|\d+[.)])\s/.test(line)) {
      flush();
      readSentences(line.replace(/^\s*(?:[-*•]|\d+[.)])\s+/, ''), [lead, heading], add);
    } else {
      run.push(line);
      if (/:\s*$/.test(line)) {
        flush();
        lead = stemSet(line);
      }
    }
  }
  flush();
}

function readSentences(text: string, around: Set<string>[], add: Add): void {
  const before: Set<string>[] = [];
  let previous: Unit | undefined;
  const spans = sentences(text);
  const all = new Set<string>();
  const inline = spans.map((span) => fieldOf(text.slice(span.start, span.end)));
  if (inline.filter(Boolean).length > 1) for (const stem of stemSet(text)) all.add(stem);
  for (const [index, span] of spans.entries()) {
    // "Date: 5 March. Paid: no." on one line: fields that end like sentences.
    const field = inline[index];
    const own =
      field && inline.filter(Boolean).length > 1
        ? ({ type: 'field', key: field.key, value: field.value.replace(/[.;]$/, '') } as const)
        : ({ type: 'sentence' } as const);
    const unit: Unit = add(
      { text: text.slice(span.start, span.end), ...own, ...(previous ? { before: previous } : {}) },
      [...before, ...around, all],
    );
    before.unshift(new Set(unit.stems.keys()));
    if (before.length > BACKGROUND_SENTENCES) before.pop();
    previous = unit;
  }
}

function fieldOf(line: string): { key: string; value: string } | undefined {
  const match = FIELD.exec(line);
  if (!match) return undefined;
  const key = (match[1] ?? '').trim();
  const value = (match[2] ?? '').trim().replace(/^["*_]+|["*_]+$/g, '');
  if (
    key.length < 2 ||
    key.split(/\s+/).length > KEY_WORDS_MAX ||
    value === '' ||
    /[.!?]\s/.test(key.replace(/\b(?:Dr|Mr|Mrs|Ms|St|Prof|No)\.\s/g, ''))
  )
    return undefined;
  if (/\s[–—-]\s/.test(line.slice(0, line.indexOf(value) + 1)) && /\b(?:is|was|are|were|has|had|will|the)\b/i.test(key))
    return undefined;
  return { key, value };
}

type RawTable = { headers: string[]; rows: { cells: string[]; text: string }[]; next: number };

/** The table that begins at line `at`: Markdown, CSV or tab-separated, with a header line and at least one row; else undefined. */
function readTable(lines: string[], at: number): RawTable | undefined {
  const first = lines[at] ?? '';
  for (const delimiter of ['|', '\t', ';', ',']) {
    const headers = cellsOf(first, delimiter);
    if (headers.length < 2 || headers.some((cell) => cell.length > 60)) continue;
    if (
      delimiter !== '|' &&
      (headers.some((cell) => cell === '' || cell.split(/\s+/).length > 5) || /[.!?:]$/.test(first.trim()))
    )
      continue;
    if (/^\s*(?:[-*•]|\d+[.)])\s/.test(first) || (delimiter !== '|' && headers.some((cell) => cell.includes(': '))))
      continue;
    if (headers.every((cell) => /^[-\d.,$€%]+$/.test(cell))) continue;
    const rows: { cells: string[]; text: string }[] = [];
    let next = at + 1;
    if (delimiter === '|' && /^[\s|:-]+$/.test(lines[next] ?? 'x')) next++;
    for (; next < lines.length; next++) {
      const line = lines[next] ?? '';
      const cells = line.trim() === '' ? [] : cellsOf(line, delimiter);
      if (cells.length !== headers.length) break;
      if (!/^[\s|:-]+$/.test(line)) rows.push({ cells, text: line.trim() });
    }
    // A sentence with one comma, twice in a row, is no table: short cells and, for two columns, at least two rows.
    const enough = delimiter === '|' ? rows.length >= 1 : rows.length >= (headers.length > 2 ? 1 : 2);
    if (enough && rows.every((row) => row.cells.every((cell) => cell.length <= 120))) return { headers, rows, next };
  }
  return undefined;
}

function cellsOf(line: string, delimiter: string): string[] {
  if (!line.includes(delimiter)) return [];
  if (delimiter === '|')
    return line
      .trim()
      .replace(/^\||\|$/g, '')
      .split('|')
      .map((cell) => cell.trim());
  if (delimiter === ',' && line.includes('"')) {
    const cells: string[] = [];
    for (const match of line.matchAll(/(?:^|,)\s*(?:"((?:[^"]|"")*)"|([^,]*))/g))
      cells.push((match[1]?.replaceAll('""', '"') ?? match[2] ?? '').trim());
    return cells;
  }
  return line.split(delimiter).map((cell) => cell.trim());
}

/** JSON as fields with readable keys; an array of objects is a table. Items beyond `limit` are left out. */
function readJson(source: Source, json: Json, add: Add, tables: Table[], limit = 20_000): void {
  let count = 0;
  const scalar = (value: Json): string => (typeof value === 'string' ? value : JSON.stringify(value));
  const visit = (value: Json, path: string[], about: Set<string>): void => {
    if (++count > limit) return;
    if (Array.isArray(value)) {
      const objects = value.filter((item) => item !== null && typeof item === 'object' && !Array.isArray(item)) as {
        [key: string]: Json;
      }[];
      if (objects.length === value.length && value.length > 0) {
        const headers = [...new Set(objects.flatMap((item) => Object.keys(item)))];
        const table: Table = { headers: headers.map(spaced), rows: [], caption: path.map(spaced).join(' '), source };
        for (const item of objects) {
          const row: Row = {
            table,
            cells: headers.map((key) => (item[key] === undefined || item[key] === null ? '' : scalar(item[key]))),
          };
          table.rows.push(row);
          add({ text: headers.map((key, index) => `${key}: ${row.cells[index]}`).join(', '), type: 'row', row }, [
            stemSet(path.map(spaced).join(' ')),
          ]);
        }
        tables.push(table);
      } else if (value.every((item) => item === null || typeof item !== 'object')) {
        if (value.length > 0) field(path, value.map(scalar).join(', '), about);
      } else for (const [index, item] of value.entries()) visit(item, [...path, String(index + 1)], about);
    } else if (value !== null && typeof value === 'object') {
      const own = stemSet(
        Object.values(value)
          .filter((item) => typeof item === 'string')
          .slice(0, 20)
          .join(' '),
      );
      for (const [key, item] of Object.entries(value)) visit(item, [...path, key], own);
    } else if (value !== null) field(path, scalar(value), about);
  };
  const field = (path: string[], value: string, about: Set<string>): void => {
    const key = spaced(path.at(-1) ?? 'value');
    if (value.length > 200 && /[.!?]\s/.test(value)) readSentences(value, [stemSet(key), about], add);
    else
      add({ text: `${path.at(-1) ?? 'value'}: ${value}`, type: 'field', key, value }, [
        stemSet(path.slice(0, -1).map(spaced).join(' ')),
        about,
      ]);
  };
  visit(json, [], new Set());
}

/** "orderId", "order_id" and "order-id" as "order id". */
export const spaced = (name: string): string =>
  name
    .replace(/([\p{Ll}\p{N}])(\p{Lu})/gu, '$1 $2')
    .replace(/(\p{Lu})(\p{Lu}\p{Ll})/gu, '$1 $2')
    .replace(/[_\-.]+/g, ' ')
    .trim();

/** Stem (also of phrases) to the indices of the words that have it. */
function stemIndex(list: Word[]): Map<string, number[]> {
  const index = new Map<string, number[]>();
  const put = (key: string, at: number): void => {
    const places = index.get(key);
    if (places) places.push(at);
    else index.set(key, [at]);
  };
  for (const [at, word] of list.entries()) {
    put(word.stem, at);
    if (/[-/&]/.test(word.lower)) for (const part of words(word.lower.replace(/[-/&]/g, ' '))) put(part.stem, at);
  }
  for (const phrase of phraseStems(list)) put(phrase.key, phrase.from);
  return index;
}

/** The stems of the content words of `text`, phrases of the thesaurus included. */
export function stemSet(text: string): Set<string> {
  const list = words(text);
  const found = new Set(list.filter(isContent).map((word) => word.stem));
  for (const word of list)
    if (/[-/&]/.test(word.lower)) for (const part of words(word.lower.replace(/[-/&]/g, ' '))) found.add(part.stem);
  for (const phrase of phraseStems(list)) found.add(phrase.key);
  return found;
}
