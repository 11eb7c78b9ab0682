import { readLabels } from './labelling.ts';
import { readLeaf } from './leaf.ts';
import type { Schema } from './schema.ts';

/** A field that a request names: the words it was asked in, its key in JSON, and what is wanted there. */
export type Field = { label: string; key: string; schema: Schema; literal: boolean };

/** Fields of one request at most; a longer list is not one of fields. */
const FIELDS_MAX = 60;
/** Words of a field's name at most: "estimated date of delivery". */
const WORDS_MAX = 5;

const PULLING = String.raw`extract|pull(?: out)?|parse(?: out)?|capture|retrieve|collect|grab`;
const GIVING = String.raw`get(?: me)?|give(?: me)?|find(?: me)?|identify|return|list|tell me|show(?: me)?|output|provide|read(?: out)?|i (?:need|want)|what(?: is| are|['’]s)`;
const LEADING = new RegExp(
  String.raw`\b(${PULLING}|${GIVING})\s*:?\s+((?:only |just |me |us )*(?:the\s+)?(?:following(?: (?:fields?|information|info|details|data|items|values|attributes|entities|facts))?\s*(?:from [^:.\n]{1,60})?:?\s*)?)([^\n]+)`,
  'giu',
);
/** "parse this address into street, city and zip", "JSON with name and age", "fields: a, b". */
const NAMING =
  /\b(?:keys?|fields?|properties|attributes|json|extract)\b[^:.\n]{0,60}:\s*([^\n]+)|\b(?:keys?|fields?|properties|attributes|columns)\b(?:\s+(?:named|called|are|should be|must be|of|exactly|names?))*\s*:?\s+([^\n]+)|\bjson(?: object)?\s+(?:with|containing|including|having|of)\s+(?!(?:\w+\s+){0,3}(?:keys?|fields?|properties|attributes)\b)([^\n]+)|\b(?:parse|split|break|separate|divide)\b[^.\n]{0,60}?\b(?:in)?to\s+(?:its\s+)?([^\n]+)|\b(?:information|info|details|data|entities|fields?|facts|values)\s*\(([^)\n]+)\)/giu;

/** What ends a list of fields in the sentence that holds it. */
const LIST_END =
  /[.?!](?=\s|$)|[;\n]|:(?=\s|$)|\s+(?:from|mentioned|contained|found|present|within|in (?:the|this|that|it|json|a|an|valid|my|your|these|each|both)|of (?:the|this|that|it|each|every|my|our|all)|for (?:the|this|each|every|it|all)|as|into|out of|using|with|and (?:return|output|give|format|respond|put|present|answer|provide|show|write|nothing)|given|below|above|if|when|where|so|then|respond|return|you)(?=\s|[.,:;?!]|$)|\s+(?:in|of|for)\s*:?$/iu;
const DETERMINER =
  /^(?:(?:all|any|each|both|only|just|and|also|me|us|the|a|an|its|their|his|her|my|our|your|every|these|those|following|exactly|of|keys?|fields?|properties|attributes|named|called)\s+)+/iu;
/** Words that name a whole answer, or its form, and no field of a record. */
const NOT_FIELDS =
  /^(?:answers?|results?|outputs?|json|response|text|following|information|info|fields?|keys?|data|details?|facts?|object|list|table|translation|gist|highlights|(?:main |key )?points|(?:key )?takeaways|meaning|difference|steps|reasons?|pros|cons|advantages|disadvantages|it|this|that|entities|everything|value|values|schema|format|properties|attributes|valid|only|one|two|three|none|nothing|words?|sentences?|bullets?|markdown|explanation|quotes?|no .*|not .*|lines?|keywords?|example|examples|main ideas?)$/iu;
/** What follows a list of names without being one: "…, one per line". */
const MODIFIER =
  /^(?:one (?:per|on|by)|sorted|separated|comma|each|in|without|line|on|numbered|bulleted|if|but|no|not|nothing|only|just|please|ordered|starting|ending|who|which|that|where)\b(?=\s)/iu;
const IDENTIFIER = /^[a-z][a-z\d]*[A-Z_-][\w-]*$|^[A-Za-z][^\W_]*_\w+$/;
const NO_PLURAL =
  /(?:ss|us|is|series|species|news|hours|minutes|days|weeks|months|years|nights|address|gps|sms|pros|terms|headquarters|goods|stars|earnings|sales)$/iu;

/**
 * The fields that a request for extraction names, in its words: "Extract the name, e-mail and order number", lists in bullets or numbers,
 * keys in quotes or code ticks, "with keys a, b", "What are the A and B?". `json` tells whether JSON is asked for; a question, or "give me the
 * A and B", is an extraction without it only where most names are those of known kinds of values. None: [].
 */
export function readFields(text: string, json: boolean): Field[] {
  for (const read of [lineFields, quotedFields, namedFields, ledFields]) {
    const fields = read(text, json);
    if (fields.length > 0 && fields.length <= FIELDS_MAX) return fields;
  }
  return [];
}

