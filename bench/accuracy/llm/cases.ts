import type { ChatRequest, Json, Part } from '../../../src/engines/llm/types.ts';
import type { Draws } from './draws.ts';

/** What a model gave back. */
export type Outcome = {
  text: string;
  calls: { name: string; input: Json }[];
  stopReason: string;
  stopSequence?: string;
  outputTokens: number;
};

/** One generated case; `check` says what is wrong with an outcome, or nothing when it is right. */
export type Case = {
  skill: string;
  half: 'tune' | 'held-out';
  request: ChatRequest;
  check(outcome: Outcome): string | undefined;
};

/** Makes one case of a template. */
export type Template = (draws: Draws) => Omit<Case, 'skill' | 'half'>;

/** The templates of a skill. The engine is tuned on the first half only. */
export type Suite = { skill: string; tune: Template[]; heldOut: Template[] };

export const user = (text: string, more: Partial<ChatRequest> = {}, parts: Part[] = []): ChatRequest => ({
  system: [],
  messages: [{ role: 'user', content: [...parts, { type: 'text', text }] }],
  ...more,
});

export const wordsOf = (text: string): string[] => text.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word));
