import { constants, createHash, createPublicKey, verify } from 'node:crypto';
import {
  GenerateMacCommand,
  GetPublicKeyCommand,
  SignCommand,
  VerifyCommand,
  VerifyMacCommand,
  type KeySpec,
  type MacAlgorithmSpec,
  type MessageType,
  type SigningAlgorithmSpec,
} from '@aws-sdk/client-kms';
import { ed25519ph } from '@noble/curves/ed25519.js';
import { describe, expect, it } from 'vitest';
import { openKms, refusal } from './kms.fixture.ts';
import { SPECS } from './specs.ts';

const { kms, integer, bytes, makeKey } = await openKms('signatures');

async function sign(
  KeyId: string,
  Message: Uint8Array,
  SigningAlgorithm: SigningAlgorithmSpec,
  MessageType: MessageType,
) {
  const { Signature } = await kms.send(new SignCommand({ KeyId, Message, MessageType, SigningAlgorithm }));
  return Buffer.from(Signature!);
}

const check = (
  KeyId: string,
  Message: Uint8Array,
  Signature: Uint8Array,
  SigningAlgorithm: SigningAlgorithmSpec,
  MessageType: MessageType = 'RAW',
) => kms.send(new VerifyCommand({ KeyId, Message, MessageType, Signature, SigningAlgorithm }));

async function publicKeyOf(KeyId: string) {
  const { PublicKey } = await kms.send(new GetPublicKeyCommand({ KeyId }));
  return Buffer.from(PublicKey!);
}

const altered = (one: Uint8Array) => {
  const copy = Buffer.from(one);
  copy[integer(0, copy.length - 1)]! ^= 1 << integer(0, 7);
  return copy;
};

/** OpenSSL's judgement, by the public key alone. */
function holds(spki: Buffer, algorithm: SigningAlgorithmSpec, message: Uint8Array, signature: Uint8Array): boolean {
  const key = createPublicKey({ key: spki, format: 'der', type: 'spki' });
  const hash = algorithm.startsWith('ED25519') ? undefined : `sha${algorithm.slice(-3)}`;
  const padding = algorithm.includes('PSS')
    ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: Number(algorithm.slice(-3)) / 8 }
    : {};
  return verify(hash, message, { key, ...padding }, signature);
}

