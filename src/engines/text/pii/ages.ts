import type { PiiSpan } from './types.ts';

const NUMBER_WORDS =
  'one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)(?:[- ](?:one|two|three|four|five|six|seven|eight|nine))?';
const AGE_NUMBER = String.raw`(?:1[01]\d|[1-9]?\d|${NUMBER_WORDS})`;
const OLD = new RegExp(
  String.raw`(?<![\p{L}\p{N}.$€£-])(${AGE_NUMBER})[\s-]+(?:and a half[\s-]+)?(?:years?|yrs?|months?|weeks?)[\s-]+(?:old|of[\s-]age)(?![\p{L}\p{N}])|(?<![\p{L}\p{N}.$€£-])(${AGE_NUMBER})\s?(?:yo|y\/o|y\.o\.)(?![\p{L}\p{N}])`,
  'giu',
);
const SAID = new RegExp(
  String.raw`(?<![\p{L}\p{N}])(?:aged?(?:\s*[:=]\s*|\s+(?:is\s+|was\s+|of\s+)?)|at\s+the\s+age\s+of\s+|(?:I|he|she|who|they)\s+(?:just\s+|recently\s+)?(?:turn(?:ed|s)|will\s+be\s+turning)\s+|turn(?:ed|ing)\s+|(?:I['’]m|I\s+am|he\s+is|she\s+is|he['’]s|she['’]s|(?:daughter|son|mother|father|brother|sister|wife|husband|grandmother|grandfather|grandma|grandpa|mom|mum|dad|aunt|uncle|niece|nephew|cousin|patient|baby)\s+is)\s+(?:now\s+|only\s+|just\s+)?)(?<age>${AGE_NUMBER})(?:\s+years\s+old)?(?![\p{L}\p{N}%]|[.,:/-]\d|['’]s|-\p{L})(?<rest>\s*[\p{L}%$]*)`,
  'giu',
);
const IN_ROW = new RegExp(String.raw`(?<=\p{Lu}[\p{L}'’-]+,\s)(?<age>[1-9]\d)(?=\s*[,.;)]|\s+of\b|$)`, 'gmu');
/** What is old and nobody: "a 10-year-old whisky". */
const THING =
  /^[\s,-]*(?:\p{L}+\s+)?(?:compan(?:y|ies)|firm|business|startup|car|truck|vehicle|house|home|building|bridge|tree|wine|whisk(?:e)?y|scotch|cheese|bottle|software|codebase|code|system|server|laptop|computer|phone|machine|bug|law|contract|mortgage|bond|agreement|tradition|church|castle|temple|fossil|rock|star|planet|galaxy|record|song|film|movie|book|theory|debate|dispute|loan|note|plan|problem|project|data|version|technology|industry|institution|school|university|museum|hotel|tower|painting|mystery|case|dog|cat|horse|puppy|kitten)s?\b/iu;
/** "The bridge is over 100 years old", "it is …". */
const THING_BEFORE =
  /\b(?:it|this|that|company|firm|business|house|home|building|bridge|tree|wine|whisky|castle|church|car|truck|computer|laptop|server|phone|codebase|software|school|university|tradition|law|town|city|village|painting|planet|star|fossil|mortgage|dog|cat|horse|puppy|kitten|server|record|song|film|book)s?\s+(?:is|was|are|were|must be|turned)\s+(?:\w+\s+){0,3}$/iu;
const THING_TURNS =
  /\b(?:it|this|that|company|firm|business|house|building|bridge|school|university|town|city|museum|shop|club|brand)\s+(?:just\s+|recently\s+)?$/iu;
/** What follows a figure that counts something else after "turned". */
const TURNED_UNIT = /^\s*(?:percent|%|degrees?|pages?|times?|dollars?|heads?|st|nd|rd|th)(?![\p{L}])/iu;
const UNIT =
  /^\s*(?:minutes?|mins?|hours?|days?|weeks?|months?|miles?|km|kilometers?|kilometres?|met(?:er|re)s?|feet|foot|inches|percent|%|dollars?|euros?|pounds?|points?|times?|people|players?|degrees?|kg|lbs?|cents?|of|st|nd|rd|th|pm|am|in|out|on|off|year|years|to|and|or|cm|mm|stories|seconds?|blocks?|steps?|pages?|weeks?|for|over|under|down|up|ahead|behind|into)(?![\p{L}])/iu;

/** The ages of people: the number with its unit, as "34 years old" or "aged 34". */
export function findAges(text: string): PiiSpan[] {
  const found: PiiSpan[] = [];
  for (const { 0: raw, index } of text.matchAll(OLD)) {
    // "40 years" of "40 years old" is the age, quantity and unit; hyphenated ("a 40-year-old") it is one word.
    const whole = index + raw.length;
    const end = /\s(?:old|of[\s-]age)$/i.test(raw) ? index + raw.replace(/\s+(?:old|of[\s-]age)$/i, '').length : whole;
    if (!THING.test(text.slice(whole, whole + 40)) && !THING_BEFORE.test(text.slice(Math.max(0, index - 60), index))) {
      found.push({ type: 'AGE', start: index, end, score: 0.95 });
    }
  }
  for (const match of text.matchAll(SAID)) {
    const { age, rest } = match.groups as { age: string; rest: string };
    const turned = /turn/i.test(match[0]);
    const named = /aged?\b/i.test(match[0]);
    if (turned && THING_TURNS.test(text.slice(Math.max(0, match.index - 30), match.index))) continue;
    if (turned ? TURNED_UNIT.test(rest) : UNIT.test(rest) && !(named && /^\s*(?:and|to|or|in|for|on|at)\b/i.test(rest)))
      continue;
    if (!turned && !named && rest.trim() !== '' && !/^\s*(?:and|but|years)\b/i.test(rest)) continue;
    const from = match[0].length - rest.length;
    const start = match.index + match[0].slice(0, from).lastIndexOf(age);
    const years = /^\s+years(?=\s+old)/i.exec(text.slice(start + age.length))?.[0].length ?? 0;
    found.push({ type: 'AGE', start, end: start + age.length + years, score: named ? 0.93 : 0.8 });
  }
  for (const match of text.matchAll(IN_ROW)) {
    // "Ana Silva, 41, of Porto": a name, a comma, a figure.
    if (
      /\p{Lu}\p{Ll}+\s+\p{Lu}[\p{L}'’-]+,\s$/u.test(text.slice(Math.max(0, match.index - 50), match.index)) &&
      /^\s*,|^\s+of\b/u.test(text.slice(match.index + 2))
    ) {
      found.push({ type: 'AGE', start: match.index, end: match.index + 2, score: 0.7 });
    }
  }
  return found;
}
