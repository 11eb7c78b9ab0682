import { declaredOf, isWhole, markOf } from './marks.ts';
import { errorOf, type CallDetail } from './types.ts';

export type MadeRule = Record<string, unknown> & { id: string };

/** Members of an input that differ from call to call. */
const FLEETING = /token$|^(clientRequestToken|requestId|idempotencyToken|callerReference)$/i;
const INPUTS_MAX = 6;
const TEXT_MAX = 500;
/** Operations that say something to a model, by what their rules look at. */
const isModelCall = ({ service }: CallDetail) => service === 'bedrock-runtime';

/** A rule that answers a call as it was answered; `left`: what of the answer is not in it. */
export function ruleOf(call: CallDetail): { rule: MadeRule; left?: string } {
  const error = errorOf(call);
  const when = {
    id: idOf(call),
    service: call.service,
    operation: call.operation,
    ...(call.model === undefined ? {} : { model: call.model }),
    ...conditionsOf(call),
  };
  if (error && call.frames === undefined) {
    const status = call.status >= 400 && call.status <= 599 ? { status: call.status } : {};
    return {
      rule: { ...when, fault: { error: error.name, ...(error.message ? { message: error.message } : {}), ...status } },
    };
  }
  const answer = answerOf(call);
  const whole = call.output === undefined || isWhole(withoutStream(call));
  return {
    rule: { ...when, answer },
    ...(whole && call.frameCount === call.frames?.length
      ? {}
      : {
          left: 'Secrets, long values and bodies that are streams are not in what is known of the call: the rule answers without them.',
        }),
  };
}

const idOf = ({ operation, requestId }: CallDetail): string => `${operation}-${requestId.slice(0, 8)}`;

function withoutStream({ output = {}, eventsOf }: CallDetail): Record<string, unknown> {
  return Object.fromEntries(Object.entries(output).filter(([key]) => key !== eventsOf));
}

function answerOf(call: CallDetail): Record<string, unknown> {
  const answer = declaredOf(withoutStream(call)) as Record<string, unknown>;
  if (call.eventsOf === undefined || !call.frames) return answer;
  const events = call.frames
    .filter(({ error }) => !error)
    .map(({ event, content }) => ({ [event]: declaredOf(content) }));
  return { ...answer, [call.eventsOf]: events };
}

/** What of the input tells this call from others: a model's prompt, or values like names. */
function conditionsOf(call: CallDetail): Record<string, unknown> {
  const { input = {} } = call;
  const prompt = promptOf(call);
  if (prompt !== undefined) return prompt.length <= TEXT_MAX ? { prompt: { equals: prompt } } : {};
  const conditions = Object.entries(input)
    .filter(
      ([name, value]) =>
        ((typeof value === 'string' && value.length <= TEXT_MAX) ||
          typeof value === 'number' ||
          typeof value === 'boolean') &&
        !FLEETING.test(name) &&
        !['modelId', 'modelArn'].includes(name),
    )
    .slice(0, INPUTS_MAX)
    .map(([name, value]) => [`$.${name}`, value]);
  return conditions.length === 0 ? {} : { input: Object.fromEntries(conditions) };
}

/** What was said last to the model, where it is Converse that was called. */
export function promptOf(call: CallDetail): string | undefined {
  if (!isModelCall(call)) return undefined;
  const body = bodyOf(call.input ?? {});
  const messages = body['messages'];
  if (!Array.isArray(messages)) return undefined;
  for (const message of (messages as { role?: string; content?: unknown }[]).toReversed()) {
    if (message.role !== 'user') continue;
    const { content } = message;
    const texts =
      typeof content === 'string' ? [content] : ((content ?? []) as { text?: unknown }[]).map(({ text }) => text);
    const said = texts.filter((text) => typeof text === 'string');
    // Texts that are joined, shortened or hidden are not what the rule would see.
    if (texts.some((text) => markOf(text) !== undefined)) return undefined;
    if (said.length === 1) return said[0];
    if (said.length > 1) return undefined;
  }
  return undefined;
}

function bodyOf(input: Record<string, unknown>): Record<string, unknown> {
  const body = input['body'];
  const json = markOf(body) === '$bytes' ? (body as { json?: unknown }).json : undefined;
  return typeof json === 'object' && json !== null ? (json as Record<string, unknown>) : input;
}
