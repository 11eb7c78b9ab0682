import { remembered } from './memo.ts';
import {
  COLOURS,
  GIVEN_NAMES,
  ORGANISATION_ENDINGS,
  PERSON_TITLES,
  PRODUCT_ENDINGS,
  PLACES,
  PLACE_ENDINGS,
} from './lexicons/names.ts';
import { MONTHS, MULTIPLIERS, NUMBER_WORDS, UNITS_BY_MEASURE, WEEKDAYS } from './lexicons/numbers.ts';
import { FUNCTION_WORDS } from './lexicons/function-words.ts';
import { fold } from './words.ts';

export type EntityKind =
  | 'email'
  | 'url'
  | 'phone'
  | 'id'
  | 'date'
  | 'time'
  | 'money'
  | 'percent'
  | 'quantity'
  | 'number'
  | 'person'
  | 'place'
  | 'organisation'
  | 'proper'
  | 'colour';

/** A named or measured thing in a text: UTF-16 offsets, the text itself, for quantities what they measure ('length', 'duration' …). */
export type Entity = { kind: EntityKind; start: number; end: number; text: string; measure?: string; value?: number };

const MONTH = `(?:${MONTHS.join('|')}|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\\.?`;
const WEEKDAY = `(?:${WEEKDAYS.join('|')})`;
const NUMBER = String.raw`\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?`;
const NUMBER_WORD = `(?:${[...NUMBER_WORDS.keys()].sort((a, b) => b.length - a.length).join('|')})`;
const AMOUNT = String.raw`(?:(?:${NUMBER})(?:\s?(?:hundred|thousand|million|billion|trillion|bn|mn|k|m|b)\b)?)`;
const CURRENCY_CODE = '(?:USD|EUR|GBP|JPY|CHF|CNY|INR|CAD|AUD|SEK|NOK|DKK|PLN|BRL|MXN|ZAR|KRW|SGD|HKD|NZD)';
const CURRENCY_WORD =
  '(?:dollars?|euros?|pounds?(?: sterling)?|yen|yuan|rupees?|francs?|cents?|pesos?|kron[ae]r?|zloty|won|rand)';
/** Signs that make a number before them a measure, and no year. */
const UNIT_SIGN =
  'mm|cm|m|km|m²|km²|mg|g|kg|lbs?|oz|ft|ml|l|W|kW|MW|GW|kWh|MWh|mAh|V|Hz|kHz|MHz|GHz|rpm|kcal|hp|KB|MB|GB|TB|ms|hrs?|mins?|km/h|mph|°C|K|psi|hPa|bar|square|cubic';
const ESCAPED_UNITS = Object.entries(UNITS_BY_MEASURE).map(
  ([measure, units]) =>
    [
      measure,
      new RegExp(
        String.raw`(?<![\w.])(?:(?:${NUMBER})|\b${NUMBER_WORD}(?:\s(?:hundred|thousand|million|billion))?|\b(?:a|an|half an?)(?= (?:hour|day|week|month|year|minute|decade|century)\b))[\s-]?(?:(?:hundred|thousand|million|billion|and a half)\s)?(?:${units
          .split('|')
          .sort((a, b) => b.length - a.length)
          .map((unit) => unit.replace(/[²/°]/g, '\\$&'))
          .join('|')})(?![\w²])`,
        measure === 'energy' || measure === 'data' || measure === 'temperature' ? 'g' : 'gi',
      ),
    ] as const,
);

