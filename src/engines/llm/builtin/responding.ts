import { answerFromSources } from './answering.ts';
import { readConversation } from './conversation.ts';
import { formed } from './forming.ts';
import { readRules } from './rules.ts';
import type { Sampling } from './sampling.ts';
import { summarise } from './summary.ts';
import type { ChatRequest, Json } from '../types.ts';

/** A reply: text, tool calls, or both. */
export type Reply = { text: string; calls: { name: string; input: Json }[] };

/** Answers a conversation: finds the skill that is asked for, lets it work, and puts its draft into the asked-for form. */
export function respond(request: ChatRequest, sampling: Sampling): Reply {
  const conversation = readConversation(request);
  const rules = readRules([conversation.rules, conversation.ask]);
  const { ask, sources } = conversation;
  if (/\bsummar|tl;?dr\b/i.test(ask)) return { text: formed(summarise(sources, rules, sampling), rules), calls: [] };
  return { text: formed(answerFromSources(ask, sources, conversation.past, sampling), rules), calls: [] };
}
