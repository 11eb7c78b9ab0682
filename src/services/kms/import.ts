import {
  constants,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  privateDecrypt,
  type KeyObject,
} from 'node:crypto';
import { promisify } from 'node:util';
import type { AlgorithmSpec, ImportKeyMaterialRequest } from '@aws-sdk/client-kms';
import type { Call } from '../../kernel/call.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { RootKeyError } from '../../kernel/keys/root-key.ts';
import type { Handlers, ServiceJob } from '../../kernel/service.ts';
import type { Transaction } from '../../kernel/store/store.ts';
import {
  expiredImportToken,
  incorrectKeyMaterial,
  invalidCiphertext,
  invalidImportToken,
  notFound,
  unsupported,
  validation,
} from './errors.ts';
import { tell } from './events.ts';
import { changeKey, LIVING, openOwnKey, requireState } from './key-id.ts';
import { IMPORT_TOKEN_MS, IMPORT_VALID_MS_MAX } from './limits.ts';
import { allMaterial, materialId, wrapMaterial } from './material.ts';
import { keys, materials, type Key, type Material } from './records.ts';
import { replicasOf } from './rotation-job.ts';
import { SPECS, specOf } from './specs.ts';

type Kms = Handlers<typeof import('@aws-sdk/client-kms')>;

const makeRsa = promisify(generateKeyPair) as unknown as (
  type: 'rsa',
  options: unknown,
) => Promise<{ publicKey: Buffer; privateKey: Buffer }>;

const WRAPPING_BITS: Record<string, number> = { RSA_2048: 2048, RSA_3072: 3072, RSA_4096: 4096 };
const OAEP_HASH: Partial<Record<AlgorithmSpec, string>> = {
  RSAES_OAEP_SHA_1: 'sha1',
  RSAES_OAEP_SHA_256: 'sha256',
  RSA_AES_KEY_WRAP_SHA_1: 'sha1',
  RSA_AES_KEY_WRAP_SHA_256: 'sha256',
};

function requireExternal(key: Key): void {
  if (key.origin !== 'EXTERNAL')
    throw unsupported(`${key.arn} origin is ${key.origin} which is not valid for this operation.`);
}

/** What an import token carries, sealed under the root key: the wrapping key is nowhere else. */
type Token = { algorithm: AlgorithmSpec; validToMs: number; privateKey: string };

const tokenPurpose = (key: Key) => `import token ${key.arn}`;

/** A public key to wrap key material under, and the token that goes with it: good for 24 hours. */
export const GetParametersForImport: Kms['GetParametersForImport'] = async (call, input) => {
  const key = await openOwnKey(call, input.KeyId!);
  requireExternal(key);
  requireState(key, ...LIVING);
  const algorithm = input.WrappingAlgorithm!;
  const bits = WRAPPING_BITS[input.WrappingKeySpec!];
  if (OAEP_HASH[algorithm] === undefined || bits === undefined)
    throw unsupported(`Wrapping with ${algorithm} under ${input.WrappingKeySpec} is not supported.`);
  if (specOf(key).kind === 'rsa' && !isTwoSteps(algorithm))
    throw unsupported(`Wrapping algorithm ${algorithm} cannot wrap key material of key spec ${key.spec}.`);
  const { publicKey, privateKey } = await makeRsa('rsa', {
    modulusLength: bits,
    publicKeyEncoding: { type: 'spki', format: 'der' },
    privateKeyEncoding: { type: 'pkcs8', format: 'der' },
  });
  const validToMs = call.kernel.clock.now() + IMPORT_TOKEN_MS;
  const token: Token = { algorithm, validToMs, privateKey: privateKey.toString('base64') };
  return {
    KeyId: key.arn,
    PublicKey: publicKey,
    ImportToken: call.kernel.keys.root.wrap(tokenPurpose(key), Buffer.from(JSON.stringify(token))),
    ParametersValidTo: new Date(validToMs),
  };
};

