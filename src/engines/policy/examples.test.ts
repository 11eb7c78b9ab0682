import { describe, expect, it } from 'vitest';
import { decide, namedPolicy, type PolicyPrincipal, type Sources } from './policy.ts';

/**
 * The examples of AWS's documentation, each with requests that its text says are allowed or denied. Sources: IAM User Guide, "Example IAM
 * identity-based policies", "Condition operators", "Conditions with multiple context keys or values", "Policy variables"; S3 User Guide,
 * "Examples of Amazon S3 bucket policies"; KMS Developer Guide, "Default key policy"; Organizations User Guide, "SCP examples".
 */
type Context = Record<string, string | string[]>;
type Ask = [expected: 'allow' | 'deny', action: string, resource: string, context?: Context, as?: PolicyPrincipal];
type Example = {
  name: string;
  kind: 'identity' | 'resource' | 'service-control';
  document: unknown;
  asks: Ask[];
  with?: Partial<Sources>;
};

const ACCOUNT = '123456789012';
const person = (name: string, account = ACCOUNT): PolicyPrincipal => {
  const arn = `arn:aws:iam::${account}:user/${name}`;
  return { kind: 'user', account, arn, identityArn: arn, ids: ['AIDA1'] };
};
const anyone: PolicyPrincipal = { kind: 'anonymous', account: 'anonymous', arn: '*', identityArn: '*', ids: [] };
const service = (name: string): PolicyPrincipal => ({
  kind: 'service',
  account: ACCOUNT,
  arn: name,
  identityArn: name,
  ids: [],
  service: name,
});

const version = (...Statement: unknown[]) => ({ Version: '2012-10-17', Statement });
const all = namedPolicy(
  { id: 'all', from: '', document: JSON.stringify(version({ Effect: 'Allow', Action: '*', Resource: '*' })) },
  'identity',
);

