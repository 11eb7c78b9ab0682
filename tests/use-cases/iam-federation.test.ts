import { CreateOpenIDConnectProviderCommand, CreateSAMLProviderCommand } from '@aws-sdk/client-iam';
import {
  CreateBucketCommand,
  GetObjectCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { AssumeRoleWithSAMLCommand, AssumeRoleWithWebIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { expect, it } from 'vitest';
import { generator } from '../../src/kernel/ids.ts';
import { identities, policy, refusal, trust } from '../identities.ts';
import { oidcIdentityProvider } from '../oidc-provider.ts';
import { samlIdentityProvider } from '../saml-provider.ts';
import { startForTests, testSeed } from '../start.ts';

/** Staff of a company sign in through its directory, with SAML or OpenID Connect; who may read what is decided by their department. */
it('iam.5: staff sign in from the corporate directory, and the tags of their sessions decide what they may', async () => {
  const random = generator(testSeed('iam.5'));
  const fresh = (prefix: string) => `${prefix}-${Math.floor(random() * 1e9)}`;
  const outcrop = await startForTests({
    clock: { frozenAt: new Date('2031-05-05T12:00:00Z') },
    allowPrivateFetch: true,
  });
  const { iam, as, role } = identities(outcrop);
  const now = () => outcrop.clock.now();
  const [red, blue] = [fresh('red'), fresh('blue')];

  // The identity engineer: both providers, and one role that lets each in to what belongs to their own department.
  const directory = samlIdentityProvider(`https://${fresh('idp')}.example.com/saml`);
  const { SAMLProviderArn: saml } = await iam.send(
    new CreateSAMLProviderCommand({ Name: 'Directory', SAMLMetadataDocument: directory.metadata }),
  );
  const portal = await oidcIdentityProvider();
  const client = fresh('client');
  const { OpenIDConnectProviderArn: oidc } = await iam.send(
    new CreateOpenIDConnectProviderCommand({
      Url: portal.registered,
      ClientIDList: [client],
      ThumbprintList: ['0'.repeat(40)],
    }),
  );
  const staff = await role(
    fresh('Staff'),
    policy(
      ...[
        {
          Federated: saml,
          by: 'AssumeRoleWithSAML',
          Condition: { StringEquals: { 'saml:aud': 'https://signin.aws.amazon.com/saml' } },
        },
        {
          Federated: oidc,
          by: 'AssumeRoleWithWebIdentity',
          Condition: { StringEquals: { [`${portal.bare}:aud`]: client } },
        },
      ].flatMap(
        ({ Federated, by, Condition }) =>
          (
            JSON.parse(trust({ Federated }, { Action: [`sts:${by}`, 'sts:TagSession'], Condition })) as {
              Statement: Record<string, unknown>[];
            }
          ).Statement,
      ),
    ),
    policy({
      Effect: 'Allow',
      Action: ['s3:GetObject', 's3:GetObjectTagging'],
      Resource: '*',
      Condition: { StringEquals: { 's3:ExistingObjectTag/department': '${aws:PrincipalTag/department}' } },
    }),
  );
  const root = new S3Client(outcrop.clients);
  const Bucket = fresh('papers');
  await root.send(new CreateBucketCommand({ Bucket }));
  for (const department of [red, blue]) {
    await root.send(new PutObjectCommand({ Bucket, Key: department, Body: `for ${department}` }));
    await root.send(
      new PutObjectTaggingCommand({
        Bucket,
        Key: department,
        Tagging: { TagSet: [{ Key: 'department', Value: department }] },
      }),
    );
  }

  // Staff sign in; nobody has a key.
  const sts = new STSClient({
    endpoint: outcrop.endpoint,
    region: outcrop.region,
    maxAttempts: 1,
    credentials: { accessKeyId: 'none', secretAccessKey: 'none' },
  });
  const assertion = (department: string, more: object = {}) =>
    directory.assert({
      at: now(),
      attributes: {
        Role: `${staff.arn},${saml}`,
        RoleSessionName: `anna@${department}`,
        'PrincipalTag:department': department,
      },
      ...more,
    });
  const bySaml = (SAMLAssertion: string) =>
    sts.send(new AssumeRoleWithSAMLCommand({ RoleArn: staff.arn, PrincipalArn: saml, SAMLAssertion }));
  const token = (department: string, more: object = {}, options: object = {}) =>
    portal.token(
      {
        at: now(),
        aud: client,
        sub: fresh('sub'),
        'https://aws.amazon.com/tags': { principal_tags: { department: [department] } },
        ...more,
      },
      options,
    );
  const byOidc = (WebIdentityToken: string) =>
    sts.send(new AssumeRoleWithWebIdentityCommand({ RoleArn: staff.arn, RoleSessionName: 'portal', WebIdentityToken }));

  for (const [mine, other] of [
    [red, blue],
    [blue, red],
  ] as const)
    for (const { Credentials } of [await bySaml(assertion(mine)), await byOidc(token(mine))]) {
      const s3 = new S3Client(as(Credentials));
      const read = async (Key: string) =>
        (await s3.send(new GetObjectCommand({ Bucket, Key }))).Body!.transformToString();
      expect(await read(mine)).toBe(`for ${mine}`);
      expect((await refusal(read(other))).name).toBe('AccessDenied');
    }

  // An assertion altered on its way, one for somebody else, one too old.
  const altered = Buffer.from(Buffer.from(assertion(red), 'base64').toString().replaceAll(red, blue)).toString(
    'base64',
  );
  expect(await refusal(bySaml(altered))).toMatchObject({
    name: 'InvalidIdentityTokenException',
    message: 'Response signature invalid',
  });
  expect((await refusal(bySaml(assertion(red, { audience: 'https://other.example.com' })))).message).toBe(
    'Response does not contain the required audience.',
  );
  const old = assertion(red);
  const oldToken = token(red, {}, { seconds: 300 });
  await outcrop.clock.advance(300_000);
  expect((await refusal(bySaml(old))).name).toBe('ExpiredTokenException');
  expect((await refusal(byOidc(oldToken))).name).toBe('ExpiredTokenException');
  expect((await refusal(byOidc(token(red, { aud: fresh('other') })))).message).toBe('Incorrect token audience');
  const [header, , signature] = token(red).split('.');
  const forged = Buffer.from(JSON.stringify({ iss: portal.url, aud: client, sub: 'root', iat: 1, exp: 4e9 })).toString(
    'base64url',
  );
  expect((await refusal(byOidc(`${header}.${forged}.${signature}`))).name).toBe('InvalidIdentityTokenException');
});
