import { BlockList, isIP } from 'node:net';
import { AwsError } from '../../../kernel/errors.ts';

/** Bucket policy documents: read, checked as S3 checks them, and judged for being public. Deciding on calls is identity's work. */
type Principals = '*' | Record<string, string[]>;
type Statement = {
  effect: 'Allow' | 'Deny';
  principal?: Principals;
  notPrincipal?: Principals;
  actions: string[];
  notActions: boolean;
  resources: string[];
  notResources: boolean;
  conditions: Record<string, Record<string, string[]>>;
};
export type Policy = { statements: Statement[] };

const malformed = (message: string) => new AwsError('MalformedPolicy', message);

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
const PRINCIPAL_KINDS = new Set(['AWS', 'Service', 'Federated', 'CanonicalUser']);

/** Throws MalformedPolicy with S3's words. */
export function readPolicy(text: string, bucket: string): Policy {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw malformed("Policies must be valid JSON and the first byte must be '{'");
  }
  if (!isObject(document) || !text.startsWith('{'))
    throw malformed("Policies must be valid JSON and the first byte must be '{'");
  const unknown = Object.keys(document).find((name) => !TOP.has(name));
  if (unknown !== undefined) throw malformed(`Unknown field ${unknown}`);
  const { Version: version, Statement: given } = document;
  if (version !== undefined && version !== '2012-10-17' && version !== '2008-10-17')
    throw malformed('The policy must contain a valid version string');
  if (given === undefined) throw malformed('Missing required field Statement');
  const list = Array.isArray(given) ? given : [given];
  if (list.length === 0) throw malformed('Could not parse the policy: Statement is empty!');
  return { statements: list.map((one) => readStatement(one, bucket)) };
}

function readStatement(given: unknown, bucket: string): Statement {
  if (!isObject(given)) throw malformed('Invalid policy syntax.');
  const unknown = Object.keys(given).find((name) => !MEMBERS.has(name));
  if (unknown !== undefined) throw malformed(`Unknown field ${unknown}`);
  const { Effect: effect } = given;
  if (effect === undefined) throw malformed('Missing required field Effect');
  if (effect !== 'Allow' && effect !== 'Deny') throw malformed(`Invalid effect: ${String(effect)}`);
  if (given['Principal'] === undefined && given['NotPrincipal'] === undefined)
    throw malformed('Missing required field Principal');
  if (given['Action'] === undefined && given['NotAction'] === undefined)
    throw malformed('Missing required field Action');
  if (given['Resource'] === undefined && given['NotResource'] === undefined)
    throw malformed('Missing required field Resource');
  const actions = strings(given['Action'] ?? given['NotAction'], 'Policy has invalid action');
  if (actions.some((action) => action !== '*' && !/^s3:[a-z*?]+$/i.test(action)))
    throw malformed('Policy has invalid action');
  const resources = strings(given['Resource'] ?? given['NotResource'], 'Policy has invalid resource');
  const own = new RegExp(`^arn:(aws|aws-cn|aws-us-gov|\\*):s3:::${bucket.replaceAll('.', '\\.')}(/.*)?$`, 's');
  if (resources.some((resource) => !own.test(resource))) throw malformed('Policy has invalid resource');
  checkPairs(actions, resources, given);
  return {
    effect,
    ...(given['Principal'] === undefined ? {} : { principal: principals(given['Principal']) }),
    ...(given['NotPrincipal'] === undefined ? {} : { notPrincipal: principals(given['NotPrincipal']) }),
    actions,
    notActions: given['Action'] === undefined,
    resources,
    notResources: given['Resource'] === undefined,
    conditions: conditions(given['Condition']),
  };
}

/** Actions on objects need a resource below the bucket, actions on the bucket the bucket itself. */
function checkPairs(actions: string[], resources: string[], given: Record<string, unknown>): void {
  if (given['Action'] === undefined || given['Resource'] === undefined) return;
  for (const action of actions) {
    if (action.includes('*') || action.includes('?')) continue;
    const onObjects =
      /Object|MultipartUploadParts|AbortMultipartUpload/.test(action) && !/^s3:(Get|Put)Bucket/.test(action);
    if (!resources.some((resource) => resource.includes('/') === onObjects || resource.endsWith('*')))
      throw malformed('Action does not apply to any resource(s) in statement');
  }
}

