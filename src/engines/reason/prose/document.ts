import { sentencesOf, type Sentence } from './tokens.ts';

/** A statement of a document: one sentence, whole. */
export type Line = Sentence & {
  /** All lines it is made of, from 1. */
  lines: number[];
};

/** A list of the values that something can have: "Tier: Gold, Silver or Bronze". */
export type Listing = {
  name: string;
  values: string[];
  line: number;
  text: string;
  /** There may be others. */ open?: boolean;
};

export type Document = { sentences: Line[]; listings: Listing[] };

const BULLET = /^\s*(?:[-*•–]|\(?\d{1,3}[.)]|\(?[a-z][.)])\s+/i;
const HEADING = /^\s*#{1,6}\s/;
const TABLE = /^\s*\|.*\|\s*$/;
const RULER = /^\s*\|?[\s:|-]+\|?\s*$/;

/** Splits a document into its statements: sentences; items of lists with what leads in to them; rows of tables. Headings state nothing. */
export function readDocument(text: string): Document {
  const lines = text.split(/\r\n|\r|\n/);
  const sentences: Line[] = [];
  const listings: Listing[] = [];
  const add = (found: Sentence, more: number[] = []) => {
    const span = found.text.split('\n').length;
    const lines = [...more, ...Array.from({ length: span }, (_, offset) => found.line + offset)];
    const text = found.text.replace(/\s+/g, ' ');
    const listing = listingOf(text, found.line);
    if (listing) listings.push(listing);
    else sentences.push({ text, line: found.line, lines });
  };
  let paragraph: { text: string; line: number } | undefined;
  const flush = () => {
    if (paragraph) for (const sentence of sentencesOf(paragraph.text, paragraph.line)) add(sentence);
    paragraph = undefined;
  };
  for (let index = 0; index < lines.length; index++) {
    const raw = lines[index]!;
    const line = index + 1;
    // A blank line between what leads in to a list and its items is none.
    const leadsIn = raw.trim() === '' && paragraph && /:\s*$/.test(paragraph.text);
    if (leadsIn && BULLET.test(lines.slice(index).find((each) => each.trim() !== '') ?? '')) continue;
    if (raw.trim() === '' || HEADING.test(raw) || /^[=\-_*\s]{3,}$/.test(raw)) {
      flush();
      continue;
    }
    if (TABLE.test(raw)) {
      flush();
      const end = lines.findIndex((each, at) => at > index && !TABLE.test(each));
      const to = end < 0 ? lines.length : end;
      const table = rowsOf(lines.slice(index, to), line);
      listings.push(...table.listings);
      for (const sentence of table.sentences) add(sentence);
      index = to - 1;
      continue;
    }
    if (BULLET.test(raw)) {
      const lead = paragraph && /:\s*$/.test(paragraph.text) ? paragraph : undefined;
      const before = lead && sentencesOf(lead.text, lead.line);
      if (lead && before) {
        for (const sentence of before.slice(0, -1)) add(sentence);
        paragraph = undefined;
      } else flush();
      const items: Sentence[] = [];
      for (
        ;
        index < lines.length && (BULLET.test(lines[index]!) || (items.length > 0 && /^\s{2,}\S/.test(lines[index]!)));
        index++
      ) {
        if (BULLET.test(lines[index]!)) items.push({ text: lines[index]!.replace(BULLET, '').trim(), line: index + 1 });
        else items.at(-1)!.text += ` ${lines[index]!.trim()}`;
      }
      index--;
      if (lead && before)
        for (const sentence of withLead(before.at(-1)!, items)) add(sentence.sentence, sentence.lines);
      else for (const item of items) for (const sentence of sentencesOf(item.text, item.line)) add(sentence);
      continue;
    }
    // A line that ends in no mark and stands alone is a title.
    const alone = paragraph === undefined && (index + 1 >= lines.length || lines[index + 1]!.trim() === '');
    if (alone && !/[.!?:;,]\s*$/.test(raw) && raw.trim().split(/\s+/).length <= 8 && !/\d/.test(raw)) continue;
    if (paragraph) paragraph.text += `\n${raw.trim()}`;
    else paragraph = { text: raw.trim(), line };
  }
  flush();
  return { sentences, listings };
}

