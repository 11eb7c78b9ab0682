import { SecretsManagerServiceException } from '@aws-sdk/client-secrets-manager';
import { AwsError } from '../../kernel/errors.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import type { Principal } from '../../kernel/principals/principal.ts';
import { parseArn, arn as arnOf } from '../../kernel/resources.ts';
import type { Handlers, ServiceJob } from '../../kernel/service.ts';
import type { Transaction } from '../../kernel/store/store.ts';
import { readVersions, removeVersion, removeSecret } from './history.ts';
import { decrypt, encrypt, type Asker } from './encryption.ts';
import { invalidParameter, invalidRequest } from './errors.ts';
import { publish } from './events.ts';
import { REPLICAS_MAX } from './limits.ts';
import { keyOf, openPrimary, openSecret } from './lookup.ts';
import { counts, secrets, values, versions, type Replica, type Secret, type Version } from './records.ts';

type SecretsManager = Handlers<typeof import('@aws-sdk/client-secrets-manager')>;

/** On whose behalf a replica is brought up to its primary: KMS keys of both regions must let them. */
type Replication = {
  account: string;
  /** Of the primary. */
  region: string;
  name: string;
  arn: string;
  to: string;
  overwrite: boolean;
  principal: Principal;
  via: string[];
};

export const REPLICATION_KIND = 'secrets-manager/replication';

const arnIn = (arn: string, region: string) => arnOf({ ...parseArn(arn)!, region });

/** Has the replicas of a changed secret follow it. */
export async function replicate(asker: Asker, tx: Transaction, secret: Secret, overwrite = false): Promise<void> {
  if (!secret.replicas || secret.deletion) return;
  for (const { region } of secret.replicas) await follow(asker, tx, secret, region, overwrite);
  secret.replicas = secret.replicas.map(({ message: _message, ...one }) => ({ ...one, status: 'InProgress' }));
}

async function follow(asker: Asker, tx: Transaction, secret: Secret, to: string, overwrite: boolean): Promise<void> {
  const { account, region, name, arn } = secret;
  const { principal, via } = asker;
  const work: Replication = { account, region, name, arn, to, overwrite, principal, via: [...via] };
  await asker.kernel.jobs.submit(tx, { kind: REPLICATION_KIND, input: work });
}

/** Adds replicas to a record that is being written. Throws InvalidParameterException. */
export function addReplicas(
  secret: Secret,
  given: readonly { Region?: string | undefined; KmsKeyId?: string | undefined }[],
): void {
  const standing = new Map((secret.replicas ?? []).map((one) => [one.region, one]));
  for (const { Region: region, KmsKeyId: kmsKeyId } of given) {
    if (region === undefined) throw invalidParameter('You must provide a Region for each replica.');
    if (region === secret.region)
      throw invalidParameter(`Invalid replica region ${region}. The secret is already in that region.`);
    const known = standing.get(region);
    if (known && known.status !== 'Failed') throw invalidParameter(`Secret is already replicated to region ${region}.`);
    standing.set(region, { region, ...(kmsKeyId ? { kmsKeyId } : {}), status: 'InProgress' });
  }
  if (standing.size > REPLICAS_MAX) throw invalidParameter(`A secret has at most ${REPLICAS_MAX} replicas.`);
  secret.replicas = [...standing.values()];
}

export const describeReplica = ({ region, kmsKeyId, status, message, accessedDayMs }: Replica) => ({
  Region: region,
  KmsKeyId: kmsKeyId ?? 'alias/aws/secretsmanager',
  Status: status,
  ...(message === undefined ? {} : { StatusMessage: message }),
  ...(accessedDayMs === undefined ? {} : { LastAccessedDate: new Date(accessedDayMs) }),
});

