import type { GuardrailAssessment } from '@aws-sdk/client-bedrock-runtime';
import type { PiiType } from '../../../engines/text/pii/types.ts';
import type { Call } from '../../../kernel/call.ts';
import type {
  ContentFilterType,
  Directions,
  GuardrailPolicies,
  Strength,
} from '../../../kernel/inference/guardrails.ts';
import { windowsOf } from './windows.ts';

/** Which way a text goes: to the model, or from it. */
export type Source = 'INPUT' | 'OUTPUT';

/** A part of a text that is put out of sight, and what stands in its place. */
export type Mask = { text: number; start: number; end: number; by: string };

/** What one policy finds: every finding, those under its threshold too (`detected: false`). */
export type Found<Part extends keyof GuardrailAssessment> = {
  part: NonNullable<GuardrailAssessment[Part]>;
  blocked: boolean;
  masks?: Mask[];
};

type Band = 'none' | 'low' | 'medium' | 'high';

/** What a strength stops, from the surest on. Source: Bedrock User Guide, "Filter classification and blocking levels". */
const STOPS: Record<Strength, readonly Band[]> = {
  NONE: [],
  LOW: ['high'],
  MEDIUM: ['high', 'medium'],
  HIGH: ['high', 'medium', 'low'],
};
const RANK: readonly Band[] = ['none', 'low', 'medium', 'high'];

const isOn = (item: Directions, source: Source) => (source === 'INPUT' ? item.inputEnabled : item.outputEnabled);
const actionOf = (item: Directions, source: Source) => (source === 'INPUT' ? item.inputAction : item.outputAction);
const blockOrNone = (item: Directions, source: Source): 'BLOCKED' | 'NONE' =>
  actionOf(item, source) === 'BLOCK' ? 'BLOCKED' : 'NONE';

/** Harm by category, and attacks on the model in what goes to it. The surest finding in any of the texts counts. */
export async function checkContent(
  call: Call,
  { filters }: NonNullable<GuardrailPolicies['content']>,
  source: Source,
  texts: readonly string[],
): Promise<Found<'contentPolicy'> | undefined> {
  const used = filters.filter((filter) => isOn(filter, source) && strengthOf(filter) !== 'NONE');
  if (used.length === 0) return undefined;
  function strengthOf({ inputStrength, outputStrength }: (typeof filters)[number]): Strength {
    return source === 'INPUT' ? inputStrength : outputStrength;
  }
  const bands = new Map<ContentFilterType, Band>();
  const raise = (type: ContentFilterType, band: Band) => {
    if (RANK.indexOf(band) > RANK.indexOf(bands.get(type) ?? 'none')) bands.set(type, band);
  };
  const attacks = source === 'INPUT' && used.some(({ type }) => type === 'PROMPT_ATTACK');
  const harms = used.some(({ type }) => type !== 'PROMPT_ATTACK');
  const { text: engine } = call.engines;
  for (const text of texts) {
    if (harms)
      for (const { category, confidence } of await engine.harm(text, call.signal))
        raise(category.toUpperCase() as ContentFilterType, confidence);
    if (attacks)
      for (const { confidence } of await engine.attack(text, call.signal)) raise('PROMPT_ATTACK', confidence);
  }
  const findings = used.map((filter) => {
    const band = bands.get(filter.type) ?? 'none';
    const filterStrength = strengthOf(filter);
    const detected = STOPS[filterStrength].includes(band);
    const action = detected ? blockOrNone(filter, source) : 'NONE';
    return {
      type: filter.type,
      confidence: band.toUpperCase() as 'NONE' | 'LOW' | 'MEDIUM' | 'HIGH',
      filterStrength,
      action,
      detected,
    } as const;
  });
  return { part: { filters: findings }, blocked: findings.some(({ action }) => action === 'BLOCKED') };
}

/** Denied topics. */
export async function checkTopics(
  call: Call,
  { topics }: NonNullable<GuardrailPolicies['topics']>,
  source: Source,
  texts: readonly string[],
): Promise<Found<'topicPolicy'> | undefined> {
  const used = topics.filter((topic) => isOn(topic, source));
  if (used.length === 0) return undefined;
  const detected = new Set<string>();
  for (const whole of texts)
    for await (const { text } of windowsOf(whole))
      for (const topic of await call.engines.text.topics(text, used)) if (topic.detected) detected.add(topic.name);
  const findings = used.map((topic) => ({
    name: topic.name,
    type: 'DENY' as const,
    action: detected.has(topic.name) ? blockOrNone(topic, source) : 'NONE',
    detected: detected.has(topic.name),
  }));
  return { part: { topics: findings }, blocked: findings.some(({ action }) => action === 'BLOCKED') };
}

