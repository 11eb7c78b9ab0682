import {
  CreateVirtualMFADeviceCommand,
  EnableMFADeviceCommand,
  GenerateServiceLastAccessedDetailsCommand,
  GetServiceLastAccessedDetailsCommand,
  ListPoliciesGrantingServiceAccessCommand,
} from '@aws-sdk/client-iam';
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  HeadBucketCommand,
  ListBucketsCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { GetSessionTokenCommand, STSClient } from '@aws-sdk/client-sts';
import { Secret, TOTP } from 'otpauth';
import { expect, it } from 'vitest';
import { generator } from '../../src/kernel/ids.ts';
import { identities, policy, refusal } from '../identities.ts';
import { startForTests, testSeed } from '../start.ts';

const random = generator(testSeed('iam-credentials'));
const outcrop = await startForTests({ clock: { frozenAt: new Date('2031-03-03T08:00:00Z') } });
const { iam, user, as } = identities(outcrop);
const root = new S3Client(outcrop.clients);
const fresh = (prefix: string) => `${prefix}-${Math.floor(random() * 1e9)}`;
const STEP_MS = 30_000;

it('iam.1: the last-accessed report lists the rights that a user has and does not use', async () => {
  const Bucket = fresh('used');
  await root.send(new CreateBucketCommand({ Bucket }));
  const services = ['bedrock', 'glacier', 's3', 'sqs'];
  const analyst = await user(
    fresh('analyst'),
    policy({
      Effect: 'Allow',
      Action: ['bedrock:InvokeModel', 'glacier:List*', 's3:ListBucket', 's3:DeleteBucket', 'sqs:*'],
      Resource: '*',
    }),
  );
  await new S3Client(analyst.clients).send(new HeadBucketCommand({ Bucket }));
  const { JobId } = await iam.send(
    new GenerateServiceLastAccessedDetailsCommand({ Arn: analyst.arn, Granularity: 'ACTION_LEVEL' }),
  );
  await outcrop.clock.advance(0);
  const report = await iam.send(new GetServiceLastAccessedDetailsCommand({ JobId }));
  expect(report.JobStatus).toBe('COMPLETED');
  const listed = report.ServicesLastAccessed!;
  expect(listed.map((service) => service.ServiceNamespace)).toEqual(services);
  const unused = listed.filter((service) => service.LastAuthenticated === undefined);
  expect(unused.map((service) => service.ServiceNamespace)).toEqual(['bedrock', 'glacier', 'sqs']);
  const s3 = listed.find((service) => service.ServiceNamespace === 's3')!;
  expect(s3.TrackedActionsLastAccessed).toEqual([
    { ActionName: 'DeleteBucket' },
    expect.objectContaining({ ActionName: 'ListBucket', LastAccessedEntity: analyst.arn }),
  ]);
  const granting = await iam.send(
    new ListPoliciesGrantingServiceAccessCommand({ Arn: analyst.arn, ServiceNamespaces: ['sqs', 'kms'] }),
  );
  expect(granting.PoliciesGrantingServiceAccess!.map(({ Policies }) => Policies!.map((one) => one.PolicyName))).toEqual(
    [['own'], []],
  );
});

it('iam.3: a bucket is deleted by who has shown a second factor, and by nobody else', async () => {
  const officer = await user(
    fresh('officer'),
    policy(
      { Effect: 'Allow', Action: 's3:ListAllMyBuckets', Resource: '*' },
      {
        Effect: 'Allow',
        Action: 's3:DeleteBucket',
        Resource: '*',
        Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'true' } },
      },
    ),
  );
  const buckets = [fresh('first'), fresh('second')];
  for (const Bucket of buckets) await root.send(new CreateBucketCommand({ Bucket }));

  const { VirtualMFADevice } = await iam.send(
    new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: officer.name }),
  );
  const SerialNumber = VirtualMFADevice!.SerialNumber!;
  const app = new TOTP({ secret: Secret.fromBase32(Buffer.from(VirtualMFADevice!.Base32StringSeed!).toString()) });
  const code = (steps = 0) => app.generate({ timestamp: outcrop.clock.now().getTime() + steps * STEP_MS });
  await iam.send(
    new EnableMFADeviceCommand({
      UserName: officer.name,
      SerialNumber,
      AuthenticationCode1: code(-1),
      AuthenticationCode2: code(),
    }),
  );

  const sts = new STSClient(officer.clients);
  const session = async (factor: { SerialNumber?: string; TokenCode?: string } = {}) =>
    new S3Client(as((await sts.send(new GetSessionTokenCommand(factor))).Credentials));
  const remove = (s3: S3Client, Bucket: string) => s3.send(new DeleteBucketCommand({ Bucket }));
  const denied = { name: 'AccessDenied', status: 403 };

  const withoutFactor = await session();
  for (const s3 of [new S3Client(officer.clients), withoutFactor]) {
    const listed = await s3.send(new ListBucketsCommand({}));
    expect(listed.Buckets!.map(({ Name }) => Name)).toEqual(expect.arrayContaining(buckets));
    expect(await refusal(remove(s3, buckets[0]!))).toMatchObject(denied);
  }

  // The codes that enabled the device have been used; older ones are too old.
  for (const TokenCode of [code(), code(-1), code(-2), code(5)])
    expect(await refusal(session({ SerialNumber, TokenCode }))).toMatchObject(denied);
  await outcrop.clock.advance(STEP_MS);
  const shown = code();
  const withFactor = await session({ SerialNumber, TokenCode: shown });
  expect(await refusal(session({ SerialNumber, TokenCode: shown }))).toMatchObject(denied);
  await remove(withFactor, buckets[0]!);
  expect(await refusal(remove(withoutFactor, buckets[1]!))).toMatchObject(denied);
  await remove(withFactor, buckets[1]!);
  const left = await root.send(new ListBucketsCommand({}));
  for (const Bucket of buckets) expect(left.Buckets!.map(({ Name }) => Name)).not.toContain(Bucket);
});
