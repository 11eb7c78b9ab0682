import type { Answer } from '../chat.ts';
import type { Json, StopReason } from '../../../engines/llm/types.ts';
import { anthropicCompletion } from './anthropic-text.ts';
import { definedOf } from '../defined.ts';
import { unbuilt } from '../errors.ts';
import { readAnthropic } from './anthropic-request.ts';
import { checkAnthropic, outputConfig, sampling } from './anthropic-shape.ts';
import { anything, list, object, text } from './body.ts';
import type { JsonObject, TextFamily, Writing } from './family.ts';

const STOP_REASONS: Record<StopReason, string> = {
  end_turn: 'end_turn',
  tool_use: 'tool_use',
  max_tokens: 'max_tokens',
  stop_sequence: 'stop_sequence',
  content_filtered: 'refusal',
  context_window: 'model_context_window_exceeded',
  // As AWS tells it: the body carries the intervention beside.
  guardrail: 'end_turn',
};

/** Ids as Claude on Bedrock makes them. */
const messageId = ({ ids }: Writing) => `msg_bdrk_01${ids.text(22)}`;
const toolUseId = ({ ids }: Writing) => `toolu_bdrk_01${ids.text(22)}`;

/** `anthropic.claude-3-haiku-20240307-v1:0` → `claude-3-haiku-20240307`, the name that Claude answers under. */
const modelName = ({ model }: Writing) => model.id.replace(/^anthropic\./, '').replace(/-v\d+(?::\d+)?$/, '');

const noCache = { cache_creation_input_tokens: 0, cache_read_input_tokens: 0 };

function write(answer: Answer, writing: Writing): JsonObject {
  if (writing.body['prompt'] !== undefined) return anthropicCompletion.write(answer, writing);
  const content = answer.blocks.map((block): Json => {
    if (block.type === 'text') return { type: 'text', text: block.text };
    if (block.type === 'reasoning') return { type: 'thinking', thinking: block.text, signature: block.signature ?? '' };
    return { type: 'tool_use', id: toolUseId(writing), name: block.name, input: inputOf(block.json) };
  });
  const { inputTokens, outputTokens } = answer.usage;
  return {
    id: messageId(writing),
    type: 'message',
    role: 'assistant',
    model: modelName(writing),
    content,
    stop_reason: STOP_REASONS[answer.stopReason],
    stop_sequence: answer.stopSequence ?? null,
    usage: { input_tokens: inputTokens, ...noCache, output_tokens: outputTokens },
  };
}

/** An input that was cut short with its answer is no JSON; Claude shows what it has, which is then nothing. */
function inputOf(json: string): Json {
  try {
    return json === '' ? {} : (JSON.parse(json) as Json);
  } catch {
    return {};
  }
}

/** Claude: the Messages API, and for Claude 2 and before also its text completions. */
export const anthropicMessages: TextFamily = {
  read: (body, model, call) =>
    body['prompt'] === undefined ? readAnthropic(body, model, call) : anthropicCompletion.read(body, model, call),
  countsFirst: true,
  write,
  async *stream(events, writing): AsyncGenerator<JsonObject> {
    if (writing.body['prompt'] !== undefined) {
      yield* anthropicCompletion.stream(events, writing);
      return;
    }
    yield {
      type: 'message_start',
      message: {
        id: messageId(writing),
        type: 'message',
        role: 'assistant',
        model: modelName(writing),
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage: { input_tokens: writing.inputTokens ?? 0, ...noCache, output_tokens: 0 },
      },
    };
    const open = new Set<number>();
    for await (const event of events) {
      if (event.type === 'end') {
        const { stopReason, stopSequence, usage } = event;
        yield {
          type: 'message_delta',
          delta: { stop_reason: STOP_REASONS[stopReason], stop_sequence: stopSequence ?? null },
          usage: { output_tokens: usage.outputTokens },
        };
        yield { type: 'message_stop' };
        continue;
      }
      const { index } = event;
      if (event.type === 'blockStop') {
        if (open.has(index)) yield { type: 'content_block_stop', index };
        continue;
      }
      if (!open.has(index)) {
        open.add(index);
        if (event.type === 'toolStart')
          yield {
            type: 'content_block_start',
            index,
            content_block: { type: 'tool_use', id: toolUseId(writing), name: event.name, input: {} },
          };
        else if (event.type === 'reasoning')
          yield {
            type: 'content_block_start',
            index,
            content_block: { type: 'thinking', thinking: '', signature: '' },
          };
        else yield { type: 'content_block_start', index, content_block: { type: 'text', text: '' } };
      }
      if (event.type === 'text')
        yield { type: 'content_block_delta', index, delta: { type: 'text_delta', text: event.text } };
      else if (event.type === 'toolInput')
        yield { type: 'content_block_delta', index, delta: { type: 'input_json_delta', partial_json: event.json } };
      else if (event.type === 'reasoning') {
        if (event.text !== undefined)
          yield { type: 'content_block_delta', index, delta: { type: 'thinking_delta', thinking: event.text } };
        if (event.signature !== undefined)
          yield { type: 'content_block_delta', index, delta: { type: 'signature_delta', signature: event.signature } };
      }
    }
  },
  additional(fields) {
    checkAnthropic(
      fields,
      object({
        top_k: sampling.top_k,
        thinking: anything,
        anthropic_beta: list(text),
        output_config: outputConfig,
        reasoning_config: anything,
      }),
    );
    for (const name of ['thinking', 'reasoning_config']) {
      const value = fields[name] as { type?: Json } | undefined;
      if (value !== undefined && value?.type !== 'disabled') throw unbuilt(`additionalModelRequestFields.${name}`);
    }
    const { effort, format } = (fields['output_config'] ?? {}) as { effort?: Json; format?: { schema: Json } };
    if (effort !== undefined) throw unbuilt('additionalModelRequestFields.output_config.effort');
    return definedOf({ topK: (fields['top_k'] as number | undefined) || undefined, responseSchema: format?.schema });
  },
};
