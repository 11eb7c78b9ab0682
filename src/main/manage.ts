import { signRequest } from '../gateway/sign.ts';

/** Where a stack is that nothing else is said of, and how it is asked, by management and by a command's clients. */
export function stackOf(env: NodeJS.ProcessEnv): { endpoint: string; accessKeyId: string; secretAccessKey: string } {
  return {
    endpoint: (env['AWS_ENDPOINT_URL'] ?? 'http://127.0.0.1:4566').replace(/\/$/, ''),
    accessKeyId: env['OUTCROP_ROOT_KEY'] ?? env['AWS_ACCESS_KEY_ID'] ?? 'test',
    secretAccessKey: env['OUTCROP_ROOT_SECRET'] ?? env['AWS_SECRET_ACCESS_KEY'] ?? 'test',
  };
}

/**
 * Asks a running stack over its management API. The stack: AWS_ENDPOINT_URL, or http://127.0.0.1:4566. The credentials:
 * OUTCROP_ROOT_KEY/OUTCROP_ROOT_SECRET, then AWS_ACCESS_KEY_ID/AWS_SECRET_ACCESS_KEY, then test/test. Throws with the stack's own message.
 */
export async function manage(method: string, path: string, body?: unknown): Promise<unknown> {
  const { endpoint, accessKeyId, secretAccessKey } = stackOf(process.env);
  const url = `${endpoint}/_outcrop/${path}`;
  const text = body === undefined ? '' : JSON.stringify(body);
  const headers = signRequest({
    method,
    url,
    body: text,
    service: 'outcrop',
    region: 'us-east-1',
    accessKeyId,
    secretAccessKey,
  });
  const response = await fetch(url, { method, headers, ...(body === undefined ? {} : { body: text }) }).catch(
    (error: Error) => {
      throw new Error(
        `No stack answers at ${endpoint} (${(error.cause as Error | undefined)?.message ?? error.message}). Start one: npx outcrop`,
        { cause: error },
      );
    },
  );
  const answer = (await response.json().catch(() => ({ message: response.statusText }))) as { message?: string };
  if (!response.ok) throw new Error(answer.message ?? `HTTP ${response.status}`);
  return answer;
}
