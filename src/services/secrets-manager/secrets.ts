import type { Call } from '../../kernel/call.ts';
import type { Handlers, ServiceJob } from '../../kernel/service.ts';
import type { Transaction } from '../../kernel/store/store.ts';
import { changeSecret } from './change.ts';
import { newVersion, readVersions, removeSecret } from './history.ts';
import { decrypt, encrypt, isDefaultKey } from './encryption.ts';
import {
  exists,
  invalidParameter,
  invalidRequest,
  limitExceeded,
  markedForDeletion,
  notFound,
  notHonoured,
  onReplica,
} from './errors.ts';
import { publish } from './events.ts';
import {
  ARN_SUFFIX_LENGTH,
  DAY_MS,
  RECOVERY_DAYS_DEFAULT,
  RECOVERY_DAYS_MAX,
  RECOVERY_DAYS_MIN,
  SECRETS_MAX,
} from './limits.ts';
import { checkName, findSecret, keyOf, lookUp, openSecret, secretArn } from './lookup.ts';
import { counts, secrets, values, versions, type Secret, type Version } from './records.ts';
import { addReplicas, describeReplica, replicate } from './replicas.ts';
import { describeRotation } from './schedule.ts';
import { CURRENT, moveStage, PENDING, PREVIOUS } from './stages.ts';
import { listTags, readTags } from './tags.ts';
import { isSame, putVersion, tokenOf, valueOf, type Value } from './values.ts';

type SecretsManager = Handlers<typeof import('@aws-sdk/client-secrets-manager')>;

export const DELETION_KIND = 'secrets-manager/deletion';

function refuseType(type: string | undefined): void {
  if (type !== undefined && type !== '')
    throw notHonoured('Type', 'managed external secrets are kept by a third party.');
}

/** Makes a secret, with its first version when there is a value. Source: API Reference, CreateSecret. */
export const CreateSecret: SecretsManager['CreateSecret'] = async (call, input) => {
  refuseType(input.Type);
  const name = checkName(input.Name!);
  const value = valueOf(input);
  const token = value && tokenOf(input.ClientRequestToken);
  const tags = readTags(input.Tags);
  const { store, clock, ids } = call.kernel;
  for (;;) {
    const standing = await store.get(secrets, keyOf(call, name));
    if (standing) return repeated(call, standing, value, token);
    const nowMs = clock.now();
    const draft: Secret = {
      account: call.account,
      region: call.region,
      name,
      arn: secretArn(call, name, ids.text(ARN_SUFFIX_LENGTH)),
      createdAtMs: nowMs,
      changedAtMs: nowMs,
      ...(input.Description === undefined ? {} : { description: input.Description }),
      ...(isDefaultKey(input.KmsKeyId) ? {} : { kmsKeyId: input.KmsKeyId! }),
      tags,
      revision: 0,
      versionsMade: 0,
    };
    if (input.AddReplicaRegions) addReplicas(draft, input.AddReplicaRegions);
    const sealed = value && { form: value.form, ...(await encrypt(call, draft, token!, value.bytes)) };
    const made = await store.transact((tx) => write(call, tx, structuredClone(draft), token, sealed, input));
    if (!made) continue;
    return {
      ARN: made.arn,
      Name: name,
      ...(token === undefined ? {} : { VersionId: token }),
      ...(made.replicas ? { ReplicationStatus: made.replicas.map(describeReplica) } : {}),
    };
  }
};

type Sealed = { form: Value['form'] } & Awaited<ReturnType<typeof encrypt>>;

/** Writes a new secret; undefined when one of its name stands. */
async function write(
  call: Call,
  tx: Transaction,
  secret: Secret,
  token: string | undefined,
  sealed: Sealed | undefined,
  input: { ForceOverwriteReplicaSecret?: boolean | undefined },
): Promise<Secret | undefined> {
  if (await tx.get(secrets, keyOf(secret, secret.name))) return undefined;
  const place = [secret.account, secret.region];
  const count = (await tx.get(counts, place)) ?? 0;
  if (count >= SECRETS_MAX) throw limitExceeded(`An account has at most ${SECRETS_MAX} secrets in a region.`);
  tx.put(counts, place, count + 1);
  if (sealed) {
    const version = newVersion(secret, token!, secret.createdAtMs);
    version.value = { form: sealed.form, ...sealed.key };
    moveStage([version], CURRENT, version);
    tx.put(versions, [secret.arn, token!], version);
    tx.put(values, [secret.arn, token!], sealed.ciphertext);
  }
  await replicate(call, tx, secret, input.ForceOverwriteReplicaSecret === true);
  tx.put(secrets, keyOf(secret, secret.name), secret);
  return secret;
}

