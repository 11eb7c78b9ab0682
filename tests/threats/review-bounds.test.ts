import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { BedrockRuntimeClient, InvokeModelCommand } from '@aws-sdk/client-bedrock-runtime';
import {
  CreateGroupCommand,
  AddUserToGroupCommand,
  PutGroupPolicyCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import {
  CreateBucketCommand,
  DeleteObjectsCommand,
  ListBucketsCommand,
  PutBucketPolicyCommand,
  S3Client,
  GetObjectCommand,
} from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { generator } from '../../src/kernel/ids.ts';
import { allow, identities, policy, refusal } from '../identities.ts';
import { startForTests, testSeed } from '../start.ts';

const random = generator(testSeed('threats: review of bounds'));
const fresh = (prefix: string) => `${prefix}-${Math.floor(random() * 1e9)}`;
const outcrop = await startForTests();
const { iam, user } = identities(outcrop);
const s3 = new S3Client(outcrop.clients);

async function measured(label: string, run: () => Promise<unknown>) {
  const h = monitorEventLoopDelay({ resolution: 1 });
  h.enable();
  const t = performance.now();
  await run();
  h.disable();
  console.log(label, 'wall', Math.round(performance.now() - t), 'ms; loop max', Math.round(h.max / 1e6), 'ms');
}

describe('measure', () => {
  it('delete objects denied', async () => {
    const Bucket = fresh('bucket');
    await s3.send(new CreateBucketCommand({ Bucket }));
    const fat = policy(
      ...Array.from({ length: 50 }, (_, n) => ({
        Effect: 'Allow',
        Action: `s3:GetObject`,
        Resource: `arn:aws:s3:::${Bucket}/${n}-${'x'.repeat(200)}*`,
        Principal: { AWS: 'arn:aws:iam::000000000000:root' },
        Sid: `Sid${n}`,
      })),
    );
    console.log('bucket policy', fat.length);
    const wide = await user(fresh('eve'), allow('s3:ListAllMyBuckets'));
    const client = new S3Client(wide.clients);
    const Objects = Array.from({ length: 1000 }, (_, n) => ({ Key: `${n}-${'k'.repeat(900)}` }));
    const del = () => client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
    await del();
    await measured('1000 denied keys', del);
    await measured('1000 denied keys', del);
    await s3.send(new PutBucketPolicyCommand({ Bucket, Policy: fat }));
    await del();
    await measured('1000 denied keys, fat', del);
    await measured('1000 denied keys, fat', del);
    await measured('wait flush', () => new Promise((r) => setTimeout(r, 1500)));
  });
  it('bombs', async () => {
    const Bucket = fresh('bucket');
    await s3.send(new CreateBucketCommand({ Bucket }));
    const holes = `${'?a'.repeat(450)}?ab`;
    const many = (n: number, value: string, key: string) => ({
      Condition: { StringLike: { [key]: Array.from({ length: n }, (_, i) => `*${i}${value}*`) } },
    });
    const ask = async (label: string, document: string, more: object, Key = 'a'.repeat(1000)) => {
      await s3.send(new PutBucketPolicyCommand({ Bucket, Policy: document }));
      const eve = await user(fresh('eve'), allow('s3:GetObject', 'arn:aws:s3:::nothing/*'));
      const client = new S3Client({ ...eve.clients, ...more });
      const get = () => refusal(client.send(new GetObjectCommand({ Bucket, Key })));
      console.log(label, (await get()).name, document.length);
      await measured(label, get);
      await measured(label, get);
    };
    const base = { Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::000000000000:root' }, Action: 's3:GetObject' };
    const R = `arn:aws:s3:::${Bucket}/`;
    await ask(
      'holes in resource',
      policy({ ...base, Resource: Array.from({ length: 18 }, () => `${R}*${holes}*`) }),
      {},
    );
    await ask(
      'holes in UA',
      policy({
        ...base,
        Resource: `${R}*`,
        Condition: {
          StringLike: { 'aws:UserAgent': Array.from({ length: 4 }, (_, i) => `*${'?a'.repeat(2200)}?a${i}*`) },
        },
      }),
      { customUserAgent: 'a'.repeat(9000) },
    );
    await ask('variables UA', policy({ ...base, Resource: `${R}*${'${aws:UserAgent}?'.repeat(1000)}*` }), {
      customUserAgent: 'a'.repeat(9000),
    });
    await ask(
      'short variables',
      policy({ ...base, Resource: Array.from({ length: 40 }, () => `${R}*${'${aws:PrincipalType}*?'.repeat(20)}b`) }),
      {},
    );
    void many;
  });
  it('memory', async () => {
    setFlagsFromString('--expose-gc');
    const gc = runInNewContext('gc') as () => void;
    const eve = await user(fresh('eve'), allow('s3:ListAllMyBuckets'));
    const client = new BedrockRuntimeClient(eve.clients);
    const body = Buffer.alloc(4 << 20, 'x');
    const used = () => {
      gc();
      const m = process.memoryUsage();
      return (m.arrayBuffers + m.heapUsed) / 2 ** 20;
    };
    const one = () => refusal(client.send(new InvokeModelCommand({ modelId: 'amazon.titan-text-lite-v1', body })));
    console.log(await one());
    const before = used();
    for (let n = 0; n < 40; n++) await one();
    await new Promise((r) => setTimeout(r, 1000));
    console.log('retained MiB', used() - before);
  });
});
