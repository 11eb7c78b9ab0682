import {
  CreateBucketCommand,
  GetObjectAclCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import {
  ListUsersCommand,
  IAMClient,
  DeleteAccessKeyCommand,
  UpdateAccessKeyCommand,
  CreateAccessKeyCommand,
  ListAccessKeysCommand,
} from '@aws-sdk/client-iam';
import { GetCallerIdentityCommand, GetSessionTokenCommand, STSClient } from '@aws-sdk/client-sts';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { beforeAll, describe, expect, it } from 'vitest';
import { generator } from '../../src/kernel/ids.ts';
import { allow, identities, refusal } from '../identities.ts';
import { startForTests, testSeed } from '../start.ts';
import { call, read, send, sign, text, type Signing } from './raw.ts';

const random = generator(testSeed('threats: forged signatures'));
const fresh = (prefix: string) => `${prefix}-${Math.floor(random() * 1e9)}`;
const outcrop = await startForTests();
const { endpoint, credentials } = outcrop;
const { iam, user } = identities(outcrop);
// Presigned uploads carry no checksum of a body that is not there yet.
const s3 = new S3Client({ ...outcrop.clients, maxAttempts: 1, requestChecksumCalculation: 'WHEN_REQUIRED' });
const Bucket = fresh('bucket');
const secret = fresh('secret');

beforeAll(async () => {
  await s3.send(new CreateBucketCommand({ Bucket }));
  await s3.send(new PutObjectCommand({ Bucket, Key: 'secret', Body: secret }));
});

const form = (body: string): Signing => ({
  method: 'POST',
  path: '/',
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  body,
  service: 'sts',
  credentials,
});
const WHO_AM_I = 'Action=GetCallerIdentity&Version=2011-06-15';

describe('An attacker who has seen a signed request', () => {
  it('cannot turn it into a call of another service by a header that was not signed', async () => {
    const seen = form(WHO_AM_I);
    expect((await call(endpoint, seen)).status).toBe(200);
    for (const target of [
      'DynamoDB_20120810.ListTables',
      'TrentService.ListKeys',
      'secretsmanager.ListSecrets',
      'AmazonSSM.DescribeParameters',
    ]) {
      const answer = await call(endpoint, seen, { 'x-amz-target': target });
      expect([400, 403, 501], target).toContain(answer.status);
      expect(answer.body).not.toMatch(/"(Keys|SecretList|TableNames|Parameters)"/);
    }
  });

  it('cannot use a signature for one service with another', async () => {
    for (const [service, body] of [
      ['sts', 'Action=ListUsers&Version=2010-05-08'],
      ['s3', 'Action=ListUsers&Version=2010-05-08'],
      ['ec2', WHO_AM_I],
    ] as const) {
      const answer = await call(endpoint, { ...form(body), service });
      expect([400, 403, 404, 501], `${service} ${body}`).toContain(answer.status);
      expect(answer.body).not.toMatch(/<(Users|Arn)>/);
    }
    const target = { 'x-amz-target': 'secretsmanager.ListSecrets', 'content-type': 'application/x-amz-json-1.1' };
    const answer = await call(endpoint, {
      method: 'POST',
      path: '/',
      headers: target,
      body: '{}',
      service: 'sts',
      credentials,
    });
    expect([400, 403]).toContain(answer.status);
    expect(answer.body).toContain('Credential should be scoped to correct service');
  });

  it('cannot name one service to be found by and another to be checked by', async () => {
    const request = form(WHO_AM_I);
    const signed = sign(endpoint, request);
    const own = /Credential=[^,]*/.exec(signed['authorization']!)![0];
    for (const authorization of [
      signed['authorization']!.replace(own, `${own.replace('/sts/', '/iam/')}, ${own}`),
      signed['authorization']!.replace(own, `${own}, ${own.replace('/sts/', '/iam/')}`),
      signed['authorization']!.replace('AWS4-HMAC-SHA256 ', `AWS4-HMAC-SHA256 X${own.replace('/sts/', '/s3/')}, `),
    ]) {
      const answer = read(
        await send(
          endpoint,
          text({ ...request, body: 'Action=ListUsers&Version=2010-05-08' }, { ...signed, authorization }),
        ),
      );
      expect([400, 403, 501], authorization).toContain(answer.status);
      expect(answer.body).not.toContain('<Users>');
    }
  });

  it('cannot change its path, query, method, body or signed headers', async () => {
    const request: Signing = { method: 'GET', path: `/${Bucket}/other`, service: 's3', credentials };
    const signed = sign(endpoint, request);
    const replayed = async (changes: Partial<Signing>, headers = {}) =>
      read(await send(endpoint, text({ ...request, ...changes }, { ...signed, ...headers })));
    expect((await replayed({})).body).toContain('NoSuchKey');
    for (const [changes, headers] of [
      [{ path: `/${Bucket}/secret` }, {}],
      [{ path: `/${Bucket}/other/../secret` }, {}],
      [{ query: 'acl' }, {}],
      [{ method: 'DELETE' }, {}],
      [{ method: 'PUT', body: 'x' }, {}],
      [{}, { host: `${Bucket}.s3.localhost` }],
      [{}, { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' }],
    ] as const) {
      const answer = await replayed(changes, headers);
      expect(answer.status, JSON.stringify([changes, headers])).toBe(403);
      expect(answer.body).not.toContain(secret);
    }
    const post = form(WHO_AM_I);
    const other = read(
      await send(endpoint, text({ ...post, body: WHO_AM_I.replace('Version', 'Version ') }, sign(endpoint, post))),
    );
    expect([400, 403]).toContain(other.status);
  });

  it('cannot add headers that S3 would act on', async () => {
    const put: Signing = { method: 'PUT', path: `/${Bucket}/mine`, body: 'x', service: 's3', credentials };
    const cases: Record<string, string>[] = [
      { 'x-amz-acl': 'public-read' },
      { 'x-amz-copy-source': `/${Bucket}/secret` },
      { 'x-amz-meta-owner': 'attacker' },
      { 'x-amz-grant-full-control': 'uri="http://acs.amazonaws.com/groups/global/AllUsers"' },
      { 'x-amz-tagging': 'team=red' },
      { 'x-amz-website-redirect-location': 'https://evil.example' },
    ];
    for (const added of cases) {
      const answer = await call(endpoint, put, added);
      expect(answer.status, JSON.stringify(added)).toBe(403);
      expect(answer.body).toContain(
        '<Code>AccessDenied</Code><Message>There were headers present in the request which were not signed</Message>',
      );
      expect(answer.body).toContain(`<HeadersNotSigned>${Object.keys(added)[0]}</HeadersNotSigned>`);
    }
    expect((await refusal(s3.send(new HeadObjectCommand({ Bucket, Key: 'mine' })))).status).toBe(404);
    const url = await getSignedUrl(s3, new PutObjectCommand({ Bucket, Key: 'upload' }), { expiresIn: 60 });
    const answer = await fetch(url, { method: 'PUT', body: 'x', headers: { 'x-amz-acl': 'public-read' } });
    expect(answer.status).toBe(403);
    expect((await fetch(url, { method: 'PUT', body: 'x' })).status).toBe(200);
    const { Grants } = await s3.send(new GetObjectAclCommand({ Bucket, Key: 'upload' }));
    expect(JSON.stringify(Grants)).not.toContain('AllUsers');
  });

  it('cannot send a second header of a name that was signed', async () => {
    const request: Signing = {
      method: 'GET',
      path: `/${Bucket}/other`,
      headers: { range: 'bytes=0-1' },
      service: 's3',
      credentials,
    };
    const signed = sign(endpoint, request);
    for (const [name, value] of [
      ['x-amz-date', '20200101T000000Z'],
      ['authorization', signed['authorization']!],
      ['x-amz-content-sha256', 'UNSIGNED-PAYLOAD'],
      ['host', 'evil.example'],
    ] as const)
      for (const headers of [
        [...Object.entries(signed), [name, value] as [string, string]],
        [[name, value] as [string, string], ...Object.entries(signed)],
      ]) {
        const answer = read(await send(endpoint, text(request, headers)));
        expect([400, 403, 404], name).toContain(answer.status);
        // A repeated authorization is the same claim: whatever is made of it, nothing else is done than what was signed.
        if (answer.status === 404) expect(answer.body).toContain('<Key>other</Key>');
      }
  });
});

describe('An attacker who has an old request', () => {
  it('cannot send it again 15 minutes later, however the date is dressed up', async () => {
    for (const minutes of [-16, 16, -60 * 24, 60 * 24 * 365]) {
      const at = new Date(Date.now() + minutes * 60_000);
      expect((await call(endpoint, { ...form(WHO_AM_I), at })).status).toBe(403);
    }
    const old = sign(endpoint, { ...form(WHO_AM_I), at: new Date(Date.now() - 20 * 60_000) });
    for (const date of [new Date().toUTCString(), new Date().toISOString()]) {
      const answer = read(await send(endpoint, text(form(WHO_AM_I), { ...old, date })));
      expect(answer.status).toBe(403);
    }
  });

  it('cannot use a presigned URL after its end, or make it last longer', async () => {
    const url = await getSignedUrl(s3, new GetObjectCommand({ Bucket, Key: 'secret' }), {
      expiresIn: 60,
      signingDate: new Date(Date.now() - 61_000),
    });
    for (const tried of [
      url,
      url.replace('Expires=60', 'Expires=600'),
      `${url}&X-Amz-Expires=600`,
      url.replace('X-Amz-Expires=60', 'X-Amz-Expires=600&X-Amz-Expires=60'),
    ]) {
      const answer = await fetch(tried);
      expect([400, 403]).toContain(answer.status);
      expect(await answer.text()).not.toContain(secret);
    }
  });
});

describe('An attacker who has a key that was good once', () => {
  it("is refused from the moment the key is deactivated or deleted, and the user's presigned URLs with it", async () => {
    const anna = await user(fresh('anna'), allow('s3:*'));
    const { accessKeyId: AccessKeyId } = anna.clients.credentials;
    const mine = new S3Client(anna.clients);
    const url = await getSignedUrl(mine, new GetObjectCommand({ Bucket, Key: 'secret' }), { expiresIn: 600 });
    expect(await (await fetch(url)).text()).toBe(secret);
    await iam.send(new UpdateAccessKeyCommand({ UserName: anna.name, AccessKeyId, Status: 'Inactive' }));
    expect((await refusal(new STSClient(anna.clients).send(new GetCallerIdentityCommand()))).name).toBe(
      'InvalidClientTokenId',
    );
    expect((await fetch(url)).status).toBe(403);
    await iam.send(new UpdateAccessKeyCommand({ UserName: anna.name, AccessKeyId, Status: 'Active' }));
    expect((await fetch(url)).status).toBe(200);
    await iam.send(new DeleteAccessKeyCommand({ UserName: anna.name, AccessKeyId }));
    expect((await refusal(new STSClient(anna.clients).send(new GetCallerIdentityCommand()))).name).toBe(
      'InvalidClientTokenId',
    );
    expect((await fetch(url)).status).toBe(403);
  });

  it('learns from the answers neither whether a key exists by its secret nor any secret', async () => {
    const anna = await user(fresh('anna'));
    const tried = { ...anna.clients.credentials, secretAccessKey: 'wrong' };
    const wrong = await call(endpoint, { ...form(WHO_AM_I), credentials: tried });
    expect(wrong.body).toContain('SignatureDoesNotMatch');
    expect(wrong.body).not.toContain(anna.clients.credentials.secretAccessKey);
    await iam.send(new CreateAccessKeyCommand({ UserName: anna.name }));
    const listed = JSON.stringify(await iam.send(new ListAccessKeysCommand({ UserName: anna.name })));
    expect(listed).not.toContain(anna.clients.credentials.secretAccessKey);
  });
});

describe('An attacker with a malformed signature', () => {
  it('is refused, and the server goes on', async () => {
    const request = form(WHO_AM_I);
    const signed = sign(endpoint, request);
    const good = signed['authorization']!;
    const cases = [
      '',
      'AWS4-HMAC-SHA256',
      'AWS4-HMAC-SHA256 ',
      'AWS4-HMAC-SHA256 Credential=, SignedHeaders=, Signature=',
      good.replace(/Signature=.*/, 'Signature='),
      good.replace(/Signature=.*/, `Signature=${'0'.repeat(64)}`),
      good.replace(/SignedHeaders=[^,]*/, 'SignedHeaders='),
      good.replace(/SignedHeaders=[^,]*/, 'SignedHeaders=host'),
      good.replace(/SignedHeaders=[^,]*/, `SignedHeaders=${'host;'.repeat(2_000)}`),
      good.replace('AWS4-HMAC-SHA256', 'AWS4-ECDSA-P256-SHA256'),
      good.replace('aws4_request', 'aws4'),
      good.replace(/Credential=[^/]*/, `Credential=${'A'.repeat(10_000)}`),
      good.replace(/Credential=[^/]*/, 'Credential=../../x'),
      good.replace(/Credential=[^/]*/, 'Credential=__proto__'),
      good.replace(/\/\d{8}\//, '/99999999/'),
      'Basic dGVzdDp0ZXN0',
      'Bearer x',
      'AWS test:AAAA',
    ];
    for (const authorization of cases) {
      const answer = read(await send(endpoint, text(request, { ...signed, authorization })));
      expect(answer.status, authorization.slice(0, 100)).toBeGreaterThanOrEqual(400);
      expect(answer.status, authorization.slice(0, 100)).toBeLessThan(500);
    }
    expect((await call(endpoint, request)).status).toBe(200);
  });

  it("gets nothing for the root's key without its secret", async () => {
    for (const secretAccessKey of ['', ' ', 'test ', 'Test', '\0']) {
      const answer = await call(endpoint, { ...form(WHO_AM_I), credentials: { ...credentials, secretAccessKey } });
      expect(answer.status).toBe(403);
    }
  });
});

describe('A session', () => {
  it('is good for the whole of its own credentials only', async () => {
    const sts = new STSClient(outcrop.clients);
    const [one, two] = [
      await sts.send(new GetSessionTokenCommand({})),
      await sts.send(new GetSessionTokenCommand({})),
    ].map(({ Credentials: c }) => ({
      accessKeyId: c!.AccessKeyId!,
      secretAccessKey: c!.SecretAccessKey!,
      sessionToken: c!.SessionToken!,
    }));
    const mixes = [
      { ...one!, sessionToken: two!.sessionToken },
      { ...one!, secretAccessKey: two!.secretAccessKey },
      { ...one!, accessKeyId: two!.accessKeyId },
      { accessKeyId: one!.accessKeyId, secretAccessKey: one!.secretAccessKey },
      { ...credentials, sessionToken: one!.sessionToken },
      { ...one!, sessionToken: `${one!.sessionToken}A` },
      { ...one!, sessionToken: one!.sessionToken.slice(0, -1) },
      { ...one!, sessionToken: one!.sessionToken.toLowerCase() },
    ];
    for (const mixed of mixes)
      expect(['InvalidClientTokenId', 'SignatureDoesNotMatch']).toContain(
        (await refusal(new STSClient({ ...outcrop.clients, credentials: mixed }).send(new GetCallerIdentityCommand())))
          .name,
      );
    expect(
      (await refusal(new IAMClient({ ...outcrop.clients, credentials: one! }).send(new ListUsersCommand()))).name,
    ).toBe('InvalidClientTokenId');
  });
});

describe('A form that claims a key', () => {
  it('of any length, or none, is refused', async () => {
    for (const claimed of ['A'.repeat(50_000), '../../x', '', '__proto__', '%00']) {
      const body = [
        ['key', 'k'],
        ['policy', Buffer.from('{}').toString('base64')],
        ['AWSAccessKeyId', claimed],
        ['signature', 'x'],
        ['file', 'content'],
      ]
        .map(([name, value]) => `--edge\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`)
        .join('');
      const headers = { host: new URL(endpoint).host, 'content-type': 'multipart/form-data; boundary=edge' };
      const answer = read(
        await send(endpoint, text({ method: 'POST', path: `/${Bucket}`, body: `${body}--edge--\r\n` }, headers)),
      );
      expect([400, 403], claimed.slice(0, 20)).toContain(answer.status);
    }
  });
});
