import {
  BedrockClient,
  DeleteModelInvocationLoggingConfigurationCommand,
  GetModelInvocationLoggingConfigurationCommand,
  PutModelInvocationLoggingConfigurationCommand,
} from '@aws-sdk/client-bedrock';
import { CloudTrailClient, LookupEventsCommand } from '@aws-sdk/client-cloudtrail';
import {
  CreateAliasCommand,
  CreateKeyCommand,
  EnableKeyRotationCommand,
  KMSClient,
  PutKeyPolicyCommand,
} from '@aws-sdk/client-kms';
import {
  CreateBucketCommand,
  DeleteBucketEncryptionCommand,
  DeleteObjectCommand,
  DeletePublicAccessBlockCommand,
  GetBucketEncryptionCommand,
  GetBucketPolicyCommand,
  GetObjectCommand,
  GetPublicAccessBlockCommand,
  HeadObjectCommand,
  PutBucketEncryptionCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  PutPublicAccessBlockCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import {
  DecryptCommand,
  DisableKeyCommand,
  DisableKeyRotationCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  GetKeyPolicyCommand,
  GetKeyRotationStatusCommand,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms';
import type { Credentials } from '../../../aws/session.ts';
import { isDenied, tried } from '../frame/asking.ts';
import type { Check, Finding, LabContext, LabModule } from '../frame/types.ts';
import { fired } from '../security/attack.ts';
import { asUser, found, policyOf } from '../security/callers.ts';
import { deniedOf, INTRUDER, intrude, INTRUDED_MODELS } from './intruder.ts';
import { invoked, recordOf } from './logs.ts';
import { ALIAS, dataBucket, isOpen, keyOf, logBucket, madeByLab, READER } from './things.ts';

const TEXT = 'When is breakfast served? Breakfast is served from 7 to 10.';
/** Of the denied calls of an intruder, how many must be on the record. */
const RECORDED_MIN = 10;

const key: Check = async (context) => {
  const mine = await keyOf(context);
  if (!mine)
    return [{ what: `A key with the alias ${ALIAS}`, ok: false, found: 'DescribeKey tells of none with this alias.' }];
  const { KeyRotationEnabled } = await context.send(KMSClient, GetKeyRotationStatusCommand, { KeyId: mine.id });
  const { Policy = '' } = await context.send(KMSClient, GetKeyPolicyCommand, { KeyId: mine.id });
  const open = isOpen(Policy);
  const outcome = await asUser(context, READER, policyOf(NOTHING), (credentials) =>
    tried(
      context
        .client(KMSClient, credentials)
        .send(new EncryptCommand({ KeyId: mine.arn, Plaintext: new TextEncoder().encode('labs') })),
    ),
  );
  return [
    {
      what: 'The key is your own, symmetric, and enabled',
      ok: mine.own,
      found: `${mine.arn}, ${mine.state}, managed by ${mine.manager}.`,
    },
    {
      what: 'It is rotated every year',
      ok: KeyRotationEnabled === true,
      found: `Rotation: ${KeyRotationEnabled ? 'on' : 'off'}.`,
    },
    {
      what: 'Its policy opens it to no stranger',
      ok: !open,
      found: open ? 'A statement allows Principal "*" without a condition.' : 'No statement allows everybody.',
    },
    {
      what: 'A user without permissions may not encrypt with it',
      ok: isDenied(outcome),
      found: 'name' in outcome ? `${outcome.name}: ${outcome.message}` : 'The user has encrypted a text.',
    },
  ];
};

/** A user needs a policy to be made with: one that gives nothing. */
const NOTHING = { Effect: 'Deny', Action: 'sts:GetSessionToken', Resource: '*' };
const reading = (bucket: string) => ({
  Effect: 'Allow',
  Action: ['s3:GetObject', 's3:ListBucket'],
  Resource: [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`],
});

/** What is set on the bucket of the data. */
async function settings(context: LabContext, Bucket: string, arn: string): Promise<Finding[]> {
  const encryption = await found(context.send(S3Client, GetBucketEncryptionCommand, { Bucket }));
  const rule = encryption?.ServerSideEncryptionConfiguration?.Rules?.[0]?.ApplyServerSideEncryptionByDefault;
  const access = await found(context.send(S3Client, GetPublicAccessBlockCommand, { Bucket }));
  const blocks = access?.PublicAccessBlockConfiguration ?? {};
  const policy = (await found(context.send(S3Client, GetBucketPolicyCommand, { Bucket })))?.Policy;
  return [
    {
      what: 'New objects are encrypted with your key',
      ok:
        rule?.SSEAlgorithm === 'aws:kms' &&
        (rule.KMSMasterKeyID === arn ||
          arn.endsWith(`/${rule.KMSMasterKeyID}`) ||
          `${rule.KMSMasterKeyID}`.endsWith(ALIAS)),
      found: rule ? `${rule.SSEAlgorithm} ${rule.KMSMasterKeyID ?? ''}` : 'There is no default encryption.',
    },
    {
      what: 'Public access is blocked in all four ways',
      ok: [
        blocks.BlockPublicAcls,
        blocks.IgnorePublicAcls,
        blocks.BlockPublicPolicy,
        blocks.RestrictPublicBuckets,
      ].every(Boolean),
      found: JSON.stringify(blocks),
    },
    {
      what: 'No bucket policy opens it to everybody',
      ok: policy === undefined || !isOpen(policy),
      found: policy === undefined ? 'There is no bucket policy.' : 'The bucket has a policy.',
    },
  ];
}

const CHECKED = 'labs-check.txt';
const get = (context: LabContext, credentials: Credentials, Bucket: string) =>
  tried(context.client(S3Client, credentials).send(new GetObjectCommand({ Bucket, Key: CHECKED })));

const data: Check = async (context) => {
  const Bucket = dataBucket(context);
  const mine = await keyOf(context);
  if (!mine) return [{ what: `A key with the alias ${ALIAS}`, ok: false, found: 'Do the step before first.' }];
  const put = await tried(
    context.send(S3Client, PutObjectCommand, {
      Bucket,
      Key: CHECKED,
      Body: 'Text of the check',
      ContentType: 'text/plain',
    }),
  );
  if ('name' in put)
    return [{ what: `An object can be put into ${Bucket}`, ok: false, found: `${put.name}: ${put.message}` }];
  const head = await context.send(S3Client, HeadObjectCommand, { Bucket, Key: CHECKED });
  const without = await asUser(context, READER, policyOf(reading(Bucket)), (credentials) =>
    get(context, credentials, Bucket),
  );
  const withKey = await asUser(
    context,
    READER,
    policyOf(reading(Bucket), { Effect: 'Allow', Action: 'kms:Decrypt', Resource: mine.arn }),
    (credentials) => get(context, credentials, Bucket),
  );
  const stranger = await fetch(`${location.origin}/${Bucket}/${CHECKED}`, { signal: context.signal });
  await context.send(S3Client, DeleteObjectCommand, { Bucket, Key: CHECKED });
  return [
    ...(await settings(context, Bucket, mine.arn)),
    {
      what: 'An object put just now lies under your key',
      ok: head.ServerSideEncryption === 'aws:kms' && head.SSEKMSKeyId === mine.arn,
      found: `${head.ServerSideEncryption} ${head.SSEKMSKeyId ?? ''}`,
    },
    {
      what: 'Who may read the bucket, but not use the key, reads nothing',
      ok: isDenied(without),
      found: 'name' in without ? `${without.name}: ${without.message}` : 'The object was read.',
    },
    {
      what: 'Who may do both reads it',
      ok: 'answer' in withKey,
      found: 'name' in withKey ? `${withKey.name}: ${withKey.message}` : 'The object was read.',
    },
    {
      what: 'Who has not signed in reads nothing',
      ok: stranger.status === 403,
      found: `A request without a signature was answered ${stranger.status}.`,
    },
  ];
};

const logging: Check = async (context) => {
  const Bucket = logBucket(context);
  const { loggingConfig } = await context.send(BedrockClient, GetModelInvocationLoggingConfigurationCommand, {});
  const configured: Finding[] = [
    {
      what: `Invocations are logged to ${Bucket}, with their text`,
      ok: loggingConfig?.s3Config?.bucketName === Bucket && loggingConfig.textDataDeliveryEnabled === true,
      found: loggingConfig
        ? `Bucket ${loggingConfig.s3Config?.bucketName}, text ${loggingConfig.textDataDeliveryEnabled ? 'delivered' : 'left out'}.`
        : 'There is no configuration in this region.',
    },
  ];
  if (!configured[0]!.ok) return configured;
  const requestId = await invoked(context, TEXT);
  const record = await recordOf(context, Bucket, requestId);
  return [
    ...configured,
    {
      what: 'A call made just now is in the logs',
      ok: record !== undefined,
      found: record ? `Request ${requestId}, found in ${record.key}.` : `Request ${requestId} was in no file.`,
    },
    {
      what: 'The record tells who asked what',
      ok: record?.text.includes(TEXT) === true && record.identity === context.session.arn,
      found: record ? `${record.identity}, ${record.tokens} input tokens.` : 'There is no record.',
    },
  ];
};

const audit: Check = async (context) => {
  const denied = await deniedOf(context);
  const latest = denied.find(({ modelId }) => modelId !== undefined);
  if (!latest)
    return [
      {
        what: 'An incident',
        ok: false,
        found: `LookupEvents tells of no denied invocation by ${INTRUDER}: press the button.`,
      },
    ];
  const finding = (what: string, given: string, right: string): Finding => ({
    what,
    ok: given === right,
    found:
      given === right
        ? `${given}, says event ${latest.id}.`
        : given === ''
          ? 'Nothing is filled in.'
          : `You filled in ${given}; the latest event says otherwise.`,
  });
  return [
    finding('The user', context.input('audit-user'), INTRUDER),
    finding('The operation', context.input('audit-operation'), latest.name),
    finding('The model', context.input('audit-model'), latest.modelId!),
    finding('How it ended', context.input('audit-error'), latest.error),
  ];
};

const fire: Check = async (context) => {
  const [Bucket, Logs] = [dataBucket(context), logBucket(context)];
  const mine = await keyOf(context);
  // What would do harm is fired only where the controls stand that refuse it.
  const standing = [...(await key(context)), ...(mine ? await settings(context, Bucket, mine.arn) : [])];
  const logs = (await found(context.send(S3Client, GetBucketPolicyCommand, { Bucket: Logs })))?.Policy;
  standing.push({
    what: 'The logs are open to Bedrock alone',
    ok: logs !== undefined && !isOpen(logs),
    found:
      logs === undefined
        ? 'The bucket of the logs, or its policy, is not there.'
        : 'The policy of the bucket names no stranger.',
  });
  if (!mine || standing.some(({ ok }) => !ok)) return standing;
  await context.send(S3Client, PutObjectCommand, { Bucket, Key: CHECKED, Body: 'Text of the check' });
  const { CiphertextBlob } = await context.send(KMSClient, EncryptCommand, {
    KeyId: mine.arn,
    Plaintext: new TextEncoder().encode('labs'),
  });
  const everybody = (bucket: string) =>
    policyOf({ Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: `arn:aws:s3:::${bucket}/*` });
  const refused = await asUser(context, INTRUDER, policyOf(reading(Bucket), reading(Logs)), async (credentials) => {
    const kms = context.client(KMSClient, credentials);
    const s3 = context.client(S3Client, credentials);
    const bedrock = context.client(BedrockClient, credentials);
    const KeyId = mine.arn;
    const arn = `arn:aws:iam::${context.session.account}:user/${INTRUDER}`;
    return fired(context, arn, [
      { what: 'to read the data without the key', call: () => s3.send(new GetObjectCommand({ Bucket, Key: CHECKED })) },
      { what: 'to decrypt a ciphertext', call: () => kms.send(new DecryptCommand({ CiphertextBlob })) },
      { what: 'to make a data key', call: () => kms.send(new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256' })) },
      {
        what: 'to rewrite the policy of the key',
        destroys: 'kms:PutKeyPolicy',
        call: () =>
          kms.send(
            new PutKeyPolicyCommand({
              KeyId,
              Policy: policyOf({ Effect: 'Allow', Principal: '*', Action: 'kms:*', Resource: '*' }),
            }),
          ),
      },
      {
        what: 'to disable the key',
        destroys: 'kms:DisableKey',
        call: () => kms.send(new DisableKeyCommand({ KeyId })),
      },
      {
        what: 'to have the key deleted',
        destroys: 'kms:ScheduleKeyDeletion',
        call: () => kms.send(new ScheduleKeyDeletionCommand({ KeyId })),
      },
      {
        what: 'to stop its rotation',
        destroys: 'kms:DisableKeyRotation',
        call: () => kms.send(new DisableKeyRotationCommand({ KeyId })),
      },
      {
        what: 'to put another object in',
        destroys: 's3:PutObject',
        call: () => s3.send(new PutObjectCommand({ Bucket, Key: CHECKED, Body: 'poison' })),
      },
      {
        what: 'to end the encryption of the bucket',
        destroys: 's3:PutEncryptionConfiguration',
        call: () => s3.send(new DeleteBucketEncryptionCommand({ Bucket })),
      },
      {
        what: 'to lift the block of public access',
        destroys: 's3:PutBucketPublicAccessBlock',
        call: () => s3.send(new DeletePublicAccessBlockCommand({ Bucket })),
      },
      {
        what: 'to open the logs to everybody',
        destroys: 's3:PutBucketPolicy',
        call: () => s3.send(new PutBucketPolicyCommand({ Bucket: Logs, Policy: everybody(Logs) })),
      },
      {
        what: 'to delete what is logged',
        destroys: 's3:DeleteObject',
        call: () => s3.send(new DeleteObjectCommand({ Bucket: Logs, Key: 'AWSLogs/labs' })),
      },
      {
        what: 'to switch the logs off',
        destroys: 'bedrock:DeleteModelInvocationLoggingConfiguration',
        call: () => bedrock.send(new DeleteModelInvocationLoggingConfigurationCommand({})),
      },
      {
        what: 'to send the logs elsewhere',
        destroys: 'bedrock:PutModelInvocationLoggingConfiguration',
        call: () =>
          bedrock.send(
            new PutModelInvocationLoggingConfigurationCommand({ loggingConfig: { s3Config: { bucketName: Bucket } } }),
          ),
      },
      {
        what: 'to see what is on the record',
        call: () => context.client(CloudTrailClient, credentials).send(new LookupEventsCommand({})),
      },
    ]);
  });
  await context.send(S3Client, DeleteObjectCommand, { Bucket, Key: CHECKED });
  const recorded = await deniedOf(context);
  const { loggingConfig } = await context.send(BedrockClient, GetModelInvocationLoggingConfigurationCommand, {});
  return [
    ...refused,
    {
      what: 'The attacks are on the record',
      ok: recorded.length >= RECORDED_MIN,
      found: `LookupEvents tells of ${recorded.length} denied calls by ${INTRUDER}: ${[...new Set(recorded.map(({ name }) => name))].join(', ')}.`,
    },
    {
      what: 'Invocations are still logged',
      ok: loggingConfig?.s3Config?.bucketName === Logs,
      found: loggingConfig ? `To ${loggingConfig.s3Config?.bucketName}.` : 'They are not.',
    },
  ];
};

export const checks: LabModule['checks'] = { key, data, logging, audit, fire };
export const runs: LabModule['runs'] = {
  async intrude(context) {
    await intrude(context);
    return {
      text: `Done. Somebody has tried one of ${INTRUDED_MODELS.length} models without permission. Who, what, and how did it end?`,
    };
  },
};
export const calls: LabModule['calls'] = {
  CreateKey: [KMSClient, CreateKeyCommand],
  CreateAlias: [KMSClient, CreateAliasCommand],
  EnableKeyRotation: [KMSClient, EnableKeyRotationCommand],
  PutKeyPolicy: [KMSClient, PutKeyPolicyCommand],
  CreateBucket: [S3Client, CreateBucketCommand],
  PutBucketEncryption: [S3Client, PutBucketEncryptionCommand],
  PutPublicAccessBlock: [S3Client, PutPublicAccessBlockCommand],
  PutBucketPolicy: [S3Client, PutBucketPolicyCommand],
  PutModelInvocationLoggingConfiguration: [BedrockClient, PutModelInvocationLoggingConfigurationCommand],
  LookupEvents: [CloudTrailClient, LookupEventsCommand],
};
export const made: LabModule['made'] = madeByLab;
