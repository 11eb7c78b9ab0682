import { entities, numberOf } from './entities.ts';
import type { Question, Term } from './question.ts';
import { findMatches } from './finding.ts';
import { LIGHT_VERBS } from './things.ts';
import { UNITS_BY_MEASURE } from './lexicons/numbers.ts';
import type { Source } from './shapes.ts';
import { askedColumn } from './columns.ts';
import type { Row, Unit } from './units.ts';
import { stemSet } from './units.ts';
import { similarity, stem, words } from './words.ts';

const SUPERLATIVE =
  /\b(highest|largest|biggest|most expensive|most|maximum|max|greatest|longest|tallest|oldest|latest|heaviest|fastest|best|top|cheapest|lowest|smallest|least|minimum|min|fewest|shortest|youngest|earliest|lightest|slowest|least expensive)\b/i;
const LOW =
  /^(?:cheapest|lowest|smallest|least|minimum|min|fewest|shortest|youngest|earliest|lightest|slowest|least expensive)$/i;
/** "The mean" is the statistic; "what does it mean" asks what something stands for. */
const AGGREGATE = /\b(total|sum|average|(?<=\bthe |\barithmetic )mean(?= [a-z])|altogether|combined|overall)\b/i;
/** Share of what a question asks about that a table must be about, for it to answer. */
const COVERAGE_MIN = 0.6;
/** Counted in figures within a text, never as rows of a table. */
const MEASURE_UNITS = new Set(
  Object.values(UNITS_BY_MEASURE)
    .flatMap((units) => units.split('|'))
    .filter((unit) => unit.length > 2)
    .map((unit) => stem(unit.toLowerCase())),
);

/** Answers that need a whole table: the row with the highest or lowest value, a total, an average, a count of rows. Else undefined. */
export function tableAnswer(
  question: Question,
  units: Unit[],
): { text: string; rows: { text: string; source: Source }[] } | undefined {
  const rows = units.filter((unit) => unit.row);
  if (rows.length < 2) return undefined;
  const tables = [...new Set(rows.flatMap((unit) => (unit.row ? [unit.row.table] : [])))]
    .map((table) => {
      const own = rows.filter((unit) => unit.row?.table === table);
      return { table, own, ...covered(question, own) };
    })
    .sort((a, b) => b.share - a.share);
  // Where there is nothing but tables, one of them is meant, though it may not name what its rows are.
  const bare = units.every((unit) => unit.row !== undefined || unit.heading === true);
  const said = lazily(
    () =>
      findMatches(
        question,
        units.filter((unit) => !unit.row),
      )[0],
  );
  for (const { table, own, share, missing } of tables) {
    const superlative = SUPERLATIVE.exec(question.text)?.[1];
    const aggregate = AGGREGATE.exec(question.text)?.[1]?.toLowerCase();
    const counting = question.form === 'count' && !aggregate && !/\b(?:max|min)imum number\b/i.test(question.text);
    if (superlative === undefined && aggregate === undefined && !counting) continue;
    if (share < COVERAGE_MIN && (!bare || missing.length > 1)) continue;
    const kept = filtered(question, own);
    if (counting) {
      if (missing.some((term) => term.stem !== question.counted)) continue;
      if (MEASURE_UNITS.has(question.counted ?? '')) continue;
      const header = table.headers.some(
        (name, index) =>
          own.every((unit) => cellNumber(unit.row, index) !== undefined) &&
          question.terms.some((term) => [...stemSet(name)].some((stem) => similarity(term.stem, stem) > 0)),
      );
      const all =
        question.counted !== undefined &&
        [...stemSet(table.headers[0] ?? '')].some((stem) => similarity(question.counted ?? '', stem) > 0);
      if (header || (kept.length === own.length && !all)) continue;
      return { text: String(kept.length), rows: kept.map((unit) => ({ text: unit.text, source: unit.source })) };
    }
    const column = numericColumn(question, table.headers, own, superlative);
    if (column === undefined || !fits(question, own, column)) continue;
    // A sentence that says it in all words is better than a row that is merely the highest.
    const sentence = said();
    if (sentence && missing.length > 0 && sentence.coverage > share) continue;
    const valued = kept.flatMap((unit) => {
      const value = cellNumber(unit.row, column);
      return value === undefined ? [] : [{ unit, value }];
    });
    if (valued.length === 0) continue;
    if (superlative !== undefined && aggregate !== 'average') {
      // The oldest has the lowest year.
      const years =
        /old|young/i.test(superlative) &&
        /year|founded|born|built|opened|established|date/i.test(table.headers[column] ?? '');
      const low = LOW.test(superlative) !== years;
      const best = valued.reduce((top, entry) =>
        (low ? entry.value < top.value : entry.value > top.value) ? entry : top,
      );
      const cells = best.unit.row?.cells ?? [];
      const asksValue =
        question.form === 'measure' ||
        question.form === 'count' ||
        /^what (?:is|was) the (?:highest|lowest|maximum|minimum|largest|smallest)/i.test(question.text);
      const target = asksValue ? column : (askedColumnOther(question, table.headers, cells, column) ?? 0);
      return { text: cells[target] ?? '', rows: [{ text: best.unit.text, source: best.unit.source }] };
    }
    if (valued.length < 2 && kept.length === own.length) continue;
    const sum = valued.reduce((total, entry) => total + entry.value, 0);
    const result = aggregate === 'average' || aggregate === 'mean' ? sum / valued.length : sum;
    const sample = valued[0]?.unit.row?.cells[column] ?? '';
    return {
      text: likeCell(result, sample),
      rows: valued.map(({ unit }) => ({ text: unit.text, source: unit.source })),
    };
  }
  return undefined;
}