export const ReplicateSecretToRegions: SecretsManager['ReplicateSecretToRegions'] = (call, input) =>
  call.kernel.store.transact(async (tx) => {
    const secret = await openPrimary(call, input.SecretId!, tx);
    addReplicas(secret, input.AddReplicaRegions!);
    for (const { Region: region } of input.AddReplicaRegions!)
      await follow(call, tx, secret, region!, input.ForceOverwriteReplicaSecret === true);
    secret.changedAtMs = call.kernel.clock.now();
    tx.put(secrets, keyOf(secret, secret.name), secret);
    return { ARN: secret.arn, ReplicationStatus: secret.replicas!.map(describeReplica) };
  });

/** Deletes replicas, at once. */
export const RemoveRegionsFromReplication: SecretsManager['RemoveRegionsFromReplication'] = (call, input) =>
  call.kernel.store.transact(async (tx) => {
    const secret = await openPrimary(call, input.SecretId!, tx);
    for (const region of new Set(input.RemoveReplicaRegions)) {
      if (!secret.replicas?.some((one) => one.region === region))
        throw invalidParameter(`Secret is not replicated to region ${region}.`);
      const replica = await tx.get(secrets, keyOf({ account: secret.account, region }, secret.name));
      if (replica?.primaryRegion === secret.region && replica.arn === arnIn(secret.arn, region))
        await removeSecret(tx, replica);
      secret.replicas = secret.replicas.filter((one) => one.region !== region);
    }
    const left = secret.replicas ?? [];
    if (left.length === 0) delete secret.replicas;
    secret.changedAtMs = call.kernel.clock.now();
    tx.put(secrets, keyOf(secret, secret.name), secret);
    return { ARN: secret.arn, ReplicationStatus: left.map(describeReplica) };
  });

/** Makes a replica a secret of its own. Called in the replica's region. */
export const StopReplicationToReplica: SecretsManager['StopReplicationToReplica'] = (call, input) =>
  call.kernel.store.transact(async (tx) => {
    const secret = await openSecret(call, input.SecretId!, tx);
    if (secret.primaryRegion === undefined)
      throw invalidRequest('The secret is not a replica. Call must be made in the replica region.');
    const key = keyOf({ account: secret.account, region: secret.primaryRegion }, secret.name);
    const primary = await tx.get(secrets, key);
    if (primary?.replicas) {
      const replicas = primary.replicas.filter(({ region }) => region !== secret.region);
      const { replicas: _replicas, ...bare } = primary;
      tx.put(secrets, key, replicas.length > 0 ? { ...bare, replicas } : bare);
    }
    // The function that rotates is in the region of the primary.
    const { primaryRegion: _primaryRegion, rotation: _rotation, ...own } = secret;
    tx.put(secrets, keyOf(secret, secret.name), { ...own, changedAtMs: call.kernel.clock.now() });
    return { ARN: secret.arn };
  });

/** Brings one replica up to its primary. A failure is told by the replica's status; the next change tries again. */
export const replicationJob: ServiceJob<Replication> = {
  async run({ job, kernel, signal }) {
    const { account, region, name, arn, to, principal, via, overwrite } = job.input;
    const asker: Asker = { kernel, principal, via };
    for (;;) {
      signal.throwIfAborted();
      const primary = await kernel.store.get(secrets, [account, region, name]);
      const place = primary?.replicas?.find((one) => one.region === to);
      if (primary?.arn !== arn || !place) return { replicated: false };
      try {
        if (await copy(asker, primary, place, overwrite)) return { replicated: true };
      } catch (error) {
        // What is no answer of a service is the job's to try again.
        if (!(error instanceof AwsError || error instanceof SecretsManagerServiceException)) throw error;
        await fail(kernel, job.input, error.message);
        return { replicated: false, reason: error.message };
      }
    }
  },
};

