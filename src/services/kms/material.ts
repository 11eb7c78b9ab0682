import { generateKeyPair, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import type { KeySpec } from '@aws-sdk/client-kms';
import type { Kernel } from '../../kernel/kernel.ts';
import { RootKeyError } from '../../kernel/keys/root-key.ts';
import type { Reader } from '../../kernel/store/store.ts';
import { internal } from './errors.ts';
import { seedBytes, spki, type PostQuantumSpec } from './post-quantum.ts';
import { materials, type Key, type Material } from './records.ts';
import { SPECS, type Spec } from './specs.ts';
import { inThread } from './threads.ts';

const makeKeyPair = promisify(generateKeyPair) as unknown as (
  type: string,
  options: Record<string, unknown>,
) => Promise<{ publicKey: Buffer; privateKey: Buffer }>;

const DER = {
  publicKeyEncoding: { type: 'spki', format: 'der' },
  privateKeyEncoding: { type: 'pkcs8', format: 'der' },
};
const SYMMETRIC_BYTES = 32;

/** What makes a key: its secret, and the public key (SPKI, DER) of an asymmetric one. */
export type Secret = { secret: Uint8Array; publicKey?: Uint8Array };

/** New key material. RSA takes seconds, in threads. */
export async function generate(name: KeySpec, signal: AbortSignal): Promise<Secret> {
  const spec = SPECS[name]!;
  if (spec.kind === 'symmetric') return { secret: randomBytes(SYMMETRIC_BYTES) };
  if (spec.kind === 'hmac') return { secret: randomBytes(spec.bytes!.generated) };
  if (spec.kind === 'ml-dsa' || spec.kind === 'ml-kem') {
    const seed = randomBytes(seedBytes(name));
    const publicKey = await inThread({ do: 'public key', spec: name, seed }, signal);
    return { secret: seed, publicKey: spki(name as PostQuantumSpec, publicKey) };
  }
  const { privateKey, publicKey } = await makeKeyPair(typeOf(spec), { ...parametersOf(spec), ...DER });
  return { secret: privateKey, publicKey };
}

const typeOf = (spec: Spec) => (spec.kind === 'rsa' ? 'rsa' : spec.kind === 'ec' ? 'ec' : 'ed25519');
const parametersOf = (spec: Spec) =>
  spec.kind === 'rsa' ? { modulusLength: spec.bits } : spec.kind === 'ec' ? { namedCurve: spec.curve } : {};

/**
 * The id of key material: the same wherever and whenever the same bytes are material of the key, so that imported material is known
 * again after it was deleted.
 */
export const materialId = (kernel: Kernel, key: { account: string; id: string }, secret: Uint8Array) =>
  kernel.keys.root.mac(`key material ${key.account} ${key.id}`, secret).toString('hex');

/** Seals a secret for a key at rest: under the root key, for that key's ARN. */
export const wrapMaterial = (kernel: Pick<Kernel, 'keys'>, key: { arn: string }, secret: Uint8Array) =>
  kernel.keys.root.wrap(key.arn, secret);

/** The secret of a key's material. Throws KMSInternalException when it is sealed under another root key, and says so. */
export function openMaterial(kernel: Pick<Kernel, 'keys'>, key: { arn: string }, material: Material): Buffer {
  try {
    return kernel.keys.root.unwrap(key.arn, material.wrapped!);
  } catch (error) {
    if (error instanceof RootKeyError) throw internal(`The key material cannot be opened: ${error.message}`);
    throw error;
  }
}

/** A key's material by id; undefined when there is none, or it was deleted. */
export async function materialOf(reader: Reader, key: Key, id = key.material): Promise<Material | undefined> {
  if (id === undefined) return undefined;
  const material = await reader.get(materials, [key.account, key.region, key.id, id]);
  return material?.wrapped && material;
}

/** The current secret of a key that was found usable. */
export async function currentSecret(kernel: Kernel, key: Key): Promise<Buffer> {
  return openMaterial(kernel, key, (await materialOf(kernel.store, key))!);
}

/** All material of a key, oldest first. */
export async function allMaterial(reader: Reader, key: Key): Promise<Material[]> {
  const found = await reader.range(materials, [key.account, key.region, key.id]);
  return found.map(({ value }) => value).sort((a, b) => a.sequence - b.sequence);
}
