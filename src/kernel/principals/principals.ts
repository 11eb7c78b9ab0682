import type { Clock } from '../clock.ts';
import { collection, type Reader, type Store, type Transaction } from '../store/store.ts';
import { managedByAws } from './managed.ts';
import { partitionOfArn, rootOf, type Principal } from './principal.ts';
import {
  accounts,
  groups,
  nameKey,
  organizationNodes,
  organizations,
  policies,
  roles,
  serviceControlPolicies,
  users,
  type Role,
  type Tags,
  type User,
} from './records.ts';

/** A long-term key, or a session's. */
export type Credential = {
  accessKeyId: string;
  secretAccessKey: string;
  principal: Principal;
  /** Present exactly on a session's credentials. */
  sessionToken?: string;
  /** Virtual ms. */
  expiresAtMs?: number;
  /** An inactive key is refused as an unknown one. */
  inactive?: boolean;
  createdAtMs?: number;
};

export const credentials = collection<Credential>('kernel/credential');
/** Sessions in the order they end, so that the ended ones can be dropped: [expiresAtMs, accessKeyId]. */
const sessionEnds = collection<true>('kernel/session-end');
const generations = collection<number>('kernel/principals-generation');

/** A policy that bears on an identity, as text. */
export type PolicyText = {
  /** What AWS calls it: the ARN of a managed one, else the name. */
  id: string;
  /** Where it comes from, for people: `group analysts`, `attached`, `inline`. */
  from: string;
  document: string;
};

/** All policies that bear on a principal before its request and the resource are looked at. */
export type PoliciesOf = {
  /** The user or role is gone: nothing is allowed. */
  gone: boolean;
  identity: PolicyText[];
  boundary?: PolicyText;
  /** Session policies; absent: the session is not narrowed. */
  session?: PolicyText[];
  /** Service control policies from the organization's root to the account; absent: none bear on it. */
  serviceControl?: { node: string; policies: PolicyText[] }[];
  organization?: { id: string; managementAccount: string; /** `o-…/r-…/ou-…/` */ path: string };
  /** Tags of the principal: a session's over those of its identity. */
  tags: Tags;
};

const FULL_ACCESS = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
});
const EXPIRED_BATCH = 20;
/** Characters. Source: IAM API Reference, AccessKey. */
const ACCESS_KEY_ID_MAX = 128;

/** Marks that identities or their policies change in this transaction. */
export async function touch(tx: Transaction): Promise<void> {
  tx.put(generations, ['all'], ((await tx.get(generations, ['all'])) ?? 0) + 1);
}

/** Accounts, credentials, identities and their policies. Written by the IAM, STS and Organizations faces, read by identity. */
export class Principals {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #root: Credential;

  constructor(parts: {
    store: Store;
    clock: Clock;
    account: string;
    /** Of the stack; absent: `aws`. */
    partition?: string;
    rootKey: string;
    rootSecret: string;
  }) {
    this.#store = parts.store;
    this.#clock = parts.clock;
    const principal = rootOf(parts.account, parts.partition);
    this.#root = { accessKeyId: parts.rootKey, secretAccessKey: parts.rootSecret, principal };
  }

  /** The stack's own account and root credential. */
  get root(): Credential {
    return this.#root;
  }

  /** The credential of an access key id; the caller checks secret, token and expiry. */
  async credential(accessKeyId: string): Promise<Credential | undefined> {
    // Anybody may claim any key; the store's keys are short.
    if (accessKeyId.length > ACCESS_KEY_ID_MAX) return undefined;
    if (accessKeyId === this.#root.accessKeyId) return this.#root;
    return this.#store.get(credentials, [accessKeyId]);
  }

  /** Whether an account of the stack has been closed: its credentials are refused as unknown ones are. */
  async closed(account: string, reader: Reader = this.#store): Promise<boolean> {
    if (account === this.#root.principal.account) return false;
    return (await reader.get(accounts, [account]))?.closedAtMs !== undefined;
  }

  expired(credential: Credential): boolean {
    return credential.expiresAtMs !== undefined && credential.expiresAtMs <= this.#clock.now();
  }

  async save(credential: Credential): Promise<void> {
    await this.#store.transact(async (tx) => {
      tx.put(credentials, [credential.accessKeyId], credential);
      if (credential.expiresAtMs === undefined) return;
      tx.put(sessionEnds, [credential.expiresAtMs, credential.accessKeyId], true);
      await this.#dropExpired(tx);
    });
  }

