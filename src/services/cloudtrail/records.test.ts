import { readFileSync } from 'node:fs';
import https from 'node:https';
import { CloudTrailClient, LookupEventsCommand, paginateLookupEvents } from '@aws-sdk/client-cloudtrail';
import {
  CreateAccessKeyCommand,
  CreateLoginProfileCommand,
  CreateOpenIDConnectProviderCommand,
  CreateUserCommand,
  IAMClient,
} from '@aws-sdk/client-iam';
import { CreateKeyCommand, DecryptCommand, EncryptCommand, KMSClient } from '@aws-sdk/client-kms';
import { CreateOrganizationCommand, OrganizationsClient } from '@aws-sdk/client-organizations';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateSecretCommand, GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import {
  AssumeRoleCommand,
  AssumeRoleWithWebIdentityCommand,
  GetCallerIdentityCommand,
  GetSessionTokenCommand,
  STSClient,
} from '@aws-sdk/client-sts';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { describe, expect, it } from 'vitest';
import { accountsOf, ACCESS_ROLE } from '../../../tests/accounts.ts';
import { ACCOUNT, allow, identities, policy, refusal, trust } from '../../../tests/identities.ts';
import { oidcIdentityProvider } from '../../../tests/oidc-provider.ts';
import { startForTests, testSeed } from '../../../tests/start.ts';
import { generator } from '../../kernel/ids.ts';

const CERT = 'tests/fixtures/localhost.crt';
const random = generator(testSeed('cloudtrail records'));
const word = () =>
  Math.floor(random() * 36 ** 8)
    .toString(36)
    .padStart(8, 'x');
const outcrop = await startForTests();
const { user, role } = identities(outcrop);
const cloudtrail = new CloudTrailClient(outcrop.clients);

type Recorded = {
  eventName: string;
  awsRegion: string;
  requestID: string;
  recipientAccountId: string;
  sharedEventID?: string;
  errorCode?: string;
  errorMessage?: string;
  userIdentity: Record<string, unknown>;
  requestParameters: Record<string, unknown> | null;
  responseElements: Record<string, Record<string, unknown>> | null;
  resources?: { ARN: string; accountId: string }[];
  readOnly: boolean;
  tlsDetails?: Record<string, string>;
  managementEvent: boolean;
  eventType: string;
};

/** The record of a call, in the history of whoever asks. */
async function recordOf(
  call: { $metadata: { requestId?: string } },
  client = cloudtrail,
): Promise<Recorded | undefined> {
  for await (const page of paginateLookupEvents({ client }, {}))
    for (const { CloudTrailEvent } of page.Events!) {
      const record = JSON.parse(CloudTrailEvent!) as Recorded;
      if (record.requestID === call.$metadata.requestId) return record;
    }
  return undefined;
}
const failed = (call: Promise<unknown>) =>
  call.then(
    () => {
      throw new Error('the call succeeded');
    },
    (error: Error & { $metadata: { requestId?: string } }) => error,
  );

