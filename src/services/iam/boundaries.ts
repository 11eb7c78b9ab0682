import type { Call } from '../../kernel/call.ts';
import type { Handlers } from '../../kernel/service.ts';
import type { Reader } from '../../kernel/store/store.ts';
import { isAttachable } from './attachments.ts';
import { noSuchEntity } from './errors.ts';
import { change, checkModifiable } from './identities.ts';

type Iam = Handlers<typeof import('@aws-sdk/client-iam')>;

/** A boundary must be a managed policy that is there. */
export async function checkBoundary(call: Call, reader: Reader, arn: string | undefined): Promise<void> {
  if (arn !== undefined && !(await isAttachable(call, reader, arn)))
    throw noSuchEntity(`Scope ARN: ${arn} does not exist or is not attachable.`);
}

export const PutUserPermissionsBoundary: Iam['PutUserPermissionsBoundary'] = async (call, input) => {
  await change(call, 'user', input.UserName!, async (user, tx) => {
    await checkBoundary(call, tx, input.PermissionsBoundary);
    return { ...user, boundary: input.PermissionsBoundary! };
  });
  return {};
};

export const PutRolePermissionsBoundary: Iam['PutRolePermissionsBoundary'] = async (call, input) => {
  await change(call, 'role', input.RoleName!, async (role, tx) => {
    checkModifiable(role);
    await checkBoundary(call, tx, input.PermissionsBoundary);
    return { ...role, boundary: input.PermissionsBoundary! };
  });
  return {};
};

export const DeleteUserPermissionsBoundary: Iam['DeleteUserPermissionsBoundary'] = async (call, input) => {
  await change(call, 'user', input.UserName!, ({ boundary, ...user }) => {
    if (boundary === undefined) throw noSuchEntity(`User ${user.name} does not have a permissions boundary.`);
    return user;
  });
  return {};
};

export const DeleteRolePermissionsBoundary: Iam['DeleteRolePermissionsBoundary'] = async (call, input) => {
  await change(call, 'role', input.RoleName!, (role) => {
    checkModifiable(role);
    const { boundary, ...rest } = role;
    if (boundary === undefined) throw noSuchEntity(`Role ${role.name} does not have a permissions boundary.`);
    return rest;
  });
  return {};
};
