import type { EntityKind } from './entities.ts';
import { entities } from './entities.ts';
import type { Question } from './question.ts';
import { stemSet } from './units.ts';
import { similarity } from './words.ts';

/** The index of the column that the question asks for. A column whose cell the question gives is not asked for. */
export function askedColumn(question: Question, headers: string[], cells?: string[]): number | undefined {
  let best: { index: number; score: number } | undefined;
  const wantedKinds = question.wanted?.kinds ?? [];
  for (const [index, header] of headers.entries()) {
    const stems = [...stemSet(header)];
    if (stems.length === 0) continue;
    let score = 0;
    for (const stem of stems) {
      const inTerms = Math.max(0, ...question.terms.map((term) => similarity(term.stem, stem)));
      const inFocus = Math.max(0, ...question.focus.map((focus) => similarity(focus, stem)));
      score += Math.max(inTerms, inFocus * 1.5);
    }
    score /= stems.length;
    // "the warranty with registration": the column named in full is meant, not the one that the whole table is about.
    if (stems.length < header.split(/\s+/).length && question.text.toLowerCase().includes(header.toLowerCase()))
      score += 0.2;
    const cell = cells?.[index];
    if (cell !== undefined) {
      const cellStems = [...stemSet(cell)];
      if (cellStems.length > 0 && cellStems.every((stem) => question.terms.some((term) => term.stem === stem)))
        continue;
      const kind = entities(cell)[0]?.kind;
      if (
        kind !== undefined &&
        (kind === wantedKinds[0] || (question.focus.length === 0 && wantedKinds.includes(kind)))
      )
        score += 0.4 - 0.1 * wantedKinds.indexOf(kind);
      if (question.form === 'who' && /^(?:name|person|employee|owner|manager|lead|contact)/i.test(header)) score += 0.3;
    }
    if (cells && wantedKinds.length > 0 && cellKindOf(cells[index] ?? '', wantedKinds)) score *= 0.2;
    if (score > (best?.score ?? 0.25)) best = { index, score };
  }
  if (best || !cells || question.focus.length > 0 || (question.form !== 'what' && question.form !== 'who'))
    return best?.index;
  // "What is on shelf A1?": one cell is given, so the row is asked for, which its first column names.
  const given = (cell: string): boolean =>
    [...stemSet(cell)].some((stem) => question.terms.some((term) => term.stem === stem));
  const names = cells.findIndex((cell) => !given(cell));
  return cells.some(given) && names === 0 ? names : undefined;
}

const MEASURED = new Set(['time', 'date', 'money', 'percent', 'number', 'quantity', 'email', 'phone', 'url']);

/** Whether the cell holds a time, a sum or the like where a place or person is wanted, or the other way round. */
function cellKindOf(cell: string, wanted: EntityKind[]): boolean {
  const kind = entities(cell)[0]?.kind;
  return kind !== undefined && !wanted.includes(kind) && MEASURED.has(kind) && !MEASURED.has(wanted[0] ?? '');
}

/** Whether the question asks for the content of one cell, rather than for yes or no or a number of rows. */
export const asksCell = (question: Question): boolean =>
  question.form !== 'yesno' && question.form !== 'choice' && question.form !== 'count' && question.form !== 'list';
