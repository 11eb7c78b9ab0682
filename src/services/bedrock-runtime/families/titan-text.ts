import type { ChatRequest } from '../../../engines/llm/types.ts';
import type { FoundationModel } from '../../../kernel/foundation-models/model.ts';
import { definedOf } from '../defined.ts';
import { textOf } from '../answer.ts';
import { modelRefused } from '../errors.ts';
import { checkBody, list, object, text } from './body.ts';
import type { JsonObject, TextFamily } from './family.ts';

/** Source: Bedrock User Guide, Amazon Titan Text models. */
const DEFAULT_TOKENS = 512;
const REASONS: Record<string, string> = {
  max_tokens: 'LENGTH',
  context_window: 'LENGTH',
  stop_sequence: 'STOP_CRITERIA_MET',
  content_filtered: 'CONTENT_FILTERED',
};
const STOP_SEQUENCES_MAX = 4;

const shapeFor = (model: FoundationModel) =>
  object(
    {
      inputText: text,
      textGenerationConfig: object({
        maxTokenCount: { type: 'integer', min: 0, max: model.outputTokensMax! },
        temperature: { type: 'number', min: 0, max: 1 },
        topP: { type: 'number', min: 0, max: 1 },
        stopSequences: list(text, { max: STOP_SEQUENCES_MAX }),
      }),
    },
    ['inputText'],
  );

function read(body: JsonObject, model: FoundationModel): ChatRequest {
  checkBody(body, shapeFor(model));
  const inputText = body['inputText'] as string;
  if (inputText.trim() === '') throw modelRefused('inputText must not be empty.');
  const { maxTokenCount, temperature, topP, stopSequences } = (body['textGenerationConfig'] ?? {}) as {
    maxTokenCount?: number;
    temperature?: number;
    topP?: number;
    stopSequences?: string[];
  };
  return {
    system: [],
    messages: turnsOf(inputText),
    maxTokens: maxTokenCount || DEFAULT_TOKENS,
    ...definedOf({ temperature, topP, stopSequences: stopSequences?.length ? stopSequences : undefined }),
  };
}

/** A prompt may be a conversation written out: `User: …\nBot: …`. Source: the same page, conversational prompts. */
function turnsOf(inputText: string): ChatRequest['messages'] {
  if (!/^\s*User:/.test(inputText) || !/\n\s*Bot:\s*$/.test(inputText))
    return [{ role: 'user', content: [{ type: 'text', text: inputText }] }];
  const pieces = inputText.split(/(?:^|\n)\s*(User|Bot):/).slice(1);
  const messages: ChatRequest['messages'] = [];
  for (let i = 0; i < pieces.length; i += 2) {
    const said = pieces[i + 1]!.trim();
    const role = pieces[i] === 'User' ? 'user' : 'assistant';
    const last = messages.at(-1);
    if (said === '') continue;
    if (last?.role === role) last.content.push({ type: 'text', text: said });
    else messages.push({ role, content: [{ type: 'text', text: said }] });
  }
  return messages[0]?.role === 'user' ? messages : [{ role: 'user', content: [{ type: 'text', text: inputText }] }];
}

/** Titan Text: `inputText` in, `results` out. */
export const titanText: TextFamily = {
  read,
  countsFirst: true,
  write: (answer) => ({
    inputTextTokenCount: answer.usage.inputTokens,
    results: [
      {
        tokenCount: answer.usage.outputTokens,
        outputText: textOf(answer),
        completionReason: REASONS[answer.stopReason] ?? 'FINISH',
      },
    ],
  }),
  async *stream(events, { inputTokens }) {
    let first = true;
    for await (const event of events) {
      const inputTextTokenCount = first ? (inputTokens ?? null) : null;
      if (event.type === 'text')
        yield {
          outputText: event.text,
          index: 0,
          totalOutputTextTokenCount: null,
          completionReason: null,
          inputTextTokenCount,
        };
      else if (event.type === 'end') {
        yield {
          outputText: '',
          index: 0,
          totalOutputTextTokenCount: event.usage.outputTokens,
          completionReason: REASONS[event.stopReason] ?? 'FINISH',
          inputTextTokenCount,
        };
      } else continue;
      first = false;
    }
  },
  additional(fields) {
    checkBody(fields, object({}));
    return {};
  },
};