const isTwoSteps = (algorithm: AlgorithmSpec) => algorithm.startsWith('RSA_AES_KEY_WRAP');

function readToken(call: Call, key: Key, bytes: Uint8Array): Token {
  let text: Buffer;
  try {
    text = call.kernel.keys.root.unwrap(tokenPurpose(key), bytes);
  } catch (error) {
    if (error instanceof RootKeyError) throw invalidImportToken('The import token is not valid for this key.');
    throw error;
  }
  const token = JSON.parse(text.toString()) as Token;
  if (token.validToMs <= call.kernel.clock.now()) throw expiredImportToken('The import token has expired.');
  return token;
}

/** Takes key material out of its wrapping. Throws InvalidCiphertextException. */
function unwrap({ algorithm, privateKey }: Token, wrapped: Uint8Array): Buffer {
  const key = createPrivateKey({ key: Buffer.from(privateKey, 'base64'), format: 'der', type: 'pkcs8' });
  const rsa = { key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: OAEP_HASH[algorithm]! };
  try {
    if (!isTwoSteps(algorithm)) return privateDecrypt(rsa, wrapped);
    const length = key.asymmetricKeyDetails!.modulusLength! / 8;
    const aes = privateDecrypt(rsa, wrapped.subarray(0, length));
    // AES key wrap with padding; its initial value is fixed. Source: RFC 5649.
    const decipher = createDecipheriv('id-aes256-wrap-pad', aes, Buffer.from('a65959a6', 'hex'));
    return Buffer.concat([decipher.update(wrapped.subarray(length)), decipher.final()]);
  } catch {
    throw invalidCiphertext();
  }
}

/** Key material as it is kept, and its public key. Throws IncorrectKeyMaterialException when it is not of the key's spec. */
function readMaterial(key: Key, bytes: Buffer): { secret: Uint8Array; publicKey?: Uint8Array } {
  const spec = SPECS[key.spec]!;
  const wrong = () => incorrectKeyMaterial(`The key material is not valid for a KMS key of key spec ${key.spec}.`);
  if (spec.kind === 'symmetric') {
    if (bytes.length !== 32) throw wrong();
    return { secret: bytes };
  }
  if (spec.kind === 'hmac') {
    if (bytes.length < spec.bytes!.min || bytes.length > spec.bytes!.max) throw wrong();
    return { secret: bytes };
  }
  let secret: KeyObject;
  try {
    secret = createPrivateKey({ key: bytes, format: 'der', type: 'pkcs8' });
  } catch {
    throw wrong();
  }
  const details = secret.asymmetricKeyDetails ?? {};
  const isOf =
    spec.kind === 'rsa'
      ? secret.asymmetricKeyType === 'rsa' && details.modulusLength === spec.bits
      : spec.kind === 'ec'
        ? secret.asymmetricKeyType === 'ec' && details.namedCurve === spec.curve
        : secret.asymmetricKeyType === 'ed25519';
  if (!isOf) throw wrong();
  return { secret: bytes, publicKey: createPublicKey(secret).export({ format: 'der', type: 'spki' }) };
}

