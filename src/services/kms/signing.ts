import {
  constants,
  createHash,
  createPrivateKey,
  createPublicKey,
  privateEncrypt,
  publicDecrypt,
  randomBytes,
  sign,
  timingSafeEqual,
  verify,
  type KeyObject,
} from 'node:crypto';
import { promisify } from 'node:util';
import type { KeySpec, MessageType, SigningAlgorithmSpec } from '@aws-sdk/client-kms';
import { validation } from './errors.ts';
import { rawPublicKey } from './post-quantum.ts';
import { SPECS } from './specs.ts';
import { inThread } from './threads.ts';

/** Signatures as KMS makes and takes them: RSA as in PKCS #1, ECDSA in DER, EdDSA and ML-DSA as they are. */
export type Signing = {
  spec: KeySpec;
  algorithm: SigningAlgorithmSpec;
  message: Uint8Array;
  messageType: MessageType;
  signal: AbortSignal;
};

const signAsync = promisify(sign) as (hash: string | undefined, data: Uint8Array, key: unknown) => Promise<Buffer>;
const verifyAsync = promisify(verify) as (
  hash: string | undefined,
  data: Uint8Array,
  key: unknown,
  signature: Uint8Array,
) => Promise<boolean>;

const MU_BYTES = 64;
const DIGEST_BYTES: Record<string, number> = { sha256: 32, sha384: 48, sha512: 64 };

/** What is hashed before it is signed; undefined where the algorithm hashes by itself. */
const hashOf = (algorithm: string): string => `sha${/SHA_(\d+)$/.exec(algorithm)?.[1]}`;

/** Refuses messages that are not of the type they are said to be, and types that the algorithm does not take. */
export function checkMessage({ algorithm, message, messageType }: Signing): void {
  const isMl = algorithm === 'ML_DSA_SHAKE_256';
  const takes: MessageType[] = isMl
    ? ['RAW', 'EXTERNAL_MU']
    : algorithm === 'ED25519_SHA_512'
      ? ['RAW']
      : algorithm === 'ED25519_PH_SHA_512'
        ? ['DIGEST']
        : ['RAW', 'DIGEST'];
  if (!takes.includes(messageType))
    throw validation(`MessageType ${messageType} is not supported for algorithm ${algorithm}.`);
  const expected =
    messageType === 'EXTERNAL_MU' ? MU_BYTES : messageType === 'DIGEST' ? DIGEST_BYTES[hashOf(algorithm)] : undefined;
  if (expected !== undefined && message.length !== expected)
    throw validation(`Digest is invalid length for algorithm ${algorithm}.`);
}

/** @param secret PKCS #8 in DER, or an ML-DSA seed */
export async function signMessage(signing: Signing, secret: Uint8Array): Promise<Uint8Array> {
  const { spec, algorithm, message, messageType, signal } = signing;
  const kind = SPECS[spec]!.kind;
  if (kind === 'ml-dsa')
    return inThread({ do: 'sign', spec, seed: secret, message, mu: messageType === 'EXTERNAL_MU' }, signal);
  const key = createPrivateKey({ key: Buffer.from(secret), format: 'der', type: 'pkcs8' });
  if (messageType === 'RAW') return signAsync(hashFor(algorithm), message, { key, ...paddingOf(algorithm) });
  if (kind !== 'rsa') {
    const secretKey = Buffer.from(key.export({ format: 'jwk' }).d!, 'base64url');
    return inThread({ do: 'sign digest', curve: curveOf(spec), secretKey, digest: message }, signal);
  }
  return isPss(algorithm)
    ? privateEncrypt({ key, padding: constants.RSA_NO_PADDING }, pssEncode(message, hashOf(algorithm), bitsOf(key)))
    : privateEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, digestInfo(algorithm, message));
}