/** Items under a lead-in: one sentence of all conditions, or one sentence each. */
function withLead(lead: Sentence, items: Sentence[]): { sentence: Sentence; lines: number[] }[] {
  const clean = items.map(({ text, line }) => ({
    text: text.replace(/[.;,]\s*(?:and|or)?\s*$/i, '').replace(/\s+(?:and|or)$/i, ''),
    line,
  }));
  const joinedByOr = items.some(
    ({ text }) => /\bor\s*$/i.test(text.replace(/[.;,]\s*$/, '')) || /[;,]\s*or\s*$/i.test(text),
  );
  const opening = lead.text.replace(/:\s*$/, '');
  const all =
    /^(.*?)\s*,?\s*\b(?:all of the following(?: \w+)*|the following(?: \w+)* (?:are|is) (?:met|true|satisfied)|each of the following(?: \w+)*)\s*$/i.exec(
      opening,
    );
  const any =
    /^(.*?)\s*,?\s*\b(?:(?:any|one|either)(?: one)? of the following(?: \w+)*|at least one of the following(?: \w+)*)\s*$/i.exec(
      opening,
    );
  const conditional = /\b(?:if|when|unless|only if|provided(?: that)?|where)$/i;
  const lines = [lead.line, ...clean.map(({ line }) => line)];
  const list = any ?? all;
  if (list && conditional.test(list[1]!.trim())) {
    const joint = any || joinedByOr ? ' or ' : ' and ';
    return [
      {
        sentence: {
          text: `${list[1]!.trim()} ${clean.map(({ text }) => lowered(text)).join(joint)}.`,
          line: lead.line,
        },
        lines: lines.slice(1),
      },
    ];
  }
  if (conditional.test(opening.trim()))
    return [
      {
        sentence: {
          text: `${opening.trim()} ${clean.map(({ text }) => lowered(text)).join(joinedByOr ? ' or ' : ' and ')}.`,
          line: lead.line,
        },
        lines: lines.slice(1),
      },
    ];
  // "The following items are not refundable:": each item in its place.
  const following =
    /^(?:the following)(?: \w+)? ((?:is|are|may|must|can|cannot|do|will|qualify|receive|require)\b.*)$/i.exec(opening);
  if (following)
    return clean.map(({ text, line }) => ({
      sentence: { text: `${text} ${following[1]}.`, line },
      lines: [lead.line],
    }));
  // "Full-time employees are entitled to:" goes before each item; what is a sentence by itself stays one.
  if (/\b(?:to|for|of|with|receive|get|have|must|may|can|be|are|is|not|include|submit|provide)$/i.test(opening))
    return clean.map(({ text, line }) => ({
      sentence: { text: `${opening} ${lowered(text)}.`, line },
      lines: [lead.line],
    }));
  return clean.map(({ text, line }) => ({ sentence: { text: `${text}.`, line }, lines: [] }));
}

const lowered = (text: string) => (/^\p{Lu}(?![\p{Lu}\d])/u.test(text) ? text[0]!.toLowerCase() + text.slice(1) : text);

/** Rows of a table: the first columns are conditions of the last. Columns of words are the values of what stands above them. */
function rowsOf(rows: string[], line: number): { sentences: Sentence[]; listings: Listing[] } {
  const cells = (row: string) =>
    row
      .trim()
      .replace(/^\||\|$/g, '')
      .split('|')
      .map((cell) => cell.trim());
  const header = cells(rows[0]!);
  if (header.length < 2) return { sentences: [], listings: [] };
  const body = rows
    .map((row, offset) => ({ values: cells(row), row, line: line + offset }))
    .filter(({ row }, offset) => offset > 0 && !RULER.test(row));
  const full = body.filter(({ values }) => values.length === header.length);
  const listings = header.flatMap((name, at): Listing[] => {
    const values = [...new Set(full.map((row) => row.values[at]!))];
    const words = values.every(
      (value) => /^\p{L}[\p{L} _-]*$/u.test(value) && !/^(?:yes|no|none|any|up to|over|under)\b/i.test(value),
    );
    return words && values.length > 0
      ? [{ name: name.toLowerCase(), values, line, text: rows[0]!.trim(), open: true }]
      : [];
  });
  const says = (at: number, value: string) => `the ${header[at]!.toLowerCase()} is ${value}`;
  const sentences = body.map(({ values, row, line }) => ({
    text:
      values.length === header.length
        ? `If ${values
            .slice(0, -1)
            .map((value, at) => says(at, value))
            .join(' and ')}, then ${says(header.length - 1, values.at(-1)!)}.`
        : row.trim(),
    line,
  }));
  return { sentences, listings };
}

const COUNT = '(?:two|three|four|five|six|seven|eight|nine|ten|\\d+)';
const LISTINGS: readonly RegExp[] = [
  new RegExp(
    `^there are (?:${COUNT} |the following )?(?<name>[\\p{L} -]+?)(?: available)?\\s*[:,–-]\\s*(?<values>.+)$`,
    'iu',
  ),
  new RegExp(
    `^(?:the |an? |each \\p{L}+ has an? |every \\p{L}+ has an? )?(?<name>[\\p{L} -]+?)(?: of [\\p{L} -]+?)? (?:is|can be|must be|may be|are) (?:one of|any of|either of)(?: the following| ${COUNT}(?: \\p{L}+)?)?:?\\s+(?<values>.+)$`,
    'iu',
  ),
  new RegExp(
    `^(?:the |our )?(?:${COUNT} |available |possible |allowed )?(?<name>\\p{L}[\\p{L} -]*?(?:types|tiers|levels|categories|classes|statuses|plans|grades|kinds|ranks|groups|zones|regions|departments|roles|colors|sizes|modes|methods|options)) are:?\\s+(?<values>.+)$`,
    'iu',
  ),
  new RegExp(
    `^(?<name>\\p{L}[\\p{L} -]*?(?:types?|tiers?|levels?|categor(?:y|ies)|class(?:es)?|status(?:es)?|plans?|grades?|kinds?|ranks?|groups?|zones?|regions?|departments?|roles?|colou?rs?|sizes?|modes?|methods?)):\\s+(?<values>.+)$`,
    'iu',
  ),
];

/** A sentence that lists the values of something; undefined when it is another. */
function listingOf(text: string, line: number): Listing | undefined {
  const body = text.replace(/[.;:]\s*$/, '');
  for (const pattern of LISTINGS) {
    const groups = pattern.exec(body)?.groups;
    if (!groups) continue;
    const values = groups['values']!.split(/\s*,\s*(?:and|or)\s+|\s*,\s*|\s+(?:and|or)\s+/i)
      .map((value) => value.trim().replace(/^(?:an?|the)\s+/i, ''))
      .filter((value) => value !== '');
    const fits =
      values.length >= 2 &&
      values.every((value) => /^\p{L}[\p{L}\p{N} _-]*$/u.test(value) && value.split(' ').length <= 3);
    if (fits) return { name: groups['name']!.trim().toLowerCase(), values, line, text };
  }
  return undefined;
}
