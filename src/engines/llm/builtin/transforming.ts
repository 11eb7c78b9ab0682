import { arithmetic } from './arithmetic.ts';
import type { Conversation } from './shapes.ts';
import type { Draft } from './draft.ts';
import type { EntityKind } from './entities.ts';
import { entities, numberOf } from './entities.ts';
import { titleCase } from './forming.ts';
import { readLabels } from './labelling.ts';
import { splitList } from './listing.ts';
import { unquote } from './prompt.ts';
import type { Sampling } from './sampling.ts';
import { draw } from './sampling.ts';
import { isContent, sentences, words } from './words.ts';

const LISTED: [RegExp, EntityKind[]][] = [
  [/\be-?mail(?: address(?:es)?)?s?\b/i, ['email']],
  [/\b(?:phone|telephone|mobile|contact) numbers?\b|\bphones\b/i, ['phone']],
  [/\b(?:urls?|links?|web ?sites?|web addresses)\b/i, ['url']],
  [/\bdates?\b/i, ['date']],
  [/\btimes?\b/i, ['time']],
  [/\b(?:amounts?|prices?|sums? of money|monetary|dollar|costs?|currency)\b/i, ['money']],
  [/\b(?:percentages?|percents?)\b/i, ['percent']],
  [/\b(?:people|persons?|names of people|person names|people's names)\b/i, ['person']],
  [/\b(?:cities|countries|places?|locations?)\b/i, ['place']],
  [/\b(?:companies|organi[sz]ations?|firms)\b/i, ['organisation']],
  [/\b(?:order (?:ids|numbers)|ids|identifiers|codes|skus|reference numbers)\b/i, ['id']],
  [/\b(?:named entities|entities|proper nouns|proper names)\b/i, ['person', 'place', 'organisation', 'proper']],
  [/\bnumbers?\b/i, ['number', 'quantity', 'money', 'percent']],
  [/\b(?:names?)\b/i, ['person']],
];

/** The work of a request that needs no understanding: lists, sorting, counting, arithmetic, letter case, keywords. Undefined: none asked. */
export function transform(conversation: Conversation, sampling: Sampling): Draft | undefined {
  const { ask } = conversation;
  // "Pick one from the list: a, b": the list is read as text; short prompts are looked at whole.
  const whole = conversation.asked.length < 2000 ? conversation.asked.trim() : ask;
  const lead = ask.trim().replace(/^(?:(?:please|can you|could you|would you|kindly|now|hi|hello)[,!]?\s+)+/i, '');
  return (
    picking(whole, whole, sampling) ??
    sum(conversation, lead) ??
    sorting(conversation, lead) ??
    counting(conversation, lead) ??
    casing(conversation, lead) ??
    listing(conversation, lead) ??
    keywords(conversation, lead) ??
    relining(conversation, lead)
  );
}

/** Characters as people count them: a letter with its accents, or an emoji, is one. */
const characters = (text: string): string[] =>
  [...new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(text)].map((part) => part.segment);

/** The text that a request works on. */
function materialOf(conversation: Conversation): string {
  const current = conversation.sources.filter((source) => source.current && source.kind !== 'system');
  if (current.length > 0) return current.map((source) => source.text).join('\n');
  const quote =
    /["“]([^"”]+)["”]/.exec(conversation.ask)?.[1] ?? /(?<![\p{L}])'([^'\n]+)'(?![\p{L}])/u.exec(conversation.ask)?.[1];
  if (quote !== undefined) return quote;
  const colon = /:\s*(\S[\s\S]*)$/.exec(conversation.ask)?.[1];
  if (colon !== undefined) return unquote(colon);
  return conversation.sources
    .filter((source) => source.kind !== 'system')
    .map((source) => source.text)
    .join('\n');
}

/** "Pick a colour from: red, green, blue": one of them; at temperature 0 the first. */
function picking(ask: string, lead: string, sampling: Sampling): Draft | undefined {
  const asked =
    /\b(?:pick|choose|select|name|give me|tell me|say|return|output|answer with|reply with|respond with|draw|generate|roll)\b[^.\n]{0,60}\b(?:one of|from|out of|among|between|any of|either)\b|\b(?:random(?:ly)?)\b|\b(?:answer|reply|respond) with (?:exactly |just |only )?(?:one of|one word (?:from|of)|either)\b|\bone of the following\b/i.test(
      ask,
    );
  if (!asked || /\b(?:classif|categor|sentiment|label|based on|according to|text|document)\b/i.test(ask))
    return undefined;
  const given =
    ask.length > 600 ||
    /\n(?:passage|text|article|message|headline|review|comment|email|ticket)\s*:|<\/\w+>/i.test(ask);
  if (given && !/\brandom/i.test(ask)) return undefined;
  const range = /\b(?:number|integer|digit)\b[^.\n]{0,40}?\b(?:between|from)\s+(-?\d+)\s+(?:and|to|-)\s+(-?\d+)/i.exec(
    ask,
  );
  let options = range ? [] : readLabels(ask).map((label) => label.name);
  if (range) {
    const from = Number(range[1]);
    const to = Number(range[2]);
    if (to >= from && to - from <= 100_000)
      options = Array.from({ length: to - from + 1 }, (_, index) => String(from + index));
  }
  if (options.length < 2)
    options = splitList(/[:[({]\s*([^\])}.!?\n]+)/.exec(lead)?.[1] ?? '').map((option) =>
      option.replace(/["“”'`]/g, ''),
    );
  if (options.length < 2) return undefined;
  const chosen = draw(
    options.map((value) => ({ value, score: 0 })),
    sampling,
  );
  return { short: chosen, full: chosen, shaped: true };
}

function sum(conversation: Conversation, lead: string): Draft | undefined {
  if (
    !/\b(?:what(?:'s| is| are)|calculate|compute|evaluate|solve|how much is|result of|sum|product|add|multiply|subtract|divide|equals?|work out|=)/i.test(
      lead,
    ) &&
    !/^[-\d(]/.test(lead)
  )
    return undefined;
  const total =
    /\b(?:sum|total|add(?: up)?|average|mean|maximum|max|largest|biggest|highest|minimum|min|smallest|lowest|median)\b[^:\n]{0,40}?(?:of|:|up)?[^:\n\d]{0,30}:?\s*(-?\d+(?:[.,]\d+)*(?:(?:\s*(?:,|;|and)\s*(?:and\s+)?|\s+)-?\d+(?:[.,]\d+)*)+)/i.exec(
      lead,
    );
  if (total) {
    const list = [...(total[1] ?? '').matchAll(/-?\d+(?:,\d{3})+(?:\.\d+)?|-?\d+(?:\.\d+)?/g)].map(
      (match) => numberOf(match[0]) ?? 0,
    );
    if (list.length >= 2) {
      const kind = total[0].toLowerCase();
      const sorted = [...list].sort((a, b) => a - b);
      const added = list.reduce((acc, value) => acc + value, 0);
      const middle = (sorted.length - 1) / 2;
      const value = /average|mean/.test(kind)
        ? added / list.length
        : /median/.test(kind)
          ? ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle)] ?? 0)) / 2
          : /max|largest|biggest|highest/.test(kind)
            ? (sorted.at(-1) ?? 0)
            : /min|smallest|lowest/.test(kind)
              ? (sorted[0] ?? 0)
              : added;
      const text = String(Number(value.toPrecision(12)));
      return { short: text, full: text, shaped: true };
    }
  }
  if (conversation.sources.some((source) => source.current && source.kind !== 'system')) return undefined;
  const found = arithmetic(lead);
  if (!found) return undefined;
  const shown = found.expression.replaceAll('**', '^').trim();
  return { short: found.result, full: `${shown} = ${found.result}`, shaped: true };
}

function sorting(conversation: Conversation, lead: string): Draft | undefined {
  const asked =
    /^(?:sort|order|arrange|alphabeti[sz]e|rank)\b/i.exec(lead) ??
    /\bin alphabetical order\b|\bsorted (?:alphabetically|in|from)\b/i.exec(lead);
  if (!asked) return undefined;
  const text = materialOf(conversation);
  const lines = text
    .split('\n')
    .map((line) => line.trim().replace(/^(?:[-*•]|\d+[.)])\s+/, ''))
    .filter(Boolean);
  const items = lines.length > 1 ? lines : splitList(text.replace(/^[^:]*:\s*/, ''));
  if (items.length < 2) return undefined;
  const numbers = items.map((item) => numberOf(item));
  const numeric = numbers.every((value) => value !== undefined) && !/alphabet/i.test(lead);
  const down =
    /\b(?:descending|reverse|highest (?:to|first)|largest (?:to|first)|biggest first|z (?:to|-) ?a|decreasing|high to low)\b/i.test(
      lead,
    );
  const sorted = items
    .map((item, index) => ({ item, index }))
    .sort((a, b) =>
      numeric
        ? (numbers[a.index] ?? 0) - (numbers[b.index] ?? 0)
        : a.item.localeCompare(b.item, 'en', { sensitivity: 'base' }),
    )
    .map(({ item }) => item);
  if (down) sorted.reverse();
  const full = lines.length > 1 ? sorted.join('\n') : sorted.join(', ');
  return { short: full, full, items: sorted, shaped: true };
}

function counting(conversation: Conversation, lead: string): Draft | undefined {
  const asked =
    /\b(?:how many|count(?: the)?(?: number of)?|number of)\s+(?:the\s+)?(words|characters|letters|sentences|lines|paragraphs|vowels|times|occurrences)\b/i.exec(
      lead,
    );
  if (!asked) return undefined;
  const unit = (asked[1] ?? '').toLowerCase();
  let text = materialOf(conversation);
  let count: number;
  if (unit === 'times' || unit === 'occurrences') {
    const needle = /["“'‘]([^"”'’]+)["”'’]/.exec(conversation.ask)?.[1];
    if (needle === undefined) return undefined;
    if (text === needle) text = conversation.sources.map((source) => source.text).join('\n');
    const single = needle.length === 1;
    count =
      text.match(
        new RegExp(
          single
            ? needle.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
            : `(?<![\\p{L}\\p{N}])${needle.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?![\\p{L}\\p{N}])`,
          'giu',
        ),
      )?.length ?? 0;
  } else {
    if (text === '') return undefined;
    if (unit === 'words') count = text.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word)).length;
    else if (unit === 'characters') count = characters(text).length;
    else if (unit === 'letters') count = text.match(/\p{L}/gu)?.length ?? 0;
    else if (unit === 'vowels') count = text.match(/[aeiou]/gi)?.length ?? 0;
    else if (unit === 'sentences') count = sentences(text).length;
    else if (unit === 'lines') count = text.split('\n').filter((line) => line.trim() !== '').length;
    else count = text.split(/\n\s*\n/).filter((block) => block.trim() !== '').length;
  }
  return { short: String(count), full: String(count), shaped: true };
}

