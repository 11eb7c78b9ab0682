import { scoreLabels } from './classify.ts';
import type { Conversation, Source } from './conversation.ts';
import { parsed } from './conversation.ts';
import { readEvidence } from './evidence.ts';
import { fill } from './filling.ts';
import { readLabels } from './labelling.ts';
import type { Rules } from './rules.ts';
import { readRules } from './rules.ts';
import type { Schema } from './schema.ts';
import { asSchema, isObject, typeOf, violation } from './schema.ts';
import { summarise } from './summary.ts';
import { todayOf } from './tools.ts';
import type { Sampling } from './sampling.ts';
import type { Json } from '../types.ts';
import { LlmError } from '../types.ts';

/**
 * A value for `schema` from `sources`. What the text does not say is null, an empty string or list, or false, as the schema allows; a
 * required number that it does not say cannot be filled: throws `LlmError` ('model'), since a made-up number would be a lie.
 */
export function extract(
  schema: Schema,
  sources: Source[],
  conversation: Conversation,
  sampling: Sampling,
  about = '',
): Json {
  const evidence = [readEvidence(sources)];
  const today = todayOf(conversation);
  const filled = fill(schema, evidence, {
    mode: 'extract',
    ...(today === undefined ? {} : { today }),
    guess: (text, labels, leaf) => {
      const described = typeof leaf.schema.description === 'string' ? leaf.schema.description : '';
      const explained = labels.map((name) => {
        const found = new RegExp(
          `["'\x60]?${name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}["'\x60]?\\s*(?:[:=(–-]|means|if|when|for)\\s*([^,.;)\\n]+)`,
          'i',
        ).exec(`${described}\n${about}`);
        return found?.[1] === undefined ? { name } : { name, about: found[1] };
      });
      const [first, second] = scoreLabels(text, explained);
      if (!first) return undefined;
      const clear = first.score > 0.5 && first.score > (second?.score ?? 0);
      const unknown = labels.find((name) =>
        /^(?:unknown|none|other|n\/a|not[_ ]?(?:stated|specified)|unspecified|neutral)$/i.test(name),
      );
      return clear ? first.value : (unknown ?? first.value);
    },
  });
  const value = filled.value;
  if (isObject(value)) fillSummaries(value, schema, sources, sampling);
  if (filled.missing.length > 0 || value === undefined)
    throw new LlmError(
      'model',
      `The text gives no value for ${filled.missing.map((name) => `"${name}"`).join(', ') || 'the schema'}, which the schema requires; let it be null or leave it out of "required".`,
    );
  const wrong = violation(value, schema);
  if (wrong !== undefined) throw new LlmError('model', `What was found does not fit the schema: ${wrong}.`);
  return value;
}

/** Places named "summary" are summaries of the text, not stretches that follow the word. */
function fillSummaries(value: { [key: string]: Json }, schema: Schema, sources: Source[], sampling: Sampling): void {
  for (const [name, property] of Object.entries(asSchema(schema.properties)))
    if (
      /^(?:summary|abstract|tl_?dr|synopsis|overview)$/i.test(name) &&
      typeOf(asSchema(property)) === 'string' &&
      (value[name] === undefined || value[name] === '')
    ) {
      const rules = readRules([String(asSchema(property).description ?? ''), 'in 1 sentence']);
      value[name] = summarise(sources, rules, sampling).full;
    }
}

/** The schema that a prompt gives in words or JSON: a JSON schema, a template object, or a list of keys; undefined when it gives none. */
export function schemaOfPrompt(
  conversation: Conversation,
  rules: Rules,
): { schema: Schema; template: boolean } | undefined {
  const text = `${conversation.rules}\n${conversation.ask}`;
  const json = jsonIn(text);
  if (isObject(json)) {
    if (isObject(json.properties) || (json.type === 'object' && json.properties !== undefined))
      return { schema: json, template: false };
    if (Object.keys(json).length > 0) return { schema: schemaOfTemplate(json), template: true };
  }
  if (Array.isArray(json) && isObject(json[0]))
    return { schema: { type: 'array', items: schemaOfTemplate(json[0]) }, template: true };
  const keys = keysIn(text, rules);
  if (keys.length === 0) return undefined;
  const object: Schema = {
    type: 'object',
    properties: Object.fromEntries(keys.map((key) => [key.name, key.schema])),
    required: keys.map((key) => key.name),
  };
  return /\b(?:array|list) of (?:json )?objects\b|\bjson array\b/i.test(text)
    ? { schema: { type: 'array', items: object }, template: false }
    : { schema: object, template: false };
}

