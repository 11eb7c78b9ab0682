import { inFolder, listKeys, readLines, readText, type Place } from './objects.ts';
import type { Session } from '../../../aws/session.ts';

/** One side of a logged invocation; a large body is a file of its own. */
export type Side = Record<string, unknown>;

/** A record of Bedrock's model invocation log. */
export type LogRecord = {
  timestamp: string;
  accountId: string;
  identity?: { arn?: string };
  region: string;
  requestId: string;
  operation: string;
  modelId: string;
  errorCode?: string;
  input?: Side & { inputTokenCount?: number; inputBodyJson?: unknown; inputBodyS3Path?: string };
  output?: Side & { outputTokenCount?: number; outputBodyJson?: unknown; outputBodyS3Path?: string };
};

/** Where an account's invocations in a region are logged. */
export const logPlace = (
  s3: { bucketName: string; keyPrefix?: string },
  { account, region }: Pick<Session, 'account' | 'region'>,
): Place => ({
  bucket: s3.bucketName,
  key: `${s3.keyPrefix ? inFolder(s3.keyPrefix, '') : ''}AWSLogs/${account}/BedrockModelInvocationLogs/${region}/`,
});

/** Files of records in a log, newest first: their names begin with their times. Large bodies are beneath `data/`. */
export async function listLogFiles(session: Session, place: Place, signal: AbortSignal): Promise<string[]> {
  const keys = await listKeys(session, place, signal);
  return keys.filter((key) => key.endsWith('.json.gz') && !key.includes('/data/')).toReversed();
}

const AT_ONCE = 8;

/** The records of files, newest first. */
export async function readRecords(
  session: Session,
  bucket: string,
  keys: readonly string[],
  signal: AbortSignal,
): Promise<LogRecord[]> {
  const found: LogRecord[] = [];
  for (let at = 0; at < keys.length; at += AT_ONCE) {
    const texts = await Promise.all(
      keys.slice(at, at + AT_ONCE).map((key) => readText(session, { bucket, key }, signal)),
    );
    for (const text of texts)
      found.push(...readLines(text).filter((line): line is LogRecord => typeof line === 'object' && line !== null));
  }
  return found.sort((a, b) => (a.timestamp < b.timestamp ? 1 : -1));
}

/** A body that is a file of its own. */
export async function readBody(session: Session, uri: string, signal: AbortSignal): Promise<unknown> {
  const [, bucket = '', key = ''] = /^s3:\/\/([^/]+)\/(.*)$/.exec(uri) ?? [];
  const text = await readText(session, { bucket, key }, signal);
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** The policy that a bucket needs before Bedrock may log to it. Source: Bedrock User Guide, "Monitor model invocation". */
export const bucketPolicy = (
  { bucketName, keyPrefix }: { bucketName: string; keyPrefix: string },
  { account, region }: Pick<Session, 'account' | 'region'>,
): string =>
  JSON.stringify(
    {
      Version: '2012-10-17',
      Statement: [
        {
          Sid: 'AmazonBedrockLogsWrite',
          Effect: 'Allow',
          Principal: { Service: 'bedrock.amazonaws.com' },
          Action: ['s3:PutObject'],
          Resource: [
            `arn:aws:s3:::${bucketName}/${keyPrefix === '' ? '' : inFolder(keyPrefix, '')}AWSLogs/${account}/BedrockModelInvocationLogs/*`,
          ],
          Condition: {
            StringEquals: { 'aws:SourceAccount': account },
            ArnLike: { 'aws:SourceArn': `arn:aws:bedrock:${region}:${account}:*` },
          },
        },
      ],
    },
    undefined,
    2,
  );
