/** A piece of text on a page. Units are points; `y` is the baseline and grows downwards; `angle` is clockwise, in radians. */
export type TextRun = { text: string; x: number; y: number; width: number; size: number; angle: number };

/** Runs of one line without a wide gap between them. */
type Segment = { text: string; left: number; right: number; y: number; size: number };
type Line = { y: number; size: number; segments: Segment[] };
type Interval = [left: number, right: number];

/** Gaps, in ems: above the first, words are apart; above the second, the pieces are cells or columns. */
const WORD_GAP_EM = 0.15;
const SEGMENT_GAP_EM = 1.2;
/** A bullet or number that stands apart before its item. */
const ITEM_MARK = /^([•◦▪‣⁃●○■□–*-]|\(?(?:\d{1,3}|[a-zA-Z])[.)])\t/;
/** What it takes to be text columns and not a table: lines on each side, and characters in a line without a gap. */
const COLUMN_LINES_MIN = 3;
const COLUMN_CHARACTERS_MIN = 14;
const GUTTER_EM = 0.8;
/** White space over the whole width, in ems, that sets a header or a foot apart from the columns. */
const BAND_EM = 3;

/**
 * The text of one page in reading order. Runs are joined to lines by their baseline. Where lines leave a gutter free between two sides of
 * long text, the page is in columns there and the left one is read first; short pieces side by side are a table and stay in their row,
 * separated by tabs. The direction of most of the text counts as upright, so a page turned on its side reads the same. An empty line marks a paragraph: a gap of over 1.35 line heights, or a change of the letters' size. Text that is
 * turned (margins, watermarks) comes last.
 */
export function layoutPage(runs: TextRun[]): string {
  const turn = mainTurn(runs);
  const facing = runs.map((run) => turnBack(run, turn));
  const lines = joinLines(facing.filter((run) => Math.abs(run.angle) < 0.1));
  const turned = facing.filter((run) => Math.abs(run.angle) >= 0.1 && run.text.trim() !== '');
  const blocks = orderColumns(lines, 0).map(paragraphs);
  if (turned.length > 0) blocks.push(turned.map((run) => run.text.trim()).join('\n'));
  return blocks.filter((block) => block !== '').join('\n\n');
}

/** The quarter turns (0 to 3, clockwise) that most characters have. */
function mainTurn(runs: TextRun[]): number {
  const characters = [0, 0, 0, 0];
  for (const run of runs) {
    const quarters = run.angle / (Math.PI / 2);
    if (Math.abs(quarters - Math.round(quarters)) < 0.07)
      characters[(Math.round(quarters) + 4) % 4]! += run.text.length;
  }
  return characters.indexOf(Math.max(...characters));
}

/** Turns the page counter-clockwise by quarter turns. */
function turnBack(run: TextRun, turn: number): TextRun {
  if (turn === 0) return run;
  const { x, y } = run;
  const [newX, newY] = turn === 1 ? [y, -x] : turn === 2 ? [-x, -y] : [-y, x];
  const angle = run.angle - (turn * Math.PI) / 2;
  return { ...run, x: newX, y: newY, angle: Math.atan2(Math.sin(angle), Math.cos(angle)) };
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
      segments.push({ text: run.text, left: run.x, right: run.x + run.width, y: run.y, size: run.size });
      continue;
    }
    const apart = gap > WORD_GAP_EM * run.size && !last.text.endsWith(' ') && !run.text.startsWith(' ');
    last.text += (apart ? ' ' : '') + run.text;
    last.right = Math.max(last.right, run.x + run.width);
    if (run.size > last.size) Object.assign(last, { size: run.size, y: run.y });
  }
  return segments.map((segment) => ({ ...segment, text: segment.text.replace(/\s+/g, ' ').trim() }));
}

/** Splits lines, top to bottom, into blocks in reading order, each of one column. */
function orderColumns(lines: Line[], depth: number): Line[][] {
  const blocks: Line[][] = [];
  let single: Line[] = [];
  const extent = lines.reduce<Interval>(
    ([left, right], line) => [Math.min(left, line.segments[0]!.left), Math.max(right, line.segments.at(-1)!.right)],
    [Infinity, -Infinity],
  );
  let at = 0;
  while (at < lines.length) {
    const columns = depth < 4 ? columnsFrom(lines, at, extent) : undefined;
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

function columnsFrom(
  lines: Line[],
  start: number,
  [pageLeft, pageRight]: Interval,
): { left: Line[]; right: Line[]; next: number } | undefined {
  let free: Interval[] = [[pageLeft, pageRight]];
  let next = start;
  while (next < lines.length) {
    if (next > start && lines[next]!.y - lines[next - 1]!.y > BAND_EM * lines[next]!.size) break;
    const gutter = GUTTER_EM * lines[next]!.size;
    const narrowed = intersect(free, gaps(lines[next]!, pageLeft, pageRight)).filter(
      ([left, right]) => right - left >= gutter,
    );
    if (narrowed.length === 0) break;
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
  const found: Line[] = [];
  for (const line of lines) {
    const segments = line.segments.filter(belongs);
    // The columns' baselines need not agree: each side's lines have their own.
    const [first] = segments;
    if (first !== undefined) found.push({ y: first.y, size: Math.max(...segments.map(({ size }) => size)), segments });
  }
  return found;
}

function isColumn(lines: Line[]): boolean {
  if (lines.length < COLUMN_LINES_MIN) return false;
  // The longest piece of each line: cells side by side do not add up to text.
  const lengths = lines.map((line) => Math.max(...line.segments.map(({ text }) => text.length))).sort((a, b) => a - b);
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
    text += line.segments
      .map((segment) => segment.text)
      .join('\t')
      .replace(ITEM_MARK, '$1 ');
  }
  return text;
}
