import type { EntityKind } from './entities.ts';
import type { Schema } from './schema.ts';
import { typeOf } from './schema.ts';
import { spaced, stemSet } from './units.ts';

/** A scalar place in a schema that wants a value. */
export type Leaf = {
  path: string[];
  schema: Schema;
  type: string;
  /** Words of its name, and of its parents' names, in readable form. */
  label: string;
  /** Stems of what tells it from its like ("due" of "due date"), of its whole name, and of its description. */
  own: Set<string>;
  name: Set<string>;
  described: Set<string>;
  kinds: EntityKind[];
  /** What a quantity measures, where the name says so. */
  measure?: string;
  topic:
    | 'value'
    | 'query'
    | 'message'
    | 'currency'
    | 'language'
    | 'address'
    | 'expression'
    | 'timezone'
    | 'unit'
    | 'phrase';
  direction?: 'from' | 'to';
  array: boolean;
};

/** Words of names that say the kind of the value and not which one. */
const GENERIC = new Set(
  'date time name number no id value amount total address code email phone text string full first last the of in a an is at by type field info data list iso format yyyy mm dd'.split(
    ' ',
  ),
);

const MEASURES: [RegExp, string][] = [
  [/\b(?:area|sqm|sq ft|square|acres|hectares)\b/, 'area'],
  [/\b(?:weight|kg|grams?|lbs?|mass|tons?)\b/, 'weight'],
  [/\b(?:height|width|length|distance|depth|km|miles?|metres?|meters?|cm|mm|altitude)\b/, 'length'],
  [/\b(?:duration|minutes|hours|days|nights|weeks|months|years|seconds|experience|age|warranty|period)\b/, 'duration'],
  [/\b(?:temperature|celsius|fahrenheit)\b/, 'temperature'],
  [/\b(?:speed|kmh|mph)\b/, 'speed'],
  [/\b(?:volume|litres?|liters?|ml|gallons?)\b/, 'volume'],
];

const KINDS: [RegExp, EntityKind[]][] = [
  [/\be ?-?mail\b/, ['email']],
  [/\b(?:phone|mobile|telephone|tel|fax|cell)\b/, ['phone']],
  [/\b(?:url|website|web site|link|homepage|uri|webpage)\b/, ['url']],
  [/\b(?:percent|percentage|pct)\b/, ['percent', 'number']],
  [/\b(?:discount|interest rate|tax rate|vat rate|commission|probability)\b/, ['percent', 'money', 'number']],
  [/\b(?:colou?r)\b/, ['colour']],
  [/\b(?:date|deadline|birthday|dob|birth|day|due|expiry|expiration|founded|anniversary)\b/, ['date']],
  [/\b(?:time|hour)\b/, ['time', 'date']],
  [/\b(?:year)\b/, ['date', 'number']],
  [
    /\b(?:price|cost|amount|total|salary|budget|fee|revenue|subtotal|tax|balance|payment|fare|rent|deposit|fine|income|wage|refund amount|value)\b/,
    ['money', 'number', 'quantity'],
  ],
  [
    /\b(?:weight|height|width|length|distance|duration|temperature|size|speed|capacity|radius|minutes|hours|days|nights|weeks|months)\b/,
    ['quantity', 'number'],
  ],
  [
    /\b(?:quantity|qty|count|number of|num|guests|people|party|seats|age|units|employees|passengers|adults|children|rooms|attendees|stock|limit|max|min|rating|score|stars|floor|copies|tickets|bedrooms|bathrooms|headcount|participants|experience|years)\b/,
    ['number', 'quantity'],
  ],
  [
    /\b(?:harbou?r|village|street|district|island|area|borough|neighbou?rhood|mountain|beach|park|site|city|location|place|country|destination|origin|town|region|state|venue|airport|capital|headquarters|hometown|birthplace|station|port)\b/,
    ['place', 'proper', 'organisation', 'person'],
  ],
  [
    /\b(?:company|organi[sz]ation|employer|vendor|supplier|merchant|store|brand|airline|hotel|restaurant|university|school|firm|seller|charity|foundation|club|association|museum|council|union|party|manufacturer|maker|operator|shop|retailer|dealer|publisher|manufacturer|business|institution|agency|hospital|bank|team|investor|investors|sponsor|client company|competitor|partner)\b/,
    ['organisation', 'proper', 'person', 'place'],
  ],
  [
    /\b(?:id|identifier|sku|code|reference|ref|ticker|symbol|tracking|flight|order number|invoice number|invoice no|order|ticket|case|account number|booking|reservation|invoice|serial|policy|isbn|part|confirmation|plate|passport|license|number)\b/,
    ['id', 'number', 'phone', 'proper'],
  ],
  [
    /\b(?:person|customer|author|contact|recipient|attendee|manager|employee|patient|sender|guest|user|owner|speaker|candidate|applicant|assignee|reporter|organizer|organiser|buyer|client|ceo|founder|director|doctor|teacher|student|member|full name|first name|last name|surname|passenger|driver|tenant|landlord|winner|artist|interviewer|caller|agent|player|host|to|participant|who|name)\b/,
    ['person', 'proper', 'organisation'],
  ],
];

