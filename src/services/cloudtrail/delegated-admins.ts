import type { Call } from '../../kernel/call.ts';
import type { Handlers } from '../../kernel/service.ts';
import { fault } from './errors.ts';
import { SERVICE } from './names.ts';

type CloudTrail = Handlers<typeof import('@aws-sdk/client-cloudtrail')>;

/** Delegated administrators of CloudTrail: Organizations keeps them. */
async function inOrganizations(call: Call, operation: string, accountId: string): Promise<void> {
  const organization = await call.kernel.principals.organizationOf(call.account);
  if (!organization)
    throw fault(
      'OrganizationsNotInUseException',
      'The request could not be processed because your account is not in an organization.',
    );
  if (organization.managementAccount !== call.account)
    throw fault(
      'NotOrganizationManagementAccountException',
      'The account that makes the request is not the management account of the organization.',
    );
  if (accountId === call.account)
    throw fault(
      'CannotDelegateManagementAccountException',
      'The management account cannot be registered as a delegated administrator.',
    );
  try {
    await call.kernel.calls.send({
      service: 'organizations',
      operation,
      input: { AccountId: accountId, ServicePrincipal: SERVICE },
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
      return fault('DelegatedAdminAccountLimitExceededException', error.message);
    default:
      return error;
  }
}

export const RegisterOrganizationDelegatedAdmin: CloudTrail['RegisterOrganizationDelegatedAdmin'] = async (
  call,
  input,
) => {
  await inOrganizations(call, 'RegisterDelegatedAdministrator', input.MemberAccountId!);
  return {};
};

export const DeregisterOrganizationDelegatedAdmin: CloudTrail['DeregisterOrganizationDelegatedAdmin'] = async (
  call,
  input,
) => {
  await inOrganizations(call, 'DeregisterDelegatedAdministrator', input.DelegatedAdminAccountId!);
  return {};
};
