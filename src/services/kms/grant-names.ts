import type { RetireGrantRequest } from '@aws-sdk/client-kms';
import type { Call } from '../../kernel/call.ts';
import { invalidArn, validation } from './errors.ts';
import { readGrantToken } from './grant-tokens.ts';
import { identify, keyArn, type Named } from './key-id.ts';
import { grants, type Grant } from './records.ts';

/** The grant that a call is about, between the decision on the call and the call itself. */
export const meantByCall = new WeakMap<Call, Grant>();

/** The key and the grant that a RetireGrant names, by token or by ids; the grant is absent when there is none. */
export async function identifyGrant(call: Call, input: RetireGrantRequest): Promise<{ named: Named; grant?: Grant }> {
  const { GrantToken, KeyId, GrantId } = input;
  if (GrantToken !== undefined) {
    if (KeyId !== undefined || GrantId !== undefined)
      throw validation('Specify either a grant token, or a key ID and a grant ID, but not both.');
    const { account, keyId, grantId } = readGrantToken(GrantToken);
    return find(call, await identify(call, keyArn(call, account, keyId), false), grantId);
  }
  if (KeyId === undefined || GrantId === undefined)
    throw validation('Specify either a grant token, or a key ID and a grant ID.');
  if (!KeyId.startsWith('arn:')) throw invalidArn(`Invalid arn ${KeyId}`);
  return find(call, await identify(call, KeyId, false), GrantId);
}

async function find(call: Call, named: Named, grantId: string): Promise<{ named: Named; grant?: Grant }> {
  const { key } = named;
  const grant = key && (await call.kernel.store.get(grants, [key.account, key.region, key.id, grantId]));
  return { named, ...(grant ? { grant } : {}) };
}
