import type { Call } from '../../../kernel/call.ts';
import { collection, type Transaction } from '../../../kernel/store/store.ts';

/** What a request with a client token made: account, region, operation, token → ARN. */
const tokens = collection<{ arn: string }>('bedrock/job-token');

/**
 * Makes a thing once for a client token. A token that was used before: what it made then, whatever is asked now. Source: API Reference: "If this
 * token matches a previous request, Amazon Bedrock ignores the request, but does not return an error."
 */
export async function onceFor(
  call: Call,
  tx: Transaction,
  token: string | undefined,
  make: () => Promise<string> | string,
): Promise<string> {
  if (token === undefined) return make();
  const key = [call.account, call.region, call.operation, token];
  const before = await tx.get(tokens, key);
  if (before) return before.arn;
  const arn = await make();
  tx.put(tokens, key, { arn });
  return arn;
}
