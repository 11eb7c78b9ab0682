import { timingSafeEqual } from 'node:crypto';
import type { Call } from '../../kernel/call.ts';
import type { Handlers } from '../../kernel/service.ts';
import type { Transaction } from '../../kernel/store/store.ts';
import { applyChange } from './change.ts';
import { newVersion, readVersions } from './history.ts';
import { decrypt, encrypt } from './encryption.ts';
import { exists, invalidParameter, invalidRequest, notFound } from './errors.ts';
import { DAY_MS, VALUE_BYTES_MAX } from './limits.ts';
import { findSecret, keyOf, openPrimary, openSecret } from './lookup.ts';
import { secrets, values, versions, type Secret, type Version } from './records.ts';
import { continueSchedule } from './schedule.ts';
import { CURRENT, moveStage, versionAt } from './stages.ts';

type SecretsManager = Handlers<typeof import('@aws-sdk/client-secrets-manager')>;

export type Value = { form: 'string' | 'binary'; bytes: Uint8Array };
type Given = { SecretString?: string | undefined; SecretBinary?: Uint8Array | undefined };

/** The value of a request, or undefined. Throws InvalidParameterException when there are two, or it is too large. */
export function valueOf({ SecretString: text, SecretBinary: binary }: Given): Value | undefined {
  if (text !== undefined && binary !== undefined)
    throw invalidParameter(
      "You can't specify both a binary secret value and a string secret value in the same secret.",
    );
  if (text === undefined && binary === undefined) return undefined;
  const value: Value =
    text === undefined ? { form: 'binary', bytes: binary! } : { form: 'string', bytes: Buffer.from(text) };
  if (value.bytes.length > VALUE_BYTES_MAX)
    throw invalidParameter(`The secret value has ${value.bytes.length} bytes; it can have at most ${VALUE_BYTES_MAX}.`);
  return value;
}

/** The ClientRequestToken of a request that makes a version. SDKs fill it in. */
export function tokenOf(token: string | undefined): string {
  if (token === undefined)
    throw invalidRequest('You must provide a ClientRequestToken value. We recommend a UUID-type value.');
  return token;
}

/** Whether a version has this very value; compared in constant time, in the caller's name. */
export async function isSame(call: Call, secret: Secret, version: Version, value: Value): Promise<boolean> {
  if (version.value?.form !== value.form) return false;
  const standing = await decrypt(call, secret, version);
  return standing.length === value.bytes.length && timingSafeEqual(standing, value.bytes);
}

export const tokenInUse = (token: string, arn: string) =>
  exists(
    `You can't use ClientRequestToken ${token} because that value is already in use for a version of secret ${arn}.`,
  );

/** What goes with a new version: of the secret's record, and of the versions that stand. */
export type Change = { alter?: (secret: Secret) => void; rewrite?: (all: Version[], tx: Transaction) => void };

/**
 * Gives a secret a version with a value and labels. The same token with the same value is the same version: nothing is changed. Throws
 * ResourceExistsException for another value under it, EncryptionFailure, LimitExceededException.
 *
 * @param change what else is done to the secret, at once with it
 */
export async function putVersion(
  call: Call,
  secretId: string,
  given: { token: string; value: Value; stages: readonly string[]; rotationToken?: string | undefined },
  change: Change = {},
): Promise<{ secret: Secret; version: Version }> {
  const { token, value, stages, rotationToken } = given;
  const { store, clock } = call.kernel;
  for (;;) {
    const seen = await openPrimary(call, secretId);
    if (rotationToken !== undefined && rotationToken !== seen.rotation?.attempt?.rotationToken)
      throw invalidParameter('The RotationToken is not that of the rotation in progress.');
    const draft: Secret = { ...seen };
    change.alter?.(draft);
    const standing = await store.get(versions, [seen.arn, token]);
    if (standing?.value) {
      if (await isSame(call, seen, standing, value)) return { secret: seen, version: standing };
      throw tokenInUse(token, seen.arn);
    }
    const { ciphertext, key } = await encrypt(call, draft, token, value.bytes);
    const made = await store.transact(async (tx) => {
      const secret = await openPrimary(call, secretId, tx);
      // Another secret by now, or another key, or the version has got a value meanwhile: begin again.
      if (secret.arn !== seen.arn || secret.kmsKeyId !== seen.kmsKeyId) return undefined;
      return applyChange(call, tx, secret, async (all) => {
        change.alter?.(secret);
        change.rewrite?.(all, tx);
        const announced = all.find(({ versionId }) => versionId === token);
        if (announced?.value) return undefined;
        const version = announced ?? newVersion(secret, token, clock.now());
        version.value = { form: value.form, ...key };
        if (!announced) all.push(version);
        label(all, version, stages);
        tx.put(values, [secret.arn, token], ciphertext);
        // A value that is put by hand counts as a rotation. Source: API Reference, RotationRulesType.
        if (version.stages.includes(CURRENT)) await continueSchedule(call.kernel, tx, secret);
        return { secret, version };
      });
    });
    if (made) return made;
  }
}

