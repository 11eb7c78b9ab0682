import type { PolicyIdentifier, Statement as MatchedStatement } from '@aws-sdk/client-iam';
import {
  namedPolicy,
  readSources,
  type NamedPolicy,
  type Sources,
  type StatementRef,
} from '../../engines/policy/policy.ts';
import type { PolicyText } from '../../kernel/principals/principals.ts';
import { invalidInput } from './errors.ts';
import { readDocument } from './policy-documents.ts';
import { policyKind, type PolicySource } from './policy-source.ts';
import { statementPositions } from './statement-positions.ts';

/** What a simulation decides by: policies given as text and those of a principal, less those that are left out. */
export type Simulated = {
  sources: Omit<Sources, 'resource' | 'owner' | 'closed'>;
  resource: NamedPolicy[];
  /** Of identity and resource, whose condition keys and statements are told. */
  documents: { document: string; kind: 'identity' | 'resource' }[];
  /** What is told of a policy whose statement settled it. */
  origins: Map<NamedPolicy, Pick<MatchedStatement, 'SourcePolicyId' | 'SourcePolicyType'> & { document: string }>;
};

type Inputs = {
  PolicyInputList?: string[] | undefined;
  PermissionsBoundaryPolicyInputList?: string[] | undefined;
  OrderedOrganizationPolicyInputList?: { ServiceControlPolicyInputList?: string[] | undefined }[] | undefined;
  PolicyExclusionList?: PolicyIdentifier[] | undefined;
  ResourcePolicy?: string | undefined;
};

/** Throws InvalidInput. */
export function sourcesOf(source: PolicySource | undefined, input: Inputs): Simulated {
  const out = excluder(source, input.PolicyExclusionList);
  const boundaries = input.PermissionsBoundaryPolicyInputList ?? [];
  if (boundaries.length > 1) throw invalidInput('Only one permissions boundary policy can be specified.');
  const own = (source?.policies.identity ?? []).filter((policy) => !out.has(policy));
  const given = (input.PolicyInputList ?? []).map((document, index) => text(`PolicyInputList.${index + 1}`, document));
  const boundary =
    boundaries.length > 0
      ? text('PermissionsBoundaryPolicyInputList.1', boundaries[0]!)
      : source?.policies.boundary && !out.has(source.policies.boundary)
        ? source.policies.boundary
        : undefined;
  const serviceControl =
    input.OrderedOrganizationPolicyInputList?.map(({ ServiceControlPolicyInputList: list = [] }, level) => ({
      node: String(level),
      policies: list.map((document, index) => text(`ServiceControlPolicyInputList.${index + 1}`, document)),
    })) ?? (out.serviceControl ? undefined : source?.policies.serviceControl);
  const identity = [...own, ...given];
  for (const { document } of [...given, ...(boundary ? [boundary] : [])])
    readDocument(document, 'identity', invalidInput);
  for (const { policies } of serviceControl ?? [])
    for (const { document } of policies) readDocument(document, 'identity', invalidInput);
  const sources = readSources({
    gone: false,
    identity,
    ...(boundary ? { boundary } : {}),
    ...(serviceControl ? { serviceControl } : {}),
  });
  const { ResourcePolicy } = input;
  if (ResourcePolicy !== undefined) readDocument(ResourcePolicy, 'resource', invalidInput);
  const resource =
    ResourcePolicy === undefined ? [] : [namedPolicy(text('ResourcePolicy', ResourcePolicy), 'resource')];
  const origins: Simulated['origins'] = new Map();
  sources.identity.forEach((policy, index) => {
    const of = identity[index]!;
    const kind = index < own.length ? policyKind(source!, of) : undefined;
    origins.set(policy, {
      SourcePolicyId: kind ? (kind.type === 'inline' ? `${kind.of}_${kind.at}_${kind.name}` : kind.name) : of.id,
      SourcePolicyType: kind ? (kind.type === 'inline' ? kind.of : kind.type) : 'none',
      document: of.document,
    });
  });
  for (const policy of resource)
    origins.set(policy, { SourcePolicyId: policy.id, SourcePolicyType: 'resource', document: ResourcePolicy! });
  return {
    sources,
    resource,
    documents: [
      ...identity.map(({ document }) => ({ document, kind: 'identity' as const })),
      ...(ResourcePolicy === undefined ? [] : [{ document: ResourcePolicy, kind: 'resource' as const }]),
    ],
    origins,
  };
}

const text = (id: string, document: string): PolicyText => ({ id, from: 'input', document });

/** The statements of identity and resource policies among those that settled it, and where they stand. */
export const statementsOf = ({ origins }: Simulated, matched: readonly StatementRef[]): MatchedStatement[] =>
  matched.flatMap(({ policy, statement }) => {
    const origin = origins.get(policy);
    if (!origin) return [];
    const { document, ...told } = origin;
    const { start, end } = statementPositions(document)[statement.index]!;
    return [{ ...told, StartPosition: start, EndPosition: end }];
  });

/** `*` once at most, `?` as often as one likes. */
function wildcard(given: string): (name: string) => boolean {
  if (given.split('*').length > 2) throw invalidInput(`Invalid policy identifier: ${given} has more than one *`);
  const expression = given
    .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  const pattern = new RegExp(`^${expression}$`, 'i');
  return (name) => pattern.test(name);
}

/** Which policies of a principal are left out. Identifiers that mean none are passed over, as AWS does. */
function excluder(source: PolicySource | undefined, identifiers: readonly PolicyIdentifier[] = []) {
  const tests = identifiers.map(testOf);
  return {
    has(policy: PolicyText): boolean {
      if (!source) return false;
      const isBoundary = policy === source.policies.boundary;
      return tests.some((test) => test(policyKind(source, policy), policy.id, isBoundary));
    },
    serviceControl: identifiers.some(({ PolicyType }) => PolicyType === 'scp'),
  };
}

type Test = (kind: ReturnType<typeof policyKind>, id: string, isBoundary: boolean) => boolean;

function testOf({ PolicyType: type, PolicyArn: arn, InlinePolicyIdentifier: inline }: PolicyIdentifier): Test {
  if (type !== undefined)
    return (kind, _id, isBoundary) => (isBoundary ? type === 'permission-boundary' : type === kind.type);
  if (arn !== undefined) {
    const name = arn.slice(arn.lastIndexOf('/') + 1);
    if (!/^arn:[^:*?]+:iam::(\d{12}|aws):policy\/[^*?]*$/.test(arn.slice(0, arn.length - name.length)))
      throw invalidInput(`Invalid policy identifier: ${arn} is no ARN of a managed policy`);
    const means = wildcard(name);
    const before = arn.slice(0, arn.length - name.length);
    return (_kind, id) => id.startsWith(before) && means(id.slice(before.length));
  }
  if (inline === undefined) throw invalidInput('A policy identifier must have exactly one member.');
  const at = wildcard(inline.AttachmentName!);
  return (kind, _id, isBoundary) =>
    !isBoundary &&
    kind.type === 'inline' &&
    kind.name === inline.PolicyName &&
    kind.of === inline.AttachmentType &&
    at(kind.at);
}
