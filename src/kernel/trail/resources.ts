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

type Known = { resource: RecordResource; ownerless: boolean; bucket?: string };

/** What is known of an ARN, or that it is none: the same few come with every call. */
const known = new Map<string, Known | undefined>();
const KNOWN_MAX = 2_000;

function lookAt(ARN: string): Known | undefined {
  if (known.has(ARN)) return known.get(ARN);
  if (known.size >= KNOWN_MAX) known.clear();
  const found = describe(ARN);
  known.set(ARN, found);
  return found;
}

function describe(ARN: string): Known | undefined {
  if (!ARN.startsWith('arn:') || /[*?]/.test(ARN)) return undefined;
  const account = parseArn(ARN)?.account;
  const type = resourceType(ARN);
  const bucket = /^(arn:[^:]+:s3:::[^/]+)\/./.exec(ARN)?.[1];
  return {
    resource: { ...(account ? { accountId: account } : {}), ...(type === undefined ? {} : { type }), ARN },
    ownerless: !account,
    ...(bucket === undefined ? {} : { bucket }),
  };
}

/** The `resources` of a record: what a call asked access to, objects with their bucket; patterns are no resources. */
export function recordResources(arns: Iterable<string>, owner: string): RecordResource[] {
  const found: RecordResource[] = [];
  for (const arn of arns) add(found, arn, owner);
  return found;
}

function add(found: RecordResource[], arn: string, owner: string): void {
  const one = lookAt(arn);
  if (!one || found.some(({ ARN }) => ARN === arn)) return;
  // An object is its bucket's owner's; CloudTrail says so of the bucket.
  found.push(one.ownerless && one.bucket === undefined ? { accountId: owner, ...one.resource } : one.resource);
  if (one.bucket !== undefined) add(found, one.bucket, owner);
}
