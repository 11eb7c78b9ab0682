import type { ContextEntry } from '@aws-sdk/client-iam';
import type { Context, ContextValue } from '../../engines/policy/policy.ts';
import { identityArn } from '../../kernel/principals/principal.ts';
import { invalidInput } from './errors.ts';
import type { PolicySource } from './policy-source.ts';

/** Condition keys that a simulation is given, and those that who asks has. */
const CHECKS: Record<string, (value: string) => boolean> = {
  string: () => true,
  numeric: (value) => value.trim() !== '' && !Number.isNaN(Number(value)),
  boolean: (value) => /^(true|false)$/i.test(value),
  ip: (value) => /^[0-9a-f.:]+(\/\d{1,3})?$/i.test(value),
  binary: (value) => /^[A-Za-z0-9+/]*={0,2}$/.test(value),
  date: (value) => /^-?\d+(\.\d+)?$/.test(value) || !Number.isNaN(Date.parse(value)),
};

/** By lower-case name; a list is one even of a single value. Rejects with InvalidInput. */
export function readContext(entries: readonly ContextEntry[] | undefined): Map<string, ContextValue> {
  const found = new Map<string, ContextValue>();
  for (const { ContextKeyName: name, ContextKeyValues: values = [], ContextKeyType: type = 'string' } of entries ??
    []) {
    if (name === undefined) throw invalidInput('A context entry must have a ContextKeyName.');
    const isList = type.endsWith('List');
    if (!isList && values.length > 1)
      throw invalidInput(`Context key ${name} of type ${type} must have one value; for more its type is ${type}List.`);
    const holds = CHECKS[type.replace(/List$/, '')]!;
    const wrong = values.find((value) => !holds(value));
    if (wrong !== undefined) throw invalidInput(`Invalid value of context key ${name}: ${wrong} is no ${type}.`);
    const key = name.toLowerCase();
    if (found.has(key)) throw invalidInput(`Duplicate context key: ${name}`);
    if (isList) found.set(key, values);
    else if (values.length > 0) found.set(key, values[0]!);
  }
  return found;
}

/** What a request would have: what is given goes before what who asks has of itself. */
export function simulatedContext(facts: {
  given: Map<string, ContextValue>;
  who: PolicySource | undefined;
  tags: Record<string, string>;
  owner: string;
  region: string;
}): Context {
  const { given, who, tags, owner } = facts;
  const tagValues = new Map(Object.entries(tags).map(([name, value]) => [name.toLowerCase(), value]));
  const principal = who?.principal;
  const own: Record<string, ContextValue | undefined> = {
    'aws:principalarn': principal && identityArn(principal),
    'aws:principalaccount': principal?.account,
    'aws:principaltype': principal && (principal.type === 'user' ? 'User' : 'AssumedRole'),
    'aws:userid': principal?.id,
    'aws:username': principal?.type === 'user' ? principal.name : undefined,
    'aws:principalorgid': who?.policies.organization?.id,
    'aws:principalorgpaths': who?.policies.organization && [who.policies.organization.path],
    'aws:resourceaccount': principal && owner,
  };
  return (key) => {
    const value = given.get(key);
    if (value !== undefined) return value;
    if (key.startsWith('aws:principaltag/')) return tagValues.get(key.slice('aws:principaltag/'.length));
    return own[key];
  };
}

/** Resources that a simulated launch of EC2 must name. Source: IAM API Reference, SimulateCustomPolicy, `ResourceHandlingOption`. */
const LAUNCH = ['instance', 'image', 'security-group', 'network-interface'];
const SCENARIOS: Record<string, string[]> = {
  'EC2-VPC-InstanceStore': LAUNCH,
  'EC2-VPC-InstanceStore-Subnet': [...LAUNCH, 'subnet'],
  'EC2-VPC-EBS': [...LAUNCH, 'volume'],
  'EC2-VPC-EBS-Subnet': [...LAUNCH, 'subnet', 'volume'],
};

/** Rejects with InvalidInput when a resource that the scenario needs is not there. */
export function checkScenario(scenario: string | undefined, arns: readonly string[] | undefined): void {
  if (scenario === undefined) return;
  if (!Object.hasOwn(SCENARIOS, scenario)) throw invalidInput(`Invalid ResourceHandlingOption: ${scenario}`);
  const kinds = new Set((arns ?? []).map((arn) => arn.split(':')[5]?.split('/')[0]));
  const missing = SCENARIOS[scenario]!.filter((kind) => !kinds.has(kind));
  if (missing.length > 0)
    throw invalidInput(`ResourceHandlingOption ${scenario} needs resources of these types too: ${missing.join(', ')}`);
}
