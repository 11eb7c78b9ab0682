import type { APIErrorType, BatchGetSecretValueRequest, SecretValueEntry } from '@aws-sdk/client-secrets-manager';
import type { Call } from '../../kernel/call.ts';
import { AwsError } from '../../kernel/errors.ts';
import type { Handlers } from '../../kernel/service.ts';
import { access } from './access.ts';
import { invalidParameter, invalidRequest } from './errors.ts';
import { BATCH_PAGE_DEFAULT } from './limits.ts';
import { listPage } from './listing.ts';

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
  await requireList(call);
  const { page, ...next } = await listPage(call, { filters, size: size ?? BATCH_PAGE_DEFAULT, token });
  return {
    ...(await readAll(
      call,
      page.map(({ arn }) => arn),
    )),
    ...next,
  };
};

/** Asks what the operation asks as it works, and each secret that the input names: a rule answers for them all. */
export async function askOfBatch(
  call: Call,
  { SecretIdList = [], Filters }: BatchGetSecretValueRequest,
): Promise<void> {
  if (Filters) await requireList(call);
  for (const SecretId of new Set(SecretIdList))
    for (const one of await access.GetSecretValue(call, { SecretId })) await call.require(one);
}

const requireList = (call: Call) => call.require({ action: 'secretsmanager:ListSecrets', resource: '*' });

/** A call of its own: decided on as GetSecretValue, and on the trail as such. Source: API Reference, BatchGetSecretValue. */
const readOne = ({ kernel, principal, region, source, signal, via }: Call, SecretId: string) =>
  kernel.calls.send<SecretValueEntry>({
    service: 'secrets-manager',
    operation: 'GetSecretValue',
    input: { SecretId },
    principal,
    region,
    source,
    signal,
    // It comes through whom the batch came through.
    ...(via.length > 0 ? { via: via.slice(0, -1), invokedBy: via.at(-1)! } : {}),
  });

async function readAll(call: Call, ids: readonly string[]) {
  const SecretValues: SecretValueEntry[] = [];
  const Errors: APIErrorType[] = [];
  for (const id of ids) {
    try {
      SecretValues.push(await readOne(call, id));
    } catch (error) {
      if (!(error instanceof Error) || !OWN_ERRORS.has(error.name)) throw error;
      if (error instanceof AwsError && error.status >= 500) throw error;
      Errors.push({ SecretId: id, ErrorCode: error.name, Message: error.message });
    }
  }
  return { SecretValues, Errors };
}
