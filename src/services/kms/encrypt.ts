import { constants, createPrivateKey, createPublicKey, privateDecrypt, publicEncrypt } from 'node:crypto';
import type { EncryptionAlgorithmSpec } from '@aws-sdk/client-kms';
import type { Call } from '../../kernel/call.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import type { Handlers } from '../../kernel/service.ts';
import { openText, readSealer, sealText, type EncryptionContext } from './ciphertext.ts';
import { endDryRun, incorrectKey, invalidCiphertext, notImplemented, validation } from './errors.ts';
import { checkGrantTokens } from './grant-tokens.ts';
import { identify, keyArn, openKey, openUsable, requireAlgorithm, requireUsable, requireUsage } from './key-id.ts';
import { currentSecret, materialOf, openMaterial } from './material.ts';
import { noteKey } from './metering.ts';
import type { Key } from './records.ts';
import { specOf } from './specs.ts';

type Kms = Handlers<typeof import('@aws-sdk/client-kms')>;

/** Encrypts up to 4,096 bytes under a symmetric key, fewer under an RSA one. */
export const Encrypt: Kms['Encrypt'] = async (call, input) => {
  checkGrantTokens(input.GrantTokens);
  const algorithm = input.EncryptionAlgorithm ?? 'SYMMETRIC_DEFAULT';
  const key = await openUsable(call, input.KeyId!, 'ENCRYPT_DECRYPT');
  requireEncryption(key, algorithm, input.EncryptionContext);
  if (algorithm !== 'SYMMETRIC_DEFAULT') requireShort(key, algorithm, input.Plaintext!);
  endDryRun(input);
  const CiphertextBlob = await encryptUnder(call.kernel, key, algorithm, input.Plaintext!, input.EncryptionContext);
  return { CiphertextBlob, KeyId: key.arn, EncryptionAlgorithm: algorithm };
};

/** Decrypts what Encrypt, ReEncrypt and the data key operations made. Symmetric ciphertext tells its key itself. */
export const Decrypt: Kms['Decrypt'] = async (call, input) => {
  refuseRecipient(input.Recipient);
  checkGrantTokens(input.GrantTokens);
  const algorithm = input.EncryptionAlgorithm ?? 'SYMMETRIC_DEFAULT';
  const opened = await openCiphertext(call, {
    blob: input.CiphertextBlob,
    keyId: input.KeyId,
    algorithm,
    context: input.EncryptionContext,
    operation: 'Decrypt',
    unseen: unseen(input),
  });
  endDryRun(input);
  return {
    KeyId: opened.key.arn,
    Plaintext: opened.plaintext,
    EncryptionAlgorithm: algorithm,
    ...(opened.materialId === undefined ? {} : { KeyMaterialId: opened.materialId }),
  };
};

/** Decrypts and encrypts anew under another key, context or algorithm; the plaintext is shown to nobody. */
export const ReEncrypt: Kms['ReEncrypt'] = async (call, input) => {
  checkGrantTokens(input.GrantTokens);
  const from = input.SourceEncryptionAlgorithm ?? 'SYMMETRIC_DEFAULT';
  const to = input.DestinationEncryptionAlgorithm ?? 'SYMMETRIC_DEFAULT';
  const source = await openCiphertext(call, {
    blob: input.CiphertextBlob,
    keyId: input.SourceKeyId,
    algorithm: from,
    context: input.SourceEncryptionContext,
    operation: 'ReEncryptFrom',
    unseen: unseen(input),
  });
  const key = await openUsable(call, input.DestinationKeyId!, 'ENCRYPT_DECRYPT', 'ReEncryptTo');
  requireEncryption(key, to, input.DestinationEncryptionContext);
  if (to !== 'SYMMETRIC_DEFAULT') requireShort(key, to, source.plaintext);
  endDryRun(input);
  return {
    CiphertextBlob: await encryptUnder(call.kernel, key, to, source.plaintext, input.DestinationEncryptionContext),
    SourceKeyId: source.key.arn,
    KeyId: key.arn,
    SourceEncryptionAlgorithm: from,
    DestinationEncryptionAlgorithm: to,
    ...(source.materialId === undefined ? {} : { SourceKeyMaterialId: source.materialId }),
    ...(to === 'SYMMETRIC_DEFAULT' ? { DestinationKeyMaterialId: key.material } : {}),
  };
};

/** A dry run may leave the ciphertext out. Source: API Reference, Decrypt, DryRunModifiers. */
function unseen(input: { DryRun?: boolean | undefined; DryRunModifiers?: readonly string[] | undefined }): boolean {
  if (!input.DryRunModifiers?.includes('IGNORE_CIPHERTEXT')) return false;
  if (!input.DryRun) throw validation('DryRunModifiers can only be specified when DryRun is true.');
  return true;
}

