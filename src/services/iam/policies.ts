import type { Policy, PolicyVersion } from '@aws-sdk/client-iam';
import type { Call } from '../../kernel/call.ts';
import { AwsError } from '../../kernel/errors.ts';
import { awsManagedPolicies, managedByAws, type AwsManagedPolicy } from '../../kernel/principals/managed.ts';
import { touch } from '../../kernel/principals/principals.ts';
import { nameKey, policies, type ManagedPolicy } from '../../kernel/principals/records.ts';
import type { Handlers } from '../../kernel/service.ts';
import type { Reader, Transaction } from '../../kernel/store/store.ts';
import { iamArn, newId } from './arns.ts';
import { readPolicyArn } from './attachments.ts';
import { alreadyExists, deleteConflict, noSuchEntity } from './errors.ts';
import { countDown, countUp } from './identities.ts';
import { POLICIES_MAX } from './limits.ts';
import { pageOf } from './paging.ts';
import { checkManaged } from './policy-documents.ts';
import { NO_USE, usageNow, usageOf, type Usage } from './policy-usage.ts';
import { tagList, tagsMember, withoutTags, withTags } from './tags.ts';

/** Managed policies: the customer's own, and AWS's. */
type Iam = Handlers<typeof import('@aws-sdk/client-iam')>;

export const CreatePolicy: Iam['CreatePolicy'] = async (call, input) => {
  const { clock } = call.kernel;
  const name = input.PolicyName!;
  const path = input.Path ?? '/';
  const nowMs = clock.now();
  checkManaged(input.PolicyDocument!);
  const policy: ManagedPolicy = {
    account: call.account,
    name,
    path,
    id: newId(call.kernel, 'ANPA'),
    arn: iamArn(call, 'policy', name, path),
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
    versions: [{ id: 'v1', document: input.PolicyDocument!, createdAtMs: nowMs }],
    defaultVersionId: 'v1',
    nextVersion: 2,
    tags: withTags({}, input.Tags),
    ...(input.Description === undefined ? {} : { description: input.Description }),
  };
  await call.kernel.store.transact(async (tx) => {
    if (await tx.get(policies, [call.account, nameKey(name)]))
      throw alreadyExists(`A policy called ${name} already exists. Duplicate names are not allowed.`);
    await countUp(tx, call.account, 'PoliciesPerAccount', POLICIES_MAX);
    await putPolicy(tx, policy);
  });
  return { Policy: { ...describedPolicy(policy, NO_USE), ...tagsMember(policy.tags) } };
};

async function putPolicy(tx: Transaction, policy: ManagedPolicy): Promise<void> {
  tx.put(policies, [policy.account, nameKey(policy.name)], policy);
  await touch(tx);
}

/** A customer's or one of AWS's. Rejects with NoSuchEntity and InvalidInput. */
export async function findPolicy(reader: Reader, arn: string): Promise<ManagedPolicy | AwsManagedPolicy> {
  const { account, name } = readPolicyArn(arn);
  const found = managedByAws(arn) ?? (await reader.get(policies, [account, nameKey(name)]));
  if (found?.arn !== arn) throw noSuchEntity(`Policy ${arn} was not found.`);
  return found;
}

/** Writes what `next` makes of a policy of the caller's account; those of AWS nobody changes. */
export function changePolicy(
  call: Call,
  arn: string,
  next: (policy: ManagedPolicy, tx: Transaction) => ManagedPolicy | Promise<ManagedPolicy>,
): Promise<ManagedPolicy> {
  return call.kernel.store.transact(async (tx) => {
    const found = await ownPolicy(call, tx, arn);
    const after = await next(found, tx);
    await putPolicy(tx, after);
    return after;
  });
}

async function ownPolicy(call: Call, reader: Reader, arn: string): Promise<ManagedPolicy> {
  const found = await findPolicy(reader, arn);
  if ('versions' in found && found.account === call.account) return found;
  throw new AwsError(
    'AccessDenied',
    `User: ${call.principal.arn} is not authorized to perform: iam:${call.operation} on resource: policy ${arn}`,
    403,
  );
}

