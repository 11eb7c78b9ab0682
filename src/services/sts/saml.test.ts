import { CreateSAMLProviderCommand, DeleteSAMLProviderCommand } from '@aws-sdk/client-iam';
import { CreateBucketCommand, HeadBucketCommand, S3Client } from '@aws-sdk/client-s3';
import {
  AssumeRoleCommand,
  AssumeRoleWithSAMLCommand,
  GetCallerIdentityCommand,
  STSClient,
  type AssumeRoleWithSAMLCommandInput,
} from '@aws-sdk/client-sts';
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ACCOUNT, allow, identities, refusal, trust } from '../../../tests/identities.ts';
import { samlIdentityProvider, SIGN_IN, type SamlFacts } from '../../../tests/saml-provider.ts';
import { startForTests, testSeed } from '../../../tests/start.ts';
import { generator } from '../../kernel/ids.ts';

const random = generator(testSeed('sts saml'));
const outcrop = await startForTests({ clock: { frozenAt: new Date('2031-05-05T12:00:00Z') } });
const { iam, as, role } = identities(outcrop);
const fresh = (prefix: string) => `${prefix}-${Math.floor(random() * 1e9)}`;
/** A client without credentials, as a browser's sign-in page has none. */
const nobody = new STSClient({
  endpoint: outcrop.endpoint,
  region: outcrop.region,
  maxAttempts: 1,
  credentials: { accessKeyId: 'none', secretAccessKey: 'none' },
});

const idp = samlIdentityProvider('https://idp.example.com/saml');
const Name = fresh('Corp');
const { SAMLProviderArn } = await iam.send(new CreateSAMLProviderCommand({ Name, SAMLMetadataDocument: idp.metadata }));
const PrincipalArn = SAMLProviderArn!;
const trusting = (more: object = {}) =>
  trust(
    { Federated: PrincipalArn },
    { Action: ['sts:AssumeRoleWithSAML', 'sts:TagSession', 'sts:SetSourceIdentity'], ...more },
  );
const now = () => outcrop.clock.now();

/** Signs in; the assertion says that they may, unless told otherwise. */
const signIn = (RoleArn: string, facts: Partial<SamlFacts> = {}, input: Partial<AssumeRoleWithSAMLCommandInput> = {}) =>
  nobody.send(
    new AssumeRoleWithSAMLCommand({
      RoleArn,
      PrincipalArn,
      SAMLAssertion: idp.assert({
        at: now(),
        ...facts,
        attributes: { Role: `${RoleArn},${PrincipalArn}`, RoleSessionName: 'anna@example.com', ...facts.attributes },
      }),
      ...input,
    }),
  );

