import type { Candidate } from './sampling.ts';
import type { Schema } from './schema.ts';
import { asSchema, resolved, typeOf } from './schema.ts';
import { spaced, stemSet } from './units.ts';
import { similarity, words } from './words.ts';
import type { Tool } from '../types.ts';

/** A tool with the stems that its name, description, parameters and enumerations hold. */
export type Reader = {
  tool: Tool;
  names: Set<string>;
  described: Set<string>;
  parameters: Set<string>;
  members: Set<string>;
  examples: Set<string>;
};

/** Reads what a tool is about. */
export function readTool(tool: Tool): Reader {
  const schema = resolved(asSchema(tool.inputSchema), asSchema(tool.inputSchema));
  const parameters: string[] = [];
  const members: string[] = [];
  const visit = (own: Schema, depth: number): void => {
    for (const [name, property] of Object.entries(asSchema(own.properties))) {
      const part = resolved(asSchema(property), schema);
      parameters.push(spaced(name), typeof part.description === 'string' ? part.description : '');
      if (Array.isArray(part.enum))
        members.push(...part.enum.filter((member): member is string => typeof member === 'string').map(spaced));
      if (depth < 4 && typeOf(part) === 'object') visit(part, depth + 1);
      if (depth < 4 && typeOf(part) === 'array') visit(resolved(asSchema(part.items), schema), depth + 1);
    }
  };
  visit(schema, 0);
  return {
    tool,
    names: stemSet(spaced(tool.name)),
    described: stemSet(tool.description ?? ''),
    parameters: stemSet(parameters.join(' ')),
    members: stemSet(members.join(' ')),
    examples: new Set(),
  };
}

/** Verbs of tool names that say little: every other tool gets, finds or looks up something. */
const LIGHT = new Set([
  'get',
  'fetch',
  'retriev',
  'look',
  'lookup',
  'find',
  'check',
  'query',
  'search',
  'list',
  'do',
  'make',
  'run',
  'tool',
  'api',
  'function',
  'info',
  'inform',
  'data',
  'current',
  'us',
  'call',
  'provid',
  'given',
  'specif',
  'giv',
  'return',
  'user',
  'new',
  'creat',
  'set',
  'updat',
  'get',
]);

