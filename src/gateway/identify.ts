import { Readable } from 'node:stream';
import { bearerRegion, bearerToken } from '../identity/bearer.ts';
import { claimedScope, isSigned } from '../identity/sigv4.ts';
import { AwsError } from '../kernel/errors.ts';
import type { Codec } from '../protocol/codec.ts';
import { parseQuery, safeDecode } from '../protocol/message.ts';
import { queryCodec } from '../protocol/query.ts';
import { restCodec } from '../protocol/rest.ts';
import { route } from '../protocol/route.ts';
import { rpcCodec } from '../protocol/rpc.ts';
import { s3Address, s3VirtualBucket } from '../protocol/s3.ts';
import { collectInflated, inflated, readBytes } from './body.ts';
import { isWebSocketPath, unwrapWebSocket } from './websocket.ts';
import type { Exchange } from './exchange.ts';
import type { ManifestEntry, Service, Services } from './services.ts';

const CODECS: Record<string, Codec> = {
  json1_0: rpcCodec('json1_0'),
  json1_1: rpcCodec('json1_1'),
  cbor: rpcCodec('cbor'),
  query: queryCodec('query'),
  ec2: queryCodec('ec2'),
  'rest-json': restCodec('json'),
  'rest-xml': restCodec('xml'),
};

const S3_SCOPES = new Set(['s3', 's3express', 's3-object-lambda', 's3-outposts']);
export const COVERAGE_PATH = '/_outcrop/coverage';

/**
 * Which operation of which service is meant. In this order: `X-Amz-Target`, the RPC v2 path, a form with `Action`, and REST routes among
 * the services that share the signing name. An unsigned request is told by its host, or taken for S3, which has public resources.
 */
export async function identify(exchange: Exchange, services: Services): Promise<void> {
  const { request } = exchange;
  const claim = claimedScope(request);
  const token = bearerToken(request);
  // Of a token nothing but what was signed counts.
  const region = token === undefined ? claim?.region : bearerRegion(token);
  if (region) exchange.region = region;
  exchange.query = parseQuery(request.rawQuery);

  if (isOpenAi(request, claim?.service)) {
    exchange.service = await services.load('bedrock-runtime');
    exchange.codec = CODECS['rest-json']!;
    exchange.web = true;
    return;
  }

  const target = request.headers['x-amz-target'];
  if (target !== undefined)
    return byName(
      exchange,
      services,
      target.slice(0, target.lastIndexOf('.')),
      target.slice(target.lastIndexOf('.') + 1),
      jsonKind(request.headers['content-type']),
    );

  const rpc = /^\/service\/([^/]+)\/operation\/([^/]+)$/.exec(request.rawPath);
  if (rpc && request.headers['smithy-protocol'] !== undefined)
    return byName(exchange, services, rpc[1]!, rpc[2]!, 'cbor');

  if (await isForm(exchange)) {
    const encoding = exchange.request.headers['content-encoding'];
    const body = exchange.bytes ? await collectInflated(inflated(Readable.from([exchange.bytes]), encoding)) : '';
    const form = Buffer.from(body).toString('utf8').trim();
    const query = new Map(exchange.query);
    const action = fieldOf(form, 'Action') ?? query.get('Action');
    if (action !== undefined)
      return byAction(exchange, services, claim?.service, action, fieldOf(form, 'Version') ?? query.get('Version'));
  }
  return byRoute(
    exchange,
    services,
    claim?.service ?? byHost(request.host, services) ?? (isBearer(request.headers) ? 'bedrock' : 's3'),
  );
}

/** Bedrock's OpenAI-compatible face: on the runtime's host under `/openai/v1`, and on one of its own. */
function isOpenAi(request: Exchange['request'], signedFor: string | undefined): boolean {
  const { rawPath, host, headers } = request;
  const fits = rawPath.startsWith('/openai/v1/') || (host.startsWith('bedrock-mantle.') && rawPath.startsWith('/v1/'));
  if (!fits) return false;
  if (signedFor !== undefined) return signedFor.startsWith('bedrock');
  // Buckets may be named so, and keys may begin so.
  return !headers['authorization']?.startsWith('AWS ') && s3VirtualBucket(request) === undefined;
}

