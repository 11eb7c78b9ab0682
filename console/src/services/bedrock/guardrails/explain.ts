import type {
  ApplyGuardrailResponse,
  GuardrailAssessment,
  GuardrailAutomatedReasoningFinding,
} from '@aws-sdk/client-bedrock-runtime';
import { CONTENT_LABELS, entityLabel, type ContentType } from './model.ts';

export type Family = 'content' | 'topic' | 'word' | 'pii' | 'regex' | 'grounding' | 'reasoning';

/** What one filter of a policy says of a text. */
export type Finding = {
  family: Family;
  /** Of the filter, within its family: `HATE`, a topic's name, `EMAIL`. */
  category: string;
  detected: boolean;
  action: 'BLOCKED' | 'ANONYMIZED' | 'NONE';
  /** In plain words. */
  why: string;
  /** What it is in the text. */
  match?: string;
  /** Of content filters, for sweeping over strengths. */
  confidence?: string;
  /** Of grounding and relevance, for sweeping over thresholds. */
  score?: number;
};

export type Decision = 'allow' | 'block' | 'mask';

/** A part of a text that something was found in; `end` is excluded. */
export type Span = { start: number; end: number; action: Finding['action']; title: string };

export const FAMILY_LABELS: Record<Family, string> = {
  content: 'Content filter',
  topic: 'Denied topic',
  word: 'Word filter',
  pii: 'Sensitive information',
  regex: 'Regex',
  grounding: 'Contextual grounding',
  reasoning: 'Automated Reasoning',
};

const CONFIDENCES = ['NONE', 'LOW', 'MEDIUM', 'HIGH'];

/** Whether a strength stops what was found with a confidence: LOW only what is sure, HIGH all but nothing. */
export const stops = (strength: string, confidence: string): boolean =>
  confidence !== 'NONE' && CONFIDENCES.indexOf(strength) + CONFIDENCES.indexOf(confidence) > 3;

/** What is labelled: `Content filter: Hate`. */
export const findingLabel = ({ family, category }: Pick<Finding, 'family' | 'category'>): string =>
  `${FAMILY_LABELS[family]}: ${categoryLabel({ family, category })}`;

function categoryLabel({ family, category }: Pick<Finding, 'family' | 'category'>): string {
  if (family === 'content') return CONTENT_LABELS[category as ContentType] ?? category;
  if (family === 'pii') return entityLabel(category);
  if (family === 'grounding') return category === 'GROUNDING' ? 'Grounding' : 'Relevance';
  if (family === 'word') return category === 'PROFANITY' ? 'Profanity' : 'Custom words';
  return category;
}

const DONE: Record<Finding['action'], string> = {
  BLOCKED: 'It is blocked.',
  ANONYMIZED: 'It is masked.',
  NONE: 'It is only detected: its action does nothing.',
};

/** The findings of an assessment, those under their threshold too. */
export function findingsOf(assessments: readonly GuardrailAssessment[] | undefined): Finding[] {
  return (assessments ?? []).flatMap((assessment) => [
    ...contentFindings(assessment),
    ...topicFindings(assessment),
    ...wordFindings(assessment),
    ...personalFindings(assessment),
    ...groundingFindings(assessment),
    ...reasoningFindings(assessment),
  ]);
}

function contentFindings({ contentPolicy }: GuardrailAssessment): Finding[] {
  return (contentPolicy?.filters ?? []).map(({ type, confidence, filterStrength, action, detected = true }) => {
    const name = CONTENT_LABELS[type!];
    return {
      family: 'content',
      category: type!,
      detected,
      action: action!,
      confidence: confidence!,
      why: detected
        ? `${name} was found with ${confidence} confidence, and the filter at strength ${filterStrength} stops ${stopped(filterStrength)}. ${DONE[action!]}`
        : confidence === 'NONE'
          ? `${name} was not found.`
          : `${name} was found with ${confidence} confidence, but the filter at strength ${filterStrength} stops ${stopped(filterStrength)} only.`,
    };
  });
}

const stopped = (strength: string | undefined): string =>
  strength === 'HIGH'
    ? 'LOW, MEDIUM and HIGH confidence'
    : strength === 'MEDIUM'
      ? 'MEDIUM and HIGH confidence'
      : strength === 'LOW'
        ? 'HIGH confidence'
        : 'nothing';

function topicFindings({ topicPolicy }: GuardrailAssessment): Finding[] {
  return (topicPolicy?.topics ?? []).map(({ name, action, detected = true }) => ({
    family: 'topic',
    category: name!,
    detected,
    action: action!,
    why: detected
      ? `The text is on the denied topic "${name}". ${DONE[action!]}`
      : `The text is not on the topic "${name}".`,
  }));
}

function wordFindings({ wordPolicy }: GuardrailAssessment): Finding[] {
  const words = (wordPolicy?.customWords ?? []).map(({ match, action, detected = true }): Finding => ({
    family: 'word',
    category: 'CUSTOM',
    detected,
    action: action!,
    match: match!,
    why: `"${match}" is on the guardrail's list of words. ${DONE[action!]}`,
  }));
  const lists = (wordPolicy?.managedWordLists ?? []).map(({ match, action, detected = true }): Finding => ({
    family: 'word',
    category: 'PROFANITY',
    detected,
    action: action!,
    match: match!,
    why: `"${match}" is on the managed list of profanity. ${DONE[action!]}`,
  }));
  return [...words, ...lists];
}

