import { createHmac, timingSafeEqual } from 'node:crypto';
import type { MacAlgorithmSpec, SignRequest, VerifyRequest } from '@aws-sdk/client-kms';
import type { Call } from '../../kernel/call.ts';
import type { Handlers } from '../../kernel/service.ts';
import { endDryRun, invalidMac, invalidSignature, unsupported } from './errors.ts';
import { checkGrantTokens } from './grant-tokens.ts';
import { openKey, openUsable, requireAlgorithm, requireUsable } from './key-id.ts';
import { currentSecret } from './material.ts';
import type { Key } from './records.ts';
import { checkMessage, signMessage, verifyMessage, type Signing } from './signing.ts';
import { algorithmsOf, specOf } from './specs.ts';

type Kms = Handlers<typeof import('@aws-sdk/client-kms')>;

/** Signs a message of up to 4,096 bytes, or a digest. */
export const Sign: Kms['Sign'] = async (call, input) => {
  const { key, signing } = await openSigning(call, input);
  endDryRun(input);
  const Signature = await signMessage(signing, await currentSecret(call.kernel, key));
  return { KeyId: key.arn, Signature, SigningAlgorithm: signing.algorithm };
};

/** True, or KMSInvalidSignatureException. */
export const Verify: Kms['Verify'] = async (call, input) => {
  const { key, signing } = await openSigning(call, input);
  const isValid = await verifyMessage(signing, key.publicKey!, input.Signature!);
  if (!isValid) throw invalidSignature();
  endDryRun(input);
  return { KeyId: key.arn, SignatureValid: true, SigningAlgorithm: signing.algorithm };
};

async function openSigning(call: Call, input: SignRequest | VerifyRequest): Promise<{ key: Key; signing: Signing }> {
  checkGrantTokens(input.GrantTokens);
  const key = await openUsable(call, input.KeyId!, 'SIGN_VERIFY');
  const algorithm = input.SigningAlgorithm!;
  requireAlgorithm(key, algorithm, specOf(key).signing);
  const signing: Signing = {
    spec: key.spec,
    algorithm,
    message: input.Message!,
    messageType: input.MessageType ?? 'RAW',
    signal: call.signal,
  };
  checkMessage(signing);
  return { key, signing };
}

/** HMAC of a message of up to 4,096 bytes. */
export const GenerateMac: Kms['GenerateMac'] = async (call, input) => {
  const key = await openMac(call, input);
  endDryRun(input);
  return { Mac: await macOf(call, key, input.Message!), MacAlgorithm: input.MacAlgorithm!, KeyId: key.arn };
};

/** True, or KMSInvalidMacException. */
export const VerifyMac: Kms['VerifyMac'] = async (call, input) => {
  const key = await openMac(call, input);
  const expected = await macOf(call, key, input.Message!);
  const given = input.Mac!;
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) throw invalidMac();
  endDryRun(input);
  return { MacValid: true, MacAlgorithm: input.MacAlgorithm!, KeyId: key.arn };
};

type MacInput = {
  KeyId: string | undefined;
  MacAlgorithm: MacAlgorithmSpec | undefined;
  GrantTokens?: string[] | undefined;
};

async function openMac(call: Call, input: MacInput): Promise<Key> {
  checkGrantTokens(input.GrantTokens);
  const key = await openUsable(call, input.KeyId!, 'GENERATE_VERIFY_MAC');
  requireAlgorithm(key, input.MacAlgorithm!, specOf(key).mac);
  return key;
}

const macOf = async (call: Call, key: Key, message: Uint8Array) =>
  createHmac(specOf(key).hash!, await currentSecret(call.kernel, key))
    .update(message)
    .digest();

/** The public key of an asymmetric key: SPKI, DER. */
export const GetPublicKey: Kms['GetPublicKey'] = async (call, input) => {
  checkGrantTokens(input.GrantTokens);
  const key = await openKey(call, input.KeyId!);
  requireUsable(key);
  if (!key.publicKey) throw unsupported(`${key.arn} is not an asymmetric key.`);
  return {
    KeyId: key.arn,
    PublicKey: key.publicKey,
    KeySpec: key.spec,
    CustomerMasterKeySpec: key.spec as never,
    KeyUsage: key.usage,
    ...algorithmsOf(key),
  };
};
