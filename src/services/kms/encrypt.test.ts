import { constants, createPublicKey, publicEncrypt } from 'node:crypto';
import {
  DecryptCommand,
  DisableKeyCommand,
  EncryptCommand,
  GetPublicKeyCommand,
  ReEncryptCommand,
  type DecryptCommandInput,
} from '@aws-sdk/client-kms';
import { describe, expect, it } from 'vitest';
import { openKms, refusal } from './kms.fixture.ts';

const { kms, integer, bytes, context, makeKey, encrypt } = await openKms('encrypt');
const decrypt = async (CiphertextBlob: Uint8Array, more: Partial<DecryptCommandInput> = {}) =>
  Buffer.from((await kms.send(new DecryptCommand({ CiphertextBlob, ...more }))).Plaintext!);

describe('symmetric ciphertext', () => {
  it('is read back without naming the key, and shows nothing of the plaintext', async () => {
    const key = await makeKey();
    for (const size of [1, 4096, integer(2, 4095)]) {
      const plain = bytes(size);
      const blob = Buffer.from(await encrypt(key.KeyId!, plain));
      if (size > 8) expect(blob.includes(plain.subarray(0, 8))).toBe(false);
      expect(Buffer.from(await encrypt(key.KeyId!, plain)).equals(blob)).toBe(false);
      const opened = await kms.send(new DecryptCommand({ CiphertextBlob: blob }));
      expect(Buffer.from(opened.Plaintext!).equals(plain)).toBe(true);
      expect(opened).toMatchObject({
        KeyId: key.Arn,
        EncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
        KeyMaterialId: key.CurrentKeyMaterialId,
      });
    }
  });

  it('is read with the same encryption context in any order, and with no other', async () => {
    const key = await makeKey();
    const plain = bytes(50);
    const given = { ...context(), a: '1', ab: 'c', é: 'ключ' };
    const blob = await encrypt(key.KeyId!, plain, given);
    const turned = Object.fromEntries(Object.entries(given).toReversed());
    expect((await decrypt(blob, { EncryptionContext: turned })).equals(plain)).toBe(true);
    const { a: _a, ...fewer } = given;
    const others = [
      undefined,
      {},
      fewer,
      { ...given, x: '' },
      { ...given, a: '2' },
      { ...fewer, A: '1' },
      { ...fewer, ab: '', a: '1c' },
    ];
    for (const EncryptionContext of others)
      expect(await refusal(decrypt(blob, { EncryptionContext }))).toMatchObject({
        name: 'InvalidCiphertextException',
        status: 400,
      });
    const none = await encrypt(key.KeyId!, plain);
    expect((await decrypt(none, { EncryptionContext: {} })).equals(plain)).toBe(true);
  });

  it('is refused with a flipped bit anywhere, cut, or made by nobody', async () => {
    const key = await makeKey();
    const blob = Buffer.from(await encrypt(key.KeyId!, bytes(20)));
    for (let i = 0; i < blob.length; i++) {
      const altered = Buffer.from(blob);
      altered[i]! ^= 1 << integer(0, 7);
      expect((await refusal(decrypt(altered))).name, `byte ${i}`).toBe('InvalidCiphertextException');
    }
    for (const wrong of [blob.subarray(0, integer(1, blob.length - 1)), bytes(200), Buffer.concat([blob, bytes(1)])])
      expect((await refusal(decrypt(wrong))).name).toBe('InvalidCiphertextException');
  });

  it('is refused under another key than the one that is named', async () => {
    const [one, other] = [await makeKey(), await makeKey()];
    const blob = await encrypt(one.KeyId!, bytes(10));
    expect(await refusal(decrypt(blob, { KeyId: other.Arn! }))).toMatchObject({
      name: 'IncorrectKeyException',
      message: 'The key ID in the request does not identify a CMK that can perform this operation.',
    });
    expect(await decrypt(blob, { KeyId: one.Arn! })).toHaveLength(10);
  });

  it('is of 4,096 bytes at most', async () => {
    const key = await makeKey();
    for (const Plaintext of [bytes(4097), bytes(0)])
      expect((await refusal(kms.send(new EncryptCommand({ KeyId: key.KeyId!, Plaintext })))).name).toBe(
        'ValidationException',
      );
  });
});

