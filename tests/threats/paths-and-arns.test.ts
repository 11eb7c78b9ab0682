import {
  DeleteUserCommand,
  GetUserCommand,
  IAMClient,
  ListAccessKeysCommand,
  CreateAccessKeyCommand,
  PutUserPolicyCommand,
  GetRoleCommand,
  CreateUserCommand,
} from '@aws-sdk/client-iam';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  CopyObjectCommand,
  HeadBucketCommand,
} from '@aws-sdk/client-s3';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { beforeAll, describe, expect, it } from 'vitest';
import { generator } from '../../src/kernel/ids.ts';
import { ACCOUNT, allow, identities, policy, refusal, trust } from '../identities.ts';
import { startForTests, testSeed } from '../start.ts';
import { call } from './raw.ts';

const random = generator(testSeed('threats: paths and ARNs'));
const fresh = (prefix: string) => `${prefix}-${Math.floor(random() * 1e9)}`;
const outcrop = await startForTests();
const { endpoint } = outcrop;
const { iam, user, role, as } = identities(outcrop);
const s3 = new S3Client({ ...outcrop.clients, maxAttempts: 1 });
const Bucket = fresh('bucket');
const flag = fresh('flag');

beforeAll(async () => {
  await s3.send(new CreateBucketCommand({ Bucket }));
  for (const Key of ['secret/flag', 'flag', 'Public/flag', 'publicx/flag', 'secret/public/flag'])
    await s3.send(new PutObjectCommand({ Bucket, Key, Body: flag }));
  await s3.send(new PutObjectCommand({ Bucket, Key: 'public/hello', Body: 'hello' }));
});