function principals(given: unknown): Principals {
  if (given === '*') return '*';
  if (!isObject(given) || Object.keys(given).length === 0) throw malformed('Invalid policy syntax.');
  const out: Record<string, string[]> = {};
  for (const [kind, value] of Object.entries(given)) {
    if (!PRINCIPAL_KINDS.has(kind)) throw malformed('Invalid policy syntax.');
    out[kind] = strings(value, 'Invalid principal in policy');
    const fits =
      kind !== 'AWS' ||
      out[kind].every(
        (text) =>
          text === '*' ||
          /^\d{12}$/.test(text) ||
          /^arn:aws[a-z-]*:(iam|sts)::(\d{12}|cloudfront|aws):.+$/.test(text) ||
          /^A[A-Z0-9]{15,}$/.test(text),
      );
    if (!fits) throw malformed('Invalid principal in policy');
  }
  return out;
}

function conditions(given: unknown): Record<string, Record<string, string[]>> {
  if (given === undefined) return {};
  if (!isObject(given)) throw malformed('Invalid policy syntax.');
  return Object.fromEntries(
    Object.entries(given).map(([operator, keys]) => {
      if (!isObject(keys)) throw malformed('Invalid policy syntax.');
      if (!OPERATOR.test(operator)) throw malformed(`Invalid Condition type : ${operator}`);
      return [
        operator,
        Object.fromEntries(
          Object.entries(keys).map(([key, value]) => [key.toLowerCase(), strings(value, 'Invalid policy syntax.')]),
        ),
      ];
    }),
  );
}

const OPERATOR =
  /^(ForAnyValue:|ForAllValues:)?(String(Not)?(Equals|Like|EqualsIgnoreCase)|Numeric(Not)?Equals|Numeric(Less|Greater)Than(Equals)?|Date(Not)?Equals|Date(Less|Greater)Than(Equals)?|Bool|BinaryEquals|(Not)?IpAddress|Arn(Not)?(Equals|Like)|Null)(IfExists)?$/;

/** Keys that tie a statement down to callers known beforehand. */
const FIXING = new Set([
  'aws:sourceip',
  'aws:sourcearn',
  'aws:sourcevpc',
  'aws:sourcevpce',
  'aws:sourceowner',
  'aws:sourceaccount',
  'aws:userid',
  'aws:principalorgid',
  'aws:principalorgpaths',
  'aws:principalarn',
  'aws:principalaccount',
  's3:x-amz-server-side-encryption-aws-kms-key-id',
  's3:dataaccesspointarn',
  's3:dataaccesspointaccount',
]);
const FIXING_OPERATOR = /^(ForAnyValue:)?(StringEquals|StringEqualsIgnoreCase|StringLike|ArnEquals|ArnLike|IpAddress)$/;
/** Address ranges broader than these are everybody's. */
const IPV4_PREFIX_MIN = 8;
const IPV6_PREFIX_MIN = 32;

export function isPublicPolicy({ statements }: Policy): boolean {
  return statements.some(
    (statement) => statement.effect === 'Allow' && namesAnyone(statement) && !isTiedDown(statement),
  );
}

function namesAnyone({ principal, notPrincipal }: Statement): boolean {
  if (notPrincipal !== undefined) return true;
  return isAnyone(principal!);
}

const isAnyone = (principal: Principals) => principal === '*' || (principal['AWS'] ?? []).includes('*');

function isTiedDown({ conditions }: Statement): boolean {
  return Object.entries(conditions).some(
    ([operator, keys]) =>
      FIXING_OPERATOR.test(operator) &&
      Object.entries(keys).some(([key, values]) => FIXING.has(key) && values.every((value) => isFixed(key, value))),
  );
}

function isFixed(key: string, value: string): boolean {
  if (key === 'aws:sourceip') {
    const [address = '', prefix] = value.split('/');
    return prefix === undefined || Number(prefix) >= (address.includes(':') ? IPV6_PREFIX_MIN : IPV4_PREFIX_MIN);
  }
  // Of an ARN the account must be told; of everything else all must be.
  if (key === 'aws:sourcearn' || key === 'aws:principalarn')
    return /^arn:[^:*?]+:[^:*?]+:[^:]*:\d{12}:/.test(value) || !/[*?]/.test(value);
  return !/[*?]/.test(value) && !value.includes('${');
}

