import { SELF_EVIDENT } from './candidates.ts';
import type { Conversation } from './shapes.ts';
import type { Evidence } from './evidence.ts';
import { readEvidence, textEvidence } from './evidence.ts';
import type { Filled } from './filling.ts';
import { readLeaf } from './leaf.ts';
import { ASKING_WORDS } from './lexicons/function-words.ts';
import { REQUEST_VERBS } from './lexicons/requests.ts';
import { emptyValue, fill } from './filling.ts';
import type { FillOptions } from './filling.ts';
import { scoreLabels } from './classify.ts';
import { isoDate } from './dates.ts';
import { entities } from './entities.ts';
import { expressionOf } from './phrases.ts';
import type { Sampling } from './sampling.ts';
import { draw } from './sampling.ts';
import type { Schema } from './schema.ts';
import { asSchema, isObject, requiredOf, resolved, typeOf, violation } from './schema.ts';
import type { Reader } from './tool-choice.ts';
import { rankTools, readTool } from './tool-choice.ts';
import { spaced, stemSet } from './units.ts';
import { fold, isContent, similarity, words } from './words.ts';
import type { ChatRequest, Json, Tool } from '../types.ts';
import { LlmError } from '../types.ts';

export type Call = { name: string; input: Json };

/** What to do about tools: calls to make, something to ask the user for, or nothing. */
export type ToolPlan = { calls: Call[]; question?: string };

/** A tool whose best score stays below this is not what is asked for. */
const SCORE_MIN = 0.85;
/** Enough of a hint where the request also holds exactly what the tool needs. */
const HINT_MIN = 0.45;
/** Calls of one turn at most. */
const CALLS_MAX = 16;

/** Decides which tools the last request needs and fills their inputs; `answerable` says that given texts answer it already. */
export function planTools(
  request: ChatRequest,
  conversation: Conversation,
  sampling: Sampling,
  answerable: () => boolean,
): ToolPlan {
  const tools = request.tools ?? [];
  const choice = request.toolChoice ?? { type: 'auto' };
  if (tools.length === 0 || choice.type === 'none') return { calls: [] };
  const forced = choice.type === 'any' || choice.type === 'tool';
  const usable = choice.type === 'tool' ? tools.filter((tool) => tool.name === choice.name) : tools;
  const done = conversation.calls.filter((call) => call.result);
  const ask = conversation.answeringTools ? conversation.ask : lastText(conversation);
  const readers = usable.map((tool) => readTool(tool));
  const clauses = splitRequest(ask, readers);
  const calls: Call[] = [];
  let question: string | undefined;
  const alreadyMade = (call: Call): boolean =>
    calls.some((other) => same(other, call)) ||
    done.some(
      (past) =>
        past.turn >= turnOfAsk(conversation) &&
        past.name === call.name &&
        same({ name: past.name, input: past.input }, call),
    );
  for (const clause of clauses) {
    const ranked = rankTools(clause.text, readers);
    let best = ranked[0];
    if (!best) continue;
    const evident = best.score >= HINT_MIN && givesItself(best.value.tool, clause.text, conversation);
    if (best.score < SCORE_MIN && !forced && !evident) {
      const continued = continuation(conversation, readers);
      if (!continued || conversation.answeringTools) continue;
      best = { value: continued, score: SCORE_MIN };
    }
    const close = ranked.filter((entry) => entry.score > best.score - 0.4 && entry.score >= SCORE_MIN);
    const reader =
      close.length > 1
        ? draw(
            close.map((entry) => ({ value: entry.value, score: entry.score * 10 })),
            sampling,
          )
        : best.value;
    if (
      conversation.answeringTools &&
      done.some((past) => past.name === reader.tool.name && past.turn >= turnOfAsk(conversation)) &&
      clauses.length === 1
    )
      continue;
    for (const text of clause.variants) {
      const filled = fillTool(reader.tool, text, conversation, clause.shared);
      if (filled.missing.length === 0 && filled.value !== undefined) {
        const call = { name: reader.tool.name, input: filled.value };
        if (!alreadyMade(call) && calls.length < CALLS_MAX) calls.push(call);
      } else question ??= missingQuestion(reader.tool, filled.missing);
    }
  }
  const whole = calls.filter((call) => !calls.some((other) => holds(other, call)));
  if (whole.length > 0) return { calls: request.oneToolCall ? whole.slice(0, 1) : whole };
  if (forced && !conversation.answeringTools) return { calls: [forcedCall(readers, ask, conversation)] };
  if (forced && done.length === 0) return { calls: [forcedCall(readers, ask, conversation)] };
  if (conversation.answeringTools) return { calls: [] };
  if (question !== undefined && !answerable()) return { calls: [], question };
  return { calls: [] };
}

