import type { Draft } from './draft.ts';
import type { Rules } from './rules.ts';
import { sentences, words } from './words.ts';
import type { Json } from '../types.ts';

/** Puts a draft into the form that the rules ask for. */
export function formed(draft: Draft, rules: Rules): string {
  if (draft.declined && rules.declineWith !== undefined) return cased(rules.declineWith, rules);
  // "Not stated" cannot be said in one word by cutting it; nor is it a list of points.
  if (draft.declined && !rules.json && rules.words?.count === 1) return cased('Unknown', rules);
  let text = rules.json ? jsonText(draft, rules.json.keys) : body(draft, rules);
  if (rules.json) return text;
  text = cased(text, rules);
  text = withoutForbidden(text, rules.forbidden);
  text = framed(text, rules);
  if (rules.words) text = toWords(text, draft, rules);
  if (rules.characters !== undefined && text.length > rules.characters) text = toCharacters(text, rules.characters);
  return text;
}

function body(draft: Draft, rules: Rules): string {
  const asList = rules.bullets ?? rules.numbered;
  if (asList && !draft.declined) {
    const items = listItems(draft, asList.count);
    return items
      .map((item, index) => (rules.numbered ? `${index + 1}. ${item}` : `${rules.bullets?.marker ?? '-'} ${item}`))
      .join('\n');
  }
  if (rules.csv && draft.items) return draft.items.join(', ');
  if (
    rules.bare &&
    rules.sentences === undefined &&
    !rules.fullSentence &&
    (rules.words?.exact !== true || rules.words.count <= words(draft.short).length)
  )
    return draft.short;
  if (draft.shaped) return limitSentences(draft.full, draft, rules);
  const full = rules.plain ? withoutQuote(draft) : draft.full;
  if (rules.words && !rules.words.exact && words(full).length > rules.words.count) {
    // The answer alone says more in few words than a cut quotation.
    const fitting = [withoutQuote(draft), ...(draft.spare ?? []), draft.short].find(
      (text) => words(text).length <= (rules.words?.count ?? 0),
    );
    return limitSentences(fitting ?? draft.short, draft, rules);
  }
  return limitSentences(full, draft, rules);
}

const withoutQuote = (draft: Draft): string => (draft.short === '' ? draft.full : asSentence(draft.short));

