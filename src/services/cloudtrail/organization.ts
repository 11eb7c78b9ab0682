import type { ListAWSServiceAccessForOrganizationCommandOutput } from '@aws-sdk/client-organizations';
import type { Call } from '../../kernel/call.ts';
import type { Handlers } from '../../kernel/service.ts';
import { fault } from './errors.ts';
import type { OrganizationOf } from './interest.ts';
import { SERVICE } from './names.ts';

type CloudTrail = Handlers<typeof import('@aws-sdk/client-cloudtrail')>;

/** What CloudTrail does in Organizations, with its caller's rights: trusted access, delegated administrators. */

async function managedOrganization(
  call: Call,
  refusal: 'NotOrganizationMasterAccountException' | 'NotOrganizationManagementAccountException',
): Promise<NonNullable<OrganizationOf>> {
  const organization = await call.kernel.principals.organizationOf(call.account);
  if (!organization)
    throw fault(
      'OrganizationsNotInUseException',
      'The request could not be processed because your account is not in an organization.',
    );
  if (organization.managementAccount !== call.account)
    throw fault(refusal, 'The account that makes the request is not the management account of the organization.');
  return organization;
}

/** The organization of the caller; where all of its accounts are wanted, it must be one that it manages and that trusts CloudTrail. */
export async function organizationFor(call: Call, allAccounts: boolean): Promise<OrganizationOf> {
  if (!allAccounts) return call.kernel.principals.organizationOf(call.account);
  const organization = await managedOrganization(call, 'NotOrganizationMasterAccountException');
  await requireTrustedAccess(call);
  return organization;
}

/** Rejects unless the organization lets CloudTrail into its accounts. */
async function requireTrustedAccess(call: Call): Promise<void> {
  let token: string | undefined;
  do {
    const answer: ListAWSServiceAccessForOrganizationCommandOutput = await inOrganizations(
      call,
      'ListAWSServiceAccessForOrganization',
      token === undefined ? {} : { NextToken: token },
    );
    if (answer.EnabledServicePrincipals?.some(({ ServicePrincipal }) => ServicePrincipal === SERVICE)) return;
    token = answer.NextToken;
  } while (token !== undefined);
  throw notTrusted();
}

const notTrusted = () =>
  fault(
    'CloudTrailAccessNotEnabledException',
    'Trusted access for CloudTrail is not enabled for the organization. Enable it in AWS Organizations, then try again.',
  );

async function inOrganizations<O>(call: Call, operation: string, input: object): Promise<O> {
  try {
    return await call.kernel.calls.send<O>({
      service: 'organizations',
      operation,
      input,
      principal: call.principal,
      region: call.region,
      invokedBy: SERVICE,
      via: call.via,
      signal: call.signal,
    });
  } catch (error) {
    throw refusalOf(error);
  }
}

async function delegate(call: Call, operation: string, accountId: string): Promise<void> {
  await managedOrganization(call, 'NotOrganizationManagementAccountException');
  if (accountId === call.account)
    throw fault(
      'CannotDelegateManagementAccountException',
      'The management account cannot be registered as a delegated administrator.',
    );
  await inOrganizations(call, operation, { AccountId: accountId, ServicePrincipal: SERVICE });
}

function refusalOf(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  switch (error.name) {
    case 'AccountNotFoundException':
      return fault('AccountNotFoundException', error.message);
    case 'AccountAlreadyRegisteredException':
      return fault('AccountRegisteredException', error.message);
    case 'AccountNotRegisteredException':
      return fault('AccountNotRegisteredException', error.message);
    case 'AccessDeniedException':
      return fault('InsufficientDependencyServiceAccessPermissionException', error.message);
    case 'ConstraintViolationException':
      return error.message.includes('service access')
        ? notTrusted()
        : fault('DelegatedAdminAccountLimitExceededException', error.message);
    default:
      return error;
  }
}

export const RegisterOrganizationDelegatedAdmin: CloudTrail['RegisterOrganizationDelegatedAdmin'] = async (
  call,
  input,
) => {
  await delegate(call, 'RegisterDelegatedAdministrator', input.MemberAccountId!);
  return {};
};

export const DeregisterOrganizationDelegatedAdmin: CloudTrail['DeregisterOrganizationDelegatedAdmin'] = async (
  call,
  input,
) => {
  await delegate(call, 'DeregisterDelegatedAdministrator', input.DelegatedAdminAccountId!);
  return {};
};
