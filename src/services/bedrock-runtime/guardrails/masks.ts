import type { Mask } from './checks.ts';

/** A text with its masked parts replaced; where masks overlap, the one that begins first, or is longer, stands. */
export function masked(text: string, masks: readonly Omit<Mask, 'text'>[]): string {
  const ordered = [...masks].sort((a, b) => a.start - b.start || b.end - a.end);
  let out = '';
  let at = 0;
  for (const { start, end, by } of ordered) {
    if (end <= at) continue;
    if (start < at) {
      // What the earlier mask leaves over is hidden under it.
      at = end;
      continue;
    }
    out += text.slice(at, start) + by;
    at = end;
  }
  return out + text.slice(at);
}
