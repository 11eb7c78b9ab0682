import { randomBytes } from 'node:crypto';
import type { DataKeyPairSpec, DataKeySpec } from '@aws-sdk/client-kms';
import type { Call } from '../../kernel/call.ts';
import type { Handlers } from '../../kernel/service.ts';
import type { EncryptionContext } from './ciphertext.ts';
import { encryptUnder, refuseRecipient, requireEncryption } from './encrypt.ts';
import { endDryRun, notImplemented, unsupported, validation } from './errors.ts';
import { checkGrantTokens } from './grant-tokens.ts';
import { openUsable } from './key-id.ts';
import { generate } from './material.ts';
import { pkcs8, type PostQuantumSpec } from './post-quantum.ts';
import type { Key } from './records.ts';
import { SPECS } from './specs.ts';

type Kms = Handlers<typeof import('@aws-sdk/client-kms')>;

const SPEC_BYTES: Record<DataKeySpec, number> = { AES_128: 16, AES_256: 32 };

type Request = {
  KeyId: string | undefined;
  EncryptionContext?: EncryptionContext | undefined;
  GrantTokens?: string[] | undefined;
  DryRun?: boolean | undefined;
};

/** Data keys are made under symmetric keys alone. */
async function openSymmetric(call: Call, input: Request): Promise<Key> {
  checkGrantTokens(input.GrantTokens);
  const key = await openUsable(call, input.KeyId!, 'ENCRYPT_DECRYPT');
  requireEncryption(key, 'SYMMETRIC_DEFAULT', input.EncryptionContext);
  return key;
}

const seal = (call: Call, key: Key, plain: Uint8Array, input: Request) =>
  encryptUnder(call.kernel, key, 'SYMMETRIC_DEFAULT', plain, input.EncryptionContext);

function lengthOf(input: { KeySpec?: DataKeySpec | undefined; NumberOfBytes?: number | undefined }): number {
  const { KeySpec: spec, NumberOfBytes: count } = input;
  if (spec !== undefined && count !== undefined)
    throw validation('Please specify either number of bytes or key spec, but not both.');
  if (spec === undefined && count === undefined) throw validation('Please specify either number of bytes or key spec.');
  return count ?? SPEC_BYTES[spec!];
}

/** A new data key: as it is, and encrypted under the key. */
export const GenerateDataKey: Kms['GenerateDataKey'] = async (call, input) => {
  refuseRecipient(input.Recipient);
  const { key, plaintext, ...made } = await makeDataKey(call, input);
  return { ...made, Plaintext: plaintext, KeyId: key.arn };
};

export const GenerateDataKeyWithoutPlaintext: Kms['GenerateDataKeyWithoutPlaintext'] = async (call, input) => {
  const { key, plaintext: _plaintext, ...made } = await makeDataKey(call, input);
  return { ...made, KeyId: key.arn };
};

async function makeDataKey(call: Call, input: Request & Parameters<typeof lengthOf>[0]) {
  const count = lengthOf(input);
  const key = await openSymmetric(call, input);
  endDryRun(input);
  const plaintext = randomBytes(count);
  return { key, plaintext, CiphertextBlob: await seal(call, key, plaintext, input), KeyMaterialId: key.material };
}

/** A new key pair; its private key (PKCS #8, DER) as it is, and encrypted under the key. */
export const GenerateDataKeyPair: Kms['GenerateDataKeyPair'] = async (call, input) => {
  refuseRecipient(input.Recipient);
  const { key, privateKey, ...made } = await makeDataKeyPair(call, input);
  return { ...made, PrivateKeyPlaintext: privateKey, KeyId: key.arn };
};

export const GenerateDataKeyPairWithoutPlaintext: Kms['GenerateDataKeyPairWithoutPlaintext'] = async (call, input) => {
  const { key, privateKey: _privateKey, ...made } = await makeDataKeyPair(call, input);
  return { ...made, KeyId: key.arn };
};

async function makeDataKeyPair(call: Call, input: Request & { KeyPairSpec: DataKeyPairSpec | undefined }) {
  const spec = input.KeyPairSpec!;
  if (!SPECS[spec]) throw unsupported(`KeyPairSpec ${spec} is not supported in this region.`);
  const key = await openSymmetric(call, input);
  endDryRun(input);
  const { secret, publicKey } = await generate(spec, call.signal);
  const privateKey = SPECS[spec].kind === 'ml-kem' ? pkcs8(spec as PostQuantumSpec, secret) : secret;
  return {
    key,
    privateKey,
    PublicKey: publicKey,
    KeyPairSpec: spec,
    PrivateKeyCiphertextBlob: await seal(call, key, privateKey, input),
    KeyMaterialId: key.material,
  };
}

/** Random bytes, under no key. */
export const GenerateRandom: Kms['GenerateRandom'] = (_call, input) => {
  refuseRecipient(input.Recipient);
  if (input.CustomKeyStoreId !== undefined)
    throw notImplemented('Custom key stores are not built in Outcrop: CustomKeyStoreId is refused');
  if (input.NumberOfBytes === undefined) throw validation('Please specify the number of bytes.');
  return { Plaintext: randomBytes(input.NumberOfBytes) };
};
