import type { ChatRequest, LanguageModel, Usage } from '../../engines/llm/types.ts';
import { LlmError } from '../../engines/llm/types.ts';
import type { Call } from '../../kernel/call.ts';
import { outputBurnDown } from '../../kernel/foundation-models/burn-down.ts';
import { quotaOf, readInferenceSettings, unitTokensPerMinute } from '../../kernel/inference/settings.ts';
import { draw, type Limit } from './buckets.ts';
import { throttled } from './errors.ts';
import type { PromptCache } from './prompt-cache.ts';
import type { Target } from './target.ts';

/** A place among the invocations that a target takes at a time. */
export type Admission = {
  /** Gives it back, with what was used; undefined: nothing was. */
  settle(usage: Usage | undefined): Promise<void> | void;
};

/** Characters that count as a token where the backend cannot count. Source: Bedrock User Guide, on estimating tokens: about four, of English. */
const CHARACTERS_PER_TOKEN = 4;
const FREE: Admission = { settle() {} };

type Work = { chat: ChatRequest; backend: LanguageModel; cache: PromptCache | undefined };

/**
 * Lets an invocation in, or throws ThrottlingException. Model units are a limit of tokens by the minute; on-demand models have the quotas that
 * the stack's owner sets, by default none. Reserved is what an invocation may use: its input, what it writes to the cache, and as many
 * tokens as it may answer with; at its end that becomes what it did use, the answer's tokens times the model's burn-down rate. Source: Bedrock User
 * Guide, "How tokens are counted in Amazon Bedrock". Units are not said to burn down; an answer's token is one of theirs.
 */
export async function admit(call: Call, target: Target, work?: Work): Promise<Admission> {
  const limits = await limitsOn(call, target);
  if (limits.length === 0) return FREE;
  const tokens = limits.some(({ kind }) => kind === 'tokens') && work ? await reservation(target, work) : 0;
  const lacking = await draw(
    call.kernel,
    limits.map((limit) => ({ limit, amount: limit.kind === 'tokens' ? tokens : 1 })),
  );
  if (lacking !== undefined) throw throttled(lacking);
  const limit = limits.find(({ kind }) => kind === 'tokens');
  if (!limit) return FREE;
  const burnDown = target.provisioned ? 1 : outputBurnDown(target.model);
  return {
    async settle(usage) {
      const used = usage ? usage.inputTokens + (usage.cacheWriteTokens ?? 0) + usage.outputTokens * burnDown : 0;
      try {
        await draw(call.kernel, [{ limit, amount: used - tokens, owed: true }]);
      } catch (error) {
        // An answer is not undone for it: within a minute as much has flowed in.
        call.log.warn({ err: error }, 'a reservation of tokens could not be settled');
      }
    },
  };
}

async function limitsOn(call: Call, target: Target): Promise<Limit[]> {
  const settings = await readInferenceSettings(call.kernel.store);
  const { provisioned } = target;
  if (provisioned) {
    const { account, region, id, modelUnits } = provisioned;
    const perMinute = modelUnits * unitTokensPerMinute(settings, target.model.id);
    return [{ key: [account, region, `provisioned-model/${id}`, 'tokens'], perMinute, kind: 'tokens' }];
  }
  // Batches have a queue of their own.
  if (target.custom || target.imported || call.billing === 'batch' || settings.quotas.length === 0) return [];
  // An application's profile counts as what it was made from, and a router's choice as itself.
  const id = target.profileId ?? target.model.id;
  const { account, region } = call;
  const quota = quotaOf(settings, { id, account, region });
  const limit = (kind: Limit['kind'], perMinute: number | undefined): Limit[] =>
    perMinute === undefined ? [] : [{ key: [account, region, id, kind], perMinute, kind }];
  return [...limit('requests', quota?.requestsPerMinute), ...limit('tokens', quota?.tokensPerMinute)];
}

/** Tokens that an invocation may use at most. */
async function reservation({ model }: Target, { chat, backend, cache }: Work): Promise<number> {
  const answer = chat.maxTokens ?? model.outputTokensMax ?? 0;
  let input: number;
  try {
    input = await backend.countTokens(chat);
  } catch (error) {
    if (!(error instanceof LlmError && error.kind === 'unsupported')) throw error;
    input = Math.ceil(JSON.stringify([chat.system, chat.messages]).length / CHARACTERS_PER_TOKEN);
  }
  // What is read from the cache does not count.
  const split = cache?.split({ inputTokens: input, outputTokens: 0 });
  return (split ? split.inputTokens + (split.cacheWriteTokens ?? 0) : input) + answer;
}
