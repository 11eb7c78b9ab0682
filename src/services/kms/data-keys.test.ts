import { createECDH, createPrivateKey, createPublicKey, diffieHellman, generateKeyPairSync } from 'node:crypto';
import {
  DecapsulateCommand,
  DecryptCommand,
  DeriveSharedSecretCommand,
  EncapsulateCommand,
  GenerateDataKeyCommand,
  GenerateDataKeyPairCommand,
  GenerateDataKeyPairWithoutPlaintextCommand,
  GenerateDataKeyWithoutPlaintextCommand,
  GenerateRandomCommand,
  GetPublicKeyCommand,
  KMSClient,
  type DataKeyPairSpec,
} from '@aws-sdk/client-kms';
import { ml_kem512, ml_kem768, ml_kem1024 } from '@noble/post-quantum/ml-kem.js';
import { describe, expect, it } from 'vitest';
import { startForTests } from '../../../tests/start.ts';
import { openKms, refusal } from './kms.fixture.ts';

const { kms, integer, bytes, context, makeKey } = await openKms('data-keys');
const key = await makeKey();
const KeyId = key.KeyId!;
const decrypt = async (CiphertextBlob: Uint8Array, EncryptionContext?: Record<string, string>) =>
  Buffer.from((await kms.send(new DecryptCommand({ CiphertextBlob, EncryptionContext }))).Plaintext!);

