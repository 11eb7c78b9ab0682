import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretVersionIdsCommand,
  PutSecretValueCommand,
  UpdateSecretVersionStageCommand,
  type PutSecretValueRequest,
} from '@aws-sdk/client-secrets-manager';
import { describe, expect, it } from 'vitest';
import { refusal } from '../../../tests/identities.ts';
import { DAY_MS, openSecrets } from './secrets.fixture.ts';

const { outcrop, secrets, make, text, integer, random, newName } = await openSecrets('versions');
const stagesOf = async (SecretId: string) =>
  (await secrets.send(new DescribeSecretCommand({ SecretId }))).VersionIdsToStages;
const put = (SecretId: string, more: Partial<PutSecretValueRequest> = {}) =>
  secrets.send(new PutSecretValueCommand({ SecretId, SecretString: text(), ...more }));
const move = (SecretId: string, VersionStage: string, MoveToVersionId?: string, RemoveFromVersionId?: string) =>
  secrets.send(
    new UpdateSecretVersionStageCommand({
      SecretId,
      VersionStage,
      ...(MoveToVersionId ? { MoveToVersionId } : {}),
      ...(RemoveFromVersionId ? { RemoveFromVersionId } : {}),
    }),
  );

describe('PutSecretValue', () => {
  it('makes the new version current and the one before previous', async () => {
    const { arn, versionId: first, value } = await make();
    const second = await put(arn);
    expect(second.VersionStages).toEqual(['AWSCURRENT']);
    const third = await put(arn);
    expect(await stagesOf(arn)).toEqual({
      [second.VersionId!]: ['AWSPREVIOUS'],
      [third.VersionId!]: ['AWSCURRENT'],
    });
    const old = await secrets.send(new GetSecretValueCommand({ SecretId: arn, VersionId: first }));
    expect(old).toMatchObject({ SecretString: value, VersionId: first });
  });

  it('leaves the current version alone when it is given other labels', async () => {
    const { arn, versionId } = await make();
    const { VersionId } = await put(arn, { VersionStages: ['AWSPENDING', 'canary'] });
    expect(await stagesOf(arn)).toEqual({ [versionId]: ['AWSCURRENT'], [VersionId!]: ['AWSPENDING', 'canary'] });
    const next = await put(arn, { VersionStages: ['canary'] });
    expect(await stagesOf(arn)).toEqual({
      [versionId]: ['AWSCURRENT'],
      [VersionId!]: ['AWSPENDING'],
      [next.VersionId!]: ['canary'],
    });
  });

  it('is idempotent by its token, and refuses another value under it', async () => {
    const { arn } = await make();
    const ClientRequestToken = crypto.randomUUID();
    const SecretString = text();
    await put(arn, { ClientRequestToken, SecretString });
    const current = await put(arn);
    const again = await put(arn, { ClientRequestToken, SecretString });
    expect(again).toMatchObject({ VersionId: ClientRequestToken, VersionStages: ['AWSPREVIOUS'] });
    expect((await stagesOf(arn))![current.VersionId!]).toEqual(['AWSCURRENT']);
    expect((await refusal(put(arn, { ClientRequestToken }))).name).toBe('ResourceExistsException');
  });

  it('makes the first version of a secret current, whatever its labels', async () => {
    const Name = newName();
    await secrets.send(new CreateSecretCommand({ Name }));
    const { VersionId } = await put(Name, { VersionStages: ['beta'] });
    expect((await stagesOf(Name))![VersionId!]!.sort()).toEqual(['AWSCURRENT', 'beta']);
  });

  it('refuses more than 20 labels on a secret, and a value twice or none', async () => {
    const { arn } = await make();
    const VersionStages = Array.from({ length: 18 }, (_, at) => `l${at}`);
    await put(arn, { VersionStages });
    expect((await refusal(put(arn, { VersionStages: ['m1', 'm2'] }))).name).toBe('LimitExceededException');
    const none = refusal(secrets.send(new PutSecretValueCommand({ SecretId: arn })));
    expect((await none).name).toBe('InvalidRequestException');
  });

  it('keeps each version that many writers put at once, and one of them current', async () => {
    const { arn } = await make();
    const written = await Promise.all(Array.from({ length: 12 }, () => put(arn)));
    const { Versions } = await secrets.send(
      new ListSecretVersionIdsCommand({ SecretId: arn, IncludeDeprecated: true }),
    );
    expect(new Set(Versions!.map(({ VersionId }) => VersionId)).size).toBe(13);
    const current = Versions!.filter(({ VersionStages }) => VersionStages?.includes('AWSCURRENT'));
    expect(current).toHaveLength(1);
    expect(written.map(({ VersionId }) => VersionId)).toContain(current[0]!.VersionId);
  });
});

