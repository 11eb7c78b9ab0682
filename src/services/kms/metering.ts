import type { Call } from '../../kernel/call.ts';
import type { Usage } from '../../kernel/ledger.ts';
import type { Key } from './records.ts';

/**
 * What calls use, for the ledger: each is a request of the kind that its key's spec is billed as. Source of the usage types: the public
 * price list of awskms.
 */
const keyOfCall = new WeakMap<Call, Key>();

/** Notes whose cryptography a call uses. */
export function noteKey(call: Call, key: Key): void {
  keyOfCall.set(call, key);
}

/** A request, of the kind that its key is billed as. */
export const usageOf = (call: Call, input: { KeyPairSpec?: string }): Usage => ({
  type: typeOf(keyOfCall.get(call), input.KeyPairSpec),
  quantity: 1,
  unit: 'requests',
});

function typeOf(key: Key | undefined, pairSpec: string | undefined): string {
  if (pairSpec !== undefined) return `KMS-Requests-GenerateDatakeyPair-${pairSpec.startsWith('RSA') ? 'RSA' : 'ECC'}`;
  if (!key?.publicKey) return 'KMS-Requests';
  return key.spec === 'RSA_2048' ? 'KMS-Requests-Asymmetric-RSA_2048' : 'KMS-Requests-Asymmetric';
}
