import { loadSharedConfigFiles } from '@smithy/core/config';
import type { Readable } from 'node:stream';
import { Outbound, OutboundError } from '../../../kernel/outbound.ts';
import { sha256, signRequest, type SigningCredentials } from '../../../kernel/signing.ts';
import type { WireResponse } from '../../../protocol/message.ts';
import { s3VirtualBucket } from '../../../protocol/s3.ts';
import type { Exchange } from '../../exchange.ts';
import { ruleFailed } from '../refusals.ts';
import type { RecordRule } from '../schema.ts';

/** Where calls that are passed through go, and as whom: to AWS, or to what the rule names, with the credentials of the stack's environment. */
export type PassThrough = NonNullable<RecordRule['passThrough']>;

/** Headers that are about the way to this stack, or are made anew. */
const OWN_HEADERS =
  /^(authorization|host|connection|keep-alive|transfer-encoding|content-length|accept-encoding|expect|te|upgrade.*|http2-settings|proxy-.*|x-amz-(date|security-token|content-sha256|decoded-content-length|trailer|user-agent)|amz-sdk-.*)$/;
/** Answers' headers that are about the connection they came over. */
const CONNECTION_HEADERS = /^(connection|keep-alive|transfer-encoding|upgrade|date|trailer|proxy-.*)$/;
/** Query parameters of a presigned URL. */
const SIGNATURE_PARAMETER = /^x-amz-(algorithm|credential|date|expires|signature|signedheaders|security-token)$/i;

/** Sends a call on, signed anew, and gives the answer as it comes. Throws ruleFailed's error where it cannot be sent. */
export async function passThrough(
  exchange: Exchange,
  settings: PassThrough,
  env: NodeJS.ProcessEnv,
  rule: string,
): Promise<WireResponse> {
  const { request, service, operation, body } = exchange;
  const given = settings === true ? {} : settings;
  const credentials = await credentialsOf(env, given.profile ?? env['AWS_PROFILE'], rule);
  const region = given.region ?? exchange.region;
  const target = targetOf(exchange, given.endpoint, region);
  const url = new URL(target.base);
  url.pathname = `${url.pathname.replace(/\/$/, '')}${request.rawPath}`;
  url.search = request.rawQuery
    .split('&')
    .filter((pair) => pair !== '' && !SIGNATURE_PARAMETER.test(pair.split('=')[0]!))
    .join('&');
  const bytes = body instanceof Uint8Array ? body : new Uint8Array();
  const headers = Object.fromEntries(Object.entries(request.headers).filter(([name]) => !OWN_HEADERS.test(name)));
  // A body that is no stream was read without its encoding; of one that is, the encoding is the object's own.
  if (!operation!.inputStream || headers['content-encoding'] === 'aws-chunked') delete headers['content-encoding'];
  // What came behind the body goes before it: checksums.
  for (const [name, value] of Object.entries(exchange.trailers.values))
    if (name.startsWith('x-amz-checksum-')) headers[name] = value;
  const signed = signRequest({
    method: request.method,
    url,
    headers,
    payloadSha256: sha256(bytes),
    service: service!.entry.signingName,
    region: target.region,
    credentials,
  });
  // Who names an address on their own machine means it.
  const outbound = new Outbound({ allowPrivate: given.endpoint !== undefined });
  try {
    const answer = await outbound.send(url, {
      method: request.method,
      headers: { ...headers, ...signed, 'content-length': String(bytes.length) },
      body: bytes,
      signal: exchange.signal,
    });
    const told = Object.entries(answer.headers).filter(([name]) => !CONNECTION_HEADERS.test(name));
    return { status: answer.status, headers: Object.fromEntries(told), body: answer.body as Readable };
  } catch (error) {
    if (error instanceof OutboundError)
      throw ruleFailed(rule, `the call could not be passed through: ${error.message}`);
    throw error;
  }
}

/** The address of a service in a region, as its SDK client knows it, and the region that it is signed for. */
function targetOf(exchange: Exchange, endpoint: string | undefined, region: string): { base: string; region: string } {
  const { service, request } = exchange;
  if (endpoint !== undefined) return { base: endpoint, region };
  const { url, properties } = service!.model.config.endpointProvider({
    Region: region,
    UseFIPS: false,
    UseDualStack: false,
  }) as {
    url: URL;
    properties?: { authSchemes?: { signingRegion?: string }[] };
  };
  const base = new URL(url);
  const bucket = service!.model.sdk === 's3' ? s3VirtualBucket(request) : undefined;
  if (bucket !== undefined) base.hostname = `${bucket}.${base.hostname}`;
  return { base: base.href, region: properties?.authSchemes?.[0]?.signingRegion ?? region };
}

async function credentialsOf(
  env: NodeJS.ProcessEnv,
  named: string | undefined,
  rule: string,
): Promise<SigningCredentials> {
  const accessKeyId = env['AWS_ACCESS_KEY_ID'];
  const secretAccessKey = env['AWS_SECRET_ACCESS_KEY'];
  const sessionToken = env['AWS_SESSION_TOKEN'];
  if (named === undefined && accessKeyId && secretAccessKey)
    return { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) };
  const profile = named ?? 'default';
  const { credentialsFile, configFile } = await loadSharedConfigFiles({ ignoreCache: true });
  const found = { ...configFile[profile], ...credentialsFile[profile] };
  const { aws_access_key_id: id, aws_secret_access_key: secret, aws_session_token: token } = found;
  if (id && secret) return { accessKeyId: id, secretAccessKey: secret, ...(token ? { sessionToken: token } : {}) };
  throw ruleFailed(
    rule,
    `a call is passed through with credentials of the stack's environment (AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or keys in the profile ${profile}); there are none`,
  );
}