describe('RSA encryption', () => {
  it('opens what anybody made with the public key, and what Encrypt made, up to its size', async () => {
    const key = await makeKey({ KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' });
    const KeyId = key.KeyId!;
    const { PublicKey, EncryptionAlgorithms } = await kms.send(new GetPublicKeyCommand({ KeyId }));
    expect(EncryptionAlgorithms).toEqual(['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256']);
    const publicKey = createPublicKey({ key: Buffer.from(PublicKey!), format: 'der', type: 'spki' });
    for (const [EncryptionAlgorithm, oaepHash, max] of [
      ['RSAES_OAEP_SHA_1', 'sha1', 214],
      ['RSAES_OAEP_SHA_256', 'sha256', 190],
    ] as const) {
      const plain = bytes(integer(1, max));
      const outside = publicEncrypt({ key: publicKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash }, plain);
      expect((await decrypt(outside, { KeyId, EncryptionAlgorithm })).equals(plain)).toBe(true);
      const { CiphertextBlob } = await kms.send(new EncryptCommand({ KeyId, Plaintext: plain, EncryptionAlgorithm }));
      expect((await decrypt(CiphertextBlob!, { KeyId, EncryptionAlgorithm })).equals(plain)).toBe(true);
      expect((await refusal(decrypt(bytes(256), { KeyId, EncryptionAlgorithm }))).name).toBe(
        'InvalidCiphertextException',
      );
      const long = kms.send(new EncryptCommand({ KeyId, Plaintext: bytes(max + 1), EncryptionAlgorithm }));
      expect(await refusal(long)).toMatchObject({
        name: 'ValidationException',
        message: `Algorithm ${EncryptionAlgorithm} and key spec RSA_2048 cannot encrypt data larger than ${max} bytes.`,
      });
    }
    expect(await refusal(encrypt(KeyId, bytes(5)))).toMatchObject({
      name: 'InvalidKeyUsageException',
      message: 'Algorithm SYMMETRIC_DEFAULT and key spec RSA_2048 are incompatible.',
    });
    const nameless = decrypt(bytes(256), { EncryptionAlgorithm: 'RSAES_OAEP_SHA_256' });
    expect((await refusal(nameless)).name).toBe('ValidationException');
  });
});

describe('ReEncrypt', () => {
  it('brings ciphertext under another key and context, symmetric or not', async () => {
    const [from, to, rsa] = [
      await makeKey(),
      await makeKey(),
      await makeKey({ KeySpec: 'RSA_3072', KeyUsage: 'ENCRYPT_DECRYPT' }),
    ];
    const plain = bytes(integer(1, 190));
    const [SourceEncryptionContext, DestinationEncryptionContext] = [context(), context()];
    const blob = await encrypt(from.KeyId!, plain, SourceEncryptionContext);
    const moved = await kms.send(
      new ReEncryptCommand({
        CiphertextBlob: blob,
        SourceEncryptionContext,
        DestinationKeyId: to.KeyId!,
        DestinationEncryptionContext,
      }),
    );
    expect(moved).toMatchObject({
      SourceKeyId: from.Arn,
      KeyId: to.Arn,
      SourceEncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
      DestinationEncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
      SourceKeyMaterialId: from.CurrentKeyMaterialId,
      DestinationKeyMaterialId: to.CurrentKeyMaterialId,
    });
    const opened = await decrypt(moved.CiphertextBlob!, {
      KeyId: to.KeyId!,
      EncryptionContext: DestinationEncryptionContext,
    });
    expect(opened.equals(plain)).toBe(true);
    const asymmetric = await kms.send(
      new ReEncryptCommand({
        CiphertextBlob: moved.CiphertextBlob,
        SourceEncryptionContext: DestinationEncryptionContext,
        DestinationKeyId: rsa.KeyId!,
        DestinationEncryptionAlgorithm: 'RSAES_OAEP_SHA_256',
      }),
    );
    const last = await decrypt(asymmetric.CiphertextBlob!, {
      KeyId: rsa.KeyId!,
      EncryptionAlgorithm: 'RSAES_OAEP_SHA_256',
    });
    expect(last.equals(plain)).toBe(true);
    const wrong = kms.send(new ReEncryptCommand({ CiphertextBlob: blob, DestinationKeyId: to.KeyId! }));
    expect((await refusal(wrong)).name).toBe('InvalidCiphertextException');
  });
});

describe('keys for encryption', () => {
  it('are refused when disabled, of another usage, or not there', async () => {
    const key = await makeKey();
    const blob = await encrypt(key.KeyId!, bytes(5));
    await kms.send(new DisableKeyCommand({ KeyId: key.KeyId! }));
    const disabled = { name: 'DisabledException', message: `${key.Arn} is disabled.`, status: 400 };
    expect(await refusal(encrypt(key.KeyId!, bytes(5)))).toEqual(disabled);
    expect(await refusal(decrypt(blob))).toEqual(disabled);
    const hmac = await makeKey({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' });
    expect(await refusal(encrypt(hmac.KeyId!, bytes(5)))).toEqual({
      name: 'InvalidKeyUsageException',
      message: `${hmac.Arn} key usage is GENERATE_VERIFY_MAC which is not valid for Encrypt.`,
      status: 400,
    });
    const gone = key.Arn!.replace(/.{4}$/, '0000');
    expect(await refusal(encrypt(gone, bytes(5)))).toMatchObject({
      name: 'NotFoundException',
      message: `Key '${gone}' does not exist`,
    });
    expect((await refusal(encrypt('no-such-key', bytes(5)))).message).toBe("Invalid keyId 'no-such-key'");
    expect((await refusal(encrypt('alias/nowhere', bytes(5)))).message).toBe(
      'Alias arn:aws:kms:us-east-1:000000000000:alias/nowhere is not found.',
    );
    const abroad = key.Arn!.replace('us-east-1', 'eu-west-1');
    expect(await refusal(encrypt(abroad, bytes(5)))).toMatchObject({
      name: 'NotFoundException',
      message: 'Invalid arn eu-west-1',
    });
  });

  it('are only tried in a dry run', async () => {
    const key = await makeKey();
    const blob = await encrypt(key.KeyId!, bytes(5));
    const tried = {
      name: 'DryRunOperationException',
      message: 'The request would have succeeded, but the DryRun option is set.',
    };
    expect(
      await refusal(kms.send(new EncryptCommand({ KeyId: key.KeyId!, Plaintext: bytes(5), DryRun: true }))),
    ).toMatchObject(tried);
    expect(await refusal(decrypt(blob, { DryRun: true }))).toMatchObject(tried);
    const blind = decrypt(undefined as never, {
      KeyId: key.KeyId!,
      DryRun: true,
      DryRunModifiers: ['IGNORE_CIPHERTEXT'],
    });
    expect(await refusal(blind)).toMatchObject(tried);
    expect((await refusal(decrypt(bytes(99), { DryRun: true }))).name).toBe('InvalidCiphertextException');
  });

  it('make nothing for enclaves', async () => {
    const key = await makeKey();
    const blob = await encrypt(key.KeyId!, bytes(5));
    expect(await refusal(decrypt(blob, { Recipient: { AttestationDocument: bytes(9) } }))).toMatchObject({
      name: 'NotImplemented',
      status: 501,
    });
  });
});
