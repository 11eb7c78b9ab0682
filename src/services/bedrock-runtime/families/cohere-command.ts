import type { ChatRequest, StopReason } from '../../../engines/llm/types.ts';
import type { FoundationModel } from '../../../kernel/foundation-models/model.ts';
import { textOf } from '../answer.ts';
import { definedOf } from '../defined.ts';
import { modelRefused, unbuilt } from '../errors.ts';
import { anything, checkBody, flag, list, object, text } from './body.ts';
import type { JsonObject, TextFamily } from './family.ts';

/** Source: Bedrock User Guide, Cohere Command models. */
const DEFAULT_TOKENS = 20;
const TEMPERATURE_MAX = 5;
const TOP_K_MAX = 500;

const shapeFor = (model: FoundationModel) =>
  object(
    {
      prompt: text,
      temperature: { type: 'number', min: 0, max: TEMPERATURE_MAX },
      p: { type: 'number', min: 0, max: 1 },
      k: { type: 'number', min: 0, max: TOP_K_MAX },
      max_tokens: { type: 'integer', min: 1, max: model.outputTokensMax! },
      stop_sequences: list(text),
      return_likelihoods: { type: 'string', values: ['GENERATION', 'ALL', 'NONE'] },
      stream: flag,
      num_generations: { type: 'integer', min: 1, max: 5 },
      logit_bias: anything,
      truncate: { type: 'string', values: ['NONE', 'START', 'END'] },
    },
    ['prompt'],
  );

function read(body: JsonObject, model: FoundationModel): ChatRequest {
  checkBody(body, shapeFor(model));
  const given = body as {
    prompt: string;
    temperature?: number;
    p?: number;
    k?: number;
    max_tokens?: number;
    stop_sequences?: string[];
  };
  if (given.prompt.trim() === '') throw modelRefused('invalid request: prompt must be at least 1 token long.');
  if (body['return_likelihoods'] !== undefined && body['return_likelihoods'] !== 'NONE')
    throw unbuilt(`return_likelihoods ${body['return_likelihoods'] as string} in the body of ${model.id}`);
  if ((body['num_generations'] ?? 1) !== 1) throw unbuilt('num_generations above 1');
  if (body['logit_bias'] !== undefined) throw unbuilt('logit_bias');
  if (body['truncate'] !== undefined && body['truncate'] !== 'NONE') throw unbuilt('truncate');
  return {
    system: [],
    messages: [{ role: 'user', content: [{ type: 'text', text: given.prompt }] }],
    maxTokens: given.max_tokens ?? DEFAULT_TOKENS,
    ...definedOf({
      temperature: given.temperature,
      topP: given.p || undefined,
      topK: given.k ? Math.round(given.k) : undefined,
      stopSequences: given.stop_sequences?.length ? given.stop_sequences : undefined,
    }),
  };
}

function reasonOf(reason: StopReason): string {
  if (reason === 'content_filtered') return 'ERROR_TOXIC';
  return reason === 'max_tokens' || reason === 'context_window' ? 'MAX_TOKENS' : 'COMPLETE';
}

/** Command and Command Light: `prompt` in, `generations` out. */
export const cohereCommand: TextFamily = {
  read,
  write: (answer, { ids, body }) => ({
    id: ids.uuid(),
    prompt: body['prompt'] ?? '',
    generations: [{ id: ids.uuid(), text: textOf(answer), finish_reason: reasonOf(answer.stopReason) }],
  }),
  async *stream(events, { ids, body }): AsyncGenerator<JsonObject> {
    const id = ids.uuid();
    const generation = ids.uuid();
    let said = '';
    for await (const event of events) {
      if (event.type === 'text') {
        said += event.text;
        yield { index: 0, text: event.text, is_finished: false };
      } else if (event.type === 'end') {
        const finish_reason = reasonOf(event.stopReason);
        const generations = [{ id: generation, text: said, finish_reason }];
        yield {
          index: 0,
          is_finished: true,
          finish_reason,
          response: { id, prompt: body['prompt'] ?? '', generations },
        };
      }
    }
  },
  additional(fields) {
    checkBody(fields, object({ k: { type: 'number', min: 0, max: TOP_K_MAX } }));
    return fields['k'] ? { topK: Math.round(fields['k'] as number) } : {};
  },
};
