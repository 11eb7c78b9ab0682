import { AuthError, type AuthFailure } from '../identity/sigv4.ts';
import { AwsError } from '../kernel/errors.ts';
import { ConflictError } from '../kernel/store/store.ts';
import { SerializationError } from '../protocol/message.ts';
import type { WireError } from '../protocol/codec.ts';
import type { ProtocolName } from '../protocol/catalog.ts';
import type { Service } from './services.ts';

/** How the failures of authentication are called: S3, the query protocols and the JSON protocols each have their own names. */
type Names = { s3: [string, number]; query: [string, number]; json: [string, number] };

const AUTH_NAMES: Record<AuthFailure, Names> = {
  missing: {
    s3: ['AccessDenied', 403],
    query: ['MissingAuthenticationToken', 403],
    json: ['MissingAuthenticationTokenException', 403],
  },
  malformed: {
    s3: ['AuthorizationHeaderMalformed', 400],
    query: ['IncompleteSignature', 400],
    json: ['IncompleteSignatureException', 400],
  },
  'unknown-key': {
    s3: ['InvalidAccessKeyId', 403],
    query: ['InvalidClientTokenId', 403],
    json: ['UnrecognizedClientException', 403],
  },
  'bad-signature': {
    s3: ['SignatureDoesNotMatch', 403],
    query: ['SignatureDoesNotMatch', 403],
    json: ['InvalidSignatureException', 403],
  },
  'bad-token': {
    s3: ['InvalidToken', 400],
    query: ['InvalidClientTokenId', 403],
    json: ['UnrecognizedClientException', 403],
  },
  'bad-api-key': {
    s3: ['AccessDenied', 403],
    query: ['AccessDenied', 403],
    json: ['AccessDeniedException', 403],
  },
  'expired-token': { s3: ['ExpiredToken', 400], query: ['ExpiredToken', 403], json: ['ExpiredTokenException', 403] },
  skewed: {
    s3: ['RequestTimeTooSkewed', 403],
    query: ['SignatureDoesNotMatch', 403],
    json: ['InvalidSignatureException', 403],
  },
  'expired-url': {
    s3: ['AccessDenied', 403],
    query: ['SignatureDoesNotMatch', 403],
    json: ['InvalidSignatureException', 403],
  },
  'unsigned-headers': {
    s3: ['AccessDenied', 403],
    query: ['SignatureDoesNotMatch', 403],
    json: ['InvalidSignatureException', 403],
  },
  'wrong-service': {
    s3: ['AuthorizationHeaderMalformed', 400],
    query: ['SignatureDoesNotMatch', 403],
    json: ['InvalidSignatureException', 403],
  },
  unsupported: {
    s3: ['InvalidRequest', 400],
    query: ['IncompleteSignature', 400],
    json: ['IncompleteSignatureException', 400],
  },
  'bad-payload': {
    s3: ['InvalidRequest', 400],
    query: ['SignatureDoesNotMatch', 403],
    json: ['InvalidSignatureException', 403],
  },
};

/** AWS's own texts where the JSON and query services differ from S3's. */
const TOKEN_INVALID = 'The security token included in the request is invalid.';
const TOKEN_EXPIRED = 'The security token included in the request is expired';

/** Describes anything thrown on the way as an error of the service. `unexpected` tells that it was no answer of ours but a defect. */
export function describeError(
  error: unknown,
  service: Service | undefined,
  requestId: string,
): WireError & { unexpected: boolean } {
  const base = { members: {}, requestId, unexpected: false };
  const protocol = service?.model.protocol;
  if (error instanceof AuthError) return { ...base, ...authError(error, service), fault: 'client' };
  if (error instanceof AwsError)
    return {
      ...base,
      name: error.name,
      message: error.message,
      status: error.status,
      fault: error.fault,
      members: error.detail,
      ...modelOf(service, error.name),
    };
  if (error instanceof SerializationError) {
    const name =
      service?.model.sdk === 's3'
        ? 'MalformedXML'
        : protocol === 'query' || protocol === 'ec2'
          ? 'MalformedInput'
          : 'SerializationException';
    const message =
      service?.model.sdk === 's3'
        ? 'The XML you provided was not well-formed or did not validate against our published schema'
        : error.message;
    return { ...base, name, message, status: 400, fault: 'client' };
  }
  if (isModelled(error, service)) {
    const model = service!.model.errors.get(error.name)!;
    const {
      name,
      message,
      $fault: _fault,
      $metadata: _metadata,
      stack: _stack,
      ...members
    } = error as Error & Record<string, unknown>;
    return { ...base, name, message, status: model.status, fault: model.fault, model, members };
  }
  if (error instanceof ConflictError) {
    const named = THROTTLED.find((name) => service?.model.errors.has(name));
    return {
      ...base,
      name: service?.model.sdk === 's3' ? 'SlowDown' : (named ?? 'ThrottlingException'),
      message: 'Rate exceeded',
      status: service?.model.sdk === 's3' ? 503 : 400,
      fault: 'client',
      ...(named === undefined ? {} : modelOf(service, named)),
    };
  }
  const internal = internalName(service);
  return {
    ...base,
    name: internal,
    message: 'We encountered an internal error. Please try again.',
    status: 500,
    fault: 'server',
    ...modelOf(service, internal),
    unexpected: true,
  };
}

/** How services say that too much came at once, or that others were changing the same. */
const THROTTLED = [
  'ThrottlingException',
  'TooManyRequestsException',
  'ThrottledException',
  'ConcurrentModificationException',
  'ConcurrentModification',
];

function isModelled(error: unknown, service: Service | undefined): error is Error {
  return error instanceof Error && service?.model.errors.has(error.name) === true;
}

function modelOf(service: Service | undefined, name: string) {
  const model = service?.model.errors.get(name);
  return model ? { model } : {};
}

function internalName(service: Service | undefined): string {
  if (!service) return 'InternalFailure';
  if (service.model.sdk === 's3') return 'InternalError';
  const named = [
    'InternalServerException',
    'InternalServerErrorException',
    'InternalServerError',
    'InternalFailureException',
  ].find((name) => service.model.errors.has(name));
  return named ?? 'InternalFailure';
}

const STYLE: Record<ProtocolName, keyof Names> = {
  json1_0: 'json',
  json1_1: 'json',
  'rest-json': 'json',
  cbor: 'json',
  query: 'query',
  ec2: 'query',
  'rest-xml': 'query',
};

function authError(error: AuthError, service: Service | undefined) {
  const style = service?.model.sdk === 's3' ? 's3' : STYLE[service?.model.protocol ?? 'json1_1'];
  const [name, status] = AUTH_NAMES[error.failure][style];
  // The RPC services answer authentication failures with 400, the REST ones with 403.
  const rpc = service?.model.protocol === 'json1_0' || service?.model.protocol === 'json1_1';
  let { message } = error;
  if (style !== 's3') {
    if (error.failure === 'unknown-key' || error.failure === 'bad-token') message = TOKEN_INVALID;
    if (error.failure === 'expired-token') message = TOKEN_EXPIRED;
    if (error.failure === 'skewed')
      message = `Signature expired or not yet current: ${error.detail['RequestTime']} differs from ${error.detail['ServerTime']} by more than 15 minutes`;
  }
  if (style === 's3' && error.failure === 'missing') message = 'Access Denied';
  return { name, message, status: rpc ? 400 : status, members: style === 's3' ? error.detail : {} };
}
