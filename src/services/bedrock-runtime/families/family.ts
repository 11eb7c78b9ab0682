import type { ChatEvent, ChatRequest, Json } from '../../../engines/llm/types.ts';
import type { Call } from '../../../kernel/call.ts';
import type { FoundationModel } from '../../../kernel/foundation-models/model.ts';
import type { Ids } from '../../../kernel/ids.ts';
import type { Answer } from '../answer.ts';

export type JsonObject = { [key: string]: Json };

/** What a family needs to write an answer. */
export type Writing = {
  model: FoundationModel;
  ids: Ids;
  /** The native request that is answered. */
  body: JsonObject;
  /** Tokens of the prompt, for families that tell them before the answer; undefined where the backend cannot count. */
  inputTokens?: number;
};

/** How the native bodies of a family of text models are read and written. */
export type TextFamily = {
  /** A native request as the canonical state has it. Throws ValidationException, and NotImplemented for members that are not built. */
  read(body: JsonObject, model: FoundationModel, call: Call): ChatRequest | Promise<ChatRequest>;
  /** The native answer. */
  write(answer: Answer, writing: Writing): JsonObject;
  /** The native chunks of a stream. */
  stream(events: AsyncIterable<ChatEvent>, writing: Writing): AsyncIterable<JsonObject>;
  /** Whether a stream's first chunk tells the tokens of the prompt. */
  countsFirst?: boolean;
  /** What `additionalModelRequestFields` of Converse add to what is asked. Absent: the family takes none. */
  additional?(fields: JsonObject, model: FoundationModel, asked: ChatRequest): Partial<ChatRequest>;
};
