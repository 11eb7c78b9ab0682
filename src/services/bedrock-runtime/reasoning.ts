import { createHash } from 'node:crypto';
import type { ChatEvent, ChatRequest, Reasoning } from '../../engines/llm/types.ts';
import type { Call } from '../../kernel/call.ts';
import type { FoundationModel } from '../../kernel/foundation-models/model.ts';
import { seal, unseal } from '../../kernel/seal.ts';
import { invalid } from './errors.ts';

/**
 * A model's thoughts carry a signature, and go back with it, unaltered, when a conversation goes on after the use of a tool. Ours is the
 * sealed digest of the text, which any process of the stack can check. Source: Anthropic API Reference, "Extended thinking".
 */
const PURPOSE = 'reasoning';

const digestOf = (text: string) => createHash('sha256').update(text).digest('hex');

/** Signs reasoning that its backend has not signed, at the end of its block. */
export async function* signReasoning(call: Call, events: AsyncIterable<ChatEvent>): AsyncGenerator<ChatEvent, void> {
  const open = new Map<number, { text: string; signed: boolean }>();
  for await (const event of events) {
    if (event.type === 'reasoning') {
      const block = open.get(event.index) ?? { text: '', signed: false };
      block.text += event.text ?? '';
      open.set(event.index, block);
      // A backend's own signature means nothing to whoever answers the next turn.
      if (event.signature !== undefined && event.text === undefined) continue;
    }
    if (event.type === 'blockStop') {
      const block = open.get(event.index);
      if (block) {
        const signature = await seal(call.kernel, PURPOSE, digestOf(block.text));
        yield { type: 'reasoning', index: event.index, signature };
      }
    }
    yield event;
  }
}

/** Throws ValidationException where reasoning comes back altered. */
export async function checkSignatures(call: Call, chat: ChatRequest): Promise<void> {
  for (const [at, { content }] of chat.messages.entries()) {
    for (const [index, part] of content.entries()) {
      if (part.type !== 'reasoning') continue;
      const where = `messages.${at}.content.${index}`;
      if (part.signature === undefined) throw invalid(`${where}.thinking.signature: Field required`);
      const signed = await unseal(call.kernel, PURPOSE, part.signature);
      if (signed !== digestOf(part.text)) throw invalid(`${where}: Invalid \`signature\` in \`thinking\` block`);
    }
  }
}

/** Source: Anthropic API Reference, "Extended thinking". */
const BUDGET_TOKENS_MIN = 1_024;

type Thinking = { type?: unknown; budget_tokens?: unknown };

/** Claude's `thinking`. Throws ValidationException in Claude's words. */
export function readThinking(
  thinking: Thinking | undefined,
  model: FoundationModel,
  maxTokens: number | undefined,
): Reasoning | undefined {
  if (thinking === undefined || thinking.type === 'disabled') return undefined;
  const { type, budget_tokens: budget } = thinking;
  const features = model.reasoning;
  if (!features) throw invalid('thinking: Extra inputs are not permitted');
  if (type === 'adaptive') {
    if (!features.adaptive) throw invalid("thinking.type: Input should be 'enabled' or 'disabled'");
    return {};
  }
  if (type !== 'enabled') throw invalid("thinking.type: Input should be 'enabled', 'disabled' or 'adaptive'");
  if (typeof budget !== 'number') throw invalid('thinking.enabled.budget_tokens: Field required');
  if (!Number.isInteger(budget) || budget < BUDGET_TOKENS_MIN)
    throw invalid(`thinking.enabled.budget_tokens: Input should be greater than or equal to ${BUDGET_TOKENS_MIN}`);
  if (maxTokens !== undefined && budget >= maxTokens)
    throw invalid('`max_tokens` must be greater than `thinking.budget_tokens`.');
  return { budgetTokens: budget };
}

/** What reasoning goes together with. Throws ValidationException in Claude's words. */
export function checkThinking({ reasoning, temperature, topK, topP, toolChoice }: Partial<ChatRequest>): void {
  if (!reasoning) return;
  if (temperature !== undefined && temperature !== 1)
    throw invalid('`temperature` may only be set to 1 when thinking is enabled.');
  if (topK !== undefined) throw invalid('`top_k` must be unset when thinking is enabled.');
  if (topP !== undefined && topP < 0.95)
    throw invalid('`top_p` must be greater than or equal to 0.95 or unset when thinking is enabled.');
  if (toolChoice?.type === 'any' || toolChoice?.type === 'tool')
    throw invalid('Thinking may not be enabled when tool_choice forces tool use.');
}

const EFFORTS = ['low', 'medium', 'high', 'max'] as const;

/** How much to reason, as a degree. Throws ValidationException. */
export function readEffort(effort: unknown, model: FoundationModel, name: string): Reasoning['effort'] {
  if (effort === undefined) return undefined;
  if (!model.reasoning?.effort) throw invalid(`${name}: This model does not support the effort parameter.`);
  const known = EFFORTS.find((each) => each === effort);
  if (!known) throw invalid(`${name}: Input should be ${EFFORTS.map((each) => `'${each}'`).join(', ')}`);
  return known;
}
