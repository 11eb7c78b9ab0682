import type { Access, Resource } from '../access.ts';
import type { Call } from '../call.ts';
import { parseArn } from '../resources.ts';
import { collection } from '../store/store.ts';
import { taggedResources } from './tags.ts';

/** Policies on resources, as they were put; by ARN. */
export const resourcePolicies = collection<string>('kernel/inference/resource-policy');

/** What stands on a guardrail or a policy holds for its versions: their ARNs without the version. */
const withoutVersion = (arn: string) => arn.replace(/(:(?:guardrail|automated-reasoning-policy)\/[^:]+):[^:]*$/, '$1');

/**
 * What stands on a resource of Amazon Bedrock: its owner, its policy, its tags. Of a foundation model, the region in which it would answer:
 * that is `aws:RequestedRegion`, and `unspecified` where a global profile may choose any. Source: Bedrock User Guide, "Global cross-Region
 * inference", and "Geographic cross-Region inference".
 */
export async function resource(call: Call, access: Access): Promise<Resource | undefined> {
  const parsed = parseArn(access.resource);
  if (parsed?.service !== 'bedrock') return undefined;
  const { region } = parsed;
  if (parsed.resource.startsWith('foundation-model/'))
    return { owner: call.account, region: region === '' ? 'unspecified' : region };
  const arn = withoutVersion(access.resource);
  const { store } = call.kernel;
  const tagged = await store.get(taggedResources, [arn]);
  if (!tagged) return undefined;
  const document = await store.get(resourcePolicies, [arn]);
  return {
    owner: tagged.owner,
    region,
    ...(document === undefined ? {} : { policies: [{ id: arn, from: 'resource policy', document }] }),
    tags: () => tagged.tags,
  };
}
