import type { PiiSpan } from './types.ts';

const STREET =
  'street|st|avenue|ave|av|road|rd|boulevard|blvd|drive|dr|lane|ln|court|ct|place|pl|square|sq|terrace|ter|way|parkway|pkwy|circle|cir|crescent|cres|close|row|mews|alley|highway|hwy|trail|trl|loop|plaza|gardens|grove|hill|walk|quay|wharf|broadway|turnpike|pike|path|run|green|heights|commons|esplanade|promenade';
const NUMBER = String.raw`\d{1,6}(?:[-/]\d{1,5})?\s?(?:[A-Za-z](?=[\s,]))?`;
const WORD = String.raw`(?:\p{Lu}[\p{L}'’.-]*|\d{1,3}(?:st|nd|rd|th)|of|the|de|la|del|[NSEW]\.?|[NS][EW]\.?)`;
const UNIT = String.raw`(?:(?:apt|apartment|suite|ste|unit|flat|floor|fl|room|rm|bldg|building|lot|#)\.?\s*#?\s*[\p{L}\d-]{1,6}|\d{1,2}(?:st|nd|rd|th)\s+floor)`;
const STATE =
  'A[LKZR]|C[AOT]|D[EC]|FL|GA|HI|I[DLNA]|K[SY]|LA|M[EDAINSOT]|N[EVHJMYCD]|O[HKR]|PA|RI|S[CD]|T[NX]|UT|V[TA]|W[AVIY]|PR|AB|BC|MB|NB|NL|NS|ON|PE|QC|SK|Alabama|Alaska|Arizona|Arkansas|California|Colorado|Connecticut|Delaware|Florida|Georgia|Hawaii|Idaho|Illinois|Indiana|Iowa|Kansas|Kentucky|Louisiana|Maine|Maryland|Massachusetts|Michigan|Minnesota|Mississippi|Missouri|Montana|Nebraska|Nevada|New\\s+Hampshire|New\\s+Jersey|New\\s+Mexico|New\\s+York|North\\s+Carolina|North\\s+Dakota|Ohio|Oklahoma|Oregon|Pennsylvania|Rhode\\s+Island|South\\s+Carolina|South\\s+Dakota|Tennessee|Texas|Utah|Vermont|Virginia|Washington|West\\s+Virginia|Wisconsin|Wyoming|Ontario|Quebec|British\\s+Columbia|Alberta|Manitoba|NSW|VIC|QLD|TAS|ACT';
const ZIP = String.raw`\d{5}(?:-\d{4})?`;
const POSTCODE = String.raw`[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2}|[A-Z]\d[A-Z]\s?\d[A-Z]\d`;
const COUNTRY =
  'USA|U\\.S\\.A\\.|US|United\\s+States(?:\\s+of\\s+America)?|UK|United\\s+Kingdom|England|Scotland|Wales|Ireland|Canada|Australia|Germany|France|Spain|Italy|India|Netherlands|Mexico|Brazil|Japan|Switzerland|Austria|Belgium|Sweden|Norway|Denmark|Portugal|Poland|New\\s+Zealand';
const CITY = String.raw`(?:(?:St|Ft|Mt)\.\s)?\p{Lu}[\p{L}'’-]*(?:[ -](?:\p{Lu}[\p{L}'’-]*|of|on|upon|de|la|am|an|der|le|sur|the)){0,3}(?![\p{L}\p{N}])`;
const SEPARATOR = String.raw`(?:\s*,\s*|\s*\n\s*|\s+)`;

/** What may follow a street: units, city, state, postal code, country, each at most once and in this order. */
const REST = String.raw`(?:${SEPARATOR}(?i:${UNIT}))?(?:(?:\s*,\s*|\s*\n\s*)${CITY})?(?:${SEPARATOR}(?:${STATE})(?![\p{L}\p{N}]))?(?:${SEPARATOR}(?:${ZIP}|${POSTCODE})(?![\p{L}\p{N}]))?(?:(?:\s*,\s*|\s*\n\s*|\s)(?:${COUNTRY})(?![\p{L}]))?`;

