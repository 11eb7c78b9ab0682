import {
  GetGroupPolicyCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRolePolicyCommand,
  GetUserPolicyCommand,
  ListAttachedGroupPoliciesCommand,
  ListAttachedRolePoliciesCommand,
  ListAttachedUserPoliciesCommand,
  ListGroupsForUserCommand,
  type IAMClient,
  type Statement,
} from '@aws-sdk/client-iam';
import { send } from '../../aws/call.ts';
import { documentText } from './documents.ts';

/** A policy whose statements settled a simulation. */
export type MatchedPolicy = { id: string; type: string; text: string; statements: Statement[] };
/** Documents that were handed to the simulation, by the ids that it gives them. */
export type Given = Record<string, string>;

/** The texts of the policies that matched statements are of. */
export async function matchedPolicies(
  iam: IAMClient,
  principal: string | undefined,
  matched: readonly Statement[],
  given: Given,
): Promise<MatchedPolicy[]> {
  const by = new Map<string, MatchedPolicy>();
  for (const statement of matched) {
    const id = statement.SourcePolicyId!;
    const known = by.get(id);
    if (known) known.statements.push(statement);
    else by.set(id, { id, type: statement.SourcePolicyType ?? '', text: '', statements: [statement] });
  }
  for (const policy of by.values())
    policy.text = given[policy.id] ?? (principal === undefined ? '' : await textOf(iam, principal, policy));
  return [...by.values()];
}

const CUT = /^(user|group|role)_(.+)$/;

async function textOf(iam: IAMClient, principal: string, { id, type }: MatchedPolicy): Promise<string> {
  const kind = principal.split(':')[5]!.split('/')[0]!;
  const name = principal.split('/').at(-1)!;
  const groups = kind === 'user' ? await groupsOf(iam, name) : [];
  const inline = CUT.exec(id);
  // Names may have underscores: who holds it is known.
  const holder = inline === null ? undefined : [name, ...groups].find((one) => inline[2]!.startsWith(`${one}_`));
  if (inline && holder !== undefined && ['user', 'group', 'role'].includes(type)) {
    const PolicyName = inline[2]!.slice(holder.length + 1);
    const { PolicyDocument } =
      inline[1] === 'user'
        ? await send(iam, GetUserPolicyCommand, { UserName: holder, PolicyName })
        : inline[1] === 'group'
          ? await send(iam, GetGroupPolicyCommand, { GroupName: holder, PolicyName })
          : await send(iam, GetRolePolicyCommand, { RoleName: holder, PolicyName });
    return documentText(PolicyDocument);
  }
  const attached = [
    ...(kind === 'user'
      ? ((await send(iam, ListAttachedUserPoliciesCommand, { UserName: name })).AttachedPolicies ?? [])
      : kind === 'role'
        ? ((await send(iam, ListAttachedRolePoliciesCommand, { RoleName: name })).AttachedPolicies ?? [])
        : []),
  ];
  for (const GroupName of kind === 'group' ? [name] : groups)
    attached.push(...((await send(iam, ListAttachedGroupPoliciesCommand, { GroupName })).AttachedPolicies ?? []));
  const PolicyArn = attached.find(({ PolicyName }) => PolicyName === id)?.PolicyArn;
  if (PolicyArn === undefined) return '';
  const { Policy } = await send(iam, GetPolicyCommand, { PolicyArn });
  const version = await send(iam, GetPolicyVersionCommand, { PolicyArn, VersionId: Policy!.DefaultVersionId! });
  return documentText(version.PolicyVersion!.Document);
}

const groupsOf = async (iam: IAMClient, UserName: string): Promise<string[]> =>
  ((await send(iam, ListGroupsForUserCommand, { UserName })).Groups ?? []).map(({ GroupName }) => GroupName!);
