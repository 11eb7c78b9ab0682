import {
  DecryptionFailure,
  EncryptionFailure,
  InvalidNextTokenException,
  InvalidParameterException,
  InvalidRequestException,
  LimitExceededException,
  MalformedPolicyDocumentException,
  PublicPolicyException,
  ResourceExistsException,
  ResourceNotFoundException,
} from '@aws-sdk/client-secrets-manager';
import { AwsError } from '../../kernel/errors.ts';

const said = (message: string) => ({ message, $metadata: {} });

export const invalidParameter = (message: string) => new InvalidParameterException(said(message));
export const invalidRequest = (message: string) => new InvalidRequestException(said(message));
export const limitExceeded = (message: string) => new LimitExceededException(said(message));
export const malformedPolicy = (message: string) => new MalformedPolicyDocumentException(said(message));
export const publicPolicy = (message: string) => new PublicPolicyException(said(message));
export const exists = (message: string) => new ResourceExistsException(said(message));
export const notFound = (message = "Secrets Manager can't find the specified secret.") =>
  new ResourceNotFoundException(said(message));
export const invalidToken = () => new InvalidNextTokenException(said('The NextToken value is invalid.'));
export const invalidName = () =>
  new AwsError(
    'ValidationException',
    'Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!',
  );
export const notHonoured = (parameter: string, why: string) =>
  new AwsError('NotImplemented', `The parameter ${parameter} is not built in Outcrop: ${why}`, 501);

export const markedForDeletion = () =>
  invalidRequest("You can't perform this operation on the secret because it was marked for deletion.");
export const onReplica = () =>
  invalidParameter("Operation not permitted on a replica secret. Call must be made in primary secret's region.");

/** Source: API Reference, EncryptionFailure and DecryptionFailure. */
export const encryptionFailure = () =>
  new EncryptionFailure(
    said(
      "Secrets Manager can't encrypt the protected secret text using the provided KMS key. Check that the KMS key is available, enabled, and not in an invalid state. For more information, see Key state: Effect on your KMS key.",
    ),
  );
export const decryptionFailure = () =>
  new DecryptionFailure(said("Secrets Manager can't decrypt the protected secret text using the provided KMS key."));
export const kmsDenied = () => new AwsError('AccessDeniedException', 'Access to KMS is not allowed', 400);
