import type { ConverseRequest, ConverseTrace } from '@aws-sdk/client-bedrock-runtime';
import type { ChatEvent, Json } from '../../../engines/llm/types.ts';
import type { Call } from '../../../kernel/call.ts';
import type { Handlers } from '../../../kernel/service.ts';
import { collectAnswer, type Answer } from '../answer.ts';
import { answerChat, streamChat } from '../chat.ts';
import { unbuilt } from '../errors.ts';
import { familyOf } from '../families/families.ts';
import { guardOf } from '../guardrails/apply.ts';
import type { Guard } from '../guardrails/guard.ts';
import { checkLatency, servedLatency } from '../latency.ts';
import { tierOf } from '../metering.ts';
import { rendered } from '../prompts.ts';
import { readRouted, routerTrace } from '../routing.ts';
import { resolveTarget, type Target } from '../target.ts';
import { checkFieldPaths, pickFields } from './fields.ts';
import { readConverse, type ConverseInput } from './request.ts';
import { contentOf, stopReasonOf, streamOf, usageOf } from './response.ts';

type Runtime = Handlers<typeof import('@aws-sdk/client-bedrock-runtime')>;

/** One turn of a conversation, whole. */
export const Converse: Runtime['Converse'] = async (call, given) => {
  const startedMs = performance.now();
  const input = await rendered(call, given);
  const { target, chat, latency, tier } = await readTarget(call, input, false);
  const fields = responseFields(call, target, input);
  const guard = await guardOf(call, target, input.guardrailConfig);
  const answer = await answerChat(call, { target, chat, guard, tier });
  const { content, malformed } = contentOf(answer, call.kernel.ids);
  const picked = fields?.(answer);
  const trace = traceOf(target, guard);
  return {
    output: { message: { role: 'assistant', content } },
    stopReason: malformed && answer.stopReason === 'tool_use' ? 'malformed_tool_use' : stopReasonOf(answer.stopReason),
    usage: usageOf(answer.usage),
    metrics: { latencyMs: Math.round(performance.now() - startedMs) },
    ...(picked === undefined ? {} : { additionalModelResponseFields: picked as never }),
    ...(trace ? { trace } : {}),
    ...(input.serviceTier ? { serviceTier: input.serviceTier } : {}),
    ...(latency ? { performanceConfig: { latency } } : {}),
  };
};

/** One turn of a conversation, as it is made. */
export const ConverseStream: Runtime['ConverseStream'] = async (call, given) => {
  const startedMs = performance.now();
  const input = await rendered(call, given);
  const { target, chat, latency, tier } = await readTarget(call, input, true);
  const fields = responseFields(call, target, input);
  const guard = await guardOf(call, target, input.guardrailConfig);
  const seen: ChatEvent[] = [];
  const events = await streamChat(call, { target, chat, guard, tier });
  const stream = streamOf(fields ? kept(events, seen) : events, call.kernel.ids, async () => {
    const picked = fields?.(await collectAnswer(seen));
    const trace = traceOf(target, guard);
    return {
      latencyMs: Math.round(performance.now() - startedMs),
      ...(picked === undefined ? {} : { additionalModelResponseFields: picked }),
      metadata: {
        ...(trace ? { trace } : {}),
        ...(input.serviceTier ? { serviceTier: input.serviceTier } : {}),
        ...(latency ? { performanceConfig: { latency } } : {}),
      },
    };
  });
  return { stream };
};

/** What is asked, and the target that answers it: of a router, the model that it chooses. */
async function readTarget(call: Call, input: Asked, streaming: boolean) {
  const { target, chat } = await readRouted(call, await resolveTarget(input.modelId!, call), async (named) => {
    checkLatency(call, named, input.performanceConfig?.latency);
    return { chat: await readConverse(call, named.model, input, { streaming, family: familyOf(named.model) }) };
  });
  const latency = await servedLatency(call, target, chat, input.performanceConfig?.latency);
  return { target, chat, latency, tier: tierOf(input.serviceTier?.type, latency) };
}

type Asked = ConverseInput & Pick<ConverseRequest, 'modelId' | 'performanceConfig'>;

/** What was done on the way: by a guardrail, by a router. */
function traceOf(target: Target, guard: Guard | undefined): ConverseTrace | undefined {
  const guardrail = guard?.trace();
  const trace = { ...(guardrail ? { guardrail } : {}), ...routerTrace(target) };
  return Object.keys(trace).length > 0 ? trace : undefined;
}

/** Keeps what passes: the native answer, whose fields are asked for, is known at the end only. */
async function* kept(events: AsyncIterable<ChatEvent>, seen: ChatEvent[]): AsyncGenerator<ChatEvent, void> {
  for await (const event of events) {
    seen.push(event);
    yield event;
  }
}

/** What `additionalModelResponseFieldPaths` asks for, out of the model's native answer. */
function responseFields(
  call: Call,
  { model }: Target,
  input: ConverseInput,
): ((answer: Answer) => Json | undefined) | undefined {
  const paths = input.additionalModelResponseFieldPaths;
  if (!paths?.length) return undefined;
  checkFieldPaths(paths);
  const family = familyOf(model);
  if (!family) throw unbuilt(`additionalModelResponseFieldPaths of the ${model.family} family`);
  return (answer) => pickFields(family.write(answer, { model, ids: call.kernel.ids, body: {} }), paths);
}
