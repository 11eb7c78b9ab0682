import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { accessDenied, invalidArgument, invalidRequest } from './errors.ts';
import { AwsError } from '../../kernel/errors.ts';
import type { SealedKey } from './records.ts';

/** Keys that customers bring with each request (SSE-C). Source: S3 User Guide, "Using server-side encryption with customer-provided keys". */
export type CustomerKey = { /** 32 bytes. */ bytes: Uint8Array; /** Base64, as the request told it. */ md5: string };

export type CustomerKeyInput = {
  SSECustomerAlgorithm?: string | undefined;
  SSECustomerKey?: string | undefined;
  SSECustomerKeyMD5?: string | undefined;
};

const KEY_BYTES = 32;
const HEADER = 'x-amz-server-side-encryption';
const refused = (message: string) => invalidArgument(message, HEADER, 'null');

/** The key of a request; undefined when it brings none. Throws S3's errors for half of one, or one that is none. */
export function readCustomerKey(input: CustomerKeyInput): CustomerKey | undefined {
  const { SSECustomerAlgorithm: algorithm, SSECustomerKey: key, SSECustomerKeyMD5: md5 } = input;
  if (algorithm === undefined && key === undefined && md5 === undefined) return undefined;
  const who = 'Requests specifying Server Side Encryption with Customer provided keys must provide';
  if (algorithm === undefined) throw refused(`${who} a valid encryption algorithm.`);
  if (algorithm !== 'AES256')
    throw new AwsError(
      'InvalidEncryptionAlgorithmError',
      'The Encryption request you specified is not valid. Supported value: AES256.',
      400,
      { ArgumentName: HEADER, ArgumentValue: algorithm },
    );
  if (key === undefined) throw refused(`${who} an appropriate secret key.`);
  const bytes = Buffer.from(key, 'base64');
  if (bytes.length !== KEY_BYTES) throw refused('The secret key was invalid for the specified algorithm.');
  if (md5 === undefined) throw refused(`${who} the client calculated MD5 of the secret key.`);
  if (createHash('md5').update(bytes).digest('base64') !== md5)
    throw refused('The calculated MD5 hash of the key did not match the hash that was provided.');
  return { bytes, md5 };
}

/** What a key is recognised by: it is not kept itself. */
export const recognise = (key: CustomerKey, salt: Uint8Array) => createHmac('sha256', salt).update(key.bytes).digest();

/**
 * Holds the key of a request against an object: throws InvalidRequest when one is missing or is not wanted, and AccessDenied for another
 * than the object's.
 */
export function checkCustomerKey(sealed: SealedKey | undefined, key: CustomerKey | undefined): void {
  if (sealed?.by !== 'customer') {
    if (key) throw invalidRequest('The encryption parameters are not applicable to this object.');
    return;
  }
  if (!key)
    throw invalidRequest(
      'The object was stored using a form of Server Side Encryption. The correct parameters must be provided to retrieve the object.',
    );
  if (!isKeyOf(sealed, key)) throw accessDenied();
}

export function isKeyOf({ salt, mac }: SealedKey, key: CustomerKey): boolean {
  return timingSafeEqual(recognise(key, salt!), mac!);
}

/** How answers repeat what key was used. */
export const customerKeyOf = (key: CustomerKey | undefined) =>
  key ? { SSECustomerAlgorithm: 'AES256', SSECustomerKeyMD5: key.md5 } : {};