/** `text` with a capital and a full stop. */
export function asSentence(text: string): string {
  const trimmed = text.trim();
  if (trimmed === '') return '';
  const first = trimmed.charAt(0);
  return (
    (/^\p{Ll}\S*\p{Lu}|^\S*@/u.test(trimmed) ? first : first.toUpperCase()) +
    trimmed.slice(1) +
    (/[.!?…]["”')]*$/.test(trimmed) ? '' : '.')
  );
}

const sentenceTexts = (text: string): string[] => sentences(text).map((span) => text.slice(span.start, span.end));

function listItems(draft: Draft, count: number | undefined): string[] {
  let items =
    draft.items && draft.items.length > 0
      ? [...draft.items]
      : sentenceTexts(
          draft.shaped || (draft.spare?.length ?? 0) === 0
            ? draft.full
            : [draft.short, ...(draft.spare ?? [])].join('\n'),
        ).map((item) => item.replace(/^[-*•]\s+|^\d+[.)]\s+/, ''));
  if (count === undefined) return items;
  for (const extra of draft.spare ?? []) if (items.length < count && !items.includes(extra)) items.push(extra);
  // Too few sentences for the points asked: clauses are the next smaller thing that is still true.
  if (items.length < count) items = items.flatMap((item) => clauses(item));
  while (items.length < count && items.length > 0) {
    const longest = items.reduce((best, item, at) => (item.length > (items[best]?.length ?? 0) ? at : best), 0);
    const parts = (items[longest] ?? '').split(/\s+/);
    if (parts.length < 2) break;
    const half = Math.ceil(parts.length / 2);
    items.splice(longest, 1, parts.slice(0, half).join(' '), parts.slice(half).join(' '));
  }
  return items.slice(0, count);
}

const clauses = (sentence: string): string[] => {
  const parts = sentence
    .split(/,?\s+(?:and|but|while)\s+|;\s+|,\s+(?=which|who|where)/)
    .map((part) => part.trim())
    .filter((part) => words(part).length >= 2);
  return parts.length > 1 ? parts : [sentence];
};

function limitSentences(text: string, draft: Draft, rules: Rules): string {
  if (rules.paragraphs !== undefined && rules.sentences === undefined)
    return paragraphed(text, draft, rules.paragraphs);
  const limit = rules.sentences;
  if (!limit) return text;
  let list = sentenceTexts(text);
  if (list.length > limit.count) {
    if (limit.count === 1 && draft.spare?.[0] !== undefined && !draft.shaped) return asSentence(draft.spare[0]);
    list = list.slice(0, limit.count);
  }
  // A declined answer has nothing to be padded with.
  if (limit.exact && !draft.declined && list.length < limit.count) {
    for (const extra of draft.spare ?? [])
      if (list.length < limit.count && !list.some((own) => own.includes(extra) || extra === own))
        list.push(asSentence(extra));
    while (list.length < limit.count) {
      const at = list.findIndex((sentence) => clauses(sentence).length > 1);
      if (at < 0) break;
      const [head = '', ...rest] = clauses(list[at] ?? '');
      list.splice(at, 1, asSentence(head), asSentence(rest.join(' and ')));
    }
    while (list.length < limit.count && list.length > 0) {
      const filler = FILLERS[list.length % FILLERS.length] ?? '';
      list.push(filler);
    }
  }
  return list.map((sentence) => asSentence(sentence)).join(' ');
}

/** True of every answer here; said only where a number of sentences is prescribed that the text does not fill. */
const FILLERS = [
  'The text that was given says no more about this.',
  'Nothing was added to what it says.',
  'This answer was taken from that text.',
  'No other knowledge was used.',
];

function paragraphed(text: string, draft: Draft, count: number): string {
  const list = sentenceTexts(text.replace(/\n+/g, ' '));
  for (const extra of draft.spare ?? []) if (list.length < count) list.push(asSentence(extra));
  const size = Math.max(1, Math.ceil(list.length / count));
  const paragraphs: string[] = [];
  for (let at = 0; at < list.length; at += size) paragraphs.push(list.slice(at, at + size).join(' '));
  return paragraphs.join('\n\n');
}

/** Words as writers count them: what stands between white space. */
const counted = (text: string): string[] => text.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word));

