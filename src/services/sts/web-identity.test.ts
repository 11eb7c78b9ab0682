import { CreateOpenIDConnectProviderCommand, DeleteOpenIDConnectProviderCommand } from '@aws-sdk/client-iam';
import { CreateBucketCommand, HeadBucketCommand, S3Client } from '@aws-sdk/client-s3';
import {
  AssumeRoleWithWebIdentityCommand,
  GetCallerIdentityCommand,
  STSClient,
  type AssumeRoleWithWebIdentityCommandInput,
} from '@aws-sdk/client-sts';
import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ACCOUNT, allow, identities, refusal, trust } from '../../../tests/identities.ts';
import { oidcIdentityProvider } from '../../../tests/oidc-provider.ts';
import { startForTests, testSeed } from '../../../tests/start.ts';
import { generator } from '../../kernel/ids.ts';

const random = generator(testSeed('sts web identity'));
const frozenAt = new Date('2031-05-05T12:00:00Z');
const outcrop = await startForTests({ clock: { frozenAt }, allowPrivateFetch: true });
const { iam, as, role } = identities(outcrop);
const fresh = (prefix: string) => `${prefix}-${Math.floor(random() * 1e9)}`;
const nobody = new STSClient({
  endpoint: outcrop.endpoint,
  region: outcrop.region,
  maxAttempts: 1,
  credentials: { accessKeyId: 'none', secretAccessKey: 'none' },
});
const now = () => outcrop.clock.now();

const idp = await oidcIdentityProvider();
const CLIENT = fresh('client');
const { OpenIDConnectProviderArn: PROVIDER } = await iam.send(
  new CreateOpenIDConnectProviderCommand({
    Url: idp.registered,
    ClientIDList: [CLIENT],
    ThumbprintList: ['0'.repeat(40)],
  }),
);
const trusting = (more: object = {}) =>
  trust(
    { Federated: PROVIDER },
    { Action: ['sts:AssumeRoleWithWebIdentity', 'sts:TagSession', 'sts:SetSourceIdentity'], ...more },
  );
const present = (
  RoleArn: string,
  WebIdentityToken: string,
  input: Partial<AssumeRoleWithWebIdentityCommandInput> = {},
) => nobody.send(new AssumeRoleWithWebIdentityCommand({ RoleArn, RoleSessionName: 'app', WebIdentityToken, ...input }));
const claims = (more: Record<string, unknown> = {}) => ({ at: now(), aud: CLIENT, sub: fresh('sub'), ...more });
const INVALID = (message: string) => ({ name: 'InvalidIdentityTokenException', message, status: 400 });

describe('Somebody whom an OpenID Connect provider vouches for', () => {
  it('gets a session of a role that trusts it, and is told who it is', async () => {
    const any = await role(fresh('any'), trusting(), allow('s3:*'));
    const sub = fresh('sub');
    const answer = await present(any.arn, idp.token(claims({ sub })));
    expect(answer).toMatchObject({
      SubjectFromWebIdentityToken: sub,
      Audience: CLIENT,
      Provider: PROVIDER,
      AssumedRoleUser: { Arn: `arn:aws:sts::${ACCOUNT}:assumed-role/${any.name}/app`, AssumedRoleId: `${any.id}:app` },
    });
    expect((await new STSClient(as(answer.Credentials)).send(new GetCallerIdentityCommand())).Arn).toBe(
      answer.AssumedRoleUser!.Arn,
    );
    await new S3Client(as(answer.Credentials)).send(new CreateBucketCommand({ Bucket: fresh('bucket') }));
  });

  it('is held to the conditions of the trust policy: subject, audience and methods', async () => {
    const ci = await role(
      fresh('ci'),
      trusting({
        Condition: {
          StringEquals: { [`${idp.bare}:aud`]: CLIENT },
          StringLike: { [`${idp.bare}:sub`]: 'repo:org/app:*' },
          'ForAnyValue:StringEquals': { [`${idp.bare}:amr`]: 'mfa' },
        },
      }),
    );
    await present(ci.arn, idp.token(claims({ sub: 'repo:org/app:main', amr: ['pwd', 'mfa'] })));
    for (const wrong of [
      { sub: 'repo:org/other:main', amr: ['mfa'] },
      { sub: 'repo:org/app:main', amr: ['pwd'] },
      { sub: 'repo:org/app:main' },
    ])
      expect(await refusal(present(ci.arn, idp.token(claims(wrong))))).toEqual({
        name: 'AccessDenied',
        message: 'Not authorized to perform sts:AssumeRoleWithWebIdentity',
        status: 403,
      });
  });

  it.each(['nested', 'flat'] as const)('brings tags and a source identity in its token: %s', async (form) => {
    const team = fresh('team');
    await new S3Client(outcrop.clients).send(new CreateBucketCommand({ Bucket: `${team}-x` }));
    const own = await role(fresh('own'), trusting(), allow('s3:*', 'arn:aws:s3:::${aws:PrincipalTag/team}-*'));
    const TAGS = 'https://aws.amazon.com/tags';
    const tagged = (value: string) =>
      form === 'nested'
        ? { [TAGS]: { principal_tags: { team: [value] }, transitive_tag_keys: ['team'] } }
        : { [`${TAGS}/principal_tags/team`]: value, [`${TAGS}/transitive_tag_keys`]: ['team'] };
    const head = (clients: object) =>
      new S3Client(clients as never).send(new HeadBucketCommand({ Bucket: `${team}-x` }));
    const mine = await present(
      own.arn,
      idp.token(claims({ ...tagged(team), 'https://aws.amazon.com/source_identity': 'emp-1' })),
    );
    expect(mine.SourceIdentity).toBe('emp-1');
    await head(as(mine.Credentials));
    const others = await present(own.arn, idp.token(claims(tagged('other'))));
    await expect(head(as(others.Credentials))).rejects.toMatchObject({ $metadata: { httpStatusCode: 403 } });
  });

  it('is refused by roles that do not trust its provider', async () => {
    const account = await role(fresh('account'), trust({ AWS: ACCOUNT }, { Action: 'sts:*' }));
    const DENIED = { name: 'AccessDenied', message: 'Not authorized to perform sts:AssumeRoleWithWebIdentity' };
    expect(await refusal(present(account.arn, idp.token(claims())))).toMatchObject(DENIED);
    expect(
      await refusal(present(`arn:aws:iam::${ACCOUNT}:role/${fresh('missing')}`, idp.token(claims()))),
    ).toMatchObject(DENIED);
  });
});

