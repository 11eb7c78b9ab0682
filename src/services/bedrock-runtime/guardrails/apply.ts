import type { GuardrailStreamConfiguration } from '@aws-sdk/client-bedrock-runtime';
import type { ChatRequest } from '../../../engines/llm/types.ts';
import type { Call } from '../../../kernel/call.ts';
import { unbuilt } from '../errors.ts';
import type { JsonObject } from '../families/family.ts';
import type { Target } from '../target.ts';
import type { Guard } from './guard.ts';

/** The guardrail that a call names, at work; undefined where it names none. */
export async function guardOf(
  _call: Call,
  _target: Target,
  config: GuardrailStreamConfiguration | undefined,
): Promise<Guard | undefined> {
  if (config?.guardrailIdentifier === undefined) return undefined;
  throw unbuilt('guardrailConfig');
}

type GuardrailBodyConfig = { tagSuffix?: string; streamProcessingMode?: 'sync' | 'async' };

/** What a native body says of a guardrail, apart from the rest. */
export function splitGuardrailConfig(body: JsonObject): { body: JsonObject; config?: GuardrailBodyConfig } {
  const { 'amazon-bedrock-guardrailConfig': config, ...rest } = body;
  return config === undefined ? { body } : { body: rest, config: config as GuardrailBodyConfig };
}

/** A conversation whose tagged texts are marked as guarded. */
export function taggedChat(chat: ChatRequest, _tagSuffix: string | undefined): ChatRequest {
  return chat;
}
