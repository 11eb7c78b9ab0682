import type { EvaluationResult, ResourceSpecificResult, SimulateCustomPolicyRequest } from '@aws-sdk/client-iam';
import {
  decide,
  loadActions,
  namedPolicy,
  type Decision,
  type NamedPolicy,
  type PolicyPrincipal,
  type Sources,
} from '../../engines/policy/policy.ts';
import { breather } from '../../kernel/breath.ts';
import type { Call } from '../../kernel/call.ts';
import { policyNames } from '../../kernel/principals/principal.ts';
import { parseArn } from '../../kernel/resources.ts';
import type { Handlers } from '../../kernel/service.ts';
import { contextKeysOf } from './context-keys.ts';
import { invalidInput } from './errors.ts';
import { PAGE_SIZE_DEFAULT, SIMULATED_PER_PAGE_MAX, SIMULATED_RESOURCES_MAX } from './limits.ts';
import { pageOf } from './paging.ts';
import { sourceOf, type PolicySource } from './policy-source.ts';
import { checkScenario, readContext, simulatedContext } from './simulation-inputs.ts';
import { sourcesOf, statementsOf, type Simulated } from './simulation-sources.ts';

/**
 * What policies would decide, by the very evaluator that decides on calls. Source: IAM API Reference, SimulateCustomPolicy,
 * SimulatePrincipalPolicy, EvaluationResult.
 */
type Iam = Handlers<typeof import('@aws-sdk/client-iam')>;
type Verdict = 'allowed' | 'explicitDeny' | 'implicitDeny';

const FULL_ACCESS = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}';
const everything: NamedPolicy = namedPolicy({ id: '', from: '', document: FULL_ACCESS }, 'identity');

const verdictOf = ({ allowed, explicit }: Decision): Verdict =>
  allowed ? 'allowed' : explicit ? 'explicitDeny' : 'implicitDeny';

const STRICTNESS: Record<Verdict, number> = { allowed: 0, implicitDeny: 1, explicitDeny: 2 };
const strictest = (verdicts: Verdict[]): Verdict =>
  verdicts.reduce((worst, one) => (STRICTNESS[one] > STRICTNESS[worst] ? one : worst), 'allowed');

export const SimulateCustomPolicy: Iam['SimulateCustomPolicy'] = (call, input) => simulate(call, input, undefined);

export const SimulatePrincipalPolicy: Iam['SimulatePrincipalPolicy'] = async (call, input) =>
  simulate(call, input, await sourceOf(call, input.PolicySourceArn!));

type Input = Omit<SimulateCustomPolicyRequest, 'PolicyInputList'> & {
  PolicyInputList?: string[] | undefined;
  PolicyExclusionList?: Parameters<typeof sourcesOf>[1]['PolicyExclusionList'];
};

async function simulate(call: Call, input: Input, source: PolicySource | undefined) {
  for (const action of input.ActionNames!)
    if (!/^[A-Za-z0-9-]+:[A-Za-z0-9]+$/.test(action)) throw invalidInput(`Invalid action name: ${action}`);
  checkScenario(input.ResourceHandlingOption, input.ResourceArns);
  const who = await principalOf(call, input, source);
  const simulated = sourcesOf(source, input);
  if (simulated.resource.length > 0 && input.CallerArn === undefined && source?.kind !== 'user')
    throw invalidInput('CallerArn is required when a ResourcePolicy is specified.');
  const given = readContext(input.ContextEntries);
  const missing = contextKeysOf(simulated.documents).filter((key) => given.get(key.toLowerCase()) === undefined);
  const resources = Math.max(1, input.ResourceArns?.length ?? 0);
  if (resources > SIMULATED_RESOURCES_MAX)
    throw invalidInput(`A simulation can have at most ${SIMULATED_RESOURCES_MAX} resources; it has ${resources}.`);
  const MaxItems = Math.min(
    input.MaxItems ?? PAGE_SIZE_DEFAULT,
    Math.max(1, Math.floor(SIMULATED_PER_PAGE_MAX / resources)),
  );
  const { items, paging } = pageOf(input.ActionNames!, { Marker: input.Marker, MaxItems });
  const EvaluationResults: EvaluationResult[] = [];
  const breathe = breather(call.signal);
  for (const action of items)
    EvaluationResults.push(await evaluate({ call, input, simulated, who, given, missing, breathe }, action));
  return { EvaluationResults, ...paging };
}

type Simulation = {
  call: Call;
  input: Input;
  simulated: Simulated;
  who: Who;
  given: Map<string, string | readonly string[]>;
  missing: string[];
  breathe: () => Promise<void>;
};

/** Who asks, and the tags it has. */
type Who = { names: PolicyPrincipal; tags: Record<string, string>; asked?: PolicySource };

async function principalOf(call: Call, input: Input, source: PolicySource | undefined): Promise<Who> {
  const asking = input.CallerArn === undefined ? source : await sourceOf(call, input.CallerArn);
  if (input.CallerArn !== undefined && !asking?.principal)
    throw invalidInput(`Invalid Entity Arn: ${input.CallerArn} does not clearly define entity type and name.`);
  if (asking?.principal) return { names: policyNames(asking.principal), tags: asking.policies.tags, asked: asking };
  // Nobody in particular, of this account: no resource policy can name it.
  return { names: { kind: 'user', account: call.account, arn: '', identityArn: '', ids: [] }, tags: {} };
}