const PATTERNS: [EntityKind, RegExp][] = [
  ['email', /(?<![\w.+%-])[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+/g],
  [
    'phone',
    /(?<![\w.-])(?:\+\d{1,3}[\s.-]?(?:\(\d{1,5}\)[\s.-]?)?|\(\d{2,5}\)[\s.-]?)\d{1,5}(?:[\s.-]\d{2,5}){1,4}(?![\w-])/g,
  ],
  ['url', /\b(?:https?:\/\/|www\.)[^\s<>"')\]]+[^\s<>"')\].,;:!?]/g],
  [
    'id',
    /(?<![\w-])#?(?=[A-Za-z0-9-]{0,40}\d)(?=[A-Za-z0-9-]{0,40}[A-Za-z])[A-Z][A-Za-z0-9]*(?:-[A-Za-z0-9]+)+\b|(?<![\w-])(?=[A-Z0-9]{0,40}\d)[A-Z]{1,5}\d[A-Z0-9]{2,}\b|#\d+\b|\b[a-z]{1,6}[_-][A-Za-z0-9]*\d[A-Za-z0-9]*\b/g,
  ],
  [
    'date',
    new RegExp(
      [
        String.raw`\b\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2})?(?:\.\d+)?Z?)?\b`,
        String.raw`\b\d{1,2}[/.]\d{1,2}[/.](?:\d{4}|\d{2})\b`,
        String.raw`\b(?:the\s+)?\d{1,2}(?:st|nd|rd|th)\s+(?:day\s+)?of\s+(?:each|every|the)\s+month\b`,
        String.raw`\b(?:${WEEKDAY},?\s+)?(?:the\s+)?\d{1,2}(?:st|nd|rd|th)?(?:\s+of)?\s+${MONTH}(?:,?\s+\d{4})?\b`,
        String.raw`\b(?:${WEEKDAY},?\s+)?${MONTH}\s+\d{1,2}(?:st|nd|rd|th)?\b(?:,?\s+\d{4}\b)?`,
        String.raw`\b(?:early|late|mid-?)?\s?(?:${MONTH})\s+(?:of\s+)?\d{4}\b`,
        String.raw`\b(?:Q[1-4]|(?:first|second|third|fourth) quarter(?: of)?|spring|summer|autumn|fall|winter)(?: of)?\s+\d{4}\b`,
        String.raw`\b(?:the\s+)?(?:1[0-9]|20)\d0s\b`,
        String.raw`\b(?:next|last|this)\s+(?:${WEEKDAY}|week|month|year|quarter|spring|summer|autumn|winter)\b`,
        String.raw`\b(?:today|tomorrow|yesterday|tonight)\b`,
        String.raw`\b(?:${WEEKDAY}s?)\b`,
        String.raw`\b(?:${MONTHS.filter((month) => month !== 'may' && month !== 'march').join('|')})\b`,
        String.raw`(?<![\w$€£¥.,-]|[$€£¥]\s|\b${CURRENCY_CODE}\s)(?:1[0-9]{3}|20[0-9]{2})\b(?!-\d|\s?(?:${UNIT_SIGN})(?![\w²])|\s*(?:${CURRENCY_CODE}\b|${CURRENCY_WORD}|%|percent|units|people|employees|\w+s\b(?<!\bwas|\bis|\bhas|\bits)))`,
      ].join('|'),
      'gi',
    ),
  ],
  [
    'time',
    /\b(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d)?(?:\s?[ap]\.?m\b\.?)?|\b(?:1[0-2]|0?[1-9])(?:[:.][0-5]\d)?\s?[ap]\.?m\b\.?|\b(?:noon|midnight|midday)\b/gi,
  ],
  [
    'money',
    new RegExp(
      String.raw`(?:US|A|C|CA|AU|NZ|HK|S)?[$€£¥₹]\s?${AMOUNT}(?:\s${CURRENCY_CODE}\b)?|\b${CURRENCY_CODE}\s?${AMOUNT}|(?<![\w.])${AMOUNT}\s?(?:${CURRENCY_CODE}\b|€|£|(?:US |Canadian |Australian |Swiss )?${CURRENCY_WORD}\b)|\b${NUMBER_WORD}(?:\s(?:hundred|thousand|million|billion))?\s(?:dollars?|euros?|cents?|yen|rupees?|francs?)\b`,
      'gi',
    ),
  ],
  ['number', /(?<![\w-])\d{1,3}\s?[–-]\s?\d{1,3}(?![\w-])(?=[\s.,;)])/g],
  [
    'percent',
    new RegExp(
      String.raw`(?<![\w.])[-+]?(?:${NUMBER})\s?(?:%|per\s?cent\b|percentage points\b)|\b${NUMBER_WORD}\s(?:per\s?cent)\b`,
      'gi',
    ),
  ],
  [
    'phone',
    /(?<![\w.-])(?:\+\d{1,3}[\s.-]?)?(?:\(\d{2,5}\)[\s.-]?)?\d{2,5}(?:[\s.-]\d{2,5}){1,4}(?![\w-])|(?<![\w.])\+\d{8,15}\b/g,
  ],
];

/** A capitalised run: names of people, places, firms, products. Small words inside ("Bank of England") belong to it. */
const CAPITALISED =
  /(?<![\p{L}\p{N}])(?:\p{Lu}[\p{L}\p{N}'’&.-]*(?<![.'’&-]))(?:(?:\.?\s|-)(?:(?:of|the|de|la|del|di|da|van|von|der|and the|al|bin|&)\s)*(?:\p{Lu}[\p{L}\p{N}'’&-]*(?<!['’&-])))*(?:\s\d{1,4}(?=[\s.,;?!]|$)(?!,\d))?/gu;

