import { NUMBER_WORDS } from './lexicons/numbers.ts';

/** How long, and in what form, an answer has to be. Read from the system text and the request. */
export type Rules = {
  words?: { count: number; exact: boolean; least?: number };
  sentences?: { count: number; exact: boolean };
  characters?: number;
  paragraphs?: number;
  bullets?: { count?: number; marker: string };
  numbered?: { count?: number };
  csv?: boolean;
  json?: { keys: string[] };
  letterCase?: 'upper' | 'lower' | 'title';
  startWith?: string;
  endWith?: string;
  prefixes: string[];
  suffixes: string[];
  forbidden: string[];
  include: string[];
  quoted?: boolean;
  /** The answer alone, without a sentence around it. */
  bare: boolean;
  /** Without quotation and name of the source. */
  plain: boolean;
  fullSentence: boolean;
  /** What to say when the text does not hold the answer. */
  declineWith?: string;
};

const COUNT = `(\\d+|${[...NUMBER_WORDS.keys()]
  .filter((word) => !/^(?:hundred|thousand|million|billion|zero|dozen)$/.test(word))
  .sort((a, b) => b.length - a.length)
  .join('|')}|a|an|single|a single)`;
const QUOTED = String.raw`(?:"([^"\n]{1,300})"|“([^”\n]{1,300})”|'((?:[^'\n]|'(?=\p{L})){1,300})'|‘([^’\n]{1,300})’|\x60([^\x60\n]{1,300})\x60)`;

const countOf = (text: string | undefined): number => {
  const bare = (text ?? '').toLowerCase();
  return /^(?:a|an|single|a single)$/.test(bare) ? 1 : (NUMBER_WORDS.get(bare) ?? Number(bare));
};
const quotedOf = (match: RegExpExecArray | null, from = 1): string | undefined =>
  match?.slice(from).find((group) => group !== undefined);

/** Reads the rules of `texts` in order; a later one (the request) overrides an earlier one (the system text). */
export function readRules(texts: string[]): Rules {
  const rules: Rules = {
    prefixes: [],
    suffixes: [],
    forbidden: [],
    include: [],
    bare: false,
    plain: false,
    fullSentence: false,
  };
  for (const text of texts) if (text !== '') readOne(text, rules);
  return rules;
}

function readOne(text: string, rules: Rules): void {
  readLengths(text, rules);
  readForms(text, rules);
  readWording(text, rules);
}

function readLengths(text: string, rules: Rules): void {
  const words = new RegExp(
    String.raw`(exactly|precisely|at most|no more than|not more than|maximum(?: of)?|max\.?|up to|under|fewer than|less than|below|within|around|about|approximately|roughly|at least|more than|limit(?:ed)? (?:\w+ ){0,4}to|in|using|use|with|of|only)?\s*(?:only |just |a maximum of |a total of )?\b${COUNT}[\s-]+words?\b(?:\s+(or (?:less|fewer)|max(?:imum)?|at most|limit|exactly))?`,
    'giu',
  );
  for (const match of text.matchAll(words)) {
    const count = countOf(match[2]);
    const lead = (match[1] ?? '').toLowerCase();
    const tail = (match[3] ?? '').toLowerCase();
    if (
      !(count > 0) ||
      (lead === '' &&
        tail === '' &&
        !/\b(?:word limit|answer|summary|response|reply|write|give|summar)/i.test(
          text.slice(Math.max(0, match.index - 60), match.index + 60),
        ))
    )
      continue;
    // "a 5-word summary" is exactly that; "the list of ten words" is not about the answer.
    if (
      lead === 'of' &&
      !/\b(?:answer|summary|response|reply|maximum|total|limit)\s*$/i.test(text.slice(0, match.index + 1).trim())
    )
      continue;
    if (lead === 'at least' || lead === 'more than')
      rules.words = {
        count: rules.words?.count ?? Number.MAX_SAFE_INTEGER,
        exact: false,
        least: lead === 'more than' ? count + 1 : count,
      };
    else {
      const atMost =
        /at most|no more|not more|max|up to|under|fewer|less|below|within|limit|around|about|approximately|roughly/.test(
          `${lead} ${tail}`,
        );
      const strict = /under|fewer than|less than|below/.test(lead) && !/or (?:less|fewer)/.test(tail);
      rules.words = { count: strict ? count - 1 : count, exact: !atMost };
    }
    if (count === 1) rules.bare = true;
  }
  if (
    /\b(?:one|single)[- ]word (?:answer|reply|response)\b|\banswer (?:in|with) (?:just |only )?(?:a |one )(?:single )?word\b/i.test(
      text,
    )
  ) {
    rules.words = { count: 1, exact: true };
    rules.bare = true;
  }
  const sentences = new RegExp(
    String.raw`(exactly|precisely|at most|no more than|not more than|maximum(?: of)?|max\.?|up to|under|fewer than|less than|within|around|about|limit(?:ed)? (?:\w+ ){0,4}to|in|using|use|with|of|only|as|to)?\s*(?:only |just |a |a maximum of )?\b${COUNT}(?:[\s-]+(?:short|brief|concise|clear|simple|complete|full))?[\s-]+sentences?\b(?:\s+(or (?:less|fewer)|max(?:imum)?|at most))?`,
    'giu',
  );
  for (const match of text.matchAll(sentences)) {
    const count = countOf(match[2]);
    if (!(count > 0) || (/^an?$/i.test(match[2] ?? '') && !/in|with|as/i.test(match[1] ?? ''))) continue;
    const lead = `${match[1] ?? ''} ${match[3] ?? ''}`.toLowerCase();
    const strict = /under|fewer than|less than/.test(lead);
    rules.sentences = {
      count: strict ? Math.max(1, count - 1) : count,
      exact: !/at most|no more|not more|max|up to|under|fewer|less|within|limit|around|about/.test(lead),
    };
    rules.fullSentence = true;
  }
  const characters =
    /(?:at most|no more than|maximum(?: of)?|up to|under|fewer than|less than|within|limit(?:ed)? (?:\w+ ){0,4}to|in)\s+(\d+)\s+char(?:acter)?s?\b|\b(\d+)[- ]char(?:acter)?s? (?:limit|max|or (?:less|fewer))/i.exec(
      text,
    );
  if (characters)
    rules.characters =
      Number(characters[1] ?? characters[2]) -
      (/under|fewer|less than/i.test(characters[0]) && !/or (?:less|fewer)/i.test(characters[0]) ? 1 : 0);
  const paragraphs = new RegExp(String.raw`\b${COUNT}(?: short)? paragraphs?\b`, 'iu').exec(text);
  if (paragraphs) rules.paragraphs = countOf(paragraphs[1]);
}

