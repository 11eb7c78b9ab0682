import { LookupEventsCommand, CloudTrailClient } from '@aws-sdk/client-cloudtrail';
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetRandomPasswordCommand,
  GetSecretValueCommand,
  PutResourcePolicyCommand,
  PutSecretValueCommand,
  RestoreSecretCommand,
  RotateSecretCommand,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
  ValidateResourcePolicyCommand,
} from '@aws-sdk/client-secrets-manager';
import { GetParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { startOutcrop } from '../../src/main.ts';
import { functionArn, lambdaWith, type LambdaFunction } from '../../src/services/secrets-manager/secrets.fixture.ts';
import { ACCOUNT, allow, identities, policy, refusal, trust } from '../identities.ts';
import { draws } from '../draws.ts';
import { startForTests } from '../start.ts';

const DAY_MS = 86_400_000;
const { between } = draws('secrets-manager use cases');
const secretText = () => `sk-${Array.from({ length: 40 }, () => between(0, 35).toString(36)).join('')}`;

/** Functions that run in this process stand for AWS Lambda, which is not built. */
const functions = new Map<string, LambdaFunction>();
const outcrop = await startForTests(
  { clock: { frozenAt: new Date('2031-02-03T08:30:00Z') } },
  { extraServices: [lambdaWith(functions)] },
);
const secrets = new SecretsManagerClient({ ...outcrop.clients, maxAttempts: 1 });
const { user, role, as } = identities(outcrop);
const read = async (client: SecretsManagerClient, SecretId: string, more: object = {}) =>
  (await client.send(new GetSecretValueCommand({ SecretId, ...more }))).SecretString!;

/** A session of a role that may do what `document` says. */
async function appWith(name: string, document: string) {
  const { arn } = await role(name, trust({ AWS: `arn:aws:iam::${ACCOUNT}:root` }), document);
  const caller = await user(`${name}-runner`, allow('sts:AssumeRole', arn));
  const { Credentials } = await new STSClient(caller.clients).send(
    new AssumeRoleCommand({ RoleArn: arn, RoleSessionName: 'run' }),
  );
  return { arn, config: as(Credentials), client: new SecretsManagerClient(as(Credentials)) };
}

/** A model's API that answers who shows a key it accepts. */
async function keyCheckingApi(accepted: Set<string>) {
  const server = createServer((request, response) => {
    const key = request.headers.authorization?.replace('Bearer ', '') ?? '';
    response.writeHead(accepted.has(key) ? 200 : 401).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterAll(() => void server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/chat`;
  return async (key: string) => (await fetch(url, { headers: { authorization: `Bearer ${key}` } })).status;
}

async function everyFile(directory: string): Promise<Buffer[]> {
  const found = await readdir(directory, { recursive: true, withFileTypes: true });
  return Promise.all(
    found.filter((entry) => entry.isFile()).map((entry) => readFile(join(entry.parentPath, entry.name))),
  );
}

describe('AWS Secrets Manager', () => {
  it('secretsmanager.1: an app reads a model’s API key at run time; labels move, deletion is undone', async () => {
    const key = secretText();
    const accepted = new Set([key]);
    const ask = await keyCheckingApi(accepted);
    const { ARN } = await secrets.send(
      new CreateSecretCommand({ Name: `models/${between(1, 1e9)}`, SecretString: key }),
    );
    const app = await appWith('model-caller', allow('secretsmanager:GetSecretValue', ARN));
    expect(await ask('a guess')).toBe(401);
    expect(await ask(await read(app.client, ARN!))).toBe(200);

    const next = secretText();
    accepted.add(next);
    accepted.delete(key);
    expect(await ask(await read(app.client, ARN!))).toBe(401);
    const { VersionId } = await secrets.send(new PutSecretValueCommand({ SecretId: ARN!, SecretString: next }));
    expect(await ask(await read(app.client, ARN!))).toBe(200);
    expect(await read(app.client, ARN!, { VersionStage: 'AWSPREVIOUS' })).toBe(key);
    const { VersionIdsToStages } = await secrets.send(new DescribeSecretCommand({ SecretId: ARN! }));
    expect(VersionIdsToStages![VersionId!]).toEqual(['AWSCURRENT']);

    await secrets.send(new DeleteSecretCommand({ SecretId: ARN!, RecoveryWindowInDays: 7 }));
    expect((await refusal(read(app.client, ARN!))).name).toBe('InvalidRequestException');
    await outcrop.clock.advance(6 * DAY_MS);
    await secrets.send(new RestoreSecretCommand({ SecretId: ARN! }));
    const later = await appWith('model-caller-later', allow('secretsmanager:GetSecretValue', ARN));
    expect(await ask(await read(later.client, ARN!))).toBe(200);
  });

  it('secretsmanager.1: what is stored is ciphertext, and opens after a restart', async () => {
    const data = await mkdtemp(join(tmpdir(), 'secrets-'));
    afterAll(() => rm(data, { recursive: true, force: true }));
    const value = secretText();
    const parameter = secretText();
    const large = secretText().repeat(1000);
    const first = await startOutcrop({ data, port: 0, log: 'error' });
    const before = new SecretsManagerClient(first.clients);
    await before.send(new CreateSecretCommand({ Name: 'plain', SecretString: value }));
    await before.send(new CreateSecretCommand({ Name: 'large', SecretString: large }));
    await before.send(new PutSecretValueCommand({ SecretId: 'plain', SecretString: `${value}2` }));
    const put = { Type: 'SecureString' as const, Value: parameter };
    await new SSMClient(first.clients).send(new PutParameterCommand({ Name: '/standard', ...put }));
    await new SSMClient(first.clients).send(new PutParameterCommand({ Name: '/advanced', Tier: 'Advanced', ...put }));
    // What is not secret is there in clear: the search can find something.
    await new SSMClient(first.clients).send(
      new PutParameterCommand({ Name: '/open', Type: 'String', Value: `open-${parameter.slice(3)}` }),
    );
    await first.stop();
    const files = await everyFile(data);
    const holds = (text: string) =>
      files.some((file) => file.includes(text) || file.includes(Buffer.from(text).toString('base64').slice(0, 40)));
    expect(holds(`open-${parameter.slice(3)}`)).toBe(true);
    for (const text of [value, parameter, large.slice(0, 43)]) expect(holds(text)).toBe(false);

    const second = await startOutcrop({ data, port: 0, log: 'error' });
    afterAll(() => second.stop());
    const after = new SecretsManagerClient(second.clients);
    expect(await read(after, 'plain')).toBe(`${value}2`);
    expect(await read(after, 'plain', { VersionStage: 'AWSPREVIOUS' })).toBe(value);
    expect(await read(after, 'large')).toBe(large);
    for (const Name of ['/standard', '/advanced']) {
      const { Parameter } = await new SSMClient(second.clients).send(
        new GetParameterCommand({ Name, WithDecryption: true }),
      );
      expect(Parameter!.Value).toBe(parameter);
    }
  });

  it('secretsmanager.2: a database password is rotated under a running job; a failing test leaves the current one', async () => {
    const name = `db/${between(1, 1e9)}`;
    const login = (password: string) => ({ engine: 'postgres', username: 'etl', password });
    const passwords = new Set([secretText()]);
    const start = [...passwords][0]!;
    const { ARN } = await secrets.send(
      new CreateSecretCommand({ Name: name, SecretString: JSON.stringify(login(start)) }),
    );
    // The database takes the password that was there before too, until the next change: as with two users by turns.
    const database = {
      accepts: (password: string) => passwords.has(password),
      set: (password: string) => void passwords.add(password),
    };
    let testFails = false;
    const arn = functionArn('rotate-db');
    functions.set(arn, async ({ Step, SecretId, ClientRequestToken: token }) => {
      const pending = async () =>
        (
          JSON.parse(await read(secrets, SecretId, { VersionId: token, VersionStage: 'AWSPENDING' })) as {
            password: string;
          }
        ).password;
      if (Step === 'createSecret') {
        const now = JSON.parse(await read(secrets, SecretId)) as object;
        const { RandomPassword } = await secrets.send(new GetRandomPasswordCommand({ ExcludeCharacters: '"\\' }));
        await secrets.send(
          new PutSecretValueCommand({
            SecretId,
            ClientRequestToken: token,
            SecretString: JSON.stringify({ ...now, password: RandomPassword }),
            VersionStages: ['AWSPENDING'],
          }),
        );
      }
      if (Step === 'setSecret') database.set(await pending());
      if (Step === 'testSecret' && (testFails || !database.accepts(await pending()))) throw new Error('cannot log in');
      if (Step === 'finishSecret') {
        const { VersionIdsToStages } = await secrets.send(new DescribeSecretCommand({ SecretId }));
        const current = Object.entries(VersionIdsToStages!).find(([, stages]) => stages.includes('AWSCURRENT'))![0];
        await secrets.send(
          new UpdateSecretVersionStageCommand({
            SecretId,
            VersionStage: 'AWSCURRENT',
            MoveToVersionId: token,
            RemoveFromVersionId: current,
          }),
        );
      }
    });
    const password = async () => (JSON.parse(await read(secrets, ARN!)) as { password: string }).password;
    let failures = 0;
    let runs = 0;
    const work = new AbortController();
    const job = (async () => {
      while (!work.signal.aborted) {
        if (!database.accepts(await password())) failures++;
        runs++;
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    })();
    await secrets.send(
      new RotateSecretCommand({
        SecretId: ARN!,
        RotationLambdaARN: arn,
        RotationRules: { AutomaticallyAfterDays: 30 },
      }),
    );
    await outcrop.clock.advance(1000);
    const rotated = await password();
    expect(rotated).not.toBe(start);
    passwords.delete(start);
    expect(database.accepts(start)).toBe(false);
    await outcrop.clock.advance(31 * DAY_MS);
    const again = await password();
    expect(again).not.toBe(rotated);
    work.abort();
    await job;
    expect(runs).toBeGreaterThan(3);
    expect(failures).toBe(0);

    testFails = true;
    await outcrop.clock.advance(31 * DAY_MS);
    expect(await password()).toBe(again);
    expect(database.accepts(again)).toBe(true);
    const { VersionIdsToStages } = await secrets.send(new DescribeSecretCommand({ SecretId: ARN! }));
    expect(Object.values(VersionIdsToStages!).some((stages) => stages.join() === 'AWSPENDING')).toBe(true);
  });

  it('secretsmanager.3: a rotated secret is picked up by code that knows its ARN only', async () => {
    const values = [secretText()];
    const { ARN } = await secrets.send(
      new CreateSecretCommand({ Name: `notebook/${between(1, 1e9)}`, SecretString: values[0]! }),
    );
    const app = await appWith('training', allow('secretsmanager:GetSecretValue', ARN));
    const arn = functionArn('rotate-key');
    functions.set(arn, async ({ Step, SecretId, ClientRequestToken: token }) => {
      if (Step !== 'finishSecret') return;
      values.push(secretText());
      await secrets.send(
        new PutSecretValueCommand({ SecretId, ClientRequestToken: token, SecretString: values.at(-1)! }),
      );
    });
    for (let round = 0; round < 3; round++) {
      expect(await read(app.client, ARN!)).toBe(values[round]);
      await secrets.send(new RotateSecretCommand({ SecretId: ARN!, RotationLambdaARN: arn }));
      await outcrop.clock.advance(1000);
    }
    expect(new Set(values).size).toBe(4);
    // Neither the calls nor what is on the trail of them hold a value.
    const trail = new CloudTrailClient(outcrop.clients);
    const { Events } = await trail.send(
      new LookupEventsCommand({
        LookupAttributes: [{ AttributeKey: 'EventSource', AttributeValue: 'secretsmanager.amazonaws.com' }],
      }),
    );
    expect(Events!.length).toBeGreaterThan(5);
    for (const { CloudTrailEvent } of Events!) for (const value of values) expect(CloudTrailEvent).not.toContain(value);
    expect(Events!.map(({ EventName }) => EventName)).toContain('RotationSucceeded');
  });

  it('secretsmanager.4: only certain apps read certain secrets, and the denied try is on the trail', async () => {
    const teams = ['vision', 'speech'];
    const made = new Map<string, string>();
    for (const team of [...teams, 'shared'])
      made.set(
        team,
        (
          await secrets.send(
            new CreateSecretCommand({
              Name: `${team}/${between(1, 1e9)}`,
              SecretString: secretText(),
              Tags: [{ Key: 'team', Value: team }],
            }),
          )
        ).ARN!,
      );
    const byTag = (team: string) =>
      allow('secretsmanager:GetSecretValue', '*', { Condition: { StringEquals: { 'aws:ResourceTag/team': team } } });
    const apps = {
      vision: await appWith('app-vision', byTag('vision')),
      speech: await appWith('app-speech', byTag('speech')),
      guest: await appWith('app-guest', allow('sts:GetCallerIdentity')),
      admin: await appWith('app-admin', allow('secretsmanager:*')),
    };
    await secrets.send(
      new PutResourcePolicyCommand({
        SecretId: made.get('shared')!,
        ResourcePolicy: policy(
          {
            Effect: 'Allow',
            Principal: { AWS: apps.guest.arn },
            Action: 'secretsmanager:GetSecretValue',
            Resource: '*',
          },
          {
            Effect: 'Deny',
            Principal: { AWS: apps.admin.arn },
            Action: 'secretsmanager:GetSecretValue',
            Resource: '*',
          },
        ),
        BlockPublicPolicy: true,
      }),
    );
    const expected: Record<keyof typeof apps, string[]> = {
      vision: ['vision'],
      speech: ['speech'],
      guest: ['shared'],
      admin: ['vision', 'speech'],
    };
    for (const [name, { client }] of Object.entries(apps))
      for (const [team, arn] of made) {
        const outcome = await read(client, arn).then(
          () => 'allowed',
          (error: Error) => error.name,
        );
        const may = expected[name as keyof typeof apps].includes(team);
        expect([name, team, outcome]).toEqual([name, team, may ? 'allowed' : 'AccessDeniedException']);
      }

    const open = allow('secretsmanager:GetSecretValue', '*', { Principal: '*' });
    const answer = await secrets.send(
      new ValidateResourcePolicyCommand({ SecretId: made.get('vision')!, ResourcePolicy: open }),
    );
    expect(answer.PolicyValidationPassed).toBe(false);

    const { Events } = await new CloudTrailClient(outcrop.clients).send(
      new LookupEventsCommand({ LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: 'GetSecretValue' }] }),
    );
    const denied = Events!
      .map(
        ({ CloudTrailEvent }) =>
          JSON.parse(CloudTrailEvent!) as {
            errorCode?: string;
            userIdentity: { arn: string };
            requestParameters: { secretId: string };
          },
      )
      .filter(({ errorCode }) => errorCode === 'AccessDenied' || errorCode === 'AccessDeniedException');
    expect(
      denied.some(
        ({ userIdentity, requestParameters }) =>
          userIdentity.arn.includes('app-admin') && requestParameters.secretId === made.get('shared'),
      ),
    ).toBe(true);
  });
});
