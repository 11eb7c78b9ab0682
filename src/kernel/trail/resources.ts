import { parseArn } from '../resources.ts';
import type { RecordResource } from './record.ts';

/** How CloudFormation, and so CloudTrail, writes a service's name; others get a capital. */
const SERVICES: Readonly<Record<string, string>> = {
  cloudtrail: 'CloudTrail',
  dynamodb: 'DynamoDB',
  ec2: 'EC2',
  iam: 'IAM',
  kms: 'KMS',
  s3: 'S3',
  sagemaker: 'SageMaker',
  secretsmanager: 'SecretsManager',
  sns: 'SNS',
  sqs: 'SQS',
  ssm: 'SSM',
  sts: 'STS',
};

/** Types that are not the capitalised first word of the ARN's resource. */
const TYPES: Readonly<Record<string, string>> = {
  'bedrock agent-alias': 'AgentAlias',
  'bedrock foundation-model': 'Model',
  'cloudtrail eventdatastore': 'EventDataStore',
  'glacier vaults': 'Vault',
  'iam mfa': 'VirtualMFADevice',
  'iam oidc-provider': 'OIDCProvider',
  'iam saml-provider': 'SAMLProvider',
};

/** The type of a resource as records give it: `AWS::IAM::Role`; undefined where the ARN does not tell. */
export function resourceType(arn: string): string | undefined {
  const parts = parseArn(arn);
  if (!parts) return undefined;
  const { service, resource } = parts;
  if (service === 's3') return resource.includes('/') ? 'AWS::S3::Object' : 'AWS::S3::Bucket';
  if (service === 'sns') return 'AWS::SNS::Topic';
  if (service === 'sqs') return 'AWS::SQS::Queue';
  const kind = /^([A-Za-z][\w-]*)[:/]/.exec(resource)?.[1];
  if (kind === undefined) return undefined;
  const type = TYPES[`${service} ${kind}`] ?? pascal(kind);
  return `AWS::${SERVICES[service] ?? pascal(service)}::${type}`;
}

const pascal = (text: string) => text.replaceAll(/(?:^|-)(\w)/g, (_all, letter: string) => letter.toUpperCase());

/** The `resources` of a record: what a call asked access to, objects with their bucket; patterns are no resources. */
export function recordResources(arns: Iterable<string>, owner: string): RecordResource[] {
  const found = new Map<string, RecordResource>();
  const add = (ARN: string, always: boolean) => {
    const account = parseArn(ARN)?.account;
    const accountId = account === '' || account === undefined ? (always ? owner : undefined) : account;
    const type = resourceType(ARN);
    found.set(ARN, { ...(accountId === undefined ? {} : { accountId }), ...(type === undefined ? {} : { type }), ARN });
  };
  for (const arn of arns) {
    if (!arn.startsWith('arn:') || /[*?]/.test(arn)) continue;
    const object = /^(arn:[^:]+:s3:::[^/]+)\/./.exec(arn);
    add(arn, object === null);
    if (object) add(object[1]!, true);
  }
  return [...found.values()];
}
