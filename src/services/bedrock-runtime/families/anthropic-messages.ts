import type { Answer } from '../answer.ts';
import type { Citation, Json, StopReason, Usage } from '../../../engines/llm/types.ts';
import { anthropicCompletion } from './anthropic-text.ts';
import { definedOf } from '../defined.ts';
import { readEffort, readThinking } from '../reasoning.ts';
import { readAnthropic, readChoice } from './anthropic-request.ts';
import { checkAnthropic, moreOfToolChoice, outputConfig, sampling, toolChoice } from './anthropic-shape.ts';
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

const cacheOf = ({ cacheReadTokens = 0, cacheWriteTokens = 0, cacheWrites = [] }: Usage) => ({
  cache_creation_input_tokens: cacheWriteTokens,
  cache_read_input_tokens: cacheReadTokens,
  ...(cacheWriteTokens > 0
    ? {
        cache_creation: {
          ephemeral_5m_input_tokens: cacheWrites.find(({ ttl }) => ttl === '5m')?.tokens ?? 0,
          ephemeral_1h_input_tokens: cacheWrites.find(({ ttl }) => ttl === '1h')?.tokens ?? 0,
        },
      }
    : {}),
});
const NO_USAGE = { inputTokens: 0, outputTokens: 0 };

function write(answer: Answer, writing: Writing): JsonObject {
  if (writing.body['prompt'] !== undefined) return anthropicCompletion.write(answer, writing);
  const content = answer.blocks.map((block): Json => {
    if (block.type === 'text')
      return {
        type: 'text',
        text: block.text,
        ...(block.citations ? { citations: block.citations.map(citationOf) } : {}),
      };
    if (block.type === 'reasoning' && block.redacted !== undefined)
      return { type: 'redacted_thinking', data: block.redacted };
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
    usage: { input_tokens: inputTokens, ...cacheOf(answer.usage), output_tokens: outputTokens },
  };
}

/** Source: Anthropic API Reference, "Citations", "Search results". */
function citationOf({ kind, index, title, source, by, start, end, text }: Citation): Json {
  const block = { start_block_index: start, end_block_index: end };
  if (kind === 'searchResult')
    return {
      type: 'search_result_location',
      cited_text: text,
      search_result_index: index,
      source: source!,
      title: title!,
      ...block,
    };
  const document = { cited_text: text, document_index: index, document_title: title ?? null };
  if (by === 'blocks') return { type: 'content_block_location', ...document, ...block };
  if (by === 'pages') return { type: 'page_location', ...document, start_page_number: start, end_page_number: end };
  return { type: 'char_location', ...document, start_char_index: start, end_char_index: end };
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
        usage: { input_tokens: writing.inputTokens ?? 0, ...cacheOf(NO_USAGE), output_tokens: 0 },
      },
    };
    const open = new Set<number>();
    for await (const event of events) {
      if (event.type === 'end') {
        const { stopReason, stopSequence, usage } = event;
        yield {
          type: 'message_delta',
          delta: { stop_reason: STOP_REASONS[stopReason], stop_sequence: stopSequence ?? null },
          // The first event counted all of the input; what of it came from the cache is known now.
          usage: {
            output_tokens: usage.outputTokens,
            ...(usage.cacheReadTokens || usage.cacheWriteTokens
              ? { input_tokens: usage.inputTokens, ...cacheOf(usage) }
              : {}),
          },
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
        else if (event.type === 'reasoning' && event.redacted !== undefined)
          yield {
            type: 'content_block_start',
            index,
            content_block: { type: 'redacted_thinking', data: event.redacted },
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
      else if (event.type === 'citation')
        yield {
          type: 'content_block_delta',
          index,
          delta: { type: 'citations_delta', citation: citationOf(event.citation) },
        };
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
  additional(fields, model, asked) {
    checkAnthropic(
      fields,
      object({
        top_k: sampling.top_k,
        thinking: anything,
        anthropic_beta: list(text),
        output_config: outputConfig,
        reasoning_config: anything,
        tool_choice: asked.toolChoice ? moreOfToolChoice : toolChoice,
      }),
    );
    const choice = fields['tool_choice'] as JsonObject | undefined;
    const { oneToolCall, toolChoice: chosen } = readChoice(
      choice && { ...asked.toolChoice, ...choice },
      asked.tools ?? [],
    );
    const { thinking, reasoning_config: older } = fields as { thinking?: JsonObject; reasoning_config?: JsonObject };
    const { effort: degree, format } = (fields['output_config'] ?? {}) as { effort?: Json; format?: { schema: Json } };
    const effort = readEffort(degree, model, 'output_config.effort');
    const read = readThinking(thinking ?? older, model, undefined);
    const reasoning = read && effort !== undefined ? { ...read, effort } : read;
    return definedOf({
      topK: (fields['top_k'] as number | undefined) || undefined,
      responseSchema: format?.schema,
      reasoning,
      oneToolCall,
      toolChoice: chosen,
    });
  },
};
