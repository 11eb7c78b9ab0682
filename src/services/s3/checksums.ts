import type { Call } from '../../kernel/call.ts';
import { AwsError } from '../../kernel/errors.ts';
import { combine } from './crc.ts';
import { ALGORITHMS, OPENERS, type Digests } from './digests.ts';
import { invalidRequest, notImplemented } from './errors.ts';
import type { Checksum, ChecksumAlgorithm } from './records.ts';

/** Checksums of content as S3 knows them. Source: S3 User Guide, "Checking object integrity for data uploads in Amazon S3". */
/** What S3 computes for an upload that brings no checksum. */
export const DEFAULT_ALGORITHM: ChecksumAlgorithm = 'CRC64NVME';
const UNBUILT = ['XXHASH64', 'XXHASH3', 'XXHASH128'];
const BYTES: Record<ChecksumAlgorithm, number> = {
  CRC32: 4,
  CRC32C: 4,
  CRC64NVME: 8,
  SHA1: 20,
  SHA256: 32,
  SHA512: 64,
  MD5: 16,
};

/** SDK members that carry a checksum: `ChecksumCRC32` … */
export type ChecksumMembers = { [K in ChecksumAlgorithm as `Checksum${K}`]?: string };

export const memberOf = (algorithm: ChecksumAlgorithm) => `Checksum${algorithm}` as const;
const headerOf = (algorithm: string) => `x-amz-checksum-${algorithm.toLowerCase()}`;

/** A checksum as output members; empty when there is none. */
export function checksumMembers(checksum: Pick<Checksum, 'algorithm' | 'value'> | undefined): ChecksumMembers {
  return checksum ? { [memberOf(checksum.algorithm)]: checksum.value } : {};
}

/** What the client says of the content it sends: a value, or an algorithm whose value follows in the trailer. */
export type Claim = { algorithm: ChecksumAlgorithm; value?: string };

/** Reads the claim of an upload. Throws InvalidRequest for more than one, or a malformed one; NotImplemented for xxHash. */
export function readClaim(
  call: Call,
  input: ChecksumMembers & { ChecksumAlgorithm?: string | undefined },
): Claim | undefined {
  const claims: Claim[] = [...givenValues(input)];
  for (const name of call.trailers.declared) {
    const algorithm = ALGORITHMS.find((candidate) => headerOf(candidate) === name);
    if (algorithm) claims.push({ algorithm });
    else if (UNBUILT.some((candidate) => headerOf(candidate) === name)) throw notImplemented(name);
  }
  if (claims.length > 1) {
    throw invalidRequest('Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.');
  }
  const algorithm = readAlgorithm(input.ChecksumAlgorithm);
  const [claim] = claims;
  if (claim && algorithm && claim.algorithm !== algorithm) {
    throw invalidRequest('Value for x-amz-sdk-checksum-algorithm header is invalid.');
  }
  // A call from inside the house has no wire to guard: it names the algorithm it wants kept.
  return claim ?? (algorithm && { algorithm });
}

/** The checksum values among the members of an input, checked for their form. */
export function givenValues(input: object): Required<Claim>[] {
  const members = input as Record<string, string | undefined>;
  const unbuilt = UNBUILT.find((name) => members[`Checksum${name}`] !== undefined);
  if (unbuilt) throw notImplemented(headerOf(unbuilt));
  return ALGORITHMS.filter((algorithm) => members[memberOf(algorithm)] !== undefined).map((algorithm) => {
    const value = members[memberOf(algorithm)]!;
    if (!isDigest(algorithm, value)) throw invalidRequest(`Value for ${headerOf(algorithm)} header is invalid.`);
    return { algorithm, value };
  });
}

/** Throws InvalidRequest for an algorithm that S3 does not know. */
export function readAlgorithm(name: string | undefined): ChecksumAlgorithm | undefined {
  if (name === undefined) return undefined;
  const upper = name.toUpperCase();
  if (UNBUILT.includes(upper)) throw notImplemented(`checksum algorithm ${upper}`);
  const known = ALGORITHMS.find((algorithm) => algorithm === upper);
  if (!known) {
    throw invalidRequest(
      `Checksum algorithm provided is unsupported. Please try again with any of the valid types: [${ALGORITHMS.join(', ')}]`,
    );
  }
  return known;
}

