import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { BedrockClient, CreateGuardrailCommand, CreateModelInvocationJobCommand } from '@aws-sdk/client-bedrock';
import {
  ApplyGuardrailCommand,
  BedrockRuntimeClient,
  ConverseCommand,
  ConverseStreamCommand,
  InvokeModelCommand,
} from '@aws-sdk/client-bedrock-runtime';
import { CloudTrailClient, StartImportCommand } from '@aws-sdk/client-cloudtrail';
import { CreateOrganizationCommand, OrganizationsClient } from '@aws-sdk/client-organizations';
import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteObjectsCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import {
  BatchGetSecretValueCommand,
  CreateSecretCommand,
  RotateSecretCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { AssumeRoleCommand, AssumeRoleWithWebIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Rule } from '../../src/main.ts';
import { ACCOUNT, allow, identities, policy, refusal, trust } from '../identities.ts';
import { startForTests } from '../start.ts';

let outcrop: Awaited<ReturnType<typeof startForTests>>;
let role: ReturnType<typeof identities>['role'];
let user: ReturnType<typeof identities>['user'];
const set = (...rules: Rule[]) => outcrop.rules.set(rules);

const modelId = 'anthropic.claude-3-haiku-20240307-v1:0';
const messages = [{ role: 'user' as const, content: [{ text: 'Repeat: computed' }] }];
const said = { output: { message: { role: 'assistant', content: [{ text: 'declared' }] } }, stopReason: 'end_turn' };
const words = {
  blockedInputMessaging: 'no',
  blockedOutputsMessaging: 'no',
  wordPolicyConfig: { wordsConfig: [{ text: 'forbidden' }] },
};

type Clients = Awaited<ReturnType<typeof user>>['clients'];
let count = 0;
/** May do everything but for one action. */
const allBut = async (...Action: string[]) =>
  (
    await user(
      `user-${++count}`,
      policy({ Effect: 'Allow', Action: '*', Resource: '*' }, { Effect: 'Deny', Action, Resource: '*' }),
    )
  ).clients;

let guardrailIdentifier: string;
beforeAll(async () => {
  outcrop = await startForTests();
  ({ role, user } = identities(outcrop));
  const made = await new BedrockClient(outcrop.clients).send(new CreateGuardrailCommand({ name: 'words', ...words }));
  guardrailIdentifier = made.guardrailId!;
});

describe('A rule that answers in the place of an operation', () => {
  it('answers nobody who may not apply the guardrail that a conversation names', async () => {
    await set(
      { service: 'bedrock-runtime', operation: ['Converse'], answer: said },
      {
        service: 'bedrock-runtime',
        operation: ['InvokeModel'],
        answer: { body: 'declared', contentType: 'text/plain' },
      },
      { service: 'bedrock-runtime', operation: ['ConverseStream'], answer: { stream: [] } },
    );
    const guardrailConfig = { guardrailIdentifier, guardrailVersion: 'DRAFT' };
    const ask = (clients: Clients) => {
      const bedrock = new BedrockRuntimeClient(clients);
      return [
        () => bedrock.send(new ConverseCommand({ modelId, messages, guardrailConfig })),
        () => bedrock.send(new ConverseStreamCommand({ modelId, messages, guardrailConfig })),
        () =>
          bedrock.send(
            new InvokeModelCommand({ modelId, body: '{}', contentType: 'application/json', ...guardrailConfig }),
          ),
      ];
    };
    for (const asked of ask(await allBut('bedrock:ApplyGuardrail')))
      expect(await refusal(asked())).toMatchObject({
        name: 'AccessDeniedException',
        message: expect.stringMatching(/bedrock:ApplyGuardrail on resource: arn:aws:bedrock:.*:guardrail\//),
      });
    const [whole] = await Promise.all(ask(await allBut('iam:*')).map((asked) => asked()));
    expect(whole).toMatchObject(said);
    // A guardrail that is not here is no reason to refuse: a rule may stand for it.
    const absent = { guardrailIdentifier: 'abcdefghij12', guardrailVersion: '1' };
    const bedrock = new BedrockRuntimeClient(await allBut('iam:*'));
    expect(await bedrock.send(new ConverseCommand({ modelId, messages, guardrailConfig: absent }))).toMatchObject(said);
    expect(await bedrock.send(new ConverseCommand({ modelId, messages }))).toMatchObject(said);
  });

  it('answers nobody who may not hand on the role that a job is given', async () => {
    const roleArn = `arn:aws:iam::${ACCOUNT}:role/job`;
    await set(
      { service: 'bedrock', operation: 'CreateModelInvocationJob', answer: { jobArn: 'declared' } },
      { service: 'cloudtrail', operation: 'StartImport', answer: { ImportId: 'declared' } },
    );
    const begin = (clients: Clients) =>
      new BedrockClient(clients).send(
        new CreateModelInvocationJobCommand({
          jobName: 'many',
          modelId,
          roleArn,
          inputDataConfig: { s3InputDataConfig: { s3Uri: 's3://some-bucket/in' } },
          outputDataConfig: { s3OutputDataConfig: { s3Uri: 's3://some-bucket/out/' } },
        }),
      );
    const bring = (clients: Clients) =>
      new CloudTrailClient(clients).send(
        new StartImportCommand({
          Destinations: [`arn:aws:cloudtrail:us-east-1:${ACCOUNT}:eventdatastore/11111111-2222-3333-4444-555555555555`],
          ImportSource: {
            S3: { S3LocationUri: 's3://some-bucket/', S3BucketRegion: 'us-east-1', S3BucketAccessRoleArn: roleArn },
          },
        }),
      );
    const without = await allBut('iam:PassRole');
    for (const asked of [begin, bring])
      expect(await refusal(asked(without))).toMatchObject({
        name: 'AccessDeniedException',
        message: expect.stringContaining(`iam:PassRole on resource: ${roleArn}`),
      });
    const full = await allBut('s3:*');
    expect((await begin(full)).jobArn).toBe('declared');
    expect((await bring(full)).ImportId).toBe('declared');
  });

  it('answers nobody whom the trust policy of a role does not let in; of a role that is not here, the own policies are asked', async () => {
    const shut = await role('shut', trust({ Service: 'ec2.amazonaws.com' }));
    const open = await role('open', trust({ AWS: '*' }));
    const anna = await user('anna');
    await set({
      service: 'sts',
      operation: ['AssumeRole', 'AssumeRoleWithWebIdentity'],
      answer: { AssumedRoleUser: { Arn: 'declared', AssumedRoleId: 'declared' } },
    });
    const assume = (clients: Clients, RoleArn: string) =>
      new STSClient(clients).send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'one' }));
    expect(await refusal(assume(anna.clients, shut.arn))).toMatchObject({ name: 'AccessDenied' });
    expect((await assume(anna.clients, open.arn)).AssumedRoleUser!.Arn).toBe('declared');
    const absent = `arn:aws:iam::${ACCOUNT}:role/absent`;
    expect(await refusal(assume(anna.clients, absent))).toMatchObject({ name: 'AccessDenied' });
    const eve = await user('eve', allow('sts:AssumeRole', absent));
    expect((await assume(eve.clients, absent)).AssumedRoleUser!.Arn).toBe('declared');
    const forged = new AssumeRoleWithWebIdentityCommand({
      RoleArn: open.arn,
      RoleSessionName: 'one',
      WebIdentityToken: 'not.a.token',
    });
    expect(await refusal(new STSClient(outcrop.clients).send(forged))).toMatchObject({
      name: 'InvalidIdentityTokenException',
    });
  });

  it('answers nobody who may not do a part of what was asked', async () => {
    const s3 = new S3Client(outcrop.clients);
    await s3.send(new CreateBucketCommand({ Bucket: 'parts' }));
    await s3.send(new PutObjectCommand({ Bucket: 'parts', Key: 'tagged', Body: 'x', Tagging: 'team=red' }));
    const { ARN } = await new SecretsManagerClient(outcrop.clients).send(
      new CreateSecretCommand({ Name: 'part', SecretString: 'x' }),
    );
    await set(
      { service: 's3', operation: 'DeleteObjects', answer: { Deleted: [{ Key: 'declared' }] } },
      { service: 's3', operation: 'CopyObject', answer: { CopyObjectResult: { ETag: 'declared' } } },
      {
        service: 'secrets-manager',
        operation: 'BatchGetSecretValue',
        answer: { SecretValues: [{ Name: 'declared' }] },
      },
      { service: 'secrets-manager', operation: 'RotateSecret', answer: { Name: 'declared' } },
      { service: 'organizations', operation: 'CreateOrganization', answer: { Organization: { Id: 'o-declared00' } } },
    );
    const calls: [string, (clients: Clients) => Promise<object>][] = [
      [
        's3:DeleteObject',
        (clients) =>
          new S3Client(clients).send(
            new DeleteObjectsCommand({ Bucket: 'parts', Delete: { Objects: [{ Key: 'a' }, { Key: 'b' }] } }),
          ),
      ],
      [
        's3:GetObjectTagging',
        (clients) =>
          new S3Client(clients).send(
            new CopyObjectCommand({ Bucket: 'parts', Key: 'copy', CopySource: 'parts/tagged' }),
          ),
      ],
      [
        'secretsmanager:GetSecretValue',
        (clients) => new SecretsManagerClient(clients).send(new BatchGetSecretValueCommand({ SecretIdList: [ARN!] })),
      ],
      [
        'secretsmanager:ListSecrets',
        (clients) =>
          new SecretsManagerClient(clients).send(
            new BatchGetSecretValueCommand({ Filters: [{ Key: 'name', Values: ['p'] }] }),
          ),
      ],
      [
        'lambda:InvokeFunction',
        (clients) =>
          new SecretsManagerClient(clients).send(
            new RotateSecretCommand({
              SecretId: ARN,
              RotationLambdaARN: `arn:aws:lambda:us-east-1:${ACCOUNT}:function:turn`,
            }),
          ),
      ],
      [
        'iam:CreateServiceLinkedRole',
        (clients) => new OrganizationsClient(clients).send(new CreateOrganizationCommand({})),
      ],
    ];
    const full = await allBut('ec2:*');
    for (const [action, call] of calls) {
      const refused = await call(await allBut(action)).then(() => undefined, String);
      expect(refused, action).toMatch(/^AccessDenied/);
      expect(JSON.stringify(await call(full)), action).toContain('declared');
    }
  });

  it('answers nobody who may not ask the Automated Reasoning policies of a guardrail', async () => {
    const made = await new BedrockClient(outcrop.clients).send(
      new CreateGuardrailCommand({
        name: 'reasoning',
        ...words,
        automatedReasoningPolicyConfig: {
          policies: [`arn:aws:bedrock:us-east-1:${ACCOUNT}:automated-reasoning-policy/abcdefghijkl:1`],
        },
        crossRegionConfig: { guardrailProfileIdentifier: 'us.guardrail.v1:0' },
      }),
    );
    await set({ service: 'bedrock-runtime', operation: 'ApplyGuardrail', answer: { action: 'NONE' } });
    const apply = (clients: Clients, identifier: string) =>
      new BedrockRuntimeClient(clients).send(
        new ApplyGuardrailCommand({
          guardrailIdentifier: identifier,
          guardrailVersion: 'DRAFT',
          source: 'INPUT',
          content: [{ text: { text: 'x' } }],
        }),
      );
    const without = await allBut('bedrock:InvokeAutomatedReasoningPolicy');
    expect(await apply(without, guardrailIdentifier)).toMatchObject({ action: 'NONE' });
    expect(await refusal(apply(without, made.guardrailId!))).toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringContaining('bedrock:InvokeAutomatedReasoningPolicy'),
    });
    expect(await apply(await allBut('ec2:*'), made.guardrailId!)).toMatchObject({ action: 'NONE' });
  });

  it('plays a cassette to nobody who may not do what it has the answer to', async () => {
    mkdirSync('.cache', { recursive: true });
    const folder = mkdtempSync(join(process.cwd(), '.cache', 'permissions-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const cassette = join(folder, 'calls.yaml');
    const guardrailConfig = { guardrailIdentifier, guardrailVersion: 'DRAFT' };
    const ask = async (clients: Clients) =>
      new BedrockRuntimeClient(clients).send(new ConverseCommand({ modelId, messages, guardrailConfig }));
    const full = await allBut('ec2:*');
    const without = await allBut('bedrock:ApplyGuardrail');
    await set({ record: cassette });
    const { output } = await ask(full);
    await set({ replay: cassette });
    expect(await refusal(ask(without))).toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringContaining('bedrock:ApplyGuardrail'),
    });
    // The refusal has played nothing.
    expect((await ask(full)).output).toEqual(output);
  });
});
