import type { Call } from '../../kernel/call.ts';
import { KEY_REFUSALS } from '../../kernel/keys/keys.ts';
import { denied, invalidKeyId } from './errors.ts';
import type { Parameter, Secure, Tier } from './records.ts';

export const SERVICE = 'ssm.amazonaws.com';
export const DEFAULT_KEY = 'alias/aws/ssm';

type Bound = Pick<Parameter, 'arn' | 'region'>;

/** Source: User Guide, "AWS KMS encryption for AWS Systems Manager Parameter Store SecureString parameters". */
const use = ({ principal, via }: Call, { arn, region }: Bound) => ({
  principal,
  via,
  region,
  service: SERVICE,
  context: { PARAMETER_ARN: arn },
});

/**
 * Encrypts a value in the caller's name: a standard parameter by KMS itself (kms:Encrypt), an advanced one under a data key
 * (kms:GenerateDataKey). Throws InvalidKeyId, AccessDeniedException.
 */
export async function encrypt(call: Call, bound: Bound, tier: Tier, keyId: string, value: string): Promise<Secure> {
  const bytes = Buffer.from(value);
  try {
    if (tier === 'Advanced') {
      const asked = keyId === DEFAULT_KEY ? {} : { keyId };
      const { ciphertext } = await call.kernel.keys.protect(
        { ...use(call, bound), alias: DEFAULT_KEY, ...asked },
        bytes,
      );
      return { keyId, form: 'envelope', ciphertext };
    }
    const { CiphertextBlob } = await send<{ CiphertextBlob: Uint8Array }>(call, bound, 'Encrypt', {
      KeyId: keyId,
      Plaintext: bytes,
    });
    return { keyId, form: 'direct', ciphertext: CiphertextBlob };
  } catch (error) {
    throw explained(error);
  }
}

/** The value, decrypted in the caller's name. Throws InvalidKeyId, AccessDeniedException. */
export async function decrypt(call: Call, bound: Bound, secure: Secure): Promise<string> {
  try {
    if (secure.form === 'envelope')
      return Buffer.from(await call.kernel.keys.reveal(use(call, bound), secure.ciphertext)).toString();
    const { Plaintext } = await send<{ Plaintext: Uint8Array }>(call, bound, 'Decrypt', {
      CiphertextBlob: secure.ciphertext,
    });
    return Buffer.from(Plaintext).toString();
  } catch (error) {
    throw explained(error);
  }
}

function send<O>(call: Call, bound: Bound, operation: 'Encrypt' | 'Decrypt', input: object): Promise<O> {
  const { context, service, ...who } = use(call, bound);
  return call.kernel.calls.send<O>({
    service: 'kms',
    operation,
    input: { ...input, EncryptionContext: context },
    invokedBy: service,
    ...who,
  });
}

/** What KMS refuses is told by its own text under a name that Systems Manager has. */
function explained(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  if (error.name.startsWith('AccessDenied')) return denied(error.message);
  return KEY_REFUSALS.has(error.name) ? invalidKeyId(error.message) : error;
}
