import {
  DuplicatePolicyAttachmentException,
  DuplicatePolicyException,
  MalformedPolicyDocumentException,
  PolicyInUseException,
  PolicyNotAttachedException,
  PolicyNotFoundException,
  TargetNotFoundException,
  type PolicySummary,
  type PolicyType,
} from '@aws-sdk/client-organizations';
import { FULL_ACCESS_ID, touch } from '../../kernel/principals/principals.ts';
import { serviceControlPolicies, type OrganizationNode } from '../../kernel/principals/records.ts';
import type { Handlers } from '../../kernel/service.ts';
import type { Reader, Transaction } from '../../kernel/store/store.ts';
import { nodeArn, policyArn } from './arns.ts';
import { attach, attachedTo, detach } from './attachments.ts';
import { openOrganization } from './callers.ts';
import { constraint, invalidInput, text } from './errors.ts';
import { newPolicyId } from './ids.ts';
import { pageOf, pageOfList } from './paging.ts';
import { checkDocument } from './policy-documents.ts';
import { FULL_ACCESS, kindOf, needAvailable, needEnabled } from './policy-types.ts';
import {
  attached,
  attachments,
  policies,
  policyNames,
  states,
  tagsOf,
  type OrganizationState,
  type PolicyRecord,
} from './records.ts';
import { putTags, withTags } from './tags.ts';
import { nodeOf } from './tree.ts';

type Organizations = Handlers<typeof import('@aws-sdk/client-organizations')>;

const duplicate = () => new DuplicatePolicyException(text('A policy with the specified name and type already exists.'));

/** A policy of the organization, or AWS's own. Throws PolicyNotFoundException. */
export async function findPolicy(
  reader: Reader,
  organization: OrganizationState,
  id: string,
): Promise<Pick<PolicyRecord, 'id' | 'type' | 'name' | 'description' | 'content'>> {
  const policy = id === FULL_ACCESS_ID ? FULL_ACCESS : await reader.get(policies, [organization.id, id]);
  if (!policy) throw new PolicyNotFoundException(text("You specified a policy that doesn't exist."));
  return policy;
}

type Summed = Pick<PolicyRecord, 'id' | 'type' | 'name' | 'description'>;

function summarize(organization: OrganizationState, policy: Summed): PolicySummary {
  return {
    Id: policy.id,
    Arn: policyArn(organization, policy.type, policy.id),
    Name: policy.name,
    Description: policy.description,
    Type: policy.type,
    AwsManaged: policy.id === FULL_ACCESS_ID,
  };
}

const describe = (organization: OrganizationState, policy: Summed & { content: string }) => ({
  Policy: { PolicySummary: summarize(organization, policy), Content: policy.content },
});

/** Throws MalformedPolicyDocumentException and ConstraintViolationException. */
function check(type: PolicyType, content: string): void {
  if (content.length > kindOf(type).lengthMax)
    throw constraint('POLICY_CONTENT_LIMIT_EXCEEDED', 'You have exceeded the maximum policy size.');
  const wrong = checkDocument(type, content);
  if (wrong !== undefined)
    throw new MalformedPolicyDocumentException(
      text(`The provided policy document does not meet the requirements of the specified policy type. ${wrong}`.trim()),
    );
}

/** Keeps a policy, and what identity reads of it. */
async function save(tx: Transaction, organization: OrganizationState, policy: PolicyRecord): Promise<void> {
  const { id, name, content } = policy;
  tx.put(policies, [organization.id, id], policy);
  tx.put(policyNames, [organization.id, policy.type, name], id);
  if (policy.type !== 'SERVICE_CONTROL_POLICY') return;
  tx.put(serviceControlPolicies, [organization.id, id], {
    id,
    organization: organization.id,
    arn: policyArn(organization, policy.type, id),
    name,
    document: content,
  });
  await touch(tx);
}