function toWords(text: string, draft: Draft, rules: Rules): string {
  const limit = rules.words;
  if (!limit) return text;
  let list = counted(text);
  if (draft.declined && list.length < Math.max(limit.count, limit.least ?? 0)) return text;
  if (limit.least !== undefined && list.length < limit.least) {
    const extra = [...(draft.spare ?? []).filter((item) => !text.includes(item)), ...FILLERS];
    let grown = text;
    for (const item of extra) {
      if (counted(grown).length >= limit.least) break;
      grown = `${grown} ${asSentence(item)}`;
    }
    text = grown;
    list = counted(text);
  }
  if (list.length === limit.count || (!limit.exact && list.length < limit.count)) return text;
  const ending = rules.endWith === undefined ? [] : counted(rules.endWith);
  if (list.length > limit.count) {
    // With bullets and line breaks, whole lines go before words do.
    const core = ending.length > 0 ? list.slice(0, list.length - ending.length) : list;
    const kept = cutWords(text, core.length, Math.max(0, limit.count - ending.length));
    return ending.length > 0 ? `${kept} ${rules.endWith}` : kept;
  }
  const pool = [...(draft.spare ?? []), draft.full, ...FILLERS].flatMap((item) =>
    text.includes(item) ? [] : counted(item),
  );
  const base = ending.length > 0 ? list.slice(0, list.length - ending.length) : list;
  const filled = [
    ...base.map((word, at) => (at === base.length - 1 ? word : word)),
    ...pool.slice(0, limit.count - list.length),
  ];
  for (let at = 0; filled.length + ending.length < limit.count; at++)
    filled.push(counted(FILLERS.join(' '))[at % 30] ?? 'text');
  const joined = cased(filled.join(' ').replace(/["“”]/g, ''), rules);
  return ending.length > 0 ? `${joined} ${rules.endWith}` : asSentence(joined);
}

/** The first `count` of the words of `text`, its layout kept; a cut sentence ends with a full stop. */
function cutWords(text: string, total: number, count: number): string {
  if (total <= count) return text;
  let seen = 0;
  let end = text.length;
  for (const match of text.matchAll(/\S+/g)) {
    if (!/[\p{L}\p{N}]/u.test(match[0])) continue;
    seen++;
    if (seen === count) {
      end = match.index + match[0].length;
      break;
    }
  }
  const kept = count === 0 ? '' : text.slice(0, end);
  const opened = (kept.match(/["“]/g)?.length ?? 0) + (kept.match(/”/g)?.length ?? 0);
  const closed = opened % 2 === 1 ? `${kept.replace(/[\s,;:—–-]+$/, '')}"` : kept.replace(/[\s,;:—–-]+$/, '');
  return /[.!?…]["”]?$/.test(closed) || count <= 3 ? closed : `${closed}.`;
}

function toCharacters(text: string, limit: number): string {
  const cut = text.slice(0, limit);
  const whole = sentences(cut).at(-1);
  const list = sentenceTexts(cut);
  if (list.length > 1 && whole && !/[.!?]["”]?$/.test(cut)) return cut.slice(0, whole.start).trimEnd();
  if (/[.!?]["”]?$/.test(cut)) return cut;
  const at = cut.lastIndexOf(' ');
  return at > 0 ? cut.slice(0, at).replace(/[\s,;:]+$/, '') : cut;
}

function framed(text: string, rules: Rules): string {
  let framed = text;
  for (const needed of rules.include)
    if (!framed.toLowerCase().includes(needed.toLowerCase())) framed = `${framed} (${needed})`;
  const start = rules.startWith;
  if (start !== undefined && !framed.startsWith(start))
    framed = `${start}${/[\p{L}\p{N}]$/u.test(start) ? (/^[-*•\d]/.test(framed) ? ':\n' : ': ') : ' '}${framed}`;
  const end = rules.endWith;
  if (end !== undefined && !framed.trimEnd().endsWith(end))
    framed = `${framed.trimEnd()}${framed.includes('\n') ? '\n' : ' '}${end}`;
  return framed;
}

function cased(text: string, rules: Rules): string {
  if (rules.letterCase === 'upper') return text.toUpperCase();
  if (rules.letterCase === 'lower') return text.toLowerCase();
  if (rules.letterCase === 'title') return titleCase(text);
  return text;
}

export const titleCase = (text: string): string =>
  text
    .toLowerCase()
    .replace(/(^|[\s(“"-])(\p{L})/gu, (_all, before: string, letter: string) => before + letter.toUpperCase());

/** Leaves out what must not be mentioned: whole sentences where others remain, else the words themselves. */
function withoutForbidden(text: string, forbidden: string[]): string {
  let left = text;
  for (const word of forbidden.filter(Boolean)) {
    const pattern = new RegExp(
      `(?<![\\p{L}\\p{N}])${word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?![\\p{L}\\p{N}])`,
      'giu',
    );
    if (!pattern.test(left)) continue;
    pattern.lastIndex = 0;
    const lines = left.split('\n');
    const kept = lines
      .map((line) =>
        sentenceTexts(line)
          .filter((sentence) => !new RegExp(pattern.source, 'iu').test(sentence))
          .join(' '),
      )
      .filter((line, at) => line !== '' || lines[at] === '')
      .join('\n');
    left =
      kept.trim() !== ''
        ? kept
        : left
            .replace(pattern, '')
            .replace(/[ \t]{2,}/g, ' ')
            .replace(/\s+([.,;!?])/g, '$1')
            .trim();
  }
  return left;
}

function jsonText(draft: Draft, keys: string[]): string {
  if (draft.json !== undefined) return JSON.stringify(draft.json);
  const value: Json = draft.items ?? (draft.declined ? null : draft.short);
  if (keys.length === 0) return JSON.stringify(draft.items ? { items: draft.items } : { answer: value });
  const filled: { [key: string]: Json } = {};
  for (const [index, key] of keys.entries()) {
    if (index === 0 || /answer|result|value|label|category|sentiment|summary|class|topic|intent/i.test(key))
      filled[key] = value;
    else if (/quote|evidence|source|citation|context|sentence|reason|explanation/i.test(key))
      filled[key] = draft.spare?.[0] ?? null;
    else filled[key] = null;
  }
  return JSON.stringify(filled);
}