async function byName(
  exchange: Exchange,
  services: Services,
  target: string,
  operation: string,
  protocol: string | undefined,
): Promise<void> {
  const entry =
    services.entries.find((candidate) => candidate.target === target) ??
    // Some clients write the namespace of the service before it: `com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101`.
    services.entries.find((candidate) => candidate.target !== undefined && target.endsWith(`.${candidate.target}`));
  if (!entry) throw unbuiltService(target);
  const service = await services.load(entry.sdk);
  // A service of another protocol may answer JSON or CBOR as well; its own JSON version stands.
  const kind =
    protocol === 'cbor'
      ? 'cbor'
      : service.model.protocol.startsWith('json')
        ? service.model.protocol
        : (protocol ?? 'json1_0');
  settle(exchange, service, operation, kind);
}

async function byAction(
  exchange: Exchange,
  services: Services,
  signingName: string | undefined,
  action: string,
  version: string | undefined,
): Promise<void> {
  const candidates = services.entries.filter(
    (entry) => entry.query && (version === undefined || entry.version === version),
  );
  const entry =
    candidates.find((candidate) => candidate.signingName === signingName) ??
    (signingName === undefined ? candidates[0] : undefined);
  if (!entry) throw unbuiltService(signingName ?? `with API version ${version}`);
  const service = await services.load(entry.sdk);
  settle(exchange, service, action, service.model.protocol === 'ec2' ? 'ec2' : 'query');
}

async function byRoute(exchange: Exchange, services: Services, signingName: string): Promise<void> {
  const isSocket =
    exchange.request.headers['upgrade']?.toLowerCase() === 'websocket' && isWebSocketPath(exchange.request.rawPath);
  // The signature covers the upgrade as it was sent; the operation is found by what it stands for.
  if (isSocket) {
    exchange.signed = exchange.request;
    exchange.request = unwrapWebSocket(exchange.request, signingName);
  }
  const { request } = exchange;
  const isS3 = S3_SCOPES.has(signingName);
  const scope = isS3 ? 's3' : signingName;
  const entry = services.entries.find((candidate) => candidate.signingName === scope && candidate.rest);
  if (!entry) throw unbuiltService(signingName);
  const table = await services.routes(scope);
  let path = request.rawPath;
  let bucket: string | undefined;
  if (isS3) {
    // An Object Lambda function's answer goes to a host of its own, without a bucket; clients told an endpoint may leave the host out.
    if (signingName !== 's3-object-lambda' || request.rawPath !== '/WriteGetObjectResponse') {
      const addressing = s3Address(request.host, request.rawPath);
      ({ bucket } = addressing);
      path = addressing.rest;
    }
    exchange.service = await services.load('s3');
    exchange.codec = CODECS['rest-xml']!;
    // JS signs directory-bucket calls as s3express; the routes do not differ otherwise.
    if (signingName === 's3express' && bucket === undefined && !exchange.query.some(([key]) => key === 'x-id'))
      exchange.query.push(['x-id', 'ListDirectoryBuckets']);
    if (bucket !== undefined) exchange.labels = { Bucket: bucket };
    if (request.method === 'OPTIONS') {
      if (request.headers['origin'] === undefined)
        throw new AwsError('BadRequest', 'Insufficient information. Origin request header needed.', 400);
      return;
    }
    if (isWeb(exchange)) return;
  }
  const match = route(table, {
    method: request.method,
    path,
    query: exchange.query,
    headers: request.headers,
    ...(isS3 ? { bucket: bucket !== undefined } : {}),
  });
  if (!match) {
    const service = await services.load(entry.sdk);
    exchange.service = service;
    exchange.codec = CODECS[service.model.protocol]!;
    if (isS3)
      throw new AwsError('MethodNotAllowed', 'The specified method is not allowed against this resource.', 405, {
        Method: request.method,
        ResourceType: bucket ? 'BUCKET' : 'SERVICE',
      });
    throw new AwsError(
      'UnknownOperationException',
      `No operation of ${service.model.serviceId} answers ${request.method} ${request.rawPath}; see ${COVERAGE_PATH}`,
      404,
    );
  }
  const service = await services.load(match.route.service.sdk);
  exchange.labels = bucket === undefined ? match.labels : { ...match.labels, Bucket: bucket };
  // Some clients encode Bedrock's model ids twice, and AWS reads them; no label of Bedrock's holds a percent sign of its own.
  if (scope === 'bedrock')
    for (const [name, value] of Object.entries(exchange.labels)) exchange.labels[name] = safeDecode(value);
  settle(exchange, service, match.route.operation.name, service.model.protocol);
}

