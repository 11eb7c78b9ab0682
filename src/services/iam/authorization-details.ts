import type { GroupDetail, ManagedPolicyDetail, PolicyDetail, RoleDetail, UserDetail } from '@aws-sdk/client-iam';
import type { Call } from '../../kernel/call.ts';
import { awsManagedPolicies, type AwsManagedPolicy } from '../../kernel/principals/managed.ts';
import {
  groups,
  policies,
  roles,
  users,
  type Group,
  type ManagedPolicy,
  type Role,
  type User,
} from '../../kernel/principals/records.ts';
import type { Handlers } from '../../kernel/service.ts';
import { readPageToken, pageToken } from '../../kernel/resources.ts';
import type { Collection } from '../../kernel/store/store.ts';
import { attachedPolicies } from './attachments.ts';
import { describedGroup, listedUser, wholeRole, boundaryMember } from './describe.ts';
import { validation } from './errors.ts';
import { describedProfile } from './instance-profiles.ts';
import { PAGE_SIZE_DEFAULT } from './limits.ts';
import { describedVersions, listedPolicy } from './policies.ts';
import { encodeDocument } from './policy-documents.ts';
import { NO_USE, usageNow, type Usage } from './policy-usage.ts';
import { lastUsedMember, profilesOf } from './roles.ts';
import { tagsMember } from './tags.ts';

/** All identities and policies of an account at once. Source: IAM API Reference, GetAccountAuthorizationDetails. */
type Iam = Handlers<typeof import('@aws-sdk/client-iam')>;

const STAGES = ['User', 'Group', 'Role', 'LocalManagedPolicy', 'AWSManagedPolicy'] as const;
type Stage = (typeof STAGES)[number];
type Found = User | Group | Role | ManagedPolicy | AwsManagedPolicy;

const COLLECTIONS: Partial<Record<Stage, Collection<Found>>> = {
  User: users,
  Group: groups,
  Role: roles,
  LocalManagedPolicy: policies,
};

/** Where a page ended: the stage, and the key in it. */
type Place = { stage: Stage; after: string };

async function* walk(
  call: Call,
  stages: Stage[],
  usage: ReadonlyMap<string, Usage>,
  place: Place | undefined,
): AsyncGenerator<Place & { found: Found }> {
  for (const stage of stages) {
    if (place && STAGES.indexOf(stage) < STAGES.indexOf(place.stage)) continue;
    const after = place?.stage === stage ? place.after : undefined;
    const own = COLLECTIONS[stage];
    if (own) {
      const from = after === undefined ? {} : { after: [call.account, after] };
      for await (const { key, value } of call.kernel.store.all(own, [call.account], from))
        yield { stage, after: key[1] as string, found: value };
      continue;
    }
    // Of AWS's policies those in use only, as on AWS.
    for (const policy of awsManagedPolicies())
      if (usage.has(policy.arn) && (after === undefined || policy.arn > after))
        yield { stage, after: policy.arn, found: policy };
  }
}

export const GetAccountAuthorizationDetails: Iam['GetAccountAuthorizationDetails'] = async (call, input) => {
  const filter = new Set<string>(input.Filter ?? []);
  const stages = STAGES.filter((stage) => filter.size === 0 || filter.has(stage));
  const max = input.MaxItems ?? PAGE_SIZE_DEFAULT;
  const place = readPageToken<Place>(input.Marker, () => validation('Invalid Marker.'));
  const usage = await usageNow(call);
  const details = {
    UserDetailList: [] as UserDetail[],
    GroupDetailList: [] as GroupDetail[],
    RoleDetailList: [] as RoleDetail[],
    Policies: [] as ManagedPolicyDetail[],
  };
  let count = 0;
  let last: Place | undefined;
  for await (const { stage, after, found } of walk(call, stages, usage, place)) {
    if (count++ === max) return { ...details, IsTruncated: true, Marker: pageToken(last) };
    last = { stage, after };
    if (stage === 'User') details.UserDetailList.push(userDetail(found as User));
    else if (stage === 'Group') details.GroupDetailList.push(groupDetail(found as Group));
    else if (stage === 'Role') details.RoleDetailList.push(await roleDetail(call, found as Role));
    else details.Policies.push(policyDetail(found as ManagedPolicy | AwsManagedPolicy, usage));
  }
  return { ...details, IsTruncated: false };
};

const inlineList = (inline: Record<string, string>): PolicyDetail[] =>
  Object.entries(inline)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([PolicyName, document]) => ({ PolicyName, PolicyDocument: encodeDocument(document) }));

const userDetail = (user: User): UserDetail => ({
  ...listedUser(user),
  ...(Object.keys(user.inline).length > 0 ? { UserPolicyList: inlineList(user.inline) } : {}),
  GroupList: user.groups,
  AttachedManagedPolicies: attachedPolicies(user.attached),
  ...boundaryMember(user.boundary),
  ...tagsMember(user.tags),
});

const groupDetail = (group: Group): GroupDetail => ({
  ...describedGroup(group),
  GroupPolicyList: inlineList(group.inline),
  AttachedManagedPolicies: attachedPolicies(group.attached),
});

async function roleDetail(call: Call, role: Role): Promise<RoleDetail> {
  const { Description: _description, MaxSessionDuration: _max, ...described } = wholeRole(role);
  const profiles = await profilesOf(call, call.kernel.store, role.name);
  return {
    ...described,
    ...(await lastUsedMember(call, role)),
    InstanceProfileList: await Promise.all(profiles.map((profile) => describedProfile(call, profile))),
    RolePolicyList: inlineList(role.inline),
    AttachedManagedPolicies: attachedPolicies(role.attached),
  };
}

function policyDetail(
  policy: ManagedPolicy | AwsManagedPolicy,
  usage: ReadonlyMap<string, Usage>,
): ManagedPolicyDetail {
  return {
    ...listedPolicy(policy, usage.get(policy.arn) ?? NO_USE),
    ...(policy.description === undefined ? {} : { Description: policy.description }),
    PolicyVersionList: describedVersions(policy).map(({ text, ...version }) => ({
      ...version,
      Document: encodeDocument(text),
    })),
  };
}
