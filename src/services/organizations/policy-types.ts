import {
  PolicyTypeAlreadyEnabledException,
  PolicyTypeNotAvailableForOrganizationException,
  PolicyTypeNotEnabledException,
  RootNotFoundException,
  type PolicyType,
} from '@aws-sdk/client-organizations';
import { AwsError } from '../../kernel/errors.ts';
import { FULL_ACCESS_ID, touch } from '../../kernel/principals/principals.ts';
import { organizations } from '../../kernel/principals/records.ts';
import type { Handlers } from '../../kernel/service.ts';
import type { Reader, Transaction } from '../../kernel/store/store.ts';
import { allTargets, attachedTo, attachInitially, detach } from './attachments.ts';
import { openOrganization } from './callers.ts';
import { text } from './errors.ts';
import { describeRoot } from './organization.ts';
import { states, type OrganizationState } from './records.ts';

type Organizations = Handlers<typeof import('@aws-sdk/client-organizations')>;

/**
 * What is known of each type of policy that is built: its quotas. Source: User Guide, "Quotas and service limits for AWS Organizations",
 * as of May 2026.
 */
type Kind = {
  /** Characters of a document. */
  lengthMax: number;
  /** Policies of the type in an organization. */
  countMax: number;
  /** Policies of the type attached directly to a root, unit or account. */
  attachedMax: number;
};
const KINDS = new Map<PolicyType, Kind>([
  ['SERVICE_CONTROL_POLICY', { lengthMax: 10_240, countMax: 10_000, attachedMax: 10 }],
  ['TAG_POLICY', { lengthMax: 10_000, countMax: 1_000, attachedMax: 10 }],
  ['BACKUP_POLICY', { lengthMax: 10_000, countMax: 1_000, attachedMax: 10 }],
  ['AISERVICES_OPT_OUT_POLICY', { lengthMax: 2_500, countMax: 1_000, attachedMax: 5 }],
]);

/** Throws a 501 for a type that is not built. */
export function kindOf(type: PolicyType): Kind {
  const kind = KINDS.get(type);
  if (!kind)
    throw new AwsError(
      'NotImplemented',
      `Policies of the type ${type} are not implemented. Those that are: ${[...KINDS.keys()].join(', ')}.`,
      501,
    );
  return kind;
}

/** Throws PolicyTypeNotAvailableForOrganizationException in an organization that only consolidates bills. */
export function needAvailable(organization: OrganizationState, type: PolicyType): void {
  kindOf(type);
  if (organization.featureSet !== 'ALL')
    throw new PolicyTypeNotAvailableForOrganizationException(
      text("You can't use the specified policy type with the feature set currently enabled for this organization."),
    );
}

export function needEnabled(organization: OrganizationState, type: PolicyType): void {
  if (!organization.policyTypes.includes(type))
    throw new PolicyTypeNotEnabledException(text('This operation can be performed only for enabled policy types.'));
}

function checkRoot(organization: OrganizationState, rootId: string): void {
  if (rootId !== organization.rootId) throw new RootNotFoundException(text("You specified a root that doesn't exist."));
}

async function save(tx: Transaction, organization: OrganizationState): Promise<void> {
  const { id, managementAccount, policyTypes } = organization;
  tx.put(states, [id], organization);
  tx.put(organizations, [id], {
    id,
    managementAccount,
    serviceControl: policyTypes.includes('SERVICE_CONTROL_POLICY'),
  });
  await touch(tx);
}

const root = async (reader: Reader, organization: OrganizationState) => ({
  Root: await describeRoot(reader, organization),
});

/** Lets policies of a type be attached. With service control policies, FullAWSAccess is attached to everything. */
export const EnablePolicyType: Organizations['EnablePolicyType'] = async (call, input) => {
  const { kernel } = call;
  const type = input.PolicyType!;
  return kernel.store.transact(async (tx) => {
    const before = await openOrganization(call, tx);
    checkRoot(before, input.RootId!);
    needAvailable(before, type);
    if (before.policyTypes.includes(type))
      throw new PolicyTypeAlreadyEnabledException(text('The specified policy type is already enabled.'));
    const organization = { ...before, policyTypes: [...before.policyTypes, type] };
    await save(tx, organization);
    const nowMs = kernel.clock.now();
    const now = { ms: nowMs, order: kernel.ids.sortable(nowMs) };
    if (type === 'SERVICE_CONTROL_POLICY')
      for (const target of await allTargets(tx, organization)) await attachInitially(tx, organization, target, now);
    return root(tx, organization);
  });
};

/** Takes all policies of a type off everything they are attached to; the policies themselves stay. */
export const DisablePolicyType: Organizations['DisablePolicyType'] = async (call, input) => {
  const type = input.PolicyType!;
  return call.kernel.store.transact(async (tx) => {
    const before = await openOrganization(call, tx);
    checkRoot(before, input.RootId!);
    kindOf(type);
    needEnabled(before, type);
    const organization = { ...before, policyTypes: before.policyTypes.filter((one) => one !== type) };
    await save(tx, organization);
    for (const target of await allTargets(tx, organization))
      for (const policy of await attachedTo(tx, target, type))
        await detach(tx, { id: target, organization: organization.id }, type, policy);
    return root(tx, organization);
  });
};

/** The one policy that is AWS's own. */
export const FULL_ACCESS = {
  id: FULL_ACCESS_ID,
  type: 'SERVICE_CONTROL_POLICY' as const,
  name: 'FullAWSAccess',
  description: 'Allows access to every operation',
  content: JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
  }),
};