/** What of the question the table is about: its headers, its caption, the source's name, or the cells of its rows. */
function covered(question: Question, rows: Unit[]): { share: number; missing: Term[] } {
  const table = rows[0]?.row?.table;
  if (!table) return { share: 0, missing: [] };
  const about = new Set([
    ...[...table.headers, table.caption].flatMap((text) => [...stemSet(text)]),
    ...rows.flatMap((unit) => [...unit.stems.keys(), ...unit.context.flatMap((context) => [...context])]),
  ]);
  // "Which employee …": the noun names the rows, whatever the column is called.
  const noun = /^(?:in |on |at |for )?(?:which|what) (\p{L}+)/iu.exec(question.text)?.[1]?.toLowerCase();
  const asked = question.terms.filter(
    (term) =>
      !SUPERLATIVE.test(term.text) &&
      !AGGREGATE.test(`the ${term.text} value`) &&
      !/^(?:expensive|cheap|old|young|tall|long|heavy|light|fast|slow|high|low|big|large|small|there|row|rows|entry|entries|item|items|number)$/i.test(
        term.text,
      ) &&
      !LIGHT_VERBS.has(term.stem) &&
      (term.text.toLowerCase() !== noun || /^(?:is|are|was|were|does|do|did)$/.test(noun)),
  );
  const missing = asked.filter((term) => ![...about].some((stem) => similarity(term.stem, stem) > 0));
  return { share: asked.length === 0 ? 1 : 1 - missing.length / asked.length, missing };
}

const lazily = <T>(make: () => T): (() => T) => {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
};

/** Whether the column holds the kind of thing that is asked for: no price answers for a temperature. */
function fits(question: Question, rows: Unit[], column: number): boolean {
  const measure = question.wanted?.measure;
  if (measure === undefined) return true;
  const held = rows.flatMap((unit) => entities(unit.row?.cells[column] ?? '').slice(0, 1));
  return held.every((entity) => entity.kind === 'number' || entity.kind === 'date' || entity.measure === measure);
}

