import { collection } from '../store/store.ts';

/**
 * Identities and what they may, as the store keeps them: written by the IAM, STS and Organizations faces, read by identity on each call.
 * Keys start with the account; names are keyed in lower case (`nameKey`), since IAM holds them unique whatever their case.
 *
 * Every transaction that writes one of these calls `touch(tx)`: what processes have cached is then read anew at the next call.
 */
export const nameKey = (name: string) => name.toLowerCase();

export type Tags = Record<string, string>;

type Identity = {
  account: string;
  name: string;
  /** Starts and ends with `/`. */
  path: string;
  /** AIDA…, AROA…, AGPA… */
  id: string;
  arn: string;
  createdAtMs: number;
  /** ARNs of attached managed policies, in the order they were attached. */
  attached: string[];
  /** Inline policies: documents as given, by name. */
  inline: Record<string, string>;
};

export type User = Identity & {
  tags: Tags;
  /** ARN of the managed policy that is the permissions boundary. */
  boundary?: string;
  /** Names of the groups the user is in. */
  groups: string[];
};

export type Group = Identity;

export type Role = Identity & {
  tags: Tags;
  boundary?: string;
  description?: string;
  /** Who may assume it: the document as given. */
  trust: string;
  maxSessionSeconds: number;
  /** The service of a service-linked role: `replication.s3.amazonaws.com`. No service control policy restricts it. */
  linkedService?: string;
  /** A service-linked role that is being deleted: the deletion's id. */
  deletionTask?: string;
};

export type PolicyVersion = { id: string; document: string; createdAtMs: number };

/** A customer managed policy; those of AWS are data (`managed.ts`). */
export type ManagedPolicy = {
  account: string;
  name: string;
  path: string;
  id: string;
  arn: string;
  description?: string;
  createdAtMs: number;
  updatedAtMs: number;
  /** Oldest first; five at most. */
  versions: PolicyVersion[];
  defaultVersionId: string;
  /** Number of the next version. */
  nextVersion: number;
  tags: Tags;
};

export const users = collection<User>('kernel/user');
export const groups = collection<Group>('kernel/group');
export const roles = collection<Role>('kernel/role');
export const policies = collection<ManagedPolicy>('kernel/policy');

/** An account of the stack other than the one it is configured with. Keyed by its id. */
export type Account = { id: string; name: string; email?: string; createdAtMs: number; closedAtMs?: number };
export const accounts = collection<Account>('kernel/account');

/** An organization; keyed by its id. */
export type Organization = { id: string; managementAccount: string; serviceControl: boolean };
export const organizations = collection<Organization>('kernel/organization');

/** A root, an organizational unit or an account in an organization's tree; keyed by its id. */
export type OrganizationNode = {
  id: string;
  organization: string;
  type: 'ROOT' | 'ORGANIZATIONAL_UNIT' | 'ACCOUNT';
  name: string;
  /** Absent for the root. */
  parent?: string;
  /** Ids of the service control policies attached to it. */
  serviceControl: string[];
};
export const organizationNodes = collection<OrganizationNode>('kernel/organization-node');

/** A service control policy; keyed by organization and id. `p-FullAWSAccess` is AWS's own and needs no record. */
export type ServiceControlPolicy = { id: string; organization: string; arn: string; name: string; document: string };
export const serviceControlPolicies = collection<ServiceControlPolicy>('kernel/service-control-policy');
