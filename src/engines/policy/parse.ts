import { compileCondition } from './conditions.ts';
import { PolicyError } from './error.ts';
import { arnPattern, pattern, splitPattern, variablesOf } from './pattern.ts';
import type { ArnPattern, Condition, Policy, PolicyKind, PrincipalPattern, Statement } from './types.ts';

/**
 * Reads a policy document. Source: IAM User Guide, "Grammar of the IAM JSON policy language"; messages are those that IAM answers
 * with. Throws PolicyError.
 */
const TOP = new Set(['Version', 'Id', 'Statement']);
const MEMBERS = new Set([
  'Sid',
  'Effect',
  'Principal',
  'NotPrincipal',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Condition',
]);
const VERSIONS = new Set(['2012-10-17', '2008-10-17']);
const OLD_VERSION = '2008-10-17';
/** Vendor and action, of letters, digits and wildcards. */
const ACTION = /^(\*|[A-Za-z0-9*?-]+:[A-Za-z0-9*?_-]+)$/;
const STATEMENTS_MAX = 10_000;

export function readPolicy(document: unknown, kind: PolicyKind): Policy {
  const value = typeof document === 'string' ? readJson(document) : document;
  if (!isObject(value)) throw new PolicyError('Syntax errors in policy.', '');
  const unknown = Object.keys(value).find((name) => !TOP.has(name));
  if (unknown !== undefined) throw new PolicyError(`Syntax error: unknown field ${unknown}.`, unknown);
  const { Version = OLD_VERSION, Statement: given } = value;
  if (typeof Version !== 'string' || !VERSIONS.has(Version))
    throw new PolicyError('The policy must contain a valid version string. Use 2012-10-17 or 2008-10-17.', 'Version');
  if (given === undefined) throw new PolicyError('Syntax errors in policy.', 'Statement');
  const list = Array.isArray(given) ? given : [given];
  if (list.length > STATEMENTS_MAX) throw new PolicyError('The policy has too many statements.', 'Statement');
  const keys = new Set<string>();
  const statements = list.map((one: unknown, index) => readStatement(one, index, kind, Version === '2012-10-17', keys));
  const sids = statements.flatMap(({ sid }) => sid ?? []);
  if (new Set(sids).size < sids.length)
    throw new PolicyError('Statement IDs (SID) in a single policy must be unique.', 'Statement');
  return { kind, version: Version, statements, keys };
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new PolicyError('Syntax errors in policy.', '');
  }
}

function readStatement(
  given: unknown,
  index: number,
  kind: PolicyKind,
  variables: boolean,
  keys: Set<string>,
): Statement {
  const at = `Statement[${index}]`;
  if (!isObject(given)) throw new PolicyError('Syntax errors in policy.', at);
  const unknown = Object.keys(given).find((name) => !MEMBERS.has(name));
  if (unknown !== undefined) throw new PolicyError(`Syntax error: unknown field ${unknown}.`, `${at}.${unknown}`);
  const { Sid: sid, Effect: effect } = given;
  if (sid !== undefined && typeof sid !== 'string') throw new PolicyError('Syntax errors in policy.', `${at}.Sid`);
  // Resource policies may use any text as their ids.
  if (sid !== undefined && kind !== 'resource' && !/^[0-9A-Za-z]*$/.test(sid))
    throw new PolicyError(
      'Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*',
      `${at}.Sid`,
    );
  if (effect !== 'Allow' && effect !== 'Deny')
    throw new PolicyError(
      effect === undefined ? 'Missing required field Effect' : `Invalid effect: ${JSON.stringify(effect)}`,
      `${at}.Effect`,
    );
  const principal = readWho(given, at, kind);
  const actions = readActions(given, at);
  const resources = readResources(given, at, kind, variables);
  for (const one of resources.patterns)
    for (const part of one.parts ?? []) variablesOf(part).forEach((key) => keys.add(key));
  const conditions = readConditions(given['Condition'], `${at}.Condition`, variables, keys);
  return {
    index,
    ...(sid === undefined || sid === '' ? {} : { sid }),
    effect,
    actions: actions.list,
    action: actionTest(actions.list),
    notAction: actions.not,
    resources: resources.patterns,
    notResource: resources.not,
    ...(principal.pattern ? { principal: principal.pattern } : {}),
    notPrincipal: principal.not,
    conditions,
  };
}

function readActions(given: Record<string, unknown>, at: string): { list: string[]; not: boolean } {
  const { Action: action, NotAction: notAction } = given;
  if (action !== undefined && notAction !== undefined)
    throw new PolicyError('Policy statement must not contain both Action and NotAction.', `${at}.NotAction`);
  const list = texts(action ?? notAction, `${at}.Action`);
  if (list === undefined || list.length === 0)
    throw new PolicyError('Policy statement must contain actions.', `${at}.Action`);
  for (const one of list)
    if (!ACTION.test(one))
      throw new PolicyError(
        one.includes(':')
          ? 'Actions/Condition can contain only one colon.'
          : 'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.',
        `${at}.Action`,
      );
  return { list, not: notAction !== undefined };
}

