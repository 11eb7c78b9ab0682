import type { ChatRequest } from '../../../engines/llm/types.ts';
import type { FoundationModel } from '../../../kernel/foundation-models/model.ts';
import { textOf } from '../answer.ts';
import { definedOf } from '../defined.ts';
import { checkBody, list, object, text } from './body.ts';
import type { JsonObject, TextFamily } from './family.ts';
import { readInstructions } from './llama.ts';

/** Source: Bedrock User Guide, Mistral AI text completion. */
const DEFAULT_TOKENS = 512;
const TOP_K_MAX = 200;
const STOPS_MAX = 10;

const shapeFor = (model: FoundationModel) =>
  object(
    {
      prompt: text,
      max_tokens: { type: 'integer', min: 1, max: model.outputTokensMax! },
      stop: list(text, { max: STOPS_MAX }),
      temperature: { type: 'number', min: 0, max: 1 },
      top_p: { type: 'number', min: 0, max: 1 },
      top_k: { type: 'integer', min: 0, max: TOP_K_MAX },
    },
    ['prompt'],
  );

function read(body: JsonObject, model: FoundationModel): ChatRequest {
  checkBody(body, shapeFor(model));
  const { prompt, max_tokens, stop, temperature, top_p, top_k } = body as {
    prompt: string;
    max_tokens?: number;
    stop?: string[];
    temperature?: number;
    top_p?: number;
    top_k?: number;
  };
  return {
    ...readInstructions(prompt),
    maxTokens: max_tokens ?? DEFAULT_TOKENS,
    ...definedOf({
      temperature,
      topP: top_p,
      topK: top_k || undefined,
      stopSequences: stop?.length ? stop : undefined,
    }),
  };
}

const reasonOf = (reason: string) => (reason === 'max_tokens' || reason === 'context_window' ? 'length' : 'stop');

/** Mistral's completions: `prompt` in, `outputs` out. */
export const mistralText: TextFamily = {
  read,
  write: (answer) => ({ outputs: [{ text: textOf(answer), stop_reason: reasonOf(answer.stopReason) }] }),
  async *stream(events) {
    for await (const event of events) {
      if (event.type === 'text') yield { outputs: [{ text: event.text, stop_reason: null }] };
      else if (event.type === 'end') yield { outputs: [{ text: '', stop_reason: reasonOf(event.stopReason) }] };
    }
  },
  additional(fields) {
    checkBody(fields, object({ top_k: { type: 'integer', min: 0, max: TOP_K_MAX } }));
    return fields['top_k'] ? { topK: fields['top_k'] as number } : {};
  },
};
