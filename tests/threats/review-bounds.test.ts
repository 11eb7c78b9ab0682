import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { BedrockRuntimeClient, InvokeModelCommand } from '@aws-sdk/client-bedrock-runtime';
import { IAMClient, SimulateCustomPolicyCommand } from '@aws-sdk/client-iam';
import { CreateBucketCommand, DeleteObjectsCommand, ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { DecodeAuthorizationMessageCommand, STSClient } from '@aws-sdk/client-sts';
import { describe, expect, it } from 'vitest';
import { generator } from '../../src/kernel/ids.ts';
import { DECISIONS_MAX } from '../../src/kernel/reasons.ts';
import { sha256, signRequest } from '../../src/kernel/signing.ts';
import { allow, identities, policy, refusal } from '../identities.ts';
import { startForTests, testSeed } from '../start.ts';

/** What those who are denied everything could make grow. */
const random = generator(testSeed('threats: review of bounds'));
const fresh = (prefix: string) => `${prefix}-${Math.floor(random() * 1e9)}`;
const outcrop = await startForTests();
const { user } = identities(outcrop);

type Denied = {
  name: string;
  $metadata: { requestId: string };
  $response: { headers: Record<string, string> };
};

/** What `outcrop why` is told of a call. */
async function why(id: string): Promise<{ decisions: { allowed: boolean }[] }> {
  const url = new URL(`/_outcrop/why?request=${id}`, outcrop.endpoint);
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const headers = signRequest({
    method: 'GET',
    url,
    payloadSha256: sha256(''),
    service: 'outcrop',
    region: 'us-east-1',
    credentials,
  });
  const answer = await fetch(url, { headers });
  const text = await answer.text();
  expect(answer.status, text).toBe(200);
  return JSON.parse(text) as { decisions: { allowed: boolean }[] };
}

describe('Denials', () => {
  it('of a thousand keys in one request are told each, and reasoned for a few', async () => {
    const s3 = new S3Client(outcrop.clients);
    const Bucket = fresh('bucket');
    await s3.send(new CreateBucketCommand({ Bucket }));
    const eve = await user(fresh('eve'), allow('s3:DeleteObject', `arn:aws:s3:::${Bucket}/own/*`));
    const Objects = Array.from({ length: 1000 }, (_, n) => ({ Key: `${n % 100 === 7 ? 'own' : 'other'}/${n}` }));
    const { $metadata, Errors, Deleted } = await new S3Client(eve.clients).send(
      new DeleteObjectsCommand({ Bucket, Delete: { Objects } }),
    );
    expect(Deleted).toHaveLength(10);
    expect(Errors).toHaveLength(990);
    expect(new Set(Errors!.map(({ Code }) => Code))).toEqual(new Set(['AccessDenied']));
    const { decisions } = await why($metadata.requestId!);
    expect(decisions).toHaveLength(DECISIONS_MAX);
    expect(decisions.some(({ allowed }) => !allowed)).toBe(true);
  });

  it('by many statements, and of long texts, are answered in headers that clients can read', async () => {
    const eve = await user(
      fresh('eve'),
      policy(
        ...Array.from({ length: 12 }, (_, n) => ({
          Sid: `Deny${'x'.repeat(40)}${n}`,
          Effect: 'Deny',
          Action: '*',
          Resource: '*',
          Condition: { StringNotLike: { 'aws:UserAgent': 'nobody' } },
        })),
      ),
    );
    const client = new S3Client({ ...eve.clients, customUserAgent: 'y'.repeat(9_000) });
    const error = (await client.send(new ListBucketsCommand()).catch((caught: unknown) => caught)) as Denied;
    expect(error.name).toBe('AccessDenied');
    const EncodedMessage = error.$response.headers['x-outcrop-authorization-message']!;
    expect(EncodedMessage.length).toBeLessThan(10_000);
    const { DecodedMessage } = await new STSClient(outcrop.clients).send(
      new DecodeAuthorizationMessageCommand({ EncodedMessage }),
    );
    expect(JSON.parse(DecodedMessage!)).toMatchObject({ allowed: false, explicitDeny: true });
  });

  it('leave nothing of the bodies that they were of in memory', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const used = () => {
      // A collection has a thread of its own free the buffers that it found dead; the next one begins when that thread is done.
      collect();
      collect();
      const { arrayBuffers, heapUsed } = process.memoryUsage();
      return arrayBuffers + heapUsed;
    };
    const eve = await user(fresh('eve'), allow('s3:ListAllMyBuckets'));
    const client = new BedrockRuntimeClient(eve.clients);
    const body = Buffer.alloc(4 * 1024 ** 2, 'x');
    const [calls, modelId] = [25, 'amazon.titan-text-lite-v1'];
    const denied = () => refusal(client.send(new InvokeModelCommand({ modelId, body })));
    expect((await denied()).name).toBe('AccessDeniedException');
    const before = used();
    for (let n = 0; n < calls; n++) await denied();
    expect(used() - before).toBeLessThan((calls * body.length) / 4);
  });
});

describe('A simulation', () => {
  it('of many actions on many resources is answered in pages, while others are served', async () => {
    const eve = await user(fresh('eve'), allow('iam:SimulateCustomPolicy'));
    const client = new IAMClient({ ...eve.clients, maxAttempts: 1 });
    const wide = policy({ Effect: 'Allow', Action: 's3:Get*', Resource: 'arn:aws:s3:::*a*?b*' });
    const simulate = (actions: number, resources: number, Marker?: string) =>
      client.send(
        new SimulateCustomPolicyCommand({
          PolicyInputList: [wide],
          ActionNames: Array.from({ length: actions }, (_, n) => `s3:GetObject${n}`),
          ResourceArns: Array.from({ length: resources }, (_, n) => `arn:aws:s3:::${'a'.repeat(200)}${n}`),
          ...(Marker === undefined ? {} : { Marker }),
        }),
      );
    const names: string[] = [];
    let Marker: string | undefined;
    do {
      const { EvaluationResults, ...page } = await simulate(12, 300, Marker);
      expect(EvaluationResults!.length).toBeLessThanOrEqual(3);
      for (const { EvalActionName, ResourceSpecificResults } of EvaluationResults!) {
        names.push(EvalActionName!);
        expect(ResourceSpecificResults).toHaveLength(300);
      }
      Marker = page.Marker;
    } while (Marker !== undefined);
    expect(names).toEqual(Array.from({ length: 12 }, (_, n) => `s3:GetObject${n}`));
    expect((await refusal(simulate(1, 1_001))).name).toBe('InvalidInputException');
  });
});
