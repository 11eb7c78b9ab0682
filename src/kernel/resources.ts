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

/** An opaque paging token that carries `state`. */
export function pageToken(state: unknown): string {
  return Buffer.from(JSON.stringify(state)).toString('base64url');
}

/** What `pageToken` was given; `fail` makes the service's own error for a token it never issued. */
export function readPageToken<T>(token: string | undefined, fail: () => Error): T | undefined {
  if (token === undefined || token === '') return undefined;
  try {
    return JSON.parse(Buffer.from(token, 'base64url').toString('utf8')) as T;
  } catch {
    throw fail();
  }
}

/** One page of `items`, with the token of the next: for lists short enough to be in memory whole. */
export function page<T>(
  items: T[],
  token: string | undefined,
  size: number,
  fail = () => new AwsError('InvalidNextTokenException', 'The specified next token is not valid.'),
) {
  const start = readPageToken<{ at: number }>(token, fail)?.at ?? 0;
  if (!Number.isInteger(start) || start < 0) throw fail();
  const end = start + size;
  return { items: items.slice(start, end), nextToken: end < items.length ? pageToken({ at: end }) : undefined };
}
