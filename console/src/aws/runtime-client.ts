import { BedrockRuntimeClient, type BedrockRuntimeClientConfig } from '@aws-sdk/client-bedrock-runtime';
import { HttpResponse, type HttpRequest } from '@smithy/core/protocols';

/** What an answer carries beside its members: `x-outcrop-answer`, which says how it came about. */
export type Headed = { outcropAnswer?: string };

/**
 * Bedrock Runtime, whose calls can be given up: the SDK's own handler for this service forgets the signal, and reads a stream to its end
 * though nobody waits for it any more.
 */
export class RuntimeClient extends BedrockRuntimeClient {
  constructor(configuration: BedrockRuntimeClientConfig) {
    super({ ...configuration, requestHandler: { handle } });
    this.middlewareStack.add(
      (next) => async (given) => {
        const result = await next(given);
        const { headers } = result.response as { headers?: Record<string, string> };
        const told = headers?.['x-outcrop-answer'];
        if (told !== undefined) Object.assign(result.output as object, { outcropAnswer: told } satisfies Headed);
        return result;
      },
      { step: 'deserialize', priority: 'high', name: 'outcropAnswer' },
    );
  }
}

async function handle(request: HttpRequest, { abortSignal }: { abortSignal?: unknown } = {}) {
  const { protocol, hostname, port, path, method, headers, body } = request;
  const response = await fetch(`${protocol}//${hostname}${port === undefined ? '' : `:${port}`}${path}`, {
    method,
    headers,
    ...(body === undefined ? {} : { body: body as BodyInit }),
    ...(abortSignal instanceof AbortSignal ? { signal: abortSignal } : {}),
  });
  return {
    response: new HttpResponse({
      statusCode: response.status,
      reason: response.statusText,
      headers: Object.fromEntries(response.headers),
      body: response.body ?? (await response.blob()),
    }),
  };
}
