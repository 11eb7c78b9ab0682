import { ResourcePolicyNotFoundException } from '@aws-sdk/client-organizations';
import { PolicyError, readPolicy } from '../../engines/policy/policy.ts';
import type { Handlers } from '../../kernel/service.ts';
import { resourcePolicyArn } from './arns.ts';
import { DELEGABLE_WRITES, openOrganization, READS } from './callers.ts';
import { constraint, invalidInput, text } from './errors.ts';
import { newResourcePolicyId } from './ids.ts';
import { RESOURCE_POLICY_LENGTH_MAX } from './limits.ts';
import { needAllFeatures } from './organization.ts';
import { resourcePolicies, tagsOf, type OrganizationState, type ResourcePolicyRecord } from './records.ts';
import { putTags, withTags } from './tags.ts';

type Organizations = Handlers<typeof import('@aws-sdk/client-organizations')>;

const describe = (organization: OrganizationState, policy: ResourcePolicyRecord) => ({
  ResourcePolicy: {
    ResourcePolicySummary: { Id: policy.id, Arn: resourcePolicyArn(organization, policy.id) },
    Content: policy.content,
  },
});

const DELEGABLE = [
  ...READS,
  ...DELEGABLE_WRITES,
  'DescribeEffectivePolicy',
  'DescribeOrganization',
  'DescribeHandshake',
];

/**
 * Throws InvalidInputException unless the policy delegates only what can be delegated. Source: User Guide, "Delegated administrator for
 * AWS Organizations"; `NotAction` and `NotResource` are refused since June 2026.
 */
function check(content: string): void {
  try {
    for (const { actions, notAction, notResource, notPrincipal, principal } of readPolicy(content, 'resource')
      .statements) {
      if (notAction || notResource)
        throw invalidInput(
          'UNSUPPORTED_ACTION_IN_RESOURCE_POLICY',
          'NotAction and NotResource are not allowed in a resource policy of an organization.',
        );
      if (
        notPrincipal ||
        !principal ||
        principal.service.size + principal.federated.size + principal.canonical.size > 0
      )
        throw invalidInput('INVALID_PRINCIPAL', 'You specified an invalid principal element in the policy.');
      const wrong = actions.find((action) => !isDelegable(action));
      if (wrong !== undefined)
        throw invalidInput(
          'UNSUPPORTED_ACTION_IN_RESOURCE_POLICY',
          `The action ${wrong} cannot be delegated in a resource policy of an organization.`,
        );
    }
  } catch (error) {
    if (error instanceof PolicyError)
      throw invalidInput('INVALID_RESOURCE_POLICY_JSON', `The provided resource policy is not valid. ${error.message}`);
    throw error;
  }
}

/** An action by name, or the wildcards of all reads: `organizations:Describe*`, `organizations:List*`. */
function isDelegable(action: string): boolean {
  const [service = '', name = ''] = action.split(':');
  if (service.toLowerCase() !== 'organizations') return false;
  const folded = name.toLowerCase();
  if (/^(describe|list)[a-z]*\*$/.test(folded)) return true;
  return DELEGABLE.some((one) => one.toLowerCase() === folded);
}

/** Sets who else may do what with the organization. Tags are taken only when there was no policy before. */
export const PutResourcePolicy: Organizations['PutResourcePolicy'] = async (call, input) => {
  const { kernel } = call;
  const content = input.Content!;
  const tags = withTags({}, input.Tags);
  return kernel.store.transact(async (tx) => {
    const organization = await openOrganization(call, tx);
    needAllFeatures(organization);
    if (content.length > RESOURCE_POLICY_LENGTH_MAX)
      throw constraint('POLICY_CONTENT_LIMIT_EXCEEDED', 'You have exceeded the maximum policy size.');
    check(content);
    const before = await tx.get(resourcePolicies, [organization.id]);
    if (before && input.Tags?.length)
      throw invalidInput(
        'INVALID_PATTERN',
        'You can specify tags only when you create a resource policy; use TagResource for one that exists.',
      );
    const policy = { id: before?.id ?? newResourcePolicyId(kernel.ids), content };
    tx.put(resourcePolicies, [organization.id], policy);
    putTags(tx, organization, policy.id, tags);
    return describe(organization, policy);
  });
};

const notFound = () =>
  new ResourcePolicyNotFoundException(
    text("We can't find a resource policy request with the parameter that you specified."),
  );

export const DescribeResourcePolicy: Organizations['DescribeResourcePolicy'] = async (call) => {
  const organization = await openOrganization(call);
  const policy = await call.kernel.store.get(resourcePolicies, [organization.id]);
  if (!policy) throw notFound();
  return describe(organization, policy);
};

export const DeleteResourcePolicy: Organizations['DeleteResourcePolicy'] = async (call) => {
  await call.kernel.store.transact(async (tx) => {
    const organization = await openOrganization(call, tx);
    const policy = await tx.get(resourcePolicies, [organization.id]);
    if (!policy) throw notFound();
    tx.delete(resourcePolicies, [organization.id]);
    tx.delete(tagsOf, [organization.id, policy.id]);
  });
  return {};
};