/** Words of one's own, and managed lists. */
export async function checkWords(
  call: Call,
  { words, managedLists }: NonNullable<GuardrailPolicies['words']>,
  source: Source,
  texts: readonly string[],
): Promise<Found<'wordPolicy'>> {
  const used = words.filter((word) => isOn(word, source));
  const byText = new Map(used.map((word) => [word.text, word]));
  const customWords = new Map<string, { match: string; action: 'BLOCKED' | 'NONE'; detected: boolean }>();
  const managed = new Map<
    string,
    { match: string; type: 'PROFANITY'; action: 'BLOCKED' | 'NONE'; detected: boolean }
  >();
  const lists = managedLists.filter((list) => isOn(list, source));
  for (const text of texts) {
    if (used.length > 0) {
      for await (const window of windowsOf(text))
        for (const { match, phrase } of await call.engines.text.words(window.text, [...byText.keys()]))
          customWords.set(match, { match, action: blockOrNone(byText.get(phrase)!, source), detected: true });
    }
    for (const list of lists)
      for await (const window of windowsOf(text))
        for (const { match } of await call.engines.text.profanity(window.text))
          managed.set(match, { match, type: list.type, action: blockOrNone(list, source), detected: true });
  }
  const part = { customWords: [...customWords.values()], managedWordLists: [...managed.values()] };
  const all = [...part.customWords, ...part.managedWordLists];
  return { part, blocked: all.some(({ action }) => action === 'BLOCKED') };
}

/** Personal data and patterns: blocked, masked, or told. */
export async function checkPersonalData(
  call: Call,
  { entities, regexes }: NonNullable<GuardrailPolicies['personalData']>,
  source: Source,
  texts: readonly string[],
): Promise<Found<'sensitiveInformationPolicy'>> {
  const byType = new Map(entities.filter((entity) => isOn(entity, source)).map((entity) => [entity.type, entity]));
  const patterns = regexes.filter((regex) => isOn(regex, source));
  const piiEntities = new Map<string, { type: PiiType; match: string; action: PersonalAction; detected: boolean }>();
  const found = new Map<
    string,
    { name: string; regex: string; match: string; action: PersonalAction; detected: boolean }
  >();
  const masks: Mask[] = [];
  for (const [index, text] of texts.entries()) {
    if (byType.size > 0) {
      const types = [...byType.keys()] as PiiType[];
      for await (const { start: at, text: part } of windowsOf(text)) {
        for (const { type, start, end } of await call.engines.text.personalData(part, types)) {
          const action = personalAction(byType.get(type)!, source);
          const match = part.slice(start, end);
          piiEntities.set(`${type}\n${match}`, { type, match, action, detected: true });
          if (action === 'ANONYMIZED') masks.push({ text: index, start: at + start, end: at + end, by: `{${type}}` });
        }
      }
    }
    for (const regex of patterns) {
      const { name, pattern } = regex;
      for await (const { start: at, text: part } of windowsOf(text)) {
        for (const { start, end } of await call.engines.text.pattern(pattern, part)) {
          const action = personalAction(regex, source);
          const match = part.slice(start, end);
          found.set(`${name}\n${match}`, { name, regex: pattern, match, action, detected: true });
          if (action === 'ANONYMIZED') masks.push({ text: index, start: at + start, end: at + end, by: `{${name}}` });
        }
      }
    }
  }
  const part = { piiEntities: [...piiEntities.values()], regexes: [...found.values()] };
  const all = [...part.piiEntities, ...part.regexes];
  return { part, blocked: all.some(({ action }) => action === 'BLOCKED'), masks };
}

type PersonalAction = 'BLOCKED' | 'ANONYMIZED' | 'NONE';

function personalAction(item: Directions, source: Source): PersonalAction {
  const action = actionOf(item, source);
  return action === 'BLOCK' ? 'BLOCKED' : action === 'ANONYMIZE' ? 'ANONYMIZED' : 'NONE';
}

/** Whether an answer is borne out by its sources, and to the point: of what comes from a model only. */
export async function checkGrounding(
  call: Call,
  { filters }: NonNullable<GuardrailPolicies['grounding']>,
  { sources, query, answer }: { sources: string[]; query: string | undefined; answer: string },
): Promise<Found<'contextualGroundingPolicy'> | undefined> {
  const used = filters.filter(({ enabled }) => enabled);
  if (used.length === 0 || sources.length === 0 || query === undefined || answer.trim() === '') return undefined;
  const { text } = call.engines;
  const asked = { source: sources, query, answer };
  const isWanted = (wanted: 'GROUNDING' | 'RELEVANCE') => used.some(({ type }) => type === wanted);
  // Each sentence that is compared costs some 10 ms: only what a filter asks for is worked out.
  const scores: { grounding?: number; relevance?: number } = isWanted('GROUNDING')
    ? await text.grounding({ ...asked, relevance: isWanted('RELEVANCE') })
    : { relevance: await text.relevance(asked) };
  const findings = used.map(({ type, threshold, action }) => {
    const score = (type === 'GROUNDING' ? scores.grounding : scores.relevance) ?? 0;
    const detected = score < threshold;
    return {
      type,
      threshold,
      score: Math.round(score * 100) / 100,
      action: detected && action === 'BLOCK' ? ('BLOCKED' as const) : ('NONE' as const),
      detected,
    };
  });
  return { part: { filters: findings }, blocked: findings.some(({ action }) => action === 'BLOCKED') };
}
