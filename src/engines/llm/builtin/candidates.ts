import { addressPart } from './addresses.ts';
import { isoDate, isoTime } from './dates.ts';
import type { Entity, EntityKind } from './entities.ts';
import { entities, numberOf } from './entities.ts';
import type { Evidence, EvidenceUnit } from './evidence.ts';
import type { Leaf } from './leaf.ts';
import { NEGATIONS } from './lexicons/function-words.ts';
import { CURRENCIES, LANGUAGES } from './lexicons/names.ts';
import { phraseCandidates } from './phrases.ts';
import { isNullable, violation } from './schema.ts';
import { spaced, stemSet } from './units.ts';
import { fold, similarity, words } from './words.ts';
import type { Json } from '../types.ts';

/** A value that a leaf might take; `claim` names the stretch of text it is from, which then serves no other leaf of its kind. */
export type LeafCandidate = { leaf: Leaf; value: Json; score: number; claim?: string };

/** What filling needs to know beside the texts: `today` (ISO) for relative dates, `dayFirst` for 3/4/2024. */
export type FillContext = { today?: string; dayFirst?: boolean; mode?: 'extract' | 'call' };

/** Words between a name and its value at most, for the name to count. */
const REACH_WORDS = 9;
/** Words on either side of a value that are looked at: what is beyond is out of reach, unless words stand without blanks. */
const NEAR_WORDS = 64;

/** All values that `evidence` offers for `leaf`; those that the leaf's schema refuses are left out. */
export function leafCandidates(leaf: Leaf, evidence: Evidence, context: FillContext): LeafCandidate[] {
  const found: LeafCandidate[] = [];
  const add = (value: Json | undefined, score: number, claim?: string): void => {
    if (value === undefined || violation(value, leaf.schema) !== undefined) return;
    found.push({
      leaf,
      value,
      score: score - 0.6 * evidence.rank,
      ...(claim === undefined ? {} : { claim: `${evidence.rank}:${claim}` }),
    });
  };
  if (Array.isArray(leaf.schema.enum)) {
    enumCandidates(leaf, leaf.schema.enum, evidence, add);
    return found;
  }
  for (const unit of evidence.units) {
    const keyed = keyMatch(leaf, unit);
    if (keyed > 0) {
      const value = coerce(unit.value ?? '', leaf, context, unit);
      add(value, 2 + 2 * keyed, `${unit.order}:value`);
    }
    if (unit.row)
      for (const [column, header] of unit.row.table.headers.entries()) {
        const score = nameMatch(leaf, header);
        if (score >= 0.5)
          add(coerce(unit.row.cells[column] ?? '', leaf, context), 1.5 + 2 * score, `${unit.order}:cell${column}`);
      }
    const part = leaf.type === 'string' ? addressPart(unit.text, leaf.label) : undefined;
    if (part) add(part.text, 2.2, `${unit.order}:${part.start}`);
    if (leaf.type === 'boolean') booleanCandidates(leaf, unit, add);
    else if (leaf.topic === 'value' || leaf.kinds.length > 0) entityCandidates(leaf, unit, context, add);
  }
  if (leaf.type === 'string' && leaf.kinds.length === 0) namedCandidates(leaf, evidence, context, add);
  if (leaf.type === 'string') {
    topicCandidates(leaf, evidence, add);
    phraseCandidates(leaf, evidence, add);
  }
  return found;
}

/** How well a "key: value" line's key names the leaf: 0 not, up to 1 exactly. */
function keyMatch(leaf: Leaf, unit: EvidenceUnit): number {
  if (unit.type !== 'field' || unit.key === undefined) return 0;
  const score = nameMatch(leaf, unit.key);
  return score >= 0.5 ? score : 0;
}

function nameMatch(leaf: Leaf, name: string): number {
  // The head of a letter.
  if (/^from$/i.test(name.trim()) && /^(?:sender|from|author)(?: name| email)?$/.test(leaf.label)) return 1;
  if (/^to$/i.test(name.trim()) && /^(?:recipient|to|addressee)(?: name| email)?$/.test(leaf.label)) return 1;
  const key = [...stemSet(spaced(name))];
  const asked = [...leaf.name];
  if (key.length === 0 || asked.length === 0) return fold(spaced(name)) === fold(leaf.label) ? 1 : 0;
  const exactLabel = fold(spaced(name)) === fold(leaf.label) ? 1 : 0;
  const matchedAsked = asked.filter((stem) => key.some((other) => similarity(stem, other) >= 0.85)).length;
  const matchedKey = key.filter((stem) => asked.some((other) => similarity(other, stem) >= 0.85)).length;
  const ownMissed = [...leaf.own].some((stem) => !key.some((other) => similarity(stem, other) >= 0.85));
  const dice = (matchedAsked + matchedKey) / (asked.length + key.length);
  return Math.max(exactLabel, ownMissed ? dice * 0.75 : dice);
}