/** Whether `block` is a list of names as a request gives them: bullets, numbers, or one line of names with commas. */
export function isFieldList(block: string): boolean {
  const lines = block.trim().split('\n');
  if (lines.every((line) => LISTED_LINE.test(line)))
    return lines.every((line) => (LISTED_LINE.exec(line)?.[1] ?? '').trim().split(/\s+/).length <= WORDS_MAX);
  if (lines.length > 1) return false;
  const line = lines[0]?.trim().replace(/\.$/, '') ?? '';
  const names = splitNames(line);
  return (
    names.length > 1 &&
    names.every(
      (name) => name.split(/\s+/).length <= WORDS_MAX && !/[.?!@"“]|\b(?:is|was|are|were|has|had|will)\b/.test(name),
    )
  );
}

const LISTED_LINE =
  /^\s*(?:[-*•]|\d+[.)])\s*["'`*]*([\p{L}_][\p{L}\p{N}_ '’/-]{0,50}?)["'`*]*\s*(?:\(([^)]*)\))?\s*(?::\*{0,2}\s*(.*)|\s[–—-]\s+(.*))?\.?$/u;

/** Fields in bullets or numbers: a block of lines that are all names, under a line that asks for them. */
function lineFields(text: string, json: boolean): Field[] {
  if (/\b(?:labels|categories|classes|intents|topics|options)\s*:/i.test(text)) return [];
  let lead = '';
  let block: Field[] = [];
  let whole = true;
  const asked = (): boolean =>
    whole && block.length > 0 && (ASKS_FIELDS.test(lead) || (json && /\bjson\b/i.test(lead)));
  for (const line of [...text.split('\n'), '']) {
    if (/^\s*(?:[-*•]|\d+[.)])\s/.test(line)) {
      const match = LISTED_LINE.exec(line);
      const name = match?.[1]?.trim() ?? '';
      if (!match || name.split(/\s+/).length > WORDS_MAX || RULE_OPENING.test(name)) whole = false;
      else block.push(fieldOf(name, `${match[2] ?? ''} ${match[3] ?? match[4] ?? ''}`.trim(), /[`"]/.test(line)));
    } else if (line.trim() !== '' || block.length > 0) {
      if (asked()) return block;
      if (line.trim() !== '') lead = line;
      block = [];
      whole = true;
    }
  }
  return [];
}

const ASKS_FIELDS =
  /\b(?:fields?|keys?|properties|attributes|extract|information|details|pull|parse|capture|identify|data|values)\b/i;
const RULE_OPENING =
  /^(?:do|don['’]?t|use|return|only|if|never|always|respond|answer|make|keep|output|include|be|please|no|not|when|for|the answer|at most|exactly|maximum)\b(?=\s)/i;

const QUOTED_NAME = String.raw`["\x60]([A-Za-z_][\w -]{0,40})["\x60](?:\s*\(([^)\n]*)\))?`;
const QUOTED_ITEM = String.raw`["\x60][A-Za-z_][\w -]{0,40}["\x60](?:\s*\([^)\n]*\))?(?:\s*,\s*(?:and\s+)?|\s+and\s+)?`;
const QUOTED_LIST = new RegExp(
  String.raw`\b(?:json|keys?|fields?|properties|attributes|object|extract|return)\b[^.\n"\x60]{0,60}?((?:${QUOTED_ITEM}){1,60})`,
  'iu',
);

function quotedFields(text: string, json: boolean): Field[] {
  const list = QUOTED_LIST.exec(text)?.[1];
  if (list === undefined) return [];
  const fields = [...list.matchAll(new RegExp(QUOTED_NAME, 'gu'))].map((match) =>
    fieldOf(match[1] ?? '', match[2] ?? '', true),
  );
  return fields.length > 1 || json ? fields : [];
}

function namedFields(text: string, json: boolean): Field[] {
  for (const match of text.matchAll(NAMING)) {
    const fields = readList(match.slice(1).find((group) => group !== undefined) ?? '');
    if (fields.length > 1 || (fields.length === 1 && json && match[2] !== undefined)) return fields;
  }
  return [];
}

/** The things that a question or a command names right behind its verb, be they fields or not: "What is the order number in …?". */
export function askedFields(text: string): Field[] {
  for (const match of text.matchAll(LEADING)) {
    const fields = readList(match[3] ?? '');
    if (fields.length > 0) return fields;
  }
  return [];
}

function ledFields(text: string, json: boolean): Field[] {
  for (const match of text.matchAll(LEADING)) {
    const fields = readList(match[3] ?? '');
    if (fields.length === 0) continue;
    const pulled = new RegExp(`^(?:${PULLING})`, 'iu').test(match[1] ?? '');
    const known =
      fields.filter((field) => readLeaf([field.key], { type: 'string' }).kinds.length > 0).length * 2 > fields.length;
    // "Extract all dates", "every number": a list of one kind of thing.
    const several = /^(?:all|every|each|any)\b/iu.test(match[3] ?? '') || isPlural(fields[0]?.label ?? '');
    if (pulled ? fields.length > 1 || json || !several : fields.length > 1 && (json || known)) return fields;
  }
  return [];
}

/** The names of a list up to its end; none where one of them cannot be the name of a field. */
function readList(rest: string): Field[] {
  const bracketed: string[] = [];
  // Hints in brackets may hold commas and full stops: they are set aside while the list is cut.
  const held = rest.replace(/\(([^()]*)\)/g, (_all, hint: string) => `\u0001${bracketed.push(hint) - 1}\u0001`);
  if (/^(?:from|in|of|and|as|below|above|for|on|to)\b/i.test(held)) return [];
  const end = held.search(LIST_END);
  const list = end < 0 ? held : held.slice(0, end);
  const fields: Field[] = [];
  for (const item of splitNames(list)) {
    // oxlint-disable-next-line no-control-regex -- the mark set above
    const hint = bracketed[Number(/\u0001(\d+)\u0001/.exec(item)?.[1] ?? -1)] ?? '';
    // oxlint-disable-next-line no-control-regex -- the mark set above
    const name = item
      .replace(/\u0001\d+\u0001/g, '')
      .replace(DETERMINER, '')
      .trim();
    const plain = name.replace(/^["'“‘`*]+|["'”’`*]+$/g, '').trim();
    if (plain === '') continue;
    if (/^contact (?:details|information|info|data)$/i.test(plain)) {
      for (const part of ['name', 'email', 'phone', 'address']) fields.push(fieldOf(part, '', false));
      continue;
    }
    if (fields.length > 0 && MODIFIER.test(item)) break;
    if (
      plain.split(/\s+/).length > WORDS_MAX ||
      NOT_FIELDS.test(plain) ||
      !/^[\p{L}_][\p{L}\p{N}_ '’/&.#-]*$/u.test(plain)
    )
      return [];
    fields.push(fieldOf(plain, hint, plain !== name));
  }
  return fields;
}

const splitNames = (list: string): string[] =>
  list
    .split(/\s*,\s*(?:and\s+|as well as\s+)?|\s+and\s+|\s+as well as\s+|\s+&\s+|\s+plus\s+/iu)
    .map((name) => name.trim())
    .filter((name) => name !== '');

const isPlural = (label: string): boolean =>
  /^(?:people|children)$/iu.test(label) || (/[a-z]s$/iu.test(label) && !NO_PLURAL.test(label));

/** A field from its name and the hint behind it. Names that are written as keys are kept; words become snake_case. */
function fieldOf(name: string, hint: string, quoted: boolean): Field {
  const literal = quoted || IDENTIFIER.test(name);
  const key =
    literal && /^[\w-]+$/.test(name)
      ? name
      : name
          .toLowerCase()
          .replace(/['’]s\b/g, '')
          .replace(/[^\p{L}\p{N}]+/gu, '_')
          .replace(/^_+|_+$/g, '');
  return { label: name, key, schema: schemaOf(key, name, hint, literal), literal };
}

function schemaOf(key: string, name: string, hint: string, literal: boolean): Schema {
  const lower = hint.toLowerCase();
  const options =
    /\b(?:one of|either|enum|options?|values?)\b/i.test(hint) || /^[\w -]+(?:[|/][\w -]+)+$/.test(hint.trim())
      ? readLabels(
          `one of ${hint.replace(/^.*?\b(?:one of|either|enum|options?|values?)\b:?/i, '').replaceAll('|', ',')}`,
        )
      : [];
  if (options.length >= 2)
    return { type: ['string', 'null'], enum: [...options.map((option) => option.name), null], description: hint };
  if (/\binteger\b|\bint\b|whole number/.test(lower)) return { type: ['integer', 'null'], description: hint };
  if (/\bnumber\b|\bfloat\b|\bdecimal\b|numeric/.test(lower)) return { type: ['number', 'null'], description: hint };
  if (/\bboolean\b|\bbool\b|true\/false|true or false/.test(lower)) return { type: 'boolean', description: hint };
  if (/\barray\b|\blist\b/.test(lower))
    return { type: 'array', items: { type: /number/.test(lower) ? 'number' : 'string' }, description: hint };
  if (/yyyy-mm-dd|iso/.test(lower)) return { type: ['string', 'null'], format: 'date', description: hint };
  if (hint === '') {
    if (/^(?:age|quantity|qty|count|headcount)$/i.test(key)) return { type: ['integer', 'null'] };
    if (/^sentiment$/i.test(key)) return { type: 'string', enum: ['positive', 'negative', 'neutral'] };
    if (!literal && isPlural(name)) return { type: 'array', items: { type: 'string' } };
  }
  return { type: ['string', 'null'], description: hint.replace(/\bstring\b/i, '').trim() };
}
