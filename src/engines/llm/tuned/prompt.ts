import type { ChatRequest, Message } from '../types.ts';

/** A conversation as tuning sees it: what was said last, then the system texts and what came before. */
export function promptOf({ system, messages }: Pick<ChatRequest, 'system' | 'messages'>): string {
  return [textOf(messages.at(-1)), ...system, ...messages.slice(0, -1).map(textOf)]
    .filter((text) => text !== '')
    .join('\n');
}

/** The text of a message, documents included. */
export function textOf(message: Message | undefined): string {
  return (message?.content ?? [])
    .map((part) => (part.type === 'text' || part.type === 'document' ? part.text : ''))
    .filter((text) => text !== '')
    .join('\n');
}