/** The entities of `text`, left to right, not overlapping. Costs time in proportion to the text; meant for sentences, not for books. */
export const entities = (text: string): Entity[] => remembered('entities', text, findEntities);

function findEntities(text: string): Entity[] {
  const found: Entity[] = [];
  const free = (start: number, end: number): boolean =>
    found.every((entity) => end <= entity.start || start >= entity.end);
  const add = (entity: Entity): void => {
    if (free(entity.start, entity.end)) found.push(entity);
  };
  for (const [kind, pattern] of PATTERNS) {
    if (kind === 'percent') {
      for (const [measure, units] of ESCAPED_UNITS)
        for (const match of text.matchAll(units)) {
          const value = numberOf(match[0]);
          add({
            kind: 'quantity',
            start: match.index,
            end: match.index + match[0].length,
            text: match[0],
            measure,
            ...(value === undefined ? {} : { value }),
          });
        }
    }
    for (const match of text.matchAll(pattern)) {
      const start = match.index + (match[0].length - match[0].trimStart().length);
      const trimmed = match[0].trim();
      const body = kind === 'time' && !/[ap]\.m\.$/i.test(trimmed) ? trimmed.replace(/\.$/, '') : trimmed;
      if (kind === 'phone' && !isPhone(body)) continue;
      const value = kind === 'money' || kind === 'percent' ? numberOf(body) : undefined;
      add({ kind, start, end: start + body.length, text: body, ...(value === undefined ? {} : { value }) });
    }
  }
  for (const match of text.matchAll(CAPITALISED)) {
    // "CEO of Acme Corp": an office and the firm, not one name.
    const office =
      /^(?:[A-Z]{2,4}|President|Director|Head|Manager|Chair(?:man|woman|person)?|Minister|Mayor|Chief|Founder|Owner|Professor|Dean|Secretary|Captain|Leader|Member|Author|Editor) of (?:the )?/.exec(
        match[0],
      );
    const opening = /^(\p{Lu}\p{Ll}+) of (?:the )?/u.exec(match[0]);
    const plain = opening && !OF_NAMES.has((opening[1] ?? '').toLowerCase()) ? opening[0].length : 0;
    const giver = / of (?:the )?/.exec(match[0]);
    const whose = giver ? (match[0].slice(0, giver.index).split(' ')[0] ?? '') : '';
    // "Maria Lopez of Ember Foods": a person and where she belongs.
    if (giver && GIVEN_NAMES.has(fold(whose))) {
      for (const entity of named(text, match.index, match[0].slice(0, giver.index))) add(entity);
      const from = giver.index + giver[0].length;
      for (const entity of named(text, match.index + from, match[0].slice(from))) add(entity);
      continue;
    }
    const skip = office?.[0].length ?? plain;
    for (const entity of named(text, match.index + skip, match[0].slice(skip))) add(entity);
  }
  const numbers = new RegExp(
    String.raw`(?<![\w.#/-])-?(?:${AMOUNT})(?![\w/]|[.,]\d|-\d)|\b${NUMBER_WORD}(?:\s(?:hundred|thousand|million|billion))?\b`,
    'gi',
  );
  for (const match of text.matchAll(numbers)) {
    const value = numberOf(match[0]);
    if (value === undefined) continue;
    add({ kind: 'number', start: match.index, end: match.index + match[0].length, text: match[0], value });
  }
  for (const match of text.matchAll(/\b[a-z]+\b/gi))
    if (COLOURS.has(match[0].toLowerCase()))
      add({ kind: 'colour', start: match.index, end: match.index + match[0].length, text: match[0] });
  return found.sort((a, b) => a.start - b.start);
}

