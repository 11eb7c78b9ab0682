import { drawsOf } from '../../llm/draws.ts';
import type { Draws } from '../../llm/draws.ts';
import { LOOK_ALIKES, PII_TYPES, VALUES } from './values.ts';
import type { PiiType, PiiWords } from './values.ts';

/**
 * Templates: `{EMAIL}` is a value of that type, `{order}` a look-alike. `texts` of a type have one or more of it, `lookAlikes` have nothing
 * sensitive in them, and `documents` are whole records with several types or with none.
 */
export type PiiBank = {
  words: PiiWords;
  documents: string[];
  of: Record<PiiType, { texts: string[]; lookAlikes: string[] }>;
};

export type Span = { type: PiiType; start: number; end: number };

/** One labelled text: every sensitive thing in it stands in `spans`. `about` is the type that it was written for. */
export type PiiCase = { text: string; about: PiiType | 'document'; spans: Span[] };

const TEXTS_EACH = 14;
const LOOK_ALIKES_EACH = 10;
const DOCUMENTS = 21;

const isType = (name: string): name is PiiType => (PII_TYPES as readonly string[]).includes(name);

function piiCase(template: string, about: PiiCase['about'], words: PiiWords, draws: Draws): PiiCase {
  const spans: Span[] = [];
  let text = '';
  for (const [index, part] of template.split(/\{([a-zA-Z_]+)\}/).entries()) {
    if (index % 2 === 0) text += part;
    else if (isType(part)) {
      const start = text.length;
      text += VALUES[part](draws, words);
      spans.push({ type: part, start, end: text.length });
    } else {
      const make = LOOK_ALIKES[part];
      if (make === undefined) throw new Error(`no values for {${part}} in: ${template}`);
      text += make(draws);
    }
  }
  return { text, about, spans };
}

/** The texts of a half: the same seed makes the same. */
export function piiCases({ words, documents, of }: PiiBank, seed: number): PiiCase[] {
  const draws = drawsOf(seed * 139 + 11);
  const cycle = (templates: string[], count: number, about: PiiCase['about']): PiiCase[] =>
    Array.from({ length: Math.max(count, templates.length) }, (_, index) =>
      piiCase(templates[index % templates.length]!, about, words, draws),
    );
  const made = PII_TYPES.flatMap((type) => [
    ...cycle(of[type].texts, TEXTS_EACH, type),
    ...cycle(of[type].lookAlikes, LOOK_ALIKES_EACH, type),
  ]);
  made.push(...cycle(documents, DOCUMENTS, 'document'));
  return [...new Map(made.map((each) => [each.text, each])).values()];
}
