import {
  CancelRotateSecretCommand,
  DescribeSecretCommand,
  GetRandomPasswordCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  RotateSecretCommand,
  UpdateSecretVersionStageCommand,
  type RotateSecretRequest,
} from '@aws-sdk/client-secrets-manager';
import { describe, expect, it } from 'vitest';
import { publishedEvents } from '../../../tests/events.ts';
import { refusal } from '../../../tests/identities.ts';
import {
  DAY_MS,
  functionArn,
  HOUR_MS,
  lambdaWith,
  openSecrets,
  type LambdaFunction,
  type Step,
} from './secrets.fixture.ts';

const functions = new Map<string, LambdaFunction>();
const { outcrop, secrets, make, nowMs, integer } = await openSecrets('rotation', [lambdaWith(functions)]);
let serial = 0;

/** A rotation function as AWS's template has it; the database that it changes the password of is a set of accepted passwords. */
function rotator(options: { fail?: (step: string) => boolean; seen?: Step[] } = {}) {
  const accepted = new Set<string>();
  const arn = functionArn(`rotate-${serial++}`);
  functions.set(arn, async (event) => {
    const { Step: step, SecretId, ClientRequestToken: token } = event;
    options.seen?.push(event);
    if (options.fail?.(step)) throw new Error(`${step} does not work today`);
    const { VersionIdsToStages: stages, RotationEnabled } = await secrets.send(new DescribeSecretCommand({ SecretId }));
    if (!RotationEnabled) throw new Error('rotation is not enabled');
    if (!stages?.[token]) throw new Error('no such version');
    if (stages[token].includes('AWSCURRENT')) return;
    if (!stages[token].includes('AWSPENDING')) throw new Error('the version is not pending');
    const pending = async () =>
      (await secrets.send(new GetSecretValueCommand({ SecretId, VersionId: token, VersionStage: 'AWSPENDING' })))
        .SecretString!;
    if (step === 'createSecret') {
      await secrets.send(new GetSecretValueCommand({ SecretId, VersionStage: 'AWSCURRENT' }));
      try {
        await pending();
      } catch (error) {
        if ((error as Error).name !== 'ResourceNotFoundException') throw error;
        const { RandomPassword } = await secrets.send(new GetRandomPasswordCommand({ ExcludeCharacters: '/@"\'\\' }));
        await secrets.send(
          new PutSecretValueCommand({
            SecretId,
            ClientRequestToken: token,
            SecretString: RandomPassword!,
            VersionStages: ['AWSPENDING'],
            RotationToken: event.RotationToken,
          }),
        );
      }
    }
    if (step === 'setSecret') {
      accepted.clear();
      accepted.add(await pending());
    }
    if (step === 'testSecret' && !accepted.has(await pending())) throw new Error('the password is refused');
    if (step === 'finishSecret') {
      const current = Object.keys(stages).find((id) => stages[id]!.includes('AWSCURRENT'))!;
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
  return { arn, accepted };
}

const rotate = (SecretId: string, more: Partial<RotateSecretRequest> = {}) =>
  secrets.send(new RotateSecretCommand({ SecretId, ...more }));
const describeSecret = (SecretId: string) => secrets.send(new DescribeSecretCommand({ SecretId }));
const current = async (SecretId: string) => (await secrets.send(new GetSecretValueCommand({ SecretId }))).SecretString!;
const eventsOf = async (arn: string, count: number) =>
  (await publishedEvents(outcrop, ({ detail }) => detail.additionalEventData?.SecretId === arn, count)).map(
    ({ detail }) => detail.eventName as string,
  );
const begun = (arn: string, name: string) => async () =>
  (await eventsOf(arn, 1)).filter((event) => event === name).length;

describe('RotateSecret', () => {
  it('runs the four steps, with what the function needs to know, and the new version is current', async () => {
    const { arn, versionId, value } = await make();
    const seen: Step[] = [];
    const { arn: RotationLambdaARN, accepted } = rotator({ seen });
    const ClientRequestToken = crypto.randomUUID();
    const answer = await rotate(arn, { RotationLambdaARN, ClientRequestToken });
    expect(answer).toMatchObject({ ARN: arn, VersionId: ClientRequestToken });
    await outcrop.clock.advance(0);
    expect(seen.map(({ Step: step }) => step)).toEqual(['createSecret', 'setSecret', 'testSecret', 'finishSecret']);
    for (const event of seen)
      expect(event).toEqual({
        Step: event.Step,
        SecretId: arn,
        ClientRequestToken,
        RotationToken: expect.stringMatching(/^[0-9a-f-]{36}$/),
      });
    const now = await describeSecret(arn);
    expect(now).toMatchObject({ RotationEnabled: true, RotationLambdaARN, LastRotatedDate: new Date(nowMs()) });
    expect(now.VersionIdsToStages![versionId]).toEqual(['AWSPREVIOUS']);
    expect(now.VersionIdsToStages![ClientRequestToken]).toContain('AWSCURRENT');
    expect(await current(arn)).not.toBe(value);
    expect(accepted).toEqual(new Set([await current(arn)]));
    expect(await eventsOf(arn, 2)).toEqual(['RotationStarted', 'RotationSucceeded']);
  });

  it('can be called again without the function, and rotates again', async () => {
    const { arn } = await make();
    const { arn: RotationLambdaARN } = rotator();
    const values = new Set([await current(arn)]);
    await rotate(arn, { RotationLambdaARN });
    for (let round = 0; round < 3; round++) {
      await outcrop.clock.advance(1000);
      values.add(await current(arn));
      await rotate(arn);
    }
    await outcrop.clock.advance(1000);
    values.add(await current(arn));
    expect(values.size).toBe(5);
  });

  it('leaves the current version when a step fails, tries again, and says that a rotation is not complete', async () => {
    const { arn, versionId, value } = await make();
    let broken = true;
    const seen: Step[] = [];
    const { arn: RotationLambdaARN } = rotator({ seen, fail: (step) => broken && step === 'testSecret' });
    const { VersionId } = await rotate(arn, { RotationLambdaARN });
    await outcrop.clock.advance(60_000);
    expect(seen.filter(({ Step: step }) => step === 'testSecret')).toHaveLength(5);
    expect(seen.some(({ Step: step }) => step === 'finishSecret')).toBe(false);
    expect(await current(arn)).toBe(value);
    expect((await describeSecret(arn)).VersionIdsToStages).toEqual({
      [versionId]: ['AWSCURRENT'],
      [VersionId!]: ['AWSPENDING'],
    });
    expect((await describeSecret(arn)).LastRotatedDate).toBeUndefined();
    expect(await eventsOf(arn, 6)).toContain('RotationFailed');

    broken = false;
    expect(await refusal(rotate(arn))).toMatchObject({
      name: 'InvalidRequestException',
      message: "A previous rotation isn't complete. That rotation will be reattempted.",
    });
    await outcrop.clock.advance(1000);
    expect((await describeSecret(arn)).VersionIdsToStages![VersionId!]).toContain('AWSCURRENT');
    expect(await current(arn)).not.toBe(value);
  });

  it('with RotateImmediately false runs testSecret alone, on a version that is gone after', async () => {
    const { arn, versionId } = await make();
    const seen: Step[] = [];
    functions.set(functionArn('tested'), async (event) => void seen.push(event));
    await rotate(arn, { RotationLambdaARN: functionArn('tested'), RotateImmediately: false });
    await outcrop.clock.advance(1000);
    expect(seen.map(({ Step: step }) => step)).toEqual(['testSecret']);
    expect((await describeSecret(arn)).VersionIdsToStages).toEqual({ [versionId]: ['AWSCURRENT'] });
    expect(await eventsOf(arn, 2)).toEqual(['TestRotationStarted', 'TestRotationSucceeded']);
  });

  it('is abandoned when its label is taken away meanwhile', async () => {
    const { arn, value } = await make();
    const name = functionArn('robbed');
    functions.set(name, async ({ Step: step, SecretId, ClientRequestToken }) => {
      if (step !== 'createSecret') throw new Error('never reached');
      await secrets.send(
        new UpdateSecretVersionStageCommand({
          SecretId,
          VersionStage: 'AWSPENDING',
          RemoveFromVersionId: ClientRequestToken,
        }),
      );
    });
    await rotate(arn, { RotationLambdaARN: name });
    await outcrop.clock.advance(60_000);
    expect(await eventsOf(arn, 2)).toEqual(['RotationStarted', 'RotationAbandoned']);
    expect(await current(arn)).toBe(value);
  });

  it('refuses what it cannot do, and changes nothing then', async () => {
    const { arn } = await make();
    expect(await refusal(rotate(arn))).toMatchObject({
      name: 'InvalidRequestException',
      message: 'No Lambda rotation function ARN is associated with this secret.',
    });
    const refused = async (more: Partial<RotateSecretRequest>) => (await refusal(rotate(arn, more))).name;
    expect(await refused({ RotationLambdaARN: 'my-function' })).toBe('InvalidParameterException');
    expect(await refused({ RotationLambdaARN: functionArn('none') })).toBe('AccessDeniedException');
    expect(await refused({ ExternalSecretRotationRoleArn: 'arn:aws:iam::000000000000:role/x' })).toBe('NotImplemented');
    const { arn: RotationLambdaARN } = rotator();
    expect(await refused({ RotationLambdaARN, RotationRules: { ScheduleExpression: 'rate(1 hours)' } })).toBe(
      'InvalidParameterException',
    );
    const token = { ClientRequestToken: (await secrets.send(new GetSecretValueCommand({ SecretId: arn }))).VersionId! };
    expect(await refused({ RotationLambdaARN, ...token })).toBe('InvalidRequestException');
    const now = await describeSecret(arn);
    expect(now.RotationEnabled).toBeUndefined();
    expect(Object.values(now.VersionIdsToStages!)).toEqual([['AWSCURRENT']]);
  });

  it('never runs beside another of the same secret, however many ask at once', async () => {
    const { arn } = await make();
    const seen: Step[] = [];
    const { arn: RotationLambdaARN } = rotator({ seen });
    const asked = await Promise.allSettled(Array.from({ length: 6 }, () => rotate(arn, { RotationLambdaARN })));
    await outcrop.clock.advance(1000);
    const begunAs = asked.flatMap((one) => (one.status === 'fulfilled' ? [one.value.VersionId!] : []));
    for (const one of asked)
      if (one.status === 'rejected') expect((one.reason as Error).name).toBe('InvalidRequestException');
    // Each rotation that was begun ended before the next one was: none ran beside another.
    const order = seen.map((event) => event.ClientRequestToken);
    expect(order).toEqual(
      begunAs.toSorted((a, b) => order.indexOf(a) - order.indexOf(b)).flatMap((id) => [id, id, id, id]),
    );
    expect(begunAs.length).toBeGreaterThan(0);
  });

  it('takes the RotationToken of the rotation in progress only', async () => {
    const { arn } = await make();
    const put = secrets.send(
      new PutSecretValueCommand({ SecretId: arn, SecretString: 'x', RotationToken: crypto.randomUUID() }),
    );
    expect((await refusal(put)).name).toBe('InvalidParameterException');
  });
});

describe('a rotation schedule', () => {
  it('rotates within its window, time and again', async () => {
    const { arn } = await make();
    const days = integer(2, 20);
    const seen: Step[] = [];
    const { arn: RotationLambdaARN } = rotator({ seen });
    await rotate(arn, { RotationLambdaARN, RotationRules: { AutomaticallyAfterDays: days } });
    await outcrop.clock.advance(0);
    const rounds = () => seen.filter(({ Step: step }) => step === 'finishSecret').length;
    expect(rounds()).toBe(1);
    for (let round = 2; round < 5; round++) {
      const { NextRotationDate, LastRotatedDate } = await describeSecret(arn);
      const midnight = Math.floor(LastRotatedDate!.getTime() / DAY_MS) * DAY_MS;
      expect(NextRotationDate).toEqual(new Date(midnight + (days + 1) * DAY_MS - 1000));
      await outcrop.clock.advance(midnight + days * DAY_MS - 1 - nowMs());
      expect(rounds()).toBe(round - 1);
      await outcrop.clock.advance(NextRotationDate!.getTime() - nowMs());
      expect(rounds()).toBe(round);
    }
  });

  it('by cron opens on the hour, and closes after its Duration', async () => {
    const { arn } = await make();
    const { arn: RotationLambdaARN } = rotator();
    const ScheduleExpression = 'cron(0 3 ? * SUN *)';
    await rotate(arn, { RotationLambdaARN, RotationRules: { ScheduleExpression, Duration: '2h' } });
    await outcrop.clock.advance(0);
    const { NextRotationDate: next, RotationRules: rules } = await describeSecret(arn);
    expect(next!.getUTCDay()).toBe(0);
    expect(next!.toISOString().slice(11)).toBe('05:00:00.000Z');
    expect(rules).toMatchObject({ ScheduleExpression, Duration: '2h' });
    const before = await current(arn);
    await outcrop.clock.advance(next!.getTime() - 2 * HOUR_MS - 1 - nowMs());
    expect(await current(arn)).toBe(before);
    await outcrop.clock.advance(2 * HOUR_MS + 1);
    expect(await current(arn)).not.toBe(before);
    expect((await describeSecret(arn)).NextRotationDate!.getTime() - next!.getTime()).toBe(7 * DAY_MS);
  });

  it('counts from a value that is put by hand, and tries an unfinished rotation again', async () => {
    const { arn } = await make();
    let broken = false;
    const { arn: RotationLambdaARN } = rotator({ fail: () => broken });
    await rotate(arn, { RotationLambdaARN, RotationRules: { AutomaticallyAfterDays: 10 } });
    await outcrop.clock.advance(4 * DAY_MS);
    const put = `by hand ${integer(1, 1e9)}`;
    await secrets.send(new PutSecretValueCommand({ SecretId: arn, SecretString: put }));
    await outcrop.clock.advance(8 * DAY_MS);
    expect(await current(arn)).toBe(put);
    broken = true;
    await outcrop.clock.advance(3 * DAY_MS);
    expect(await current(arn)).toBe(put);
    broken = false;
    await outcrop.clock.advance(12 * DAY_MS);
    expect(await current(arn)).not.toBe(put);
  });

  it('ends with CancelRotateSecret, which names the version that is left pending', async () => {
    const { arn } = await make();
    const { arn: RotationLambdaARN } = rotator({ fail: () => true });
    const { VersionId } = await rotate(arn, { RotationLambdaARN, RotationRules: { AutomaticallyAfterDays: 2 } });
    await outcrop.clock.advance(60_000);
    const cancelled = await secrets.send(new CancelRotateSecretCommand({ SecretId: arn }));
    expect(cancelled).toMatchObject({ ARN: arn, VersionId });
    const now = await describeSecret(arn);
    expect(now).toMatchObject({
      RotationEnabled: false,
      RotationLambdaARN,
      RotationRules: { AutomaticallyAfterDays: 2 },
    });
    expect(now.NextRotationDate).toBeUndefined();
    const started = await begun(arn, 'RotationStarted')();
    await outcrop.clock.advance(10 * DAY_MS);
    expect(await begun(arn, 'RotationStarted')()).toBe(started);
  });
});

describe('a function that does not let Secrets Manager in', async () => {
  const closed = await openSecrets('rotation refused', [
    lambdaWith(new Map([[functionArn('closed'), async () => {}]]), false),
  ]);
  it('is told of before anything is changed', async () => {
    const { arn } = await closed.make();
    const call = closed.secrets.send(
      new RotateSecretCommand({ SecretId: arn, RotationLambdaARN: functionArn('closed') }),
    );
    expect(await refusal(call)).toMatchObject({
      name: 'AccessDeniedException',
      message:
        'Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants access to the principal secretsmanager.amazonaws.com.',
    });
    const now = await closed.secrets.send(new DescribeSecretCommand({ SecretId: arn }));
    expect(now.RotationEnabled).toBeUndefined();
  });
});

describe('without AWS Lambda', async () => {
  const plain = await openSecrets('rotation without functions');
  it('RotateSecret says that it is not built, and nothing is changed', async () => {
    const { arn, versionId } = await plain.make();
    const call = plain.secrets.send(new RotateSecretCommand({ SecretId: arn, RotationLambdaARN: functionArn('any') }));
    expect(await refusal(call)).toMatchObject({ name: 'NotImplemented', status: 501 });
    const now = await plain.secrets.send(new DescribeSecretCommand({ SecretId: arn }));
    expect(now.VersionIdsToStages).toEqual({ [versionId]: ['AWSCURRENT'] });
    expect(now.RotationEnabled).toBeUndefined();
  });
});