/** A secret of the name stands: the same request again is answered as the first was. */
async function repeated(call: Call, secret: Secret, value: Value | undefined, token: string | undefined) {
  if (secret.deletion)
    throw invalidRequest(
      "You can't create this secret because a secret with this name is already scheduled for deletion.",
    );
  const version = token === undefined ? undefined : await call.kernel.store.get(versions, [secret.arn, token]);
  if (!version?.value || !(await isSame(call, secret, version, value!)))
    throw exists(`The operation failed because the secret ${secret.name} already exists.`);
  return { ARN: secret.arn, Name: secret.name, VersionId: token! };
}

/** Changes description and key, and makes a version when there is a value. Source: API Reference, UpdateSecret. */
export const UpdateSecret: SecretsManager['UpdateSecret'] = async (call, input) => {
  refuseType(input.Type);
  const value = valueOf(input);
  const { Description: description, KmsKeyId: kmsKeyId } = input;
  const alter = (secret: Secret) => {
    if (description !== undefined) secret.description = description;
    if (kmsKeyId === undefined) return;
    if (isDefaultKey(kmsKeyId)) delete secret.kmsKeyId;
    else secret.kmsKeyId = kmsKeyId;
  };
  const seen = await openSecret(call, input.SecretId!);
  if (seen.primaryRegion !== undefined && (value || description !== undefined || kmsKeyId === undefined))
    throw onReplica();
  const rewrite = kmsKeyId === undefined ? undefined : await underNewKey(call, seen, alter);
  const { arn: ARN, name: Name } = seen;
  if (!value) {
    await changeSecret(
      call,
      ARN,
      (secret, all, tx) => {
        alter(secret);
        rewrite?.(all, tx);
      },
      openSecret,
    );
    return { ARN, Name };
  }
  const given = { token: tokenOf(input.ClientRequestToken), value, stages: [CURRENT] };
  const { version } = await putVersion(call, ARN, given, { alter, ...(rewrite ? { rewrite } : {}) });
  return { ARN, Name, VersionId: version.versionId };
};

/**
 * Encrypts the versions that are in use under the key that the secret is about to have; what is returned writes them. Without the right to
 * that key they stay as they are. Source: API Reference, UpdateSecret.
 */
async function underNewKey(
  call: Call,
  seen: Secret,
  alter: (secret: Secret) => void,
): Promise<(all: Version[], tx: Transaction) => void> {
  const secret = { ...seen };
  alter(secret);
  const made = new Map<string, Awaited<ReturnType<typeof encrypt>>>();
  for (const version of await readVersions(call.kernel.store, seen.arn)) {
    if (!version.value || !version.stages.some((stage) => [CURRENT, PENDING, PREVIOUS].includes(stage))) continue;
    const plain = await decrypt(call, seen, version);
    try {
      made.set(version.versionId, await encrypt(call, secret, version.versionId, plain));
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'AccessDeniedException') throw error;
      break;
    }
  }
  return (all, tx) => {
    for (const version of all) {
      const sealed = made.get(version.versionId);
      if (!sealed || !version.value) continue;
      version.value = { form: version.value.form, ...sealed.key };
      tx.put(values, [seen.arn, version.versionId], sealed.ciphertext);
    }
  };
}

const dateOf = (ms: number) => new Date(ms);

/** What DescribeSecret and ListSecrets say alike. */
export function describe(secret: Secret) {
  return {
    ARN: secret.arn,
    Name: secret.name,
    ...(secret.description === undefined ? {} : { Description: secret.description }),
    ...(secret.kmsKeyId === undefined ? {} : { KmsKeyId: secret.kmsKeyId }),
    ...describeRotation(secret.rotation),
    LastChangedDate: dateOf(secret.changedAtMs),
    ...(secret.accessedDayMs === undefined ? {} : { LastAccessedDate: dateOf(secret.accessedDayMs) }),
    Tags: listTags(secret.tags),
    CreatedDate: dateOf(secret.createdAtMs),
    ...(secret.primaryRegion !== undefined || secret.replicas
      ? { PrimaryRegion: secret.primaryRegion ?? secret.region }
      : {}),
  };
}

