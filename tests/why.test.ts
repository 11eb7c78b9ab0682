import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import { ListSecretsCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { DecodeAuthorizationMessageCommand, STSClient } from '@aws-sdk/client-sts';
import { beforeAll, describe, expect, it } from 'vitest';
import { startForTests } from './start.ts';

const run = promisify(execFile);

describe('why a call was denied', async () => {
  const outcrop = await startForTests();
  const iam = new IAMClient(outcrop.clients);
  let ann: { accessKeyId: string; secretAccessKey: string };

  beforeAll(async () => {
    await iam.send(new CreateUserCommand({ UserName: 'ann' }));
    await iam.send(
      new PutUserPolicyCommand({
        UserName: 'ann',
        PolicyName: 'office-only',
        PolicyDocument: JSON.stringify({
          Version: '2012-10-17',
          Statement: [
            { Sid: 'Buckets', Effect: 'Allow', Action: 's3:CreateBucket', Resource: 'arn:aws:s3:::ann-*' },
            {
              Sid: 'NotFromOutside',
              Effect: 'Deny',
              Action: '*',
              Resource: '*',
              Condition: { NotIpAddress: { 'aws:SourceIp': '10.0.0.0/8' } },
            },
          ],
        }),
      }),
    );
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'ann' }));
    ann = { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! };
  });

  type Denied = Error & {
    $metadata: { requestId?: string; httpStatusCode?: number };
    $response?: { headers: Record<string, string> };
  };
  const deniedBucket = async () =>
    (await new S3Client({ ...outcrop.clients, credentials: ann })
      .send(new CreateBucketCommand({ Bucket: 'ann-1' }))
      .catch((error: unknown) => error)) as Denied;

  const why = async (...words: string[]) => {
    const { stdout } = await run(process.execPath, ['--import', 'tsx', 'cli/outcrop.ts', 'why', ...words], {
      env: {
        ...process.env,
        AWS_ENDPOINT_URL: outcrop.endpoint,
        AWS_ACCESS_KEY_ID: 'test',
        AWS_SECRET_ACCESS_KEY: 'test',
      },
    });
    return stdout;
  };

  it('is said in the error: who, what, where, and which kind of policy', async () => {
    const error = await deniedBucket();
    expect(error.name).toBe('AccessDenied');
    expect(error.message).toBe(
      'User: arn:aws:iam::000000000000:user/ann is not authorized to perform: s3:CreateBucket on resource: "arn:aws:s3:::ann-1" with an explicit deny in an identity-based policy',
    );
    const secrets = (await new SecretsManagerClient({ ...outcrop.clients, credentials: ann })
      .send(new ListSecretsCommand({}))
      .catch((caught: unknown) => caught)) as Denied;
    expect([secrets.name, secrets.$metadata.httpStatusCode]).toEqual(['AccessDeniedException', 400]);
  });

  it('is printed by `outcrop why` with every statement and what it looked at', async () => {
    const { $metadata } = await deniedBucket();
    const text = await why($metadata.requestId!);
    expect(text).toContain('DENIED by an explicit deny (identity)');
    expect(text).toContain('identity policy office-only (inline)');
    expect(text).toMatch(/✓ Allow Buckets\n/);
    expect(text).toMatch(/✓ Deny {2}NotFromOutside\n/);
    expect(text).toContain('aws:sourceip = "127.0.0.1"');
    expect(await why()).toBe(text);
    const { decisions } = JSON.parse(await why($metadata.requestId!, '--json')) as {
      decisions: { allowed: boolean }[];
    };
    expect(decisions.map(({ allowed }) => allowed)).toEqual([false]);
  });

  it('can be read for allowed calls too, and not for requests that nobody knows', async () => {
    const { $metadata } = await new S3Client(outcrop.clients).send(new CreateBucketCommand({ Bucket: 'roots-own' }));
    expect(await why($metadata.requestId!)).toContain('ALLOWED (identity)');
    await expect(why('00000000-0000-0000-0000-000000000000')).rejects.toThrow(/Nothing is known of request/);
  });

  it('goes with the denial as an encoded message, which DecodeAuthorizationMessage opens for those who may', async () => {
    const encoded = (await deniedBucket()).$response!.headers['x-outcrop-authorization-message']!;
    expect(Buffer.from(encoded, 'base64url').includes('office-only')).toBe(false);
    const { DecodedMessage } = await new STSClient(outcrop.clients).send(
      new DecodeAuthorizationMessageCommand({ EncodedMessage: encoded }),
    );
    expect(JSON.parse(DecodedMessage!)).toMatchObject({
      allowed: false,
      explicitDeny: true,
      matchedStatements: { items: [{ statementId: 'NotFromOutside', effect: 'DENY', sourcePolicyId: 'office-only' }] },
      context: {
        action: 's3:CreateBucket',
        resource: 'arn:aws:s3:::ann-1',
        principal: { arn: 'arn:aws:iam::000000000000:user/ann' },
      },
    });
    await expect(
      new STSClient({ ...outcrop.clients, credentials: ann }).send(
        new DecodeAuthorizationMessageCommand({ EncodedMessage: encoded }),
      ),
    ).rejects.toMatchObject({ name: 'AccessDenied' });
  });
});
