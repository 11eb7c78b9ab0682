import { randomBytes, randomInt } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Calls, type CallRequest } from '../calls.ts';
import { rootOf } from '../principals/principal.ts';
import { openBytes, sealBytes } from './aead.ts';
import { ContentError } from './content.ts';
import { Keys } from './keys.ts';
import { RootKey, RootKeyError } from './root-key.ts';

/** Keys, with a small KMS behind the calls: one master key, bound to the encryption context. */
function open() {
  const requests: CallRequest[] = [];
  const master = randomBytes(32);
  const calls = new Calls({ credential: async () => undefined });
  calls.connect(async (request) => {
    requests.push(request);
    const input = request.input as { CiphertextBlob: Uint8Array; EncryptionContext?: Record<string, string> };
    const bound = JSON.stringify(input.EncryptionContext ?? {});
    if (request.operation === 'GenerateDataKey') {
      const Plaintext = randomBytes(32);
      return { Plaintext, CiphertextBlob: sealBytes(master, Plaintext, bound), KeyId: 'arn:aws:kms:r:1:key/k' };
    }
    const Plaintext = openBytes(master, input.CiphertextBlob, bound);
    if (!Plaintext) throw new Error('InvalidCiphertextException');
    return { Plaintext };
  });
  return { keys: new Keys({ root: new RootKey(randomBytes(32)), calls }), requests };
}

const use = {
  principal: rootOf('111122223333'),
  region: 'eu-west-1',
  service: 's3.amazonaws.com',
  via: ['athena.amazonaws.com'],
  context: { 'aws:s3:arn': `arn:aws:s3:::bucket/${randomInt(1e9)}` },
};
const alias = 'alias/aws/s3' as const;

describe('data keys for services', () => {
  it('are asked of KMS in the caller’s name, through the service', async () => {
    const { keys, requests } = open();
    const made = await keys.dataKey({ ...use, alias });
    expect(made.plaintext).toHaveLength(32);
    const opened = await keys.openDataKey({ ...use, encrypted: made.encrypted, keyId: made.keyArn });
    expect(Buffer.from(opened).equals(made.plaintext)).toBe(true);
    const common = {
      service: 'kms',
      principal: use.principal,
      region: 'eu-west-1',
      invokedBy: 's3.amazonaws.com',
      via: ['athena.amazonaws.com'],
    };
    expect(requests).toEqual([
      {
        ...common,
        operation: 'GenerateDataKey',
        input: { KeyId: alias, KeySpec: 'AES_256', EncryptionContext: use.context },
      },
      {
        ...common,
        operation: 'Decrypt',
        input: { CiphertextBlob: made.encrypted, KeyId: made.keyArn, EncryptionContext: use.context },
      },
    ]);
    await keys.dataKey({ ...use, alias, keyId: 'alias/mine' });
    expect(requests.at(-1)!.input).toMatchObject({ KeyId: 'alias/mine' });
  });

  it('protect a small value, which is read back in its context as it was', async () => {
    const { keys } = open();
    for (const length of [0, 1, randomInt(2, 5000), 64 * 1024]) {
      const value = randomBytes(length);
      const { ciphertext, keyArn } = await keys.protect({ ...use, alias }, value);
      expect(keyArn).toBe('arn:aws:kms:r:1:key/k');
      if (length >= 16) expect(Buffer.from(ciphertext).includes(value.subarray(0, 16))).toBe(false);
      expect(Buffer.from(await keys.reveal(use, ciphertext)).equals(value)).toBe(true);
      await expect(keys.reveal({ ...use, context: {} }, ciphertext)).rejects.toThrow('InvalidCiphertextException');
    }
  });

  it('do not open a value of which a bit was altered, or that was cut', async () => {
    const { keys } = open();
    const { ciphertext } = await keys.protect({ ...use, alias }, randomBytes(30));
    for (let i = 0; i < ciphertext.length; i++) {
      const altered = Buffer.from(ciphertext);
      altered[i]! ^= 1 << (i % 8);
      await expect(keys.reveal(use, altered), `byte ${i}`).rejects.toThrow();
      await expect(keys.reveal(use, ciphertext.subarray(0, i)), `${i} bytes`).rejects.toThrow();
    }
    const last = Buffer.from(ciphertext);
    last[last.length - 1]! ^= 1;
    await expect(keys.reveal(use, last)).rejects.toThrow(ContentError);
  });
});

describe('own data keys', () => {
  it('open for their purpose under the root key, and no other way', () => {
    const { keys } = open();
    const { plaintext, encrypted } = keys.ownDataKey('bucket b');
    expect(Buffer.from(keys.openOwnDataKey('bucket b', encrypted)).equals(plaintext)).toBe(true);
    expect(() => keys.openOwnDataKey('bucket c', encrypted)).toThrow(RootKeyError);
    expect(() => open().keys.openOwnDataKey('bucket b', encrypted)).toThrow(RootKeyError);
    expect(Buffer.from(encrypted).includes(Buffer.from(plaintext))).toBe(false);
  });
});
