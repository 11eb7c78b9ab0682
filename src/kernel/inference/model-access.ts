import type { FoundationModel } from '../foundation-models/model.ts';
import { collection, type Reader } from '../store/store.ts';
import { readInferenceSettings } from './settings.ts';

/** An account's agreement to the terms of a model. */
export type Agreement = { account: string; modelId: string; offerId: string; createdAtMs: number };

/** Keyed by account and model id. */
export const agreements = collection<Agreement>('kernel/inference/agreement');

/** What an account says it uses Anthropic's models for: the form as it was put. Keyed by account. */
export const useCases = collection<{ form: Uint8Array; updatedAtMs: number }>('kernel/inference/use-case');

/**
 * Providers whose models are sold through AWS Marketplace, under an agreement. Source: Bedrock User Guide, "Request access to models": those of
 * Amazon, DeepSeek, Meta, Mistral AI, OpenAI and Qwen are not.
 */
const SOLD = new Set(['AI21 Labs', 'Anthropic', 'Cohere', 'Luma AI', 'Stability AI', 'TwelveLabs', 'Writer']);

export const needsAgreement = ({ provider }: FoundationModel): boolean => SOLD.has(provider);
/** Source: Bedrock API Reference, PutUseCaseForModelAccess; User Guide, "Access Amazon Bedrock foundation models". */
export const needsUseCase = ({ provider }: FoundationModel): boolean => provider === 'Anthropic';

/** What keeps an account from a model; undefined: nothing. */
export async function missingAccess(
  reader: Reader,
  account: string,
  model: FoundationModel,
): Promise<'agreement' | 'use-case' | undefined> {
  if (!needsAgreement(model)) return undefined;
  if ((await readInferenceSettings(reader)).modelAccess === 'open') return undefined;
  if (!(await reader.get(agreements, [account, model.id]))) return 'agreement';
  if (needsUseCase(model) && !(await reader.get(useCases, [account]))) return 'use-case';
  return undefined;
}
