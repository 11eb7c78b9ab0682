import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { bearerToken, verifyBearer } from '../identity/bearer.ts';
import { eventVerifier } from '../identity/events.ts';
import { servesSession } from '../identity/sessions.ts';
import { isVersion2, verifyVersion2 } from '../identity/sigv2.ts';
import { AuthError, isSigned, verify, type Authenticated } from '../identity/sigv4.ts';
import type { Call } from '../kernel/call.ts';
import type { CallSource } from '../kernel/calls.ts';
import { requireAccess } from './authorise.ts';
import { AwsError } from '../kernel/errors.ts';
import { ANONYMOUS, partitionOfArn } from '../kernel/principals/principal.ts';
import { partitionOf } from '../kernel/resources.ts';
import { SINGLE_ENCODING } from '../kernel/signing.ts';
import { requiredMembers } from '../protocol/catalog.ts';
import { EVENT_STREAM } from '../protocol/codec.ts';
import { formatViolations } from '../protocol/constraints/validate.ts';
import {
  decodeEvents,
  decodeFrame,
  encodeEvents,
  encodeHeaders,
  readFrames,
  type EventMessage,
} from '../protocol/events.ts';
import { safeDecode, type WireRequest } from '../protocol/message.ts';
import { s3VirtualBucket } from '../protocol/s3.ts';
import { checkHash, collectInflated, openBody, readBytes } from './body.ts';
import { FrameTape } from './calls/frames.ts';
import { describeError } from './errors.ts';
import type { Exchange, Step } from './exchange.ts';
import type { House } from './house.ts';

const EMPTY = Readable.from([]);
/** Lines of usage that are shown of one call. */
const COSTS_MAX = 20;

const BEARER_REFUSED = 'API keys are for Amazon Bedrock and Amazon Bedrock Runtime only';

/** Who is calling: the signature, checked. */
export function authenticate({ verifier, kernel }: House): Step {
  return async (exchange) => {
    const { request } = exchange;
    if (!isSigned(request)) {
      const isOpen = verifier.mode === 'open';
      if (isOpen || exchange.operation?.anonymous || exchange.service?.model.sdk === 's3') {
        exchange.principal = isOpen ? verifier.principals.root.principal : ANONYMOUS;
        return;
      }
    }
    const token = bearerToken(request);
    if (token !== undefined) {
      exchange.auth = await verifyBearer(token, exchange.region, verifier, kernel.store);
      exchange.principal = exchange.auth.credential.principal;
      if (exchange.service?.entry.signingName !== 'bedrock') throw new AuthError('bad-api-key', BEARER_REFUSED);
      refuseOtherPartition(exchange);
      return;
    }
    const bodyHash = async () =>
      createHash('sha256')
        .update(exchange.signed ? '' : await readBytes(exchange))
        .digest('hex');
    exchange.auth =
      exchange.service?.model.sdk === 's3' && isVersion2(request)
        ? await verifyVersion2(request, verifier, s3VirtualBucket(request))
        : await verify(exchange.signed ?? request, verifier, bodyHash);
    if (exchange.signed) exchange.auth.payload = { kind: 'events' };
    if (verifier.mode === 'strict') refuseOtherScope(exchange);
    exchange.principal = exchange.auth.credential.principal;
    refuseOtherPartition(exchange);
    if (exchange.service && !servesSession(exchange.principal, exchange.service.model.sdk))
      throw new AuthError('bad-token', 'Sessions of this kind are not served');
    // Only S3 streams bodies under a hash; elsewhere the body is read anyway, and must be the one that was signed.
    if (
      exchange.auth.payload.kind === 'hash' &&
      exchange.service?.model.sdk !== 's3' &&
      !exchange.operation?.inputStream
    ) {
      checkHash(await readBytes(exchange), exchange.auth.payload.sha256);
    }
  };
}

/**
 * Credentials are of one partition, and unknown in the others: or else whoever signs for `cn-north-1` had ARNs to ask for that no policy
 * here names.
 */
function refuseOtherPartition({ principal, region, auth }: Exchange): void {
  if (partitionOfArn(principal!.arn) === partitionOf(region)) return;
  throw new AuthError('unknown-key', 'The AWS Access Key Id you provided does not exist in our records.', {
    AWSAccessKeyId: auth!.credential.accessKeyId,
  });
}

/** A signature for one service is none for another: a header that was not signed must not choose which. */
function refuseOtherScope({ service, auth }: Exchange): void {
  const { signingName } = service!.entry;
  const scope = auth!.scope.service;
  if (scope === signingName || (signingName === 's3' && SINGLE_ENCODING.has(scope))) return;
  throw new AuthError('wrong-service', `Credential should be scoped to correct service: '${signingName}'. `);
}

