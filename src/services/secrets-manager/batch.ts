import type { APIErrorType, SecretValueEntry } from '@aws-sdk/client-secrets-manager';
import type { Call } from '../../kernel/call.ts';
import { AwsError } from '../../kernel/errors.ts';
import type { Handlers } from '../../kernel/service.ts';
import { accessToValue } from './access.ts';
import { invalidParameter, invalidRequest } from './errors.ts';
import { BATCH_PAGE_DEFAULT } from './limits.ts';
import { listPage } from './listing.ts';
import { readValue } from './values.ts';

type SecretsManager = Handlers<typeof import('@aws-sdk/client-secrets-manager')>;

/** What one secret of a batch may fail with by itself. Source: API Reference, APIErrorType. */
const OWN_ERRORS = new Set([
  'AccessDeniedException',
  'DecryptionFailure',
  'InvalidParameterException',
  'InvalidRequestException',
  'ResourceNotFoundException',
  'ValidationException',
]);

/** The current values of several secrets; each is decided on, and fails, by itself. Source: API Reference, BatchGetSecretValue. */
export const BatchGetSecretValue: SecretsManager['BatchGetSecretValue'] = async (call, input) => {
  const { SecretIdList: list, Filters: filters, MaxResults: size, NextToken: token } = input;
  if ((list === undefined) === (filters === undefined))
    throw invalidParameter('You must provide either SecretIdList or Filters, but not both.');
  if (list && (size !== undefined || token !== undefined))
    throw invalidRequest('MaxResults and NextToken can only be used with Filters.');
  if (list) return readAll(call, [...new Set(list)]);
  await call.require({ action: 'secretsmanager:ListSecrets', resource: '*' });
  const { page, ...next } = await listPage(call, { filters, size: size ?? BATCH_PAGE_DEFAULT, token });
  return {
    ...(await readAll(
      call,
      page.map(({ arn }) => arn),
    )),
    ...next,
  };
};

async function readAll(call: Call, ids: readonly string[]) {
  const SecretValues: SecretValueEntry[] = [];
  const Errors: APIErrorType[] = [];
  for (const id of ids) {
    try {
      for (const access of await accessToValue(call, id)) await call.require(access);
      SecretValues.push(await readValue(call, id));
    } catch (error) {
      if (!(error instanceof Error) || !OWN_ERRORS.has(error.name)) throw error;
      if (error instanceof AwsError && error.status >= 500) throw error;
      Errors.push({ SecretId: id, ErrorCode: error.name, Message: error.message });
    }
  }
  return { SecretValues, Errors };
}
