import { LlmError, type ChatEvent, type Citation, type StopReason, type Usage } from '../../engines/llm/types.ts';

/** A block of a whole answer. Tool input as the backend wrote it, JSON text. */
export type AnswerBlock =
  | { type: 'text'; text: string; citations?: Citation[] }
  | { type: 'toolCall'; id: string; name: string; json: string }
  /** `redacted`: sealed, and without a text. */
  | { type: 'reasoning'; text: string; signature?: string; redacted?: string };

export type Answer = { blocks: AnswerBlock[]; stopReason: StopReason; stopSequence?: string; usage: Usage };

/** A whole answer as events. */
export async function* eventsOf({ blocks, ...end }: Answer): AsyncGenerator<ChatEvent, void> {
  for (const [index, block] of blocks.entries()) {
    if (block.type === 'toolCall') {
      yield { type: 'toolStart', index, id: block.id, name: block.name };
      yield { type: 'toolInput', index, json: block.json };
    } else if (block.type === 'text') {
      yield { type: 'text', index, text: block.text };
      for (const citation of block.citations ?? []) yield { type: 'citation', index, citation };
    } else {
      if (block.redacted === undefined) yield { type: 'reasoning', index, text: block.text };
      else yield { type: 'reasoning', index, redacted: block.redacted };
      if (block.signature !== undefined) yield { type: 'reasoning', index, signature: block.signature };
    }
    yield { type: 'blockStop', index };
  }
  yield { type: 'end', ...end };
}

/** A whole answer out of events. */
export async function collectAnswer(events: AsyncIterable<ChatEvent> | Iterable<ChatEvent>): Promise<Answer> {
  const blocks: AnswerBlock[] = [];
  for await (const event of events) {
    switch (event.type) {
      case 'toolStart':
        blocks[event.index] = { type: 'toolCall', id: event.id, name: event.name, json: '' };
        break;
      case 'toolInput': {
        const block = blocks[event.index];
        if (block?.type === 'toolCall') block.json += event.json;
        break;
      }
      case 'text': {
        const block = (blocks[event.index] ??= { type: 'text', text: '' });
        if (block.type === 'text') block.text += event.text;
        break;
      }
      case 'citation': {
        const block = blocks[event.index];
        if (block?.type === 'text') (block.citations ??= []).push(event.citation);
        break;
      }
      case 'reasoning': {
        const block = (blocks[event.index] ??= { type: 'reasoning', text: '' });
        if (block.type !== 'reasoning') break;
        block.text += event.text ?? '';
        if (event.redacted !== undefined) block.redacted = event.redacted;
        if (event.signature !== undefined) block.signature = (block.signature ?? '') + event.signature;
        break;
      }
      case 'blockStop':
        break;
      case 'end': {
        const { stopReason, stopSequence, usage } = event;
        return {
          blocks: blocks.filter((block) => block !== undefined),
          stopReason,
          usage,
          ...(stopSequence === undefined ? {} : { stopSequence }),
        };
      }
    }
  }
  throw new LlmError('stream', 'The answer ended without an end.');
}

/** The text of an answer, its blocks joined. */
export function textOf({ blocks }: Answer): string {
  return blocks.map((block) => (block.type === 'text' ? block.text : '')).join('');
}