/** Describes a scalar place: what kind of thing its name, description and format ask for. */
export function readLeaf(path: string[], schema: Schema, array = false): Leaf {
  const type = typeOf(schema);
  const readable = path.map((step) => spaced(step).toLowerCase());
  const last = readable.at(-1) ?? '';
  const label = readable.slice(-2).join(' ');
  const description = typeof schema.description === 'string' ? schema.description : '';
  const name = stemSet(label);
  const own = stemSet(
    label
      .split(' ')
      .filter((word) => !GENERIC.has(word))
      .join(' '),
  );
  const described = new Set(
    [...stemSet(description.replace(/\b(?:e\.g\.|for example|such as|like)\b.*$/i, ''))].filter(
      (stem) => !GENERIC.has(stem),
    ),
  );
  const leaf: Leaf = { path, schema, type, label: last, own, name, described, kinds: [], topic: 'value', array };
  const text = last;
  const about = `${last} ${description.toLowerCase()}`;
  const measure = MEASURES.find(([pattern]) => pattern.test(last))?.[1];
  if (measure !== undefined) leaf.measure = measure;
  leaf.kinds = kindsOf(text, description, schema, type);
  if (/\bcurrenc/.test(last) || (type === 'string' && /\bcurrency\b/.test(about) && !/\bamount\b/.test(last)))
    leaf.topic = 'currency';
  else if (/\b(?:language|lang|locale)\b/.test(last)) leaf.topic = 'language';
  else if (/\b(?:time ?zone|tz)\b/.test(last)) leaf.topic = 'timezone';
  else if (type === 'string' && /\b(?:units?|scale)\b/.test(last)) leaf.topic = 'unit';
  else if (/\b(?:address|street)\b/.test(last) && leaf.kinds[0] !== 'email' && !/\be-?mail\b/.test(about))
    leaf.topic = 'address';
  else if (/\b(?:expression|formula|equation|calculation)\b/.test(about) && type === 'string')
    leaf.topic = 'expression';
  else if (
    type === 'string' &&
    /\b(?:word|query|search|keywords?|q|search term|topic|term|question|prompt|phrase)$/.test(last)
  )
    leaf.topic = 'query';
  else if (
    type === 'string' &&
    /\b(?:message|body|text|content|note|notes|comment|description|details?|reason|issue|problem|summary|instructions?|caption|feedback|complaint|request)$/.test(
      last,
    )
  )
    leaf.topic = 'message';
  else if (type === 'string' && leaf.kinds.length === 0) leaf.topic = 'phrase';
  else if (
    type === 'string' &&
    /\b(?:product|item|title|model|subject|task|dish|event|service|song|artist|movie|book|genre|cuisine|ingredient|skill|device|category|hobby|position|role|job|department|material|topic|food|activity)\b/.test(
      last,
    )
  )
    leaf.topic = 'phrase';
  const way = ` ${last} ${description.toLowerCase()} `;
  if (
    /\b(?:from|origin|source|departure|depart|start|sender|base|begin|pickup|check ?in|since|after)\b/.test(
      ` ${readable.join(' ')} `,
    )
  )
    leaf.direction = 'from';
  else if (
    /\b(?:to|destination|target|arrival|arrive|end|recipient|return|dropoff|check ?out|until|before|finish)\b/.test(
      ` ${readable.join(' ')} `,
    )
  )
    leaf.direction = 'to';
  else if (/\b(?:convert|travel|fly|flight|transfer|translate|depart\w*) from\b|\bsource\b|\borigin\b/.test(way))
    leaf.direction = 'from';
  else if (
    /\b(?:convert|travel|fly|flight|transfer|translate|arrive?\w*) (?:in)?to\b|\btarget\b|\bdestination\b/.test(way)
  )
    leaf.direction = 'to';
  return leaf;
}

