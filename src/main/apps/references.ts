import { asksModel, type Widget } from './app.ts';

/**
 * References of prompts to widgets: `@[Title of a widget]`, or `@Title` where it is one word. `@@` is an at sign; an address such as
 * ann@example.com is none.
 */
const REFERENCE = /@@|@\[([^\]\r\n]{1,60})\]|(?<![\p{L}\p{N}_.+-])@([\p{L}\p{N}_]{1,60})/gu;

export type Piece = { text: string } | { reference: string };

/** A prompt, parted at its references. */
export function piecesOf(prompt: string): Piece[] {
  const pieces: Piece[] = [];
  let text = '';
  let end = 0;
  for (const match of prompt.matchAll(REFERENCE)) {
    text += prompt.slice(end, match.index);
    end = match.index + match[0].length;
    const name = match[1] ?? match[2];
    if (name === undefined) {
      text += '@';
      continue;
    }
    if (text !== '') pieces.push({ text });
    text = '';
    pieces.push({ reference: name.trim() });
  }
  text += prompt.slice(end);
  if (text !== '') pieces.push({ text });
  return pieces;
}

export const referencesOf = (prompt: string): string[] => [
  ...new Set(piecesOf(prompt).flatMap((piece) => ('reference' in piece ? [piece.reference] : []))),
];

/** How a title is referred to. */
export const referenceTo = (title: string): string => (/^[\p{L}\p{N}_]+$/u.test(title) ? `@${title}` : `@[${title}]`);

/** The prompt where the widget `from` is called `to`. */
export function renamed(prompt: string, from: string, to: string): string {
  return prompt.replace(REFERENCE, (found: string, long?: string, short?: string) =>
    (long ?? short)?.trim().toLowerCase() === from.toLowerCase() ? `@[${to}]` : found,
  );
}

/** The widget that a reference means. */
export const widgetOf = (widgets: readonly Widget[], reference: string): Widget | undefined =>
  widgets.find(({ title }) => title.toLowerCase() === reference.toLowerCase());

/** What a widget rests on, and what is wrong with it. */
export type Wiring = { dependsOn: string[]; faults: string[] };

/** How the widgets of an app hang together; `order`: those that models fill in, each after what it rests on, without the faulty. */
export function wiringOf(widgets: readonly Widget[]): { wiring: Record<string, Wiring>; order: string[] } {
  const wiring = new Map<string, Wiring>();
  for (const widget of widgets) {
    const found: Wiring = { dependsOn: [], faults: [] };
    wiring.set(widget.id, found);
    if (!asksModel(widget)) continue;
    if (widget.prompt.trim() === '') found.faults.push('It has no prompt.');
    for (const reference of referencesOf(widget.prompt)) {
      const meant = widgetOf(widgets, reference);
      if (!meant) found.faults.push(`${referenceTo(reference)} names no widget of this app.`);
      else {
        found.dependsOn.push(meant.id);
        if (widget.kind === 'image' && (meant.kind === 'document' || meant.kind === 'image'))
          found.faults.push(`A picture is drawn from words: ${referenceTo(meant.title)} has none.`);
      }
    }
  }
  const titles = new Map(widgets.map(({ id, title }) => [id, title]));
  for (const { id } of widgets) {
    const circle = circleOf(wiring, id);
    if (circle)
      wiring
        .get(id)!
        .faults.push(`It rests on itself: ${circle.map((each) => referenceTo(titles.get(each)!)).join(' → ')}.`);
  }
  return { wiring: Object.fromEntries(wiring), order: orderOf(widgets, wiring) };
}

/** The way from a widget over what it rests on back to itself. */
function circleOf(wiring: ReadonlyMap<string, Wiring>, start: string): string[] | undefined {
  const seen = new Set<string>();
  const ways: string[][] = [[start]];
  for (let way = ways.shift(); way; way = ways.shift()) {
    for (const next of wiring.get(way.at(-1)!)!.dependsOn) {
      if (next === start) return [...way, next];
      if (seen.has(next)) continue;
      seen.add(next);
      ways.push([...way, next]);
    }
  }
  return undefined;
}

function orderOf(widgets: readonly Widget[], wiring: ReadonlyMap<string, Wiring>): string[] {
  const done = new Set(widgets.filter((widget) => !asksModel(widget)).map(({ id }) => id));
  const order: string[] = [];
  for (let grown = true; grown;) {
    grown = false;
    for (const { id } of widgets) {
      const { dependsOn, faults } = wiring.get(id)!;
      if (done.has(id) || faults.length > 0 || !dependsOn.every((each) => done.has(each))) continue;
      done.add(id);
      order.push(id);
      grown = true;
    }
  }
  return order;
}
