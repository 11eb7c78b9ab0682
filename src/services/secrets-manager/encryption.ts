import type { Call } from '../../kernel/call.ts';
import { KEY_REFUSALS } from '../../kernel/keys/keys.ts';
import { invalidRequest, decryptionFailure, encryptionFailure, kmsDenied } from './errors.ts';
import { values, type Secret, type Version } from './records.ts';

/** On whose behalf KMS is asked: the caller of an operation, or who caused a replication. */
export type Asker = Pick<Call, 'principal' | 'via' | 'kernel'>;

export const SERVICE = 'secretsmanager.amazonaws.com';
const DEFAULT_ALIAS = 'alias/aws/secretsmanager';

/** Whether a KmsKeyId means the key that AWS manages: none given, empty, or its alias. */
export const isDefaultKey = (kmsKeyId: string | undefined) =>
  kmsKeyId === undefined ||
  kmsKeyId === '' ||
  kmsKeyId === DEFAULT_ALIAS ||
  /^arn:[^:]+:kms:[^:]+:[^:]+:alias\/aws\/secretsmanager$/.test(kmsKeyId);

/** Source: User Guide, "Secret encryption and decryption in AWS Secrets Manager". */
const use = ({ principal, via }: Asker, secret: Secret, versionId: string) => ({
  principal,
  via,
  region: secret.region,
  service: SERVICE,
  context: { SecretARN: secret.arn, SecretVersionId: versionId },
});

const isForeign = ({ principal }: Asker, secret: Secret) => principal.account !== secret.account;

/**
 * Encrypts a value under the secret's key, in the caller's name: kms:GenerateDataKey is theirs to have. Throws EncryptionFailure,
 * InvalidRequestException, AccessDeniedException.
 */
export async function encrypt(
  asker: Asker,
  secret: Secret,
  versionId: string,
  value: Uint8Array,
): Promise<{ ciphertext: Uint8Array; key: { keyArn: string; isDefaultKey: boolean } }> {
  const byDefault = isDefaultKey(secret.kmsKeyId);
  if (byDefault && isForeign(asker, secret)) throw defaultKeyAbroad();
  try {
    const { ciphertext, keyArn } = await asker.kernel.keys.protect(
      { ...use(asker, secret, versionId), alias: DEFAULT_ALIAS, ...(byDefault ? {} : { keyId: secret.kmsKeyId }) },
      value,
    );
    return { ciphertext, key: { keyArn, isDefaultKey: byDefault } };
  } catch (error) {
    throw explained(error, encryptionFailure);
  }
}

/** Decrypts the value of a version, in the caller's name. Throws DecryptionFailure, InvalidRequestException, AccessDeniedException. */
export async function decrypt(asker: Asker, secret: Secret, version: Version): Promise<Uint8Array> {
  if (version.value!.isDefaultKey && isForeign(asker, secret)) throw defaultKeyAbroad();
  const ciphertext = await asker.kernel.store.get(values, [secret.arn, version.versionId]);
  if (!ciphertext) throw new Error(`version ${version.versionId} of ${secret.arn} has no value`);
  try {
    return await asker.kernel.keys.reveal(use(asker, secret, version.versionId), ciphertext);
  } catch (error) {
    throw explained(error, decryptionFailure);
  }
}

const defaultKeyAbroad = () =>
  invalidRequest(
    "You can't access a secret from a different AWS account if you encrypt the secret with the default KMS service key.",
  );

/** What KMS refuses for is not told as KMS's own error: a caller of Secrets Manager may know nothing of the key. */
function explained(error: unknown, failure: () => Error): unknown {
  if (!(error instanceof Error)) return error;
  if (error.name.startsWith('AccessDenied')) return kmsDenied();
  return KEY_REFUSALS.has(error.name) ? failure() : error;
}