/** Requests to S3 that are no API calls: browser forms and website endpoints. */
function isWeb(exchange: Exchange): boolean {
  const { method, headers, host } = exchange.request;
  const form = method === 'POST' && (headers['content-type'] ?? '').startsWith('multipart/form-data');
  const website = /\.s3-website[.-]/.test(host);
  exchange.web = (form || website) && exchange.service?.definition?.web !== undefined;
  return exchange.web;
}

function settle(exchange: Exchange, service: Service, operation: string, kind: string): void {
  exchange.service = service;
  exchange.codec = CODECS[kind]!;
  const model = service.model.operations.get(operation);
  if (!model)
    throw new AwsError('UnknownOperationException', `${service.model.serviceId} has no operation ${operation}`, 404);
  exchange.operation = model;
  if (!service.definition || !(operation in service.definition.operations)) throw unbuiltOperation(service, operation);
}

export function unbuiltOperation(service: Service, operation: string): AwsError {
  return new AwsError(
    'NotImplemented',
    `${service.model.serviceId} ${operation} is not built in Outcrop. What is built: ${COVERAGE_PATH}`,
    501,
  );
}

function unbuiltService(name: string): AwsError {
  return new AwsError(
    'NotImplemented',
    `The service ${name} is not built in Outcrop. What is built: ${COVERAGE_PATH}`,
    501,
  );
}

/** One field of a form. Nobody has signed yet: the rest, which may be long, is not taken apart for it. */
function fieldOf(form: string, name: string): string | undefined {
  const last = form.lastIndexOf(`&${name}=`);
  if (last < 0 && !form.startsWith(`${name}=`)) return undefined;
  const start = last + 1;
  const end = form.indexOf('&', start);
  return parseQuery(form.slice(start, end < 0 ? form.length : end))[0]![1];
}

async function isForm(exchange: Exchange): Promise<boolean> {
  if (exchange.query.some(([key]) => key === 'Action')) return true;
  const { method, headers, rawPath } = exchange.request;
  if (
    method !== 'POST' ||
    rawPath !== '/' ||
    !(headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded')
  )
    return false;
  exchange.bytes = await readBytes(exchange);
  return true;
}

function byHost(host: string, services: Services): string | undefined {
  const name = host.replace(/:\d+$/, '');
  const fits = (entry: ManifestEntry) =>
    entry.sdk !== 's3' && (name.startsWith(`${entry.hostPrefix}.`) || name.startsWith(`${entry.sdk}.`));
  return services.entries.find(fits)?.signingName;
}

const isBearer = (headers: Record<string, string>) => headers['authorization']?.startsWith('Bearer ') === true;
const jsonKind = (contentType: string | undefined) =>
  contentType?.includes('json-1.1') ? 'json1_1' : contentType?.includes('json-1.0') ? 'json1_0' : undefined;

/** A codec to answer with when no service was recognised: the caller's own dialect, as far as it shows. */
export function guessCodec(exchange: Exchange): Codec {
  const { headers, rawPath, method } = exchange.request;
  if (headers['x-amz-target'] !== undefined) return CODECS[jsonKind(headers['content-type']) ?? 'json1_1']!;
  if (rawPath.startsWith('/service/')) return CODECS['cbor']!;
  if (method === 'POST' && (headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded'))
    return CODECS['query']!;
  return isSigned(exchange.request) ? CODECS['rest-json']! : CODECS['rest-xml']!;
}
