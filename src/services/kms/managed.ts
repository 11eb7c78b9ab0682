import type { Call } from '../../kernel/call.ts';
import { makeKey } from './creation.ts';
import { aliases, aliasesOfKey, keys } from './records.ts';
import { scheduleRotation } from './rotation-job.ts';
import { ROTATION_DAYS_DEFAULT } from './limits.ts';

/**
 * AWS managed keys: made for an account at the first use of a service that encrypts by default, used through that service alone, rotated
 * every year. Source: Developer Guide, "AWS managed keys"; the policies are those that AWS documents for each service.
 */
const PREFIX = 'alias/aws/';

/** `alias/aws/s3` → `s3`, which is also the first label of the service's host. */
export function managedServiceOf(alias: string): string | undefined {
  return alias.startsWith(PREFIX) && alias.length > PREFIX.length ? alias.slice(PREFIX.length) : undefined;
}

type Managed = {
  /** As in the policy's Sid. */
  name: string;
  /** Version of the policy in its Id. */
  version: number;
  description: string;
};

const MANAGED: Record<string, Managed> = {
  s3: { name: 'S3', version: 2, description: 'Default key that protects my S3 objects when no other key is defined' },
  secretsmanager: {
    name: 'AWS Secrets Manager',
    version: 2,
    description: 'Default key that protects my Secrets Manager data when no other key is defined',
  },
  ssm: {
    name: 'SSM',
    version: 2,
    description: 'Default key that protects my SSM parameters when no other key is defined',
  },
};

function managedPolicy(call: Call, service: string): string {
  const { name, version } = MANAGED[service] ?? { name: service, version: 1 };
  const condition = {
    StringEquals: {
      'kms:CallerAccount': call.account,
      'kms:ViaService': `${service}.${call.region}.amazonaws.com`,
    },
  };
  const isSecrets = service === 'secretsmanager';
  return JSON.stringify({
    Version: '2012-10-17',
    Id: `auto-${service}-${version}`,
    Statement: [
      {
        Sid: `Allow access through ${name} for all principals in the account that are authorized to use ${name}`,
        Effect: 'Allow',
        Principal: { AWS: '*' },
        Action: [
          'kms:Encrypt',
          'kms:Decrypt',
          'kms:ReEncrypt*',
          'kms:GenerateDataKey*',
          ...(isSecrets ? ['kms:CreateGrant'] : []),
          'kms:DescribeKey',
        ],
        Resource: '*',
        Condition: condition,
      },
      {
        Sid: 'Allow direct access to key metadata to the account',
        Effect: 'Allow',
        Principal: { AWS: `arn:${call.partition}:iam::${call.account}:root` },
        Action: ['kms:Describe*', 'kms:Get*', 'kms:List*', ...(isSecrets ? ['kms:RevokeGrant'] : [])],
        Resource: '*',
      },
    ],
  });
}

/** The id of the AWS managed key of a service in the caller's account and region, made if there is none. */
export async function ensureManagedKey(call: Call, service: string): Promise<string> {
  const alias = `${PREFIX}${service}`;
  const { account, region } = call;
  const made = await makeKey(call, {
    spec: 'SYMMETRIC_DEFAULT',
    usage: 'ENCRYPT_DECRYPT',
    origin: 'AWS_KMS',
    description: MANAGED[service]?.description ?? `Default key that protects my ${service} data`,
    policy: managedPolicy(call, service),
    tags: {},
    managedFor: service,
  });
  return call.kernel.store.transact(async (tx) => {
    const standing = await tx.get(aliases, [account, region, alias]);
    if (standing) return standing.target;
    const key = await scheduleRotation(tx, call.kernel, made.key, ROTATION_DAYS_DEFAULT);
    made.write(tx, key);
    const now = call.kernel.clock.now();
    tx.put(aliases, [account, region, alias], { name: alias, target: key.id, createdAtMs: now, updatedAtMs: now });
    tx.put(aliasesOfKey, [account, region, key.id, alias], true);
    tx.put(keys, [account, region, key.id], key);
    return key.id;
  });
}
