import { collection } from '../store/store.ts';

/**
 * What carries tags in Bedrock: one entry for each resource, from its making to its removal, tags or none, keyed by ARN. Whoever makes a
 * resource writes it, whoever removes it drops it; TagResource and its like need to know no more of a resource.
 */
export type TaggedResource = { owner: string; tags: Record<string, string> };

export const taggedResources = collection<TaggedResource>('kernel/inference/tagged-resource');
