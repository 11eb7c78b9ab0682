/** A piece of text on a page. Units are points; `y` is the baseline and grows downwards. */
export type TextRun = { text: string; x: number; y: number; width: number; size: number; upright: boolean };

/** Runs of one line without a wide gap between them. */
type Segment = { text: string; left: number; right: number };
type Line = { y: number; size: number; segments: Segment[] };
type Interval = [left: number, right: number];

/** Gaps, in ems: above the first, words are apart; above the second, the pieces are cells or columns. */
const WORD_GAP_EM = 0.15;
const SEGMENT_GAP_EM = 1.2;
/** What it takes to be text columns and not a table: lines on each side, and characters per line. */
const COLUMN_LINES_MIN = 3;
const COLUMN_CHARACTERS_MIN = 14;
const GUTTER_EM = 0.8;

/**
 * The text of one page in reading order. Runs are joined to lines by their baseline. Where lines leave a gutter free between two sides of
 * long text, the page is in columns there and the left one is read first; short pieces side by side are a table and stay in their row,
 * separated by tabs. An empty line marks a paragraph: a gap of over 1.35 line heights, or a change of the letters' size. Text that is
 * turned (margins, watermarks) comes last.
 */
export function layoutPage(runs: TextRun[]): string {
  const lines = joinLines(runs.filter((run) => run.upright));
  const turned = runs.filter((run) => !run.upright && run.text.trim() !== '');
  const blocks = orderColumns(lines, 0).map(paragraphs);
  if (turned.length > 0) blocks.push(turned.map((run) => run.text.trim()).join('\n'));
  return blocks.filter((block) => block !== '').join('\n\n');
}

function joinLines(runs: TextRun[]): Line[] {
  const sorted = runs.filter((run) => run.size > 0).sort((a, b) => a.y - b.y || a.x - b.x);
  const groups: { y: number; size: number; runs: TextRun[] }[] = [];
  for (const run of sorted) {
    if (run.text.trim() === '') continue;
    const last = groups.at(-1);
    // Superscripts and slightly shifted runs belong to the line; the next line's baseline is at least 0.9 em lower.
    if (last !== undefined && run.y - last.y < 0.45 * Math.max(Math.min(last.size, run.size), 0.6 * last.size)) {
      last.runs.push(run);
      if (run.size > last.size) Object.assign(last, { size: run.size, y: run.y });
    } else groups.push({ y: run.y, size: run.size, runs: [run] });
  }
  return groups.map(({ y, size, runs: members }) => ({ y, size, segments: joinSegments(members) }));
}

function joinSegments(runs: TextRun[]): Segment[] {
  const segments: Segment[] = [];
  for (const run of runs.sort((a, b) => a.x - b.x)) {
    const last = segments.at(-1);
    const gap = last === undefined ? 0 : run.x - last.right;
    if (last === undefined || gap > SEGMENT_GAP_EM * run.size) {
      segments.push({ text: run.text, left: run.x, right: run.x + run.width });
      continue;
    }
    const apart = gap > WORD_GAP_EM * run.size && !last.text.endsWith(' ') && !run.text.startsWith(' ');
    last.text += (apart ? ' ' : '') + run.text;
    last.right = Math.max(last.right, run.x + run.width);
  }
  return segments.map((segment) => ({ ...segment, text: segment.text.replace(/\s+/g, ' ').trim() }));
}

/** Splits lines, top to bottom, into blocks in reading order, each of one column. */
function orderColumns(lines: Line[], depth: number): Line[][] {
  const blocks: Line[][] = [];
  let single: Line[] = [];
  let at = 0;
  while (at < lines.length) {
    const columns = depth < 4 ? columnsFrom(lines, at) : undefined;
    if (columns === undefined) {
      single.push(lines[at]!);
      at += 1;
      continue;
    }
    if (single.length > 0) blocks.push(single);
    single = [];
    blocks.push(...orderColumns(columns.left, depth + 1), ...orderColumns(columns.right, depth + 1));
    at = columns.next;
  }
  if (single.length > 0) blocks.push(single);
  return blocks;
}

function columnsFrom(lines: Line[], start: number): { left: Line[]; right: Line[]; next: number } | undefined {
  const pageLeft = Math.min(...lines.map((line) => line.segments[0]!.left));
  const pageRight = Math.max(...lines.map((line) => line.segments.at(-1)!.right));
  let free: Interval[] = [[pageLeft, pageRight]];
  let next = start;
  while (next < lines.length) {
    const narrowed = intersect(free, gaps(lines[next]!, pageLeft, pageRight));
    // A gutter has text on both sides: what is left of the margins alone ends the run.
    if (
      !narrowed.some(
        ([left, right]) => left > pageLeft && right < pageRight && right - left >= GUTTER_EM * lines[next]!.size,
      )
    ) {
      const open = narrowed.some(([left, right]) => right - left >= GUTTER_EM * lines[next]!.size);
      if (!open) break;
    }
    free = narrowed;
    next += 1;
  }
  const run = lines.slice(start, next);
  for (const [gutterLeft, gutterRight] of free) {
    const middle = (gutterLeft + gutterRight) / 2;
    const left = side(run, (segment) => segment.right <= middle);
    const right = side(run, (segment) => segment.left >= middle);
    if (isColumn(left) && isColumn(right)) return { left, right, next };
  }
  return undefined;
}

function gaps(line: Line, pageLeft: number, pageRight: number): Interval[] {
  const found: Interval[] = [];
  let from = pageLeft;
  for (const { left, right } of line.segments) {
    if (left > from) found.push([from, left]);
    from = Math.max(from, right);
  }
  if (from < pageRight) found.push([from, pageRight]);
  return found;
}

function intersect(a: Interval[], b: Interval[]): Interval[] {
  const both: Interval[] = [];
  for (const [aLeft, aRight] of a) {
    for (const [bLeft, bRight] of b) {
      const left = Math.max(aLeft, bLeft);
      const right = Math.min(aRight, bRight);
      if (right > left) both.push([left, right]);
    }
  }
  return both;
}

function side(lines: Line[], belongs: (segment: Segment) => boolean): Line[] {
  return lines
    .map((line) => ({ ...line, segments: line.segments.filter(belongs) }))
    .filter((line) => line.segments.length > 0);
}

function isColumn(lines: Line[]): boolean {
  if (lines.length < COLUMN_LINES_MIN) return false;
  const lengths = lines
    .map((line) => line.segments.reduce((sum, segment) => sum + segment.text.length, 0))
    .sort((a, b) => a - b);
  return lengths[Math.floor(lengths.length / 2)]! >= COLUMN_CHARACTERS_MIN;
}

function paragraphs(lines: Line[]): string {
  const steps = lines.slice(1).map((line, index) => line.y - lines[index]!.y);
  const usual = [...steps].sort((a, b) => a - b)[Math.floor(steps.length / 2)] ?? 0;
  let text = '';
  for (const [index, line] of lines.entries()) {
    const before = lines[index - 1];
    if (before !== undefined) {
      const step = line.y - before.y;
      const resized = Math.max(line.size, before.size) > 1.15 * Math.min(line.size, before.size);
      // A page of well-spaced single lines has a large usual step, so the letters' size bounds what counts as one paragraph.
      const apart = step > 1.35 * Math.min(usual, 2 * line.size) && step > 1.4 * line.size;
      text += apart || resized ? '\n\n' : '\n';
    }
    text += line.segments.map((segment) => segment.text).join('\t');
  }
  return text;
}
