/** How keys of ML-DSA (FIPS 204) and ML-KEM (FIPS 203) are written. They are kept as their seeds, from which all else follows. */
export type PostQuantumSpec = 'ML_DSA_44' | 'ML_DSA_65' | 'ML_DSA_87' | 'ML_KEM_512' | 'ML_KEM_768' | 'ML_KEM_1024';

/** Bytes of the seed. Source: FIPS 204 (ξ) and FIPS 203 (d and z). */
export const seedBytes = (spec: string) => (spec.startsWith('ML_DSA') ? 32 : 64);

/** 2.16.840.1.101.3.4, NIST's algorithms; then .3 signatures or .4 KEMs, and the number. Source: RFC 9881 and RFC 9935. */
const OIDS: Record<PostQuantumSpec, [number, number]> = {
  ML_DSA_44: [3, 17],
  ML_DSA_65: [3, 18],
  ML_DSA_87: [3, 19],
  ML_KEM_512: [4, 1],
  ML_KEM_768: [4, 2],
  ML_KEM_1024: [4, 3],
};
const NIST = [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04];

/** Subject public key info of a raw public key, DER. */
export function spki(spec: PostQuantumSpec, publicKey: Uint8Array): Buffer {
  return der(0x30, algorithm(spec), der(0x03, Buffer.of(0), publicKey));
}

/** The raw public key in what `spki` made. */
export const rawPublicKey = (spki: Uint8Array): Uint8Array => {
  const bytes = Buffer.from(spki);
  // 24 bytes: tag and length (4), the algorithm (13), tag and length (4) of a string of over 255 bytes, its count of unused bits (1).
  return bytes.subarray(4 + 13 + 4 + 1);
};

/** PKCS #8 of a key kept as its seed, DER. Source: RFC 9881 and RFC 9935, the `seed` choice. */
export function pkcs8(spec: PostQuantumSpec, seed: Uint8Array): Buffer {
  return der(0x30, der(0x02, Buffer.of(0)), algorithm(spec), der(0x04, der(0x80, seed)));
}

const algorithm = (spec: PostQuantumSpec) => der(0x30, der(0x06, Buffer.from([...NIST, ...OIDS[spec]])));

function der(tag: number, ...parts: Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const head =
    length < 0x80 ? [tag, length] : length < 0x100 ? [tag, 0x81, length] : [tag, 0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from(head), content]);
}
