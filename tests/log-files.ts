import { createHash, createPublicKey, verify } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import type { CloudTrailClient } from '@aws-sdk/client-cloudtrail';
import { ListPublicKeysCommand } from '@aws-sdk/client-cloudtrail';
import {
  CreateBucketCommand,
  GetObjectCommand,
  paginateListObjectsV2,
  PutBucketPolicyCommand,
  type S3Client,
} from '@aws-sdk/client-s3';

/** What the tests of trails stand on: a bucket that lets CloudTrail write, and a verification of their own. */
export async function makeLogBucket(
  s3: S3Client,
  bucket: string,
  options: { policy?: false | 'any acl' } = {},
): Promise<void> {
  await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  if (options.policy === false) return;
  const Principal = { Service: 'cloudtrail.amazonaws.com' };
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Principal, Action: 's3:GetBucketAcl', Resource: `arn:aws:s3:::${bucket}` },
      {
        Effect: 'Allow',
        Principal,
        Action: 's3:PutObject',
        Resource: `arn:aws:s3:::${bucket}/*`,
        ...(options.policy === 'any acl'
          ? {}
          : { Condition: { StringEquals: { 's3:x-amz-acl': 'bucket-owner-full-control' } } }),
      },
    ],
  });
  await s3.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy }));
}

export async function listKeys(s3: S3Client, bucket: string, part: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const page of paginateListObjectsV2({ client: s3 }, { Bucket: bucket }))
    keys.push(...(page.Contents ?? []).map(({ Key }) => Key!));
  return keys.filter((key) => key.includes(part) && key.endsWith('.json.gz')).toSorted();
}

/** The text of a compressed file, and its metadata. */
export async function readFile(s3: S3Client, bucket: string, key: string) {
  const object = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  const text = gunzipSync(await object.Body!.transformToByteArray()).toString();
  return { text, metadata: object.Metadata ?? {} };
}

export type LoggedRecord = {
  eventName: string;
  eventSource: string;
  eventID: string;
  requestID?: string;
  awsRegion: string;
  eventCategory: string;
  errorCode?: string;
  requestParameters: Record<string, unknown> | null;
  insightDetails?: { state: string; eventName: string; insightType: string; errorCode?: string };
};

/** All records of a trail's log files, in the order of the files. */
export async function readLogs(s3: S3Client, bucket: string, part = '/CloudTrail/'): Promise<LoggedRecord[]> {
  const keys = await listKeys(s3, bucket, part);
  const files = await Promise.all(keys.map((key) => readFile(s3, bucket, key)));
  return files.flatMap(({ text }) => (JSON.parse(text) as { Records: LoggedRecord[] }).Records);
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/**
 * Goes along the chain of digests from the last one back, by what AWS documents alone; returns what is wrong with which file.
 * Source: CloudTrail User Guide, "Custom implementations of CloudTrail log file integrity validation".
 */
export async function verifyChain(
  clients: { s3: S3Client; cloudtrail: CloudTrailClient },
  bucket: string,
): Promise<{ digests: number; logFiles: number; wrong: { key: string; what: string }[] }> {
  const { s3, cloudtrail } = clients;
  const wrong: { key: string; what: string }[] = [];
  const { PublicKeyList } = await cloudtrail.send(new ListPublicKeysCommand({ StartTime: new Date(0) }));
  const keys = new Map(PublicKeyList!.map(({ Fingerprint, Value }) => [Fingerprint!, Value!]));
  let digests = 0;
  let logFiles = 0;
  let key: string | null = (await listKeys(s3, bucket, '/CloudTrail-Digest/')).at(-1) ?? null;
  let expected: { hash: string; signature: string } | undefined;
  while (key !== null) {
    const file = await readFile(s3, bucket, key).catch(() => undefined);
    if (!file) {
      wrong.push({ key, what: 'digest is missing' });
      break;
    }
    digests++;
    const digest = JSON.parse(file.text) as Record<string, string | null> & {
      logFiles: { s3Bucket: string; s3Object: string; hashValue: string }[];
    };
    const signature = file.metadata['signature']!;
    const publicKey = createPublicKey({
      key: Buffer.from(keys.get(digest['digestPublicKeyFingerprint']!)!),
      format: 'der',
      type: 'pkcs1',
    });
    const signed = `${digest['digestEndTime']}\n${digest['digestS3Bucket']}/${digest['digestS3Object']}\n${sha256(file.text)}\n${digest['previousDigestSignature'] ?? 'null'}`;
    const holds = verify('sha256', Buffer.from(signed), publicKey, Buffer.from(signature, 'hex'));
    if (!holds || (expected && (expected.hash !== sha256(file.text) || expected.signature !== signature)))
      wrong.push({ key, what: 'digest has been changed' });
    for (const log of digest.logFiles) {
      logFiles++;
      const found = await readFile(s3, log.s3Bucket, log.s3Object).catch(() => undefined);
      if (!found) wrong.push({ key: log.s3Object, what: 'log file is missing' });
      else if (sha256(found.text) !== log.hashValue)
        wrong.push({ key: log.s3Object, what: 'log file has been changed' });
    }
    expected = { hash: digest['previousDigestHashValue']!, signature: digest['previousDigestSignature']! };
    key = digest['previousDigestS3Object'] ?? null;
  }
  return { digests, logFiles, wrong };
}
