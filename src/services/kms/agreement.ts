import { createPrivateKey, createPublicKey, diffieHellman, type KeyObject } from 'node:crypto';
import type { Handlers } from '../../kernel/service.ts';
import { refuseRecipient } from './encrypt.ts';
import { endDryRun, invalidCiphertext, validation } from './errors.ts';
import { checkGrantTokens } from './grant-tokens.ts';
import { openUsable } from './key-id.ts';
import { currentSecret } from './material.ts';
import { rawPublicKey } from './post-quantum.ts';
import { specOf } from './specs.ts';
import { inThread } from './threads.ts';

type Kms = Handlers<typeof import('@aws-sdk/client-kms')>;

/** The raw secret that both sides of ECDH arrive at: the x coordinate. */
export const DeriveSharedSecret: Kms['DeriveSharedSecret'] = async (call, input) => {
  refuseRecipient(input.Recipient);
  checkGrantTokens(input.GrantTokens);
  const key = await openUsable(call, input.KeyId!, 'KEY_AGREEMENT');
  const publicKey = readPublicKey(input.PublicKey!);
  if (publicKey.asymmetricKeyDetails?.namedCurve !== specOf(key).curve)
    throw validation(`The public key is not on the curve of key spec ${key.spec}.`);
  endDryRun(input);
  const secret = await currentSecret(call.kernel, key);
  const privateKey = createPrivateKey({ key: secret, format: 'der', type: 'pkcs8' });
  return {
    KeyId: key.arn,
    SharedSecret: diffieHellman({ privateKey, publicKey }),
    KeyAgreementAlgorithm: 'ECDH',
    KeyOrigin: key.origin,
  };
};

function readPublicKey(der: Uint8Array): KeyObject {
  try {
    return createPublicKey({ key: Buffer.from(der), format: 'der', type: 'spki' });
  } catch {
    throw validation('The public key is not a valid DER-encoded X.509 public key (SPKI).');
  }
}

/** A new shared secret, and what tells it to the holder of the private key alone. */
export const Encapsulate: Kms['Encapsulate'] = async (call, input) => {
  checkGrantTokens(input.GrantTokens);
  const key = await openUsable(call, input.KeyId!, 'ENCAPSULATE_DECAPSULATE');
  endDryRun(input);
  const made = await inThread(
    { do: 'encapsulate', spec: key.spec, publicKey: rawPublicKey(key.publicKey!) },
    call.signal,
  );
  return {
    KeyId: key.arn,
    SharedSecret: made.sharedSecret,
    SharedSecretCiphertextBlob: made.cipherText,
    EncapsulationAlgorithm: 'ML_KEM',
  };
};

/** Bytes of what is encapsulated. Source: FIPS 203, table 3. */
const ENCAPSULATED_BYTES: Record<string, number> = { ML_KEM_512: 768, ML_KEM_768: 1088, ML_KEM_1024: 1568 };

/** The secret of Encapsulate. What was altered gives another secret, as ML-KEM has it. */
export const Decapsulate: Kms['Decapsulate'] = async (call, input) => {
  checkGrantTokens(input.GrantTokens);
  const key = await openUsable(call, input.KeyId!, 'ENCAPSULATE_DECAPSULATE');
  const ciphertext = input.SharedSecretCiphertextBlob!;
  if (ciphertext.length !== ENCAPSULATED_BYTES[key.spec]) throw invalidCiphertext();
  endDryRun(input);
  const seed = await currentSecret(call.kernel, key);
  const SharedSecret = await inThread({ do: 'decapsulate', spec: key.spec, seed, ciphertext }, call.signal);
  return { KeyId: key.arn, SharedSecret, EncapsulationAlgorithm: 'ML_KEM' };
};
