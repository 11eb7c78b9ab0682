import { arn, parseArn, partitionOf } from '../resources.ts';
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
  /** The highest number that a version had; kept with the draft. */
  lastVersion?: number;
  /** The ARN of a guardrail profile, for the STANDARD tier. */
  crossRegionProfileArn?: string;
  createdAtMs: number;
  updatedAtMs: number;
};

/** Keyed by account, region, id and version. */
export const guardrails = collection<GuardrailVersion>('kernel/inference/guardrail');

/** `arn:aws:bedrock:us-east-1:123456789012:guardrail/abcdefghijkl` */
export function guardrailArn({ account, region, id }: { account: string; region: string; id: string }): string {
  return arn({ partition: partitionOf(region), service: 'bedrock', region, account, resource: `guardrail/${id}` });
}

/** Whose guardrail an id, an ARN or an ARN with a version means; undefined for what is none. */
export function guardrailKey(
  identifier: string,
  where: { account: string; region: string },
): { account: string; region: string; id: string; version?: string } | undefined {
  if (!identifier.startsWith('arn:')) return { account: where.account, region: where.region, id: identifier };
  const parsed = parseArn(identifier);
  const found = /^guardrail\/([a-z0-9]+)(?::(DRAFT|[1-9]\d{0,7}))?$/.exec(parsed?.resource ?? '');
  if (parsed?.service !== 'bedrock' || !found || parsed.region !== where.region) return undefined;
  return { account: parsed.account, region: parsed.region, id: found[1]!, ...(found[2] ? { version: found[2] } : {}) };
}

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
