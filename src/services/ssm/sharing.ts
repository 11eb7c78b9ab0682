import { createHash } from 'node:crypto';
import {
  MalformedResourcePolicyDocumentException,
  ResourceNotFoundException,
  ResourcePolicyConflictException,
  ResourcePolicyInvalidParameterException,
  ResourcePolicyLimitExceededException,
  ResourcePolicyNotFoundException,
} from '@aws-sdk/client-ssm';
import { PolicyError, readPolicy } from '../../engines/policy/policy.ts';
import type { Call } from '../../kernel/call.ts';
import { parseArn } from '../../kernel/resources.ts';
import type { Handlers } from '../../kernel/service.ts';
import type { Reader } from '../../kernel/store/store.ts';
import { DEFAULT_KEY } from './encryption.ts';
import { notHonoured } from './errors.ts';
import { POLICY_BYTES_MAX } from './limits.ts';
import { byArn, keyOf } from './names.ts';
import { parameters, type Parameter } from './records.ts';

type Ssm = Handlers<typeof import('@aws-sdk/client-ssm')>;

/** Resource policies of parameters: other accounts may read them. Source: User Guide, "Working with shared parameters in Parameter Store". */
const SHAREABLE = new Set([
  'ssm:describeparameters',
  'ssm:getparameter',
  'ssm:getparameterhistory',
  'ssm:getparameters',
]);

const told = (Message: string) => ({ Message, message: Message, $metadata: {} });
const invalidArgument = (name: string, message: string) =>
  new ResourcePolicyInvalidParameterException({ ...told(message), ParameterNames: [name] });
const malformed = (message: string) => new MalformedResourcePolicyDocumentException(told(message));

/** The caller's own parameter. Throws ResourceNotFoundException. */
async function open(call: Call, resourceArn: string, reader: Reader): Promise<Parameter> {
  const parsed = parseArn(resourceArn);
  if (parsed?.service !== 'ssm') throw invalidArgument('ResourceArn', `Invalid resource ARN ${resourceArn}.`);
  if (!parsed.resource.startsWith('parameter/'))
    throw notHonoured(`The resource ${resourceArn}`, 'of Systems Manager there is Parameter Store.');
  const parameter = await byArn(call, resourceArn, reader);
  if (!parameter || parameter.account !== call.account)
    throw new ResourceNotFoundException(told(`The parameter ${resourceArn} does not exist.`));
  return parameter;
}

function checkPolicy(text: string, { arn }: Parameter): void {
  if (Buffer.byteLength(text) > POLICY_BYTES_MAX)
    throw new ResourcePolicyLimitExceededException({
      ...told(`A policy can't be greater than ${POLICY_BYTES_MAX} bytes in size.`),
      Limit: POLICY_BYTES_MAX,
      LimitType: 'PolicySize',
    });
  try {
    for (const { actions, notAction, notResource, resources } of readPolicy(text, 'resource').statements) {
      const strange = actions.find((action) => !SHAREABLE.has(action.toLowerCase()));
      if (notAction || strange !== undefined) throw malformed(`The action ${strange ?? 'NotAction'} can't be shared.`);
      if (notResource || resources.some(({ text: one }) => one !== arn))
        throw malformed(`The resource of the policy must be ${arn}.`);
    }
  } catch (error) {
    if (error instanceof PolicyError) throw malformed(error.message);
    throw error;
  }
}

/** Shares a parameter, or changes whom with. Source: API Reference, PutResourcePolicy. */
export const PutResourcePolicy: Ssm['PutResourcePolicy'] = (call, input) =>
  call.kernel.store.transact(async (tx) => {
    const parameter = await open(call, input.ResourceArn!, tx);
    const { latest, sharing } = parameter;
    if (latest.tier !== 'Advanced')
      throw invalidArgument('ResourceArn', 'To share a parameter, it must be in the advanced parameter tier.');
    if (latest.secure?.keyId === DEFAULT_KEY)
      throw invalidArgument(
        'ResourceArn',
        'To share a SecureString parameter, it must be encrypted with a customer managed key.',
      );
    checkPolicy(input.Policy!, parameter);
    if ((input.PolicyId === undefined) !== (input.PolicyHash === undefined))
      throw invalidArgument('PolicyId', 'To update a policy, you must specify PolicyId and PolicyHash.');
    if (input.PolicyId === undefined && sharing)
      throw new ResourcePolicyLimitExceededException({
        ...told('Only one policy can be attached to a parameter.'),
        Limit: 1,
        LimitType: 'PolicyCount',
      });
    if (input.PolicyId !== undefined) check(sharing, input.PolicyId, input.PolicyHash!);
    const policy = input.Policy!;
    const changed = {
      id: sharing?.id ?? call.kernel.ids.uuid(),
      hash: createHash('sha256').update(policy).digest('hex'),
      policy,
    };
    tx.put(parameters, keyOf(parameter, parameter.name), { ...parameter, sharing: changed });
    return { PolicyId: changed.id, PolicyHash: changed.hash };
  });

/** Throws ResourcePolicyNotFoundException, ResourcePolicyConflictException. */
function check(sharing: Parameter['sharing'], id: string, hash: string): void {
  if (sharing?.id !== id)
    throw new ResourcePolicyNotFoundException(
      told('No policies with the specified policy ID and hash could be found.'),
    );
  if (sharing.hash !== hash)
    throw new ResourcePolicyConflictException(told("The hash provided in the call doesn't match the stored hash."));
}

/** One policy at most, so there is one page. */
export const GetResourcePolicies: Ssm['GetResourcePolicies'] = async (call, input) => {
  const { sharing } = await open(call, input.ResourceArn!, call.kernel.store);
  if (input.NextToken !== undefined) throw invalidArgument('NextToken', 'The specified token is not valid.');
  return { Policies: sharing ? [{ PolicyId: sharing.id, PolicyHash: sharing.hash, Policy: sharing.policy }] : [] };
};

export const DeleteResourcePolicy: Ssm['DeleteResourcePolicy'] = (call, input) =>
  call.kernel.store.transact(async (tx) => {
    const { sharing, ...parameter } = await open(call, input.ResourceArn!, tx);
    check(sharing, input.PolicyId!, input.PolicyHash!);
    tx.put(parameters, keyOf(parameter, parameter.name), parameter);
    return {};
  });
