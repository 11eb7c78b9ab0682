import { badDigest, checkContentMd5, readContentMd5 } from './checksums.ts';
import { ALGORITHMS, Digester, digestsOf, withMd5 } from './digests.ts';

/** Here the checksum headers are about the object that is completed, not about the request's body. */
const OF_THE_OBJECT = new Set(['CompleteMultipartUpload']);

/**
 * Holds an XML body to the digests in its headers. What is streamed is held to them while it is read. Throws BadDigest and InvalidDigest.
 */
export function checkBody(operation: string, headers: Record<string, string>, bytes: Uint8Array): void {
  if (OF_THE_OBJECT.has(operation)) return;
  const md5 = readContentMd5(headers['content-md5']);
  const claimed = ALGORITHMS.filter((algorithm) => headers[`x-amz-checksum-${algorithm.toLowerCase()}`] !== undefined);
  if (md5 === undefined && claimed.length === 0) return;
  const digester = new Digester(withMd5(claimed));
  digester.update(bytes);
  const digests = digestsOf(digester.finish());
  checkContentMd5(md5, digests);
  for (const algorithm of claimed) {
    if (digests.checksums[algorithm] !== headers[`x-amz-checksum-${algorithm.toLowerCase()}`])
      throw badDigest(algorithm);
  }
}