/** Gives a key its material, anew after it expired or was deleted, or (symmetric keys) the next one to rotate to. */
export const ImportKeyMaterial: Kms['ImportKeyMaterial'] = async (call, input) => {
  const { kernel } = call;
  const key = await openOwnKey(call, input.KeyId!);
  requireExternal(key);
  requireState(key, ...LIVING);
  const expiresAtMs = expiryOf(kernel, input);
  const { secret, publicKey } = readMaterial(
    key,
    unwrap(readToken(call, key, input.ImportToken!), input.EncryptedKeyMaterial!),
  );
  const id = materialId(kernel, key, secret);
  if (input.KeyMaterialId !== undefined && input.KeyMaterialId !== id)
    throw incorrectKeyMaterial('The key material is not the one that the key material ID names.');
  await changeKey(call, key, async (standing, tx) => {
    requireState(standing, ...LIVING);
    const all = await allMaterial(tx, standing);
    const known = all.find((material) => material.id === id);
    const base = known ?? (await newMaterial(tx, kernel, standing, all, id, input));
    if (known && input.ImportType === 'NEW_KEY_MATERIAL')
      throw incorrectKeyMaterial(
        'The key material was imported into this key before: import it as EXISTING_KEY_MATERIAL.',
      );
    if (known?.expiryJobId !== undefined) await kernel.jobs.remove(tx, KIND, known.expiryJobId);
    const { expiresAtMs: _expiresAtMs, expiryJobId: _expiryJobId, ...rest } = base;
    tx.put(materials, [key.account, key.region, key.id, id], {
      ...rest,
      wrapped: wrapMaterial(kernel, standing, secret),
      ...(expiresAtMs === undefined ? {} : await scheduleExpiry(tx, kernel, standing, id, expiresAtMs)),
      ...(input.KeyMaterialDescription === undefined ? {} : { description: input.KeyMaterialDescription }),
    });
    await readyRotation(tx, standing, id);
    const isWhole = all.every((one) => one.id === id || one.wrapped !== undefined || isWaiting(one));
    return {
      ...standing,
      ...(base.state === 'CURRENT' ? { material: id } : {}),
      ...(publicKey ? { publicKey } : {}),
      ...(standing.state === 'PendingImport' && isWhole ? { state: 'Enabled' as const } : {}),
    };
  });
  return { KeyId: key.arn, KeyMaterialId: id };
};

function expiryOf(kernel: Kernel, input: ImportKeyMaterialRequest): number | undefined {
  const { ExpirationModel: model = 'KEY_MATERIAL_EXPIRES', ValidTo } = input;
  if (model === 'KEY_MATERIAL_DOES_NOT_EXPIRE') {
    if (ValidTo !== undefined)
      throw validation('ValidTo must not be set when ExpirationModel is KEY_MATERIAL_DOES_NOT_EXPIRE.');
    return undefined;
  }
  if (ValidTo === undefined) throw validation('ValidTo must be set when ExpirationModel is KEY_MATERIAL_EXPIRES.');
  const now = kernel.clock.now();
  if (ValidTo.getTime() <= now) throw validation('ValidTo must be in the future.');
  if (ValidTo.getTime() > now + IMPORT_VALID_MS_MAX) throw validation('ValidTo must be within 365 days.');
  return ValidTo.getTime();
}

/** Imported, and not used before a rotation. */
const isWaiting = ({ state }: Material) => state !== 'CURRENT' && state !== 'NON_CURRENT';

/**
 * The record of material that a key has not had. The first is current; symmetric keys take another, one at a time, for the next rotation on
 * demand. A replica takes what its primary has. Throws IncorrectKeyMaterialException.
 */
async function newMaterial(
  tx: Transaction,
  kernel: Kernel,
  key: Key,
  all: Material[],
  id: string,
  input: ImportKeyMaterialRequest,
): Promise<Material> {
  const next = { id, sequence: (all.at(-1)?.sequence ?? -1) + 1, createdAtMs: kernel.clock.now() };
  if (key.multiRegion === 'REPLICA') {
    const primary = (await replicasOf(tx, key)).find(({ multiRegion }) => multiRegion === 'PRIMARY');
    const its = primary && (await allMaterial(tx, primary)).find((material) => material.id === id);
    if (!its) throw incorrectKeyMaterial('The key material is not that of the primary key of this replica key.');
    const { state, rotatedAtMs, rotationType } = its;
    return {
      ...next,
      state,
      ...(rotatedAtMs === undefined ? {} : { rotatedAtMs }),
      ...(rotationType === undefined ? {} : { rotationType }),
    };
  }
  if (all.length === 0) return { ...next, state: 'CURRENT' };
  if (input.ImportType !== 'NEW_KEY_MATERIAL' || specOf(key).kind !== 'symmetric')
    throw incorrectKeyMaterial('The key material is not the one that was imported into this key before.');
  if (all.some(isWaiting))
    throw incorrectKeyMaterial('Key material that was imported before is still pending rotation.');
  return { ...next, state: 'PENDING_MULTI_REGION_IMPORT_AND_ROTATION' };
}

