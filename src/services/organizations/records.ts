import type {
  AccountJoinedMethod,
  ActionType,
  CreateAccountFailureReason,
  CreateAccountState,
  HandshakeParty,
  HandshakeResource,
  OrganizationFeatureSet,
  PolicyType,
} from '@aws-sdk/client-organizations';
import type { Tags } from '../../kernel/principals/records.ts';
import { collection } from '../../kernel/store/store.ts';

/**
 * What this service keeps beside what identity reads (`kernel/principals/records.ts`: the tree, the service control policies that bear on
 * accounts, the accounts themselves). Organizations is a global service: no key has a region.
 */

/** An organization; keyed by its id. */
export type OrganizationState = {
  id: string;
  partition: string;
  managementAccount: string;
  rootId: string;
  featureSet: OrganizationFeatureSet;
  createdAtMs: number;
  /** Enabled in the root. */
  policyTypes: PolicyType[];
  /** How many there are, so that limits need no counting. */
  accounts: number;
  units: number;
  policies: Partial<Record<PolicyType, number>>;
};
export const states = collection<OrganizationState>('organizations/organization');

/** An account's membership; keyed by organization and account. */
export type Member = {
  account: string;
  organization: string;
  joinedMethod: AccountJoinedMethod;
  joinedAtMs: number;
  /** Absent: active. */
  closing?: 'PENDING_CLOSURE' | 'SUSPENDED';
};
export const members = collection<Member>('organizations/member');

/** Units of an organization: [organization, id]. */
export const units = collection<true>('organizations/unit');
/** Names of units: [parent, name] → id. */
export const unitNames = collection<string>('organizations/unit-name');
/** What a root or unit holds: [parent, type, id]. */
export const children = collection<true>('organizations/child');

/** Accounts by their e-mail address in lower case; an address stays taken when its account is gone. */
export const emails = collection<string>('organizations/email');

/** Tags: [organization, resource id]. */
export const tagsOf = collection<Tags>('organizations/tags');

/** A request to make an account; keyed by organization and id. */
export type Creation = {
  id: string;
  organization: string;
  name: string;
  email: string;
  roleName: string;
  tags: Tags;
  state: CreateAccountState;
  requestedAtMs: number;
  completedAtMs?: number;
  account?: string;
  failure?: CreateAccountFailureReason;
};
export const creations = collection<Creation>('organizations/creation');
/** Those in progress: [organization, id]. */
export const creationsInProgress = collection<true>('organizations/creation-in-progress');

/** When accounts were closed: [organization, ms, account]. */
export const closures = collection<true>('organizations/closure');

export type PolicyRecord = {
  id: string;
  organization: string;
  type: PolicyType;
  name: string;
  description: string;
  content: string;
  createdAtMs: number;
  updatedAtMs: number;
};
/** Keyed by organization and id. */
export const policies = collection<PolicyRecord>('organizations/policy');
/** [organization, type, name] → id. */
export const policyNames = collection<string>('organizations/policy-name');

/** [organization, policy, target]. */
export const attachments = collection<{ type: PolicyType }>('organizations/attachment');
/** [target, type, policy]: what is attached directly, and since when. */
export const attached = collection<{ atMs: number; order: string }>('organizations/attached');

/** A handshake; keyed by its id. */
export type HandshakeRecord = {
  id: string;
  organization: string;
  partition: string;
  /** The account that sent it. */
  sender: string;
  action: ActionType;
  parties: HandshakeParty[];
  resources: HandshakeResource[];
  /** As stored: an open one may have expired since. */
  state: 'REQUESTED' | 'OPEN' | 'CANCELED' | 'ACCEPTED' | 'DECLINED';
  requestedAtMs: number;
  expiresAtMs: number;
  endedAtMs?: number;
  /** To whom it was sent: an account id, or an e-mail address in lower case. */
  target?: string;
  /** For the account that joins. */
  tags?: Tags;
  parent?: string;
  /** Accounts whose approval is still missing. */
  awaited?: string[];
};
export const handshakes = collection<HandshakeRecord>('organizations/handshake');
/** [organization, id]. */
export const handshakesSent = collection<true>('organizations/handshake-sent');
/** [account id or e-mail address, id]. */
export const handshakesReceived = collection<true>('organizations/handshake-received');

/** Services with trusted access: [organization, principal] → since, ms. */
export const trustedServices = collection<number>('organizations/trusted-service');
/** Delegated administrators: [organization, account, principal] → since, ms. */
export const delegations = collection<number>('organizations/delegation');
/** [organization, principal, account]. */
export const delegates = collection<true>('organizations/delegate');

/** The organization's resource policy; keyed by organization. */
export type ResourcePolicyRecord = { id: string; content: string };
export const resourcePolicies = collection<ResourcePolicyRecord>('organizations/resource-policy');
