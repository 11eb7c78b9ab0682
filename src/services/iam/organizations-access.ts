import { parsePolicy } from '../../engines/policy/policy.ts';
import type { Call } from '../../kernel/call.ts';
import { AwsError } from '../../kernel/errors.ts';
import { rootOf } from '../../kernel/principals/principal.ts';
import { FULL_ACCESS_ID, type PolicyText } from '../../kernel/principals/principals.ts';
import {
  organizationNodes,
  organizations,
  roles,
  serviceControlPolicies,
  users,
} from '../../kernel/principals/records.ts';
import type { Access } from '../../kernel/access.ts';
import type { Handlers } from '../../kernel/service.ts';
import { TRACKING_DAYS } from './credential-limits.ts';
import { invalidInput } from './errors.ts';
import { pageOf } from './paging.ts';
import type { Asker } from './policy-source.ts';
import { reportsOf } from './reports.ts';
import { rightsOf } from './service-rights.ts';

type Iam = Handlers<typeof import('@aws-sdk/client-iam')>;

/** Of a root, unit or account of an organization, or of a service control policy in it. */
type Ask = { organization: string; node: string; policy?: string };

type ServiceReport = {
  prefix: string;
  name: string;
  /** The account that asked last, of those that have asked. */
  last?: { path: string; timeMs: number; region: string };
  accounts: number;
};

const reports = reportsOf<Ask, ServiceReport[]>('iam/organizations-access-report', reportOn);
export const organizationsAccessJobs = reports.jobs;

/** AWS's own examples write it with and without a slash at its end. */
const pathOf = ({ EntityPath }: { EntityPath: string | undefined }) => EntityPath!.replace(/\/$/, '');

/** Begins a report on what an organization's accounts may by its policies, and have asked for. */
export const GenerateOrganizationsAccessReport: Iam['GenerateOrganizationsAccessReport'] = async (call, input) => {
  const { kernel, account } = call;
  const path = pathOf(input);
  const [id = '', ...steps] = path.split('/');
  const organization = await kernel.store.get(organizations, [id]);
  if (!organization || organization.managementAccount !== account)
    throw new AwsError(
      'AccessDenied',
      `You must use the credentials of the management account of the organization ${id} to generate its report.`,
      403,
    );
  if (!organization.serviceControl)
    throw invalidInput('Service control policies are not enabled for the root of the organization.');
  const node = steps.at(-1)!;
  const standing = await kernel.principals.standingOf(node);
  if (`${standing.organization?.path ?? ''}${node}` !== path)
    throw invalidInput(`The organization has no entity at the path ${input.EntityPath}.`);
  const policy = input.OrganizationsPolicyId;
  if (policy !== undefined) await documentOf(call, id, policy);
  const JobId = await reports.begin(call, { organization: id, node, ...(policy === undefined ? {} : { policy }) });
  return { JobId };
};

export const GetOrganizationsAccessReport: Iam['GetOrganizationsAccessReport'] = async (call, input) => {
  const { state, failure, content } = await reports.open(call, input.JobId!);
  if (!content) return { ...state, ...(failure ? { ErrorDetails: failure } : {}) };
  const { items, paging } = pageOf(sorted(content, input.SortKey), input);
  return {
    ...state,
    NumberOfServicesAccessible: content.length,
    NumberOfServicesNotAccessed: content.filter(({ last }) => !last).length,
    AccessDetails: items.map(({ prefix, name, last, accounts }) => ({
      ServiceName: name,
      ServiceNamespace: prefix,
      ...(last ? { Region: last.region, EntityPath: last.path, LastAuthenticatedTime: new Date(last.timeMs) } : {}),
      TotalAuthenticatedEntities: accounts,
    })),
    ...paging,
  };
};

function sorted(services: ServiceReport[], key = 'SERVICE_NAMESPACE_ASCENDING'): ServiceReport[] {
  const byName = (a: ServiceReport, b: ServiceReport) => (a.prefix < b.prefix ? -1 : 1);
  const byTime = (a: ServiceReport, b: ServiceReport) => (a.last?.timeMs ?? 0) - (b.last?.timeMs ?? 0) || byName(a, b);
  const inOrder = services.toSorted(key.startsWith('SERVICE_NAMESPACE') ? byName : byTime);
  return key.endsWith('_DESCENDING') ? inOrder.reverse() : inOrder;
}

export const onEntityPath = (
  call: Call,
  input: { EntityPath: string | undefined; OrganizationsPolicyId?: string | undefined },
): Access[] => [
  {
    action: 'iam:GenerateOrganizationsAccessReport',
    resource: `arn:${call.partition}:iam::${call.account}:access-report/${pathOf(input)}`,
    keys: { 'iam:organizationspolicyid': input.OrganizationsPolicyId },
  },
];