const { arn } = await role(fresh('any'), trusting());

describe('A token', () => {
  it('ends with its time', async () => {
    const token = idp.token(claims(), { seconds: 60 });
    await present(arn, token);
    await outcrop.clock.advance(60_000);
    const seconds = now().getTime() / 1000;
    expect(await refusal(present(arn, token))).toEqual({
      name: 'ExpiredTokenException',
      message: `Token expired: current date/time ${seconds} must be before the expiration date/time ${seconds}`,
      status: 400,
    });
    expect(await refusal(present(arn, idp.token(claims({ nbf: seconds + 120 }))))).toEqual(
      INVALID('Token is not valid yet'),
    );
  });

  it('is for a client that the provider was registered with: azp where it has one', async () => {
    for (const right of [{ aud: ['other', CLIENT] }, { aud: 'other', azp: CLIENT }])
      await present(arn, idp.token(claims(right)));
    for (const wrong of [{ aud: 'other' }, { aud: CLIENT, azp: 'other' }, { aud: [] }, { aud: `${CLIENT}x` }])
      expect(await refusal(present(arn, idp.token(claims(wrong))))).toMatchObject({
        name: 'InvalidIdentityTokenException',
      });
    expect(await refusal(present(arn, idp.token(claims({ aud: 'other' }))))).toEqual(
      INVALID('Incorrect token audience'),
    );
  });

  it('must have what every ID token has', async () => {
    for (const name of ['sub', 'exp', 'iat', 'aud'])
      expect(await refusal(present(arn, idp.token(claims({ [name]: undefined }))))).toEqual(
        INVALID(`Missing a required claim: ${name}`),
      );
    expect(await refusal(present(arn, idp.token(claims({ exp: '2099' }))))).toMatchObject(
      INVALID('The claim exp must be an integer'),
    );
    expect(await refusal(present(arn, 'not.a.token'))).toEqual(
      INVALID('The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)'),
    );
  });

  it('is of a provider of the account of the role', async () => {
    const iss = 'https://issuer.example.com';
    expect(await refusal(present(arn, idp.token(claims({ iss }))))).toEqual(
      INVALID(`No OpenIDConnect provider found in your account for ${iss}`),
    );
  });

  it('is refused when it is altered, unsigned, or signed by another key or with the public one', async () => {
    const good = idp.token(claims({ sub: 'anna' }));
    const [header, , signature] = good.split('.');
    const body = Buffer.from(JSON.stringify({ iss: idp.url, sub: 'root', aud: CLIENT, iat: 1, exp: 4e9 })).toString(
      'base64url',
    );
    expect(await refusal(present(arn, `${header}.${body}.${signature}`))).toEqual(
      INVALID('The signature of the token is not valid'),
    );
    const other = { ...generateKeyPairSync('rsa', { modulusLength: 2048 }), id: 'key-0', algorithm: 'RS256' };
    expect(await refusal(present(arn, idp.token(claims(), { key: other })))).toEqual(
      INVALID('The signature of the token is not valid'),
    );
    for (const alg of ['none', 'None', 'HS256', undefined])
      expect((await refusal(present(arn, idp.token(claims(), { header: { alg } })))).message).toBe(
        'Token must be signed using one of RS256, RS384, RS512, ES256, ES384, ES512',
      );
    const jwk = other.publicKey.export({ format: 'jwk' });
    expect(
      await refusal(present(arn, idp.token(claims(), { key: other, header: { jwk, kid: 'key-0' } }))),
    ).toMatchObject({ name: 'InvalidIdentityTokenException' });
    expect(await refusal(present(arn, idp.token(claims(), { header: { crit: ['x'], x: 1 } })))).toMatchObject({
      name: 'InvalidIdentityTokenException',
    });
  });

  it('may be signed by a key that the provider has made since, of either kind', async () => {
    await present(arn, idp.token(claims()));
    const key = idp.addKey('ES256');
    await outcrop.clock.advance(30_000);
    await present(arn, idp.token(claims(), { key }));
  });

  it('is checked with keys that are kept for an hour, and asked for anew no more often than every 30 seconds', async () => {
    await outcrop.clock.advance(3_600_000);
    const before = idp.fetches();
    for (let n = 0; n < 5; n++) await present(arn, idp.token(claims()));
    expect(idp.fetches() - before).toBe(2);
    const unknown = { ...generateKeyPairSync('rsa', { modulusLength: 2048 }), id: 'unknown', algorithm: 'RS256' };
    for (let n = 0; n < 5; n++)
      expect(await refusal(present(arn, idp.token(claims(), { key: unknown })))).toMatchObject({
        name: 'InvalidIdentityTokenException',
        message: expect.stringContaining("Couldn't retrieve verification key") as string,
      });
    expect(idp.fetches() - before).toBe(2);
    await outcrop.clock.advance(30_000);
    await refusal(present(arn, idp.token(claims(), { key: unknown })));
    expect(idp.fetches() - before).toBe(4);
  });

  it('of a provider that cannot be reached, or answers nonsense, is refused as that', async () => {
    const cases: [Parameters<typeof idp.answerWith>[0], string][] = [
      [(_request, response) => void response.writeHead(500).end(), 'IDPCommunicationErrorException'],
      [(_request, response) => void response.destroy(), 'IDPCommunicationErrorException'],
      [(_request, response) => void response.end('x'.repeat(300_000)), 'IDPCommunicationErrorException'],
      [(_request, response) => void response.end('not json'), 'InvalidIdentityTokenException'],
      [
        (_request, response) =>
          void response.end('{"issuer":"https://other.example.com","jwks_uri":"https://x.example"}'),
        'InvalidIdentityTokenException',
      ],
      [
        (_request, response) => void response.end(JSON.stringify({ issuer: idp.url, jwks_uri: 'file:///etc/passwd' })),
        'InvalidIdentityTokenException',
      ],
      [
        (_request, response) => void response.writeHead(302, { location: `${idp.url}/keys` }).end(),
        'IDPCommunicationErrorException',
      ],
    ];
    for (const [listener, name] of cases) {
      await outcrop.clock.advance(3_600_000);
      idp.answerWith(listener);
      expect((await refusal(present(arn, idp.token(claims())))).name).toBe(name);
    }
    idp.answerWith(undefined);
    await present(arn, idp.token(claims()));
  });

  it('of a provider that is gone is refused', async () => {
    await iam.send(new DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: PROVIDER! }));
    expect(await refusal(present(arn, idp.token(claims())))).toEqual(
      INVALID(`No OpenIDConnect provider found in your account for ${idp.url}`),
    );
  });
});

describe('A stack that fetches from no private address', () => {
  it('does not ask a provider on its own network, whatever the token says', async () => {
    const shut = await startForTests({ clock: { frozenAt } });
    const there = identities(shut);
    const { OpenIDConnectProviderArn } = await there.iam.send(
      new CreateOpenIDConnectProviderCommand({
        Url: idp.registered,
        ClientIDList: [CLIENT],
        ThumbprintList: ['0'.repeat(40)],
      }),
    );
    const any = await there.role(
      'any',
      trust({ Federated: OpenIDConnectProviderArn }, { Action: 'sts:AssumeRoleWithWebIdentity' }),
    );
    const before = idp.fetches();
    const client = new STSClient({ ...shut.clients, maxAttempts: 1 });
    for (const iss of [idp.url, idp.registered]) {
      const WebIdentityToken = idp.token({ at: frozenAt, aud: CLIENT, sub: 'x', iss });
      expect(
        await refusal(
          client.send(
            new AssumeRoleWithWebIdentityCommand({ RoleArn: any.arn, RoleSessionName: 'app', WebIdentityToken }),
          ),
        ),
      ).toMatchObject({ name: 'InvalidIdentityTokenException', status: 400 });
    }
    expect(idp.fetches()).toBe(before);
  });
});