/** A plain value, or that of a multipart upload (`…-3`). */
function isDigest(algorithm: ChecksumAlgorithm, value: string): boolean {
  const plain = value.replace(/-\d{1,5}$/, '');
  return /^[A-Za-z0-9+/]+={0,2}$/.test(plain) && Buffer.from(plain, 'base64').length === BYTES[algorithm];
}

/** Checks the claim, which may have come in the trailer by now, against what was computed. Throws BadDigest. */
export function checkClaim(call: Call, claim: Claim | undefined, digests: Digests): void {
  if (!claim) return;
  const header = headerOf(claim.algorithm);
  const value = claim.value ?? call.trailers.values[header];
  if (value === undefined) {
    if (call.trailers.declared.includes(header))
      throw new AwsError(
        'MalformedTrailerError',
        'The request contained trailing data that was not well-formed or did not conform to our published schema.',
        400,
      );
    return;
  }
  if (!isDigest(claim.algorithm, value)) throw invalidRequest(`Value for ${header} trailing header is invalid.`);
  if (value !== digests.checksums[claim.algorithm]) throw badDigest(claim.algorithm);
}

export const badDigest = (algorithm: ChecksumAlgorithm) =>
  new AwsError('BadDigest', `The ${algorithm} you specified did not match the calculated checksum.`, 400);

/** Base64 Content-MD5 → hex. Throws InvalidDigest. */
export function readContentMd5(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  const bytes = Buffer.from(value, 'base64');
  if (bytes.length !== 16 || bytes.toString('base64') !== value) {
    throw new AwsError('InvalidDigest', 'The Content-MD5 you specified was invalid.', 400, { 'Content-MD5': value });
  }
  return bytes.toString('hex');
}

/** Throws BadDigest when the content is not what Content-MD5 said. */
export function checkContentMd5(expected: string | undefined, digests: Digests): void {
  if (expected === undefined || expected === digests.md5) return;
  const base64 = (hex: string) => Buffer.from(hex, 'hex').toString('base64');
  throw new AwsError('BadDigest', 'The Content-MD5 you specified did not match what we received.', 400, {
    ExpectedDigest: base64(expected),
    CalculatedDigest: base64(digests.md5),
  });
}

export type ChecksumType = Checksum['type'];

/** How the checksums of parts make that of the object. Throws InvalidRequest where S3 does not offer the pair. */
export function checksumTypeOf(algorithm: ChecksumAlgorithm, asked: string | undefined): ChecksumType {
  const crc64 = algorithm === 'CRC64NVME';
  const type = asked ?? (crc64 ? 'FULL_OBJECT' : 'COMPOSITE');
  const crc = crc64 || algorithm === 'CRC32' || algorithm === 'CRC32C';
  if (
    (type === 'COMPOSITE' && crc64) ||
    (type === 'FULL_OBJECT' && !crc) ||
    (type !== 'COMPOSITE' && type !== 'FULL_OBJECT')
  ) {
    throw invalidRequest(
      `The ${type} checksum type cannot be used with the ${algorithm.toLowerCase()} checksum algorithm.`,
    );
  }
  return type;
}

/** The checksum of an object from those of its parts (base64) and their sizes in bytes. */
export async function checksumOfParts(
  algorithm: ChecksumAlgorithm,
  type: ChecksumType,
  parts: { value: string; size: number }[],
): Promise<Checksum> {
  const digests = parts.map(({ value, size }) => ({ digest: Buffer.from(value, 'base64'), length: size }));
  if (type === 'FULL_OBJECT') {
    const digest = await combine(algorithm as 'CRC32' | 'CRC32C' | 'CRC64NVME', digests);
    return { algorithm, type, value: digest.toString('base64') };
  }
  const running = OPENERS[algorithm]();
  for (const { digest } of digests) running.update(digest);
  return { algorithm, type, value: `${running.digest().toString('base64')}-${parts.length}` };
}