/** Requests in other words: what people say when they want what a tool does. Left: stems of names; right: what is said. */
const MEANINGS: [RegExp, RegExp][] = [
  [
    /weather|forecast/,
    /\b(?:weather|forecast|rain|raining|snow|sunny|umbrella|temperature|hot|cold|warm|jacket|wind|windy|humid|degrees outside|storm)\b/i,
  ],
  [/stock|share|quote|ticker/, /\b(?:stock|share price|shares?|ticker|trading at|quote)\b/i],
  [
    /convert|currency|exchange/,
    /(?<!\d[,.]?)\d[\d,.]*\s*(?:usd|eur|gbp|jpy|chf|cad|aud|(?:us |swiss |canadian )?(?:dollars?|euros?|pounds?|yen|francs?|rupees?|pesos?))\b.*\b(?:in|to|into)\b|\b(?:convert|exchange rate|in (?:euros?|dollars?|pounds|yen|usd|eur|gbp|jpy)|how (?:much|many) (?:is|are|\w+) .*\b(?:in|to)\b)/i,
  ],
  [/email|mail/, /\b(?:e-?mail|mail|write to|drop .* a line)\b/i],
  [/sms|message|text|notify|notification|slack/, /\b(?:text|message|sms|notify|tell|ping|let .* know)\b/i],
  [/remind/, /\b(?:remind|reminder|don't let me forget|do not let me forget)\b/i],
  [/alarm|wake/, /\b(?:alarm|wake me)\b/i],
  [/timer/, /\b(?:timer|countdown)\b/i],
  [
    /calculat|math|arithmetic|comput/,
    /\b(?:calculate|compute|what(?:'s| is) [-\d(]|how much is [-\d(]|plus|minus|times|divided|multiplied|square root|percent of|% of|sum of|product of)\b|\d\s*[-+*/x×÷^]\s*\d/i,
  ],
  [
    /translat/,
    /\b(?:translate|in (?:french|german|spanish|italian|japanese|chinese|portuguese|russian|korean|dutch)|how do (?:you|i) say)\b/i,
  ],
  [
    /event|meeting|calendar|schedul|appointment/,
    /\b(?:schedule|meeting|calendar|appointment|invite|event|set up a (?:meeting|call)|put .* in my calendar|arrange)\b/i,
  ],
  [/book|reserv/, /\b(?:book|reserve|reservation|table for|room for|need a (?:table|room|flight|hotel))\b/i],
  [/flight/, /\b(?:flights?|fly|flying|plane)\b/i],
  [/hotel|room|stay|accommodation/, /\b(?:hotel|room|stay|accommodation|nights?)\b/i],
  [/restaurant|table|dining/, /\b(?:restaurant|table for|dinner|lunch|eat|dining)\b/i],
  [
    /order|shipment|track|package|delivery/,
    /\b(?:order|package|parcel|shipment|delivery|track|where is my|shipped|arrive)\b/i,
  ],
  [/refund|return/, /\b(?:refund|return|money back|send .* back|reimburse)\b/i],
  [/cancel/, /\b(?:cancel|call off|terminate|stop my)\b/i],
  [/search|lookup|web|browse|knowledge|find/, /\b(?:search|look up|lookup|google|find|browse|research)\b/i],
  [/music|song|play/, /\b(?:play|listen|song|music|put on)\b/i],
  [
    /light|lamp|thermostat|device|switch/,
    /\b(?:turn (?:on|off)|switch (?:on|off)|dim|lights?|lamp|thermostat|set the temperature)\b/i,
  ],
  [/thermostat|temperature/, /\b(?:thermostat|set the (?:temperature|heating)|heating|degrees)\b/i],
  [/ticket|issue|incident|case/, /\b(?:ticket|issue|bug|incident|report (?:a|an|the)|case|problem)\b/i],
  [/customer|user|account|profile|contact|employee/, /\b(?:customer|user|account|profile|contact|employee|client)\b/i],
  [
    /inventory|stock(?! price| quote| market)|availability|product/,
    /\b(?:in stock|inventory|available|availability|stock of|how many .* (?:left|do we have)|product)\b/i,
  ],
  [/news|headline/, /\b(?:news|headlines?|happening)\b/i],
  [/time|clock/, /\b(?:what time|current time|time (?:is it|in)|local time)\b/i],
  [
    /distance|route|direction|navigat/,
    /\b(?:distance|how far|directions?|route|drive from|way from|get from|navigate)\b/i,
  ],
  [/payment|pay|transfer|money/, /\b(?:pay|transfer|send .*(?:\$|€|£|dollars|euros|money)|payment|wire)\b/i],
  [/balance/, /\b(?:balance|how much (?:money )?(?:do i have|is (?:in|on)))\b/i],
  [/password/, /\b(?:password|reset|locked out|can't log in)\b/i],
  [/invoice|bill/, /\b(?:invoice|bill)\b/i],
  [/recipe|cook/, /\b(?:recipe|cook|make for dinner|ingredients)\b/i],
  [/movie|film|cinema/, /\b(?:movie|film|cinema|watch)\b/i],
  [/task|todo|to do/, /\b(?:task|to-?do|add .* to my list)\b/i],
  [/note/, /\b(?:note|jot|write down)\b/i],
  [/sql|database|query/, /\b(?:sql|database|query|select|rows|table)\b/i],
  [/definition|dictionary|define/, /\b(?:define|definition|meaning of|what does .* mean)\b/i],
  [/file|document/, /\b(?:file|document|open|read|save)\b/i],
  [/call|phone|dial/, /\b(?:call|phone|dial|ring)\b/i],
  [/taxi|ride|cab|uber/, /\b(?:taxi|ride|cab|uber|lyft|pick me up)\b/i],
  [/loan|mortgage|interest/, /\b(?:loan|mortgage|interest|repay|installment)\b/i],
];

/** The tools by how well they fit a request, best first. */
export function rankTools(text: string, readers: Reader[]): Candidate<Reader>[] {
  const stems = stemSet(text);
  return readers
    .map((reader, order) => ({ value: reader, score: scoreTool(text, stems, reader), order }))
    .sort((a, b) => b.score - a.score || a.order - b.order);
}

function scoreTool(text: string, stems: Set<string>, reader: Reader): number {
  let score = 0;
  const hold = (asked: Set<string>, weight: number, light: number): void => {
    for (const stem of asked) {
      const best = Math.max(0, ...[...stems].map((other) => similarity(stem, other)));
      if (best > 0) score += best * (LIGHT.has(stem) ? light : weight);
    }
  };
  hold(reader.names, 1.1, 0.25);
  hold(reader.described, 0.5, 0.06);
  hold(reader.parameters, 0.2, 0.03);
  hold(reader.members, 0.25, 0.05);
  const name = spaced(reader.tool.name).toLowerCase();
  const description = (reader.tool.description ?? '').toLowerCase();
  for (const [about, said] of MEANINGS) {
    if (!said.test(text)) continue;
    if (about.test(name)) score += 0.9;
    else if (about.test(description)) score += 0.35;
  }
  if (new RegExp(`\\b${reader.tool.name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}\\b`, 'i').test(text)) score += 3;
  // The verb that opens the request ("cancel …") is what the tool must do.
  const opening = words(
    text.replace(
      /^(?:(?:please|can you|could you|would you|i want to|i need to|i'd like to|i would like to|help me|hi|hello|hey|and|then|also|kindly)[,!]?\s+)+/i,
      '',
    ),
  )[0];
  const verb = words(spaced(reader.tool.name))[0];
  if (opening && verb && opening.stem === verb.stem) score += LIGHT.has(verb.stem) ? 0.3 : 0.7;
  const opposites: [RegExp, RegExp][] = [
    [/^(?:create|add|book|schedule|make|place|open)\b/i, /\b(?:cancel|delete|remove|close)\b/i],
    [/^(?:cancel|delete|remove|close)\b/i, /^(?:please )?(?:create|add|book|schedule|make|place|open)\b/i],
  ];
  for (const [does, wants] of opposites) if (does.test(spaced(reader.tool.name)) && wants.test(text)) score -= 1;
  return score;
}
