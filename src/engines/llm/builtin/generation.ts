import { account, budgeted } from './account.ts';
import { readConversation } from './conversation.ts';
import { respond } from './responding.ts';
import type { Sampling } from './sampling.ts';
import { seeded } from './sampling.ts';
import { schemaFault } from './schema-fault.ts';
import { countRequest, countText, slice } from './tokens.ts';
import type { Answered, Block } from './work.ts';
import type { ChatRequest, StopReason } from '../types.ts';
import { LlmError } from '../types.ts';

/** Answers at most this long unless `maxTokens` says otherwise. */
const DEFAULT_MAX_TOKENS = 4096;
/** Tokens that frame a tool call beside its name and input. */
const TOOL_FRAME_TOKENS = 2;

/**
 * Answers `request` within a window of `contextWindow` tokens. `seed` decides every draw, so equal arguments give equal answers. Throws
 * `LlmError` ('context' over the window, 'invalid', 'unsupported').
 */
export function answerRequest(request: ChatRequest, contextWindow: number, seed: number): Answered {
  validate(request);
  const inputTokens = countRequest(request);
  if (inputTokens >= contextWindow)
    throw new LlmError(
      'context',
      `Input is too long for requested model: ${inputTokens} tokens, and the context window is ${contextWindow} tokens.`,
    );
  const sampling: Sampling = {
    temperature: request.temperature ?? 0,
    topP: request.topP ?? 1,
    topK: request.topK ?? 0,
    random: seeded(seed),
  };
  const room = contextWindow - inputTokens;
  const asked = request.maxTokens ?? DEFAULT_MAX_TOKENS;
  const output = respond(request, sampling);

  const blocks: Block[] = [];
  let left = Math.min(asked, room);
  let outputTokens = 0;
  let stopReason: StopReason = output.calls.length > 0 ? 'tool_use' : 'end_turn';
  const full = (): StopReason => (asked <= room ? 'max_tokens' : 'context_window');

  if (request.reasoning) {
    const done = account(request, readConversation(request), output);
    const { deltas, tokens } = budgeted(done, request.reasoning, left);
    blocks.push({ type: 'reasoning', deltas });
    outputTokens += tokens;
    left -= tokens;
    if (left <= 0) return { blocks, stopReason: full(), inputTokens, outputTokens };
  }

  const stopped = stopAt(output.text, request.stopSequences ?? []);
  if (stopped.text !== '') {
    const { deltas, tokens, cut } = slice(stopped.text, left);
    blocks.push({ type: 'text', deltas });
    outputTokens += tokens;
    left -= tokens;
    if (cut) return { blocks, stopReason: full(), inputTokens, outputTokens };
  }
  if (stopped.sequence !== undefined)
    return { blocks, stopReason: 'stop_sequence', stopSequence: stopped.sequence, inputTokens, outputTokens };

  // From the conversation, so that a later turn under the same seed gets other ids and the same request the same.
  const identity = seeded(output.calls.length > 0 ? hash(JSON.stringify(request.messages)) ^ seed : seed);
  for (const call of output.calls) {
    const frame = countText(call.name) + TOOL_FRAME_TOKENS;
    if (left < frame) {
      outputTokens += left;
      stopReason = full();
      break;
    }
    const { deltas, tokens, cut } = slice(JSON.stringify(call.input), left - frame);
    blocks.push({ type: 'toolCall', id: callId(identity), name: call.name, deltas });
    outputTokens += frame + tokens;
    left -= frame + tokens;
    if (cut) {
      stopReason = full();
      break;
    }
  }
  return { blocks, stopReason, inputTokens, outputTokens };
}

function validate(request: ChatRequest): void {
  const bad = (message: string): never => {
    throw new LlmError('invalid', message);
  };
  if (request.messages.length === 0) bad('A conversation needs at least one message.');
  const { maxTokens, temperature, topP, topK, toolChoice, tools, responseSchema } = request;
  const fault = responseSchema === undefined ? undefined : schemaFault(responseSchema);
  if (fault !== undefined) bad(`The response schema cannot be met: ${fault}.`);
  if (maxTokens !== undefined && (!Number.isInteger(maxTokens) || maxTokens < 1))
    bad(`maxTokens must be a whole number above 0, not ${maxTokens}.`);
  if (temperature !== undefined && !(temperature >= 0 && Number.isFinite(temperature)))
    bad(`temperature must be 0 or above, not ${temperature}.`);
  if (topP !== undefined && !(topP >= 0 && topP <= 1)) bad(`topP must be between 0 and 1, not ${topP}.`);
  if (topK !== undefined && (!Number.isInteger(topK) || topK < 0)) bad(`topK must be a whole number, not ${topK}.`);
  if (request.stopSequences?.includes('')) bad('A stop sequence must not be empty.');
  if ((toolChoice?.type === 'any' || toolChoice?.type === 'tool') && !tools?.length)
    bad(`toolChoice '${toolChoice.type}' needs tools.`);
  if (toolChoice?.type === 'tool' && !tools?.some((tool) => tool.name === toolChoice.name))
    bad(`toolChoice names the tool '${toolChoice.name}', which is not among the tools.`);
}

/** Cuts before the stop sequence that comes first; of two at one place, the longer. */
export function stopAt(text: string, sequences: string[]): { text: string; sequence?: string } {
  let found: { at: number; sequence: string } | undefined;
  for (const sequence of sequences) {
    const at = text.indexOf(sequence);
    if (at < 0) continue;
    if (!found || at < found.at || (at === found.at && sequence.length > found.sequence.length))
      found = { at, sequence };
  }
  return found ? { text: text.slice(0, found.at), sequence: found.sequence } : { text };
}

const ALPHANUMERIC = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** Bedrock's tool-use ids: `tooluse_` and 22 characters. */
function callId(random: () => number): string {
  let id = 'tooluse_';
  for (let count = 0; count < 22; count++) id += ALPHANUMERIC[Math.floor(random() * ALPHANUMERIC.length)];
  return id;
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  return value >>> 0;
}
