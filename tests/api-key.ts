import { createHash, createHmac } from 'node:crypto';

const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** A short-term key as AWS's token generators make it: a presigned URL, without its scheme, in Base64. */
export function shortTermKey(
  {
    region,
    credentials: { accessKeyId, secretAccessKey, sessionToken },
  }: { region: string; credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string } },
  { expiresIn = 3_600, host = 'bedrock.amazonaws.com' } = {},
): string {
  const time = new Date().toISOString().replace(/[-:]|\.\d{3}/g, '');
  const scope = `${time.slice(0, 8)}/${region}/bedrock/aws4_request`;
  const query = Object.entries({
    Action: 'CallWithBearerToken',
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': `${accessKeyId}/${scope}`,
    'X-Amz-Date': time,
    'X-Amz-Expires': String(expiresIn),
    ...(sessionToken === undefined ? {} : { 'X-Amz-Security-Token': sessionToken }),
    'X-Amz-SignedHeaders': 'host',
  })
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&');
  const canonical = `POST\n/\n${query}\nhost:${host}\n\nhost\n${sha256('')}`;
  const key = scope.split('/').reduce<string | Buffer>((under, part) => hmac(under, part), `AWS4${secretAccessKey}`);
  const signature = hmac(key, `AWS4-HMAC-SHA256\n${time}\n${scope}\n${sha256(canonical)}`).toString('hex');
  const url = `${host}/?${query}&X-Amz-Signature=${signature}&Version=1`;
  return `bedrock-api-key-${Buffer.from(url).toString('base64')}`;
}
