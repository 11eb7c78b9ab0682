import { LlmError, type ChatEvent, type ChatRequest } from '../types.ts';
import { Answer } from './answer.ts';
import type { Model, Sequence } from './llama.ts';

type Loaded = { readonly model: Model; readonly sequence: Sequence; readonly contextSize: number };

/** The tokens of a text that is gone on with: special tokens in it are what they are, and the beginning of a text is put before. */
export function promptTokens({ messages }: ChatRequest, model: Model): number[] {
  const text = messages
    .flatMap(({ content }) => content)
    .map((part) => (part.type === 'text' ? part.text : ''))
    .join('');
  const read = model.tokenize(text, true);
  const { bos, shouldPrependBosToken } = model.tokens;
  return bos !== null && shouldPrependBosToken && read[0] !== bos ? [bos, ...read] : read;
}

/** Goes on with a text, token after token, in no chat format. Throws LlmError 'context' when it fills the context. */
export async function goOn(
  request: ChatRequest,
  { model, sequence, contextSize }: Loaded,
  signal: AbortSignal,
  emit: (event: ChatEvent) => void,
): Promise<void> {
  const prompt = promptTokens(request, model);
  const room = contextSize - prompt.length - 1;
  if (room < 1)
    throw new LlmError(
      'context',
      `The prompt has ${prompt.length} tokens; the context of the model holds ${contextSize}.`,
    );
  const maxTokens = Math.min(request.maxTokens ?? room, room);
  const answer = new Answer({
    stopSequences: request.stopSequences ?? [],
    forcedTool: false,
    makeToolCallId: () => '',
    emit,
  });
  await sequence.clearHistory();
  const { temperature = 0, topP, topK, seed } = request;
  const sampled: number[] = [];
  let shown = 0;
  let reason = 'maxTokens';
  const samples = sequence.evaluate(prompt, {
    temperature,
    ...(topP === undefined ? {} : { topP }),
    ...(topK === undefined ? {} : { topK }),
    ...(seed === undefined ? {} : { seed }),
  });
  try {
    for await (const token of samples) {
      signal.throwIfAborted();
      if (model.isEogToken(token)) {
        reason = 'eogToken';
        break;
      }
      sampled.push(token);
      const text = model.detokenize(sampled.slice(shown), false, sampled.slice(0, shown));
      // A character may be cut over several tokens: it is shown when it is whole.
      if (!text.endsWith('\u{FFFD}')) {
        shown = sampled.length;
        answer.acceptChunk({ text, tokens: [] });
      }
      if (answer.stopSequence !== undefined || sampled.length >= maxTokens) break;
    }
  } finally {
    await samples.return();
  }
  const limit = request.maxTokens !== undefined && request.maxTokens <= room ? 'max_tokens' : 'context_window';
  const end = answer.finish(reason, limit);
  emit({ type: 'end', ...end, usage: { inputTokens: prompt.length, outputTokens: sampled.length } });
}