/** What an anonymous request brings that conditions may ask for; lower-case keys. */
export type AnonymousContext = Record<string, string>;

/**
 * Whether the policy alone lets an anonymous caller do `action` on `resource` (an ARN). Conditions on what `context` does not know never
 * allow, and always deny.
 */
export function allowsAnonymous(
  { statements }: Policy,
  action: string,
  resource: string,
  context: AnonymousContext,
): boolean {
  const about = statements.filter(
    (one) =>
      one.actions.some((pattern) => like(pattern.toLowerCase(), action.toLowerCase())) !== one.notActions &&
      one.resources.some((pattern) => like(pattern, resource)) !== one.notResources &&
      (one.notPrincipal === undefined ? isAnyone(one.principal!) : !isAnyone(one.notPrincipal)),
  );
  if (about.some((one) => one.effect === 'Deny' && holds(one, context) !== false)) return false;
  return about.some((one) => one.effect === 'Allow' && holds(one, context) === true);
}

/** Undefined: cannot be told. */
function holds({ conditions }: Statement, context: AnonymousContext): boolean | undefined {
  let known: boolean | undefined = true;
  for (const [operator, keys] of Object.entries(conditions)) {
    for (const [key, values] of Object.entries(keys)) {
      const result = test(operator, values, context[key]);
      if (result === false) return false;
      if (result === undefined) known = undefined;
    }
  }
  return known;
}

function test(operator: string, values: string[], actual: string | undefined): boolean | undefined {
  if (operator === 'Null') return values.every((value) => (value === 'true') === (actual === undefined));
  const [, not, kind] = /^(?:String|Arn)(Not)?(Equals|Like|EqualsIgnoreCase)$/.exec(operator) ?? [];
  if (operator === 'IpAddress' || operator === 'NotIpAddress') {
    return actual === undefined ? undefined : isWithin(values, actual) === (operator === 'IpAddress');
  }
  if (operator === 'Bool') return actual === undefined ? false : values.includes(actual);
  if (kind === undefined) return undefined;
  if (actual === undefined) return not !== undefined;
  const found = values.some((value) =>
    kind === 'Like'
      ? like(value, actual)
      : kind === 'Equals'
        ? value === actual
        : value.toLowerCase() === actual.toLowerCase(),
  );
  return found !== (not !== undefined);
}

/** Whether an address lies in one of the ranges: `203.0.113.0/24`, `2001:db8::/32`, or single addresses. */
function isWithin(ranges: string[], address: string): boolean {
  const list = new BlockList();
  for (const range of ranges) {
    const [start = '', prefix] = range.split('/');
    const family = isIP(start);
    const length = prefix === undefined ? (family === 6 ? 128 : 32) : Number(prefix);
    if (family !== 0 && length >= 0 && length <= (family === 6 ? 128 : 32))
      list.addSubnet(start, length, family === 6 ? 'ipv6' : 'ipv4');
  }
  return isIP(address) !== 0 && list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

/** `*` stands for any text, `?` for one character; in linear steps, as patterns are a caller's. */
function like(pattern: string, text: string): boolean {
  let [p, t, star, mark] = [0, 0, -1, 0];
  while (t < text.length) {
    if (pattern[p] === '*') {
      star = p++;
      mark = t;
    } else if (pattern[p] === '?' || pattern[p] === text[t]) {
      p++;
      t++;
    } else if (star >= 0) {
      p = star + 1;
      t = ++mark;
    } else return false;
  }
  while (pattern[p] === '*') p++;
  return p === pattern.length;
}

function strings(given: unknown, message: string): string[] {
  const list = Array.isArray(given) ? given : [given];
  const texts = list.map((one) => (typeof one === 'boolean' || typeof one === 'number' ? String(one) : one));
  if (list.length === 0 || !texts.every((one): one is string => typeof one === 'string' && one !== ''))
    throw malformed(message);
  return texts;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
