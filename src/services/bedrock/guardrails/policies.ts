import type {
  CreateGuardrailRequest,
  GetGuardrailResponse,
  GuardrailContentFilterConfig,
} from '@aws-sdk/client-bedrock';
import type { Directions, GuardrailPolicies, Strength } from '../../../kernel/inference/guardrails.ts';
import { compilePattern } from '../../../engines/text/patterns/patterns.ts';
import { invalid, quotaExceeded, unbuilt } from '../errors.ts';
import { REGEXES_MAX, TOPICS_MAX, WORDS_MAX } from './limits.ts';

type Config = Pick<
  CreateGuardrailRequest,
  | 'topicPolicyConfig'
  | 'contentPolicyConfig'
  | 'wordPolicyConfig'
  | 'sensitiveInformationPolicyConfig'
  | 'contextualGroundingPolicyConfig'
  | 'automatedReasoningPolicyConfig'
  | 'crossRegionConfig'
>;

type Given = {
  action?: string | undefined;
  inputAction?: string | undefined;
  outputAction?: string | undefined;
  inputEnabled?: boolean | undefined;
  outputEnabled?: boolean | undefined;
};

/** Blocking both ways, unless told otherwise; the action of an entity stands for both directions. */
function directions({ action = 'BLOCK', inputAction, outputAction, inputEnabled, outputEnabled }: Given): Directions {
  return {
    inputAction: (inputAction ?? action) as Directions['inputAction'],
    outputAction: (outputAction ?? action) as Directions['outputAction'],
    inputEnabled: inputEnabled ?? true,
    outputEnabled: outputEnabled ?? true,
  };
}

/** The six policies as a request gives them. Throws ValidationException, ServiceQuotaExceededException. */
export function readPolicies(config: Config): GuardrailPolicies {
  const policies: GuardrailPolicies = {
    ...readTopics(config),
    ...readContent(config),
    ...readWords(config),
    ...readPersonalData(config),
    ...readGrounding(config),
  };
  const reasoning = config.automatedReasoningPolicyConfig;
  if (reasoning) {
    policies.reasoning = {
      policies: [...reasoning.policies!],
      ...(reasoning.confidenceThreshold === undefined ? {} : { confidenceThreshold: reasoning.confidenceThreshold }),
    };
  }
  if (Object.keys(policies).length === 0)
    throw invalid('At least one policy must be configured for the guardrail: none was given.');
  const standard = policies.topics?.tier === 'STANDARD' || policies.content?.tier === 'STANDARD';
  if (standard && !config.crossRegionConfig)
    throw invalid('Guardrails of the STANDARD tier need cross-region inference: give crossRegionConfig.');
  return policies;
}

function readTopics({ topicPolicyConfig: config }: Config): Pick<GuardrailPolicies, 'topics'> {
  if (!config) return {};
  const topics = config.topicsConfig!;
  if (topics.length > TOPICS_MAX) throw quotaExceeded('denied topics per guardrail', TOPICS_MAX);
  unique('topic names', topics, ({ name }) => name!.toLowerCase());
  return {
    topics: {
      tier: config.tierConfig?.tierName ?? 'CLASSIC',
      topics: topics.map(({ name, definition, examples = [], ...rest }) => ({
        name: name!,
        definition: definition!,
        examples: [...examples],
        ...directions(rest),
      })),
    },
  };
}

function readContent({ contentPolicyConfig: config }: Config): Pick<GuardrailPolicies, 'content'> {
  if (!config) return {};
  const filters = config.filtersConfig!;
  unique('content filter types', filters, ({ type }) => type!);
  return {
    content: {
      tier: config.tierConfig?.tierName ?? 'CLASSIC',
      filters: filters.map((filter) => {
        if (filter.type === 'PROMPT_ATTACK' && filter.outputStrength !== 'NONE')
          throw invalid('The output strength of a PROMPT_ATTACK filter must be NONE.');
        if (holdsImages(filter)) throw unbuilt(`The IMAGE modality of the ${filter.type} filter`, 'bedrock-guardrails');
        return {
          type: filter.type!,
          inputStrength: filter.inputStrength as Strength,
          outputStrength: filter.outputStrength as Strength,
          ...directions(filter),
        };
      }),
    },
  };
}

function holdsImages({ inputModalities = [], outputModalities = [] }: GuardrailContentFilterConfig): boolean {
  return inputModalities.includes('IMAGE') || outputModalities.includes('IMAGE');
}

