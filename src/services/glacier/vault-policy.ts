import * as client from '@aws-sdk/client-glacier';
import { BlockList, isIP } from 'node:net';
import type { Principal } from '../../kernel/principals/principal.ts';
import { invalid } from './errors.ts';
import { POLICY_BYTES_MAX } from './limits.ts';

/**
 * Vault access and vault lock policies: read, and evaluated on each call to their vault. What cannot be evaluated here is refused when the
 * policy is set, so that no statement is there and does nothing.
 * Source: IAM User Guide, "IAM JSON policy elements reference"; Developer Guide, "Amazon S3 Glacier Access Control with Vault Lock Policies".
 */
export type Statement = {
  effect: 'Allow' | 'Deny';
  principals: '*' | string[];
  notPrincipals: boolean;
  actions: string[];
  notActions: boolean;
  resources: string[];
  notResources: boolean;
  conditions: Condition[];
};

type Condition = { operator: string; ifExists: boolean; key: string; values: string[] };

/** What a policy is evaluated against. */
export type Question = {
  principal: Principal;
  /** `glacier:DeleteArchive` */
  action: string;
  /** ARN of the vault. */
  resource: string;
  /** By key in lower case; a key that is not there has no value in this call. */
  context: Readonly<Record<string, string | undefined>>;
};

const TOP = ['Version', 'Id', 'Statement'];
const MEMBERS = [
  'Sid',
  'Effect',
  'Principal',
  'NotPrincipal',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Condition',
];

/** Keys that every call has, or may have; and those with a name behind a slash. */
const KEYS = new Set([
  'glacier:archiveageindays',
  'aws:currenttime',
  'aws:epochtime',
  'aws:principalaccount',
  'aws:principalarn',
  'aws:principaltype',
  'aws:requestedregion',
  'aws:securetransport',
  'aws:sourceip',
  'aws:useragent',
  'aws:userid',
  'aws:username',
]);
export const TAG_KEY = 'glacier:resourcetag/';

const ACTIONS = Object.keys(client)
  .filter((name) => /^[A-Z].+Command$/.test(name))
  .map((name) => `glacier:${name.slice(0, -'Command'.length)}`.toLowerCase());

const bad = (message: string) => invalid(`Invalid policy document: ${message}`);

/** Reads the policy of the vault `arn`. Throws InvalidParameterValueException that says what is wrong, or is not evaluated here. */
export function readPolicy(text: string, arn: string): Statement[] {
  if (Buffer.byteLength(text) > POLICY_BYTES_MAX) throw bad(`it is larger than ${POLICY_BYTES_MAX} bytes`);
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw bad('it is not JSON');
  }
  if (!isObject(document)) throw bad('it is not a JSON object');
  onlyMembers(document, TOP);
  const { Version: version = '2008-10-17', Statement: given } = document;
  if (version !== '2012-10-17' && version !== '2008-10-17') throw bad('Version must be 2012-10-17 or 2008-10-17');
  if (text.includes('${')) throw bad('policy variables (${…}) are not evaluated for vaults');
  const list = Array.isArray(given) ? given : given === undefined ? [] : [given];
  if (list.length === 0) throw bad('Statement is missing');
  return list.map((one) => readStatement(one, arn));
}

function readStatement(given: unknown, arn: string): Statement {
  if (!isObject(given)) throw bad('a Statement is not a JSON object');
  onlyMembers(given, MEMBERS);
  const effect = given['Effect'];
  if (effect !== 'Allow' && effect !== 'Deny') throw bad('Effect must be Allow or Deny');
  const principal = either(given, 'Principal');
  const action = either(given, 'Action');
  const resource = either(given, 'Resource');
  const actions = strings(action.value, action.name);
  for (const one of actions) {
    const pattern = one.toLowerCase();
    if (!ACTIONS.some((known) => matches(pattern, known))) throw bad(`${one} is no action of Amazon S3 Glacier`);
  }
  const resources = strings(resource.value, resource.name);
  for (const one of resources) {
    if (!matches(one, arn)) throw bad(`the resource ${one} is not the vault ${arn}`);
  }
  return {
    effect,
    principals: readPrincipals(principal.value),
    notPrincipals: principal.not,
    actions: actions.map((one) => one.toLowerCase()),
    notActions: action.not,
    resources,
    notResources: resource.not,
    conditions: readConditions(given['Condition']),
  };
}

function either(given: Record<string, unknown>, name: string): { name: string; value: unknown; not: boolean } {
  const not = `Not${name}`;
  if ((given[name] === undefined) === (given[not] === undefined)) throw bad(`one of ${name} and ${not} must be given`);
  return given[name] === undefined
    ? { name: not, value: given[not], not: true }
    : { name, value: given[name], not: false };
}

