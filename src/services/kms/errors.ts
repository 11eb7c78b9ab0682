import {
  AlreadyExistsException,
  DisabledException,
  DryRunOperationException,
  ExpiredImportTokenException,
  IncorrectKeyException,
  IncorrectKeyMaterialException,
  InvalidAliasNameException,
  InvalidArnException,
  InvalidCiphertextException,
  InvalidGrantIdException,
  InvalidGrantTokenException,
  InvalidImportTokenException,
  InvalidKeyUsageException,
  InvalidMarkerException,
  KMSInternalException,
  KMSInvalidMacException,
  KMSInvalidSignatureException,
  KMSInvalidStateException,
  LimitExceededException,
  MalformedPolicyDocumentException,
  NotFoundException,
  TagException,
  UnsupportedOperationException,
} from '@aws-sdk/client-kms';
import { AwsError } from '../../kernel/errors.ts';

/** Errors as KMS answers them. */
const of = (message: string) => ({ message, $metadata: {} });

export const alreadyExists = (message: string) => new AlreadyExistsException(of(message));
export const expiredImportToken = (message: string) => new ExpiredImportTokenException(of(message));
export const incorrectKeyMaterial = (message: string) => new IncorrectKeyMaterialException(of(message));
export const invalidAliasName = (message: string) => new InvalidAliasNameException(of(message));
export const invalidArn = (message: string) => new InvalidArnException(of(message));
export const invalidGrantId = (message: string) => new InvalidGrantIdException(of(message));
export const invalidGrantToken = (message: string) => new InvalidGrantTokenException(of(message));
export const invalidImportToken = (message: string) => new InvalidImportTokenException(of(message));
export const invalidKeyUsage = (message: string) => new InvalidKeyUsageException(of(message));
export const internal = (message: string) => new KMSInternalException(of(message));
export const invalidState = (message: string) => new KMSInvalidStateException(of(message));
export const limitExceeded = (message: string) => new LimitExceededException(of(message));
export const malformedPolicy = (message: string) => new MalformedPolicyDocumentException(of(message));
export const notFound = (message: string) => new NotFoundException(of(message));
export const tagError = (message: string) => new TagException(of(message));
export const unsupported = (message: string) => new UnsupportedOperationException(of(message));
export const validation = (message: string) => new AwsError('ValidationException', message, 400);
export const notImplemented = (message: string) => new AwsError('NotImplemented', message, 501);
export const invalidMarker = () => new InvalidMarkerException(of('The marker is not valid.'));
export const disabled = (arn: string) => new DisabledException(of(`${arn} is disabled.`));

/** AWS says no more: which of key, context and bytes was wrong would help who guesses. */
export const invalidCiphertext = () => new InvalidCiphertextException(of(''));
export const invalidSignature = () => new KMSInvalidSignatureException(of(''));
export const invalidMac = () => new KMSInvalidMacException(of(''));

export const incorrectKey = () =>
  new IncorrectKeyException(of('The key ID in the request does not identify a CMK that can perform this operation.'));

/** Ends an operation that was only to be tried. */
export function endDryRun(input: { DryRun?: boolean | undefined }): void {
  if (input.DryRun)
    throw new DryRunOperationException(of('The request would have succeeded, but the DryRun option is set.'));
}
