import { randomBytes } from 'node:crypto';
import type { Calls } from '../calls.ts';
import type { Principal } from '../principals/principal.ts';
import { openBytes, sealBytes } from './aead.ts';
import { ContentError, CONTENT_KEY_BYTES } from './content.ts';
import type { RootKey } from './root-key.ts';

/**
 * For whom a service uses a KMS key. The calls it makes are the caller's own, made through the service: what key policies, grants and
 * identity policies say of the caller holds, `kms:ViaService` and `aws:CalledVia` are set, and CloudTrail has the call.
 */
export type KeyUse = {
  principal: Principal;
  region: string;
  /** That makes the calls: `s3.amazonaws.com`. */
  service: string;
  /** `call.via` of the call it is made for; absent when a service acts by itself. */
  via?: readonly string[];
  /** Encryption context: what the data key is bound to, on the trail in clear. */
  context?: Record<string, string>;
  signal?: AbortSignal;
};

/** With `keyId` (an id, ARN, alias or alias ARN) under that key; without, under the AWS managed key `alias`, made at its first use. */
export type KeyRequest = KeyUse & { keyId?: string | undefined; alias: `alias/aws/${string}` };

/** A data key, and itself encrypted: the one is used and forgotten, the other kept beside what it encrypted. 32 bytes. */
export type DataKey = { plaintext: Uint8Array; encrypted: Uint8Array };

/** Names of the errors by which a key, or what was encrypted under it, cannot be used; beside AccessDeniedException. */
export const KEY_REFUSALS: ReadonlySet<string> = new Set([
  'ContentError',
  'DisabledException',
  'IncorrectKeyException',
  'InvalidArnException',
  'InvalidCiphertextException',
  'InvalidKeyUsageException',
  'KMSInvalidStateException',
  'KeyUnavailableException',
  'NotFoundException',
]);

const ENVELOPE_VERSION = 1;
const ENVELOPE_HEAD_BYTES = 3;

/** Encryption at rest for all services. */
export class Keys {
  /** What keys are sealed under that nobody sees. */
  readonly root: RootKey;
  readonly #calls: Calls;

  constructor(parts: { root: RootKey; calls: Calls }) {
    this.root = parts.root;
    this.#calls = parts.calls;
  }

  /** A new data key under a KMS key. Rejects with what KMS answers: AccessDeniedException, DisabledException … */
  async dataKey(request: KeyRequest): Promise<DataKey & { keyArn: string }> {
    const { Plaintext, CiphertextBlob, KeyId } = await this.#send<{
      Plaintext: Uint8Array;
      CiphertextBlob: Uint8Array;
      KeyId: string;
    }>('GenerateDataKey', request, { KeyId: request.keyId ?? request.alias, KeySpec: 'AES_256' });
    return { plaintext: Plaintext, encrypted: CiphertextBlob, keyArn: KeyId };
  }

  /**
   * The plaintext of a data key. Rejects with what KMS answers: AccessDeniedException, DisabledException, InvalidCiphertextException …
   *
   * @param request.keyId the key it must be encrypted under; absent: whichever it is
   */
  async openDataKey(request: KeyUse & { encrypted: Uint8Array; keyId?: string | undefined }): Promise<Uint8Array> {
    const { Plaintext } = await this.#send<{ Plaintext: Uint8Array }>('Decrypt', request, {
      CiphertextBlob: request.encrypted,
      ...(request.keyId === undefined ? {} : { KeyId: request.keyId }),
    });
    return Plaintext;
  }

  /** Encrypts a small value under a new data key; the ciphertext carries that, encrypted. Rejects as `dataKey` does. */
  async protect(request: KeyRequest, bytes: Uint8Array): Promise<{ ciphertext: Uint8Array; keyArn: string }> {
    const { plaintext, encrypted, keyArn } = await this.dataKey(request);
    const head = Buffer.alloc(ENVELOPE_HEAD_BYTES);
    head[0] = ENVELOPE_VERSION;
    head.writeUInt16BE(encrypted.length, 1);
    const bound = Buffer.concat([head, encrypted]);
    return { ciphertext: Buffer.concat([bound, sealBytes(plaintext, bytes, bound)]), keyArn };
  }

  /** What `protect` was given, for the same context. Rejects as `openDataKey` does, and with ContentError when the ciphertext was altered. */
  async reveal(request: KeyUse, ciphertext: Uint8Array): Promise<Uint8Array> {
    const envelope = Buffer.from(ciphertext.buffer, ciphertext.byteOffset, ciphertext.length);
    if (envelope.length < ENVELOPE_HEAD_BYTES || envelope[0] !== ENVELOPE_VERSION)
      throw new ContentError('this is nothing that was encrypted here');
    const end = ENVELOPE_HEAD_BYTES + envelope.readUInt16BE(1);
    const plaintext = await this.openDataKey({ ...request, encrypted: envelope.subarray(ENVELOPE_HEAD_BYTES, end) });
    const bytes = openBytes(plaintext, envelope.subarray(end), envelope.subarray(0, end));
    if (!bytes) throw new ContentError('the ciphertext is not what was encrypted');
    return bytes;
  }

  /** A data key under no KMS key: for what AWS encrypts with keys of its own, as S3 with SSE-S3. Opens for `purpose` only. */
  ownDataKey(purpose: string): DataKey {
    const plaintext = randomBytes(CONTENT_KEY_BYTES);
    return { plaintext, encrypted: this.root.wrap(ownPurpose(purpose), plaintext) };
  }

  /** The plaintext of an own data key. Throws RootKeyError when it was altered or is of another purpose. */
  openOwnDataKey(purpose: string, encrypted: Uint8Array): Uint8Array {
    return this.root.unwrap(ownPurpose(purpose), encrypted);
  }

  #send<O>(operation: string, use: KeyUse, input: Record<string, unknown>): Promise<O> {
    const { principal, region, service, via, context, signal } = use;
    return this.#calls.send<O>({
      service: 'kms',
      operation,
      input: { ...input, ...(context === undefined ? {} : { EncryptionContext: context }) },
      principal,
      region,
      invokedBy: service,
      ...(via === undefined ? {} : { via }),
      ...(signal === undefined ? {} : { signal }),
    });
  }
}

const ownPurpose = (purpose: string) => `data key: ${purpose}`;