  /** A session that ended long ago is told apart from one that never was for a day. */
  async #dropExpired(tx: Transaction): Promise<void> {
    const before = this.#clock.now() - 86_400_000;
    for (const { key } of await tx.range(sessionEnds, [], { limit: EXPIRED_BATCH })) {
      const [endsAtMs, accessKeyId] = key as [number, string];
      if (endsAtMs >= before) return;
      tx.delete(sessionEnds, key);
      tx.delete(credentials, [accessKeyId]);
    }
  }

  /** Grows with every change of identities and policies, in any process. */
  async generation(): Promise<number> {
    return (await this.#store.get(generations, ['all'])) ?? 0;
  }

  user(account: string, name: string, reader: Reader = this.#store): Promise<User | undefined> {
    return reader.get(users, [account, nameKey(name)]);
  }

  role(account: string, name: string, reader: Reader = this.#store): Promise<Role | undefined> {
    return reader.get(roles, [account, nameKey(name)]);
  }

  /** The role of an ARN; its path must be right too. Those of a closed account are as if they were gone. */
  async roleByArn(arn: string, reader: Reader = this.#store): Promise<Role | undefined> {
    const { account, name } = parts(arn);
    const role = await this.role(account, name, reader);
    return role?.arn === arn && !(await this.closed(account, reader)) ? role : undefined;
  }

  async userByArn(arn: string, reader: Reader = this.#store): Promise<User | undefined> {
    const { account, name } = parts(arn);
    const user = await this.user(account, name, reader);
    return user?.arn === arn ? user : undefined;
  }

  /** The default version's document of a managed policy, AWS's or a customer's. */
  async managedPolicy(arn: string, reader: Reader = this.#store): Promise<PolicyText | undefined> {
    const known = managedByAws(arn);
    if (known) return { id: arn, from: 'attached', document: known.document };
    const { account, name } = parts(arn);
    const policy = await reader.get(policies, [account, nameKey(name)]);
    const version = policy?.arn === arn && policy.versions.find(({ id }) => id === policy.defaultVersionId);
    return version ? { id: arn, from: 'attached', document: version.document } : undefined;
  }

  /** Everything that bears on what a principal may, before its request and the resource are looked at. */
  async policiesOf(principal: Principal, reader: Reader = this.#store): Promise<PoliciesOf> {
    const { session } = principal;
    const base: PoliciesOf = { gone: false, identity: [], tags: { ...session?.tags } };
    if (principal.type === 'anonymous' || principal.type === 'service') return base;
    const found: PoliciesOf = { ...base, ...(await this.#organizationOf(principal.account, reader)) };
    if (session?.policy !== undefined || session?.policyArns !== undefined) {
      found.session = await this.#managed(session.policyArns ?? [], 'session', reader);
      if (session.policy !== undefined)
        found.session.push({ id: 'SessionPolicy', from: 'session', document: session.policy });
    }
    if (principal.type === 'root') return found;
    if (principal.type === 'federated-user') {
      // A federated session may what its session policies and its issuer both allow; without session policies, nothing.
      found.session ??= [];
      if (principal.issuer === rootOf(principal.account, partitionOfArn(principal.arn)).arn) {
        found.identity = [{ id: 'root', from: 'account root', document: FULL_ACCESS }];
        return found;
      }
      const user = await this.userByArn(principal.issuer, reader);
      return user ? this.#ofIdentity(found, user, reader) : { ...found, gone: true };
    }
    if (principal.type === 'user') {
      const user = await this.userByArn(principal.arn, reader);
      return user && user.id === principal.id ? this.#ofIdentity(found, user, reader) : { ...found, gone: true };
    }
    const role = await this.roleByArn(principal.roleArn, reader);
    // Of a role that was deleted and made again nothing is left to the sessions of the first.
    if (!role || role.id !== principal.id.split(':')[0]) return { ...found, gone: true };
    if (role.linkedService !== undefined) delete found.serviceControl;
    return this.#ofIdentity(found, role, reader);
  }

  async #ofIdentity(found: PoliciesOf, identity: User | Role, reader: Reader): Promise<PoliciesOf> {
    const own = [...inlineOf(identity, 'inline'), ...(await this.#managed(identity.attached, 'attached', reader))];
    for (const name of 'groups' in identity ? identity.groups : []) {
      const group = await reader.get(groups, [identity.account, nameKey(name)]);
      if (!group) continue;
      own.push(...inlineOf(group, `group ${name}`), ...(await this.#managed(group.attached, `group ${name}`, reader)));
    }
    found.identity = own;
    found.tags = { ...identity.tags, ...found.tags };
    if (identity.boundary !== undefined) {
      const boundary = await this.managedPolicy(identity.boundary, reader);
      // A boundary whose policy is gone bounds everything.
      found.boundary = boundary ?? { id: identity.boundary, from: 'boundary', document: '{"Statement":[]}' };
    }
    return found;
  }

  /** The organization that an account belongs to, and where in it. */
  async organizationOf(account: string): Promise<PoliciesOf['organization']> {
    return (await this.#organizationOf(account, this.#store)).organization;
  }

  /** The service control policies on the way from an organization's root to one of its roots, units or accounts, and where that is. */
  standingOf(node: string): Promise<Pick<PoliciesOf, 'organization' | 'serviceControl'>> {
    return this.#organizationOf(node, this.#store);
  }

  async #managed(arns: string[], from: string, reader: Reader): Promise<PolicyText[]> {
    const found = await Promise.all(arns.map((arn) => this.managedPolicy(arn, reader)));
    return found.filter((policy) => policy !== undefined).map((policy) => ({ ...policy, from }));
  }

  async #organizationOf(account: string, reader: Reader): Promise<Pick<PoliciesOf, 'organization' | 'serviceControl'>> {
    const leaf = await reader.get(organizationNodes, [account]);
    const organization = leaf && (await reader.get(organizations, [leaf.organization]));
    if (!leaf || !organization) return {};
    const chain = [leaf];
    for (let node = leaf; node.parent !== undefined;) {
      const parent = await reader.get(organizationNodes, [node.parent]);
      if (!parent) break;
      chain.unshift((node = parent));
    }
    const ids = chain.slice(0, -1).map(({ id }) => id);
    const { id, managementAccount } = organization;
    const path = `${[id, ...ids].join('/')}/`;
    const facts = { organization: { id, managementAccount, path } };
    // The management account is never restricted.
    if (!organization.serviceControl || managementAccount === account) return facts;
    const serviceControl = [];
    for (const node of chain) {
      const texts: PolicyText[] = [];
      for (const policyId of node.serviceControl) {
        if (policyId === FULL_ACCESS_ID) {
          texts.push({ id: FULL_ACCESS_ID, from: node.name, document: FULL_ACCESS });
          continue;
        }
        const policy = await reader.get(serviceControlPolicies, [id, policyId]);
        if (policy) texts.push({ id: policy.arn, from: node.name, document: policy.document });
      }
      serviceControl.push({ node: node.id, policies: texts });
    }
    return { ...facts, serviceControl };
  }
}

/** The service control policy that every new root, unit and account has attached. */
export const FULL_ACCESS_ID = 'p-FullAWSAccess';

const inlineOf = (identity: { inline: Record<string, string> }, from: string): PolicyText[] =>
  Object.entries(identity.inline).map(([id, document]) => ({ id, from, document }));

/** `arn:aws:iam::123456789012:role/path/Name` → account and name. */
function parts(arn: string): { account: string; name: string } {
  const [, , , , account = '', ...rest] = arn.split(':');
  return { account, name: rest.join(':').split('/').at(-1) ?? '' };
}
