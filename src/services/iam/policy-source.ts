import type { Call } from '../../kernel/call.ts';
import type { Principal } from '../../kernel/principals/principal.ts';
import type { PoliciesOf, PolicyText } from '../../kernel/principals/principals.ts';
import type { Group, Role, User } from '../../kernel/principals/records.ts';
import { readIamArn } from './arns.ts';
import { invalidInput, notFound } from './errors.ts';
import { find } from './identities.ts';

/** A user, group or role whose policies are looked at, with all of them. */
export type PolicySource = {
  kind: 'user' | 'group' | 'role';
  identity: User | Group | Role;
  /** Who would ask; a group asks for nothing itself. */
  principal?: Principal;
  policies: PoliciesOf;
};

/** Name of the session that a role is simulated by. */
const SESSION = 'simulation';

/** Kind and name of the user, group or role of an ARN. Throws InvalidInput. */
export function readSourceArn(arn: string) {
  const parts = readIamArn(arn);
  const kind = parts?.kind;
  if (!parts || (kind !== 'user' && kind !== 'group' && kind !== 'role'))
    throw invalidInput(`Invalid Entity Arn: ${arn} does not clearly define entity type and name.`);
  return { ...parts, kind } as const;
}

/** Whose policies are looked at: a call, or what a job knows of one. */
export type Asker = Pick<Call, 'kernel' | 'account' | 'partition'>;

/** Rejects with NoSuchEntity and InvalidInput. */
export async function sourceOf(call: Asker, arn: string): Promise<PolicySource> {
  const { kernel, account } = call;
  const parts = readSourceArn(arn);
  const { kind } = parts;
  if (parts.account !== account) throw notFound(kind, parts.name);
  const identity = await find(kernel.store, kind, account, parts.name);
  if (identity.arn !== arn) throw notFound(kind, parts.name);
  if (kind === 'group') return { kind, identity, policies: await policiesOfGroup(call, identity) };
  const principal: Principal =
    kind === 'user'
      ? { type: 'user', account, arn, id: identity.id, name: identity.name }
      : {
          type: 'assumed-role',
          account,
          arn: `arn:${call.partition}:sts::${account}:assumed-role/${identity.name}/${SESSION}`,
          id: `${identity.id}:${SESSION}`,
          roleArn: arn,
          sessionName: SESSION,
        };
  return { kind, identity, principal, policies: await kernel.principals.policiesOf(principal) };
}

async function policiesOfGroup({ kernel, account }: Asker, group: Group): Promise<PoliciesOf> {
  const managed = await Promise.all(group.attached.map((arn) => kernel.principals.managedPolicy(arn)));
  const inline = Object.entries(group.inline).map(([id, document]) => ({ id, from: 'inline', document }));
  const { serviceControl } = await kernel.principals.policiesOf({
    type: 'root',
    account,
    arn: '',
    id: account,
  });
  return {
    gone: false,
    identity: [...inline, ...managed.filter((policy) => policy !== undefined)],
    tags: {},
    ...(serviceControl ? { serviceControl } : {}),
  };
}

/** The documents that give rights or bound them. */
export const documentsOf = ({ policies }: PolicySource): PolicyText[] => [
  ...policies.identity,
  ...(policies.boundary ? [policies.boundary] : []),
];

/** What a policy of a source is: where it is attached for an inline one. */
export function policyKind(source: PolicySource, { id, from }: { id: string; from: string }) {
  if (id.startsWith('arn:')) {
    const { account, name } = readIamArn(id)!;
    return { type: account === 'aws' ? ('aws-managed' as const) : ('user-managed' as const), name };
  }
  const group = /^group (.+)$/.exec(from)?.[1];
  return {
    type: 'inline' as const,
    name: id,
    of: group === undefined ? source.kind : ('group' as const),
    at: group ?? source.identity.name,
  };
}