/** The input, from the service's protocol. */
export function decode(house: House): Step {
  return async (exchange) => {
    const { service, operation, codec, request } = exchange;
    exchange.call = callOf(exchange, house);
    if (exchange.web) return;
    const streamed = operation!.inputStream !== undefined;
    const encoded = request.headers['content-encoding'] !== undefined;
    const events = operation!.inputEvents;
    // A body that was read for its signature, and is what it seems, needs no stream.
    const read = exchange.bytes && !encoded && !streamed && !events ? exchange.bytes : undefined;
    const body = read ? EMPTY : openBody(exchange, { decompress: !streamed && encoded });
    if (streamed) exchange.body = body;
    else exchange.body = read ?? (events ? new Uint8Array() : await collectInflated(body));
    if (exchange.body instanceof Uint8Array)
      service!.definition?.checkBody?.(operation!.name, request.headers, exchange.body);
    exchange.input = await codec!.decode({
      service: service!.model,
      operation: operation!,
      labels: exchange.labels,
      query: exchange.query,
      headers: headersOf(exchange),
      body: exchange.body,
    });
    if (events)
      exchange.input[events] = decodeEvents(service!.model, operation!, openEvents(exchange, body), exchange.input);
  };
}

/** A presigned S3 URL carries headers of its call as parameters, of the same names. */
function headersOf({ auth, service, query, request }: Exchange): Record<string, string> {
  if (!auth?.presigned || service?.model.sdk !== 's3') return request.headers;
  const carried = query
    .map(([name, value]) => [name.toLowerCase(), value] as const)
    .filter(([name]) => PRESIGNED_HEADER.test(name) && request.headers[name] === undefined);
  return { ...Object.fromEntries(carried), ...request.headers };
}

const PRESIGNED_HEADER =
  /^(content-(md5|type)|x-amz-(?!(algorithm|credential|date|expires|signature|signedheaders|security-token)$).+)$/;

/** Input events; when they come in signed envelopes, each is checked and taken out. */
async function* openEvents(exchange: Exchange, body: Readable): AsyncGenerator<EventMessage> {
  const check = exchange.auth?.payload.kind === 'events' ? eventVerifier(exchange.auth) : undefined;
  for await (const message of readFrames(body)) {
    const signature = message.headers[':chunk-signature'];
    if (!signature) {
      if (check)
        throw new AwsError('InvalidSignatureException', 'An event of a signed stream carries no signature', 403);
      yield message;
      continue;
    }
    const date = message.headers[':date']!;
    check?.({
      date: date.value,
      dateHeader: encodeHeaders({ ':date': date }),
      signature: signature.value,
      payload: message.body,
    });
    if (message.body.length > 0) yield decodeFrame(message.body);
  }
}

