import type { FoundationModel } from './model.ts';

/** Claude of before 3.7 burns down one to one. */
const BEFORE_3_7 = /^anthropic\.claude-(?:instant|v2|3-(?:haiku|sonnet|opus|5-))/;

/**
 * Tokens of a model's quota that a token of its answer takes: 5 for Claude 3.7 and later, else 1. Source: Bedrock User Guide, "How tokens are
 * counted in Amazon Bedrock", token burndown rate.
 */
export function outputBurnDown({ id, provider }: Pick<FoundationModel, 'id' | 'provider'>): number {
  return provider === 'Anthropic' && !BEFORE_3_7.test(id) ? 5 : 1;
}