function isPhone(text: string): boolean {
  const digits = text.replace(/\D/g, '').length;
  if (digits < 7 || digits > 15) return false;
  if (/^\d{4}-\d{2}-\d{2}$/.test(text) || /^\d+\.\d+$/.test(text)) return false;
  return !/^(?:\d{1,3} ){1,2}\d{3}$/.test(text);
}

/** Words that form names with "of": "Bank of England", but not "Review of the Nova". */
const OF_NAMES = new Set(
  'university bank museum ministry department institute house church bay gulf isle city port lord duke kingdom republic college school academy court order state cape strait sea mount tower bridge castle palace battle treaty university council board chamber society association federation union league'.split(
    ' ',
  ),
);

/** Words that are capitalised for their place in the sentence, or by habit, and name nothing. */
const NEVER_NAMES = new Set(
  'i the a an this that these those he she it they we you his her its their our your my in on at for from by with as if when while after before during since because however although and but or so to of what who where why how which whose is are was were do does did can could will would should may might must please yes no not all each every some many most both either other another such there here then thus also moreover furthermore meanwhile today tomorrow yesterday dear hello hi thanks thank regards sincerely best question answer context note total subject date name email phone address invoice order customer according despite under over between within without unlike about founded born located built established once now later earlier finally first second third next last new only even just employees visitors guests members customers employee customer patient client tenant passenger student attendee receipt ticket reservation booking contact more less fewer please received signed approved'.split(
    ' ',
  ),
);