const expand = (source: string): string =>
  // Inline flags are newer than Node 20: what is written in any case is spelt out.
  source.replace(/\(\?i:((?:[^()]|\((?:[^()]|\([^()]*\))*\))*)\)/g, (_, inner: string) => `(?:${anyCase(inner)})`);

const anyCase = (source: string): string =>
  source.replace(/\\p\{\w+\}|\\.|\[[^\]]*\]|[a-z]/g, (part) =>
    part.length === 1 ? `[${part}${part.toUpperCase()}]` : part,
  );

const compile = (source: string): RegExp => new RegExp(expand(source), 'gu');

const STREETS = compile(
  String.raw`(?<![\p{L}\p{N}.,$€£#-])(?:(?i:${UNIT}),?\s+)?${NUMBER}[ \t]+(?:${WORD}[ \t]+){0,4}?(?:\p{Lu}[\p{L}'’.-]*|\d{1,3}(?:st|nd|rd|th))[ \t]+(?i:${STREET})(?![\p{L}\p{N}])\.?(?:\s(?:N|S|E|W|NE|NW|SE|SW)(?![\p{L}]))?${REST}|(?<![\p{L}\p{N}.,$€£#-])${NUMBER}[ \t]+(?:Broadway|Avenue\s+[A-Z]|Route\s+\d+|Highway\s+\d+)(?![\p{L}\p{N}])${REST}`,
);
const BOXES = compile(String.raw`(?<![\p{L}\p{N}])(?i:p\.?\s?o\.?\s?box|post office box)\s+\d{1,7}${REST}`);
/** "Springfield, IL 62704", "London SW1A 2AA". */
const CITIES = compile(
  String.raw`(?<![\p{L}\p{N}])${CITY},\s*(?:${STATE})\.?\s+${ZIP}(?![\p{L}\p{N}])(?:,?\s(?:${COUNTRY})(?![\p{L}]))?`,
);
const BRITISH = compile(String.raw`(?<![\p{L}\p{N}])(?:${CITY},?\s+)?(?:${POSTCODE})(?![\p{L}\p{N}])`);
const BRITISH_CODE =
  /(?<![\p{L}\p{N}])(?:GIR\s?0AA|[A-PR-UWYZ](?:\d{1,2}|[A-HK-Y]\d|[A-HK-Y]\d\d|\d[A-HJKS-UW]|[A-HK-Y]\d[ABEHMNPRV-Y])\s\d[ABD-HJLNP-UW-Z]{2})$/u;
