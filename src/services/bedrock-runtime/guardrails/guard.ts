import type { GuardrailTraceAssessment } from '@aws-sdk/client-bedrock-runtime';
import type { ChatEvent, ChatRequest } from '../../../engines/llm/types.ts';
import type { Answer } from '../answer.ts';

/** A guardrail at work on one invocation: what goes in is assessed first, what comes out after. */
export type Guard = {
  /** The conversation as the model may see it, personal data masked; or what to say in the model's place. */
  input(chat: ChatRequest): Promise<{ chat: ChatRequest } | { blocked: string }>;
  /** The answer as the caller may see it. */
  output(answer: Answer, chat: ChatRequest): Promise<Answer>;
  /** The same of a stream: what must be masked or blocked never leaves. */
  stream(events: AsyncIterable<ChatEvent>, chat: ChatRequest): AsyncGenerator<ChatEvent, void>;
  /** What was done so far. */
  readonly intervened: boolean;
  /** Absent: no trace was asked for. */
  trace(): GuardrailTraceAssessment | undefined;
};
