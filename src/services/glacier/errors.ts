import {
  InvalidParameterValueException,
  LimitExceededException,
  MissingParameterValueException,
  NoLongerSupportedException,
  PolicyEnforcedException,
  ResourceNotFoundException,
} from '@aws-sdk/client-glacier';
import { AwsError } from '../../kernel/errors.ts';

/** Errors as Amazon S3 Glacier answers them: a body of `code`, `type` and `message`. Source: Developer Guide, "Error Responses". */
const members = (code: string, message: string) => ({ message, code, type: 'Client', $metadata: {} });

export const invalid = (message: string) =>
  new InvalidParameterValueException(members('InvalidParameterValueException', message));

export const missing = (name: string) =>
  new MissingParameterValueException(members('MissingParameterValueException', `Required parameter missing: ${name}`));

export const notFound = (message: string) =>
  new ResourceNotFoundException(members('ResourceNotFoundException', message));

export const limitExceeded = (message: string) =>
  new LimitExceededException(members('LimitExceededException', message));

export const policyEnforced = (message: string) =>
  new PolicyEnforcedException(members('PolicyEnforcedException', message));

export const noLongerSupported = (message: string) =>
  new NoLongerSupportedException(members('NoLongerSupportedException', message));

export const accessDenied = (message: string) => new AwsError('AccessDeniedException', message, 403);
