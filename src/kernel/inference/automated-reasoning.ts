import { arn, parseArn, partitionOf } from '../resources.ts';
import { collection } from '../store/store.ts';

/** A policy in terms of names and rules, as Bedrock shows it. */
export type AutomatedReasoningDefinition = {
  version?: string;
  types?: { name: string; description?: string; values: { value: string; description?: string }[] }[];
  rules?: { id: string; expression: string; alternateExpression?: string }[];
  variables?: { name: string; type: string; description: string }[];
};

/** One version of an Automated Reasoning policy: `DRAFT`, which changes, or a number, which does not. */
export type AutomatedReasoningPolicy = {
  account: string;
  region: string;
  /** 12 lower-case letters and digits. */
  id: string;
  /** `DRAFT` or `1`, `2` … */
  version: string;
  name: string;
  description?: string;
  definition: AutomatedReasoningDefinition;
  /** SHA-512 of the definition, in hexadecimal. */
  definitionHash: string;
  kmsKeyArn?: string;
  /** The highest number that a version had; kept with the draft. */
  lastVersion?: number;
  createdAtMs: number;
  updatedAtMs: number;
};

/** Keyed by account, region, id and version. */
export const automatedReasoningPolicies = collection<AutomatedReasoningPolicy>(
  'kernel/inference/automated-reasoning-policy',
);

export const DRAFT = 'DRAFT';

/** Of the draft `arn:aws:bedrock:us-east-1:123456789012:automated-reasoning-policy/abcdefghijkl`; of a version with `:1` behind it. */
export function automatedReasoningPolicyArn({
  account,
  region,
  id,
  version = DRAFT,
}: {
  account: string;
  region: string;
  id: string;
  version?: string;
}): string {
  const resource = `automated-reasoning-policy/${id}${version === DRAFT ? '' : `:${version}`}`;
  return arn({ partition: partitionOf(region), service: 'bedrock', region, account, resource });
}

/** The key of the policy that an ARN names; undefined when it names none. */
export function automatedReasoningPolicyKey(
  text: string,
): { account: string; region: string; id: string; version: string } | undefined {
  const parsed = parseArn(text);
  const match = /^automated-reasoning-policy\/([a-z0-9]{12})(?::([1-9]\d{0,11}))?$/.exec(parsed?.resource ?? '');
  if (!parsed || parsed.service !== 'bedrock' || !match) return undefined;
  const { account, region } = parsed;
  return { account, region, id: match[1]!, version: match[2] ?? DRAFT };
}
