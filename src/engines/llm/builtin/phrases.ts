import type { Evidence } from './evidence.ts';
import { findMatches } from './finding.ts';
import type { Leaf } from './leaf.ts';
import { FUNCTION_WORDS } from './lexicons/function-words.ts';
import { readQuestion } from './question.ts';
import { answerSpan } from './spans.ts';
import { similarity, words } from './words.ts';
import type { Json } from '../types.ts';

type Add = (value: Json | undefined, score: number, claim?: string) => void;

const NUMERAL = '(?:\\d+(?:[.,]\\d+)?|an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|a dozen)\\b';
/** "2 widgets at $5", "Widget x 3", "three boxes of tea (12.00 each)": the thing of a line of an order. */
const LINE_ITEMS = [
  new RegExp(
    String.raw`(?:^|\b)${NUMERAL}\s*(?:x\s+|×\s*|units? of |pieces? of |copies of |boxes of |bottles of |packs? of |bags of |kg of )?([\p{L}][\p{L}\p{N}' -]*?)(?=\s*(?:\bat\b|\bfor\b|@|\bcosting\b|\bpriced\b|\beach\b|\(|[-–—:=,;.$€£]|\bwith\b|\bworth\b|\bfrom\b|$))`,
    'iu',
  ),
  /^\s*([\p{L}][\p{L}\p{N}' -]*?)\s*(?:x|×|\*)\s*\d/iu,
  /^\s*(?:the\s)?([\p{L}][\p{L}\p{N}' -]*?)\s*(?:\(|[-–—:,]\s|\bcosts?\b|\bis priced\b|\bsells?\b|\bat\b|\bfor\b)/iu,
];

const MONTH_NAME =
  /^(?:on |in )?(?:weeks?|days?|hours?|minutes?|months?|years?|nights?|people|persons|guests|passengers|january|february|march|april|may|june|july|august|september|october|november|december)\b/i;

/** What names a thing of a kind in a request or a text, when the value is a phrase: cues before it, by what the name of the leaf says. */
const CUES: [RegExp, RegExp[]][] = [
  [
    /\b(?:title|task|todo|reminder|subject|event|name|label|summary)\b/,
    [
      /\b(?:called|titled|named|entitled|labelled|with (?:the )?(?:title|subject|name)|(?:subject|title|task|event|reminder|name)(?: is|:| of)?)\s+["“']?([^"”'\n.,;]+)/i,
      /\bremind (?:me|us|him|her|them|\w+) (?:to|about|of|that)\s+(.+)/i,
      /\b(?:task|to-?do|reminder|event|meeting|appointment)(?: to| for| about| on|:)\s+(.+)/i,
      /\b(?:about|regarding|re:|to discuss)\s+(.+)/i,
    ],
  ],
  [
    /\b(?:song|track|album|movie|film|show|book|game)\b/,
    [
      /\b(?:play|watch|listen to|put on|read|stream|queue|start)\s+(?:the (?:song|track|movie|film|book|album)\s+)?["“']?(.+?)["”']?(?=\s+(?:by|on|in|from|at|for)\b|[.?!,]|$)/i,
    ],
  ],
  [/\b(?:artist|band|singer)\b/, [/\bby\s+(.+?)(?=\s+(?:on|in|from|at|for)\b|[.?!,]|$)/i]],
  [
    /\b(?:product|item|dish|meal|food|drink|device|article|goods|ingredient|plant|toy)\b/,
    [
      /\bhow many (?:(?:pieces|units|items|copies|boxes|bottles|packs|bags|pairs) of )?(?:the |our |your )?(.+?)(?=\s+(?:are|is|do|does|have|has|remain|left)\b)/i,
      /\b(?:buy|order|purchase|get|want|need|return|add|sell|ship|restock|find|bought|ordered|purchased|sells?|price of|stock of|for)\s+(?:me\s+|us\s+)?(?:(?:a|an|the|some|my|another|\d+|one|two|three|four|five|six|seven|eight|nine|ten|twelve)\s+)?(?:x\s+|units? of |pieces? of |copies of |boxes of |bottles of )?(.+?)(?=\s+(?:from|for|to|in|at|on|with|by|because|please|under|below|and|costs?|which|that|worth|last|yesterday|today|this|ago|two|three)\b|[.?!,;]|$)/i,
    ],
  ],
  [
    /\b(?:job|role|position|occupation|profession|job title)\b/,
    [
      /(?:\b(?:as|is|was|position of|role of|work(?:s|ed|ing)? as|hired as|became|post of|job of)\s+|[,(]\s*)(?:an? |our |the |their )?((?:[\p{L}-]+\s){0,4}(?:engineer|manager|developer|analyst|designer|director|officer|nurse|teacher|accountant|consultant|architect|scientist|lead|assistant|specialist|chef|clerk|driver|technician|editor|coordinator|administrator|lawyer|doctor|electrician|plumber|baker|pilot|librarian|researcher|professor|president|representative|executive|supervisor|writer|artist|photographer|carpenter|mechanic|farmer))\b/iu,
    ],
  ],
  [
    /\b(?:genre|cuisine|category|type|style)\b/,
    [
      /\b(?:some|any|a|an|good|nice|best)\s+(\p{L}+)\s+(?:music|food|restaurant|place|movie|film|book|cuisine|songs?)/iu,
    ],
  ],
  [
    /\b(?:unit|units)\b/,
    [
      /\b(?:in|to|into)\s+(celsius|fahrenheit|kelvin|kilomet(?:er|re)s|miles|met(?:er|re)s|feet|kilograms|pounds|grams|ounces|lit(?:er|re)s|gallons|metric|imperial)\b/i,
    ],
  ],
];

const MESSAGE = [
  /^[^"“:]{3,80}:\s+(.{3,}?)\s*$/i,
  /\b(?:saying|says|that says|say|telling (?:him|her|them|\w+)|stating|which reads|that reads|reads|reading|with (?:the )?(?:message|text|body|content|note|comment|description))\s*(?:is|that)?[:,]?\s+["“']?(.+?)["”']?\s*$/i,
  /\b(?:message|body|text|note|comment|content|description)\s*(?:is|should (?:be|say|read))?:\s*["“']?(.+?)["”']?\s*$/i,
  /\b(?:tell|let|inform|notify|remind)\s+(?:\p{Lu}[\p{L}-]*(?:\s\p{Lu}[\p{L}-]*)?|him|her|them|the \w+|\S+@\S+)\s+(?:know\s+)?(?:that\s+|to\s+|about\s+)?(.+?)\s*$/iu,
  /\b(?:because of|because|since|due to|owing to|as)\s+(.+?)\s*$/i,
];

const QUERY = [
  /\b(?:define|definition of|meaning of|look up|lookup)\s+(?:the\s+)?(?:(?:word|term|phrase|meaning of|definition of)\s+)?["“']?([^"”'?.!]+)/i,
  /\bwhat (?:does|do)\s+(?:the (?:word|term)\s+)?["“']?(.+?)["”']?\s+mean\b/i,
  /\b(?:search|look\s?up|google|query|browse|find|fetch|research|check|look|retrieve|get|show|give)\b(?:\s+(?:me|us|up|into|in|through|on|over|for me))*\s+(?:(?:the|our|your|my|some|any|all|latest|recent)\s+)*(?:(?:web|internet|online|docs?|documentation|knowledge base|database|catalog(?:ue)?|wiki(?:pedia)?|news|articles?|information|info|results?|papers?|products?|records?|library|site|store|handbook|books?|recipes?|images?|videos?|restaurants?|files?|documents?|details|data|policies|policy|index|entries)\s+)+(?:for|about|on|regarding|of|matching|related to|with|named|called|that mention|mentioning|containing)\s+(.+)/i,
  /\b(?:search(?:es|ing)?|look(?:ing)?|google|query|browse)\s+(?:the (?:web|internet) )?(?:for|up|about)\s+(.+)/i,
  /\b(?:about|on the topic of|regarding|concerning|related to|information on|news on|say(?:s)? about|know about)\s+(.+)/i,
  /\b(?:search|google|look\s?up|find)\s+(?:me |us |for )?(.+)/i,
  /^(?:what|who|when|where|why|how|which)\b\s*(?:is|are|was|were|does|do|did|can|should|has|have)?\s*(?:the\s)?(.+)/i,
];

/** Candidates that are phrases rather than entities: after their cue words, in quotation marks, or as the answer to "what is the …". */
export function phraseCandidates(leaf: Leaf, evidence: Evidence, add: Add): void {
  const requested = evidence.rank < REQUEST_RANKS ? evidence.units : evidence.units.slice(0, 400);
  if (leaf.topic === 'query') for (const unit of requested) queryCandidates(unit.text, add);
  if (leaf.topic === 'expression') for (const unit of requested) expressionCandidates(unit.text, add);
  if (leaf.topic === 'message') for (const unit of requested) messageCandidates(unit.text, evidence, add);
  const heading = evidence.units[0];
  if (
    heading?.heading &&
    /^(?:name|title|document title|subject|headline|recipe|recipe name|event|event name|topic)$/.test(leaf.label)
  )
    add(
      heading.text
        .replace(/^#+\s*/, '')
        .replace(/\s*\([^)]*\)/g, '')
        .replace(/:$/, '')
        .trim(),
      leaf.label === 'name' ? 0.9 : 1.2,
      `${heading.order}:heading`,
    );
  for (const unit of requested) {
    for (const match of unit.text.matchAll(
      /["“]([^"”\n]{1,400})["”]|(?<![\p{L}\p{N}])['‘]([^'’\n]{2,200})['’](?![\p{L}])/gu,
    )) {
      const quote = match[1] ?? match[2] ?? '';
      const wanted =
        leaf.topic === 'message' || leaf.topic === 'query' || leaf.topic === 'phrase' || leaf.kinds.length === 0;
      if (!wanted) continue;
      const before = unit.text.slice(Math.max(0, match.index - 40), match.index);
      const named = words(before).some((word) => [...leaf.name].some((stem) => similarity(stem, word.stem) > 0));
      add(
        quote,
        (leaf.topic === 'value'
          ? 0.8
          : leaf.topic === 'message' || leaf.topic === 'query' || quote.split(' ').length <= 4
            ? 1.3
            : 1) +
          (named ? 1 : 0) +
          (leaf.topic === 'message' && quote.split(' ').length > 3 ? 0.3 : 0),
        `${unit.order}:${match.index}`,
      );
    }
    for (const [names, patterns] of CUES) {
      if (!names.test(leaf.label) || leaf.kinds[0] === 'date' || (leaf.label === 'name' && leaf.path.length > 1))
        continue;
      for (const [index, pattern] of patterns.entries()) {
        const match = pattern.exec(unit.text);
        const phrase = trimPhrase(match?.[1] ?? '');
        if (match && phrase !== '' && phrase.split(/\s+/).length <= 14) {
          const claimed = unit.text.indexOf(phrase, match.index);
          // An entity that fills the place better (a person where a person is wanted) wins by its own score.
          add(phrase, (leaf.kinds.includes('person') ? 0.75 : 1.15) - 0.1 * index, `${unit.order}:${claimed}`);
        }
      }
    }
    if (
      /^(?:name|item|item name|product|product name|description|article|title|dish|ingredient)$/.test(leaf.label) &&
      leaf.path.length === 1
    )
      for (const [index, pattern] of LINE_ITEMS.entries()) {
        const match = pattern.exec(unit.text);
        const phrase = trimPhrase(match?.[1] ?? '');
        if (phrase !== '' && !MONTH_NAME.test(phrase)) {
          const person = leaf.label === 'name' ? 0.4 : 0;
          add(
            phrase,
            (/\d/.test(unit.text) ? 1.2 : 0.65) - person - 0.15 * index,
            `${unit.order}:${unit.text.indexOf(phrase)}`,
          );
          break;
        }
      }
    if (
      unit.type === 'field' &&
      unit.key !== undefined &&
      evidence.units.length === 1 &&
      /^(?:name|item|product|title|label|term|key|person|place|station|city|country|ingredient)$/.test(leaf.label)
    )
      add(unit.key, 1.1, `${unit.order}:key`);
    labelled(leaf, unit.text, unit.order, add);
    if (leaf.topic !== 'message' && leaf.topic !== 'query') apposed(leaf, unit.text, unit.order, add);
  }
  if (leaf.own.size > 0 && (leaf.kinds.length === 0 || leaf.topic === 'phrase' || leaf.topic === 'message')) {
    const question = readQuestion(`What is the ${leaf.label}?`);
    for (const match of findMatches(question, evidence.units).slice(0, 3)) {
      const text = trimPhrase(answerSpan(question, match));
      if (
        text !== '' &&
        text.length <= 200 &&
        !(leaf.topic !== 'message' && text === match.unit.text.replace(/[.!?]$/, '') && text.split(' ').length > 8)
      )
        add(text, 0.5 + 0.5 * match.coverage, `${match.unit.order}:${match.unit.text.indexOf(text)}`);
    }
  }
}

/** Evidence of these ranks is the request itself; what lies beyond is background. */
const REQUEST_RANKS = 2;

/** "its category is X", "X as the category", "the X category". */
function labelled(leaf: Leaf, text: string, order: number, add: Add): void {
  const name = leaf.label.replace(/[^\p{L}\p{N} ]/gu, '').trim();
  if (name.length < 3) return;
  const pattern = new RegExp(
    String.raw`\b${name.replace(/\s+/g, '\\s+')}s?\s*(?:is|was|are|of|:|=|to|as|will be|named|called)\s+(?:the |a |an )?["“']?([^"”'\n.,;!?]{1,80})`,
    'i',
  );
  const match = pattern.exec(text);
  const phrase = trimPhrase(
    (match?.[1] ?? '').replace(/\s+(?:at|in|for|from|by|with|on|to)\s+(?:the\s+)?[\p{Lu}\d].*$/u, ''),
  );
  if (
    match &&
    phrase !== '' &&
    leaf.kinds.every(
      (kind) => kind === 'person' || kind === 'organisation' || kind === 'proper' || kind === 'id' || kind === 'place',
    )
  )
    // "Team lead: Nina Park" within a line says it outright.
    add(
      phrase,
      /^\s*[:=]/.test(text.slice(match.index + name.length)) ? 2.9 : leaf.kinds.length > 0 ? 0.9 : 1.4,
      `${order}:${text.indexOf(phrase, match.index)}`,
    );
}

/** "the channel general", "room Curie": the name that stands right behind what it is a name of. */
function apposed(leaf: Leaf, text: string, order: number, add: Add): void {
  const name = leaf.label.replace(/\b(?:name|id|title)\b/g, '').trim();
  if (!/^[a-z]{3,}$/.test(name)) return;
  const match = new RegExp(
    String.raw`\b${name}\s+["“'#]?([\p{L}][\w-]*)["”']?(?=\s+(?:on|at|for|with|to|from|and|saying|that)\b|[.,;!?]|$)`,
    'u',
  ).exec(text);
  const value = match?.[1] ?? '';
  if (match && !FUNCTION_WORDS.has(value.toLowerCase()))
    add(value, 1.4, `${order}:${match.index + match[0].indexOf(value)}`);
}

function queryCandidates(text: string, add: Add): void {
  for (const [index, pattern] of QUERY.entries()) {
    const match = pattern.exec(text);
    const phrase = trimPhrase(match?.[1] ?? '');
    if (phrase !== '' && words(phrase).some((word) => !FUNCTION_WORDS.has(word.lower))) {
      add(phrase, 1.3 - 0.12 * index);
      return;
    }
  }
  const rest = trimPhrase(
    text.replace(/^(?:(?:please|can you|could you|would you|i want to|i need to|i'd like to|help me)\s+)+/i, ''),
  );
  if (rest !== '') add(rest, 0.5);
}

function messageCandidates(text: string, evidence: Evidence, add: Add): void {
  for (const [index, pattern] of MESSAGE.entries()) {
    const match = pattern.exec(text);
    const phrase = (match?.[1] ?? '').trim().replace(/["”]$/, '');
    if (phrase !== '') add(index !== 1 && index !== 2 ? phrase.replace(/[.!]$/, '') : phrase, 1.4 - 0.15 * index);
  }
  if (evidence.rank < REQUEST_RANKS) add(text.trim(), 0.35);
}

const OPERATOR_WORDS: [RegExp, string][] = [
  [/\b(?:multiplied by|times|x|×)\b|×/gi, '*'],
  [/\b(?:divided by|over)\b|÷/gi, '/'],
  [/\bplus\b/gi, '+'],
  [/\b(?:minus|less)\b|−/gi, '-'],
  [/\b(?:to the power of|raised to(?: the power of)?)\b|\^/gi, '**'],
];

/** The arithmetic in a text in figures and signs: "12 times (3 plus 4)" as "12 * (3 + 4)"; undefined when there is none. */
export function expressionOf(text: string): string | undefined {
  const share = /(\d+(?:\.\d+)?)\s?(?:%|percent) of (\d[\d,]*(?:\.\d+)?)/i.exec(text);
  if (share) return `${share[1]} / 100 * ${(share[2] ?? '').replaceAll(',', '')}`;
  const root = /\bsquare root of (\d+(?:\.\d+)?)/i.exec(text);
  if (root) return `${root[1]} ** 0.5`;
  let read = text.replace(/(\d),(?=\d{3}\b)/g, '$1');
  const sum = /\b(?:sum of|add) (-?\d+(?:\.\d+)?) (?:and|to) (-?\d+(?:\.\d+)?)/i.exec(read);
  if (sum) return `${sum[1]} + ${sum[2]}`;
  const product = /\b(?:product of|multiply) (-?\d+(?:\.\d+)?) (?:and|by|with) (-?\d+(?:\.\d+)?)/i.exec(read);
  if (product) return `${product[1]} * ${product[2]}`;
  const difference = /\bsubtract (-?\d+(?:\.\d+)?) from (-?\d+(?:\.\d+)?)/i.exec(read);
  if (difference) return `${difference[2]} - ${difference[1]}`;
  const quotient = /\bdivide (-?\d+(?:\.\d+)?) by (-?\d+(?:\.\d+)?)/i.exec(read);
  if (quotient) return `${quotient[1]} / ${quotient[2]}`;
  for (const [pattern, sign] of OPERATOR_WORDS) read = read.replace(pattern, ` ${sign} `);
  const found = [...read.matchAll(/[(\s]*-?\d+(?:\.\d+)?[)\s]*(?:(?:\*\*|[-+*/%])[(\s]*-?\d+(?:\.\d+)?[)\s]*)+/g)]
    .map((match) => match[0].trim())
    .sort((a, b) => b.length - a.length)[0];
  // "2024-05-01" and "555-1234" are no subtractions.
  if (found === undefined || (/^\d+(?:-\d+)+$/.test(found.replace(/\s/g, '')) && !/\s-\s/.test(found)))
    return undefined;
  return found.replace(/\s+/g, ' ');
}

function expressionCandidates(text: string, add: Add): void {
  const found = expressionOf(text);
  if (found !== undefined) add(found, 2);
}

/** A phrase without politeness, articles and marks around it. */
export function trimPhrase(text: string): string {
  return text
    .trim()
    .replace(/[\s,;:.!?]+$/, '')
    .replace(/\s+(?:please|for me|thanks|thank you|today|now|right now|asap)$/i, '')
    .replace(/^(?:the|a|an|some|that|to|my)\s+(?=\S)/i, '')
    .replace(/^["“']|["”']$/g, '')
    .trim();
}
