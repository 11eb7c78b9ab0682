import type { ChatRequest, StopReason } from '../../../engines/llm/types.ts';
import type { FoundationModel } from '../../../kernel/foundation-models/model.ts';
import { textOf } from '../answer.ts';
import { definedOf } from '../defined.ts';
import { unbuilt } from '../errors.ts';
import { checkBody, either, flag, list, object, text, type Shape } from './body.ts';
import type { JsonObject, TextFamily, Writing } from './family.ts';
import { openaiChat } from './openai-chat.ts';

/**
 * Imported models take three bodies: Bedrock's completion (`prompt`, `max_gen_len`), OpenAI's completion (`prompt`, `max_tokens`) and OpenAI's
 * chat (`messages`). A prompt is gone on with as it is: its special tokens are the caller's. Source: Bedrock User Guide, "Invoke your imported
 * model", multiple API formats.
 */
const TOKENS_DEFAULT = 512;

const count = (model: FoundationModel) => ({ type: 'integer', min: 1, max: model.outputTokensMax! }) as const;
const sampling = {
  temperature: { type: 'number', min: 0, max: 2 },
  top_p: { type: 'number', min: 0, max: 1 },
  top_k: { type: 'integer', min: 0 },
} as const;

const isChat = (body: JsonObject) => body['messages'] !== undefined;
const isOpenAI = (body: JsonObject) => body['max_gen_len'] === undefined && body['max_tokens'] !== undefined;

function readCompletion(body: JsonObject, model: FoundationModel): ChatRequest {
  const own: Record<string, Shape> = isOpenAI(body)
    ? {
        model: text,
        max_tokens: count(model),
        stop: either(list(text), text),
        seed: { type: 'integer' } as const,
        n: { type: 'integer', min: 1 } as const,
        echo: flag,
        stream: flag,
        logprobs: { type: 'integer', min: 0 } as const,
      }
    : { max_gen_len: count(model) };
  checkBody(body, object({ prompt: text, ...sampling, ...own }, ['prompt']));
  const given = body as {
    prompt: string;
    max_gen_len?: number;
    max_tokens?: number;
    temperature?: number;
    top_p?: number;
    top_k?: number;
    stop?: string | string[];
    seed?: number;
    n?: number;
  };
  if (given.n !== undefined && given.n > 1) throw unbuilt('n above 1');
  for (const name of ['echo', 'logprobs']) if (body[name]) throw unbuilt(name);
  const stop = typeof given.stop === 'string' ? [given.stop] : given.stop;
  return {
    system: [],
    messages: [{ role: 'user', content: [{ type: 'text', text: given.prompt }] }],
    continues: true,
    maxTokens: given.max_gen_len ?? given.max_tokens ?? TOKENS_DEFAULT,
    ...definedOf({
      temperature: given.temperature,
      topP: given.top_p,
      topK: given.top_k,
      seed: given.seed,
      stopSequences: stop?.length ? stop : undefined,
    }),
  };
}

const reasonOf = (reason: StopReason) => (reason === 'max_tokens' || reason === 'context_window' ? 'length' : 'stop');

const completion = ({ ids, model }: Writing) => ({
  id: `cmpl-${ids.text(24)}`,
  object: 'text_completion',
  model: model.id,
});

export const imported: TextFamily = {
  read: (body, model, call) => (isChat(body) ? openaiChat.read(body, model, call) : readCompletion(body, model)),
  write(answer, writing) {
    if (isChat(writing.body)) return openaiChat.write(answer, writing);
    const { inputTokens, outputTokens } = answer.usage;
    const said = textOf(answer);
    const reason = reasonOf(answer.stopReason);
    if (!isOpenAI(writing.body))
      return {
        generation: said,
        prompt_token_count: inputTokens,
        generation_token_count: outputTokens,
        stop_reason: reason,
      };
    return {
      ...completion(writing),
      choices: [{ index: 0, text: said, logprobs: null, finish_reason: reason }],
      usage: {
        prompt_tokens: inputTokens,
        completion_tokens: outputTokens,
        total_tokens: inputTokens + outputTokens,
      },
    };
  },
  async *stream(events, writing) {
    if (isChat(writing.body)) {
      yield* openaiChat.stream(events, writing);
      return;
    }
    const openai = isOpenAI(writing.body);
    const head = completion(writing);
    const chunk = (said: string, reason: string | null, tokens?: number): JsonObject =>
      openai
        ? { ...head, choices: [{ index: 0, text: said, logprobs: null, finish_reason: reason }] }
        : { generation: said, prompt_token_count: null, generation_token_count: tokens ?? null, stop_reason: reason };
    for await (const event of events) {
      if (event.type === 'text') yield chunk(event.text, null);
      else if (event.type === 'end') yield chunk('', reasonOf(event.stopReason), event.usage.outputTokens);
    }
  },
  additional: (fields, model, asked) => openaiChat.additional?.(fields, model, asked) ?? {},
};
