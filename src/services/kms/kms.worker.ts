import { eddsa } from '@noble/curves/abstract/edwards.js';
import { ed25519 } from '@noble/curves/ed25519.js';
import { p256, p384, p521 } from '@noble/curves/nist.js';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { ml_dsa44, ml_dsa65, ml_dsa87 } from '@noble/post-quantum/ml-dsa.js';
import { ml_kem1024, ml_kem512, ml_kem768 } from '@noble/post-quantum/ml-kem.js';

/**
 * What runs in the threads of `threads.ts`: what node:crypto has not. Post-quantum keys are seeds, those of curves their scalars (or seeds) and
 * encoded points. `mu` tells that the message is FIPS 204's μ, 64 bytes.
 */
export type CryptoJob =
  | { do: 'public key'; spec: string; seed: Uint8Array }
  | { do: 'sign'; spec: string; seed: Uint8Array; message: Uint8Array; mu: boolean }
  | { do: 'verify'; spec: string; publicKey: Uint8Array; message: Uint8Array; mu: boolean; signature: Uint8Array }
  | { do: 'encapsulate'; spec: string; publicKey: Uint8Array }
  | { do: 'decapsulate'; spec: string; seed: Uint8Array; ciphertext: Uint8Array }
  | { do: 'sign digest'; curve: string; secretKey: Uint8Array; digest: Uint8Array }
  | { do: 'verify digest'; curve: string; publicKey: Uint8Array; digest: Uint8Array; signature: Uint8Array };

export type CryptoResult<J extends CryptoJob> = J extends { do: 'verify' | 'verify digest' }
  ? boolean
  : J extends { do: 'encapsulate' }
    ? { cipherText: Uint8Array; sharedSecret: Uint8Array }
    : Uint8Array;

const SIGNERS: Record<string, typeof ml_dsa44> = { ML_DSA_44: ml_dsa44, ML_DSA_65: ml_dsa65, ML_DSA_87: ml_dsa87 };
const KEMS: Record<string, typeof ml_kem512> = {
  ML_KEM_512: ml_kem512,
  ML_KEM_768: ml_kem768,
  ML_KEM_1024: ml_kem1024,
};
const CURVES: Record<string, typeof p256> = { prime256v1: p256, secp384r1: p384, secp521r1: p521, secp256k1 };
/** ECDSA as it is in X9.62: no hash (it is done already), either of the two values of s, DER. */
const ECDSA = { prehash: false, lowS: false, format: 'der' } as const;

/** Ed25519ph of a message whose SHA-512 is given. Source: RFC 8032, 5.1. */
const ED25519_PH = eddsa(ed25519.Point, sha512, {
  adjustScalarBytes(bytes: Uint8Array) {
    bytes[0]! &= 248;
    bytes[31]! &= 127;
    bytes[31]! |= 64;
    return bytes;
  },
  domain: (data: Uint8Array, context: Uint8Array, isHashed: boolean) =>
    Buffer.concat([
      Buffer.from('SigEd25519 no Ed25519 collisions'),
      Buffer.of(isHashed ? 1 : 0, context.length),
      context,
      data,
    ]),
  prehash: Object.assign((digest: Uint8Array) => digest, sha512),
});

export default function run(job: CryptoJob): unknown {
  switch (job.do) {
    case 'public key':
      return (SIGNERS[job.spec] ?? KEMS[job.spec])!.keygen(job.seed).publicKey;
    case 'sign': {
      const signer = SIGNERS[job.spec]!;
      const { secretKey } = signer.keygen(job.seed);
      return job.mu
        ? signer.internal.sign(job.message, secretKey, { externalMu: true })
        : signer.sign(job.message, secretKey);
    }
    case 'verify': {
      const signer = SIGNERS[job.spec]!;
      return whether(() =>
        job.mu
          ? signer.internal.verify(job.signature, job.message, job.publicKey, { externalMu: true })
          : signer.verify(job.signature, job.message, job.publicKey),
      );
    }
    case 'encapsulate':
      return KEMS[job.spec]!.encapsulate(job.publicKey);
    case 'decapsulate':
      return KEMS[job.spec]!.decapsulate(job.ciphertext, KEMS[job.spec]!.keygen(job.seed).secretKey);
    case 'sign digest':
      return job.curve === 'ed25519'
        ? ED25519_PH.sign(job.digest, job.secretKey)
        : CURVES[job.curve]!.sign(job.digest, job.secretKey, ECDSA);
    default:
      return whether(() =>
        job.curve === 'ed25519'
          ? ED25519_PH.verify(job.signature, job.digest, job.publicKey, { zip215: false })
          : CURVES[job.curve]!.verify(job.signature, job.digest, job.publicKey, ECDSA),
      );
  }
}

/** Bytes that are no signature at all are an invalid one. */
function whether(verify: () => boolean): boolean {
  try {
    return verify();
  } catch {
    return false;
  }
}
