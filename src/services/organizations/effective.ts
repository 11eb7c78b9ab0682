import {
  EffectivePolicyNotFoundException,
  TargetNotFoundException,
  type PolicyType,
} from '@aws-sdk/client-organizations';
import type { Handlers } from '../../kernel/service.ts';
import type { Reader } from '../../kernel/store/store.ts';
import type { OrganizationNode } from '../../kernel/principals/records.ts';
import { attachedTo } from './attachments.ts';
import { openOrganization } from './callers.ts';
import { text } from './errors.ts';
import { effectivePolicy, type Json } from './inheritance.ts';
import { kindOf } from './policy-types.ts';
import { attached, policies } from './records.ts';
import { chainOf, nodeOf } from './tree.ts';

type Organizations = Handlers<typeof import('@aws-sdk/client-organizations')>;

/** The policy of a type that an account's place in the tree makes for it. Any account may ask about itself. */
export const DescribeEffectivePolicy: Organizations['DescribeEffectivePolicy'] = async (call, input) => {
  const { store } = call.kernel;
  const type = input.PolicyType!;
  const target = input.TargetId ?? call.account;
  // About another account one asks as for everything else that is read of the organization.
  const organization = await openOrganization(call, store, target === call.account ? 'member' : 'read');
  kindOf(type);
  const node = await nodeOf(store, organization, target);
  if (node?.type !== 'ACCOUNT') throw new TargetNotFoundException(text("You specified a target that doesn't exist."));
  const found = organization.policyTypes.includes(type) ? await compute(store, node, type) : undefined;
  if (!found)
    throw new EffectivePolicyNotFoundException(
      text(
        target === organization.managementAccount
          ? 'The effective policy of the specified type does not exist: the policy type is not enabled, or no policy of the type bears on the account.'
          : "The account doesn't have an effective policy of this type.",
      ),
    );
  return {
    EffectivePolicy: {
      PolicyContent: JSON.stringify(found.content),
      LastUpdatedTimestamp: new Date(found.updatedAtMs),
      TargetId: target,
      PolicyType: type,
    },
  };
};

async function compute(reader: Reader, node: OrganizationNode, type: PolicyType) {
  const levels: Json[][] = [];
  let updatedAtMs = 0;
  for (const level of await chainOf(reader, node)) {
    const documents: Json[] = [];
    for (const id of await attachedTo(reader, level.id, type)) {
      const policy = await reader.get(policies, [node.organization, id]);
      const since = await reader.get(attached, [level.id, type, id]);
      if (!policy || !since) continue;
      documents.push(JSON.parse(policy.content) as Json);
      updatedAtMs = Math.max(updatedAtMs, policy.updatedAtMs, since.atMs);
    }
    levels.push(documents);
  }
  const content = effectivePolicy(levels);
  return content === undefined ? undefined : { content, updatedAtMs };
}
