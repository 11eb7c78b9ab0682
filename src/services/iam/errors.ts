import {
  DeleteConflictException,
  EntityAlreadyExistsException,
  InvalidInputException,
  LimitExceededException,
  MalformedPolicyDocumentException,
  NoSuchEntityException,
  PolicyNotAttachableException,
  UnmodifiableEntityException,
} from '@aws-sdk/client-iam';
import { AwsError } from '../../kernel/errors.ts';

/** Errors as AWS IAM answers them. Source: IAM API Reference; the texts are those that the service answers with. */
const members = (message: string) => ({ message, $metadata: {} });

export const noSuchEntity = (message: string) => new NoSuchEntityException(members(message));
export const alreadyExists = (message: string) => new EntityAlreadyExistsException(members(message));
export const deleteConflict = (message: string) => new DeleteConflictException(members(message));
export const invalidInput = (message: string) => new InvalidInputException(members(message));
export const limitExceeded = (message: string) => new LimitExceededException(members(message));
export const malformedPolicy = (message: string) => new MalformedPolicyDocumentException(members(message));
export const notAttachable = (message: string) => new PolicyNotAttachableException(members(message));
export const unmodifiable = (message: string) => new UnmodifiableEntityException(members(message));
export const validation = (message: string) => new AwsError('ValidationError', message, 400);

/** `The user with name X cannot be found.` */
export const notFound = (kind: 'user' | 'group' | 'role', name: string) =>
  noSuchEntity(`The ${kind} with name ${name} cannot be found.`);

/** @param quota as AWS names it: `UsersPerAccount` */
export const overQuota = (quota: string, max: number) => limitExceeded(`Cannot exceed quota for ${quota}: ${max}`);
