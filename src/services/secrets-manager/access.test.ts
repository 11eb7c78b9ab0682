import { CloudTrailClient, LookupEventsCommand } from '@aws-sdk/client-cloudtrail';
import {
  BatchGetSecretValueCommand,
  CreateSecretCommand,
  DeleteResourcePolicyCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetResourcePolicyCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  PutResourcePolicyCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateSecretCommand,
  ValidateResourcePolicyCommand,
} from '@aws-sdk/client-secrets-manager';
import {
  CreateAliasCommand,
  CreateKeyCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  KMSClient,
  PutKeyPolicyCommand,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms';
import { CreateOrganizationCommand, OrganizationsClient } from '@aws-sdk/client-organizations';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { describe, expect, it } from 'vitest';
import { accountsOf } from '../../../tests/accounts.ts';
import { ACCOUNT, allow, identities, policy, refusal, trust } from '../../../tests/identities.ts';
import { openSecrets } from './secrets.fixture.ts';

const { outcrop, secrets, make, text, newName, integer } = await openSecrets('access');
const { user, role, as } = identities(outcrop);
const kms = new KMSClient(outcrop.clients);
let serial = 0;
const read = (client: SecretsManagerClient, SecretId: string, more: object = {}) =>
  client.send(new GetSecretValueCommand({ SecretId, ...more }));
const outcome = (call: Promise<unknown>) =>
  call.then(
    () => 'allowed',
    (error: Error) => error.name,
  );
const DENIED = 'AccessDeniedException';
/** A client of a user with these policies beside the right to use the AWS managed key. */
async function withRights(document: string) {
  const { clients, arn } = await user(`user-${serial++}`, document);
  return { client: new SecretsManagerClient(clients), arn };
}

describe('who may read a secret', () => {
  it('is told by name, tag and version stage', async () => {
    const mine = await make({ tags: { project: 'blue' } });
    const other = await make({ tags: { project: 'red' } });
    await secrets.send(new PutSecretValueCommand({ SecretId: mine.arn, SecretString: text() }));
    const byName = await withRights(allow('secretsmanager:GetSecretValue', `${mine.arn.slice(0, -6)}??????`));
    const byTag = await withRights(
      allow('secretsmanager:GetSecretValue', '*', {
        Condition: { StringEquals: { 'secretsmanager:ResourceTag/project': 'blue' } },
      }),
    );
    const byStage = await withRights(
      allow('secretsmanager:GetSecretValue', '*', {
        Condition: { 'ForAnyValue:StringEquals': { 'secretsmanager:VersionStage': 'AWSCURRENT' } },
      }),
    );
    for (const { client } of [byName, byTag]) {
      expect(await outcome(read(client, mine.name))).toBe('allowed');
      expect(await outcome(read(client, mine.arn))).toBe('allowed');
      expect(await outcome(read(client, other.arn))).toBe(DENIED);
    }
    expect(await outcome(read(byStage.client, other.name))).toBe('allowed');
    expect(await outcome(read(byStage.client, mine.name, { VersionStage: 'AWSPREVIOUS' }))).toBe(DENIED);
    expect(await outcome(byName.client.send(new DescribeSecretCommand({ SecretId: mine.arn })))).toBe(DENIED);
  });

  it('is told by the policy on the secret, which lets in and keeps out', async () => {
    const { arn, value } = await make();
    const guest = await withRights(policy({ Effect: 'Allow', Action: 'sts:GetCallerIdentity', Resource: '*' }));
    expect(await outcome(read(guest.client, arn))).toBe(DENIED);
    const put = (document: string) =>
      secrets.send(new PutResourcePolicyCommand({ SecretId: arn, ResourcePolicy: document }));
    await put(allow('secretsmanager:GetSecretValue', '*', { Principal: { AWS: guest.arn } }));
    expect((await read(guest.client, arn)).SecretString).toBe(value);

    const admin = await withRights(allow('*'));
    await put(
      policy({ Effect: 'Deny', Principal: { AWS: admin.arn }, Action: 'secretsmanager:GetSecretValue', Resource: '*' }),
    );
    expect(await refusal(read(admin.client, arn))).toMatchObject({
      name: DENIED,
      message: `User: ${admin.arn} is not authorized to perform: secretsmanager:GetSecretValue on resource: ${arn} with an explicit deny in a resource-based policy`,
    });
    await secrets.send(new DeleteResourcePolicyCommand({ SecretId: arn }));
    expect(await outcome(read(admin.client, arn))).toBe('allowed');
    expect(await outcome(read(guest.client, arn))).toBe(DENIED);
  });

  it('of a session of a role is what the role may', async () => {
    const { arn } = await make();
    const other = await make();
    const { arn: roleArn } = await role(
      `reader-${serial++}`,
      trust({ AWS: `arn:aws:iam::${ACCOUNT}:root` }),
      allow('secretsmanager:GetSecretValue', arn),
    );
    const caller = await user(`caller-${serial++}`, allow('sts:AssumeRole'));
    const { Credentials } = await new STSClient(caller.clients).send(
      new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: 'app' }),
    );
    const client = new SecretsManagerClient(as(Credentials));
    expect(await outcome(read(client, arn))).toBe('allowed');
    expect(await outcome(read(client, other.arn))).toBe(DENIED);
  });
});