export const CreatePolicy: Organizations['CreatePolicy'] = async (call, input) => {
  const { kernel } = call;
  const type = input.Type!;
  const tags = withTags({}, input.Tags);
  return kernel.store.transact(async (tx) => {
    const organization = await openOrganization(call, tx);
    needAvailable(organization, type);
    check(type, input.Content!);
    if (isReserved(type, input.Name!) || (await tx.get(policyNames, [organization.id, type, input.Name!])))
      throw duplicate();
    const count = organization.policies[type] ?? 0;
    if (count >= kindOf(type).countMax)
      throw constraint(
        'POLICY_NUMBER_LIMIT_EXCEEDED',
        'You have exceeded the number of policies that you can have in an organization.',
      );
    const nowMs = kernel.clock.now();
    const policy: PolicyRecord = {
      id: newPolicyId(kernel.ids),
      organization: organization.id,
      type,
      name: input.Name!,
      description: input.Description!,
      content: input.Content!,
      createdAtMs: nowMs,
      updatedAtMs: nowMs,
    };
    await save(tx, organization, policy);
    tx.put(states, [organization.id], { ...organization, policies: { ...organization.policies, [type]: count + 1 } });
    putTags(tx, organization, policy.id, tags);
    return describe(organization, policy);
  });
};

const isReserved = (type: PolicyType, name: string) => type === FULL_ACCESS.type && name === FULL_ACCESS.name;

export const DescribePolicy: Organizations['DescribePolicy'] = async (call, input) => {
  const organization = await openOrganization(call);
  return describe(organization, await findPolicy(call.kernel.store, organization, input.PolicyId!));
};

function refuseOwn(id: string): void {
  if (id === FULL_ACCESS_ID)
    throw invalidInput('IMMUTABLE_POLICY', "You specified a policy that is managed by AWS and can't be modified.");
}

/** Changes what is given; accounts feel it from their next call on. */
export const UpdatePolicy: Organizations['UpdatePolicy'] = async (call, input) => {
  const { kernel } = call;
  return kernel.store.transact(async (tx) => {
    const organization = await openOrganization(call, tx);
    refuseOwn(input.PolicyId!);
    const before = (await findPolicy(tx, organization, input.PolicyId!)) as PolicyRecord;
    const { Name: name = before.name, Description: description = before.description, Content: content } = input;
    if (content !== undefined) check(before.type, content);
    if (name !== before.name) {
      if (isReserved(before.type, name) || (await tx.get(policyNames, [organization.id, before.type, name])))
        throw duplicate();
      tx.delete(policyNames, [organization.id, before.type, before.name]);
    }
    const policy = {
      ...before,
      name,
      description,
      content: content ?? before.content,
      updatedAtMs: kernel.clock.now(),
    };
    await save(tx, organization, policy);
    return describe(organization, policy);
  });
};

/** Deletes a policy that is attached nowhere. */
export const DeletePolicy: Organizations['DeletePolicy'] = async (call, input) => {
  await call.kernel.store.transact(async (tx) => {
    const organization = await openOrganization(call, tx);
    refuseOwn(input.PolicyId!);
    const { id, type, name } = await findPolicy(tx, organization, input.PolicyId!);
    if ((await tx.range(attachments, [organization.id, id], { limit: 1 })).length > 0)
      throw new PolicyInUseException(
        text(
          'This policy is attached to one or more entities. You must detach it from all roots, OUs, and accounts before performing this operation.',
        ),
      );
    tx.delete(policies, [organization.id, id]);
    tx.delete(policyNames, [organization.id, type, name]);
    tx.delete(serviceControlPolicies, [organization.id, id]);
    tx.delete(tagsOf, [organization.id, id]);
    const count = organization.policies[type] ?? 1;
    tx.put(states, [organization.id], { ...organization, policies: { ...organization.policies, [type]: count - 1 } });
    await touch(tx);
  });
  return {};
};

