import {
  AccessDeniedException,
  ModelErrorException,
  ModelNotReadyException,
  ModelStreamErrorException,
  ModelTimeoutException,
  ResourceNotFoundException,
  ServiceUnavailableException,
  ThrottlingException,
  ValidationException,
} from '@aws-sdk/client-bedrock-runtime';
import { LlmError } from '../../engines/llm/types.ts';
import { AwsError } from '../../kernel/errors.ts';

export function invalid(message: string): ValidationException {
  return new ValidationException({ message, $metadata: {} });
}

/** What a model itself says against a request comes with this preface. */
export function modelRefused(message: string): ValidationException {
  return invalid(`The model returned the following errors: ${message}`);
}

export const notFound = (message: string) => new ResourceNotFoundException({ message, $metadata: {} });

/** A parameter that is not built is refused, never swallowed. */
export function unbuilt(what: string): AwsError {
  return new AwsError('NotImplemented', `${what} is not built in Outcrop; see docs/services/bedrock-runtime.md`, 501);
}

/** The account has no agreement for the model. */
export const noAccess = () =>
  new AccessDeniedException({
    message: "You don't have access to the model with the specified model ID.",
    $metadata: {},
  });

/** Anthropic's form is missing. */
export const noUseCase = () =>
  new ResourceNotFoundException({
    message:
      'Model use case details have not been submitted for this account. Fill out the Anthropic use case details form before using the model. If you have already filled out the form, try again in 15 minutes.',
    $metadata: {},
  });

/** Every region that could serve the call is down. */
export const unavailable = () =>
  new ServiceUnavailableException({ message: 'Bedrock is unable to process your request.', $metadata: {} });

/** Units that are not in service yet. */
export const notReady = () =>
  new ModelNotReadyException({
    message: 'The model specified in the request is not ready to serve inference requests. Try again later.',
    $metadata: {},
  });

/** Source: Bedrock User Guide, "Troubleshooting Amazon Bedrock API Error Codes", ThrottlingException. */
export const throttled = (what: 'requests' | 'tokens') =>
  new ThrottlingException({ message: `Too many ${what}, please wait before trying again.`, $metadata: {} });

/** Clients look for this text to shorten a conversation and try again. */
export const tooLong = () => invalid('Input is too long for requested model.');

/** A backend's failure before anything was answered, in Bedrock's terms; anything else is passed through. */
export function asServiceError(error: unknown, modelId: string): unknown {
  if (!(error instanceof LlmError)) return error;
  const message = error.message;
  const $metadata = {};
  switch (error.kind) {
    case 'invalid':
    case 'unsupported':
      return modelRefused(message);
    case 'context':
      return tooLong();
    case 'throttled':
      return new ThrottlingException({
        message: `Too many requests, please wait before trying again. (${message})`,
        $metadata,
      });
    case 'unavailable':
      return new ServiceUnavailableException({
        message: `Bedrock is unable to process your request. (${message})`,
        $metadata,
      });
    case 'timeout':
      return new ModelTimeoutException({
        message: `Model has timed out in processing the request. Try your request again. (${message})`,
        $metadata,
      });
    default:
      return new ModelErrorException({
        message,
        originalStatusCode: error.upstreamStatus ?? 500,
        resourceName: modelId,
        $metadata,
      });
  }
}

/** The same, once a stream has begun: only what its event union can carry. */
export function asStreamError(error: unknown, modelId: string): unknown {
  if (!(error instanceof LlmError)) return error;
  if (error.kind === 'model' || error.kind === 'stream' || error.kind === 'timeout') {
    return new ModelStreamErrorException({
      message: 'The model has encountered an unexpected error during processing. Try your request again.',
      originalStatusCode: error.upstreamStatus ?? (error.kind === 'timeout' ? 408 : 500),
      originalMessage: error.message,
      $metadata: {},
    });
  }
  return asServiceError(error, modelId);
}