function personalFindings({ sensitiveInformationPolicy }: GuardrailAssessment): Finding[] {
  const entities = (sensitiveInformationPolicy?.piiEntities ?? []).map(
    ({ type, match, action, detected = true }): Finding => ({
      family: 'pii',
      category: type!,
      detected,
      action: action!,
      match: match!,
      why: `"${match}" is personal data of the type ${type}. ${DONE[action!]}`,
    }),
  );
  const regexes = (sensitiveInformationPolicy?.regexes ?? []).map(
    ({ name, match, action, detected = true }): Finding => ({
      family: 'regex',
      category: name!,
      detected,
      action: action!,
      match: match!,
      why: `"${match}" matches the regex ${name}. ${DONE[action!]}`,
    }),
  );
  return [...entities, ...regexes];
}

function groundingFindings({ contextualGroundingPolicy }: GuardrailAssessment): Finding[] {
  return (contextualGroundingPolicy?.filters ?? []).map(({ type, score, threshold, action, detected }) => {
    const what =
      type === 'GROUNDING' ? 'borne out by the source with a score of' : 'an answer to the query with a score of';
    const found = detected ?? score! < threshold!;
    return {
      family: 'grounding',
      category: type!,
      detected: found,
      action: action!,
      score: score!,
      why: found
        ? `The text is ${what} ${score}, under the threshold of ${threshold}. ${DONE[action!]}`
        : `The text is ${what} ${score}, which reaches the threshold of ${threshold}.`,
    };
  });
}

const VERDICTS: Record<string, string> = {
  valid: 'The claims follow from the rules.',
  invalid: 'The claims contradict the rules.',
  satisfiable: 'The claims can be true or false under the rules: more would have to be said.',
  impossible: 'The premises contradict each other or the rules.',
  translationAmbiguous: 'The text can be read as different claims.',
  tooComplex: 'The text has too many claims to be proved.',
  noTranslations: 'The text says nothing that the rules are about.',
};

function reasoningFindings({ automatedReasoningPolicy }: GuardrailAssessment): Finding[] {
  return (automatedReasoningPolicy?.findings ?? []).map((finding) => {
    const [kind, told] = Object.entries(finding)[0] as [string, ReasoningTold];
    const claims = (told.translation?.claims ?? []).flatMap(
      ({ naturalLanguage, logic }) => naturalLanguage ?? logic ?? [],
    );
    const rules = [...(told.contradictingRules ?? []), ...(told.supportingRules ?? [])].flatMap(
      ({ identifier }) => identifier ?? [],
    );
    return {
      family: 'reasoning',
      category: kind,
      detected: kind !== 'valid' && kind !== 'noTranslations',
      action: 'NONE',
      why: [
        VERDICTS[kind] ?? kind,
        claims.length === 0 ? '' : `Claims: ${claims.join(' ')}`,
        rules.length === 0 ? '' : `Rules: ${rules.join(', ')}.`,
        'Findings of Automated Reasoning are told, and stop nothing.',
      ]
        .filter((part) => part !== '')
        .join(' '),
    };
  });
}

type ReasoningTold = Partial<
  NonNullable<GuardrailAutomatedReasoningFinding.InvalidMember['invalid']> &
    NonNullable<GuardrailAutomatedReasoningFinding.ValidMember['valid']>
>;

/** What the guardrail did: masked texts come out with their masks. */
export function decisionOf(findings: readonly Finding[]): Decision {
  if (findings.some(({ action }) => action === 'BLOCKED')) return 'block';
  return findings.some(({ action }) => action === 'ANONYMIZED') ? 'mask' : 'allow';
}

/** The findings of an answer that did something, or would. */
export const detectedOf = (findings: readonly Finding[]): Finding[] => findings.filter(({ detected }) => detected);

const STRONGER: Finding['action'][] = ['NONE', 'ANONYMIZED', 'BLOCKED'];

/** Where in a text what was found stands: every occurrence. Where two overlap, the one that starts first, then the longer. */
export function spansOf(text: string, findings: readonly Finding[]): Span[] {
  const all: Span[] = [];
  for (const finding of findings) {
    const { match, action } = finding;
    if (!match || !finding.detected) continue;
    const title = `${findingLabel(finding)}, ${action.toLowerCase()}`;
    for (let at = text.indexOf(match); at >= 0; at = text.indexOf(match, at + match.length))
      if (finding.family !== 'word' || isWhole(text, at, at + match.length))
        all.push({ start: at, end: at + match.length, action, title });
  }
  all.sort((a, b) => a.start - b.start || b.end - a.end || STRONGER.indexOf(b.action) - STRONGER.indexOf(a.action));
  const spans: Span[] = [];
  for (const span of all) if (span.start >= (spans.at(-1)?.end ?? 0)) spans.push(span);
  return spans;
}

const isWhole = (text: string, start: number, end: number): boolean =>
  !/[\p{L}\p{N}]$/u.test(text.slice(Math.max(0, start - 2), start)) && !/^[\p{L}\p{N}]/u.test(text.slice(end, end + 2));

/** Sentences of a text with their places, to look at one by one. */
export function sentencesOf(text: string): { start: number; end: number; text: string }[] {
  return [...new Intl.Segmenter('en', { granularity: 'sentence' }).segment(text)]
    .map(({ segment, index }) => {
      const trimmed = segment.trim();
      const start = index + segment.indexOf(trimmed);
      return { start, end: start + trimmed.length, text: trimmed };
    })
    .filter((sentence) => sentence.text !== '');
}

/** Milliseconds that the guardrail took, as it tells. */
export const latencyOf = ({ assessments }: Pick<ApplyGuardrailResponse, 'assessments'>): number | undefined =>
  assessments?.[0]?.invocationMetrics?.guardrailProcessingLatency;
