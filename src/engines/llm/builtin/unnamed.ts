import type { Entity } from './entities.ts';
import type { Question } from './question.ts';

const PLACE_PHRASE =
  /\b(?:at|in|on|near|inside|behind|under|outside|opposite|next to|along)\s+((?:the|a|an|our|its|his|her|their|your)\s+[^,.;:!?]{2,50}?)(?=\s+(?:on|in|at|by|from|to|and|with|for|during|every|after|before|until|which|that|is|was|are|were|because|when|while)\b|[,.;:!?]|$)/gi;

const BARE_PLACE =
  /\b(?:in|near|on|at|inside|under)\s+((?:[a-z-]+\s){0,2}[a-z-]+)(?=\s+(?:and|on|with|but|where|which|that|during|from|at|in)\b|[,.;]|$)/g;
const NO_PLACE =
  /\b(?:morning|evening|afternoon|night|year|years|month|months|week|weeks|day|days|spring|summer|autumn|winter|century|time|end|beginning|same|case|way|age|event|meantime|past|future|order|fact|general|total|use|foot|least|most|charge|advance|particular|average|front|addition|size|length|height|minutes|hours|favor|favour|short|turn|words|cash|person|writing|behalf|request|sale|demand|business|progress|average|all|once|first|last|public|private|life|detail|part)\b/i;

/** "The meeting point is the car park by the gate." */
const IS_PLACE =
  /\b(?:is|are|was|were)\s+((?:the|a|an|our|its)\s+(?:[a-z-]+\s){0,2}(?:park|hall|room|office|building|lobby|entrance|gate|yard|station|garden|square|canteen|reception|basement|corner|lawn|field|street|library)(?:\s(?:by|of|behind|opposite|near|beside|in|on|at)\s(?:the\s)?[a-z]+(?:\s[a-z]+)?)?)(?=[.,;]|$)/g;

/** Places without a name: "in the garden hall", "on the second floor", "in dry grassland". */
export function placePhrases(text: string): Entity[] {
  const found: Entity[] = [];
  for (const pattern of [PLACE_PHRASE, BARE_PLACE, IS_PLACE])
    for (const match of text.matchAll(pattern)) {
      const phrase = match[1] ?? '';
      const start = match.index + match[0].length - phrase.length;
      if (NO_PLACE.test(phrase) || found.some((other) => start < other.end && start + phrase.length > other.start))
        continue;
      found.push({ kind: 'place', start, end: start + phrase.length, text: phrase });
    }
  return found;
}

const PEOPLE =
  /(?:er|or|ant|ist|man|men|woman|women|ee|lord|team|staff|committee|board|council|police|nurse|pilot|chef|coach|captain|guest|guests|parent|parents|student|students|children|people|company|government|crew|guard|cook|friend|neighbou?r|author|king|queen|client|clients|tenants?|members|volunteers|residents)$/i;

/** Who without a name: "The tenant is responsible …", "… by the night watchman". Not what the question itself names. */
export function unnamedPeople(question: Question, text: string): Entity[] {
  const found = [
    /^(?:(?:The|A|An|Our|Your|Its|Their|Every|Each)\s[a-z][a-z-]*(?:\s[a-z][a-z-]*)?)(?=\s+(?:is|was|are|were|must|shall|will|may|can|has|have|should|[a-z]+s|[a-z]+ed)\b)/,
    /(?<=\bby\s)(?:the|a|an|our|its|their)\s[a-z][a-z-]*(?:\s[a-z][a-z-]*)?(?=[\s.,;]|$)/,
  ].flatMap((pattern) => {
    const match = pattern.exec(text);
    return match
      ? [{ kind: 'person' as const, start: match.index, end: match.index + match[0].length, text: match[0] }]
      : [];
  });
  return found.filter((entity) => {
    const last = entity.text.split(' ').at(-1) ?? '';
    const agent = /\b(?:\w+ed|\w+en|made|done|run|held|built|led|sold|sent|kept|paid|out|up|off|over)\s+by\s$/.test(
      text.slice(0, entity.start),
    );
    return (
      (agent || PEOPLE.test(last)) && !question.terms.some((term) => term.text.toLowerCase() === last.toLowerCase())
    );
  });
}
