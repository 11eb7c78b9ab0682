import type { AssumeRoleRequest } from '@aws-sdk/client-sts';
import type { Call } from '../../kernel/call.ts';
import type { Access, ConditionKeys, Resource } from '../../kernel/access.ts';
import type { Handlers } from '../../kernel/service.ts';
import { parseArn } from '../../kernel/resources.ts';
import { accessDenied, notBuilt, withSession } from './errors.ts';
import { checkRoleArn, roleSeconds, roleSession } from './role-session.ts';
import { secondFactor } from './second-factor.ts';
import { sessionPolicies } from './session-policy.ts';
import { sessionTags, transitiveTagsOf, type SessionTags } from './session-tags.ts';

type Sts = Handlers<typeof import('@aws-sdk/client-sts')>;

/**
 * Temporary credentials of a role. What stands on the role, its trust policy, decides; see `roleResource`.
 * Source: STS API Reference, AssumeRole; IAM User Guide, "Methods to assume a role", "Pass session tags", "Monitor and control actions
 * taken with assumed roles".
 */
export const AssumeRole: Sts['AssumeRole'] = async (call, input) => {
  const { kernel, principal } = call;
  const { mfaAtMs, sourceIdentity, tags } = await admit(call, input);
  const role = await kernel.principals.roleByArn(input.RoleArn!);
  if (!role) throw missingRole(call, input.RoleArn!);
  const chained = principal.type === 'assumed-role';
  const seconds = roleSeconds(role, input.DurationSeconds, chained);
  const { PackedPolicySize, ...policies } = await sessionPolicies(call, input, {
    account: role.account,
    tags: tags.tags,
  });
  // A user's second factor shows in the role it steps into; along a chain of roles it does not.
  const mfa = mfaAtMs ?? (principal.type === 'user' ? principal.session?.mfaAtMs : undefined);
  const issued = await roleSession(call, role, {
    sessionName: input.RoleSessionName!,
    seconds,
    tokenBytesMin: input.MinimumSessionTokenSize,
    session: {
      issuedAtMs: kernel.clock.now(),
      ...policies,
      ...(tags.any ? { tags: tags.tags } : {}),
      ...(tags.transitiveTagKeys.length > 0 ? { transitiveTagKeys: tags.transitiveTagKeys } : {}),
      ...(sourceIdentity === undefined ? {} : { sourceIdentity }),
      ...(mfa === undefined ? {} : { mfaAtMs: mfa }),
      ...(chained ? { chained } : {}),
      ...(principal.type === 'service' ? { assumedBy: principal.service } : {}),
    },
  });
  return {
    ...issued,
    ...(PackedPolicySize === undefined ? {} : { PackedPolicySize }),
    ...(sourceIdentity === undefined ? {} : { SourceIdentity: sourceIdentity }),
  };
};

/** Rejects unless the caller may have a session of the role, and one such as this. Uses up the code of a second factor. */
async function admit(call: Call, input: AssumeRoleRequest) {
  const { principal } = call;
  if (principal.type === 'root') throw accessDenied('Roles may not be assumed by root accounts.');
  if (principal.type === 'federated-user') throw withSession('AssumeRole');
  checkRoleArn(input.RoleArn!);
  if (input.ProvidedContexts?.length) throw notBuilt('AssumeRole with ProvidedContexts');
  const mfaAtMs = await secondFactor(call, input);
  const sourceIdentity = sourceIdentityOf(call, input);
  const tags = sessionTags(input.Tags, input.TransitiveTagKeys, transitiveTagsOf(principal));
  for (const access of asks(input, { tags, sourceIdentity, mfa: mfaAtMs !== undefined })) await call.require(access);
  return { mfaAtMs, sourceIdentity, tags };
}

/** Asks what `AssumeRole` asks as it works. Of a role that is not here, no trust policy and no second factor is known. */
export async function askOfAssumeRole(call: Call, input: AssumeRoleRequest): Promise<void> {
  if (await call.kernel.principals.roleByArn(input.RoleArn!)) {
    await admit(call, input);
    return;
  }
  const tags = sessionTags(input.Tags, input.TransitiveTagKeys, transitiveTagsOf(call.principal));
  const sourceIdentity = sourceIdentityOf(call, input);
  for (const access of asks(input, { tags, sourceIdentity, mfa: false })) await call.require(access);
}

/** A source identity, once set, stays through a chain of roles and cannot become another. */
function sourceIdentityOf({ principal }: Call, { SourceIdentity, RoleArn }: AssumeRoleRequest): string | undefined {
  const set = principal.session?.sourceIdentity;
  if (set !== undefined && SourceIdentity !== undefined && SourceIdentity !== set)
    throw accessDenied(
      `User: ${principal.arn} is not authorized to perform: sts:SetSourceIdentity on resource: ${RoleArn}`,
    );
  return set ?? SourceIdentity;
}

/** The permissions that the call needs of the role's trust policy and the caller's own policies. */
function asks(
  input: AssumeRoleRequest,
  { tags, sourceIdentity, mfa }: { tags: SessionTags; sourceIdentity: string | undefined; mfa: boolean },
): Access[] {
  const resource = input.RoleArn!;
  const keys: ConditionKeys = {
    'sts:rolesessionname': input.RoleSessionName,
    'sts:externalid': input.ExternalId,
    'sts:sourceidentity': sourceIdentity,
    ...tags.keys,
    ...(mfa ? { 'aws:multifactorauthpresent': 'true', 'aws:multifactorauthage': 0 } : {}),
  };
  return [
    { action: 'sts:AssumeRole', resource, keys },
    ...(tags.any ? [{ action: 'sts:TagSession', resource, keys }] : []),
    ...(sourceIdentity === undefined ? [] : [{ action: 'sts:SetSourceIdentity', resource, keys }]),
  ];
}

/** AWS answers for a role that does not exist as for one that does not trust the caller. */
const missingRole = ({ principal }: Call, roleArn: string) =>
  accessDenied(`User: ${principal.arn} is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`);

/** What stands on a role: its trust policy, without which nobody gets in. A role that does not exist lets nobody in. */
export async function roleResource({ kernel }: Call, { resource }: Access): Promise<Resource | undefined> {
  const parts = parseArn(resource);
  if (parts?.service !== 'iam' || !parts.resource.startsWith('role/')) return undefined;
  const role = await kernel.principals.roleByArn(resource);
  const tags = role?.tags ?? {};
  return {
    owner: parts.account,
    closed: true,
    ...(role ? {} : { missing: true }),
    policies: role ? [{ id: role.arn, from: 'trust policy', document: role.trust }] : [],
    tags: () => tags,
    keys: () => Object.fromEntries(Object.entries(tags).map(([key, value]) => [`iam:resourcetag/${key}`, value])),
  };
}