const NORTH_CODE = /[ABCEGHJ-NPRSTVXY]\d[ABCEGHJ-NPRSTV-Z]\s\d[ABCEGHJ-NPRSTV-Z]\d$/u;
/** Streets of the continent: the number after the name, or "12 rue de la Paix". */
const CONTINENT = compile(
  String.raw`(?<![\p{L}\p{N}])\p{Lu}[\p{L}-]*(?:str(?:aße|asse|\.)|weg|platz|allee|gasse|straat|laan|plein|gracht|vägen|gatan|gade|vej|veien)[ \t]+\d{1,4}\s?[a-z]?(?![\p{L}\p{N}])(?:,?\s*(?:[A-Z]{1,2}-)?\d{4,5}(?:\s[A-Z]{2})?\s+${CITY})?(?:,\s*(?:${COUNTRY}|Deutschland|Österreich|Schweiz|Nederland|Sverige|Danmark|Norge))?|(?<![\p{L}\p{N}])\d{1,4}(?:\s?(?:bis|ter))?,?\s+(?:rue|avenue|boulevard|place|allée|chemin|quai|impasse)\s+(?:(?:de|du|des|la|le|les|d['’]|l['’])[ \t]*){0,3}\p{Lu}[\p{L}'’-]*(?:[ -]\p{Lu}[\p{L}'’-]*){0,3}(?:,?\s*\d{5}\s+${CITY})?(?:,\s*(?:${COUNTRY}))?|(?<![\p{L}\p{N}])(?:Calle|Avenida|Av\.|Plaza|Paseo|Via|Viale|Piazza|Corso|Rua|Travessa)\s+(?:(?:de|del|la|las|los|di|della|da|do|dos)\s+){0,2}\p{Lu}[\p{L}'’.-]*(?:\s(?:de|del|la|di)?\s?\p{Lu}[\p{L}'’.-]*){0,3},?\s+\d{1,4}(?:[ ,]+\d[ºªo°][\p{L}]?)?(?:,?\s*\d{4,5}(?:-\d{3})?\s+${CITY})?(?:,\s*(?:${COUNTRY}|España|Italia|Portugal|Brasil))?`,
);
const FIELD =
  /(?<![\p{L}\p{N}])(?:home|street|mailing|postal|billing|shipping|delivery|residential|current|permanent|my|his|her|their|office)?\s*address\s*(?:is|was|:|=)\s*(?<value>[^\n;"“”<>]{8,120})/giu;

/** What follows a street when the match took a sentence's next words for a city: "…12 Main Street, He said". */
const NOT_CITY =
  /^(?:He|She|It|They|We|I|You|The|This|That|And|But|My|Your|Our|His|Her|Their|There|Please|Thanks|Call|When|Where|What|If|In|On|At|For)\b/;

/** Postal addresses: street with number, and what follows of unit, city, state, postal code and country. */
export function findAddresses(text: string): PiiSpan[] {
  if (!/\d/.test(text)) return [];
  const found: PiiSpan[] = [];
  const add = (start: number, raw: string, score: number): void => {
    const kept = raw.replace(/[\s,.]+$/, (tail) =>
      /\bst\.?$|\bave\.?$|\brd\.?$/i.test(raw.replace(/[\s,]+$/, '')) && tail.startsWith('.') ? '.' : '',
    );
    found.push({ type: 'ADDRESS', start, end: start + kept.length, score });
  };
  for (const { 0: raw, index } of text.matchAll(STREETS)) {
    if (!sentenceLike(raw)) add(index, withoutSentence(raw), 0.93);
  }
  for (const { 0: raw, index } of text.matchAll(BOXES)) add(index, withoutSentence(raw), 0.93);
  for (const { 0: raw, index } of text.matchAll(CITIES)) add(index, raw, 0.8);
  for (const { 0: raw, index } of text.matchAll(BRITISH)) {
    if (BRITISH_CODE.test(raw) || NORTH_CODE.test(raw)) add(index, raw, 0.75);
  }
  for (const { 0: raw, index } of text.matchAll(CONTINENT)) add(index, raw, 0.9);
  for (const match of text.matchAll(FIELD)) {
    const value = match.groups!['value']!;
    const start = match.index + match[0].length - value.length;
    const cut =
      /^(.*?)(?:\.\s+\p{Lu}\p{Ll}|\.$|\.\s*$|\s+(?:and|but|so|which|please|phone|email|tel)\b|$)/u.exec(value)?.[1] ??
      value;
    if (/^\d/.test(cut) && /^\d+[\s\w,'’.#-]*\p{Lu}/u.test(cut) && cut.split(/[\s,]+/).length >= 3)
      add(start, cut, 0.8);
  }
  return found;
}

/** "5 New Ways to Drive" and "2 Great Places": the street word is the last of a title, not of a street. */
const sentenceLike = (raw: string): boolean =>
  /^\d{1,6}\s+(?:New|Great|Best|Top|Easy|More|Other|Of|The|Simple)\s+(?:.*\s)?(?:Ways?|Places?|Runs?|Walks?|Drives?)\b/iu.test(
    raw,
  ) || /^\d{1,6}\s+(?:of|the|de|la)\s+(?:the\s+)?(?:way|run|place|hill|green|close|walk|path|row)\b/iu.test(raw);

function withoutSentence(raw: string): string {
  const match = /^(.*?)(\s*[,\n]\s*)(\p{Lu}[\s\S]*)$/su.exec(raw);
  return match && NOT_CITY.test(match[3]!) ? match[1]! : raw;
}