function readResources(
  given: Record<string, unknown>,
  at: string,
  kind: PolicyKind,
  variables: boolean,
): { patterns: ArnPattern[]; not: boolean } {
  const { Resource: resource, NotResource: notResource } = given;
  if (kind === 'trust') {
    if (resource !== undefined || notResource !== undefined)
      throw new PolicyError('Has prohibited field Resource', `${at}.Resource`);
    return { patterns: [{ text: '*', all: true }], not: false };
  }
  if (resource !== undefined && notResource !== undefined)
    throw new PolicyError('Policy statement must not contain both Resource and NotResource.', `${at}.NotResource`);
  const list = texts(resource ?? notResource, `${at}.Resource`);
  // A resource's own policy may leave out what it stands on; services that want it named look for themselves.
  if (list === undefined && kind === 'resource') return { patterns: [{ text: '*', all: true }], not: false };
  if (list === undefined || list.length === 0)
    throw new PolicyError('Policy statement must contain resources.', `${at}.Resource`);
  for (const one of list)
    if (one !== '*' && !isArnPattern(one))
      throw new PolicyError(`Resource ${one} must be in ARN format or "*".`, `${at}.Resource`);
  return { patterns: list.map((one) => arnPattern(one, variables)), not: notResource !== undefined };
}

/** Six parts of which the first is `arn` (or a wildcard that may be). */
function isArnPattern(text: string): boolean {
  const parts = splitPattern(text);
  return parts.length === 6 && /^(arn|\*)$/.test(parts[0]!);
}

function readWho(given: Record<string, unknown>, at: string, kind: PolicyKind) {
  const { Principal: principal, NotPrincipal: notPrincipal } = given;
  const named = principal ?? notPrincipal;
  if (kind !== 'resource' && kind !== 'trust') {
    if (named !== undefined)
      throw new PolicyError('Policy document should not specify a principal.', `${at}.Principal`);
    return { not: false };
  }
  if (principal !== undefined && notPrincipal !== undefined)
    throw new PolicyError('Policy statement must not contain both Principal and NotPrincipal.', `${at}.NotPrincipal`);
  if (named === undefined) throw new PolicyError('Missing required field Principal', `${at}.Principal`);
  return { pattern: readPrincipal(named, `${at}.Principal`), not: notPrincipal !== undefined };
}

const PRINCIPAL_KINDS = new Set(['AWS', 'Service', 'Federated', 'CanonicalUser']);

function readPrincipal(given: unknown, at: string): PrincipalPattern {
  const none: PrincipalPattern = {
    all: false,
    aws: new Set(),
    service: new Set(),
    federated: new Set(),
    canonical: new Set(),
  };
  if (given === '*') return { ...none, all: true };
  if (!isObject(given)) throw new PolicyError('Invalid principal in policy', at);
  const unknown = Object.keys(given).find((name) => !PRINCIPAL_KINDS.has(name));
  if (unknown !== undefined || Object.keys(given).length === 0)
    throw new PolicyError(`Invalid principal in policy: ${JSON.stringify(given)}`, at);
  const list = (name: string) => {
    const found = given[name] === undefined ? [] : texts(given[name], at);
    if (found === undefined || (found.length === 0 && given[name] !== undefined))
      throw new PolicyError(`Invalid principal in policy: ${JSON.stringify(given)}`, at);
    return found;
  };
  const aws = list('AWS');
  for (const one of aws)
    if (one !== '*' && one.includes('*')) throw new PolicyError(`Invalid principal in policy: "AWS":"${one}"`, at);
  return {
    all: aws.includes('*'),
    aws: new Set(aws),
    service: new Set(list('Service')),
    federated: new Set(list('Federated')),
    canonical: new Set(list('CanonicalUser')),
  };
}

function readConditions(given: unknown, at: string, variables: boolean, keys: Set<string>): Condition[] {
  if (given === undefined) return [];
  if (!isObject(given)) throw new PolicyError('Syntax errors in policy.', at);
  const conditions: Condition[] = [];
  for (const [operator, block] of Object.entries(given)) {
    if (!isObject(block)) throw new PolicyError('Syntax errors in policy.', `${at}.${operator}`);
    for (const [key, value] of Object.entries(block)) {
      if (!/^[^\s:]+:.+$/.test(key))
        throw new PolicyError(
          'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.',
          `${at}.${operator}`,
        );
      const values = (Array.isArray(value) ? value : [value]).map((one: unknown) => {
        if (typeof one !== 'string' && typeof one !== 'number' && typeof one !== 'boolean')
          throw new PolicyError('Syntax errors in policy.', `${at}.${operator}.${key}`);
        return String(one);
      });
      const compiled = compileCondition(operator, key, values, variables);
      for (const one of compiled.keys) keys.add(one);
      conditions.push(compiled.condition);
    }
  }
  return conditions;
}

/** Actions are matched whatever their case. */
function actionTest(list: string[]): (action: string) => boolean {
  if (list.includes('*')) return () => true;
  const exact = new Set<string>();
  const others: ((action: string) => boolean)[] = [];
  for (const one of list) {
    const folded = one.toLowerCase();
    if (/[*?]/.test(folded)) others.push(pattern(folded, { wild: true, variables: false }).matches!);
    else exact.add(folded);
  }
  return (action) => exact.has(action) || others.some((test) => test(action));
}

function texts(given: unknown, at: string): string[] | undefined {
  if (given === undefined) return undefined;
  const list = Array.isArray(given) ? (given as unknown[]) : [given];
  for (const one of list) if (typeof one !== 'string') throw new PolicyError('Syntax errors in policy.', at);
  return list as string[];
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Parsed documents kept at hand, least lately used dropped first. */
const KEPT_MAX = 5_000;
const kept = new Map<string, Policy>();

/** `readPolicy`, with the documents read before kept at hand. */
export function parsePolicy(document: string, kind: PolicyKind): Policy {
  const key = `${kind}\n${document}`;
  const known = kept.get(key);
  if (known) {
    kept.delete(key);
    kept.set(key, known);
    return known;
  }
  const policy = readPolicy(document, kind);
  kept.set(key, policy);
  if (kept.size > KEPT_MAX) kept.delete(kept.keys().next().value!);
  return policy;
}