describe('signatures', () => {
  const classic = Object.entries(SPECS).filter(([, { signing, kind }]) => signing && kind !== 'ml-dsa');
  it.each(classic.map(([spec]) => spec as KeySpec))(
    'of %s keys hold for OpenSSL, of messages and of digests',
    async (KeySpec) => {
      const key = await makeKey({ KeySpec, KeyUsage: 'SIGN_VERIFY' });
      const KeyId = key.KeyId!;
      const spki = await publicKeyOf(KeyId);
      expect(key.SigningAlgorithms).toEqual(SPECS[KeySpec]!.signing);
      for (const algorithm of key.SigningAlgorithms!) {
        const message = bytes(integer(1, 4096));
        const digest = createHash(`sha${algorithm.slice(-3)}`)
          .update(message)
          .digest();
        if (algorithm === 'ED25519_PH_SHA_512') {
          const signature = await sign(KeyId, digest, algorithm, 'DIGEST');
          expect(ed25519ph.verify(signature, message, spki.subarray(-32))).toBe(true);
          expect((await check(KeyId, digest, signature, algorithm, 'DIGEST')).SignatureValid).toBe(true);
          continue;
        }
        const raw = await sign(KeyId, message, algorithm, 'RAW');
        expect(holds(spki, algorithm, message, raw)).toBe(true);
        expect((await check(KeyId, message, raw, algorithm)).SignatureValid).toBe(true);
        const refused = { name: 'KMSInvalidSignatureException', status: 400 };
        expect(await refusal(check(KeyId, message, altered(raw), algorithm))).toMatchObject(refused);
        expect(await refusal(check(KeyId, altered(message), raw, algorithm))).toMatchObject(refused);
        expect(await refusal(check(KeyId, message, bytes(integer(1, 600)), algorithm))).toMatchObject(refused);
        if (algorithm === 'ED25519_SHA_512') continue;
        const ofDigest = await sign(KeyId, digest, algorithm, 'DIGEST');
        expect(holds(spki, algorithm, message, ofDigest)).toBe(true);
        // Whether it was signed as a message or as its digest is one.
        expect((await check(KeyId, digest, raw, algorithm, 'DIGEST')).SignatureValid).toBe(true);
        expect((await check(KeyId, message, ofDigest, algorithm)).SignatureValid).toBe(true);
        expect(await refusal(check(KeyId, digest, altered(ofDigest), algorithm, 'DIGEST'))).toMatchObject(refused);
        expect(await refusal(check(KeyId, altered(digest), ofDigest, algorithm, 'DIGEST'))).toMatchObject(refused);
        expect(await refusal(sign(KeyId, digest.subarray(1), algorithm, 'DIGEST'))).toMatchObject({
          name: 'ValidationException',
          message: `Digest is invalid length for algorithm ${algorithm}.`,
        });
      }
    },
  );

  it.each(['ML_DSA_44', 'ML_DSA_65', 'ML_DSA_87'] as const)(
    'of %s keys are of the message, or of its μ',
    async (KeySpec) => {
      const { KeyId } = await makeKey({ KeySpec, KeyUsage: 'SIGN_VERIFY' });
      const spki = await publicKeyOf(KeyId!);
      // 2.16.840.1.101.3.4.3.17, 18 and 19: RFC 9881.
      const last = { ML_DSA_44: 17, ML_DSA_65: 18, ML_DSA_87: 19 }[KeySpec];
      expect(spki.subarray(4, 17).toString('hex')).toBe(`300b06096086480165030403${last.toString(16)}`);
      const raw = spki.subarray(22);
      expect(raw).toHaveLength({ ML_DSA_44: 1312, ML_DSA_65: 1952, ML_DSA_87: 2592 }[KeySpec]);
      const message = bytes(integer(1, 4096));
      // FIPS 204, algorithms 6 and 7: μ = H(H(pk) ‖ 0 ‖ |context| ‖ message).
      const shake = (...parts: Uint8Array[]) =>
        parts.reduce((hash, part) => hash.update(part), createHash('shake256', { outputLength: 64 })).digest();
      const mu = shake(shake(raw), Buffer.of(0, 0), message);
      const algorithm = 'ML_DSA_SHAKE_256';
      const [ofMessage, ofMu] = [
        await sign(KeyId!, message, algorithm, 'RAW'),
        await sign(KeyId!, mu, algorithm, 'EXTERNAL_MU'),
      ];
      expect(ofMessage).toHaveLength({ ML_DSA_44: 2420, ML_DSA_65: 3309, ML_DSA_87: 4627 }[KeySpec]);
      expect((await check(KeyId!, message, ofMu, algorithm)).SignatureValid).toBe(true);
      expect((await check(KeyId!, mu, ofMessage, algorithm, 'EXTERNAL_MU')).SignatureValid).toBe(true);
      expect((await refusal(check(KeyId!, message, altered(ofMessage), algorithm))).name).toBe(
        'KMSInvalidSignatureException',
      );
      expect((await refusal(sign(KeyId!, mu, algorithm, 'DIGEST'))).name).toBe('ValidationException');
      expect((await refusal(sign(KeyId!, mu.subarray(1), algorithm, 'EXTERNAL_MU'))).name).toBe('ValidationException');
    },
  );

  it('are made by keys of the right usage and algorithm alone', async () => {
    const p256 = await makeKey({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' });
    expect(await refusal(sign(p256.KeyId!, bytes(9), 'RSASSA_PSS_SHA_256', 'RAW'))).toMatchObject({
      name: 'InvalidKeyUsageException',
      message: 'Algorithm RSASSA_PSS_SHA_256 and key spec ECC_NIST_P256 are incompatible.',
    });
    const symmetric = await makeKey();
    expect((await refusal(sign(symmetric.KeyId!, bytes(9), 'ECDSA_SHA_256', 'RAW'))).message).toBe(
      `${symmetric.Arn} key usage is ENCRYPT_DECRYPT which is not valid for Sign.`,
    );
    const none = kms.send(new GetPublicKeyCommand({ KeyId: symmetric.KeyId! }));
    expect((await refusal(none)).name).toBe('UnsupportedOperationException');
  });
});

describe('message authentication codes', () => {
  it.each(['HMAC_224', 'HMAC_256', 'HMAC_384', 'HMAC_512'] as const)(
    'of %s keys hold for their message and key alone',
    async (KeySpec) => {
      const [key, other] = [
        await makeKey({ KeySpec, KeyUsage: 'GENERATE_VERIFY_MAC' }),
        await makeKey({ KeySpec, KeyUsage: 'GENERATE_VERIFY_MAC' }),
      ];
      const MacAlgorithm = key.MacAlgorithms![0] as MacAlgorithmSpec;
      expect(MacAlgorithm).toBe(`HMAC_SHA_${KeySpec.slice(-3)}`);
      const Message = bytes(integer(1, 4096));
      const { Mac } = await kms.send(new GenerateMacCommand({ KeyId: key.KeyId!, Message, MacAlgorithm }));
      expect(Mac).toHaveLength(Number(KeySpec.slice(-3)) / 8);
      const held = (KeyId: string, message: Uint8Array, mac: Uint8Array) =>
        kms.send(new VerifyMacCommand({ KeyId, Message: message, Mac: mac, MacAlgorithm }));
      expect((await held(key.KeyId!, Message, Mac!)).MacValid).toBe(true);
      const wrong = [
        held(other.KeyId!, Message, Mac!),
        held(key.KeyId!, altered(Message), Mac!),
        held(key.KeyId!, Message, altered(Mac!)),
        held(key.KeyId!, Message, Mac!.subarray(1)),
      ];
      for (const refused of await Promise.all(wrong.map(refusal)))
        expect(refused).toMatchObject({ name: 'KMSInvalidMacException', status: 400 });
    },
  );
});