function signatureOf(auth: Authenticated, { headers }: WireRequest, nowMs: number): CallSource['signature'] {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(auth.timestamp) ?? [];
  const contentSha256 = headers['x-amz-content-sha256'];
  return {
    algorithm: year === undefined ? 'AWS' : 'AWS4-HMAC-SHA256',
    by: auth.presigned ? 'query' : 'header',
    ...(year === undefined
      ? {}
      : { ageMs: nowMs - Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`) }),
    ...(contentSha256 === undefined ? {} : { contentSha256 }),
  };
}

/** The call as its handler sees it. */
export function callOf(exchange: Exchange, house: House): Call {
  const { kernel, engines } = house;
  const { request, region, service, operation } = exchange;
  const principal = exchange.principal!;
  return {
    service: service!.model.sdk,
    operation: operation?.name ?? 'Web',
    requestId: exchange.requestId,
    principal,
    ...(exchange.auth ? { accessKeyId: exchange.auth.credential.accessKeyId } : {}),
    account: principal.type === 'anonymous' ? kernel.accountId : principal.account,
    region,
    partition: partitionOf(region),
    signal: exchange.signal,
    source: {
      ip: exchange.ip,
      userAgent: request.headers['user-agent'] ?? '',
      secure: exchange.secure,
      host: request.host,
      ...(request.headers['referer'] === undefined ? {} : { referer: request.headers['referer'] }),
      ...(exchange.auth && !exchange.auth.bearer
        ? { signature: signatureOf(exchange.auth, request, kernel.clock.real()) }
        : {}),
      ...(exchange.tls ? { tlsVersion: exchange.tls.version.replace(/^TLSv/, '') } : {}),
    },
    via: exchange.via ?? [],
    ...(exchange.billing === undefined ? {} : { billing: exchange.billing }),
    require: (access, as) => requireAccess(house, exchange, access, as),
    kernel,
    engines,
    // A child logger costs more than most calls: made when something is said.
    get log() {
      return kernel.log.child({ requestId: exchange.requestId });
    },
    trailers: exchange.trailers,
    meter: (usage) => {
      const usd = kernel.ledger.meter(
        { account: principal.account, region, service: service!.model.sdk, principal: principal.arn },
        usage,
      );
      if (usd !== undefined) exchange.usd = (exchange.usd ?? 0) + usd;
      const costs = (exchange.costs ??= []);
      if (costs.length < COSTS_MAX) {
        const { type, quantity, unit, resource } = usage;
        costs.push({
          type,
          quantity,
          unit,
          ...(resource === undefined ? {} : { resource }),
          ...(usd === undefined ? {} : { usd }),
        });
      }
    },
    answered: (how) => (exchange.answered = how),
    header: (name, value) => (exchange.extraHeaders[name.toLowerCase()] = value),
    status: (code) => (exchange.status = code),
  };
}

/** What the model says of the input: required members, lengths, ranges, patterns, enums. */
export const validate: Step = (exchange) => {
  const { service, operation, input } = exchange;
  if (exchange.web) return;
  let message: string | undefined;
  if (service!.validate) {
    const found = service!.validate(operation!.name, input);
    if (found.length > 0) message = formatViolations(found);
  } else {
    const missing = requiredMembers(operation!.input).filter(
      (name) => input![name] === undefined || input![name] === null,
    );
    if (missing.length > 0) {
      const each = missing
        .map((name) => `Value null at '${lowerFirst(name)}' failed to satisfy constraint: Member must not be null`)
        .join('; ');
      message = `${missing.length} validation error${missing.length === 1 ? '' : 's'} detected: ${each}`;
    }
  }
  if (message === undefined) return;
  const { definition, model } = service!;
  if (definition?.violation) {
    const error = definition.violation(operation!.name, message);
    if (error) throw error;
    return;
  }
  const query = model.protocol === 'query' || model.protocol === 'ec2';
  const name =
    ['ValidationException', 'ValidationError', 'InvalidParameterValueException'].find((candidate) =>
      model.errors.has(candidate),
    ) ?? (query ? 'ValidationError' : 'ValidationException');
  throw new AwsError(name, message, model.errors.get(name)?.status ?? 400);
};

const lowerFirst = (text: string) => text[0]!.toLowerCase() + text.slice(1);

/** The operation itself. */
export const invoke: Step = async (exchange) => {
  const { service, operation, call, request } = exchange;
  if (exchange.output) return; // A rule has answered.
  if (exchange.absent) throw exchange.absent;
  if (exchange.web) {
    const body = openBody(exchange, { decompress: false });
    const path = safeDecode(request.rawPath);
    const answer = await service!.definition!.web!(call!, {
      method: request.method,
      host: request.host,
      ...(exchange.labels['Bucket'] === undefined ? {} : { bucket: exchange.labels['Bucket'] }),
      path,
      query: new URLSearchParams(request.rawQuery),
      headers: request.headers,
      body,
    });
    if (!answer)
      throw new AwsError('MethodNotAllowed', 'The specified method is not allowed against this resource.', 405);
    exchange.response = answer;
    return;
  }
  const handler = (service!.definition!.operations as Record<string, any>)[operation!.name];
  exchange.output = ((await handler(call, exchange.input)) ?? {}) as Record<string, unknown>;
};

/** The answer, in the service's protocol. */
export const encode: Step = async (exchange) => {
  if (exchange.response) return;
  const { service, operation, codec, output } = exchange;
  const response = await codec!.encode(service!.model, operation!, output!, exchange.requestId);
  if (operation!.outputEvents && response.headers['content-type'] === EVENT_STREAM) {
    const tape = (exchange.tape = new FrameTape(exchange.startedUs));
    response.body = Readable.from(
      tape.through(
        encodeEvents(service!.model, operation!, output!, (error) => {
          const described = describeError(error, service, exchange.requestId);
          exchange.error = { name: described.name, message: described.message, status: described.status };
          if (described.unexpected && !exchange.signal.aborted)
            exchange.call!.log.error({ err: error }, 'a stream failed');
          return described;
        }),
      ),
      { objectMode: true, highWaterMark: 1 },
    );
  }
  if (exchange.status !== undefined) response.status = exchange.status;
  exchange.response = response;
};