describe('a record', () => {
  it('shows names and ids, and never passwords, keys, secrets, tokens or plaintext', async () => {
    const iam = new IAMClient(outcrop.clients);
    const kms = new KMSClient(outcrop.clients);
    const secretsManager = new SecretsManagerClient(outcrop.clients);
    const UserName = `u-${word()}`;
    const Password = `Secret-${word()}-1!`;
    const hidden = [Password, `text-${word()}`, `value-${word()}`];
    await iam.send(new CreateUserCommand({ UserName, Tags: [{ Key: 'team', Value: 'a' }] }));
    const login = await iam.send(new CreateLoginProfileCommand({ UserName, Password }));
    const key = await iam.send(new CreateAccessKeyCommand({ UserName }));
    hidden.push(key.AccessKey!.SecretAccessKey!);
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
    const KeyId = KeyMetadata!.KeyId!;
    const EncryptionContext = { department: word() };
    const sealed = await kms.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from(hidden[1]!), EncryptionContext }));
    const opened = await kms.send(new DecryptCommand({ CiphertextBlob: sealed.CiphertextBlob!, EncryptionContext }));
    const made = await secretsManager.send(new CreateSecretCommand({ Name: `s-${word()}`, SecretString: hidden[2]! }));
    const read = await secretsManager.send(new GetSecretValueCommand({ SecretId: made.ARN! }));
    const token = await new STSClient(outcrop.clients).send(new GetSessionTokenCommand({}));
    hidden.push(token.Credentials!.SecretAccessKey!, token.Credentials!.SessionToken!);
    const records = await Promise.all([login, key, sealed, opened, made, read, token].map((call) => recordOf(call)));
    const text = JSON.stringify(records);
    for (const one of hidden) {
      expect(text).not.toContain(one);
      expect(text).not.toContain(Buffer.from(one).toString('base64'));
    }
    const [ofLogin, ofKey, ofEncrypt, ofDecrypt, ofSecret, ofRead, ofToken] = records as Recorded[];
    expect(ofLogin!.requestParameters).toMatchObject({ userName: UserName });
    expect(ofKey!.responseElements!['accessKey']).toMatchObject({
      accessKeyId: key.AccessKey!.AccessKeyId,
      userName: UserName,
    });
    expect(ofEncrypt).toMatchObject({
      readOnly: true,
      responseElements: null,
      requestParameters: { keyId: KeyId, encryptionContext: EncryptionContext },
    });
    expect(ofEncrypt!.resources).toEqual([{ accountId: ACCOUNT, type: 'AWS::KMS::Key', ARN: KeyMetadata!.Arn }]);
    expect(ofDecrypt!.eventName).toBe('Decrypt');
    expect(ofSecret!.responseElements).toMatchObject({ aRN: made.ARN });
    expect(ofRead!.responseElements).toBeNull();
    expect(ofToken!.responseElements!['credentials']!['accessKeyId']).toBe(token.Credentials!.AccessKeyId);
  });

  it('of a global service is in us-east-1, wherever the call was signed for', async () => {
    const made = await new IAMClient({ ...outcrop.clients, region: 'eu-west-1' }).send(
      new CreateUserCommand({ UserName: `u-${word()}` }),
    );
    expect(await recordOf(made)).toMatchObject({ awsRegion: 'us-east-1', eventName: 'CreateUser' });
    expect(await recordOf(made, new CloudTrailClient({ ...outcrop.clients, region: 'eu-west-1' }))).toBeUndefined();
  });

  it('tells of a session who issued it, and when', async () => {
    const source = await user(`u-${word()}`, allow('sts:AssumeRole'));
    const target = await role(`r-${word()}`, trust({ AWS: source.arn }));
    const assumed = await new STSClient(source.clients).send(
      new AssumeRoleCommand({ RoleArn: target.arn, RoleSessionName: 'night-shift' }),
    );
    const { Credentials, AssumedRoleUser } = assumed;
    const session = {
      ...outcrop.clients,
      credentials: {
        accessKeyId: Credentials!.AccessKeyId!,
        secretAccessKey: Credentials!.SecretAccessKey!,
        sessionToken: Credentials!.SessionToken!,
      },
    };
    const asked = await new STSClient(session).send(new GetCallerIdentityCommand({}));
    expect((await recordOf(asked))!.userIdentity).toEqual({
      type: 'AssumedRole',
      principalId: `${target.id}:night-shift`,
      arn: AssumedRoleUser!.Arn,
      accountId: ACCOUNT,
      accessKeyId: Credentials!.AccessKeyId,
      sessionContext: {
        sessionIssuer: {
          type: 'Role',
          principalId: target.id,
          arn: target.arn,
          accountId: ACCOUNT,
          userName: target.name,
        },
        attributes: {
          creationDate: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) as string,
          mfaAuthenticated: 'false',
        },
      },
    });
    const ofAssume = await recordOf(assumed);
    expect(ofAssume).toMatchObject({
      userIdentity: { type: 'IAMUser', userName: source.name },
      requestParameters: { roleArn: target.arn, roleSessionName: 'night-shift' },
      responseElements: { assumedRoleUser: { arn: AssumedRoleUser!.Arn } },
    });
    const { Events } = await cloudtrail.send(
      new LookupEventsCommand({ LookupAttributes: [{ AttributeKey: 'Username', AttributeValue: 'night-shift' }] }),
    );
    expect(Events!.map(({ EventName }) => EventName)).toEqual(['GetCallerIdentity']);
  });

  it('is left by calls that are denied or fail, and by none whose caller is not known', async () => {
    const nobody = await user(`u-${word()}`);
    const denied = await failed(new IAMClient(nobody.clients).send(new CreateUserCommand({ UserName: 'x' })));
    expect(await recordOf(denied)).toMatchObject({
      errorCode: 'AccessDenied',
      errorMessage: expect.stringContaining('is not authorized to perform: iam:CreateUser') as string,
      requestParameters: { userName: 'x' },
      responseElements: null,
    });
    const invalid = await failed(
      new KMSClient(outcrop.clients).send(new EncryptCommand({ KeyId: 'alias/none', Plaintext: Buffer.from('x') })),
    );
    expect((await recordOf(invalid))!.errorCode).toBe('NotFoundException');
    const forged = { ...nobody.clients, credentials: { ...nobody.clients.credentials, secretAccessKey: 'wrong' } };
    const refused = await failed(new STSClient(forged).send(new GetCallerIdentityCommand({})));
    expect(refused.name).toBe('SignatureDoesNotMatch');
    expect(await recordOf(refused)).toBeUndefined();
  });

  it('names the service that made a call for its caller', async () => {
    const kms = new KMSClient(outcrop.clients);
    const s3 = new S3Client(outcrop.clients);
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
    const Bucket = `b-${word()}`;
    await s3.send(new CreateBucketCommand({ Bucket }));
    await s3.send(
      new PutObjectCommand({
        Bucket,
        Key: 'k',
        Body: 'x',
        ServerSideEncryption: 'aws:kms',
        SSEKMSKeyId: KeyMetadata!.Arn!,
      }),
    );
    const { Events } = await cloudtrail.send(
      new LookupEventsCommand({
        LookupAttributes: [{ AttributeKey: 'ResourceName', AttributeValue: KeyMetadata!.Arn! }],
      }),
    );
    const record = Events!
      .map(({ CloudTrailEvent }) => JSON.parse(CloudTrailEvent!) as Recorded)
      .find(({ eventName }) => eventName === 'GenerateDataKey')!;
    expect(record).toMatchObject({
      userIdentity: { type: 'Root', invokedBy: 's3.amazonaws.com' },
      sourceIPAddress: 's3.amazonaws.com',
    });
    expect(JSON.stringify(record.requestParameters)).toContain(`arn:aws:s3:::${Bucket}`);
  });

  it('of a call on what another account owns is left in both, under one shared id', async () => {
    await new OrganizationsClient(outcrop.clients).send(new CreateOrganizationCommand({}));
    const { createAccount, assume } = accountsOf(outcrop);
    const account = await createAccount();
    const clients = await assume(account);
    const Policy = policy(
      { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` }, Action: 'kms:*', Resource: '*' },
      { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: 'kms:Encrypt', Resource: '*' },
    );
    const { KeyMetadata } = await new KMSClient(outcrop.clients).send(new CreateKeyCommand({ Policy }));
    const call = await new KMSClient(clients).send(
      new EncryptCommand({ KeyId: KeyMetadata!.Arn!, Plaintext: Buffer.from('x') }),
    );
    const theirs = await recordOf(call, new CloudTrailClient(clients));
    const ours = await recordOf(call);
    expect(theirs).toMatchObject({
      recipientAccountId: account,
      userIdentity: { type: 'AssumedRole', sessionContext: { sessionIssuer: { userName: ACCESS_ROLE } } },
    });
    expect(ours).toMatchObject({
      recipientAccountId: ACCOUNT,
      sharedEventID: theirs!.sharedEventID,
      userIdentity: { type: 'AWSAccount', accountId: account },
    });
    expect(ours!.sharedEventID).toMatch(/^[0-9a-f-]{36}$/);
    expect(ours!.userIdentity['arn']).toBeUndefined();
    // Of what was denied, its caller's account alone hears.
    const denied = await failed(
      new KMSClient(clients).send(
        new DecryptCommand({ CiphertextBlob: call.CiphertextBlob!, KeyId: KeyMetadata!.Arn! }),
      ),
    );
    expect((await recordOf(denied, new CloudTrailClient(clients)))!.errorCode).toBe('AccessDenied');
    expect(await recordOf(denied)).toBeUndefined();
  });

  it('of somebody whom a provider vouches for tells who that is, and nothing of the token', async () => {
    const idp = await oidcIdentityProvider();
    const fetching = await startForTests({ allowPrivateFetch: true });
    const local = identities(fetching);
    const { OpenIDConnectProviderArn: provider } = await local.iam.send(
      new CreateOpenIDConnectProviderCommand({
        Url: idp.registered,
        ClientIDList: ['app'],
        ThumbprintList: ['0'.repeat(40)],
      }),
    );
    const target = await local.role(
      `r-${word()}`,
      trust({ Federated: provider }, { Action: 'sts:AssumeRoleWithWebIdentity' }),
    );
    const sub = `sub-${word()}`;
    const WebIdentityToken = idp.token({ at: fetching.clock.now(), aud: 'app', sub });
    const nobody = new STSClient({
      ...fetching.clients,
      credentials: { accessKeyId: 'none', secretAccessKey: 'none' },
    });
    const call = await nobody.send(
      new AssumeRoleWithWebIdentityCommand({ RoleArn: target.arn, RoleSessionName: 'web', WebIdentityToken }),
    );
    const record = await recordOf(call, new CloudTrailClient(fetching.clients));
    expect(record!.userIdentity).toEqual({
      type: 'WebIdentityUser',
      principalId: `${provider}:app:${sub}`,
      userName: sub,
      identityProvider: provider,
    });
    expect(record).toMatchObject({
      recipientAccountId: ACCOUNT,
      requestParameters: { roleArn: target.arn, roleSessionName: 'web' },
    });
    const text = JSON.stringify(record);
    for (const secret of [WebIdentityToken, call.Credentials!.SessionToken!, call.Credentials!.SecretAccessKey!])
      expect(text).not.toContain(secret);
  });

  it('tells how a connection was secured, and which host its client meant', async () => {
    const secured = await startForTests({ tlsCert: CERT, tlsKey: 'tests/fixtures/localhost.key' });
    const agent = new https.Agent({ ca: readFileSync(CERT) });
    const clients = {
      ...secured.clients,
      endpoint: secured.endpoint.replace('http:', 'https:'),
      requestHandler: new NodeHttpHandler({ httpsAgent: agent }),
    };
    const asked = await new STSClient(clients).send(new GetCallerIdentityCommand({}));
    const record = await recordOf(asked, new CloudTrailClient(secured.clients));
    expect(record!.tlsDetails).toEqual({
      tlsVersion: 'TLSv1.3',
      cipherSuite: expect.stringMatching(/^TLS_/) as string,
      clientProvidedHostHeader: new URL(clients.endpoint).host,
    });
    const plain = await new STSClient(secured.clients).send(new GetCallerIdentityCommand({}));
    expect((await recordOf(plain, new CloudTrailClient(secured.clients)))!.tlsDetails).toBeUndefined();
    agent.destroy();
  });

  it('is for those to see who may look events up', async () => {
    const may = await user(`u-${word()}`, allow('cloudtrail:LookupEvents'));
    const mayNot = await user(`u-${word()}`, allow('cloudtrail:DescribeTrails'));
    expect(
      (await new CloudTrailClient(may.clients).send(new LookupEventsCommand({ MaxResults: 1 }))).Events,
    ).toHaveLength(1);
    const refused = await refusal(new CloudTrailClient(mayNot.clients).send(new LookupEventsCommand({})));
    expect(refused).toMatchObject({ name: 'AccessDeniedException', status: 400 });
    const wrong = [
      {
        LookupAttributes: [
          { AttributeKey: 'EventName' as const, AttributeValue: 'x' },
          { AttributeKey: 'EventName' as const, AttributeValue: 'y' },
        ],
      },
      { StartTime: new Date(2), EndTime: new Date(1) },
      { NextToken: 'made-up' },
    ];
    const names = await Promise.all(
      wrong.map(async (input) => (await refusal(cloudtrail.send(new LookupEventsCommand(input)))).name),
    );
    expect(names).toEqual([
      'InvalidLookupAttributesException',
      'InvalidTimeRangeException',
      'InvalidNextTokenException',
    ]);
  });
});
