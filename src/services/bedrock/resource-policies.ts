import { PolicyError, readPolicy } from '../../engines/policy/policy.ts';
import type { Call } from '../../kernel/call.ts';
import { resourcePolicies } from '../../kernel/inference/resource.ts';
import { taggedResources } from '../../kernel/inference/tags.ts';
import { parseArn } from '../../kernel/resources.ts';
import type { Handlers } from '../../kernel/service.ts';
import type { Reader } from '../../kernel/store/store.ts';
import { invalid, notFound } from './errors.ts';

type Bedrock = Handlers<typeof import('@aws-sdk/client-bedrock')>;

/** Kinds that policies can stand on. Source: Service Authorization Reference, Amazon Bedrock, PutResourcePolicy. */
const KINDS = /^(custom-model\/.+|guardrail\/[a-z0-9]+)$/;

/** Whether an ARN is of a kind that policies can stand on. */
export const canHavePolicy = (resourceArn: string): boolean => KINDS.test(parseArn(resourceArn)?.resource ?? '');

/** Holds an ARN to a resource of the caller's account that can have a policy. Throws ValidationException, ResourceNotFoundException. */
async function check(reader: Reader, call: Call, resourceArn: string): Promise<void> {
  const arn = parseArn(resourceArn);
  if (arn?.service !== 'bedrock' || arn.region !== call.region || arn.partition !== call.partition)
    throw invalid('The provided resource ARN is invalid.');
  if (!canHavePolicy(resourceArn))
    throw invalid('Resource policies are supported for custom models and guardrails only.');
  if (arn.account !== call.account || !(await reader.get(taggedResources, [resourceArn])))
    throw notFound(`Could not find the resource ${resourceArn}.`);
}

/** Puts a policy on a resource, in the place of what was there. Throws ValidationException for what is no policy. */
export const PutResourcePolicy: Bedrock['PutResourcePolicy'] = async (call, { resourceArn, resourcePolicy }) => {
  try {
    readPolicy(resourcePolicy!, 'resource');
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    throw invalid(`The resource policy is invalid: ${error.message}`);
  }
  await call.kernel.store.transact(async (tx) => {
    await check(tx, call, resourceArn!);
    tx.put(resourcePolicies, [resourceArn!], resourcePolicy!);
  });
  return { resourceArn: resourceArn! };
};

const missing = (resourceArn: string) => notFound(`There is no resource policy on ${resourceArn}.`);

export const GetResourcePolicy: Bedrock['GetResourcePolicy'] = async (call, { resourceArn }) => {
  const { store } = call.kernel;
  await check(store, call, resourceArn!);
  const resourcePolicy = await store.get(resourcePolicies, [resourceArn!]);
  if (resourcePolicy === undefined) throw missing(resourceArn!);
  return { resourcePolicy };
};

export const DeleteResourcePolicy: Bedrock['DeleteResourcePolicy'] = async (call, { resourceArn }) => {
  await call.kernel.store.transact(async (tx) => {
    await check(tx, call, resourceArn!);
    if ((await tx.get(resourcePolicies, [resourceArn!])) === undefined) throw missing(resourceArn!);
    tx.delete(resourcePolicies, [resourceArn!]);
  });
  return {};
};
