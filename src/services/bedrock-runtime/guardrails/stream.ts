import type { ChatEvent } from '../../../engines/llm/types.ts';
import { collectAnswer, eventsOf, type Answer } from '../answer.ts';

/** Characters after which a stream that goes on is looked at again, from its beginning. */
const ASSESS_CHARACTERS = 400;
const NO_USAGE = { inputTokens: 0, outputTokens: 0 };

/**
 * A stream under a guardrail. Synchronous: nothing leaves before all of it is known to be in order, since what must be masked or blocked may
 * begin in one piece and end in another. Asynchronous: text leaves as it comes, nothing is masked, and the stream ends with the guardrail's
 * message once something is found. Source: Bedrock User Guide, "Configure streaming response behavior".
 */
export async function* guardStream(
  events: AsyncIterable<ChatEvent>,
  { async, assess }: { async: boolean; assess: (answer: Answer) => Promise<{ answer: Answer; blocked: boolean }> },
): AsyncGenerator<ChatEvent, void> {
  if (!async) {
    yield* eventsOf((await assess(await collectAnswer(events))).answer);
    return;
  }
  const seen: ChatEvent[] = [];
  let unassessed = 0;
  let last = -1;
  let open: number | undefined;
  let instead: Answer | undefined;
  for await (const event of events) {
    seen.push(event);
    if (event.type === 'end') {
      instead ??= await blockedOf(seen);
      if (instead) yield* inPlace(instead, event);
      else yield event;
      return;
    }
    // What the model still says counts, and is not passed on.
    if (instead) continue;
    yield event;
    last = Math.max(last, event.index);
    open = event.type === 'blockStop' ? undefined : event.index;
    if (event.type === 'text') unassessed += event.text.length;
    if (unassessed < ASSESS_CHARACTERS) continue;
    unassessed = 0;
    instead = await blockedOf([...seen, { type: 'end', stopReason: 'end_turn', usage: NO_USAGE }]);
    if (instead && open !== undefined) yield { type: 'blockStop', index: open };
  }

  async function blockedOf(so: ChatEvent[]): Promise<Answer | undefined> {
    const { answer, blocked } = await assess(await collectAnswer(so));
    return blocked ? answer : undefined;
  }

  function* inPlace({ blocks }: Answer, end: Extract<ChatEvent, { type: 'end' }>): Generator<ChatEvent> {
    const index = last + 1;
    for (const block of blocks) if (block.type === 'text') yield { type: 'text', index, text: block.text };
    yield { type: 'blockStop', index };
    yield { ...end, stopReason: 'guardrail' };
  }
}
