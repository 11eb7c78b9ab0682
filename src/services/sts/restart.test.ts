import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { ACCOUNT, allow, identities, policy, refusal, trust } from '../../../tests/identities.ts';
import { startForTests, testSeed } from '../../../tests/start.ts';
import { clientsOf, startProcess } from '../../../tests/crash/process.ts';
import { generator } from '../../kernel/ids.ts';

const random = generator(testSeed('sts restart'));
const fresh = (prefix: string) => `${prefix}-${Math.floor(random() * 1e9)}`;
const ROOT = { AWS: `arn:aws:iam::${ACCOUNT}:root` };
function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'outcrop-sts-'));
  afterAll(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

it('A session of a role outlives the stack that issued it, with what narrows it, and ends at its time', async () => {
  const data = folder();
  const first = await startForTests({ ephemeral: false, data });
  const before = identities(first);
  const anna = await before.user(fresh('anna'), allow('sts:*'));
  const reader = await before.role(
    fresh('reader'),
    trust(ROOT, { Action: ['sts:AssumeRole', 'sts:TagSession'] }),
    policy({
      Effect: 'Allow',
      Action: 's3:ListAllMyBuckets',
      Resource: '*',
      Condition: { StringEquals: { 'aws:PrincipalTag/team': 'red' } },
    }),
  );
  const enter = async (team: string) =>
    (
      await new STSClient(anna.clients).send(
        new AssumeRoleCommand({
          RoleArn: reader.arn,
          RoleSessionName: 'one',
          DurationSeconds: 900,
          Tags: [{ Key: 'team', Value: team }],
        }),
      )
    ).Credentials;
  const [red, blue] = [await enter('red'), await enter('blue')];
  await first.stop();

  const second = await startForTests({ ephemeral: false, data });
  const { as } = identities(second);
  const list = (session: typeof red) => new S3Client(as(session)).send(new ListBucketsCommand());
  await list(red);
  expect((await refusal(list(blue))).name).toBe('AccessDenied');
  const altered = `${red!.SessionToken!.slice(0, -1)}${red!.SessionToken!.endsWith('A') ? 'B' : 'A'}`;
  expect(
    (await refusal(new STSClient(as({ ...red!, SessionToken: altered })).send(new GetCallerIdentityCommand()))).name,
  ).toBe('InvalidClientTokenId');
  await second.clock.advance(900_000);
  expect((await refusal(new STSClient(as(red)).send(new GetCallerIdentityCommand()))).name).toBe('ExpiredToken');
}, 60_000);

it('A session of a role is known to every process over the store at once', async () => {
  const running = await startProcess(folder(), ['--workers', '2']);
  afterAll(async () => {
    running.kill('SIGTERM');
    await running.exited;
  });
  const clients = clientsOf(running);
  const { as, user, role } = identities({ clients } as Parameters<typeof identities>[0]);
  const anna = await user(fresh('anna'), allow('sts:*'));
  const reader = await role(fresh('reader'), trust(ROOT), allow('s3:ListAllMyBuckets'));
  for (let n = 0; n < 6; n++) {
    // A client of its own has connections of its own: other workers answer it.
    const { Credentials, AssumedRoleUser } = await new STSClient(anna.clients).send(
      new AssumeRoleCommand({ RoleArn: reader.arn, RoleSessionName: `n${n}` }),
    );
    const callers = Array.from({ length: 4 }, () =>
      new STSClient(as(Credentials)).send(new GetCallerIdentityCommand()),
    );
    for (const { Arn } of await Promise.all(callers)) expect(Arn).toBe(AssumedRoleUser!.Arn);
    await new S3Client(as(Credentials)).send(new ListBucketsCommand());
  }
}, 90_000);