/** Whether `whole` says all that `part` says and more: "221 Baker Street, London" beside "221 Baker Street". */
function holds(whole: Call, part: Call): boolean {
  if (whole === part || whole.name !== part.name || !isObject(whole.input) || !isObject(part.input)) return false;
  const { input } = whole;
  const entries = Object.entries(part.input);
  return (
    !same(whole, part) &&
    entries.length > 0 &&
    entries.every(([name, value]) => {
      const other = input[name];
      return typeof value === 'string' && typeof other === 'string'
        ? other === value || other.startsWith(`${value},`)
        : JSON.stringify(value) === JSON.stringify(other);
    })
  );
}

/** Whether the clause holds what the tool requires in a form that cannot be mistaken: "sign a@b.co up for the newsletter". */
function givesItself(tool: Tool, clause: string, conversation: Conversation): boolean {
  const schema = asSchema(tool.inputSchema);
  const required = requiredOf(schema);
  const evident = required.some((name) => {
    const kind = readLeaf([name], resolved(asSchema(asSchema(schema.properties)[name]), schema)).kinds[0];
    return kind !== undefined && SELF_EVIDENT.has(kind) && entities(clause).some((entity) => entity.kind === kind);
  });
  return evident && fillTool(tool, clause, conversation, clause).missing.length === 0;
}

const same = (one: Call, other: Call): boolean =>
  one.name === other.name && canonical(one.input) === canonical(other.input);

