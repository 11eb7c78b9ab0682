import { ConverseStreamCommand } from '@aws-sdk/client-bedrock-runtime';
import { clientOf, send } from '../../../aws/call.ts';
import { factsOf } from '../../../aws/failure.ts';
import { RuntimeClient, type Headed } from '../../../aws/runtime-client.ts';
import type { Session } from '../../../aws/session.ts';
import { stack, StackError } from '../../../aws/stack.ts';
import { Assembly, converseInput, newAnswer, type Answer, type Facts } from './conversation.ts';
import type { ChatStore } from './store.ts';

/** How often, and after how long, it is asked what a call has cost: it is on the record shortly after its last byte. */
const ASKS_MAX = 5;
const ASK_MS = 150;

/**
 * Has the model of a column answer what was said there so far: piece by piece, until it ends, fails or is stopped. What it was, and what went
 * wrong, is in the column afterwards; never rejects.
 */
export async function answer(store: ChatStore, session: Session, columnId: string): Promise<void> {
  const column = store.column(columnId);
  if (!column) return;
  const signal = store.begin(columnId);
  const made = newAnswer(column.modelId);
  const input = converseInput(store.get().settings, column.modelId, column.turns);
  store.updateColumn(columnId, (before) => ({ ...before, turns: [...before.turns, made] }));
  const change = (changes: (before: Answer) => Partial<Answer>) =>
    store.updateTurn<Answer>(columnId, made.id, (before) => ({ ...before, ...changes(before) }));
  const learn = (facts: Facts) => change((before) => ({ facts: { ...before.facts, ...facts } }));

  const assembly = new Assembly();
  const startedMs = performance.now();
  let drawing: number | undefined;
  const draw = () => {
    drawing = undefined;
    change(() => ({ content: assembly.content() }));
  };
  let state: Answer['state'] = 'done';
  let failure: Answer['failure'];
  let requestId: string | undefined;
  let first = true;
  try {
    const output = await send(clientOf(session, RuntimeClient), ConverseStreamCommand, input, signal);
    requestId = output.$metadata.requestId;
    const { outcropAnswer } = output as Headed;
    learn({
      ...(requestId === undefined ? {} : { requestId }),
      ...(outcropAnswer === undefined ? {} : { answer: outcropAnswer }),
    });
    for await (const event of output.stream!) {
      if (assembly.add(event)) {
        if (first) learn({ firstMs: performance.now() - startedMs });
        first = false;
        // Pieces may come faster than they can be drawn.
        drawing ??= requestAnimationFrame(draw);
      }
      const { messageStop } = event;
      if (messageStop) change(() => ({ stopReason: messageStop.stopReason! }));
      if (event.metadata) {
        const { usage, metrics, trace } = event.metadata;
        learn({
          ...(usage ? { usage } : {}),
          ...(metrics?.latencyMs === undefined ? {} : { latencyMs: metrics.latencyMs }),
          ...(trace?.guardrail ? { trace: trace.guardrail } : {}),
        });
      }
    }
    if (signal.aborted) state = 'stopped';
  } catch (error) {
    state = signal.aborted ? 'stopped' : 'failed';
    if (state === 'failed') {
      const facts = factsOf(error);
      // Errors within a stream carry no id of their own.
      const id = facts.requestId ?? requestId;
      failure = { ...facts, ...(id === undefined ? {} : { requestId: id }) };
    }
  }
  if (drawing !== undefined) cancelAnimationFrame(drawing);
  change(() => ({ content: assembly.content(), state, ...(failure ? { failure } : {}) }));
  if (requestId !== undefined && state === 'done') learn(await recorded(session, requestId));
}

/** What a call has cost, and what answered it at its end. Unknown where another process answered. */
async function recorded(session: Session, requestId: string): Promise<Facts> {
  for (let asked = 0; asked < ASKS_MAX; asked++) {
    try {
      const { call } = await stack<{ call: { usd?: number; answer?: string } }>(
        session,
        'GET',
        `call?request=${encodeURIComponent(requestId)}`,
      );
      return {
        ...(call.usd === undefined ? {} : { usd: call.usd }),
        ...(call.answer === undefined ? {} : { answer: call.answer }),
      };
    } catch (error) {
      if (!(error instanceof StackError) || error.status !== 404) return {};
      await new Promise((resolve) => {
        setTimeout(resolve, ASK_MS);
      });
    }
  }
  return {};
}