/** Enclaves are not here, so nobody could open what would be made for one. */
export function refuseRecipient(recipient: unknown): void {
  if (recipient !== undefined)
    throw notImplemented('Recipient is not built in Outcrop: there are no Nitro enclaves to attest');
}

export function requireEncryption(key: Key, algorithm: EncryptionAlgorithmSpec, context?: EncryptionContext): void {
  requireAlgorithm(key, algorithm, specOf(key).encryption);
  if (algorithm !== 'SYMMETRIC_DEFAULT' && context !== undefined)
    throw validation('You cannot specify an encryption context with an asymmetric encryption algorithm.');
}

const HASHES: Record<string, { name: string; bytes: number }> = {
  RSAES_OAEP_SHA_1: { name: 'sha1', bytes: 20 },
  RSAES_OAEP_SHA_256: { name: 'sha256', bytes: 32 },
};

/** OAEP holds the modulus less two hashes and two bytes. Source: RFC 8017, 7.1.1. */
function requireShort(key: Key, algorithm: string, plain: Uint8Array): void {
  const max = specOf(key).bits! / 8 - 2 * HASHES[algorithm]!.bytes - 2;
  if (plain.length > max)
    throw validation(`Algorithm ${algorithm} and key spec ${key.spec} cannot encrypt data larger than ${max} bytes.`);
}

/** @param key usable, and fit for the algorithm */
export async function encryptUnder(
  kernel: Kernel,
  key: Key,
  algorithm: EncryptionAlgorithmSpec,
  plain: Uint8Array,
  context?: EncryptionContext,
): Promise<Uint8Array> {
  if (algorithm === 'SYMMETRIC_DEFAULT') {
    const by = { account: key.account, keyId: key.id, materialId: key.material! };
    return sealText(by, await currentSecret(kernel, key), plain, context);
  }
  const publicKey = createPublicKey({ key: Buffer.from(key.publicKey!), format: 'der', type: 'spki' });
  return publicEncrypt({ key: publicKey, ...oaep(algorithm) }, plain);
}

const oaep = (algorithm: string) => ({
  padding: constants.RSA_PKCS1_OAEP_PADDING,
  oaepHash: HASHES[algorithm]!.name,
});

type Opened = { key: Key; plaintext: Uint8Array; materialId?: string };

async function openCiphertext(
  call: Call,
  request: {
    blob: Uint8Array | undefined;
    keyId: string | undefined;
    algorithm: EncryptionAlgorithmSpec;
    context: EncryptionContext | undefined;
    operation: string;
    unseen: boolean;
  },
): Promise<Opened> {
  const { blob, keyId, algorithm, context, operation } = request;
  const key = await keyOfCiphertext(call, blob, keyId, algorithm);
  requireUsable(key);
  requireUsage(key, 'ENCRYPT_DECRYPT', operation);
  requireEncryption(key, algorithm, context);
  noteKey(call, key);
  if (request.unseen) return { key, plaintext: new Uint8Array() };
  if (blob === undefined) throw validation('CiphertextBlob is required.');
  const { kernel } = call;
  if (algorithm === 'SYMMETRIC_DEFAULT') {
    const sealer = readSealer(blob);
    if (!sealer) throw invalidCiphertext();
    if (sealer.keyId !== key.id || sealer.account !== key.account) throw incorrectKey();
    const material = await materialOf(kernel.store, key, sealer.materialId);
    const plaintext = material && openText(openMaterial(kernel, key, material), blob, context);
    if (!plaintext) throw invalidCiphertext();
    return { key, plaintext, materialId: sealer.materialId };
  }
  const secret = createPrivateKey({ key: await currentSecret(kernel, key), format: 'der', type: 'pkcs8' });
  try {
    return { key, plaintext: privateDecrypt({ key: secret, ...oaep(algorithm) }, blob) };
  } catch {
    throw invalidCiphertext();
  }
}

/** The key that a request means, or that its ciphertext names. */
async function keyOfCiphertext(
  call: Call,
  blob: Uint8Array | undefined,
  keyId: string | undefined,
  algorithm: string,
): Promise<Key> {
  return keyId === undefined ? keyNamedIn(call, blob, algorithm) : openKey(call, keyId);
}

/** The key that symmetric ciphertext names. Throws InvalidCiphertextException when it names none, or one that is not here. */
export async function keyNamedIn(call: Call, blob: Uint8Array | undefined, algorithm: string): Promise<Key> {
  if (algorithm !== 'SYMMETRIC_DEFAULT')
    throw validation('KeyId is required when the encryption algorithm is asymmetric.');
  const sealer = blob && readSealer(blob);
  const key = sealer && (await identify(call, keyArn(call, sealer.account, sealer.keyId))).key;
  if (!key) throw invalidCiphertext();
  return key;
}
