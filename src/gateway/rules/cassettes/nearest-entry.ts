import type { Json } from '../view.ts';
import type { Entry } from './entry.ts';

/** Entries that are compared; more tell nothing more. */
const COMPARED_MAX = 500;
const LINES_MAX = 12;
const VALUE_MAX = 120;
const LEAVES_MAX = 5_000;

/** What is wrong with a call that is not in a cassette: the entry that is nearest to it, and where they differ. */
export function missText(
  cassette: string,
  call: string,
  input: Json,
  entries: readonly Entry[],
  inputOf: (entry: Entry) => Json,
): string {
  const asked = leavesOf(input);
  let best: { place: number; leaves: Map<string, string>; score: number } | undefined;
  for (const [index, entry] of entries.entries()) {
    if (entry.call !== call) continue;
    if (index > COMPARED_MAX) break;
    const leaves = leavesOf(inputOf(entry));
    let same = 0;
    for (const [path, value] of leaves) if (asked.get(path) === value) same++;
    const score = same / Math.max(1, leaves.size + asked.size - same);
    if (!best || score > best.score) best = { place: index + 1, leaves, score };
  }
  const head = `The cassette ${cassette} has no answer for this call of ${call}.`;
  if (!best) {
    const calls = [...new Set(entries.map((entry) => entry.call))];
    return `${head} It has ${entries.length} entries${calls.length > 0 ? `, of ${calls.slice(0, 10).join(', ')}` : ''}.`;
  }
  const lines: string[] = [];
  const paths = [...new Set([...best.leaves.keys(), ...asked.keys()])].sort();
  for (const path of paths) {
    const [was, is] = [best.leaves.get(path), asked.get(path)];
    if (was === is) continue;
    lines.push(`  ${path}`);
    if (was !== undefined) lines.push(`    - ${was}`);
    if (is !== undefined) lines.push(`    + ${is}`);
  }
  const shown = lines.slice(0, LINES_MAX * 3);
  const more = lines.length > shown.length ? [`  … ${lines.length - shown.length} lines more`] : [];
  return [`${head} The nearest is entry ${best.place}:`, ...shown, ...more].join('\n');
}

/** A value as paths and what stands at them. */
function leavesOf(value: Json): Map<string, string> {
  const leaves = new Map<string, string>();
  const walk = (item: Json, path: string) => {
    if (leaves.size >= LEAVES_MAX) return;
    if (typeof item === 'object' && item !== null && Object.keys(item).length > 0) {
      for (const [key, inner] of Object.entries(item))
        walk(inner, Array.isArray(item) ? `${path}[${key}]` : `${path}.${key}`);
      return;
    }
    const text = JSON.stringify(item);
    leaves.set(
      path,
      text.length > VALUE_MAX ? `${text.slice(0, VALUE_MAX)}… (${text.length} characters, ${hashOf(text)})` : text,
    );
  };
  walk(value, '$');
  return leaves;
}

/** Tells two long texts with one beginning apart (FNV-1a). */
function hashOf(text: string): string {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}
