import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { PutObjectCommandInput } from '@aws-sdk/client-s3';
import type { Kernel } from '../../kernel/kernel.ts';
import { servicePrincipal } from '../../kernel/principals/principal.ts';
import { SERVICE } from './names.ts';
import type { Destination } from './records.ts';

/** Files in the bucket of a trail. Source: CloudTrail User Guide, "CloudTrail log file examples" and "CloudTrail digest file structure". */
const compress = promisify(gzip);

export const sha256 = (data: string | Uint8Array) => createHash('sha256').update(data).digest('hex');

/** `prefix/AWSLogs/o-…/111122223333/CloudTrail` */
export function folderOf(destination: Destination, account: string, folder: string): string {
  const { prefix, organizationId } = destination;
  return [
    ...(prefix === undefined ? [] : [prefix]),
    'AWSLogs',
    ...(organizationId ? [organizationId] : []),
    account,
    folder,
  ].join('/');
}

/** `2030/01/31` */
export const dayOf = (timeMs: number) => new Date(timeMs).toISOString().slice(0, 10).replaceAll('-', '/');

/** `20300131T1205Z`: with seconds for digests only. */
export function stampOf(timeMs: number, options: { seconds: boolean }): string {
  const text = new Date(timeMs).toISOString().replaceAll(/[-:]/g, '');
  return `${text.slice(0, options.seconds ? 15 : 13)}Z`;
}

/** Writes a file as CloudTrail: under its service principal, for the trail. Rejects with S3's own error. */
export async function putFile(
  kernel: Kernel,
  destination: Destination,
  file: { key: string; body: string; metadata?: Record<string, string>; signal?: AbortSignal },
): Promise<void> {
  const { bucket, kmsKeyId } = destination;
  const Body = file.body === '' ? new Uint8Array() : await compress(file.body);
  const input: PutObjectCommandInput = {
    Bucket: bucket,
    Key: file.key,
    Body,
    ContentLength: Body.length,
    ACL: 'bucket-owner-full-control',
    ...(file.body === '' ? {} : { ContentType: 'application/json', ContentEncoding: 'gzip' }),
    ...(file.metadata ? { Metadata: file.metadata } : {}),
    ...(kmsKeyId === undefined ? {} : { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: kmsKeyId }),
  };
  await asService(kernel, destination, 'PutObject', input, file.signal);
}

/** A call of S3 that CloudTrail makes by itself. */
export function asService<O>(
  kernel: Kernel,
  destination: Destination,
  operation: string,
  input: unknown,
  signal?: AbortSignal,
): Promise<O> {
  const { account, trailArn, homeRegion } = destination;
  return kernel.calls.send<O>({
    service: 's3',
    operation,
    input,
    principal: servicePrincipal(SERVICE, account, { sourceArn: trailArn, sourceAccount: account }),
    region: homeRegion,
    invokedBy: SERVICE,
    ...(signal ? { signal } : {}),
  });
}
