import { Readable } from 'node:stream';
import type { Call } from '../../../kernel/call.ts';
import { foundationModels } from '../../../kernel/foundation-models/catalog.ts';
import type { WebAnswer, WebRequest } from '../../../kernel/service.ts';
import { parseBody } from '../families/body.ts';
import type { JsonObject } from '../families/family.ts';
import { createChatCompletion, streamChatCompletion } from './chat-completions.ts';
import type { Guarded } from './converse.ts';
import { asAnswer, badRequest, OpenAiError, unsupported } from './errors.ts';
import { createResponse, deleteResponse, getResponse, streamResponse } from './responses.ts';

/** Bytes of a request: as much as Converse takes. */
const BODY_BYTES_MAX = 25 * 1024 * 1024;

/**
 * Bedrock's OpenAI-compatible face, under `/openai/v1`: chat completions, responses, models. It puts each request to Converse in the
 * caller's name, so that permissions, guardrails of the account, rules, costs and the trail are those of any other call. Source: Bedrock
 * User Guide, "Invoke a model with the OpenAI Chat Completions API", "Responses API".
 */
export async function web(call: Call, request: WebRequest): Promise<WebAnswer | undefined> {
  const path = request.path.replace(/^\/openai\/v1|^\/v1/, '');
  try {
    return await answer(call, request, path);
  } catch (error) {
    return asAnswer(error);
  }
}

async function answer(call: Call, request: WebRequest, path: string): Promise<WebAnswer> {
  const route = `${request.method} ${path.replace(/\/$/, '')}`;
  const one = /^(GET|DELETE) \/responses\/([\w-]+)$/.exec(route);
  if (one) return json(one[1] === 'GET' ? await getResponse(call, one[2]!) : await deleteResponse(call, one[2]!));
  switch (route) {
    case 'GET /models':
      await call.require({ action: 'bedrock:ListFoundationModels', resource: '*' });
      return json({ object: 'list', data: models() });
    case 'POST /chat/completions': {
      const guarded = guardedBy(request);
      const body = await bodyOf(request);
      if (body['stream'] !== true) return json(await createChatCompletion(call, body, guarded));
      return events(await streamChatCompletion(call, body, guarded));
    }
    case 'POST /responses': {
      const guarded = guardedBy(request);
      const body = await bodyOf(request);
      if (body['stream'] !== true) return json(await createResponse(call, body, guarded));
      return events(await streamResponse(call, body, guarded));
    }
    default:
      throw new OpenAiError(404, `Unknown request URL: ${request.method} ${request.path}.`, {
        code: 'unknown_url',
      });
  }
}

/**
 * The guardrail that a request's headers name. Throws OpenAiError. Source: Bedrock User Guide, "Include a guardrail in a chat completion".
 */
function guardedBy({ headers }: WebRequest): Guarded {
  const of = (name: string) => headers[`x-amzn-bedrock-${name}`];
  if ((of('trace') ?? 'DISABLED') !== 'DISABLED') throw unsupported('X-Amzn-Bedrock-Trace');
  const guardrailIdentifier = of('guardrailidentifier');
  const guardrailVersion = of('guardrailversion');
  if (!guardrailIdentifier && !guardrailVersion) return {};
  if (!guardrailIdentifier || !guardrailVersion)
    throw badRequest('X-Amzn-Bedrock-GuardrailIdentifier and X-Amzn-Bedrock-GuardrailVersion must be given together.');
  return { guardrailConfig: { guardrailIdentifier, guardrailVersion } };
}

/** The models that Converse serves; `created` is not known of them. */
const models = () =>
  foundationModels
    .filter(({ converse }) => converse)
    .map(({ id, provider }) => ({ id, object: 'model', created: 0, owned_by: provider.toLowerCase() }));

async function bodyOf({ body }: WebRequest): Promise<JsonObject> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > BODY_BYTES_MAX) throw new OpenAiError(413, `The body is over ${BODY_BYTES_MAX} bytes.`);
    chunks.push(chunk);
  }
  try {
    return parseBody(Buffer.concat(chunks));
  } catch {
    throw badRequest('We could not parse the JSON body of your request.');
  }
}

const json = (value: object): WebAnswer => ({
  status: 200,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(value),
});

const events = (lines: AsyncGenerator<string>): WebAnswer => ({
  status: 200,
  headers: { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' },
  body: Readable.from(lines, { objectMode: true, highWaterMark: 1 }),
});
