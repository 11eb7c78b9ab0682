import { TargetNotFoundException, type Tag } from '@aws-sdk/client-organizations';
import type { Tags } from '../../kernel/principals/records.ts';
import type { Handlers } from '../../kernel/service.ts';
import type { Reader, Transaction } from '../../kernel/store/store.ts';
import { openOrganization } from './callers.ts';
import { constraint, invalidInput, text } from './errors.ts';
import { TAGS_MAX } from './limits.ts';
import { pageOfList } from './paging.ts';
import { policies, resourcePolicies, tagsOf, type OrganizationState } from './records.ts';
import { nodeOf } from './tree.ts';

type Organizations = Handlers<typeof import('@aws-sdk/client-organizations')>;

/** Tags with `added` among them. Throws InvalidInputException and ConstraintViolationException. */
export function withTags(tags: Tags, added: readonly Tag[] | undefined): Tags {
  const next = { ...tags };
  const seen = new Set<string>();
  for (const { Key, Value } of added ?? []) {
    if (Key!.toLowerCase().startsWith('aws:'))
      throw invalidInput('INVALID_SYSTEM_TAGS_PARAMETER', 'You specified a tag key that is a system tag.');
    if (seen.has(Key!))
      throw invalidInput('DUPLICATE_TAG_KEY', 'Tag keys must be unique among the tags attached to the same entity.');
    seen.add(Key!);
    next[Key!] = Value!;
  }
  if (Object.keys(next).length > TAGS_MAX)
    throw constraint('MAX_TAG_LIMIT_EXCEEDED', 'You have exceeded the number of tags allowed on this resource.');
  return next;
}

/** Keeps the tags of a new resource. */
export function putTags(tx: Transaction, organization: { id: string }, resource: string, tags: Tags): void {
  if (Object.keys(tags).length > 0) tx.put(tagsOf, [organization.id, resource], tags);
}

/** Throws TargetNotFoundException unless the resource is one of the organization's that carries tags. */
async function findTaggable(reader: Reader, organization: OrganizationState, id: string): Promise<void> {
  const found = id.startsWith('p-')
    ? await reader.get(policies, [organization.id, id])
    : id.startsWith('rp-')
      ? (await reader.get(resourcePolicies, [organization.id]))?.id === id
      : await nodeOf(reader, organization, id);
  if (!found) throw new TargetNotFoundException(text("You specified a target that doesn't exist."));
}

export const TagResource: Organizations['TagResource'] = async (call, input) => {
  await call.kernel.store.transact(async (tx) => {
    const organization = await openOrganization(call, tx);
    await findTaggable(tx, organization, input.ResourceId!);
    const key = [organization.id, input.ResourceId!];
    tx.put(tagsOf, key, withTags((await tx.get(tagsOf, key)) ?? {}, input.Tags));
  });
  return {};
};

/** Keys that are not there are no error. */
export const UntagResource: Organizations['UntagResource'] = async (call, input) => {
  const gone = new Set(input.TagKeys);
  if (input.TagKeys!.some((key) => key.toLowerCase().startsWith('aws:')))
    throw invalidInput('INVALID_SYSTEM_TAGS_PARAMETER', 'You specified a tag key that is a system tag.');
  await call.kernel.store.transact(async (tx) => {
    const organization = await openOrganization(call, tx);
    await findTaggable(tx, organization, input.ResourceId!);
    const key = [organization.id, input.ResourceId!];
    const left = Object.entries((await tx.get(tagsOf, key)) ?? {}).filter(([name]) => !gone.has(name));
    if (left.length === 0) tx.delete(tagsOf, key);
    else tx.put(tagsOf, key, Object.fromEntries(left));
  });
  return {};
};

export const ListTagsForResource: Organizations['ListTagsForResource'] = async (call, input) => {
  const { store } = call.kernel;
  const organization = await openOrganization(call);
  await findTaggable(store, organization, input.ResourceId!);
  const tags = (await store.get(tagsOf, [organization.id, input.ResourceId!])) ?? {};
  const list = Object.entries(tags)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([Key, Value]) => ({ Key, Value }));
  const { items, next } = pageOfList(list, { NextToken: input.NextToken, MaxResults: TAGS_MAX });
  return { Tags: items, ...next };
};
