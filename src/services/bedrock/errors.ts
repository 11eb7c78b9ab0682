import {
  ConflictException,
  ResourceNotFoundException,
  ServiceQuotaExceededException,
  TooManyTagsException,
  ValidationException,
} from '@aws-sdk/client-bedrock';
import { AwsError } from '../../kernel/errors.ts';

const $metadata = {};

export const invalid = (message: string) => new ValidationException({ message, $metadata });
export const notFound = (message: string) => new ResourceNotFoundException({ message, $metadata });
export const conflict = (message: string) => new ConflictException({ message, $metadata });

/** `what` as Service Quotas names it. */
export const quotaExceeded = (what: string, limit: number) =>
  new ServiceQuotaExceededException({
    message: `The request exceeds the service quota for ${what}: ${limit}.`,
    $metadata,
  });

export const tooManyTags = (resourceName: string) =>
  new TooManyTagsException({ message: 'A resource can have at most 200 tags.', resourceName, $metadata });

/** A parameter that is not built is refused, never swallowed. */
export const unbuilt = (what: string, page = 'bedrock') =>
  new AwsError('NotImplemented', `${what} is not built in Outcrop; see docs/services/${page}.md`, 501);
