import { collection } from '../store/store.ts';

type Action = 'BLOCK' | 'ANONYMIZE' | 'NONE';
/** What is done about a finding in what goes in and in what comes out, and whether it is looked for at all. */
export type Directions = { inputAction: Action; outputAction: Action; inputEnabled: boolean; outputEnabled: boolean };
export type Strength = 'NONE' | 'LOW' | 'MEDIUM' | 'HIGH';
export type ContentFilterType = 'SEXUAL' | 'VIOLENCE' | 'HATE' | 'INSULTS' | 'MISCONDUCT' | 'PROMPT_ATTACK';
export type Tier = 'CLASSIC' | 'STANDARD';

/** The six policies of a guardrail, all defaults filled in. */
export type GuardrailPolicies = {
  topics?: { tier: Tier; topics: ({ name: string; definition: string; examples: string[] } & Directions)[] };
  content?: {
    tier: Tier;
    filters: ({
      type: ContentFilterType;
      inputStrength: Strength;
      outputStrength: Strength;
      images: boolean;
    } & Directions)[];
  };
  words?: { words: ({ text: string } & Directions)[]; managedLists: ({ type: 'PROFANITY' } & Directions)[] };
  personalData?: {
    entities: ({ type: string } & Directions)[];
    regexes: ({ name: string; description?: string; pattern: string } & Directions)[];
  };
  grounding?: {
    filters: { type: 'GROUNDING' | 'RELEVANCE'; threshold: number; action: 'BLOCK' | 'NONE'; enabled: boolean }[];
  };
  reasoning?: { policies: string[]; confidenceThreshold?: number };
};

/** One version of a guardrail: `DRAFT`, which changes, or a number, which does not. */
export type GuardrailVersion = {
  account: string;
  region: string;
  /** 12 lower-case letters and digits. */
  id: string;
  /** `DRAFT` or `1`, `2` … */
  version: string;
  name: string;
  description?: string;
  status: 'CREATING' | 'UPDATING' | 'VERSIONING' | 'READY' | 'FAILED' | 'DELETING';
  policies: GuardrailPolicies;
  blockedInputMessaging: string;
  blockedOutputsMessaging: string;
  kmsKeyArn?: string;
  /** The ARN of a guardrail profile, for the STANDARD tier. */
  crossRegionProfileArn?: string;
  createdAtMs: number;
  updatedAtMs: number;
};

/** Keyed by account, region, id and version. */
export const guardrails = collection<GuardrailVersion>('kernel/inference/guardrail');

/** A guardrail that every call of an account goes through, whatever the call names. */
export type EnforcedGuardrail = {
  account: string;
  region: string;
  configId: string;
  guardrailId: string;
  version: string;
  guardrailArn: string;
  /** Whether only what is marked as guarded is looked at. */
  selective: { system: 'SELECTIVE' | 'COMPREHENSIVE'; messages: 'SELECTIVE' | 'COMPREHENSIVE' };
  includedModels: string[];
  excludedModels: string[];
  createdAtMs: number;
  createdBy: string;
  updatedAtMs: number;
  updatedBy: string;
};

/** Keyed by account, region and configuration id. */
export const enforcedGuardrails = collection<EnforcedGuardrail>('kernel/inference/enforced-guardrail');
