import type {
  EncryptionAlgorithmSpec,
  KeySpec,
  KeyUsageType,
  MacAlgorithmSpec,
  SigningAlgorithmSpec,
} from '@aws-sdk/client-kms';

/** What kinds of keys there are and what each can do. Source: Developer Guide, "Key spec reference". */
export type Spec = {
  kind: 'symmetric' | 'rsa' | 'ec' | 'ed25519' | 'hmac' | 'ml-dsa' | 'ml-kem';
  /** The first is taken when none is given, for symmetric keys alone. */
  usages: KeyUsageType[];
  encryption?: EncryptionAlgorithmSpec[];
  signing?: SigningAlgorithmSpec[];
  mac?: MacAlgorithmSpec[];
  /** Modulus of RSA, bits. */
  bits?: number;
  /** OpenSSL's name. */
  curve?: string;
  /** HMAC: length of a generated key, and what an imported one may have. Bytes. Source: RFC 2104; Developer Guide, "Requirements for key material". */
  bytes?: { generated: number; min: number; max: number };
  hash?: string;
};

const OAEP: EncryptionAlgorithmSpec[] = ['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256'];
const RSA_SIGNING: SigningAlgorithmSpec[] = [
  'RSASSA_PKCS1_V1_5_SHA_256',
  'RSASSA_PKCS1_V1_5_SHA_384',
  'RSASSA_PKCS1_V1_5_SHA_512',
  'RSASSA_PSS_SHA_256',
  'RSASSA_PSS_SHA_384',
  'RSASSA_PSS_SHA_512',
];
const rsa = (bits: number): Spec => ({
  kind: 'rsa',
  usages: ['ENCRYPT_DECRYPT', 'SIGN_VERIFY'],
  encryption: OAEP,
  signing: RSA_SIGNING,
  bits,
});
const ec = (curve: string, algorithm: SigningAlgorithmSpec, agrees = true): Spec => ({
  kind: 'ec',
  usages: agrees ? ['SIGN_VERIFY', 'KEY_AGREEMENT'] : ['SIGN_VERIFY'],
  signing: [algorithm],
  curve,
});
const hmac = (bits: number, min: number, max: number): Spec => ({
  kind: 'hmac',
  usages: ['GENERATE_VERIFY_MAC'],
  mac: [`HMAC_SHA_${bits}` as MacAlgorithmSpec],
  bytes: { generated: bits / 8, min, max },
  hash: `sha${bits}`,
});
const mlDsa: Spec = { kind: 'ml-dsa', usages: ['SIGN_VERIFY'], signing: ['ML_DSA_SHAKE_256'] };
const mlKem: Spec = { kind: 'ml-kem', usages: ['ENCAPSULATE_DECAPSULATE'] };

/** Every key spec but SM2, which AWS has in its China regions alone. */
export const SPECS: Partial<Record<KeySpec, Spec>> = {
  SYMMETRIC_DEFAULT: { kind: 'symmetric', usages: ['ENCRYPT_DECRYPT'], encryption: ['SYMMETRIC_DEFAULT'] },
  RSA_2048: rsa(2048),
  RSA_3072: rsa(3072),
  RSA_4096: rsa(4096),
  ECC_NIST_P256: ec('prime256v1', 'ECDSA_SHA_256'),
  ECC_NIST_P384: ec('secp384r1', 'ECDSA_SHA_384'),
  ECC_NIST_P521: ec('secp521r1', 'ECDSA_SHA_512'),
  ECC_SECG_P256K1: ec('secp256k1', 'ECDSA_SHA_256', false),
  ECC_NIST_EDWARDS25519: {
    kind: 'ed25519',
    usages: ['SIGN_VERIFY'],
    signing: ['ED25519_SHA_512', 'ED25519_PH_SHA_512'],
  },
  HMAC_224: hmac(224, 28, 64),
  HMAC_256: hmac(256, 32, 64),
  HMAC_384: hmac(384, 48, 128),
  HMAC_512: hmac(512, 64, 128),
  ML_DSA_44: mlDsa,
  ML_DSA_65: mlDsa,
  ML_DSA_87: mlDsa,
  ML_KEM_512: mlKem,
  ML_KEM_768: mlKem,
  ML_KEM_1024: mlKem,
};

/** The spec of a key that stands. */
export const specOf = (key: { spec: KeySpec }): Spec => SPECS[key.spec]!;

/** Algorithms as DescribeKey and GetPublicKey tell them: those of the key's usage. */
export function algorithmsOf(key: { spec: KeySpec; usage: KeyUsageType }) {
  const spec = specOf(key);
  return {
    ...(key.usage === 'ENCRYPT_DECRYPT' ? { EncryptionAlgorithms: spec.encryption } : {}),
    ...(key.usage === 'SIGN_VERIFY' ? { SigningAlgorithms: spec.signing } : {}),
    ...(key.usage === 'GENERATE_VERIFY_MAC' ? { MacAlgorithms: spec.mac } : {}),
    ...(key.usage === 'KEY_AGREEMENT' ? { KeyAgreementAlgorithms: ['ECDH' as const] } : {}),
    ...(key.usage === 'ENCAPSULATE_DECAPSULATE' ? { EncapsulationAlgorithms: ['ML_KEM' as const] } : {}),
  };
}
