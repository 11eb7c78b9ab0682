import type { ChatRequest, Message } from '../../../engines/llm/types.ts';
import type { FoundationModel } from '../../../kernel/foundation-models/model.ts';
import { textOf } from '../answer.ts';
import { definedOf } from '../defined.ts';
import { invalid } from '../errors.ts';
import { checkBody, list, object, text } from './body.ts';
import type { JsonObject, TextFamily } from './family.ts';

/** Source: Bedrock User Guide, Anthropic Claude Text Completions API. */
const shapeFor = (model: FoundationModel) =>
  object(
    {
      prompt: text,
      max_tokens_to_sample: { type: 'integer', min: 0, max: model.outputTokensMax! },
      temperature: { type: 'number', min: 0, max: 1 },
      top_p: { type: 'number', min: 0, max: 1 },
      top_k: { type: 'integer', min: 0, max: 500 },
      stop_sequences: list(text),
      anthropic_version: text,
    },
    ['prompt', 'max_tokens_to_sample'],
  );

/** A `\n\nHuman: … \n\nAssistant:` prompt as a conversation. */
function read(body: JsonObject, model: FoundationModel): ChatRequest {
  if (!/^anthropic\.claude-(?:v2|instant)/.test(model.id))
    throw invalid(
      `"${model.id.replace(/^anthropic\./, '')}" is not supported on this API. Please use the Messages API instead.`,
    );
  checkBody(body, shapeFor(model));
  const { prompt, max_tokens_to_sample, temperature, top_p, top_k, stop_sequences } = body as {
    prompt: string;
    max_tokens_to_sample: number;
    temperature?: number;
    top_p?: number;
    top_k?: number;
    stop_sequences?: string[];
  };
  const [before = '', ...pieces] = prompt.split(/(?:^|\n\n)(Human|Assistant):/);
  if (pieces[0] !== 'Human')
    throw invalid('Invalid prompt: prompt must start with "\n\nHuman:" turn after an optional system prompt');
  if (pieces.at(-2) !== 'Assistant') throw invalid('Invalid prompt: prompt must end with "\n\nAssistant:" turn');
  const messages: Message[] = [];
  for (let i = 0; i < pieces.length; i += 2) {
    const said = pieces[i + 1]!.trim();
    const role = pieces[i] === 'Human' ? 'user' : 'assistant';
    const last = messages.at(-1);
    if (said === '') continue;
    if (last?.role === role) last.content.push({ type: 'text', text: said });
    else messages.push({ role, content: [{ type: 'text', text: said }] });
  }
  if (messages[0]?.role !== 'user')
    throw invalid('Invalid prompt: prompt must start with "\n\nHuman:" turn after an optional system prompt');
  return {
    system: before.trim() === '' ? [] : [before.trim()],
    messages,
    maxTokens: Math.max(1, max_tokens_to_sample),
    ...definedOf({
      temperature,
      topP: top_p,
      topK: top_k || undefined,
      stopSequences: stop_sequences?.length ? stop_sequences : undefined,
    }),
  };
}

const reasonOf = (reason: string) =>
  reason === 'max_tokens' || reason === 'context_window' ? 'max_tokens' : 'stop_sequence';

/** Claude's text completions: `prompt` in, `completion` out. */
export const anthropicCompletion: TextFamily = {
  read,
  write: (answer) => ({
    type: 'completion',
    completion: ` ${textOf(answer)}`,
    stop_reason: reasonOf(answer.stopReason),
    stop: answer.stopSequence ?? (reasonOf(answer.stopReason) === 'stop_sequence' ? '\n\nHuman:' : null),
  }),
  async *stream(events) {
    for await (const event of events) {
      if (event.type === 'text') yield { type: 'completion', completion: event.text, stop_reason: null, stop: null };
      else if (event.type === 'end')
        yield {
          type: 'completion',
          completion: '',
          stop_reason: reasonOf(event.stopReason),
          stop: event.stopSequence ?? (reasonOf(event.stopReason) === 'stop_sequence' ? '\n\nHuman:' : null),
        };
    }
  },
};