describe('Somebody who may read the keys under a prefix', () => {
  it('reads nothing outside of it, however the path is written', async () => {
    const guest = await user(fresh('guest'), allow('s3:GetObject', `arn:aws:s3:::${Bucket}/public/*`));
    const get = (path: string) =>
      call(endpoint, { method: 'GET', path, service: 's3', credentials: guest.clients.credentials });
    expect((await get(`/${Bucket}/public/hello`)).body).toBe('hello');
    const tried = [
      'public/../secret/flag',
      'public/..%2Fsecret/flag',
      'public%2F..%2Fsecret%2Fflag',
      'public/%2e%2e/secret/flag',
      'public/%252e%252e/secret/flag',
      'public/..%252fsecret/flag',
      'public/./../secret/flag',
      'public//../../secret/flag',
      'public/..\\secret/flag',
      'public/%5c..%5csecret%5cflag',
      'public/..;/secret/flag',
      'public/%c0%ae%c0%ae/secret/flag',
      'public/\u2025/secret/flag',
      'public/%00/../secret/flag',
      'Public/flag',
      'PUBLIC/flag',
      'publicx/flag',
      'public',
      '/public/../flag',
      '../flag',
      '%2e%2e/flag',
      'secret/public/flag',
      'secret/flag%23public/',
      'secret/flag%3Fpublic/',
      'secret/flag;public/x',
      'ｐublic/flag',
    ];
    for (const key of tried) {
      const encoded = Array.from(key, (char: string) =>
        char.codePointAt(0)! > 126 ? encodeURIComponent(char) : char,
      ).join('');
      const answer = await get(`/${Bucket}/${encoded}`);
      expect([400, 403, 404], key).toContain(answer.status);
      expect(answer.body, key).not.toContain(flag);
    }
  });

  it('reads no other bucket through its own, or by the host', async () => {
    const other = fresh('other');
    await s3.send(new CreateBucketCommand({ Bucket: other }));
    await s3.send(new PutObjectCommand({ Bucket: other, Key: 'public/flag', Body: flag }));
    const guest = await user(fresh('guest'), allow('s3:*', [`arn:aws:s3:::${Bucket}`, `arn:aws:s3:::${Bucket}/*`]));
    const { credentials } = guest.clients;
    for (const path of [
      `/${Bucket}/../${other}/public/flag`,
      `/${Bucket}%2f..%2f${other}/public/flag`,
      `/${other}%2fpublic%2fflag`,
      `//${other}/public/flag`,
      `/${Bucket}//${other}/public/flag`,
      `/${other}/public/flag`,
      `/${other.toUpperCase()}/public/flag`,
    ]) {
      const answer = await call(endpoint, { method: 'GET', path, service: 's3', credentials });
      expect(answer.status, path).toBeGreaterThanOrEqual(400);
      expect(answer.body, path).not.toContain(flag);
    }
    expect(
      (
        await refusal(
          new S3Client(guest.clients).send(
            new CopyObjectCommand({ Bucket, Key: 'stolen', CopySource: `${Bucket}/../${other}/public/flag` }),
          ),
        )
      ).status,
    ).toBeGreaterThanOrEqual(400);
    expect(
      (
        await refusal(
          new S3Client(guest.clients).send(
            new CopyObjectCommand({ Bucket, Key: 'stolen', CopySource: `${other}/public/flag` }),
          ),
        )
      ).name,
    ).toBe('AccessDenied');
  });

  it('is not given more by keys with wildcards or variables in them: these are patterns in policies only', async () => {
    const guest = await user(
      fresh('guest'),
      allow(['s3:GetObject', 's3:PutObject', 's3:DeleteObject'], `arn:aws:s3:::${Bucket}/\${aws:username}/*`),
    );
    const mine = new S3Client(guest.clients);
    await mine.send(new PutObjectCommand({ Bucket, Key: `${guest.name}/a`, Body: 'x' }));
    for (const Key of [
      '*',
      '?',
      '*/flag',
      'secret/*',
      '${aws:username}/a',
      guest.name,
      `${guest.name}x/a`,
      `${guest.name.toUpperCase()}/a`,
      `x${guest.name}/a`,
    ]) {
      expect((await refusal(mine.send(new PutObjectCommand({ Bucket, Key, Body: 'x' })))).name, Key).toBe(
        'AccessDenied',
      );
      expect((await refusal(mine.send(new GetObjectCommand({ Bucket, Key })))).name, Key).toBe('AccessDenied');
      expect((await refusal(mine.send(new DeleteObjectCommand({ Bucket, Key })))).name, Key).toBe('AccessDenied');
    }
  });

  it('takes no name by which a variable would stand for everyone', async () => {
    for (const UserName of ['*', '?', 'a/b', '${aws:username}', 'a b', '', 'x'.repeat(65), '../x'])
      expect((await refusal(iam.send(new CreateUserCommand({ UserName })))).status, UserName).toBe(400);
  });

  it('lists no more than its prefix', async () => {
    const guest = await user(
      fresh('guest'),
      policy({
        Effect: 'Allow',
        Action: 's3:ListBucket',
        Resource: `arn:aws:s3:::${Bucket}`,
        Condition: { StringLike: { 's3:prefix': 'public/*' } },
      }),
    );
    const mine = new S3Client(guest.clients);
    expect((await mine.send(new ListObjectsV2Command({ Bucket, Prefix: 'public/h' }))).KeyCount).toBe(1);
    for (const Prefix of [undefined, '', 'public', 'secret/', '/public/', 'PUBLIC/', '*', 's'])
      expect(
        (await refusal(mine.send(new ListObjectsV2Command({ Bucket, ...(Prefix === undefined ? {} : { Prefix }) }))))
          .name,
        Prefix,
      ).toBe('AccessDenied');
    const twice = await call(endpoint, {
      method: 'GET',
      path: `/${Bucket}`,
      query: 'list-type=2&prefix=public%2F&prefix=secret%2F',
      service: 's3',
      credentials: guest.clients.credentials,
    });
    expect(twice.body).not.toContain('secret/flag');
  });
});

