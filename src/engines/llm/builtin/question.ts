import type { EntityKind } from './entities.ts';
import { entities } from './entities.ts';
import { ASKING_WORDS, FUNCTION_WORDS, PRONOUNS } from './lexicons/function-words.ts';
import type { Word } from './words.ts';
import { phraseStems, stem, words } from './words.ts';

/** A content word (or phrase) of a question. `group` numbers the name that it is part of. */
export type Term = {
  stem: string;
  text: string;
  weight: number;
  type: 'name' | 'number' | 'word' | 'verb';
  group?: number;
};

export type Wanted = { kinds: EntityKind[]; measure?: string };

export type Question = {
  text: string;
  form: 'who' | 'when' | 'where' | 'count' | 'measure' | 'why' | 'what' | 'how' | 'yesno' | 'choice' | 'list';
  wanted?: Wanted;
  /** What is asked for, by name ("what colour …", "the price of …"): stems. */
  focus: string[];
  terms: Term[];
  /** "how many pupils", "how much water": the stem of what is counted. */
  counted?: string;
  /** 'name': asks who or what somebody is. */
  about?: 'name';
  /** Has a pronoun or an ellipsis that only earlier turns explain. */
  dangling: boolean;
};

const VERBS_OF_BEING = new Set(
  'is are was were be been do does did has have had can could will would should may might'.split(' '),
);

/** What an asked-for noun looks like in a text. */
const FOCUS_KINDS: [RegExp, Wanted][] = [
  [
    /^(?:price|cost|fee|charge|fare|salary|wage|budget|revenue|income|profit|turnover|fine|penalty|deposit|rent|payment|refund|total amount|amount due|balance|subtotal|tax|donation|grant|funding|allowance|supplement|surcharge)$/,
    { kinds: ['money', 'percent', 'number'] },
  ],
  [/(?:^|\s)(?:flow|flow rate)$/, { kinds: ['quantity'], measure: 'flow' }],
  [
    /^(?:percent|percentage|proportion|share|discount|interest rate|tax rate|rate)$/,
    { kinds: ['percent', 'money', 'number', 'quantity'] },
  ],
  [/^(?:year|date|day|month|deadline|birthday|anniversary|due date|weekday|century|decade)$/, { kinds: ['date'] }],
  [/^(?:time|hour|hours)$/, { kinds: ['time', 'date'] }],
  [/^(?:email|email address|e-mail|e-mail address|mail address)$/, { kinds: ['email'] }],
  [
    /^(?:phone|telephone|phone number|telephone number|mobile|number to call|hotline|fax number|contact number)$/,
    { kinds: ['phone', 'number'] },
  ],
  [/^(?:url|website|web site|web address|link|homepage)$/, { kinds: ['url'] }],
  [/^(?:colour|color|hue|shade)$/, { kinds: ['colour', 'proper'] }],
  [
    /^(?:port|harbour|harbor|island|airport|station|street|road|district|building|city|town|country|village|state|location|place|venue|capital|continent|region|county|headquarters|birthplace|hometown)$/,
    { kinds: ['place', 'proper', 'organisation', 'person'] },
  ],
  [
    /^(?:company|organisation|organization|firm|university|school|bank|employer|publisher|manufacturer|supplier|vendor|team|agency|airline|hospital|charity|museum|brand)$/,
    { kinds: ['organisation', 'proper', 'person', 'place'] },
  ],
  [
    /^(?:author|ceo|cfo|cto|coo|president|founder|inventor|director|manager|architect|designer|person|man|woman|employee|doctor|teacher|professor|scientist|engineer|artist|winner|chair|chairman|chairwoman|chairperson|mayor|owner|captain|coach|composer|painter|editor|leader|wife|husband|spouse|son|daughter|mother|father|brother|sister|contact person|customer|analyst|chef|student|player|speaker|representative|agent)$/,
    { kinds: ['person', 'proper', 'organisation'] },
  ],
  [
    /^(?:height|length|width|depth|distance|altitude|elevation|range|wingspan|diameter|radius)$/,
    { kinds: ['quantity'], measure: 'length' },
  ],
  [
    /(?:^|\s)(?:part|serial|model|item|article|order|reference|catalogue|tracking) number$/,
    { kinds: ['id', 'number', 'proper'] },
  ],
  [/(?:^|\s)pressure$/, { kinds: ['quantity'], measure: 'pressure' }],
  [/^(?:weight|mass)$/, { kinds: ['quantity'], measure: 'weight' }],
  [/^(?:temperature)$/, { kinds: ['quantity', 'number'], measure: 'temperature' }],
  [/^(?:speed|velocity|top speed|maximum speed)$/, { kinds: ['quantity'], measure: 'speed' }],
  [/^(?:duration|warranty period|lifespan|runtime)$/, { kinds: ['quantity'], measure: 'duration' }],
  [
    /^(?:population|headcount|attendance|quantity|score|rating|age|area|capacity|number of \w+|humidity)$/,
    { kinds: ['number', 'quantity', 'percent'] },
  ],
];

