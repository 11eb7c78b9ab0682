import type {
  AttachedPermissionsBoundary,
  Group as GroupAnswer,
  Role as RoleAnswer,
  User as UserAnswer,
} from '@aws-sdk/client-iam';
import type { Group, Role, User } from '../../kernel/principals/records.ts';
import { encodeDocument } from './policy-documents.ts';
import { tagsMember } from './tags.ts';

/** Users, groups and roles as the API answers them. Lists leave out boundary and tags, as AWS does. */
export const listedUser = ({ path, name, id, arn, createdAtMs }: User): UserAnswer => ({
  Path: path,
  UserName: name,
  UserId: id,
  Arn: arn,
  CreateDate: new Date(createdAtMs),
});

export const wholeUser = (user: User): UserAnswer => ({
  ...listedUser(user),
  ...boundaryMember(user.boundary),
  ...tagsMember(user.tags),
});

export const describedGroup = ({ path, name, id, arn, createdAtMs }: Group): GroupAnswer => ({
  Path: path,
  GroupName: name,
  GroupId: id,
  Arn: arn,
  CreateDate: new Date(createdAtMs),
});

export const listedRole = (role: Role): RoleAnswer => ({
  Path: role.path,
  RoleName: role.name,
  RoleId: role.id,
  Arn: role.arn,
  CreateDate: new Date(role.createdAtMs),
  AssumeRolePolicyDocument: encodeDocument(role.trust),
  ...(role.description === undefined ? {} : { Description: role.description }),
  MaxSessionDuration: role.maxSessionSeconds,
});

export const wholeRole = (role: Role): RoleAnswer => ({
  ...listedRole(role),
  ...boundaryMember(role.boundary),
  ...tagsMember(role.tags),
});

/** The model's only type is `PermissionsBoundaryPolicy`; the service answers `Policy`. */
export const boundaryMember = (boundary: string | undefined): { PermissionsBoundary?: AttachedPermissionsBoundary } =>
  boundary === undefined
    ? {}
    : {
        PermissionsBoundary: {
          PermissionsBoundaryType: 'Policy' as 'PermissionsBoundaryPolicy',
          PermissionsBoundaryArn: boundary,
        },
      };
