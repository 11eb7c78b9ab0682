import type { Call } from '../../kernel/call.ts';
import { organizationNodes } from '../../kernel/principals/records.ts';
import type { Reader } from '../../kernel/store/store.ts';
import { accessDenied, notInUse } from './errors.ts';
import { delegations, members, resourcePolicies, states, type Member, type OrganizationState } from './records.ts';

/**
 * Which accounts of an organization may call an operation, apart from what policies of IAM say. Source: API Reference, each operation.
 * `management`: the management account. `policy`: also whom the resource policy lets. `read`: delegated administrators of any service,
 * too. `member`: every account.
 */
type Callers = 'management' | 'policy' | 'read' | 'member';

const MANAGEMENT = [
  'CancelHandshake',
  'CloseAccount',
  'CreateAccount',
  'CreateOrganizationalUnit',
  'DeleteOrganization',
  'DeleteOrganizationalUnit',
  'DeleteResourcePolicy',
  'DeregisterDelegatedAdministrator',
  'DisableAWSServiceAccess',
  'EnableAWSServiceAccess',
  'EnableAllFeatures',
  'InviteAccountToOrganization',
  'MoveAccount',
  'PutResourcePolicy',
  'RegisterDelegatedAdministrator',
  'RemoveAccountFromOrganization',
  'UpdateOrganizationalUnit',
];

/** What a resource policy may delegate beside reading. Source: Organizations User Guide, "Delegated administrator for Organizations". */
export const DELEGABLE_WRITES = [
  'AttachPolicy',
  'CreatePolicy',
  'DeletePolicy',
  'DetachPolicy',
  'DisablePolicyType',
  'EnablePolicyType',
  'TagResource',
  'UntagResource',
  'UpdatePolicy',
];

export const READS = [
  'DescribeAccount',
  'DescribeCreateAccountStatus',
  'DescribeOrganizationalUnit',
  'DescribePolicy',
  'DescribeResourcePolicy',
  'ListAWSServiceAccessForOrganization',
  'ListAccounts',
  'ListAccountsForParent',
  'ListAccountsWithInvalidEffectivePolicy',
  'ListChildren',
  'ListCreateAccountStatus',
  'ListDelegatedAdministrators',
  'ListDelegatedServicesForAccount',
  'ListEffectivePolicyValidationErrors',
  'ListHandshakesForOrganization',
  'ListOrganizationalUnitsForParent',
  'ListParents',
  'ListPolicies',
  'ListPoliciesForTarget',
  'ListRoots',
  'ListTagsForResource',
  'ListTargetsForPolicy',
];

const CALLERS = new Map<string, Callers>([
  ...MANAGEMENT.map((name) => [name, 'management'] as const),
  ...DELEGABLE_WRITES.map((name) => [name, 'policy'] as const),
  ...READS.map((name) => [name, 'read'] as const),
]);

/** The organization an account is in, with its membership. */
export async function membershipOf(
  reader: Reader,
  account: string,
): Promise<{ organization: OrganizationState; member: Member } | undefined> {
  const node = await reader.get(organizationNodes, [account]);
  const organization = node && (await reader.get(states, [node.organization]));
  const member = organization && (await reader.get(members, [organization.id, account]));
  return member && { organization, member };
}

/** How a caller gets at its organization. */
export type Standing = 'management' | 'delegated' | 'by-policy' | 'none';

/**
 * How the caller may call the operation: as the management account or like it (`management`), as a delegated administrator, because the
 * organization's resource policy may let it (which the decision on the call has to say), or not at all.
 */
export async function standingOf(
  call: Call,
  organization: OrganizationState,
  reader: Reader,
  callers: Callers = CALLERS.get(call.operation) ?? 'member',
): Promise<Standing> {
  if (callers === 'member' || organization.managementAccount === call.account) return 'management';
  if (callers === 'management') return 'none';
  if (callers === 'read') {
    const [delegation] = await reader.range(delegations, [organization.id, call.account], { limit: 1 });
    if (delegation) return 'delegated';
  }
  return (await reader.get(resourcePolicies, [organization.id])) ? 'by-policy' : 'none';
}

/** Calls that were decided on by the resource policy: one that is put up only afterwards lets nobody in. */
const decidedByPolicy = new WeakSet<Call>();

/** Notes that the organization's resource policy takes part in the decision on a call. */
export const decideByPolicy = (call: Call) => void decidedByPolicy.add(call);

/**
 * The organization of the caller, which must be allowed the operation there. Throws AWSOrganizationsNotInUseException and
 * AccessDeniedException.
 */
export async function openOrganization(
  call: Call,
  reader: Reader = call.kernel.store,
  callers?: Callers,
): Promise<OrganizationState> {
  const found = await membershipOf(reader, call.account);
  if (!found) throw notInUse();
  const standing = await standingOf(call, found.organization, reader, callers);
  if (standing === 'none' || (standing === 'by-policy' && !decidedByPolicy.has(call))) throw accessDenied();
  return found.organization;
}
