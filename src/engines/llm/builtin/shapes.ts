import type { Json } from '../types.ts';

/** A named text to work on. */
export type Material = { name: string; text: string };

/** A labelled line of a prompt: "Text: …", "Sentiment: …". */
export type Section = { label: string; text: string; role: 'material' | 'ask' | 'cue' };

/** A prompt taken apart: what is asked, what it is asked about, and the labelled sections in the order in which they stood. */
export type Prompt = { ask: string; material: Material[]; sections: Section[]; cue?: string };

/** Where facts come from. `turn` counts messages; system text is turn -1. `current` marks the last turn of the user. */
export type Source = {
  name: string;
  text: string;
  kind: 'document' | 'prompt' | 'tool' | 'system' | 'earlier';
  turn: number;
  current: boolean;
  json?: Json;
};

/** A tool call of the conversation with its result, once there is one. */
export type PastCall = {
  id: string;
  name: string;
  input: Json;
  turn: number;
  result?: { status: 'success' | 'error'; text: string; json?: Json };
};

/** A conversation as the skills see it. */
export type Conversation = {
  /** The last thing that the user asked, without the texts that it is about; after tool results, what was asked before them. */
  ask: string;
  /** All words of the turn that `ask` is from. */
  asked: string;
  /** The message that `ask` is from. */
  askTurn: number;
  prompt: Prompt;
  /** Rules from the system text. */
  rules: string;
  sources: Source[];
  /** Earlier questions, with what was answered. */
  past: { ask: string; answer: string }[];
  calls: PastCall[];
  /** The last message holds tool results. */
  answeringTools: boolean;
  /** Text that the assistant's turn was begun with, when the last message is the assistant's. */
  prefill: string;
};
