import {
  HierarchyLevelLimitExceededException,
  InvalidFilterKey,
  InvalidFilterOption,
  InvalidFilterValue,
  InvalidKeyId,
  InvalidNextToken,
  ParameterNotFound,
  ParameterVersionNotFound,
} from '@aws-sdk/client-ssm';
import { AwsError } from '../../kernel/errors.ts';
import { LEVELS_MAX } from './limits.ts';

export const said = (message: string) => ({ message, $metadata: {} });

export const invalid = (message: string) => new AwsError('ValidationException', message);
export const denied = (message: string) => new AwsError('AccessDeniedException', message, 400);
export const notHonoured = (what: string, why: string) =>
  new AwsError('NotImplemented', `${what} is not built in Outcrop: ${why}`, 501);

/** AWS says nothing more. */
export const parameterNotFound = () => new ParameterNotFound(said(''));
export const versionNotFound = (name: string, version: number) =>
  new ParameterVersionNotFound(
    said(`Systems Manager could not find version ${version} of ${name}. Verify the version and try again.`),
  );
export const labelNotFound = (name: string, label: string) =>
  new ParameterVersionNotFound(
    said(`Systems Manager could not find label ${label} for parameter ${name}. Verify the label and try again.`),
  );
export const invalidToken = () => new InvalidNextToken(said('The specified token is not valid.'));
export const invalidFilterKey = (message: string) => new InvalidFilterKey(said(message));
export const invalidFilterOption = (message: string) => new InvalidFilterOption(said(message));
export const invalidFilterValue = (message: string) => new InvalidFilterValue(said(message));
export const invalidKeyId = (message: string) => new InvalidKeyId(said(message));
export const tooDeep = () =>
  new HierarchyLevelLimitExceededException(
    said(
      `A hierarchy can have a maximum of ${LEVELS_MAX} levels. For more information, see Requirements and constraints for parameter names in the AWS Systems Manager User Guide.`,
    ),
  );

export const NAME_RULES =
  'Parameter name: can\'t be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_';
export const PATH_RULES =
  'The parameter doesn\'t meet the parameter name requirements. The parameter name must begin with a forward slash "/". It can\'t be prefixed with \\"aws\\" or \\"ssm\\" (case-insensitive). It must use only letters, numbers, or the following symbols: . (period), - (hyphen), _ (underscore). Special characters are not allowed. All sub-paths, if specified, must use the forward slash symbol "/". Valid example: /get/parameters2-/by1./path0_.';
