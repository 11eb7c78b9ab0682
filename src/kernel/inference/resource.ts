import type { Access, Resource } from '../access.ts';
import type { Call } from '../call.ts';
import { parseArn, type Arn } from '../resources.ts';
import { collection, type Collection, type Reader } from '../store/store.ts';
import type { Key } from '../store/keys.ts';
import { customModelDeployments, customModels, importedModels } from './custom-models.ts';
import { guardrails } from './guardrails.ts';
import { applicationProfiles } from './inference-profiles.ts';
import { promptRouters } from './prompt-routers.ts';
import { provisionedThroughputs } from './provisioned-throughput.ts';

/** Records that are resources of their own: where those of a kind stand, and their tags in them. */
export type ResourceKind = {
  collection: Collection<{ tags?: Record<string, string> }>;
  /** The record that carries the tags; absent: account, region and id. */
  keyOf?: (place: string[], id: string) => Key;
};

/** By what comes before the slash in their ARNs. Kinds that only one service knows are added by that service. */
export const inferenceKinds: Readonly<Record<string, ResourceKind>> = {
  'application-inference-profile': { collection: applicationProfiles },
  'custom-model': { collection: customModels },
  'custom-model-deployment': { collection: customModelDeployments },
  guardrail: { collection: guardrails, keyOf: (place, id) => [...place, id.split(':')[0]!, 'DRAFT'] },
  'imported-model': { collection: importedModels },
  'prompt-router': { collection: promptRouters },
  'provisioned-model': { collection: provisionedThroughputs },
};

/** Policies on resources, as they were put; by ARN. */
export const resourcePolicies = collection<string>('kernel/inference/resource-policy');

/** Where the record of an ARN stands; undefined where the kind is none of these. */
export function recordOf(
  arn: Arn,
  kinds: Readonly<Record<string, ResourceKind>>,
): { collection: ResourceKind['collection']; key: Key } | undefined {
  const slash = arn.resource.indexOf('/');
  const kind = kinds[arn.resource.slice(0, slash)];
  if (!kind) return undefined;
  const place = [arn.account, arn.region];
  const id = arn.resource.slice(slash + 1);
  return { collection: kind.collection, key: kind.keyOf?.(place, id) ?? [...place, id] };
}

/**
 * What stands on a resource of Amazon Bedrock: its owner, its policy, its tags. Of a foundation model, the region in which it would answer:
 * that is `aws:RequestedRegion`, and `unspecified` where a global profile may choose any. Source: Bedrock User Guide, "Global cross-Region
 * inference", and "Geographic cross-Region inference".
 */
export const resourceOf =
  (kinds: Readonly<Record<string, ResourceKind>> = inferenceKinds) =>
  async (call: Call, { resource }: Access): Promise<Resource | undefined> => {
    const arn = parseArn(resource);
    if (arn?.service !== 'bedrock') return undefined;
    if (arn.resource.startsWith('foundation-model/'))
      return { owner: call.account, region: arn.region === '' ? 'unspecified' : arn.region };
    const at = recordOf(arn, kinds);
    const { store } = call.kernel;
    const record = at && (await store.get(at.collection, at.key));
    if (!record) return undefined;
    const policies = await policiesOn(store, resource);
    return {
      owner: arn.account,
      region: arn.region,
      ...(policies.length > 0 ? { policies } : {}),
      tags: () => record.tags ?? {},
    };
  };

async function policiesOn(reader: Reader, resource: string): Promise<NonNullable<Resource['policies']>> {
  // A policy on a guardrail holds for its versions.
  const arn = resource.replace(/(:guardrail\/[^:]+):.*$/, '$1');
  const document = await reader.get(resourcePolicies, [arn]);
  return document === undefined ? [] : [{ id: arn, from: 'resource policy', document }];
}