describe('Somebody whom a SAML identity provider vouches for', () => {
  it('gets a session of a role that trusts it, and is told who it is', async () => {
    const reader = await role(fresh('reader'), trusting(), allow('s3:*'), { Path: '/corp/' });
    const subject = fresh('subject');
    const answer = await signIn(reader.arn, { subject });
    expect(answer).toMatchObject({
      Subject: subject,
      SubjectType: 'persistent',
      Issuer: idp.entityId,
      Audience: SIGN_IN,
      NameQualifier: createHash('sha1').update(`${idp.entityId}${ACCOUNT}/${Name}`).digest('base64'),
      AssumedRoleUser: {
        Arn: `arn:aws:sts::${ACCOUNT}:assumed-role/${reader.name}/anna@example.com`,
        AssumedRoleId: `${reader.id}:anna@example.com`,
      },
    });
    expect(answer.Credentials!.Expiration).toEqual(new Date(now().getTime() + 3_600_000));
    expect((await new STSClient(as(answer.Credentials)).send(new GetCallerIdentityCommand())).Arn).toBe(
      answer.AssumedRoleUser!.Arn,
    );
    await new S3Client(as(answer.Credentials)).send(new CreateBucketCommand({ Bucket: fresh('bucket') }));
  });

  it('is told of a format of another maker whole', async () => {
    expect((await signIn(arn, { format: 'urn:example:format' })).SubjectType).toBe('urn:example:format');
  });

  it('may be named in either order, and only for the roles it names', async () => {
    const one = await role(fresh('one'), trusting());
    const two = await role(fresh('two'), trusting());
    await signIn(one.arn, { attributes: { Role: [`${PrincipalArn},${two.arn}`, `${PrincipalArn}, ${one.arn}`] } });
    for (const Role of [`${two.arn},${PrincipalArn}`, one.arn, `${one.arn},${PrincipalArn}x`, []])
      expect(await refusal(signIn(one.arn, { attributes: { Role } }))).toEqual({
        name: 'AccessDenied',
        message: "SAML Assertion doesn't contain the requested Role and Metadata in the attributes",
        status: 403,
      });
  });

  it('is held to the conditions of the trust policy', async () => {
    const affiliation = 'urn:oid:1.3.6.1.4.1.5923.1.1.1.1';
    const staff = await role(
      fresh('staff'),
      trusting({
        Condition: {
          StringEquals: {
            'saml:aud': SIGN_IN,
            'saml:iss': idp.entityId,
            'saml:doc': `${ACCOUNT}/${Name}`,
            'saml:sub_type': 'persistent',
          },
          StringLike: { 'saml:sub': 'emp-*' },
          'ForAnyValue:StringEquals': { 'saml:edupersonaffiliation': 'staff' },
        },
      }),
    );
    await signIn(staff.arn, { subject: 'emp-1', attributes: { [affiliation]: ['member', 'staff'] } });
    for (const wrong of [
      { subject: 'guest-1', attributes: { [affiliation]: 'staff' } },
      { subject: 'emp-1', attributes: { [affiliation]: 'student' } },
      { subject: 'emp-1' },
    ])
      expect(await refusal(signIn(staff.arn, wrong as Partial<SamlFacts>))).toEqual({
        name: 'AccessDenied',
        message: 'Not authorized to perform sts:AssumeRoleWithSAML',
        status: 403,
      });
  });

  it('is refused by a role that does not trust its provider, that is not there, or that takes no tags', async () => {
    const DENIED = { name: 'AccessDenied', message: 'Not authorized to perform sts:AssumeRoleWithSAML' };
    const account = await role(fresh('account'), trust({ AWS: ACCOUNT }, { Action: 'sts:*' }));
    expect(await refusal(signIn(account.arn))).toMatchObject(DENIED);
    expect(await refusal(signIn(`arn:aws:iam::${ACCOUNT}:role/${fresh('missing')}`))).toMatchObject(DENIED);
    const plain = await role(fresh('plain'), trust({ Federated: PrincipalArn }, { Action: 'sts:AssumeRoleWithSAML' }));
    await signIn(plain.arn);
    expect(await refusal(signIn(plain.arn, { attributes: { 'PrincipalTag:team': 'red' } }))).toMatchObject({
      name: 'AccessDenied',
      message: 'Not authorized to perform sts:TagSession',
    });
    expect(await refusal(signIn(plain.arn, { attributes: { SourceIdentity: 'anna' } }))).toMatchObject({
      name: 'AccessDenied',
      message: 'Not authorized to perform sts:SetSourceIdentity',
    });
    const other = await role(
      fresh('action'),
      trust({ Federated: PrincipalArn }, { Action: 'sts:AssumeRoleWithWebIdentity' }),
    );
    expect(await refusal(signIn(other.arn))).toMatchObject(DENIED);
  });

  it('brings tags and a source identity, which decide what it may and come along a chain of roles', async () => {
    const team = fresh('team');
    await new S3Client(outcrop.clients).send(new CreateBucketCommand({ Bucket: `${team}-x` }));
    const OWN = allow(['s3:*', 'sts:*'], ['arn:aws:s3:::${aws:PrincipalTag/team}-*', 'arn:aws:iam::*:role/*']);
    const first = await role(fresh('first'), trusting(), OWN);
    const second = await role(
      fresh('second'),
      trust(
        { AWS: first.arn },
        {
          Action: 'sts:*',
          Condition: { StringEquals: { 'sts:SourceIdentity': 'emp-7', 'aws:SourceIdentity': 'emp-7' } },
        },
      ),
      OWN,
    );
    const attributes = {
      'PrincipalTag:team': team,
      'PrincipalTag:cost': '1',
      TransitiveTagKeys: ['team'],
      SourceIdentity: 'emp-7',
    };
    const one = await signIn(first.arn, { attributes });
    expect(one).toMatchObject({ SourceIdentity: 'emp-7', PackedPolicySize: expect.any(Number) as number });
    const head = (clients: object) =>
      new S3Client(clients as never).send(new HeadBucketCommand({ Bucket: `${team}-x` }));
    await head(as(one.Credentials));
    const two = await new STSClient(as(one.Credentials)).send(
      new AssumeRoleCommand({ RoleArn: second.arn, RoleSessionName: 'two' }),
    );
    await head(as(two.Credentials));
    const others = await signIn(first.arn, { attributes: { ...attributes, 'PrincipalTag:team': 'other' } });
    await expect(head(as(others.Credentials))).rejects.toMatchObject({ $metadata: { httpStatusCode: 403 } });
  });
});

describe('The time of the session', () => {
  it('is the shortest of what was asked for, SessionDuration and SessionNotOnOrAfter', async () => {
    const { arn } = await role(fresh('long'), trusting(), undefined, { MaxSessionDuration: 7_200 });
    const seconds = async (...given: Parameters<typeof signIn> extends [string, ...infer R] ? R : never) =>
      ((await signIn(arn, ...given)).Credentials!.Expiration!.getTime() - now().getTime()) / 1000;
    expect(await seconds()).toBe(3_600);
    expect(await seconds({}, { DurationSeconds: 7_200 })).toBe(7_200);
    expect(await seconds({ attributes: { SessionDuration: '1800' } }, { DurationSeconds: 7_200 })).toBe(1_800);
    expect(await seconds({ sessionSeconds: 1_000 }, { DurationSeconds: 7_200 })).toBe(1_000);
    expect(await refusal(signIn(arn, {}, { DurationSeconds: 7_201 }))).toMatchObject({
      name: 'ValidationError',
      message: 'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
    });
    expect(await refusal(signIn(arn, { attributes: { SessionDuration: '60' } }))).toMatchObject({
      name: 'InvalidIdentityTokenException',
    });
  });
});