describe('another account', async () => {
  const { createAccount, assume } = accountsOf(outcrop);
  await new OrganizationsClient(outcrop.clients).send(new CreateOrganizationCommand({}));
  const account = await createAccount();
  const abroad = new SecretsManagerClient(await assume(account));
  const share = (SecretId: string, Action: string | string[]) =>
    secrets.send(
      new PutResourcePolicyCommand({ SecretId, ResourcePolicy: allow(Action, '*', { Principal: { AWS: account } }) }),
    );

  it('reads a secret whose policy and whose key let it in, by its ARN', async () => {
    const { KeyMetadata } = await kms.send(
      new CreateKeyCommand({
        Policy: policy(
          { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` }, Action: 'kms:*', Resource: '*' },
          {
            Effect: 'Allow',
            Principal: { AWS: account },
            Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
            Resource: '*',
          },
        ),
      }),
    );
    const Name = newName();
    const value = text();
    const { ARN } = await secrets.send(
      new CreateSecretCommand({ Name, SecretString: value, KmsKeyId: KeyMetadata!.Arn! }),
    );
    expect(await outcome(read(abroad, ARN!))).toBe(DENIED);
    await share(ARN!, 'secretsmanager:GetSecretValue');
    expect((await read(abroad, ARN!)).SecretString).toBe(value);
    expect(await outcome(read(abroad, Name))).toBe('ResourceNotFoundException');
    const put = () => abroad.send(new PutSecretValueCommand({ SecretId: ARN!, SecretString: 'theirs' }));
    expect(await outcome(put())).toBe(DENIED);
    await share(ARN!, ['secretsmanager:GetSecretValue', 'secretsmanager:PutSecretValue']);
    await put();
    expect((await read(secrets, Name)).SecretString).toBe('theirs');
  });

  it('never reads what is under the key that AWS manages', async () => {
    const { arn } = await make();
    await share(arn, 'secretsmanager:*');
    expect(await refusal(read(abroad, arn))).toMatchObject({
      name: 'InvalidRequestException',
      message:
        "You can't access a secret from a different AWS account if you encrypt the secret with the default KMS service key.",
    });
  });

  it('has secrets of its own by the same names', async () => {
    const { name, value } = await make();
    await abroad.send(new CreateSecretCommand({ Name: name, SecretString: 'its own' }));
    expect((await read(abroad, name)).SecretString).toBe('its own');
    expect((await read(secrets, name)).SecretString).toBe(value);
  });
});

describe('condition keys of requests', () => {
  it('hold making, deleting and policies to what a policy says', async () => {
    const team = await withRights(
      policy(
        {
          Effect: 'Allow',
          Action: 'secretsmanager:CreateSecret',
          Resource: '*',
          Condition: { StringLike: { 'secretsmanager:Name': 'team/*' } },
        },
        {
          Effect: 'Allow',
          Action: 'secretsmanager:DeleteSecret',
          Resource: '*',
          Condition: { NumericGreaterThanEquals: { 'secretsmanager:RecoveryWindowInDays': '14' } },
        },
        {
          Effect: 'Allow',
          Action: 'secretsmanager:PutResourcePolicy',
          Resource: '*',
          Condition: { Bool: { 'secretsmanager:BlockPublicPolicy': 'true' } },
        },
      ),
    );
    const create = (Name: string, more: object = {}) =>
      outcome(team.client.send(new CreateSecretCommand({ Name, SecretString: 'x', ...more })));
    const Name = `team/${serial++}`;
    expect(await create(Name)).toBe('allowed');
    expect(await create(`other/${serial++}`)).toBe(DENIED);
    expect(await create(`team/${serial++}`, { Tags: [{ Key: 'a', Value: 'b' }] })).toBe(DENIED);
    const remove = (more: object) => outcome(team.client.send(new DeleteSecretCommand({ SecretId: Name, ...more })));
    expect(await remove({ RecoveryWindowInDays: 7 })).toBe(DENIED);
    expect(await remove({ ForceDeleteWithoutRecovery: true })).toBe(DENIED);
    const put = (more: object) =>
      outcome(
        team.client.send(
          new PutResourcePolicyCommand({
            SecretId: Name,
            ResourcePolicy: allow('secretsmanager:GetSecretValue', '*', { Principal: { AWS: ACCOUNT } }),
            ...more,
          }),
        ),
      );
    expect(await put({})).toBe(DENIED);
    expect(await put({ BlockPublicPolicy: true })).toBe('allowed');
    expect(await remove({ RecoveryWindowInDays: 20 })).toBe('allowed');
  });
});

describe('tags of requests', () => {
  it('hold making and tagging to what a policy says', async () => {
    const { client } = await withRights(
      allow(['secretsmanager:CreateSecret', 'secretsmanager:TagResource'], '*', {
        Condition: {
          StringEquals: { 'aws:RequestTag/team': 'ml' },
          'ForAllValues:StringEquals': { 'aws:TagKeys': ['team'] },
        },
      }),
    );
    const create = (Tags: { Key: string; Value: string }[]) =>
      outcome(client.send(new CreateSecretCommand({ Name: newName(), SecretString: 'x', Tags })));
    expect(await create([{ Key: 'team', Value: 'ml' }])).toBe('allowed');
    expect(await create([{ Key: 'team', Value: 'web' }])).toBe(DENIED);
    expect(
      await create([
        { Key: 'team', Value: 'ml' },
        { Key: 'cost', Value: '1' },
      ]),
    ).toBe(DENIED);
    expect(await create([])).toBe(DENIED);
    const { arn } = await make();
    const tag = (Key: string) =>
      outcome(client.send(new TagResourceCommand({ SecretId: arn, Tags: [{ Key, Value: 'ml' }] })));
    expect(await tag('team')).toBe('allowed');
    expect(await tag('cost')).toBe(DENIED);
  });
});

describe('tags of a secret', () => {
  it('cannot be changed by a caller who would have no right to it after', async () => {
    const { arn } = await make({ tags: { team: 'ml', cost: '1' } });
    const { client } = await withRights(
      allow(['secretsmanager:TagResource', 'secretsmanager:UntagResource'], '*', {
        Condition: { StringEquals: { 'secretsmanager:ResourceTag/team': 'ml' } },
      }),
    );
    const tag = (Key: string, Value: string) =>
      outcome(client.send(new TagResourceCommand({ SecretId: arn, Tags: [{ Key, Value }] })));
    const untag = (key: string) => outcome(client.send(new UntagResourceCommand({ SecretId: arn, TagKeys: [key] })));
    expect(await tag('cost', '2')).toBe('allowed');
    expect(await tag('team', 'web')).toBe(DENIED);
    expect(await untag('team')).toBe(DENIED);
    expect(await untag('cost')).toBe('allowed');
    const { Tags } = await secrets.send(new DescribeSecretCommand({ SecretId: arn }));
    expect(Tags).toEqual([{ Key: 'team', Value: 'ml' }]);
  });
});

describe('BatchGetSecretValue', () => {
  it('decides on each secret by itself, and tells of each that fails', async () => {
    const made = [await make(), await make(), await make()];
    const none = newName();
    const { client, arn } = await withRights(
      policy(
        { Effect: 'Allow', Action: 'secretsmanager:BatchGetSecretValue', Resource: '*' },
        {
          Effect: 'Allow',
          Action: 'secretsmanager:GetSecretValue',
          Resource: [made[0]!.arn, made[2]!.arn, `arn:aws:secretsmanager:*:*:secret:${none}`],
        },
      ),
    );
    const { SecretValues, Errors } = await client.send(
      new BatchGetSecretValueCommand({ SecretIdList: [...made.map(({ name }) => name), none] }),
    );
    expect(SecretValues!.map(({ SecretString }) => SecretString)).toEqual([made[0]!.value, made[2]!.value]);
    expect(Errors).toMatchObject([
      { SecretId: made[1]!.name, ErrorCode: DENIED, Message: expect.stringContaining(`${arn} is not authorized`) },
      { SecretId: none, ErrorCode: 'ResourceNotFoundException' },
    ]);
    const { Events } = await new CloudTrailClient(outcrop.clients).send(
      new LookupEventsCommand({ LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: 'GetSecretValue' }] }),
    );
    const mine = Events!
      .map((event) => JSON.parse(event.CloudTrailEvent!) as { errorCode?: string; userIdentity: { arn: string } })
      .filter(({ userIdentity }) => userIdentity.arn === arn);
    expect(mine).toHaveLength(4);
    expect(mine.filter(({ errorCode }) => errorCode === undefined)).toHaveLength(2);
    const byFilter = client.send(new BatchGetSecretValueCommand({ Filters: [{ Key: 'name', Values: ['app'] }] }));
    expect((await refusal(byFilter)).message).toContain('secretsmanager:ListSecrets');
  });

  it('goes by filters, page by page', async () => {
    const prefix = `batch-${serial++}`;
    const values = new Map<string, string>();
    for (let at = integer(23, 30); at > 0; at--) {
      const { name, value } = await make({ name: `${prefix}/${at}` });
      values.set(name, value);
    }
    const found = new Map<string, string>();
    let NextToken: string | undefined;
    do {
      const page = await secrets.send(
        new BatchGetSecretValueCommand({
          Filters: [{ Key: 'name', Values: [prefix] }],
          ...(NextToken ? { NextToken } : {}),
        }),
      );
      expect(page.SecretValues!.length).toBeLessThanOrEqual(20);
      for (const { Name, SecretString } of page.SecretValues!) found.set(Name!, SecretString!);
      ({ NextToken } = page);
    } while (NextToken);
    expect(found).toEqual(values);
  });

  it('takes a list or filters', async () => {
    const refused = async (input: object) => (await refusal(secrets.send(new BatchGetSecretValueCommand(input)))).name;
    expect(await refused({})).toBe('InvalidParameterException');
    expect(await refused({ SecretIdList: ['a'], Filters: [] })).toBe('InvalidParameterException');
    expect(await refused({ SecretIdList: ['a'], MaxResults: 3 })).toBe('InvalidRequestException');
  });
});

describe('a policy on a secret', () => {
  const statement = (more: object) =>
    policy({ Effect: 'Allow', Principal: '*', Action: 'secretsmanager:GetSecretValue', Resource: '*', ...more });
  const condition = (operator: string, key: string, value: string | string[]) =>
    statement({ Condition: { [operator]: { [key]: value } } });

  it.each([
    ['everyone', statement({})],
    ['everyone by AWS', statement({ Principal: { AWS: '*' } })],
    [
      'everyone but one',
      policy({ Effect: 'Allow', NotPrincipal: { AWS: '111122223333' }, Action: 'secretsmanager:*', Resource: '*' }),
    ],
    ['who is not of an organization', condition('StringNotEquals', 'aws:PrincipalOrgID', 'o-abcdefghij')],
    ['who is of one, if of any', condition('StringEqualsIfExists', 'aws:PrincipalOrgID', 'o-abcdefghij')],
    ['any account', condition('StringLike', 'aws:PrincipalAccount', '*')],
    ['any principal', condition('ArnLike', 'aws:PrincipalArn', 'arn:aws:iam::*:role/app')],
    ['the whole internet', condition('IpAddress', 'aws:SourceIp', '0.0.0.0/0')],
    ['browsers', condition('StringLike', 'aws:UserAgent', 'Mozilla*')],
    ['one account, or any', condition('StringLike', 'aws:PrincipalAccount', ['111122223333', '*'])],
  ])('that lets in %s is public: flagged, and blocked on request', async (_who, ResourcePolicy) => {
    const { arn } = await make();
    const answer = await secrets.send(new ValidateResourcePolicyCommand({ SecretId: arn, ResourcePolicy }));
    expect(answer.PolicyValidationPassed).toBe(false);
    expect(answer.ValidationErrors).toHaveLength(1);
    const block = new PutResourcePolicyCommand({ SecretId: arn, ResourcePolicy, BlockPublicPolicy: true });
    expect((await refusal(secrets.send(block))).name).toBe('PublicPolicyException');
    expect((await secrets.send(new GetResourcePolicyCommand({ SecretId: arn }))).ResourcePolicy).toBeUndefined();
  });

  it.each([
    ['one account', statement({ Principal: { AWS: '111122223333' } })],
    ['a service', statement({ Principal: { Service: 'rds.amazonaws.com' } })],
    ['an organization', condition('StringEquals', 'aws:PrincipalOrgID', 'o-abcdefghij')],
    ['roles of one account', condition('ArnLike', 'aws:PrincipalArn', 'arn:aws:iam::111122223333:role/*')],
    ['a network', condition('IpAddress', 'aws:SourceIp', '203.0.113.0/24')],
    ['nobody', policy({ Effect: 'Deny', Principal: '*', Action: 'secretsmanager:DeleteSecret', Resource: '*' })],
  ])('that lets in %s is not', async (_who, ResourcePolicy) => {
    const { arn } = await make();
    const answer = await secrets.send(new ValidateResourcePolicyCommand({ SecretId: arn, ResourcePolicy }));
    expect(answer).toMatchObject({ PolicyValidationPassed: true, ValidationErrors: [] });
    await secrets.send(new PutResourcePolicyCommand({ SecretId: arn, ResourcePolicy, BlockPublicPolicy: true }));
    expect((await secrets.send(new GetResourcePolicyCommand({ SecretId: arn }))).ResourcePolicy).toBe(ResourcePolicy);
  });

  it('that locks the caller out is flagged', async () => {
    const { arn } = await make();
    const ResourcePolicy = policy({ Effect: 'Deny', Principal: '*', Action: 'secretsmanager:*', Resource: '*' });
    const answer = await secrets.send(new ValidateResourcePolicyCommand({ SecretId: arn, ResourcePolicy }));
    expect(answer.ValidationErrors!.map(({ CheckName }) => CheckName)).toEqual(['LOCKOUT']);
  });

  it('that is none, or names nobody who is, is refused', async () => {
    const { arn } = await make();
    const refused = (ResourcePolicy: string) =>
      refusal(secrets.send(new PutResourcePolicyCommand({ SecretId: arn, ResourcePolicy })));
    expect((await refused('{')).name).toBe('MalformedPolicyDocumentException');
    expect((await refused(allow('secretsmanager:*'))).name).toBe('MalformedPolicyDocumentException');
    const nobody = statement({ Principal: { AWS: `arn:aws:iam::${ACCOUNT}:role/nobody-${serial}` } });
    expect(await refused(nobody)).toMatchObject({
      name: 'MalformedPolicyDocumentException',
      message: 'This resource policy contains an unsupported principal.',
    });
  });
});

describe('the key of a secret', () => {
  const newKey = async () => (await kms.send(new CreateKeyCommand({}))).KeyMetadata!;

  it('must be able to: a disabled one makes reading and writing fail until it is enabled', async () => {
    const { Arn: KmsKeyId } = await newKey();
    const Name = newName();
    const value = text();
    await secrets.send(new CreateSecretCommand({ Name, SecretString: value, KmsKeyId: KmsKeyId! }));
    expect((await secrets.send(new DescribeSecretCommand({ SecretId: Name }))).KmsKeyId).toBe(KmsKeyId);
    await kms.send(new DisableKeyCommand({ KeyId: KmsKeyId! }));
    expect((await refusal(read(secrets, Name))).name).toBe('DecryptionFailure');
    const put = () => secrets.send(new PutSecretValueCommand({ SecretId: Name, SecretString: 'x' }));
    expect((await refusal(put())).name).toBe('EncryptionFailure');
    await kms.send(new EnableKeyCommand({ KeyId: KmsKeyId! }));
    expect((await read(secrets, Name)).SecretString).toBe(value);
    await kms.send(new ScheduleKeyDeletionCommand({ KeyId: KmsKeyId! }));
    expect((await refusal(read(secrets, Name))).name).toBe('DecryptionFailure');
  });

  it('is the caller’s to use: without it the secret is closed', async () => {
    const { Arn: KmsKeyId } = await newKey();
    const Name = newName();
    const value = text();
    await secrets.send(new CreateSecretCommand({ Name, SecretString: value, KmsKeyId: KmsKeyId! }));
    const { client, arn } = await withRights(allow('secretsmanager:*'));
    expect(await refusal(read(client, Name))).toMatchObject({ name: DENIED, message: 'Access to KMS is not allowed' });
    await kms.send(
      new PutKeyPolicyCommand({
        KeyId: KmsKeyId!,
        Policy: policy(
          { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` }, Action: 'kms:*', Resource: '*' },
          {
            Effect: 'Allow',
            Principal: { AWS: arn },
            Action: 'kms:Decrypt',
            Resource: '*',
            Condition: {
              StringEquals: { 'kms:ViaService': 'secretsmanager.us-east-1.amazonaws.com' },
              StringLike: { 'kms:EncryptionContext:SecretARN': `*:secret:${Name}-*` },
            },
          },
        ),
      }),
    );
    expect((await read(client, Name)).SecretString).toBe(value);
  });

  it('can be changed: versions in use are under the new one then', async () => {
    const first = await newKey();
    const second = await newKey();
    const AliasName = `alias/secrets-${serial++}`;
    await kms.send(new CreateAliasCommand({ AliasName, TargetKeyId: second.KeyId! }));
    const Name = newName();
    const value = text();
    await secrets.send(new CreateSecretCommand({ Name, SecretString: value, KmsKeyId: first.KeyId! }));
    await secrets.send(new UpdateSecretCommand({ SecretId: Name, KmsKeyId: AliasName }));
    await kms.send(new DisableKeyCommand({ KeyId: first.KeyId! }));
    expect((await read(secrets, Name)).SecretString).toBe(value);
    await secrets.send(new UpdateSecretCommand({ SecretId: Name, KmsKeyId: '' }));
    await kms.send(new DisableKeyCommand({ KeyId: second.KeyId! }));
    expect((await read(secrets, Name)).SecretString).toBe(value);
    expect((await secrets.send(new DescribeSecretCommand({ SecretId: Name }))).KmsKeyId).toBeUndefined();
  });

  it('that is none makes the secret impossible', async () => {
    const create = secrets.send(
      new CreateSecretCommand({ Name: newName(), SecretString: 'x', KmsKeyId: 'alias/nothing' }),
    );
    expect((await refusal(create)).name).toBe('EncryptionFailure');
    const { SecretList } = await secrets.send(new ListSecretsCommand({ Filters: [{ Key: 'name', Values: ['zz'] }] }));
    expect(SecretList).toEqual([]);
  });
});
