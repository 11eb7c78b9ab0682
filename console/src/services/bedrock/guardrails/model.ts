import type {
  CreateGuardrailRequest,
  GetGuardrailResponse,
  GuardrailContentFilterConfig,
  GuardrailContentFilterType,
  GuardrailContextualGroundingFilterType,
  GuardrailFilterStrength,
  GuardrailPiiEntityType,
  Tag,
} from '@aws-sdk/client-bedrock';

/** What is done about a finding in one direction; OFF does not look at all. */
export type Way = 'BLOCK' | 'ANONYMIZE' | 'NONE' | 'OFF';
export type Ways = { input: Way; output: Way };
export type Strength = GuardrailFilterStrength;
export type ContentType = GuardrailContentFilterType;
export type GroundingType = GuardrailContextualGroundingFilterType;
type Tier = 'CLASSIC' | 'STANDARD';

type ContentFilter = { on: boolean; inputStrength: Strength; outputStrength: Strength } & Ways;
export type Topic = { name: string; definition: string; examples: string } & Ways;
/** Words and phrases with the same actions, one on each line. */
export type WordGroup = { words: string } & Ways;
export type Entity = { type: GuardrailPiiEntityType } & Ways;
export type Regex = { name: string; description: string; pattern: string } & Ways;
type GroundingFilter = { on: boolean; threshold: string; way: 'BLOCK' | 'NONE' | 'OFF' };

/** A guardrail as it is edited: texts as they are typed. */
export type GuardrailForm = {
  name: string;
  description: string;
  blockedInput: string;
  blockedOutputs: string;
  kmsKeyId: string;
  /** Guardrail profile for inference across regions: the STANDARD tier asks for one. */
  profile: string;
  tags: { key: string; value: string }[];
  contentTier: Tier;
  content: Record<ContentType, ContentFilter>;
  topicTier: Tier;
  topics: Topic[];
  words: WordGroup[];
  profanity: { on: boolean } & Ways;
  entities: Entity[];
  regexes: Regex[];
  grounding: Record<GroundingType, GroundingFilter>;
  /** ARNs of versions of policies. */
  reasoning: string[];
  reasoningConfidence: string;
};

export const STRENGTHS: Strength[] = ['NONE', 'LOW', 'MEDIUM', 'HIGH'];
export const STRENGTH_LABELS: Record<Strength, string> = { NONE: 'None', LOW: 'Low', MEDIUM: 'Medium', HIGH: 'High' };
export const TIER_LABELS: Record<Tier, string> = { CLASSIC: 'Classic', STANDARD: 'Standard' };
export const CONTENT_TYPES: ContentType[] = ['HATE', 'INSULTS', 'SEXUAL', 'VIOLENCE', 'MISCONDUCT', 'PROMPT_ATTACK'];
export const CONTENT_LABELS: Record<ContentType, string> = {
  HATE: 'Hate',
  INSULTS: 'Insults',
  SEXUAL: 'Sexual',
  VIOLENCE: 'Violence',
  MISCONDUCT: 'Misconduct',
  PROMPT_ATTACK: 'Prompt attacks',
};
export const GROUNDING_TYPES: GroundingType[] = ['GROUNDING', 'RELEVANCE'];
export const WAY_LABELS: Record<Way, string> = { BLOCK: 'Block', ANONYMIZE: 'Mask', NONE: 'Detect only', OFF: 'Off' };

/** Personal data as the console names it: the type's words, and what kind it is. */
export const ENTITY_KINDS: Record<string, GuardrailPiiEntityType[]> = {
  General: [
    'ADDRESS',
    'AGE',
    'NAME',
    'EMAIL',
    'PHONE',
    'USERNAME',
    'PASSWORD',
    'DRIVER_ID',
    'LICENSE_PLATE',
    'VEHICLE_IDENTIFICATION_NUMBER',
  ],
  Finance: [
    'CREDIT_DEBIT_CARD_NUMBER',
    'CREDIT_DEBIT_CARD_CVV',
    'CREDIT_DEBIT_CARD_EXPIRY',
    'PIN',
    'INTERNATIONAL_BANK_ACCOUNT_NUMBER',
    'SWIFT_CODE',
  ],
  IT: ['IP_ADDRESS', 'MAC_ADDRESS', 'URL', 'AWS_ACCESS_KEY', 'AWS_SECRET_KEY'],
  'United States': [
    'US_BANK_ACCOUNT_NUMBER',
    'US_BANK_ROUTING_NUMBER',
    'US_INDIVIDUAL_TAX_IDENTIFICATION_NUMBER',
    'US_PASSPORT_NUMBER',
    'US_SOCIAL_SECURITY_NUMBER',
  ],
  Canada: ['CA_HEALTH_NUMBER', 'CA_SOCIAL_INSURANCE_NUMBER'],
  'United Kingdom': [
    'UK_NATIONAL_HEALTH_SERVICE_NUMBER',
    'UK_NATIONAL_INSURANCE_NUMBER',
    'UK_UNIQUE_TAXPAYER_REFERENCE_NUMBER',
  ],
};