const FULL_ACCESS = '{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}';
const FULL: PolicyText = { id: FULL_ACCESS_ID, from: FULL_ACCESS_ID, document: FULL_ACCESS };

/** Rejects with InvalidInput. */
async function documentOf({ kernel }: Asker, organization: string, policy: string): Promise<PolicyText> {
  if (policy === FULL_ACCESS_ID) return FULL;
  const found = await kernel.store.get(serviceControlPolicies, [organization, policy]);
  if (!found) throw invalidInput(`The organization has no service control policy ${policy}.`);
  return { id: found.arn, from: found.name, document: found.document };
}

/** What an entity is under: whose services are reported on, and in which accounts. */
async function reportOn(asker: Asker, ask: Ask, signal: AbortSignal): Promise<ServiceReport[]> {
  const { principals } = asker.kernel;
  const { organization, serviceControl } = await principals.standingOf(ask.node);
  const isManagement = organization?.managementAccount === ask.node;
  // The management account is not limited, so a policy says nothing of it. Source: GenerateOrganizationsAccessReport.
  const policy =
    ask.policy === undefined || isManagement ? undefined : await documentOf(asker, ask.organization, ask.policy);
  const levels = policy ? [[policy]] : (serviceControl ?? []).map(({ policies }) => policies);
  const services = await allowedBy(levels);
  const uses = new Map<string, { last: NonNullable<ServiceReport['last']>; accounts: number }>();
  for (const account of await accountsUnder(asker, ask)) {
    signal.throwIfAborted();
    const standing = await principals.standingOf(account);
    const applies = standing.serviceControl?.some((level) => level.policies.some(({ id }) => id === policy?.id));
    if (policy && !applies) continue;
    const path = `${standing.organization!.path}${account}`;
    for (const [service, use] of await usesOf(asker, account)) {
      const known = uses.get(service);
      const last = known && known.last.timeMs >= use.timeMs ? known.last : { path, ...use };
      uses.set(service, { last, accounts: (known?.accounts ?? 0) + 1 });
    }
  }
  return services.map((service) => ({ ...service, accounts: 0, ...uses.get(service.prefix) }));
}

/** Services of which every level allows some action; without levels: all. */
async function allowedBy(levels: readonly (readonly PolicyText[])[]): Promise<{ prefix: string; name: string }[]> {
  let allowed: Map<string, { name: string; actions: Set<string> }> | undefined;
  for (const level of levels.length > 0 ? levels : [[FULL]]) {
    const rights = await rightsOf(level.map(({ document }) => parsePolicy(document, 'service-control')));
    const next = new Map<string, { name: string; actions: Set<string> }>();
    for (const { prefix, name, actions } of rights) {
      const before = allowed?.get(prefix)?.actions;
      const both = allowed ? actions.filter((action) => before?.has(action)) : actions;
      if (both.length > 0) next.set(prefix, { name, actions: new Set(both) });
    }
    allowed = next;
  }
  return [...allowed!].map(([prefix, { name }]) => ({ prefix, name }));
}

/** Accounts at or under an entity; the management account only when it is the entity. */
async function accountsUnder({ kernel }: Asker, { organization: id, node }: Ask): Promise<string[]> {
  const parents = new Map<string, string | undefined>();
  const accounts: string[] = [];
  for await (const { value } of kernel.store.all(organizationNodes)) {
    if (value.organization !== id) continue;
    parents.set(value.id, value.parent);
    if (value.type === 'ACCOUNT') accounts.push(value.id);
  }
  const organization = await kernel.store.get(organizations, [id]);
  const isUnder = (account: string) => {
    for (let at: string | undefined = account; at !== undefined; at = parents.get(at)) if (at === node) return true;
    return false;
  };
  return accounts.filter(
    (account) => isUnder(account) && (account === node || account !== organization?.managementAccount),
  );
}

/** When an account's users, roles or root last asked for each service. */
async function usesOf({ kernel, partition }: Asker, account: string) {
  const found = new Map<string, { timeMs: number; region: string }>();
  const since = kernel.clock.now() - TRACKING_DAYS * 86_400_000;
  const add = async (arn: string) => {
    for (const { service, timeMs, region } of await kernel.trail.serviceUse(account, arn))
      if (timeMs >= since && timeMs > (found.get(service)?.timeMs ?? -1)) found.set(service, { timeMs, region });
  };
  await add(rootOf(account, partition).arn);
  for await (const { value } of kernel.store.all(users, [account])) await add(value.arn);
  for await (const { value } of kernel.store.all(roles, [account])) await add(value.arn);
  return found;
}