describe('A deny', () => {
  it('holds whatever the case of the letters in which a user is named: names are one whatever their case', async () => {
    const target = await user(fresh('Admin'));
    const helper = await user(
      fresh('helper'),
      policy(
        { Effect: 'Allow', Action: 'iam:*', Resource: '*' },
        { Effect: 'Deny', Action: 'iam:*', Resource: target.arn },
      ),
    );
    const mine = new IAMClient(helper.clients);
    for (const UserName of [target.name, target.name.toUpperCase(), target.name.toLowerCase()]) {
      for (const command of [
        () => mine.send(new CreateAccessKeyCommand({ UserName })),
        () => mine.send(new PutUserPolicyCommand({ UserName, PolicyName: 'p', PolicyDocument: allow('*') })),
        () => mine.send(new ListAccessKeysCommand({ UserName })),
        () => mine.send(new GetUserCommand({ UserName })),
        () => mine.send(new DeleteUserCommand({ UserName })),
      ])
        expect((await refusal(command())).name, UserName).toBe('AccessDenied');
    }
    expect((await iam.send(new GetUserCommand({ UserName: target.name }))).User!.Arn).toBe(target.arn);
  });

  it('on a path holds for the users and roles in it, though requests do not name the path', async () => {
    const { User } = await iam.send(new CreateUserCommand({ UserName: fresh('boss'), Path: '/protected/' }));
    const kept = await role(fresh('kept'), trust({ AWS: ACCOUNT }), undefined, { Path: '/protected/' });
    const helper = await user(
      fresh('helper'),
      policy(
        { Effect: 'Allow', Action: ['iam:*', 'sts:*'], Resource: '*' },
        {
          Effect: 'Deny',
          Action: '*',
          Resource: ['arn:aws:iam::*:user/protected/*', 'arn:aws:iam::*:role/protected/*'],
        },
      ),
    );
    const mine = new IAMClient(helper.clients);
    for (const UserName of [User!.UserName!, User!.UserName!.toUpperCase()])
      expect((await refusal(mine.send(new CreateAccessKeyCommand({ UserName })))).name).toBe('AccessDenied');
    expect((await refusal(mine.send(new GetRoleCommand({ RoleName: kept.name })))).name).toBe('AccessDenied');
    const assume = (RoleArn: string) =>
      new STSClient(helper.clients).send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'one' }));
    for (const RoleArn of [
      kept.arn,
      kept.arn.replace('/protected/', '/'),
      kept.arn.replace('/protected/', '//protected/'),
      kept.arn.replace('/protected/', '/protected//'),
      kept.arn.replace('/protected/', '/x/../protected/'),
      kept.arn.replace('/protected/', '/Protected/'),
      kept.arn.replace(kept.name, kept.name.toUpperCase()),
      kept.arn.replace('arn:aws:iam:', 'arn:aws:iam:us-east-1'),
      kept.arn.replace('arn:aws:', 'ARN:AWS:'),
      kept.arn.replace('arn:aws:', 'arn:aws-cn:'),
      kept.arn.replace('role/', 'Role/'),
      `${kept.arn} `,
      ` ${kept.arn}`,
      `${kept.arn}/`,
      `${kept.arn}\n`,
      kept.arn.replace('protected', 'prot%65cted'),
    ])
      expect(['AccessDenied', 'ValidationError'], RoleArn).toContain((await refusal(assume(RoleArn))).name);
  });

  it('by the name of an action holds whatever the case of its letters', async () => {
    const guest = await user(
      fresh('guest'),
      policy(
        { Effect: 'Allow', Action: '*', Resource: '*' },
        { Effect: 'Deny', Action: 'S3:GETOBJECT', Resource: '*' },
      ),
    );
    expect((await refusal(new S3Client(guest.clients).send(new GetObjectCommand({ Bucket, Key: 'flag' })))).name).toBe(
      'AccessDenied',
    );
  });

  it('on a resource holds for its pattern with variables that nobody can fill with wildcards', async () => {
    const tagged = await role(
      fresh('tagged'),
      trust({ AWS: ACCOUNT }, { Action: ['sts:AssumeRole', 'sts:TagSession'] }),
      allow('s3:GetObject', `arn:aws:s3:::${Bucket}/\${aws:PrincipalTag/dir}/*`),
    );
    const caller = await user(fresh('caller'), allow('sts:*'));
    const enter = async (dir: string) => {
      const sts = new STSClient(caller.clients);
      const { Credentials } = await sts.send(
        new AssumeRoleCommand({ RoleArn: tagged.arn, RoleSessionName: 'one', Tags: [{ Key: 'dir', Value: dir }] }),
      );
      return new S3Client(as(Credentials));
    };
    await (await enter('public')).send(new GetObjectCommand({ Bucket, Key: 'public/hello' }));
    for (const dir of ['public/..', '', '.', '..', 'secret/..', '/', 'public/../secret'])
      expect(
        (await refusal((await enter(dir)).send(new GetObjectCommand({ Bucket, Key: 'secret/flag' })))).name,
        dir,
      ).toBe('AccessDenied');
    for (const dir of ['*', 'secre?', '${aws:username}'])
      expect((await refusal(enter(dir))).name, dir).toBe('ValidationError');
  });
});

describe('A path that is no text', () => {
  it('is answered, and the server goes on', async () => {
    for (const path of [
      '/%',
      '/%zz/x',
      `/${Bucket}/%`,
      `/${Bucket}/%ff`,
      `/${Bucket}/%c3%28`,
      `/%ff/x`,
      '/%00',
      `/${Bucket}/%00`,
      `/${'a'.repeat(30_000)}`,
      '/..',
      '/../..',
      '//',
      '///',
      '/./',
    ]) {
      const answer = await call(endpoint, { method: 'GET', path, service: 's3', credentials: outcrop.credentials });
      expect(answer.status, path.slice(0, 50)).toBeLessThan(500);
    }
    await s3.send(new HeadBucketCommand({ Bucket }));
  });
});
