import type { Session } from '../../aws/session.ts';
import { stack, StackError } from '../../aws/stack.ts';
import type { Decision } from '../../ui/decisions.ts';
import { copySource } from './model.ts';

export type AccessAction = {
  value: string;
  on: 'bucket' | 'object';
  /** A request without a signature that asks for the permission and changes nothing, however it is answered. */
  unsigned?: { method: string; query?: string; headers?: Record<string, string>; body?: string; harmless: string };
};

/** What can be asked, the most wanted first. */
export const ACTIONS: AccessAction[] = [
  {
    value: 's3:GetObject',
    on: 'object',
    unsigned: { method: 'GET', headers: { range: 'bytes=0-0' }, harmless: 'It reads one byte.' },
  },
  {
    value: 's3:PutObject',
    on: 'object',
    unsigned: {
      method: 'PUT',
      headers: { 'content-md5': 'AAAAAAAAAAAAAAAAAAAAAA==' },
      body: 'nothing',
      harmless:
        'It has a checksum that is wrong on purpose: S3 decides on the permission first, then refuses to keep it.',
    },
  },
  {
    value: 's3:DeleteObject',
    on: 'object',
    unsigned: {
      method: 'DELETE',
      headers: { 'if-match': '"none-has-this-entity-tag"' },
      harmless:
        'It asks for an entity tag that no object has: S3 decides on the permission first, then deletes nothing.',
    },
  },
  {
    value: 's3:ListBucket',
    on: 'bucket',
    unsigned: { method: 'GET', query: 'list-type=2&max-keys=1', harmless: 'It lists one key.' },
  },
  { value: 's3:GetObjectVersion', on: 'object' },
  { value: 's3:DeleteObjectVersion', on: 'object' },
  {
    value: 's3:GetObjectTagging',
    on: 'object',
    unsigned: { method: 'GET', query: 'tagging', harmless: 'It reads tags.' },
  },
  { value: 's3:PutObjectTagging', on: 'object' },
  { value: 's3:PutObjectAcl', on: 'object' },
  { value: 's3:RestoreObject', on: 'object' },
  {
    value: 's3:ListBucketVersions',
    on: 'bucket',
    unsigned: { method: 'GET', query: 'versions&max-keys=1', harmless: 'It lists one version.' },
  },
  {
    value: 's3:GetBucketPolicy',
    on: 'bucket',
    unsigned: { method: 'GET', query: 'policy', harmless: 'It reads the policy.' },
  },
  { value: 's3:PutBucketPolicy', on: 'bucket' },
  { value: 's3:DeleteBucket', on: 'bucket' },
];

export type AnonymousAnswer = {
  /** `GET /bucket/key`, as it was asked. */
  request: string;
  harmless: string;
  allowed: boolean;
  status: number;
  /** AWS's error, where it is one. */
  code?: string;
  message?: string;
  requestId?: string;
  decisions?: Decision[];
  /** Why there is no reasoning: it is the account root's to see. */
  unexplained?: string;
};

/** Asks for real, without a signature. Rejects where no request can ask for the action and change nothing. */
export async function askAnonymously(
  session: Session,
  bucket: string,
  { value, on, unsigned }: AccessAction,
  key: string,
): Promise<AnonymousAnswer> {
  if (!unsigned)
    throw new Error(
      `No request asks for ${value} without changing something, and IAM simulates users and roles only. Whether the bucket policy is public stands beside it.`,
    );
  const path = on === 'bucket' ? bucket : copySource(bucket, key);
  const address = `/${path}${unsigned.query === undefined ? '' : `?${unsigned.query}`}`;
  const response = await fetch(address, {
    method: unsigned.method,
    credentials: 'omit',
    cache: 'no-store',
    ...(unsigned.headers ? { headers: unsigned.headers } : {}),
    ...(unsigned.body === undefined ? {} : { body: unsigned.body }),
  });
  const text = response.ok ? '' : await response.text();
  const code = /<Code>([^<]*)<\/Code>/.exec(text)?.[1];
  const message = /<Message>([^<]*)<\/Message>/.exec(text)?.[1];
  if (response.status >= 500)
    throw new Error(`The request was answered ${response.status} ${code ?? ''}: ${message ?? ''}`);
  const requestId = response.headers.get('x-amz-request-id') ?? undefined;
  const answer: AnonymousAnswer = {
    request: `${unsigned.method} ${address}`,
    harmless: unsigned.harmless,
    // Who may do a thing is told what stands in its way: that it is archived, not there, or that the checksum is wrong.
    allowed: response.status !== 401 && (response.status !== 403 || code === 'InvalidObjectState'),
    status: response.status,
    code,
    message,
    requestId,
  };
  if (requestId === undefined) return answer;
  try {
    const why = await stack<{ decisions: Decision[] }>(session, 'GET', `why?request=${encodeURIComponent(requestId)}`);
    // A missing object is answered 403 as well, to those who may not list: the decision on the action itself tells them apart.
    const own = why.decisions.find(({ action }) => action === value);
    return { ...answer, decisions: why.decisions, allowed: own?.allowed ?? answer.allowed };
  } catch (failure) {
    if (failure instanceof StackError) return { ...answer, unexplained: failure.message };
    throw failure;
  }
}