const ACCOUNT = /^(?:arn:aws[a-z-]*:iam::)?(\d{12})(?::root)?$/;
const IDENTITY = /^arn:aws[a-z-]*:(?:iam::\d{12}:(?:user|role)\/.+|sts::\d{12}:(?:assumed-role|federated-user)\/.+)$/;

function readPrincipals(given: unknown): '*' | string[] {
  if (given === '*') return '*';
  if (!isObject(given) || Object.keys(given).length === 0) throw bad('Principal must be "*" or name principals');
  const out: string[] = [];
  for (const [kind, value] of Object.entries(given)) {
    if (kind !== 'AWS') throw bad(`principals of the kind ${kind} are not evaluated for vaults`);
    for (const one of strings(value, 'Principal')) {
      if (one === '*') return '*';
      if (!ACCOUNT.test(one) && !IDENTITY.test(one)) throw bad(`${one} is no principal`);
      out.push(one);
    }
  }
  return out;
}

function readConditions(given: unknown): Condition[] {
  if (given === undefined) return [];
  if (!isObject(given)) throw bad('Condition is not a JSON object');
  return Object.entries(given).flatMap(([name, keys]) => {
    const [, operator = '', ifExists] = /^(.+?)(IfExists)?$/.exec(name) ?? [];
    const test = TESTS[operator];
    if (!test && operator !== 'Null') throw bad(`the condition operator ${name} is not evaluated for vaults`);
    if (operator === 'Null' && ifExists) throw bad('Null cannot be IfExists');
    if (!isObject(keys) || Object.keys(keys).length === 0) throw bad(`${name} names no condition key`);
    return Object.entries(keys).map(([key, value]) => {
      const lower = key.toLowerCase();
      const isTag = lower.startsWith(TAG_KEY) && lower.length > TAG_KEY.length;
      if (!isTag && !KEYS.has(lower)) throw bad(`the condition key ${key} is not evaluated for vaults`);
      const values = strings(value, key);
      const wrong = values.find((one) => (test ? !test.valid(one) : one !== 'true' && one !== 'false'));
      if (wrong !== undefined) throw bad(`"${wrong}" is no value for ${name}`);
      // The name of a tag is told apart by case, that of a key is not.
      return {
        operator,
        ifExists: ifExists !== undefined,
        key: isTag ? TAG_KEY + key.slice(TAG_KEY.length) : lower,
        values,
      };
    });
  });
}

/** Whether an explicit Deny stands against the call. */
export function isDenied(statements: Statement[], question: Question): boolean {
  return statements.some((statement) => statement.effect === 'Deny' && applies(statement, question));
}

function applies(statement: Statement, { principal, action, resource, context }: Question): boolean {
  const { principals, actions, resources, conditions } = statement;
  const isMeant = principals === '*' || principals.some((one) => isPrincipal(one, principal));
  return (
    isMeant !== statement.notPrincipals &&
    actions.some((pattern) => matches(pattern, action.toLowerCase())) !== statement.notActions &&
    resources.some((pattern) => matches(pattern, resource)) !== statement.notResources &&
    conditions.every((condition) => holds(condition, context))
  );
}

function isPrincipal(named: string, principal: Principal): boolean {
  const account = ACCOUNT.exec(named)?.[1];
  if (account !== undefined) return principal.account === account;
  return named === principal.arn || (principal.type === 'assumed-role' && named === principal.roleArn);
}

function holds({ operator, ifExists, key, values }: Condition, context: Question['context']): boolean {
  const actual = context[key];
  if (operator === 'Null') return values.some((value) => (value === 'true') === (actual === undefined));
  const { test, negated = false } = TESTS[operator]!;
  // A key that is not there fulfils what is negated, and nothing else.
  if (actual === undefined) return ifExists || negated;
  return negated ? !values.some((value) => test(actual, value)) : values.some((value) => test(actual, value));
}

type Test = { valid: (value: string) => boolean; test: (actual: string, value: string) => boolean; negated?: boolean };

const isText = () => true;
const isNumber = (value: string) => value.trim() !== '' && Number.isFinite(Number(value));
const dateMs = (value: string) => (/^-?\d+(\.\d+)?$/.test(value) ? Number(value) * 1000 : Date.parse(value));
const isDate = (value: string) => !Number.isNaN(dateMs(value));
const numeric = (compare: (a: number, b: number) => boolean): Test => ({
  valid: isNumber,
  test: (actual, value) => compare(Number(actual), Number(value)),
});
const dated = (compare: (a: number, b: number) => boolean): Test => ({
  valid: isDate,
  test: (actual, value) => compare(dateMs(actual), dateMs(value)),
});
const not = (test: Test): Test => ({ ...test, negated: true });