const HOW: [RegExp, Wanted, string][] = [
  [/^how (?:tall|high|deep|wide|far|thick)\b/i, { kinds: ['quantity'], measure: 'length' }, ''],
  [/^how heavy\b|^how much (?:does|do|did) .+ weigh\b/i, { kinds: ['quantity'], measure: 'weight' }, ''],
  [/^how (?:big|large)\b/i, { kinds: ['quantity', 'money', 'number'] }, ''],
  [/^how loud\b/i, { kinds: ['quantity'], measure: 'loudness' }, ''],
  [/^how fast\b/i, { kinds: ['quantity'], measure: 'speed' }, ''],
  [/^how (?:hot|cold|warm)\b/i, { kinds: ['quantity', 'number'], measure: 'temperature' }, ''],
  [/^how old\b/i, { kinds: ['number', 'quantity', 'date'] }, ''],
  [/^how (?:long|soon|quickly)\b/i, { kinds: ['quantity'] }, ''],
  [/^how often\b/i, { kinds: [] }, ''],
];

/** Abbreviations that are words, not names. */
const COMMON_CAPITALS =
  /^(?:URL|ID|CEO|CFO|CTO|COO|PDF|FAQ|VAT|ISBN|GDP|PIN|IBAN|SKU|HR|IT|TV|GPS|PR|VIP|RSVP|ETA|ROI|KPI|API|UI|AI|OS|CPU|GPU|RAM|SSD|USB|LED|CO2|PhD|MBA|BMI|DNA|HQ|R&D)$/;