/** As lists have it: without description and tags. */
export function listedPolicy(policy: ManagedPolicy | AwsManagedPolicy, usage: Usage): Policy {
  return {
    PolicyName: policy.name,
    PolicyId: policy.id,
    Arn: policy.arn,
    Path: policy.path,
    DefaultVersionId: policy.defaultVersionId,
    AttachmentCount: usage.attached,
    PermissionsBoundaryUsageCount: usage.boundary,
    // Those of service-linked roles are for them alone.
    IsAttachable: !policy.path.startsWith('/aws-service-role/'),
    CreateDate: new Date(policy.createdAtMs),
    UpdateDate: new Date(policy.updatedAtMs),
  };
}

const describedPolicy = (policy: ManagedPolicy | AwsManagedPolicy, usage: Usage): Policy => ({
  ...listedPolicy(policy, usage),
  ...(policy.description === undefined ? {} : { Description: policy.description }),
});

export const describedVersions = (policy: ManagedPolicy | AwsManagedPolicy): (PolicyVersion & { text: string })[] =>
  ('versions' in policy
    ? policy.versions
    : [{ id: policy.defaultVersionId, document: policy.document, createdAtMs: policy.updatedAtMs }]
  )
    .map(({ id, document, createdAtMs }) => ({
      VersionId: id,
      IsDefaultVersion: id === policy.defaultVersionId,
      CreateDate: new Date(createdAtMs),
      text: document,
    }))
    .reverse();

export const GetPolicy: Iam['GetPolicy'] = async (call, input) => {
  const policy = await findPolicy(call.kernel.store, input.PolicyArn!);
  const usage = await usageNow(call);
  const tags = 'tags' in policy ? tagsMember(policy.tags) : {};
  return { Policy: { ...describedPolicy(policy, usage.get(policy.arn) ?? NO_USE), ...tags } };
};

export const ListPolicies: Iam['ListPolicies'] = async (call, input) => {
  const { Scope = 'All', OnlyAttached = false, PathPrefix = '/', PolicyUsageFilter } = input;
  const { store } = call.kernel;
  const own = Scope === 'AWS' ? [] : await store.range(policies, [call.account], { limit: POLICIES_MAX });
  const all = [...own.map(({ value }) => value), ...(Scope === 'Local' ? [] : awsManagedPolicies())];
  const usage = await usageNow(call);
  const wanted = all.filter((policy) => {
    const { attached, boundary } = usage.get(policy.arn) ?? NO_USE;
    if (!policy.path.startsWith(PathPrefix)) return false;
    if (PolicyUsageFilter === 'PermissionsPolicy') return attached > 0;
    if (PolicyUsageFilter === 'PermissionsBoundary') return boundary > 0;
    return !OnlyAttached || attached > 0;
  });
  const { items, paging } = pageOf(wanted, input);
  return { Policies: items.map((policy) => listedPolicy(policy, usage.get(policy.arn) ?? NO_USE)), ...paging };
};

/** A policy goes when nobody has it and only its default version is left. */
export const DeletePolicy: Iam['DeletePolicy'] = async (call, input) => {
  await call.kernel.store.transact(async (tx) => {
    const policy = await ownPolicy(call, tx, input.PolicyArn!);
    const { attached, boundary } = (await usageOf(call, tx)).get(policy.arn) ?? NO_USE;
    if (attached + boundary > 0) throw deleteConflict('Cannot delete a policy attached to entities.');
    if (policy.versions.length > 1)
      throw deleteConflict(
        "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
      );
    tx.delete(policies, [policy.account, nameKey(policy.name)]);
    await countDown(tx, call.account, 'PoliciesPerAccount');
    await touch(tx);
  });
  return {};
};

export const TagPolicy: Iam['TagPolicy'] = async (call, input) => {
  await changePolicy(call, input.PolicyArn!, (policy) => ({ ...policy, tags: withTags(policy.tags, input.Tags) }));
  return {};
};

export const UntagPolicy: Iam['UntagPolicy'] = async (call, input) => {
  await changePolicy(call, input.PolicyArn!, (policy) => ({
    ...policy,
    tags: withoutTags(policy.tags, input.TagKeys),
  }));
  return {};
};

export const ListPolicyTags: Iam['ListPolicyTags'] = async (call, input) => {
  const policy = await findPolicy(call.kernel.store, input.PolicyArn!);
  const { items, paging } = pageOf('tags' in policy ? tagList(policy.tags) : [], input);
  return { Tags: items, ...paging };
};
