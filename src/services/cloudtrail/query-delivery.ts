import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { DeliveryStatus } from '@aws-sdk/client-cloudtrail';
import type { Kernel } from '../../kernel/kernel.ts';
import { servicePrincipal } from '../../kernel/principals/principal.ts';
import { secondsOf } from '../../kernel/trail/record.ts';
import { invalid } from './errors.ts';
import { dayOf, sha256 } from './files.ts';
import { SERVICE } from './names.ts';
import { queryPlaces, queryRows, type Query } from './records.ts';
import { signer } from './signing-keys.ts';

/** Results of queries in a bucket, with a file that signs them. Source: CloudTrail User Guide, "Save query results" and "Sign file structure". */
const compress = promisify(gzip);
/** Rows of one file. */
const FILE_ROWS = 10_000;
const URI = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/;

export function readDeliveryUri(uri: string): string {
  if (!URI.test(uri)) throw invalid(`The S3 URI ${uri} is not valid.`);
  return uri;
}

/** Writes what a query found; returns how that went. */
export async function deliverResult(
  kernel: Kernel,
  query: Query,
  storeId: string,
  signal: AbortSignal,
): Promise<DeliveryStatus> {
  const [, bucket, prefix = ''] = URI.exec(query.deliveryUri!)!;
  const nowMs = kernel.clock.now();
  const place = await kernel.store.get(queryPlaces, [query.account, query.region, query.id]);
  const base = prefix.replace(/\/$/, '');
  const folder = `${base === '' ? '' : `${base}/`}AWSLogs/${query.account}/CloudTrail-Lake/Query/${dayOf(nowMs)}/${query.id}`;
  const put = (name: string, Body: Uint8Array, ContentType: string) =>
    kernel.calls.send({
      service: 's3',
      operation: 'PutObject',
      input: { Bucket: bucket, Key: `${folder}/${name}`, Body, ContentType, ContentLength: Body.length },
      principal: servicePrincipal(SERVICE, query.account, {
        sourceArn: place?.storeArn ?? storeId,
        sourceAccount: query.account,
      }),
      region: query.region,
      invokedBy: SERVICE,
      signal,
    });
  try {
    const files: { fileHashValue: string; fileName: string }[] = [];
    for await (const text of csvFiles(kernel, query)) {
      const bytes = await compress(text);
      const fileName = `result_${files.length + 1}.csv.gz`;
      await put(fileName, bytes, 'application/x-gzip');
      files.push({ fileHashValue: sha256(bytes), fileName });
    }
    const { fingerprint, sign } = await signer(kernel, query.region);
    const signed = {
      version: '1.0',
      region: query.region,
      files,
      hashAlgorithm: 'SHA-256',
      signatureAlgorithm: 'SHA256withRSA',
      queryCompleteTime: secondsOf(nowMs),
      hashSignature: sign(files.map(({ fileHashValue }) => fileHashValue).join(' ')),
      publicKeyFingerprint: fingerprint,
    };
    await put('result_sign.json', Buffer.from(JSON.stringify(signed)), 'application/json');
    return 'SUCCESS';
  } catch (error) {
    signal.throwIfAborted();
    kernel.log.warn({ err: error, query: query.id, bucket }, 'the result of a query could not be delivered');
    const name = error instanceof Error ? error.name : '';
    return name === 'AccessDenied' ? 'ACCESS_DENIED' : name === 'NoSuchBucket' ? 'RESOURCE_NOT_FOUND' : 'FAILED';
  }
}

async function* csvFiles(kernel: Kernel, { id, columns = [] }: Query): AsyncGenerator<string> {
  const head = columns.map(quote).join(',');
  let lines = [head];
  let files = 0;
  for await (const { value } of kernel.store.all(queryRows, [id])) {
    for (const row of value) lines.push(row.map(quote).join(','));
    if (lines.length <= FILE_ROWS) continue;
    yield `${lines.join('\n')}\n`;
    files++;
    lines = [head];
  }
  if (lines.length > 1 || files === 0) yield `${lines.join('\n')}\n`;
}

const quote = (text: string) => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