function label(all: Version[], version: Version, stages: readonly string[]): void {
  for (const stage of new Set(stages)) moveStage(all, stage, version);
  // The first version of a secret is its current one, whatever it is asked to be. Source: API Reference, PutSecretValue.
  if (!all.some((one) => one !== version && one.value)) moveStage(all, CURRENT, version);
}

/** Makes a version of a secret. Source: API Reference, PutSecretValue. */
export const PutSecretValue: SecretsManager['PutSecretValue'] = async (call, input) => {
  const value = valueOf(input);
  if (!value) throw invalidRequest('You must provide either SecretString or SecretBinary.');
  const { secret, version } = await putVersion(call, input.SecretId!, {
    token: tokenOf(input.ClientRequestToken),
    value,
    stages: input.VersionStages ?? [CURRENT],
    rotationToken: input.RotationToken,
  });
  return { ARN: secret.arn, Name: secret.name, VersionId: version.versionId, VersionStages: version.stages };
};

/** The version that a request means; AWSCURRENT when it names none. Throws ResourceNotFoundException. */
function versionOf(all: Version[], versionId: string | undefined, stage: string | undefined): Version {
  const found =
    versionId === undefined
      ? versionAt(all, stage ?? CURRENT)
      : all.find((one) => one.versionId === versionId && (stage === undefined || one.stages.includes(stage)));
  if (found?.value) return found;
  if (versionId === undefined)
    throw notFound(`Secrets Manager can't find the specified secret value for staging label: ${stage ?? CURRENT}`);
  throw notFound(`Secrets Manager can't find the specified secret value for VersionId: ${versionId}`);
}

/** Days only are kept, so most readings write nothing. */
async function noteAccess(call: Call, secret: Secret, version: Version): Promise<void> {
  const { store, clock } = call.kernel;
  const dayMs = Math.floor(clock.now() / DAY_MS) * DAY_MS;
  if (secret.accessedDayMs === dayMs && version.accessedDayMs === dayMs) return;
  await store.transact(async (tx) => {
    const now = await findSecret(call, secret.arn, tx);
    const one = await tx.get(versions, [secret.arn, version.versionId]);
    tx.put(secrets, keyOf(now, now.name), { ...now, accessedDayMs: dayMs });
    if (one) tx.put(versions, [secret.arn, version.versionId], { ...one, accessedDayMs: dayMs });
    if (now.primaryRegion === undefined) return;
    const key = keyOf({ account: now.account, region: now.primaryRegion }, now.name);
    const primary = await tx.get(secrets, key);
    const replicas = primary?.replicas?.map((one) =>
      one.region === now.region ? { ...one, accessedDayMs: dayMs } : one,
    );
    if (primary && replicas) tx.put(secrets, key, { ...primary, replicas });
  });
}

/** The value of one version. Source: API Reference, GetSecretValue. */
export const GetSecretValue: SecretsManager['GetSecretValue'] = async (call, input) => {
  const secret = await openSecret(call, input.SecretId!);
  const all = await readVersions(call.kernel.store, secret.arn);
  const version = versionOf(all, input.VersionId, input.VersionStage);
  const bytes = await decrypt(call, secret, version);
  await noteAccess(call, secret, version);
  return {
    ARN: secret.arn,
    Name: secret.name,
    VersionId: version.versionId,
    ...(version.value!.form === 'string' ? { SecretString: Buffer.from(bytes).toString() } : { SecretBinary: bytes }),
    VersionStages: version.stages,
    CreatedDate: new Date(version.createdAtMs),
  };
};