function readWords({ wordPolicyConfig: config }: Config): Pick<GuardrailPolicies, 'words'> {
  if (!config) return {};
  const words = config.wordsConfig ?? [];
  const lists = config.managedWordListsConfig ?? [];
  if (words.length + lists.length === 0)
    throw invalid('wordPolicyConfig must hold wordsConfig or managedWordListsConfig.');
  if (words.length > WORDS_MAX) throw quotaExceeded('words per word policy', WORDS_MAX);
  return {
    words: {
      words: words.map(({ text, ...rest }) => {
        if (text!.trim().split(/\s+/).length > 3) throw invalid(`The phrase "${text}" has more than 3 words.`);
        return { text: text!, ...directions(rest) };
      }),
      managedLists: lists.map(({ type, ...rest }) => ({ type: type as 'PROFANITY', ...directions(rest) })),
    },
  };
}

function readPersonalData({
  sensitiveInformationPolicyConfig: config,
}: Config): Pick<GuardrailPolicies, 'personalData'> {
  if (!config) return {};
  const entities = config.piiEntitiesConfig ?? [];
  const regexes = config.regexesConfig ?? [];
  if (entities.length + regexes.length === 0)
    throw invalid('sensitiveInformationPolicyConfig must hold piiEntitiesConfig or regexesConfig.');
  if (regexes.length > REGEXES_MAX) throw quotaExceeded('regex entities in sensitive information filter', REGEXES_MAX);
  unique('PII entity types', entities, ({ type }) => type!);
  unique('regex names', regexes, ({ name }) => name!);
  return {
    personalData: {
      entities: entities.map(({ type, ...rest }) => ({ type: type!, ...directions(rest) })),
      regexes: regexes.map(({ name, description, pattern, ...rest }) => {
        try {
          compilePattern(pattern!);
        } catch (error) {
          throw invalid(`The regex ${name} is not valid: ${(error as Error).message}`);
        }
        return {
          name: name!,
          pattern: pattern!,
          ...(description === undefined ? {} : { description }),
          ...directions(rest),
        };
      }),
    },
  };
}

function readGrounding({ contextualGroundingPolicyConfig: config }: Config): Pick<GuardrailPolicies, 'grounding'> {
  if (!config) return {};
  const filters = config.filtersConfig!;
  unique('contextual grounding filter types', filters, ({ type }) => type!);
  return {
    grounding: {
      filters: filters.map(({ type, threshold, action = 'BLOCK', enabled = true }) => {
        if (threshold! < 0 || threshold! > 0.99)
          throw invalid(`The threshold of the ${type} filter must be between 0 and 0.99.`);
        return { type: type!, threshold: threshold!, action, enabled };
      }),
    },
  };
}

function unique<T>(what: string, items: readonly T[], nameOf: (item: T) => string): void {
  const names = items.map(nameOf);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw invalid(`The ${what} of a guardrail must be unique: ${twice} is given twice.`);
}

type Shown = Pick<
  GetGuardrailResponse,
  | 'topicPolicy'
  | 'contentPolicy'
  | 'wordPolicy'
  | 'sensitiveInformationPolicy'
  | 'contextualGroundingPolicy'
  | 'automatedReasoningPolicy'
>;

/** The policies as GetGuardrail shows them. */
export function showPolicies({ topics, content, words, personalData, grounding, reasoning }: GuardrailPolicies): Shown {
  return {
    ...(topics && {
      topicPolicy: {
        topics: topics.topics.map((topic) => ({ ...both(topic), type: 'DENY' as const })),
        tier: { tierName: topics.tier },
      },
    }),
    ...(content && {
      contentPolicy: {
        filters: content.filters.map((filter) => ({
          ...both(filter),
          inputModalities: ['TEXT' as const],
          ...(filter.type === 'PROMPT_ATTACK' ? {} : { outputModalities: ['TEXT' as const] }),
        })),
        tier: { tierName: content.tier },
      },
    }),
    ...(words && { wordPolicy: { words: words.words.map(both), managedWordLists: words.managedLists.map(both) } }),
    ...(personalData && {
      sensitiveInformationPolicy: {
        piiEntities: personalData.entities.map((entity) => ({ ...entity, action: entity.inputAction }) as never),
        regexes: personalData.regexes.map((regex) => ({ ...regex, action: regex.inputAction })),
      },
    }),
    ...(grounding && { contextualGroundingPolicy: { filters: grounding.filters.map((filter) => ({ ...filter })) } }),
    ...(reasoning && { automatedReasoningPolicy: reasoning }),
  };
}

/** Topics, words and content filters have no masking: their actions are BLOCK and NONE. */
function both<T extends Directions>(item: T) {
  return item as Omit<T, 'inputAction' | 'outputAction'> & Record<'inputAction' | 'outputAction', 'BLOCK' | 'NONE'>;
}
