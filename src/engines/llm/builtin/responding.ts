import { SELF_EVIDENT } from './candidates.ts';
import { answerFromSources, declined, isQuestion } from './answering.ts';
import type { Conversation, PastCall, Source } from './shapes.ts';
import { readConversation } from './conversation.ts';
import type { Draft } from './draft.ts';
import { extract, fieldLines, schemaOfPrompt } from './extraction.ts';
import { CONTACTS, ofOther } from './contacts.ts';
import type { EntityKind } from './entities.ts';
import { entities } from './entities.ts';
import { askedFields, readFields } from './fields.ts';
import { formed } from './forming.ts';
import { label, readLabelling } from './labelling.ts';
import { readLeaf } from './leaf.ts';
import { readQuestion, splitQuestions } from './question.ts';
import type { Rules } from './rules.ts';
import { readRules } from './rules.ts';
import type { Sampling } from './sampling.ts';
import { draw } from './sampling.ts';
import { asSchema, isObject } from './schema.ts';
import { summarise } from './summary.ts';
import { planTools } from './tools.ts';
import { transform } from './transforming.ts';
import { spaced, stemSet } from './units.ts';
import type { ChatRequest, Json } from '../types.ts';

/** A reply: text, tool calls, or both. */
export type Reply = { text: string; calls: { name: string; input: Json }[] };

const WHAT_IT_IS =
  'I am the builtin worker of Outcrop, not a language model: I answer from the text that I am given by finding and quoting, summarise, classify, extract fields and call tools.';
const HOW_TO_BIND = 'For anything else, bind a real model with `outcrop models bind`.';

/** Answers a conversation: finds the skill that is asked for, lets it work, and puts its draft into the asked-for form. */
export function respond(request: ChatRequest, sampling: Sampling): Reply {
  const conversation = readConversation(request);
  const rules = readRules([conversation.rules, conversation.ask]);
  const plan = planTools(request, conversation, sampling, () => !answerOf(conversation, rules, sampling).declined);
  const forced = request.toolChoice?.type === 'any' || request.toolChoice?.type === 'tool';
  const greeted = ONLY_GREETING.test(conversation.asked) && !forced && !conversation.answeringTools;
  if (plan.calls.length > 0 && !greeted) return { text: '', calls: plan.calls };
  if (plan.question !== undefined && !greeted) return { text: plan.question, calls: [] };
  if (request.responseSchema !== undefined) {
    const about = `${conversation.rules}\n${conversation.ask}`;
    const value = extract(asSchema(request.responseSchema), toRead(conversation), conversation, sampling, about);
    return { text: JSON.stringify(value), calls: [] };
  }
  return { text: formed(answerOf(conversation, rules, sampling), rules), calls: [] };
}

/** What extraction reads: the texts of this turn, else those of earlier ones, else the words of the turn themselves. */
function toRead(conversation: Conversation): Source[] {
  const texts = conversation.sources.filter((source) => source.kind !== 'system');
  const current = texts.filter((source) => source.current);
  if (current.length > 0) return current;
  if (texts.length > 0) return texts;
  return [{ name: 'the text', text: conversation.asked, kind: 'prompt', turn: 0, current: true }];
}

const SUMMARISING =
  /\b(?:summar(?:y|ies|i[sz]e[sd]?|i[sz]ing|i[sz]ation)|tl;?dr|sum up|condense|shorten|main (?:points?|ideas?)|key (?:points?|facts?|takeaways?)|(?:most )?important (?:points?|facts?|things|information)|gist|in brief|brief overview|outline|recap|highlights)\b/i;