/** @returns false when primary or replica was changed meanwhile */
async function copy(asker: Asker, primary: Secret, place: Replica, overwrite: boolean): Promise<boolean> {
  const { store } = asker.kernel;
  const key = [primary.account, place.region, primary.name];
  const arn = arnIn(primary.arn, place.region);
  const standing = await store.get(secrets, key);
  const mine = standing?.arn === arn && standing.primaryRegion === primary.region ? standing : undefined;
  if (standing && !mine && !overwrite) throw invalidRequest('Secret with this name already exists in this region');
  const draft = replicaOf(primary, place, arn, mine);
  const wanted = await readVersions(store, primary.arn);
  const there = new Map((mine ? await readVersions(store, arn) : []).map((one) => [one.versionId, one]));
  const made: { version: Version; ciphertext?: Uint8Array }[] = [];
  for (const { accessedDayMs: _accessed, value, ...shared } of wanted) {
    const known = there.get(shared.versionId);
    const version: Version = {
      ...shared,
      ...(known?.accessedDayMs === undefined ? {} : { accessedDayMs: known.accessedDayMs }),
      ...(known?.value ? { value: known.value } : {}),
    };
    if (!value || version.value) {
      made.push({ version });
      continue;
    }
    const plain = await decrypt(asker, primary, { ...shared, value });
    const { ciphertext, key: under } = await encrypt(asker, draft, version.versionId, plain);
    made.push({ version: { ...version, value: { form: value.form, ...under } }, ciphertext });
  }
  return store.transact(async (tx) => {
    const source = await tx.get(secrets, [primary.account, primary.region, primary.name]);
    const now = await tx.get(secrets, key);
    if (source?.arn !== primary.arn || !source.replicas?.some((one) => one.region === place.region)) return true;
    if (source.revision !== primary.revision) return false;
    if (now?.arn !== standing?.arn || now?.primaryRegion !== standing?.primaryRegion)
      throw invalidRequest('Secret with this name already exists in this region');
    // It has been put under another key meanwhile.
    if (mine && now?.revision !== mine.revision) return false;
    if (now && !mine) await removeSecret(tx, now);
    const count = [primary.account, place.region];
    if (!mine) tx.put(counts, count, ((await tx.get(counts, count)) ?? 0) + 1);
    for (const { versionId } of there.values())
      if (!made.some(({ version }) => version.versionId === versionId)) removeVersion(tx, arn, versionId);
    for (const { version, ciphertext } of made) {
      tx.put(versions, [arn, version.versionId], version);
      if (ciphertext) tx.put(values, [arn, version.versionId], ciphertext);
    }
    tx.put(secrets, key, draft);
    tx.put(secrets, [source.account, source.region, source.name], withStatus(source, place.region, 'InSync'));
    await publish(asker.kernel, tx, source, 'ReplicationSucceeded');
    return true;
  });
}

/** A replica has all of its primary but its place, its key and what has been done with it there. */
function replicaOf(primary: Secret, place: Replica, arn: string, mine: Secret | undefined): Secret {
  const { replicas: _replicas, rotation, kmsKeyId: _kmsKeyId, accessedDayMs: _accessed, ...shared } = primary;
  const keyId = mine ? mine.kmsKeyId : place.kmsKeyId;
  return {
    ...shared,
    arn,
    region: place.region,
    primaryRegion: primary.region,
    ...(keyId === undefined ? {} : { kmsKeyId: keyId }),
    ...(mine?.accessedDayMs === undefined ? {} : { accessedDayMs: mine.accessedDayMs }),
    // The primary rotates; the replica tells of it.
    ...(rotation ? { rotation } : {}),
  };
}

const withStatus = (secret: Secret, region: string, status: Replica['status'], message?: string): Secret => ({
  ...secret,
  replicas: secret.replicas!.map(({ message: _message, ...one }) =>
    one.region === region ? { ...one, status, ...(message === undefined ? {} : { message }) } : one,
  ),
});

function fail(kernel: Kernel, work: Replication, message: string): Promise<void> {
  return kernel.store.transact(async (tx) => {
    const key = [work.account, work.region, work.name];
    const primary = await tx.get(secrets, key);
    if (primary?.arn !== work.arn || !primary.replicas) return;
    tx.put(secrets, key, withStatus(primary, work.to, 'Failed', message));
    await publish(kernel, tx, primary, 'ReplicationFailed');
  });
}
