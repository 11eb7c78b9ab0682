import { scoreLabels } from './classify.ts';
import type { Conversation, Source } from './shapes.ts';
import { parsed } from './conversation.ts';
import { readEvidence } from './evidence.ts';
import type { Field } from './fields.ts';
import { readFields } from './fields.ts';
import { fill } from './filling.ts';
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

/** What a prompt wants extracted: its schema, and the fields where it names them in words. */
export type Shape = { schema: Schema; fields?: Field[] };

/** The schema that a prompt gives in words or JSON: a JSON schema, a template object, or a list of fields; undefined when it gives none. */
export function schemaOfPrompt(conversation: Conversation, rules: Rules): Shape | undefined {
  const text = `${conversation.rules}\n${conversation.ask}`;
  const json = jsonIn(text);
  if (isObject(json)) {
    if (isObject(json.properties) || (json.type === 'object' && json.properties !== undefined)) return { schema: json };
    if (Object.keys(json).length > 0) return { schema: schemaOfTemplate(json) };
  }
  if (Array.isArray(json) && isObject(json[0])) return { schema: { type: 'array', items: schemaOfTemplate(json[0]) } };
  const asked = rules.json !== undefined;
  const own = readFields(conversation.ask, asked);
  const fields = own.length > 0 ? own : readFields(conversation.rules, asked);
  if (fields.length === 0) return undefined;
  const object: Schema = {
    type: 'object',
    properties: Object.fromEntries(fields.map((field) => [field.key, field.schema])),
    required: fields.map((field) => field.key),
  };
  return /\b(?:array|list) of (?:json )?objects\b|\bjson array\b/i.test(text)
    ? { schema: { type: 'array', items: object } }
    : { schema: object, fields };
}

/** Extracted values as lines "field: value", in the words in which the fields were asked for; one alone is its value. */
export function fieldLines(json: Json, fields: Field[]): string[] {
  const said = (value: Json | undefined): string => {
    if (value === null || value === undefined || value === '') return 'not stated';
    if (Array.isArray(value)) return value.length === 0 ? 'not stated' : value.map((item) => said(item)).join(', ');
    return typeof value === 'string' ? value : JSON.stringify(value);
  };
  const values = fields.map((field) => said(isObject(json) ? json[field.key] : undefined));
  return fields.length === 1 ? values : fields.map((field, index) => `${field.label}: ${values[index]}`);
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
