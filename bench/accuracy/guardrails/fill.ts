import type { Draws } from '../llm/draws.ts';

/** Words that may stand in a template's `{slot}`. */
export type Slots = Record<string, readonly string[]>;

/** Makes a marked word hard to read for a filter, and no harder for a person. */
export type Trick = (word: string, draws: Draws) => string;

/** What the templates of one half share: slot words, ways of hiding a word, and longer texts with a place for `{text}`. */
export type Half = { slots: Slots; tricks: Trick[]; frames: string[] };

/**
 * Fills each `{slot}` of a template; a slot that occurs twice gets two draws, `{slot#1}` the same one wherever it stands.
 * @throws Error for a slot that no list has: a misspelt one must not reach a text.
 */
export function fill(template: string, slots: Slots, draws: Draws): string {
  const kept = new Map<string, string>();
  const filled = template.replaceAll(/\{([a-zA-Z]+)(#\d)?\}/g, (whole, name: string, same?: string) => {
    const words = slots[name];
    if (words === undefined) throw new Error(`no words for ${whole} in: ${template}`);
    const word = kept.get(whole) ?? draws.pick(words);
    if (same !== undefined) kept.set(whole, word);
    return word;
  });
  return filled.replace(/^[a-z]/, (letter) => (template.startsWith('{') ? letter.toUpperCase() : letter));
}

/** The template without its `^marks^`: words that a trick may hide. */
export const unmarked = (text: string): string => text.replaceAll(/\^([^^]+)\^/g, '$1');

/** The text with every marked word hidden by one trick. */
export const hidden = (text: string, trick: Trick, draws: Draws): string =>
  text.replaceAll(/\^([^^]+)\^/g, (_, word: string) => trick(word, draws));

/** A framed text is at most this long, and any text from `LONG` on counts as a long one, in characters. */
const LENGTH_MAX = 1000;
const LONG = 200;

export type Form = 'plain' | 'hidden' | 'long';

/**
 * `count` different texts out of templates: first each template once, then again with other slot words. Some stand in a longer frame if
 * `frame`, and some of those with marked words have these hidden if `hide`, more of both among the repeated ones.
 * @throws Error if the slots do not make that many.
 */
export function texts(
  templates: readonly string[],
  count: number,
  half: Half,
  draws: Draws,
  { hide, frame }: { hide: boolean; frame: boolean },
): { text: string; form: Form }[] {
  const made = new Map<string, Form>();
  for (let index = 0; made.size < count; index++) {
    if (index > 40 * count) throw new Error(`only ${made.size} of ${count} different texts in ${templates[0]}`);
    const template = templates[index % templates.length]!;
    const filled = fill(template, half.slots, draws);
    const again = index >= templates.length;
    if (hide && template.includes('^') && draws.chance(again ? 0.5 : 0.2)) {
      const text = hidden(filled, draws.pick(half.tricks), draws);
      made.set(text, text === unmarked(filled) ? 'plain' : 'hidden');
    } else {
      const plain = unmarked(filled);
      const framed =
        frame && draws.chance(again ? 0.3 : 0.12)
          ? fill(draws.pick(half.frames).replace('{text}', '\0'), half.slots, draws).replace('\0', () => plain)
          : '';
      if (framed !== '' && framed.length <= LENGTH_MAX) made.set(framed, 'long');
      else made.set(plain, plain.length >= LONG ? 'long' : 'plain');
    }
  }
  return [...made].map(([text, form]) => ({ text, form }));
}