const { arn } = await role(fresh('any'), trusting());

describe('An assertion', () => {
  const INVALID = (message: string) => ({ name: 'InvalidIdentityTokenException', message, status: 400 });

  it('may be used again while it is valid, for five minutes from its issue', async () => {
    const at = now();
    const SAMLAssertion = idp.assert({
      at,
      attributes: { Role: `${arn},${PrincipalArn}`, RoleSessionName: 'anna' },
      validSeconds: 3_600,
    });
    const use = () => nobody.send(new AssumeRoleWithSAMLCommand({ RoleArn: arn, PrincipalArn, SAMLAssertion }));
    await use();
    await outcrop.clock.advance(299_999);
    await use();
    await outcrop.clock.advance(1);
    expect(await refusal(use())).toEqual({
      name: 'ExpiredTokenException',
      message: 'Token must be redeemed within 5 minutes of issuance',
      status: 400,
    });
  });

  it('is refused after its end, before its beginning, for another audience or recipient, and of another issuer', async () => {
    const early = new Date(now().getTime() - 61_000);
    expect(await refusal(signIn(arn, { at: early, validSeconds: 60 }))).toMatchObject({
      name: 'ExpiredTokenException',
      status: 400,
    });
    expect(await refusal(signIn(arn, { notBefore: new Date(now().getTime() + 120_000) }))).toEqual(
      INVALID('AuthnResponse is not valid yet'),
    );
    expect(await refusal(signIn(arn, { audience: 'https://other.example.com' }))).toEqual(
      INVALID('Response does not contain the required audience.'),
    );
    expect(await refusal(signIn(arn, { recipient: 'https://signin.aws.amazon.com.evil.example/saml' }))).toEqual(
      INVALID('Recipient in AuthnResponse must be the AWS sign-in endpoint'),
    );
    expect(await refusal(signIn(arn, { issuer: 'https://other.example.com' }))).toEqual(
      INVALID('Issuer not present in specified provider'),
    );
    await signIn(arn, {
      audience: 'urn:amazon:webservices',
      recipient: 'https://eu-west-1.signin.aws.amazon.com/saml',
    });
  });

  it('must say the name of the session, and a valid one', async () => {
    expect(await refusal(signIn(arn, { attributes: { RoleSessionName: [] } }))).toEqual(
      INVALID('RoleSessionName is required in AuthnResponse'),
    );
    for (const RoleSessionName of ['a', 'a b', 'x'.repeat(65), ['one', 'two']])
      expect(await refusal(signIn(arn, { attributes: { RoleSessionName } }))).toEqual(
        INVALID('RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}'),
      );
    expect(await refusal(signIn(arn, { attributes: { SourceIdentity: 'aws:me' } }))).toEqual(
      INVALID('Source Identity must match [a-zA-Z_0-9+=,.@-]{2,64} and not begin with "aws:"'),
    );
  });

  it('is refused when it is altered, by another key, or no base64 of XML', async () => {
    const xml = idp.respond({ at: now(), attributes: { Role: `${arn},${PrincipalArn}`, RoleSessionName: 'anna' } });
    const use = (SAMLAssertion: string) =>
      refusal(nobody.send(new AssumeRoleWithSAMLCommand({ RoleArn: arn, PrincipalArn, SAMLAssertion })));
    expect(await use(Buffer.from(xml.replace('>anna<', '>root<')).toString('base64'))).toEqual(
      INVALID('Response signature invalid'),
    );
    const forger = samlIdentityProvider(idp.entityId);
    expect(
      await use(forger.assert({ at: now(), attributes: { Role: `${arn},${PrincipalArn}`, RoleSessionName: 'anna' } })),
    ).toEqual(INVALID('Response signature invalid'));
    const failed = Buffer.from(xml.replace('status:Success', 'status:Responder')).toString('base64');
    expect(await use(failed)).toEqual({
      name: 'IDPRejectedClaimException',
      message: 'The identity provider reported that authentication failed.',
      status: 403,
    });
    for (const garbage of [
      '%%%%',
      'aGVsbG8=',
      xml,
      `${' '.repeat(99_000)}%`,
      `${'='.repeat(99_000)}%`,
      `${'A'.repeat(99_000)}=%`,
    ])
      expect(await use(garbage)).toEqual(INVALID('Invalid base64 SAMLResponse'));
  });

  it('is refused for a provider that is not there any more', async () => {
    const gone = await iam.send(
      new CreateSAMLProviderCommand({ Name: fresh('gone'), SAMLMetadataDocument: idp.metadata }),
    );
    await iam.send(new DeleteSAMLProviderCommand({ SAMLProviderArn: gone.SAMLProviderArn! }));
    expect(await refusal(signIn(arn, {}, { PrincipalArn: gone.SAMLProviderArn! }))).toEqual(
      INVALID("Specified provider doesn't exist"),
    );
  });
});
