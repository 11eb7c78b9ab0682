import type { Mask } from './checks.ts';
import type { Piece } from './contents.ts';

/** Pieces that stand next to each other in one message, as one text: what is split over two of them is found, too. */
export type Run = { text: string; parts: { index: number; start: number; end: number }[] };

/** The runs of the pieces that are chosen, each piece in one. Between two there is a line's end, unless one of them brings space along. */
export function runsOf(pieces: readonly Piece[], chosen: readonly boolean[]): Run[] {
  return gather(pieces, chosen, (before, after) => (/\s$/.test(before) || /^\s/.test(after) ? '' : '\n'));
}

/** Those runs whose pieces make other words where nothing is put between them: `for` and `bidden`. */
export function closedRunsOf(pieces: readonly Piece[], chosen: readonly boolean[]): Run[] {
  const open = runsOf(pieces, chosen);
  return gather(pieces, chosen, () => '').filter(({ text }, index) => text !== open[index]!.text);
}

function gather(
  pieces: readonly Piece[],
  chosen: readonly boolean[],
  between: (before: string, after: string) => string,
): Run[] {
  const runs: { texts: string[]; length: number; parts: Run['parts'] }[] = [];
  for (const [index, piece] of pieces.entries()) {
    if (!chosen[index]) continue;
    let run = runs.at(-1);
    const joins = run?.parts.at(-1)!.index === index - 1 && follows(pieces[index - 1]!, piece);
    if (!run || !joins) runs.push((run = { texts: [], length: 0, parts: [] }));
    const gap = joins ? between(pieces[index - 1]!.text, piece.text) : '';
    const start = run.length + gap.length;
    run.length = start + piece.text.length;
    run.texts.push(gap, piece.text);
    run.parts.push({ index, start, end: run.length });
  }
  return runs.map(({ texts, parts }) => ({ text: texts.join(''), parts }));
}

const follows = ({ place: before }: Piece, { place: after }: Piece): boolean =>
  before !== undefined && after !== undefined && before.message === after.message && before.part + 1 === after.part;

/** Masks of runs as masks of their pieces; one that goes over several is told in each, so that none is left empty. */
export function masksOfPieces(runs: readonly Run[], masks: readonly Mask[]): Mask[] {
  return masks.flatMap(({ text, start, end, by }) => {
    const { parts } = runs[text]!;
    const told: Mask[] = [];
    for (let at = firstBehind(parts, start); at < parts.length && parts[at]!.start < end; at++) {
      const part = parts[at]!;
      told.push({
        text: part.index,
        start: Math.max(start, part.start) - part.start,
        end: Math.min(end, part.end) - part.start,
        by,
      });
    }
    return told;
  });
}

/** The first part that ends behind a place: a text may have very many. */
function firstBehind(parts: Run['parts'], place: number): number {
  let [low, high] = [0, parts.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (parts[middle]!.end > place) high = middle;
    else low = middle + 1;
  }
  return low;
}