/** @param publicKey SPKI in DER */
export async function verifyMessage(signing: Signing, publicKey: Uint8Array, signature: Uint8Array): Promise<boolean> {
  const { spec, algorithm, message, messageType, signal } = signing;
  const kind = SPECS[spec]!.kind;
  if (kind === 'ml-dsa') {
    const mu = messageType === 'EXTERNAL_MU';
    return inThread({ do: 'verify', spec, publicKey: rawPublicKey(publicKey), message, mu, signature }, signal);
  }
  const key = createPublicKey({ key: Buffer.from(publicKey), format: 'der', type: 'spki' });
  if (messageType === 'RAW')
    return verifyAsync(hashFor(algorithm), message, { key, ...paddingOf(algorithm) }, signature);
  if (kind !== 'rsa')
    return inThread(
      { do: 'verify digest', curve: curveOf(spec), publicKey: pointOf(key), digest: message, signature },
      signal,
    );
  try {
    if (isPss(algorithm)) {
      const encoded = publicDecrypt({ key, padding: constants.RSA_NO_PADDING }, signature);
      return pssVerify(message, encoded, hashOf(algorithm), bitsOf(key));
    }
    const info = publicDecrypt({ key, padding: constants.RSA_PKCS1_PADDING }, signature);
    const expected = digestInfo(algorithm, message);
    return info.length === expected.length && timingSafeEqual(info, expected);
  } catch {
    // Not of the key's length, or without its padding.
    return false;
  }
}

const isPss = (algorithm: string) => algorithm.startsWith('RSASSA_PSS');
/** Ed25519 hashes by itself. */
const hashFor = (algorithm: string) => (algorithm.startsWith('ED25519') ? undefined : hashOf(algorithm));
const bitsOf = (key: KeyObject) => key.asymmetricKeyDetails!.modulusLength!;
const curveOf = (spec: KeySpec) => SPECS[spec]!.curve ?? 'ed25519';

const paddingOf = (algorithm: string) =>
  isPss(algorithm)
    ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
    : { dsaEncoding: 'der' as const };

function pointOf(key: KeyObject): Uint8Array {
  const { x, y } = key.export({ format: 'jwk' });
  const part = (text: string) => Buffer.from(text, 'base64url');
  return y === undefined ? part(x!) : Buffer.concat([Buffer.of(4), part(x!), part(y)]);
}

/** DigestInfo up to the digest. Source: RFC 8017, 9.2, note 1. */
const DIGEST_INFO: Record<string, string> = {
  sha256: '3031300d060960864801650304020105000420',
  sha384: '3041300d060960864801650304020205000430',
  sha512: '3051300d060960864801650304020305000440',
};
const digestInfo = (algorithm: string, digest: Uint8Array) =>
  Buffer.concat([Buffer.from(DIGEST_INFO[hashOf(algorithm)]!, 'hex'), digest]);

/** EMSA-PSS of a digest, with a salt of its length. Source: RFC 8017, 9.1.1; node:crypto has it for messages alone. */
function pssEncode(digest: Uint8Array, hash: string, bits: number): Buffer {
  const salt = randomBytes(digest.length);
  const h = pssHash(digest, salt, hash);
  const length = bits / 8 - h.length - 1;
  const block = Buffer.alloc(length);
  block[length - salt.length - 1] = 1;
  salt.copy(block, length - salt.length);
  const masked = xor(block, mask(h, length, hash));
  // The modulus has its highest bit set: the encoded message must be below it.
  masked[0]! &= 0x7f;
  return Buffer.concat([masked, h, Buffer.of(0xbc)]);
}

/** Source: RFC 8017, 9.1.2. */
function pssVerify(digest: Uint8Array, encoded: Buffer, hash: string, bits: number): boolean {
  const length = bits / 8 - digest.length - 1;
  if (encoded.at(-1) !== 0xbc || (encoded[0]! & 0x80) !== 0) return false;
  const masked = encoded.subarray(0, length);
  const h = encoded.subarray(length, length + digest.length);
  const block = xor(masked, mask(h, length, hash));
  block[0]! &= 0x7f;
  const start = length - digest.length;
  if (block.subarray(0, start - 1).some((byte) => byte !== 0) || block[start - 1] !== 1) return false;
  return timingSafeEqual(pssHash(digest, block.subarray(start), hash), h);
}

const pssHash = (digest: Uint8Array, salt: Uint8Array, hash: string) =>
  createHash(hash).update(Buffer.alloc(8)).update(digest).update(salt).digest();

/** MGF1. Source: RFC 8017, B.2.1. */
function mask(seed: Uint8Array, length: number, hash: string): Buffer {
  const parts: Buffer[] = [];
  for (let i = 0, size = 0; size < length; i++) {
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(i);
    const part = createHash(hash).update(seed).update(counter).digest();
    parts.push(part);
    size += part.length;
  }
  return Buffer.concat(parts).subarray(0, length);
}

const xor = (a: Uint8Array, b: Uint8Array) => Buffer.from(a.map((byte, i) => byte ^ b[i]!));