async function evaluate(simulation: Simulation, action: string): Promise<EvaluationResult> {
  const { input, simulated } = simulation;
  const arns = input.ResourceArns?.length ? input.ResourceArns : ['*'];
  const results: Result[] = [];
  for (const arn of arns) {
    results.push(onResource(simulation, action, arn));
    await simulation.breathe();
  }
  const verdict = strictest(results.map(({ EvalResourceDecision }) => EvalResourceDecision as Verdict));
  // The whole has those statements that made its verdict.
  const matched = results.flatMap((one) => (one.EvalResourceDecision === verdict ? (one.MatchedStatements ?? []) : []));
  const details = results.flatMap(({ EvalDecisionDetails }) => (EvalDecisionDetails ? [EvalDecisionDetails] : []));
  const specific = !(arns.length === 1 && arns[0] === '*');
  return {
    EvalActionName: action,
    EvalResourceName: specific ? await templateOf(action, arns[0]!) : '*',
    EvalDecision: verdict,
    MatchedStatements: unique(matched),
    MissingContextValues: simulation.missing,
    ...(simulated.sources.serviceControl
      ? { OrganizationsDecisionDetail: { AllowedByOrganizations: results.every(({ organizations }) => organizations) } }
      : {}),
    ...(simulated.sources.boundary
      ? {
          PermissionsBoundaryDecisionDetail: {
            AllowedByPermissionsBoundary: results.every(
              (one) => one.PermissionsBoundaryDecisionDetail?.AllowedByPermissionsBoundary,
            ),
          },
        }
      : {}),
    ...(specific
      ? {
          EvalDecisionDetails: merge(details),
          ResourceSpecificResults: results.map(({ organizations: _organizations, ...result }) => result),
        }
      : {}),
  };
}

/** The form of ARNs of the resource type that the action is asked for on. */
async function templateOf(action: string, arn: string): Promise<string> {
  const templates = (await loadActions()).find(action)?.resources.map((type) => type.arn) ?? [];
  return templates.find((template) => fits(template, arn)) ?? templates[0] ?? '*';
}

function fits(template: string, arn: string): boolean {
  const pieces = template.split(/\$\{[^}]*\}/).map((piece) => piece.replaceAll(/[.*+?^$()|[\]\\]/g, '\\$&'));
  // The last name of an ARN may hold anything; those before it end at the next separator.
  const last = pieces.length > 1 ? pieces.pop()! : '';
  return new RegExp(`^${pieces.join('[^:/]*')}${template.includes('${') ? '.*' : ''}${last}$`).test(arn);
}

const unique = <T>(list: T[]): T[] => [...new Map(list.map((one) => [JSON.stringify(one), one])).values()];

/** For each kind of policy its strictest verdict. */
function merge(details: Record<string, Verdict>[]): Record<string, Verdict> {
  const merged: Record<string, Verdict> = {};
  for (const one of details)
    for (const [kind, verdict] of Object.entries(one)) merged[kind] = strictest([verdict, merged[kind] ?? 'allowed']);
  return merged;
}

type Result = ResourceSpecificResult & { organizations: boolean };

function onResource(simulation: Simulation, action: string, resource: string): Result {
  const { call, input, simulated, who, given, missing } = simulation;
  const owner = ownerOf(resource) ?? readOwner(input.ResourceOwner) ?? who.names.account;
  const request = {
    principal: who.names,
    action,
    resource,
    context: simulatedContext({ given, who: who.asked, tags: who.tags, owner, region: call.region }),
  };
  const sources: Sources = { ...simulated.sources, resource: simulated.resource, owner };
  const decision = decide(request, sources);
  const account = who.names.account;
  /** What one kind of policy says by itself. */
  const alone = (only: Partial<Sources>) =>
    decide(request, { identity: [everything], resource: [], owner: account, ...only });
  const { serviceControl, boundary } = sources;
  const organizations = serviceControl === undefined || alone({ serviceControl }).allowed;
  const across = owner !== account && organizations;
  return {
    EvalResourceName: resource,
    EvalResourceDecision: verdictOf(decision),
    MatchedStatements: statementsOf(simulated, decision.matched),
    MissingContextValues: missing,
    ...(boundary
      ? { PermissionsBoundaryDecisionDetail: { AllowedByPermissionsBoundary: alone({ boundary }).allowed } }
      : {}),
    ...(across
      ? {
          EvalDecisionDetails: {
            'IAM Policy': verdictOf(alone({ identity: sources.identity })),
            'Resource Policy': verdictOf(alone({ resource: sources.resource, owner })),
          },
        }
      : {}),
    organizations,
  };
}

const ownerOf = (arn: string) => {
  const account = parseArn(arn)?.account;
  return account !== undefined && /^\d{12}$/.test(account) ? account : undefined;
};

/** An account id, or the ARN of an account's root. */
function readOwner(given: string | undefined): string | undefined {
  if (given === undefined) return undefined;
  const account = /^\d{12}$/.test(given) ? given : /^arn:[^:]+:iam::(\d{12}):root$/.exec(given)?.[1];
  if (account === undefined) throw invalidInput(`Invalid resource owner: ${given}`);
  return account;
}