/** JSON with sorted keys, so that equal inputs are equal texts. */
const canonical = (json: Json): string =>
  JSON.stringify(json, (_key, value: unknown) =>
    isObject(value as Json)
      ? Object.fromEntries(Object.entries(value as object).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );

const turnOfAsk = (conversation: Conversation): number => conversation.askTurn;

/** The request with statements that stand beside it: "I'm in Oslo. What's the weather?" */
function lastText(conversation: Conversation): string {
  const material = conversation.sources
    .filter((source) => source.current && source.kind === 'prompt')
    .map((source) => source.text);
  const text = conversation.asked.trim();
  return material.length > 0 && text.length > 2000 ? conversation.ask : text;
}

type Clause = { text: string; variants: string[]; shared: string };

/** Cuts a request where it asks for several things; "Paris and Rome" makes variants of one clause. */
function splitRequest(ask: string, readers: Reader[]): Clause[] {
  const pieces = ask
    .split(
      /(?<=[?!])\s+|(?<=(?<!\b(?:Mr|Mrs|Ms|Dr|St|No|vs))[.])\s+(?=\p{Lu})|\n+|;\s+|,?\s+(?:and then|and also|then also|as well as|also|then|plus)\s+(?=\p{L})|,?\s+and\s+(?=(?:please\s+)?(?:what|who|when|where|how|which|is|tell|show|get|find|check|send|book|schedule|create|cancel|convert|calculate|search|look|remind|set|turn|play|translate|add|order|track|call|email|text|open|close|update|delete|list|give|give|reserve|transfer|pay|notify|start|stop|compute|fetch|message|refund|log|post|email|make|let|save|write|put|invite|draft|compute)\b)|,\s+(?=(?:send|book|schedule|create|cancel|convert|calculate|search|look up|remind|set|turn|play|translate|add|order|track|call|email|check)\b)/iu,
    )
    .map((piece) => piece.trim())
    .filter((piece) => /[\p{L}\p{N}]/u.test(piece));
  const clauses: Clause[] = [];
  let previous: { reader: Reader; score: number } | undefined;
  for (const piece of pieces) {
    const top = rankTools(piece, readers)[0];
    const best = top ? { reader: top.value, score: top.score } : undefined;
    const last = clauses.at(-1);
    const weak = !best || best.score < SCORE_MIN;
    if (last && (weak || (best && previous && best.reader === previous.reader && !startsRequest(piece)))) {
      last.text = `${last.text} ${piece}`;
      continue;
    }
    if (weak && pieces.length > 1 && !last) {
      clauses.push({ text: piece, variants: [], shared: ask });
      previous = best;
      continue;
    }
    if (last && last.variants.length === 0 && previous && previous.score < SCORE_MIN) {
      // What came before asked for nothing by itself: it belongs to what follows.
      last.text = `${last.text} ${piece}`;
      previous = best;
      continue;
    }
    clauses.push({ text: piece, variants: [], shared: ask });
    previous = best;
  }
  for (const clause of clauses) {
    const reader = rankTools(clause.text, readers)[0]?.value;
    clause.variants = reader ? variantsOf(clause.text, reader) : [clause.text];
  }
  return clauses;
}

const startsRequest = (text: string): boolean =>
  /^(?:please\s+)?(?:what|who|when|where|how|which|is|tell|show|get|find|check|send|book|schedule|create|cancel|convert|calculate|search|look|remind|set|turn|play|translate|add|order|track|call|email|text|open|close|update|delete|list|give|reserve|transfer|pay|notify|compute|fetch|message|refund)\b/i.test(
    text,
  );

/** "weather in Paris and Rome" for a tool that takes one city: one variant for each. Tools with a from and a to, or a list, take both. */
function variantsOf(text: string, reader: Reader): string[] {
  const schema = resolved(asSchema(reader.tool.inputSchema), asSchema(reader.tool.inputSchema));
  const properties = Object.values(asSchema(schema.properties)).map((property) => resolved(asSchema(property), schema));
  const required = requiredOf(schema);
  const scalar = Object.entries(asSchema(schema.properties)).filter(
    ([name, property]) =>
      (required.length === 0 || required.includes(name)) && typeOf(resolved(asSchema(property), schema)) === 'string',
  );
  if (scalar.length === 0 || properties.some((property) => typeOf(property) === 'array')) return [text];
  const wanted = ['place', 'id', 'person', 'organisation', 'proper', 'email'];
  const list = entities(text).filter((entity) => wanted.includes(entity.kind));
  for (let at = 0; at < list.length - 1; at++) {
    let end = at;
    while (
      end + 1 < list.length &&
      list[end + 1]?.kind !== undefined &&
      alikeKinds(list[end]?.kind, list[end + 1]?.kind) &&
      /^\s*(?:,|and|&|,\s*and|versus|vs\.?|,\s*and in|and (?:in|for|of|at))\s*(?:in\s|for\s|of\s|at\s)?$/i.test(
        text.slice(list[end]?.end, list[end + 1]?.start),
      )
    )
      end++;
    const group = list.slice(at, end + 1);
    const first = group[0];
    const last = group.at(-1);
    if (group.length < 2 || !first || !last) continue;
    if (/\b(?:between|from)\s+(?:the\s)?$/i.test(text.slice(0, first.start))) continue;
    const sameKind = scalar.filter(([name]) =>
      /city|location|place|country|town|id|number|symbol|ticker|name|email|airport|code|order|query|employee|customer|user|company|region|person|product|sku|zip|address|station|topic|word|term|team/i.test(
        name,
      ),
    );
    const twins = scalar.filter(([name]) =>
      /from|to\b|origin|destination|source|target|start|end|_a$|_b$|1$|2$|first|second/i.test(spaced(name)),
    );
    if (sameKind.length === 0 || twins.length >= 2) continue;
    return group.map((entity) => text.slice(0, first.start) + entity.text + text.slice(last.end));
  }
  return [text];
}

const alikeKinds = (one: string | undefined, other: string | undefined): boolean =>
  one === other ||
  (['place', 'proper', 'person', 'organisation'].includes(one ?? '') &&
    ['place', 'proper', 'person', 'organisation'].includes(other ?? ''));

/** Fills a tool's input from a clause of the request, then from the whole request, then from what was said before. */
export function fillTool(tool: Tool, clause: string, conversation: Conversation, shared: string): Filled {
  const schema = asSchema(tool.inputSchema);
  const clean = (text: string): string =>
    text.replace(
      /^(?:(?:please|hi|hello|hey|can you|could you|would you|will you|kindly|i want to|i need to|i'd like to|i would like to|i want you to|help me(?: to)?)[,!]?\s+)+/i,
      '',
    );
  const evidence: Evidence[] = [textEvidence(clean(clause), 0)];
  if (shared !== clause && !conversation.answeringTools) {
    // Other clauses have arguments of their own; only statements beside the requests are shared.
    const statements = conversation.sources.filter((source) => source.current && source.kind === 'prompt');
    if (statements.length > 0) evidence.push(readEvidence(statements, 0.5));
  }
  const earlier = conversation.sources.filter((source) => source.kind === 'tool' && source.current);
  if (earlier.length > 0) evidence.push(readEvidence(earlier, 0.7));
  const said = conversation.past
    .map((turn) => turn.ask)
    .filter(Boolean)
    .reverse();
  const background = conversation.sources.filter((source) => !source.current);
  for (const [index, text] of said.slice(0, 4).entries()) evidence.push(textEvidence(text, 0.6 + 0.05 * index));
  if (background.length > 0) evidence.push(readEvidence(background, 0.8));
  const today = todayOf(conversation);
  const options: FillOptions = {
    mode: 'call',
    ...(today === undefined ? {} : { today }),
    guess: (text, labels, leaf) => {
      if (!requiredOf(schema).includes(leaf.path.at(-1) ?? '')) return undefined;
      const scored = scoreLabels(
        text,
        labels.map((name) => ({ name })),
      );
      const [first, second] = scored;
      return first && first.score > 0.9 && first.score > (second?.score ?? 0) + 0.3 ? first.value : undefined;
    },
  };
  const filled = withRemainder(tool, schema, fill(schema, evidence, options), clean(clause));
  return dropEchoes(tool, filled, clause);
}

/**
 * A required text of which nothing more is known ("specialty", "colour scheme") takes what the request says beyond the tool's own words:
 * "find me a dermatologist in Oslo" leaves "dermatologist".
 */
function withRemainder(tool: Tool, schema: Schema, filled: Filled, clause: string): Filled {
  const [path] = filled.missing;
  if (filled.missing.length !== 1 || path === undefined || path.includes('.') || !isObject(filled.value)) return filled;
  const property = resolved(asSchema(asSchema(schema.properties)[path]), schema);
  const leaf = readLeaf([path], property);
  if (leaf.type !== 'string' || leaf.kinds.length > 0 || Array.isArray(property.enum)) return filled;
  const own = new Set([...stemSet(spaced(tool.name)), ...leaf.name]);
  const said = stemSet(Object.values(filled.value).map(String).join(' '));
  const known = stemSet(tool.description ?? '');
  const left = words(clause).filter(
    (word) =>
      isContent(word) &&
      !REQUEST_VERBS.has(word.lower) &&
      !ASKING_WORDS.has(word.lower) &&
      ![...own].some((stem) => similarity(stem, word.stem) > 0) &&
      !said.has(word.stem) &&
      !known.has(word.stem),
  );
  const value = left.map((word) => word.text).join(' ');
  if (left.length === 0 || left.length > 4 || violation(value, property) !== undefined) return filled;
  return { value: { ...filled.value, [path]: value }, missing: [] };
}

/** Optional arguments of free text that only repeat the request say nothing. */
function dropEchoes(tool: Tool, filled: Filled, clause: string): Filled {
  if (!isObject(filled.value)) return filled;
  const needed = new Set(requiredOf(asSchema(tool.inputSchema)));
  const kept: { [key: string]: Json } = {};
  for (const [name, value] of Object.entries(filled.value))
    if (needed.has(name) || typeof value !== 'string' || fold(value) !== fold(clause)) kept[name] = value;
  return { value: kept, missing: filled.missing };
}

/** The day that the conversation gives as today's ("Today is 2024-05-01"), ISO. */
export function todayOf(conversation: Conversation): string | undefined {
  for (const text of [
    conversation.asked,
    conversation.rules,
    ...conversation.past.map((turn) => turn.ask),
    ...conversation.sources.filter((source) => source.kind === 'system').map((source) => source.text),
  ]) {
    const match = /\b(?:today(?:'s date)?(?: is)?|current date(?: is)?|the date is|as of)\s*:?\s*([^.\n;]{6,40})/i.exec(
      text,
    );
    const date = match ? isoDate(match[1] ?? '') : undefined;
    if (date !== undefined) return date;
  }
  return undefined;
}

/** The tool whose missing argument the assistant asked for last, when this turn answers that; or "What about …?" of the turn before. */
function continuation(conversation: Conversation, readers: Reader[]): Reader | undefined {
  const last = conversation.past.at(-1);
  const elliptic = /^(?:(?:and|ok|okay|so)[,\s]+)?(?:what|how) about\b|^and\b.{1,60}\?$/i.test(conversation.ask.trim());
  if (!last || (!elliptic && !/\?\s*$/.test(last.answer.trim()))) return undefined;
  const ranked = rankTools(last.ask, readers)[0];
  return ranked && ranked.score >= SCORE_MIN ? ranked.value : undefined;
}

function missingQuestion(tool: Tool, missing: string[]): string {
  const schema = asSchema(tool.inputSchema);
  const parts = missing.map((path) => {
    let own: Schema = resolved(schema, schema);
    for (const step of path.split('.')) own = resolved(asSchema(asSchema(own.properties)[step]), schema);
    const about = typeof own.description === 'string' ? ` (${own.description.replace(/\.$/, '')})` : '';
    const members = Array.isArray(own.enum) ? `, one of ${own.enum.map(String).join(', ')}` : '';
    return `${spaced(path.split('.').at(-1) ?? path).toLowerCase()}${about}${members}`;
  });
  return `To use ${tool.name} I need the ${parts.join(' and the ')}. What should it be?`;
}

/** The call that `toolChoice` demands. Text that nothing fits becomes the request itself; a number is never made up. */
function forcedCall(readers: Reader[], ask: string, conversation: Conversation): Call {
  const best = rankTools(ask, readers)[0]?.value;
  if (!best) throw new LlmError('invalid', 'toolChoice asks for a tool call and there is no tool.');
  const schema = asSchema(best.tool.inputSchema);
  const filled = fillTool(best.tool, ask, conversation, ask);
  const value = isObject(filled.value) ? { ...filled.value } : {};
  for (const path of filled.missing) {
    const steps = path.split('.');
    let own: Schema = resolved(schema, schema);
    let place: { [key: string]: Json } = value;
    for (const [index, step] of steps.entries()) {
      own = resolved(asSchema(asSchema(own.properties)[step]), schema);
      if (index === steps.length - 1) {
        const given = fallback(own, ask);
        if (given === undefined)
          throw new LlmError(
            'model',
            `The conversation gives no value for the required argument "${path}" of the tool "${best.tool.name}", which toolChoice demands to be called.`,
          );
        place[step] = given;
      } else {
        const inner = place[step];
        const next: { [key: string]: Json } = isObject(inner) ? inner : {};
        place[step] = next;
        place = next;
      }
    }
  }
  const wrong = violation(value, schema);
  if (wrong !== undefined)
    throw new LlmError('model', `The input found for the tool "${best.tool.name}" does not fit its schema: ${wrong}.`);
  return { name: best.tool.name, input: value };
}

function fallback(schema: Schema, ask: string): Json | undefined {
  const type = typeOf(schema);
  if (Array.isArray(schema.enum)) {
    const labels = schema.enum.filter((member): member is string => typeof member === 'string');
    return (
      scoreLabels(
        ask,
        labels.map((name) => ({ name })),
      )[0]?.value ?? schema.enum[0]
    );
  }
  if (type === 'array') return typeof schema.minItems === 'number' && schema.minItems > 0 ? undefined : [];
  if (type === 'string') {
    const whole =
      expressionOf(ask) !== undefined && /expression|formula/i.test(String(schema.description ?? ''))
        ? expressionOf(ask)
        : ask.trim();
    return whole !== undefined && violation(whole, schema) === undefined ? whole : emptyValue(schema);
  }
  return emptyValue(schema);
}
