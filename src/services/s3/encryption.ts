import { createHmac, randomBytes } from 'node:crypto';
import type { Call } from '../../kernel/call.ts';
import { AwsError } from '../../kernel/errors.ts';
import { openBytes, sealBytes } from '../../kernel/keys/aead.ts';
import { CONTENT_KEY_BYTES } from '../../kernel/keys/content.ts';
import { objectArn } from './arns.ts';
import { bucketKey, openBucketKey } from './bucket-keys.ts';
import type { ContentKeys } from './content.ts';
import {
  checkCustomerKey,
  readCustomerKey,
  recognise,
  type CustomerKey,
  type CustomerKeyInput,
} from './customer-key.ts';
import { accessDenied, invalidArgument, invalidRequest, notImplemented } from './errors.ts';
import { defaultEncryption } from './hooks.ts';
import { keyUse, refusalOfKms } from './kms.ts';
import type { Bucket, ObjectVersion, SealedKey } from './records.ts';

/**
 * Encryption of objects. Each object (or upload in parts) has a data key of its own, under which each part's content is encrypted with a key
 * derived for it; the data key is kept encrypted: under the stack's root key (SSE-S3), under a KMS key or a bucket key under one (SSE-KMS),
 * or under the customer's key (SSE-C). DSSE encrypts the content twice. Source: S3 User Guide, "Protecting data with encryption".
 */
export type EncryptionInput = CustomerKeyInput & {
  ServerSideEncryption?: string | undefined;
  SSEKMSKeyId?: string | undefined;
  SSEKMSEncryptionContext?: string | undefined;
  BucketKeyEnabled?: boolean | undefined;
};

/** What a write asked for, or the bucket's default. */
export type Chosen = {
  algorithm: 'AES256' | 'aws:kms' | 'aws:kms:dsse';
  /** As given: id, ARN, alias; undefined: the AWS managed key. */
  keyId?: string;
  bucketKey?: boolean;
  context?: Record<string, string>;
  customer?: CustomerKey;
};

/** A new object's keys, and how its record tells of them. */
export type ObjectKey = {
  keys: ContentKeys;
  record: Pick<ObjectVersion, 'encryption' | 'sealed'>;
};

const PURPOSE = 's3/object';
const SALT_BYTES = 16;
/** UTF-8 bytes of an encryption context as JSON. Source: AWS KMS Developer Guide, "Resource quotas": 8 KiB. */
const CONTEXT_BYTES_MAX = 8192;

/** The encryption that a write asks for, or that the bucket gives it. Throws S3's errors for what does not fit together. */
export async function chooseEncryption(call: Call, bucket: Bucket, input: EncryptionInput): Promise<Chosen> {
  const asked = readEncryption(input);
  const standing = await defaultEncryption(call.kernel.store, bucket);
  if (asked?.customer) {
    if (standing.blocked.has('SSE-C')) throw accessDenied();
    return asked;
  }
  if (!asked) return { ...standing.chosen, ...bucketKeyOf(input, standing.chosen, standing.bucketKey) };
  return { ...asked, ...bucketKeyOf(input, asked, standing.bucketKey) };
}

/** Bucket keys are for SSE-KMS; the request says, or else the bucket. */
function bucketKeyOf({ BucketKeyEnabled }: EncryptionInput, { algorithm }: Chosen, standing: boolean) {
  return algorithm === 'aws:kms' && (BucketKeyEnabled ?? standing) ? { bucketKey: true } : {};
}

function readEncryption(input: EncryptionInput): Chosen | undefined {
  const customer = readCustomerKey(input);
  const { ServerSideEncryption: algorithm, SSEKMSKeyId: keyId } = input;
  if (customer) {
    if (algorithm !== undefined)
      throw invalidArgument(
        'Server Side Encryption with Customer provided key is incompatible with the encryption method specified',
        HEADER,
        algorithm,
      );
    return { algorithm: 'AES256', customer };
  }
  if (algorithm === 'aws:fsx') throw notImplemented(`${HEADER}: ${algorithm}`);
  if (algorithm !== undefined && algorithm !== 'AES256' && algorithm !== 'aws:kms' && algorithm !== 'aws:kms:dsse')
    throw invalidArgument('The encryption method specified is not supported', HEADER, algorithm);
  if (algorithm === undefined || algorithm === 'AES256') {
    if (keyId !== undefined || input.SSEKMSEncryptionContext !== undefined)
      throw invalidArgument(
        `Server Side Encryption with AWS KMS managed key requires HTTP header ${HEADER} : aws:kms`,
        HEADER,
        algorithm,
      );
    return algorithm && { algorithm };
  }
  if (algorithm === 'aws:kms:dsse' && input.BucketKeyEnabled)
    throw invalidArgument('Bucket keys are not supported with the encryption method specified', HEADER, algorithm);
  const context = readContext(input.SSEKMSEncryptionContext);
  return { algorithm, ...(keyId === undefined ? {} : { keyId }), ...(context ? { context } : {}) };
}

const HEADER = 'x-amz-server-side-encryption';

/** Base64 of a JSON object of texts. */
function readContext(text: string | undefined): Record<string, string> | undefined {
  if (text === undefined) return undefined;
  const invalid = () =>
    invalidArgument(
      'The header x-amz-server-side-encryption-context must be the base64 encoding of a JSON object of strings',
      `${HEADER}-context`,
      text,
    );
  const json = Buffer.from(text, 'base64').toString('utf8');
  if (Buffer.byteLength(json) > CONTEXT_BYTES_MAX) throw invalid();
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw invalid();
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid();
  if (Object.values(value).some((one) => typeof one !== 'string')) throw invalid();
  return value as Record<string, string>;
}

