import { createHash } from 'node:crypto';
import type { ChatEvent, ChatRequest, Part, Reasoning, ReasoningPart } from '../../engines/llm/types.ts';
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

const REDACTED = 'redacted reasoning';

/**
 * What has Claude 3.7 Sonnet redact its thoughts, whatever they are: for tests of clients. Source: Anthropic API Reference, "Extended
 * thinking"; Bedrock User Guide, "Thinking encryption".
 */
const TRIGGER =
  'ANTHROPIC_MAGIC_STRING_TRIGGER_REDACTED_THINKING_46C9A13E193C177646C7398A98432ECCCE4C1253D5E2D82641AC0E52CC2876CB';

const isTriggered = ({ messages }: ChatRequest) =>
  messages.some(({ role, content }) =>
    content.some((part) => role === 'user' && part.type === 'text' && part.text.includes(TRIGGER)),
  );

/** Signs reasoning that its backend has not signed, at the end of its block; or seals it, where the model redacts. */
export async function* signReasoning(
  call: Call,
  { reasoning }: FoundationModel,
  chat: ChatRequest,
  events: AsyncIterable<ChatEvent>,
): AsyncGenerator<ChatEvent, void> {
  const redacts = reasoning?.redacts === true && isTriggered(chat);
  const open = new Map<number, string>();
  for await (const event of events) {
    if (event.type === 'reasoning') {
      open.set(event.index, (open.get(event.index) ?? '') + (event.text ?? ''));
      // A backend's own signature means nothing to whoever answers the next turn.
      if (redacts || (event.signature !== undefined && event.text === undefined)) continue;
    }
    const text = event.type === 'blockStop' ? open.get(event.index) : undefined;
    if (event.type === 'blockStop' && text !== undefined) {
      if (redacts) yield { type: 'reasoning', index: event.index, redacted: await seal(call.kernel, REDACTED, text) };
      else yield { type: 'reasoning', index: event.index, signature: await seal(call.kernel, PURPOSE, digestOf(text)) };
    }
    yield event;
  }
}

/** A conversation whose reasoning is as it was given out, and can be read. Throws ValidationException where it comes back altered. */
export async function openReasoning(call: Call, chat: ChatRequest): Promise<ChatRequest> {
  const messages: ChatRequest['messages'] = [];
  for (const [at, { role, content }] of chat.messages.entries()) {
    const parts: Part[] = [];
    for (const [index, part] of content.entries()) {
      parts.push(part.type === 'reasoning' ? await openPart(call, part, `messages.${at}.content.${index}`) : part);
    }
    messages.push({ role, content: parts });
  }
  return { ...chat, messages };
}

async function openPart(call: Call, part: ReasoningPart, where: string): Promise<ReasoningPart> {
  const { text, signature, redacted } = part;
  if (redacted !== undefined) {
    const opened = await unseal(call.kernel, REDACTED, redacted);
    if (opened === undefined) throw invalid(`${where}: Invalid \`data\` in \`redacted_thinking\` block`);
    return { type: 'reasoning', text: opened };
  }
  if (signature === undefined) throw invalid(`${where}.thinking.signature: Field required`);
  const signed = await unseal(call.kernel, PURPOSE, signature);
  if (signed !== digestOf(text)) throw invalid(`${where}: Invalid \`signature\` in \`thinking\` block`);
  return part;
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
