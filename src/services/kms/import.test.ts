import {
  constants,
  createCipheriv,
  createHash,
  createPublicKey,
  generateKeyPairSync,
  publicEncrypt,
  verify,
} from 'node:crypto';
import {
  DecryptCommand,
  DeleteImportedKeyMaterialCommand,
  DescribeKeyCommand,
  GenerateMacCommand,
  GetParametersForImportCommand,
  ImportKeyMaterialCommand,
  EncryptCommand,
  ListKeyRotationsCommand,
  ReplicateKeyCommand,
  RotateKeyOnDemandCommand,
  SignCommand,
  type AlgorithmSpec,
  type ImportKeyMaterialCommandInput,
  type WrappingKeySpec,
} from '@aws-sdk/client-kms';
import { describe, expect, it } from 'vitest';
import { DAY_MS } from './limits.ts';
import { openKms, refusal } from './kms.fixture.ts';

const { outcrop, kms, integer, bytes, makeKey, encrypt, inRegion } = await openKms('import');
const FOREVER = { ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' } as const;

const parameters = (
  KeyId: string,
  WrappingAlgorithm: AlgorithmSpec,
  WrappingKeySpec: WrappingKeySpec = 'RSA_2048',
  client = kms,
) => client.send(new GetParametersForImportCommand({ KeyId, WrappingAlgorithm, WrappingKeySpec }));

/** As a user would wrap material with OpenSSL. */
function wrap(material: Uint8Array, algorithm: AlgorithmSpec, spki: Uint8Array): Buffer {
  const key = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });
  const oaepHash = algorithm.endsWith('_1') ? 'sha1' : 'sha256';
  const rsa = { key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash };
  if (!algorithm.startsWith('RSA_AES')) return publicEncrypt(rsa, material);
  const aes = bytes(32);
  const cipher = createCipheriv('id-aes256-wrap-pad', aes, Buffer.from('a65959a6', 'hex'));
  return Buffer.concat([publicEncrypt(rsa, aes), cipher.update(material), cipher.final()]);
}

async function importInto(
  KeyId: string,
  material: Uint8Array,
  more: Partial<ImportKeyMaterialCommandInput> = FOREVER,
  algorithm: AlgorithmSpec = 'RSA_AES_KEY_WRAP_SHA_256',
  client = kms,
) {
  const { ImportToken, PublicKey } = await parameters(KeyId, algorithm, 'RSA_2048', client);
  const EncryptedKeyMaterial = wrap(material, algorithm, PublicKey!);
  return client.send(new ImportKeyMaterialCommand({ KeyId, ImportToken, EncryptedKeyMaterial, ...more }));
}

