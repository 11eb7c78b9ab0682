import { parsePolicy, type Policy } from '../../engines/policy/policy.ts';
import type { Group, Role, User } from '../../kernel/principals/records.ts';
import type { Handlers } from '../../kernel/service.ts';
import { readIamArn } from './arns.ts';
import { TRACKING_DAYS } from './credential-limits.ts';
import { invalidInput, noSuchEntity } from './errors.ts';
import { pageOf } from './paging.ts';
import { sourceOf, type Asker, policyKind } from './policy-source.ts';
import { identitiesOf } from './policy-usage.ts';
import { reportsOf } from './reports.ts';
import { grants, rightsOf } from './service-rights.ts';

type Iam = Handlers<typeof import('@aws-sdk/client-iam')>;

/** Of a user, group, role or policy. */
type Ask = { arn: string; granularity: Granularity };
type Granularity = 'SERVICE_LEVEL' | 'ACTION_LEVEL';

type Use = { entity: string; timeMs: number; region: string };
type ServiceReport = {
  prefix: string;
  name: string;
  /** Who of those that the policies are for has asked for the service, and when last. */
  uses: Use[];
  actions?: { name: string; last?: Use }[];
};
type Entity = { arn: string; name: string; type: 'USER' | 'ROLE'; id: string; path: string };

const reports = reportsOf<Ask, ServiceReport[]>('iam/access-report', reportOn);
export const lastAccessedJobs = reports.jobs;

/** Begins a report on a user, group, role or policy. */
export const GenerateServiceLastAccessedDetails: Iam['GenerateServiceLastAccessedDetails'] = async (call, input) => {
  await subjectOf(call, input.Arn!);
  const ask: Ask = { arn: input.Arn!, granularity: input.Granularity ?? 'SERVICE_LEVEL' };
  return { JobId: await reports.begin(call, ask) };
};

/** By service: when and by whom it was last asked for. */
export const GetServiceLastAccessedDetails: Iam['GetServiceLastAccessedDetails'] = async (call, input) => {
  const { ask, state, failure, content = [] } = await reports.open(call, input.JobId!);
  const { items, paging } = pageOf(content, input);
  return {
    ...state,
    ...(failure ? { Error: failure } : {}),
    JobType: ask.granularity,
    ServicesLastAccessed: items.map(({ prefix, name, uses, actions }) => {
      const last = latest(uses);
      return {
        ServiceName: name,
        ServiceNamespace: prefix,
        ...(last
          ? {
              LastAuthenticated: new Date(last.timeMs),
              LastAuthenticatedEntity: last.entity,
              LastAuthenticatedRegion: last.region,
            }
          : {}),
        TotalAuthenticatedEntities: uses.length,
        ...(actions ? { TrackedActionsLastAccessed: actions.map(trackedAction) } : {}),
      };
    }),
    ...paging,
  };
};

const trackedAction = ({ name, last }: { name: string; last?: Use }) => ({
  ActionName: name,
  ...(last
    ? {
        LastAccessedEntity: last.entity,
        LastAccessedTime: new Date(last.timeMs),
        LastAccessedRegion: last.region,
      }
    : {}),
});

/** Who of a group's or policy's users and roles has asked for a service, and who has not. */
export const GetServiceLastAccessedDetailsWithEntities: Iam['GetServiceLastAccessedDetailsWithEntities'] = async (
  call,
  input,
) => {
  const { ask, state, failure, content = [] } = await reports.open(call, input.JobId!);
  const kind = readIamArn(ask.arn)?.kind;
  if (kind !== 'group' && kind !== 'policy')
    throw invalidInput('The job was not for a group or a policy: entities are listed for those only.');
  const of = content.find(({ prefix }) => prefix === input.ServiceNamespace);
  const entities = of ? (await subjectOf(call, ask.arn)).entities : [];
  const uses = new Map(of?.uses.map((use) => [use.entity, use]));
  const listed = entities
    .map((entity) => ({ entity, use: uses.get(entity.arn) }))
    .sort((a, b) => (b.use?.timeMs ?? 0) - (a.use?.timeMs ?? 0));
  const { items, paging } = pageOf(listed, input);
  return {
    ...state,
    ...(failure ? { Error: failure } : {}),
    EntityDetailsList: items.map(({ entity: { arn, name, type, id, path }, use }) => ({
      EntityInfo: { Arn: arn, Name: name, Type: type, Id: id, Path: path },
      ...(use ? { LastAuthenticated: new Date(use.timeMs) } : {}),
    })),
    ...paging,
  };
};