/** Once all regions of a key have the material that waits, it can be rotated to. */
async function readyRotation(tx: Transaction, key: Key, id: string): Promise<void> {
  const family = [key, ...(await replicasOf(tx, key))];
  const found = await Promise.all(family.map((one) => tx.get(materials, [one.account, one.region, one.id, id])));
  if (!found.every((material) => material?.wrapped && isWaiting(material))) return;
  for (const [i, one] of family.entries())
    tx.put(materials, [one.account, one.region, one.id, id], { ...found[i]!, state: 'PENDING_ROTATION' });
}

type ExpiryInput = { account: string; region: string; id: string; material: string };
const KIND = 'kms/expiry';

async function scheduleExpiry(tx: Transaction, kernel: Kernel, key: Key, material: string, expiresAtMs: number) {
  const expiryJobId = kernel.ids.uuid();
  const input: ExpiryInput = { account: key.account, region: key.region, id: key.id, material };
  await kernel.jobs.submit(tx, { kind: KIND, id: expiryJobId, input, runAtMs: expiresAtMs });
  return { expiresAtMs, expiryJobId };
}

/** Drops material that has expired: the key waits for it to be imported again. */
export const expiryJob: ServiceJob<ExpiryInput> = {
  async run({ job, kernel }) {
    const { account, region, id, material } = job.input;
    await kernel.store.transact(async (tx) => {
      const key = await tx.get(keys, [account, region, id]);
      const standing = await tx.get(materials, [account, region, id, material]);
      if (!key || standing?.expiryJobId !== job.id) return;
      tx.put(keys, [account, region, id], await dropMaterial(tx, key, standing));
      await tell(tx, kernel, key, 'expired', { keyMaterialId: material });
    });
  },
};

/** Forgets the bytes of material, but not which they were; the key's record is to be written by the caller. */
async function dropMaterial(tx: Transaction, key: Key, material: Material): Promise<Key> {
  const { wrapped: _wrapped, expiresAtMs: _expiresAtMs, expiryJobId: _expiryJobId, ...rest } = material;
  const place = [key.account, key.region, key.id, material.id];
  // What waits for a rotation is not the key's for good: other material may take its place.
  if (isWaiting(material)) {
    tx.delete(materials, place);
    return key;
  }
  tx.put(materials, place, rest);
  const isLiving = key.state === 'Enabled' || key.state === 'Disabled';
  return isLiving ? { ...key, state: 'PendingImport' } : key;
}

/** Deletes imported material now; the same can be imported again. Material that is not there is no error. */
export const DeleteImportedKeyMaterial: Kms['DeleteImportedKeyMaterial'] = async (call, input) => {
  const { kernel } = call;
  const key = await openOwnKey(call, input.KeyId!);
  requireExternal(key);
  let deleted: string | undefined;
  await changeKey(call, key, async (standing, tx) => {
    requireState(standing, ...LIVING, 'PendingDeletion', 'PendingReplicaDeletion');
    deleted = input.KeyMaterialId ?? standing.material;
    if (deleted === undefined) return undefined;
    const material = await tx.get(materials, [key.account, key.region, key.id, deleted]);
    if (!material) throw notFound(`Key material '${deleted}' does not exist in ${key.arn}`);
    if (!material.wrapped) return undefined;
    if (material.expiryJobId !== undefined) await kernel.jobs.remove(tx, KIND, material.expiryJobId);
    return dropMaterial(tx, standing, material);
  });
  return { KeyId: key.arn, ...(deleted === undefined ? {} : { KeyMaterialId: deleted }) };
};
