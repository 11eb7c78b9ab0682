import { defineService } from '../../kernel/service.ts';
import { access, resource } from './access.ts';
import {
  DescribeAccount,
  LeaveOrganization,
  ListAccounts,
  ListAccountsForParent,
  ListChildren,
  ListParents,
  MoveAccount,
  RemoveAccountFromOrganization,
} from './accounts.ts';
import { accountClosureJob, accountRemovalJob, CloseAccount } from './closure.ts';
import {
  accountCreationJob,
  CreateAccount,
  creationRemovalJob,
  DescribeCreateAccountStatus,
  ListCreateAccountStatus,
} from './creation.ts';
import {
  DeregisterDelegatedAdministrator,
  ListDelegatedAdministrators,
  ListDelegatedServicesForAccount,
  RegisterDelegatedAdministrator,
} from './delegation.ts';
import { DescribeEffectivePolicy } from './effective.ts';
import { violation } from './errors.ts';
import { EnableAllFeatures } from './features.ts';
import { handshakeRemovalJob } from './handshake.ts';
import {
  askOfAcceptHandshake,
  AcceptHandshake,
  CancelHandshake,
  DeclineHandshake,
  DescribeHandshake,
  InviteAccountToOrganization,
  ListHandshakesForAccount,
  ListHandshakesForOrganization,
} from './handshakes.ts';
import {
  askOfCreateOrganization,
  CreateOrganization,
  DeleteOrganization,
  DescribeOrganization,
  ListRoots,
} from './organization.ts';
import {
  AttachPolicy,
  CreatePolicy,
  DeletePolicy,
  DescribePolicy,
  DetachPolicy,
  ListPolicies,
  ListPoliciesForTarget,
  ListTargetsForPolicy,
  UpdatePolicy,
} from './policies.ts';
import { DisablePolicyType, EnablePolicyType } from './policy-types.ts';
import { DeleteResourcePolicy, DescribeResourcePolicy, PutResourcePolicy } from './resource-policy.ts';
import {
  DisableAWSServiceAccess,
  EnableAWSServiceAccess,
  ListAWSServiceAccessForOrganization,
} from './service-access.ts';
import { ListTagsForResource, TagResource, UntagResource } from './tags.ts';
import {
  CreateOrganizationalUnit,
  DeleteOrganizationalUnit,
  DescribeOrganizationalUnit,
  ListOrganizationalUnitsForParent,
  UpdateOrganizationalUnit,
} from './units.ts';

/** AWS Organizations: accounts in one tree, and the policies over them. */
export const service = defineService<typeof import('@aws-sdk/client-organizations')>({
  sdk: 'organizations',
  operations: {
    AcceptHandshake,
    AttachPolicy,
    CancelHandshake,
    CloseAccount,
    CreateAccount,
    CreateOrganization,
    CreateOrganizationalUnit,
    CreatePolicy,
    DeclineHandshake,
    DeleteOrganization,
    DeleteOrganizationalUnit,
    DeletePolicy,
    DeleteResourcePolicy,
    DeregisterDelegatedAdministrator,
    DescribeAccount,
    DescribeCreateAccountStatus,
    DescribeEffectivePolicy,
    DescribeHandshake,
    DescribeOrganization,
    DescribeOrganizationalUnit,
    DescribePolicy,
    DescribeResourcePolicy,
    DetachPolicy,
    DisableAWSServiceAccess,
    DisablePolicyType,
    EnableAWSServiceAccess,
    EnableAllFeatures,
    EnablePolicyType,
    InviteAccountToOrganization,
    LeaveOrganization,
    ListAWSServiceAccessForOrganization,
    ListAccounts,
    ListAccountsForParent,
    ListChildren,
    ListCreateAccountStatus,
    ListDelegatedAdministrators,
    ListDelegatedServicesForAccount,
    ListHandshakesForAccount,
    ListHandshakesForOrganization,
    ListOrganizationalUnitsForParent,
    ListParents,
    ListPolicies,
    ListPoliciesForTarget,
    ListRoots,
    ListTagsForResource,
    ListTargetsForPolicy,
    MoveAccount,
    PutResourcePolicy,
    RegisterDelegatedAdministrator,
    RemoveAccountFromOrganization,
    TagResource,
    UntagResource,
    UpdateOrganizationalUnit,
    UpdatePolicy,
  },
  access,
  asks: { AcceptHandshake: askOfAcceptHandshake, CreateOrganization: askOfCreateOrganization },
  resource,
  violation,
  jobs: {
    'organizations/account-closure': accountClosureJob,
    'organizations/account-creation': accountCreationJob,
    'organizations/account-removal': accountRemovalJob,
    'organizations/creation-removal': creationRemovalJob,
    'organizations/handshake-removal': handshakeRemovalJob,
  },
});