/** A text as a value of the leaf's type and format; undefined when it is none. */
export function coerce(text: string, leaf: Leaf, context: FillContext, unit?: EvidenceUnit): Json | undefined {
  const trimmed = text
    .trim()
    .replace(/^["“']|["”']$/g, '')
    .trim();
  if (trimmed === '') return undefined;
  if (/^(?:n\/a|none|null|unknown|not (?:available|given|stated|specified)|-)$/i.test(trimmed))
    return isNullable(leaf.schema) ? null : undefined;
  if (leaf.type === 'number' || leaf.type === 'integer') {
    const value = numberOf(trimmed);
    if (value === undefined) return undefined;
    return leaf.type === 'integer' && !Number.isInteger(value) ? undefined : value;
  }
  if (leaf.type === 'boolean') {
    if (/^(?:yes|y|true|on|enabled|active|included|required|available|confirmed|x|✓|done|completed?)\b/i.test(trimmed))
      return true;
    return /^(?:no|n|false|off|disabled|inactive|not|excluded|optional|unavailable|none|pending)\b/i.test(trimmed)
      ? false
      : undefined;
  }
  if (leaf.type !== 'string') return undefined;
  if (leaf.schema.format === 'date' || (leaf.kinds[0] === 'date' && wantsIso(leaf)))
    return isoDate(trimmed, context.today, context.dayFirst);
  if (leaf.schema.format === 'date-time') {
    const date = isoDate(trimmed, context.today, context.dayFirst);
    const rest = trimmed.replace(/\d{4}-\d{2}-\d{2}T?/, ' ');
    return date === undefined
      ? undefined
      : `${date}T${(/\d:\d|[ap]\.?m|noon|midnight/i.test(rest) ? isoTime(/\d{1,2}(?::\d{2})?\s?(?:[ap]\.?m\.?)?(?=\D*$)|noon|midnight/i.exec(rest)?.[0] ?? '') : undefined) ?? '00:00'}:00Z`;
  }
  if (
    leaf.schema.format === 'time' ||
    (leaf.kinds[0] === 'time' && /\b(?:24|HH:MM)/i.test(String(leaf.schema.description ?? '')))
  )
    return isoTime(trimmed);
  if (leaf.topic === 'currency') return currencyOf(trimmed) ?? trimmed;
  if (leaf.kinds[0] === 'email' || leaf.kinds[0] === 'url') {
    const exact = unit?.entities.find((entity) => entity.kind === leaf.kinds[0]);
    if (exact) return exact.text;
  }
  // "Jane Doe, aged 47" where a person is wanted: the name is the value, the rest a remark.
  const wanted = leaf.kinds[0];
  if (
    unit?.type === 'field' &&
    /[,(;]/.test(trimmed) &&
    (wanted === 'person' ||
      wanted === 'organisation' ||
      wanted === 'date' ||
      wanted === 'phone' ||
      wanted === 'id' ||
      wanted === 'time')
  ) {
    const first = entities(trimmed).find((entity) => entity.kind === wanted);
    if (first && first.start === 0 && /^\s*[,(;]/.test(trimmed.slice(first.end))) return first.text;
  }
  return trimmed.replace(/(?<=[^.]\w)\.$/, '');
}

const wantsIso = (leaf: Leaf): boolean =>
  /\b(?:iso|yyyy-mm-dd)\b/i.test(`${leaf.schema.description ?? ''} ${leaf.schema.pattern ?? ''}`) ||
  /\\d\{4\}-/.test(String(leaf.schema.pattern ?? ''));

type Add = (value: Json | undefined, score: number, claim?: string) => void;

function entityCandidates(leaf: Leaf, unit: EvidenceUnit, context: FillContext, add: Add): void {
  const order = unit.entities.filter((entity) => leaf.kinds.includes(entity.kind));
  for (const entity of order) {
    if (opensRequest(entity, context)) continue;
    const rank = leaf.kinds.indexOf(entity.kind);
    if (entity.kind === 'date' && leaf.type !== 'string' && !/^\d{4}$/.test(entity.text)) continue;
    const near = nearness(leaf, unit, entity);
    const numeric = leaf.type === 'number' || leaf.type === 'integer';
    // A person where a firm was looked for, a name where a place was: only when something near says so.
    const measured =
      leaf.measure === undefined || entity.kind !== 'quantity' ? 0 : entity.measure === leaf.measure ? 0.6 : -0.8;
    let score =
      measured + 1 - 0.25 * rank + 1.6 * near + direction(leaf, unit.text, entity) + role(leaf, unit.text, entity);
    if (rank > 0 && near < 0.3 && !(numeric && entity.kind !== 'number')) score -= 0.5;
    if (numeric && entity.kind === 'number' && leaf.kinds[0] === 'money') score -= 0.3;
    if (numeric && leaf.own.size > 0 && near === 0) score -= 0.35;
    add(coerce(entityText(leaf, unit, entity), leaf, context), score, `${unit.order}:${entity.start}`);
  }
}

/** The capitalised verb that opens a request ("Approve …") names nothing. */
const opensRequest = (entity: Entity, context: FillContext): boolean =>
  context.mode === 'call' && entity.start === 0 && entity.kind === 'proper' && /^\p{Lu}\p{Ll}+$/u.test(entity.text);

/** A place of a kind that nothing is known of ("harbour", "shelf") takes a name that the request gives, or that stands near its own name. */
function namedCandidates(leaf: Leaf, evidence: Evidence, context: FillContext, add: Add): void {
  if (leaf.topic === 'query' || leaf.topic === 'message' || leaf.topic === 'expression') return;
  for (const unit of evidence.units)
    for (const entity of unit.entities) {
      if (!['place', 'proper', 'organisation', 'person', 'id'].includes(entity.kind) || opensRequest(entity, context))
        continue;
      const near = nearness(leaf, unit, entity);
      if (context.mode !== 'call' && near === 0) continue;
      add(entity.text, (context.mode === 'call' ? 0.64 : 0.3) + near, `${unit.order}:${entity.start}`);
    }
}

/** An entity as its leaf wants it: dates with the time that follows for date-times, everything else as written. */
function entityText(leaf: Leaf, unit: EvidenceUnit, entity: Entity): string {
  // "at Luigi's": the name of a place that is somebody's.
  if (
    leaf.kinds[0] === 'organisation' &&
    /\bat\s$/i.test(unit.text.slice(0, entity.start)) &&
    /^['’]s(?=\s(?:on|at|for|in|tomorrow|today|tonight|next|this)\b|[.,?!]|$)/.test(unit.text.slice(entity.end))
  )
    return unit.text.slice(entity.start, entity.end + 2);
  if (leaf.schema.format !== 'date-time' || entity.kind !== 'date') return entity.text;
  const time = unit.entities.find((other) => other.kind === 'time');
  return time && !entity.text.includes(':') ? `${entity.text} ${time.text}` : entity.text;
}

/** 0 to 1: how near words of the leaf's name stand to the entity, in words, clause ends counted double. */
function nearness(leaf: Leaf, unit: EvidenceUnit, entity: { start: number; end: number }): number {
  const wanted: [Set<string>, number][] = [
    [leaf.own, 1],
    [leaf.name, leaf.own.size > 0 ? 0.5 : 0.8],
    [leaf.described, 0.45],
  ];
  const around = wordsAround(unit, entity);
  let best = 0;
  for (const [stems, weight] of wanted)
    for (const stem of stems)
      for (const word of around) {
        if (word.start >= entity.start && word.end <= entity.end && leaf.kinds[0] !== 'quantity') continue;
        const alike = similarity(stem, word.stem);
        if (alike === 0) continue;
        const from = word.start < entity.start ? word.end : entity.end;
        const to = word.start < entity.start ? entity.start : word.start;
        const between = unit.text.slice(from, Math.max(from, to));
        const distance =
          (between.match(/\s+/g)?.length ?? 0) +
          3 * (between.match(/[;,:.]\s|\band\b|\bbut\b/g)?.length ?? 0) +
          (word.start > entity.start ? 0.5 : 0);
        best = Math.max(best, weight * alike * Math.max(0, 1 - distance / REACH_WORDS));
      }
  return best;
}

/** Words that can be near: a sentence may be a list of thousands. */
function wordsAround(unit: EvidenceUnit, entity: { start: number }): EvidenceUnit['words'] {
  if (unit.words.length <= 2 * NEAR_WORDS) return unit.words;
  let at = 0;
  for (let end = unit.words.length; at < end;) {
    const middle = (at + end) >> 1;
    if (unit.words[middle]!.start < entity.start) at = middle + 1;
    else end = middle;
  }
  return unit.words.slice(Math.max(0, at - NEAR_WORDS), at + NEAR_WORDS);
}

/** "from X to Y": what the word before the entity says about which of two it is. */
function direction(leaf: Leaf, text: string, entity: { start: number; end: number }): number {
  if (!leaf.direction) return 0;
  const before = text.slice(Math.max(0, entity.start - 24), entity.start);
  const after = text.slice(entity.end, entity.end + 16);
  const from =
    /\b(?:from|leaving|departing|starting(?: on| at| from)?|between|out of|beginning|since|of)\s+(?:the\s)?$/i.test(
      before,
    );
  const to =
    /(?:\b(?:to|into|until|till|through|ending(?: on| at)?|towards?|by|and|in|as|arriving (?:in|at|on)|returning(?: on)?|for)|[–—→-]|->)\s*(?:the\s)?$/i.test(
      before,
    );
  if (leaf.direction === 'from') return from ? 1.2 : to ? -1.2 : /^\s*(?:to|until|->|→|–)\s/.test(after) ? 0.6 : 0.05;
  return to ? 1.2 : from ? -1.2 : 0;
}

/** What the words around a person or firm say of its part: "Dear X", "signed X", "invoice to X", "from X". */
function role(leaf: Leaf, text: string, entity: Entity): number {
  if (entity.kind === 'number' || entity.kind === 'quantity') {
    const next = /^\s?([\p{L}-]+)/u.exec(text.slice(entity.end))?.[1];
    if (next !== undefined && [...leaf.name].some((stem) => similarity(stem, words(next)[0]?.stem ?? '') > 0))
      return 0.8;
    return 0;
  }
  if (entity.kind !== 'person' && entity.kind !== 'organisation' && entity.kind !== 'proper') return 0;
  const before = text.slice(Math.max(0, entity.start - 30), entity.start).toLowerCase();
  const label = leaf.path.join(' ').toLowerCase();
  if (/restaurant|hotel|venue|cafe|bar\b|store|shop/.test(label) && /\bat\s+(?:the\s+)?$/.test(before)) return 1;
  if (/customer|client|buyer|bill|recipient|to\b|guest|patient/.test(label)) {
    if (
      /\b(?:bill(?:ed)? to|sold to|ship(?:ped)? to|invoice(?:d)? to|for|to|dear|customer|client|mr\.?|mrs\.?|ms\.?)[:,]?\s+$/.test(
        before,
      )
    )
      return 0.5;
    if (/\b(?:from|by|seller|vendor)[:,]?\s+$/.test(before)) return -0.5;
  }
  if (/(?:er|or|ist)$/.test(leaf.label) && /\bby\s+$/.test(before)) return 0.6;
  if (/vendor|supplier|seller|merchant|sender|from|author|employer/.test(label)) {
    if (/\b(?:from|by|at|seller|vendor|supplier|merchant)[:,]?\s+$/.test(before)) return 0.5;
    if (/\b(?:to|for|dear)[:,]?\s+$/.test(before)) return -0.5;
  }
  return 0;
}

function enumCandidates(leaf: Leaf, members: Json[], evidence: Evidence, add: Add): void {
  for (const member of members) {
    if (typeof member !== 'string') {
      if (typeof member === 'number')
        for (const unit of evidence.units)
          for (const entity of unit.entities)
            if (entity.value === member || numberOf(entity.text) === member)
              add(member, 1 + nearness(leaf, unit, entity), `${unit.order}:${entity.start}`);
      continue;
    }
    const name = spaced(member);
    if (name === '') continue;
    const pattern = new RegExp(
      `(?<![\\p{L}\\p{N}])${name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/\s+/g, '[\\s_-]+')}(?:s|es|ed|ly)?(?![\\p{L}\\p{N}])`,
      'giu',
    );
    const stems = [...stemSet(name)];
    for (const unit of evidence.units) {
      const keyed = keyMatch(leaf, unit);
      for (const match of unit.text.matchAll(pattern)) {
        const place = { start: match.index, end: match.index + match[0].length };
        const before = unit.text.slice(Math.max(0, match.index - 16), match.index);
        const denied = /\b(?:not|no|isn't|never|non|without)\s+(?:a |an |the |very )?$/i.test(before) ? 1.5 : 0;
        add(
          member,
          1.5 +
            keyed * 2 +
            nearness(leaf, unit, place) +
            direction(leaf, unit.text, place) +
            0.02 * name.length -
            denied,
        );
      }
      const alike =
        stems.length === 0
          ? 0
          : stems.reduce(
              (sum, stem) => sum + Math.max(0, ...[...unit.stems.keys()].map((other) => similarity(stem, other))),
              0,
            ) / stems.length;
      if (alike >= 0.7) add(member, 0.55 + 0.5 * alike + keyed);
      for (const alias of ENUM_ALIASES[fold(name)] ?? [])
        if (
          new RegExp(/^[\p{L}]/u.test(alias) ? `(?<![\\p{L}\\p{N}])${alias}(?![\\p{L}\\p{N}])` : alias, 'iu').test(
            unit.text,
          )
        )
          add(member, 1.1 + keyed);
    }
  }
}

/** Other words for frequent members of enumerations. */
const ENUM_ALIASES: Record<string, string[]> = {
  celsius: ['°C', 'degrees C', 'centigrade', 'metric'],
  c: ['celsius', '°C'],
  fahrenheit: ['°F', 'degrees F', 'imperial'],
  f: ['fahrenheit', '°F'],
  metric: ['celsius', '°C', 'kilomet(?:er|re)s'],
  imperial: ['fahrenheit', '°F', 'miles'],
  high: ['urgent', 'urgently', 'critical', 'asap', 'as soon as possible', 'immediately', 'important', 'top priority'],
  urgent: ['urgently', 'asap', 'as soon as possible', 'immediately', 'right away', 'emergency', 'critical'],
  critical: ['urgent', 'outage', 'emergency', 'down', 'asap'],
  low: ['minor', 'whenever', 'no rush', 'not urgent', 'no hurry', 'when you have time'],
  medium: ['normal', 'moderate'],
  normal: ['regular', 'standard'],
  small: ['S', 'little'],
  large: ['L', 'big'],
  cancelled: ['canceled', 'called off'],
  canceled: ['cancelled', 'called off'],
  'credit card': ['visa', 'mastercard', 'amex', 'card'],
  economy: ['coach', 'cheapest'],
  'one way': ['one-way', 'single'],
  'round trip': ['round-trip', 'return ticket', 'returning'],
  usd: ['dollars?', '\\$', 'US dollars?'],
  eur: ['euros?', '€'],
  gbp: ['pounds?', 'sterling', '£'],
  jpy: ['yen'],
  email: ['e-mail', 'mail'],
  sms: ['text message', 'text'],
  on: ['turn on', 'switch on', 'enable'],
  off: ['turn off', 'switch off', 'disable'],
  buy: ['purchase'],
  asc: ['ascending', 'lowest first', 'oldest first'],
  desc: ['descending', 'highest first', 'newest first', 'latest'],
};

function booleanCandidates(leaf: Leaf, unit: EvidenceUnit, add: Add): void {
  const asked = new Set([...leaf.own].filter((stem) => !/^(?:is|has|are|was|should|can|ha|wa)$/.test(stem)));
  if (asked.size === 0) for (const stem of leaf.name) asked.add(stem);
  let matched = 0;
  let negatedName = false;
  for (const stem of asked) {
    const place = unit.words.findIndex((word) => similarity(stem, word.stem) >= 0.7 || opposed(stem, word.stem));
    if (place < 0) continue;
    matched++;
    const word = unit.words[place];
    if (word && opposed(stem, word.stem)) negatedName = true;
    const before = unit.words.slice(Math.max(0, place - 4), place);
    if (before.some((other) => NEGATIONS.has(other.lower))) negatedName = true;
    if (
      unit.words
        .slice(place, place + 4)
        .some((other) => /^(?:not|excluded|unavailable|denied|refused)$/.test(other.lower))
    )
      negatedName = true;
    if (/\bwithout\s+(?:\w+\s)?$/i.test(unit.text.slice(0, word?.start ?? 0))) negatedName = true;
  }
  if (asked.size > 0 && matched / asked.size >= 0.6) add(!negatedName, 1 + matched / asked.size);
}

const opposed = (asked: string, found: string): boolean =>
  found === `un${asked}` || found === `non${asked}` || found === `in${asked}` || found === `not-${asked}`;

function topicCandidates(leaf: Leaf, evidence: Evidence, add: Add): void {
  if (leaf.topic === 'currency') {
    for (const unit of evidence.units)
      for (const match of unit.text.matchAll(
        /[$€£¥₹]|\b[A-Z]{3}\b|\b(?:(?:us|canadian|australian|british|swiss|indian|japanese) )?[a-z]+\b/gi,
      )) {
        const code = currencyOf(match[0]);
        if (code !== undefined)
          add(
            code,
            1.2 +
              direction(leaf, unit.text, { start: match.index, end: match.index + match[0].length }) +
              (/^\p{Lu}{3}$/u.test(match[0]) ? 0.1 : 0),
            `${unit.order}:${match.index}`,
          );
      }
  } else if (leaf.topic === 'language') {
    for (const unit of evidence.units)
      for (const word of unit.words)
        if (LANGUAGES.has(word.lower)) {
          const code =
            /\b(?:code|iso)\b/i.test(`${leaf.schema.description ?? ''} ${leaf.label}`) || leaf.schema.maxLength === 2;
          add(
            code ? (LANGUAGE_CODES[word.lower] ?? word.text) : word.text,
            1.2 + direction(leaf, unit.text, word),
            `${unit.order}:${word.start}`,
          );
        }
  } else if (leaf.topic === 'address') {
    for (const unit of evidence.units) {
      const match =
        /\d+[A-Za-z]?\s+(?:\p{Lu}[\p{L}'-]*\.?\s)+?(?:Street|St\.?|Avenue|Ave\.?|Road|Rd\.?|Lane|Ln\.?|Boulevard|Blvd\.?|Drive|Dr\.?|Way|Square|Court|Place|Terrace|Row|Quay|Close)\b(?:,\s*(?:Apt|Suite|Unit|Floor)\s*\w+)?(?:,\s*(?:\p{Lu}[\p{L}'-]+|\d{4,6})(?:\s(?:\p{Lu}[\p{L}'-]+|\d{4,6}))*)*/u.exec(
          unit.text,
        );
      if (match) {
        const whole = /street$|^street|line ?1/.test(leaf.label) ? (match[0].split(',')[0] ?? match[0]) : match[0];
        add(whole.trim(), 2, `${unit.order}:address`);
      }
    }
  } else if (/\b(?:symbol|ticker|iata|airport|code|stock)\b/.test(leaf.label)) {
    for (const unit of evidence.units)
      for (const match of unit.text.matchAll(/(?<![\w$])\$?([A-Z]{2,5})(?![\w-])/g))
        add(
          match[1] ?? '',
          1.4 + direction(leaf, unit.text, { start: match.index, end: match.index + match[0].length }),
          `${unit.order}:${match.index}`,
        );
  } else if (leaf.topic === 'timezone') {
    const match = /\b(?:UTC(?:[+-]\d{1,2}(?::\d{2})?)?|GMT(?:[+-]\d{1,2})?|[A-Z]{2,4}T|[A-Z][a-z]+\/[A-Z]\w+)\b/.exec(
      evidence.text,
    );
    if (match) add(match[0], 1.5);
  }
}

const currencyOf = (text: string): string | undefined => {
  const lower = text.toLowerCase().trim();
  if (lower === 'real' || lower === 'try') return /^[A-Z]{3}$/.test(text) ? CURRENCIES.get(lower) : undefined;
  return CURRENCIES.get(lower);
};

const LANGUAGE_CODES: Record<string, string> = {
  english: 'en',
  french: 'fr',
  german: 'de',
  spanish: 'es',
  italian: 'it',
  portuguese: 'pt',
  dutch: 'nl',
  russian: 'ru',
  chinese: 'zh',
  japanese: 'ja',
  korean: 'ko',
  arabic: 'ar',
  hindi: 'hi',
  turkish: 'tr',
  polish: 'pl',
  swedish: 'sv',
  norwegian: 'no',
  danish: 'da',
  finnish: 'fi',
  greek: 'el',
  hebrew: 'he',
  hungarian: 'hu',
  czech: 'cs',
  romanian: 'ro',
  thai: 'th',
  vietnamese: 'vi',
  ukrainian: 'uk',
};

/** Kinds for which a value without any word of the leaf's name near it is still plainly the one: an e-mail address is an e-mail address. */
export const SELF_EVIDENT: ReadonlySet<EntityKind> = new Set<EntityKind>(['email', 'phone', 'url', 'colour']);