const ABBREVIATIONS = new Set(['us', 'uk', 'ca', 'aws', 'ip', 'mac', 'url', 'pin', 'cvv', 'id', 'swift']);

/** `US_SOCIAL_SECURITY_NUMBER` → `US social security number` */
export function entityLabel(type: string): string {
  const words = type.split('_').map((word) => (ABBREVIATIONS.has(word.toLowerCase()) ? word : word.toLowerCase()));
  const text = words.join(' ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

const BLOCKS: Ways = { input: 'BLOCK', output: 'BLOCK' };

/** The form of a new guardrail. */
export const newForm = (): GuardrailForm => ({
  name: '',
  description: '',
  blockedInput: 'Sorry, the model cannot answer this question.',
  blockedOutputs: 'Sorry, the model cannot answer this question.',
  kmsKeyId: '',
  profile: '',
  tags: [],
  contentTier: 'CLASSIC',
  content: Object.fromEntries(
    CONTENT_TYPES.map((type) => [
      type,
      { on: false, inputStrength: 'HIGH', outputStrength: type === 'PROMPT_ATTACK' ? 'NONE' : 'HIGH', ...BLOCKS },
    ]),
  ) as GuardrailForm['content'],
  topicTier: 'CLASSIC',
  topics: [],
  words: [],
  profanity: { on: false, ...BLOCKS },
  entities: [],
  regexes: [],
  grounding: {
    GROUNDING: { on: false, threshold: '0.7', way: 'BLOCK' },
    RELEVANCE: { on: false, threshold: '0.7', way: 'BLOCK' },
  },
  reasoning: [],
  reasoningConfidence: '',
});

type Given = {
  action?: string | undefined;
  inputAction?: string | undefined;
  outputAction?: string | undefined;
  inputEnabled?: boolean | undefined;
  outputEnabled?: boolean | undefined;
};

const waysOf = ({ action = 'BLOCK', inputAction, outputAction, inputEnabled, outputEnabled }: Given): Ways => ({
  input: inputEnabled === false ? 'OFF' : ((inputAction ?? action) as Way),
  output: outputEnabled === false ? 'OFF' : ((outputAction ?? action) as Way),
});

/** What is off keeps an action that the service takes. */
const directions = <Action extends string>({ input, output }: Ways) => ({
  inputAction: (input === 'OFF' ? 'NONE' : input) as Action,
  inputEnabled: input !== 'OFF',
  outputAction: (output === 'OFF' ? 'NONE' : output) as Action,
  outputEnabled: output !== 'OFF',
});

/** A guardrail as GetGuardrail tells it, to be edited. */
export function formOf(guardrail: GetGuardrailResponse, tags: readonly Tag[] = []): GuardrailForm {
  const form = newForm();
  for (const filter of guardrail.contentPolicy?.filters ?? [])
    form.content[filter.type!] = {
      on: true,
      inputStrength: filter.inputStrength!,
      outputStrength: filter.outputStrength!,
      ...waysOf(filter),
    };
  for (const { type, threshold, action, enabled } of guardrail.contextualGroundingPolicy?.filters ?? [])
    form.grounding[type!] = {
      on: true,
      threshold: String(threshold),
      way: enabled === false ? 'OFF' : (action ?? 'BLOCK'),
    };
  const groups = new Map<string, { words: string[] } & Ways>();
  for (const { text, ...rest } of guardrail.wordPolicy?.words ?? []) {
    const ways = waysOf(rest);
    const key = `${ways.input} ${ways.output}`;
    const group = groups.get(key) ?? { words: [], ...ways };
    groups.set(key, group);
    group.words.push(text!);
  }
  const profanity = guardrail.wordPolicy?.managedWordLists?.[0];
  const { piiEntities = [], regexes = [] } = guardrail.sensitiveInformationPolicy ?? {};
  return {
    ...form,
    name: guardrail.name!,
    description: guardrail.description ?? '',
    blockedInput: guardrail.blockedInputMessaging!,
    blockedOutputs: guardrail.blockedOutputsMessaging!,
    kmsKeyId: guardrail.kmsKeyArn ?? '',
    profile: guardrail.crossRegionDetails?.guardrailProfileId ?? '',
    tags: tags.map(({ key, value }) => ({ key: key!, value: value! })),
    contentTier: guardrail.contentPolicy?.tier?.tierName ?? 'CLASSIC',
    topicTier: guardrail.topicPolicy?.tier?.tierName ?? 'CLASSIC',
    topics: (guardrail.topicPolicy?.topics ?? []).map((topic) => ({
      name: topic.name!,
      definition: topic.definition!,
      examples: (topic.examples ?? []).join('\n'),
      ...waysOf(topic),
    })),
    words: [...groups.values()].map(({ words, ...ways }) => ({ words: words.join('\n'), ...ways })),
    profanity: profanity ? { on: true, ...waysOf(profanity) } : form.profanity,
    entities: piiEntities.map((entity) => ({ type: entity.type!, ...waysOf(entity) })),
    regexes: regexes.map((regex) => ({
      name: regex.name!,
      description: regex.description ?? '',
      pattern: regex.pattern!,
      ...waysOf(regex),
    })),
    reasoning: [...(guardrail.automatedReasoningPolicy?.policies ?? [])],
    reasoningConfidence: String(guardrail.automatedReasoningPolicy?.confidenceThreshold ?? ''),
  };
}

/** Lines that hold something. */
export const linesOf = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');

type Policies = Omit<CreateGuardrailRequest, 'tags' | 'clientRequestToken'>;

/** What is sent for a form, by CreateGuardrail and UpdateGuardrail alike. What the service refuses is left to the service. */
export function inputOf(form: GuardrailForm): Policies {
  const text = (name: 'description' | 'kmsKeyId') => (form[name].trim() === '' ? {} : { [name]: form[name].trim() });
  return {
    name: form.name.trim(),
    ...text('description'),
    ...topicsInput(form),
    ...contentInput(form),
    ...wordsInput(form),
    ...personalInput(form),
    ...groundingInput(form),
    ...reasoningInput(form),
    ...(form.profile.trim() === '' ? {} : { crossRegionConfig: { guardrailProfileIdentifier: form.profile.trim() } }),
    blockedInputMessaging: form.blockedInput,
    blockedOutputsMessaging: form.blockedOutputs,
    ...text('kmsKeyId'),
  };
}

/** Tags with a key, as the service takes them. */
export const tagsOf = ({ tags }: GuardrailForm): { key: string; value: string }[] =>
  tags.filter(({ key }) => key.trim() !== '').map(({ key, value }) => ({ key: key.trim(), value }));

function topicsInput({ topics, topicTier }: GuardrailForm): Partial<Policies> {
  if (topics.length === 0) return {};
  return {
    topicPolicyConfig: {
      topicsConfig: topics.map(({ name, definition, examples, ...ways }) => ({
        name,
        definition,
        ...(linesOf(examples).length === 0 ? {} : { examples: linesOf(examples) }),
        type: 'DENY',
        ...directions<'BLOCK' | 'NONE'>(ways),
      })),
      tierConfig: { tierName: topicTier },
    },
  };
}

function contentInput({ content, contentTier }: GuardrailForm): Partial<Policies> {
  const filters = CONTENT_TYPES.filter((type) => content[type].on);
  if (filters.length === 0) return {};
  return {
    contentPolicyConfig: {
      filtersConfig: filters.map((type): GuardrailContentFilterConfig => {
        const { on: _on, inputStrength, outputStrength, ...ways } = content[type];
        return { type, inputStrength, outputStrength, ...directions<'BLOCK' | 'NONE'>(ways) };
      }),
      tierConfig: { tierName: contentTier },
    },
  };
}

function wordsInput({ words, profanity }: GuardrailForm): Partial<Policies> {
  const listed = words.flatMap(({ words: lines, ...ways }) =>
    linesOf(lines).map((text) => ({ text, ...directions<'BLOCK' | 'NONE'>(ways) })),
  );
  if (listed.length === 0 && !profanity.on) return {};
  return {
    wordPolicyConfig: {
      ...(listed.length === 0 ? {} : { wordsConfig: listed }),
      ...(profanity.on
        ? { managedWordListsConfig: [{ type: 'PROFANITY', ...directions<'BLOCK' | 'NONE'>(profanity) }] }
        : {}),
    },
  };
}

function personalInput({ entities, regexes }: GuardrailForm): Partial<Policies> {
  if (entities.length + regexes.length === 0) return {};
  // The action that stands for both directions where those are not told.
  const both = ({ input }: Ways) => (input === 'OFF' ? 'NONE' : input);
  return {
    sensitiveInformationPolicyConfig: {
      ...(entities.length === 0
        ? {}
        : {
            piiEntitiesConfig: entities.map(({ type, ...ways }) => ({
              type,
              action: both(ways),
              ...directions<'BLOCK' | 'ANONYMIZE' | 'NONE'>(ways),
            })),
          }),
      ...(regexes.length === 0
        ? {}
        : {
            regexesConfig: regexes.map(({ name, description, pattern, ...ways }) => ({
              name,
              ...(description === '' ? {} : { description }),
              pattern,
              action: both(ways),
              ...directions<'BLOCK' | 'ANONYMIZE' | 'NONE'>(ways),
            })),
          }),
    },
  };
}

function groundingInput({ grounding }: GuardrailForm): Partial<Policies> {
  const filters = GROUNDING_TYPES.filter((type) => grounding[type].on);
  if (filters.length === 0) return {};
  return {
    contextualGroundingPolicyConfig: {
      filtersConfig: filters.map((type) => {
        const { threshold, way } = grounding[type];
        return {
          type,
          threshold: Number(threshold),
          action: way === 'OFF' ? 'NONE' : way,
          enabled: way !== 'OFF',
        };
      }),
    },
  };
}

function reasoningInput({ reasoning, reasoningConfidence }: GuardrailForm): Partial<Policies> {
  const policies = reasoning.map((arn) => arn.trim()).filter((arn) => arn !== '');
  if (policies.length === 0) return {};
  return {
    automatedReasoningPolicyConfig: {
      policies,
      ...(reasoningConfidence.trim() === '' ? {} : { confidenceThreshold: Number(reasoningConfidence) }),
    },
  };
}
