import { UpdateAssumeRolePolicyCommand } from '@aws-sdk/client-iam';
import {
  CreateBucketCommand,
  HeadObjectCommand,
  PutBucketPolicyCommand,
  PutBucketReplicationCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { AssumeRoleCommand, AssumeRoleWithSAMLCommand, STSClient } from '@aws-sdk/client-sts';
import { CreateSAMLProviderCommand } from '@aws-sdk/client-iam';
import { describe, expect, it } from 'vitest';
import { generator } from '../../src/kernel/ids.ts';
import { ACCOUNT, allow, identities, policy, refusal, trust } from '../identities.ts';
import { samlIdentityProvider } from '../saml-provider.ts';
import { startForTests, testSeed } from '../start.ts';

const random = generator(testSeed('threats: confused deputy'));
const fresh = (prefix: string) => `${prefix}-${Math.floor(random() * 1e9)}`;
const outcrop = await startForTests({ clock: { frozenAt: new Date('2031-05-05T12:00:00Z') } });
const { iam, as, user, role } = identities(outcrop);
const s3 = new S3Client(outcrop.clients);

/** A versioned bucket. */
async function bucket(name: string): Promise<string> {
  const Bucket = fresh(name);
  await s3.send(new CreateBucketCommand({ Bucket }));
  await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
  return Bucket;
}
const replicate = (from: string, to: string, Role: string) =>
  s3.send(
    new PutBucketReplicationCommand({
      Bucket: from,
      ReplicationConfiguration: {
        Role,
        Rules: [
          {
            ID: 'all',
            Priority: 1,
            Status: 'Enabled',
            Filter: { Prefix: '' },
            DeleteMarkerReplication: { Status: 'Disabled' },
            Destination: { Bucket: `arn:aws:s3:::${to}` },
          },
        ],
      },
    }),
  );
/** How the replication of a new object ended. */
async function replicated(from: string): Promise<string | undefined> {
  const Key = fresh('key');
  await s3.send(new PutObjectCommand({ Bucket: from, Key, Body: 'x' }));
  await outcrop.clock.advance(60_000);
  return (await s3.send(new HeadObjectCommand({ Bucket: from, Key }))).ReplicationStatus;
}

describe('A role that trusts a service', () => {
  it('can hold it to the resource and the account it works for: elsewhere the service is refused as anyone', async () => {
    const [mine, others, target] = [await bucket('mine'), await bucket('others'), await bucket('target')];
    const held = await role(
      fresh('held'),
      trust(
        { Service: 's3.amazonaws.com' },
        {
          Condition: {
            StringEquals: { 'aws:SourceAccount': ACCOUNT },
            ArnEquals: { 'aws:SourceArn': `arn:aws:s3:::${mine}` },
          },
        },
      ),
      allow('s3:*'),
    );
    await replicate(mine, target, held.arn);
    await replicate(others, target, held.arn);
    expect(await replicated(mine)).toBe('COMPLETED');
    expect(await replicated(others)).toBe('FAILED');
    await iam.send(
      new UpdateAssumeRolePolicyCommand({
        RoleName: held.name,
        PolicyDocument: trust(
          { Service: 's3.amazonaws.com' },
          { Condition: { StringEquals: { 'aws:SourceAccount': '111122223333' } } },
        ),
      }),
    );
    expect(await replicated(mine)).toBe('FAILED');
  });

  it('lets in that service and no other, and nobody who only says to be it', async () => {
    const [from, to] = [await bucket('from'), await bucket('to')];
    const ofOther = await role(fresh('ofOther'), trust({ Service: 'ec2.amazonaws.com' }), allow('s3:*'));
    await replicate(from, to, ofOther.arn);
    expect(await replicated(from)).toBe('FAILED');
    const meant = await role(fresh('meant'), trust({ Service: 's3.amazonaws.com' }), allow('s3:*'));
    const impostor = await user(fresh('s3.amazonaws.com'), allow('sts:*'));
    for (const RoleSessionName of ['s3.amazonaws.com', 's3-replication'])
      expect(
        (
          await refusal(
            new STSClient(impostor.clients).send(new AssumeRoleCommand({ RoleArn: meant.arn, RoleSessionName })),
          )
        ).name,
      ).toBe('AccessDenied');
  });

  it('gives the service what the role may, not what whoever set it up may', async () => {
    const [from, to] = [await bucket('from'), await bucket('to')];
    const weak = await role(fresh('weak'), trust({ Service: 's3.amazonaws.com' }), allow('s3:Get*'));
    await replicate(from, to, weak.arn);
    expect(await replicated(from)).toBe('FAILED');
  });
});

describe('A resource that trusts a service', () => {
  it('is not opened to users who send the keys of a service call as their own', async () => {
    const Bucket = await bucket('logs');
    const Policy = policy({
      Effect: 'Allow',
      Action: 's3:PutObject',
      Principal: { Service: 'logging.s3.amazonaws.com' },
      Resource: `arn:aws:s3:::${Bucket}/*`,
      Condition: { StringEquals: { 'aws:SourceAccount': ACCOUNT } },
    });
    await s3.send(new PutBucketPolicyCommand({ Bucket, Policy }));
    const guest = await user(fresh('guest'));
    const mine = new S3Client(guest.clients);
    mine.middlewareStack.add(
      (next) => (args) => {
        Object.assign((args.request as { headers: Record<string, string> }).headers, {
          'x-amz-source-account': ACCOUNT,
          'x-amz-source-arn': `arn:aws:s3:::${Bucket}`,
          'x-amz-source-identity': 'logging.s3.amazonaws.com',
        });
        return next(args);
      },
      { step: 'build' },
    );
    expect((await refusal(mine.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x' })))).name).toBe('AccessDenied');
  });
});

describe('A role for a third party', () => {
  it('is not assumed for one customer with the id of another', async () => {
    const [one, two] = [fresh('customer'), fresh('customer')];
    const vendor = await user(fresh('vendor'), allow('sts:AssumeRole'));
    const roleOf = (customer: string) =>
      role(
        fresh('for'),
        trust({ AWS: vendor.arn }, { Condition: { StringEquals: { 'sts:ExternalId': customer } } }),
        allow('s3:*'),
      );
    const [first, second] = [await roleOf(one), await roleOf(two)];
    const enter = (RoleArn: string, ExternalId?: string) =>
      new STSClient(vendor.clients).send(
        new AssumeRoleCommand({
          RoleArn,
          RoleSessionName: 'vendor',
          ...(ExternalId === undefined ? {} : { ExternalId }),
        }),
      );
    await enter(first.arn, one);
    await enter(second.arn, two);
    for (const wrong of [two, undefined, `${one}/`, one.toUpperCase()])
      expect((await refusal(enter(first.arn, wrong))).name, wrong).toBe('AccessDenied');
    for (const pattern of ['*', `${one.slice(0, -1)}?`, '${sts:ExternalId}'])
      expect(['AccessDenied', 'ValidationError'], pattern).toContain((await refusal(enter(first.arn, pattern))).name);
  });
});

describe('An identity provider', () => {
  it('vouches for nobody in a role that trusts another provider, whatever its assertion says', async () => {
    const made = async (name: string) => {
      const idp = samlIdentityProvider(`https://${name}.example.com`);
      const { SAMLProviderArn } = await iam.send(
        new CreateSAMLProviderCommand({ Name: name, SAMLMetadataDocument: idp.metadata }),
      );
      return { ...idp, arn: SAMLProviderArn! };
    };
    const [trusted, other] = [await made(fresh('trusted')), await made(fresh('other'))];
    const staff = await role(
      fresh('staff'),
      trust({ Federated: trusted.arn }, { Action: 'sts:AssumeRoleWithSAML' }),
      allow('s3:*'),
    );
    const signIn = (by: typeof trusted, PrincipalArn: string, pair: string, issuer?: string) =>
      new STSClient(outcrop.clients).send(
        new AssumeRoleWithSAMLCommand({
          RoleArn: staff.arn,
          PrincipalArn,
          SAMLAssertion: by.assert({
            at: outcrop.clock.now(),
            attributes: { Role: pair, RoleSessionName: 'anna' },
            ...(issuer === undefined ? {} : { issuer }),
          }),
        }),
      );
    const { Credentials } = await signIn(trusted, trusted.arn, `${staff.arn},${trusted.arn}`);
    expect(as(Credentials).credentials.accessKeyId).toMatch(/^ASIA/);
    expect((await refusal(signIn(other, other.arn, `${staff.arn},${other.arn}`))).message).toBe(
      'Not authorized to perform sts:AssumeRoleWithSAML',
    );
    expect((await refusal(signIn(other, trusted.arn, `${staff.arn},${trusted.arn}`))).name).toBe(
      'InvalidIdentityTokenException',
    );
    expect((await refusal(signIn(other, trusted.arn, `${staff.arn},${trusted.arn}`, trusted.entityId))).message).toBe(
      'Response signature invalid',
    );
    expect((await refusal(signIn(other, other.arn, `${staff.arn},${other.arn}`, trusted.entityId))).message).toBe(
      'Issuer not present in specified provider',
    );
  });
});
