import type { ReactNode } from 'react';
import type { Span } from './explain.ts';
import './highlighted.css';

/** A text with what was found in it marked: red for what is blocked, yellow for what is masked, blue for what is told only. */
export function Highlighted({ text, spans, label }: { text: string; spans: readonly Span[]; label?: string }) {
  const parts: ReactNode[] = [];
  let at = 0;
  for (const { start, end, action, title } of spans) {
    if (start > at) parts.push(text.slice(at, start));
    parts.push(
      <mark key={start} data-action={action} title={title}>
        {text.slice(start, end)}
      </mark>,
    );
    at = end;
  }
  parts.push(text.slice(at));
  return (
    <span className="highlighted" {...(label === undefined ? {} : { role: 'group', 'aria-label': label })}>
      {parts}
    </span>
  );
}
