import './marked-text.css';

/** Lines and columns from 1; the end is just past the last character. */
export type Place = { Line?: number | undefined; Column?: number | undefined };
export type Mark = { start: Place; end: Place };

/** A text with parts of it marked. */
export function MarkedText({ text, marks, label }: { text: string; marks: readonly Mark[]; label: string }) {
  const lines = text.split('\n');
  const starts: number[] = [];
  let at = 0;
  for (const line of lines) {
    starts.push(at);
    at += line.length + 1;
  }
  const offset = ({ Line = 1, Column = 1 }: Place) => (starts[Line - 1] ?? 0) + Column - 1;
  const spans = marks
    .map(({ start, end }) => ({ from: offset(start), to: offset(end) }))
    .sort((a, b) => a.from - b.from);
  const pieces: { text: string; marked: boolean; from: number }[] = [];
  let done = 0;
  for (const { from, to } of spans) {
    if (from < done) continue;
    pieces.push(
      { text: text.slice(done, from), marked: false, from: done },
      { text: text.slice(from, to), marked: true, from },
    );
    done = to;
  }
  pieces.push({ text: text.slice(done), marked: false, from: done });
  return (
    <section className="marked-text" aria-label={label}>
      {/* Long texts are scrolled to, by keyboard as well. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <pre tabIndex={0}>
        <code>
          {pieces.map((piece) =>
            piece.marked ? (
              <mark key={piece.from}>{piece.text}</mark>
            ) : (
              <span key={`- ${piece.from}`}>{piece.text}</span>
            ),
          )}
        </code>
      </pre>
    </section>
  );
}
