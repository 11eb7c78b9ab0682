import {
  ConflictException,
  ResourceNotFoundException,
  ServiceQuotaExceededException,
  ValidationException,
} from '@aws-sdk/client-bedrock-agent';
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

/** A parameter that is not built is refused, never swallowed. */
export const unbuilt = (what: string) =>
  new AwsError('NotImplemented', `${what} is not built in Outcrop; see docs/services/bedrock-agent.md`, 501);
