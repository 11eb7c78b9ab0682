import { CreateKeyCommand, EncryptCommand, KMSClient, type CreateKeyRequest } from '@aws-sdk/client-kms';
import { startForTests, testSeed } from '../../../tests/start.ts';
import { generator } from '../../kernel/ids.ts';

/** A stack with a KMS client of its root, and generated inputs. */
export async function openKms(name: string, options: Parameters<typeof startForTests>[0] = {}) {
  const random = generator(testSeed(name));
  const integer = (from: number, to: number) => from + Math.floor(random() * (to - from + 1));
  const bytes = (count: number) => Buffer.from(Array.from({ length: count }, () => integer(0, 255)));
  const outcrop = await startForTests(options);
  const kms = new KMSClient(outcrop.clients);
  const text = () => bytes(integer(1, 12)).toString('hex');
  return {
    outcrop,
    kms,
    random,
    integer,
    bytes,
    text,
    context: () => Object.fromEntries(Array.from({ length: integer(1, 4) }, () => [text(), text()])),
    /** Makes a key and returns what DescribeKey tells of it. */
    makeKey: async (request: CreateKeyRequest = {}, client = kms) =>
      (await client.send(new CreateKeyCommand(request))).KeyMetadata!,
    encrypt: async (KeyId: string, Plaintext: Uint8Array, EncryptionContext?: Record<string, string>) =>
      (await kms.send(new EncryptCommand({ KeyId, Plaintext, EncryptionContext }))).CiphertextBlob!,
    inRegion: (region: string) => new KMSClient({ ...outcrop.clients, region }),
  };
}

/** What a call was refused with. */
export async function refusal(call: Promise<unknown>): Promise<{ name: string; message: string; status: number }> {
  try {
    await call;
  } catch (error) {
    const { name, message, $metadata } = error as Error & { $metadata?: { httpStatusCode?: number } };
    return { name, message, status: $metadata?.httpStatusCode ?? 0 };
  }
  throw new Error('the call was not refused');
}
