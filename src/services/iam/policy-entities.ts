import type { Group, Role, User } from '../../kernel/principals/records.ts';
import type { Handlers } from '../../kernel/service.ts';
import { pageOf } from './paging.ts';
import { findPolicy } from './policies.ts';
import { identitiesOf } from './policy-usage.ts';

type Iam = Handlers<typeof import('@aws-sdk/client-iam')>;

export const ListEntitiesForPolicy: Iam['ListEntitiesForPolicy'] = async (call, input) => {
  const { EntityFilter, PathPrefix = '/', PolicyUsageFilter } = input;
  const { arn } = await findPolicy(call.kernel.store, input.PolicyArn!);
  const has = (identity: User | Group | Role) => {
    if (!identity.path.startsWith(PathPrefix)) return false;
    const attached = identity.attached.includes(arn);
    const bounded = 'boundary' in identity && identity.boundary === arn;
    if (PolicyUsageFilter === undefined) return attached || bounded;
    return PolicyUsageFilter === 'PermissionsPolicy' ? attached : bounded;
  };
  const found = await identitiesOf(call, call.kernel.store);
  const of = <T extends User | Group | Role>(kind: 'User' | 'Group' | 'Role', all: T[]) =>
    EntityFilter === undefined || EntityFilter === kind
      ? all.filter(has).map(({ name, id }) => ({ kind, name, id }))
      : [];
  const all = [...of('Group', found.groups), ...of('User', found.users), ...of('Role', found.roles)];
  const { items, paging } = pageOf(all, input);
  const named = (wanted: string) => items.filter(({ kind }) => kind === wanted);
  return {
    PolicyGroups: named('Group').map(({ name, id }) => ({ GroupName: name, GroupId: id })),
    PolicyUsers: named('User').map(({ name, id }) => ({ UserName: name, UserId: id })),
    PolicyRoles: named('Role').map(({ name, id }) => ({ RoleName: name, RoleId: id })),
    ...paging,
  };
};
