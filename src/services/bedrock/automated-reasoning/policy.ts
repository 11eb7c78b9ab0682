import { createHash } from 'node:crypto';
import { ThrottlingException, type AutomatedReasoningPolicyDefinition } from '@aws-sdk/client-bedrock';
import { ReasonError } from '../../../engines/reason/error.ts';
import type { Call } from '../../../kernel/call.ts';
import {
  automatedReasoningPolicies,
  automatedReasoningPolicyKey,
  DRAFT,
  type AutomatedReasoningDefinition,
  type AutomatedReasoningPolicy,
} from '../../../kernel/inference/automated-reasoning.ts';
import { parseArn } from '../../../kernel/resources.ts';
import type { Reader, Transaction } from '../../../kernel/store/store.ts';
import { invalid, notFound } from '../errors.ts';

/** The version that an ARN names, of the caller's account and region. Throws ResourceNotFoundException. */
export async function findPolicy(reader: Reader, call: Call, policyArn: string): Promise<AutomatedReasoningPolicy> {
  const key = automatedReasoningPolicyKey(policyArn);
  const partition = parseArn(policyArn)?.partition;
  const own = key && partition === call.partition && key.account === call.account && key.region === call.region;
  const found = own
    ? await reader.get(automatedReasoningPolicies, [key.account, key.region, key.id, key.version])
    : undefined;
  if (!found) throw notFound(`Could not find the Automated Reasoning policy ${policyArn}.`);
  return found;
}

/** The draft that an ARN names. Throws ResourceNotFoundException, and ValidationException for the ARN of a version. */
export async function findDraft(reader: Reader, call: Call, policyArn: string): Promise<AutomatedReasoningPolicy> {
  if (automatedReasoningPolicyKey(policyArn)?.version !== DRAFT)
    throw invalid(
      'The policy ARN must not have a version: only the draft of a policy can be built, tested and changed.',
    );
  return findPolicy(reader, call, policyArn);
}

export const putPolicy = (tx: Transaction, record: AutomatedReasoningPolicy): void =>
  tx.put(automatedReasoningPolicies, [record.account, record.region, record.id, record.version], record);

/** A definition as it is kept; absent members left out. Throws ValidationException for one that contradicts itself. */
export async function readDefinition(
  call: Call,
  given: AutomatedReasoningPolicyDefinition = {},
): Promise<AutomatedReasoningDefinition> {
  const { version, types = [], rules = [], variables = [] } = given;
  const definition: AutomatedReasoningDefinition = {
    version: version ?? '1.0',
    types: types.map(({ name, description, values }) => ({
      name: name!,
      ...(description === undefined ? {} : { description }),
      values: values!.map(({ value, description }) => ({
        value: value!,
        ...(description === undefined ? {} : { description }),
      })),
    })),
    rules: rules.map(({ id, expression, alternateExpression }) => ({
      id: id!,
      expression: expression!,
      ...(alternateExpression === undefined ? {} : { alternateExpression }),
    })),
    variables: variables.map(({ name, type, description }) => ({
      name: name!,
      type: type!,
      description: description!,
    })),
  };
  const reasoner = await call.engines.reason.get();
  const fault = await reasoner.fault(definition, { signal: call.signal }).catch((error: unknown) => {
    if (error instanceof ReasonError && error.code === 'busy')
      throw new ThrottlingException({ message: error.message, $metadata: {} });
    throw error;
  });
  if (fault !== undefined) throw invalid(`The policy definition is invalid. ${fault}`);
  return definition;
}

/** A hash that tells whether something has changed meanwhile: 128 hexadecimal digits. */
export const hashOf = (value: unknown): string => createHash('sha512').update(JSON.stringify(value)).digest('hex');