const tell = async (KeyId: string) => (await kms.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata!;

/** RFC 4231, test cases 1 and 2. A MAC key that is padded with zeros up to the block is the same key. */
const RFC_4231 = [
  {
    key: Buffer.alloc(20, 0x0b),
    data: 'Hi There',
    macs: {
      HMAC_224: '896fb1128abbdf196832107cd49df33f47b4b1169912ba4f53684b22',
      HMAC_256: 'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7',
      HMAC_384: 'afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59cfaea9ea9076ede7f4af152e8b2fa9cb6',
      HMAC_512:
        '87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cdedaa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854',
    },
  },
  {
    key: Buffer.from('Jefe'),
    data: 'what do ya want for nothing?',
    macs: {
      HMAC_256: '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
      HMAC_512:
        '164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737',
    },
  },
];

describe('imported key material', () => {
  it('encrypts once it is there, under each way of wrapping', async () => {
    for (const algorithm of [
      'RSAES_OAEP_SHA_1',
      'RSAES_OAEP_SHA_256',
      'RSA_AES_KEY_WRAP_SHA_1',
      'RSA_AES_KEY_WRAP_SHA_256',
    ] as const) {
      const key = await makeKey({ Origin: 'EXTERNAL' });
      expect(key).toMatchObject({ KeyState: 'PendingImport', Enabled: false, Origin: 'EXTERNAL' });
      expect(await refusal(encrypt(key.KeyId!, bytes(1)))).toMatchObject({
        name: 'KMSInvalidStateException',
        message: `${key.Arn} is pending import.`,
      });
      const { KeyMaterialId } = await importInto(key.KeyId!, bytes(32), FOREVER, algorithm);
      expect(await tell(key.KeyId!)).toMatchObject({
        KeyState: 'Enabled',
        ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE',
        CurrentKeyMaterialId: KeyMaterialId,
      });
      const plain = bytes(integer(1, 99));
      const opened = await kms.send(new DecryptCommand({ CiphertextBlob: await encrypt(key.KeyId!, plain) }));
      expect(Buffer.from(opened.Plaintext!).equals(plain)).toBe(true);
    }
  });

  it('makes the codes of RFC 4231', async () => {
    const least = { HMAC_224: 28, HMAC_256: 32, HMAC_384: 48, HMAC_512: 64 };
    for (const { key, data, macs } of RFC_4231) {
      for (const [KeySpec, expected] of Object.entries(macs) as [keyof typeof least, string][]) {
        const { KeyId, MacAlgorithms } = await makeKey({
          Origin: 'EXTERNAL',
          KeySpec,
          KeyUsage: 'GENERATE_VERIFY_MAC',
        });
        await importInto(KeyId!, Buffer.concat([key, Buffer.alloc(least[KeySpec] - key.length)]));
        const { Mac } = await kms.send(
          new GenerateMacCommand({ KeyId: KeyId!, Message: Buffer.from(data), MacAlgorithm: MacAlgorithms![0]! }),
        );
        expect(Buffer.from(Mac!).toString('hex')).toBe(expected);
      }
    }
  });

  it('makes the Ed25519ph signature of RFC 8032, 7.3', async () => {
    const { KeyId } = await makeKey({ Origin: 'EXTERNAL', KeySpec: 'ECC_NIST_EDWARDS25519', KeyUsage: 'SIGN_VERIFY' });
    const seed = '833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42';
    await importInto(KeyId!, Buffer.from(`302e020100300506032b657004220420${seed}`, 'hex'));
    const Message = createHash('sha512').update('abc').digest();
    const { Signature } = await kms.send(
      new SignCommand({ KeyId: KeyId!, Message, MessageType: 'DIGEST', SigningAlgorithm: 'ED25519_PH_SHA_512' }),
    );
    expect(Buffer.from(Signature!).toString('hex')).toBe(
      '98a70222f0b8121aa9d30f813d683f809e462b469c7ff87639499bb94e6dae4131f85042463c2a355a2003d062adf5aaa10b8c61e636062aaad11c2a26083406',
    );
  });

  it('signs as the private key that was imported', async () => {
    for (const [KeySpec, pair] of [
      ['RSA_2048', generateKeyPairSync('rsa', { modulusLength: 2048 })],
      ['ECC_NIST_P384', generateKeyPairSync('ec', { namedCurve: 'secp384r1' })],
    ] as const) {
      const { KeyId, SigningAlgorithms } = await makeKey({ Origin: 'EXTERNAL', KeySpec, KeyUsage: 'SIGN_VERIFY' });
      await importInto(KeyId!, pair.privateKey.export({ format: 'der', type: 'pkcs8' }));
      const algorithm = SigningAlgorithms![0]!;
      const Message = bytes(integer(1, 200));
      const { Signature } = await kms.send(new SignCommand({ KeyId: KeyId!, Message, SigningAlgorithm: algorithm }));
      expect(verify(`sha${algorithm.slice(-3)}`, Message, pair.publicKey, Signature!)).toBe(true);
      const other = await makeKey({
        Origin: 'EXTERNAL',
        KeySpec: KeySpec === 'RSA_2048' ? 'RSA_3072' : 'ECC_NIST_P256',
        KeyUsage: 'SIGN_VERIFY',
      });
      const wrong = importInto(other.KeyId!, pair.privateKey.export({ format: 'der', type: 'pkcs8' }));
      expect((await refusal(wrong)).name).toBe('IncorrectKeyMaterialException');
    }
  });

  it('expires by the clock, can be deleted, and only the same can be imported again', async () => {
    const { KeyId } = await makeKey({ Origin: 'EXTERNAL' });
    const material = bytes(32);
    const days = integer(2, 300);
    const ValidTo = new Date(outcrop.clock.now().getTime() + days * DAY_MS);
    const { KeyMaterialId } = await importInto(KeyId!, material, { ValidTo, ExpirationModel: 'KEY_MATERIAL_EXPIRES' });
    expect(await tell(KeyId!)).toMatchObject({ KeyState: 'Enabled', ExpirationModel: 'KEY_MATERIAL_EXPIRES' });
    const plain = bytes(20);
    const blob = await encrypt(KeyId!, plain);
    await outcrop.clock.advance(days * DAY_MS - 3_600_000);
    expect((await tell(KeyId!)).KeyState).toBe('Enabled');
    await outcrop.clock.advance(2 * 3_600_000);
    expect((await tell(KeyId!)).KeyState).toBe('PendingImport');
    expect((await refusal(kms.send(new DecryptCommand({ CiphertextBlob: blob })))).name).toBe(
      'KMSInvalidStateException',
    );
    expect((await refusal(importInto(KeyId!, bytes(32)))).name).toBe('IncorrectKeyMaterialException');
    expect((await importInto(KeyId!, material)).KeyMaterialId).toBe(KeyMaterialId);
    const opened = await kms.send(new DecryptCommand({ CiphertextBlob: blob }));
    expect(Buffer.from(opened.Plaintext!).equals(plain)).toBe(true);
    await kms.send(new DeleteImportedKeyMaterialCommand({ KeyId: KeyId! }));
    expect((await tell(KeyId!)).KeyState).toBe('PendingImport');
    await kms.send(new DeleteImportedKeyMaterialCommand({ KeyId: KeyId! }));
    await importInto(KeyId!, material);
    expect((await tell(KeyId!)).KeyState).toBe('Enabled');
  });

  it('may be followed by other material, to which the key rotates on demand', async () => {
    const { KeyId } = await makeKey({ Origin: 'EXTERNAL' });
    const first = await importInto(KeyId!, bytes(32));
    const plain = bytes(20);
    const blob = await encrypt(KeyId!, plain);
    expect((await refusal(kms.send(new RotateKeyOnDemandCommand({ KeyId: KeyId! })))).name).toBe(
      'KMSInvalidStateException',
    );
    // What waits is not the key's for good: it may be deleted, and other material take its place.
    const passing = await importInto(KeyId!, bytes(32), { ...FOREVER, ImportType: 'NEW_KEY_MATERIAL' });
    expect((await refusal(importInto(KeyId!, bytes(32), { ...FOREVER, ImportType: 'NEW_KEY_MATERIAL' }))).name).toBe(
      'IncorrectKeyMaterialException',
    );
    await kms.send(new DeleteImportedKeyMaterialCommand({ KeyId: KeyId!, KeyMaterialId: passing.KeyMaterialId }));
    expect((await tell(KeyId!)).KeyState).toBe('Enabled');
    const second = await importInto(KeyId!, bytes(32), {
      ...FOREVER,
      ImportType: 'NEW_KEY_MATERIAL',
      KeyMaterialDescription: 'the next',
    });
    expect((await tell(KeyId!)).CurrentKeyMaterialId).toBe(first.KeyMaterialId);
    const list = async () =>
      (await kms.send(new ListKeyRotationsCommand({ KeyId: KeyId!, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' })))
        .Rotations;
    expect(await list()).toMatchObject([
      { KeyMaterialState: 'CURRENT' },
      { KeyMaterialState: 'PENDING_ROTATION', KeyMaterialDescription: 'the next' },
    ]);
    await kms.send(new RotateKeyOnDemandCommand({ KeyId: KeyId! }));
    expect((await tell(KeyId!)).CurrentKeyMaterialId).toBe(second.KeyMaterialId);
    expect(await list()).toMatchObject([
      { KeyMaterialState: 'NON_CURRENT' },
      { KeyMaterialState: 'CURRENT', RotationType: 'ON_DEMAND' },
    ]);
    const opened = await kms.send(new DecryptCommand({ CiphertextBlob: blob }));
    expect(opened.KeyMaterialId).toBe(first.KeyMaterialId);
    expect(Buffer.from(opened.Plaintext!).equals(plain)).toBe(true);
    await kms.send(new DeleteImportedKeyMaterialCommand({ KeyId: KeyId!, KeyMaterialId: first.KeyMaterialId }));
    expect((await tell(KeyId!)).KeyState).toBe('PendingImport');
  });

  it('is imported into each region of a multi-region key before that rotates to it', async () => {
    const { KeyId } = await makeKey({ Origin: 'EXTERNAL', MultiRegion: true });
    const [first, second] = [bytes(32), bytes(32)];
    await importInto(KeyId!, first);
    await kms.send(new ReplicateKeyCommand({ KeyId: KeyId!, ReplicaRegion: 'eu-west-1' }));
    const europe = inRegion('eu-west-1');
    const tellThere = async () => (await europe.send(new DescribeKeyCommand({ KeyId: KeyId! }))).KeyMetadata!;
    expect((await tellThere()).KeyState).toBe('PendingImport');
    const there = (material: Uint8Array) => importInto(KeyId!, material, FOREVER, 'RSAES_OAEP_SHA_256', europe);
    expect((await refusal(there(bytes(32)))).name).toBe('IncorrectKeyMaterialException');
    await there(first);
    expect((await tellThere()).KeyState).toBe('Enabled');
    const blob = await encrypt(KeyId!, bytes(9));
    expect((await europe.send(new DecryptCommand({ CiphertextBlob: blob }))).Plaintext).toHaveLength(9);
    await importInto(KeyId!, second, { ...FOREVER, ImportType: 'NEW_KEY_MATERIAL' });
    const rotate = () => kms.send(new RotateKeyOnDemandCommand({ KeyId: KeyId! }));
    expect((await refusal(rotate())).name).toBe('KMSInvalidStateException');
    const { KeyMaterialId } = await there(second);
    await rotate();
    expect((await tell(KeyId!)).CurrentKeyMaterialId).toBe(KeyMaterialId);
    expect((await tellThere()).CurrentKeyMaterialId).toBe(KeyMaterialId);
    const made = await europe.send(new EncryptCommand({ KeyId: KeyId!, Plaintext: bytes(7) }));
    expect((await kms.send(new DecryptCommand({ CiphertextBlob: made.CiphertextBlob }))).Plaintext).toHaveLength(7);
    expect((await europe.send(new DecryptCommand({ CiphertextBlob: blob }))).Plaintext).toHaveLength(9);
  });

  it('is refused without its token, too late, or when it was altered', async () => {
    const [key, other] = [await makeKey({ Origin: 'EXTERNAL' }), await makeKey({ Origin: 'EXTERNAL' })];
    const { ImportToken, PublicKey, ParametersValidTo } = await parameters(key.KeyId!, 'RSAES_OAEP_SHA_256');
    expect(Math.abs(ParametersValidTo!.getTime() - outcrop.clock.now().getTime() - DAY_MS)).toBeLessThan(60_000);
    const EncryptedKeyMaterial = wrap(bytes(32), 'RSAES_OAEP_SHA_256', PublicKey!);
    const give = (KeyId: string, token: Uint8Array, material: Uint8Array) =>
      kms.send(new ImportKeyMaterialCommand({ KeyId, ImportToken: token, EncryptedKeyMaterial: material, ...FOREVER }));
    expect((await refusal(give(other.KeyId!, ImportToken!, EncryptedKeyMaterial))).name).toBe(
      'InvalidImportTokenException',
    );
    expect((await refusal(give(key.KeyId!, bytes(300), EncryptedKeyMaterial))).name).toBe(
      'InvalidImportTokenException',
    );
    expect((await refusal(give(key.KeyId!, ImportToken!, bytes(256)))).name).toBe('InvalidCiphertextException');
    const short = wrap(bytes(31), 'RSAES_OAEP_SHA_256', PublicKey!);
    expect((await refusal(give(key.KeyId!, ImportToken!, short))).name).toBe('IncorrectKeyMaterialException');
    const timeless = new ImportKeyMaterialCommand({ KeyId: key.KeyId!, ImportToken, EncryptedKeyMaterial });
    expect((await refusal(kms.send(timeless))).name).toBe('ValidationException');
    await outcrop.clock.advance(DAY_MS);
    expect((await refusal(give(key.KeyId!, ImportToken!, EncryptedKeyMaterial))).name).toBe(
      'ExpiredImportTokenException',
    );
    const own = await makeKey();
    expect((await refusal(parameters(own.KeyId!, 'RSAES_OAEP_SHA_256'))).name).toBe('UnsupportedOperationException');
  });
});
