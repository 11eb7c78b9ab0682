import type { Call } from '../../kernel/call.ts';
import { parseArn } from '../../kernel/resources.ts';
import type { Access, ConditionKeys, Resource } from '../../kernel/access.ts';
import { lookUp, secretArn } from './lookup.ts';
import { CURRENT } from './stages.ts';

/** Source: Service Authorization Reference, "Actions, resources, and condition keys for AWS Secrets Manager". */
type Input = Record<string, any>;

/** The ARN that a SecretId means: that of the secret, or what it would be but for the suffix. */
async function arnOf(call: Call, secretId: string): Promise<string> {
  const secret = await lookUp(call, secretId, call.kernel.store);
  if (secret) return secret.arn;
  return secretId.startsWith('arn:') ? secretId : secretArn(call, secretId);
}

type Keys = (input: any) => ConditionKeys;

const onSecret =
  (keys: Keys = () => ({}), operation?: string) =>
  async (call: Call, input: Input): Promise<Access[]> => [
    {
      action: `secretsmanager:${operation ?? call.operation}`,
      resource: await arnOf(call, input['SecretId']),
      keys: { 'secretsmanager:secretid': input['SecretId'], ...keys(input) },
    },
  ];

const regionsOf = (given: { Region?: string }[] | undefined) =>
  given?.flatMap(({ Region: region }) => (region === undefined ? [] : [region]));

const kmsKeys = ({ KmsKeyId: keyId }: Input): ConditionKeys => ({
  'secretsmanager:kmskeyid': keyId,
  'secretsmanager:kmskeyarn': keyId?.startsWith('arn:') ? keyId : undefined,
});

/** A request for no version in particular is one for the current one. */
const versionKeys = ({ VersionId: versionId, VersionStage: stage }: Input): ConditionKeys => ({
  'secretsmanager:versionid': versionId,
  'secretsmanager:versionstage': stage ?? (versionId === undefined ? CURRENT : undefined),
});

/** Making a secret with tags or replicas is tagging and replicating too. Source: API Reference, CreateSecret. */
function toCreate(call: Call, input: Input): Access[] {
  const { Name: name, Description: description, Tags: tags, AddReplicaRegions: regions, Type: type } = input;
  const resource = secretArn(call, name);
  const replicas: ConditionKeys = {
    'secretsmanager:addreplicaregions': regionsOf(regions),
    'secretsmanager:forceoverwritereplicasecret': input['ForceOverwriteReplicaSecret'],
  };
  return [
    {
      action: 'secretsmanager:CreateSecret',
      resource,
      keys: {
        'secretsmanager:name': name,
        'secretsmanager:description': description,
        'secretsmanager:type': type,
        ...kmsKeys(input),
        ...replicas,
      },
    },
    ...(tags?.length ? [{ action: 'secretsmanager:TagResource', resource }] : []),
    ...(regions?.length ? [{ action: 'secretsmanager:ReplicateSecretToRegions', resource, keys: replicas }] : []),
  ];
}

export const access = {
  CancelRotateSecret: onSecret(),
  CreateSecret: toCreate,
  DeleteResourcePolicy: onSecret(),
  DeleteSecret: onSecret((input) => ({
    'secretsmanager:forcedeletewithoutrecovery': input.ForceDeleteWithoutRecovery,
    'secretsmanager:recoverywindowindays': input.RecoveryWindowInDays,
  })),
  DescribeSecret: onSecret(),
  GetResourcePolicy: onSecret(),
  GetSecretValue: onSecret(versionKeys, 'GetSecretValue'),
  ListSecretVersionIds: onSecret(),
  PutResourcePolicy: onSecret((input) => ({ 'secretsmanager:blockpublicpolicy': input.BlockPublicPolicy })),
  PutSecretValue: onSecret(),
  RemoveRegionsFromReplication: onSecret(),
  ReplicateSecretToRegions: onSecret((input) => ({
    'secretsmanager:addreplicaregions': regionsOf(input.AddReplicaRegions),
    'secretsmanager:forceoverwritereplicasecret': input.ForceOverwriteReplicaSecret,
  })),
  RestoreSecret: onSecret(),
  RotateSecret: onSecret((input) => ({
    'secretsmanager:rotationlambdaarn': input.RotationLambdaARN,
    'secretsmanager:rotateimmediately': input.RotateImmediately,
    'secretsmanager:modifyrotationrules': input.RotationRules !== undefined,
    'secretsmanager:externalsecretrotationrolearn': input.ExternalSecretRotationRoleArn,
  })),
  StopReplicationToReplica: onSecret(),
  TagResource: onSecret(),
  UntagResource: onSecret(),
  UpdateSecret: onSecret((input) => ({
    'secretsmanager:description': input.Description,
    'secretsmanager:type': input.Type,
    ...kmsKeys(input),
  })),
  UpdateSecretVersionStage: onSecret((input) => ({ 'secretsmanager:versionstage': input.VersionStage })),
  ValidateResourcePolicy: async (call: Call, input: Input): Promise<Access[]> =>
    input['SecretId'] === undefined
      ? [{ action: 'secretsmanager:ValidateResourcePolicy', resource: '*' }]
      : onSecret()(call, input),
};

/** Tags that a call would give a secret, while it is asked what they would change. */
const supposed = new WeakMap<Call, { arn: string; tags: Record<string, string> }>();

/**
 * Rejects when the caller could not make this call any more if the secret had these tags: Secrets Manager lets nobody tag their own rights
 * away. Source: API Reference, TagResource and UntagResource.
 */
export async function requireStill(
  call: Call,
  secretId: string,
  arn: string,
  tags: Record<string, string>,
): Promise<void> {
  supposed.set(call, { arn, tags });
  try {
    await call.require({
      action: `secretsmanager:${call.operation}`,
      resource: arn,
      keys: { 'secretsmanager:secretid': secretId },
    });
  } finally {
    supposed.delete(call);
  }
}

/** What stands on a secret; undefined for what is none. */
export async function resource(call: Call, { resource: arn }: Access): Promise<Resource | undefined> {
  if (parseArn(arn)?.service !== 'secretsmanager') return undefined;
  const secret = await lookUp(call, arn, call.kernel.store);
  if (secret?.arn !== arn) return undefined;
  const { account, policy, primaryRegion, replicas, region, rotation } = secret;
  const asked = supposed.get(call);
  const tags = asked?.arn === arn ? asked.tags : secret.tags;
  return {
    owner: account,
    ...(policy === undefined ? {} : { policies: [{ id: arn, from: 'secret', document: policy }] }),
    tags: () => tags,
    keys: () => ({
      ...Object.fromEntries(
        Object.entries(tags).map(([key, value]) => [`secretsmanager:resourcetag/${key.toLowerCase()}`, value]),
      ),
      'secretsmanager:secretprimaryregion': primaryRegion ?? (replicas ? region : undefined),
      'secretsmanager:resource/allowrotationlambdaarn': rotation?.lambdaArn,
    }),
  };
}