const EXAMPLES: Example[] = [
  {
    name: 'AWS: allows access based on date and time',
    kind: 'identity',
    document: version({
      Effect: 'Allow',
      Action: 'service-prefix:action-name',
      Resource: '*',
      Condition: {
        DateGreaterThan: { 'aws:CurrentTime': '2020-04-01T00:00:00Z' },
        DateLessThan: { 'aws:CurrentTime': '2020-06-30T23:59:59Z' },
      },
    }),
    asks: [
      ['allow', 'service-prefix:action-name', '*', { 'aws:currenttime': '2020-05-01T12:00:00Z' }],
      ['deny', 'service-prefix:action-name', '*', { 'aws:currenttime': '2020-07-01T00:00:00Z' }],
      ['deny', 'service-prefix:action-name', '*', { 'aws:currenttime': '2020-03-31T23:59:59Z' }],
    ],
  },
  {
    name: 'AWS: denies access to AWS based on the source IP',
    kind: 'identity',
    with: { identity: [all] },
    document: version({
      Effect: 'Deny',
      Action: '*',
      Resource: '*',
      Condition: { NotIpAddress: { 'aws:SourceIp': ['192.0.2.0/24', '203.0.113.0/24'] } },
    }),
    asks: [
      ['allow', 's3:ListAllMyBuckets', '*', { 'aws:sourceip': '192.0.2.55' }],
      ['allow', 's3:ListAllMyBuckets', '*', { 'aws:sourceip': '203.0.113.1' }],
      ['deny', 's3:ListAllMyBuckets', '*', { 'aws:sourceip': '198.51.100.1' }],
      // A negated operator holds where the key is missing.
      ['deny', 's3:ListAllMyBuckets', '*'],
    ],
  },
  {
    name: 'AWS: denies access to AWS based on the requested Region',
    kind: 'identity',
    with: { identity: [all] },
    document: version({
      Sid: 'DenyAllOutsideRequestedRegions',
      Effect: 'Deny',
      NotAction: ['cloudfront:*', 'iam:*', 'organizations:*', 'route53:*', 'support:*'],
      Resource: '*',
      Condition: {
        StringNotEquals: { 'aws:RequestedRegion': ['eu-central-1', 'eu-west-1', 'eu-west-2', 'eu-west-3'] },
      },
    }),
    asks: [
      ['allow', 'bedrock:ListFoundationModels', '*', { 'aws:requestedregion': 'eu-west-2' }],
      ['deny', 'bedrock:ListFoundationModels', '*', { 'aws:requestedregion': 'us-east-1' }],
      ['allow', 'iam:ListUsers', '*', { 'aws:requestedregion': 'us-east-1' }],
    ],
  },
  {
    name: 'AWS: allows MFA-authenticated users to manage, and denies long-term credentials (BoolIfExists)',
    kind: 'identity',
    with: { identity: [all] },
    document: version({
      Effect: 'Deny',
      NotAction: 'iam:*',
      Resource: '*',
      Condition: { BoolIfExists: { 'aws:MultiFactorAuthPresent': 'false' } },
    }),
    asks: [
      ['allow', 's3:DeleteBucket', 'arn:aws:s3:::b', { 'aws:multifactorauthpresent': 'true' }],
      ['deny', 's3:DeleteBucket', 'arn:aws:s3:::b', { 'aws:multifactorauthpresent': 'false' }],
      ['deny', 's3:DeleteBucket', 'arn:aws:s3:::b'],
      ['allow', 'iam:ListMFADevices', '*'],
    ],
  },
  {
    name: 'Bool without IfExists does not hold for long-term credentials, which lack the key',
    kind: 'identity',
    document: version({
      Effect: 'Allow',
      Action: 's3:*',
      Resource: '*',
      Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'true' } },
    }),
    asks: [
      ['allow', 's3:DeleteBucket', 'arn:aws:s3:::b', { 'aws:multifactorauthpresent': 'true' }],
      ['deny', 's3:DeleteBucket', 'arn:aws:s3:::b'],
    ],
  },
  {
    name: 'Amazon S3: allows IAM users access to their S3 home directory',
    kind: 'identity',
    document: version(
      { Effect: 'Allow', Action: ['s3:ListAllMyBuckets', 's3:GetBucketLocation'], Resource: '*' },
      {
        Effect: 'Allow',
        Action: 's3:ListBucket',
        Resource: 'arn:aws:s3:::amzn-s3-demo-bucket',
        Condition: { StringLike: { 's3:prefix': ['', 'home/', 'home/${aws:username}/*'] } },
      },
      {
        Effect: 'Allow',
        Action: 's3:*',
        Resource: [
          'arn:aws:s3:::amzn-s3-demo-bucket/home/${aws:username}',
          'arn:aws:s3:::amzn-s3-demo-bucket/home/${aws:username}/*',
        ],
      },
    ),
    asks: [
      ['allow', 's3:GetObject', 'arn:aws:s3:::amzn-s3-demo-bucket/home/ann/a', { 'aws:username': 'ann' }],
      ['deny', 's3:GetObject', 'arn:aws:s3:::amzn-s3-demo-bucket/home/bob/a', { 'aws:username': 'ann' }],
      ['deny', 's3:GetObject', 'arn:aws:s3:::amzn-s3-demo-bucket/home/ann/a'],
      [
        'allow',
        's3:ListBucket',
        'arn:aws:s3:::amzn-s3-demo-bucket',
        { 'aws:username': 'ann', 's3:prefix': 'home/ann/x' },
      ],
      ['allow', 's3:ListBucket', 'arn:aws:s3:::amzn-s3-demo-bucket', { 'aws:username': 'ann', 's3:prefix': '' }],
      [
        'deny',
        's3:ListBucket',
        'arn:aws:s3:::amzn-s3-demo-bucket',
        { 'aws:username': 'ann', 's3:prefix': 'home/bob/' },
      ],
      // A name with a star in it is a name, not a wildcard.
      ['deny', 's3:GetObject', 'arn:aws:s3:::amzn-s3-demo-bucket/home/bob/a', { 'aws:username': '*' }],
    ],
  },
  {
    name: 'ABAC: a principal’s tag must be the resource’s',
    kind: 'identity',
    document: version({
      Effect: 'Allow',
      Action: ['secretsmanager:GetSecretValue'],
      Resource: '*',
      Condition: { StringEquals: { 'aws:ResourceTag/access-project': '${aws:PrincipalTag/access-project}' } },
    }),
    asks: [
      [
        'allow',
        'secretsmanager:GetSecretValue',
        'arn:aws:secretsmanager:us-east-1:123456789012:secret:a',
        { 'aws:resourcetag/access-project': 'peg', 'aws:principaltag/access-project': 'peg' },
      ],
      [
        'deny',
        'secretsmanager:GetSecretValue',
        'arn:aws:secretsmanager:us-east-1:123456789012:secret:a',
        { 'aws:resourcetag/access-project': 'uni', 'aws:principaltag/access-project': 'peg' },
      ],
      [
        'deny',
        'secretsmanager:GetSecretValue',
        'arn:aws:secretsmanager:us-east-1:123456789012:secret:a',
        { 'aws:resourcetag/access-project': 'peg' },
      ],
    ],
  },
  {
    name: 'Controlling tag keys: ForAllValues with Null, so that no tags at all do not pass',
    kind: 'identity',
    document: version({
      Effect: 'Allow',
      Action: 'ec2:CreateTags',
      Resource: '*',
      Condition: {
        'ForAllValues:StringEquals': { 'aws:TagKeys': ['environment', 'cost-center'] },
        Null: { 'aws:TagKeys': 'false' },
      },
    }),
    asks: [
      ['allow', 'ec2:CreateTags', '*', { 'aws:tagkeys': ['environment'] }],
      ['allow', 'ec2:CreateTags', '*', { 'aws:tagkeys': ['environment', 'cost-center'] }],
      ['deny', 'ec2:CreateTags', '*', { 'aws:tagkeys': ['environment', 'owner'] }],
      ['deny', 'ec2:CreateTags', '*'],
    ],
  },
  {
    name: 'DynamoDB: deny with ForAnyValue when any requested attribute is secret',
    kind: 'identity',
    with: { identity: [all] },
    document: version({
      Effect: 'Deny',
      Action: 'dynamodb:GetItem',
      Resource: '*',
      Condition: { 'ForAnyValue:StringEquals': { 'dynamodb:Attributes': ['PostDateTime'] } },
    }),
    asks: [
      [
        'allow',
        'dynamodb:GetItem',
        'arn:aws:dynamodb:us-east-1:123456789012:table/Thread',
        { 'dynamodb:attributes': ['ID', 'Message'] },
      ],
      [
        'deny',
        'dynamodb:GetItem',
        'arn:aws:dynamodb:us-east-1:123456789012:table/Thread',
        { 'dynamodb:attributes': ['ID', 'PostDateTime'] },
      ],
    ],
  },
  {
    name: 'Numeric conditions: a list of ten keys at most',
    kind: 'identity',
    document: version({
      Effect: 'Allow',
      Action: 's3:ListBucket',
      Resource: 'arn:aws:s3:::amzn-s3-demo-bucket',
      Condition: { NumericLessThanEquals: { 's3:max-keys': '10' } },
    }),
    asks: [
      ['allow', 's3:ListBucket', 'arn:aws:s3:::amzn-s3-demo-bucket', { 's3:max-keys': '10' }],
      ['deny', 's3:ListBucket', 'arn:aws:s3:::amzn-s3-demo-bucket', { 's3:max-keys': '11' }],
      ['deny', 's3:ListBucket', 'arn:aws:s3:::amzn-s3-demo-bucket'],
    ],
  },
  {
    name: 'Bedrock: deny inference with models other than those named',
    kind: 'identity',
    with: { identity: [all] },
    document: version({
      Effect: 'Deny',
      Action: ['bedrock:InvokeModel', 'bedrock:InvokeModelWithResponseStream'],
      Resource: 'arn:aws:bedrock:*::foundation-model/anthropic.*',
    }),
    asks: [
      [
        'deny',
        'bedrock:InvokeModel',
        'arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-3-haiku-20240307-v1:0',
      ],
      ['allow', 'bedrock:InvokeModel', 'arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0'],
    ],
  },
  {
    name: 'S3: grants anonymous users read-only permission',
    kind: 'resource',
    document: version({
      Sid: 'PublicRead',
      Effect: 'Allow',
      Principal: '*',
      Action: ['s3:GetObject', 's3:GetObjectVersion'],
      Resource: ['arn:aws:s3:::amzn-s3-demo-bucket/*'],
    }),
    asks: [
      ['allow', 's3:GetObject', 'arn:aws:s3:::amzn-s3-demo-bucket/a', {}, anyone],
      ['deny', 's3:PutObject', 'arn:aws:s3:::amzn-s3-demo-bucket/a', {}, anyone],
      ['deny', 's3:GetObject', 'arn:aws:s3:::amzn-s3-demo-bucket', {}, anyone],
    ],
  },
  {
    name: 'S3: restricts access to HTTPS requests',
    kind: 'resource',
    document: version(
      { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: 'arn:aws:s3:::amzn-s3-demo-bucket/*' },
      {
        Sid: 'RestrictToTLSRequestsOnly',
        Effect: 'Deny',
        Principal: '*',
        Action: 's3:*',
        Resource: ['arn:aws:s3:::amzn-s3-demo-bucket', 'arn:aws:s3:::amzn-s3-demo-bucket/*'],
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      },
    ),
    asks: [
      ['allow', 's3:GetObject', 'arn:aws:s3:::amzn-s3-demo-bucket/a', { 'aws:securetransport': 'true' }, anyone],
      ['deny', 's3:GetObject', 'arn:aws:s3:::amzn-s3-demo-bucket/a', { 'aws:securetransport': 'false' }, anyone],
    ],
  },
  {
    name: 'S3: restricts access to a specific HTTP referer',
    kind: 'resource',
    document: version({
      Effect: 'Allow',
      Principal: '*',
      Action: ['s3:GetObject'],
      Resource: 'arn:aws:s3:::amzn-s3-demo-bucket/*',
      Condition: { StringLike: { 'aws:Referer': ['http://www.example.com/*', 'http://example.com/*'] } },
    }),
    asks: [
      [
        'allow',
        's3:GetObject',
        'arn:aws:s3:::amzn-s3-demo-bucket/a',
        { 'aws:referer': 'http://example.com/page' },
        anyone,
      ],
      ['deny', 's3:GetObject', 'arn:aws:s3:::amzn-s3-demo-bucket/a', { 'aws:referer': 'http://example.org/' }, anyone],
      ['deny', 's3:GetObject', 'arn:aws:s3:::amzn-s3-demo-bucket/a', {}, anyone],
    ],
  },
  {
    name: 'S3: a log or inventory service may write for this account’s bucket only (confused deputy)',
    kind: 'resource',
    document: version({
      Sid: 'InventoryPolicy',
      Effect: 'Allow',
      Principal: { Service: 's3.amazonaws.com' },
      Action: 's3:PutObject',
      Resource: ['arn:aws:s3:::amzn-s3-demo-destination-bucket/*'],
      Condition: {
        ArnLike: { 'aws:SourceArn': 'arn:aws:s3:::amzn-s3-demo-source-bucket' },
        StringEquals: { 'aws:SourceAccount': '123456789012', 's3:x-amz-acl': 'bucket-owner-full-control' },
      },
    }),
    asks: [
      [
        'allow',
        's3:PutObject',
        'arn:aws:s3:::amzn-s3-demo-destination-bucket/x',
        {
          'aws:sourcearn': 'arn:aws:s3:::amzn-s3-demo-source-bucket',
          'aws:sourceaccount': '123456789012',
          's3:x-amz-acl': 'bucket-owner-full-control',
        },
        service('s3.amazonaws.com'),
      ],
      [
        'deny',
        's3:PutObject',
        'arn:aws:s3:::amzn-s3-demo-destination-bucket/x',
        {
          'aws:sourcearn': 'arn:aws:s3:::someone-elses',
          'aws:sourceaccount': '999999999999',
          's3:x-amz-acl': 'bucket-owner-full-control',
        },
        service('s3.amazonaws.com'),
      ],
      ['deny', 's3:PutObject', 'arn:aws:s3:::amzn-s3-demo-destination-bucket/x', {}, service('s3.amazonaws.com')],
    ],
  },
  {
    name: 'S3: access to all of an organization, and to nobody else',
    kind: 'resource',
    with: { identity: [all] },
    document: version({
      Effect: 'Allow',
      Principal: '*',
      Action: 's3:GetObject',
      Resource: 'arn:aws:s3:::amzn-s3-demo-bucket/*',
      Condition: { StringEquals: { 'aws:PrincipalOrgID': ['o-aa111bb222'] } },
    }),
    asks: [
      [
        'allow',
        's3:GetObject',
        'arn:aws:s3:::amzn-s3-demo-bucket/a',
        { 'aws:principalorgid': 'o-aa111bb222' },
        person('eve', '999999999999'),
      ],
      [
        'deny',
        's3:GetObject',
        'arn:aws:s3:::amzn-s3-demo-bucket/a',
        { 'aws:principalorgid': 'o-other' },
        person('eve', '999999999999'),
      ],
    ],
  },
  {
    name: 'KMS: the default key policy leaves it to the account’s IAM policies',
    kind: 'resource',
    with: {
      closed: true,
      identity: [
        namedPolicy(
          {
            id: 'k',
            from: '',
            document: JSON.stringify(version({ Effect: 'Allow', Action: 'kms:Decrypt', Resource: '*' })),
          },
          'identity',
        ),
      ],
    },
    document: version({
      Sid: 'Enable IAM User Permissions',
      Effect: 'Allow',
      Principal: { AWS: 'arn:aws:iam::123456789012:root' },
      Action: 'kms:*',
      Resource: '*',
    }),
    asks: [
      ['allow', 'kms:Decrypt', 'arn:aws:kms:us-east-1:123456789012:key/1'],
      ['deny', 'kms:Encrypt', 'arn:aws:kms:us-east-1:123456789012:key/1'],
      ['deny', 'kms:Decrypt', 'arn:aws:kms:us-east-1:123456789012:key/1', {}, person('eve', '999999999999')],
    ],
  },
  {
    name: 'Variables are text in policies of version 2008-10-17',
    kind: 'identity',
    document: {
      Version: '2008-10-17',
      Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::b/${aws:username}' }],
    },
    asks: [
      ['deny', 's3:GetObject', 'arn:aws:s3:::b/ann', { 'aws:username': 'ann' }],
      ['allow', 's3:GetObject', 'arn:aws:s3:::b/${aws:username}', { 'aws:username': 'ann' }],
    ],
  },
  {
    name: 'A default stands in for a variable that the request lacks',
    kind: 'identity',
    document: version({
      Effect: 'Allow',
      Action: ['s3:GetObject'],
      Resource: "arn:aws:s3:::amzn-s3-demo-bucket/${aws:PrincipalTag/team, 'company-wide'}/*",
    }),
    asks: [
      ['allow', 's3:GetObject', 'arn:aws:s3:::amzn-s3-demo-bucket/company-wide/a'],
      ['allow', 's3:GetObject', 'arn:aws:s3:::amzn-s3-demo-bucket/yellow/a', { 'aws:principaltag/team': 'yellow' }],
      [
        'deny',
        's3:GetObject',
        'arn:aws:s3:::amzn-s3-demo-bucket/company-wide/a',
        { 'aws:principaltag/team': 'yellow' },
      ],
    ],
  },
  {
    name: 'SCP: deny access to AWS services outside a list, in every account below',
    kind: 'service-control',
    with: { identity: [all] },
    document: version({ Effect: 'Allow', Action: ['s3:*', 'bedrock:*'], Resource: '*' }),
    asks: [
      ['allow', 'bedrock:ListFoundationModels', '*'],
      ['deny', 'ec2:RunInstances', '*'],
    ],
  },
  {
    name: 'SCP: prevent member accounts from leaving the organization',
    kind: 'service-control',
    with: { identity: [all] },
    document: version(
      { Effect: 'Allow', Action: '*', Resource: '*' },
      { Effect: 'Deny', Action: ['organizations:LeaveOrganization'], Resource: '*' },
    ),
    asks: [
      ['deny', 'organizations:LeaveOrganization', '*'],
      ['allow', 'organizations:DescribeOrganization', '*'],
    ],
  },
];

describe('AWS’s documented examples', () => {
  it.each(EXAMPLES)('$name', ({ kind, document, asks, with: given = {} }) => {
    const policy = namedPolicy({ id: 'example', from: '', document: JSON.stringify(document) }, kind);
    const sources: Sources = {
      identity: [...(given.identity ?? []), ...(kind === 'identity' ? [policy] : [])],
      resource: kind === 'resource' ? [policy] : [],
      owner: ACCOUNT,
      ...(kind === 'service-control' ? { serviceControl: [{ node: 'r-1', policies: [policy] }] } : {}),
      ...(given.closed ? { closed: true } : {}),
    };
    for (const [expected, action, resource, context = {}, principal = person('ann')] of asks) {
      const { allowed } = decide({ principal, action, resource, context: (key) => context[key] }, sources);
      expect(allowed ? 'allow' : 'deny', `${action} on ${resource} with ${JSON.stringify(context)}`).toBe(expected);
    }
  });
});
