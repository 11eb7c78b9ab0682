import type {
  AppliedGuardrailDetails,
  GuardrailAssessment,
  GuardrailCoverage,
  GuardrailUsage,
} from '@aws-sdk/client-bedrock-runtime';
import type { Call } from '../../../kernel/call.ts';
import { guardrailArn, type GuardrailVersion } from '../../../kernel/inference/guardrails.ts';
import {
  checkContent,
  checkGrounding,
  checkPersonalData,
  checkTopics,
  checkWords,
  type Mask,
  type Source,
} from './checks.ts';
import { anyMarked, isGuarded, type Piece } from './contents.ts';
import { invalid } from '../errors.ts';
import { masked } from './masks.ts';
import { checkReasoning } from './reasoning.ts';
import { closedRunsOf, masksOfPieces, runsOf, type Run } from './runs.ts';

/** A guardrail, by whose will it works, and what of a conversation it looks at. */
export type Applied = {
  guardrail: GuardrailVersion;
  origin: 'REQUEST' | 'ACCOUNT_ENFORCED';
  /** Whether marks are heeded; else all is looked at. */
  selective: { system: boolean; messages: boolean };
};

/** The verdict of one guardrail on the texts of one side. */
export type Assessed = {
  action: 'BLOCKED' | 'MASKED' | 'NONE';
  /** What was detected. */
  found: GuardrailAssessment;
  /** And what was looked for in vain. */
  full: GuardrailAssessment;
  /** Each piece's text, personal data masked. */
  texts: string[];
  usage: GuardrailUsage;
  coverage: GuardrailCoverage;
};

/** Characters of one text unit. Source: Amazon Bedrock pricing, Guardrails. */
const UNIT_CHARACTERS = 1_000;

const unitsOf = (characters: number) => Math.ceil(characters / UNIT_CHARACTERS);

/**
 * Holds texts to a guardrail. Where pieces are marked, only those are looked at, by all but the word policy; sources of grounding and
 * questions are for the grounding check alone. Meters the units of each policy. `context` is what went in, for what comes out.
 */
export async function assess(
  call: Call,
  { guardrail, origin, selective }: Applied,
  source: Source,
  pieces: readonly Piece[],
  context: readonly Piece[] = [],
): Promise<Assessed> {
  const startedMs = performance.now();
  const { policies } = guardrail;
  const heeded = selective.messages && anyMarked(pieces);
  // What is comprehensive heeds no marks: whoever calls could mark all they say as a mere reference.
  const guarded = pieces.map(
    (piece) => isGuarded(piece, heeded) || !('system' in piece ? selective.system : selective.messages),
  );
  const texts = pieces.flatMap(({ text }, index) => (guarded[index] ? [text] : []));
  const characters = texts.reduce((sum, text) => sum + text.length, 0);
  const all = pieces.map(({ text }) => text);
  const total = all.reduce((sum, text) => sum + text.length, 0);

  const textsIn = (runs: readonly Run[]) => runs.map(({ text }) => text);
  const runs = runsOf(pieces, guarded);
  const content = policies.content && (await checkContent(call, policies.content, source, textsIn(runs)));
  const topics = policies.topics && (await checkTopics(call, policies.topics, source, textsIn(runs)));
  // Words are looked for in everything, marked or not.
  const every = pieces.map(() => true);
  const words =
    policies.words &&
    (await checkWords(
      call,
      policies.words,
      source,
      textsIn([...runsOf(pieces, every), ...closedRunsOf(pieces, every)]),
    ));
  const exact = [...runs, ...closedRunsOf(pieces, guarded)];
  const personal =
    policies.personalData && (await checkPersonalData(call, policies.personalData, source, textsIn(exact)));
  const references = [...context, ...pieces];
  const grounding =
    source === 'OUTPUT' && policies.grounding
      ? await checkGrounding(call, policies.grounding, {
          sources: textsOf(references, 'grounding_source'),
          query: textsOf(references, 'query').join('\n') || undefined,
          answer: texts.join('\n'),
        }).catch((error: Error & { code?: string }) => {
          // What is compared is compared as a whole, and has its bounds.
          throw error.code === 'too_large' ? invalid(error.message) : error;
        })
      : undefined;
  const reasoning =
    source === 'OUTPUT' && policies.reasoning
      ? await checkReasoning(call, policies.reasoning, {
          query: textsOf(references, 'query').join('\n') || context.map(({ text }) => text).join('\n') || undefined,
          guarded: texts,
        })
      : undefined;

  const units = unitsOf(characters);
  const entities = (policies.personalData?.entities.length ?? 0) > 0;
  const usage: GuardrailUsage = {
    topicPolicyUnits: topics ? units : 0,
    contentPolicyUnits: content ? units : 0,
    wordPolicyUnits: words ? unitsOf(total) : 0,
    sensitiveInformationPolicyUnits: personal && entities ? units : 0,
    sensitiveInformationPolicyFreeUnits: personal && policies.personalData!.regexes.length > 0 ? units : 0,
    contextualGroundingPolicyUnits: grounding
      ? unitsOf(characters + references.reduce((sum, piece) => sum + (isReference(piece) ? piece.text.length : 0), 0))
      : 0,
    contentPolicyImageUnits: 0,
    automatedReasoningPolicyUnits: reasoning ? units : 0,
    automatedReasoningPolicies: reasoning ? policies.reasoning!.policies.length : 0,
  };
  meter(call, guardrail, usage);
  const coverage: GuardrailCoverage = { textCharacters: { guarded: characters, total } };
  const common: GuardrailAssessment = {
    invocationMetrics: {
      guardrailProcessingLatency: Math.round(performance.now() - startedMs),
      usage,
      guardrailCoverage: coverage,
    },
    appliedGuardrailDetails: detailsOf(guardrail, origin, call),
  };
  const full: GuardrailAssessment = {
    ...(topics && { topicPolicy: topics.part }),
    ...(content && { contentPolicy: content.part }),
    ...(words && { wordPolicy: words.part }),
    ...(personal && { sensitiveInformationPolicy: personal.part }),
    ...(grounding && { contextualGroundingPolicy: grounding.part }),
    ...(reasoning && { automatedReasoningPolicy: reasoning }),
    ...common,
  };
  const blocked = [content, topics, words, personal, grounding].some((found) => found?.blocked);
  const masks = masksOfPieces(exact, personal?.masks ?? []);
  const masksOf: Mask[][] = all.map(() => []);
  for (const mask of masks) masksOf[mask.text]!.push(mask);
  return {
    action: blocked ? 'BLOCKED' : masks.length > 0 ? 'MASKED' : 'NONE',
    found: { ...detected(full), ...common },
    full,
    texts: all.map((text, index) => masked(text, masksOf[index]!)),
    usage,
    coverage,
  };
}