/** How answers to writes repeat the encryption context that was asked for, with what S3 adds to it. */
export const contextOf = ({ context }: Chosen, { sealed }: Pick<ObjectVersion, 'sealed'>) =>
  context && sealed?.context
    ? { SSEKMSEncryptionContext: Buffer.from(JSON.stringify(sealed.context)).toString('base64') }
    : {};

/** Makes the data key of a new object. Rejects with what KMS refuses, as S3 words it. */
export async function newObjectKey(call: Call, bucket: Bucket, key: string, chosen: Chosen): Promise<ObjectKey> {
  const { keys } = call.kernel;
  if (chosen.customer) return underCustomerKey(chosen.customer);
  if (chosen.algorithm === 'AES256') {
    const { plaintext, encrypted } = keys.ownDataKey(PURPOSE);
    const sealed: SealedKey = { by: 'stack', key: encrypted };
    return { keys: { inner: plaintext }, record: { encryption: { algorithm: 'AES256' }, sealed } };
  }
  const { algorithm, keyId } = chosen;
  if (chosen.bucketKey) {
    const standing = await bucketKey(call, bucket, keyId, chosen.context);
    const inner = randomBytes(CONTENT_KEY_BYTES);
    const sealed: SealedKey = {
      by: 'kms',
      key: sealBytes(standing.plaintext, inner, PURPOSE),
      context: standing.context,
      bucketKey: standing.encrypted,
    };
    return { keys: { inner }, record: { encryption: { algorithm, keyId: standing.keyArn, bucketKey: true }, sealed } };
  }
  const arn = objectArn(call, bucket.name, key);
  const context = { ...chosen.context, 'aws:s3:arn': arn };
  const { plaintext, encrypted, keyArn } = await keys
    .dataKey({ ...keyUse(call, bucket, context), keyId, alias: 'alias/aws/s3' })
    .catch(refusalOfKms);
  const outer = algorithm === 'aws:kms:dsse' ? keys.ownDataKey(PURPOSE) : undefined;
  return {
    keys: { inner: plaintext, ...(outer ? { outer: outer.plaintext } : {}) },
    record: {
      encryption: { algorithm, keyId: keyArn },
      sealed: { by: 'kms', key: encrypted, context, ...(outer ? { outer: outer.encrypted } : {}) },
    },
  };
}

function underCustomerKey(customer: CustomerKey): ObjectKey {
  const inner = randomBytes(CONTENT_KEY_BYTES);
  const salt = randomBytes(SALT_BYTES);
  const sealed: SealedKey = {
    by: 'customer',
    key: sealBytes(customer.bytes, inner, PURPOSE),
    salt,
    mac: recognise(customer, salt),
  };
  return { keys: { inner }, record: { encryption: { algorithm: 'AES256', customer: true }, sealed } };
}

/**
 * The keys of an object that is there; undefined for content that was stored before there was encryption. Throws as `checkCustomerKey`, and
 * what KMS refuses, as S3 words it.
 */
export async function openObjectKey(
  call: Call,
  bucket: Bucket,
  { sealed }: Pick<ObjectVersion, 'sealed'>,
  customer?: CustomerKey,
): Promise<ContentKeys | undefined> {
  checkCustomerKey(sealed, customer);
  if (!sealed) return undefined;
  const { keys } = call.kernel;
  if (sealed.by === 'stack') return { inner: keys.openOwnDataKey(PURPOSE, sealed.key) };
  if (sealed.by === 'customer') return { inner: openBytes(customer!.bytes, sealed.key, PURPOSE)! };
  if (call.principal.type === 'anonymous')
    throw invalidArgument(
      'Requests specifying Server Side Encryption with AWS KMS managed keys require AWS Signature Version 4.',
      'Authorization',
      'null',
    );
  if (sealed.bucketKey) {
    const standing = await openBucketKey(call, bucket, sealed);
    return { inner: openBytes(standing, sealed.key, PURPOSE)! };
  }
  const inner = await keys
    .openDataKey({ ...keyUse(call, bucket, sealed.context ?? {}), encrypted: sealed.key })
    .catch(refusalOfKms);
  return { inner, ...(sealed.outer ? { outer: keys.openOwnDataKey(PURPOSE, sealed.outer) } : {}) };
}

/** The keys of an upload under way, for one of its parts: its customer's key must come again, and no other. */
export async function openUploadKey(
  call: Call,
  bucket: Bucket,
  target: Pick<ObjectVersion, 'sealed'>,
  input: CustomerKeyInput,
): Promise<ContentKeys | undefined> {
  const customer = readCustomerKey(input);
  const { sealed } = target;
  if (sealed?.by === 'customer' && !customer)
    throw invalidRequest(
      'The multipart upload initiate requested encryption. Subsequent part requests must include the appropriate encryption parameters.',
    );
  if (customer && sealed?.by !== 'customer')
    throw invalidRequest('The multipart upload initiate did not request encryption with a customer provided key.');
  try {
    return await openObjectKey(call, bucket, target, customer);
  } catch (error) {
    if (error instanceof AwsError && customer && error.name === 'AccessDenied')
      throw invalidRequest('The provided encryption parameters did not match the ones used originally.');
    throw error;
  }
}

/**
 * The entity tag of content with that MD5 (hex): where S3 holds the keys alone it is the MD5; under others' keys it tells nothing of the
 * content. Source: S3 API Reference, "Object": ETag.
 */
export function entityTag(md5: string, encryption: ObjectVersion['encryption'], keys: ContentKeys | undefined): string {
  if (!keys || !encryption || (encryption.algorithm === 'AES256' && !encryption.customer)) return md5;
  return createHmac('sha256', keys.inner).update(`etag ${md5}`).digest('hex').slice(0, md5.length);
}
