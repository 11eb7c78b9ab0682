import { CreateKeyCommand, DisableKeyCommand, EnableKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  PutResourcePolicyCommand,
  PutSecretValueCommand,
  RemoveRegionsFromReplicationCommand,
  ReplicateSecretToRegionsCommand,
  StopReplicationToReplicaCommand,
  TagResourceCommand,
  UpdateSecretCommand,
  UpdateSecretVersionStageCommand,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { describe, expect, it } from 'vitest';
import { refusal } from '../../../tests/identities.ts';
import { openSecrets } from './secrets.fixture.ts';

const { outcrop, secrets, make, text, inRegion, newName } = await openSecrets('replicas');
const west = inRegion('eu-west-1');
const south = inRegion('ap-south-1');
const settle = () => outcrop.clock.advance(0);
const get = (client: SecretsManagerClient, SecretId: string, more: object = {}) =>
  client.send(new GetSecretValueCommand({ SecretId, ...more }));
const describeIn = (client: SecretsManagerClient, SecretId: string) =>
  client.send(new DescribeSecretCommand({ SecretId }));

async function replicated(...regions: string[]) {
  const made = await make({ tags: { team: 'ml' }, description: 'shared' });
  await secrets.send(
    new ReplicateSecretToRegionsCommand({
      SecretId: made.arn,
      AddReplicaRegions: regions.map((Region) => ({ Region })),
    }),
  );
  await settle();
  return { ...made, there: (region: string) => made.arn.replace('us-east-1', region) };
}

describe('a replica', () => {
  it('has the value, the versions and all else of its primary, under the same ARN in its region', async () => {
    const { arn, name, value, versionId, there } = await replicated('eu-west-1', 'ap-south-1');
    for (const [client, region] of [
      [west, 'eu-west-1'],
      [south, 'ap-south-1'],
    ] as const) {
      expect(await get(client, name)).toMatchObject({ ARN: there(region), SecretString: value, VersionId: versionId });
      expect(await describeIn(client, there(region))).toMatchObject({
        Description: 'shared',
        Tags: [{ Key: 'team', Value: 'ml' }],
        PrimaryRegion: 'us-east-1',
        VersionIdsToStages: { [versionId]: ['AWSCURRENT'] },
      });
    }
    const { ReplicationStatus, PrimaryRegion } = await describeIn(secrets, arn);
    expect(PrimaryRegion).toBe('us-east-1');
    expect(ReplicationStatus).toMatchObject([
      { Region: 'eu-west-1', Status: 'InSync' },
      { Region: 'ap-south-1', Status: 'InSync' },
    ]);
  });

  it('follows values, labels, tags and policies', async () => {
    const { arn, name, versionId } = await replicated('eu-west-1');
    const value = text();
    const { VersionId } = await secrets.send(new PutSecretValueCommand({ SecretId: arn, SecretString: value }));
    const ResourcePolicy = JSON.stringify({
      Version: '2012-10-17',
      Statement: { Effect: 'Allow', Principal: { AWS: '111122223333' }, Action: 'secretsmanager:*', Resource: '*' },
    });
    await secrets.send(new PutResourcePolicyCommand({ SecretId: arn, ResourcePolicy }));
    await secrets.send(new TagResourceCommand({ SecretId: arn, Tags: [{ Key: 'new', Value: '1' }] }));
    await settle();
    expect(await get(west, name)).toMatchObject({ SecretString: value, VersionId });
    const now = await describeIn(west, name);
    expect(now.VersionIdsToStages).toEqual({ [versionId]: ['AWSPREVIOUS'], [VersionId!]: ['AWSCURRENT'] });
    expect(now.Tags).toContainEqual({ Key: 'new', Value: '1' });

    await secrets.send(
      new UpdateSecretVersionStageCommand({
        SecretId: arn,
        VersionStage: 'AWSCURRENT',
        MoveToVersionId: versionId,
        RemoveFromVersionId: VersionId!,
      }),
    );
    await settle();
    expect((await get(west, name)).VersionId).toBe(versionId);
  });

  it('takes no changes of its own', async () => {
    const { name } = await replicated('eu-west-1');
    for (const call of [
      west.send(new PutSecretValueCommand({ SecretId: name, SecretString: 'x' })),
      west.send(new TagResourceCommand({ SecretId: name, Tags: [{ Key: 'a', Value: 'b' }] })),
      west.send(new DeleteSecretCommand({ SecretId: name })),
    ])
      expect(await refusal(call)).toMatchObject({
        name: 'InvalidParameterException',
        message: "Operation not permitted on a replica secret. Call must be made in primary secret's region.",
      });
  });

  it('goes with RemoveRegionsFromReplication; until then the primary cannot', async () => {
    const { arn, name, value } = await replicated('eu-west-1', 'ap-south-1');
    expect(await refusal(secrets.send(new DeleteSecretCommand({ SecretId: arn })))).toMatchObject({
      name: 'InvalidParameterException',
      message: `You can't delete secret ${arn} that still has replica regions [eu-west-1, ap-south-1].`,
    });
    const { ReplicationStatus } = await secrets.send(
      new RemoveRegionsFromReplicationCommand({ SecretId: arn, RemoveReplicaRegions: ['eu-west-1'] }),
    );
    expect(ReplicationStatus!.map(({ Region }) => Region)).toEqual(['ap-south-1']);
    expect((await refusal(get(west, name))).name).toBe('ResourceNotFoundException');
    expect((await get(south, name)).SecretString).toBe(value);
    const again = new RemoveRegionsFromReplicationCommand({ SecretId: arn, RemoveReplicaRegions: ['eu-west-1'] });
    expect((await refusal(secrets.send(again))).name).toBe('InvalidParameterException');
  });

  it('becomes a secret of its own with StopReplicationToReplica', async () => {
    const { arn, name, value } = await replicated('eu-west-1');
    await west.send(new StopReplicationToReplicaCommand({ SecretId: name }));
    const changed = text();
    await west.send(new PutSecretValueCommand({ SecretId: name, SecretString: changed }));
    await settle();
    expect((await get(west, name)).SecretString).toBe(changed);
    expect((await get(secrets, name)).SecretString).toBe(value);
    expect((await describeIn(secrets, arn)).ReplicationStatus).toBeUndefined();
    expect((await describeIn(west, name)).PrimaryRegion).toBeUndefined();
    const stop = secrets.send(new StopReplicationToReplicaCommand({ SecretId: name }));
    expect((await refusal(stop)).name).toBe('InvalidRequestException');
  });

  it('fails where a secret of the name stands, unless it may be overwritten', async () => {
    const Name = newName();
    const theirs = text();
    await west.send(new CreateSecretCommand({ Name, SecretString: theirs }));
    const value = text();
    const made = await secrets.send(
      new CreateSecretCommand({ Name, SecretString: value, AddReplicaRegions: [{ Region: 'eu-west-1' }] }),
    );
    expect(made.ReplicationStatus).toMatchObject([{ Region: 'eu-west-1', Status: 'InProgress' }]);
    await settle();
    expect((await describeIn(secrets, Name)).ReplicationStatus).toMatchObject([
      { Status: 'Failed', StatusMessage: 'Secret with this name already exists in this region' },
    ]);
    expect((await get(west, Name)).SecretString).toBe(theirs);
    await secrets.send(
      new ReplicateSecretToRegionsCommand({
        SecretId: Name,
        AddReplicaRegions: [{ Region: 'eu-west-1' }],
        ForceOverwriteReplicaSecret: true,
      }),
    );
    await settle();
    expect((await get(west, Name)).SecretString).toBe(value);
  });

  it('is under a key of its own region, which it may change by itself', async () => {
    const kms = new KMSClient({ ...outcrop.clients, region: 'eu-west-1' });
    const key = async () => (await kms.send(new CreateKeyCommand({}))).KeyMetadata!.Arn!;
    const first = await key();
    const { name, arn } = await make();
    await secrets.send(
      new ReplicateSecretToRegionsCommand({
        SecretId: arn,
        AddReplicaRegions: [{ Region: 'eu-west-1', KmsKeyId: first }],
      }),
    );
    await settle();
    expect((await describeIn(west, name)).KmsKeyId).toBe(first);
    const second = await key();
    await west.send(new UpdateSecretCommand({ SecretId: name, KmsKeyId: second }));
    await kms.send(new DisableKeyCommand({ KeyId: first }));
    const value = text();
    await secrets.send(new PutSecretValueCommand({ SecretId: arn, SecretString: value }));
    await settle();
    expect((await get(west, name)).SecretString).toBe(value);
    await kms.send(new DisableKeyCommand({ KeyId: second }));
    await secrets.send(new PutSecretValueCommand({ SecretId: arn, SecretString: text() }));
    await settle();
    expect((await describeIn(secrets, arn)).ReplicationStatus).toMatchObject([{ Status: 'Failed' }]);
    await kms.send(new EnableKeyCommand({ KeyId: second }));
    const last = text();
    await secrets.send(new PutSecretValueCommand({ SecretId: arn, SecretString: last }));
    await settle();
    expect((await get(west, name)).SecretString).toBe(last);
    expect((await describeIn(secrets, arn)).ReplicationStatus).toMatchObject([{ Status: 'InSync' }]);
  });

  it('follows many changes at once to the last', async () => {
    const { arn, name } = await replicated('eu-west-1', 'ap-south-1');
    await Promise.all(
      Array.from({ length: 10 }, () =>
        secrets.send(new PutSecretValueCommand({ SecretId: arn, SecretString: text() })),
      ),
    );
    await settle();
    const { SecretString, VersionId } = await get(secrets, name);
    for (const client of [west, south]) expect(await get(client, name)).toMatchObject({ SecretString, VersionId });
  });

  it('cannot be in the region of its primary, or twice in one', async () => {
    const { arn } = await replicated('eu-west-1');
    for (const Region of ['us-east-1', 'eu-west-1']) {
      const call = secrets.send(
        new ReplicateSecretToRegionsCommand({ SecretId: arn, AddReplicaRegions: [{ Region }] }),
      );
      expect((await refusal(call)).name).toBe('InvalidParameterException');
    }
  });

  it('is found by the region of its primary', async () => {
    const { name } = await replicated('sa-east-1');
    const { SecretList } = await inRegion('sa-east-1').send(
      new ListSecretsCommand({ Filters: [{ Key: 'primary-region', Values: ['us-east-1'] }] }),
    );
    expect(SecretList!.map(({ Name }) => Name)).toEqual([name]);
  });
});