const ASKING_ITSELF =
  /\b(?:who|what) are you\b|\bwho (?:made|built|created|trained) you\b|\bwhat(?:'s| is) your name\b|\bare you (?:an? )?(?:ai|bot|human|robot|language model|llm|chatgpt|claude|gpt|real|person|model)\b|\bwhat (?:can|do) you do\b|\bwhich model\b|\bwhat model\b/i;
const GREETING =
  /^\s*(?:hi|hello|hey|good (?:morning|afternoon|evening)|howdy|greetings|hiya|yo|how are you|how do you do|what's up)\b[\s\w,]{0,24}[!.?]*\s*$/i;
/** A greeting and no more: no tool is meant by "Good morning". */
const ONLY_GREETING =
  /^\s*(?:hi|hello|hey|good (?:morning|afternoon|evening|day)|howdy|greetings|hiya)(?: (?:there|all|everyone|team|again))?[\s!.,]*$/i;
const THANKS =
  /^\s*(?:thanks|thank you|many thanks|thx|cheers|great,? thanks|ok,? thanks|perfect,? thanks)\b[^?]{0,40}$/i;
const FAREWELL = /^\s*(?:bye|goodbye|see you|farewell)\b[^?]{0,20}$/i;

function answerOf(conversation: Conversation, rules: Rules, sampling: Sampling): Draft {
  const { ask, sources } = conversation;
  if (conversation.answeringTools) return toolAnswer(conversation, sampling);
  const alone = sources.every((source) => !source.current || source.text.trim() === conversation.asked.trim());
  if (GREETING.test(conversation.asked)) return hello(rules, sampling);
  if (alone && THANKS.test(conversation.asked))
    return { short: 'You are welcome.', full: 'You are welcome.', shaped: true };
  if (alone && FAREWELL.test(conversation.asked)) return { short: 'Goodbye.', full: 'Goodbye.', shaped: true };
  if (ASKING_ITSELF.test(ask) && sources.every((source) => !source.current))
    return { short: 'the builtin worker of Outcrop', full: `${WHAT_IT_IS} ${HOW_TO_BIND}`, shaped: true };
  const labelling = readLabelling(conversation);
  if (labelling) {
    const found = label(labelling, sampling);
    return rules.json && rules.json.keys.length > 0 ? found : found;
  }
  const given = sources.filter((source) => source.text.trim() !== '');
  const current = given.filter((source) => source.current && source.kind !== 'system');
  const readable = current.length > 0 ? current : given.filter((source) => source.kind !== 'system');
  if (readable.length > 0) {
    const extracted = extraction(conversation, readable, rules, sampling);
    if (extracted) return extracted;
  }
  const moved = transform(conversation, sampling);
  if (moved) return moved;
  if (
    SUMMARISING.test(ask) &&
    readable.length > 0 &&
    !/\?\s*$/.test(ask.replace(/\b(?:can|could|would|will) you\b[^?]*\?/i, ''))
  )
    return summarise(readable, rules, sampling);
  if (given.length > 0 || conversation.rules !== '') {
    const all = given.length > 0 && (current.length > 0 || readable.length > 0) ? given : given;
    const facts = withRules(all, conversation.rules);
    const reply = facts.length > 0 ? answerFromSources(ask, facts, conversation.past, sampling) : undefined;
    if (reply && !reply.declined) return reply;
    const told = readable.length > 0 ? evident(conversation, readable, sampling) : undefined;
    if (told) return told;
    const asked = splitQuestions(ask).some((part) => isQuestion(part));
    if (given.length > 0 && (asked || readable.length > 0)) {
      if (!asked && current.length > 0 && !/\b(?:who|what|when|where|why|how|which|explain|tell|find)\b/i.test(ask))
        return ask.trim() === '' && worthSummarising(readable)
          ? summarise(readable, rules, sampling)
          : cannot(sampling);
      return declined(ask, given, sampling);
    }
  }
  return cannot(sampling);
}

/**
 * The values of the fields that a prompt names. "Return JSON with keys a and b" extracts; "Who …? Answer in JSON" is a question, "What are
 * the a and the b? Answer in JSON" extracts.
 */
function extraction(
  conversation: Conversation,
  readable: Source[],
  rules: Rules,
  sampling: Sampling,
): Draft | undefined {
  const { ask } = conversation;
  const questions = splitQuestions(ask).filter((part) => /\?\s*$/.test(part));
  if (SUMMARISING.test(ask) && rules.json === undefined) return undefined;
  if (
    questions.length > 0 &&
    !/\b(?:extract|fields?|fill|parse|populate)\b/i.test(ask) &&
    (rules.json === undefined || readFields(questions.join('\n'), true).length < 2)
  )
    return undefined;
  // Without JSON asked for, system text that speaks of fields is background.
  const pulling = rules.json !== undefined || /\b(?:extract|fields?|fill|parse|populate|pull|capture)\b/i.test(ask);
  if (!pulling && readFields(ask, false).length < 2) return undefined;
  const shape = schemaOfPrompt(conversation, rules);
  if (!shape) return undefined;
  const json = extract(shape.schema, readable, conversation, sampling, ask);
  // Without JSON asked for, and none of the fields named as a key, people are to read it.
  if (!rules.json && shape.fields?.every((field) => !field.literal)) {
    const lines = fieldLines(json, shape.fields);
    return { short: lines.join('\n'), full: lines.join('\n'), items: lines, shaped: true };
  }
  const text = JSON.stringify(json);
  if (!rules.json) rules.json = { keys: [] };
  return { short: text, full: text, json };
}

/** Kinds that a question, and a command ("return only the due date"), may take by their form alone. */
const EVIDENT: ReadonlySet<EntityKind> = new Set<EntityKind>(['id', 'email', 'phone', 'url']);
const COMMANDED: ReadonlySet<EntityKind> = new Set<EntityKind>([...EVIDENT, 'date', 'percent', 'time']);

/**
 * "What is the order number?" of a text that says "my order A-5521": things whose form says what they are (addresses, numbers of orders) are
 * told without the question's words, when what they belong to is mentioned.
 */
function evident(conversation: Conversation, readable: Source[], sampling: Sampling): Draft | undefined {
  const fields = askedFields(conversation.ask);
  const commanded = !/\bwhat\b/i.test(conversation.ask);
  if (
    fields.length === 0 ||
    fields.length > 3 ||
    !/\b(?:what|give|tell|find|return|get|show|extract)\b/i.test(conversation.ask)
  )
    return undefined;
  const stems = stemSet(readable.map((source) => source.text).join('\n'));
  for (const field of fields) {
    const leaf = readLeaf([field.key], { type: 'string' });
    const kind = leaf.kinds[0];
    if (kind === undefined || !(commanded ? COMMANDED : EVIDENT).has(kind)) return undefined;
    if (leaf.own.size === 0 && !SELF_EVIDENT.has(kind)) return undefined;
    if (![...leaf.own].every((stem) => stems.has(stem) || stem === kind)) return undefined;
  }
  const properties = Object.fromEntries(fields.map((field) => [field.key, field.schema]));
  const json = extract({ type: 'object', properties }, readable, conversation, sampling, conversation.ask);
  if (!isObject(json) || fields.some((field) => typeof json[field.key] !== 'string')) return undefined;
  // What was found has to be of the kind that the name stands for.
  const right = fields.every((field) => {
    const kind = readLeaf([field.key], { type: 'string' }).kinds[0];
    return entities(String(json[field.key])).some((entity) => entity.kind === kind);
  });
  if (!right) return undefined;
  const question = readQuestion(conversation.ask);
  const texts = readable.map((source) => source.text);
  if (
    fields.some(
      (field) =>
        CONTACTS.has(readLeaf([field.key], { type: 'string' }).kinds[0] ?? '') &&
        ofOther(question, texts, String(json[field.key])),
    )
  )
    return undefined;
  const lines = fieldLines(json, fields);
  return { short: lines.join('\n'), full: lines.join('\n'), items: lines, shaped: true };
}

/** A document, or a text too long to be a remark, that came without a request: its gist is the best guess at what is wanted. */
const worthSummarising = (sources: Source[]): boolean =>
  sources.some((source) => source.kind === 'document' || source.text.length > 300);

/** The system text also tells facts ("The shop opens at 9."): they may answer, after everything else. */
function withRules(sources: Source[], rules: string): Source[] {
  const facts = rules
    .split(/\n|(?<=[.!?])\s+/)
    .filter(
      (sentence) =>
        sentence.trim() !== '' &&
        !/^(?:you are|you're|your |act|answer|respond|reply|always|never|do not|don't|use|only|if|be |keep|start|end|write|return|format|limit|please)\b/i.test(
          sentence.trim(),
        ),
    )
    .join('\n');
  return facts === '' || sources.some((source) => source.kind === 'system')
    ? sources
    : [...sources, { name: 'the instructions', text: facts, kind: 'system', turn: -1, current: false }];
}

function hello(rules: Rules, sampling: Sampling): Draft {
  const full = draw(
    [
      { value: `Hello! ${WHAT_IT_IS} ${HOW_TO_BIND}`, score: 1 },
      { value: `Hi! ${WHAT_IT_IS} ${HOW_TO_BIND}`, score: 0.8 },
    ],
    sampling,
  );
  return { short: rules.words?.count === 1 ? 'Hello' : 'Hello!', full, shaped: true };
}

const cannot = (sampling: Sampling): Draft => ({
  short: 'Unknown',
  full: draw(
    [
      {
        value: `The builtin worker is not a language model and answers only from text it is given. ${HOW_TO_BIND}`,
        score: 1,
      },
      {
        value: `I answer only from text that I am given, and there is none here that answers this. ${HOW_TO_BIND}`,
        score: 0.8,
      },
    ],
    sampling,
  ),
  declined: true,
});

/** An answer from tool results: the field that was asked for where one was, else all that the tools said. */
function toolAnswer(conversation: Conversation, sampling: Sampling): Draft {
  const made = conversation.calls.filter((call) => call.result && call.turn >= conversation.askTurn);
  const failed = made.filter((call) => call.result?.status === 'error');
  const worked = made.filter((call) => call.result?.status === 'success');
  const results = conversation.sources.filter((source) => source.kind === 'tool' && source.current);
  const complaints = failed.map(
    (call) => `The tool ${call.name} failed${argumentsOf(call)}: ${call.result?.text.trim() || 'it gave no reason'}`,
  );
  if (worked.length === 0) return { short: complaints.join(' '), full: complaints.join('\n'), shaped: true };
  if (
    worked.length === 1 &&
    isQuestion(conversation.ask) &&
    !/\b(?:weather|status|details|information|info|about)\b/i.test(conversation.ask)
  ) {
    const reply = answerFromSources(conversation.ask, results, conversation.past, sampling);
    if (!reply.declined) return reply;
  }
  const told = worked.map((call) => tell(call, worked.length > 1));
  const full = [...told, ...complaints].join('\n');
  return {
    short: worked.length === 1 ? tell(worked[0] as PastCall, false) : told.join('; '),
    full,
    items: [...told, ...complaints],
    spare: told,
    shaped: true,
  };
}

/** A tool's result in words: "temperature: 18, condition: sunny" with what it was asked for. */
function tell(call: PastCall, several: boolean): string {
  const result = call.result;
  if (!result) return '';
  const body = result.json === undefined ? result.text.trim() : describe(result.json);
  const subject = several || result.json !== undefined ? argumentsOf(call).replace(/^ for /, '') : '';
  if (subject === '' || body.toLowerCase().includes(subject.toLowerCase()))
    return /[.!?]$/.test(body) ? body : `${body}.`;
  return `${subject}: ${/[.!?]$/.test(body) ? body : `${body}.`}`;
}

const argumentsOf = (call: PastCall): string => {
  const values =
    call.input !== null && typeof call.input === 'object' && !Array.isArray(call.input)
      ? Object.values(call.input)
          .filter((value) => typeof value === 'string' || typeof value === 'number')
          .map(String)
      : [];
  return values.length === 0 ? '' : ` for ${values.slice(0, 3).join(', ')}`;
};

/** JSON as a line of words, bounded. */
function describe(json: Json, depth = 0): string {
  if (json === null) return 'none';
  if (typeof json === 'boolean') return json ? 'yes' : 'no';
  if (typeof json !== 'object') return String(json);
  if (Array.isArray(json))
    return json.length === 0
      ? 'none'
      : json
          .slice(0, 50)
          .map((item) => (typeof item === 'object' && item !== null ? describe(item, depth + 1) : String(item)))
          .join(depth === 0 && json.some((item) => typeof item === 'object') ? '; ' : ', ');
  const parts = Object.entries(json)
    .slice(0, 60)
    .map(([key, value]) =>
      value !== null && typeof value === 'object'
        ? `${spaced(key).toLowerCase()}: ${depth < 4 ? describe(value, depth + 1) : JSON.stringify(value)}`
        : `${spaced(key).toLowerCase()}: ${describe(value, depth + 1)}`,
    );
  return depth > 0 ? `(${parts.join(', ')})` : parts.join(', ');
}