/** Policies of a type by name, AWS's own first. */
export const ListPolicies: Organizations['ListPolicies'] = async (call, input) => {
  const { store } = call.kernel;
  const organization = await openOrganization(call);
  const type = input.Filter!;
  kindOf(type);
  const first = type === FULL_ACCESS.type && input.NextToken === undefined;
  const { entries, next } = await pageOf(store, policyNames, [organization.id, type], input, first ? 1 : 0);
  const found = await Promise.all(entries.map(({ value }) => store.get(policies, [organization.id, value])));
  const listed = found.filter((policy) => policy !== undefined).map((policy) => summarize(organization, policy));
  return { Policies: [...(first ? [summarize(organization, FULL_ACCESS)] : []), ...listed], ...next };
};

/** A root, unit or account. Throws TargetNotFoundException. */
async function findTarget(reader: Reader, organization: OrganizationState, id: string): Promise<OrganizationNode> {
  const node = await nodeOf(reader, organization, id);
  if (!node) throw new TargetNotFoundException(text("You specified a target that doesn't exist."));
  return node;
}

export const AttachPolicy: Organizations['AttachPolicy'] = async (call, input) => {
  const { kernel } = call;
  await kernel.store.transact(async (tx) => {
    const organization = await openOrganization(call, tx);
    const { id, type } = await findPolicy(tx, organization, input.PolicyId!);
    const target = await findTarget(tx, organization, input.TargetId!);
    needEnabled(organization, type);
    const standing = await attachedTo(tx, target.id, type);
    if (standing.includes(id))
      throw new DuplicatePolicyAttachmentException(
        text('The specified policy is already attached to the specified target.'),
      );
    if (standing.length >= kindOf(type).attachedMax)
      throw constraint(
        'MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED',
        'You have attached the maximum number of policies to the specified target.',
      );
    const nowMs = kernel.clock.now();
    await attach(tx, target, type, id, { ms: nowMs, order: kernel.ids.sortable(nowMs) });
    await touch(tx);
  });
  return {};
};

/** Every root, unit and account keeps at least one service control policy. */
export const DetachPolicy: Organizations['DetachPolicy'] = async (call, input) => {
  await call.kernel.store.transact(async (tx) => {
    const organization = await openOrganization(call, tx);
    const { id, type } = await findPolicy(tx, organization, input.PolicyId!);
    const target = await findTarget(tx, organization, input.TargetId!);
    if (!(await tx.get(attached, [target.id, type, id])))
      throw new PolicyNotAttachedException(text('The specified policy is not attached to the specified target.'));
    if (type === 'SERVICE_CONTROL_POLICY' && (await attachedTo(tx, target.id, type)).length === 1)
      throw constraint(
        'MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED',
        'You cannot remove the last policy attached to the specified target. You must have at least one attached at all times.',
      );
    await detach(tx, target, type, id);
    await touch(tx);
  });
  return {};
};

/** What is attached to a target directly, in the order it was attached. */
export const ListPoliciesForTarget: Organizations['ListPoliciesForTarget'] = async (call, input) => {
  const { store } = call.kernel;
  const organization = await openOrganization(call);
  kindOf(input.Filter!);
  const target = await findTarget(store, organization, input.TargetId!);
  const { items, next } = pageOfList(await attachedTo(store, target.id, input.Filter!), input);
  const found = await Promise.all(items.map((id) => findPolicy(store, organization, id)));
  return { Policies: found.map((policy) => summarize(organization, policy)), ...next };
};

export const ListTargetsForPolicy: Organizations['ListTargetsForPolicy'] = async (call, input) => {
  const { store } = call.kernel;
  const organization = await openOrganization(call);
  const { id } = await findPolicy(store, organization, input.PolicyId!);
  const { entries, next } = await pageOf(store, attachments, [organization.id, id], input);
  const nodes = await Promise.all(entries.map(({ key }) => nodeOf(store, organization, key[2] as string)));
  return {
    Targets: nodes
      .filter((node) => node !== undefined)
      .map((node) => ({
        TargetId: node.id,
        Arn: nodeArn(organization, node.id),
        Name: node.name,
        Type: node.type,
      })),
    ...next,
  };
};