/** Which labels are on which versions; undefined when none are. */
export function stagesOf(all: readonly Version[]): Record<string, string[]> | undefined {
  const labelled = all.filter(({ stages }) => stages.length > 0);
  if (labelled.length === 0) return undefined;
  return Object.fromEntries(labelled.map(({ versionId, stages }) => [versionId, stages]));
}

export const DescribeSecret: SecretsManager['DescribeSecret'] = async (call, input) => {
  const secret = await findSecret(call, input.SecretId!);
  const stages = stagesOf(await readVersions(call.kernel.store, secret.arn));
  return {
    ...describe(secret),
    ...(secret.deletion ? { DeletedDate: dateOf(secret.deletion.dueAtMs) } : {}),
    ...(stages ? { VersionIdsToStages: stages } : {}),
    ...(secret.replicas ? { ReplicationStatus: secret.replicas.map(describeReplica) } : {}),
  };
};

/** Marks a secret for deletion, or deletes it at once. Source: API Reference, DeleteSecret. */
export const DeleteSecret: SecretsManager['DeleteSecret'] = async (call, input) => {
  const { ForceDeleteWithoutRecovery: isForced = false, RecoveryWindowInDays: days } = input;
  if (isForced && days !== undefined)
    throw invalidParameter("You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.");
  if (days !== undefined && !(days >= RECOVERY_DAYS_MIN && days <= RECOVERY_DAYS_MAX))
    throw invalidParameter(
      `The RecoveryWindowInDays value must be between ${RECOVERY_DAYS_MIN} and ${RECOVERY_DAYS_MAX} days (inclusive).`,
    );
  const { store, clock, jobs } = call.kernel;
  return store.transact(async (tx) => {
    const secret = await lookUp(call, input.SecretId!, tx);
    const nowMs = clock.now();
    if (!secret) {
      if (!isForced) throw notFound();
      // AWS answers so for a secret that never was, too.
      return { Name: input.SecretId!, DeletionDate: dateOf(nowMs) };
    }
    if (secret.primaryRegion !== undefined) throw onReplica();
    if (secret.replicas)
      throw invalidParameter(
        `You can't delete secret ${secret.arn} that still has replica regions [${secret.replicas.map(({ region }) => region).join(', ')}].`,
      );
    const answer = { ARN: secret.arn, Name: secret.name };
    if (isForced) {
      await removeSecret(tx, secret);
      await publish(call.kernel, tx, secret, 'EndSecretVersionDelete');
      return { ...answer, DeletionDate: dateOf(nowMs) };
    }
    if (secret.deletion) throw markedForDeletion();
    const dueAtMs = nowMs + (days ?? RECOVERY_DAYS_DEFAULT) * DAY_MS;
    secret.deletion = { deletedAtMs: nowMs, dueAtMs };
    tx.put(secrets, keyOf(secret, secret.name), secret);
    const { account, region, name, arn } = secret;
    await jobs.submit(tx, { kind: DELETION_KIND, input: { account, region, name, arn, dueAtMs }, runAtMs: dueAtMs });
    await publish(call.kernel, tx, secret, 'StartSecretVersionDelete');
    return { ...answer, DeletionDate: dateOf(dueAtMs) };
  });
};

/** Takes the mark for deletion away; a secret without one is left as it is. */
export const RestoreSecret: SecretsManager['RestoreSecret'] = (call, input) =>
  call.kernel.store.transact(async (tx) => {
    const { deletion, ...secret } = await findSecret(call, input.SecretId!, tx);
    if (deletion) {
      tx.put(secrets, keyOf(secret, secret.name), secret);
      await publish(call.kernel, tx, secret, 'CancelSecretVersionDelete');
    }
    return { ARN: secret.arn, Name: secret.name };
  });

type Deletion = { account: string; region: string; name: string; arn: string; dueAtMs: number };

/** Deletes a secret when its recovery window has passed, unless it was restored. */
export const deletionJob: ServiceJob<Deletion> = {
  run: ({ job, kernel }) =>
    kernel.store.transact(async (tx) => {
      const { account, region, name, arn, dueAtMs } = job.input;
      const secret = await tx.get(secrets, [account, region, name]);
      if (secret?.arn !== arn || secret.deletion?.dueAtMs !== dueAtMs) return { deleted: false };
      await removeSecret(tx, secret);
      await publish(kernel, tx, secret, 'EndSecretVersionDelete');
      return { deleted: true };
    }),
};
