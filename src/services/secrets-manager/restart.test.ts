import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  RotateSecretCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { refusal } from '../../../tests/identities.ts';
import { startStack, type Outcrop } from '../../main.ts';
import { DAY_MS, functionArn, lambdaWith, type LambdaFunction } from './secrets.fixture.ts';

const data = await mkdtemp(join(tmpdir(), 'secrets-restart-'));
const functions = new Map<string, LambdaFunction>();
const start = () => startStack({ data, port: 0, log: 'error' }, { extraServices: [lambdaWith(functions)] });
let outcrop: Outcrop = await start();
let secrets = new SecretsManagerClient({ ...outcrop.clients, maxAttempts: 1 });
afterAll(async () => {
  await outcrop.stop();
  await rm(data, { recursive: true, force: true });
});

async function restart(): Promise<void> {
  await outcrop.stop();
  outcrop = await start();
  secrets = new SecretsManagerClient({ ...outcrop.clients, maxAttempts: 1 });
}

const current = async (SecretId: string) => (await secrets.send(new GetSecretValueCommand({ SecretId }))).SecretString;
const put = (SecretId: string, ClientRequestToken: string) =>
  secrets.send(new PutSecretValueCommand({ SecretId, ClientRequestToken, SecretString: ClientRequestToken }));

describe('after a restart', () => {
  it('a secret that waits for its deletion is deleted when its days are over', async () => {
    await secrets.send(new CreateSecretCommand({ Name: 'waits', SecretString: 'x' }));
    await secrets.send(new DeleteSecretCommand({ SecretId: 'waits', RecoveryWindowInDays: 7 }));
    await restart();
    await outcrop.clock.advance(6 * DAY_MS);
    expect((await secrets.send(new DescribeSecretCommand({ SecretId: 'waits' }))).DeletedDate).toBeDefined();
    await outcrop.clock.advance(2 * DAY_MS);
    const gone = secrets.send(new DescribeSecretCommand({ SecretId: 'waits' }));
    expect((await refusal(gone)).name).toBe('ResourceNotFoundException');
  });

  it('a schedule goes on', async () => {
    await secrets.send(new CreateSecretCommand({ Name: 'scheduled', SecretString: 'first' }));
    functions.set(functionArn('scheduled'), async ({ Step, SecretId, ClientRequestToken }) => {
      if (Step === 'finishSecret') await put(SecretId, ClientRequestToken);
    });
    const RotationRules = { AutomaticallyAfterDays: 10 };
    await secrets.send(
      new RotateSecretCommand({ SecretId: 'scheduled', RotationLambdaARN: functionArn('scheduled'), RotationRules }),
    );
    await outcrop.clock.advance(1000);
    const before = await current('scheduled');
    await restart();
    await outcrop.clock.advance(11 * DAY_MS);
    expect(await current('scheduled')).not.toBe(before);
  });

  it('a rotation that was under way is run again, from its first step, to its end', async () => {
    await secrets.send(new CreateSecretCommand({ Name: 'under-way', SecretString: 'first' }));
    const steps: string[] = [];
    let reached!: () => void;
    const hanging = new Promise<void>((resolve) => (reached = resolve));
    let hangs = true;
    functions.set(functionArn('slow'), async ({ Step, SecretId, ClientRequestToken }) => {
      steps.push(Step);
      if (Step === 'testSecret' && hangs) {
        reached();
        // What the end of the process cuts off.
        return new Promise<void>((resolve) => setTimeout(resolve, 20_000).unref());
      }
      if (Step === 'finishSecret') await put(SecretId, ClientRequestToken);
    });
    const { VersionId } = await secrets.send(
      new RotateSecretCommand({ SecretId: 'under-way', RotationLambdaARN: functionArn('slow') }),
    );
    await hanging;
    hangs = false;
    await restart();
    await outcrop.clock.advance(5000);
    expect(await current('under-way')).toBe(VersionId);
    expect(steps.slice(0, 3)).toEqual(['createSecret', 'setSecret', 'testSecret']);
    expect(steps.slice(3)).toEqual(['createSecret', 'setSecret', 'testSecret', 'finishSecret']);
  }, 60_000);
});