/** The policies of an identity that let it ask for each of some services. */
export const ListPoliciesGrantingServiceAccess: Iam['ListPoliciesGrantingServiceAccess'] = async (call, input) => {
  const source = await sourceOf(call, input.Arn!);
  const policies = source.policies.identity.map((text) => ({ text, policy: parsePolicy(text.document, 'identity') }));
  const { items, paging } = pageOf(input.ServiceNamespaces!, { Marker: input.Marker });
  const entries = [];
  for (const prefix of items) {
    const granting = [];
    for (const { text, policy } of policies) {
      if (!(await grants(policy, prefix))) continue;
      const kind = policyKind(source, text);
      granting.push(
        kind.type === 'inline'
          ? {
              PolicyName: kind.name,
              PolicyType: 'INLINE' as const,
              EntityType: kind.of.toUpperCase() as 'USER' | 'ROLE' | 'GROUP',
              EntityName: kind.at,
            }
          : { PolicyName: kind.name, PolicyType: 'MANAGED' as const, PolicyArn: text.id },
      );
    }
    entries.push({ ServiceNamespace: prefix, Policies: granting });
  }
  return { PoliciesGrantingServiceAccess: entries, ...paging };
};

/** What a report is on: its policies, and the users and roles that they are for. */
async function subjectOf(asker: Asker, arn: string): Promise<{ policies: Policy[]; entities: Entity[] }> {
  const { kernel, account } = asker;
  const parse = (documents: { document: string }[]) => documents.map((one) => parsePolicy(one.document, 'identity'));
  const entity = (type: Entity['type'], { arn: of, name, id, path }: User | Role): Entity => ({
    arn: of,
    name,
    type,
    id,
    path,
  });
  if (readIamArn(arn)?.kind === 'policy') {
    const policy = await kernel.principals.managedPolicy(arn);
    if (!policy) throw noSuchEntity(`Policy ${arn} does not exist or is not attachable.`);
    const all = await identitiesOf(asker, kernel.store);
    const has = ({ attached }: User | Role | Group) => attached.includes(arn);
    const through = new Set(all.groups.filter(has).map(({ name }) => name));
    return {
      policies: parse([policy]),
      entities: [
        ...all.users
          .filter((user) => has(user) || user.groups.some((name) => through.has(name)))
          .map((user) => entity('USER', user)),
        ...all.roles.filter(has).map((role) => entity('ROLE', role)),
      ],
    };
  }
  const source = await sourceOf(asker, arn);
  const policies = parse([...source.policies.identity]);
  if (source.kind !== 'group')
    return { policies, entities: [entity(source.kind === 'user' ? 'USER' : 'ROLE', source.identity as User | Role)] };
  const { users } = await identitiesOf({ account }, kernel.store);
  const members = users.filter((user) => user.groups.includes(source.identity.name));
  return { policies, entities: members.map((user) => entity('USER', user)) };
}

async function reportOn(asker: Asker, ask: Ask, signal: AbortSignal): Promise<ServiceReport[]> {
  const { kernel, account } = asker;
  const { policies, entities } = await subjectOf(asker, ask.arn);
  const since = kernel.clock.now() - TRACKING_DAYS * 86_400_000;
  const uses = new Map<string, { uses: Use[]; actions: Map<string, Use> }>();
  for (const { arn } of entities) {
    signal.throwIfAborted();
    for (const { service, timeMs, region, actions } of await kernel.trail.serviceUse(account, arn)) {
      if (timeMs < since) continue;
      let of = uses.get(service);
      if (!of) uses.set(service, (of = { uses: [], actions: new Map() }));
      of.uses.push({ entity: arn, timeMs, region });
      for (const { name, ...use } of actions) {
        const known = of.actions.get(name);
        if (use.timeMs >= since && (!known || use.timeMs > known.timeMs))
          of.actions.set(name, { entity: arn, timeMs: use.timeMs, region: use.region });
      }
    }
  }
  return (await rightsOf(policies)).map(({ prefix, name, actions }) => {
    const of = uses.get(prefix);
    const action = (one: string) => {
      const last = of?.actions.get(one);
      return { name: one, ...(last ? { last } : {}) };
    };
    return {
      prefix,
      name,
      uses: of?.uses ?? [],
      ...(ask.granularity === 'ACTION_LEVEL' ? { actions: actions.map(action) } : {}),
    };
  });
}

const latest = (uses: Use[]): Use | undefined =>
  uses.reduce<Use | undefined>((last, use) => (last && last.timeMs >= use.timeMs ? last : use), undefined);
