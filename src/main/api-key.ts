import { ALGORITHM, encodeRfc3986, hmacHex, scopeText, sha256, signingKey } from '../kernel/signing.ts';

/** What a key of this kind may last, in seconds: 12 hours. Source: Bedrock User Guide, "Generate short-term API keys". */
const SECONDS_MAX = 12 * 60 * 60;
const HOST = 'bedrock.amazonaws.com';

/**
 * A short-term Amazon Bedrock API key (`AWS_BEARER_TOKEN_BEDROCK`, `OPENAI_API_KEY`): a presigned URL, as AWS's own token generators make
 * it. No call is made. Its times are real ones.
 *
 * @param key.seconds how long it lasts, at most 12 hours, which is the default
 * @throws RangeError for a longer one
 */
export function bedrockApiKey({
  accessKeyId,
  secretAccessKey,
  sessionToken,
  region,
  seconds = SECONDS_MAX,
}: {
  accessKeyId: string;
  secretAccessKey: string;
  /** Of a session's credentials. */
  sessionToken?: string | undefined;
  region: string;
  seconds?: number;
}): string {
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > SECONDS_MAX)
    throw new RangeError(`A short-term API key lasts from 1 second to 12 hours, not ${seconds} seconds.`);
  const timestamp = new Date().toISOString().replace(/[-:]|\.\d{3}/g, '');
  const scope = { date: timestamp.slice(0, 8), region, service: 'bedrock' };
  const query = Object.entries({
    Action: 'CallWithBearerToken',
    'X-Amz-Algorithm': ALGORITHM,
    'X-Amz-Credential': `${accessKeyId}/${scopeText(scope)}`,
    'X-Amz-Date': timestamp,
    'X-Amz-Expires': String(seconds),
    ...(sessionToken ? { 'X-Amz-Security-Token': sessionToken } : {}),
    'X-Amz-SignedHeaders': 'host',
  })
    .map(([name, value]) => `${name}=${encodeRfc3986(value, false)}`)
    .join('&');
  const canonical = `POST\n/\n${query}\nhost:${HOST}\n\nhost\n${sha256('')}`;
  const toSign = `${ALGORITHM}\n${timestamp}\n${scopeText(scope)}\n${sha256(canonical)}`;
  const signature = hmacHex(signingKey(secretAccessKey, scope), toSign);
  return `bedrock-api-key-${Buffer.from(`${HOST}/?${query}&X-Amz-Signature=${signature}&Version=1`).toString('base64')}`;
}