describe('versions without labels', () => {
  it('make room for new ones once they are a day old; labelled ones stay', async () => {
    const { arn, versionId } = await make();
    await move(arn, 'kept', versionId);
    const made: string[] = [];
    for (let at = 0; at < 99; at++) made.push((await put(arn)).VersionId!);
    expect((await refusal(put(arn))).name).toBe('LimitExceededException');
    await outcrop.clock.advance(DAY_MS);
    for (let at = 0; at < 5; at++) made.push((await put(arn)).VersionId!);
    const { Versions } = await secrets.send(
      new ListSecretVersionIdsCommand({ SecretId: arn, IncludeDeprecated: true }),
    );
    expect(Versions!.map(({ VersionId }) => VersionId)).toEqual([versionId, ...made.slice(5)]);
    const gone = secrets.send(new GetSecretValueCommand({ SecretId: arn, VersionId: made[0]! }));
    expect(await refusal(gone)).toMatchObject({
      name: 'ResourceNotFoundException',
      message: `Secrets Manager can't find the specified secret value for VersionId: ${made[0]}`,
    });
  }, 60_000);

  it('are listed when they are asked for, page by page', async () => {
    const { arn, versionId } = await make();
    const made = [versionId];
    for (let at = 0; at < 6; at++) made.push((await put(arn)).VersionId!);
    const list = async (IncludeDeprecated: boolean) => {
      const found: string[] = [];
      let NextToken: string | undefined;
      do {
        const page = await secrets.send(
          new ListSecretVersionIdsCommand({
            SecretId: arn,
            IncludeDeprecated,
            MaxResults: 2,
            ...(NextToken ? { NextToken } : {}),
          }),
        );
        expect(page.Versions!.length).toBeLessThanOrEqual(2);
        found.push(...page.Versions!.map(({ VersionId }) => VersionId!));
        for (const { KmsKeyIds } of page.Versions!) expect(KmsKeyIds).toEqual(['DefaultEncryptionKey']);
        ({ NextToken } = page);
      } while (NextToken);
      return found;
    };
    expect(await list(true)).toEqual(made);
    expect(await list(false)).toEqual(made.slice(-2));
  });
});

describe('UpdateSecretVersionStage', () => {
  it('moves AWSCURRENT back, and AWSPREVIOUS with it', async () => {
    const { arn, versionId: first } = await make();
    const { VersionId: second } = await put(arn);
    await move(arn, 'AWSCURRENT', first, second);
    expect(await stagesOf(arn)).toEqual({ [first]: ['AWSCURRENT'], [second!]: ['AWSPREVIOUS'] });
  });

  it('puts own labels on, moves them, and takes them off', async () => {
    const { arn, versionId: first } = await make();
    const { VersionId: second } = await put(arn);
    await move(arn, 'blue', first);
    expect((await stagesOf(arn))![first]).toEqual(['AWSPREVIOUS', 'blue']);
    await move(arn, 'blue', second, first);
    expect((await stagesOf(arn))![second!]).toEqual(['AWSCURRENT', 'blue']);
    await move(arn, 'blue', undefined, second);
    expect(await stagesOf(arn)).toEqual({ [first]: ['AWSPREVIOUS'], [second!]: ['AWSCURRENT'] });
  });

  it('refuses to take a label from a version that is not named, or does not have it', async () => {
    const { arn, versionId: first } = await make();
    const { VersionId: second } = await put(arn);
    expect(await refusal(move(arn, 'AWSCURRENT', first))).toMatchObject({
      name: 'InvalidParameterException',
      message: `The parameter RemoveFromVersionId can't be empty. Staging label AWSCURRENT is currently attached to version ${second}, so you must explicitly reference that version in RemoveFromVersionId.`,
    });
    expect((await refusal(move(arn, 'AWSCURRENT', first, first))).name).toBe('InvalidParameterException');
    expect((await refusal(move(arn, 'AWSCURRENT', undefined, second))).name).toBe('InvalidParameterException');
    expect((await refusal(move(arn, 'other'))).name).toBe('InvalidParameterException');
    expect((await refusal(move(arn, 'other', crypto.randomUUID()))).name).toBe('ResourceNotFoundException');
  });

  it('keeps each label on one version at most, and AWSCURRENT on one, whatever is done', async () => {
    const { arn, versionId } = await make();
    const ids = [versionId];
    const labels = ['AWSCURRENT', 'AWSPENDING', 'x', 'y'];
    const model = new Map([['AWSCURRENT', versionId]]);
    const place = (label: string, id: string) => {
      const from = model.get(label);
      if (from === id) return;
      if (label === 'AWSCURRENT' && from) model.set('AWSPREVIOUS', from);
      model.set(label, id);
    };
    for (let step = 0; step < 40; step++) {
      const label = labels[integer(0, labels.length - 1)]!;
      if (random() < 0.4) {
        const { VersionId } = await put(arn, { VersionStages: [label] });
        ids.push(VersionId!);
        place(label, VersionId!);
      } else {
        const to = ids[integer(0, ids.length - 1)]!;
        await move(arn, label, to, model.get(label));
        place(label, to);
      }
      const expected: Record<string, string[]> = {};
      for (const [name, id] of model) (expected[id] ??= []).push(name);
      const found = await stagesOf(arn);
      expect(Object.fromEntries(Object.entries(found!).map(([id, on]) => [id, on.toSorted()]))).toEqual(
        Object.fromEntries(Object.entries(expected).map(([id, on]) => [id, on.sort()])),
      );
    }
  });
});