const equals: Test = { valid: isText, test: (actual, value) => actual === value };
const equalsIgnoreCase: Test = { valid: isText, test: (actual, value) => actual.toLowerCase() === value.toLowerCase() };
const like: Test = { valid: isText, test: (actual, value) => matches(value, actual) };
const arnLike: Test = { valid: (value) => value === '*' || value.split(':').length >= 6, test: arnMatches };
const numericEquals = numeric((a, b) => a === b);
const dateEquals = dated((a, b) => a === b);
const inRange: Test = { valid: (value) => blockOf(value) !== undefined, test: isAddressIn };

const TESTS: Record<string, Test | undefined> = {
  StringEquals: equals,
  StringNotEquals: not(equals),
  StringEqualsIgnoreCase: equalsIgnoreCase,
  StringNotEqualsIgnoreCase: not(equalsIgnoreCase),
  StringLike: like,
  StringNotLike: not(like),
  NumericEquals: numericEquals,
  NumericNotEquals: not(numericEquals),
  NumericLessThan: numeric((a, b) => a < b),
  NumericLessThanEquals: numeric((a, b) => a <= b),
  NumericGreaterThan: numeric((a, b) => a > b),
  NumericGreaterThanEquals: numeric((a, b) => a >= b),
  DateEquals: dateEquals,
  DateNotEquals: not(dateEquals),
  DateLessThan: dated((a, b) => a < b),
  DateLessThanEquals: dated((a, b) => a <= b),
  DateGreaterThan: dated((a, b) => a > b),
  DateGreaterThanEquals: dated((a, b) => a >= b),
  Bool: { valid: (value) => /^(true|false)$/i.test(value), test: (a, b) => a.toLowerCase() === b.toLowerCase() },
  ArnEquals: arnLike,
  ArnLike: arnLike,
  ArnNotEquals: not(arnLike),
  ArnNotLike: not(arnLike),
  IpAddress: inRange,
  NotIpAddress: not(inRange),
};

/** Each of the six parts of an ARN is matched by itself. */
function arnMatches(actual: string, pattern: string): boolean {
  if (pattern === '*') return true;
  const parts = (text: string) => {
    const all = text.split(':');
    return [...all.slice(0, 5), all.slice(5).join(':')];
  };
  const wanted = parts(pattern);
  return parts(actual).every((part, index) => matches(wanted[index] ?? '', part));
}

function blockOf(range: string): BlockList | undefined {
  const [address = '', prefix, more] = range.split('/');
  const version = isIP(address);
  const bits = prefix === undefined ? (version === 4 ? 32 : 128) : Number(prefix);
  if (version === 0 || more !== undefined || prefix === '' || !Number.isInteger(bits) || bits < 0) return undefined;
  if (bits > (version === 4 ? 32 : 128)) return undefined;
  const block = new BlockList();
  block.addSubnet(address, bits, version === 4 ? 'ipv4' : 'ipv6');
  return block;
}

function isAddressIn(actual: string, range: string): boolean {
  const version = isIP(actual);
  return version !== 0 && blockOf(range)!.check(actual, version === 4 ? 'ipv4' : 'ipv6');
}

/** Whether `text` is what `pattern` says: `*` stands for any characters, `?` for one. In time of at most their lengths' product. */
export function matches(pattern: string, text: string): boolean {
  let at = 0;
  let star = -1;
  let resume = 0;
  for (let i = 0; i < text.length;) {
    if (at < pattern.length && pattern[at] === '*') {
      star = at++;
      resume = i;
    } else if (at < pattern.length && (pattern[at] === '?' || pattern[at] === text[i])) {
      at++;
      i++;
    } else if (star >= 0) {
      at = star + 1;
      i = ++resume;
    } else return false;
  }
  while (pattern[at] === '*') at++;
  return at === pattern.length;
}

function onlyMembers(given: Record<string, unknown>, known: string[]): void {
  const unknown = Object.keys(given).find((name) => !known.includes(name));
  if (unknown !== undefined) throw bad(`unknown field ${unknown}`);
}

function strings(given: unknown, name: string): string[] {
  const list = Array.isArray(given) ? given : [given];
  if (list.length === 0) throw bad(`${name} is empty`);
  return list.map((one) => {
    if (typeof one === 'number' || typeof one === 'boolean') return String(one);
    if (typeof one !== 'string') throw bad(`${name} must be text`);
    return one;
  });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
