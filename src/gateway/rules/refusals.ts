import { AwsError } from '../../kernel/errors.ts';
import type { Service } from '../services.ts';

/** The errors that rules answer with, by the names, texts and statuses of the service. */

type Named = [name: string, message: string, status: number];

/**
 * How services say that too much came. Texts of Bedrock, S3, KMS, DynamoDB and EC2 are of their guides' pages on throttling; the others are
 * known from practice.
 */
const THROTTLES: Readonly<Record<string, Named>> = {
  s3: ['SlowDown', 'Please reduce your request rate.', 503],
  'bedrock-runtime': ['ThrottlingException', 'Too many requests, please wait before trying again.', 429],
  'bedrock-agent-runtime': ['ThrottlingException', 'Too many requests, please wait before trying again.', 429],
  dynamodb: [
    'ProvisionedThroughputExceededException',
    'The level of configured provisioned throughput for the table was exceeded. Consider increasing your provisioning level with the UpdateTable API.',
    400,
  ],
  kinesis: ['ProvisionedThroughputExceededException', 'Rate exceeded for shard.', 400],
  kms: [
    'ThrottlingException',
    'You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.',
    400,
  ],
  lambda: ['TooManyRequestsException', 'Rate Exceeded.', 429],
  ec2: ['RequestLimitExceeded', 'Request limit exceeded.', 503],
  sqs: ['RequestThrottled', 'Rate exceeded', 400],
};

/** Names that throttling errors have in the models, in the order in which they are taken. */
const MODELLED_THROTTLES = [
  'ThrottlingException',
  'TooManyRequestsException',
  'ThrottledException',
  'Throttling',
  'LimitExceededException',
  'RequestLimitExceeded',
];

/** Errors that any service may answer without its model saying so. Source: "Common Errors" of the API references. */
const COMMON: Readonly<Record<string, number>> = {
  AccessDeniedException: 400,
  ExpiredTokenException: 403,
  IncompleteSignature: 403,
  InternalFailure: 500,
  InvalidClientTokenId: 403,
  NotAuthorized: 400,
  OptInRequired: 403,
  RequestExpired: 400,
  ServiceUnavailable: 503,
  Throttling: 400,
  ThrottlingException: 400,
  UnrecognizedClientException: 403,
  ValidationError: 400,
  ValidationException: 400,
};
/** S3's, most of which its model does not have. Source: Amazon S3 API Reference, "Error responses". */
const S3: Readonly<Record<string, number>> = {
  AccessDenied: 403,
  BadDigest: 400,
  EntityTooLarge: 400,
  ExpiredToken: 400,
  InternalError: 500,
  InvalidAccessKeyId: 403,
  InvalidObjectState: 403,
  InvalidRange: 416,
  NoSuchBucket: 404,
  NoSuchKey: 404,
  NoSuchUpload: 404,
  NoSuchVersion: 404,
  OperationAborted: 409,
  PreconditionFailed: 412,
  RequestTimeout: 400,
  RequestTimeTooSkewed: 403,
  ServiceUnavailable: 503,
  SignatureDoesNotMatch: 403,
  SlowDown: 503,
};

const hasModelled = (service: Service, name: string) => service.model.errors.has(name);

/** The status that an error of this name has; undefined: the service has no such error. */
export function statusOf(service: Service | undefined, name: string): number | undefined {
  const modelled = service?.model.errors.get(name)?.status;
  if (modelled !== undefined) return modelled;
  const { sdk, protocol } = service?.model ?? {};
  if (sdk === 's3') return S3[name];
  if (sdk !== undefined && THROTTLES[sdk]?.[0] === name) return THROTTLES[sdk][2];
  if (protocol === 'ec2' && (name === 'UnauthorizedOperation' || name === 'RequestLimitExceeded'))
    return name === 'UnauthorizedOperation' ? 403 : 503;
  if (protocol === 'query' && name === 'AccessDenied') return 403;
  return COMMON[name];
}

/** Names of the errors that a service may answer with. */
export function errorNames(service: Service): string[] {
  const unmodelled = service.model.sdk === 's3' ? S3 : COMMON;
  return [...service.model.errors.keys(), ...Object.keys(unmodelled)];
}

/** The service's own way to say that too many requests came. */
export function throttled(service: Service): Error {
  const own = THROTTLES[service.model.sdk];
  if (own) return refusal(service, ...own);
  const name =
    MODELLED_THROTTLES.find((each) => hasModelled(service, each)) ??
    (service.model.protocol === 'query' ? 'Throttling' : 'ThrottlingException');
  return refusal(service, name, 'Rate exceeded', statusOf(service, name) ?? 400);
}

/** Bedrock's way to say that too many tokens came. */
export function outOfTokens(service: Service): Error {
  return refusal(service, 'ThrottlingException', 'Too many tokens, please wait before trying again.', 429);
}

/** An error by its name; one that the model has is answered as the model says. */
export function refusal(
  service: Service,
  name: string,
  message: string,
  status?: number,
  members: Record<string, unknown> = {},
): Error {
  const modelled = service.model.errors.get(name);
  if (modelled && (status === undefined || status === modelled.status)) {
    const error = Object.assign(new Error(message), members);
    error.name = name;
    return error;
  }
  const texts = Object.fromEntries(
    Object.entries(members).filter((pair): pair is [string, string] => typeof pair[1] === 'string'),
  );
  return new AwsError(name, message, status ?? statusOf(service, name) ?? 400, texts);
}

const INTERNAL = 'We encountered an internal error. Please try again.';

/** What a service answers by a status alone: 500 and 503 by its own names; undefined where a status does not tell an error. */
export function byStatus(service: Service, status: number, message?: string): Error | undefined {
  const s3 = service.model.sdk === 's3';
  const pick = (names: string[], otherwise: string) => names.find((name) => hasModelled(service, name)) ?? otherwise;
  if (status === 429) {
    const { name, message: text } = throttled(service);
    return refusal(service, name, message ?? text, status);
  }
  if (status === 503)
    return refusal(
      service,
      pick(['ServiceUnavailableException', 'ServiceUnavailable'], 'ServiceUnavailable'),
      message ??
        (s3 ? 'Service is unable to handle request.' : 'The service is temporarily unavailable. Please try again.'),
      503,
    );
  if (status < 500) return undefined;
  const name = s3
    ? 'InternalError'
    : pick(
        [
          'InternalServerException',
          'InternalServerErrorException',
          'InternalServerError',
          'InternalFailureException',
          'InternalServiceErrorException',
        ],
        'InternalFailure',
      );
  return refusal(service, name, message ?? INTERNAL, status);
}

/** A rule that cannot do what it says for this call. Never taken for an answer of the service: its name is no error of AWS's. */
export function ruleFailed(rule: string, message: string): AwsError {
  return new AwsError('OutcropRuleError', `Rule ${rule}: ${message}`, 400);
}
