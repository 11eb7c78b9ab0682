import {
  ExpiredTokenException,
  IDPCommunicationErrorException,
  IDPRejectedClaimException,
  InvalidIdentityTokenException,
  MalformedPolicyDocumentException,
  PackedPolicyTooLargeException,
} from '@aws-sdk/client-sts';
import { AwsError } from '../../kernel/errors.ts';

/** Errors as AWS STS answers them. Source: STS API Reference; the texts are those that the service answers with. */
const members = (message: string) => ({ message, $metadata: {} });

export const malformedPolicy = (message: string) => new MalformedPolicyDocumentException(members(message));
export const packedPolicyTooLarge = (message: string) => new PackedPolicyTooLargeException(members(message));
export const invalidIdentityToken = (message: string) => new InvalidIdentityTokenException(members(message));
export const expiredToken = (message: string) => new ExpiredTokenException(members(message));
export const rejectedClaim = (message: string) => new IDPRejectedClaimException(members(message));
export const idpUnreachable = (message: string) => new IDPCommunicationErrorException(members(message));

export const accessDenied = (message: string) => new AwsError('AccessDenied', message, 403);
/** The operation is not for the credentials that the call was signed with. */
export const withSession = (operation: string) => accessDenied(`Cannot call ${operation} with session credentials`);
export const validation = (message: string) => new AwsError('ValidationError', message, 400);
export const invalidParameter = (message: string) => new AwsError('InvalidParameterValue', message, 400);
export const notBuilt = (what: string) => new AwsError('NotImplemented', `${what} is not built in Outcrop.`, 501);