/** The first balanced JSON object or array in a text that parses. */
function jsonIn(text: string): Json | undefined {
  for (let from = text.search(/[[{]\s*["{]/); from >= 0 && from < text.length;) {
    let depth = 0;
    let inString = false;
    for (let at = from; at < text.length; at++) {
      const sign = text[at];
      if (sign === '"' && text[at - 1] !== '\\') inString = !inString;
      if (inString) continue;
      if (sign === '{' || sign === '[') depth++;
      if (sign === '}' || sign === ']') depth--;
      if (depth === 0) {
        const body = text.slice(from, at + 1);
        const found =
          parsed(body) ??
          parsed(
            body
              .replace(/:\s*(string|number|integer|boolean|date|array|null)(?:\s*\|\s*null)?\s*(?=[,}\n])/gi, ': "$1"')
              .replace(/,\s*([}\]])/g, '$1'),
          );
        if (found !== undefined && (isObject(found) || (Array.isArray(found) && isObject(found[0])))) return found;
        break;
      }
    }
    const next = text.slice(from + 1).search(/[[{]\s*["{]/);
    if (next < 0) return undefined;
    from += next + 1;
  }
  return undefined;
}

/** `{"name": "string", "age": 0, "tags": []}` as a schema: what stands for a value gives its type. */
function schemaOfTemplate(template: { [key: string]: Json }): Schema {
  const of = (value: Json): Schema => {
    if (Array.isArray(value))
      return { type: 'array', items: value.length > 0 ? of(value[0] ?? null) : { type: 'string' } };
    if (isObject(value)) return schemaOfTemplate(value);
    if (typeof value === 'number') return { type: ['number', 'null'] };
    if (typeof value === 'boolean') return { type: 'boolean' };
    const hint = typeof value === 'string' ? value.toLowerCase() : '';
    if (/\b(?:number|integer|float|int|decimal)\b/.test(hint))
      return { type: [/integer|\bint\b/.test(hint) ? 'integer' : 'number', 'null'] };
    if (/\b(?:boolean|bool|true\/false|true or false|true\|false)\b/.test(hint)) return { type: 'boolean' };
    if (/\b(?:array|list)\b/.test(hint)) return { type: 'array', items: { type: 'string' } };
    if (/yyyy-mm-dd|iso 8601|iso date/.test(hint)) return { type: ['string', 'null'], format: 'date' };
    if (/\|/.test(hint) && typeof value === 'string')
      return { type: ['string', 'null'], enum: [...value.split('|').map((part) => part.trim()), null] };
    return {
      type: ['string', 'null'],
      description: typeof value === 'string' ? value.replace(/^(?:string|text)$/i, '') : '',
    };
  };
  return {
    type: 'object',
    properties: Object.fromEntries(Object.entries(template).map(([key, value]) => [key, of(value)])),
    required: Object.keys(template),
  };
}

/** Keys with the hints behind them: "name (string), age (integer), status (one of open, closed)", or a list of lines. */
function keysIn(text: string, rules: Rules): { name: string; schema: Schema }[] {
  const lines = [
    ...text.matchAll(
      /^\s*(?:[-*•]|\d+[.)])\s*["'`*]*([A-Za-z_][\w-]*)["'`*]*\s*(?:\(([^)]*)\))?\s*(?::\s*(.*)|[–—-]\s+(.*))?$/gm,
    ),
  ];
  if (
    lines.length >= 1 &&
    /\b(?:fields?|keys?|properties|attributes|extract|json)\b/i.test(text) &&
    !/\b(?:labels|categories|classes)\s*:/i.test(text)
  )
    return lines.map((match) => keyOf(match[1] ?? '', `${match[2] ?? ''} ${match[3] ?? match[4] ?? ''}`));
  const listed =
    /\b(?:keys?|fields?|properties|attributes)\b\s*(?:named|called|are|should be|must be|of|exactly)?\s*:?\s*((?:(?:and\s+)?["'`]?[A-Za-z_][\w-]*["'`]?(?:\s*\([^)]*\))?\s*(?:,\s*|\s+and\s+|$|(?=[.\n;])|(?=\s)))+)/i.exec(
      text,
    )?.[1];
  if (listed !== undefined) {
    const keys = [
      ...(listed
        .split(/\.\s|\n/)[0]
        ?.matchAll(/["'`]?([A-Za-z_][\w-]*)["'`]?(?:\s*\(([^)]*)\))?(?=\s*(?:,|\band\b|$))/g) ?? []),
    ].filter((match) => !/^(?:and|or|from|in|of|for|the|a|to|with|as|json|only)$/i.test(match[1] ?? ''));
    if (keys.length > 0) return keys.map((match) => keyOf(match[1] ?? '', match[2] ?? ''));
  }
  const plain =
    /\bextract\s+(?:the\s+)?(?:following(?: fields| information| details| data)?\s*:?\s*)?((?:(?:the\s)?[\p{L}][\p{L} _-]{1,30}(?:,\s*(?:and\s+)?|\s+and\s+))*(?:the\s)?[\p{L}][\p{L} _-]{1,30}?)(?=\s+(?:from|in|of|as|into|out|and return|and output|mentioned|and give|using|for)\b|[.:\n]|$)/iu.exec(
      text,
    )?.[1];
  if (plain !== undefined && (rules.json || /\bjson\b/i.test(text))) {
    const names = plain
      .split(/,\s*(?:and\s+)?|\s+and\s+/)
      .map((name) => name.trim().replace(/^the\s+/i, ''))
      .filter(
        (name) =>
          name !== '' &&
          name.split(' ').length <= 3 &&
          !/^(?:following|fields|information|data|details|all|json)$/i.test(name),
      );
    if (names.length > 0) return names.map((name) => keyOf(name.replace(/\s+/g, '_').toLowerCase(), ''));
  }
  return [];
}

function keyOf(name: string, hint: string): { name: string; schema: Schema } {
  const lower = hint.toLowerCase();
  const options =
    /\b(?:one of|either|enum|options?|values?)\b/i.test(hint) || /^\s*[\w -]+(?:\s*[|/]\s*[\w -]+)+\s*$/.test(hint)
      ? readLabels(
          `one of ${hint.replace(/^.*?\b(?:one of|either|enum|options?|values?)\b:?/i, '').replaceAll('|', ',')}`,
        )
      : [];
  if (options.length >= 2)
    return {
      name,
      schema: { type: ['string', 'null'], enum: [...options.map((option) => option.name), null], description: hint },
    };
  if (/\binteger\b|\bint\b|whole number/.test(lower))
    return { name, schema: { type: ['integer', 'null'], description: hint } };
  if (/\bnumber\b|\bfloat\b|\bdecimal\b|numeric/.test(lower))
    return { name, schema: { type: ['number', 'null'], description: hint } };
  if (/\bboolean\b|\bbool\b|true\/false|true or false/.test(lower))
    return { name, schema: { type: 'boolean', description: hint } };
  if (/\barray\b|\blist\b/.test(lower))
    return {
      name,
      schema: { type: 'array', items: { type: /number/.test(lower) ? 'number' : 'string' }, description: hint },
    };
  if (/yyyy-mm-dd|iso/.test(lower))
    return { name, schema: { type: ['string', 'null'], format: 'date', description: hint } };
  return { name, schema: { type: ['string', 'null'], description: hint.replace(/\bstring\b/i, '').trim() } };
}
