import type { Blob } from '../blobs/blobs.ts';
import type { Call } from '../call.ts';
import type { Kernel } from '../kernel.ts';
import { decryptContent, encryptContent } from '../keys/content.ts';

/**
 * Content of a model, encrypted under a data key of its own. Under a customer's KMS key, whoever uses the model opens it: without the right to,
 * or with the key disabled, there is no model. Source: Bedrock User Guide, "Encryption of custom models": users of a custom model need
 * `kms:Decrypt` on its key. Else the data key is the stack's own.
 */
export type SealedContent = {
  blob: Blob;
  /** Plain bytes. */
  size: number;
  /** The data key, encrypted. */
  key: Uint8Array;
  by: 'kms' | 'stack';
};

/** A data key until the content is there, for work that goes on after the call: wrapped by the stack's root key. */
export type PendingKey = { wrapped: Uint8Array; key: Uint8Array; by: 'kms' | 'stack'; kmsKeyArn?: string };

const PURPOSE = 'bedrock model';
const SERVICE = 'bedrock.amazonaws.com';
const contextOf = (arn: string) => ({ 'aws:bedrock:arn': arn });

/** A data key for the content of the model `arn`, under the KMS key where one is given. Rejects as KMS does. */
export async function pendingKey(call: Call, arn: string, kmsKeyId: string | undefined): Promise<PendingKey> {
  const { keys } = call.kernel;
  if (kmsKeyId === undefined) {
    const { plaintext, encrypted } = keys.ownDataKey(PURPOSE);
    return { wrapped: keys.root.wrap(PURPOSE, plaintext), key: encrypted, by: 'stack' };
  }
  const { plaintext, encrypted, keyArn } = await keys.dataKey({
    principal: call.principal,
    region: call.region,
    service: SERVICE,
    via: call.via,
    context: contextOf(arn),
    keyId: kmsKeyId,
    alias: 'alias/aws/bedrock',
  });
  return { wrapped: keys.root.wrap(PURPOSE, plaintext), key: encrypted, by: 'kms', kmsKeyArn: keyArn };
}

/** Encrypts and stores content; its blob is to be retained with the record. */
export async function sealContent(
  kernel: Kernel,
  arn: string,
  pending: PendingKey,
  source: AsyncIterable<Uint8Array> | Uint8Array,
): Promise<SealedContent> {
  let size = 0;
  const counted = (async function* () {
    for await (const chunk of source instanceof Uint8Array ? [source] : source) {
      size += chunk.length;
      yield chunk;
    }
  })();
  const plain = kernel.keys.root.unwrap(PURPOSE, pending.wrapped);
  const blob = await kernel.blobs.put(encryptContent(plain, counted, arn));
  return { blob, size, key: pending.key, by: pending.by };
}

/** The data key of content, as the caller may have it. Rejects as KMS does. */
export async function openKey(call: Call, arn: string, sealed: SealedContent): Promise<Uint8Array> {
  const { keys } = call.kernel;
  if (sealed.by === 'stack') return keys.openOwnDataKey(PURPOSE, sealed.key);
  return keys.openDataKey({
    principal: call.principal,
    region: arn.split(':')[3]!,
    service: SERVICE,
    via: call.via,
    context: contextOf(arn),
    encrypted: sealed.key,
    signal: call.signal,
  });
}

/** The same for a job that goes on after the call. */
export async function keepKey(call: Call, arn: string, sealed: SealedContent): Promise<Uint8Array> {
  return call.kernel.keys.root.wrap(PURPOSE, await openKey(call, arn, sealed));
}

/** What `keepKey` kept. */
export const keptKey = (kernel: Kernel, wrapped: Uint8Array) => kernel.keys.root.unwrap(PURPOSE, wrapped);

/** The content, in the clear. */
export function contentOf(
  kernel: Kernel,
  arn: string,
  { blob, size }: SealedContent,
  key: Uint8Array,
): AsyncGenerator<Uint8Array> {
  return decryptContent(key, (start, end) => kernel.blobs.get(blob, start, end), { size, aad: arn });
}