/** Splits a capitalised run into its names: drops an opening function word, tells people, places and firms apart. */
function named(text: string, index: number, run: string): Entity[] {
  let start = index;
  let body = run;
  const sentenceStart = /(?:^|[.!?:;\n•*|>-]\s*|["“‘']\s*)$/.test(text.slice(Math.max(0, start - 4), start));
  for (;;) {
    const first = /^[\p{L}\p{N}'’&.-]+/u.exec(body)?.[0] ?? '';
    const bare = fold(first.replace(/\.$/, ''));
    const rest = body.slice(first.length).trimStart();
    if (!NEVER_NAMES.has(bare) && !(FUNCTION_WORDS.has(bare) && first.length > 1 && first !== first.toUpperCase()))
      break;
    if (rest === '') return [];
    start += body.length - rest.length;
    body = rest;
    if (!/^\p{Lu}|^\d/u.test(body)) {
      const next = body.search(/\p{Lu}/u);
      if (next < 0) return [];
      start += next;
      body = body.slice(next);
    }
  }
  body = body.replace(/['’]s$/, '').replace(/[.'’&-]+$/, '');
  const parts = body.split(/\s+/);
  const single = parts.length === 1;
  const lower = fold(body);
  if (/^\d/.test(body)) return [];
  if (
    single &&
    sentenceStart &&
    start === index &&
    !PLACES.has(lower) &&
    !GIVEN_NAMES.has(lower) &&
    /^\p{Lu}\p{Ll}+$/u.test(body)
  ) {
    // A lone capitalised word at the start of a sentence may be any word; it is a name if it is one elsewhere or is followed by a verb.
    const after = text.slice(start + body.length, start + body.length + 12);
    if (!/^(?:['’]s)?\s(?:is|was|has|had|will|said|can|won|and|are|were|did)\b/.test(after))
      return [{ kind: 'proper', start, end: start + body.length, text: body }];
  }
  return [{ kind: kindOfName(text, start, body), start, end: start + body.length, text: body }];
}

function kindOfName(text: string, start: number, body: string): EntityKind {
  const parts = body.split(/\s+/);
  const first = fold((parts[0] ?? '').replace(/\.$/, ''));
  const last = fold((parts.at(-1) ?? '').replace(/\.$/, ''));
  const lower = fold(body);
  if (PLACES.has(lower)) return 'place';
  if (parts.length > 1 && ORGANISATION_ENDINGS.has(last)) return 'organisation';
  if (parts.length > 1 && PRODUCT_ENDINGS.has(last)) return 'proper';
  if (parts.length > 1 && PLACE_ENDINGS.has(last)) return 'place';
  if (/^(?:hotel|cafe|café|restaurant|hospital|clinic|studio|bakery|galerie|gallery|banco|grand hotel) /.test(lower))
    return 'organisation';
  if (/^(?:university|bank|institute|ministry|department|museum|port|mount|lake|cape|fort|isle|gulf) /.test(lower))
    return /^(?:port|mount|lake|cape|fort|isle|gulf|museum) /.test(lower) ? 'place' : 'organisation';
  const before = text.slice(Math.max(0, start - 24), start);
  if (PERSON_TITLES.has(first) && parts.length > 1) return 'person';
  if (/\b(?:mr|mrs|ms|dr|prof|professor|sir|dame|captain|president|mayor|senator|judge|chef|coach)\.?\s$/i.test(before))
    return 'person';
  if (GIVEN_NAMES.has(first) && parts.length <= 4 && !/\d/.test(body)) return 'person';
  if (/^\p{Lu}{2,}$/u.test(body)) return 'proper';
  if (
    parts.length > 1 &&
    /\b(?:at|for|by|join(?:ed|s)?)\s$/.test(before) &&
    /(?:ics|ware|tech|soft|tron|corp|foods|textiles|ceramics|partners|labs|works)$/.test(last)
  )
    return 'organisation';
  if (/\b(?:in|near|from|outside|around|across|via|towards?)\s$/.test(before) && !/\d/.test(body)) return 'place';
  const looksPersonal =
    (parts.length === 2 || parts.length === 3) &&
    parts.every((part) =>
      /^\p{Lu}\p{Ll}+(?:-\p{Lu}\p{Ll}+)?$|^\p{Lu}\.?$|^(?:van|von|de|der|la|al|bin|da|di)$|^(?:O'|Mc|Mac)\p{Lu}\p{Ll}+$/u.test(
        part,
      ),
    );
  return looksPersonal ? 'person' : 'proper';
}

/** The number that `text` writes, in figures ("$1,200.50", "3.2 million", "40k") or words ("twenty-one", "two hundred"); else undefined. */
export function numberOf(text: string): number | undefined {
  const figures = /-?\d[\d,]*(?:\.\d+)?|-?\.\d+/.exec(text);
  if (figures) {
    const value = Number(figures[0].replaceAll(',', ''));
    const after = /^\s?(hundred|thousand|million|billion|trillion|bn|mn|k|m|b)\b/i.exec(
      text.slice(figures.index + figures[0].length),
    );
    const word = after?.[1]?.toLowerCase() ?? '';
    // "5 m" is five metres unless money says otherwise.
    const scaled = word === 'm' || word === 'b' ? /[$€£¥₹]/.test(text) : word !== '';
    const negative = /^\s*[-−(]\s*[$€£¥]/.test(text) ? -1 : 1;
    return Number.isFinite(value) ? negative * value * (scaled ? (MULTIPLIERS.get(word) ?? 1) : 1) : undefined;
  }
  let total = 0;
  let current = 0;
  let seen = false;
  for (const token of text.toLowerCase().split(/[\s]+|(?<=ty)-/)) {
    const value = NUMBER_WORDS.get(token.replace(/[^a-z-]/g, ''));
    if (value === undefined) {
      if ((token === 'a' || token === 'an') && !seen) {
        current = 1;
        continue;
      }
      if (token === 'and') continue;
      if (seen) break;
      continue;
    }
    seen = true;
    if (value === 100) current = (current || 1) * 100;
    else if (value === 12 && /dozen/.test(token)) current = (current || 1) * 12;
    else if (value >= 1000) {
      total += (current || 1) * value;
      current = 0;
    } else current += value;
  }
  return seen ? total + current : undefined;
}