/** A text that is only there to compare with. */
function isReference({ qualifiers }: Piece): boolean {
  if (!qualifiers || qualifiers.includes('guard_content')) return false;
  return qualifiers.includes('grounding_source') || qualifiers.includes('query');
}

const textsOf = (pieces: readonly Piece[], qualifier: 'grounding_source' | 'query') =>
  pieces.flatMap(({ text, qualifiers }) => (qualifiers?.includes(qualifier) ? [text] : []));

/** What was detected, without the policies that detected nothing; scores of grounding are always told. */
function detected(full: GuardrailAssessment): GuardrailAssessment {
  const { topicPolicy, contentPolicy, wordPolicy, sensitiveInformationPolicy, contextualGroundingPolicy } = full;
  const topics = topicPolicy?.topics?.filter((topic) => topic.detected) ?? [];
  const filters = contentPolicy?.filters?.filter((filter) => filter.detected) ?? [];
  const some = (...lists: (unknown[] | undefined)[]) => lists.some((list) => (list?.length ?? 0) > 0);
  return {
    ...(topics.length > 0 ? { topicPolicy: { topics } } : {}),
    ...(filters.length > 0 ? { contentPolicy: { filters } } : {}),
    ...(some(wordPolicy?.customWords, wordPolicy?.managedWordLists) ? { wordPolicy } : {}),
    ...(some(sensitiveInformationPolicy?.piiEntities, sensitiveInformationPolicy?.regexes)
      ? { sensitiveInformationPolicy }
      : {}),
    ...(contextualGroundingPolicy ? { contextualGroundingPolicy } : {}),
    ...(full.automatedReasoningPolicy ? { automatedReasoningPolicy: full.automatedReasoningPolicy } : {}),
  };
}

function detailsOf(guardrail: GuardrailVersion, origin: Applied['origin'], call: Call): AppliedGuardrailDetails {
  return {
    guardrailId: guardrail.id,
    guardrailVersion: guardrail.version,
    guardrailArn: guardrailArn(guardrail),
    guardrailOrigin: [origin],
    guardrailOwnership: guardrail.account === call.account ? 'SELF' : 'CROSS_ACCOUNT',
  };
}

const METERED = {
  topicPolicyUnits: 'GuardrailTopicPolicyUnits',
  contentPolicyUnits: 'GuardrailContentPolicyUnits',
  wordPolicyUnits: 'GuardrailWordPolicyUnits',
  sensitiveInformationPolicyUnits: 'GuardrailSensitiveInformationPolicyUnits',
  sensitiveInformationPolicyFreeUnits: 'GuardrailSensitiveInformationPolicyFreeUnits',
  contextualGroundingPolicyUnits: 'GuardrailContextualGroundingPolicyUnits',
} as const;

function meter(call: Call, guardrail: GuardrailVersion, usage: GuardrailUsage): void {
  const tagged = guardrailArn(guardrail);
  for (const [name, type] of Object.entries(METERED) as [keyof typeof METERED, string][]) {
    const quantity = usage[name] ?? 0;
    if (quantity > 0) call.meter({ type, quantity, unit: 'text units', tagged });
  }
  const policies = usage.automatedReasoningPolicies ?? 0;
  const quantity = (usage.automatedReasoningPolicyUnits ?? 0) * policies;
  if (quantity > 0)
    call.meter({ type: 'GuardrailAutomatedReasoningPolicyUnits', quantity, unit: 'text units', tagged });
}
