import { createHash, createPrivateKey, generateKeyPair, sign } from 'node:crypto';
import { promisify } from 'node:util';
import type { Kernel } from '../../kernel/kernel.ts';
import { page } from '../../kernel/resources.ts';
import { seal, unseal } from '../../kernel/seal.ts';
import type { Handlers } from '../../kernel/service.ts';
import { fault } from './errors.ts';
import { DAY_MS, SIGNING_KEY_MS, TRAILS_PAGE } from './limits.ts';
import { signingKeys, type SigningKey } from './records.ts';

type CloudTrail = Handlers<typeof import('@aws-sdk/client-cloudtrail')>;

/** The RSA keys that sign digest files: each region has its own, and a new one every month. */
const makeKeyPair = promisify(generateKeyPair);
const PURPOSE = 'cloudtrail signing key';
const MODULUS_BITS = 2048;

/** The key that signs in a region now. */
async function currentKey(kernel: Kernel, region: string): Promise<SigningKey> {
  const now = kernel.clock.now();
  const holds = (key: SigningKey | undefined) => key !== undefined && key.fromMs <= now && now < key.toMs;
  const [last] = await kernel.store.range(signingKeys, [region], { reverse: true, limit: 1, after: [region, now + 1] });
  if (holds(last?.value)) return last!.value;
  const { publicKey, privateKey } = await makeKeyPair('rsa', { modulusLength: MODULUS_BITS });
  const der = publicKey.export({ type: 'pkcs1', format: 'der' });
  const made: SigningKey = {
    fingerprint: createHash('md5').update(der).digest('hex'),
    publicKey: der,
    privateKey: await seal(kernel, PURPOSE, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()),
    fromMs: now,
    toMs: now + SIGNING_KEY_MS,
  };
  return kernel.store.transact(async (tx) => {
    const [known] = await tx.range(signingKeys, [region], { reverse: true, limit: 1, after: [region, now + 1] });
    if (holds(known?.value)) return known!.value;
    tx.put(signingKeys, [region, made.fromMs], made);
    return made;
  });
}

/** Whose signature it will be: a digest names the key that signs it. */
export async function signer(
  kernel: Kernel,
  region: string,
): Promise<{ fingerprint: string; sign: (text: string) => string }> {
  const key = await currentKey(kernel, region);
  const pem = await unseal(kernel, PURPOSE, key.privateKey);
  if (pem === undefined) throw new Error(`the key that signs digests of ${region} was not sealed by this stack`);
  const privateKey = createPrivateKey(pem);
  return {
    fingerprint: key.fingerprint,
    sign: (text) => sign('sha256', Buffer.from(text), privateKey).toString('hex'),
  };
}

/** The public keys that signed digests in a time, by default the last day. */
export const ListPublicKeys: CloudTrail['ListPublicKeys'] = async (call, input) => {
  const { clock, store } = call.kernel;
  const toMs = input.EndTime?.getTime() ?? (input.StartTime ? Number.MAX_SAFE_INTEGER : clock.now());
  const fromMs = input.StartTime?.getTime() ?? Math.min(toMs, clock.now()) - DAY_MS;
  if (fromMs > toMs) throw fault('InvalidTimeRangeException', 'The start time must be before the end time.');
  const found: SigningKey[] = [];
  for await (const { value } of store.all(signingKeys, [call.region]))
    if (value.fromMs <= toMs && value.toMs >= fromMs) found.push(value);
  const { items, nextToken } = page(found, input.NextToken, TRAILS_PAGE, () =>
    fault('InvalidTokenException', 'The NextToken is not valid.'),
  );
  return {
    PublicKeyList: items.map((key) => ({
      Value: key.publicKey,
      ValidityStartTime: new Date(key.fromMs),
      ValidityEndTime: new Date(key.toMs),
      Fingerprint: key.fingerprint,
    })),
    ...(nextToken === undefined ? {} : { NextToken: nextToken }),
  };
};
