import type { ChatRequest, StopReason } from '../../../engines/llm/types.ts';
import type { FoundationModel } from '../../../kernel/foundation-models/model.ts';
import { textOf } from '../answer.ts';
import { definedOf } from '../defined.ts';
import { checkBody, list, object, text } from './body.ts';
import { chatMembers, readChatMessages } from './chat-messages.ts';
import type { JsonObject, TextFamily } from './family.ts';

/** Source: Bedrock User Guide, Mistral AI chat completion. Mistral's ids of tool calls have nine characters. */
const TOOL_CALL_ID_LENGTH = 9;

const shapeFor = (model: FoundationModel) =>
  object(
    {
      ...chatMembers,
      max_tokens: { type: 'integer', min: 1, max: model.outputTokensMax! },
      temperature: { type: 'number', min: 0, max: 1 },
      top_p: { type: 'number', min: 0, max: 1 },
      stop: list(text),
    },
    ['messages'],
  );

function read(body: JsonObject, model: FoundationModel): ChatRequest {
  checkBody(body, shapeFor(model));
  const { max_tokens, temperature, top_p, stop } = body as {
    max_tokens?: number;
    temperature?: number;
    top_p?: number;
    stop?: string[];
  };
  return {
    ...readChatMessages(body, model),
    ...definedOf({ maxTokens: max_tokens, temperature, topP: top_p, stopSequences: stop?.length ? stop : undefined }),
  };
}

function reasonOf(reason: StopReason): string {
  if (reason === 'tool_use') return 'tool_calls';
  return reason === 'max_tokens' || reason === 'context_window' ? 'length' : 'stop';
}

/** Mistral's chat: `messages` in, `choices` out. */
export const mistralChat: TextFamily = {
  read,
  write(answer, { ids }) {
    const calls = answer.blocks.flatMap((block) =>
      block.type === 'toolCall'
        ? [{ id: ids.text(TOOL_CALL_ID_LENGTH), function: { name: block.name, arguments: block.json || '{}' } }]
        : [],
    );
    const message = { role: 'assistant', content: textOf(answer), ...(calls.length > 0 ? { tool_calls: calls } : {}) };
    return { choices: [{ index: 0, message, stop_reason: reasonOf(answer.stopReason) }] };
  },
  async *stream(events, { ids }) {
    const calls = new Map<number, { id: string; name: string; json: string }>();
    const choice = (message: JsonObject, stop_reason: string | null): JsonObject => ({
      choices: [{ index: 0, message, stop_reason }],
    });
    for await (const event of events) {
      if (event.type === 'text') yield choice({ role: 'assistant', content: event.text }, null);
      else if (event.type === 'toolStart')
        calls.set(event.index, { id: ids.text(TOOL_CALL_ID_LENGTH), name: event.name, json: '' });
      else if (event.type === 'toolInput') calls.get(event.index)!.json += event.json;
      else if (event.type === 'blockStop') {
        // Mistral sends a tool call whole.
        const made = calls.get(event.index);
        if (made)
          yield choice(
            {
              role: 'assistant',
              content: '',
              tool_calls: [{ id: made.id, function: { name: made.name, arguments: made.json || '{}' } }],
            },
            null,
          );
      } else if (event.type === 'end') yield choice({ role: 'assistant', content: '' }, reasonOf(event.stopReason));
    }
  },
  additional(fields) {
    checkBody(fields, object({ top_k: { type: 'integer', min: 0, max: 200 } }));
    return fields['top_k'] ? { topK: fields['top_k'] as number } : {};
  },
};