/** The rows whose cells the question names ("in Berlin", "of category Toys"); all rows when it names none. */
function filtered(question: Question, rows: Unit[]): Unit[] {
  const values = question.terms.filter((term) =>
    rows.some((unit) =>
      unit.row?.cells.some((cell) => words(cell).some((word) => word.stem === term.stem && !/^\d+$/.test(word.stem))),
    ),
  );
  if (values.length === 0) return rows;
  const kept = rows.filter((unit) =>
    values.every((term) => unit.row?.cells.some((cell) => words(cell).some((word) => word.stem === term.stem))),
  );
  return kept.length > 0 ? kept : rows;
}

function cellNumber(row: Row | undefined, column: number): number | undefined {
  const cell = row?.cells[column] ?? '';
  const clock = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(cell);
  if (clock) return Number(clock[1]) * 60 + Number(clock[2]);
  // "R12" is a name with a number in it, not a number.
  if (!/^[^\p{L}\d]{0,3}\d/u.test(cell)) return undefined;
  const date = /^\d{4}-\d{2}-\d{2}/.test(cell) ? Date.parse(cell) : Number.NaN;
  return Number.isNaN(date) ? numberOf(cell) : date;
}

function numericColumn(
  question: Question,
  headers: string[],
  rows: Unit[],
  superlative: string | undefined,
): number | undefined {
  const numeric = headers.map(
    (_, index) => rows.filter((unit) => cellNumber(unit.row, index) !== undefined).length >= rows.length * 0.8,
  );
  let best: { index: number; score: number } | undefined;
  for (const [index, header] of headers.entries()) {
    if (
      !numeric[index] ||
      (rows.some((unit) => /^\d?\d:\d\d$/.test(unit.row?.cells[index] ?? '')) &&
        !/late|early|first|last/i.test(superlative ?? ''))
    )
      continue;
    const stems = [...stemSet(header)];
    let score =
      stems.reduce((sum, stem) => sum + Math.max(0, ...question.terms.map((term) => similarity(term.stem, stem))), 0) /
      Math.max(1, stems.length);
    if (/expensive|cheap/i.test(superlative ?? '') && /price|cost|fee|amount|fare|rate|rent|salary/i.test(header))
      score += 1;
    if (/old|young/i.test(superlative ?? '') && /age|year|born|founded/i.test(header)) score += 1;
    if (/tall|short|long/i.test(superlative ?? '') && /height|length|duration|distance/i.test(header)) score += 1;
    if (/heav|light/i.test(superlative ?? '') && /weight|mass/i.test(header)) score += 1;
    if (/fast|slow/i.test(superlative ?? '') && /speed|time/i.test(header)) score += 1;
    if (/late|early/i.test(superlative ?? '') && /date|year|time/i.test(header)) score += 1;
    if (score > (best?.score ?? 0)) best = { index, score };
  }
  if (best) return best.index;
  const only = numeric.flatMap((yes, index) => (yes ? [index] : []));
  return only.length === 1 ? only[0] : undefined;
}

function askedColumnOther(question: Question, headers: string[], cells: string[], not: number): number | undefined {
  const index = askedColumn(
    question,
    headers.map((header, at) => (at === not ? '' : header)),
    cells,
  );
  return index === not ? undefined : index;
}

/** A number written as the cells of its column are: with their currency sign, thousands separators and unit. */
function likeCell(value: number, sample: string): string {
  const decimals = /\.(\d+)/.exec(sample)?.[1]?.length ?? 0;
  const rounded =
    Number.isInteger(value) && decimals === 0
      ? value
      : Number(value.toFixed(Math.max(decimals, Number.isInteger(value) ? 0 : 2)));
  const text = rounded.toLocaleString('en-US', {
    minimumFractionDigits: decimals,
    maximumFractionDigits: Math.max(2, decimals),
    useGrouping: sample.includes(',') || /[$€£¥]/.test(sample),
  });
  const sign = /^\s*([$€£¥])/.exec(sample)?.[1] ?? '';
  const unit = /\d\s?([%a-zA-Z€£°²/]+)$/.exec(sample.trim())?.[1];
  return `${sign}${text}${unit === undefined ? '' : unit === '%' ? '%' : ` ${unit}`}`;
}
