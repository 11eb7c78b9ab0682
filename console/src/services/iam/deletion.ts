import {
  DeactivateMFADeviceCommand,
  DeleteAccessKeyCommand,
  DeleteGroupCommand,
  DeleteGroupPolicyCommand,
  DeleteLoginProfileCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  DeleteServiceSpecificCredentialCommand,
  DeleteSigningCertificateCommand,
  DeleteSSHPublicKeyCommand,
  DeleteUserCommand,
  DeleteUserPolicyCommand,
  DeleteVirtualMFADeviceCommand,
  DetachGroupPolicyCommand,
  DetachRolePolicyCommand,
  DetachUserPolicyCommand,
  GetGroupCommand,
  GetLoginProfileCommand,
  ListAccessKeysCommand,
  ListAttachedGroupPoliciesCommand,
  ListAttachedRolePoliciesCommand,
  ListAttachedUserPoliciesCommand,
  ListGroupPoliciesCommand,
  ListGroupsForUserCommand,
  ListInstanceProfilesForRoleCommand,
  ListMFADevicesCommand,
  ListRolePoliciesCommand,
  ListServiceSpecificCredentialsCommand,
  ListSigningCertificatesCommand,
  ListSSHPublicKeysCommand,
  ListUserPoliciesCommand,
  RemoveRoleFromInstanceProfileCommand,
  RemoveUserFromGroupCommand,
} from '@aws-sdk/client-iam';
import type { useSend } from '../../aws/call.ts';
import { isMissing } from '../../aws/failure.ts';

type Send = ReturnType<typeof useSend>;

/** IAM deletes a user that holds nothing: so what it holds goes first. */
export async function deleteUser(send: Send, UserName: string, signal: AbortSignal): Promise<void> {
  const who = { UserName };
  for (const { AccessKeyId } of (await send(ListAccessKeysCommand, who, signal)).AccessKeyMetadata ?? [])
    await send(DeleteAccessKeyCommand, { ...who, AccessKeyId }, signal);
  for (const { SerialNumber } of (await send(ListMFADevicesCommand, who, signal)).MFADevices ?? []) {
    await send(DeactivateMFADeviceCommand, { ...who, SerialNumber }, signal);
    if (SerialNumber!.startsWith('arn:')) await send(DeleteVirtualMFADeviceCommand, { SerialNumber }, signal);
  }
  for (const { CertificateId } of (await send(ListSigningCertificatesCommand, who, signal)).Certificates ?? [])
    await send(DeleteSigningCertificateCommand, { ...who, CertificateId }, signal);
  for (const { SSHPublicKeyId } of (await send(ListSSHPublicKeysCommand, who, signal)).SSHPublicKeys ?? [])
    await send(DeleteSSHPublicKeyCommand, { ...who, SSHPublicKeyId }, signal);
  const { ServiceSpecificCredentials = [] } = await send(ListServiceSpecificCredentialsCommand, who, signal);
  for (const { ServiceSpecificCredentialId } of ServiceSpecificCredentials)
    await send(DeleteServiceSpecificCredentialCommand, { ...who, ServiceSpecificCredentialId }, signal);
  if (await hasPassword(send, UserName, signal)) await send(DeleteLoginProfileCommand, who, signal);
  for (const { GroupName } of (await send(ListGroupsForUserCommand, who, signal)).Groups ?? [])
    await send(RemoveUserFromGroupCommand, { ...who, GroupName }, signal);
  for (const { PolicyArn } of (await send(ListAttachedUserPoliciesCommand, who, signal)).AttachedPolicies ?? [])
    await send(DetachUserPolicyCommand, { ...who, PolicyArn }, signal);
  for (const PolicyName of (await send(ListUserPoliciesCommand, who, signal)).PolicyNames ?? [])
    await send(DeleteUserPolicyCommand, { ...who, PolicyName }, signal);
  await send(DeleteUserCommand, who, signal);
}

const hasPassword = (send: Send, UserName: string, signal: AbortSignal): Promise<boolean> =>
  send(GetLoginProfileCommand, { UserName }, signal).then(
    () => true,
    (error: unknown) => {
      if (isMissing(error)) return false;
      throw error;
    },
  );

/** A group, after its members have left it. */
export async function deleteGroup(send: Send, GroupName: string, signal: AbortSignal): Promise<void> {
  const group = { GroupName };
  for (const { UserName } of (await send(GetGroupCommand, { ...group, MaxItems: 1000 }, signal)).Users ?? [])
    await send(RemoveUserFromGroupCommand, { ...group, UserName }, signal);
  for (const { PolicyArn } of (await send(ListAttachedGroupPoliciesCommand, group, signal)).AttachedPolicies ?? [])
    await send(DetachGroupPolicyCommand, { ...group, PolicyArn }, signal);
  for (const PolicyName of (await send(ListGroupPoliciesCommand, group, signal)).PolicyNames ?? [])
    await send(DeleteGroupPolicyCommand, { ...group, PolicyName }, signal);
  await send(DeleteGroupCommand, group, signal);
}

/** A role, with its policies. */
export async function deleteRole(send: Send, RoleName: string, signal: AbortSignal): Promise<void> {
  const role = { RoleName };
  const { InstanceProfiles = [] } = await send(ListInstanceProfilesForRoleCommand, role, signal);
  for (const { InstanceProfileName } of InstanceProfiles)
    await send(RemoveRoleFromInstanceProfileCommand, { ...role, InstanceProfileName }, signal);
  for (const { PolicyArn } of (await send(ListAttachedRolePoliciesCommand, role, signal)).AttachedPolicies ?? [])
    await send(DetachRolePolicyCommand, { ...role, PolicyArn }, signal);
  for (const PolicyName of (await send(ListRolePoliciesCommand, role, signal)).PolicyNames ?? [])
    await send(DeleteRolePolicyCommand, { ...role, PolicyName }, signal);
  await send(DeleteRoleCommand, role, signal);
}
