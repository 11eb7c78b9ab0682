import { createHash } from 'node:crypto';
import { AwsError } from './errors.ts';

/** Amazon Resource Names, tags and paging tokens: what every service needs alike. */
export type Arn = { partition: string; service: string; region: string; account: string; resource: string };

/** `arn:aws:s3:::bucket/key` → its parts; undefined when it is no ARN. */
export function parseArn(text: string): Arn | undefined {
  const [arn, partition, service, region, account, ...rest] = text.split(':');
  if (arn !== 'arn' || !partition || !service || region === undefined || account === undefined || rest.length === 0)
    return undefined;
  return { partition, service, region, account, resource: rest.join(':') };
}

export function arn(parts: Partial<Arn> & { service: string; resource: string }): string {
  return `arn:${parts.partition ?? 'aws'}:${parts.service}:${parts.region ?? ''}:${parts.account ?? ''}:${parts.resource}`;
}

/** The partition a region belongs to: `cn-*` → aws-cn, `us-gov-*` → aws-us-gov, others aws. */
export function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  if (region.startsWith('us-gov-')) return 'aws-us-gov';
  return 'aws';
}

/** Services without regions, by SDK client name: calls of them are of the first region of their partition. */
const GLOBAL = new Set(['iam', 'organizations']);
const GLOBAL_REGIONS: Readonly<Record<string, string>> = {
  aws: 'us-east-1',
  'aws-cn': 'cn-north-1',
  'aws-us-gov': 'us-gov-west-1',
};

/** The region that a call is of, whichever it was signed for. Source: CloudTrail User Guide, "Global service events". */
export function regionOfCall({ service, region }: { service: string; region: string }): string {
  return GLOBAL.has(service) ? GLOBAL_REGIONS[partitionOf(region)]! : region;
}

const CHECK_BYTES = 6;
const check = (text: Uint8Array) =>
  createHash('sha256').update('outcrop page token').update(text).digest().subarray(0, CHECK_BYTES);

/** An opaque paging token that carries `state`, and a check by which one that was altered or made up is known. Characters: base64url. */
export function pageToken(state: unknown): string {
  const text = Buffer.from(JSON.stringify(state));
  return Buffer.concat([check(text), text]).toString('base64url');
}

/** What `pageToken` was given; `fail` makes the service's own error for a token it never issued. */
export function readPageToken<T>(token: string | undefined, fail: () => Error): T | undefined {
  if (token === undefined || token === '') return undefined;
  const bytes = Buffer.from(token, 'base64url');
  const text = bytes.subarray(CHECK_BYTES);
  // Decoding skips what is not base64url: only a token that encodes back to itself is ours.
  if (bytes.toString('base64url') !== token || !check(text).equals(bytes.subarray(0, CHECK_BYTES))) throw fail();
  return JSON.parse(text.toString('utf8')) as T;
}

/** One page of `items`, with the token of the next: for lists short enough to be in memory whole. @public */
export function page<T>(
  items: T[],
  token: string | undefined,
  size: number,
  fail: () => Error = () => new AwsError('InvalidNextTokenException', 'The specified next token is not valid.'),
) {
  const start = readPageToken<{ at: number }>(token, fail)?.at ?? 0;
  if (!Number.isInteger(start) || start < 0) throw fail();
  const end = start + size;
  return { items: items.slice(start, end), nextToken: end < items.length ? pageToken({ at: end }) : undefined };
}