function kindsOf(label: string, description: string, schema: Schema, type: string): EntityKind[] {
  const { format } = schema;
  if (format === 'email') return ['email'];
  if (format === 'date') return ['date'];
  if (format === 'date-time') return ['date', 'time'];
  if (format === 'time') return ['time'];
  if (format === 'uri' || format === 'url') return ['url'];
  // "to (recipient's e-mail address)": the description knows better than a name that could be anything.
  const exact = /\be-?mails?(?: address(?:es)?)?\b/i.test(description)
    ? 'email'
    : /\bphone(?: number)?\b/i.test(description)
      ? 'phone'
      : /\b(?:url|web address)\b/i.test(description)
        ? 'url'
        : undefined;
  if (
    exact !== undefined &&
    type === 'string' &&
    /^(?:to|cc|bcc|from|recipient|recipients|contact|address|sender|user|customer|attendees?|guests?|participants?|invitees?|members?|people)$/.test(
      label,
    )
  )
    return [exact];
  const numeric = type === 'number' || type === 'integer';
  if (type === 'string' && /^(?:people|persons|individuals)$/.test(label)) return ['person'];
  let byName = KINDS.filter(([pattern]) => pattern.test(label)).map(([, kinds]) => kinds);
  // "places", "companies": the plural of a kind is a list of it.
  const single = label.replace(/ies$/, 'y').replace(/(?<!s)s$/, '');
  if (byName.length === 0 && single !== label)
    byName = KINDS.filter(([pattern]) => pattern.test(single)).map(([, kinds]) => kinds);
  const named = pick(byName, label);
  const kinds =
    named ??
    pick(
      KINDS.filter(([pattern]) =>
        pattern.test(
          (description.toLowerCase().split(/\be\.g\.|\bfor example/)[0] ?? '').replace(
            /\b(?:full |first |last )?name of (?:the |a |an )?/g,
            (found) => (/full|first|last/.test(found) ? found : ''),
          ),
        ),
      ).map(([, kinds]) => kinds),
      description,
    );
  if (numeric) {
    const numbers: EntityKind[] = ['number', 'quantity', 'money', 'percent'];
    const first = (kinds ?? []).filter((kind) => numbers.includes(kind) || (kind === 'date' && /\byear\b/.test(label)));
    // "opened", "founded": a year is meant.
    if (
      /\b(?:year|built|born|since|opened|founded|established|released|published|launched|created|started|joined|constructed|completed|invented|discovered)\b/.test(
        label,
      ) &&
      !first.includes('date')
    )
      first.unshift('date');
    return [...first, ...numbers.filter((kind) => !first.includes(kind))];
  }
  if (!kinds && type === 'string' && AGENT.test(label) && !NOT_AGENTS.test(label))
    return ['person', 'proper', 'organisation'];
  return kinds ?? [];
}

/** "reviewer", "instructor", "trainee": who does it; but not every word with such an ending. */
const AGENT = /(?:[a-z]{3}(?:er|or|ee|ist|ian|man|woman|person))$/;
const NOT_AGENTS =
  /\b(?:number|order|filter|colou?r|monitor|router|printer|error|letter|paper|header|footer|container|parameter|identifier|water|power|weather|chapter|quarter|factor|sector|floor|door|other|summer|winter|semester|gender|member|fee|degree|committee|coffee|cover|answer|flavor|motor|layer|tier|marker|trigger|border|folder|computer|newsletter|offer|transfer|register|center|counter|helper|wrapper|character|shower|timer|charger|finisher)$/;

/** Of several kinds that a name suggests ("customer email", "order date") the last word decides, as it does in English compounds. */
function pick(found: EntityKind[][], label: string): EntityKind[] | undefined {
  if (found.length < 2) return found[0];
  const last = label.split(' ').at(-1) ?? '';
  const phone = found.find((kinds) => kinds[0] === 'phone');
  if (phone && last === 'number') return phone;
  return KINDS.find(([pattern]) => pattern.test(last))?.[1] ?? found[0];
}