describe('data keys', () => {
  it('are new each time, of the asked length, and come with themselves encrypted', async () => {
    const EncryptionContext = context();
    for (const [asked, length] of [
      [{ KeySpec: 'AES_256' }, 32],
      [{ KeySpec: 'AES_128' }, 16],
      [{ NumberOfBytes: 1024 }, 1024],
      [{ NumberOfBytes: 1 }, 1],
    ] as const) {
      const made = await kms.send(new GenerateDataKeyCommand({ KeyId, EncryptionContext, ...asked }));
      expect(made.Plaintext).toHaveLength(length);
      expect(made).toMatchObject({ KeyId: key.Arn, KeyMaterialId: key.CurrentKeyMaterialId });
      expect((await decrypt(made.CiphertextBlob!, EncryptionContext)).equals(made.Plaintext!)).toBe(true);
      expect((await refusal(decrypt(made.CiphertextBlob!))).name).toBe('InvalidCiphertextException');
      const hidden = await kms.send(new GenerateDataKeyWithoutPlaintextCommand({ KeyId, ...asked }));
      expect('Plaintext' in hidden).toBe(false);
      expect(await decrypt(hidden.CiphertextBlob!)).toHaveLength(length);
    }
    const both = kms.send(new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256', NumberOfBytes: 5 }));
    expect((await refusal(both)).name).toBe('ValidationException');
    expect(await refusal(kms.send(new GenerateDataKeyCommand({ KeyId })))).toMatchObject({
      name: 'ValidationException',
      message: 'Please specify either number of bytes or key spec.',
    });
  });

  it.each([
    'RSA_2048',
    'ECC_NIST_P256',
    'ECC_NIST_P384',
    'ECC_NIST_P521',
    'ECC_SECG_P256K1',
    'ECC_NIST_EDWARDS25519',
  ] as DataKeyPairSpec[])('come in pairs of %s, whose halves belong together', async (KeyPairSpec) => {
    const made = await kms.send(new GenerateDataKeyPairCommand({ KeyId, KeyPairSpec }));
    const secret = createPrivateKey({ key: Buffer.from(made.PrivateKeyPlaintext!), format: 'der', type: 'pkcs8' });
    expect(createPublicKey(secret).export({ format: 'der', type: 'spki' }).equals(made.PublicKey!)).toBe(true);
    expect((await decrypt(made.PrivateKeyCiphertextBlob!)).equals(made.PrivateKeyPlaintext!)).toBe(true);
    const hidden = await kms.send(new GenerateDataKeyPairWithoutPlaintextCommand({ KeyId, KeyPairSpec }));
    const opened = createPrivateKey({
      key: await decrypt(hidden.PrivateKeyCiphertextBlob!),
      format: 'der',
      type: 'pkcs8',
    });
    expect(createPublicKey(opened).export({ format: 'der', type: 'spki' }).equals(hidden.PublicKey!)).toBe(true);
    expect(hidden.KeyPairSpec).toBe(KeyPairSpec);
  });

  it.each([
    ['ML_KEM_512', ml_kem512],
    ['ML_KEM_768', ml_kem768],
    ['ML_KEM_1024', ml_kem1024],
  ] as const)('come in pairs of %s, kept as a seed', async (KeyPairSpec, kem) => {
    const made = await kms.send(new GenerateDataKeyPairCommand({ KeyId, KeyPairSpec }));
    const secret = Buffer.from(made.PrivateKeyPlaintext!);
    expect(secret.subarray(-66, -64).toString('hex')).toBe('8040');
    const pair = kem.keygen(secret.subarray(-64));
    expect(Buffer.from(made.PublicKey!).subarray(22).equals(pair.publicKey)).toBe(true);
  });

  it('are not made in kinds that AWS has in China alone', async () => {
    const refused = kms.send(new GenerateDataKeyPairCommand({ KeyId, KeyPairSpec: 'SM2' }));
    expect((await refusal(refused)).name).toBe('UnsupportedOperationException');
  });
});

describe('GenerateRandom', () => {
  it('gives as many bytes as are asked for, never the same', async () => {
    const NumberOfBytes = integer(16, 1024);
    const [a, b] = await Promise.all([1, 2].map(() => kms.send(new GenerateRandomCommand({ NumberOfBytes }))));
    expect(a!.Plaintext).toHaveLength(NumberOfBytes);
    expect(Buffer.from(a!.Plaintext!).equals(b!.Plaintext!)).toBe(false);
    expect((await refusal(kms.send(new GenerateRandomCommand({ NumberOfBytes: 1025 })))).name).toBe(
      'ValidationException',
    );
    const stored = kms.send(new GenerateRandomCommand({ NumberOfBytes: 1, CustomKeyStoreId: 'cks-1' }));
    expect(await refusal(stored)).toMatchObject({ name: 'NotImplemented', status: 501 });
  });
});

describe('shared secrets', () => {
  it.each([
    ['ECC_NIST_P256', 'prime256v1'],
    ['ECC_NIST_P384', 'secp384r1'],
    ['ECC_NIST_P521', 'secp521r1'],
  ] as const)('of %s are those that the other side arrives at', async (KeySpec, namedCurve) => {
    const agreement = await makeKey({ KeySpec, KeyUsage: 'KEY_AGREEMENT' });
    expect(agreement.KeyAgreementAlgorithms).toEqual(['ECDH']);
    const { PublicKey } = await kms.send(new GetPublicKeyCommand({ KeyId: agreement.KeyId! }));
    const other = generateKeyPairSync('ec', { namedCurve });
    const derive = (spki: Uint8Array) =>
      kms.send(
        new DeriveSharedSecretCommand({ KeyId: agreement.KeyId!, KeyAgreementAlgorithm: 'ECDH', PublicKey: spki }),
      );
    const { SharedSecret } = await derive(other.publicKey.export({ format: 'der', type: 'spki' }));
    const ours = createPublicKey({ key: Buffer.from(PublicKey!), format: 'der', type: 'spki' });
    expect(diffieHellman({ privateKey: other.privateKey, publicKey: ours }).equals(SharedSecret!)).toBe(true);
    const elsewhere = generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey.export({
      format: 'der',
      type: 'spki',
    });
    for (const wrong of [elsewhere, bytes(90), createECDH('prime256v1').generateKeys()])
      expect((await refusal(derive(wrong))).name).toBe('ValidationException');
  });

  it('of ML-KEM are told to who has the private key', async () => {
    // The catalog of actions does not know these two operations yet.
    const outcrop = await startForTests({}, { decided: () => {} });
    const client = new KMSClient(outcrop.clients);
    for (const KeySpec of ['ML_KEM_512', 'ML_KEM_768', 'ML_KEM_1024'] as const) {
      const kem = await makeKey({ KeySpec, KeyUsage: 'ENCAPSULATE_DECAPSULATE' }, client);
      const on = { KeyId: kem.KeyId!, EncapsulationAlgorithm: 'ML_KEM' } as const;
      const made = await client.send(new EncapsulateCommand(on));
      const open = (SharedSecretCiphertextBlob: Uint8Array) =>
        client.send(new DecapsulateCommand({ ...on, SharedSecretCiphertextBlob }));
      const opened = await open(made.SharedSecretCiphertextBlob!);
      expect(made.SharedSecret).toHaveLength(32);
      expect(Buffer.from(opened.SharedSecret!).equals(made.SharedSecret!)).toBe(true);
      expect((await refusal(open(bytes(100)))).name).toBe('InvalidCiphertextException');
    }
  });
});