/** Reads one question. `text` is a single question or request without its material. */
export function readQuestion(text: string): Question {
  const trimmed = text
    .trim()
    .replace(/^(?:(?:and|so|but|also|then|ok|okay|please|now|great|thanks|thank you|hi|hello)[,!.]?\s+)+/i, '');
  const list = words(trimmed);
  const lower = trimmed.toLowerCase();
  let form: Question['form'] = 'what';
  let wanted: Wanted | undefined;
  const skip = new Set<number>();
  const focusPhrase = focusOf(trimmed);
  const how = HOW.find(([pattern]) => pattern.test(inner(lower)));
  const asked = inner(lower);
  const ofMoney =
    /^how (?:high|big|large|low) (?:is|was|are|were) (?:the |its |his |her |our |your |their )?(?:\w+ )?(?:deposit|rent|price|fee|budget|salary|cost|costs|fine|tax|revenue|wage|income|profit|debt|bill|fare|penalty|discount)\b/.test(
      asked,
    );
  if (/\bor\b/.test(lower) && VERBS_OF_BEING.has(list[0]?.lower ?? '')) form = 'choice';
  else if (VERBS_OF_BEING.has(list[0]?.lower ?? '') && !/^(?:can|could|would|will) you\b/.test(lower)) form = 'yesno';
  else if (/^(?:who|whom|whose)\b/.test(asked))
    [form, wanted] = ['who', { kinds: ['person', 'organisation', 'proper'] }];
  else if (
    /^(?:when)\b|^(?:since|until|by|from) when\b|^at what time\b|^(?:on |in |by )?(?:what|which) (?:year|date|day|month|time|hour)\b/.test(
      asked,
    )
  )
    [form, wanted] = [
      'when',
      {
        kinds: /\btime\b|\bhour/.test(asked.slice(0, 30))
          ? ['time', 'date']
          : /\b(?:founded|established|built|born|formed|incorporated|invented|discovered|published|died)\b/.test(asked)
            ? ['date']
            : ['date', 'time'],
      },
    ];
  else if (
    /^(?:(?:from|to) )?where\b|^(?:from|to) where\b|^(?:in|at|to|from) (?:what|which) (?:city|country|place|town|location|state)\b/.test(
      asked,
    )
  )
    [form, wanted] = ['where', { kinds: ['place', 'proper', 'organisation'] }];
  else if (ofMoney) [form, wanted] = ['measure', { kinds: ['money', 'percent', 'number'] }];
  else if (how) [form, wanted] = ['measure', how[1]];
  else if (
    /^(?:for |within |in |after |about |around |by |over |at )?how many\b|^what (?:is|was|are) the (?:(?:total|maximum|minimum) )?(?:number|count|quantity) of\b/.test(
      asked,
    )
  )
    [form, wanted] = ['count', { kinds: ['number', 'quantity'] }];
  else if (/^how much\b|^how expensive\b|^(?:for|at) how much\b/.test(asked))
    [form, wanted] = [
      'measure',
      /\bhow much (?:does|do|did|is|was|are|were|will|would|should|must|can)\b|expensive|money|\b(?:cost|pay|paid|charge|spend|spent|earn|raise|owe|price|worth|sell|sold)\b/.test(
        asked,
      )
        ? { kinds: ['money', 'quantity', 'percent', 'number'] }
        : { kinds: ['quantity', 'money', 'percent', 'number'] },
    ];
  else if (/^(?:why)\b|^what (?:is|was|were|are) the reasons?\b|^what caused\b|^for what reason\b/.test(asked))
    form = 'why';
  else if (/^how\b/.test(asked)) form = 'how';
  if (form === 'what' || form === 'when' || form === 'where') {
    const named =
      focusPhrase === undefined
        ? undefined
        : FOCUS_KINDS.find(
            ([pattern]) => pattern.test(focusPhrase) || pattern.test(focusPhrase.split(' ').at(-1) ?? ''),
          );
    if (named && (form === 'what' || named[1].kinds[0] === wanted?.kinds[0])) wanted = named[1];
  }
  if (
    form === 'what' &&
    /\b(?:cost|costs)\b/.test(asked) &&
    !/\bcosts? (?:of|more|less)\b/.test(asked) &&
    focusPhrase === undefined
  )
    [form, wanted] = ['measure', { kinds: ['money', 'number'] }];
  if (form === 'what' && /\b(?:what|which) (?:phone )?number\b.*\b(?:call|dial|phone|ring|reach|contact)\b/.test(asked))
    wanted = { kinds: ['phone'] };
  if (/^how much (?:is|are|was|were) (?:(?:the|a|an|one|your|its|this|each) )?(?:[\w-]+ ?){1,4}\??$/.test(asked))
    wanted = { kinds: ['money'] };
  if (/^(?:what|which) (?:are|were) (?:all )?(?:the )?\w+s\b|^(?:list|name) (?:all|the|every)\b/.test(asked))
    form = form === 'what' ? 'list' : form;

  const names = entities(trimmed)
    .filter((entity) => !COMMON_CAPITALS.test(entity.text))
    .filter((entity) =>
      ['person', 'place', 'organisation', 'proper', 'id', 'date', 'money', 'email'].includes(entity.kind),
    );
  for (const [at, word] of list.entries()) if (FUNCTION_WORDS.has(word.lower) && !isNamePart(word, names)) skip.add(at);
  const phrases = phraseStems(list);
  const terms: Term[] = [];
  for (const phrase of phrases) {
    if (phrase.key.startsWith('how_') && form !== 'measure' && form !== 'how') continue;
    const inside = list.slice(phrase.from, phrase.to);
    for (let at = phrase.from; at < phrase.to; at++) skip.add(at);
    terms.push({ stem: phrase.key, text: inside.map((word) => word.text).join(' '), weight: 1, type: 'word' });
  }
  for (const [at, word] of list.entries()) {
    if (skip.has(at)) continue;
    const group = names.findIndex((entity) => word.start < entity.end && word.end > entity.start);
    const asking = ASKING_WORDS.has(word.lower) || ASKING_WORDS.has(stem(word.lower));
    if (asking && group < 0) continue;
    if (group >= 0 && names[group]?.kind !== 'date') {
      terms.push({ stem: word.stem, text: word.text, weight: 1, type: 'name', group });
    } else if (/\d/.test(word.text)) terms.push({ stem: word.stem, text: word.text, weight: 1, type: 'number' });
    else terms.push({ stem: word.stem, text: word.text, weight: 1, type: 'word' });
  }
  // "What is my name?": a word that mostly only asks is all there is to go by.
  if (terms.length === 0)
    for (const word of list)
      if (
        ASKING_WORDS.has(word.lower) &&
        !FUNCTION_WORDS.has(word.lower) &&
        !/^(?:tell|give|list|find|show|say|know|want|need|many|much)$/.test(word.lower)
      )
        terms.push({ stem: word.stem, text: word.text, weight: 1, type: 'word' });
  const content = terms.filter((term) => term.type !== 'name');
  const dangling =
    list.some((word) => PRONOUNS.has(word.lower) && !/^(?:that|there|this|one|ones|these|those)$/.test(word.lower)) ||
    (/\b(?:this|that|these|those|the same)\b(?! (?:document|text|passage|article|file|report|context|information|page|message|email))/.test(
      lower,
    ) &&
      !names.some((entity) => entity.kind !== 'date')) ||
    /^(?:and |so |but )?(?:what|how) about\b|^and\b/i.test(text.trim()) ||
    (content.length === 0 && terms.length === 0);
  const namesOnly =
    terms.some((term) => term.type === 'name') &&
    terms.every(
      (term) => term.type === 'name' || /^(?:role|position|title|job|occupation|profession|post)$/i.test(term.text),
    );
  if (namesOnly && (/^who(?:'s| is| was| are)\b/i.test(asked) || terms.some((term) => term.type !== 'name')))
    return {
      text: trimmed,
      form: 'what',
      focus: [],
      terms: terms.filter((term) => term.type === 'name'),
      dangling: false,
      about: 'name',
    };
  const countedWord = (
    form === 'count' ? /\b(?:how many|(?:number|count|quantity) of) ([\p{L}-]+)/iu : /\bhow (?:many|much) ([\p{L}-]+)/iu
  ).exec(trimmed)?.[1];
  const counted =
    countedWord === undefined
      ? undefined
      : terms.find((term) => term.type === 'word' && term.text.toLowerCase() === countedWord.toLowerCase())?.stem;
  return {
    text: trimmed,
    ...(counted === undefined ||
    /^(?:money|time|more|less|people|faster|higher|lower|bigger|larger)$/i.test(countedWord ?? '')
      ? {}
      : { counted }),
    form,
    ...(wanted ? { wanted } : {}),
    focus: focusPhrase === undefined ? [] : words(focusPhrase).map((word) => word.stem),
    terms,
    dangling,
  };
}

const isNamePart = (word: Word, names: { start: number; end: number; kind: EntityKind }[]): boolean =>
  /^\p{Lu}/u.test(word.text) &&
  word.text.length > 1 &&
  names.some(
    (entity) =>
      entity.kind !== 'date' &&
      word.start >= entity.start &&
      word.end <= entity.end &&
      entity.end - entity.start > word.text.length &&
      word.start > entity.start,
  );

/** "Can you tell me when …" asks "when …". */
const inner = (lower: string): string =>
  lower.replace(
    /^.*?\b(?:tell me|know|say|explain|find out|to ask|show me|give me|let me know|wondering|remember|remind me|determine|identify|according to [^,]+,|in [^,]{2,40},|for [^,]{2,40},|at [^,]{2,40},|of [^,]{2,40},)\s+(?=(?:who|whom|whose|what|when|where|why|how|which|in which|in what|at what|on what|by when)\b)/,
    '',
  );

/** The noun asked for: "what colour is …" → "colour"; "what is the unit price of …" → "unit price". */
function focusOf(text: string): string | undefined {
  const lower = inner(text.toLowerCase());
  const patterns = [
    /\b(?:what|which) (?:is|was|are|were|will be|would be) (?:the |its |his |her |their |your |my |our |[\w']+(?:\s[\w']+){0,3}'s? )((?:[\w-]+ ){0,2}?[\w-]+)(?= (?:of|for|in|on|at|to|that|which|used|from|between|during|by|when|if|needed|required|per|paid|charged|reported|given|set|listed|stated|with)\b|\?|$|,|\.)/,
    /\b(?:what|which) ((?:[\w-]+ )?[\w-]+)(?= (?:is|was|are|were|does|do|did|has|have|had|will|can|should|would|must)\b)/,
    /\b(?:what|which) (?:kind|type|sort) of ([\w-]+)/,
    /\b(?:in|on|at|by|to|from|for) (?:what|which) ([\w-]+)/,
    /\b(?:what|which) ([\w-]+)/,
    /^(?:give|tell|show|find|state|provide|return|get)(?: me| us)? (?:the )?((?:[\w-]+ ){0,2}?[\w-]+)(?= (?:of|for|in|on|at|to|from|by)\b|\?|$|\.)/,
  ];
  for (const pattern of patterns) {
    const found = pattern.exec(lower)?.[1]?.trim();
    if (
      found !== undefined &&
      !/^(?:is|was|are|were|do|does|did|the|a|an|has|have|had|can|will|would|should|of|in|on)\b/.test(found)
    )
      return found.replace(
        /^(?:total|exact|full|new|current|main|official|first|last|final|name of the|name of) (?=\w)/,
        '',
      );
  }
  return undefined;
}

/** Cuts a request into its questions: "When was it built and who designed it?" has two. */
export function splitQuestions(ask: string): string[] {
  const parts: string[] = [];
  for (const sentence of ask.split(/(?<=[?!])\s+|(?<=(?<!\b(?:Mr|Mrs|Ms|Dr|St|No|vs))\.)\s+(?=\p{Lu})|\n+/u)) {
    const pieces = sentence.split(
      /,?\s+(?:and|as well as)\s+(?=(?:also\s+)?(?:who|whom|whose|what|when|where|why|how|which|in which|is|are|was|were|does|did|do|has)\b)|;\s+(?=(?:who|what|when|where|why|how|which)\b)|,\s+(?=(?:who|what|when|where|why|how|which) (?:is|are|was|were|did|does|do|much|many|old|tall|long|has|will)\b)/i,
    );
    // "… to know who built it and what is new": only questions split; an "and" inside a noun phrase does not match above.
    for (const piece of pieces) if (/[\p{L}\p{N}]/u.test(piece)) parts.push(piece.trim());
  }
  return parts;
}
