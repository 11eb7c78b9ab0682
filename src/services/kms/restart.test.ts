import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateKeyCommand,
  DecryptCommand,
  EncryptCommand,
  GenerateDataKeyPairCommand,
  GetParametersForImportCommand,
  ImportKeyMaterialCommand,
  KMSClient,
  SignCommand,
  VerifyCommand,
} from '@aws-sdk/client-kms';
import { constants, createPublicKey, publicEncrypt } from 'node:crypto';
import { afterAll, describe, expect, it } from 'vitest';
import { startStack } from '../../main.ts';

const folders: string[] = [];
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'outcrop-kms-'));
  folders.push(folder);
  return folder;
}

const start = (data: string, encryptionKey?: string) =>
  startStack({ data, port: 0, log: 'error', ...(encryptionKey === undefined ? {} : { encryptionKey }) });

const everything = (folder: string) =>
  Buffer.concat(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name))),
  );

describe('keys at rest', () => {
  it('open at the next start with the same root key, and with no other', async () => {
    const data = newFolder();
    const encryptionKey = randomBytes(32).toString('base64');
    const plain = randomBytes(100);
    const first = await start(data, encryptionKey);
    const kms = new KMSClient(first.clients);
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
    const signing = (await kms.send(new CreateKeyCommand({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' })))
      .KeyMetadata!;
    const { CiphertextBlob } = await kms.send(new EncryptCommand({ KeyId: KeyMetadata!.KeyId, Plaintext: plain }));
    const sign = { KeyId: signing.KeyId, Message: plain, SigningAlgorithm: 'ECDSA_SHA_256' } as const;
    const { Signature } = await kms.send(new SignCommand(sign));
    await first.stop();
    await expect(start(data, randomBytes(32).toString('base64'))).rejects.toMatchObject({
      name: 'ConfigError',
      message: expect.stringContaining('sealed under another root key'),
    });
    await expect(start(data)).rejects.toThrow('root.key is not there');
    const second = await start(data, encryptionKey);
    const again = new KMSClient(second.clients);
    const opened = await again.send(new DecryptCommand({ CiphertextBlob }));
    expect(Buffer.from(opened.Plaintext!).equals(plain)).toBe(true);
    expect((await again.send(new VerifyCommand({ ...sign, Signature }))).SignatureValid).toBe(true);
    expect((await again.send(new SignCommand(sign))).Signature!.length).toBeGreaterThan(60);
    await second.stop();
  });

  it('are gone after a reset, and keys made after it open at the next start', async () => {
    const data = newFolder();
    const first = await startStack({ data, port: 0, log: 'error', allowReset: true });
    const kms = new KMSClient(first.clients);
    const { KeyMetadata: before } = await kms.send(new CreateKeyCommand({}));
    const old = await kms.send(new EncryptCommand({ KeyId: before!.KeyId, Plaintext: randomBytes(5) }));
    await first.reset();
    await expect(kms.send(new DecryptCommand({ CiphertextBlob: old.CiphertextBlob }))).rejects.toMatchObject({
      name: 'InvalidCiphertextException',
    });
    const { KeyMetadata: after } = await kms.send(new CreateKeyCommand({}));
    const { CiphertextBlob } = await kms.send(new EncryptCommand({ KeyId: after!.KeyId, Plaintext: randomBytes(5) }));
    await first.stop();
    const second = await start(data);
    const opened = await new KMSClient(second.clients).send(new DecryptCommand({ CiphertextBlob }));
    expect(opened.Plaintext).toHaveLength(5);
    await second.stop();
  });

  it('never take the place of one another, though a seed makes ids repeat', async () => {
    const data = newFolder();
    const made: string[] = [];
    for (let i = 0; i < 2; i++) {
      const outcrop = await startStack({ data, port: 0, log: 'error', seed: 7 });
      const kms = new KMSClient(outcrop.clients);
      made.push((await kms.send(new CreateKeyCommand({}))).KeyMetadata!.KeyId!);
      for (const KeyId of made) await kms.send(new EncryptCommand({ KeyId, Plaintext: randomBytes(5) }));
      await outcrop.stop();
    }
    expect(made[0]).not.toBe(made[1]);
  });

  it('leave neither their bytes nor what was encrypted in the files of the store', async () => {
    const data = newFolder();
    const outcrop = await start(data, randomBytes(32).toString('hex'));
    const kms = new KMSClient(outcrop.clients);
    const { KeyId } = (await kms.send(new CreateKeyCommand({ Origin: 'EXTERNAL' }))).KeyMetadata!;
    const [material, plain] = [randomBytes(32), randomBytes(200)];
    const { PublicKey, ImportToken } = await kms.send(
      new GetParametersForImportCommand({
        KeyId,
        WrappingAlgorithm: 'RSAES_OAEP_SHA_256',
        WrappingKeySpec: 'RSA_2048',
      }),
    );
    const key = createPublicKey({ key: Buffer.from(PublicKey!), format: 'der', type: 'spki' });
    const EncryptedKeyMaterial = publicEncrypt(
      { key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' },
      material,
    );
    await kms.send(
      new ImportKeyMaterialCommand({
        KeyId,
        ImportToken,
        EncryptedKeyMaterial,
        ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE',
      }),
    );
    await kms.send(new EncryptCommand({ KeyId, Plaintext: plain }));
    const pair = await kms.send(new GenerateDataKeyPairCommand({ KeyId, KeyPairSpec: 'ECC_NIST_P256' }));
    await outcrop.stop();
    const bytes = everything(data);
    // The key is there by its id, so the search looks at the right files.
    expect(bytes.includes(KeyId!)).toBe(true);
    for (const secret of [material, plain, Buffer.from(pair.PrivateKeyPlaintext!)])
      for (let at = 0; at + 16 <= secret.length; at += 16) {
        const piece = secret.subarray(at, at + 16);
        for (const form of [piece, piece.toString('hex'), piece.toString('base64').slice(0, 20)])
          expect(bytes.includes(form)).toBe(false);
      }
  });
});
