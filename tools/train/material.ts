import { readFileSync } from 'node:fs';

/** A text to train on. Labels that are in neither list are wrong for it; `unsure` ones are left out. */
export type Sample = { text: string; labels: string[]; unsure: string[]; group: string; weight: number };

/** How many texts one line is written out to at most. */
const WRITTEN_OUT_MAX = 8;

/** Numbers drawn from a seed: the same seed, the same numbers. */
export function drawsFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Reads a file of material. `== label label ?unsure` says what the lines under it are (`== none`: harmless); `@name = a | b` makes a list;
 * in a line `{a|b}` and `@name` stand for any of their words. An empty line begins a new group: groups are held out together.
 */
export function readMaterial(path: string, lists: Map<string, string[]>, draw: () => number): Sample[] {
  const samples: Sample[] = [];
  let labels: string[] = [];
  let unsure: string[] = [];
  for (const [number, raw] of readFileSync(path, 'utf8').split('\n').entries()) {
    const line = raw.trim();
    if (!line) continue;
    if (line.startsWith('# ')) continue;
    else if (line.startsWith('==')) {
      const words = line.slice(2).trim().split(/\s+/);
      labels = words.filter((word) => !word.startsWith('?') && word !== 'none');
      unsure = words.filter((word) => word.startsWith('?')).map((word) => word.slice(1));
    } else if (/^@\w+ =/.test(line)) {
      const [name, values] = line.slice(1).split(' = ') as [string, string];
      lists.set(
        name,
        values.split('|').map((value) => value.trim()),
      );
    } else {
      const texts = new Set<string>();
      const varies = /[{@]/.test(line);
      for (let tries = 0; texts.size < (varies ? WRITTEN_OUT_MAX : 1) && tries < 20; tries++)
        texts.add(writeOut(line, lists, draw));
      for (const text of texts) {
        samples.push({ text, labels, unsure, group: `${path}:${number}`, weight: 1 / Math.sqrt(texts.size) });
      }
    }
  }
  return samples;
}

/** One choice without choices inside; braces without a bar are the text's own. */
const CHOICE = /\{([^{}]*\|[^{}]*)\}/g;

function writeOut(line: string, lists: Map<string, string[]>, draw: () => number): string {
  const pick = (from: string[]): string => from[Math.floor(draw() * from.length)]!;
  let chosen = line;
  for (let depth = 0; depth < 3; depth++)
    chosen = chosen.replace(CHOICE, (_, choices: string) => pick(choices.split('|')));
  const text = chosen
    .replace(/@(\w+)/g, (whole, name: string) => {
      const list = lists.get(name);
      if (!list) throw new Error(`no list ${whole} for: ${line}`);
      return pick(list);
    })
    .replaceAll('\\n', '\n');
  return text.charAt(0).toUpperCase() + text.slice(1);
}