function readForms(text: string, rules: Rules): void {
  const bullets = new RegExp(
    String.raw`(?:\b${COUNT}\s+(?:\w+\s)?)?\b(?:bullets?(?:[ -]points?)?|bulleted (?:list|points)|bullet(?:ed)? list)\b(?:\s+(?:of|with)\s+${COUNT}\s+(?:items|points|bullets|entries))?`,
    'iu',
  ).exec(text);
  if (bullets && !/\b(?:no|not use|don't use|do not use|without|avoid)\s+(?:any\s+)?bullet/i.test(text)) {
    const named = bullets[1] ?? bullets[2];
    const count = named === undefined || /^an?$/i.test(named) ? undefined : countOf(named);
    const marker =
      /\b(?:start|begin|prefix|mark)\w* (?:each|every)\b[^.]{0,30}?["'“]([*•-])["'”]/i.exec(text)?.[1] ?? '-';
    const points = new RegExp(
      String.raw`\b${COUNT}\s+(?:key |main |most important |short |important |central |top )?(?:points|takeaways|facts|ideas|items|highlights)\b`,
      'iu',
    ).exec(text);
    const wanted = count ?? (points && !/^an?$/i.test(points[1] ?? '') ? countOf(points[1]) : undefined);
    rules.bullets = wanted !== undefined && wanted > 0 ? { count: wanted, marker } : { marker };
  } else {
    const points = new RegExp(
      String.raw`\b(?:in|as|into|list|give(?: me)?|exactly|with|the)\s+(?:the\s)?${COUNT}\s+(?:key |main |short )?(?:points|takeaways|items)\b`,
      'iu',
    ).exec(text);
    if (points) rules.bullets = { count: countOf(points[1]), marker: '-' };
  }
  const numbered = new RegExp(
    String.raw`\b(?:(?:as|in|into|with|use|using|make|return|give|write|produce) )?(?:an? )?(?:numbered|enumerated|ordered) list\b(?:\s+(?:of|with)\s+(?:exactly |the )?${COUNT})?`,
    'iu',
  ).exec(text);
  if (numbered) {
    rules.numbered = numbered[1] === undefined ? {} : { count: countOf(numbered[1]) };
    if (rules.numbered.count === undefined && rules.bullets?.count !== undefined)
      rules.numbered.count = rules.bullets.count;
    delete rules.bullets;
  }
  if (/\b(?:comma[- ]separated|separated by commas|as csv)\b/i.test(text)) rules.csv = true;
  const json =
    /\b(?:as|in|return|output|produce|valid|using|with|respond with|only|a|an|to|into|raw|me|give|provide|write|generate|just)\s+(?:a |an |valid |raw |only |single |well-formed |one |the )*json\b|\bjson (?:object|format|only|output)\b|\b(?:return|output|respond|answer|reply|format|fill|produce|give)\b[^{}\n]{0,60}\{\s*"/i.exec(
      text,
    );
  if (json && !/\b(?:not|no|without|isn't)\s+(?:use |return |output |in )?json\b/i.test(text))
    rules.json = { keys: jsonKeys(text) };
  if (
    /\b(?:upper[- ]?case|all caps|capital letters|ALL CAPS|capitals)\b/i.test(text) &&
    !/\b(?:convert|change|turn|rewrite|transform|put|make|number of|count|how many|what)\b[^.]{0,40}\b(?:upper|capital)/i.test(
      text,
    )
  )
    rules.letterCase = 'upper';
  else if (
    /\b(?:lower[- ]?case|small letters)\b/i.test(text) &&
    !/\b(?:convert|change|turn|rewrite|transform|put|make|number of|count|how many|what)\b[^.]{0,40}\blower/i.test(text)
  )
    rules.letterCase = 'lower';
  else if (
    /\btitle case\b/i.test(text) &&
    !/\b(?:convert|change|turn|rewrite|transform|put|make)\b[^.]{0,40}\btitle case/i.test(text)
  )
    rules.letterCase = 'title';
  if (
    /\b(?:only|just) (?:the |with the |with an? |an? |your |return the |give the |output the |name the |state the )?(?:final )?(?:answer|value|number|name|label|category|class|date|word|figure|amount|result|city|year|price|email|title|topic|intent|sentiment|id)\b|\b(?:answer|label|category|class|value|name|number) only(?=[.,;!?)]|\s*$)|\bnothing else\b|\bno (?:explanation|other text|extra text|additional text|preamble|commentary|further text)\b|\bwithout (?:any )?(?:explanation|further|other text|extra|commentary|preamble|additional)\b|\b(?:one|single)[- ]word\b|\bdo not explain\b|\bdon't explain\b|\bas (?:short|briefly|concisely) as possible\b/i.test(
      text,
    )
  )
    rules.bare = true;
  if (/\b(?:full|complete) sentences?\b/i.test(text)) rules.fullSentence = true;
  if (
    /\b(?:do not|don't|no|without) (?:quote|quotes|quoting|quotation|citations?|cite|citing|mention(?:ing)? (?:the )?sources?)\b/i.test(
      text,
    )
  )
    rules.plain = true;
}

/** The keys that a request for JSON names. */
function jsonKeys(text: string): string[] {
  const named =
    /\b(?:keys?|fields?|properties|attributes)\s*(?:named|called|are|:|should be|must be|of)?\s*((?:["'`]?[A-Za-z_][\w-]*["'`]?(?:\s*\([^)]*\))?(?:\s*,\s*(?:and\s+)?|\s+and\s+)?)+)/i.exec(
      text,
    )?.[1];
  if (named === undefined) {
    // A template that is not quite JSON: {"sentiment": "a|b", "confidence": 0-1}.
    const template = /\{([^{}]{3,600})\}/.exec(text)?.[1];
    return template === undefined
      ? []
      : [...template.matchAll(/(?:^|[,\n])\s*["'\x60]?([A-Za-z_][\w-]*)["'\x60]?\s*:/g)].map((match) => match[1] ?? '');
  }
  return [...named.matchAll(/["'`]?([A-Za-z_][\w-]*)["'`]?(?:\s*\([^)]*\))?/g)]
    .map((match) => match[1] ?? '')
    .filter(
      (key) =>
        key !== '' &&
        !/^(?:and|or|the|from|in|of|for|only|with|exactly|as|on|about|to|that|this|named|called)$/i.test(key),
    );
}

function readWording(text: string, rules: Rules): void {
  const start = new RegExp(
    String.raw`\b(?:start|begin|open|preface|prefix)(?:s|ning|ing)?\b[^."“'‘\n]{0,60}?\b(?:with|by saying|by writing)\b(?: the)?(?: exact)?(?: words?| phrase| text| line| sentence)?:?\s*${QUOTED}`,
    'iu',
  ).exec(text);
  const starting = quotedOf(start);
  if (starting !== undefined && !/\b(?:each|every) (?:line|bullet|item|point)\b/i.test(start?.[0] ?? ''))
    rules.startWith = starting;
  const startBare =
    starting === undefined
      ? /\b(?:start|begin) (?:your|the|every|each|all)? ?(?:answer|answers|reply|replies|response|responses|message|summary|output)?s? ?with (?:the word |the words |the phrase )([A-Z][\w!]*)/.exec(
          text,
        )?.[1]
      : undefined;
  if (startBare !== undefined) rules.startWith = startBare;
  const end = new RegExp(
    String.raw`\b(?:end|finish|close|conclude|sign off|terminate)(?:s|ing)?\b[^."“'‘\n]{0,60}?\bwith\b(?: the)?(?: exact)?(?: words?| phrase| text| line| sentence)?:?\s*${QUOTED}`,
    'iu',
  ).exec(text);
  const ending = quotedOf(end);
  if (ending !== undefined) rules.endWith = ending;
  const endBare =
    ending === undefined
      ? /\b(?:end|finish|close) (?:your|the|every|each|all)? ?(?:answer|reply|response|message|summary|output)?s? ?with (?:the word |the words |the phrase )([A-Z][\w!]*)/.exec(
          text,
        )?.[1]
      : undefined;
  if (endBare !== undefined) rules.endWith = endBare;
  const prefix = new RegExp(String.raw`\b(?:prefix|precede)\b[^."“'‘\n]{0,40}\bwith\b:?\s*${QUOTED}`, 'iu').exec(text);
  const prefixed = quotedOf(prefix);
  if (prefixed !== undefined && rules.startWith === undefined) rules.startWith = prefixed;
  const suffix = new RegExp(
    String.raw`\b(?:append|add|suffix)\b[^."“'‘\n]{0,20}?${QUOTED}[^.\n]{0,20}\b(?:at the end|to the end|to (?:your|every|each|the) (?:answer|reply|response|message))`,
    'iu',
  ).exec(text);
  const suffixed = quotedOf(suffix);
  if (suffixed !== undefined && rules.endWith === undefined) rules.endWith = suffixed;
  const forbid = new RegExp(
    String.raw`\b(?:do not|don't|don’t|never|avoid|without|must not|should not|no)\s+(?:ever )?(?:mention(?:ing)?|us(?:e|ing)|say(?:ing)?|writ(?:e|ing)|includ(?:e|ing)|nam(?:e|ing)|reveal(?:ing)?|repeat(?:ing)?)\s+(?:the )?(?:words?|phrases?|names?|terms?)?\s*:?\s*((?:${QUOTED}(?:\s*(?:,|or|and|nor)\s*)*)+)`,
    'giu',
  );
  for (const match of text.matchAll(forbid))
    for (const quote of (match[1] ?? '').matchAll(new RegExp(QUOTED, 'gu')))
      rules.forbidden.push(quote.slice(1).find((group) => group !== undefined) ?? '');
  const forbidBare =
    /\b(?:do not|don't|don’t|never|avoid|without) (?:mention(?:ing)?|say(?:ing)?) ((?:the (?:word|name|company|product|city|person|price|date|number) )?[A-Z][\w-]*(?: [A-Z][\w-]*)*)/gu;
  for (const match of text.matchAll(forbidBare)) rules.forbidden.push((match[1] ?? '').replace(/^the \w+ /, ''));
  const include = new RegExp(
    String.raw`\b(?:include|use|mention|contain)(?:s|ing)? (?:the )?(?:exact )?(?:word|phrase|words|text|name|term)\s*:?\s*${QUOTED}`,
    'giu',
  );
  for (const match of text.matchAll(include)) {
    if (/\b(?:not|n't|never|avoid|without)\s*$/i.test(text.slice(Math.max(0, match.index - 12), match.index))) continue;
    const wanted = match.slice(1).find((group) => group !== undefined);
    if (wanted !== undefined) rules.include.push(wanted);
  }
  const conditional = new RegExp(
    String.raw`\b(?:if|when|in case|otherwise|where)\b[^.\n"“'‘]{0,200}?\b(?:say|reply|respond|answer|write|return|output|state|print)\b[^."“'‘\n]{0,40}?${QUOTED}`,
    'giu',
  );
  for (const match of text.matchAll(conditional))
    if (
      /\b(?:not|n't|n’t|cannot|no|unable|missing|absent|unknown|unclear|otherwise|lacks?|insufficient|unanswerable|never)\b/i.test(
        match[0],
      )
    ) {
      const said = match.slice(1).find((group) => group !== undefined);
      if (said !== undefined) rules.declineWith = said;
    }
  const conditionalBare =
    /\bif\b[^.\n]{0,160}?\b(?:not|n't|cannot|no)\b[^.\n]{0,160}?\b(?:say|reply|respond|answer|write|return|output)(?: with)?(?: only| just| exactly)? ((?:I (?:don't|do not) know|[A-Z][A-Z_ /]{1,40}[A-Z]|unknown|N\/A|none|null))\b/i.exec(
      text,
    );
  if (conditionalBare && rules.declineWith === undefined) rules.declineWith = conditionalBare[1] ?? 'unknown';
}