function casing(conversation: Conversation, lead: string): Draft | undefined {
  const asked =
    /\b(?:convert|change|turn|rewrite|transform|put|make|write|format)\b[^:\n]{0,60}?\b(?:in|to|into|as)?\s*(?:all )?(upper[- ]?case|capitals|capital letters|lower[- ]?case|title case|sentence case)\b/i.exec(
      lead,
    ) ?? /^(upper[- ]?case|lower[- ]?case|capitali[sz]e|reverse)\b/i.exec(lead);
  if (!asked) return undefined;
  const how = (asked[1] ?? '').toLowerCase();
  if (/\b(?:answer|response|reply)\b/i.test(asked[0])) return undefined;
  const text = materialOf(conversation);
  if (text === '') return undefined;
  const made = /^(?:upper|capitals|capital letters)/.test(how)
    ? text.toUpperCase()
    : how.startsWith('lower')
      ? text.toLowerCase()
      : how === 'reverse'
        ? /\bword/i.test(lead)
          ? text.split(/\s+/).reverse().join(' ')
          : characters(text).reverse().join('')
        : how === 'sentence case'
          ? text.charAt(0).toUpperCase() + text.slice(1).toLowerCase()
          : titleCase(text);
  return { short: made, full: made, shaped: true };
}

function listing(conversation: Conversation, lead: string): Draft | undefined {
  if (
    !/^(?:list|extract|find|identify|get|give(?: me)?|show(?: me)?|pull(?: out)?|return|what(?: are)?|which|name)\b/i.test(
      lead,
    ) ||
    !/\b(?:all|every|each|the|any)\b/i.test(lead.slice(0, 60))
  )
    return undefined;
  const noun =
    /^(?:list|extract|find|identify|get|give(?: me)?|show(?: me)?|pull(?: out)?|return|what(?: are)?|which|name)\s+(?:me\s+)?(?:all\s+|every\s+|each\s+|any\s+)?(?:of\s+)?(?:the\s+)?((?:[\w'-]+\s?){1,4})/i.exec(
      lead,
    )?.[1] ?? '';
  const every = /\b(?:all|every|each|any)\b/i.test(lead.slice(0, 40)) || /^(?:list|extract)\b/i.test(lead);
  if (!every) return undefined;
  const wanted = LISTED.find(([pattern]) => pattern.test(noun));
  if (!wanted) return undefined;
  // "the names of the managers" asks for some of them: a question, not a list of a kind.
  if (
    /\b(?:who|whose|that|which|where)\b/i.test(lead.slice(lead.indexOf(noun) + noun.length)) ||
    (/\bof the\b/i.test(lead) && !/\bof the (?:people|persons|text|document)/i.test(lead))
  )
    return undefined;
  const text = materialOf(conversation);
  const kinds = wanted[1];
  const found = sentences(text).flatMap((span) =>
    entities(text.slice(span.start, span.end))
      .filter(
        (entity) =>
          kinds.includes(entity.kind) || (kinds[0] === 'number' && entity.kind === 'date' && /^\d+$/.test(entity.text)),
      )
      .map((entity) =>
        kinds[0] === 'number' ? (/-?[\d,]*\.?\d+/.exec(entity.text)?.[0] ?? entity.text) : entity.text,
      ),
  );
  const unique = [...new Set(found)];
  if (unique.length === 0)
    return {
      short: 'none',
      full: `There are no ${noun.trim().replace(/\s+(?:in|from|of|mentioned).*$/i, '')} in the text.`,
      items: [],
      declined: true,
    };
  const full = unique.map((item) => `- ${item}`).join('\n');
  return { short: unique.join(', '), full, items: unique, shaped: true };
}

function keywords(conversation: Conversation, lead: string): Draft | undefined {
  const asked =
    /\b(?:(\d+|three|four|five|six|seven|eight|ten)\s+)?(?:most important |main |top )?(?:key ?words?|key ?phrases?|key terms|tags)\b/i.exec(
      lead,
    );
  if (!asked || !/^(?:extract|list|find|give|identify|generate|suggest|what|return|name|get)\b/i.test(lead))
    return undefined;
  const count = numberOf(asked[1] ?? '') ?? 5;
  const scores = new Map<string, { text: string; score: number; first: number }>();
  const text = materialOf(conversation);
  for (const [at, word] of words(text).entries()) {
    if (!isContent(word) || word.lower.length < 3 || /^\d/.test(word.lower)) continue;
    const own = scores.get(word.stem) ?? { text: word.lower, score: 0, first: at };
    own.score += 1 + (/^\p{Lu}/u.test(word.text) ? 0.3 : 0) + Math.min(0.4, word.lower.length / 30);
    scores.set(word.stem, own);
  }
  const best = [...scores.values()]
    .sort((a, b) => b.score - a.score || a.first - b.first)
    .slice(0, count)
    .map((entry) => entry.text);
  if (best.length === 0) return undefined;
  return { short: best.join(', '), full: best.join(', '), items: best, shaped: true };
}

/** "Rewrite as bullet points", "put each sentence on its own line", "make a numbered list of these": the text itself in another layout. */
function relining(conversation: Conversation, lead: string): Draft | undefined {
  if (
    !/^(?:rewrite|convert|turn|format|reformat|put|make|present|split|transform|change)\b[^:\n]{0,80}\b(?:bullets?|bullet points|bulleted|numbered list|list|each sentence|separate lines?)\b/i.test(
      lead,
    )
  )
    return undefined;
  const text = materialOf(conversation);
  const list = sentences(text).map((span) => text.slice(span.start, span.end).replace(/\s*\n\s*/g, ' '));
  const single =
    list.length === 1 && (list[0] ?? '').includes(',') && !/\b(?:is|was|are|were|has|have)\b/.test(list[0] ?? '');
  const items = single ? splitList(list[0] ?? '') : list;
  if (items.length === 0) return undefined;
  return { short: items.join('\n'), full: items.join('\n'), items, shaped: true };
}
